"""What representatives asked for and approved is void for good once their rights changed, and so is
what an account asked for alone once two representatives were set for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, LIFETIME, World
from tests.contracts.desks import Control, at, refusal
from tests.contracts.holders import (
    APPROVE,
    DAY,
    INITIATE,
    Requested,
    allow,
    approve,
    execute,
    request,
)

BOTH = INITIATE | APPROVE


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """The stranger initiates for Alice and the broker approves; the councillor may do both. Alice
    acts through two representatives, Erin acts alone. Each has 100 units."""
    with ledger.chain.restored():
        for account in (ledger.alice, ledger.erin):
            ledger.give(ledger.cn, account, CEA, 100)
        allow(ledger)
        for name, rights in (("stranger", INITIATE), ("broker", APPROVE), ("councillor", BOTH)):
            appoint(ledger, name, rights)
        control(ledger, ledger.alice, Control.TWO_REPRESENTATIVES)
        yield ledger


@pytest.fixture
def world(scene: World) -> Iterator[World]:
    with scene.chain.restored():
        yield scene


@pytest.fixture
def desk(world: World) -> Contract:
    return world.CN.holders


def appoint(world: World, name: str, rights: int, account: str | None = None) -> None:
    holders, person = world.CN.holders, getattr(world, name)
    holders.setRepresentative(account or world.alice, person, rights, by=world.registrar)


def control(world: World, account: str, controls: int) -> None:
    world.cn.setAccountControls(account, controls, 0, by=world.registrar)


def ask(world: World, *, by: str, account: str | None = None) -> int:
    arguments = (account or world.alice, world.bob, CEA, 5, b"")
    return request(world, world.cn, "safeTransferFrom", *arguments, by=by)


def approved(world: World) -> int:
    number = ask(world, by=world.stranger)
    approve(world, number, by=world.broker)
    return number


def nothing_moved(world: World) -> bool:
    return bool(world.cn.balanceOf(world.bob, CEA) == 0)


# What becomes of somebody's rights, and whether it has them in the end.
CHANGES = {
    "removed": (0,),
    "removed and entered again": (0, None),
    "removed twice and entered again": (0, None, 0, None),
    "given more": (BOTH,),
    "entered again as it was": (None,),
}


def change(world: World, name: str, how: str) -> None:
    own = INITIATE if name == "stranger" else APPROVE
    for rights in CHANGES[how]:
        appoint(world, name, own if rights is None else rights)


# ---- each point of a request's life -------------------------------------------------------


@pytest.mark.parametrize("how", CHANGES)
def test_whoever_asked_and_was_changed_before_the_approval(world: World, how: str) -> None:
    number = ask(world, by=world.stranger)
    change(world, "stranger", how)
    approve(world, number, by=world.broker)
    for person in (world.broker, world.councillor, world.alice):
        with refusal(world, "RightMissing", world.alice, world.stranger, INITIATE):
            execute(world, number, by=person)
    assert nothing_moved(world)


@pytest.mark.parametrize("name", ["stranger", "broker"])
@pytest.mark.parametrize("how", CHANGES)
def test_whoever_asked_or_approved_and_was_changed_before_the_execution(
    world: World, how: str, name: str
) -> None:
    number = approved(world)
    change(world, name, how)
    person, right = getattr(world, name), INITIATE if name == "stranger" else APPROVE
    for executor in (world.councillor, world.alice):
        with refusal(world, "RightMissing", world.alice, person, right):
            execute(world, number, by=executor)
    assert nothing_moved(world)


def test_both_removed_leave_nothing_to_the_accounts_single_key(world: World) -> None:
    """Two representatives turned out to be frauds: their request dies with their rights."""
    number = approved(world)
    appoint(world, "stranger", 0)
    appoint(world, "broker", 0)
    for person in (world.stranger, world.broker):
        with refusal(world, "RightMissing", world.alice, person, BOTH):
            execute(world, number, by=person)
    with refusal(world, "RightMissing", world.alice, world.stranger, INITIATE):
        execute(world, number, by=world.alice)
    control(world, world.alice, 0)  # nor when the account acts alone again
    with refusal(world, "RightMissing", world.alice, world.stranger, INITIATE):
        execute(world, number, by=world.alice)
    assert nothing_moved(world)


def test_a_wait_does_not_outlast_a_removal(world: World, desk: Contract) -> None:
    """The wait of a transfer outside the trusted list is there to notice."""
    desk.setSettings((0, 2 * DAY, LIFETIME, 0, 0), by=world.root)
    number = approved(world)
    ready = world.chain.time + 2 * DAY
    appoint(world, "broker", 0)
    appoint(world, "broker", APPROVE)
    at(world, ready)
    with refusal(world, "RightMissing", world.alice, world.broker, APPROVE):
        execute(world, number, by=world.stranger)


@pytest.mark.parametrize("how", ["removed", "given more"])
def test_who_was_removed_neither_cancels_nor_approves(
    world: World, desk: Contract, how: str
) -> None:
    number = ask(world, by=world.councillor)
    change(world, "broker", how)
    if how == "given more":  # it has its rights, and uses them anew
        approve(world, number, by=world.broker)
        execute(world, number, by=world.broker)
        assert world.cn.balanceOf(world.bob, CEA) == 5
        return
    with refused("RightMissing", world.alice, world.broker, APPROVE):
        approve(world, number, by=world.broker)
    with refused("RightMissing", world.alice, world.broker, BOTH):
        desk.cancel(number, by=world.broker)


def test_rights_in_another_account_change_nothing_here(world: World) -> None:
    number = approved(world)
    for name in ("stranger", "broker"):
        appoint(world, name, BOTH, world.erin)
        appoint(world, name, 0, world.erin)
    execute(world, number, by=world.councillor)
    assert world.cn.balanceOf(world.bob, CEA) == 5


def test_representatives_that_are_entered_again_begin_anew(world: World, desk: Contract) -> None:
    for name in ("stranger", "broker"):
        change(world, name, "removed and entered again")
    number = approved(world)
    kept = desk.requestOf(number)
    assert (kept.initiatorTenure, kept.approverTenure) == (3, 3)
    execute(world, number, by=world.stranger)
    assert desk.requestOf(number).state == Requested.EXECUTED


def test_each_entry_of_a_representative_is_told(world: World, desk: Contract) -> None:
    for rights in (BOTH, APPROVE, 0):
        entry = (world.alice, world.dave, rights)
        receipt = desk.setRepresentative(*entry, by=world.registrar)
        assert receipt.event("RepresentativeChanged") == entry
        assert desk.rightsOf(world.alice, world.dave) == rights


# ---- an account alone ---------------------------------------------------------------------


def test_what_an_account_asked_for_alone_waits_for_nobody(world: World, desk: Contract) -> None:
    number = ask(world, by=world.erin, account=world.erin)
    kept = desk.requestOf(number)
    assert (kept.initiator, kept.approver, kept.state) == (world.erin, world.erin, 2)
    appoint(world, "stranger", BOTH, world.erin)  # whom it has beside itself is another matter
    execute(world, number, by=world.erin)
    assert world.cn.balanceOf(world.bob, CEA) == 5


@pytest.mark.parametrize("rounds", [1, 2])
def test_what_an_account_asked_for_alone_is_void_once_it_needed_two(
    world: World, rounds: int
) -> None:
    """A stolen key asked for it; two representatives were set, and lifted when all seemed well."""
    number = ask(world, by=world.erin, account=world.erin)
    for _ in range(rounds):
        control(world, world.erin, Control.TWO_REPRESENTATIVES)
        with refusal(world, "RightMissing", world.erin, world.erin, APPROVE):
            execute(world, number, by=world.erin)
        control(world, world.erin, 0)
        with refusal(world, "RightMissing", world.erin, world.erin, APPROVE):
            execute(world, number, by=world.erin)
    assert nothing_moved(world)
    execute(world, ask(world, by=world.erin, account=world.erin), by=world.erin)
    assert world.cn.balanceOf(world.bob, CEA) == 5


def test_other_demands_leave_what_an_account_asked_for_alone(world: World) -> None:
    number = ask(world, by=world.erin, account=world.erin)
    control(world, world.erin, Control.TRUSTED_ONLY)
    control(world, world.erin, 0)
    execute(world, number, by=world.erin)
    assert world.cn.balanceOf(world.bob, CEA) == 5


def test_what_two_asked_for_stands_when_two_are_needed_no_more(world: World) -> None:
    number = approved(world)
    control(world, world.alice, 0)
    execute(world, number, by=world.alice)
    assert world.cn.balanceOf(world.bob, CEA) == 5


def test_a_representative_of_an_account_that_acts_alone_is_not_the_account(world: World) -> None:
    """Its request needs another who approves; the account's own key is none."""
    appoint(world, "stranger", BOTH, world.erin)
    number = ask(world, by=world.stranger, account=world.erin)
    with refused("SamePerson", number, world.stranger):
        approve(world, number, by=world.stranger)
    with refused("RightMissing", world.erin, world.erin, APPROVE):
        approve(world, number, by=world.erin)
    appoint(world, "broker", APPROVE, world.erin)
    approve(world, number, by=world.broker)
    execute(world, number, by=world.erin)
    assert world.cn.balanceOf(world.bob, CEA) == 5


def test_a_key_that_represents_its_own_account_is_one_of_two(world: World) -> None:
    """Alice's key, appointed for Alice's account, still needs another person."""
    world.CN.holders.setRepresentative(world.alice, world.alice, BOTH, by=world.registrar)
    number = ask(world, by=world.alice)
    with refused("SamePerson", number, world.alice):
        approve(world, number, by=world.alice)
    with refused("RequestNot", number, Requested.APPROVED, Requested.INITIATED):
        execute(world, number, by=world.alice)
    approve(world, number, by=world.broker)
    execute(world, number, by=world.alice)
    assert world.cn.balanceOf(world.bob, CEA) == 5
