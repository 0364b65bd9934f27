"""Naming serials to the ledger: the lists are played through as the ledger does it."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from registry_node.cli.blocks import BlockRef, Held, in_lists, list_of, name_blocks, within
from registry_node.domain.errors import Refused
from registry_node.domain.references import UnitReference


def units(first: int, last: int) -> UnitReference:
    return UnitReference("CN", "CEA-2025", first, last)


def held(*blocks: tuple[int, int]) -> list[Held]:
    """Blocks as they were put there, each list newest first, the largest blocks first."""
    named = [Held(first, last, list_of(last - first + 1)) for first, last in blocks]
    return sorted(named, key=lambda block: -block.list)


class Ledger:
    """`SerialBlocks`: four linked lists of blocks by size, newest first."""

    def __init__(self, blocks: Iterable[Held]) -> None:
        self.count = {b.first: b.last - b.first + 1 for b in blocks}
        self.list = {b.first: b.list for b in blocks}
        self.next: dict[int, int] = {}
        self.heads = [0, 0, 0, 0]
        for block in reversed(list(blocks)):
            self._link(block.first, block.list)

    def _link(self, first: int, list_: int) -> None:
        self.list[first] = list_
        self.next[first] = self.heads[list_]
        self.heads[list_] = first

    def take(self, ref: BlockRef) -> None:
        end, block_end = ref.first + ref.count, ref.block + self.count[ref.block]
        assert ref.block <= ref.first
        assert ref.count > 0
        assert end <= block_end
        if ref.first > ref.block:
            self.count[ref.block] = ref.first - ref.block
        else:
            if ref.previous == 0:
                assert self.heads[self.list[ref.block]] == ref.block, "HintStale"
                self.heads[self.list[ref.block]] = self.next[ref.block]
            else:
                assert self.next[ref.previous] == ref.block, "HintStale"
                self.next[ref.previous] = self.next[ref.block]
            del self.count[ref.block]
        if end < block_end:
            self.count[end] = block_end - end
            self._link(end, list_of(block_end - end))

    def told(self) -> list[tuple[int, int]]:
        """(first, last) of its blocks, as `blocksOf` has them."""
        found = []
        for list_ in (3, 2, 1, 0):
            first = self.heads[list_]
            while first:
                found.append((first, first + self.count[first] - 1))
                first = self.next[first]
        return found


@pytest.mark.parametrize(
    ("count", "list_"),
    [(1, 0), (15, 0), (16, 1), (255, 1), (256, 2), (4095, 2), (4096, 3), (2**40 - 1, 3)],
)
def test_blocks_are_listed_by_their_size(count: int, list_: int) -> None:
    assert list_of(count) == list_


def test_the_head_has_nobody_before_it_and_others_have() -> None:
    blocks = held((100, 199), (1, 50), (300, 300))
    assert name_blocks(blocks, [units(100, 199)], "me") == [BlockRef(100, 0, 100, 100)]
    assert name_blocks(blocks, [units(1, 50)], "me") == [BlockRef(1, 100, 1, 50)]
    assert name_blocks(blocks, [units(2, 3)], "me") == [BlockRef(1, 0, 2, 2)]


def test_the_head_of_another_list_has_nobody_before_it() -> None:
    blocks = held((1, 5000), (6000, 6299), (300_000, 300_004))
    for first, last in ((6000, 6299), (300_000, 300_004)):
        (ref,) = name_blocks(blocks, [units(first, last)], "me")
        assert ref.previous == 0


def test_what_remains_behind_a_cut_is_the_new_head_of_its_list() -> None:
    refs = name_blocks(held((1, 10), (21, 30)), [units(21, 22), units(1, 10)], "me")
    assert refs == [BlockRef(21, 1, 21, 2), BlockRef(1, 23, 1, 10)]
    blocks = held((1, 300), (1001, 1020))  # what is cut off the first goes to the second's list
    refs = name_blocks(blocks, [units(1, 280), units(1001, 1020)], "me")
    assert refs == [BlockRef(1, 0, 1, 280), BlockRef(1001, 281, 1001, 20)]


def test_what_remains_before_a_cut_stays_in_its_list() -> None:
    blocks = held((1, 300), (401, 700))
    refs = name_blocks(blocks, [units(3, 300), units(401, 700)], "me")
    assert refs == [BlockRef(1, 0, 3, 298), BlockRef(401, 1, 401, 300)]


def test_a_range_over_several_blocks_is_split() -> None:
    refs = name_blocks(held((11, 20), (1, 10)), [units(5, 15)], "me")
    assert [(ref.first, ref.count) for ref in refs] == [(5, 6), (11, 5)]


def test_serials_that_are_not_held_are_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"plant does not have CN:CEA-2025:11"):
        name_blocks(held((1, 10)), [units(5, 15)], "plant")
    with pytest.raises(Refused, match=r"CN:CEA-2025:5 "):
        name_blocks(held((1, 10)), [units(5, 5), units(5, 5)], "plant")


@pytest.mark.parametrize("seed", range(60))
def test_the_ledger_accepts_every_ref(seed: int) -> None:
    chance = random.Random(seed)
    many = chance.choice((3, 12, 40))
    cuts = sorted(chance.sample(range(2, 30_000), many))
    blocks = list(zip([1, *cuts], [c - 1 for c in cuts] + [30_000], strict=True))
    chance.shuffle(blocks)
    ledger = Ledger(held(*blocks))
    for _ in range(3):  # each time with what the times before have left
        ends = sorted(chance.sample(range(1, 30_001), 10))
        wanted = []
        for first, last in zip(ends[::2], ends[1::2], strict=True):
            whole = chance.choice(ledger.told())
            wanted.append(units(*whole) if chance.random() < 0.5 else units(first, last))
        told = ledger.told()
        known = in_lists(told, ledger.list.__getitem__)
        assert [(b.first, b.last) for b in known] == told
        assert [b.list for b in known] == [ledger.list[first] for first, _ in told]
        try:
            refs = name_blocks(known, wanted, "me")
        except Refused:  # two of the ranges overlap, or one was taken before
            continue
        for ref in refs:
            ledger.take(ref)
        assert sum(ref.count for ref in refs) == sum(reference.count for reference in wanted)


def test_few_blocks_are_asked_for_their_list() -> None:
    blocks = held(
        *((n, n) for n in range(1, 2000)), *((n, n + 20) for n in range(3000, 90_000, 30))
    )
    lists = {block.first: block.list for block in blocks}
    asked: list[int] = []

    def list_at(first: int) -> int:
        asked.append(first)
        return lists[first]

    assert in_lists([(b.first, b.last) for b in blocks], list_at) == blocks
    assert len(asked) < 40
    assert in_lists([], list_at) == []


def test_serials_of_blocks_in_no_list_are_cut_at_their_ends() -> None:
    blocks = [(11, 20), (1, 10)]
    assert within(blocks, [units(5, 12)]) == [BlockRef(1, 0, 5, 6), BlockRef(11, 0, 11, 2)]
    assert within(blocks, [units(15, 21)]) is None
