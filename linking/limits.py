"""How much of each limit of a compliance year is used. The compliance desk's arithmetic, integer
for integer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from linking.attributes import NOTHING, Attributes, Condition, meet

BASIS = 10_000
"""Basis points in the whole."""

_MAX_UNITS = 2**40 - 1
"""What a class has at most: an attribute that says more, or text, is no number of units."""


class Base(IntEnum):
    """What a limit is a share of, as numbered in `IComplianceDesk.sol`."""

    ABSOLUTE = 0  # `amount` is units
    VERIFIED = 1  # confirmed emissions of the year
    ISSUED = 2  # allowances allocated for the year and not taken back
    INITIAL = 3  # of them, the initial allocation
    OBLIGATION = 4  # everything owed for the year
    COUNTED = 5  # units of the limit `parent` surrendered so far
    ATTRIBUTE = 6  # the number that the class has as its attribute `base_attribute`


class Vintages(IntEnum):
    ANY = 0
    BANKED = 1  # earlier than the year
    BORROWED = 2  # later than the year


class Limit(NamedTuple):
    """A ceiling on what is surrendered for one year."""

    base: int
    basis_points: int
    amount: int
    parent: int
    unit_types: int  # bit (1 << unit type) for each type counted
    vintages: int
    of_all: int  # 1: counts all operators together
    per: bytes  # attribute for each of whose values is counted apart; nothing: together
    base_attribute: bytes
    conditions: tuple[Condition, ...]

    def applies(self, units: Surrendered, year: int) -> bool:
        """Whether such units count."""
        if not self.unit_types & (1 << units.unit_type):
            return False
        if self.vintages == Vintages.BANKED and units.vintage >= year:
            return False
        if self.vintages == Vintages.BORROWED and units.vintage <= year:
            return False
        return meet(units.attributes, self.conditions)


class Surrendered(NamedTuple):
    """Units of one class that one operator surrendered for a year and that were not put back."""

    account: bytes
    unit_type: int
    vintage: int
    attributes: Attributes
    quantity: int


class Figures(NamedTuple):
    """What an operator's year says, in units; the emissions are zero until they are decided."""

    emissions: int
    obligation: int
    initial: int
    issued: int


class Use(NamedTuple):
    """Units that count against a limit, and the most that it allows now."""

    counted: int
    max: int


class Year:
    """The limits of a year, and all that was surrendered for it."""

    def __init__(
        self, year: int, limits: Sequence[Limit], surrendered: Iterable[Surrendered]
    ) -> None:
        self._limits = tuple(limits)
        everything = tuple(surrendered)
        self._counting = [
            [units for units in everything if limit.applies(units, year)] for limit in self._limits
        ]

    def use(self, place: int, account: bytes, figures: Figures, attributes: Attributes) -> Use:
        """The use of one limit by an operator, as far as it concerns a class with these attributes.
        Shares are rounded down."""
        return Use(
            self._counted(place, account, attributes),
            self._max(place, account, figures, attributes),
        )

    def _counted(self, place: int, account: bytes, attributes: Attributes) -> int:
        if place >= len(self._limits):
            return 0
        limit = self._limits[place]

        def counts(units: Surrendered) -> bool:
            if not limit.of_all and units.account != account:
                return False
            apart = limit.per != NOTHING
            return not apart or _value(units.attributes, limit.per) == _value(attributes, limit.per)

        return sum(units.quantity for units in self._counting[place] if counts(units))

    def _max(self, place: int, account: bytes, figures: Figures, attributes: Attributes) -> int:
        limit = self._limits[place]
        match Base(limit.base):
            case Base.ABSOLUTE:
                return limit.amount
            case Base.VERIFIED:
                base = figures.emissions
            case Base.ISSUED:
                base = figures.issued
            case Base.INITIAL:
                base = figures.initial
            case Base.OBLIGATION:
                base = figures.obligation
            case Base.COUNTED:
                base = self._counted(limit.parent, account, attributes)
            case Base.ATTRIBUTE:
                number = int.from_bytes(_value(attributes, limit.base_attribute), "big")
                base = number if number <= _MAX_UNITS else 0
        return base * limit.basis_points // BASIS


def _value(attributes: Attributes, name: bytes) -> bytes:
    return attributes.get(name, NOTHING)
