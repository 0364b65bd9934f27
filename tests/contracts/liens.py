"""Units set aside: what the tests of liens share."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from scripts.bench.evm import text32
from tests.contracts.actors import CEA, World
from tests.contracts.words import State

COURT = text32("court order 7")
LOAN = text32("loan 12")


class Lien(IntEnum):
    NONE = 0
    FREEZE = 1
    PLEDGE = 2
    LIFTED = 3  # not all of its blocks are free yet


def freeze(world: World, quantity: int, refs: Any = ()) -> int:
    receipt = world.CN.liens.freeze(world.alice, CEA, quantity, list(refs), COURT, by=world.officer)
    return int(receipt.event("LienPlaced").lienId)


def pledge(world: World, quantity: int, refs: Any = ()) -> int:
    """To Dave, the trading institution."""
    receipt = world.CN.liens.pledge(
        world.alice, CEA, quantity, list(refs), world.dave, LOAN, by=world.alice
    )
    return int(receipt.event("LienPlaced").lienId)


PLACE = {"freeze": freeze, "pledge": pledge}


def lift(world: World, kind: str, lien: int) -> Any:
    if kind == "freeze":
        return world.CN.liens.unfreeze(lien, by=world.officer)
    return world.CN.liens.releasePledge(world.dave, lien, by=world.dave)


def listed(world: World, account: str) -> list[tuple[int, ...]]:
    return [tuple(r) for r in world.cn.blocksOf(CEA, account, 0, 99)]


def tiles(world: World) -> list[tuple[int, int, str, State]]:
    """All blocks of the class from serial 1 on: first, count, owner, state."""
    found, first = [], 1
    while first <= world.cn.totalsOf(CEA).issued:
        b = world.cn.blockAt(CEA, first)
        assert b.count, f"no block starts at {first}"
        found.append((first, b.count, b.owner, State(b.state)))
        first += b.count
    return found
