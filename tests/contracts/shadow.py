"""What the ledger should do, one serial at a time. Slow, and too plain to share the ledger's bugs.

This file has the units of one class: a serial is an entry in a Python list, an account's blocks are
four others. `shadow_ledger.py` says how the parts of the shadow are put together. Nothing here is
taken from the contracts' code but the order in which several reasons for a refusal are given, and
the one in which several blocks move.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any, NamedTuple

from tests.contracts.words import Marks, State, Test, UnitType

Range = tuple[int, int]  # first, count
Ref = tuple[int, int, int, int]  # block, previous, first, count
Condition = tuple[bytes, int, tuple[bytes, ...]]  # attribute, test, values
Attributes = Mapping[bytes, bytes]

NOBODY = "0x" + "00" * 20
MAX_BLOCKS = 256  # of one call
MAX_STEPS = 64  # that a hint is followed
LARGER = (16, 256, 4096)  # the least size of a block in the second, third and fourth list

ENDS = {State.SURRENDERED, State.RETIRED, State.CANCELLED}
OWN = {State.HELD, State.ENCUMBERED}
ASIDE = {State.ESCROWED, State.ENCUMBERED}


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
    """One class: who has which serial in which state, and each holder's lists, newest first."""

    identity: int
    unit_type: UnitType
    vintage: int
    cap: int
    clock: Clock
    period: tuple[int, int]  # first and last year
    attributes: Attributes = field(default_factory=dict)
    origin: tuple[str, str, int] | None = None  # gateway, registry and class, of foreign units
    sealed: bool = False
    serials: list[Unit] = field(default_factory=list)  # serial 1 is the first
    starts: set[int] = field(default_factory=set)  # where blocks begin
    lists: dict[str, list[list[Range]]] = field(default_factory=dict)  # by size, smallest first
    changes: int = 0

    @property
    def issued(self) -> int:
        return len(self.serials)

    def at(self, serial: int) -> Unit:
        return self.serials[serial - 1] if 0 < serial <= self.issued else Unit("", State.NONE)

    def lists_of(self, holder: str) -> list[list[Range]]:
        return self.lists.setdefault(holder, [[], [], [], []])

    def list_of(self, holder: str) -> list[Range]:
        """A holder's blocks in the order in which a movement by quantity takes them."""
        return [block for blocks in reversed(self.lists_of(holder)) for block in blocks]

    def free(self, holder: str) -> int:
        """Units at the holder's disposal."""
        return sum(count for blocks in self.lists_of(holder) for _, count in blocks)

    def balance(self, holder: str) -> int:
        return sum(1 for u in self.serials if u.owner == holder and u.state in OWN)

    def blocks_of(self, holder: str, state: State) -> list[Range]:
        """Blocks of a holder in a state, in the order of their serials."""
        return [b for b in self.blocks_in({state}) if self.at(b[0]).owner == holder]

    def blocks_in(self, states: set[State]) -> list[Range]:
        """Blocks in any of these states, in the order of their serials."""
        starts = sorted(self.starts)
        return [(s, self.length(s)) for s in starts if self.at(s).state in states]

    def block_around(self, serial: int) -> Range:
        start = max(s for s in self.starts if s <= serial)
        return start, self.length(start)

    def blocks_within(self, units: Range) -> list[Range]:
        """The blocks that a range is made of; it begins and ends with blocks."""
        first, count = units
        starts = sorted(s for s in self.starts if first <= s < first + count)
        return [(s, self.length(s)) for s in starts]

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
        """Units become a block of their own."""
        first, count = units
        since = self.clock.now if state in ENDS else 0
        self._write(units, Unit(owner, state, marks, since))
        self._cut(units)
        if state == State.HELD:
            self._list(owner, (first, count))

    def mark(self, ref: Ref, frozen: bool) -> None:
        """Units that are set aside will come back frozen, or no longer."""
        block, _, first, count = ref
        size, unit = self.length(block), self.at(block)
        inside = size and count and block <= first and first + count <= block + size
        if not inside or unit.state not in ASIDE:
            raise Refusal("NotSetAside", self.identity, block, first, count)
        marks = unit.marks | Marks.FROZEN if frozen else unit.marks & ~Marks.FROZEN
        self._write((first, count), unit._replace(marks=int(marks)))
        self._cut((first, count))

    # ---- taking ---------------------------------------------------------------------------

    def take_next(self, holder: str, most: int) -> Range:
        """The newest of the largest blocks, or its highest serials."""
        blocks = next(blocks for blocks in reversed(self.lists_of(holder)) if blocks)
        first, count = blocks[0]
        if count <= most:
            return blocks.pop(0)
        blocks[0] = (first, count - most)
        return first + count - most, most

    def take_named(self, holder: str, ref: Ref, state: State) -> Range:
        block, _, first, count = ref
        size, unit = self.length(block), self.at(block)
        there = size and unit.owner == holder and unit.state == state
        if not there or count == 0 or first < block or first + count > block + size:
            raise Refusal("UnitsNotHeld", self.identity, holder, block, first, count)
        if state == State.HELD:
            self._unlist(holder, ref, size)
        self._cut((first, count))
        return first, count

    def _unlist(self, holder: str, ref: Ref, size: int) -> None:
        """What is left before the range keeps its place; what is left behind it is a new block."""
        block, previous, first, count = ref
        blocks = next(part for part in self.lists_of(holder) if (block, size) in part)
        at = blocks.index((block, size))
        if first > block:
            blocks[at] = (block, first - block)
        elif self._leads(blocks, previous, at):
            del blocks[at]
        else:
            raise Refusal("HintStale", self.identity, holder, block, previous)
        behind = block + size - first - count
        if behind:
            self._list(holder, (first + count, behind))

    @staticmethod
    def _leads(blocks: list[Range], previous: int, at: int) -> bool:
        """Whether a hint, or the head of the list, is at most so many blocks before a block."""
        if previous == 0:
            return at <= MAX_STEPS
        starts = [first for first, _ in blocks[:at]]
        return previous in starts and at - starts.index(previous) <= MAX_STEPS

    def _list(self, holder: str, block: Range) -> None:
        size = sum(block[1] >= least for least in LARGER)
        self.lists_of(holder)[size].insert(0, block)

    def _write(self, units: Range, unit: Unit) -> None:
        self.changes += 1
        first, count = units
        self.serials[first - 1 : first - 1 + count] = [unit] * count

    def _cut(self, units: Range) -> None:
        first, count = units
        self.starts.add(first)
        if first + count <= self.issued:
            self.starts.add(first + count)


# ---- what a class is, and what rules ask of it --------------------------------------------


def meets(attributes: Attributes, conditions: Iterable[Condition]) -> bool:
    """Whether a class with these attributes meets all the conditions."""
    return all(_meets(attributes.get(name), test, values) for name, test, values in conditions)


def _meets(value: bytes | None, test: int, values: tuple[bytes, ...]) -> bool:
    listed = (bytes(32) if value is None else value) in values
    if test == Test.ANY_OF:
        return listed
    if test == Test.NONE_OF:
        return not listed
    if value is None or value[0]:  # text begins with a character
        return False
    number, bound = int.from_bytes(value, "big"), int.from_bytes(values[0], "big")
    return number >= bound if test == Test.AT_LEAST else number <= bound


def are_sound(conditions: Iterable[Condition]) -> bool:
    """At most eight, each of an attribute and with as many values as its test needs."""
    every = list(conditions)
    return len(every) <= 8 and all(
        any(name) and (len(values) == 1 if test >= Test.AT_LEAST else 1 <= len(values) <= 32)
        for name, test, values in every
    )
