"""Which serials of a surrender are put back: each once, each of that surrender, and none besides.

Alice surrendered 101 to 200 for 2025 in one block. A refusal changes nothing and has a name.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.actors import CEA, World
from tests.contracts.desks import (
    ALLOWANCES,
    Base,
    confirm,
    define_year,
    limit,
    refusal,
    surrender,
)
from tests.contracts.liens import tiles
from tests.contracts.words import LARGEST_QUANTITY, State, Status, ref


@pytest.fixture(autouse=True)
def surrendered(world: World) -> None:
    shares = [limit(Base.ABSOLUTE, amount=100, types=ALLOWANCES)]
    define_year(world, world.CN, shares)
    world.give(world.cn, world.alice, CEA, 300)
    surrender(world.CN, world.alice, CEA, 100, [ref(1, 101, 100)])


def put_back(world: World, *refs: Any, account: str = "", year: int = 2025, of: int = CEA) -> Any:
    desk = world.CN.compliance
    return desk.reverseSurrender(account or world.alice, year, of, list(refs), by=world.officer)


def standing(world: World) -> list[tuple[int, int]]:
    """The blocks that stand surrendered: first and count. All that is counted agrees."""
    found = [(first, n) for first, n, _, state in tiles(world) if state == State.SURRENDERED]
    total = sum(n for _, n in found)
    assert world.cn.totalsOf(CEA).surrendered == total
    assert world.CN.compliance.obligationOf(world.alice, 2025).surrendered == total
    assert world.CN.compliance.limitUse(world.alice, 2025, 0, CEA) == (total, 100)
    return found


# ---- a unit named twice ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "again",
    [
        ref(101, 101, 10),  # the same range
        ref(101, 105, 10),  # one that begins in it
        ref(101, 101, 1),  # its first unit
        ref(101, 110, 1),  # its last
        ref(101, 101, 90),  # one that contains it
    ],
)
def test_a_unit_named_twice_is_refused(world: World, again: tuple[int, ...]) -> None:
    with refusal(world, "UnitsNotHeld", CEA, world.alice, 101, *again[2:]):
        put_back(world, ref(101, 101, 10), again)
    assert standing(world) == [(101, 100)]


def test_more_units_than_were_surrendered_are_refused(world: World) -> None:
    """One block named until the sum is beyond what was surrendered."""
    with refusal(world, "UnitsNotSurrendered", world.alice, CEA, 101):
        put_back(world, ref(101, 101, 60), ref(101, 101, 60))
    with refusal(world, "UnitsNotSurrendered", world.alice, CEA, 101):
        put_back(world, *[ref(101, 101, 100)] * 3)


@pytest.mark.parametrize("quantity", [2**39, LARGEST_QUANTITY])
def test_large_units_named_twice_are_refused_in_words(world: World, quantity: int) -> None:
    large = world.define(world.cn, "CEA-LARGE", cap=LARGEST_QUANTITY)
    define_year(world, world.CN, year=2026, allowances_until=2026)
    first = world.give(world.cn, world.bob, large, quantity)
    surrender(world.CN, world.bob, large, quantity, year=2026)
    whole = ref(first, first, quantity)
    with refusal(world, "UnitsNotSurrendered", world.bob, large, first):
        put_back(world, whole, whole, account=world.bob, year=2026, of=large)
    put_back(world, whole, account=world.bob, year=2026, of=large)
    assert world.cn.balanceOf(world.bob, large) == quantity


# ---- ranges outside -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "outside",
    [
        ref(101, 100, 1),  # the unit before
        ref(101, 91, 20),  # over its beginning
        ref(101, 201, 1),  # the unit after
        ref(101, 191, 20),  # over its end
        ref(101, 101, 101),  # one too many
        ref(101, 101, LARGEST_QUANTITY),
        ref(101, LARGEST_QUANTITY, LARGEST_QUANTITY),
        ref(102, 102, 1),  # no block starts there
        ref(1, 1, 1),  # held, not surrendered
        ref(201, 201, 1),
        ref(0, 0, 1),
        ref(301, 301, 1),  # never issued
    ],
)
def test_ranges_outside_the_surrender_are_refused(world: World, outside: tuple[int, ...]) -> None:
    with refusal(world, "UnitsNotSurrendered", world.alice, CEA, outside[0]):
        put_back(world, outside)
    with refusal(world, "UnitsNotSurrendered", world.alice, CEA, outside[0]):
        put_back(world, ref(101, 151, 10), outside)
    assert standing(world) == [(101, 100)]


def test_nothing_is_refused(world: World) -> None:
    with refusal(world, "QuantityZero"):
        put_back(world)
    with refusal(world, "QuantityZero"):
        put_back(world, ref(101, 101, 0))
    with refusal(world, "UnitsNotHeld", CEA, world.alice, 101, 120, 0):
        put_back(world, ref(101, 101, 10), ref(101, 120, 0))


def test_it_is_of_one_account_one_year_and_one_class(world: World) -> None:
    define_year(world, world.CN, year=2026, allowances_until=2026)
    world.give(world.cn, world.bob, CEA, 10)
    surrender(world.CN, world.bob, CEA, 10)
    other = world.define(world.cn, "CEA-2025B")
    for change in ({"account": world.bob}, {"year": 2026}, {"of": other}):
        account, of = change.get("account", world.alice), change.get("of", CEA)
        with refusal(world, "UnitsNotSurrendered", account, of, 101):
            put_back(world, ref(101, 101, 10), **change)


# ---- several ranges at once -----------------------------------------------------------------


def test_ranges_of_one_block_are_named_from_its_end(world: World) -> None:
    """A block that is cut keeps its beginning, so each range is inside what is left of it."""
    ranges = [ref(101, 191, 10), ref(101, 151, 10), ref(101, 101, 5)]
    with refusal(world, "UnitsNotHeld", CEA, world.alice, 101, 191, 10):
        put_back(world, *ranges[1:], ranges[0])
    receipt = put_back(world, *ranges)
    assert receipt.event("Surrendered") == (world.alice, 2025, CEA, 0, 75)
    assert standing(world) == [(106, 45), (161, 30)]
    # What was left behind a cut is still of this surrender.
    put_back(world, ref(161, 171, 10), ref(106, 106, 1), ref(161, 161, 1))
    assert standing(world) == [(107, 44), (162, 9), (181, 10)]


def test_256_blocks_are_put_back_at_once_and_no_more(world: World) -> None:
    world.give(world.cn, world.bob, CEA, 1_000)
    bits = [ref(301, 301 + i, 1) for i in range(512, 0, -2)]  # every other unit, from the end
    define_year(world, world.CN, year=2026, allowances_until=2026)
    surrender(world.CN, world.bob, CEA, 256, bits, year=2026)
    surrender(world.CN, world.bob, CEA, 1, [ref(301, 301, 1)], year=2026)
    whole = [ref(first, first, 1) for _, _, first, _ in bits]
    account = {"account": world.bob, "year": 2026}
    with refusal(world, "TooManyBlocks", CEA, 256):
        put_back(world, *whole, ref(301, 301, 1), **account)
    put_back(world, *whole, **account)
    assert world.CN.compliance.obligationOf(world.bob, 2026).surrendered == 1


def test_nothing_is_put_back_into_a_closed_account(world: World) -> None:
    """Nobody could ever move it again."""
    confirm(world, world.CN, world.alice, 100)
    for block, n in ((1, 100), (201, 100)):
        world.cn.transferUnits(world.alice, world.bob, CEA, [ref(block, block, n)], by=world.alice)
    world.set_status(world.cn, world.alice, Status.CLOSED)
    with refusal(world, "AccountCannotReceive", world.alice, Status.CLOSED):
        put_back(world, ref(101, 101, 100))
    assert standing(world) == [(101, 100)]
