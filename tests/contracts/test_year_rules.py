"""The rules of a compliance year: what they may be, and when they still change."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import refused, text32
from tests.contracts.actors import CEA, World
from tests.contracts.desks import (
    Base,
    alone,
    at,
    close,
    confirm,
    define_year,
    limit,
    refusal,
    rules,
    surrender,
)
from tests.contracts.words import Test, condition

UNKNOWN = 2031
HYDRO = condition("kind", Test.ANY_OF, "hydro")


@pytest.fixture
def desk(world: World) -> Any:
    return world.CN.compliance


def test_year_is_defined_and_replaced_until_it_is_used(world: World, desk: Any) -> None:
    first, second = rules(world, multiple=2), rules(world, window=7)
    share = limit(Base.VERIFIED, 500)
    desk.defineYear(UNKNOWN, first, [share, share], by=world.officer)
    assert desk.yearOf(UNKNOWN) == (first, [share, share])
    receipt = desk.defineYear(UNKNOWN, second, [share], by=world.officer)
    assert receipt.event("YearDefined") == (UNKNOWN, second)
    assert receipt.event("LimitsDefined") == (UNKNOWN, [share])
    assert desk.yearOf(UNKNOWN) == (second, [share])


def test_rules_that_make_no_sense_are_refused(world: World, desk: Any) -> None:
    good, share = rules(world), limit(Base.VERIFIED, 10_000)
    closed = (*good[:-1], True)
    two = condition("started", Test.AT_LEAST, 20130101, 20150531)
    for year, demanded, limits in (
        (0, good, []),
        (UNKNOWN, rules(world, deadline=0), []),
        (UNKNOWN, rules(world, before=UNKNOWN), []),  # a year is not before itself,
        (2024, rules(world, before=2025), []),  # nor is a later one,
        (UNKNOWN, rules(world, before=2030), []),  # nor one that nobody defined
        (UNKNOWN, closed, []),
        (UNKNOWN, good, [share] * 9),
        (UNKNOWN, good, [limit(Base.VERIFIED, 10_001)]),
        (UNKNOWN, good, [limit(Base.COUNTED, 1, parent=0)]),
        (UNKNOWN, good, [share, limit(Base.COUNTED, 1, parent=2)]),
        (UNKNOWN, good, [limit(Base.ATTRIBUTE, 1, per="project")]),
        (UNKNOWN, good, [limit(Base.ABSOLUTE, conditions=[two])]),
        (UNKNOWN, good, [limit(Base.ABSOLUTE, conditions=[condition("", Test.ANY_OF, "")])]),
    ):
        with refusal(world, "YearRulesInvalid", year):
            desk.defineYear(year, demanded, limits, by=world.officer)
    last = limit(Base.COUNTED, 1, parent=6, conditions=[condition("kind", Test.ANY_OF, "")])
    desk.defineYear(UNKNOWN, rules(world, before=2025), [*[share] * 7, last], by=world.officer)


def test_year_in_use_keeps_its_rules(world: World, desk: Any) -> None:
    define_year(world, world.CN)
    world.give(world.cn, world.alice, CEA, 10)
    surrender(world.CN, world.alice, CEA, 1)
    with refusal(world, "YearInUse", 2025):
        desk.defineYear(2025, rules(world), [], by=world.officer)
    # Not even when what was surrendered has come back.
    desk.reverseSurrender(world.alice, 2025, CEA, [(10, 0, 10, 1)], by=world.officer)
    with refusal(world, "YearInUse", 2025):
        desk.defineYear(2025, rules(world), [], by=world.officer)


def test_deadline_moves_both_ways(world: World, desk: Any) -> None:
    now = world.chain.time
    deadline = define_year(world, world.CN, deadline=now + 100)
    world.give(world.cn, world.alice, CEA, 10)
    confirm(world, world.CN, world.alice, 5)
    receipt = desk.moveDeadline(2025, deadline + 1_000, by=world.officer)
    assert receipt.event("DeadlineMoved") == (2025, deadline + 1_000)
    at(world, deadline + 1_000)
    surrender(world.CN, world.alice, CEA, 1)
    desk.moveDeadline(2025, deadline, by=world.officer)
    with refused("DeadlinePassed", 2025, deadline):
        surrender(world.CN, world.alice, CEA, 1)
    with refused("YearRulesInvalid", 2025):
        desk.moveDeadline(2025, 0, by=world.officer)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("moveDeadline", (2**39,)),
        ("excludeClasses", ([HYDRO],)),
        ("publish", (text32("results"),)),
    ],
)
def test_years_that_are_unknown_or_closed_do_not_change(
    world: World, desk: Any, name: str, args: tuple[Any, ...]
) -> None:
    with refused("YearUnknown", UNKNOWN):
        getattr(desk, name)(UNKNOWN, *args, by=world.officer)
    close(world, define_year(world, world.CN))
    with refused("YearClosed", 2025):
        getattr(desk, name)(2025, *args, by=world.officer)
    with refused("YearClosed", 2025):
        desk.defineYear(2025, rules(world), [], by=world.officer)


def test_results_are_published_after_the_deadline_only(world: World, desk: Any) -> None:
    deadline = define_year(world, world.CN)
    at(world, deadline)
    with refused("DeadlineNotPassed", 2025, deadline):
        desk.publish(2025, text32("results"), by=world.officer)
    at(world, deadline + 1)
    for person in (world.officer, world.verifier):
        with refused("AccessManagedUnauthorized", person):
            alone(desk, "publish", 2025, text32("results"), by=person)
    receipt = desk.publish(2025, text32("results"), by=world.officer)
    assert receipt.event("YearPublished") == (2025, text32("results"))


def test_exclusions_are_announced_and_kept(world: World, desk: Any) -> None:
    old_sink = [
        condition("kind", Test.ANY_OF, "sink"),
        condition("started", Test.AT_MOST, 20050216),
    ]
    for excluded in ([HYDRO], old_sink):
        receipt = desk.excludeClasses(2025, excluded, by=world.officer)
        assert receipt.event("ClassesExcluded") == (2025, excluded)
    assert desk.exclusionsOf(2025) == [[HYDRO], old_sink]


def test_exclusions_are_sound_and_sixteen_at_most(world: World, desk: Any) -> None:
    nothing = condition("kind", Test.ANY_OF)
    for conditions in ([], [nothing], [HYDRO] * 9):
        with refusal(world, "ExclusionInvalid", 2025):
            desk.excludeClasses(2025, conditions, by=world.officer)
    for _ in range(16):
        desk.excludeClasses(2025, [HYDRO] * 8, by=world.officer)
    with refusal(world, "ExclusionInvalid", 2025):
        desk.excludeClasses(2025, [HYDRO], by=world.officer)
