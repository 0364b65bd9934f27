"""The quota meter against a small model: crossings, returns, other terms and time in any order."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.desks import alone, at

LINK = 2
STOCK = 10**6


@dataclass(frozen=True)
class Terms:
    """What of a link's terms the meter depends on. Without ends the direction is absent."""

    since: int = 0
    ends: tuple[int, ...] = ()
    quota: int = 0
    net: bool = False
    fresh: bool = False
    notice: int = 0

    def period(self, time: int) -> tuple[int, int]:
        """That contains a time; the first before all of them, the last after all of them."""
        starts = [self.since, *(end + 1 for end in self.ends)]
        periods = list(zip(starts, self.ends, strict=False))
        return next((p for p in periods if time <= p[1]), periods[-1])


@dataclass
class Model:
    """One meter. It begins anew when its period is over, and when terms begin whose period begins
    after it, or that say so."""

    terms: Terms
    used: int = 0
    period: tuple[int, int] = (0, 0)
    version: int = 1
    abroad: int = 0
    waiting: Terms | None = None
    effective: int = 0

    def __post_init__(self) -> None:
        self.period = self.terms.period(0)

    def reach(self, time: int) -> None:
        """Time passes."""
        if self.waiting and time >= self.effective:
            terms, self.waiting = self.waiting, None
            self.begin(terms, self.effective)
        self._roll(time)

    def begin(self, terms: Terms, time: int) -> None:
        """Other terms are followed from that second on."""
        self._roll(time)
        self.version += 1
        self.terms = terms
        if not terms.ends:
            return
        period = terms.period(time)
        if terms.fresh or period[0] > self.period[1]:
            self.used = 0
        self.period = period

    def _roll(self, time: int) -> None:
        if self.terms.ends and time > self.period[1]:
            period = self.terms.period(time)
            if period != self.period:
                self.period, self.used = period, 0

    def refusal(self, quantity: int, time: int) -> tuple[Any, ...] | None:
        if not self.terms.ends:
            return "LinkUnknown", LINK
        if time < self.terms.since:
            return "LinkNotStarted", LINK, self.terms.since
        if time > self.terms.ends[-1]:
            return "LinkExpired", LINK, self.terms.ends[-1]
        if self.used + quantity > self.terms.quota:
            return "QuotaExceeded", LINK, quantity, max(self.terms.quota - self.used, 0)
        return None


# ---- what may happen ----------------------------------------------------------------------

lengths = st.lists(st.sampled_from([1, 2, 10, 100, 1000]), min_size=1, max_size=4)
drafts = st.fixed_dictionaries(
    {
        "offset": st.sampled_from([-1000, -100, -5, 0, 3, 50]),
        "lengths": lengths,
        "quota": st.integers(0, 30),
        "net": st.booleans(),
        "fresh": st.booleans(),
        "notice": st.sampled_from([0, 0, 20, 200]),
    }
)
steps = st.one_of(
    st.tuples(st.just("cross"), st.integers(1, 12)),
    st.tuples(st.just("cross"), st.integers(1, 12)),
    st.tuples(st.just("home"), st.integers(1, 12)),
    st.tuples(st.just("amend"), drafts),
    st.tuples(st.just("amend"), st.none()),
    st.tuples(st.just("lower"), st.integers(0, 30)),
)
# When it happens: soon, later, in the last second of the period, or in the first of the next.
moments = st.one_of(st.integers(1, 3), st.integers(1, 300), st.just("last"), st.just("next"))


def drafted(draft: dict[str, Any] | None, now: int) -> Terms:
    if draft is None:
        return Terms()
    since, ends = now + draft["offset"], []
    for length in draft["lengths"]:
        ends.append((ends[-1] + 1 if ends else since) + length - 1)
    limit = {name: draft[name] for name in ("quota", "net", "fresh", "notice")}
    return Terms(since, tuple(ends), **limit)


def worded(world: World, terms: Terms) -> tuple[Any, ...]:
    """As the ledger has them."""
    if not terms.ends:
        return world.ABSENT
    said = {name: getattr(terms, name) for name in ("quota", "net", "fresh", "notice", "since")}
    return world.terms((1, 1), until=terms.ends[-1], periods=terms.ends, **said)


class Both:
    """The ledger and the model, side by side."""

    def __init__(self, world: World, draft: dict[str, Any]) -> None:
        self.world, self.gateway = world, world.gateway
        terms = drafted(draft, world.chain.time + 2)
        world.give(world.cn, world.alice, CEA, STOCK)
        world.agree(world.CN, world.KR, worded(world, terms))
        self.model = Model(terms)
        self.model.reach(world.chain.time)

    def moment(self, when: int | str) -> int:
        now, last = self.world.chain.time, self.model.period[1]
        if isinstance(when, int):
            return now + when
        return max(now + 1, last if when == "last" else last + 1)

    def do(self, step: str, value: Any, when: int | str) -> None:
        draft = drafted(value, self.world.chain.time) if step == "amend" else None
        if draft is not None:
            self._speak(
                self.world.CN, "proposeTerms", LINK, self.world.cn, worded(self.world, draft)
            )
        time = self.moment(when)
        due = self.model.waiting is not None and time >= self.model.effective
        self.model.reach(time)
        at(self.world, time)
        note(f"{step} {value} at {time}")
        if draft is not None:
            # What was proposed was so against the terms before those that have begun meanwhile.
            self._accept(draft, time, stale=due)
        else:
            getattr(self, f"_{step}")(value, time)
        self.compare()

    def _speak(self, p: Any, *call: Any) -> None:
        """As if two people had decided: it is the programme's proposal desk that speaks."""
        desk = p.proposals.address
        with self.world.chain.as_contract(desk):
            alone(self.gateway, *call, by=desk)

    def _accept(self, terms: Terms, time: int, *, stale: bool) -> None:
        version = self.model.version + 1
        call = ("acceptTerms", LINK, self.world.kr, version, worded(self.world, terms))
        if stale:
            self._expect(("TermsNotProposed", LINK, version), self._speak, self.world.KR, *call)
            return
        notice = self.model.terms.notice
        self._speak(self.world.KR, *call)
        self.model.waiting, self.model.effective = terms, time + notice
        self.model.reach(time)

    def _cross(self, quantity: int, time: int) -> None:
        sent = (LINK, self.world.alice, CEA, quantity, self.world.bob)
        expected = self.model.refusal(quantity, time)
        version = self.model.version
        self._expect(expected, lambda: self.world.cross(*sent, version=version))
        if expected is None:
            self.model.used += quantity
            self.model.abroad += quantity

    def _home(self, quantity: int, _time: int) -> None:
        world = self.world
        units = (world.kr, FOREIGN_CEA, quantity, [], world.alice, quantity)
        enough = quantity <= self.model.abroad
        expected = (
            None
            if enough
            else ("ERC1155InsufficientBalance", world.bob, self.model.abroad, quantity, FOREIGN_CEA)
            if self.gateway.lotCount()
            else ("NotTheGateway", FOREIGN_CEA, self.gateway.address)
        )
        self._expect(expected, lambda: self.gateway.returnUnits(*units, by=world.bob))
        if enough:
            self.model.abroad -= quantity
            if self.model.terms.net:
                self.model.used = max(0, self.model.used - quantity)

    def _lower(self, quota: int, time: int) -> None:
        model, before = self.model, self.model.terms
        expected = None
        if quota >= before.quota:
            expected = ("QuotaNotLowered", LINK, before.quota, quota)
        self._expect(expected, lambda: self.gateway.lowerQuota(LINK, quota, by=self.world.link_kr))
        if expected is None:
            model.begin(replace(before, quota=quota, fresh=False), time)
            if model.waiting and model.waiting.quota > quota:
                model.waiting = replace(model.waiting, quota=quota)

    def _expect(self, expected: tuple[Any, ...] | None, act: Any, *args: Any) -> None:
        with refused(*expected) if expected else nullcontext():
            act(*args)

    def compare(self) -> None:
        meter, quota = self.gateway.meterOf(LINK)
        model = self.model
        assert (meter.used, (meter.periodStart, meter.periodEnd)) == (model.used, model.period)
        assert (quota, self.gateway.linkOf(LINK).version) == (model.terms.quota, model.version)
        if model.terms.ends:
            assert model.used <= 30  # invariant 8: no quota was larger


EXAMPLES = int(os.environ.get("METER_EXAMPLES", "60"))  # more are a longer search


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=HealthCheck.all(),
)
@given(draft=drafts, story=st.lists(st.tuples(steps, moments), min_size=1, max_size=14))
def test_the_meter_is_what_the_model_says(
    ledger: World, gateway: Contract, draft: Any, story: Any
) -> None:
    """Invariant 8, over any terms that follow one another."""
    with ledger.chain.restored():
        both = Both(ledger, draft)
        both.compare()
        for (step, value), when in story:
            both.do(step, value, when)
