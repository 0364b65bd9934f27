"""Accounts that two representatives run, and requests in the name of an account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eth_utils.crypto import keccak

from scripts.bench.evm import ZERO_ADDRESS, Contract, refused
from tests.contracts import desks
from tests.contracts.actors import CEA, LIFETIME, World
from tests.contracts.desks import Control, at, refusal, selector
from tests.contracts.holders import (
    APPROVE,
    INITIATE,
    Requested,
    allow,
    approve,
    called,
    control,
    desk_for,
    execute,
    others,
    provide,
    request,
    sends,
    text_of,
)
from tests.contracts.words import NOTHING

NAMES = ["transfer", "batch", "named", "over a link", "home again", "retire", "cancel", "surrender"]
NAMES += ["plan", "pledge", "trust", "distrust", "authorise"]


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """Two representatives run Alice's account: the stranger initiates, the broker approves, and
    the councillor may do both. Before that, Alice had given Erin her approval."""
    with ledger.chain.restored():
        provide(ledger)
        allow(ledger)
        for p in (ledger.CN, ledger.KR):
            p.registry.setApprovalForAll(ledger.erin, True, by=ledger.alice)
            for person, rights in (
                (ledger.stranger, INITIATE),
                (ledger.broker, APPROVE),
                (ledger.councillor, INITIATE | APPROVE),
            ):
                p.holders.setRepresentative(ledger.alice, person, rights, by=ledger.registrar)
        control(ledger, ledger.alice, Control.TWO_REPRESENTATIVES)
        yield ledger


@pytest.fixture
def world(scene: World) -> Iterator[World]:
    with scene.chain.restored():
        yield scene


@pytest.fixture
def desk(world: World) -> Contract:
    return world.CN.holders


def transfer(world: World, *, by: str, quantity: int = 5) -> int:
    return request(world, *_flat(world, quantity), by=by)


def _flat(world: World, quantity: int) -> tuple[Contract, str, str, str, int, int, bytes]:
    target, name, arguments = sends(world, quantity)["transfer"]
    return (target, name, *arguments)


def approved(world: World) -> int:
    number = transfer(world, by=world.stranger)
    approve(world, number, by=world.broker)
    return number


# ---- nobody alone -------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_account_of_two_representatives_does_nothing_alone(world: World, name: str) -> None:
    """Neither with its key, nor through whomever it approved before."""
    act = (sends(world) | others(world))[name]
    with refused("HolderDeskRequired", world.alice):
        called(act, by=world.alice)()
    for caller in (world.erin, world.stranger, world.broker, world.councillor):
        error: tuple[str, ...] = ("NotTheHolder", world.alice, caller)
        if name in ("transfer", "batch", "named"):
            error = ("ERC1155MissingApprovalForAll", caller, world.alice)
        with refused(*error):
            called(act, by=caller)()


def test_account_of_two_representatives_approves_nobody(world: World, cn: Contract) -> None:
    with refused("HolderDeskRequired", world.alice):
        cn.setApprovalForAll(world.broker, True, by=world.alice)
    cn.setApprovalForAll(world.broker, False, by=world.alice)  # an approval can always be ended
    cn.setApprovalForAll(world.broker, True, by=world.bob)  # others do


def test_account_of_two_representatives_requests_nothing_itself(world: World) -> None:
    for caller in (world.alice, world.erin, world.bob):
        with refused("RightMissing", world.alice, caller, INITIATE):
            transfer(world, by=caller)


# ---- two together -------------------------------------------------------------------------


@pytest.mark.parametrize("executor", ["stranger", "broker", "councillor", "alice"])
@pytest.mark.parametrize("name", NAMES)
def test_two_representatives_do_it(world: World, name: str, executor: str) -> None:
    """The request is for the very call that the holder would make."""
    target, function, arguments = (sends(world) | others(world))[name]
    desk = desk_for(world, name)
    number = request(world, target, function, *arguments, by=world.stranger, desk=desk)
    approve(world, number, by=world.broker, desk=desk)
    execute(world, number, by=getattr(world, executor), desk=desk)
    assert desk.requestOf(number).state == Requested.EXECUTED


def test_request_tells_everything(world: World, desk: Contract) -> None:
    arguments = (world.alice, world.bob, CEA, 5, b"")
    data = desks.called(world.cn, "safeTransferFrom", *arguments)
    receipt = desk.request(world.alice, world.cn, data, by=world.stranger)
    deadline = world.chain.time + LIFETIME
    made = (1, world.alice, world.stranger, world.cn.address, data, deadline)
    assert receipt.event("RequestMade") == made
    kept = desk.requestOf(1)
    assert kept[:5] == (world.alice, 0, deadline, Requested.INITIATED, world.stranger)
    # The first rights of the one; nobody has approved.
    assert kept[5:8] == (1, 0, ZERO_ADDRESS)
    assert kept[8:] == (world.cn.address, data[:4], keccak(data))
    receipt = approve(world, 1, by=world.broker)
    now = world.chain.time
    assert receipt.event("RequestApproved") == (1, world.broker, now, now + LIFETIME)
    kept = desk.requestOf(1)
    assert kept[:5] == (world.alice, now, now + LIFETIME, Requested.APPROVED, world.stranger)
    assert kept[5:8] == (1, 1, world.broker)
    receipt = execute(world, 1, by=world.stranger)
    assert receipt.event("RequestExecuted") == (1, world.stranger)
    moved = (desk.address, world.alice, world.bob, CEA, 5)
    assert receipt.event("TransferSingle") == moved
    assert world.cn.balanceOf(world.bob, CEA) == 5
    assert desk.requestOf(1).state == Requested.EXECUTED


# ---- rights -------------------------------------------------------------------------------


def test_who_may_only_approve_initiates_nothing(world: World) -> None:
    with refused("RightMissing", world.alice, world.broker, INITIATE):
        transfer(world, by=world.broker)


def test_who_may_only_initiate_approves_nothing(world: World) -> None:
    number = transfer(world, by=world.councillor)
    for person in (world.stranger, world.alice, world.erin, world.root):
        with refused("RightMissing", world.alice, person, APPROVE):
            approve(world, number, by=person)


def test_who_may_do_both_does_not_do_both(world: World) -> None:
    number = transfer(world, by=world.councillor)
    with refused("SamePerson", number, world.councillor):
        approve(world, number, by=world.councillor)
    approve(world, number, by=world.broker)


def test_representatives_of_one_account_have_no_rights_in_another(world: World) -> None:
    call = desks.called(world.cn, "safeTransferFrom", world.bob, world.dave, CEA, 1, b"")
    with refused("RightMissing", world.bob, world.stranger, INITIATE):
        world.CN.holders.request(world.bob, world.cn, call, by=world.stranger)


def test_right_that_was_taken_back_is_gone(world: World, desk: Contract) -> None:
    number = transfer(world, by=world.stranger)
    desk.setRepresentative(world.alice, world.broker, 0, by=world.registrar)
    with refused("RightMissing", world.alice, world.broker, APPROVE):
        approve(world, number, by=world.broker)
    with refused("RightMissing", world.alice, world.broker, INITIATE | APPROVE):
        desk.cancel(number, by=world.broker)


def test_nobody_else_executes_or_cancels(world: World, desk: Contract) -> None:
    number = approved(world)
    for other in (world.bob, world.erin, world.root, world.guardian, world.registrar):
        with refused("RightMissing", world.alice, other, INITIATE | APPROVE):
            execute(world, number, by=other)
        with refused("RightMissing", world.alice, other, INITIATE | APPROVE):
            desk.cancel(number, by=other)


# ---- what is requested --------------------------------------------------------------------


def test_approval_is_of_what_was_read(world: World, desk: Contract) -> None:
    first, second = (transfer(world, by=world.stranger, quantity=n) for n in (5, 6))
    read, actual = (text_of(desk, n) for n in (first, second))
    with refused("RequestChanged", second, keccak(actual), keccak(read)):
        desk.approve(second, read, by=world.broker)


def test_what_is_executed_is_what_was_approved(world: World, desk: Contract) -> None:
    number = approved(world)
    data = text_of(desk, number)
    for other in (b"", data + b"\0", text_of(desk, transfer(world, by=world.stranger, quantity=6))):
        with refused("RequestChanged", number, keccak(data), keccak(other)):
            desk.execute(number, other, by=world.stranger)


def test_only_what_the_programme_allows_is_requested(world: World, cn: Contract) -> None:
    desk, stranger = world.CN.holders, world.stranger
    send = desks.called(cn, "safeTransferFrom", world.alice, world.bob, CEA, 1, b"")
    for target, data in (
        (cn, desks.called(cn, "setApprovalForAll", world.alice, True)),
        (world.kr, send),
        (cn, send[:35]),  # cut short
        (cn, b""),
    ):
        with refused("CallNotAllowed", target, data[:4].ljust(4, b"\0")):
            desk.request(world.alice, target, data, by=stranger)
    call = selector(cn, "retire")
    desk.allowCall(cn, call, False, by=world.root)
    with refused("CallNotAllowed", cn, call):
        request(world, cn, "retire", world.alice, CEA, 1, [], NOTHING, NOTHING, by=stranger)


@pytest.mark.parametrize("name", NAMES)
def test_request_is_for_ones_own_account(world: World, name: str) -> None:
    """The stranger represents Alice; Bob's units are none of her business, nor of Erin's."""
    target, function, arguments = (sends(world) | others(world))[name]
    desk = desk_for(world, name)
    data = desks.called(target, function, *arguments)
    with refused("NotForAccount", world.bob, world.alice):
        desk.request(world.bob, target, data, by=world.bob)
    control(world, world.alice, 0)
    with refused("RightMissing", world.alice, world.bob, INITIATE):
        desk.request(world.alice, target, data, by=world.bob)


# ---- stages -------------------------------------------------------------------------------


def test_each_stage_comes_once_and_in_its_turn(world: World, desk: Contract) -> None:
    number = transfer(world, by=world.stranger)
    with refused("RequestNot", number, Requested.APPROVED, Requested.INITIATED):
        execute(world, number, by=world.stranger)
    approve(world, number, by=world.broker)
    with refused("RequestNot", number, Requested.INITIATED, Requested.APPROVED):
        approve(world, number, by=world.councillor)
    execute(world, number, by=world.stranger)
    with refused("RequestNot", number, Requested.APPROVED, Requested.EXECUTED):
        execute(world, number, by=world.stranger)
    with refused("RequestNot", number, Requested.APPROVED, Requested.EXECUTED):
        desk.cancel(number, by=world.stranger)
    assert world.cn.balanceOf(world.bob, CEA) == 5


@pytest.mark.parametrize("stage", ["initiated", "approved"])
@pytest.mark.parametrize("by", ["stranger", "broker", "alice"])
def test_anyone_of_the_account_cancels(world: World, desk: Contract, by: str, stage: str) -> None:
    number = transfer(world, by=world.stranger) if stage == "initiated" else approved(world)
    receipt = desk.cancel(number, by=getattr(world, by))
    assert receipt.event("RequestCancelled") == (number, getattr(world, by))
    with refused("RequestNot", number, Requested.INITIATED, Requested.CANCELLED):
        approve(world, number, by=world.broker)
    with refused("RequestNot", number, Requested.APPROVED, Requested.CANCELLED):
        execute(world, number, by=world.stranger)
    with refused("RequestNot", number, Requested.APPROVED, Requested.CANCELLED):
        desk.cancel(number, by=world.stranger)


def test_request_that_nobody_approves_expires(world: World, desk: Contract) -> None:
    number, second = (transfer(world, by=world.stranger) for _ in range(2))
    at(world, desk.requestOf(number).deadline)
    approve(world, number, by=world.broker)
    deadline = desk.requestOf(second).deadline
    at(world, deadline + 1)
    with refused("RequestExpired", second, deadline):
        approve(world, second, by=world.broker)


def test_approved_request_that_nobody_executes_expires(world: World, desk: Contract) -> None:
    number, second = approved(world), approved(world)
    at(world, desk.requestOf(number).deadline)
    execute(world, number, by=world.stranger)
    deadline = desk.requestOf(second).deadline
    at(world, deadline + 1)
    with refused("RequestExpired", second, deadline):
        execute(world, second, by=world.stranger)


def test_refused_call_says_why_and_can_be_tried_again(world: World, desk: Contract) -> None:
    number = transfer(world, by=world.stranger, quantity=95)
    approve(world, number, by=world.broker)
    with refusal(world, "ERC1155InsufficientBalance", world.alice, 90, 95, CEA):
        execute(world, number, by=world.stranger)
    world.give(world.cn, world.alice, CEA, 5)
    execute(world, number, by=world.stranger)
    assert world.cn.balanceOf(world.bob, CEA) == 95


def test_what_was_never_requested(world: World, desk: Contract) -> None:
    for unknown in (0, 1):
        with refused("RequestNot", unknown, Requested.INITIATED, Requested.NONE):
            desk.approve(unknown, b"", by=world.broker)
        with refused("RequestNot", unknown, Requested.APPROVED, Requested.NONE):
            desk.execute(unknown, b"", by=world.stranger)
        with refused("RequestNot", unknown, Requested.APPROVED, Requested.NONE):
            desk.cancel(unknown, by=world.stranger)
    assert desk.requestOf(0).account == ZERO_ADDRESS


# ---- what is demanded meanwhile -----------------------------------------------------------


def test_a_call_that_is_no_longer_allowed_is_not_executed(world: World, desk: Contract) -> None:
    number = request(world, desk, "trust", world.alice, world.bob, by=world.stranger)
    approve(world, number, by=world.broker)
    trust = selector(desk, "trust")
    desk.allowCall(desk, trust, False, by=world.root)
    with refused("CallNotAllowed", desk.address, trust):
        execute(world, number, by=world.stranger)


def test_two_representatives_are_demanded_of_requests_under_way(
    world: World, desk: Contract
) -> None:
    """Erin asked alone; then her account was put under two representatives."""
    number = request(world, desk, "trust", world.erin, world.bob, by=world.erin)
    control(world, world.erin, Control.TWO_REPRESENTATIVES)
    with refused("RightMissing", world.erin, world.erin, APPROVE):
        execute(world, number, by=world.erin)


def test_an_approval_of_the_desk_itself_changes_nothing(world: World, desk: Contract) -> None:
    world.cn.setApprovalForAll(desk, True, by=world.erin)
    for person, right in ((world.stranger, INITIATE), (world.broker, APPROVE)):
        desk.setRepresentative(world.erin, person, right, by=world.registrar)
    control(world, world.erin, Control.TWO_REPRESENTATIVES)
    number = request(world, desk, "trust", world.erin, world.bob, by=world.stranger)
    approve(world, number, by=world.broker)
    execute(world, number, by=world.stranger)
    assert desk.trustedSince(world.erin, world.bob) == world.chain.time
