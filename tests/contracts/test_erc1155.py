"""The token side, as EIP-1155 words it."""

from __future__ import annotations

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, Refused, refused
from tests.contracts.actors import CEA, DECISION, FILE, World
from tests.contracts.words import LARGEST_QUANTITY, Kind

ACCEPT, WRONG_VALUE, REVERT_WITH_MESSAGE, REVERT_WITHOUT, PANIC = range(5)
UNHELD = 12345


@pytest.fixture
def other(world: World, cn: Contract) -> int:
    """A second class, of which Alice has 50."""
    unit_class = world.define(cn, "CEA-2026", vintage=2026)
    world.give(cn, world.alice, unit_class, 50)
    return unit_class


@pytest.fixture(autouse=True)
def holdings(world: World, cn: Contract) -> None:
    world.give(cn, world.alice, CEA, 100)


@pytest.fixture
def receiver(world: World, cn: Contract) -> Contract:
    """A contract with an account."""
    contract = world.chain.deploy("ScriptedReceiver")
    cn.openAccount(contract, Kind.PARTICIPANT, FILE, by=world.registrar)
    return contract


# ---- balances -----------------------------------------------------------------------------


def test_balance_of_what_is_held_and_of_what_is_not(world: World, cn: Contract) -> None:
    assert cn.balanceOf(world.alice, CEA) == 100
    assert cn.balanceOf(world.bob, CEA) == 0
    assert cn.balanceOf(world.alice, UNHELD) == 0


def test_balances_of_a_batch_keep_their_order(world: World, cn: Contract, other: int) -> None:
    accounts = [world.bob, world.alice, world.alice, world.alice]
    assert cn.balanceOfBatch(accounts, [CEA, other, CEA, other]) == [0, 50, 100, 50]
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
    with refused("ERC1155InvalidOperator", ZERO_ADDRESS):
        cn.setApprovalForAll(ZERO_ADDRESS, True, by=world.alice)


# ---- single transfers ---------------------------------------------------------------------


def test_transfer_by_the_holder(world: World, cn: Contract) -> None:
    receipt = cn.safeTransferFrom(world.alice, world.bob, CEA, 30, b"", by=world.alice)
    assert receipt.event("TransferSingle") == (world.alice, world.alice, world.bob, CEA, 30)
    assert cn.balanceOfBatch([world.alice, world.bob], [CEA, CEA]) == [70, 30]


def test_transfer_by_an_approved_operator_names_the_operator(world: World, cn: Contract) -> None:
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    receipt = cn.safeTransferFrom(world.alice, world.bob, CEA, 30, b"", by=world.broker)
    assert receipt.event("TransferSingle") == (world.broker, world.alice, world.bob, CEA, 30)
    assert cn.balanceOf(world.broker, CEA) == 0


def test_transfer_by_anyone_else_is_refused(world: World, cn: Contract) -> None:
    for caller in (world.stranger, world.bob, world.registrar, world.issuer, world.root):
        with refused("ERC1155MissingApprovalForAll", caller, world.alice):
            cn.safeTransferFrom(world.alice, world.bob, CEA, 1, b"", by=caller)
        with refused("ERC1155MissingApprovalForAll", caller, world.alice):
            cn.safeBatchTransferFrom(world.alice, world.bob, [CEA], [1], b"", by=caller)
        with refused("ERC1155MissingApprovalForAll", caller, world.alice):
            cn.transferUnits(world.alice, world.bob, CEA, [(1, 0, 1, 1)], by=caller)


def test_transfer_after_the_approval_was_taken_back_is_refused(world: World, cn: Contract) -> None:
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    cn.setApprovalForAll(world.broker, False, by=world.alice)
    with refused("ERC1155MissingApprovalForAll", world.broker, world.alice):
        cn.safeTransferFrom(world.alice, world.bob, CEA, 1, b"", by=world.broker)


def test_transfer_to_the_zero_address_is_refused(world: World, cn: Contract) -> None:
    with refused("ERC1155InvalidReceiver", ZERO_ADDRESS):
        cn.safeTransferFrom(world.alice, ZERO_ADDRESS, CEA, 1, b"", by=world.alice)
    with refused("ERC1155InvalidReceiver", ZERO_ADDRESS):
        cn.safeBatchTransferFrom(world.alice, ZERO_ADDRESS, [CEA], [1], b"", by=world.alice)
    with refused("ERC1155InvalidReceiver", ZERO_ADDRESS):
        cn.safeBatchTransferFrom(world.alice, ZERO_ADDRESS, [], [], b"", by=world.alice)
    with refused("ERC1155InvalidReceiver", ZERO_ADDRESS):
        cn.transferUnits(world.alice, ZERO_ADDRESS, CEA, [(1, 0, 1, 1)], by=world.alice)


@pytest.mark.parametrize("quantity", [101, LARGEST_QUANTITY + 1, 2**40 + 100, 2**256 - 1])
def test_transfer_of_more_than_the_balance_is_refused(
    world: World, cn: Contract, quantity: int
) -> None:
    with refused("ERC1155InsufficientBalance", world.alice, 100, quantity, CEA):
        cn.safeTransferFrom(world.alice, world.bob, CEA, quantity, b"", by=world.alice)


def test_transfer_of_nothing_is_refused(world: World, cn: Contract) -> None:
    with refused("QuantityZero"):
        cn.safeTransferFrom(world.alice, world.bob, CEA, 0, b"", by=world.alice)


def test_transfer_of_the_whole_balance(world: World, cn: Contract) -> None:
    cn.safeTransferFrom(world.alice, world.bob, CEA, 100, b"", by=world.alice)
    assert cn.balanceOfBatch([world.alice, world.bob], [CEA, CEA]) == [0, 100]


@pytest.mark.parametrize("quantity", [1, 60, 100, 160])
def test_transfer_to_oneself_changes_no_balance(world: World, cn: Contract, quantity: int) -> None:
    for _ in range(3):
        world.give(cn, world.alice, CEA, 20)
    before = cn.blocksOf(CEA, world.alice, 0, 99)
    receipt = cn.safeTransferFrom(world.alice, world.alice, CEA, quantity, b"", by=world.alice)
    assert receipt.event("TransferSingle") == (world.alice, world.alice, world.alice, CEA, quantity)
    assert cn.balanceOf(world.alice, CEA) == 160
    assert cn.blocksOf(CEA, world.alice, 0, 99) == before


def test_transfer_to_oneself_of_more_than_the_balance_is_refused(
    world: World, cn: Contract
) -> None:
    with refused("ERC1155InsufficientBalance", world.alice, 100, 101, CEA):
        cn.safeTransferFrom(world.alice, world.alice, CEA, 101, b"", by=world.alice)


# ---- batch transfers ----------------------------------------------------------------------


def test_batch_transfer_is_one_event(world: World, cn: Contract, other: int) -> None:
    receipt = cn.safeBatchTransferFrom(
        world.alice, world.bob, [CEA, other], [30, 20], b"", by=world.alice
    )
    assert receipt.event("TransferBatch") == (
        world.alice,
        world.alice,
        world.bob,
        [CEA, other],
        [30, 20],
    )
    assert receipt.events("TransferSingle") == []
    accounts = [world.alice, world.bob, world.alice, world.bob]
    assert cn.balanceOfBatch(accounts, [CEA, CEA, other, other]) == [70, 30, 30, 20]


def test_batch_transfer_by_an_approved_operator(world: World, cn: Contract) -> None:
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    receipt = cn.safeBatchTransferFrom(world.alice, world.bob, [CEA], [30], b"", by=world.broker)
    assert receipt.event("TransferBatch").operator == world.broker


def test_batch_transfer_of_a_repeated_id_adds_up(world: World, cn: Contract) -> None:
    cn.safeBatchTransferFrom(
        world.alice, world.bob, [CEA, CEA, CEA], [50, 30, 20], b"", by=world.alice
    )
    assert cn.balanceOfBatch([world.alice, world.bob], [CEA, CEA]) == [0, 100]


def test_batch_transfer_of_a_repeated_id_beyond_the_balance_is_refused(
    world: World, cn: Contract
) -> None:
    with refused("ERC1155InsufficientBalance", world.alice, 20, 21, CEA):
        cn.safeBatchTransferFrom(
            world.alice, world.bob, [CEA, CEA, CEA], [50, 30, 21], b"", by=world.alice
        )
    assert cn.balanceOf(world.alice, CEA) == 100


def test_batch_transfer_needs_as_many_values_as_ids(world: World, cn: Contract) -> None:
    with refused("ERC1155InvalidArrayLength", 1, 2):
        cn.safeBatchTransferFrom(world.alice, world.bob, [CEA], [1, 1], b"", by=world.alice)
    with refused("ERC1155InvalidArrayLength", 2, 1):
        cn.safeBatchTransferFrom(world.alice, world.bob, [CEA, CEA], [1], b"", by=world.alice)


def test_batch_transfer_of_nothing_moves_nothing(world: World, cn: Contract) -> None:
    receipt = cn.safeBatchTransferFrom(world.alice, world.bob, [], [], b"", by=world.alice)
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


# ---- receivers ----------------------------------------------------------------------------


def test_receiving_contract_is_told_everything(
    world: World, cn: Contract, receiver: Contract
) -> None:
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    receipt = cn.safeTransferFrom(world.alice, receiver, CEA, 7, b"\x01\x02", by=world.broker)
    told = receipt.event("Received")
    assert told == (world.broker, world.alice, [CEA], [7], b"\x01\x02", False)
    names = [event.name for event in receipt.events()]
    assert names.index("TransferSingle") < names.index(
        "Received"
    )  # the balance had changed by then


def test_receiving_contract_is_told_of_a_batch_once(
    world: World, cn: Contract, receiver: Contract, other: int
) -> None:
    receipt = cn.safeBatchTransferFrom(
        world.alice, receiver, [CEA, other], [7, 8], b"note", by=world.alice
    )
    assert receipt.event("Received") == (
        world.alice,
        world.alice,
        [CEA, other],
        [7, 8],
        b"note",
        True,
    )


def test_receiving_contract_is_told_of_named_units_without_data(
    world: World, cn: Contract, receiver: Contract
) -> None:
    receipt = cn.transferUnits(world.alice, receiver, CEA, [(1, 0, 1, 7)], by=world.alice)
    assert receipt.event("Received") == (world.alice, world.alice, [CEA], [7], b"", False)


def test_ordinary_address_is_not_asked(world: World, cn: Contract) -> None:
    cn.safeTransferFrom(world.alice, world.bob, CEA, 7, b"data", by=world.alice)
    assert cn.balanceOf(world.bob, CEA) == 7


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize(
    ("answer", "error", "values"),
    [
        (WRONG_VALUE, "ERC1155InvalidReceiver", "receiver"),
        (REVERT_WITHOUT, "ERC1155InvalidReceiver", "receiver"),
        (REVERT_WITH_MESSAGE, "Error", ("no deliveries today",)),
        (PANIC, "Panic", (1,)),
    ],
)
def test_transfer_that_the_receiver_does_not_accept_is_refused(
    world: World,
    cn: Contract,
    receiver: Contract,
    batch: bool,
    answer: int,
    error: str,
    values: object,
) -> None:
    receiver.script(answer, by=world.stranger)
    expected = (receiver.address,) if values == "receiver" else values
    with refused(error, *expected):  # type: ignore[misc]
        if batch:
            cn.safeBatchTransferFrom(world.alice, receiver, [CEA], [7], b"", by=world.alice)
        else:
            cn.safeTransferFrom(world.alice, receiver, CEA, 7, b"", by=world.alice)
    with refused(error, *expected):  # type: ignore[misc]
        cn.transferUnits(world.alice, receiver, CEA, [(1, 0, 1, 7)], by=world.alice)
    assert cn.balanceOf(receiver.address, CEA) == 0


def test_transfer_to_a_contract_that_is_no_receiver_is_refused(world: World, cn: Contract) -> None:
    contract = world.chain.deploy("NoReceiver")
    cn.openAccount(contract, Kind.PARTICIPANT, FILE, by=world.registrar)
    with refused("ERC1155InvalidReceiver", contract):
        cn.safeTransferFrom(world.alice, contract, CEA, 7, b"", by=world.alice)
    with refused("ERC1155InvalidReceiver", contract):
        cn.safeBatchTransferFrom(world.alice, contract, [CEA], [7], b"", by=world.alice)


# ---- minting and burning ------------------------------------------------------------------


def test_issuing_is_a_transfer_from_the_zero_address(world: World, cn: Contract) -> None:
    receipt = cn.issue(CEA, world.state, 9, DECISION, by=world.issuer)
    assert receipt.event("TransferSingle") == (
        world.CN.issuance.address,
        ZERO_ADDRESS,
        world.state,
        CEA,
        9,
    )


def test_issuing_to_a_contract_asks_it(world: World, cn: Contract) -> None:
    contract = world.chain.deploy("ScriptedReceiver")
    cn.openAccount(contract, Kind.STATE_AUTHORITY, FILE, by=world.registrar)
    receipt = cn.issue(CEA, contract, 9, DECISION, by=world.issuer)
    assert receipt.event("Received") == (
        world.CN.issuance.address,
        ZERO_ADDRESS,
        [CEA],
        [9],
        b"",
        False,
    )
    contract.script(WRONG_VALUE, by=world.stranger)
    with refused("ERC1155InvalidReceiver", contract):
        cn.issue(CEA, contract, 9, DECISION, by=world.issuer)


@pytest.mark.parametrize("verb", ["surrender", "retire", "cancel"])
def test_using_units_is_a_transfer_to_the_zero_address(
    world: World, cn: Contract, verb: str
) -> None:
    last = 2025 if verb == "surrender" else b"\0" * 32
    receipt = getattr(cn, verb)(world.alice, CEA, 9, [], last, by=world.alice)
    caller = world.CN.compliance.address if verb == "surrender" else world.alice
    assert receipt.event("TransferSingle") == (caller, world.alice, ZERO_ADDRESS, CEA, 9)
    assert cn.balanceOf(world.alice, CEA) == 91


# ---- interfaces ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interface", "supported"),
    [
        ("01ffc9a7", True),
        ("d9b67a26", True),
        ("0e89341c", True),
        ("ffffffff", False),
        ("4e2312e0", False),
    ],
)
def test_interfaces_are_announced(cn: Contract, interface: str, supported: bool) -> None:
    assert cn.supportsInterface(bytes.fromhex(interface)) is supported


def test_uri_names_registry_and_class(cn: Contract) -> None:
    assert cn.uri(CEA) == "tonnelink:CN:CEA-2025"


def test_ether_and_unknown_functions_are_refused(world: World, cn: Contract) -> None:
    with pytest.raises(Refused):
        world.chain.send(cn.address, "0x", world.alice)
    with pytest.raises(Refused):
        world.chain.send(cn.address, "0x12345678", world.alice)
