"""The gateway's own code is succeeded by its members: all at once, or after a notice unopposed."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, Receipt, refused, text32
from tests.contracts.actors import CEA, FOREIGN_CEA, FOREIGN_KAU, KAU, YEAR, Programme, World
from tests.contracts.crossing import WHOLE, go_home, settled, use, waits
from tests.contracts.desks import DAY, alone, at
from tests.contracts.editions import as_second, code_hash, second_gateway
from tests.contracts.hostile import hostile
from tests.contracts.words import NOTHING, Restriction, Role, State

NOTICE = 30 * DAY


@pytest.fixture
def edition(world: World) -> Contract:
    return second_gateway(world)


def propose(world: World, edition: Contract, p: Programme | None = None) -> Receipt:
    p = p or world.CN
    return world.gateway.proposeSuccession(p.registry, edition, by=p.link_administrator)  # type: ignore[no-any-return]


def accept(world: World, number: int, p: Programme, code: bytes) -> Receipt:
    return world.gateway.acceptSuccession(number, p.registry, code, by=p.link_administrator)  # type: ignore[no-any-return]


def succeed(world: World, number: int = 1) -> Receipt:
    return world.gateway.succeedGateway(number, by=world.stranger)  # type: ignore[no-any-return]


# ---- all accept ---------------------------------------------------------------------------


def test_when_all_accept_it_is_done_at_once(
    world: World, gateway: Contract, edition: Contract
) -> None:
    code = code_hash(world, edition)
    receipt = propose(world, edition)
    ready = world.chain.time + NOTICE
    china, korea = world.CN.proposals.address, world.KR.proposals.address
    proposed = (1, edition.address, code, ready, world.cn.address, china)
    assert receipt.event("SuccessionProposed") == proposed
    assert receipt.event("SuccessionAccepted") == (1, world.cn.address, china)
    receipt = accept(world, 1, world.KR, code)
    assert receipt.event("SuccessionAccepted") == (1, world.kr.address, korea)
    assert gateway.successionOf(1) == (edition.address, code, ready, 2, False, False)
    with refused("SuccessionNotReady", 1, ready):
        succeed(world)
    accept(world, 1, world.JP, code)
    with refused(""):
        as_second(gateway).edition()
    receipt = succeed(world)
    assert receipt.event("GatewaySucceeded") == (1, edition.address)
    assert receipt.event("Upgraded") == (edition.address,)
    assert (as_second(gateway).edition(), gateway.implementation()) == (2, edition.address)
    assert gateway.successionOf(1) == (edition.address, code, ready, 3, False, True)
    assert (gateway.currentSuccession(), gateway.successionCount()) == (1, 1)
    assert gateway.memberOf(world.kr) == (text32("KR"), 1)
    with refused("SuccessionNotOpen", 1):
        succeed(world)


def test_everything_is_there_afterwards(world: World, gateway: Contract, edition: Contract) -> None:
    """Lots half taken apart, a meter half used, terms that wait, and a settlement that waits."""
    link, back = world.agree(
        world.CN, world.KR, world.terms((2, 3), quota=100, notice=DAY), world.terms((1, 1))
    )
    world.give(world.cn, world.alice, CEA, 300)
    world.give(world.kr, world.bob, KAU, 10)
    world.cross(link, world.alice, CEA, 9, world.bob, [(1, 0, 1, 9)])
    world.cross(back, world.bob, KAU, 10, world.alice)
    use(world, world.bob, "surrender", 1, [(1, 0, 4, 1)])  # source 6 is whole, 5 waits for its twin
    world.KR.authority.revokeRole(Role.LINK_GATEWAY, gateway, by=world.root)
    home = (world.cn, FOREIGN_KAU, 4, [], world.bob, 0)
    assert waits(gateway.returnUnits(*home, by=world.alice)) == [(7, 4, State.HELD)]
    world.KR.authority.adoptGateway(gateway, by=world.root)
    world.amend(link, world.CN, world.KR, world.terms((1, 1), quota=50))
    gateway.proposeTerms(back, world.cn, world.terms((1, 2)), by=world.link_cn)

    def remembered() -> list[Any]:
        return [
            *(gateway.linkOf(n) for n in (link, back)),
            *(gateway.termsOf(n) for n in (link, back)),
            *(gateway.scheduledTermsOf(n) for n in (link, back)),
            *(gateway.proposedTermsOf(n) for n in (link, back)),
            *(gateway.meterOf(n) for n in (link, back)),
            *(gateway.lotOf(n) for n in (1, 2)),
            *(gateway.waitingOf(n) for n in (1, 2)),
            gateway.foreignClassOf(world.kr, world.cn, CEA),
            gateway.lotAt(world.kr, FOREIGN_CEA, 3),
            gateway.agreementCount(),
            [gateway.registryOf(text32(p.code)) for p in world.programmes],
        ]

    before = remembered()
    propose(world, edition)
    for p in (world.KR, world.JP):
        accept(world, 1, p, code_hash(world, edition))
    succeed(world)
    assert remembered() == before
    assert settled(gateway.settleWaiting(2, 0, 1, WHOLE, by=world.stranger)) == [(7, 4, State.HELD)]
    assert settled(use(world, world.bob, "retire", 1, [(1, 0, 3, 1)])) == [
        (4, 1, State.RETIRED),
        (5, 1, State.SURRENDERED),
    ]
    assert settled(go_home(world, world.bob, 4, accepted=6)) == [
        (7, 3, State.HELD),
        (1, 3, State.HELD),
    ]
    world.chain.advance(DAY)
    receipt = world.cross(link, world.alice, CEA, 44, world.bob)
    assert receipt.events("QuotaUsed")[-1].args.used == 50  # 6 of them before
    with refused("QuotaExceeded", link, 1, 0):
        world.cross(link, world.alice, CEA, 1, world.bob)


# ---- one is silent ------------------------------------------------------------------------


@pytest.fixture
def silent(world: World, gateway: Contract, edition: Contract) -> None:
    """JP said nothing until the notice passed. CN sends to KR (2) and to JP (4), JP to KR (6)."""
    for pair in ((world.CN, world.KR), (world.CN, world.JP), (world.JP, world.KR)):
        world.agree(*pair, world.terms((1, 1)), world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(4, world.alice, CEA, 10, world.erin)
    propose(world, edition)
    accept(world, 1, world.KR, code_hash(world, edition))
    ready = gateway.successionOf(1).readyAt
    at(world, ready - 1)
    with refused("SuccessionNotReady", 1, ready):
        succeed(world)
    at(world, ready)
    succeed(world)


def test_whoever_said_nothing_stands_still_until_it_accepts(
    world: World, gateway: Contract, edition: Contract, silent: None
) -> None:
    world.cross(2, world.alice, CEA, 1, world.bob)  # the others go on
    for link in (4, 5, 6, 7):
        sender, unit_class = (world.alice, CEA) if link == 4 else (world.erin, FOREIGN_CEA)
        with refused("EditionNotAccepted", link, world.jp, NOTHING):
            world.cross(link, sender, unit_class, 1, world.erin)
    quoted = gateway.quote(4, CEA, 1, world.alice, world.erin)
    assert quoted.restriction == Restriction.EDITION_NOT_ACCEPTED
    accept(world, 1, world.JP, code_hash(world, edition))
    world.cross(4, world.alice, CEA, 1, world.erin)
    assert gateway.memberOf(world.jp).succession == 1


def test_meanwhile_its_units_come_home_and_are_used(
    world: World, gateway: Contract, silent: None
) -> None:
    home = (world.jp, FOREIGN_CEA, 4, [], world.alice, 4)
    assert settled(gateway.returnUnits(*home, by=world.erin)) == [(97, 4, State.HELD)]
    used = world.jp.surrender(world.erin, FOREIGN_CEA, 6, [], 2025, by=world.erin)
    assert settled(used) == [(91, 6, State.SURRENDERED)]


def test_whoever_stands_still_can_still_tighten(
    world: World, gateway: Contract, silent: None
) -> None:
    gateway.suspend(4, world.jp, by=world.link_jp)
    gateway.lowerQuota(4, 1, by=world.link_jp)
    gateway.endAgreement(2, world.jp, by=world.link_jp)
    assert gateway.linkOf(4)[2:] == (2, 2, world.chain.time)


# ---- one objects, or is not asked ---------------------------------------------------------


def test_an_objection_stops_it(world: World, gateway: Contract, edition: Contract) -> None:
    code = code_hash(world, edition)
    propose(world, edition)
    accept(world, 1, world.KR, code)
    with refused("NotLinkAdministrator", world.link_kr, world.jp):
        gateway.stopSuccession(1, world.jp, by=world.link_kr)
    receipt = gateway.stopSuccession(1, world.jp, by=world.link_jp)
    assert receipt.event("SuccessionStopped") == (1, world.jp.address, world.link_jp)
    assert gateway.successionOf(1).stopped
    with refused("SuccessionNotOpen", 1):
        accept(world, 1, world.JP, code)
    with refused("SuccessionNotOpen", 1):
        gateway.stopSuccession(1, world.kr, by=world.link_kr)
    world.chain.advance(YEAR)
    with refused("SuccessionNotOpen", 1):
        succeed(world)
    assert gateway.implementation() == world.editions.gateway_code.address


def test_a_later_proposal_takes_the_place_of_an_earlier(
    world: World, gateway: Contract, edition: Contract
) -> None:
    code = code_hash(world, edition)
    propose(world, edition)
    propose(world, second_gateway(world), world.KR)
    world.chain.advance(NOTICE)
    for number in (0, 1, 3):
        with refused("SuccessionNotOpen", number):
            succeed(world, number)
        with refused("SuccessionNotOpen", number):
            gateway.stopSuccession(number, world.jp, by=world.link_jp)
    for number in (1, 3):
        with refused("SuccessionNotOpen", number):
            accept(world, number, world.JP, code)
    succeed(world, 2)


def test_one_member_cannot_count_for_several(
    world: World, gateway: Contract, edition: Contract
) -> None:
    """It would change the code for all, at once."""
    code = code_hash(world, edition)
    propose(world, edition)
    for number, named in ((1, code), (0, NOTHING)):
        with refused("SuccessionInvalid", number, named):
            accept(world, number, world.CN, named)
    for p in (world.KR, world.JP):
        accept(world, 1, p, code)
    succeed(world)
    second = second_gateway(world)
    propose(world, second)
    for number in (1, 2):  # the one that runs, and the one that is to follow
        with refused("SuccessionInvalid", number, code_hash(world, second)):
            accept(world, number, world.CN, code_hash(world, second))
    assert gateway.successionOf(2).accepted == 1


def test_a_member_that_came_meanwhile_is_asked_too(
    world: World, gateway: Contract, edition: Contract
) -> None:
    code = code_hash(world, edition)
    propose(world, edition)
    for p in (world.KR, world.JP):
        accept(world, 1, p, code)
    partner = hostile(world)
    with refused("SuccessionNotReady", 1, gateway.successionOf(1).readyAt):
        succeed(world)
    partner.speak("acceptSuccession", 1, partner.registry, code)
    succeed(world)
    late = hostile(world, "YY")  # admitted by those who run the second edition
    assert gateway.memberOf(late.registry) == (text32("YY"), 1)


def test_code_is_accepted_as_it_was_examined(
    world: World, gateway: Contract, edition: Contract
) -> None:
    code = code_hash(world, edition)
    propose(world, edition)
    with refused("SuccessionInvalid", 1, NOTHING):
        accept(world, 1, world.KR, NOTHING)
    for p in (world.KR, world.JP):
        accept(world, 1, p, code)
    world.chain.rpc("anvil_setCode", edition.address, "0x00")
    with refused("SuccessionInvalid", 1, code_hash(world, edition)):
        succeed(world)


def test_an_edition_without_code_is_never_run(world: World, gateway: Contract) -> None:
    gateway.proposeSuccession(world.cn, world.stranger, by=world.link_cn)
    world.chain.advance(NOTICE)
    with refused("ERC1967InvalidImplementation", world.stranger):
        succeed(world)


def test_nobody_else_changes_the_code(world: World, gateway: Contract, edition: Contract) -> None:
    for by in (world.root, world.CN.link_administrator):
        with refused("NotTheKeeper", by, gateway):
            gateway.succeed(edition, b"", by=by)
    assert gateway.keeper() == gateway.address != ZERO_ADDRESS
    with refused("NotLinkAdministrator", world.link_cn, world.cn):  # it takes two
        alone(gateway, "proposeSuccession", world.cn, edition, by=world.link_cn)
    propose(world, edition)
    with refused("NotLinkAdministrator", world.link_kr, world.kr):
        call = ("acceptSuccession", 1, world.kr, code_hash(world, edition))
        alone(gateway, *call, by=world.link_kr)
