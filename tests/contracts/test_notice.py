"""Terms that wait for their notice, and quotas that are net, or a share of a cap."""

from __future__ import annotations

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, YEAR, World
from tests.contracts.desks import DAY, at
from tests.contracts.words import Restriction

NOTICE = 30 * DAY


def test_accepted_terms_take_effect_by_themselves(world: World, gateway: Contract) -> None:
    before = world.terms((1, 1), quota=100, notice=NOTICE)
    after = world.terms((1, 2), quota=900, notice=DAY)
    link, _ = world.agree(world.CN, world.KR, before)
    gateway.proposeTerms(link, world.kr, after, by=world.link_kr)
    receipt = gateway.acceptTerms(link, world.cn, 2, after, by=world.link_cn)
    effective = world.chain.time + NOTICE
    china = world.CN.proposals.address
    expected = (link, after, effective, china)
    assert receipt.event("TermsAccepted") == expected
    assert receipt.events("TermsInForce") == []
    assert gateway.scheduledTermsOf(link) == (after, effective)
    world.chain.advance(NOTICE - 1 - (world.chain.time - effective + NOTICE))
    assert (gateway.linkOf(link).version, gateway.termsOf(link)) == (1, before)
    world.chain.advance(1)
    assert (gateway.linkOf(link).version, gateway.termsOf(link)) == (2, after)
    assert gateway.quote(link, CEA, 10)[:4] == (2, 10, 5, 900)
    assert gateway.meterOf(link)[1] == 900
    world.give(world.cn, world.alice, CEA, 100)
    receipt = world.cross(link, world.alice, CEA, 10, world.bob)
    # China decided; Alice's transfer was the first that followed them.
    assert receipt.event("TermsInForce") == (link, 2, after, china, world.alice)
    assert gateway.scheduledTermsOf(link) == (world.ABSENT, 0)


def test_a_transfer_names_the_terms_of_its_moment(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), notice=NOTICE))
    world.give(world.cn, world.alice, CEA, 100)
    world.amend(link, world.CN, world.KR, world.terms((1, 2)))
    effective = gateway.scheduledTermsOf(link)[1]
    with refused("TermsStale", link, 2, 1):
        world.cross(link, world.alice, CEA, 10, world.bob, version=2)
    at(world, effective)
    with refused("TermsStale", link, 1, 2):
        world.cross(link, world.alice, CEA, 10, world.bob, version=1)


def test_terms_proposed_when_others_just_took_effect_are_not_lost(
    world: World, gateway: Contract
) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), notice=DAY))
    world.amend(link, world.CN, world.KR, world.terms((1, 2)))
    world.chain.advance(DAY)
    third = world.terms((1, 3))
    receipt = gateway.proposeTerms(link, world.kr, third, by=world.link_kr)
    assert receipt.event("TermsProposed")[:2] == (link, 3)
    gateway.acceptTerms(link, world.cn, 3, third, by=world.link_cn)
    assert (gateway.linkOf(link).version, gateway.termsOf(link)) == (3, third)


def test_a_lowered_quota_lowers_what_waits_too(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100, notice=NOTICE))
    world.amend(
        link, world.CN, world.KR, world.terms((1, 1), quota=500, share=(50, world.KR.allowance))
    )
    receipt = gateway.lowerQuota(link, 40, by=world.link_kr)
    assert receipt.event("WaitingQuotaLowered") == (link, 40, world.link_kr)
    assert gateway.termsOf(link).quota == 40
    world.chain.advance(NOTICE)
    terms = gateway.termsOf(link)
    assert (gateway.linkOf(link).version, terms.quota, terms.quotaShare) == (3, 40, 0)


def test_a_lower_quota_that_waits_stays_as_it_is(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100, notice=NOTICE))
    world.amend(link, world.CN, world.KR, world.terms((1, 1), quota=30))
    receipt = gateway.lowerQuota(link, 40, by=world.link_kr)
    assert receipt.events("WaitingQuotaLowered") == []
    world.chain.advance(NOTICE)
    assert gateway.termsOf(link).quota == 30


def test_a_share_that_waits_and_comes_to_as_much_stays_a_share(
    world: World, gateway: Contract
) -> None:
    tiny = world.define(world.kr, "KAU-TINY", cap=400)
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100, notice=NOTICE))
    world.amend(link, world.CN, world.KR, world.terms((1, 1), share=(1_000, tiny)))
    receipt = gateway.lowerQuota(link, 40, by=world.link_kr)
    assert receipt.events("WaitingQuotaLowered") == []
    world.chain.advance(NOTICE)
    assert gateway.termsOf(link)[3:5] == (1_000, tiny)


# ---- kinds of quotas ----------------------------------------------------------------------


def test_a_share_of_the_importers_cap_is_rounded_down(world: World, gateway: Contract) -> None:
    """R-LK-01: basis points of a cap of the destination."""
    tiny = world.define(world.kr, "KAU-TINY", cap=12_345)
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=1, share=(100, tiny)))
    world.give(world.cn, world.alice, CEA, 1000)
    assert gateway.quote(link, CEA, 1).quota == 123
    with refused("QuotaExceeded", link, 124, 123):
        world.cross(link, world.alice, CEA, 124, world.bob)
    world.cross(link, world.alice, CEA, 123, world.bob)
    assert gateway.quote(link, CEA, 1).restriction == Restriction.QUOTA_EXCEEDED
    world.kr.raiseCap(tiny, 12_400, by=world.issuer)
    world.cross(link, world.alice, CEA, 1, world.bob)


@pytest.mark.parametrize("net", [False, True])
def test_units_that_come_home_give_a_net_quota_back(
    world: World, gateway: Contract, net: bool
) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100, net=net))
    world.give(world.cn, world.alice, CEA, 1000)
    world.cross(link, world.alice, CEA, 100, world.bob)
    receipt = gateway.returnUnits(world.kr, FOREIGN_CEA, 60, [], world.alice, 60, by=world.bob)
    start = world.start - 1000
    end = start + YEAR - 1
    used = 40 if net else 100
    assert [tuple(e.args) for e in receipt.events("QuotaUsed")] == (
        [(link, start, end, 40, 100)] if net else []
    )
    assert gateway.meterOf(link) == ((used, start, end), 100)
    with refused("QuotaExceeded", link, 101 - used, 100 - used):
        world.cross(link, world.alice, CEA, 101 - used, world.bob)


def test_a_net_quota_is_given_back_in_the_present_period_only(
    world: World, gateway: Contract
) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100, net=True))
    world.give(world.cn, world.alice, CEA, 1000)
    world.cross(link, world.alice, CEA, 100, world.bob)
    world.chain.advance(YEAR)
    world.cross(link, world.alice, CEA, 10, world.bob)
    receipt = gateway.returnUnits(world.kr, FOREIGN_CEA, 60, [], world.alice, 60, by=world.bob)
    second = (world.start - 1000 + YEAR, world.start - 1000 + 2 * YEAR - 1)
    assert receipt.event("QuotaUsed") == (link, *second, 0, 100)  # and no less
    assert gateway.meterOf(link) == ((0, *second), 100)
