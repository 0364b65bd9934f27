"""How much of each limit of a compliance year an operator has used. The desk's arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

BASIS = 10_000
"""Basis points in the whole."""


class Base(IntEnum):
    """What a limit is a share of, as numbered in `IComplianceDesk.sol`."""

    ABSOLUTE = 0  # `amount` is units
    VERIFIED = 1  # confirmed emissions of the year
    ISSUED = 2  # allowances allocated for the year, with later adjustments
    INITIAL = 3  # allowances first allocated for the year
    OBLIGATION = 4  # confirmed emissions and debt
    COUNTED = 5  # units of the limit `parent` surrendered so far


class Limit(NamedTuple):
    """A ceiling on what one operator may surrender for one year."""

    base: int
    basis_points: int
    amount: int
    parent: int
    unit_types: int  # bit (1 << unit type) for each type counted
    category: str  # empty: any
    region: str  # empty: any
    outside: int  # 1: counts classes whose region is another

    def applies(self, unit_type: int, category: str, region: str) -> bool:
        """Whether units of such a class count."""
        if not self.unit_types & (1 << unit_type):
            return False
        if self.category and self.category != category:
            return False
        return not self.region or (self.region == region) != bool(self.outside)


class Surrendered(NamedTuple):
    """Units of one class, surrendered and not put back."""

    unit_type: int
    category: str
    region: str
    quantity: int


class Figures(NamedTuple):
    """What an operator's year says, in units; the emissions are zero until they are decided."""

    emissions: int
    debt: int
    initial: int
    issued: int


class Use(NamedTuple):
    """Units that count against a limit, and the most that it allows now."""

    counted: int
    most: int


def uses(limits: Sequence[Limit], units: Iterable[Surrendered], figures: Figures) -> list[Use]:
    """The use of each limit, in their order. Shares are rounded down."""
    surrendered = list(units)
    counted = [
        sum(u.quantity for u in surrendered if limit.applies(u.unit_type, u.category, u.region))
        for limit in limits
    ]
    return [Use(counted[i], _most(limit, counted, figures)) for i, limit in enumerate(limits)]


def _most(limit: Limit, counted: list[int], figures: Figures) -> int:
    if limit.base == Base.ABSOLUTE:
        return limit.amount
    base = {
        Base.VERIFIED: figures.emissions,
        Base.ISSUED: figures.issued,
        Base.INITIAL: figures.initial,
        Base.OBLIGATION: figures.emissions + figures.debt,
        Base.COUNTED: counted[limit.parent] if limit.parent < len(counted) else 0,
    }[Base(limit.base)]
    return base * limit.basis_points // BASIS
