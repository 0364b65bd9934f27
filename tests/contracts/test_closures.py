"""An account about to close is emptied as two people decided (10-91)."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, Receipt, refused
from tests.contracts.actors import CCER, CEA, FOREIGN_CEA, World
from tests.contracts.desks import allocate, alone, refusal
from tests.contracts.liens import freeze, lift
from tests.contracts.words import State, Status, Type


@pytest.fixture
def desk(world: World) -> Any:
    return world.CN.issuance


def marks(world: World, first: int) -> int:
    return int(world.cn.blockAt(CEA, first).marks)


@pytest.fixture
def closing(world: World, cn: Contract, desk: Any) -> None:
    """Alice has 60 free, 20 bought, some credits and some units of KR, and is about to close."""
    allocate(world, world.CN, world.alice, 60)
    world.give(cn, world.alice, CEA, 20)
    world.define(cn, "CCER-2025", unit_type=2)
    world.credits(cn, world.alice, CCER, 10)
    world.set_status(cn, world.alice, Status.CLOSURE_PENDING)


def close_out(world: World, to: str) -> Receipt:
    return world.CN.issuance.closeOut(world.alice, to, by=world.registrar)  # type: ignore[no-any-return]


@pytest.mark.usefixtures("closing")
def test_an_account_about_to_close_is_emptied(world: World, cn: Contract, desk: Any) -> None:
    pool = world.pool(cn)
    assert close_out(world, pool).event("ClosureDecided") == (world.alice, pool)
    assert desk.closureOf(world.alice) == pool
    receipt = desk.moveOnClosure(world.alice, CEA, by=world.stranger)
    runs = [tuple(e.args[1:]) for e in receipt.events("UnitsMoved")]
    to = (Type.CLOSURE, State.HELD)
    assert runs == [(world.alice, pool, 61, 20, *to), (world.alice, pool, 1, 60, *to)]
    assert receipt.event("TransferSingle") == (desk.address, world.alice, pool, CEA, 80)
    assert (marks(world, 1), marks(world, 61)) == (0, 0)
    with refused("AccountNotEmpty", world.alice, 1):
        cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
    desk.moveOnClosure(world.alice, CCER, by=world.stranger)
    cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
    with refusal(world, "NotClosing", world.alice):
        desk.moveOnClosure(world.alice, CEA, by=world.stranger)


@pytest.mark.usefixtures("closing")
def test_a_closure_is_decided_before_it_is_carried_out(world: World, desk: Any) -> None:
    with refusal(world, "NothingDecided"):
        desk.moveOnClosure(world.alice, CEA, by=world.stranger)
    for to in (world.bob, world.carol, world.alice, world.stranger):
        with refusal(world, "NotProgrammeAccount", to):
            close_out(world, to)
    for person in (world.registrar, world.deputy, world.alice, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(desk, "closeOut", world.alice, world.state, by=person)
    with refusal(world, "NotClosing", world.bob):
        desk.closeOut(world.bob, world.state, by=world.registrar)
    close_out(world, world.state)
    world.set_status(world.cn, world.alice, Status.OPEN)
    with refusal(world, "NotClosing", world.alice):
        desk.moveOnClosure(world.alice, CEA, by=world.stranger)


@pytest.mark.usefixtures("closing")
def test_what_is_frozen_stays_until_it_is_free(world: World, cn: Contract, desk: Any) -> None:
    lien = freeze(world, 30)
    close_out(world, world.pool(cn))
    desk.moveOnClosure(world.alice, CEA, by=world.stranger)
    assert cn.balanceOf(world.alice, CEA) == cn.encumberedOf(world.alice, CEA) == 30
    with refusal(world, "ERC1155InsufficientBalance", world.alice, 0, 2**40 - 1, CEA):
        desk.moveOnClosure(world.alice, CEA, by=world.stranger)
    lift(world, "freeze", lien)
    desk.moveOnClosure(world.alice, CEA, by=world.stranger)
    assert cn.balanceOf(world.alice, CEA) == 0


@pytest.mark.usefixtures("closing")
@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.CLOSURE_PENDING, Status.CLOSED])
def test_no_units_come_to_an_account_that_cannot_receive(
    world: World, desk: Any, status: Status
) -> None:
    """Invariant 5 holds for decisions too: a closed account stays empty."""
    close_out(world, world.state)
    world.set_status(world.cn, world.state, status)
    with refusal(world, "AccountCannotReceive", world.state, status):
        desk.moveOnClosure(world.alice, CEA, by=world.stranger)


def test_foreign_units_go_the_same_way(world: World, cn: Contract) -> None:
    """Their twins stay in escrow at home."""
    world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(cn, world.alice, CEA, 10)
    world.cross(2, world.alice, CEA, 10, world.bob)
    world.set_status(world.kr, world.bob, Status.CLOSURE_PENDING)
    desk, pool = world.KR.issuance, world.pool(world.kr)
    desk.closeOut(world.bob, pool, by=world.registrar)
    desk.moveOnClosure(world.bob, FOREIGN_CEA, by=world.stranger)
    assert world.kr.balanceOf(pool, FOREIGN_CEA) == 10
    assert cn.totalsOf(CEA).escrowed == 10
