"""A trading institution settles the trades of those who authorised it: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CEA, World
from tests.contracts.desks import Control, at, refusal
from tests.contracts.holders import (
    APPROVE,
    DAY,
    INITIATE,
    allow,
    approve,
    control,
    execute,
    held,
    request,
    settle,
    settle_in,
)
from tests.contracts.words import Kind, Status

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


# ---- all or nothing -----------------------------------------------------------------------


def test_trades_of_a_day_are_settled_together(world: World, desk: Contract) -> None:
    receipt = settle(world, ("alice", "carol", 30), ("bob", "alice", 20), ("alice", "bob", 5))
    assert held(world, "alice", "bob", "carol") == [85, 85, 30]
    told = [tuple(e.args) for e in receipt.events("TradeSettled")]
    assert told == [
        (world.dave, text32("trade 1"), CEA, world.alice, world.carol, 30, False),
        (world.dave, text32("trade 2"), CEA, world.bob, world.alice, 20, False),
        (world.dave, text32("trade 3"), CEA, world.alice, world.bob, 5, False),
    ]
    moved = receipt.events("TransferSingle")[0].args
    assert moved == (desk.address, world.alice, world.carol, CEA, 30)


def test_leg_may_pass_on_what_an_earlier_one_brought(world: World) -> None:
    settle(world, ("alice", "bob", 100), ("bob", "carol", 200))
    assert held(world, "alice", "bob", "carol") == [0, 0, 200]


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_one_bad_leg_undoes_the_others(world: World, bad: int) -> None:
    legs = [("alice", "carol", 1), ("bob", "carol", 1), ("alice", "bob", 1)]
    legs[bad] = ("alice", "carol", 101)
    balance = 99 if bad else 100
    with refusal(world, "ERC1155InsufficientBalance", world.alice, balance, 101, CEA):
        settle(world, *legs)


def test_leg_of_someone_who_authorised_nobody_undoes_the_others(world: World) -> None:
    world.give(world.cn, world.erin, CEA, 10)
    with refusal(world, "NotAuthorisedToSettle", world.erin, world.dave):
        settle(world, ("alice", "erin", 10), ("erin", "carol", 20))


@pytest.mark.parametrize("status", [s for s in Status if 1 < s < Status.CLOSED])
def test_statuses_bind_a_settlement(world: World, status: Status) -> None:
    """The desk takes no check away: senders and receivers are the registry's."""
    world.set_status(world.cn, world.bob, status)
    if status != Status.CLOSURE_PENDING:
        with refusal(world, "AccountCannotSend", world.bob, status):
            settle(world, ("alice", "carol", 1), ("bob", "carol", 1))
    if status != Status.SOME_TRANSACTIONS_RESTRICTED:
        with refusal(world, "AccountCannotReceive", world.bob, status):
            settle(world, ("alice", "carol", 1), ("alice", "bob", 1))


def test_limits_and_locks_bind_a_settlement(world: World) -> None:
    world.cn.setHoldingLimitClasses([(world.cn, CEA)], by=world.root)
    control(world, world.carol, Control.HOLDING_LIMIT, 10)
    with refused("HoldingLimitExceeded", world.carol, 11, 10):
        settle(world, ("alice", "carol", 10), ("bob", "carol", 1))
    settle(world, ("alice", "carol", 10))


def test_settlement_has_at_most_so_many_legs(world: World) -> None:
    with refused("TooManyLegs", 257, 256):
        settle(world, *[("alice", "bob", 1)] * 257)
    settle(world)  # and a day without trades is settled too


# ---- who settles --------------------------------------------------------------------------


def test_only_whom_the_sender_authorised_settles(world: World) -> None:
    for caller in (world.alice, world.carol, world.state):
        with refused("NotTradingInstitution", caller):
            settle(world, ("alice", "bob", 1), by=caller)
    for caller in (world.broker, world.root, world.stranger):  # who have no account
        with refused("NotTradingInstitution", caller):
            settle(world, ("alice", "bob", 1), by=caller)
    world.open(world.cn, world.broker, Kind.TRADING_INSTITUTION)
    with refused("NotAuthorisedToSettle", world.alice, world.broker):
        settle(world, ("alice", "bob", 1), by=world.broker)


@pytest.mark.parametrize(
    "status",
    [
        Status.SOME_TRANSACTIONS_RESTRICTED,
        Status.ALL_TRANSACTIONS_RESTRICTED,
        Status.SUSPENDED,
        Status.CLOSED,
    ],
)
def test_an_institution_that_may_not_send_settles_nothing(world: World, status: Status) -> None:
    world.set_status(world.cn, world.dave, status)
    with refused("AccountCannotSend", world.dave, status):
        settle(world, ("alice", "bob", 1))


def test_only_trading_institutions_are_authorised(world: World, desk: Contract) -> None:
    for other in (world.bob, world.carol, world.state, world.stranger, world.gateway.address):
        with refused("NotTradingInstitution", other):
            desk.authoriseSettler(world.alice, other, True, by=world.alice)
        desk.authoriseSettler(world.alice, other, False, by=world.alice)  # none is always possible


def test_authorisation_counts_after_the_programmes_delay(world: World, desk: Contract) -> None:
    world.give(world.cn, world.erin, CEA, 10)
    receipt = desk.authoriseSettler(world.erin, world.dave, True, by=world.erin)
    since = world.chain.time + DELAY
    assert receipt.event("SettlerAuthorised") == (world.erin, world.dave, since)
    at(world, since - 1)
    with refused("NotAuthorisedToSettle", world.erin, world.dave):
        settle(world, ("erin", "bob", 1))
    at(world, since)
    settle(world, ("erin", "bob", 1))


def test_withdrawal_counts_at_once(world: World, desk: Contract) -> None:
    settle(world, ("alice", "bob", 1))
    receipt = desk.authoriseSettler(world.alice, world.dave, False, by=world.alice)
    assert receipt.event("SettlerAuthorised") == (world.alice, world.dave, 0)
    with refused("NotAuthorisedToSettle", world.alice, world.dave):
        settle(world, ("alice", "bob", 1))
    settle(world, ("bob", "alice", 1), first=2)  # nobody else's


def test_authorisation_is_for_settling_only(world: World) -> None:
    """Dave cannot do with it what an approved operator could."""
    with refused("ERC1155MissingApprovalForAll", world.dave, world.alice):
        world.cn.safeTransferFrom(world.alice, world.dave, CEA, 1, b"", by=world.dave)
    with refused("NotTheHolder", world.alice, world.dave):
        world.CN.holders.trust(world.alice, world.dave, by=world.dave)


# ---- accounts with demands ----------------------------------------------------------------


def test_who_authorised_a_settler_needs_no_list_for_it(world: World) -> None:
    """The authorisation waited as long as the list would have."""
    control(world, world.alice, Control.TRUSTED_ONLY)
    with refused("ReceiverNotTrusted", world.alice, world.bob, 0):
        world.cn.safeTransferFrom(world.alice, world.bob, CEA, 1, b"", by=world.alice)
    settle(world, ("alice", "bob", 1))


def test_two_representatives_authorise_a_settler(world: World, desk: Contract) -> None:
    world.give(world.cn, world.erin, CEA, 10)
    allow(world)
    for person, right in ((world.stranger, INITIATE), (world.broker, APPROVE)):
        desk.setRepresentative(world.erin, person, right, by=world.registrar)
    control(world, world.erin, Control.TWO_REPRESENTATIVES)
    grant = (world.erin, world.dave, True)
    with refused("HolderDeskRequired", world.erin):
        desk.authoriseSettler(*grant, by=world.erin)
    number = request(world, desk, "authoriseSettler", *grant, by=world.stranger)
    approve(world, number, by=world.broker)
    execute(world, number, by=world.stranger)
    world.chain.advance(DELAY)
    settle(world, ("erin", "bob", 10))
    assert held(world, "erin", "bob") == [0, 110]
