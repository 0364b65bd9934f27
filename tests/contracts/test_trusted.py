"""Trusted lists: whither the units of an account go at once, and what waits at the holder desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, LIFETIME, World
from tests.contracts.desks import Control, at
from tests.contracts.holders import (
    DAY,
    Acts,
    Requested,
    allow,
    called,
    control,
    desk_for,
    execute,
    others,
    provide,
    request,
    sends,
    settle_in,
)
from tests.contracts.words import ref

NAMES = ["transfer", "batch", "named", "over a link", "home again"]


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """Alice's account is bound to its trusted list; the broker has her approval, which opens
    transfers. Additions wait a day, transfers outside the list two."""
    with ledger.chain.restored():
        provide(ledger)
        allow(ledger)
        settle_in(ledger, trust=DAY, wait=2 * DAY, size=20)
        control(ledger, ledger.alice, Control.TRUSTED_ONLY)
        for p in (ledger.CN, ledger.KR):
            p.registry.setApprovalForAll(ledger.broker, True, by=ledger.alice)
        yield ledger


@pytest.fixture
def world(scene: World) -> Iterator[World]:
    with scene.chain.restored():
        yield scene


@pytest.fixture
def desk(world: World) -> Contract:
    return world.CN.holders


def trust_bob(world: World) -> int:
    """Bob is on Alice's list in both programmes. Returns the second since when he counts."""
    for p in (world.CN, world.KR):
        p.holders.trust(world.alice, world.bob, by=world.alice)
    since = world.chain.time + DAY
    world.chain.advance(DAY)
    return since


def ask(world: World, act: str, quantity: int = 5) -> tuple[Contract, int]:
    """Alice requests it herself: nobody else need approve. The desk, and the request's number."""
    target, function, arguments = sends(world, quantity)[act]
    desk = desk_for(world, act)
    return desk, request(world, target, function, *arguments, by=world.alice, desk=desk)


def to_herself(world: World) -> Acts:
    """Over the link and back the units can stay Alice's."""
    over, refs = sends(world)["over a link"][2]
    home = sends(world)["home again"][2]
    return {
        "over a link": (world.gateway, "transfer", ((*over[:-1], world.alice), refs)),
        "home again": (world.gateway, "returnUnits", (*home[:5], world.alice, 0)),
    }


# ---- the list -----------------------------------------------------------------------------


AT_HOME = ["transfer", "batch", "named"]  # what an approved operator may do


@pytest.mark.parametrize(
    ("name", "by"), [*((name, "alice") for name in NAMES), *((name, "broker") for name in AT_HOME)]
)
def test_units_go_to_trusted_accounts_only(world: World, name: str, by: str) -> None:
    """By every path, over links and home again too, and by whoever acts for the holder."""
    act, caller = sends(world)[name], getattr(world, by)
    with refused("ReceiverNotTrusted", world.alice, world.bob, 0):
        called(act, by=caller)()
    trust_bob(world)
    called(act, by=caller)()


def test_trust_counts_after_the_programmes_delay(world: World, desk: Contract) -> None:
    receipt = desk.trust(world.alice, world.bob, by=world.alice)
    since = world.chain.time + DAY
    assert receipt.event("TrustChanged") == (world.alice, world.bob, since)
    assert desk.trustedSince(world.alice, world.bob) == since
    send = called(sends(world)["transfer"], by=world.alice)
    at(world, since - 1)
    with refused("ReceiverNotTrusted", world.alice, world.bob, since):
        send()
    at(world, since)
    send()
    assert world.cn.balanceOf(world.bob, CEA) == 5


def test_distrust_counts_at_once(world: World, desk: Contract) -> None:
    trust_bob(world)
    receipt = desk.distrust(world.alice, world.bob, by=world.alice)
    assert receipt.event("TrustChanged") == (world.alice, world.bob, 0)
    with refused("ReceiverNotTrusted", world.alice, world.bob, 0):
        called(sends(world)["transfer"], by=world.alice)()


def test_trust_again_waits_again(world: World, desk: Contract) -> None:
    trust_bob(world)
    desk.trust(world.alice, world.bob, by=world.alice)
    since = world.chain.time + DAY
    with refused("ReceiverNotTrusted", world.alice, world.bob, since):
        called(sends(world)["transfer"], by=world.alice)()


def test_trust_is_one_way_and_for_one_account(world: World) -> None:
    trust_bob(world)
    control(world, world.bob, Control.TRUSTED_ONLY)
    called(sends(world)["transfer"], by=world.alice)()
    with refused("ReceiverNotTrusted", world.bob, world.alice, 0):
        world.cn.safeTransferFrom(world.bob, world.alice, CEA, 1, b"", by=world.bob)
    with refused("ReceiverNotTrusted", world.alice, world.erin, 0):
        world.cn.safeTransferFrom(world.alice, world.erin, CEA, 1, b"", by=world.alice)


@pytest.mark.parametrize("name", ["over a link", "home again"])
def test_everyone_trusts_himself(world: World, name: str) -> None:
    called(to_herself(world)[name], by=world.alice)()


def test_within_a_registry_nobody_sends_to_himself(world: World) -> None:
    for act in (
        (world.cn, "safeTransferFrom", (world.alice, world.alice, CEA, 5, b"")),
        (world.cn, "safeBatchTransferFrom", (world.alice, world.alice, [CEA], [5], b"")),
        (world.cn, "transferUnits", (world.alice, world.alice, CEA, [ref(1, 1, 5)])),
    ):
        for caller in (world.alice, world.broker):
            with refused("SameAccount", world.alice):
                called(act, by=caller)()


@pytest.mark.parametrize("name", ["retire", "cancel", "surrender", "plan", "pledge"])
def test_list_is_about_receivers(world: World, name: str) -> None:
    """Where nobody receives anything, there is nobody to trust."""
    called(others(world)[name], by=world.alice)()


def test_list_binds_whom_the_programme_binds(world: World) -> None:
    control(world, world.alice, 0)
    called(sends(world)["transfer"], by=world.alice)()


# ---- outside the list ---------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_transfer_outside_the_list_waits(world: World, name: str) -> None:
    desk, number = ask(world, name)
    made = desk.requestOf(number)
    ready = world.chain.time + 2 * DAY
    assert (made.state, made.approvedAt) == (Requested.APPROVED, world.chain.time)
    told = desk.chain.log(desk, "RequestApproved", number)
    assert (told.readyAt, told.deadline) == (ready, ready + LIFETIME)
    assert made.deadline == ready + LIFETIME
    at(world, ready - 1)
    with refused("TooEarly", number, ready):
        execute(world, number, by=world.alice, desk=desk)
    at(world, ready)
    execute(world, number, by=world.alice, desk=desk)
    assert desk.requestOf(number).state == Requested.EXECUTED
    held = {"over a link": world.kr, "home again": world.cn}.get(name, world.cn)
    unit_class = world.gateway.lotOf(1)[0].foreignClass if name == "over a link" else CEA
    assert held.balanceOf(world.bob, unit_class) == 5


@pytest.mark.parametrize("name", NAMES)
def test_transfer_outside_the_list_is_cancelled_while_it_waits(world: World, name: str) -> None:
    """Whoever's key was stolen has two days to say so."""
    desk, number = ask(world, name)
    world.chain.advance(DAY)
    desk.cancel(number, by=world.alice)
    world.chain.advance(DAY)
    with refused("RequestNot", number, Requested.APPROVED, Requested.CANCELLED):
        execute(world, number, by=world.alice, desk=desk)


@pytest.mark.parametrize("name", NAMES)
def test_transfer_outside_the_list_is_limited_in_size(world: World, name: str) -> None:
    settle_in(world, wait=2 * DAY, size=4)
    with refused("TransferTooLarge", 5, 4):
        ask(world, name, 5)
    ask(world, name, 4)
    settle_in(world, wait=2 * DAY, size=0)  # no limit
    ask(world, name, 5)


@pytest.mark.parametrize("name", NAMES)
def test_transfer_inside_the_list_neither_waits_nor_is_limited(world: World, name: str) -> None:
    settle_in(world, wait=2 * DAY, size=4)
    trust_bob(world)
    desk, number = ask(world, name, 5)
    execute(world, number, by=world.alice, desk=desk)


def test_what_is_no_transfer_does_not_wait(world: World, desk: Contract) -> None:
    for target, function, arguments in others(world).values():
        number = request(world, target, function, *arguments, by=world.alice)
        execute(world, number, by=world.alice, desk=desk)


def test_waiting_is_for_every_account_that_asks(world: World, desk: Contract) -> None:
    """An account that is not bound to its list may send at once; what it requests waits."""
    world.give(world.cn, world.erin, CEA, 10)
    arguments = (world.erin, world.bob, CEA, 10, b"")
    number = request(world, world.cn, "safeTransferFrom", *arguments, by=world.erin)
    with refused("TooEarly", number, world.chain.time + 2 * DAY):
        execute(world, number, by=world.erin, desk=desk)


# ---- what changes while it waits ----------------------------------------------------------


def test_receiver_that_lost_its_trust_makes_the_request_wait(world: World, desk: Contract) -> None:
    trust_bob(world)
    _, number = ask(world, "transfer")
    approved = world.chain.time
    assert desk.chain.log(desk, "RequestApproved", number).readyAt == approved
    desk.distrust(world.alice, world.bob, by=world.alice)
    with refused("TooEarly", number, approved + 2 * DAY):
        execute(world, number, by=world.alice, desk=desk)
    at(world, approved + 2 * DAY)
    execute(world, number, by=world.alice, desk=desk)


def test_receiver_that_lost_its_trust_makes_the_limit_count(world: World, desk: Contract) -> None:
    trust_bob(world)
    _, number = ask(world, "transfer", 21)
    desk.distrust(world.alice, world.bob, by=world.alice)
    world.chain.advance(2 * DAY)
    with refused("TransferTooLarge", 21, 20):
        execute(world, number, by=world.alice, desk=desk)


def test_receiver_that_won_trust_ends_the_waiting(world: World, desk: Contract) -> None:
    """The list has a delay of its own."""
    _, number = ask(world, "transfer")
    trust_bob(world)
    execute(world, number, by=world.alice, desk=desk)
    assert world.cn.balanceOf(world.bob, CEA) == 5


def test_request_that_waited_too_long_expires(world: World, desk: Contract) -> None:
    _, number = ask(world, "transfer")
    deadline = desk.requestOf(number).deadline
    at(world, deadline + 1)
    with refused("RequestExpired", number, deadline):
        execute(world, number, by=world.alice, desk=desk)
