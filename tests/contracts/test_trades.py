"""What a trade is at settlement: one leg, settled once, negotiated when it is large."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CEA, LIFETIME, World
from tests.contracts.desks import Control, called, refusal, selector
from tests.contracts.holders import (
    APPROVE,
    DAY,
    INITIATE,
    approve,
    control,
    execute,
    held,
    legs_of,
    request,
    settle,
    settle_in,
)
from tests.contracts.words import NOTHING, Kind

DELAY = DAY


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """Alice and Bob have 100 units each and let Dave, a trading institution, settle."""
    with ledger.chain.restored():
        for account in (ledger.alice, ledger.bob):
            ledger.give(ledger.cn, account, CEA, 100)
            ledger.CN.holders.authoriseSettler(account, ledger.dave, True, by=account)
        settle_in(ledger, trust=DELAY)
        yield ledger


@pytest.fixture
def world(scene: World) -> Iterator[World]:
    with scene.chain.restored():
        yield scene


@pytest.fixture
def desk(world: World) -> Contract:
    return world.CN.holders


def test_a_trade_is_settled_once_by_an_institution(world: World, desk: Contract) -> None:
    trade = text32("trade 1")
    assert not desk.isSettled(world.dave, trade)
    settle(world, ("alice", "bob", 1))
    assert desk.isSettled(world.dave, trade)
    # Whatever it is about the second time, and whatever comes with it.
    for again in (("alice", "bob", 1), ("bob", "carol", 2)):
        with refusal(world, "TradeAlreadySettled", world.dave, trade):
            settle(world, again)
        legs = [*legs_of(world, ("alice", "carol", 1), first=7), *legs_of(world, again)]
        with refusal(world, "TradeAlreadySettled", world.dave, trade):
            desk.settle(world.dave, legs, by=world.dave)
    settle(world, ("alice", "bob", 1), first=2)
    assert held(world, "alice", "bob") == [98, 102]


def test_a_trade_is_one_leg(world: World, desk: Contract) -> None:
    legs = legs_of(world, ("alice", "bob", 1)) + legs_of(world, ("bob", "carol", 1))
    with refusal(world, "TradeAlreadySettled", world.dave, text32("trade 1")):
        desk.settle(world.dave, legs, by=world.dave)


def test_a_trade_that_failed_can_be_settled_again(world: World) -> None:
    with refused("ERC1155InsufficientBalance", world.alice, 100, 101, CEA):
        settle(world, ("alice", "carol", 101))
    settle(world, ("alice", "carol", 100))


def test_references_are_each_institutions_own(world: World, desk: Contract) -> None:
    world.open(world.cn, world.broker, Kind.TRADING_INSTITUTION)
    desk.authoriseSettler(world.alice, world.broker, True, by=world.alice)
    world.chain.advance(DELAY)
    settle(world, ("alice", "bob", 1))
    settle(world, ("alice", "bob", 1), by=world.broker)
    assert held(world, "alice") == [98]


def test_a_leg_needs_its_trade(world: World, desk: Contract) -> None:
    unnamed = (world.alice, world.bob, CEA, 1, NOTHING, False)
    with refusal(world, "TradeMissing"):
        desk.settle(world.dave, [unnamed], by=world.dave)


def test_a_large_trade_is_negotiated(world: World, desk: Contract) -> None:
    """R-HL-07: from the programme's size on, trades are agreed off the book."""
    desk.setSettings((DELAY, 0, LIFETIME, 0, 50), by=world.root)
    trade = text32("trade 1")
    for quantity in (50, 51, 2**40 - 1):
        with refusal(world, "BlockTradeOnBook", trade, quantity, 50):
            settle(world, ("bob", "alice", quantity))
    settle(world, ("alice", "bob", 49))
    sold = (world.bob, world.carol, CEA, 50, text32("trade 2"), True)
    receipt = desk.settle(world.dave, [sold], by=world.dave)
    told = (world.dave, text32("trade 2"), CEA, world.bob, world.carol, 50, True)
    assert receipt.event("TradeSettled") == told
    small = (world.bob, world.carol, CEA, 1, text32("trade 3"), True)  # whatever its size
    desk.settle(world.dave, [small], by=world.dave)
    desk.setSettings((DELAY, 0, LIFETIME, 0, 0), by=world.root)  # no programme needs the rule
    settle(world, ("bob", "alice", 98), first=4)


# ---- in whose name ------------------------------------------------------------------------


def test_nobody_settles_in_the_name_of_an_institution(world: World, desk: Contract) -> None:
    legs = legs_of(world, ("alice", "bob", 1))
    world.cn.setApprovalForAll(world.broker, True, by=world.dave)
    for caller in (world.alice, world.bob, world.broker, world.root):
        with refused("NotTheHolder", world.dave, caller):
            desk.settle(world.dave, legs, by=caller)


def test_an_institution_of_two_representatives_settles_by_a_request(
    world: World, desk: Contract
) -> None:
    desk.allowCall(desk, selector(desk, "settle"), True, by=world.root)
    for person, right in ((world.stranger, INITIATE), (world.broker, APPROVE)):
        desk.setRepresentative(world.dave, person, right, by=world.registrar)
    control(world, world.dave, Control.TWO_REPRESENTATIVES)
    with refused("HolderDeskRequired", world.dave):
        settle(world, ("alice", "bob", 1))
    legs = legs_of(world, ("alice", "bob", 1), ("alice", "carol", 2))
    for person in (world.stranger, world.broker):
        with refused("NotTheHolder", world.dave, person):
            desk.settle(world.dave, legs, by=person)
    number = request(world, desk, "settle", world.dave, legs, by=world.stranger)
    approve(world, number, by=world.broker)
    receipt = execute(world, number, by=world.stranger)
    told = [tuple(e.args[:2]) for e in receipt.events("TradeSettled")]
    assert told == [(world.dave, text32("trade 1")), (world.dave, text32("trade 2"))]
    assert held(world, "alice", "bob", "carol") == [97, 101, 2]
    # No trade is settled twice, by no way.
    number = request(world, desk, "settle", world.dave, legs, by=world.stranger)
    approve(world, number, by=world.broker)
    with refused("TradeAlreadySettled", world.dave, text32("trade 1")):
        execute(world, number, by=world.stranger)


def test_a_settlement_is_requested_by_its_own_institution_only(
    world: World, desk: Contract
) -> None:
    """Alice may request a settlement; not in Dave's name, and she is no institution."""
    desk.allowCall(desk, selector(desk, "settle"), True, by=world.root)
    legs = legs_of(world, ("bob", "alice", 1))
    data = called(desk, "settle", world.dave, legs)
    with refused("NotForAccount", world.alice, world.dave):
        desk.request(world.alice, desk, data, by=world.alice)
    number = request(world, desk, "settle", world.alice, legs, by=world.alice)
    with refused("NotTradingInstitution", world.alice):
        execute(world, number, by=world.alice)
