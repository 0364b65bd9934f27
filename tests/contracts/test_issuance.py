"""Unit classes, caps, verification and issuance. Allocation is in `test_entitlements`."""

from __future__ import annotations

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, refused, text32
from tests.contracts.actors import CCER, CEA, DECISION, FOREIGN_CEA, World
from tests.contracts.blocks import blocks
from tests.contracts.words import (
    LARGEST_QUANTITY,
    NOTHING,
    Kind,
    State,
    Status,
    Type,
    UnitType,
    class_id,
    class_spec,
    ref,
)

PROJECT: dict[str, str | int] = {
    "scheme": "CCER",
    "kind": "forestry",
    "project": "FJ-0001",
    "region": "CN-FJ",
    "started": 20150131,
}


@pytest.fixture
def credit(world: World, cn: Contract) -> int:
    """A class of credits."""
    return world.define(cn, "CCER-2025", unit_type=UnitType.CREDIT, **PROJECT)


@pytest.fixture
def foreign(world: World) -> int:
    """A class of foreign units at KR."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(link, world.alice, CEA, 100, world.bob)
    return FOREIGN_CEA


# ---- classes ------------------------------------------------------------------------------


def test_define_a_class(world: World, cn: Contract) -> None:
    spec = class_spec(UnitType.CREDIT, cap=50, **PROJECT)
    receipt = cn.defineClass(text32("CCER-2025"), spec, by=world.issuer)
    assert receipt.event("ClassDefined") == (CCER, spec, ZERO_ADDRESS, 0)
    assert cn.classOf(CCER) == spec
    assert cn.totalsOf(CCER) == (50, 0, 0, 0, 0, 0, UnitType.CREDIT, False)
    assert cn.originOf(CCER) == (ZERO_ADDRESS, ZERO_ADDRESS, 0)


def test_define_a_class_twice_is_refused(world: World, cn: Contract) -> None:
    with refused("ClassAlreadyDefined", CEA):
        cn.defineClass(text32("CEA-2025"), class_spec(), by=world.issuer)


@pytest.mark.parametrize(
    "symbol", [b"", b"cea", b"CEA 25", b"A\0B", b"\0A", b"A" * 32, b"CEA_1", "É".encode()]
)
def test_define_a_class_with_an_unreadable_symbol_is_refused(
    world: World, cn: Contract, symbol: bytes
) -> None:
    word = symbol.ljust(32, b"\0")
    with refused("SymbolInvalid", word):
        cn.defineClass(word, class_spec(), by=world.issuer)


def test_define_a_class_with_a_foreign_symbol_is_refused(world: World, cn: Contract) -> None:
    """Nobody takes the name of a partner's class: dots are the gateway's."""
    for symbol in ("KR.KAU-2025", "."):
        with refused("SymbolInvalid", text32(symbol)):
            cn.defineClass(text32(symbol), class_spec(), by=world.issuer)


@pytest.mark.parametrize("unit_type", [UnitType.NONE, UnitType.FOREIGN])
def test_define_a_class_of_foreign_units_by_hand_is_refused(
    world: World, cn: Contract, unit_type: UnitType
) -> None:
    with refused("UnitTypeInvalid", class_id("X"), unit_type):
        cn.defineClass(text32("X"), class_spec(unit_type), by=world.issuer)


def test_attributes_are_few_named_in_order_and_say_something(world: World, cn: Contract) -> None:
    """Fifteen at home, so that a region fits beside them abroad."""
    many = [(text32(f"a{n:02}"), text32("v")) for n in range(16)]
    one, two = many[:2]
    for unsound in (many, [two, one], [one, one], [(NOTHING, one[1])], [(one[0], NOTHING)]):
        with refused("ClassSpecInvalid", class_id("X")):
            cn.defineClass(text32("X"), (*class_spec()[:5], unsound), by=world.issuer)
    cn.defineClass(text32("X"), (*class_spec()[:5], many[:15]), by=world.issuer)
    assert cn.classOf(class_id("X")).attributes == many[:15]


def test_define_a_class_without_cap_or_with_a_backward_period_is_refused(
    world: World, cn: Contract
) -> None:
    for spec in (class_spec(cap=0), class_spec(first_year=2026, last_year=2025)):
        with refused("ClassSpecInvalid", class_id("X")):
            cn.defineClass(text32("X"), spec, by=world.issuer)


def test_ask_for_an_unknown_class_is_refused(cn: Contract) -> None:
    with refused("ClassUnknown", CCER):
        cn.classOf(CCER)


# ---- caps ---------------------------------------------------------------------------------


def test_issue_up_to_the_cap_and_no_further(world: World, cn: Contract) -> None:
    """Invariant 6."""
    unit_class = world.define(cn, "X", cap=100)
    world.issue(cn, unit_class, 60)
    with refused("CapExceeded", unit_class, 41, 40):
        world.issue(cn, unit_class, 41)
    world.issue(cn, unit_class, 40)
    with refused("CapExceeded", unit_class, 1, 0):
        world.issue(cn, unit_class, 1)


def test_raise_a_cap_and_issue_the_supplement(world: World, cn: Contract) -> None:
    """R-CP-10: Korea's 521,900,000 and the supplementary 17,000,000."""
    unit_class = world.define(cn, "X", cap=521_900_000)
    world.issue(cn, unit_class, 521_900_000)
    receipt = cn.raiseCap(unit_class, 538_900_000, by=world.issuer)
    assert receipt.event("CapRaised") == (unit_class, 521_900_000, 538_900_000)
    assert cn.classOf(unit_class).cap == 538_900_000
    world.issue(cn, unit_class, 17_000_000)
    assert cn.totalsOf(unit_class).issued == 538_900_000


def test_lower_a_cap_is_refused(world: World, cn: Contract) -> None:
    unit_class = world.define(cn, "X", cap=100)
    for cap in (0, 99, 100):
        with refused("CapNotRaised", unit_class, 100, cap):
            cn.raiseCap(unit_class, cap, by=world.issuer)


def test_sealed_class_never_grows(world: World, cn: Contract) -> None:
    """Invariant 6."""
    world.give(cn, world.alice, CEA, 10)
    assert cn.sealClass(CEA, by=world.issuer).event("ClassSealed") == (CEA, 10)
    assert cn.totalsOf(CEA).sealed_
    with refused("ClassIsSealed", CEA):
        world.issue(cn, CEA, 1)
    with refused("ClassIsSealed", CEA):
        cn.raiseCap(CEA, LARGEST_QUANTITY, by=world.issuer)
    with refused("ClassIsSealed", CEA):
        cn.sealClass(CEA, by=world.issuer)
    # What exists still moves.
    cn.safeTransferFrom(world.alice, world.bob, CEA, 5, b"", by=world.alice)


def test_unknown_and_foreign_classes_are_not_the_issuers(
    world: World, kr: Contract, foreign: int
) -> None:
    for unit_class, error, unverified in (
        (CCER, ("ClassUnknown", CCER), ("ClassUnknown", CCER)),
        (foreign, ("ClassIsForeign", foreign), ("ClassNotCredit", foreign)),
    ):
        with refused(*error):
            kr.raiseCap(unit_class, LARGEST_QUANTITY, by=world.issuer)
        with refused(*error):
            kr.sealClass(unit_class, by=world.issuer)
        with refused(*error):
            world.issue(kr, unit_class, 1)
        with refused(*unverified):
            kr.recordVerification(text32("r"), unit_class, 1, by=world.verifier)


def test_largest_class_of_all(world: World, cn: Contract) -> None:
    unit_class = world.define(cn, "X", cap=LARGEST_QUANTITY)
    world.issue(cn, unit_class, LARGEST_QUANTITY)
    world.deliver(cn, world.alice, unit_class, 1, [ref(1, LARGEST_QUANTITY, 1)])
    last = cn.blockAt(unit_class, LARGEST_QUANTITY)
    assert last == (world.alice, 1, 0, State.HELD, 0, 0)
    with refused("CapExceeded", unit_class, 1, 0):
        world.issue(cn, unit_class, 1)


# ---- issuance -----------------------------------------------------------------------------


def test_issue_numbers_units_without_a_gap(world: World, cn: Contract) -> None:
    """Invariant 1."""
    for first, quantity in ((1, 10), (11, 1), (12, 1_000_000)):
        decision = world.decision()
        receipt = cn.issue(CEA, world.state, quantity, decision, by=world.issuer)
        assert receipt.event("UnitsIssued") == (CEA, first, quantity, decision)
        moved = receipt.event("UnitsMoved")
        assert moved == (CEA, ZERO_ADDRESS, world.state, first, quantity, Type.ISSUANCE, State.HELD)
        issuance = world.CN.issuance.issuanceOf(CEA, first)
        assert issuance == (world.state, world.chain.time, quantity, 0)
    assert blocks(cn, world.state) == [(12, 1_000_000), (11, 1), (1, 10)]


def test_issue_of_nothing_or_without_a_decision_is_refused(world: World, cn: Contract) -> None:
    with refused("QuantityZero"):
        cn.issue(CEA, world.state, 0, DECISION, by=world.issuer)
    with refused("EvidenceMissing", CEA):
        cn.issue(CEA, world.state, 1, NOTHING, by=world.issuer)
    assert not world.CN.issuance.isDecisionUsed(CEA, DECISION)


def test_issue_of_allowances_to_a_market_account_is_refused(world: World, cn: Contract) -> None:
    for account in (world.alice, world.carol, world.dave, world.stranger):
        with refused("NotProgrammeAccount", account):
            cn.issue(CEA, account, 1, DECISION, by=world.issuer)


@pytest.mark.parametrize("kind", [Kind.STATE_AUTHORITY, Kind.PROVINCIAL_AUTHORITY])
def test_issue_of_allowances_to_an_authority(world: World, cn: Contract, kind: Kind) -> None:
    world.open(cn, world.stranger, kind)
    world.issue(cn, CEA, 1, to=world.stranger)
    assert cn.balanceOf(world.stranger, CEA) == 1


# ---- credits ------------------------------------------------------------------------------


def test_issue_of_credits_needs_their_verification(world: World, cn: Contract, credit: int) -> None:
    """R-OF-10."""
    report = text32("report")
    with refused("VerificationExceeded", report, credit, 5, 0):
        cn.issue(credit, world.carol, 5, report, by=world.issuer)
    receipt = cn.recordVerification(report, credit, 8, by=world.verifier)
    assert receipt.event("VerificationRecorded") == (report, credit, 8, world.verifier)
    cn.issue(credit, world.carol, 5, report, by=world.issuer)
    assert cn.verificationOf(report) == (credit, 8, 5)
    with refused("VerificationExceeded", report, credit, 4, 3):
        cn.issue(credit, world.carol, 4, report, by=world.issuer)
    cn.issue(credit, world.alice, 3, report, by=world.issuer)
    assert cn.verificationOf(report) == (credit, 8, 8)


def test_issue_of_credits_on_another_classes_report_is_refused(
    world: World, cn: Contract, credit: int
) -> None:
    other = world.define(cn, "CCER-2026", unit_type=UnitType.CREDIT)
    report = world.verify(cn, other, 10)
    with refused("VerificationExceeded", report, credit, 1, 0):
        cn.issue(credit, world.carol, 1, report, by=world.issuer)


def test_refused_issue_uses_up_no_verification(world: World, cn: Contract) -> None:
    credit = world.define(cn, "CCER-2025", unit_type=UnitType.CREDIT, cap=5)
    report = world.verify(cn, credit, 10)
    with refused("CapExceeded", credit, 6, 5):
        cn.issue(credit, world.carol, 6, report, by=world.issuer)
    with refused("QuantityZero"):
        cn.issue(credit, world.carol, 0, report, by=world.issuer)
    assert cn.verificationOf(report) == (credit, 10, 0)


def test_record_a_verification_that_makes_no_sense_is_refused(
    world: World, cn: Contract, credit: int
) -> None:
    with refused("ClassNotCredit", CEA):
        cn.recordVerification(text32("r"), CEA, 1, by=world.verifier)
    with refused("VerificationInvalid", NOTHING, 1):
        cn.recordVerification(NOTHING, credit, 1, by=world.verifier)
    with refused("VerificationInvalid", text32("r"), 0):
        cn.recordVerification(text32("r"), credit, 0, by=world.verifier)
    cn.recordVerification(text32("r"), credit, 1, by=world.verifier)
    with refused("VerificationAlreadyRecorded", text32("r")):
        cn.recordVerification(text32("r"), credit, 1, by=world.verifier)


def test_issue_of_credits_to_an_account_that_cannot_receive_is_refused(
    world: World, cn: Contract, credit: int
) -> None:
    report = world.verify(cn, credit, 10)
    with refused("AccountCannotReceive", world.stranger, Status.NONE):
        cn.issue(credit, world.stranger, 1, report, by=world.issuer)
