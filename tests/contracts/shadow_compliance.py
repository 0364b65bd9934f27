"""The shadow of the compliance desk: years, emissions, surrender, debts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from tests.contracts.shadow import TRADED, Ref, Refusal, UnitClass, underflow
from tests.contracts.shadow_registry import Registry
from tests.contracts.words import Banking, Kind, State, Type, UnitType


class Emissions(IntEnum):
    NONE = 0
    ATTESTED = 1
    DISPUTED = 2
    CONFIRMED = 3
    ASSIGNED = 4


class Base(IntEnum):
    ABSOLUTE = 0
    VERIFIED = 1
    ISSUED = 2
    INITIAL = 3
    OBLIGATION = 4
    COUNTED = 5


class Limit(NamedTuple):
    base: int
    basis_points: int
    amount: int
    parent: int
    unit_types: int
    category: bytes
    region: bytes
    outside: bool


class Rules(NamedTuple):
    deadline: int
    first_vintage: int
    last_vintage: int
    window: int
    multiple: int
    banking: int
    closed: bool = False


@dataclass
class Obligation:
    state: Emissions = Emissions.NONE
    settled: bool = False
    emissions: int = 0
    debt: int = 0
    surrendered: int = 0
    initial: int = 0
    issued: int = 0
    verifier: str = "0x" + "00" * 20
    counted: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def confirmed(self) -> int:
        return self.emissions if self.state >= Emissions.CONFIRMED else 0

    @property
    def owed(self) -> int:
        return max(0, self.confirmed + self.debt - self.surrendered)


@dataclass
class Compliance:
    registry: Registry
    years: dict[int, Rules] = field(default_factory=dict)
    limits: dict[int, list[Limit]] = field(default_factory=dict)
    excluded: set[tuple[int, bytes]] = field(default_factory=set)
    in_use: set[int] = field(default_factory=set)
    used_for: dict[tuple[int, int], int] = field(default_factory=dict)  # class, serial -> year
    obligations: dict[tuple[str, int], Obligation] = field(
        default_factory=lambda: defaultdict(Obligation)
    )

    # ---- the rules of a year --------------------------------------------------------------

    def define_year(self, _by: str, year: int, rules: tuple, limits: list[tuple]) -> None:
        if year in self.years and self.years[year].closed:
            raise Refusal("YearClosed", year)
        if year in self.in_use:
            raise Refusal("YearInUse", year)
        new = Rules(*rules)
        wrong = any(
            limit.basis_points > 10_000 or (limit.base == Base.COUNTED and limit.parent >= i)
            for i, limit in enumerate(Limit(*limit) for limit in limits)
        )
        if year == 0 or new.deadline == 0 or new.closed or len(limits) > 8 or wrong:
            raise Refusal("YearRulesInvalid", year)
        self.years[year] = new
        self.limits[year] = [Limit(*limit) for limit in limits]

    def move_deadline(self, _by: str, year: int, deadline: int) -> None:
        rules = self._open(year)
        if deadline == 0:
            raise Refusal("YearRulesInvalid", year)
        self.years[year] = rules._replace(deadline=deadline)

    def exclude_category(self, _by: str, year: int, category: bytes) -> None:
        self._open(year)
        self.excluded.add((year, category))

    # ---- emissions ------------------------------------------------------------------------

    def attest(self, by: str, account: str, year: int, emissions: int, _report: bytes) -> None:
        self._open(year)
        o = self._in_state(account, year, {Emissions.NONE, Emissions.ATTESTED})
        o.state, o.emissions, o.verifier = Emissions.ATTESTED, emissions, by

    def dispute(self, by: str, account: str, year: int, _objection: bytes) -> None:
        self.registry.check_holder(account, by)
        self._in_state(account, year, {Emissions.ATTESTED}).state = Emissions.DISPUTED

    def confirm(self, by: str, account: str, year: int, emissions: int, _why: bytes) -> None:
        o = self.obligations[account, year]
        as_attested = o.state == Emissions.ATTESTED and emissions == o.emissions
        self._in_state(account, year, {Emissions.ATTESTED} if as_attested else set())
        if by == o.verifier:
            raise Refusal("SamePerson", account, year, by)
        self._open(year)
        o.state, o.emissions = Emissions.CONFIRMED, emissions

    def assign(self, _by: str, account: str, year: int, emissions: int, _why: bytes) -> None:
        o = self._in_state(account, year, {Emissions.NONE, Emissions.DISPUTED})
        self._open(year)
        disputed = o.state == Emissions.DISPUTED
        o.state = Emissions.CONFIRMED if disputed else Emissions.ASSIGNED
        o.emissions = emissions

    # ---- allocation, surrender, results ---------------------------------------------------

    def count_allocation(self, account: str, year: int, quantity: int) -> None:
        o = self.obligations[account, year]
        if quantity > 0 and o.initial == 0:
            o.initial = quantity
        o.issued += quantity
        if o.issued == 0:
            o.initial = 0

    def surrender(
        self, by: str, account: str, year: int, identity: int, quantity: int, refs: list[Ref]
    ) -> None:
        self.registry.check_holder(account, by)
        if self.registry.accounts[account].kind != Kind.OPERATOR:
            raise Refusal("NotOperatorAccount", account)
        rules = self._open(year)
        if self._now > rules.deadline:
            raise Refusal("DeadlinePassed", year, rules.deadline)
        o = self._unsettled(account, year)
        units = self.registry.class_of(identity)
        banked = self._eligible(units, year, rules)
        for i, limit in enumerate(self.limits[year]):
            if self._applies(limit, units):
                o.counted[i] += quantity
                self._within(account, year, i, limit)
        self.in_use.add(year)
        o.surrendered += quantity
        order = self.registry.order
        taken = order(Type.SURRENDER, identity, account, account, quantity, refs)
        for first, count in taken:
            self.used_for |= {(identity, first + i): year for i in range(count)}
        if banked and rules.banking == Banking.TRADED:
            for first, _ in taken:
                if not units.at(first).marks & TRADED:
                    raise Refusal("BlockNotTraded", identity, first)

    def reverse_surrender(
        self, _by: str, account: str, year: int, identity: int, refs: list[Ref]
    ) -> None:
        rules = self._open(year)
        o = self._unsettled(account, year)
        units = self.registry.classes.get(identity)
        for ref in refs:
            unit = units.at(ref[0]) if units and units.length(ref[0]) else None
            here = unit is not None and self.used_for.get((identity, ref[0])) == year
            if not here or unit[:2] != (account, State.SURRENDERED):
                raise Refusal("UnitsNotSurrendered", account, identity, ref[0])
            if self._now > unit.since + rules.window:
                raise Refusal("WindowPassed", unit.since + rules.window)
        quantity = sum(ref[3] for ref in refs)
        if quantity > o.surrendered:
            raise underflow()
        o.surrendered -= quantity
        of = self.registry.class_of(identity)
        for i, limit in enumerate(self.limits[year]):
            if self._applies(limit, of):
                if quantity > o.counted[i]:
                    raise underflow()
                o.counted[i] -= quantity
        for i, limit in enumerate(self.limits[year]):
            if limit.base == Base.COUNTED:
                self._within(account, year, i, limit)
        order = self.registry.order
        order(Type.REVERSAL_OF_SURRENDER, identity, account, account, quantity, refs)

    def settle_year(self, _by: str, account: str, year: int) -> None:
        rules = self._known(year)
        if self._now <= rules.deadline:
            raise Refusal("DeadlineNotPassed", year, rules.deadline)
        self._unsettled(account, year)
        o = self._in_state(account, year, {Emissions.CONFIRMED, Emissions.ASSIGNED})
        before = self.obligations[account, year - 1]
        if not before.settled and (before.state != Emissions.NONE or before.debt):
            raise Refusal("YearBeforeOpen", account, year - 1)
        o.settled = True
        self.obligations[account, year + 1].debt += o.owed * rules.multiple

    def add_debt(self, _by: str, account: str, year: int, quantity: int, _why: bytes) -> None:
        self._unsettled(account, year).debt += quantity

    def publish(self, _by: str, year: int, _results: bytes) -> None:
        rules = self._open(year)
        if self._now <= rules.deadline:
            raise Refusal("DeadlineNotPassed", year, rules.deadline)
        self.years[year] = rules._replace(closed=True)

    # ---- how limits work ------------------------------------------------------------------

    def most(self, account: str, year: int, limit: Limit) -> int:
        o = self.obligations[account, year]
        if limit.base == Base.ABSOLUTE:
            return limit.amount
        base = {
            Base.VERIFIED: o.confirmed,
            Base.ISSUED: o.issued,
            Base.INITIAL: o.initial,
            Base.OBLIGATION: o.confirmed + o.debt,
            Base.COUNTED: o.counted[limit.parent],
        }[Base(limit.base)]
        return base * limit.basis_points // 10_000

    def _within(self, account: str, year: int, i: int, limit: Limit) -> None:
        counted, most = self.obligations[account, year].counted[i], self.most(account, year, limit)
        if counted > most:
            raise Refusal("SurrenderLimitExceeded", account, year, i, counted, most)

    def _applies(self, limit: Limit, units: UnitClass) -> bool:
        if not limit.unit_types >> units.unit_type & 1:
            return False
        if any(limit.category) and limit.category != units.category:
            return False
        return not any(limit.region) or (limit.region == units.region) != limit.outside

    def _eligible(self, units: UnitClass, year: int, rules: Rules) -> bool:
        own = units.unit_type == UnitType.ALLOWANCE
        banked = own and units.vintage < year
        too_old = rules.banking == Banking.NONE if banked else units.vintage < rules.first_vintage
        if (too_old and (banked or not own)) or units.vintage > rules.last_vintage:
            raise Refusal("VintageNotAccepted", units.identity, units.vintage, year)
        if (year, units.category) in self.excluded:
            raise Refusal("CategoryNotAccepted", units.identity, units.category, year)
        return banked

    def _in_state(self, account: str, year: int, allowed: set[Emissions]) -> Obligation:
        o = self.obligations[account, year]
        if o.state not in allowed:
            raise Refusal("EmissionsStateIs", account, year, o.state)
        return o

    def _unsettled(self, account: str, year: int) -> Obligation:
        o = self.obligations[account, year]
        if o.settled:
            raise Refusal("AlreadySettled", account, year)
        return o

    def _open(self, year: int) -> Rules:
        rules = self._known(year)
        if rules.closed:
            raise Refusal("YearClosed", year)
        return rules

    def _known(self, year: int) -> Rules:
        if year not in self.years:
            raise Refusal("YearUnknown", year)
        return self.years[year]

    @property
    def _now(self) -> int:
        return self.registry.clock.now
