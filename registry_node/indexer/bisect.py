"""Two mirrors of one ledger against each other: the first ledger block at which they part.

Since each digest folds the one before it, two mirrors that differ somewhere differ from there on.
So the first difference is found in as many questions as the height has binary digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from registry_node.domain.errors import InvalidInput

_LEDGER = ("chain id", "first block's hash", "first height", "rule of digests")


@dataclass(frozen=True, slots=True)
class Standing:
    """A mirror at one ledger block, and which ledger it is of."""

    height: int
    block_hash: bytes
    digest: bytes
    ledger: tuple[int, str, int, int]
    """What `_LEDGER` names: of the chain, of the mirror, and by which rule its digests are."""


class Side(Protocol):
    """One of the two mirrors."""

    @property
    def name(self) -> str: ...

    def at(self, height: int | None) -> Standing:
        """At a height that it has, or at its head. Raises `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two mirrors agree, or begin to differ."""

    height: int
    """The highest ledger block that both have."""
    ours: Standing
    theirs: Standing
    """At the first ledger block that differs, or at `height` when none does."""

    @property
    def agree(self) -> bool:
        return self.ours.digest == self.theirs.digest

    @property
    def other_block(self) -> bool:
        """Whether it is the ledger that differs there: the mirrors follow different branches."""
        return self.ours.block_hash != self.theirs.block_hash


def compare(ours: Side, theirs: Side) -> Parting:
    """Find where two mirrors part. Raises `InvalidInput` when they are of different ledgers or of
    different rules, so that their digests cannot be compared."""
    heads = ours.at(None), theirs.at(None)
    if heads[0].ledger != heads[1].ledger:
        pairs = zip(_LEDGER, *(head.ledger for head in heads), strict=True)
        told = "; ".join(f"{name} {a} here, {b} there" for name, a, b in pairs if a != b)
        raise InvalidInput(
            f"{ours.name} and {theirs.name} are not mirrors of one ledger by one rule: {told}.",
            "Compare mirrors of the same deployment, made by programs of the same version.",
        )
    height = min(head.height for head in heads)
    pair = ours.at(height), theirs.at(height)
    if pair[0].digest == pair[1].digest:
        return Parting(height, *pair)
    agree, differ = heads[0].ledger[2] - 1, height
    while differ - agree > 1:
        middle = (agree + differ) // 2
        found = ours.at(middle), theirs.at(middle)
        if found[0].digest == found[1].digest:
            agree = middle
        else:
            differ, pair = middle, found
    return Parting(height, *pair)
