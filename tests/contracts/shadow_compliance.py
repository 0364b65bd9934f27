"""The shadow of the compliance desk: years and their limits, surrender, debts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.contracts.desks import Base, Emissions
from tests.contracts.shadow import Condition, Ref, Refusal, UnitClass, are_sound, meets
from tests.contracts.shadow_emissions import Figures
from tests.contracts.shadow_limits import Limit, Rules
from tests.contracts.words import Banking, Marks, State, Type

MAX_LIMITS, MAX_EXCLUSIONS = 8, 16
Counter = tuple[int, int, str, bytes]  # year, limit, whose, value of an attribute


@dataclass
class Compliance(Figures):
    limits: dict[int, list[Limit]] = field(default_factory=lambda: defaultdict(list))
    excluded: dict[int, list[list[Condition]]] = field(default_factory=lambda: defaultdict(list))
    in_use: set[int] = field(default_factory=set)
    used_for: dict[tuple[int, int], int] = field(default_factory=dict)  # class, serial -> year
    counted: dict[Counter, int] = field(default_factory=lambda: defaultdict(int))

    # ---- the rules of a year --------------------------------------------------------------

    def define_year(self, _by: str, year: int, rules: tuple, limits: list[tuple]) -> None:
        if year in self.years and self.years[year].closed:
            raise Refusal("YearClosed", year)
        if year in self.in_use:
            raise Refusal("YearInUse", year)
        new, listed = Rules(*rules), [Limit(*limit) for limit in limits]
        follows = new.before < year and (not new.before or new.before in self.years)
        others = {y: rules.before for y, rules in self.years.items() if y != year}
        follows = follows and (not new.before or new.before not in others.values())
        sound = all(limit.is_sound(listed[:i]) for i, limit in enumerate(listed))
        if not (new.deadline and follows and sound) or new.closed or len(listed) > MAX_LIMITS:
            raise Refusal("YearRulesInvalid", year)
        self.years[year], self.limits[year] = new, listed

    def move_deadline(self, _by: str, year: int, deadline: int) -> None:
        rules = self._open(year)
        if deadline == 0:
            raise Refusal("YearRulesInvalid", year)
        self.years[year] = rules._replace(deadline=deadline)

    def exclude_classes(self, _by: str, year: int, conditions: list[Condition]) -> None:
        self._open(year)
        room = len(self.excluded[year]) < MAX_EXCLUSIONS
        if not room or not conditions or not are_sound(conditions):
            raise Refusal("ExclusionInvalid", year)
        self.excluded[year].append(list(conditions))

    # ---- allocation, surrender, results ---------------------------------------------------

    def count_allocation(
        self, by: str, account: str, year: int, quantity: int, initial: bool
    ) -> None:
        self.authority.require(by, self.address, "countAllocation")
        o = self.obligations[account, year]
        o.issued += quantity
        o.initial += quantity * initial
        if o.issued < 0 or o.initial < 0:
            raise Refusal("Panic", 0x11)

    def surrender(
        self, by: str, account: str, year: int, identity: int, quantity: int, refs: list[Ref]
    ) -> None:
        self.registry.check_holder(account, by)
        self.operator(account)
        rules = self._open(year)
        if self.now > rules.deadline:
            raise Refusal("DeadlinePassed", year, rules.deadline)
        o = self._unsettled(account, year)
        units = self.registry.class_of(identity)
        self._check_eligible(units, year, rules)
        for i, limit in enumerate(self.limits[year]):
            if limit.counts(units, year):
                self.counted[year, i, *limit.counter(account, units)] += quantity
                self._within(account, year, i, units)
        self.in_use.add(year)
        o.surrendered += quantity
        o.reversible_until = max(o.reversible_until, self.now + rules.reversal_window)
        taken = self.order(Type.SURRENDER, identity, account, account, quantity, refs)
        for first, count in taken:
            self.used_for |= {(identity, first + i): year for i in range(count)}
        if rules.banking == Banking.TRADED and rules.banks(units, year):
            for first, _ in taken:
                if not units.at(first).marks & Marks.TRADED:
                    raise Refusal("BlockNotTraded", identity, first)

    def reverse_surrender(
        self, _by: str, account: str, year: int, identity: int, refs: list[Ref]
    ) -> None:
        rules = self._open(year)
        o = self._unsettled(account, year)
        units, quantity = self.registry.classes.get(identity), 0
        for ref in refs:
            self._check_reversible(account, year, identity, ref, rules)
            quantity += ref[3]
            if quantity > o.surrendered:
                raise Refusal("UnitsNotSurrendered", account, identity, ref[0])
        o.surrendered -= quantity
        units = self.registry.class_of(identity)
        for i, limit in enumerate(self.limits[year]):
            if limit.counts(units, year):
                self.counted[year, i, *limit.counter(account, units)] -= quantity
        for i, limit in enumerate(self.limits[year]):
            if limit.base == Base.COUNTED:
                self._within(account, year, i, units)
        self.order(Type.REVERSAL_OF_SURRENDER, identity, account, account, quantity, refs)

    def settle_year(self, _by: str, account: str, year: int) -> None:
        rules = self._known(year)
        if self.now <= rules.deadline:
            raise Refusal("DeadlineNotPassed", year, rules.deadline)
        self._unsettled(account, year)
        o = self._in_state(account, year, {Emissions.CONFIRMED, Emissions.ASSIGNED})
        if not rules.closed and self.now <= o.reversible_until:
            raise Refusal("WindowOpen", account, year, o.reversible_until)
        if rules.before and not self._is_done(account, rules.before):
            raise Refusal("YearBeforeOpen", account, rules.before)
        o.settled = True
        o.deduction = self.owed(account, year) * rules.multiple

    def add_debt(self, _by: str, account: str, year: int, quantity: int, _why: bytes) -> None:
        self.operator(account)
        o = self._unsettled(account, year)
        self._in_order(account, year)
        o.debt += quantity

    def publish(self, _by: str, year: int, _results: bytes) -> None:
        rules = self._open(year)
        if self.now <= rules.deadline:
            raise Refusal("DeadlineNotPassed", year, rules.deadline)
        self.years[year] = rules._replace(closed=True)

    def record_sanction(self, _by: str, account: str, year: int, decision: bytes) -> None:
        """It is an event, and nothing else."""

    # ---- what is owed, and how limits work ------------------------------------------------

    def obligation(self, account: str, year: int) -> int:
        o = self.obligations[account, year]
        before = self.years[year].before if year in self.years else 0
        return o.confirmed + o.debt + (self.obligations[account, before].deduction if before else 0)

    def owed(self, account: str, year: int) -> int:
        due = self.obligation(account, year)
        return max(0, due - self.obligations[account, year].surrendered)

    def _is_done(self, account: str, year: int) -> bool:
        """Whether nothing more comes out of a year: not even what it would hand down."""
        o = self.obligations[account, year]
        if o.settled:
            return True
        while year:
            o = self.obligations[account, year]
            if o.settled:
                return o.deduction == 0
            if o.state != Emissions.NONE or o.debt or o.ordered_until:
                return False
            year = self.years[year].before if year in self.years else 0
        return True

    def limit_use(self, account: str, year: int, place: int, units: UnitClass) -> tuple[int, int]:
        """What is counted, and the most that is allowed."""
        limit, o = self.limits[year][place], self.obligations[account, year]
        counted = self.counted[year, place, *limit.counter(account, units)]
        if limit.base == Base.ABSOLUTE:
            return counted, limit.amount
        if limit.base == Base.COUNTED:
            base = self.limit_use(account, year, limit.parent, units)[0]
        else:
            base = {
                Base.VERIFIED: o.confirmed,
                Base.ISSUED: o.issued,
                Base.INITIAL: o.initial,
                Base.OBLIGATION: self.obligation(account, year),
                Base.ATTRIBUTE: _units_in(units.attributes.get(limit.base_attribute, b"")),
            }[Base(limit.base)]
        return counted, base * limit.basis_points // 10_000

    def _within(self, account: str, year: int, place: int, units: UnitClass) -> None:
        counted, most = self.limit_use(account, year, place, units)
        if counted > most:
            raise Refusal("SurrenderLimitExceeded", account, year, place, counted, most)

    def _check_eligible(self, units: UnitClass, year: int, rules: Rules) -> None:
        if not rules.accepts(units, year):
            raise Refusal("VintageNotAccepted", units.identity, units.vintage, year)
        for i, conditions in enumerate(self.excluded[year]):
            if meets(units.attributes, conditions):
                raise Refusal("ClassExcluded", units.identity, year, i)

    def _check_reversible(
        self, account: str, year: int, identity: int, ref: Ref, rules: Rules
    ) -> None:
        block, _, first, count = ref
        units = self.registry.classes.get(identity)
        size = units.length(block) if units else 0
        unit = units.at(block) if units and size else None
        inside = block <= first and first + count <= block + size
        there = unit and unit[:2] == (account, State.SURRENDERED) and inside
        if not there or self.used_for.get((identity, block)) != year:
            raise Refusal("UnitsNotSurrendered", account, identity, block)
        assert unit
        if self.now > unit.since + rules.reversal_window:
            raise Refusal("WindowPassed", unit.since + rules.reversal_window)


def _units_in(value: bytes) -> int:
    """Text, and what is more than any class has, is no number of units."""
    number = int.from_bytes(value, "big")
    return number if number < 2**40 else 0
