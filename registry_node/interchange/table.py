"""The ledger's table of entitlements, as a file is compared with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """One line of the table: an operator, a year, a kind, a class."""

    registry: str
    account: bytes
    year: int
    kind: int
    symbol: str


class Entitlement(NamedTuple):
    """What the ledger has in a line."""

    entitled: int
    allocated: int

    @property
    def remaining(self) -> int:
        return max(0, self.entitled - self.allocated)


Table = Callable[[Sequence[Line]], Mapping[Line, Entitlement]]
"""Asks the ledger about many lines at once."""
