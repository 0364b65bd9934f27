"""Any limits, any surrenders and reversals: the desk counts as a plain model of the rule does.

LIMIT_EXAMPLES   how many random years (a longer search)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.bench.evm import refused
from tests.contracts.actors import CEA, DECISION, World
from tests.contracts.desks import Base, Vintages, allocate, confirm, rules
from tests.contracts.limit_model import (
    BY_FIGURE,
    Condition,
    Exceeded,
    Limit,
    Operator,
    UnitClass,
    Year,
    are_sound,
)
from tests.contracts.words import Allocated, Test, UnitType, class_id

EXAMPLES = int(os.environ.get("LIMIT_EXAMPLES", "40"))
SEARCH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=HealthCheck.all(),
)
A, C, F = UnitType.ALLOWANCE, UnitType.CREDIT, UnitType.FOREIGN
CLASSES = {
    "CEA-2025": UnitClass(A, 2025),
    "CEA-2024": UnitClass(A, 2024),
    "CEA-2026": UnitClass(A, 2026, {"project": "P1"}),
    "C-1": UnitClass(C, 2025, {"project": "P1", "scheme": "CCER", "started": 2012, "tonnes": 300}),
    "C-2": UnitClass(C, 2024, {"project": "P2", "scheme": "CCER", "started": 2014, "tonnes": 77}),
    "C-3": UnitClass(C, 2026, {"project": "P1", "scheme": "FFCER", "tonnes": 2**40 + 5}),
    "C-4": UnitClass(C, 2023, {"started": "2014", "tonnes": "300"}),
    "KR.KAU-2025": UnitClass(F, 2025, {"region": "KR"}),
}
EACH = 5_000  # units of each class with each operator
WHO = ("alice", "bob")


# ---- what is drawn ------------------------------------------------------------------------

TEXTS = {"project": ("P1", "P2", ""), "scheme": ("CCER", "FFCER", ""), "region": ("KR", "")}
NUMBERS = {"started": (2012, 2013, 2014, 2015), "tonnes": (77, 300)}


@st.composite
def conditions(draw: Any) -> Condition:
    if draw(st.booleans()):
        attribute = draw(st.sampled_from(sorted(TEXTS)))
        test = draw(st.sampled_from([Test.ANY_OF, Test.NONE_OF]))
        values = draw(st.lists(st.sampled_from(TEXTS[attribute]), min_size=1, unique=True))
        return Condition(attribute, test, tuple(values))
    attribute = draw(st.sampled_from(sorted(NUMBERS)))
    test = draw(st.sampled_from([Test.AT_LEAST, Test.AT_MOST]))
    return Condition(attribute, test, (draw(st.sampled_from(NUMBERS[attribute])),))


LIMITS = st.builds(
    Limit,
    base=st.sampled_from([*Base, Base.ABSOLUTE, Base.COUNTED]),
    points=st.sampled_from([1, 500, 3_333, 5_000, 10_000]),
    amount=st.sampled_from([0, 300, 1_000, 20_000, 20_000]),
    parent=st.integers(0, 3),
    types=st.sampled_from([0b0010, 0b0100, 0b1100, 0b1110, 0b1110, 0]),
    vintages=st.sampled_from([*Vintages, Vintages.ANY, Vintages.ANY]),
    of_all=st.booleans(),
    per=st.sampled_from(["", "", "project", "scheme"]),
    attribute=st.sampled_from(["tonnes", "tonnes", "started", ""]),
    conditions=st.lists(conditions(), max_size=2).map(tuple),
)
UNSOUND = st.builds(
    replace, LIMITS, points=st.sampled_from([10_000, 10_001]), parent=st.integers(0, 8)
)


@st.composite
def sound_limits(draw: Any) -> list[Limit]:
    """Up to five that a year may have; the first often counts everything."""
    drawn = draw(st.lists(LIMITS, min_size=1, max_size=5))
    if draw(st.booleans()):
        everything = {"base": Base.ABSOLUTE, "amount": 20_000, "types": 0b1110}
        drawn[0] = replace(drawn[0], **everything, vintages=Vintages.ANY, conditions=())
    sound: list[Limit] = []
    for limit in drawn:
        changes: dict[str, Any] = {"attribute": limit.attribute or "tonnes"}
        if limit.base == Base.COUNTED and not sound:
            changes["base"] = Base.ABSOLUTE
        elif limit.base == Base.COUNTED:
            number = limit.parent % len(sound)
            parent = sound[number]
            changes |= {"parent": number, "per": parent.per, "of_all": parent.of_all}
        elif limit.base in BY_FIGURE:
            changes["of_all"] = False
        sound.append(replace(limit, **changes))
    assert are_sound(sound)
    return sound


OPERATORS, SYMBOLS = st.sampled_from(WHO), st.sampled_from(sorted(CLASSES))
QUANTITIES = st.sampled_from([1, 30, 77, 100, 300, 333, 1_000])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("surrender"), OPERATORS, SYMBOLS, QUANTITIES),
        st.tuples(st.just("surrender"), OPERATORS, SYMBOLS, QUANTITIES),
        st.tuples(st.just("put_back"), OPERATORS, st.just(""), st.integers(0, 2**16)),
        st.tuples(st.just("put_back"), OPERATORS, st.just(""), st.integers(0, 2**16)),
        st.tuples(st.just("confirm"), OPERATORS, st.just(""), st.sampled_from([99, 1_000, 9_999])),
        st.tuples(st.just("add_debt"), OPERATORS, st.just(""), QUANTITIES),
        st.tuples(st.just("take_back"), OPERATORS, st.just(""), QUANTITIES),
    ),
    min_size=10,
    max_size=30,
)


# ---- the desk and the model, side by side ---------------------------------------------------


@dataclass
class Both:
    """One random year at China's desk, and the model of it."""

    world: World
    model: Year
    allocations: dict[str, int]
    surrendered: dict[tuple[str, str], list[tuple[int, int]]] = field(default_factory=dict)
    # by operator and class: first serial and count of each block

    def compare(self, who: str, symbol: str) -> None:
        """Every limit, as this operator and class see it."""
        desk = self.world.CN.compliance
        for i in range(len(self.model.limits)):
            found = desk.limitUse(getattr(self.world, who), 2025, i, class_id(symbol))
            assert tuple(found) == self.model.use(who, i, CLASSES[symbol]), (who, symbol, i)

    def surrender(self, who: str, symbol: str, quantity: int) -> None:
        account, desk = getattr(self.world, who), self.world.CN.compliance
        if self.world.cn.balanceOf(account, class_id(symbol)) < quantity:
            return
        expected = self.model.surrender(who, CLASSES[symbol], quantity)
        with self._as(expected, who):
            call = (account, 2025, class_id(symbol), quantity, [])
            receipt = desk.surrender(*call, by=account)
            moved = [e.args for e in receipt.events("UnitsMoved")]
            blocks = [(m.first, m.count) for m in moved if m.classId == class_id(symbol)]
            if CLASSES[symbol].unit_type != F:  # whose twins at home are used
                self.surrendered.setdefault((who, symbol), []).extend(blocks)
        self.compare(who, symbol)

    def put_back(self, who: str, _: str, draw: int) -> None:
        """Some of the end of one block that it surrendered."""
        own = {key: blocks for key, blocks in self.surrendered.items() if key[0] == who and blocks}
        if not own:
            return
        symbol = sorted(own)[draw % len(own)][1]
        blocks = own[who, symbol]
        first, count = blocks[-1]
        quantity = 1 + draw % count
        expected = self.model.put_back(who, CLASSES[symbol], quantity)
        with self._as(expected, who):
            refs = [(first, 0, first + count - quantity, quantity)]
            call = (getattr(self.world, who), 2025, class_id(symbol), refs)
            self.world.CN.compliance.reverseSurrender(*call, by=self.world.officer)
            blocks[-1:] = [(first, count - quantity)] if quantity < count else []
        assert self.model.too_large() == []
        self.compare(who, symbol)

    def _as(self, expected: Exceeded | None, who: str) -> AbstractContextManager[None]:
        """The block is done, or refused with the figures of the model."""
        if expected is None:
            return nullcontext()
        figures = (expected.limit, expected.counted, expected.most)
        return refused("SurrenderLimitExceeded", getattr(self.world, who), 2025, *figures)

    def confirm(self, who: str, _: str, figure: int) -> None:
        operator = self.model.operators[who]
        if not operator.confirmed:
            operator.confirmed = figure
            confirm(self.world, self.world.CN, getattr(self.world, who), figure)

    def add_debt(self, who: str, _: str, quantity: int) -> None:
        self.model.operators[who].debt += quantity
        account = getattr(self.world, who)
        self.world.CN.compliance.addDebt(account, 2025, quantity, DECISION, by=self.world.officer)

    def take_back(self, who: str, _: str, quantity: int) -> None:
        """Of its initial allocation, while it has so much of it."""
        operator = self.model.operators[who]
        if quantity > min(operator.initial, self.world.cn.balanceOf(getattr(self.world, who), CEA)):
            return
        operator.initial -= quantity
        operator.issued -= quantity
        call = (self.allocations[who], self.world.state, quantity, [])
        self.world.CN.issuance.reverseAllocation(*call, by=self.world.allocator)


@pytest.fixture(scope="module")
def begun(ledger: World) -> Iterator[tuple[World, dict[str, int]]]:
    """Alice and Bob have units of every class, an initial allocation and an adjustment."""
    world, p = ledger, ledger.CN
    with world.chain.restored():
        allocations = {}
        link, _ = world.agree(world.KR, world.CN, world.terms((1, 1)))
        for who in WHO:
            account = getattr(world, who)
            allocations[who] = allocate(world, p, account, 2_000)
            allocate(world, p, account, 1_000, kind=Allocated.ADJUSTMENT)
            world.give(world.kr, account, world.KR.allowance, EACH)
            world.cross(link, account, world.KR.allowance, EACH, account)
        for symbol, c in CLASSES.items():
            if c.unit_type != F and symbol != "CEA-2025":
                spec = {"unit_type": c.unit_type, "vintage": c.vintage, **c.attributes}
                world.define(world.cn, symbol, **spec)
            for who in WHO:
                if c.unit_type == A:
                    world.give(world.cn, getattr(world, who), class_id(symbol), EACH)
                elif c.unit_type == C:
                    world.credits(world.cn, getattr(world, who), class_id(symbol), EACH)
        yield world, allocations


@SEARCH
@given(limits=sound_limits(), steps=STEPS)
def test_limits_are_used_as_the_model_says(
    begun: tuple[World, dict[str, int]],
    limits: list[Limit],
    steps: list[tuple[str, str, str, Any]],
) -> None:
    """limitUse, what is refused and with which figures, and no share of a count too large."""
    world, allocations = begun
    operators = {who: Operator(issued=3_000, initial=2_000) for who in WHO}
    with world.chain.restored():
        demanded = rules(world, allowances_until=2026)
        encoded = [limit.encoded() for limit in limits]
        world.CN.compliance.defineYear(2025, demanded, encoded, by=world.officer)
        both = Both(world, Year(2025, limits, operators), allocations)
        for name, who, symbol, value in steps:
            getattr(both, name)(who, symbol, value)
        for who in WHO:
            for symbol in CLASSES:
                both.compare(who, symbol)


@SEARCH
@given(limits=st.lists(st.one_of(LIMITS, UNSOUND), max_size=9))
def test_a_year_has_sound_limits_only(
    begun: tuple[World, dict[str, int]], limits: list[Limit]
) -> None:
    world, _ = begun
    encoded = [limit.encoded() for limit in limits]
    with world.chain.restored():
        if not are_sound(limits):
            with refused("YearRulesInvalid", 2025):
                world.CN.compliance.defineYear(2025, rules(world), encoded, by=world.officer)
            return
        world.CN.compliance.defineYear(2025, rules(world), encoded, by=world.officer)
        assert [tuple(found) for found in world.CN.compliance.yearOf(2025)[1]] == encoded
