"""What the gateway believes of registries, and what receivers cannot make it do."""

from __future__ import annotations

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, DECISION, FOREIGN_CEA, FOREIGN_KAU, World
from tests.contracts.crossing import WHOLE, hint, settled
from tests.contracts.desks import GUARD
from tests.contracts.hostile import hostile
from tests.contracts.words import NOTHING, Kind, State, ref

# ---- whom the gateway trusts --------------------------------------------------------------


@pytest.fixture
def liar(world: World, link: int) -> tuple[Contract, int]:
    """A registry that CN sends to at 1/1, and its one lot, for which CN escrows 296-300."""
    partner = hostile(world)
    there, _ = partner.receives(world.CN, world.terms((1, 1)))
    world.cross(there, world.alice, CEA, 5, world.bob)
    return partner.registry, there


def test_registry_cannot_release_what_anothers_units_stand_for(
    world: World, liar: tuple[Contract, int]
) -> None:
    """It claims that its units came from KR; what comes home is what its lot took at CN."""
    registry, _ = liar
    world.give(world.kr, world.erin, world.KR.allowance, 400)
    back, _ = world.agree(world.KR, world.JP, world.terms((1, 1)))
    world.cross(back, world.erin, world.KR.allowance, 400, world.erin)
    registry.sayOrigin(world.kr, world.KR.allowance, by=world.stranger)
    world.gateway.returnUnits(registry, CEA, 5, [], world.alice, 0, by=world.stranger)
    assert world.kr.totalsOf(world.KR.allowance).escrowed == 400
    assert world.cn.totalsOf(CEA).escrowed == 0


def test_registry_cannot_bring_a_unit_home_twice(
    world: World, gateway: Contract, liar: tuple[Contract, int]
) -> None:
    """The same source units may be in escrow again, behind another lot."""
    registry, _link = liar
    gateway.returnUnits(registry, CEA, 2, [], world.alice, 0, by=world.stranger)  # serials 296-297
    world.cross(2, world.alice, CEA, 3, world.bob, [ref(1, 293, 3)])
    world.give(world.cn, world.alice, CEA, 1)
    previous = hint(world.cn, CEA, world.alice, 296)
    world.cross(2, world.alice, CEA, 2, world.bob, [ref(296, 296, 2, previous)])
    with refused("AlreadySettled", 1, 0, 2):
        gateway.returnUnits(registry, CEA, 2, [], world.alice, 0, by=world.stranger)
    assert world.cn.blockAt(CEA, 296).state == State.ESCROWED


def test_used_units_are_reported_by_their_registry_only(
    world: World, gateway: Contract, lot: int
) -> None:
    with refused("NotImported", world.bob, FOREIGN_CEA, 1):
        gateway.unitsUsed(FOREIGN_CEA, [(1, 6)], State.SURRENDERED, by=world.bob)


def test_gateway_settles_its_own_escrow_only(world: World, gateway: Contract, lot: int) -> None:
    other = world.editions.gateway()
    world.CN.authority.adoptGateway(other, by=world.root)
    world.KR.authority.adoptGateway(other, by=world.root)
    with world.chain.as_contract(other.address):
        with refused("UnitsNotHeld", CEA, other, 1, 1, 9):
            world.cn.releaseEscrow(CEA, 1, 1, 9, world.alice, by=other)
        with refused("UnitsNotHeld", CEA, other, 1, 1, 9):
            world.cn.closeEscrow(CEA, 1, 1, 9, State.SURRENDERED, by=other)
        with refused("NotTheGateway", FOREIGN_CEA, other):
            world.kr.importUnits(FOREIGN_CEA, world.bob, 1, by=other)
        with refused("NotTheGateway", FOREIGN_CEA, other):
            world.kr.exportUnits(world.bob, FOREIGN_CEA, 1, [], by=other)


def test_gateway_ends_escrow_in_a_terminal_state_only(
    world: World, gateway: Contract, lot: int
) -> None:
    with world.chain.as_contract(gateway.address):
        for state in (State.NONE, State.HELD, State.ESCROWED, State.ENCUMBERED):
            with refused("UnitsNotHeld", CEA, gateway, 1, 1, 9):
                world.cn.closeEscrow(CEA, 1, 1, 9, state, by=gateway)
        with refused("ClassIsForeign", FOREIGN_CEA):  # nothing foreign goes into escrow
            world.kr.escrow(world.bob, FOREIGN_CEA, 1, [], by=gateway)
        with refused("NotTheGateway", CEA, gateway):  # nothing domestic is imported
            world.cn.importUnits(CEA, world.bob, 1, by=gateway)


# ---- receivers that call back -------------------------------------------------------------


@pytest.fixture
def contract(world: World, link: int) -> Contract:
    """A contract with an operator's account everywhere and something of each class."""
    receiver = world.chain.deploy("ScriptedReceiver")
    for registry in (world.cn, world.kr):
        world.open(registry, receiver.address)
    world.cn.transferUnits(world.alice, receiver, CEA, [ref(1, 1, 30)], by=world.alice)
    world.cross(link, world.alice, CEA, 30, receiver.address)
    return receiver


def callbacks(world: World, receiver: Contract, link: int) -> dict[str, tuple[Contract, str]]:
    cn, kr, gateway = world.cn, world.kr, world.gateway
    china, korea = world.CN.compliance, world.KR.compliance
    request = (receiver, link, 1, CEA, 9, 0, world.bob)
    home = (receiver, kr, FOREIGN_CEA, 4, [], receiver, 0)
    return {
        "transfer": (cn, cn.data("safeTransferFrom", receiver, world.bob, CEA, 1, b"")),
        "batch": (cn, cn.data("safeBatchTransferFrom", receiver, world.bob, [CEA], [1], b"")),
        "named": (cn, cn.data("transferUnits", receiver, world.bob, CEA, [ref(1, 2, 1)])),
        "surrender": (china, china.data("surrender", receiver, 2025, CEA, 1, [])),
        "retire": (cn, cn.data("retire", receiver, CEA, 1, [], NOTHING, NOTHING)),
        "cancel": (cn, cn.data("cancel", receiver, CEA, 1, [], NOTHING, NOTHING)),
        "surrender foreign": (korea, korea.data("surrender", receiver, 2025, FOREIGN_CEA, 1, [])),
        "return": (gateway, gateway.data("returnUnits", *home)),
        "over the link": (gateway, gateway.data("transfer", request, [])),
    }


NAMES = [
    "transfer",
    "batch",
    "named",
    "surrender",
    "retire",
    "cancel",
    "surrender foreign",
    "return",
    "over the link",
]
# What these mean for the source units 271-300.
ABROAD = {"surrender foreign": (300, 1, State.SURRENDERED), "return": (295, 6, State.HELD)}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ABROAD])
def test_receiver_of_a_transfer_cannot_call_back(
    world: World, contract: Contract, link: int, name: str
) -> None:
    target, data = callbacks(world, contract, link)[name]
    contract.callBack(target, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = world.cn.safeTransferFrom(world.alice, contract, CEA, 5, b"", by=world.alice)
    called = receipt.event("CalledBack")
    assert (called.success, called.result.hex()) == (False, GUARD)
    assert world.cn.balanceOf(contract.address, CEA) == 35


@pytest.mark.parametrize("name", ABROAD)
def test_what_its_receiver_does_abroad_waits_for_the_busy_registry(
    world: World, contract: Contract, link: int, name: str
) -> None:
    """CN is in the middle of a transfer, and does not settle anything before its end."""
    target, data = callbacks(world, contract, link)[name]
    contract.callBack(target, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = world.cn.safeTransferFrom(world.alice, contract, CEA, 5, b"", by=world.alice)
    assert receipt.event("CalledBack").success
    run, to = ABROAD[name], contract if name == "return" else world.gateway
    assert receipt.event("SettlementWaits") == (1, *run, to.address)
    assert receipt.events("SourceSettled") == []
    assert world.cn.balanceOf(contract.address, CEA) == 35
    assert world.cn.totalsOf(CEA).escrowed == 30
    receipt = world.gateway.settleWaiting(1, 0, 271, WHOLE, by=world.stranger)
    assert settled(receipt) == [run]
    assert world.cn.totalsOf(CEA).escrowed == 30 - run[1]


@pytest.mark.parametrize("name", ["surrender foreign", "return", "over the link"])
def test_receiver_of_an_import_cannot_call_back(
    world: World, contract: Contract, link: int, name: str
) -> None:
    """At that moment its lot does not exist yet."""
    target, data = callbacks(world, contract, link)[name]
    contract.callBack(target, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = world.cross(link, world.alice, CEA, 9, contract.address)
    called = receipt.event("CalledBack")
    assert (called.success, called.result.hex()) == (False, GUARD)


@pytest.mark.parametrize("name", NAMES)
def test_receiver_of_a_return_cannot_call_back(
    world: World, contract: Contract, link: int, name: str
) -> None:
    world.cross(link, world.alice, CEA, 9, world.bob)
    target, data = callbacks(world, contract, link)[name]
    contract.callBack(target, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = world.gateway.returnUnits(world.kr, FOREIGN_CEA, 6, [], contract, 9, by=world.bob)
    assert not any(e.args.success for e in receipt.events("CalledBack"))


def test_receiver_of_a_return_cannot_use_the_gateway_for_another(
    world: World, contract: Contract, link: int
) -> None:
    """Neither KR nor JP is busy at that moment: it is the gateway that says no."""
    onward, _ = world.agree(world.KR, world.JP, world.terms((1, 1)))
    world.open(world.jp, contract.address)
    world.give(world.kr, world.bob, world.KR.allowance, 10)
    world.cross(onward, world.bob, world.KR.allowance, 10, contract.address)
    world.cross(link, world.alice, CEA, 9, world.bob)
    desk = world.JP.compliance
    home = (contract, world.jp, FOREIGN_KAU, 10, [], world.bob, 0)
    for target, data in (
        (world.gateway, world.gateway.data("returnUnits", *home)),
        (desk, desk.data("surrender", contract, 2025, FOREIGN_KAU, 10, [])),
    ):
        contract.callBack(target, bytes.fromhex(data[2:]), by=world.stranger)
        receipt = world.gateway.returnUnits(world.kr, FOREIGN_CEA, 2, [], contract, 3, by=world.bob)
        assert receipt.event("CalledBack").result.hex() == GUARD
    assert world.jp.balanceOf(contract.address, FOREIGN_KAU) == 10


def test_receiver_that_refuses_stops_an_import_and_a_return(
    world: World, contract: Contract, link: int
) -> None:
    world.cross(link, world.alice, CEA, 9, world.bob)
    contract.script(1, by=world.stranger)
    with refused("ERC1155InvalidReceiver", contract):
        world.cross(link, world.alice, CEA, 9, contract.address)
    with refused("ERC1155InvalidReceiver", contract):
        world.gateway.returnUnits(world.kr, FOREIGN_CEA, 6, [], contract, 9, by=world.bob)
    assert world.gateway.lotCount() == 2


def test_issue_is_guarded_too(world: World) -> None:
    authority = world.chain.deploy("ScriptedReceiver")
    world.open(world.cn, authority.address, Kind.STATE_AUTHORITY)
    data = world.cn.data("safeTransferFrom", authority, world.bob, CEA, 1, b"")
    authority.callBack(world.cn, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = world.cn.issue(CEA, authority, 5, DECISION, by=world.issuer)
    assert receipt.event("CalledBack").result.hex() == GUARD
