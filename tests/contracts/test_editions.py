"""A registry whose code is succeeded stands still towards each partner that has not accepted it."""

from __future__ import annotations

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, FOREIGN_KAU, KAU, World
from tests.contracts.crossing import go_home, settled, use
from tests.contracts.editions import as_second, edition_hash, second_registry, succeed
from tests.contracts.hostile import XAU, hostile
from tests.contracts.words import NOTHING, Restriction, State


@pytest.fixture
def linked(world: World) -> None:
    """CN and KR are linked both ways (2 and 3), CN and JP one way (4). Ten units went each way."""
    both = (world.terms((1, 1)), world.terms((1, 1)))
    world.agree(world.CN, world.KR, *both)
    world.agree(world.CN, world.JP, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 100)
    world.give(world.kr, world.bob, KAU, 100)
    world.cross(2, world.alice, CEA, 10, world.bob)
    world.cross(3, world.bob, KAU, 10, world.alice)


@pytest.fixture
def edition(world: World, linked: None) -> Contract:
    return second_registry(world)


def test_an_edition_is_named_by_the_code_of_the_address_and_of_what_it_runs(
    world: World, gateway: Contract, edition: Contract
) -> None:
    first = edition_hash(world, world.cn, world.editions.registry_code)
    korea = edition_hash(world, world.kr, world.editions.registry_code)
    assert (gateway.editionOf(world.cn), gateway.editionOf(world.kr)) == (first, korea)
    assert first != korea  # whose keeper is another: that is in the address's own code
    assert gateway.isEditionAccepted(1, world.cn, first)
    second = edition_hash(world, world.cn, edition)
    assert not gateway.isEditionAccepted(1, world.cn, second)
    succeed(world, world.CN, world.cn, edition)
    assert (gateway.editionOf(world.cn), gateway.editionOf(world.kr)) == (second, korea)


def test_a_succeeded_registry_keeps_what_it_had_and_does_more(
    world: World, gateway: Contract, edition: Contract
) -> None:
    totals, blocks = world.cn.totalsOf(CEA), world.cn.blocksOf(CEA, world.alice, 0, 9)
    with refused(""):
        as_second(world.cn).edition()
    receipt = succeed(world, world.CN, world.cn, edition)
    assert receipt.event("Upgraded") == (edition.address,)
    assert (as_second(world.cn).edition(), world.cn.implementation()) == (2, edition.address)
    assert (world.cn.totalsOf(CEA), world.cn.blocksOf(CEA, world.alice, 0, 9)) == (totals, blocks)
    world.cn.safeTransferFrom(world.alice, world.carol, CEA, 5, b"", by=world.alice)
    assert world.cn.balanceOf(world.carol, CEA) == 5


def test_nothing_crosses_until_the_partner_accepts(
    world: World, gateway: Contract, edition: Contract
) -> None:
    succeed(world, world.CN, world.cn, edition)
    second = gateway.editionOf(world.cn)
    crossings = [(2, world.alice, CEA, world.bob), (3, world.bob, KAU, world.alice)]
    for link, sender, unit_class, recipient in crossings:
        quoted = gateway.quote(link, unit_class, 1, sender, recipient)
        assert quoted.restriction == Restriction.EDITION_NOT_ACCEPTED
        with refused("EditionNotAccepted", link, world.cn, second):
            world.cross(link, sender, unit_class, 1, recipient)
    receipt = gateway.acceptEdition(1, world.kr, second, by=world.link_kr)
    expected = (1, world.cn.address, second, world.KR.proposals.address)
    assert receipt.event("EditionAccepted") == expected
    for link, sender, unit_class, recipient in crossings:
        world.cross(link, sender, unit_class, 1, recipient)


def test_each_partner_decides_for_itself(
    world: World, gateway: Contract, edition: Contract
) -> None:
    succeed(world, world.CN, world.cn, edition)
    second = gateway.editionOf(world.cn)
    gateway.acceptEdition(1, world.kr, second, by=world.link_kr)
    world.cross(2, world.alice, CEA, 1, world.bob)
    with refused("EditionNotAccepted", 4, world.cn, second):
        world.cross(4, world.alice, CEA, 1, world.bob)
    gateway.acceptEdition(2, world.jp, second, by=world.link_jp)
    world.cross(4, world.alice, CEA, 1, world.bob)


def test_meanwhile_units_come_home_and_are_used(
    world: World, gateway: Contract, edition: Contract
) -> None:
    succeed(world, world.CN, world.cn, edition)
    assert settled(go_home(world, world.bob, 4, accepted=4)) == [(97, 4, State.HELD)]
    assert settled(use(world, world.bob, "surrender", 6)) == [(91, 6, State.SURRENDERED)]
    home = (world.cn, FOREIGN_KAU, 5, [], world.bob, 5)
    assert settled(gateway.returnUnits(*home, by=world.alice)) == [(96, 5, State.HELD)]
    used = world.cn.retire(world.alice, FOREIGN_KAU, 5, [], NOTHING, NOTHING, by=world.alice)
    assert settled(used) == [(91, 5, State.RETIRED)]


def test_an_edition_can_be_accepted_in_advance(
    world: World, gateway: Contract, edition: Contract
) -> None:
    second = edition_hash(world, world.cn, edition)
    gateway.acceptEdition(1, world.kr, second, by=world.link_kr)
    world.cross(2, world.alice, CEA, 1, world.bob)  # the first still runs
    succeed(world, world.CN, world.cn, edition)
    world.cross(2, world.alice, CEA, 1, world.bob)


def test_an_edition_once_accepted_may_come_back(
    world: World, gateway: Contract, edition: Contract
) -> None:
    succeed(world, world.CN, world.cn, edition)
    succeed(world, world.CN, world.cn, world.editions.registry_code)
    world.cross(2, world.alice, CEA, 1, world.bob)


def test_only_the_counterparty_accepts(world: World, gateway: Contract, edition: Contract) -> None:
    succeed(world, world.CN, world.cn, edition)
    second = gateway.editionOf(world.cn)
    gateway.acceptEdition(1, world.cn, second, by=world.link_cn)  # that KR may run it
    assert gateway.isEditionAccepted(1, world.kr, second)
    with refused("EditionNotAccepted", 2, world.cn, second):
        world.cross(2, world.alice, CEA, 1, world.bob)
    with refused("NotLinkAdministrator", world.CN.proposals, world.kr):
        gateway.acceptEdition(1, world.kr, second, by=world.link_cn)
    with refused("NotASide", 2, world.jp):
        gateway.acceptEdition(1, world.jp, second, by=world.link_jp)
    for unknown in (0, 3):
        with refused("AgreementUnknown", unknown):
            gateway.acceptEdition(unknown, world.cn, second, by=world.link_cn)


def test_an_agreement_not_yet_accepted_accepts_no_editions(world: World, gateway: Contract) -> None:
    terms = (world.terms((1, 1)), world.ABSENT)
    gateway.proposeAgreement(world.cn, world.consent(world.KR), *terms, by=world.link_cn)
    with refused("AgreementUnknown", 1):
        gateway.acceptEdition(1, world.kr, NOTHING, by=world.link_kr)


def test_what_the_first_side_consented_to_is_what_counts(world: World, gateway: Contract) -> None:
    """KR changed its code between CN's proposal and its own acceptance."""
    terms = (world.terms((1, 1)), world.ABSENT)
    gateway.proposeAgreement(world.cn, world.consent(world.KR), *terms, by=world.link_cn)
    succeed(world, world.KR, world.kr, second_registry(world))
    gateway.acceptAgreement(1, world.consent(world.CN), *terms, by=world.link_kr)
    world.give(world.cn, world.alice, CEA, 10)
    second = gateway.editionOf(world.kr)
    with refused("EditionNotAccepted", 2, world.kr, second):
        world.cross(2, world.alice, CEA, 10, world.bob)
    gateway.acceptEdition(1, world.cn, second, by=world.link_cn)
    world.cross(2, world.alice, CEA, 10, world.bob)


def test_a_partner_that_lies_about_its_edition_stands_still_when_the_lie_changes(
    world: World, gateway: Contract
) -> None:
    partner = hostile(world)
    partner.registry.sayEdition(world.editions.registry_code, by=world.stranger)
    there, _ = partner.sends(world.KR, world.terms((1, 1)))
    partner.cross(there, 5, world.bob)
    partner.registry.sayEdition(world.editions.gateway_code, by=world.stranger)
    with refused("EditionNotAccepted", there, partner.registry, partner.consent()[2]):
        partner.cross(there, 5, world.bob)
    partner.registry.sayEdition(world.editions.registry_code, by=world.stranger)
    partner.cross(there, 5, world.bob)
    # It never has the edition of a registry whose own code can be believed.
    assert gateway.editionOf(partner.registry) != gateway.editionOf(world.kr)


def test_a_desks_succession_concerns_no_partner(
    world: World, gateway: Contract, linked: None
) -> None:
    desk = world.chain.deploy("SecondEdition", world.editions.desk_codes["compliance"])
    succeed(world, world.KR, world.KR.compliance, desk)
    world.cross(2, world.alice, CEA, 1, world.bob)
    assert settled(use(world, world.bob, "surrender", 1)) == [(90, 1, State.SURRENDERED)]
    assert world.kr.totalsOf(FOREIGN_CEA).surrendered == 1
    assert gateway.quote(2, XAU, 1).restriction == Restriction.UNKNOWN_CLASS
