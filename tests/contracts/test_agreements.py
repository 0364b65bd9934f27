"""Link agreements and their terms: proposing, accepting, amending, and who may do so."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, Receipt, refused, text32
from tests.contracts.actors import CEA, World
from tests.contracts.crossing import changed, refuse_terms
from tests.contracts.desks import DAY
from tests.contracts.words import Restriction, Test, condition

LARGEST_TIME = 2**40 - 1
MAX_NOTICE = 730 * DAY
FORESTRY = condition("kind", Test.ANY_OF, "forestry")


def propose(world: World, forward: tuple[Any, ...], backward: tuple[Any, ...]) -> Receipt:
    consent = world.consent(world.KR)
    return world.gateway.proposeAgreement(world.cn, consent, forward, backward, by=world.link_cn)  # type: ignore[no-any-return]


def accept(world: World, agreement: int, *terms: tuple[Any, ...], by: str | None = None) -> Receipt:
    consent = world.consent(world.CN)
    return world.gateway.acceptAgreement(agreement, consent, *terms, by=by or world.link_kr)  # type: ignore[no-any-return]


# ---- agreements ---------------------------------------------------------------------------


def test_agreement_needs_both_sides(world: World, gateway: Contract) -> None:
    forward, backward = world.terms((2, 3)), world.terms((3, 2))
    receipt = propose(world, forward, backward)
    china = world.CN.proposals.address  # two of its people spoke
    edition = gateway.editionOf(world.kr)
    proposed = (1, world.cn.address, world.kr.address, edition, china)
    assert receipt.event("AgreementProposed") == proposed
    deadline = world.chain.time + 90 * DAY
    assert [event.args for event in receipt.events("TermsProposed")] == [
        (2, 1, forward, world.cn.address, deadline, china),
        (3, 1, backward, world.cn.address, deadline, china),
    ]
    assert gateway.linkOf(2) == (world.cn.address, world.kr.address, 0, 0, 0)
    with refused("LinkUnknown", 2):
        world.cross(2, world.alice, CEA, 3, world.bob, version=0)
    receipt = accept(world, 1, forward, backward)
    korea = world.KR.proposals.address  # two of its people spoke
    assert receipt.event("AgreementAccepted") == (1, gateway.editionOf(world.cn), korea)
    in_force = [event.args for event in receipt.events("TermsInForce")]
    assert in_force == [(2, 1, forward, korea, korea), (3, 1, backward, korea, korea)]
    assert gateway.linkOf(2) == (world.cn.address, world.kr.address, 1, 0, 0)
    assert gateway.linkOf(3) == (world.kr.address, world.cn.address, 1, 0, 0)
    assert (gateway.termsOf(2), gateway.termsOf(3)) == (forward, backward)


def test_agreement_is_accepted_by_the_other_side_as_it_was_proposed(
    world: World, gateway: Contract
) -> None:
    forward, backward = world.terms((2, 3)), world.terms((3, 2))
    propose(world, forward, backward)
    for other in (world.CN, world.JP):
        with refused("NotLinkAdministrator", other.proposals, world.kr):
            accept(world, 1, forward, backward, by=other.link_administrator)
    with refused("TermsNotProposed", 2, 1):
        accept(world, 1, world.terms((2, 4)), backward)
    with refused("TermsNotProposed", 3, 1):
        accept(world, 1, forward, world.ABSENT)
    for unknown in (0, 2):
        with refused("AgreementUnknown", unknown):
            accept(world, unknown, forward, backward)


def test_proposal_not_yet_accepted_can_be_replaced_by_its_proposer(
    world: World, gateway: Contract
) -> None:
    first, second = world.terms((2, 3)), world.terms((1, 2))
    propose(world, first, world.ABSENT)
    propose(world, second, world.ABSENT)
    assert gateway.agreementCount() == 1
    with refused("TermsNotProposed", 2, 1):
        accept(world, 1, first, world.ABSENT)
    consent = world.consent(world.CN)
    with refused("AgreementExists", world.kr, world.cn):
        gateway.proposeAgreement(world.kr, consent, first, world.ABSENT, by=world.link_kr)
    accept(world, 1, second, world.ABSENT)
    assert gateway.termsOf(2) == second


def test_pair_has_one_agreement(world: World, gateway: Contract) -> None:
    terms = world.terms((1, 1))
    world.agree(world.CN, world.KR, terms)
    for first, second in ((world.CN, world.KR), (world.KR, world.CN)):
        pair = (first.registry, world.consent(second))
        with refused("AgreementExists", first.registry, second.registry):
            gateway.proposeAgreement(*pair, terms, world.ABSENT, by=first.link_administrator)
    with refused("SameRegistry", world.cn):
        consent = world.consent(world.CN)
        gateway.proposeAgreement(world.cn, consent, terms, terms, by=world.link_cn)
    with refused("AgreementAlreadyAccepted", 1):
        accept(world, 1, terms, world.ABSENT)
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


# ---- terms that make no sense -------------------------------------------------------------

ONE_VALUE = [text32("forestry")]
INVALID = [
    ("rateDenominator", 0, "the rate's denominator must not be zero"),
    ("validFrom", LARGEST_TIME, "the first day must not be after the last"),
    ("notice", MAX_NOTICE + 1, "the notice is at most two years"),
    ("vintageFrom", 2101, "the first vintage must not be after the last"),
    ("quotaShare", 10_001, "a share of the cap is at most 10,000 basis points"),
    ("unitTypes", 0, "at least one unit type must be eligible"),
    *(
        ("conditions", conditions, "at most 8 conditions, each with its values")
        for conditions in (
            [FORESTRY] * 9,
            [(text32(""), Test.ANY_OF, ONE_VALUE)],
            [(text32("kind"), Test.ANY_OF, [])],
            [(text32("kind"), Test.NONE_OF, ONE_VALUE * 33)],
            [(text32("started"), Test.AT_LEAST, ONE_VALUE * 2)],
            [(text32("started"), Test.AT_MOST, ONE_VALUE * 2)],
        )
    ),
]


@pytest.mark.parametrize(
    ("field", "value", "reason"), INVALID, ids=[f"{f}-{i}" for i, (f, *_) in enumerate(INVALID)]
)
def test_terms_that_make_no_sense_are_refused(
    world: World, gateway: Contract, field: str, value: Any, reason: str
) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    refuse_terms(world, link, changed(world.terms((1, 1)), **{field: value}), reason)


def test_terms_at_every_bound_are_accepted(world: World) -> None:
    most = [condition("kind", Test.ANY_OF, *map(str, range(32)))] * 7
    bounds = changed(
        world.terms((1, 1)),
        notice=MAX_NOTICE,
        quotaShare=10_000,
        quotaClass=world.KR.allowance,
        vintageFrom=2100,
        conditions=[*most, condition("started", Test.AT_LEAST, 20150101)],
    )
    world.agree(world.CN, world.KR, bounds)
    assert world.gateway.termsOf(2) == bounds


# ---- amending -----------------------------------------------------------------------------


def test_either_side_proposes_and_the_other_accepts(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    for version, (proposer, accepter) in enumerate(
        [(world.CN, world.KR), (world.KR, world.CN)], start=2
    ):
        terms, mine, yours = world.terms((version, 7)), proposer.registry, accepter.registry
        receipt = gateway.proposeTerms(link, mine, terms, by=proposer.link_administrator)
        deadline = world.chain.time + 90 * DAY
        desk = proposer.proposals.address
        expected = (link, version, terms, mine.address, deadline, desk)
        assert receipt.event("TermsProposed") == expected
        assert gateway.proposedTermsOf(link) == (terms, mine.address, deadline)
        with refused("NotLinkAdministrator", proposer.proposals, yours):
            gateway.acceptTerms(link, yours, version, terms, by=proposer.link_administrator)
        with refused("TermsNotProposed", link, version):  # to itself
            gateway.acceptTerms(link, mine, version, terms, by=proposer.link_administrator)
        by = accepter.link_administrator
        receipt = gateway.acceptTerms(link, yours, version, terms, by=by)
        desk = accepter.proposals.address
        assert receipt.event("TermsInForce") == (link, version, terms, desk, desk)
        assert gateway.termsOf(link) == terms
        assert gateway.proposedTermsOf(link)[1:] == ("0x" + 40 * "0", 0)


def test_a_third_programme_has_no_say(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    terms, by = world.terms((2, 3)), world.link_jp
    with refused("NotASide", link, world.jp):
        gateway.proposeTerms(link, world.jp, terms, by=by)
    gateway.proposeTerms(link, world.cn, terms, by=world.link_cn)
    with refused("NotASide", link, world.jp):
        gateway.acceptTerms(link, world.jp, 2, terms, by=by)
    with refused("NotLinkAdministrator", world.JP.proposals, world.kr):
        gateway.acceptTerms(link, world.kr, 2, terms, by=by)


def test_terms_are_accepted_as_they_were_read(world: World, gateway: Contract) -> None:
    """A proposal replaced while its acceptance was on the way is not accepted unseen."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    read, slipped_in = world.terms((2, 3)), world.terms((9, 1))
    gateway.proposeTerms(link, world.cn, read, by=world.link_cn)
    gateway.proposeTerms(link, world.cn, slipped_in, by=world.link_cn)
    with refused("TermsNotProposed", link, 2):
        gateway.acceptTerms(link, world.kr, 2, read, by=world.link_kr)


def test_terms_that_nobody_proposed_are_refused(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    terms = world.terms((2, 3))
    with refused("TermsNotProposed", link, 2):
        gateway.acceptTerms(link, world.cn, 2, world.ABSENT, by=world.link_cn)
    gateway.proposeTerms(link, world.cn, terms, by=world.link_cn)
    for version in (0, 1, 3):
        with refused("TermsNotProposed", link, version):
            gateway.acceptTerms(link, world.kr, version, terms, by=world.link_kr)
    # Whatever was proposed, was so against older terms.
    gateway.lowerQuota(link, 5, by=world.link_kr)
    with refused("TermsNotProposed", link, 3):
        gateway.acceptTerms(link, world.kr, 3, terms, by=world.link_kr)
    for unknown in (0, 1, 4, 99):
        with refused("LinkUnknown", unknown):
            gateway.proposeTerms(unknown, world.cn, terms, by=world.link_cn)
