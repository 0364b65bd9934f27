"""The limits of a compliance year in plain Python: what counts, how much, and what is refused.

It follows the words of `IComplianceDesk.Limit` and knows nothing of how the desk keeps its sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.contracts import desks
from tests.contracts.desks import Base, Vintages
from tests.contracts.words import Test, UnitType, condition

Value = str | int
BY_FIGURE = (Base.VERIFIED, Base.ISSUED, Base.INITIAL, Base.OBLIGATION)


@dataclass(frozen=True)
class Condition:
    """Of an attribute; an empty text among the values stands for a class that lacks it."""

    attribute: str
    test: Test
    values: tuple[Value, ...]

    def is_met(self, attributes: dict[str, Value]) -> bool:
        value = attributes.get(self.attribute, "")
        if self.test == Test.ANY_OF:
            return value in self.values
        if self.test == Test.NONE_OF:
            return value not in self.values
        if not isinstance(value, int):
            return False
        (bound,) = self.values
        assert isinstance(bound, int)
        return value >= bound if self.test == Test.AT_LEAST else value <= bound

    def encoded(self) -> tuple[Any, ...]:
        return condition(self.attribute, self.test, *self.values)


@dataclass(frozen=True)
class Limit:
    """As `IComplianceDesk.Limit`."""

    base: Base
    points: int
    amount: int
    parent: int
    types: int
    vintages: Vintages
    of_all: bool
    per: str
    attribute: str
    conditions: tuple[Condition, ...]

    def encoded(self) -> tuple[Any, ...]:
        return desks.limit(
            self.base,
            self.points,
            amount=self.amount,
            parent=self.parent,
            types=self.types,
            vintages=self.vintages,
            of_all=self.of_all,
            per=self.per,
            attribute=self.attribute,
            conditions=[c.encoded() for c in self.conditions],
        )


def are_sound(limits: Sequence[Limit]) -> bool:
    """Whether a year may have these limits."""
    for i, limit in enumerate(limits):
        if limit.points > 10_000:
            return False
        if limit.base == Base.ATTRIBUTE and not limit.attribute:
            return False
        if limit.base in BY_FIGURE and limit.of_all:
            return False
        if limit.base == Base.COUNTED:
            if limit.parent >= i:
                return False
            parent = limits[limit.parent]
            if (parent.per, parent.of_all) != (limit.per, limit.of_all):
                return False
    return len(limits) <= 8


@dataclass(frozen=True)
class UnitClass:
    """What a limit sees of a class."""

    unit_type: UnitType
    vintage: int
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass
class Operator:
    """Its figures for the year."""

    confirmed: int = 0
    debt: int = 0
    issued: int = 0
    initial: int = 0


@dataclass(frozen=True)
class Exceeded:
    """Which limit, what it would count, and the most that it allows."""

    limit: int
    counted: int
    most: int


class Year:
    """One year and what operators surrendered for it."""

    def __init__(self, year: int, limits: Sequence[Limit], operators: dict[str, Operator]) -> None:
        self.year = year
        self.limits = limits
        self.operators = operators
        self._sums: dict[tuple[int, str, Value], int] = defaultdict(int)

    def use(self, operator: str, limit: int, unit_class: UnitClass) -> tuple[int, int]:
        """What a limit counts, and the most that it allows."""
        return self._sums[self._key(operator, limit, unit_class)], self._most(
            operator, limit, unit_class
        )

    def surrender(self, operator: str, unit_class: UnitClass, quantity: int) -> Exceeded | None:
        """Count units, or say which limit the first of all refuses them."""
        before = self._sums.copy()
        for i, limit in enumerate(self.limits):
            if not self._concerns(limit, unit_class):
                continue
            self._sums[self._key(operator, i, unit_class)] += quantity
            counted, most = self.use(operator, i, unit_class)
            if counted > most:
                self._sums = before
                return Exceeded(i, counted, most)
        return None

    def put_back(self, operator: str, unit_class: UnitClass, quantity: int) -> Exceeded | None:
        """Count units no more, or say which share of another limit's count would be too large."""
        before = self._sums.copy()
        for i, limit in enumerate(self.limits):
            if self._concerns(limit, unit_class):
                self._sums[self._key(operator, i, unit_class)] -= quantity
        for i, limit in enumerate(self.limits):
            counted, most = self.use(operator, i, unit_class)
            if limit.base == Base.COUNTED and counted > most:
                self._sums = before
                return Exceeded(i, counted, most)
        return None

    def too_large(self) -> list[tuple[int, str, Value]]:
        """Shares of another limit's count that are above it: whose, and of which value."""
        return [
            (i, who, value)
            for (i, who, value), counted in list(self._sums.items())
            if self.limits[i].base == Base.COUNTED
            and counted
            > self._sums[self.limits[i].parent, who, value] * self.limits[i].points // 10_000
        ]

    def _concerns(self, limit: Limit, unit_class: UnitClass) -> bool:
        of_its_vintage = {
            Vintages.ANY: True,
            Vintages.BANKED: unit_class.vintage < self.year,
            Vintages.BORROWED: unit_class.vintage > self.year,
        }[limit.vintages]
        of_its_type = bool(limit.types >> unit_class.unit_type & 1)
        return (
            of_its_type
            and of_its_vintage
            and all(c.is_met(unit_class.attributes) for c in limit.conditions)
        )

    def _key(self, operator: str, limit: int, unit_class: UnitClass) -> tuple[int, str, Value]:
        """Whose sum, and of which value of the attribute that is counted apart."""
        rule = self.limits[limit]
        value = unit_class.attributes.get(rule.per, "") if rule.per else ""
        return limit, "" if rule.of_all else operator, value

    def _most(self, operator: str, limit: int, unit_class: UnitClass) -> int:
        rule, o = self.limits[limit], self.operators[operator]
        if rule.base == Base.ABSOLUTE:
            return rule.amount
        if rule.base == Base.COUNTED:
            base = self._sums[self._key(operator, rule.parent, unit_class)]
        elif rule.base == Base.ATTRIBUTE:
            stated = unit_class.attributes.get(rule.attribute, 0)
            base = stated if isinstance(stated, int) and stated < 2**40 else 0
        else:
            base = {
                Base.VERIFIED: o.confirmed,
                Base.ISSUED: o.issued,
                Base.INITIAL: o.initial,
                Base.OBLIGATION: o.confirmed + o.debt,
            }[rule.base]
        return base * rule.points // 10_000
