"""Nobody transfers units into a pool, to oneself, or out of the programme's accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.desks import refusal
from tests.contracts.holders import allow, execute, request
from tests.contracts.liens import LOAN
from tests.contracts.words import NOTHING, Kind, Restriction, ref

Way = Callable[[World, str, str], object]


def named(world: World, sender: str, to: str, by: str) -> object:
    first, count = world.cn.blocksOf(CEA, sender, 0, 1)[0]
    return world.cn.transferUnits(sender, to, CEA, [ref(first, first, min(count, 5))], by=by)


def requested(world: World, sender: str, to: str, call: str) -> object:
    """By way of the holder desk, which makes the very call that the holder would make."""
    arguments: dict[str, tuple[Any, ...]] = {
        "safeTransferFrom": (sender, to, CEA, 5, b""),
        "safeBatchTransferFrom": (sender, to, [CEA], [5], b""),
        "transferUnits": (sender, to, CEA, [ref(1, 2, 5)]),
    }
    number = request(world, world.cn, call, *arguments[call], by=sender)
    return execute(world, number, by=sender)


# Every way in which units go from one account to another in the same registry, from whom to whom.
WAYS: dict[str, Way] = {
    "transfer": lambda w, a, b: w.cn.safeTransferFrom(a, b, CEA, 5, b"", by=a),
    "batch": lambda w, a, b: w.cn.safeBatchTransferFrom(a, b, [CEA, CEA], [2, 3], b"", by=a),
    "named": lambda w, a, b: named(w, a, b, a),
    "transfer by approval": lambda w, a, b: w.cn.safeTransferFrom(a, b, CEA, 5, b"", by=w.broker),
    "batch by approval": lambda w, a, b: w.cn.safeBatchTransferFrom(
        a, b, [CEA], [5], b"", by=w.broker
    ),
    "named by approval": lambda w, a, b: named(w, a, b, w.broker),
    "settlement": lambda w, a, b: w.CN.holders.settle(
        w.dave, [(a, b, CEA, 5, LOAN, False)], by=w.dave
    ),
    "request": lambda w, a, b: requested(w, a, b, "safeTransferFrom"),
    "request of a batch": lambda w, a, b: requested(w, a, b, "safeBatchTransferFrom"),
    "request of named units": lambda w, a, b: requested(w, a, b, "transferUnits"),
}
AUTHORITIES = {"state": Kind.STATE_AUTHORITY, "stranger": Kind.PROVINCIAL_AUTHORITY}


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """Alice has 100 units, as have the State and a province; each has a broker and a settler."""
    with ledger.chain.restored():
        ledger.open(ledger.cn, ledger.stranger, Kind.PROVINCIAL_AUTHORITY)
        ledger.agree(ledger.CN, ledger.KR, ledger.terms((1, 1)), ledger.terms((1, 1)))
        ledger.give(ledger.cn, ledger.alice, CEA, 100)
        ledger.issue(ledger.cn, CEA, 100, to=ledger.state)
        ledger.issue(ledger.cn, CEA, 100, to=ledger.stranger)
        for holder in (ledger.alice, ledger.state, ledger.stranger):
            ledger.cn.setApprovalForAll(ledger.broker, True, by=holder)
            ledger.CN.holders.authoriseSettler(holder, ledger.dave, True, by=holder)
        allow(ledger)
        yield ledger


@pytest.fixture
def world(ledger: World, scene: World) -> Iterator[World]:
    with ledger.chain.restored():
        yield ledger


# ---- into a pool --------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_nobody_transfers_into_a_pool(world: World, way: str) -> None:
    """What is in a pool the programme decided to have there: its sum says what is left to give."""
    pool = world.pool(world.cn)
    with refused("AccountKeyless", pool):
        WAYS[way](world, world.alice, pool)
    assert world.cn.balanceOf(pool, CEA) == 0


def test_nobody_sends_units_over_a_link_into_a_pool(world: World, cn: Contract) -> None:
    """Neither abroad nor home."""
    with refusal(world, "AccountKeyless", world.pool(world.kr)):
        world.cross(2, world.alice, CEA, 10, world.pool(world.kr))
    world.cross(2, world.alice, CEA, 10, world.bob)
    with refusal(world, "AccountKeyless", world.pool(cn)):
        home = (world.kr, FOREIGN_CEA, 10, [], world.pool(cn), 10)
        world.gateway.returnUnits(*home, by=world.bob)


def test_the_forecast_knows_pools(world: World) -> None:
    forecast = world.CN.holders.restrictionOf
    answer = forecast(world.alice, world.pool(world.cn), CEA, 5)
    assert answer == (Restriction.RECEIVER_IS_KEYLESS, "nobody transfers into a pool or reserve")
    quote = world.gateway.quote(2, CEA, 5, world.alice, world.pool(world.kr))
    assert quote.restriction == Restriction.RECEIVER_IS_KEYLESS


# ---- to oneself ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_transfer_to_oneself_is_refused(world: World, way: str) -> None:
    """It would cut blocks, mark units as traded (R-BB-02), and tell readers of a trade."""
    before = world.cn.blocksOf(CEA, world.alice, 0, 99)
    with refused("SameAccount", world.alice):
        WAYS[way](world, world.alice, world.alice)
    assert world.cn.blocksOf(CEA, world.alice, 0, 99) == before


def test_a_transfer_to_oneself_of_any_size_is_refused(world: World, cn: Contract) -> None:
    for quantity in (0, 1, 100, 101, 2**256 - 1):
        with refusal(world, "SameAccount", world.alice):
            cn.safeTransferFrom(world.alice, world.alice, CEA, quantity, b"", by=world.alice)
    for refs in ([], [ref(1, 1, 5)] * 2, [ref(500, 500, 5)]):
        with refusal(world, "SameAccount", world.alice):
            cn.transferUnits(world.alice, world.alice, CEA, refs, by=world.alice)


def test_no_decision_moves_units_to_where_they_are(world: World) -> None:
    pool, desk = world.pool(world.cn), world.CN.issuance
    world.issue(world.cn, CEA, 10)
    with refusal(world, "SameAccount", pool):
        desk.moveBetweenPools(CEA, pool, pool, 5, [], by=world.allocator)
    with refusal(world, "SameAccount", world.state):
        desk.moveCentrally(CEA, world.state, world.state, 5, [], by=world.allocator)
    with refusal(world, "SameAccount", world.state):
        sale = (0, CEA, world.state, world.state, 5, text32("sale"), [])
        desk.deliver(*sale, by=world.allocator)


def test_the_forecast_knows_oneself(world: World) -> None:
    answer = world.CN.holders.restrictionOf(world.alice, world.alice, CEA, 5)
    assert answer == (Restriction.SAME_ACCOUNT, "sender and receiver are the same account")


# ---- out of the programme's accounts ------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", AUTHORITIES)
def test_units_of_an_authority_leave_by_decisions_only(world: World, who: str, way: str) -> None:
    account = getattr(world, who)
    with refused("AccountOfAuthority", account, AUTHORITIES[who]):
        WAYS[way](world, account, world.bob)
    assert world.cn.balanceOf(account, CEA) == 100


@pytest.mark.parametrize("verb", ["retire", "cancel", "pledge", "export", "surrender"])
@pytest.mark.parametrize("who", AUTHORITIES)
def test_nor_does_an_authority_use_them(world: World, who: str, verb: str) -> None:
    account, liens = getattr(world, who), world.CN.liens
    acts: dict[str, Callable[[], object]] = {
        "retire": lambda: world.cn.retire(account, CEA, 5, [], NOTHING, NOTHING, by=account),
        "cancel": lambda: world.cn.cancel(account, CEA, 5, [], NOTHING, NOTHING, by=account),
        "pledge": lambda: liens.pledge(account, CEA, 5, [], world.dave, LOAN, by=account),
        "export": lambda: world.cross(2, account, CEA, 5, world.bob),
        "surrender": lambda: world.cn.surrender(account, CEA, 5, [], 2025, by=account),
    }
    error: tuple[Any, ...] = ("AccountOfAuthority", account, AUTHORITIES[who])
    with refusal(world, *(("NotOperatorAccount", account) if verb == "surrender" else error)):
        acts[verb]()


def test_an_authority_receives_what_others_send(world: World, cn: Contract) -> None:
    cn.safeTransferFrom(world.alice, world.state, CEA, 5, b"", by=world.alice)
    assert cn.balanceOf(world.state, CEA) == 105


def test_the_forecast_knows_authorities(world: World) -> None:
    reason = "the sender's units leave by decisions of its programme only"
    answer = world.CN.holders.restrictionOf(world.state, world.bob, CEA, 5)
    assert answer == (Restriction.SENDER_IS_AUTHORITY, reason)
    quote = world.gateway.quote(2, CEA, 5, world.state, world.bob)
    assert quote.restriction == Restriction.SENDER_IS_AUTHORITY
