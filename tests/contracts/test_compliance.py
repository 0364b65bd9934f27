"""The compliance year: what operators emit, who says so, and who surrenders."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import refused, text32
from tests.contracts.actors import CEA, DECISION, World
from tests.contracts.desks import (
    OBJECTION,
    REACHED,
    REPORT,
    Emissions,
    alone,
    at,
    close,
    define_year,
    refusal,
    surrender,
    take,
)
from tests.contracts.words import Role

UNKNOWN = 2031


@pytest.fixture
def desk(world: World) -> Any:
    return world.CN.compliance


# ---- emissions ----------------------------------------------------------------------------

STEPS = ["attest", "dispute", "orderReport", "confirm", "assign"]
ALLOWED = {
    Emissions.NONE: {"attest": Emissions.ATTESTED, "orderReport": Emissions.NONE},
    Emissions.ATTESTED: {
        "attest": Emissions.ATTESTED,
        "dispute": Emissions.DISPUTED,
        "orderReport": Emissions.ATTESTED,
        "confirm": Emissions.CONFIRMED,
    },
    Emissions.DISPUTED: {"assign": Emissions.CONFIRMED},
    Emissions.CONFIRMED: {},
    Emissions.ASSIGNED: {},
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", list(Emissions))
def test_every_step_from_every_state(world: World, desk: Any, state: Emissions, step: str) -> None:
    for before in REACHED[state]:
        take(world, before)
    assert desk.obligationOf(world.alice, 2025).state == state
    if step == "assign" and state in (Emissions.NONE, Emissions.ATTESTED):
        with refusal(world, "NotOrdered", world.alice, 2025):  # R-CM-06
            take(world, step)
    elif step in ALLOWED[state]:
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
    receipt = take(world, "assign", 80)
    expected = (alice, 2025, 80, Emissions.CONFIRMED, DECISION)
    assert receipt.event("EmissionsConfirmed") == expected
    assert (desk.obligationOf(alice, 2025).emissions, desk.owed(alice, 2025)) == (80, 80)


def test_an_undisputed_figure_is_confirmed_as_it_is(world: World, desk: Any) -> None:
    take(world, "attest", 100)
    for figure in (99, 101, 0):
        with refusal(world, "EmissionsStateIs", world.alice, 2025, Emissions.ATTESTED):
            take(world, "confirm", figure)
    take(world, "confirm", 100)


def test_who_attests_does_not_confirm(world: World, desk: Any) -> None:
    """The deputy is a verifier and a compliance officer."""
    desk.attest(world.alice, 2025, 100, REPORT, by=world.deputy)
    with refusal(world, "SamePerson", world.alice, 2025, world.deputy):
        desk.confirm(world.alice, 2025, 100, DECISION, by=world.deputy)
    desk.confirm(world.alice, 2025, 100, DECISION, by=world.officer)


def test_who_attests_does_not_confirm_by_way_of_the_authority(world: World, desk: Any) -> None:
    desk.attest(world.alice, 2025, 100, REPORT, by=world.deputy)
    call = desk.data("confirm", world.alice, 2025, 100, DECISION)
    with refusal(world, "AccessManagerUnauthorizedAccount", world.deputy, Role.ADMINISTRATOR):
        world.CN.authority.execute(desk, bytes.fromhex(call[2:]), by=world.deputy)


def test_a_dispute_is_decided_by_two_people(world: World, desk: Any) -> None:
    take(world, "attest")
    take(world, "dispute")
    for figure in (90, 100):
        with refusal(world, "EmissionsStateIs", world.alice, 2025, Emissions.DISPUTED):
            take(world, "confirm", figure)
    for person in (world.officer, world.verifier, world.deputy):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(desk, "assign", 0, world.alice, 2025, 90, DECISION, by=person)
    take(world, "assign", 90)
    found = desk.obligationOf(world.alice, 2025)
    assert (found.state, found.emissions) == (Emissions.CONFIRMED, 90)


def test_only_its_people_speak_of_emissions(world: World, desk: Any) -> None:
    for name, args, wrong in (
        ("attest", (world.alice, 2025, 1, REPORT), world.officer),
        ("confirm", (world.alice, 2025, 1, DECISION), world.verifier),
        ("orderReport", (world.alice, 2025, DECISION), world.verifier),
        ("confirmAll", (0, 2025, [(world.alice, 1)], DECISION), world.officer),
        ("assign", (0, world.alice, 2025, 1, DECISION), world.officer),
        ("countAllocation", (world.alice, 2025, 1, True, True), world.allocator),
        ("recordSanction", (world.alice, 2025, DECISION), world.alice),
        ("addDebt", (world.alice, 2025, 1, DECISION), world.officer),
    ):
        with refusal(world, "AccessManagedUnauthorized", wrong):
            alone(desk, name, *args, by=wrong)
    take(world, "attest")
    with refusal(world, "EmissionsStateIs", world.bob, 2025, Emissions.NONE):
        desk.dispute(world.bob, 2025, OBJECTION, by=world.bob)
    for call in ("dispute", "filePlan"):  # nor does anyone speak for another
        with refusal(world, "NotTheHolder", world.alice, world.bob):
            getattr(desk, call)(world.alice, 2025, OBJECTION, by=world.bob)


def test_figures_of_unknown_and_closed_years_are_refused(world: World, desk: Any) -> None:
    with refused("YearUnknown", UNKNOWN):
        desk.attest(world.alice, UNKNOWN, 1, REPORT, by=world.verifier)
    with refused("YearUnknown", UNKNOWN):
        desk.orderReport(world.alice, UNKNOWN, DECISION, by=world.officer)
    with refused("YearUnknown", UNKNOWN):
        desk.confirm(world.alice, UNKNOWN, 1, DECISION, by=world.officer)
    with refused("YearUnknown", UNKNOWN):
        desk.confirmAll(0, UNKNOWN, [(world.alice, 1)], DECISION, by=world.officer)
    with refused("YearUnknown", UNKNOWN):
        desk.assign(0, world.alice, UNKNOWN, 1, DECISION, by=world.officer)
    close(world, define_year(world, world.CN))
    with refused("YearClosed", 2025):
        take(world, "attest")


def test_monitoring_plans_have_versions(world: World, desk: Any) -> None:
    for who, year, version in (
        ("alice", 2025, 1),
        ("alice", 2025, 2),
        ("alice", 2026, 1),
        ("bob", 2025, 1),
    ):
        account = getattr(world, who)
        receipt = desk.filePlan(account, year, REPORT, by=account)
        assert receipt.event("MonitoringPlanFiled") == (account, year, REPORT, version)


# ---- surrender ----------------------------------------------------------------------------


def test_surrender_is_an_operators(world: World, desk: Any) -> None:
    for who in ("carol", "dave", "state"):
        account = getattr(world, who)
        world.give(world.cn, account, CEA, 10)
        with refusal(world, "NotOperatorAccount", account):
            desk.surrender(account, 2025, CEA, 1, [], by=account)
    world.give(world.cn, world.alice, CEA, 10)
    world.cn.setApprovalForAll(world.broker, True, by=world.alice)  # opens transfers only
    for other in (world.bob, world.officer, world.deputy, world.root, world.broker):
        with refusal(world, "NotTheHolder", world.alice, other):
            desk.surrender(world.alice, 2025, CEA, 1, [], by=other)
    receipt = desk.surrender(world.alice, 2025, CEA, 4, [], by=world.alice)
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
