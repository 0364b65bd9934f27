"""CM-02: an operator that reports falsely or not at all is ordered to report, and then assigned.

The order comes first and leaves time (Art. 40, R-CM-06). What is put right in time is a report like
any other; otherwise two people set the figure, also where a false report was attested already.
"""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import refused, text32
from tests.contracts.actors import CEA, DECISION, YEAR, World
from tests.contracts.desks import (
    DAY,
    REACHED,
    REPORT,
    Emissions,
    alone,
    close,
    confirm,
    define_year,
    refusal,
    surrender,
    take,
)

CORRECTION = 15 * DAY
ORDER, CORRECTED = text32("order"), text32("corrected report")


@pytest.fixture(autouse=True)
def deadline(world: World) -> int:
    """The last second to surrender for 2025. Alice has her time to correct, and 2026 follows."""
    deadline = define_year(world, world.CN, correction=CORRECTION, multiple=2)
    define_year(world, world.CN, year=2026, before=2025, correction=CORRECTION)
    return deadline


@pytest.fixture
def desk(world: World) -> Any:
    return world.CN.compliance


def order(world: World) -> int:
    """Alice is ordered to report. Returns the last second to do so."""
    receipt = world.CN.compliance.orderReport(world.alice, 2025, ORDER, by=world.officer)
    until = world.chain.time + CORRECTION
    assert receipt.event("ReportOrdered") == (world.alice, 2025, until, ORDER)
    assert world.CN.compliance.obligationOf(world.alice, 2025).orderedUntil == until
    return until


def order_and_wait(world: World) -> None:
    order(world)
    world.chain.advance(CORRECTION + 1)


def found(world: World) -> tuple[Emissions, int]:
    o = world.CN.compliance.obligationOf(world.alice, 2025)
    return Emissions(o.state), o.emissions


@pytest.mark.parametrize("before", [Emissions.NONE, Emissions.ATTESTED])
def test_two_people_assign_what_was_not_reported_or_not_put_right(
    world: World, desk: Any, before: Emissions
) -> None:
    for step in REACHED[before]:
        take(world, step, 40)
    order_and_wait(world)
    for person in (world.officer, world.verifier, world.deputy):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(desk, "assign", 0, world.alice, 2025, 700, DECISION, by=person)
    receipt = desk.assign(0, world.alice, 2025, 700, DECISION, by=world.officer)
    expected = (world.alice, 2025, 700, Emissions.ASSIGNED, DECISION)
    assert receipt.event("EmissionsConfirmed") == expected
    assert (found(world), desk.owed(world.alice, 2025)) == ((Emissions.ASSIGNED, 700), 700)


@pytest.mark.parametrize("before", [Emissions.NONE, Emissions.ATTESTED])
def test_nothing_is_assigned_that_was_not_ordered(
    world: World, desk: Any, before: Emissions
) -> None:
    for step in REACHED[before]:
        take(world, step)
    with refusal(world, "NotOrdered", world.alice, 2025):
        desk.assign(0, world.alice, 2025, 700, DECISION, by=world.officer)


@pytest.mark.parametrize("late", [False, True])
def test_a_report_put_right_is_confirmed_as_it_is(world: World, desk: Any, late: bool) -> None:
    """In time, or late but before anything was assigned."""
    take(world, "attest", 40)
    if late:
        order_and_wait(world)
    else:
        order(world)
    desk.attest(world.alice, 2025, 650, CORRECTED, by=world.verifier)
    o = desk.obligationOf(world.alice, 2025)
    assert (o.orderedUntil, o.emissions, o.report) == (0, 650, CORRECTED)
    with refusal(world, "NotOrdered", world.alice, 2025):  # it was met
        desk.assign(0, world.alice, 2025, 700, DECISION, by=world.officer)
    take(world, "confirm", 650)
    assert found(world) == (Emissions.CONFIRMED, 650)


def test_a_correction_that_is_false_too_is_ordered_again(world: World, desk: Any) -> None:
    take(world, "attest", 40)
    order(world)
    desk.attest(world.alice, 2025, 41, CORRECTED, by=world.verifier)
    until = order(world)
    with refusal(world, "WindowOpen", world.alice, 2025, until):
        desk.assign(0, world.alice, 2025, 700, DECISION, by=world.officer)
    world.chain.advance(CORRECTION + 1)
    desk.assign(0, world.alice, 2025, 700, DECISION, by=world.officer)
    assert found(world) == (Emissions.ASSIGNED, 700)


def test_another_order_gives_the_time_again(world: World) -> None:
    first = order(world)
    world.chain.advance(DAY)
    assert order(world) >= first + DAY


def test_an_assigned_figure_is_final(world: World, desk: Any) -> None:
    order_and_wait(world)
    desk.assign(0, world.alice, 2025, 700, DECISION, by=world.officer)
    for step in ("attest", "dispute", "orderReport", "confirm", "assign"):
        with refusal(world, "EmissionsStateIs", world.alice, 2025, Emissions.ASSIGNED):
            take(world, step, 700)


def test_who_objects_is_heard_and_not_assigned(world: World, desk: Any) -> None:
    """An objection ends the order's own course: two people decide it."""
    take(world, "attest", 40)
    order(world)
    take(world, "dispute")
    receipt = desk.assign(0, world.alice, 2025, 45, DECISION, by=world.officer)
    assert receipt.event("EmissionsConfirmed").state == Emissions.CONFIRMED


def test_orders_are_an_officers_and_about_operators(world: World, desk: Any) -> None:
    for person in (world.verifier, world.registrar, world.alice, world.stranger):
        with refusal(world, "AccessManagedUnauthorized", person):
            desk.orderReport(world.alice, 2025, ORDER, by=person)
    for account in (world.carol, world.dave, world.state, world.stranger):
        with refusal(world, "NotOperatorAccount", account):
            desk.orderReport(account, 2025, ORDER, by=world.officer)
        with refusal(world, "NotOperatorAccount", account):
            desk.assign(0, account, 2025, 1, DECISION, by=world.officer)
    with refusal(world, "YearUnknown", 2031):
        desk.orderReport(world.alice, 2031, ORDER, by=world.officer)


# ---- when the results are there -------------------------------------------------------------


def test_who_never_reported_is_found_after_the_results(
    world: World, desk: Any, deadline: int
) -> None:
    """Otherwise an operator without a report would owe nothing as soon as a year is published."""
    close(world, deadline)
    with refusal(world, "YearClosed", 2025):
        take(world, "attest")
    order_and_wait(world)
    desk.assign(0, world.alice, 2025, 300, DECISION, by=world.officer)
    desk.settleYear(world.alice, 2025, by=world.stranger)
    assert desk.owed(world.alice, 2026) == 600


def test_an_order_is_met_after_the_results(world: World, desk: Any, deadline: int) -> None:
    close(world, deadline)
    order(world)
    take(world, "attest", 250)
    with refusal(world, "YearClosed", 2025):  # once for each order
        take(world, "attest", 251)
    take(world, "confirm", 250)
    assert found(world) == (Emissions.CONFIRMED, 250)


def test_a_debt_without_a_report_holds_up_no_later_year_for_ever(
    world: World, desk: Any, deadline: int
) -> None:
    desk.addDebt(world.alice, 2025, 50, DECISION, by=world.officer)
    close(world, deadline)
    confirm(world, world.CN, world.alice, 10, 2026)
    world.chain.advance(2 * YEAR)
    with refused("YearBeforeOpen", world.alice, 2025):
        desk.settleYear(world.alice, 2026, by=world.stranger)
    order_and_wait(world)
    desk.assign(0, world.alice, 2025, 0, DECISION, by=world.officer)
    desk.settleYear(world.alice, 2025, by=world.stranger)
    receipt = desk.settleYear(world.alice, 2026, by=world.stranger)
    assert receipt.event("YearSettled") == (world.alice, 2026, 110, 0, 110)


def test_who_is_ordered_to_report_has_not_left_the_year(
    world: World, desk: Any, deadline: int
) -> None:
    """2026 is not settled past an order for 2025, whose shortfall it is to inherit."""
    order(world)
    confirm(world, world.CN, world.alice, 10, 2026)
    world.chain.advance(2 * YEAR)
    with refusal(world, "YearBeforeOpen", world.alice, 2025):
        desk.settleYear(world.alice, 2026, by=world.alice)
    desk.assign(0, world.alice, 2025, 300, DECISION, by=world.officer)
    desk.settleYear(world.alice, 2025, by=world.stranger)
    receipt = desk.settleYear(world.alice, 2026, by=world.alice)
    assert receipt.event("YearSettled") == (world.alice, 2026, 610, 0, 610)


def test_nothing_is_found_for_a_year_whose_next_is_settled(
    world: World, desk: Any, deadline: int
) -> None:
    """It would be owed to nobody; a decision adds it to a later year."""
    world.give(world.cn, world.alice, CEA, 10)
    confirm(world, world.CN, world.alice, 10, 2026)
    surrender(world.CN, world.alice, CEA, 10, year=2026)
    world.chain.advance(2 * YEAR)
    desk.settleYear(world.alice, 2026, by=world.alice)
    for name, args, by in (
        ("attest", (5, REPORT), world.verifier),
        ("orderReport", (ORDER,), world.officer),
        ("addDebt", (5, DECISION), world.officer),
    ):
        with refusal(world, "AlreadySettled", world.alice, 2026):
            getattr(desk, name)(world.alice, 2025, *args, by=by)
    define_year(world, world.CN, year=2028, before=2026)
    desk.addDebt(world.alice, 2028, 5, DECISION, by=world.officer)
    assert desk.owed(world.alice, 2028) == 5
