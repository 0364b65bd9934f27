"""Escrow that freezes have cut into more blocks than one call moves settles in parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.crossing import go_home, settled, use
from tests.contracts.desks import refusal
from tests.contracts.liens import COURT
from tests.contracts.words import State, ref

UNITS, PIECES = 200, 64  # that one call finds its way over
LOT = 1


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """Bob has 200 units at KR; at home every other one is a block of its own, and frozen."""
    with ledger.chain.restored():
        ledger.agree(ledger.CN, ledger.KR, ledger.terms((1, 1)))
        ledger.give(ledger.cn, ledger.alice, CEA, UNITS)
        ledger.cross(2, ledger.alice, CEA, UNITS, ledger.bob)
        marks = [ref(first, first + 1, 1) for first in range(1, UNITS, 2)]
        ledger.CN.liens.freezeReturning(CEA, marks, COURT, by=ledger.officer)
        yield ledger


@pytest.fixture
def world(ledger: World, scene: World) -> Iterator[World]:
    with ledger.chain.restored():
        yield ledger


def waiting(world: World) -> list[tuple[Any, ...]]:
    return [tuple(w) for w in world.gateway.waitingOf(LOT)]


def settle(world: World, block: int, most: int) -> Any:
    return world.gateway.settleWaiting(LOT, 0, block, most, by=world.stranger)


def settle_all(world: World) -> None:
    for first in range(1, UNITS + 1, PIECES):
        settle(world, first, PIECES)


def test_units_come_home_in_parts_from_the_first_on(world: World, cn: Contract) -> None:
    with refused("UnitsNotHeld", CEA, world.gateway, 1, 1, UNITS):
        go_home(world, world.bob, UNITS, accepted=UNITS)
    for first in range(1, UNITS + 1, PIECES):
        count = min(PIECES, UNITS + 1 - first)
        go_home(world, world.bob, count, [ref(first, first, count)], accepted=count)
    assert cn.balanceOf(world.alice, CEA) == UNITS
    assert cn.encumberedOf(world.alice, CEA) == UNITS // 2
    assert cn.totalsOf(CEA).escrowed == 0


def test_what_its_sender_lets_wait_comes_home_in_parts(world: World, cn: Contract) -> None:
    receipt = go_home(world, world.bob, UNITS)
    assert settled(receipt) == []
    waits = (LOT, 1, UNITS, State.HELD, world.alice)
    assert receipt.event("SettlementWaits") == waits
    with refusal(world, "UnitsNotHeld", CEA, world.gateway, 1, 1, UNITS):
        settle(world, 1, UNITS)
    receipt = settle(world, 1, PIECES)
    assert settled(receipt) == [(1, PIECES, State.HELD)]
    assert waiting(world) == [(PIECES + 1, UNITS - PIECES, State.HELD, world.alice)]
    assert world.gateway.lotOf(LOT)[0].escrowed == UNITS - PIECES
    for first in (65, 129, 193):
        settle(world, first, PIECES)
    assert waiting(world) == []
    assert cn.balanceOf(world.alice, CEA) == UNITS
    assert cn.encumberedOf(world.alice, CEA) == UNITS // 2
    assert world.gateway.lotOf(LOT)[0].escrowed == 0


def test_use_abroad_is_not_stopped_and_is_settled_in_parts(world: World, cn: Contract) -> None:
    receipt = use(world, world.bob, "retire", UNITS)
    assert world.kr.totalsOf(FOREIGN_CEA).retired == UNITS
    assert settled(receipt) == []
    assert receipt.event("SettlementWaits")[:4] == (LOT, 1, UNITS, State.RETIRED)
    settle_all(world)
    assert (cn.totalsOf(CEA).escrowed, cn.totalsOf(CEA).retired) == (0, UNITS)
    assert waiting(world) == []


def test_nothing_is_settled_that_does_not_wait(world: World) -> None:
    use(world, world.bob, "retire", UNITS)
    with refusal(world, "NothingWaits", LOT, 1):
        world.gateway.settleWaiting(LOT, 1, 1, 10, by=world.stranger)
    with refusal(world, "NothingWaits", LOT, 0):
        settle(world, 1, 0)
    settle_all(world)
    with refusal(world, "NothingWaits", LOT, 0):
        settle(world, 1, 10)


def test_a_part_begins_near_the_block_that_is_named(world: World) -> None:
    """Nobody settles another unit by naming another block."""
    use(world, world.bob, "retire", UNITS)
    settle(world, 1, PIECES)
    for block, count in ((1, 10), (66, 2)):  # too far before it, and behind it
        with refusal(world, "UnitsNotHeld", CEA, world.gateway, block, 65, count):
            settle(world, block, 10)
    settle(world, 65, 10)
    assert waiting(world)[0][:2] == (75, UNITS - 74)
