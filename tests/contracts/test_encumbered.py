"""Units set aside are their holder's and go nowhere, by any path; the rest goes on as before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CEA, World
from tests.contracts.liens import PLACE, freeze, lift, pledge
from tests.contracts.words import NOTHING, Restriction, Status, ref


@pytest.fixture(autouse=True)
def three_blocks(world: World, cn: Contract) -> None:
    """Alice has 1-10, 11-20 and 21-30; the newest is the head of her list."""
    for _ in range(3):
        world.give(cn, world.alice, CEA, 10)


def _acts() -> dict[str, Callable[[World, int, list[Any]], object]]:
    """Every way in which Alice's units leave her, set aside again included."""
    return {
        "transfer": lambda w, n, _: w.cn.safeTransferFrom(w.alice, w.bob, CEA, n, b"", by=w.alice),
        "batch": lambda w, n, _: w.cn.safeBatchTransferFrom(
            w.alice, w.bob, [CEA], [n], b"", by=w.alice
        ),
        "by approval": lambda w, n, _: w.cn.safeTransferFrom(
            w.alice, w.bob, CEA, n, b"", by=w.broker
        ),
        "surrender": lambda w, n, refs: w.CN.compliance.surrender(
            w.alice, 2025, CEA, n, refs, by=w.alice
        ),
        "retire": lambda w, n, refs: w.cn.retire(
            w.alice, CEA, n, refs, NOTHING, NOTHING, by=w.alice
        ),
        "cancel": lambda w, n, refs: w.cn.cancel(
            w.alice, CEA, n, refs, NOTHING, NOTHING, by=w.alice
        ),
        "over a link": lambda w, n, refs: w.cross(2, w.alice, CEA, n, w.bob, refs),
        "settlement": lambda w, n, _: w.CN.holders.settle(
            w.dave, [(w.alice, w.bob, CEA, n, text32(f"trade of {n}"), False)], by=w.dave
        ),
        "pledge": pledge,
        "freeze": freeze,
    }


NAMING = ("surrender", "retire", "cancel", "over a link", "pledge", "freeze", "named")
# The authority takes what it finds, and takes the rest when it comes.
TAKES_WHAT_IS_THERE = ("freeze",)


@pytest.fixture
def free_hands(world: World) -> None:
    """Alice may send over a link, has a broker, and lets Dave settle."""
    world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.cn.setApprovalForAll(world.broker, True, by=world.alice)
    world.CN.holders.authoriseSettler(world.alice, world.dave, True, by=world.alice)


@pytest.mark.usefixtures("free_hands")
@pytest.mark.parametrize("act", _acts())
@pytest.mark.parametrize("kind", PLACE)
def test_only_the_rest_moves(world: World, kind: str, act: str) -> None:
    PLACE[kind](world, 14)
    if act not in TAKES_WHAT_IS_THERE:
        with refused("ERC1155InsufficientBalance", world.alice, 16, 17, CEA):
            _acts()[act](world, 17, [])
    _acts()[act](world, 16, [])
    assert world.cn.encumberedOf(world.alice, CEA) == (30 if act in PLACE else 14)
    with refused("ERC1155InsufficientBalance", world.alice, 0, 1, CEA):
        _acts()[act](world, 1, [])


@pytest.mark.usefixtures("free_hands")
@pytest.mark.parametrize("act", NAMING)
@pytest.mark.parametrize("kind", PLACE)
def test_naming_them_does_not_move_them(world: World, kind: str, act: str) -> None:
    PLACE[kind](world, 10, [ref(11, 11, 10, previous=21)])
    acts = _acts() | {
        "named": lambda w, _, refs: w.cn.transferUnits(w.alice, w.bob, CEA, refs, by=w.alice)
    }
    for first, count in ((11, 10), (14, 3)):
        with refused("UnitsNotHeld", CEA, world.alice, 11, first, count):
            acts[act](world, count, [ref(11, first, count)])
    acts[act](world, 10, [ref(1, 1, 10, previous=21)])


@pytest.mark.parametrize("kind", PLACE)
def test_restriction_counts_what_is_free(world: World, kind: str) -> None:
    def answer(quantity: int) -> Restriction:
        asked = world.CN.holders.restrictionOf(world.alice, world.bob, CEA, quantity)
        return Restriction(asked[0])

    PLACE[kind](world, 14)
    assert (answer(16), answer(17)) == (Restriction.NONE, Restriction.INSUFFICIENT_UNITS)


@pytest.mark.parametrize("kind", PLACE)
def test_account_with_units_set_aside_does_not_close(world: World, cn: Contract, kind: str) -> None:
    lien = PLACE[kind](world, 14)
    cn.safeTransferFrom(world.alice, world.bob, CEA, 16, b"", by=world.alice)
    with refused("AccountNotEmpty", world.alice, 1):
        cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
    lift(world, kind, lien)
    cn.safeTransferFrom(world.alice, world.bob, CEA, 14, b"", by=world.alice)
    cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
