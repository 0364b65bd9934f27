"""Proposed terms grow old, agreements end, and a pair that ended one may agree anew."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from scripts.bench.evm import Contract, Receipt, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, Programme, World
from tests.contracts.crossing import settled, use
from tests.contracts.desks import DAY, at, execute_at
from tests.contracts.words import Restriction, State

LIFE = 90 * DAY  # in which proposed terms can be accepted
NOTICE = 30 * DAY
MAX_NOTICE = 730 * DAY


# ---- proposed terms grow old, and are withdrawn -------------------------------------------


@pytest.mark.parametrize("late", [0, 1])
def test_a_proposed_agreement_is_accepted_within_ninety_days(
    world: World, gateway: Contract, late: int
) -> None:
    terms = (world.terms((1, 1)), world.ABSENT)
    gateway.proposeAgreement(world.cn, world.consent(world.KR), *terms, by=world.link_cn)
    deadline = gateway.proposedTermsOf(2)[2]
    assert deadline == world.chain.time + LIFE
    accept = ("acceptAgreement", 1, world.consent(world.CN), *terms)
    with too_late(late, "TermsNotProposed", 2, 1):
        execute_at(world, deadline + late, world.KR, gateway, *accept, by=world.link_kr)
    assert gateway.linkOf(2).version == 1 - late


@pytest.mark.parametrize("late", [0, 1])
def test_proposed_terms_are_accepted_within_ninety_days(
    world: World, gateway: Contract, late: int
) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    terms = world.terms((1, 2))
    gateway.proposeTerms(link, world.cn, terms, by=world.link_cn)
    deadline = gateway.proposedTermsOf(link)[2]
    accept = ("acceptTerms", link, world.kr, 2, terms)
    with too_late(late, "TermsNotProposed", link, 2):
        execute_at(world, deadline + late, world.KR, gateway, *accept, by=world.link_kr)
    assert gateway.linkOf(link).version == 2 - late


def too_late(late: int, *refusal: Any) -> AbstractContextManager[None]:
    """Whatever is late is refused like that."""
    return refused(*refusal) if late else nullcontext()


def test_after_an_expired_proposal_the_other_side_may_propose(
    world: World, gateway: Contract
) -> None:
    """Under a number of its own, and the old one is never accepted any more."""
    terms = (world.terms((1, 1)), world.ABSENT)
    gateway.proposeAgreement(world.cn, world.consent(world.KR), *terms, by=world.link_cn)
    deadline = gateway.proposedTermsOf(2)[2]
    call = ("proposeAgreement", world.kr, world.consent(world.CN), *terms)
    with world.chain.restored(), refused("AgreementExists", world.kr, world.cn):
        execute_at(world, deadline, world.KR, gateway, *call, by=world.link_kr)
    execute_at(world, deadline + 1, world.KR, gateway, *call, by=world.link_kr)
    assert gateway.agreementCount() == 2
    with refused("TermsNotProposed", 2, 1):
        gateway.acceptAgreement(1, world.consent(world.CN), *terms, by=world.link_kr)
    gateway.acceptAgreement(2, world.consent(world.KR), *terms, by=world.link_cn)
    assert gateway.linkOf(4) == (world.kr.address, world.cn.address, 1, 0, 0)


def test_a_proposal_is_withdrawn_by_its_side_alone(world: World, gateway: Contract) -> None:
    link, back = world.agree(world.CN, world.KR, world.terms((1, 1)), world.terms((1, 1)))
    terms = world.terms((1, 2))
    gateway.proposeTerms(link, world.cn, terms, by=world.link_cn)
    for registry, by in ((world.kr, world.link_kr), (world.jp, world.link_jp)):
        with refused("TermsNotProposed", link, 0):  # theirs
            gateway.withdrawTerms(link, registry, by=by)
        with refused("NotLinkAdministrator", by, world.cn):
            gateway.withdrawTerms(link, world.cn, by=by)
    with refused("TermsNotProposed", back, 0):
        gateway.withdrawTerms(back, world.cn, by=world.link_cn)
    receipt = gateway.withdrawTerms(link, world.cn, by=world.link_cn)
    assert receipt.event("TermsWithdrawn") == (link, world.cn.address, world.link_cn)
    assert gateway.proposedTermsOf(link)[2] == 0
    with refused("TermsNotProposed", link, 2):
        gateway.acceptTerms(link, world.kr, 2, terms, by=world.link_kr)
    with refused("TermsNotProposed", link, 0):
        gateway.withdrawTerms(link, world.cn, by=world.link_cn)


def test_a_withdrawn_agreement_is_not_accepted(world: World, gateway: Contract) -> None:
    terms = (world.terms((1, 1)), world.terms((1, 1)))
    gateway.proposeAgreement(world.cn, world.consent(world.KR), *terms, by=world.link_cn)
    gateway.withdrawTerms(2, world.cn, by=world.link_cn)
    with refused("TermsNotProposed", 2, 1):
        gateway.acceptAgreement(1, world.consent(world.CN), *terms, by=world.link_kr)
    consent = world.consent(world.CN)  # the other side need not wait until it would have expired
    gateway.proposeAgreement(world.kr, consent, *terms, by=world.link_kr)
    assert gateway.agreementCount() == 2


# ---- agreements end -----------------------------------------------------------------------


@pytest.fixture
def ending(world: World) -> None:
    """CN to KR with a notice of 30 days, back with one of 60; Bob has ten units of CN in KR."""
    there, back = world.terms((1, 1), notice=NOTICE), world.terms((1, 1), notice=2 * NOTICE)
    world.agree(world.CN, world.KR, there, back)
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(2, world.alice, CEA, 10, world.bob)


def end(world: World, p: Programme, agreement: int = 1) -> Receipt:
    by = p.link_administrator
    return world.gateway.endAgreement(agreement, p.registry, by=by)  # type: ignore[no-any-return]


@pytest.mark.parametrize("side", ["CN", "KR"])
def test_one_side_ends_it_after_the_longer_notice(
    world: World, gateway: Contract, ending: None, side: str
) -> None:
    p = getattr(world, side)
    receipt = end(world, p)
    over = world.chain.time + 2 * NOTICE
    expected = (1, p.registry.address, over, p.proposals.address)
    assert receipt.event("AgreementEnding") == expected
    with refused("AlreadyEnding", 1, over):
        end(world, p)
    at(world, over - 1)
    world.cross(2, world.alice, CEA, 1, world.bob)
    at(world, over)
    with refused("AgreementEnded", 1, over):
        world.cross(2, world.alice, CEA, 1, world.bob)
    assert gateway.quote(2, CEA, 1).restriction == Restriction.AGREEMENT_ENDED
    assert gateway.linkOf(2).endsAt == gateway.linkOf(3).endsAt == over


def test_both_sides_end_it_at_once(world: World, gateway: Contract, ending: None) -> None:
    end(world, world.CN)
    receipt = end(world, world.KR)
    now = world.chain.time
    assert receipt.event("AgreementEnding").endsAt == now
    with refused("AgreementEnded", 1, now):
        world.cross(2, world.alice, CEA, 1, world.bob)
    for p in (world.CN, world.KR):
        with refused("AgreementEnded", 1, now):
            end(world, p)


def test_terms_agreed_on_meanwhile_do_not_move_the_end(
    world: World, gateway: Contract, ending: None
) -> None:
    end(world, world.CN)
    over = gateway.linkOf(2).endsAt
    world.amend(2, world.CN, world.KR, world.terms((1, 1), notice=MAX_NOTICE))
    world.chain.advance(NOTICE)
    assert gateway.termsOf(2).notice == MAX_NOTICE
    assert gateway.linkOf(2).endsAt == over


def test_who_ends_it(world: World, gateway: Contract, ending: None) -> None:
    with refused("NotLinkAdministrator", world.CN.proposals, world.kr):
        gateway.endAgreement(1, world.kr, by=world.link_cn)
    with refused("NotASide", 2, world.jp):
        gateway.endAgreement(1, world.jp, by=world.link_jp)
    for unknown in (0, 2):
        with refused("AgreementUnknown", unknown):
            end(world, world.CN, unknown)
    terms = (world.terms((1, 1)), world.ABSENT)
    gateway.proposeAgreement(world.cn, world.consent(world.JP), *terms, by=world.link_cn)
    with refused("AgreementUnknown", 2):  # not accepted yet
        end(world, world.CN, 2)


def test_an_ended_agreement_is_not_amended(world: World, gateway: Contract, ending: None) -> None:
    waiting = world.terms((1, 2), notice=NOTICE)
    gateway.proposeTerms(2, world.cn, waiting, by=world.link_cn)
    end(world, world.CN)
    end(world, world.KR)
    over = world.chain.time
    with refused("AgreementEnded", 1, over):
        gateway.acceptTerms(2, world.kr, 2, waiting, by=world.link_kr)
    with refused("AgreementEnded", 1, over):
        gateway.proposeTerms(2, world.kr, waiting, by=world.link_kr)


def test_units_of_an_ended_agreement_come_home_and_are_used(
    world: World, gateway: Contract, ending: None
) -> None:
    end(world, world.CN)
    end(world, world.KR)
    home = (world.kr, FOREIGN_CEA, 4, [], world.alice, 4)
    assert settled(gateway.returnUnits(*home, by=world.bob)) == [(97, 4, State.HELD)]
    assert settled(use(world, world.bob, "surrender", 6)) == [(91, 6, State.SURRENDERED)]


def test_the_pair_agrees_anew_and_old_lots_still_come_home(
    world: World, gateway: Contract, ending: None
) -> None:
    """Under a new number, with a meter of its own, and each lot at its own rate."""
    end(world, world.CN)
    consent, terms = world.consent(world.CN), (world.terms((1, 1)), world.terms((1, 2), quota=20))
    with refused("AgreementExists", world.kr, world.cn):  # until the first has ended
        gateway.proposeAgreement(world.kr, consent, *terms, by=world.link_kr)
    world.chain.advance(2 * NOTICE)
    assert world.agree(world.KR, world.CN, *terms) == (4, 5)
    world.cross(5, world.alice, CEA, 40, world.bob)
    assert gateway.meterOf(5)[0].used == 20
    assert gateway.foreignClassOf(world.kr, world.cn, CEA) == (FOREIGN_CEA, 1)
    assert [gateway.lotAt(world.kr, FOREIGN_CEA, serial) for serial in (10, 11)] == [1, 2]
    home = (world.kr, FOREIGN_CEA, 30, [], world.alice, 50)
    assert settled(gateway.returnUnits(*home, by=world.bob)) == [
        (51, 40, State.HELD),
        (91, 10, State.HELD),
    ]
    assert world.cn.totalsOf(CEA).escrowed == 0
    with refused("AgreementEnded", 1, gateway.linkOf(2).endsAt):
        world.cross(2, world.alice, CEA, 1, world.bob)


# ---- absent terms -------------------------------------------------------------------------


def test_units_come_home_over_a_direction_that_is_absent(world: World, gateway: Contract) -> None:
    """Net terms were in force before, and their quota is nobody's business any more."""
    link, back = world.agree(world.CN, world.KR, world.terms((1, 1), net=True), world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(link, world.alice, CEA, 10, world.bob)
    world.amend(link, world.CN, world.KR, world.ABSENT)
    with refused("LinkUnknown", link):
        world.cross(link, world.alice, CEA, 1, world.bob)
    home = (world.kr, FOREIGN_CEA, 10, [], world.alice, 10)
    receipt = gateway.returnUnits(*home, by=world.bob)
    assert settled(receipt) == [(91, 10, State.HELD)]
    assert receipt.events("QuotaUsed") == []
    assert gateway.meterOf(link)[1] == 0
    assert gateway.termsOf(back) == world.terms((1, 1))
