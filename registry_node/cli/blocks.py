"""Names serials to the ledger: which block each range is in, and which block comes before it.

An account's blocks in circulation form four lists on the ledger, by their size when they were put
there. To take a range that begins a block, the ledger wants to know the block before it in its
list, so that it need not search. Ranges are taken one after the other and each changes a list, so
the lists are played through here too (`SerialBlocks.takeNamed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from registry_node.domain.errors import Refused
from registry_node.domain.references import UnitReference

_LISTS = (16, 256, 4096)
"""A block of fewer units than one of these is in the list of that number."""


@dataclass(frozen=True, slots=True)
class BlockRef:
    """As in `LedgerTypes.sol`."""

    block: int
    previous: int
    first: int
    count: int

    def to_tuple(self) -> tuple[int, int, int, int]:
        return (self.block, self.previous, self.first, self.count)


class Held(NamedTuple):
    """A block in circulation: its serials, and the list that it is in."""

    first: int
    last: int
    list: int


def list_of(count: int) -> int:
    """The list into which a block of so many units is put (`SerialBlocks.listOf`)."""
    return sum(count >= size for size in _LISTS)


def in_lists(blocks: Sequence[tuple[int, int]], list_at: Callable[[int], int]) -> list[Held]:
    """(first, last) of a holder's blocks as the ledger tells them, each with its list.

    The ledger tells the list of the largest first, so few blocks need be asked for their list.
    """
    if not blocks:
        return []
    held: list[Held] = []
    spans = [(0, len(blocks) - 1, list_at(blocks[0][0]), list_at(blocks[-1][0]))]
    while spans:
        start, end, first, last = spans.pop()
        if first == last:
            held += (Held(*block, first) for block in blocks[start : end + 1])
        elif end - start == 1:
            held += (Held(*blocks[start], first), Held(*blocks[end], last))
        else:
            middle = (start + end) // 2
            between = list_at(blocks[middle][0])
            spans += [(middle + 1, end, list_at(blocks[middle + 1][0]), last)]
            spans += [(start, middle, first, between)]
    return held


def name_blocks(
    held: Iterable[Held], wanted: Sequence[UnitReference], holder: str
) -> list[BlockRef]:
    """Refs for the wanted serials. `held` are the holder's blocks, each list newest first.

    A wanted range may cover several blocks. Raises `Refused` for serials that are not held.
    """
    blocks = list(held)
    refs: list[BlockRef] = []
    for reference in wanted:
        serial = reference.first
        while serial <= reference.last:
            index = _find(blocks, serial)
            if index is None:
                unit = UnitReference(reference.registry, reference.symbol, serial, serial)
                raise Refused(
                    f"{holder} does not have {unit} in circulation.",
                    f"See its blocks: 'tonnelink holdings --registry {reference.registry}"
                    f" --class {reference.symbol} --account {holder} --units'.",
                )
            last = min(reference.last, blocks[index].last)
            refs.append(_take(blocks, index, serial, last))
            serial = last + 1
    return refs


def within(
    blocks: Iterable[tuple[int, int]], wanted: Sequence[UnitReference]
) -> list[BlockRef] | None:
    """Refs for serials in blocks that are in no list, each cut at the ends of its blocks; None when
    some are in none of the blocks."""
    known = sorted(blocks)
    refs: list[BlockRef] = []
    for reference in wanted:
        serial = reference.first
        while serial <= reference.last:
            found = next(((a, b) for a, b in known if a <= serial <= b), None)
            if found is None:
                return None
            last = min(reference.last, found[1])
            refs.append(BlockRef(found[0], 0, serial, last - serial + 1))
            serial = last + 1
    return refs


def _find(blocks: list[Held], serial: int) -> int | None:
    return next((i for i, b in enumerate(blocks) if b.first <= serial <= b.last), None)


def _take(blocks: list[Held], index: int, first: int, last: int) -> BlockRef:
    """Takes first..last out of one block, as the ledger does."""
    block = blocks[index]
    previous = 0
    if first > block.first:
        blocks[index] = block._replace(last=first - 1)
    else:
        before = blocks[index - 1] if index else None
        previous = before.first if before and before.list == block.list else 0
        del blocks[index]
    if last < block.last:
        rest = list_of(block.last - last)
        place = next((i for i, b in enumerate(blocks) if b.list <= rest), len(blocks))
        blocks.insert(place, Held(last + 1, block.last, rest))
    return BlockRef(block.first, previous, first, last - first + 1)
