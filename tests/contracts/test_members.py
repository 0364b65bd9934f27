"""Members of a gateway: names are pinned and unique, and consent says to whom and to what."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, refused, text32
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.desks import alone
from tests.contracts.hostile import FOREIGN_XAU, XAU, Hostile, Mood, hostile
from tests.contracts.words import (
    Restriction,
    Test,
    UnitType,
    attributes_of,
    class_id,
    class_spec,
    condition,
)


@pytest.fixture
def partner(world: World) -> Hostile:
    return hostile(world)


# ---- names --------------------------------------------------------------------------------


def test_a_member_admits_another_under_its_code(world: World, gateway: Contract) -> None:
    registry = world.editions.registry("HB", world.JP.authority)
    receipt = gateway.admit(world.cn, registry, text32("HB"), by=world.link_cn)
    expected = (registry.address, text32("HB"), world.cn.address, world.CN.proposals.address)
    assert receipt.event("MemberAdmitted") == expected
    assert gateway.memberOf(registry) == (text32("HB"), 0)
    assert gateway.registryOf(text32("HB")) == registry.address
    assert gateway.memberCount() == 4


def test_names_are_unique_and_true(world: World, gateway: Contract, partner: Hostile) -> None:
    def admit(registry: Any, code: str) -> None:
        with refused("MemberInvalid", registry, text32(code)):
            gateway.admit(world.cn, registry, text32(code), by=world.link_cn)

    admit(world.kr, "KR")  # a member already
    admit(partner.registry, "XX")
    other = world.editions.registry("KR", world.JP.authority)
    admit(other, "KR")  # taken
    admit(other, "HB")  # not its code
    liar = world.chain.deploy("LyingRegistry", partner.authority, gateway, text32("YY"))
    for code in ("", "C N", "CN.X", "CN.", ".", "cn"):
        liar.sayCode(text32(code), by=world.stranger)
        admit(liar, code)
    liar.sayCode(b"Y\0Y".ljust(32, b"\0"), by=world.stranger)
    with refused("MemberInvalid", liar, b"Y\0Y".ljust(32, b"\0")):
        gateway.admit(world.cn, liar, b"Y\0Y".ljust(32, b"\0"), by=world.link_cn)


def test_only_members_admit_and_two_people_of_theirs(world: World, gateway: Contract) -> None:
    registry = world.editions.registry("HB", world.JP.authority)
    member = (registry, text32("HB"))
    with refused("NotLinkAdministrator", world.JP.proposals, world.cn):
        gateway.admit(world.cn, *member, by=world.link_jp)
    with refused("NotLinkAdministrator", world.link_cn, world.cn):
        alone(gateway, "admit", world.cn, *member, by=world.link_cn)
    authority = world.chain.deploy("LyingAuthority")
    stranger = world.chain.deploy("LyingRegistry", authority, gateway, text32("XX"))
    with refused("NotAMember", stranger):
        alone(gateway, "admit", stranger, *member, by=world.stranger)
    desk = world.JP.proposals.address
    with world.chain.as_contract(desk), refused("NotAMember", registry):
        alone(gateway, "admit", registry, *member, by=desk)


def test_the_first_member_of_all_admits_itself(world: World) -> None:
    empty = world.editions.gateway()
    world.CN.authority.adoptGateway(empty, by=world.root)
    with refused("NotLinkAdministrator", world.stranger, world.cn):
        empty.admit(world.cn, world.cn, text32("CN"), by=world.stranger)
    desk = world.CN.proposals.address
    with world.chain.as_contract(desk):
        with refused("NotAMember", world.cn):  # itself first
            empty.admit(world.cn, world.kr, text32("KR"), by=desk)
        empty.admit(world.cn, world.cn, text32("CN"), by=desk)
        with refused("MemberInvalid", world.cn, text32("CN")):
            empty.admit(world.cn, world.cn, text32("CN"), by=desk)
        empty.admit(world.cn, world.kr, text32("KR"), by=desk)
    assert empty.memberCount() == 2


def test_a_partner_that_takes_anothers_name_stays_what_it_was(
    world: World, gateway: Contract, partner: Hostile
) -> None:
    """Nothing looks like CN's without CN behind it, and CN's own name stays free for CN."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    there, _ = partner.sends(world.KR, world.terms((1, 1)))
    partner.registry.sayCode(text32("CN"), by=world.stranger)
    partner.registry.sayClass(CEA, class_spec(), by=world.stranger)
    partner.cross(there, 10, world.bob, CEA)
    assert world.kr.totalsOf(FOREIGN_CEA).issued == 0
    taken = class_id("XX.CEA-2025")
    assert world.kr.originOf(taken) == (gateway.address, partner.registry.address, CEA)
    assert world.kr.classOf(taken).attributes == attributes_of({"region": "XX"})
    assert (gateway.memberOf(partner.registry).code, gateway.registryOf(text32("CN"))) == (
        text32("XX"),
        world.cn.address,
    )
    world.give(world.cn, world.alice, CEA, 10)
    world.cross(link, world.alice, CEA, 10, world.bob)
    assert world.kr.originOf(FOREIGN_CEA) == (gateway.address, world.cn.address, CEA)


# ---- classes ------------------------------------------------------------------------------

CHANGES = [
    class_spec(unit_type=UnitType.CREDIT, kind="wind"),
    class_spec(unit_type=UnitType.FOREIGN, kind="wind"),
    class_spec(vintage=2019, kind="wind"),
    class_spec(kind="hydro"),
    class_spec(kind="wind", unit="short-ton"),
    class_spec(),
]


@pytest.mark.parametrize(
    "spec", CHANGES, ids=["type", "foreign", "vintage", "kind", "unit", "none"]
)
def test_a_class_is_for_ever_what_it_was_at_its_first_import(
    world: World, gateway: Contract, partner: Hostile, spec: tuple[Any, ...]
) -> None:
    terms = world.terms(
        (1, 1),
        unit_types=1 << UnitType.ALLOWANCE,
        vintages=(2020, 2030),
        conditions=[condition("kind", Test.ANY_OF, "wind")],
    )
    there, _ = partner.sends(world.KR, terms)
    fresh = class_id("YAU-2025")
    partner.registry.sayClass(XAU, class_spec(kind="wind"), by=world.stranger)
    partner.cross(there, 10, world.bob)
    before = world.kr.classOf(FOREIGN_XAU)
    assert before.attributes == attributes_of({"kind": "wind", "region": "XX"})
    for unit_class in (XAU, fresh):
        partner.registry.sayClass(unit_class, spec, by=world.stranger)
    assert gateway.quote(there, XAU, 5).restriction == Restriction.NONE
    partner.cross(there, 10, world.bob)
    assert world.kr.classOf(FOREIGN_XAU) == before
    with refused("ClassNotEligible", there, fresh):  # what is new is what it says now
        partner.cross(there, 10, world.bob, fresh)


# ---- consent ------------------------------------------------------------------------------


def consents(world: World, partner: Hostile) -> list[tuple[Any, ...]]:
    """What nobody can consent to: each names KR, but for one thing."""
    edition = world.gateway.editionOf(world.kr)
    other = world.gateway.editionOf(partner.registry)
    return [
        (world.stranger, text32("KR"), edition),
        (partner.registry, text32("KR"), edition),
        (partner.registry, text32("KR"), other),
        (world.kr, text32("XX"), edition),
        (world.kr, text32(""), edition),
        (world.kr, text32("KR"), other),
        (world.kr, text32("KR"), text32("")),
        (ZERO_ADDRESS, text32(""), text32("")),
        (world.stranger, text32(""), world.gateway.editionOf(world.stranger)),
    ]


def test_a_proposal_names_its_counterparty_name_and_code(
    world: World, gateway: Contract, partner: Hostile
) -> None:
    terms = (world.terms((1, 1)), world.ABSENT)
    for consent in consents(world, partner):
        with refused("ConsentInvalid", *consent):
            gateway.proposeAgreement(world.cn, consent, *terms, by=world.link_cn)


def test_an_acceptance_names_its_counterparty_name_and_code(
    world: World, gateway: Contract, partner: Hostile
) -> None:
    terms = (world.terms((1, 1)), world.ABSENT)
    pair = (world.kr, world.consent(world.CN))
    gateway.proposeAgreement(*pair, *terms, by=world.link_kr)
    for consent in [*consents(world, partner), partner.consent(), world.consent(world.JP)]:
        with refused("ConsentInvalid", *consent):
            gateway.acceptAgreement(1, consent, *terms, by=world.link_cn)
    gateway.acceptAgreement(1, world.consent(world.KR), *terms, by=world.link_cn)


def test_a_partner_that_changed_its_code_meanwhile_is_not_accepted(
    world: World, gateway: Contract, partner: Hostile
) -> None:
    terms = (world.terms((1, 1)), world.ABSENT)
    read = partner.consent()
    partner.speak("proposeAgreement", partner.registry, world.consent(world.KR), *terms)
    partner.registry.sayEdition(world.KR.registry, by=world.stranger)
    with refused("ConsentInvalid", *read):
        gateway.acceptAgreement(1, read, *terms, by=world.link_kr)
    gateway.acceptAgreement(1, partner.consent(), *terms, by=world.link_kr)


@pytest.mark.parametrize("mood", [Mood.REVERTS, Mood.BURNS_GAS, Mood.REVERTS_WITH_BOMB])
def test_a_partner_that_does_not_say_what_it_runs_runs_nothing(
    world: World, gateway: Contract, partner: Hostile, mood: Mood
) -> None:
    partner.registry.sayEdition(world.KR.registry, by=world.stranger)
    named = gateway.editionOf(partner.registry)
    partner.become(mood)
    unnamed = gateway.editionOf(partner.registry)
    partner.become(Mood.WILLING)
    partner.registry.sayEdition(ZERO_ADDRESS, by=world.stranger)
    assert gateway.editionOf(partner.registry) == unnamed != named


def test_a_stranger_proposes_nothing(world: World, gateway: Contract) -> None:
    """It has contracts that say yes to everything, and is no member."""
    authority = world.chain.deploy("LyingAuthority")
    registry = world.chain.deploy("LyingRegistry", authority, gateway, text32("XX"))
    terms = (world.terms((1, 1)), world.ABSENT)
    with refused("NotAMember", registry):
        call = ("proposeAgreement", registry, world.consent(world.KR), *terms)
        alone(gateway, *call, by=world.stranger)
    with refused("NotAMember", registry):
        alone(gateway, "proposeSuccession", registry, registry, by=world.stranger)
    with refused("NotAMember", registry):
        alone(gateway, "claimReport", registry, text32("report"), by=world.stranger)
    assert (gateway.agreementCount(), gateway.successionCount()) == (0, 0)
