"""The shadow of a lot: whose twins are whose, by comparing fractions."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from tests.contracts.shadow import Range
from tests.contracts.words import State


class Parcel(NamedTuple):
    """Source serials that leave escrow together, and what becomes of them."""

    first: int
    count: int
    state: State  # HELD: they come home


class Waiting(NamedTuple):
    """A parcel that its registry has still to settle."""

    first: int
    count: int
    state: State
    to: str


@dataclass
class Lot:
    """Which source serials stand behind which foreign serials, and what became of both."""

    link: int
    version: int
    rate: tuple[int, int]
    source_class: int
    foreign_class: int
    ranges: list[Range]
    foreign_first: int
    foreign_count: int
    gone: dict[int, State] = field(default_factory=dict)  # foreign offset -> state, as they left
    settled: dict[int, State] = field(default_factory=dict)  # source offset -> state
    waiting: list[Waiting] = field(default_factory=list)  # those of them that are in escrow still

    @property
    def sources(self) -> list[int]:
        return [first + i for first, count in self.ranges for i in range(count)]

    @property
    def escrowed(self) -> int:
        return len(self.sources) - len(self.settled) + sum(w.count for w in self.waiting)

    @property
    def waiting_serials(self) -> set[int]:
        return {w.first + i for w in self.waiting for i in range(w.count)}

    @property
    def outstanding(self) -> int:
        return self.foreign_count - len(self.gone)

    def twins(self, source: int) -> set[int]:
        """Foreign offsets that overlap a source offset."""
        rate = Fraction(*self.rate)
        low, high = source * rate, (source + 1) * rate
        return {j for j in range(self.foreign_count) if j < high and j + 1 > low}

    def leave(self, units: Range, state: State) -> list[Parcel]:
        """Foreign units leave circulation. What becomes of the source units that this settles."""
        start = units[0] - self.foreign_first
        for j in range(start, start + units[1]):
            self.gone[j] = state
        fresh: dict[int, State] = {}
        for i in range(len(self.sources)):
            twins = self.twins(i)
            if i in self.settled or not twins <= set(self.gone):
                continue
            uses = [s for j, s in self.gone.items() if j in twins and s != State.HELD]
            fresh[i] = uses[0] if uses else State.HELD
        self.settled.update(fresh)
        return self._parcels(fresh, state)

    def _parcels(self, fresh: dict[int, State], state: State) -> list[Parcel]:
        """One for each run and source range. A unit that goes another way goes by itself."""
        parcels: list[Parcel] = []
        begins = 0
        for first, count in self.ranges:
            run = False  # whether the unit before went the same way
            for i in range(begins, begins + count):
                way = fresh.get(i)
                if way == state and run:
                    parcels[-1] = parcels[-1]._replace(count=parcels[-1].count + 1)
                elif way is not None:
                    parcels.append(Parcel(first + i - begins, 1, way))
                run = way == state
            begins += count
        return parcels
