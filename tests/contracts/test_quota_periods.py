"""Quota periods are a list that both sides wrote down, and one meter runs through them.

What was used under the terms before counts on under those that follow, unless they say in words
that they begin a fresh meter.
"""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CEA, World
from tests.contracts.crossing import FIELDS, changed, go_home, refuse_terms
from tests.contracts.desks import DAY, at
from tests.contracts.words import Restriction, Test, condition

LAST = "the last quota period ends on the last day"
ORDER = "quota periods end one after the other"
NUMBER = "1 to 40 quota periods"
ABSENT = "terms without a rate say nothing else"


# ---- which lists are sound ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("periods", "reason"),
    [
        ([], NUMBER),
        ([*range(100, 140), 1000], NUMBER),
        ([1001], LAST),
        ([999], LAST),
        ([500, 999], LAST),
        ([500, 1001], LAST),
        ([99, 1000], ORDER),  # before the first second
        ([500, 500, 1000], ORDER),
        ([600, 500, 1000], ORDER),
        ([1000, 1000], ORDER),
    ],
    ids=str,
)
def test_periods_that_do_not_fill_the_link_are_refused(
    world: World, periods: list[int], reason: str
) -> None:
    """A link is open from second 100 to 1000."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    refuse_terms(world, link, world.terms((1, 1), since=100, until=1000, periods=periods), reason)


@pytest.mark.parametrize("periods", [[1000], [100, 1000], [*range(100, 139), 1000]])
def test_periods_of_any_length_that_fill_it_are_accepted(
    world: World, gateway: Contract, periods: list[int]
) -> None:
    terms = world.terms((1, 1), since=100, until=1000, periods=periods)
    link, _ = world.agree(world.CN, world.KR, terms)
    assert gateway.termsOf(link) == terms


SAID: dict[str, Any] = {
    **dict.fromkeys(FIELDS[1:], 1),
    **dict.fromkeys(("net", "freshMeter", "freezesAbroad"), True),
    "periods": [0],
    "unit": text32("t"),
    "conditions": [condition("kind", Test.ANY_OF, "wind")],
}


@pytest.mark.parametrize("field", FIELDS[1:])
def test_absent_terms_say_nothing_else(world: World, gateway: Contract, field: str) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    refuse_terms(world, link, changed(world.ABSENT, **{field: SAID[field]}), ABSENT)


# ---- from second to second ----------------------------------------------------------------


def test_each_period_has_its_quota_from_its_first_to_its_last_second(
    world: World, gateway: Contract
) -> None:
    """Periods of a day, of one second, and of ten days."""
    start = world.chain.time + DAY
    ends = [start + DAY - 1, start + DAY, start + 11 * DAY]
    terms = world.terms((1, 1), quota=10, since=start, until=ends[-1], periods=ends)
    link, _ = world.agree(world.CN, world.KR, terms)
    world.give(world.cn, world.alice, CEA, 100)
    for first, last in ((start, ends[0]), (ends[1], ends[1]), (ends[1] + 1, ends[2])):
        at(world, first)
        receipt = world.cross(link, world.alice, CEA, 10, world.bob)
        assert receipt.event("QuotaUsed") == (link, first, last, 10, 10)
        assert gateway.meterOf(link) == ((10, first, last), 10)
        if first == last:
            continue
        at(world, last)
        with refused("QuotaExceeded", link, 1, 0):
            world.cross(link, world.alice, CEA, 1, world.bob)
    at(world, ends[2] + 1)
    with refused("LinkExpired", link, ends[2]):
        world.cross(link, world.alice, CEA, 1, world.bob)


def test_a_link_of_several_years_has_as_many_quotas_as_its_terms_list(
    world: World, gateway: Contract
) -> None:
    """One for all its years, however many these are."""
    end = world.chain.time + 3 * 365 * DAY
    link, _ = world.agree(
        world.CN, world.KR, world.terms((1, 1), quota=10, until=end, periods=[end])
    )
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(link, world.alice, CEA, 10, world.bob)
    for _ in range(2):
        world.chain.advance(366 * DAY)
        with refused("QuotaExceeded", link, 1, 0):
            world.cross(link, world.alice, CEA, 1, world.bob)


def test_before_the_first_period_the_meter_is_that_of_the_first(
    world: World, gateway: Contract
) -> None:
    start = world.chain.time + DAY
    terms = world.terms((1, 1), quota=10, since=start, until=start + 9, periods=[start + 9])
    link, _ = world.agree(world.CN, world.KR, terms)
    assert gateway.meterOf(link) == ((0, start, start + 9), 10)
    quoted = gateway.quote(link, CEA, 5)
    assert quoted[3:8] == (10, 0, start, start + 9, Restriction.LINK_NOT_STARTED)


# ---- over an amendment --------------------------------------------------------------------


@pytest.fixture
def used(world: World) -> int:
    """Sixty of a hundred are used, in a period that ends in ten days."""
    end = world.chain.time + 10 * DAY
    terms = world.terms((1, 1), quota=100, until=end + 10 * DAY, periods=[end, end + 10 * DAY])
    link, _ = world.agree(world.CN, world.KR, terms)
    world.give(world.cn, world.alice, CEA, 1000)
    world.cross(link, world.alice, CEA, 60, world.bob)
    return link


def other_periods(world: World, *ends: int, **changes: Any) -> tuple[Any, ...]:
    """Terms that began before now; their periods end so many days from now."""
    moments = [world.chain.time + days * DAY for days in ends]
    return world.terms((1, 1), quota=100, until=moments[-1], periods=moments, **changes)


@pytest.mark.parametrize("ends", [(5, 20), (11, 20), (20,), (1, 2, 3, 20)])
@pytest.mark.parametrize("fresh", [False, True])
def test_other_lengths_give_nobody_a_fresh_quota_unless_they_say_so(
    world: World, gateway: Contract, used: int, ends: tuple[int, ...], fresh: bool
) -> None:
    world.amend(used, world.CN, world.KR, other_periods(world, *ends, fresh=fresh))
    assert gateway.meterOf(used)[0].used == (0 if fresh else 60)
    left = 100 if fresh else 40
    with refused("QuotaExceeded", used, left + 1, left):
        world.cross(used, world.alice, CEA, left + 1, world.bob)
    world.cross(used, world.alice, CEA, left, world.bob)


def test_after_the_period_that_it_counted_in_the_meter_begins_anew(
    world: World, gateway: Contract, used: int
) -> None:
    world.amend(used, world.CN, world.KR, other_periods(world, 5, 20))
    world.chain.advance(5 * DAY + 1)
    assert gateway.meterOf(used)[0].used == 0


@pytest.mark.parametrize("later", [0, 1])
def test_a_first_period_after_the_old_one_begins_anew(
    world: World, gateway: Contract, used: int, later: int
) -> None:
    """One that begins in its last second goes on with what was used."""
    since = gateway.meterOf(used)[0].periodEnd + later
    terms = world.terms((1, 1), quota=100, since=since, until=since + DAY, periods=[since + DAY])
    world.amend(used, world.CN, world.KR, terms)
    at(world, since)
    receipt = world.cross(used, world.alice, CEA, 1, world.bob)
    expected = (1 if later else 61, since, since + DAY)
    assert gateway.meterOf(used)[0] == expected
    event = receipt.event("QuotaUsed")
    assert (event.used, event.periodStart, event.periodEnd) == expected


def test_terms_that_waited_carry_the_meter_into_the_second_in_which_they_begin(
    world: World, gateway: Contract
) -> None:
    """Not into that of the first step that follows them, which comes a period later."""
    now = world.chain.time
    terms = world.terms(
        (1, 1), quota=100, notice=DAY, until=now + 40 * DAY, periods=[now + 40 * DAY]
    )
    link, _ = world.agree(world.CN, world.KR, terms)
    world.give(world.cn, world.alice, CEA, 1000)
    world.cross(link, world.alice, CEA, 60, world.bob)
    world.amend(link, world.CN, world.KR, other_periods(world, 10, 20))
    world.chain.advance(2 * DAY)
    assert gateway.meterOf(link)[0].used == 60
    world.chain.advance(10 * DAY)
    assert gateway.meterOf(link)[0].used == 0
    receipt = world.cross(link, world.alice, CEA, 7, world.bob)
    assert [event.args.used for event in receipt.events("QuotaUsed")] == [60, 7]


def test_absent_terms_in_between_give_nobody_a_fresh_quota(
    world: World, gateway: Contract, used: int
) -> None:
    world.amend(used, world.CN, world.KR, world.ABSENT)
    assert gateway.meterOf(used) == ((60, *gateway.meterOf(used)[0][1:]), 0)
    world.amend(used, world.CN, world.KR, other_periods(world, 20))
    with refused("QuotaExceeded", used, 41, 40):
        world.cross(used, world.alice, CEA, 41, world.bob)


def test_a_period_that_was_over_before_its_terms_ended_leaves_nothing_behind(
    world: World, gateway: Contract, used: int
) -> None:
    """Whether or not anybody took a step in the next one."""
    began = gateway.meterOf(used)[0].periodStart
    world.chain.advance(11 * DAY)
    world.amend(used, world.CN, world.KR, world.ABSENT)
    assert gateway.meterOf(used)[0].used == 0
    end = world.chain.time + DAY
    terms = world.terms((1, 1), quota=100, since=began, until=end, periods=[end])
    world.amend(used, world.CN, world.KR, terms)
    world.cross(used, world.alice, CEA, 100, world.bob)


def test_units_come_home_to_the_meter_that_runs(world: World, gateway: Contract, used: int) -> None:
    world.amend(used, world.CN, world.KR, other_periods(world, 5, 20, net=True))
    go_home(world, world.bob, 25)
    assert gateway.meterOf(used)[0].used == 35


def test_a_lowered_quota_keeps_the_meter_though_its_terms_began_a_fresh_one(
    world: World, gateway: Contract, used: int
) -> None:
    """They did so once."""
    world.amend(used, world.CN, world.KR, other_periods(world, 20, fresh=True))
    world.cross(used, world.alice, CEA, 30, world.bob)
    gateway.lowerQuota(used, 50, by=world.link_kr)
    assert gateway.meterOf(used)[0].used == 30
    assert not gateway.termsOf(used).freshMeter
    with refused("QuotaExceeded", used, 21, 20):
        world.cross(used, world.alice, CEA, 21, world.bob)


def test_a_quota_lowered_before_terms_with_a_fresh_meter_leaves_them_theirs(
    world: World, gateway: Contract
) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=100, notice=DAY))
    world.give(world.cn, world.alice, CEA, 1000)
    world.cross(link, world.alice, CEA, 60, world.bob)
    world.amend(link, world.CN, world.KR, other_periods(world, 20, fresh=True))
    gateway.lowerQuota(link, 70, by=world.link_kr)
    assert gateway.meterOf(link)[0].used == 60
    world.chain.advance(DAY)
    assert (gateway.meterOf(link)[0].used, gateway.meterOf(link)[1]) == (0, 70)
