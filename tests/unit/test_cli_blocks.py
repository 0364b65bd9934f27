"""Naming serials to the ledger: the list is played through as the ledger does it."""

from __future__ import annotations

import random

import pytest

from registry_node.cli.blocks import BlockRef, name_blocks
from registry_node.domain.errors import Refused
from registry_node.domain.references import UnitReference


def units(first: int, last: int) -> UnitReference:
    return UnitReference("CN", "CEA-2025", first, last)


class Ledger:
    """`SerialBlocks`: a linked list of blocks, newest first."""

    def __init__(self, blocks: list[tuple[int, int]]) -> None:
        self.count = {first: last - first + 1 for first, last in blocks}
        order = [first for first, _ in blocks]
        self.next = dict(zip(order, [*order[1:], 0], strict=True))
        self.head = order[0]

    def take(self, ref: BlockRef) -> None:
        end, block_end = ref.first + ref.count, ref.block + self.count[ref.block]
        assert ref.block <= ref.first
        assert ref.count > 0
        assert end <= block_end
        if ref.first > ref.block:
            self.count[ref.block] = ref.first - ref.block
        else:
            if ref.previous == 0:
                assert self.head == ref.block, "HintStale"
                self.head = self.next[ref.block]
            else:
                assert self.next[ref.previous] == ref.block, "HintStale"
                self.next[ref.previous] = self.next[ref.block]
            del self.count[ref.block]
        if end < block_end:
            self.count[end] = block_end - end
            self.next[end] = self.head
            self.head = end


def test_the_head_has_nobody_before_it_and_others_have() -> None:
    held = [(100, 199), (1, 50), (300, 300)]
    assert name_blocks(held, [units(100, 199)], "me") == [BlockRef(100, 0, 100, 100)]
    assert name_blocks(held, [units(1, 50)], "me") == [BlockRef(1, 100, 1, 50)]
    assert name_blocks(held, [units(2, 3)], "me") == [BlockRef(1, 0, 2, 2)]


def test_what_remains_behind_a_cut_is_the_new_head() -> None:
    refs = name_blocks([(1, 10), (21, 30)], [units(21, 22), units(1, 10)], "me")
    assert refs == [BlockRef(21, 1, 21, 2), BlockRef(1, 23, 1, 10)]


def test_a_range_over_several_blocks_is_split() -> None:
    refs = name_blocks([(11, 20), (1, 10)], [units(5, 15)], "me")
    assert [(ref.first, ref.count) for ref in refs] == [(5, 6), (11, 5)]


def test_serials_that_are_not_held_are_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"plant does not have CN:CEA-2025:11"):
        name_blocks([(1, 10)], [units(5, 15)], "plant")
    with pytest.raises(Refused, match=r"CN:CEA-2025:5 "):
        name_blocks([(1, 10)], [units(5, 5), units(5, 5)], "plant")


@pytest.mark.parametrize("seed", range(40))
def test_the_ledger_accepts_every_ref(seed: int) -> None:
    chance = random.Random(seed)
    cuts = sorted(chance.sample(range(2, 1000), 12))
    blocks = list(zip([1, *cuts], [c - 1 for c in cuts] + [1000], strict=True))
    chance.shuffle(blocks)
    ends = sorted(chance.sample(range(1, 1001), 10))
    wanted = [units(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True)]
    chance.shuffle(wanted)
    ledger = Ledger(blocks)
    refs = name_blocks(blocks, wanted, "me")
    for ref in refs:
        ledger.take(ref)
    assert sum(ref.count for ref in refs) == sum(reference.count for reference in wanted)
