"""Transfers by quantity and of named serials: which units move, and what the lists look like."""

from __future__ import annotations

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, World
from tests.contracts.blocks import MAX_STEPS, blocks, hand_over, moved
from tests.contracts.words import Restriction, State, Status, Type, ref


@pytest.fixture(autouse=True)
def three_blocks(world: World, cn: Contract) -> None:
    """Alice has 1-10, 11-20 and 21-30; the newest is the head of her list."""
    for _ in range(3):
        world.give(cn, world.alice, CEA, 10)


# ---- by quantity --------------------------------------------------------------------------


def test_quantity_is_taken_from_the_head_and_the_last_block_gives_its_highest(
    world: World, cn: Contract
) -> None:
    receipt = cn.safeTransferFrom(world.alice, world.bob, CEA, 14, b"", by=world.alice)
    assert moved(receipt) == [(21, 10), (17, 4)]
    assert blocks(cn, world.alice) == [(11, 6), (1, 10)]
    assert blocks(cn, world.bob) == [(17, 4), (21, 10)]
    assert cn.balanceOfBatch([world.alice, world.bob], [CEA, CEA]) == [16, 14]


def test_quantity_that_is_one_whole_block(world: World, cn: Contract) -> None:
    receipt = cn.safeTransferFrom(world.alice, world.bob, CEA, 10, b"", by=world.alice)
    moved_event = receipt.event("UnitsMoved")
    assert moved_event == (CEA, world.alice, world.bob, 21, 10, Type.TRANSFER, State.HELD)
    assert blocks(cn, world.alice) == [(11, 10), (1, 10)]


def test_quantity_over_more_blocks_than_one_call_moves_is_refused(
    world: World, cn: Contract
) -> None:
    first = world.give(cn, world.bob, CEA, 600)
    hand_over(world, world.bob, world.carol, [1] * 257, start=first)
    assert cn.balanceOf(world.carol, CEA) == 257

    def answer(quantity: int) -> Restriction:
        asked = world.CN.holders.restrictionOf(world.carol, world.bob, CEA, quantity)
        return Restriction(asked[0])

    assert (answer(257), answer(256)) == (Restriction.TOO_MANY_BLOCKS, Restriction.NONE)
    with refused("TooManyBlocks", CEA, 256):
        cn.safeTransferFrom(world.carol, world.bob, CEA, 257, b"", by=world.carol)
    with refused("TooManyBlocks", CEA, 256):
        named = [ref(n, n, 1) for n in range(first, first + 257)]
        cn.transferUnits(world.carol, world.bob, CEA, named, by=world.carol)
    cn.safeTransferFrom(world.carol, world.bob, CEA, 256, b"", by=world.carol)
    assert blocks(cn, world.carol) == [(first, 1)]


def test_the_largest_blocks_go_first_and_among_alike_the_newest(world: World, cn: Contract) -> None:
    """Four lists: 1 to 15 units, 16 to 255, 256 to 4,095, and 4,096 or more."""
    sizes = [4096, 15, 16, 256, 255, 4095, 5000, 1]
    firsts = {size: world.give(cn, world.bob, CEA, size) for size in sizes}
    order = [5000, 4096, 4095, 256, 255, 16, 1, 15]
    assert blocks(cn, world.bob) == [(firsts[size], size) for size in order]
    lists = {size: cn.blockAt(CEA, first).list for size, first in firsts.items()}
    assert lists == {4096: 3, 5000: 3, 256: 2, 4095: 2, 16: 1, 255: 1, 1: 0, 15: 0}
    receipt = cn.safeTransferFrom(world.bob, world.carol, CEA, sum(sizes) - 1, b"", by=world.bob)
    parts = [(firsts[size], size) for size in order[:-1]]
    assert moved(receipt) == [*parts, (firsts[15] + 1, 14)]


def test_a_block_that_was_cut_stays_where_it_was(world: World, cn: Contract) -> None:
    """What is left of it goes first, so that at most one remainder is in the way."""
    first = world.give(cn, world.bob, CEA, 5000)
    world.give(cn, world.bob, CEA, 300)
    cn.safeTransferFrom(world.bob, world.carol, CEA, 4999, b"", by=world.bob)
    assert blocks(cn, world.bob) == [(first, 1), (first + 5000, 300)]
    assert cn.blockAt(CEA, first).list == 3
    cn.safeTransferFrom(world.bob, world.carol, CEA, 1, b"", by=world.bob)
    assert blocks(cn, world.bob) == [(first + 5000, 300)]


# ---- by name ------------------------------------------------------------------------------


def test_prefix_of_a_block(world: World, cn: Contract) -> None:
    cn.transferUnits(world.alice, world.bob, CEA, [ref(11, 11, 4, previous=21)], by=world.alice)
    assert blocks(cn, world.bob) == [(11, 4)]
    assert blocks(cn, world.alice) == [(15, 6), (21, 10), (1, 10)]


def test_middle_of_a_block(world: World, cn: Contract) -> None:
    cn.transferUnits(world.alice, world.bob, CEA, [ref(11, 14, 3)], by=world.alice)
    assert blocks(cn, world.bob) == [(14, 3)]
    assert blocks(cn, world.alice) == [(17, 4), (21, 10), (11, 3), (1, 10)]


def test_suffix_of_a_block(world: World, cn: Contract) -> None:
    cn.transferUnits(world.alice, world.bob, CEA, [ref(11, 18, 3)], by=world.alice)
    assert blocks(cn, world.bob) == [(18, 3)]
    assert blocks(cn, world.alice) == [(21, 10), (11, 7), (1, 10)]


@pytest.mark.parametrize(
    ("block", "previous", "rest"), [(21, 0, [11, 1]), (11, 21, [21, 1]), (1, 11, [21, 11])]
)
def test_whole_block_anywhere_in_the_list(
    world: World, cn: Contract, block: int, previous: int, rest: list[int]
) -> None:
    cn.transferUnits(world.alice, world.bob, CEA, [ref(block, block, 10, previous)], by=world.alice)
    assert blocks(cn, world.bob) == [(block, 10)]
    assert blocks(cn, world.alice) == [(first, 10) for first in rest]


def test_several_references_in_one_call(world: World, cn: Contract) -> None:
    refs = [ref(1, 5, 2), ref(21, 21, 10, previous=7), ref(7, 7, 1)]
    receipt = cn.transferUnits(world.alice, world.bob, CEA, refs, by=world.alice)
    assert moved(receipt) == [(5, 2), (21, 10), (7, 1)]
    assert receipt.event("TransferSingle").value == 13
    assert blocks(cn, world.alice) == [(8, 3), (11, 10), (1, 4)]
    assert blocks(cn, world.bob) == [(7, 1), (21, 10), (5, 2)]


def test_named_units_by_an_approved_operator(world: World, cn: Contract) -> None:
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    receipt = cn.transferUnits(world.alice, world.bob, CEA, [ref(11, 14, 3)], by=world.broker)
    assert receipt.event("TransferSingle") == (world.broker, world.alice, world.bob, CEA, 3)


@pytest.mark.parametrize(
    ("block", "previous"),
    [(21, 21), (21, 11), (21, 1), (11, 11), (11, 1), (1, 1), (1, 5), (11, 31), (11, 41)],
)
def test_hint_that_does_not_lead_to_the_block_is_refused(
    world: World, cn: Contract, block: int, previous: int
) -> None:
    """The block itself or one behind it, no block at all, another's, one of another list."""
    world.give(cn, world.bob, CEA, 10)  # 31-40
    world.give(cn, world.alice, CEA, 100)  # 41-140
    with refused("HintStale", CEA, world.alice, block, previous):
        cn.transferUnits(
            world.alice, world.bob, CEA, [ref(block, block, 10, previous)], by=world.alice
        )


@pytest.mark.parametrize(("block", "previous"), [(11, 0), (1, 0), (1, 21)])
def test_hint_of_a_block_further_in_front_is_followed(
    world: World, cn: Contract, block: int, previous: int
) -> None:
    cn.transferUnits(world.alice, world.bob, CEA, [ref(block, block, 10, previous)], by=world.alice)
    assert blocks(cn, world.bob) == [(block, 10)]
    rest = [first for first in (21, 11, 1) if first != block]
    assert blocks(cn, world.alice) == [(first, 10) for first in rest]


def test_hint_is_followed_over_64_blocks_and_no_more(world: World, cn: Contract) -> None:
    first = world.give(cn, world.bob, CEA, 100)
    hand_over(world, world.bob, world.alice, [1] * MAX_STEPS, start=first)
    named = [ref(21, 21, 10)]  # behind 64 others
    with world.chain.restored():
        cn.transferUnits(world.alice, world.bob, CEA, named, by=world.alice)
        assert cn.blockAt(CEA, 21).owner == world.bob
    cn.safeTransferFrom(world.bob, world.alice, CEA, 1, b"", by=world.bob)
    with refused("HintStale", CEA, world.alice, 21, 0):
        cn.transferUnits(world.alice, world.bob, CEA, named, by=world.alice)
    near = ref(21, 21, 10, previous=first)  # the oldest of them
    cn.transferUnits(world.alice, world.bob, CEA, [near], by=world.alice)


def test_hint_that_a_surrendered_block_once_was_is_refused(world: World, cn: Contract) -> None:
    cn.surrender(world.alice, CEA, 10, [ref(21, 21, 10)], 2025, by=world.alice)
    with refused("HintStale", CEA, world.alice, 11, 21):
        cn.transferUnits(
            world.alice, world.bob, CEA, [ref(11, 11, 10, previous=21)], by=world.alice
        )
    cn.transferUnits(world.alice, world.bob, CEA, [ref(11, 11, 10)], by=world.alice)


def test_hint_is_not_needed_for_the_inside_of_a_block(world: World, cn: Contract) -> None:
    cn.transferUnits(world.alice, world.bob, CEA, [ref(11, 12, 9, previous=999)], by=world.alice)
    assert blocks(cn, world.bob) == [(12, 9)]


@pytest.mark.parametrize(
    ("block", "first", "count"),
    [
        (1, 1, 11),  # past the block's end
        (1, 11, 1),  # in the next block
        (11, 10, 1),  # before the block
        (5, 5, 1),  # no block starts there
        (0, 0, 1),
        (31, 31, 1),  # never issued
        (1, 1, 0),  # no unit at all
        (1, 2**40 - 1, 2**40 - 1),
    ],
)
def test_units_that_are_not_in_the_named_block_are_refused(
    world: World, cn: Contract, block: int, first: int, count: int
) -> None:
    refs = [ref(21, 25, 1), ref(block, first, count)]
    with refused("UnitsNotHeld", CEA, world.alice, block, first, count):
        cn.transferUnits(world.alice, world.bob, CEA, refs, by=world.alice)


def test_anothers_units_and_the_same_units_twice_are_refused(world: World, cn: Contract) -> None:
    with refused("UnitsNotHeld", CEA, world.bob, 1, 1, 1):
        cn.transferUnits(world.bob, world.alice, CEA, [ref(1, 1, 1)], by=world.bob)
    with refused("UnitsNotHeld", CEA, world.alice, 21, 25, 1):
        cn.transferUnits(
            world.alice, world.bob, CEA, [ref(21, 25, 1), ref(21, 25, 1)], by=world.alice
        )


def test_naming_nothing_is_refused(world: World, cn: Contract) -> None:
    for refs in ([], [ref(1, 1, 0)]):
        with refused("QuantityZero"):
            cn.transferUnits(world.alice, world.bob, CEA, refs, by=world.alice)


# ---- questions ----------------------------------------------------------------------------


def test_blocks_are_listed_in_pages(world: World, cn: Contract) -> None:
    assert cn.blocksOf(CEA, world.alice, 0, 2) == [(21, 10), (11, 10)]
    assert cn.blocksOf(CEA, world.alice, 11, 2) == [(1, 10)]
    assert cn.blocksOf(CEA, world.alice, 1, 2) == []
    assert cn.blocksOf(CEA, world.alice, 0, 0) == []
    assert cn.blockAt(CEA, 21) == (world.alice, 10, 11, State.HELD, 0, 0)
    assert cn.blockAt(CEA, 22)[1:] == (0, 0, State.NONE, 0, 0)


def test_restriction_is_the_reason_of_the_refusal(world: World, cn: Contract) -> None:
    """`restrictionOf` agrees with the transfer on whether and why."""

    def answer(*, to: str = world.bob, unit_class: int = CEA, quantity: int = 5) -> Restriction:
        restriction, reason = world.CN.holders.restrictionOf(world.alice, to, unit_class, quantity)
        assert bool(reason) == (restriction != Restriction.NONE)
        return Restriction(restriction)

    assert answer() == Restriction.NONE
    assert answer(unit_class=7) == Restriction.UNKNOWN_CLASS
    assert answer(quantity=0) == Restriction.ZERO_QUANTITY
    assert answer(quantity=31) == Restriction.INSUFFICIENT_UNITS
    assert answer(to=world.stranger) == Restriction.RECEIVER_STATUS
    assert answer(to=world.alice) == Restriction.SAME_ACCOUNT
    assert answer(to=world.pool(cn)) == Restriction.RECEIVER_IS_KEYLESS
    world.set_status(cn, world.alice, Status.SUSPENDED)
    assert answer() == Restriction.SENDER_STATUS
    with refused("AccountCannotSend", world.alice, Status.SUSPENDED):
        cn.safeTransferFrom(world.alice, world.bob, CEA, 5, b"", by=world.alice)
