"""What a link lets through: its quota, its two stops, its days, and the classes that it accepts."""

from __future__ import annotations

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, YEAR, World
from tests.contracts.desks import at
from tests.contracts.words import NOTHING, Restriction, UnitType

# ---- quotas and suspension ----------------------------------------------------------------


def test_destination_lowers_its_quota_alone(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100))
    with refused("NotLinkAdministrator", world.link_cn, world.kr):
        gateway.lowerQuota(link, 99, by=world.link_cn)
    for quota in (100, 101):
        with refused("QuotaNotLowered", link, 100, quota):
            gateway.lowerQuota(link, quota, by=world.link_kr)
    receipt = gateway.lowerQuota(link, 40, by=world.link_kr)
    by = (world.link_kr, world.link_kr)
    assert receipt.event("TermsInForce") == (link, 2, world.terms((1, 1), quota=40), *by)
    assert gateway.quote(link, CEA, 10).quota == 40


@pytest.mark.parametrize("side", ["CN", "KR"])
def test_suspension_stops_transfers_at_once(world: World, gateway: Contract, side: str) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(link, world.alice, CEA, 50, world.bob)
    p = getattr(world, side)
    caller, registry = p.link_administrator, p.registry
    receipt = gateway.suspend(link, registry, by=caller)
    assert receipt.event("LinkSuspended") == (link, registry.address, caller)
    assert gateway.quote(link, CEA, 10).restriction == Restriction.LINK_SUSPENDED
    with refused("LinkIsSuspended", link):
        world.cross(link, world.alice, CEA, 10, world.bob)
    # What is abroad can be used and can come home.
    foreign = gateway.lotOf(1)[0].foreignClass
    world.kr.surrender(world.bob, foreign, 10, [], 2025, by=world.bob)
    world.kr.retire(world.bob, foreign, 10, [], NOTHING, NOTHING, by=world.bob)
    gateway.returnUnits(world.kr, foreign, 10, [], world.alice, 10, by=world.bob)
    resumed = gateway.resume(link, registry, by=caller).event("LinkResumed")
    assert resumed == (link, registry.address, p.proposals.address)  # that takes two
    world.cross(link, world.alice, CEA, 10, world.bob)


def test_each_side_takes_back_its_own_suspension_only(world: World, gateway: Contract) -> None:
    link, back = world.agree(world.CN, world.KR, world.terms((1, 1)), world.terms((1, 1)))
    gateway.suspend(link, world.cn, by=world.link_cn)
    gateway.suspend(link, world.kr, by=world.link_kr)
    assert gateway.linkOf(link).suspendedBy == 3
    with refused("NotLinkAdministrator", world.CN.proposals, world.kr):
        gateway.resume(link, world.kr, by=world.link_cn)
    gateway.resume(link, world.cn, by=world.link_cn)
    with refused("LinkIsSuspended", link):
        world.cross(link, world.alice, CEA, 10, world.bob)
    gateway.resume(link, world.kr, by=world.link_kr)
    assert (gateway.linkOf(link).suspendedBy, gateway.linkOf(back).suspendedBy) == (0, 0)
    with refused("NotLinkAdministrator", world.link_jp, world.kr):
        gateway.suspend(link, world.kr, by=world.link_jp)
    with refused("NotASide", link, world.jp):
        gateway.suspend(link, world.jp, by=world.link_jp)
    with refused("LinkUnknown", 4):
        gateway.suspend(4, world.cn, by=world.link_cn)


def test_link_is_open_from_its_first_to_its_last_second(world: World, gateway: Contract) -> None:
    now = world.chain.time
    terms = world.terms((1, 1), since=now + 1000, until=now + 2000)
    link, _ = world.agree(world.CN, world.KR, terms)
    world.give(world.cn, world.alice, CEA, 100)
    assert gateway.quote(link, CEA, 10).restriction == Restriction.LINK_NOT_STARTED
    at(world, now + 999)
    with refused("LinkNotStarted", link, now + 1000):
        world.cross(link, world.alice, CEA, 10, world.bob)
    for moment in (now + 1000, now + 2000):
        at(world, moment)
        world.cross(link, world.alice, CEA, 10, world.bob)
    at(world, now + 2001)
    with refused("LinkExpired", link, now + 2000):
        world.cross(link, world.alice, CEA, 10, world.bob)
    assert gateway.quote(link, CEA, 10).restriction == Restriction.LINK_EXPIRED


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
        assert restriction == (Restriction.NONE if eligible else Restriction.CLASS_NOT_ELIGIBLE)
        if eligible:
            world.credits(world.cn, world.alice, unit_class, 10)
            world.cross(link, world.alice, unit_class, 10, world.bob)
        else:
            with refused("ClassNotEligible", link, unit_class):
                world.cross(link, world.alice, unit_class, 10, world.bob)


def test_unknown_class_does_not_cross(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    assert gateway.quote(link, 7, 10).restriction == Restriction.UNKNOWN_CLASS
    with refused("ClassUnknown", 7):
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


# ---- quota periods ------------------------------------------------------------------------


def test_quota_periods_begin_anew(world: World, gateway: Contract) -> None:
    """Invariant 8."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 2), quota=10))
    world.give(world.cn, world.alice, CEA, 100)
    receipt = world.cross(link, world.alice, CEA, 12, world.bob)
    start = world.start - 1000
    end = start + YEAR - 1
    assert receipt.event("QuotaUsed") == (link, start, end, 6, 10)
    expected = (1, 10, 5, 10, 6, start, end, Restriction.QUOTA_EXCEEDED)
    assert gateway.quote(link, CEA, 10)[:8] == expected
    with refused("QuotaExceeded", link, 5, 4):
        world.cross(link, world.alice, CEA, 10, world.bob)
    world.cross(link, world.alice, CEA, 9, world.bob)  # 4: exactly the rest
    with refused("QuotaExceeded", link, 1, 0):
        world.cross(link, world.alice, CEA, 2, world.bob)
    foreign = gateway.lotOf(1)[0].foreignClass
    gateway.returnUnits(world.kr, foreign, 4, [], world.alice, 0, by=world.bob)
    with refused("QuotaExceeded", link, 1, 0):  # a return gives no quota back
        world.cross(link, world.alice, CEA, 2, world.bob)
    world.chain.advance(YEAR)
    assert gateway.meterOf(link) == ((0, start + YEAR, end + YEAR), 10)
    receipt = world.cross(link, world.alice, CEA, 20, world.bob)
    assert receipt.event("QuotaUsed") == (link, start + YEAR, end + YEAR, 10, 10)
    assert gateway.meterOf(link) == ((10, start + YEAR, end + YEAR), 10)


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
