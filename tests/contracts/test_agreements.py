"""Link agreements: proposing, accepting, amending, suspending, and who may do so."""

from __future__ import annotations

import pytest

from scripts.bench.evm import Contract, Receipt, refused, text32
from tests.contracts.actors import CEA, YEAR, World
from tests.contracts.words import NOTHING, Restriction, UnitType


def propose(world: World, forward: tuple[int, ...], backward: tuple[int, ...]) -> Receipt:
    pair = (world.cn, world.kr)
    return world.gateway.proposeAgreement(*pair, forward, backward, by=world.link_cn)  # type: ignore[no-any-return]


# ---- agreements ---------------------------------------------------------------------------


def test_agreement_needs_both_sides(world: World, gateway: Contract) -> None:
    forward, backward = world.terms((2, 3)), world.terms((3, 2))
    receipt = propose(world, forward, backward)
    china = world.CN.proposals.address  # two of its people spoke
    proposed = (1, world.cn.address, world.kr.address, china)
    assert receipt.event("AgreementProposed") == proposed
    assert gateway.linkOf(2) == (world.cn.address, world.kr.address, 0, 0)
    with refused("LinkUnknown", 2):
        world.cross(2, world.alice, CEA, 3, world.bob, version=0)
    receipt = gateway.acceptAgreement(1, forward, backward, by=world.link_kr)
    korea = world.KR.proposals.address  # two of its people spoke
    assert receipt.event("AgreementAccepted") == (1, korea)
    in_force = [event.args for event in receipt.events("TermsInForce")]
    assert in_force == [(2, 1, forward, korea), (3, 1, backward, korea)]
    assert gateway.linkOf(2) == (world.cn.address, world.kr.address, 1, 0)
    assert gateway.linkOf(3) == (world.kr.address, world.cn.address, 1, 0)
    assert (gateway.termsOf(2), gateway.termsOf(3)) == (forward, backward)


def test_agreement_is_accepted_by_the_other_side_as_it_was_proposed(
    world: World, gateway: Contract
) -> None:
    forward, backward = world.terms((2, 3)), world.terms((3, 2))
    propose(world, forward, backward)
    for other in (world.CN, world.JP):
        with refused("NotLinkAdministrator", other.proposals, world.kr):
            gateway.acceptAgreement(1, forward, backward, by=other.link_administrator)
    with refused("TermsNotProposed", 2, 1):
        gateway.acceptAgreement(1, world.terms((2, 4)), backward, by=world.link_kr)
    with refused("TermsNotProposed", 3, 1):
        gateway.acceptAgreement(1, forward, world.ABSENT, by=world.link_kr)
    with refused("AgreementUnknown", 2):
        gateway.acceptAgreement(2, forward, backward, by=world.link_kr)


def test_proposal_not_yet_accepted_can_be_replaced_by_its_proposer(
    world: World, gateway: Contract
) -> None:
    first, second = world.terms((2, 3)), world.terms((1, 2))
    propose(world, first, world.ABSENT)
    propose(world, second, world.ABSENT)
    assert gateway.agreementCount() == 1
    with refused("TermsNotProposed", 2, 1):
        gateway.acceptAgreement(1, first, world.ABSENT, by=world.link_kr)
    with refused("AgreementExists", world.kr, world.cn):
        gateway.proposeAgreement(world.kr, world.cn, first, world.ABSENT, by=world.link_kr)
    gateway.acceptAgreement(1, second, world.ABSENT, by=world.link_kr)
    assert gateway.termsOf(2) == second


def test_pair_has_one_agreement(world: World, gateway: Contract) -> None:
    terms = world.terms((1, 1))
    world.agree(world.CN, world.KR, terms)
    for first, second, caller in (
        (world.cn, world.kr, world.link_cn),
        (world.kr, world.cn, world.link_kr),
    ):
        with refused("AgreementExists", first, second):
            gateway.proposeAgreement(first, second, terms, world.ABSENT, by=caller)
    with refused("AgreementExists", world.cn, world.cn):
        gateway.proposeAgreement(world.cn, world.cn, terms, terms, by=world.link_cn)
    with refused("AgreementAlreadyAccepted", 1):
        gateway.acceptAgreement(1, terms, world.ABSENT, by=world.link_kr)
    assert world.agree(world.CN, world.JP, terms) == (4, 5)


def test_one_way_link(world: World, gateway: Contract) -> None:
    out, back = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.kr, world.alice, world.KR.allowance, 10)
    assert gateway.quote(back, world.KR.allowance, 10).restriction == Restriction.LINK_UNKNOWN
    with refused("LinkUnknown", back):
        world.cross(back, world.alice, world.KR.allowance, 10, world.bob)
    world.give(world.cn, world.alice, CEA, 10)
    world.cross(out, world.alice, CEA, 10, world.bob)
    world.amend(back, world.KR, world.CN, world.terms((1, 2)))  # later, the other way opens
    world.cross(back, world.alice, world.KR.allowance, 10, world.bob)


def test_agreement_without_a_direction_is_refused(world: World) -> None:
    with refused("TermsInvalid", "at least one direction needs a rate"):
        propose(world, world.ABSENT, world.ABSENT)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (1, 0, "the rate's denominator must not be zero"),
        (7, 2**39, "the first day must not be after the last"),
        (10, 0, "the quota period must have a length"),
        (9, 2**38, "the quota period must start by the first day"),
        (12, 2101, "the first vintage must not be after the last"),
        (11, 0, "at least one unit type must be eligible"),
        (3, 10_001, "a share of the cap is at most 10,000 basis points"),
        (14, [text32("forestry")] * 9, "at most 8 categories and 8 regions"),
        (15, [text32("CN-FJ")] * 9, "at most 8 categories and 8 regions"),
    ],
)
def test_terms_that_make_no_sense_are_refused(
    world: World, gateway: Contract, field: int, value: object, reason: str
) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    terms: list[object] = list(world.terms((1, 1)))
    terms[field] = value
    with refused("TermsInvalid", reason):
        gateway.proposeAgreement(world.cn, world.jp, tuple(terms), world.ABSENT, by=world.link_cn)
    with refused("TermsInvalid", reason):
        gateway.proposeAgreement(world.cn, world.jp, world.ABSENT, tuple(terms), by=world.link_cn)
    with refused("TermsInvalid", reason):
        gateway.proposeTerms(link, tuple(terms), by=world.link_cn)


# ---- amending -----------------------------------------------------------------------------


def test_either_side_proposes_and_the_other_accepts(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    for version, (proposer, accepter) in enumerate(
        [(world.CN, world.KR), (world.KR, world.CN)], start=2
    ):
        terms = world.terms((version, 7))
        receipt = gateway.proposeTerms(link, terms, by=proposer.link_administrator)
        assert receipt.event("TermsProposed")[:3] == (link, version, terms)
        with refused("NotLinkAdministrator", proposer.proposals, accepter.registry):
            gateway.acceptTerms(link, version, terms, by=proposer.link_administrator)
        receipt = gateway.acceptTerms(link, version, terms, by=accepter.link_administrator)
        speaker = accepter.proposals.address
        assert receipt.event("TermsInForce") == (link, version, terms, speaker)
        assert gateway.termsOf(link) == terms


def test_terms_are_accepted_as_they_were_read(world: World, gateway: Contract) -> None:
    """A proposal replaced while its acceptance was on the way is not accepted unseen."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    read, slipped_in = world.terms((2, 3)), world.terms((9, 1))
    gateway.proposeTerms(link, read, by=world.link_cn)
    gateway.proposeTerms(link, slipped_in, by=world.link_cn)
    with refused("TermsNotProposed", link, 2):
        gateway.acceptTerms(link, 2, read, by=world.link_kr)


def test_terms_that_nobody_proposed_are_refused(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    terms = world.terms((2, 3))
    with refused("TermsNotProposed", link, 2):
        gateway.acceptTerms(link, 2, world.ABSENT, by=world.link_cn)
    gateway.proposeTerms(link, terms, by=world.link_cn)
    for version in (0, 1, 3):
        with refused("TermsNotProposed", link, version):
            gateway.acceptTerms(link, version, terms, by=world.link_kr)
    gateway.lowerQuota(
        link, 5, by=world.link_kr
    )  # whatever was proposed, was so against older terms
    with refused("TermsNotProposed", link, 3):
        gateway.acceptTerms(link, 3, terms, by=world.link_kr)
    for unknown in (0, 1, 4, 99):
        with refused("LinkUnknown", unknown):
            gateway.proposeTerms(unknown, terms, by=world.link_cn)


# ---- quotas and suspension ----------------------------------------------------------------


def test_destination_lowers_its_quota_alone(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100))
    with refused("NotLinkAdministrator", world.link_cn, world.kr):
        gateway.lowerQuota(link, 99, by=world.link_cn)
    for quota in (100, 101):
        with refused("QuotaNotLowered", link, 100, quota):
            gateway.lowerQuota(link, quota, by=world.link_kr)
    receipt = gateway.lowerQuota(link, 40, by=world.link_kr)
    assert receipt.event("TermsInForce")[:3] == (link, 2, world.terms((1, 1), quota=40))
    assert gateway.quote(link, CEA, 10).quota == 40


@pytest.mark.parametrize("side", ["CN", "KR"])
def test_suspension_stops_transfers_at_once(world: World, gateway: Contract, side: str) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(link, world.alice, CEA, 50, world.bob)
    p = getattr(world, side)
    caller, registry = p.link_administrator, p.registry.address
    receipt = gateway.suspend(link, by=caller)
    assert receipt.event("LinkSuspended") == (link, registry, caller)
    assert gateway.quote(link, CEA, 10).restriction == Restriction.LINK_SUSPENDED
    with refused("LinkIsSuspended", link):
        world.cross(link, world.alice, CEA, 10, world.bob)
    # What is abroad can be used and can come home.
    foreign = gateway.lotOf(1)[0].foreignClass
    world.kr.surrender(world.bob, foreign, 10, [], 2025, by=world.bob)
    world.kr.retire(world.bob, foreign, 10, [], NOTHING, by=world.bob)
    gateway.returnUnits(world.kr, foreign, 10, [], world.alice, 10, by=world.bob)
    resumed = gateway.resume(link, by=caller).event("LinkResumed")
    assert resumed == (link, registry, p.proposals.address)  # that takes two
    world.cross(link, world.alice, CEA, 10, world.bob)


def test_each_side_takes_back_its_own_suspension_only(world: World, gateway: Contract) -> None:
    link, back = world.agree(world.CN, world.KR, world.terms((1, 1)), world.terms((1, 1)))
    gateway.suspend(link, by=world.link_cn)
    gateway.suspend(link, by=world.link_kr)
    assert gateway.linkOf(link).suspendedBy == 3
    gateway.resume(link, by=world.link_cn)
    with refused("LinkIsSuspended", link):
        world.cross(link, world.alice, CEA, 10, world.bob)
    gateway.resume(link, by=world.link_kr)
    assert (gateway.linkOf(link).suspendedBy, gateway.linkOf(back).suspendedBy) == (0, 0)
    with refused("NotLinkAdministrator", world.link_jp, world.kr):
        gateway.suspend(link, by=world.link_jp)


def test_link_is_open_from_its_first_to_its_last_second(world: World, gateway: Contract) -> None:
    now = world.chain.time
    terms = world.terms((1, 1), since=now + 1000, until=now + 2000, period_start=now)
    link, _ = world.agree(world.CN, world.KR, terms)
    world.give(world.cn, world.alice, CEA, 100)
    assert gateway.quote(link, CEA, 10).restriction == Restriction.LINK_NOT_STARTED
    with refused("LinkNotStarted", link, now + 1000):
        world.cross(link, world.alice, CEA, 10, world.bob)
    for moment in (now + 1000, now + 2000):
        world.chain.rpc("evm_setNextBlockTimestamp", hex(moment))
        world.cross(link, world.alice, CEA, 10, world.bob)
    world.chain.rpc("evm_setNextBlockTimestamp", hex(now + 2001))
    world.chain.rpc("evm_mine")
    assert gateway.quote(link, CEA, 10).restriction == Restriction.LINK_EXPIRED
    with refused("LinkExpired", link, now + 2000):
        world.cross(link, world.alice, CEA, 10, world.bob)


# ---- eligibility --------------------------------------------------------------------------


def test_only_agreed_types_and_vintages_cross(world: World, gateway: Contract) -> None:
    credits_only = world.terms((1, 1), unit_types=1 << UnitType.CREDIT, vintages=(2020, 2024))
    link, _ = world.agree(world.CN, world.KR, credits_only)
    classes = {
        (unit_type, vintage): world.define(
            world.cn, f"X{unit_type}-{vintage}", unit_type=unit_type, vintage=vintage
        )
        for unit_type in (UnitType.ALLOWANCE, UnitType.CREDIT)
        for vintage in (2019, 2020, 2024, 2025)
    }
    for (unit_type, vintage), unit_class in classes.items():
        eligible = unit_type == UnitType.CREDIT and 2020 <= vintage <= 2024
        restriction = gateway.quote(link, unit_class, 10).restriction
        assert (restriction == Restriction.CLASS_NOT_ELIGIBLE) is not eligible
        if eligible:
            world.credits(world.cn, world.alice, unit_class, 10)
            world.cross(link, world.alice, unit_class, 10, world.bob)
        else:
            with refused("ClassNotEligible", link, unit_class):
                world.cross(link, world.alice, unit_class, 10, world.bob)


def test_unknown_class_does_not_cross(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    assert gateway.quote(link, 7, 10).restriction == Restriction.CLASS_NOT_ELIGIBLE
    with refused("ClassNotEligible", link, 7):
        world.cross(link, world.alice, 7, 10, world.bob)


def test_foreign_units_are_never_passed_on(world: World, gateway: Contract) -> None:
    every_type = world.terms((1, 1), unit_types=0xFF)
    out, back = world.agree(world.CN, world.KR, every_type, every_type)
    onward, _ = world.agree(world.KR, world.JP, every_type)
    world.give(world.cn, world.alice, CEA, 10)
    world.cross(out, world.alice, CEA, 10, world.bob)
    foreign = gateway.lotOf(1)[0].foreignClass
    for link in (back, onward):
        assert gateway.quote(link, foreign, 10).restriction == Restriction.CLASS_NOT_ELIGIBLE
        with refused("ClassNotEligible", link, foreign):
            world.cross(link, world.bob, foreign, 10, world.bob)


def test_quota_periods_begin_anew(world: World, gateway: Contract) -> None:
    """Invariant 8."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 2), quota=10))
    world.give(world.cn, world.alice, CEA, 100)
    receipt = world.cross(link, world.alice, CEA, 12, world.bob)
    start = world.start - 1000
    assert receipt.event("QuotaUsed") == (link, start, 6, 10)
    assert gateway.quote(link, CEA, 10)[:7] == (1, 10, 5, 10, 6, start, Restriction.QUOTA_EXCEEDED)
    with refused("QuotaExceeded", link, 5, 4):
        world.cross(link, world.alice, CEA, 10, world.bob)
    world.cross(link, world.alice, CEA, 9, world.bob)  # 4: exactly the rest
    with refused("QuotaExceeded", link, 1, 0):
        world.cross(link, world.alice, CEA, 2, world.bob)
    gateway.returnUnits(
        world.kr, gateway.lotOf(1)[0].foreignClass, 4, [], world.alice, 0, by=world.bob
    )
    with refused("QuotaExceeded", link, 1, 0):  # a return gives no quota back
        world.cross(link, world.alice, CEA, 2, world.bob)
    world.chain.advance(YEAR)
    receipt = world.cross(link, world.alice, CEA, 20, world.bob)
    assert receipt.event("QuotaUsed") == (link, start + YEAR, 10, 10)
    assert gateway.quotaUsed(link, start) == 10


def test_quota_lowered_below_what_is_used_stops_imports(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100))
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(link, world.alice, CEA, 50, world.bob)
    gateway.lowerQuota(link, 20, by=world.link_kr)
    with refused("TermsStale", link, 1, 2):
        world.cross(link, world.alice, CEA, 1, world.bob, version=1)
    with refused("QuotaExceeded", link, 1, 0):
        world.cross(link, world.alice, CEA, 1, world.bob)
    world.chain.advance(YEAR)
    world.cross(link, world.alice, CEA, 20, world.bob)
