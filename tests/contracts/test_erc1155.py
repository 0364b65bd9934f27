"""The token side, as EIP-1155 words it: balances, approvals, transfers. `RULES` has what differs.

Receivers, new units and the interfaces are in `test_erc1155_receivers`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, refused
from tests.contracts.actors import CEA, World
from tests.contracts.desks import Control
from tests.contracts.words import LARGEST_QUANTITY, NOTHING, Status, class_id

UNHELD = class_id("NOBODY-HAS")  # no such class


@pytest.fixture
def other(world: World, cn: Contract) -> int:
    """A second class, of which Alice has 50."""
    unit_class = world.define(cn, "CEA-2026", vintage=2026)
    world.give(cn, world.alice, unit_class, 50)
    return unit_class


@pytest.fixture(autouse=True)
def holdings(world: World, cn: Contract) -> None:
    world.give(cn, world.alice, CEA, 100)


# ---- what the registry's rules refuse -----------------------------------------------------


def send(world: World, to: str, quantity: int = 1, unit_class: int = CEA) -> Any:
    return world.cn.safeTransferFrom(world.alice, to, unit_class, quantity, b"", by=world.alice)


def send_all(world: World, to: str, *quantities: int) -> Any:
    ids = [CEA] * len(quantities)
    return world.cn.safeBatchTransferFrom(world.alice, to, ids, quantities, b"", by=world.alice)


def approve_under_two(world: World) -> None:
    controls = Control.TWO_REPRESENTATIVES
    world.cn.setAccountControls(world.alice, controls, 0, by=world.registrar)
    world.cn.setApprovalForAll(world.broker, True, by=world.alice)


Rule = tuple[str, Callable[[World], object], Callable[[World], tuple[object, ...]]]

# What a plain ERC-1155 token does, or refuses by another name: why the registry does not, the act,
# and what it answers.
RULES: dict[str, Rule] = {
    "a transfer of nothing": (
        "a movement moves units; an event that says nothing would be in every mirror",
        lambda w: send(w, w.bob, 0),
        lambda w: ("QuantityZero",),
    ),
    "a batch with a part of nothing": (
        "likewise",
        lambda w: send_all(w, w.bob, 5, 0),
        lambda w: ("QuantityZero",),
    ),
    "a transfer to oneself": (
        "it would look like a trade and be none",
        lambda w: send(w, w.alice),
        lambda w: ("SameAccount", w.alice),
    ),
    "a batch to oneself": (
        "likewise",
        lambda w: send_all(w, w.alice, 1),
        lambda w: ("SameAccount", w.alice),
    ),
    "a transfer to an address without an account": (
        "a holder is known to the programme (Art. 17)",
        lambda w: send(w, w.stranger),
        lambda w: ("AccountCannotReceive", w.stranger, Status.NONE),
    ),
    "a transfer to the token itself": (
        "likewise: it is no account; a plain token asks it whether it receives",
        lambda w: send(w, w.cn.address),
        lambda w: ("AccountCannotReceive", w.cn.address, Status.NONE),
    ),
    "a batch to the token itself": (
        "likewise",
        lambda w: send_all(w, w.cn.address, 1),
        lambda w: ("AccountCannotReceive", w.cn.address, Status.NONE),
    ),
    "a transfer of a token that does not exist": (
        "a class is defined before anybody has it; a plain token says: too few",
        lambda w: send(w, w.bob, 1, UNHELD),
        lambda w: ("ClassUnknown", UNHELD),
    ),
    "burning a token that does not exist": (
        "likewise",
        lambda w: w.cn.retire(w.alice, UNHELD, 1, [], NOTHING, NOTHING, by=w.alice),
        lambda w: ("ClassUnknown", UNHELD),
    ),
    "burning another's": (
        "an approval opens transfers and nothing else",
        lambda w: w.cn.retire(ZERO_ADDRESS, CEA, 1, [], NOTHING, NOTHING, by=w.alice),
        lambda w: ("NotTheHolder", ZERO_ADDRESS, w.alice),
    ),
    "minting without a reason": (
        "units are issued on a decision, or on a verification report (R-OF-10)",
        lambda w: w.cn.issue(CEA, w.state, 1, NOTHING, by=w.issuer),
        lambda w: ("EvidenceMissing", CEA),
    ),
    "an approval by whoever acts through two representatives": (
        "a third person would act alone",
        approve_under_two,
        lambda w: ("HolderDeskRequired", w.alice),
    ),
}


@pytest.mark.parametrize("case", RULES)
def test_what_the_rules_refuse(world: World, cn: Contract, case: str) -> None:
    _, act, answer = RULES[case]
    with refused(*answer(world)):  # type: ignore[arg-type]
        act(world)
    assert cn.balanceOf(world.alice, CEA) == 100


def test_one_class_a_call_is_issued_and_used(cn: Contract) -> None:
    """No batches of new or used units: a decision, a report and a claim are about one class."""
    functions = [e for e in cn.abi if e["type"] == "function"]
    sending = {e["name"] for e in functions if e["stateMutability"] == "nonpayable"}
    assert {name for name in sending if "batch" in name.lower()} == {"safeBatchTransferFrom"}


# ---- balances -----------------------------------------------------------------------------


def test_balance_of_what_is_held_and_of_what_is_not(world: World, cn: Contract) -> None:
    assert cn.balanceOf(world.alice, CEA) == 100
    assert cn.balanceOf(world.bob, CEA) == 0
    assert cn.balanceOf(world.alice, UNHELD) == 0
    assert cn.balanceOf(ZERO_ADDRESS, CEA) == 0


def test_balances_of_a_batch_keep_their_order(world: World, cn: Contract, other: int) -> None:
    accounts = [world.bob, world.alice, world.alice, world.alice, ZERO_ADDRESS]
    assert cn.balanceOfBatch(accounts, [CEA, other, CEA, UNHELD, CEA]) == [0, 50, 100, 0, 0]
    assert cn.balanceOfBatch([world.alice] * 3, [CEA, other, CEA]) == [100, 50, 100]
    assert cn.balanceOfBatch([], []) == []


def test_balances_of_a_batch_need_as_many_ids_as_accounts(world: World, cn: Contract) -> None:
    with refused("ERC1155InvalidArrayLength", 1, 2):
        cn.balanceOfBatch([world.alice, world.bob], [CEA])
    with refused("ERC1155InvalidArrayLength", 2, 1):
        cn.balanceOfBatch([world.alice], [CEA, CEA])


# ---- approvals ----------------------------------------------------------------------------


def test_approval_is_given_and_taken_back(world: World, cn: Contract) -> None:
    assert not cn.isApprovedForAll(world.alice, world.broker)
    for approved in (True, False):
        receipt = cn.setApprovalForAll(world.broker, approved, by=world.alice)
        assert receipt.event("ApprovalForAll") == (world.alice, world.broker, approved)
        assert cn.isApprovedForAll(world.alice, world.broker) is approved
        assert not cn.isApprovedForAll(world.broker, world.alice)
        assert not cn.isApprovedForAll(world.bob, world.broker)


def test_approval_of_nobody_is_refused(world: World, cn: Contract) -> None:
    for approved in (True, False):
        with refused("ERC1155InvalidOperator", ZERO_ADDRESS):
            cn.setApprovalForAll(ZERO_ADDRESS, approved, by=world.alice)


# ---- single transfers ---------------------------------------------------------------------


def test_transfer_by_the_holder(world: World, cn: Contract, other: int) -> None:
    receipt = send(world, world.bob, 30)
    assert receipt.event("TransferSingle") == (world.alice, world.alice, world.bob, CEA, 30)
    assert receipt.events("TransferBatch") == []
    assert cn.balanceOfBatch([world.alice, world.bob], [CEA, CEA]) == [70, 30]
    assert cn.balanceOfBatch([world.alice, world.bob], [other, other]) == [50, 0]


def test_transfer_by_an_approved_operator_names_the_operator(world: World, cn: Contract) -> None:
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    receipt = cn.safeTransferFrom(world.alice, world.bob, CEA, 30, b"", by=world.broker)
    assert receipt.event("TransferSingle") == (world.broker, world.alice, world.bob, CEA, 30)
    accounts = [world.alice, world.bob, world.broker]
    assert cn.balanceOfBatch(accounts, [CEA] * 3) == [70, 30, 0]


@pytest.mark.parametrize("holder", ["alice", "nobody"])
def test_transfer_by_anyone_else_is_refused(world: World, cn: Contract, holder: str) -> None:
    sender = ZERO_ADDRESS if holder == "nobody" else world.alice
    for caller in (world.stranger, world.bob, world.registrar, world.issuer, world.root):
        missing = ("ERC1155MissingApprovalForAll", caller, sender)
        with refused(*missing):
            cn.safeTransferFrom(sender, world.bob, CEA, 1, b"", by=caller)
        with refused(*missing):
            cn.safeBatchTransferFrom(sender, world.bob, [CEA], [1], b"", by=caller)
        with refused(*missing):
            cn.safeBatchTransferFrom(sender, world.bob, [], [], b"", by=caller)
        with refused(*missing):
            cn.transferUnits(sender, world.bob, CEA, [(1, 0, 1, 1)], by=caller)


def test_transfer_after_the_approval_was_taken_back_is_refused(world: World, cn: Contract) -> None:
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    cn.setApprovalForAll(world.broker, False, by=world.alice)
    with refused("ERC1155MissingApprovalForAll", world.broker, world.alice):
        cn.safeTransferFrom(world.alice, world.bob, CEA, 1, b"", by=world.broker)
    with refused("ERC1155MissingApprovalForAll", world.broker, world.alice):
        cn.safeBatchTransferFrom(world.alice, world.bob, [CEA], [1], b"", by=world.broker)


def test_transfer_to_the_zero_address_is_refused(world: World, cn: Contract) -> None:
    for act in (
        lambda: send(world, ZERO_ADDRESS),
        lambda: send_all(world, ZERO_ADDRESS, 1),
        lambda: send_all(world, ZERO_ADDRESS),
        lambda: cn.transferUnits(world.alice, ZERO_ADDRESS, CEA, [(1, 0, 1, 1)], by=world.alice),
    ):
        with refused("ERC1155InvalidReceiver", ZERO_ADDRESS):
            act()


@pytest.mark.parametrize("quantity", [101, LARGEST_QUANTITY + 1, 2**40 + 100, 2**256 - 1])
def test_transfer_of_more_than_the_balance_is_refused(world: World, quantity: int) -> None:
    with refused("ERC1155InsufficientBalance", world.alice, 100, quantity, CEA):
        send(world, world.bob, quantity)


def test_transfer_of_the_whole_balance(world: World, cn: Contract) -> None:
    send(world, world.bob, 100)
    assert cn.balanceOfBatch([world.alice, world.bob], [CEA, CEA]) == [0, 100]


# ---- batch transfers ----------------------------------------------------------------------


@pytest.mark.parametrize("caller", ["alice", "broker"])
def test_batch_transfer_is_one_event(world: World, cn: Contract, other: int, caller: str) -> None:
    operator = getattr(world, caller)
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    parts = ([CEA, other], [30, 20])
    receipt = cn.safeBatchTransferFrom(world.alice, world.bob, *parts, b"", by=operator)
    assert receipt.event("TransferBatch") == (operator, world.alice, world.bob, *parts)
    assert receipt.events("TransferSingle") == []
    accounts = [world.alice, world.bob, world.alice, world.bob]
    assert cn.balanceOfBatch(accounts, [CEA, CEA, other, other]) == [70, 30, 30, 20]
    assert cn.balanceOfBatch([world.broker] * 2, [CEA, other]) == [0, 0]


def test_batch_transfer_of_one_is_a_batch(world: World) -> None:
    receipt = send_all(world, world.bob, 30)
    expected = (world.alice, world.alice, world.bob, [CEA], [30])
    assert receipt.event("TransferBatch") == expected
    assert receipt.events("TransferSingle") == []


def test_batch_transfer_of_a_repeated_id_adds_up(world: World, cn: Contract) -> None:
    send_all(world, world.bob, 50, 30, 20)
    assert cn.balanceOfBatch([world.alice, world.bob], [CEA, CEA]) == [0, 100]


def test_batch_transfer_of_a_repeated_id_beyond_the_balance_is_refused(
    world: World, cn: Contract
) -> None:
    with refused("ERC1155InsufficientBalance", world.alice, 20, 21, CEA):
        send_all(world, world.bob, 50, 30, 21)
    assert cn.balanceOf(world.alice, CEA) == 100


def test_batch_transfer_needs_as_many_values_as_ids(world: World, cn: Contract) -> None:
    for ids, values in (([CEA], [1, 1]), ([CEA, CEA], [1])):
        with refused("ERC1155InvalidArrayLength", len(ids), len(values)):
            cn.safeBatchTransferFrom(world.alice, world.bob, ids, values, b"", by=world.alice)


def test_batch_transfer_of_nothing_moves_nothing(world: World) -> None:
    receipt = send_all(world, world.bob)
    assert receipt.event("TransferBatch") == (world.alice, world.alice, world.bob, [], [])
    assert receipt.events("UnitsMoved") == []


def test_batch_transfer_with_one_bad_member_changes_nothing(
    world: World, cn: Contract, other: int
) -> None:
    with refused("ERC1155InsufficientBalance", world.alice, 50, 51, other):
        cn.safeBatchTransferFrom(
            world.alice, world.bob, [CEA, other], [30, 51], b"", by=world.alice
        )
    assert cn.balanceOf(world.alice, CEA) == 100
