"""The shadow of a compliance year's rules: what a year accepts, and up to how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.contracts.desks import Base, Vintages
from tests.contracts.shadow import Condition, UnitClass, are_sound, meets
from tests.contracts.words import Banking, UnitType


class Limit(NamedTuple):
    base: int
    basis_points: int
    amount: int
    parent: int
    unit_types: int
    vintages: int
    of_all: bool
    per: bytes
    base_attribute: bytes
    conditions: Sequence[Condition]

    def is_sound(self, before: Sequence[Limit]) -> bool:
        """After those before it: a share of another limit's count comes after that one, and counts
        as it does; an operator's figure is no measure of all operators."""
        if self.basis_points > 10_000 or not are_sound(self.conditions):
            return False
        if self.base == Base.ATTRIBUTE:
            return any(self.base_attribute)
        if self.base == Base.ABSOLUTE:
            return True
        if self.base != Base.COUNTED:
            return not self.of_all
        parents = before[self.parent : self.parent + 1]
        return any(p.per == self.per and p.of_all == self.of_all for p in parents)

    def counts(self, units: UnitClass, year: int) -> bool:
        if not self.unit_types >> units.unit_type & 1:
            return False
        vintage = {
            Vintages.ANY: True,
            Vintages.BANKED: units.vintage < year,
            Vintages.BORROWED: units.vintage > year,
        }[Vintages(self.vintages)]
        return vintage and meets(units.attributes, self.conditions)

    def counter(self, account: str, units: UnitClass) -> tuple[str, bytes]:
        """Whose surrenders are counted together, and for which value of an attribute."""
        value = units.attributes.get(self.per, bytes(32)) if any(self.per) else bytes(32)
        return "" if self.of_all else account, value


class Rules(NamedTuple):
    deadline: int
    before: int
    first_vintage: int
    last_vintage: int
    reversal_window: int
    dispute_window: int
    correction_window: int
    multiple: int
    banking: int
    closed: bool = False

    def banks(self, units: UnitClass, year: int) -> bool:
        return units.unit_type == UnitType.ALLOWANCE and units.vintage < year

    def accepts(self, units: UnitClass, year: int) -> bool:
        """By its vintage."""
        if units.vintage > self.last_vintage:
            return False
        if self.banks(units, year):
            return self.banking != Banking.NONE
        return units.unit_type == UnitType.ALLOWANCE or units.vintage >= self.first_vintage
