"""What gives units gives them once: a decision, a report, a sale, a trade."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, Receipt, text32
from tests.contracts.actors import CCER, CEA, DECISION, KAU, World
from tests.contracts.desks import refusal
from tests.contracts.liens import LOAN
from tests.contracts.words import Allocated, UnitType, class_id

REPORT, SALE = text32("verification report 9"), text32("auction of 5 May")
KOC = class_id("KOC-2025")


# ---- decisions ----------------------------------------------------------------------------


def issue(world: World, unit_class: int, quantity: int, decision: bytes = DECISION) -> Receipt:
    pool = world.pool(world.cn)
    return world.CN.issuance.issue(unit_class, pool, quantity, decision, by=world.issuer)  # type: ignore[no-any-return]


def test_a_decision_issues_allowances_of_a_class_once(world: World, cn: Contract) -> None:
    """Two proposals of one decision, both approved: the second is refused."""
    issue(world, CEA, 100)
    assert world.CN.issuance.isDecisionUsed(CEA, DECISION)
    for quantity in (100, 1):
        with refusal(world, "DecisionUsed", CEA, DECISION):
            issue(world, CEA, quantity)
    assert cn.totalsOf(CEA).issued == 100
    issue(world, CEA, 1, text32("another decision"))


def test_a_decision_may_be_about_several_classes_and_of_several_programmes(world: World) -> None:
    """A cap plan decides on all vintages at once; another programme's decisions are its own."""
    other = world.define(world.cn, "CEA-2026", vintage=2026)
    issue(world, CEA, 100)
    assert not world.CN.issuance.isDecisionUsed(other, DECISION)
    issue(world, other, 100)
    pool = world.pool(world.kr)
    world.KR.issuance.issue(KAU, pool, 100, DECISION, by=world.issuer)


def test_a_decision_that_issued_nothing_is_not_used_up(world: World) -> None:
    small = world.define(world.cn, "X", cap=10)
    with refusal(world, "CapExceeded", small, 11, 10):
        issue(world, small, 11)
    issue(world, small, 10)


# ---- reports ------------------------------------------------------------------------------


@pytest.fixture
def credit(world: World) -> None:
    """CN and KR have a class of credits each."""
    world.define(world.cn, "CCER-2025", unit_type=UnitType.CREDIT)
    world.define(world.kr, "KOC-2025", unit_type=UnitType.CREDIT)


def record(world: World, p: Any, unit_class: int, report: bytes = REPORT) -> Receipt:
    return p.issuance.recordVerification(report, unit_class, 50, by=world.verifier)  # type: ignore[no-any-return]


@pytest.mark.usefixtures("credit")
def test_a_report_belongs_to_one_programme(world: World) -> None:
    """Else the same reductions are credits in two registries."""
    receipt = record(world, world.CN, CCER)
    assert receipt.event("ReportClaimed") == (REPORT, world.cn.address)
    assert world.gateway.claimOf(REPORT) == world.cn.address
    with refusal(world, "ReportTaken", REPORT, world.cn):
        record(world, world.KR, KOC)
    assert world.KR.issuance.verificationOf(REPORT).quantity == 0
    with refusal(world, "VerificationExceeded", REPORT, KOC, 1, 0):
        world.KR.issuance.issue(KOC, world.alice, 1, REPORT, by=world.issuer)
    record(world, world.KR, KOC, text32("another report"))


@pytest.mark.usefixtures("credit")
def test_only_the_programmes_own_desk_claims_for_it(world: World) -> None:
    """Nobody takes a report from the programme whose it is, in another's name or its own."""
    for person in (world.verifier, world.issuer, world.link_cn, world.root, world.stranger):
        with refusal(world, "NotLinkAdministrator", person, world.cn):
            world.gateway.claimReport(world.cn, REPORT, by=person)
    desk = world.KR.issuance.address
    with (
        world.chain.as_contract(desk),
        refusal(world, "NotLinkAdministrator", desk, world.cn),
    ):
        world.gateway.claimReport(world.cn, REPORT, by=desk)
    assert world.gateway.claimOf(REPORT) == ZERO_ADDRESS


@pytest.fixture
def second_gateway(world: World) -> Contract:
    """Another gateway, of which KR is a member; CN is not yet."""
    gateway = world.editions.gateway()
    for p in (world.KR, world.CN):
        decide(world, p, p.authority, "adoptGateway", gateway)
    decide(world, world.KR, gateway, "admit", world.kr, world.kr, text32("KR"))
    return gateway


def decide(world: World, p: Any, target: Contract, name: str, *args: Any) -> None:
    """By whatever role: the step is the proposal desk's to take."""
    desk = p.proposals.address
    with world.chain.as_contract(desk):
        world.chain.send(target.address, target.data(name, *args), desk)


@pytest.mark.usefixtures("credit")
def test_reports_are_claimed_at_gateways_that_the_programme_joins_later(
    world: World, second_gateway: Contract
) -> None:
    record(world, world.CN, CCER)
    assert second_gateway.claimOf(REPORT) == ZERO_ADDRESS
    desk = world.CN.issuance
    receipt = desk.claimReports([REPORT], by=world.stranger)  # no member: nothing to claim there
    assert receipt.events("ReportClaimed") == []
    decide(world, world.KR, second_gateway, "admit", world.kr, world.cn, text32("CN"))
    receipt = desk.claimReports([REPORT], by=world.stranger)
    assert receipt.event("ReportClaimed") == (REPORT, world.cn.address)
    assert receipt.events("ReportClaimed")[0].address == second_gateway.address
    assert desk.claimReports([REPORT], by=world.alice).events("ReportClaimed") == []


@pytest.mark.usefixtures("credit")
def test_a_report_that_another_claimed_first_is_not_claimed_later(
    world: World, second_gateway: Contract
) -> None:
    """The two recorded it when no gateway knew both. It comes out as soon as one does."""
    with world.chain.as_contract(world.KR.issuance.address) as _:
        second_gateway.claimReport(world.kr, REPORT, by=world.KR.issuance.address)
    record(world, world.CN, CCER)
    decide(world, world.KR, second_gateway, "admit", world.kr, world.cn, text32("CN"))
    with refusal(world, "ReportTaken", REPORT, world.kr):
        world.CN.issuance.claimReports([REPORT], by=world.stranger)
    with refusal(world, "ReportTaken", REPORT, world.kr):
        world.CN.issuance.claimReports([REPORT], by=world.verifier)
    with refusal(world, "ReportTaken", REPORT, world.kr):  # else its tonnes are credits of both
        world.CN.issuance.issue(CCER, world.alice, 1, REPORT, by=world.issuer)
    assert world.cn.totalsOf(CCER).issued == 0


@pytest.mark.usefixtures("credit")
def test_whoever_issues_on_a_report_claims_it(world: World, second_gateway: Contract) -> None:
    """Where nobody had it claimed since the programme joined."""
    record(world, world.CN, CCER)
    decide(world, world.KR, second_gateway, "admit", world.kr, world.cn, text32("CN"))
    world.CN.issuance.issue(CCER, world.alice, 1, REPORT, by=world.issuer)
    assert second_gateway.claimOf(REPORT) == world.cn.address
    again = world.CN.issuance.issue(CCER, world.alice, 1, REPORT, by=world.issuer)
    assert again.events("ReportClaimed") == []


@pytest.mark.usefixtures("credit")
def test_what_is_not_recorded_is_not_claimed(world: World) -> None:
    desk = world.CN.issuance
    record(world, world.CN, CCER)
    with refusal(world, "VerificationUnknown", text32("r")):
        desk.claimReports([REPORT, text32("r")], by=world.stranger)
    for length in (0, 257):
        with refusal(world, "ListLength", length, 256):
            desk.claimReports([REPORT] * length, by=world.stranger)


# ---- sales --------------------------------------------------------------------------------


@pytest.fixture
def stock(world: World) -> None:
    world.issue(world.cn, CEA, 1_000)


def deliver(
    world: World, buyer: str, quantity: int, sale: bytes = SALE, unit_class: int = CEA
) -> Receipt:
    move = (0, unit_class, world.pool(world.cn), buyer, quantity, sale, [])
    return world.CN.issuance.deliver(*move, by=world.allocator)  # type: ignore[no-any-return]


@pytest.mark.usefixtures("stock")
def test_a_sale_is_delivered_once_to_a_buyer_in_a_class(world: World, cn: Contract) -> None:
    receipt = deliver(world, world.alice, 30)
    recorded = (CEA, world.alice, world.pool(cn), 30, 0, Allocated.AUCTION, SALE)
    assert receipt.event("AllocationRecorded")[1:] == recorded
    for quantity in (30, 1):
        with refusal(world, "SaleDelivered", SALE, world.alice, CEA):
            deliver(world, world.alice, quantity)
    other = world.define(cn, "CEA-2026", vintage=2026)
    world.issue(cn, other, 10)
    deliver(world, world.bob, 30)
    deliver(world, world.alice, 10, unit_class=other)
    deliver(world, world.alice, 30, text32("auction of 6 May"))
    assert cn.balanceOfBatch([world.alice, world.bob], [CEA, CEA]) == [60, 30]
    assert world.CN.issuance.paidShareOf(world.alice).bought == 70


@pytest.mark.usefixtures("stock")
def test_a_sale_has_a_reference(world: World) -> None:
    with refusal(world, "SaleMissing"):
        deliver(world, world.alice, 30, b"\0" * 32)


@pytest.mark.usefixtures("stock")
def test_a_delivery_that_fails_or_is_taken_back(world: World) -> None:
    """One that failed can be made; one that was taken back is not made again by its reference."""
    with refusal(world, "ERC1155InsufficientBalance", world.pool(world.cn), 1_000, 1_001, CEA):
        deliver(world, world.alice, 1_001)
    number = deliver(world, world.alice, 30).event("AllocationRecorded").allocationId
    pool = world.pool(world.cn)
    world.CN.issuance.reverseAllocation(number, pool, 30, [], by=world.allocator)
    with refusal(world, "SaleDelivered", SALE, world.alice, CEA):
        deliver(world, world.alice, 30)


# ---- trades -------------------------------------------------------------------------------


def test_a_trade_is_settled_once_by_an_institution(world: World) -> None:
    world.give(world.cn, world.alice, CEA, 100)
    settle, leg = world.CN.holders.settle, (world.alice, world.bob, CEA, 5, LOAN, False)
    world.CN.holders.authoriseSettler(world.alice, world.dave, True, by=world.alice)
    with refusal(world, "TradeAlreadySettled", world.dave, LOAN):
        settle(world.dave, [leg, leg], by=world.dave)
    settle(world.dave, [leg], by=world.dave)
    with refusal(world, "TradeAlreadySettled", world.dave, LOAN):
        settle(world.dave, [leg], by=world.dave)
