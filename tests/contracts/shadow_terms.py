"""The shadow of a link's terms, of those that are proposed and wait, and of its quota meter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from tests.contracts.shadow import Attributes, Condition, Refusal, are_sound, meets
from tests.contracts.words import UnitType

DAY = 86400
MAX_NOTICE, MAX_PERIODS = 730 * DAY, 40
TO_ACCEPT = 90 * DAY
UNIT = b"unit".ljust(32, b"\0")


class Period(NamedTuple):
    start: int
    end: int


class Terms(NamedTuple):
    numerator: int
    denominator: int
    quota: int
    share: int
    share_class: int
    net: bool
    fresh: bool
    freezes: bool
    notice: int
    since: int
    until: int
    periods: tuple[int, ...]
    unit_types: int
    vintage_from: int
    vintage_to: int
    unit: bytes
    conditions: tuple[Condition, ...]

    @classmethod
    def of(cls, values: Iterable[Any]) -> Terms:
        """Terms as the contracts take and give them."""
        terms = cls(*values)
        conditions = tuple((name, test, tuple(listed)) for name, test, listed in terms.conditions)
        return terms._replace(periods=tuple(terms.periods), conditions=conditions)

    @property
    def is_absent(self) -> bool:
        return self.numerator == 0

    @property
    def rate(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)

    def period_of(self, now: int) -> Period:
        """The period of a time; the first one before it, the last one after it."""
        starts = [self.since, *(end + 1 for end in self.periods)]
        periods = [Period(*p) for p in zip(starts, self.periods, strict=False)]
        return next((p for p in periods if now <= p.end), periods[-1])

    def accepts(self, unit_type: UnitType, vintage: int, attributes: Attributes) -> bool:
        return (
            unit_type != UnitType.FOREIGN
            and bool(self.unit_types >> unit_type & 1)
            and self.vintage_from <= vintage <= self.vintage_to
            and attributes.get(UNIT, bytes(32)) == self.unit
            and meets(attributes, self.conditions)
        )

    def check(self) -> None:
        for wrong, reason in self._faults():
            if wrong:
                raise Refusal("TermsInvalid", reason)

    def _faults(self) -> list[tuple[bool, str]]:
        if self.is_absent:
            says = any(part for part in self if part != bytes(32))
            return [(says, "terms without a rate say nothing else")]
        ends, starts = self.periods, (self.since, *(end + 1 for end in self.periods))
        in_turn = all(end >= start for end, start in zip(ends, starts, strict=False))
        return [
            (self.denominator == 0, "the rate's denominator must not be zero"),
            (self.since > self.until, "the first day must not be after the last"),
            (self.notice > MAX_NOTICE, "the notice is at most two years"),
            (self.vintage_from > self.vintage_to,
             "the first vintage must not be after the last"),
            (self.share > 10_000, "a share of the cap is at most 10,000 basis points"),
            (self.unit_types == 0, "at least one unit type must be eligible"),
            (not are_sound(self.conditions), "at most 8 conditions, each with its values"),
            (not 0 < len(ends) <= MAX_PERIODS, "1 to 40 quota periods"),
            (not in_turn, "quota periods end one after the other"),
            (ends[-1:] != (self.until,), "the last quota period ends on the last day"),
        ]  # fmt: skip


ABSENT = Terms(0, 0, 0, 0, 0, False, False, False, 0, 0, 0, (), 0, 0, 0, bytes(32), ())


@dataclass
class Meter:
    """Units that were imported in a period, less what came home under net terms."""

    used: int = 0
    period: Period = field(default_factory=lambda: Period(0, 0))

    def pass_to(self, now: int, terms: Terms) -> None:
        """A period that is over leaves nothing behind."""
        if now <= self.period.end or terms.is_absent:
            return
        period = terms.period_of(now)
        if period.end > self.period.end:
            self.used, self.period = 0, period

    def amend(self, since: int, old: Terms, new: Terms) -> None:
        """Other terms begin. What was used counts on, unless their period is a later one."""
        if new.is_absent:
            return
        self.pass_to(since, old)
        period = new.period_of(since)
        if new.fresh or period.start > self.period.end:
            self.used = 0
        self.period = period


class Proposed(NamedTuple):
    terms: Terms
    side: str
    deadline: int


class Waiting(NamedTuple):
    """Accepted terms whose notice has not passed."""

    terms: Terms
    since: int


@dataclass
class Link:
    source: str  # a registry's address
    destination: str
    version: int = 0
    terms: Terms = ABSENT
    suspended_by: set[str] = field(default_factory=set)
    proposed: Proposed | None = None
    scheduled: Waiting | None = None
    meter: Meter = field(default_factory=Meter)
    quota_kept: bool = True  # no import took the meter above the quota

    def is_due(self, now: int) -> bool:
        return self.scheduled is not None and now >= self.scheduled.since

    def in_force(self, now: int) -> tuple[int, Terms]:
        if self.scheduled and self.is_due(now):
            return self.version + 1, self.scheduled.terms
        return self.version, self.terms

    def meter_at(self, now: int) -> Meter:
        """As it would stand, without a step that follows new terms."""
        meter = Meter(self.meter.used, self.meter.period)
        if self.scheduled and self.is_due(now):
            meter.amend(self.scheduled.since, self.terms, self.scheduled.terms)
        meter.pass_to(now, self.in_force(now)[1])
        return meter

    def bring(self, terms: Terms, since: int) -> None:
        self.meter.amend(since, self.terms, terms)
        self.version, self.terms, self.proposed = self.version + 1, terms, None

    def settle(self, now: int) -> None:
        """Terms whose notice has passed are in force."""
        if self.scheduled and self.is_due(now):
            waiting, self.scheduled = self.scheduled, None
            self.bring(waiting.terms, waiting.since)
