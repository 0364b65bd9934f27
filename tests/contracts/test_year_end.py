"""How a compliance year ends: what is missing becomes a debt, and results are published."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import refused
from tests.contracts.actors import CEA, DECISION, YEAR, World
from tests.contracts.desks import (
    REACHED,
    Emissions,
    at,
    close,
    confirm,
    define_year,
    refusal,
    surrender,
    take,
)

UNKNOWN = 2031


@pytest.fixture
def desk(world: World) -> Any:
    return world.CN.compliance


# ---- debts and settlement -----------------------------------------------------------------


@pytest.mark.parametrize("multiple", [0, 1, 2])
def test_a_shortfall_becomes_the_next_years_debt(world: World, desk: Any, multiple: int) -> None:
    """R-PN-05, R-PN-06, R-PN-08."""
    deadline = define_year(world, world.CN, multiple=multiple, window=0)
    define_year(world, world.CN, year=2026, before=2025)
    world.give(world.cn, world.alice, CEA, 1_000)
    confirm(world, world.CN, world.alice, 700)
    receipt = desk.addDebt(world.alice, 2025, 200, DECISION, by=world.officer)
    assert receipt.event("DebtChanged") == (world.alice, 2025, 200, DECISION)
    desk.addDebt(world.alice, 2025, 100, DECISION, by=world.officer)
    surrender(world.CN, world.alice, CEA, 995)
    assert desk.owed(world.alice, 2025) == 5
    at(world, deadline)
    with refused("DeadlineNotPassed", 2025, deadline):
        desk.settleYear(world.alice, 2025, by=world.stranger)
    at(world, deadline + 1)
    assert desk.owed(world.alice, 2026) == 0
    receipt = desk.settleYear(world.alice, 2025, by=world.stranger)
    assert receipt.event("YearSettled") == (world.alice, 2025, 1_000, 995, 5 * multiple)
    assert receipt.events("DebtChanged") == []  # the year after asks the year before it
    assert desk.obligationOf(world.alice, 2025).deduction == 5 * multiple
    assert desk.obligationOf(world.alice, 2026).debt == 0
    assert desk.owed(world.alice, 2026) == 5 * multiple
    with refusal(world, "AlreadySettled", world.alice, 2025):
        desk.settleYear(world.alice, 2025, by=world.stranger)


def test_who_surrenders_enough_or_more_owes_nothing(world: World, desk: Any) -> None:
    """R-CM-01: not less than the confirmed emissions."""
    deadline = define_year(world, world.CN, multiple=2)
    define_year(world, world.CN, year=2026, before=2025)
    for account, quantity in ((world.alice, 100), (world.bob, 120)):
        world.give(world.cn, account, CEA, 200)
        confirm(world, world.CN, account, 100)
        surrender(world.CN, account, CEA, quantity)
    at(world, deadline + 1)
    for account, quantity in ((world.alice, 100), (world.bob, 120)):
        receipt = desk.settleYear(account, 2025, by=world.stranger)
        assert receipt.event("YearSettled") == (account, 2025, 100, quantity, 0)
        assert (desk.obligationOf(account, 2025).deduction, desk.owed(account, 2026)) == (0, 0)


def test_published_results_forgive_no_debt(world: World, desk: Any) -> None:
    deadline = define_year(world, world.CN, multiple=2)
    confirm(world, world.CN, world.alice, 100)
    close(world, deadline)
    receipt = desk.settleYear(world.alice, 2025, by=world.stranger)
    assert receipt.event("YearSettled") == (world.alice, 2025, 100, 0, 200)


@pytest.mark.parametrize("state", [Emissions.NONE, Emissions.ATTESTED, Emissions.DISPUTED])
def test_a_year_without_a_decided_figure_is_not_settled(
    world: World, desk: Any, state: Emissions
) -> None:
    deadline = define_year(world, world.CN)
    for step in REACHED[state]:
        take(world, step)
    at(world, deadline + 1)
    with refused("EmissionsStateIs", world.alice, 2025, state):
        desk.settleYear(world.alice, 2025, by=world.stranger)
    with refused("YearUnknown", UNKNOWN):
        desk.settleYear(world.alice, UNKNOWN, by=world.stranger)


def test_a_settled_year_is_over(world: World, desk: Any) -> None:
    deadline = define_year(world, world.CN)
    world.give(world.cn, world.alice, CEA, 100)
    surrender(world.CN, world.alice, CEA, 10)
    for step in REACHED[Emissions.ASSIGNED]:
        take(world, step)
    at(world, deadline + 1)
    desk.settleYear(world.alice, 2025, by=world.stranger)
    desk.moveDeadline(2025, deadline + YEAR, by=world.officer)
    for name, args, by in (
        ("surrender", (world.alice, 2025, CEA, 1, []), world.alice),
        ("addDebt", (world.alice, 2025, 1, DECISION), world.officer),
        ("reverseSurrender", (world.alice, 2025, CEA, [(91, 0, 91, 10)]), world.officer),
    ):
        with refusal(world, "AlreadySettled", world.alice, 2025):
            getattr(desk, name)(*args, by=by)


def test_a_sanction_is_recorded_by_its_hash(world: World, desk: Any) -> None:
    receipt = desk.recordSanction(world.alice, 2025, DECISION, by=world.officer)
    assert receipt.event("SanctionRecorded") == (world.alice, 2025, DECISION)


def test_years_are_settled_in_their_order(world: World, desk: Any) -> None:
    """Anyone settles: no operator lets its debt fall into a year that is over."""
    first = define_year(world, world.CN, multiple=2)
    second = first + YEAR
    define_year(world, world.CN, year=2026, deadline=second, before=2025)
    confirm(world, world.CN, world.alice, 100)
    confirm(world, world.CN, world.alice, 0, 2026)
    at(world, second + 1)
    with refused("YearBeforeOpen", world.alice, 2025):
        desk.settleYear(world.alice, 2026, by=world.alice)
    desk.settleYear(world.alice, 2025, by=world.alice)
    receipt = desk.settleYear(world.alice, 2026, by=world.alice)
    assert receipt.event("YearSettled") == (world.alice, 2026, 200, 0, 200)


def test_a_debt_alone_keeps_the_next_year_open(world: World, desk: Any) -> None:
    first = define_year(world, world.CN)
    define_year(world, world.CN, year=2026, deadline=first, before=2025)
    desk.addDebt(world.alice, 2025, 50, DECISION, by=world.officer)
    confirm(world, world.CN, world.alice, 10, 2026)
    confirm(world, world.CN, world.bob, 10, 2026)
    at(world, first + 1)
    with refused("YearBeforeOpen", world.alice, 2025):
        desk.settleYear(world.alice, 2026, by=world.stranger)
    desk.settleYear(world.bob, 2026, by=world.stranger)  # of 2025 he knows nothing


def test_a_dispute_can_be_decided_after_the_results(world: World, desk: Any) -> None:
    deadline = define_year(world, world.CN)
    define_year(world, world.CN, year=2026, before=2025)
    take(world, "attest")
    take(world, "dispute")
    close(world, deadline)
    take(world, "assign", 90)
    desk.settleYear(world.alice, 2025, by=world.stranger)
    assert desk.owed(world.alice, 2026) == 90
