"""The compliance year: its rules, what operators emit and owe, and how it is settled."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import refused, text32
from tests.contracts.actors import CEA, DECISION, World
from tests.contracts.desks import (
    OBJECTION,
    REACHED,
    REPORT,
    Base,
    Emissions,
    alone,
    at,
    close,
    confirm,
    define_year,
    limit,
    refusal,
    rules,
    surrender,
    take,
)

UNKNOWN = 2031


@pytest.fixture
def desk(world: World) -> Any:
    return world.CN.compliance


# ---- the rules of a year ------------------------------------------------------------------


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
    closed = (*good[:6], True)
    for year, demanded, limits in (
        (0, good, []),
        (UNKNOWN, rules(world, deadline=0), []),
        (UNKNOWN, closed, []),
        (UNKNOWN, good, [share] * 9),
        (UNKNOWN, good, [limit(Base.VERIFIED, 10_001)]),
        (UNKNOWN, good, [limit(Base.COUNTED, 1, parent=0)]),
        (UNKNOWN, good, [share, limit(Base.COUNTED, 1, parent=2)]),
    ):
        with refusal(world, "YearRulesInvalid", year):
            desk.defineYear(year, demanded, limits, by=world.officer)
    desk.defineYear(
        UNKNOWN, good, [*[share] * 7, limit(Base.COUNTED, 1, parent=6)], by=world.officer
    )


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
        ("excludeCategory", (text32("hydro"),)),
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
    with refused("AccessManagedUnauthorized", world.verifier):
        desk.publish(2025, text32("results"), by=world.verifier)
    at(world, deadline + 1)
    receipt = desk.publish(2025, text32("results"), by=world.officer)
    assert receipt.event("YearPublished") == (2025, text32("results"))


def test_exclusion_is_announced(world: World, desk: Any) -> None:
    receipt = desk.excludeCategory(2025, text32("hydro"), by=world.officer)
    assert receipt.event("CategoryExcluded") == (2025, text32("hydro"))


# ---- emissions ----------------------------------------------------------------------------

STEPS = ["attest", "dispute", "confirm", "assign"]
ALLOWED = {
    Emissions.NONE: {"attest": Emissions.ATTESTED, "assign": Emissions.ASSIGNED},
    Emissions.ATTESTED: {
        "attest": Emissions.ATTESTED,
        "dispute": Emissions.DISPUTED,
        "confirm": Emissions.CONFIRMED,
    },
    Emissions.DISPUTED: {"confirm": Emissions.CONFIRMED},
    Emissions.CONFIRMED: {},
    Emissions.ASSIGNED: {},
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", list(Emissions))
def test_every_step_from_every_state(world: World, desk: Any, state: Emissions, step: str) -> None:
    for before in REACHED[state]:
        take(world, before)
    assert desk.obligationOf(world.alice, 2025).state == state
    if step in ALLOWED[state]:
        take(world, step)
        assert desk.obligationOf(world.alice, 2025).state == ALLOWED[state][step]
    else:
        with refusal(world, "EmissionsStateIs", world.alice, 2025, state):
            take(world, step)


def test_figures_and_events(world: World, desk: Any) -> None:
    alice = world.alice
    receipt = take(world, "attest", 90)
    assert receipt.event("EmissionsAttested") == (alice, 2025, 90, REPORT, world.verifier)
    take(world, "attest", 100)  # until it is confirmed, a report may be replaced
    found = desk.obligationOf(alice, 2025)
    assert (found.emissions, found.verifier, found.report) == (100, world.verifier, REPORT)
    assert desk.owed(alice, 2025) == 0  # nobody has confirmed it
    receipt = take(world, "dispute")
    assert receipt.event("EmissionsDisputed") == (alice, 2025, OBJECTION)
    receipt = take(world, "confirm", 80)
    expected = (alice, 2025, 80, Emissions.CONFIRMED, DECISION)
    assert receipt.event("EmissionsConfirmed") == expected
    assert (desk.obligationOf(alice, 2025).emissions, desk.owed(alice, 2025)) == (80, 80)


def test_an_undisputed_figure_is_confirmed_as_it_is(world: World, desk: Any) -> None:
    take(world, "attest", 100)
    for figure in (99, 101, 0):
        with refusal(world, "EmissionsStateIs", world.alice, 2025, Emissions.ATTESTED):
            take(world, "confirm", figure)
    take(world, "confirm", 100)


@pytest.mark.parametrize("disputed", [False, True])
def test_who_attests_does_not_confirm(world: World, desk: Any, disputed: bool) -> None:
    """The deputy is a verifier and a compliance officer."""
    desk.attest(world.alice, 2025, 100, REPORT, by=world.deputy)
    if disputed:
        desk.dispute(2025, OBJECTION, by=world.alice)
    with refusal(world, "SamePerson", world.alice, 2025, world.deputy):
        desk.confirm(world.alice, 2025, 100, DECISION, by=world.deputy)
    desk.confirm(world.alice, 2025, 100, DECISION, by=world.officer)


def test_only_its_people_speak_of_emissions(world: World, desk: Any) -> None:
    for name, args, wrong in (
        ("attest", (world.alice, 2025, 1, REPORT), world.officer),
        ("confirm", (world.alice, 2025, 1, DECISION), world.verifier),
        ("assign", (world.alice, 2025, 1, DECISION), world.officer),
        ("countAllocation", (world.alice, 2025, 1, True), world.allocator),
        ("recordSanction", (world.alice, 2025, DECISION), world.alice),
        ("addDebt", (world.alice, 2025, 1, DECISION), world.officer),
    ):
        with refusal(world, "AccessManagedUnauthorized", wrong):
            alone(desk, name, *args, by=wrong)
    take(world, "attest")
    with refusal(world, "EmissionsStateIs", world.bob, 2025, Emissions.NONE):
        desk.dispute(2025, OBJECTION, by=world.bob)  # of another's figure there is nothing to say


def test_figures_of_unknown_and_closed_years_are_refused(world: World, desk: Any) -> None:
    with refused("YearUnknown", UNKNOWN):
        desk.attest(world.alice, UNKNOWN, 1, REPORT, by=world.verifier)
    with refused("YearUnknown", UNKNOWN):
        desk.assign(world.alice, UNKNOWN, 1, DECISION, by=world.officer)
    close(world, define_year(world, world.CN))
    for step in ("attest", "assign"):
        with refused("YearClosed", 2025):
            take(world, step)


def test_monitoring_plans_have_versions(world: World, desk: Any) -> None:
    for who, year, version in (
        ("alice", 2025, 1),
        ("alice", 2025, 2),
        ("alice", 2026, 1),
        ("bob", 2025, 1),
    ):
        account = getattr(world, who)
        receipt = desk.filePlan(year, REPORT, by=account)
        assert receipt.event("MonitoringPlanFiled") == (account, year, REPORT, version)


# ---- surrender ----------------------------------------------------------------------------


def test_surrender_is_an_operators(world: World, desk: Any) -> None:
    for who in ("carol", "dave", "state"):
        account = getattr(world, who)
        world.give(world.cn, account, CEA, 10)
        with refusal(world, "NotOperatorAccount", account):
            desk.surrender(account, 2025, CEA, 1, [], by=account)
    world.give(world.cn, world.alice, CEA, 10)
    for stranger in (world.bob, world.officer, world.deputy, world.root):
        with refusal(world, "ERC1155MissingApprovalForAll", stranger, world.alice):
            desk.surrender(world.alice, 2025, CEA, 1, [], by=stranger)
    world.cn.setApprovalForAll(world.broker, True, by=world.alice)
    receipt = desk.surrender(world.alice, 2025, CEA, 4, [], by=world.broker)
    assert receipt.event("Surrendered") == (world.alice, 2025, CEA, 4, 4)
    assert desk.obligationOf(world.alice, 2025).surrendered == 4


def test_surrender_until_the_last_second(world: World, desk: Any) -> None:
    deadline = define_year(world, world.CN)
    world.give(world.cn, world.alice, CEA, 10)
    at(world, deadline)
    surrender(world.CN, world.alice, CEA, 1)
    at(world, deadline + 1)
    with refused("DeadlinePassed", 2025, deadline):
        surrender(world.CN, world.alice, CEA, 1)
    with refused("YearUnknown", UNKNOWN):
        surrender(world.CN, world.alice, CEA, 1, year=UNKNOWN)
    desk.publish(2025, text32("results"), by=world.officer)
    with refusal(world, "YearClosed", 2025):
        surrender(world.CN, world.alice, CEA, 1)
