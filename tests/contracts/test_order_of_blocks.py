"""In which order a movement by quantity takes blocks, and what it costs others to change it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.actors import CEA, World
from tests.contracts.blocks import LISTS, blocks, hand_over, moved
from tests.contracts.liens import COURT
from tests.contracts.words import ref

QUICK = settings(max_examples=20, deadline=None, database=None)
STOCK = 10**6

sizes = st.one_of(
    st.integers(1, 20), st.integers(14, 17), st.integers(250, 260), st.integers(4_090, 4_100)
)
Acts = list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def scene(ledger: World) -> World:  # type: ignore[misc]
    """Bob has units to give."""
    with ledger.chain.restored():
        ledger.give(ledger.cn, ledger.bob, CEA, STOCK)
        yield ledger


def give(world: World, given_: list[int]) -> None:
    start = blocks(world.cn, world.bob)[0][0]
    hand_over(world, world.bob, world.alice, given_, start=start)


def send(world: World, quantity: int) -> list[tuple[int, int]]:
    transfer = (world.alice, world.carol, CEA, quantity, b"")
    return moved(world.cn.safeTransferFrom(*transfer, by=world.alice))


def list_of(size: int) -> int:
    return max(n for n, least in enumerate(LISTS) if size >= least)


# ---- the bound on gifts (`SerialBlocks`) --------------------------------------------------


@QUICK
@given(own=st.lists(sizes, min_size=1, max_size=12), gifts=st.lists(sizes, max_size=40))
def test_each_block_in_front_costs_its_share(
    scene: World, own: list[int], gifts: list[int]
) -> None:
    """A sixteenth of the block that it is put in front of, at least, or 4,096 units."""
    with scene.chain.restored():
        give(scene, own)
        mine = blocks(scene.cn, scene.alice)
        give(scene, gifts)
        order = blocks(scene.cn, scene.alice)
    assert [block for block in order if block in mine] == mine
    assert len(order) == len(own) + len(gifts)
    for at, block in enumerate(order):
        if block in mine:
            in_front = [size for first, size in order[:at] if (first, size) not in mine]
            least = min(max(block[1] // 16, 1), LISTS[-1])
            assert all(size >= LISTS[list_of(block[1])] >= least for size in in_front)
            assert sum(in_front) >= len(in_front) * least


@QUICK
@given(
    own=st.lists(sizes, min_size=1, max_size=12),
    gifts=st.lists(sizes, min_size=1, max_size=40),
    share=st.integers(1, 100),
)
def test_of_larger_blocks_a_call_takes_the_same_as_before(
    scene: World, own: list[int], gifts: list[int], share: int
) -> None:
    """Those in larger lists than any gift go first, and in their order, down to the last serial."""
    quantity = max(sum(own) * share // 100, 1)
    with scene.chain.restored():
        give(scene, own)
        listed = {
            first: scene.cn.blockAt(CEA, first).list for first, _ in blocks(scene.cn, scene.alice)
        }
        with scene.chain.restored():
            before = send(scene, quantity)
        give(scene, gifts)
        after = send(scene, quantity)
    largest = max(list_of(size) for size in gifts)
    starts = sorted(listed)
    unmoved = 0
    for first, _ in before:
        block = max(start for start in starts if start <= first)
        if listed[block] <= largest:
            break
        unmoved += 1
    assert after[:unmoved] == before[:unmoved]
    if unmoved == len(before):
        assert after == before


# ---- the list is the order ----------------------------------------------------------------

acts = st.lists(
    st.tuples(
        st.sampled_from(["gift", "send", "cut", "freeze", "lift"]),
        st.integers(0, 10**6),
        st.integers(1, 10**6),
    ),
    min_size=1,
    max_size=14,
)


@QUICK
@given(history=acts, share=st.integers(1, 100))
def test_blocks_are_listed_in_the_order_in_which_they_are_taken(
    scene: World, history: Acts, share: int
) -> None:
    with scene.chain.restored():
        give(scene, [5_000, 300, 20, 5])
        live(scene, history)
        order = blocks(scene.cn, scene.alice)
        total = sum(size for _, size in order)
        quantity = max(total * share // 100, 1)
        with scene.chain.restored():
            assert send(scene, quantity) == taken(order, quantity)
        pages = []
        while page := scene.cn.blocksOf(CEA, scene.alice, pages[-1][0] if pages else 0, 3):
            pages += [tuple(r) for r in page]
        assert pages == order
        assert send(scene, total) == order
        assert blocks(scene.cn, scene.alice) == []


def taken(order: list[tuple[int, int]], quantity: int) -> list[tuple[int, int]]:
    """Whole blocks in their order; the last one gives its highest serials."""
    parts = []
    for first, size in order:
        part = min(size, quantity)
        parts.append((first + size - part, part))
        quantity -= part
        if not quantity:
            break
    return parts


def live(world: World, history: Acts) -> None:
    """What happens to an account: gifts, sales, units that are set aside and let go of."""
    placed: list[int] = []
    for act, a, b in history:
        mine = blocks(world.cn, world.alice)
        total = sum(size for _, size in mine)
        if act == "gift":
            give(world, [1 + b % 5_000])
        elif act == "lift" and placed:
            world.CN.liens.unfreeze(placed.pop(a % len(placed)), by=world.officer)
        elif act == "send" and total > 1:
            send(world, 1 + b % (total - 1))
        elif act in ("cut", "freeze") and len(mine) > 1:
            block, size = mine[a % len(mine)]
            start = b % size
            cut = [ref(block, block + start, 1 + a % (size - start))]
            if act == "cut":
                world.cn.transferUnits(world.alice, world.carol, CEA, cut, by=world.alice)
            else:
                placed.append(freeze(world, cut))


def freeze(world: World, refs: list[Any]) -> int:
    call = (world.alice, CEA, refs[0][3], refs, COURT)
    receipt = world.CN.liens.freeze(*call, by=world.officer)
    return int(receipt.event("LienPlaced").lienId)
