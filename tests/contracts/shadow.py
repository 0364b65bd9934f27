"""What the ledger should do, one serial at a time. Slow, and too plain to share the ledger's bugs.

This file has the units of one class: a serial is an entry in a Python list, an account's blocks are
another. `shadow_ledger.py` says how the parts of the shadow are put together. Nothing here is taken
from the contracts' code but the order in which several reasons for a refusal are given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any, NamedTuple

from tests.contracts.words import State, UnitType

Range = tuple[int, int]  # first, count
Ref = tuple[int, int, int, int]  # block, previous, first, count

FREE, TRADED = 1, 2  # marks

ENDS = {State.SURRENDERED, State.RETIRED, State.CANCELLED}
OWN = {State.HELD, State.ENCUMBERED}


class Controls(IntFlag):
    TRUSTED_ONLY = 1
    TWO_REPRESENTATIVES = 2
    FREE_LOCKED = 4
    SALE_SHARE = 8
    HOLDING_LIMIT = 16
    LIMIT_FOLLOWS_ALLOCATION = 32


class Refusal(Exception):
    """The step must be refused with this error."""

    def __init__(self, name: str, *values: Any) -> None:
        super().__init__(name, values)
        self.name = name
        self.values = values


def underflow() -> Refusal:
    return Refusal("Panic", 0x11)


@dataclass
class Clock:
    """The time of the block that is being made."""

    now: int


class Unit(NamedTuple):
    owner: str
    state: State
    marks: int = 0
    since: int = 0  # when it ended


@dataclass
class UnitClass:
    """One class: who has which serial in which state, and each holder's list, head first."""

    identity: int
    unit_type: UnitType
    vintage: int
    cap: int
    clock: Clock
    category: bytes = bytes(32)
    region: bytes = bytes(32)
    origin: tuple[str, int] | None = None  # code and class at home, of foreign units
    sealed: bool = False
    serials: list[Unit] = field(default_factory=list)  # serial 1 is the first
    starts: set[int] = field(default_factory=set)  # where blocks begin
    lists: dict[str, list[Range]] = field(default_factory=dict)
    changes: int = 0

    @property
    def issued(self) -> int:
        return len(self.serials)

    def at(self, serial: int) -> Unit:
        return self.serials[serial - 1] if 0 < serial <= self.issued else Unit("", State.NONE)

    def list_of(self, holder: str) -> list[Range]:
        return self.lists.setdefault(holder, [])

    def free(self, holder: str) -> int:
        """Units at the holder's disposal."""
        return sum(count for _, count in self.list_of(holder))

    def balance(self, holder: str) -> int:
        return sum(1 for u in self.serials if u.owner == holder and u.state in OWN)

    def blocks_of(self, holder: str, state: State) -> list[Range]:
        """Blocks of a holder in a state, in the order of their serials."""
        return [
            (first, self.length(first))
            for first in sorted(self.starts)
            if self.at(first).owner == holder and self.at(first).state == state
        ]

    def length(self, start: int) -> int:
        """Units of the block that starts there; zero where none does."""
        if start not in self.starts:
            return 0
        end = start + 1
        while end <= self.issued and end not in self.starts:
            end += 1
        return end - start

    def add(self, quantity: int) -> Range:
        """New serials, which nobody has yet."""
        new = (self.issued + 1, quantity)
        self.serials += [Unit("", State.NONE)] * quantity
        return new

    def put(self, units: Range, owner: str, state: State, marks: int) -> None:
        self.changes += 1
        first, count = units
        since = self.clock.now if state in ENDS else 0
        self.serials[first - 1 : first - 1 + count] = [Unit(owner, state, marks, since)] * count
        self._cut(units)
        if state == State.HELD:
            self.list_of(owner).insert(0, units)

    def take_head(self, holder: str, most: int) -> Range:
        units = self.list_of(holder)
        first, count = units.pop(0)
        if count <= most:
            return first, count
        units.insert(0, (first, count - most))
        return first + count - most, most

    def take_named(self, holder: str, ref: Ref, state: State) -> Range:
        block, _, first, count = ref
        size = self.length(block)
        unit = self.at(block)
        there = size and unit.owner == holder and unit.state == state
        if not there or count == 0 or first < block or first + count > block + size:
            raise Refusal("UnitsNotHeld", self.identity, holder, block, first, count)
        if state == State.HELD:
            self._unlist(holder, ref, size)
        self._cut((first, count))
        return first, count

    def _unlist(self, holder: str, ref: Ref, size: int) -> None:
        block, previous, first, count = ref
        units = self.list_of(holder)
        at = units.index((block, size))
        if first == block and previous != (units[at - 1][0] if at else 0):
            raise Refusal("HintStale", self.identity, holder, block, previous)
        end = block + size
        units[at : at + 1] = [(block, first - block)] if first > block else []
        if first + count < end:
            units.insert(0, (first + count, end - first - count))

    def _cut(self, units: Range) -> None:
        first, count = units
        self.starts.add(first)
        if first + count <= self.issued:
            self.starts.add(first + count)
