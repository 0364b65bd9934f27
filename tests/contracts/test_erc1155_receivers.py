"""The token side, as EIP-1155 and EIP-165 word it: receivers, new and used units, interfaces."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, Refused, refused
from tests.contracts.actors import CEA, World, selector
from tests.contracts.words import NOTHING, Kind, class_id

ACCEPT, WRONG_VALUE, REVERT_WITH_MESSAGE, REVERT_WITHOUT, PANIC, REVERT_WITH_ERROR = range(6)
SINGLE, BATCH = bytes.fromhex("f23a6e61"), bytes.fromhex("bc197c81")  # what the hooks answer
NOTE = b"\xf0\x0d\xd0\x0d"

INTERFACES = {
    "01ffc9a7": ("supportsInterface",),
    "d9b67a26": (
        "balanceOf",
        "balanceOfBatch",
        "setApprovalForAll",
        "isApprovedForAll",
        "safeTransferFrom",
        "safeBatchTransferFrom",
    ),
    "0e89341c": ("uri",),
}
NOT_OURS = ("ffffffff", "4e2312e0", "80ac58cd", "00000000")  # none, receiver, ERC-721, nothing


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
    world.open(cn, contract.address, Kind.PARTICIPANT)
    return contract


# ---- receivers ----------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", NOTE])
def test_receiving_contract_is_told_everything(
    world: World, cn: Contract, receiver: Contract, data: bytes
) -> None:
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    receipt = cn.safeTransferFrom(world.alice, receiver, CEA, 7, data, by=world.broker)
    told = receipt.event("Received")
    assert told == (world.broker, world.alice, [CEA], [7], data, False)
    names = [event.name for event in receipt.events()]
    assert names.index("TransferSingle") < names.index("Received")  # the balance had changed
    assert cn.balanceOf(receiver.address, CEA) == 7


@pytest.mark.parametrize("data", [b"", NOTE])
@pytest.mark.parametrize("size", [0, 1, 2])
def test_receiving_contract_is_told_of_a_batch_once(
    world: World, cn: Contract, receiver: Contract, other: int, size: int, data: bytes
) -> None:
    parts = ([CEA, other][:size], [7, 8][:size])
    receipt = cn.safeBatchTransferFrom(world.alice, receiver, *parts, data, by=world.alice)
    assert receipt.event("Received") == (world.alice, world.alice, *parts, data, True)


def test_receiving_contract_is_told_of_named_units_without_data(
    world: World, cn: Contract, receiver: Contract
) -> None:
    receipt = cn.transferUnits(world.alice, receiver, CEA, [(1, 0, 1, 7)], by=world.alice)
    assert receipt.event("Received") == (world.alice, world.alice, [CEA], [7], b"", False)


def test_ordinary_address_is_not_asked(world: World, cn: Contract) -> None:
    cn.safeTransferFrom(world.alice, world.bob, CEA, 7, b"data", by=world.alice)
    assert cn.balanceOf(world.bob, CEA) == 7


def by_quantity(world: World, to: Contract) -> Any:
    return world.cn.safeTransferFrom(world.alice, to, CEA, 7, b"", by=world.alice)


def by_batch(world: World, to: Contract) -> Any:
    return world.cn.safeBatchTransferFrom(world.alice, to, [CEA], [7], b"", by=world.alice)


def by_serials(world: World, to: Contract) -> Any:
    return world.cn.transferUnits(world.alice, to, CEA, [(1, 0, 1, 7)], by=world.alice)


@pytest.mark.parametrize("way", [by_quantity, by_batch, by_serials])
@pytest.mark.parametrize(
    ("answer", "error", "values"),
    [
        (WRONG_VALUE, "ERC1155InvalidReceiver", "receiver"),
        (REVERT_WITHOUT, "ERC1155InvalidReceiver", "receiver"),
        (REVERT_WITH_MESSAGE, "Error", ("no deliveries today",)),
        (REVERT_WITH_ERROR, "NoDeliveries", "hook"),
        (PANIC, "Panic", (1,)),
    ],
)
def test_transfer_that_the_receiver_does_not_accept_is_refused(
    world: World,
    cn: Contract,
    receiver: Contract,
    way: Any,
    answer: int,
    error: str,
    values: Any,
) -> None:
    receiver.script(answer, by=world.stranger)
    if values == "receiver":
        values = (receiver.address,)
    elif values == "hook":
        values = (BATCH if way is by_batch else SINGLE,)
    with refused(error, *values):
        way(world, receiver)
    assert cn.balanceOfBatch([world.alice, receiver.address], [CEA, CEA]) == [100, 0]


@pytest.mark.parametrize("way", [by_quantity, by_batch, by_serials])
def test_transfer_to_a_contract_that_is_no_receiver_is_refused(
    world: World, cn: Contract, way: Any
) -> None:
    contract = world.chain.deploy("NoReceiver")
    world.open(cn, contract.address, Kind.PARTICIPANT)
    with refused("ERC1155InvalidReceiver", contract):
        way(world, contract)


# ---- new units ----------------------------------------------------------------------------


def test_issuing_is_a_transfer_from_the_zero_address(world: World, cn: Contract) -> None:
    receipt = cn.issue(CEA, world.state, 9, world.decision(), by=world.issuer)
    desk = world.CN.issuance.address
    assert receipt.event("TransferSingle") == (desk, ZERO_ADDRESS, world.state, CEA, 9)
    assert cn.balanceOf(world.state, CEA) == 9


def test_issuing_to_a_contract_asks_it(world: World, cn: Contract) -> None:
    contract = world.chain.deploy("ScriptedReceiver")
    world.open(cn, contract.address, Kind.STATE_AUTHORITY)
    receipt = cn.issue(CEA, contract, 9, world.decision(), by=world.issuer)
    desk = world.CN.issuance.address
    assert receipt.event("Received") == (desk, ZERO_ADDRESS, [CEA], [9], b"", False)
    contract.script(WRONG_VALUE, by=world.stranger)
    with refused("ERC1155InvalidReceiver", contract):
        cn.issue(CEA, contract, 9, world.decision(), by=world.issuer)


def test_issuing_to_the_zero_address_is_refused(world: World, cn: Contract) -> None:
    with refused("NotProgrammeAccount", ZERO_ADDRESS):
        cn.issue(CEA, ZERO_ADDRESS, 9, world.decision(), by=world.issuer)
    ccer = world.define(cn, "CCER-2025", unit_type=2)
    report = world.verify(cn, ccer, 9)
    with refused("ERC1155InvalidReceiver", ZERO_ADDRESS):
        cn.issue(ccer, ZERO_ADDRESS, 9, report, by=world.issuer)


# ---- used units ---------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["surrender", "retire", "cancel"])
def test_using_units_is_a_transfer_to_the_zero_address(
    world: World, cn: Contract, verb: str
) -> None:
    last = (2025,) if verb == "surrender" else (NOTHING, NOTHING)
    receipt = getattr(cn, verb)(world.alice, CEA, 9, [], *last, by=world.alice)
    caller = world.CN.compliance.address if verb == "surrender" else world.alice
    assert receipt.event("TransferSingle") == (caller, world.alice, ZERO_ADDRESS, CEA, 9)
    assert cn.balanceOf(world.alice, CEA) == 91
    with refused("ERC1155InsufficientBalance", world.alice, 91, 92, CEA):
        getattr(cn, verb)(world.alice, CEA, 92, [], *last, by=world.alice)


# ---- interfaces ---------------------------------------------------------------------------


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_interface_is_announced_and_there_in_full(cn: Contract, interface: str) -> None:
    """EIP-165: the name of an interface is made of the selectors of all its functions."""
    assert cn.supportsInterface(bytes.fromhex(interface)) is True
    selectors = [int.from_bytes(selector(cn, name), "big") for name in INTERFACES[interface]]
    assert reduce(xor, selectors) == int(interface, 16)


@pytest.mark.parametrize("interface", NOT_OURS)
def test_no_other_interface_is_announced(cn: Contract, interface: str) -> None:
    assert cn.supportsInterface(bytes.fromhex(interface)) is False


@pytest.mark.parametrize("interface", [*INTERFACES, *NOT_OURS])
def test_the_answer_costs_less_than_30_000_gas(cn: Contract, interface: str) -> None:
    """EIP-165, although the registry's code is in two parts behind an address that is succeeded."""
    call = {"to": cn.address, "data": cn.data("supportsInterface", bytes.fromhex(interface))}
    assert int(cn.chain.rpc("eth_estimateGas", call), 16) < 30_000


def test_uri_names_registry_and_class(cn: Contract) -> None:
    assert cn.uri(CEA) == "tonnelink:CN:CEA-2025"
    assert cn.uri(class_id("CN.CEA-2025.2")) == "tonnelink:CN:CN.CEA-2025.2"


def test_ether_and_unknown_functions_are_refused(world: World, cn: Contract) -> None:
    with pytest.raises(Refused):
        world.chain.send(cn.address, "0x", world.alice)
    with pytest.raises(Refused):
        world.chain.send(cn.address, "0x12345678", world.alice)
