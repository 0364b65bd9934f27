"""A lot being taken apart, as `contracts/libraries/LinkLots.sol` does it.

A lot ties source units in escrow to the foreign units that were imported for them. When foreign
units leave circulation, a source unit is settled as soon as none of its twins is left there: it
comes home if all of them did, and is used abroad, as the first of them was, if any was used.
Until then a source unit at the edge of what left waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linking.rates import Rate, twins_abroad, twins_at_source

# The state of a unit that is in circulation; how units are used is the caller's vocabulary.
HELD = "HELD"


@dataclass(frozen=True)
class SerialRange:
    """`count` serials from `first` on."""

    first: int
    count: int

    @property
    def end(self) -> int:
        return self.first + self.count


@dataclass(frozen=True)
class Parcel:
    """Source serials that are settled alike. `HELD` means that they come home."""

    first: int
    count: int
    state: str


@dataclass
class _Edge:
    gone: int = 0  # twins that left circulation
    used: str | None = None  # how the first used twin was used


class LotModel:
    """One lot: which source units are in escrow, and what happens to them."""

    def __init__(
        self, rate: Rate, sources: Sequence[SerialRange], foreign_first: int, foreign_count: int
    ) -> None:
        self.rate = rate
        self.sources = tuple(sources)
        self.foreign_first = foreign_first
        self.foreign_count = foreign_count
        self.source_count = sum(source.count for source in self.sources)
        self.escrowed = self.source_count
        self.outstanding = foreign_count
        self._edges: dict[int, _Edge] = {}

    def use(self, units: SerialRange, state: str) -> list[Parcel]:
        """Foreign units were surrendered, retired or cancelled; `state` says which."""
        if state == HELD:
            raise ValueError("units that go home are returned, not used")
        return self._settle(units, state)

    def return_(self, units: SerialRange) -> list[Parcel]:
        """Foreign units went home."""
        return self._settle(units, HELD)

    def _settle(self, units: SerialRange, state: str) -> list[Parcel]:
        start = units.first - self.foreign_first
        end = start + units.count
        if units.count < 1 or start < 0 or end > self.foreign_count:
            raise ValueError(f"serials {units.first} to {units.end - 1} are not all in this lot")
        low, high = twins_at_source(start, end, self.source_count, self.rate)
        at_low = self._settle_edge(low, start, end, state)
        at_high = at_low if high - 1 == low else self._settle_edge(high - 1, start, end, state)

        # Three runs at most: the edges, when they go another way than the middle, and the middle.
        middle = low if at_low == state else low + 1
        last = high if at_high == state or high == middle else high - 1
        parcels = self._cut(low, middle, at_low)
        parcels += self._cut(middle, last, state)
        parcels += self._cut(last, high, at_high)
        self.escrowed -= sum(parcel.count for parcel in parcels)
        self.outstanding -= units.count
        return parcels

    def _settle_edge(self, i: int, start: int, end: int, state: str) -> str | None:
        """What becomes of source unit `i`; None while a twin is still in circulation."""
        low, high = twins_abroad(i, self.foreign_count, self.rate)
        if low >= start and high <= end:
            return state
        edge = self._edges.setdefault(i, _Edge())
        edge.gone += min(high, end) - max(low, start)
        if edge.used is None and state != HELD:
            edge.used = state
        if edge.gone < high - low:
            return None
        return edge.used or HELD

    def _cut(self, start: int, end: int, state: str | None) -> list[Parcel]:
        """Parcels for the source offsets [start, end): one for each source range they touch."""
        parcels: list[Parcel] = []
        if state is None:
            return parcels
        base = 0
        for source in self.sources:
            low, high = max(start, base), min(end, base + source.count)
            if low < high:
                parcels.append(Parcel(source.first + low - base, high - low, state))
            base += source.count
        return parcels
