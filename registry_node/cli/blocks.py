"""Names serials to the ledger: which block each range is in, and which block comes before it.

An account's blocks in circulation form a list on the ledger. To take a range that begins a block,
the ledger wants to know the block before it in the list, so that it need not search. Ranges are
taken one after the other and each changes the list, so the list is played through here too
(`SerialBlocks.takeNamed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registry_node.domain.errors import Refused
from registry_node.domain.references import UnitReference


@dataclass(frozen=True, slots=True)
class BlockRef:
    """As in `LedgerTypes.sol`."""

    block: int
    previous: int
    first: int
    count: int

    def to_tuple(self) -> tuple[int, int, int, int]:
        return (self.block, self.previous, self.first, self.count)


def name_blocks(
    held: Iterable[tuple[int, int]], wanted: Sequence[UnitReference], holder: str
) -> list[BlockRef]:
    """Refs for the wanted serials. `held` are (first, last) of the holder's blocks, head first.

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
            last = min(reference.last, blocks[index][1])
            refs.append(_take(blocks, index, serial, last))
            serial = last + 1
    return refs


def _find(blocks: list[tuple[int, int]], serial: int) -> int | None:
    return next((i for i, (first, last) in enumerate(blocks) if first <= serial <= last), None)


def _take(blocks: list[tuple[int, int]], index: int, first: int, last: int) -> BlockRef:
    """Takes first..last out of one block, as the ledger does."""
    start, end = blocks[index]
    previous = 0
    if first > start:
        blocks[index] = (start, first - 1)
    else:
        previous = blocks[index - 1][0] if index else 0
        del blocks[index]
    if last < end:
        blocks.insert(0, (last + 1, end))
    return BlockRef(start, previous, first, last - first + 1)
