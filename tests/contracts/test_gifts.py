"""What strangers send to an account makes no call of its holder fail.

Gifts are in the list of their own size, and larger blocks go first. What is not free of charge: to
put blocks in front of others, somebody gives so much that they belong there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from scripts.bench.evm import Contract, Receipt
from tests.contracts.actors import CEA, World
from tests.contracts.blocks import LISTS, MAX_STEPS, blocks, hand_over, moved
from tests.contracts.desks import refusal
from tests.contracts.liens import COURT, LOAN
from tests.contracts.words import NOTHING, Allocated, Restriction, ref

GIFTS = 300  # more than one call moves
OWN = 5_000  # of each of Alice's two blocks

Act = Callable[[World, int, Sequence[Any]], Receipt]


def excess(world: World, quantity: int, refs: Sequence[Any]) -> Receipt:
    """Alice was allocated twice as much; what is too much goes back."""
    back = (world.alice, world.pool(world.cn), CEA, 2025, Allocated.INITIAL, quantity, refs)
    return world.CN.issuance.returnExcess(*back, by=world.alice)  # type: ignore[no-any-return]


ACTS: dict[str, Act] = {
    "surrender": lambda w, n, refs: w.CN.compliance.surrender(
        w.alice, 2025, CEA, n, refs, by=w.alice
    ),
    "retire": lambda w, n, refs: w.cn.retire(w.alice, CEA, n, refs, NOTHING, NOTHING, by=w.alice),
    "cancel": lambda w, n, refs: w.cn.cancel(w.alice, CEA, n, refs, NOTHING, NOTHING, by=w.alice),
    "pledge": lambda w, n, refs: w.CN.liens.pledge(w.alice, CEA, n, refs, w.dave, LOAN, by=w.alice),
    "export": lambda w, n, refs: w.cross(2, w.alice, CEA, n, w.alice, list(refs)),
    "excess": excess,
    "freeze": lambda w, n, refs: w.CN.liens.freeze(w.alice, CEA, n, refs, COURT, by=w.officer),
}
BY_QUANTITY: dict[str, Act] = ACTS | {
    "transfer": lambda w, n, _: w.cn.safeTransferFrom(w.alice, w.bob, CEA, n, b"", by=w.alice),
    "batch": lambda w, n, _: w.cn.safeBatchTransferFrom(
        w.alice, w.bob, [CEA, CEA], [n - 1, 1], b"", by=w.alice
    ),
    "settlement": lambda w, n, _: w.CN.holders.settle(
        w.dave, [(w.alice, w.bob, CEA, n, LOAN, False)], by=w.dave
    ),
}
NAMED: dict[str, Act] = ACTS | {
    "transfer": lambda w, _, refs: w.cn.transferUnits(w.alice, w.bob, CEA, refs, by=w.alice),
}


class Scene:
    """Alice has two blocks of 5,000: 1-5,000 and, newer, 5,001-10,000. Bob has units to give."""

    def __init__(self, world: World) -> None:
        world.agree(world.CN, world.KR, world.terms((1, 1)))
        world.CN.holders.authoriseSettler(world.alice, world.dave, True, by=world.alice)
        for _ in range(2):
            world.issue(world.cn, CEA, OWN)
            world.allocate(world.CN, world.alice, OWN)
        change = (world.alice, 2025, Allocated.INITIAL, CEA, 2 * OWN, 0)
        world.CN.issuance.entitle(0, [change], by=world.allocator)
        self.stock = world.give(world.cn, world.bob, CEA, 2 * 10**6)

    def give(self, world: World, sizes: Sequence[int]) -> None:
        """By Bob, who is a stranger to Alice."""
        hand_over(world, world.bob, world.alice, sizes, start=self.stock)


@pytest.fixture(scope="module")
def scene(ledger: World) -> Scene:  # type: ignore[misc]
    with ledger.chain.restored():
        yield Scene(ledger)


@pytest.fixture
def world(ledger: World, scene: Scene) -> World:  # type: ignore[misc]
    with ledger.chain.restored():
        yield ledger


def of_account(receipt: Receipt, world: World) -> list[tuple[int, int]]:
    """Which of Alice's units moved at home."""
    events = receipt.events("UnitsMoved")
    return [
        tuple(e.args[3:5])
        for e in events
        if e.address == world.cn.address and e.args.sender == world.alice
    ]


# ---- by quantity --------------------------------------------------------------------------


@pytest.mark.parametrize("act", BY_QUANTITY)
def test_by_quantity_the_same_units_move_as_without_gifts(
    world: World, scene: Scene, act: str
) -> None:
    with world.chain.restored():
        without = of_account(BY_QUANTITY[act](world, 6_000, []), world)
    scene.give(world, [1] * GIFTS)
    assert of_account(BY_QUANTITY[act](world, 6_000, []), world) == without
    assert sum(size for _, size in without) == 6_000


@pytest.mark.parametrize("size", [1, 15, 16, 255, 256, 4095])
def test_gifts_of_any_smaller_size_are_behind(
    world: World, cn: Contract, scene: Scene, size: int
) -> None:
    before = blocks(cn, world.alice)
    scene.give(world, [size] * 257)
    assert blocks(cn, world.alice)[:2] == before == [(5_001, 5_000), (1, 5_000)]


def test_the_forecast_is_the_same(world: World, scene: Scene) -> None:
    scene.give(world, [1] * GIFTS)
    forecast = world.CN.holders.restrictionOf
    assert forecast(world.alice, world.bob, CEA, 2 * OWN)[0] == Restriction.NONE
    assert forecast(world.alice, world.bob, CEA, 2 * OWN + 254)[0] == Restriction.NONE
    beyond = forecast(world.alice, world.bob, CEA, 2 * OWN + 255)[0]  # 255 gifts and two blocks
    assert beyond == Restriction.TOO_MANY_BLOCKS


# ---- by name ------------------------------------------------------------------------------


@pytest.mark.parametrize("act", NAMED)
@pytest.mark.parametrize(("block", "previous"), [(5_001, 0), (1, 5_001), (1, 0)])
def test_named_units_move_although_gifts_came_between(
    world: World, cn: Contract, scene: Scene, act: str, block: int, previous: int
) -> None:
    """The hint was read before 300 gifts, some of them as large as the blocks."""
    scene.give(world, [1] * (GIFTS - 3) + [OWN] * 3)
    NAMED[act](world, OWN, [ref(block, block, OWN, previous)])
    rest = [first for first, _ in blocks(cn, world.alice) if first <= 2 * OWN]
    assert rest == [5_001 if block == 1 else 1]


# ---- what small blocks cost to get past ---------------------------------------------------


def small_blocks(world: World, scene: Scene) -> list[tuple[int, int]]:
    """Alice sells her large blocks and has ten of five units each instead."""
    world.cn.safeTransferFrom(world.alice, world.carol, CEA, 2 * OWN, b"", by=world.alice)
    scene.stock = hand_over(world, world.bob, world.alice, [5] * 10, start=scene.stock)
    return blocks(world.cn, world.alice)


@pytest.fixture
def small(world: World, scene: Scene) -> list[tuple[int, int]]:  # type: ignore[misc]
    stock = scene.stock
    yield small_blocks(world, scene)
    scene.stock = stock


def test_blocks_as_small_as_gifts_are_taken_after_them(
    world: World, cn: Contract, scene: Scene, small: list[tuple[int, int]]
) -> None:
    """The holder has the more for it: what it sends is given to it, and its own stays."""
    scene.give(world, [1] * GIFTS)
    receipt = cn.safeTransferFrom(world.alice, world.carol, CEA, 50, b"", by=world.alice)
    assert [size for _, size in moved(receipt)] == [1] * 50
    assert blocks(cn, world.alice)[-10:] == small


def test_a_stale_hint_to_a_small_block_costs_65_units(
    world: World, cn: Contract, scene: Scene, small: list[tuple[int, int]]
) -> None:
    """Up to 64 gifts the old hint leads there; then the hint has to be read again."""
    first, size = small[0]
    scene.give(world, [1] * MAX_STEPS)
    with world.chain.restored():
        cn.transferUnits(world.alice, world.carol, CEA, [ref(first, first, size)], by=world.alice)
    cn.safeTransferFrom(world.bob, world.alice, CEA, 1, b"", by=world.bob)
    with refusal(world, "HintStale", CEA, world.alice, first, 0):
        cn.transferUnits(world.alice, world.carol, CEA, [ref(first, first, size)], by=world.alice)
    in_front = blocks(cn, world.alice)[MAX_STEPS][0]
    again = ref(first, first, size, previous=in_front)
    cn.transferUnits(world.alice, world.carol, CEA, [again], by=world.alice)
    inside = small[1][0]  # needs no hint at all
    cn.transferUnits(world.alice, world.carol, CEA, [ref(inside, inside + 1, 4)], by=world.alice)


@pytest.mark.parametrize("least", LISTS)
def test_a_block_is_in_front_of_those_of_its_own_list_only(
    world: World, cn: Contract, scene: Scene, least: int
) -> None:
    """So each block in front of one of n units costs n / 16 units at least, or 4,096."""
    sizes = [4096, 256, 16, 1]
    scene.give(world, [2 * n for n in sizes])
    gift = scene.stock + 2 * sum(sizes)
    hand_over(world, world.bob, world.alice, [least], start=gift)
    order = [size for first, size in blocks(cn, world.alice) if first >= scene.stock]
    own = [2 * n for n in sizes]
    own.insert(sizes.index(least), least)
    assert order == own
