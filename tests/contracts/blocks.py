"""Blocks of an account: what the tests of serials and of dust share."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.bench.evm import Contract, Receipt
from tests.contracts.actors import CEA, World
from tests.contracts.words import ref

MAX_BLOCKS = 256  # that one call moves
MAX_STEPS = 64  # that a hint is followed for
LISTS = (1, 16, 256, 4096)  # the least size of a block of each list


def blocks(cn: Contract, account: str, unit_class: int = CEA) -> list[tuple[int, int]]:
    """First serials and sizes, in the order in which a movement by quantity takes them."""
    return [tuple(r) for r in cn.blocksOf(unit_class, account, 0, 9999)]


def moved(receipt: Receipt) -> list[tuple[int, int]]:
    return [tuple(e.args[3:5]) for e in receipt.events("UnitsMoved")]


def hand_over(
    world: World,
    sender: str,
    to: str,
    sizes: Sequence[int],
    *,
    start: int,
    gap: int = 0,
    unit_class: int = CEA,
) -> int:
    """Blocks of these sizes, cut one after the other out of the sender's block at `start`.

    With a gap so many units are left between two of them, in blocks of their own. Returns where
    what is left behind the last one begins.
    """
    block = first = start
    for at in range(0, len(sizes), MAX_BLOCKS):
        refs = []
        for size in sizes[at : at + MAX_BLOCKS]:
            refs.append(ref(block, first, size))
            block, first = first + size, first + size + gap
        world.cn.transferUnits(sender, to, unit_class, refs, by=sender)
    return block


def split_up(world: World, account: str, start: int, count: int, unit_class: int = CEA) -> None:
    """A block of so many units becomes as many blocks of one unit, by way of Bob."""
    half = [1] * (count // 2)
    hand_over(world, account, world.bob, half, start=start, gap=1, unit_class=unit_class)
    away = blocks(world.cn, world.bob, unit_class)
    for at in range(0, len(away), MAX_BLOCKS):
        refs = [ref(first, first, 1) for first, _ in away[at : at + MAX_BLOCKS]]
        world.cn.transferUnits(world.bob, account, unit_class, refs, by=world.bob)
