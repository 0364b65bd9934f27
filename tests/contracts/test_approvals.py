"""An approval under ERC-1155 opens transfers and nothing else, can always be ended, and is void for
good once two representatives were set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.desks import Control, called, refusal
from tests.contracts.holders import INITIATE, LOAN, allow, provide
from tests.contracts.words import NOTHING, Status, ref

TWO = Control.TWO_REPRESENTATIVES


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """The broker has Alice's approval, and Dave's, in both programmes. Alice has 1-90 at home and
    ten units abroad. Holders may request their calls."""
    with ledger.chain.restored():
        provide(ledger)
        allow(ledger)
        for p in (ledger.CN, ledger.KR):
            for account in (ledger.alice, ledger.dave):
                p.registry.setApprovalForAll(ledger.broker, True, by=account)
        yield ledger


@pytest.fixture
def world(scene: World) -> Iterator[World]:
    with scene.chain.restored():
        yield scene


def control(world: World, controls: int) -> list[tuple[object, ...]]:
    """What Alice's account must do from now on. Returns the endings of its approvals."""
    receipt = world.cn.setAccountControls(world.alice, controls, 0, by=world.registrar)
    return [tuple(e.args) for e in receipt.events("ApprovalsEnded")]


def send(world: World, *, by: str | None = None) -> None:
    to = (world.alice, world.bob, CEA, 1, b"")
    world.cn.safeTransferFrom(*to, by=by or world.broker)


# ---- transfers, and nothing else ----------------------------------------------------------


def test_an_operator_transfers(world: World, cn: Contract) -> None:
    alice, bob, broker = world.alice, world.bob, world.broker
    cn.safeTransferFrom(alice, bob, CEA, 5, b"", by=broker)
    cn.safeBatchTransferFrom(alice, bob, [CEA, CEA], [5, 5], b"", by=broker)
    cn.transferUnits(alice, bob, CEA, [ref(1, 1, 5)], by=broker)
    assert cn.balanceOf(bob, CEA) == 20


def test_an_operator_does_nothing_else(world: World) -> None:
    p, korea, alice, bob = world.CN, world.KR, world.alice, world.bob
    for target, name, arguments in (
        (p.registry, "retire", (alice, CEA, 5, [], NOTHING, NOTHING)),
        (p.registry, "cancel", (alice, CEA, 5, [], NOTHING, NOTHING)),
        (p.issuance, "returnExcess", (alice, world.pool(world.cn), CEA, 2025, 0, 5, [])),
        (p.compliance, "surrender", (alice, 2025, CEA, 5, [])),
        (p.compliance, "filePlan", (alice, 2025, LOAN)),
        (p.compliance, "dispute", (alice, 2025, LOAN)),
        (p.liens, "pledge", (alice, CEA, 5, [], world.broker, LOAN)),
        (p.liens, "releasePledge", (alice, 1)),
        (p.holders, "trust", (alice, world.broker)),
        (p.holders, "distrust", (alice, world.broker)),
        (p.holders, "authoriseSettler", (alice, world.dave, True)),
        (p.holders, "settle", (alice, [])),
        (world.gateway, "transfer", ((alice, 2, 1, CEA, 5, 0, bob), [])),
        (world.gateway, "returnUnits", (alice, korea.registry, FOREIGN_CEA, 5, [], bob, 0)),
    ):
        with refusal(world, "NotTheHolder", alice, world.broker):
            target.ask(name, *arguments, by=world.broker)


def test_an_operator_of_an_institution_settles_nothing(world: World) -> None:
    world.CN.holders.authoriseSettler(world.alice, world.dave, True, by=world.alice)
    leg = (world.alice, world.broker, CEA, 5, text32("trade 1"), False)
    with refusal(world, "NotTheHolder", world.dave, world.broker):
        world.CN.holders.settle(world.dave, [leg], by=world.broker)


def test_an_operator_requests_nothing(world: World) -> None:
    data = called(world.cn, "safeTransferFrom", world.alice, world.broker, CEA, 5, b"")
    with refusal(world, "RightMissing", world.alice, world.broker, INITIATE):
        world.CN.holders.request(world.alice, world.cn, data, by=world.broker)


def test_an_operator_gives_no_approval_of_its_holder(world: World, cn: Contract) -> None:
    """What it approves, it approves for itself."""
    cn.setApprovalForAll(world.stranger, True, by=world.broker)
    assert not cn.isApprovedForAll(world.alice, world.stranger)
    with refusal(world, "ERC1155MissingApprovalForAll", world.stranger, world.alice):
        send(world, by=world.stranger)


# ---- always ended -------------------------------------------------------------------------


@pytest.mark.parametrize("controls", [0, TWO, Control.TRUSTED_ONLY | TWO, 63])
@pytest.mark.parametrize("status", [s for s in Status if Status.OPEN <= s < Status.CLOSED])
def test_a_holder_can_always_end_an_approval(
    world: World, cn: Contract, status: Status, controls: int
) -> None:
    control(world, controls)
    world.set_status(cn, world.alice, status)
    for _ in range(2):  # and once more, when there is none
        receipt = cn.setApprovalForAll(world.broker, False, by=world.alice)
        assert receipt.event("ApprovalForAll") == (world.alice, world.broker, False)
        assert not cn.isApprovedForAll(world.alice, world.broker)
    world.set_status(cn, world.alice, Status.OPEN)
    control(world, 0)
    with refusal(world, "ERC1155MissingApprovalForAll", world.broker, world.alice):
        send(world)


def test_who_has_no_account_ends_an_approval_too(world: World, cn: Contract) -> None:
    for approved in (True, False):
        cn.setApprovalForAll(world.broker, approved, by=world.stranger)
        assert cn.isApprovedForAll(world.stranger, world.broker) == approved


# ---- void for good ------------------------------------------------------------------------


def test_two_representatives_end_every_approval_for_good(world: World, cn: Contract) -> None:
    cn.setApprovalForAll(world.erin, True, by=world.alice)
    assert cn.accountOf(world.alice).approvalRound == 1
    assert control(world, TWO) == [(world.alice,)]
    assert cn.accountOf(world.alice).approvalRound == 2
    for lifted in (False, True):
        if lifted:
            assert control(world, 0) == []
        for operator in (world.broker, world.erin):
            assert not cn.isApprovedForAll(world.alice, operator)
            with refusal(world, "ERC1155MissingApprovalForAll", operator, world.alice):
                send(world, by=operator)
    # Whoever is approved again is approved; nobody else is.
    cn.setApprovalForAll(world.erin, True, by=world.alice)
    send(world, by=world.erin)
    with refusal(world, "ERC1155MissingApprovalForAll", world.broker, world.alice):
        send(world)


def test_each_beginning_of_two_representatives_ends_the_approvals_before(
    world: World, cn: Contract
) -> None:
    control(world, TWO)
    control(world, 0)
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    send(world)
    assert control(world, TWO | Control.TRUSTED_ONLY) == [(world.alice,)]
    assert cn.accountOf(world.alice).approvalRound == 3
    control(world, 0)
    with refusal(world, "ERC1155MissingApprovalForAll", world.broker, world.alice):
        send(world)


def test_other_demands_end_no_approval(world: World, cn: Contract) -> None:
    assert control(world, Control.TRUSTED_ONLY) == []
    assert control(world, 0) == []
    send(world)
    control(world, TWO)
    assert control(world, TWO | Control.TRUSTED_ONLY) == []  # they were set already
    assert cn.accountOf(world.alice).approvalRound == 2


def test_rounds_are_each_accounts_and_each_registrys_own(world: World, cn: Contract) -> None:
    control(world, TWO)
    assert cn.isApprovedForAll(world.dave, world.broker)
    assert world.kr.isApprovedForAll(world.alice, world.broker)
    world.kr.safeTransferFrom(world.alice, world.bob, FOREIGN_CEA, 1, b"", by=world.broker)


def test_no_approval_is_given_under_two_representatives(world: World, cn: Contract) -> None:
    control(world, TWO)
    for operator in (world.broker, world.erin, world.CN.holders.address):
        with refusal(world, "HolderDeskRequired", world.alice):
            cn.setApprovalForAll(operator, True, by=world.alice)
    control(world, 0)
    assert not cn.isApprovedForAll(world.alice, world.broker)


def test_what_was_approved_before_there_was_an_account_is_void(world: World, cn: Contract) -> None:
    """An account's approvals are those that it gave since it was opened."""
    cn.setApprovalForAll(world.broker, True, by=world.stranger)
    assert cn.isApprovedForAll(world.stranger, world.broker)  # of nothing
    world.open(cn, world.stranger)
    assert not cn.isApprovedForAll(world.stranger, world.broker)
    world.give(cn, world.stranger, CEA, 10)
    to = (world.stranger, world.bob, CEA, 1, b"")
    with refused("ERC1155MissingApprovalForAll", world.broker, world.stranger):
        cn.safeTransferFrom(*to, by=world.broker)
    cn.setApprovalForAll(world.broker, True, by=world.stranger)
    cn.safeTransferFrom(*to, by=world.broker)


def test_a_settler_that_was_authorised_before_is_ended_by_the_representatives(
    world: World,
) -> None:
    """It settles what the exchange tells it; two of the account end it at once."""
    desk = world.CN.holders
    desk.authoriseSettler(world.alice, world.dave, True, by=world.alice)
    for person, right in ((world.stranger, 1), (world.councillor, 2)):
        desk.setRepresentative(world.alice, person, right, by=world.registrar)
    control(world, TWO)
    with refusal(world, "HolderDeskRequired", world.alice):
        desk.authoriseSettler(world.alice, world.dave, False, by=world.alice)
    data = called(desk, "authoriseSettler", world.alice, world.dave, False)
    number = desk.request(world.alice, desk, data, by=world.stranger).event("RequestMade").id
    desk.approve(number, data, by=world.councillor)
    desk.execute(number, data, by=world.stranger)
    leg = (world.alice, world.bob, CEA, 5, text32("trade 1"), False)
    with refusal(world, "NotAuthorisedToSettle", world.alice, world.dave):
        desk.settle(world.dave, [leg], by=world.dave)
