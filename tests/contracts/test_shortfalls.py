"""Shortfalls over the years: a year inherits from the one that it names, whatever the numbers.

The rules are R-PN-05, R-PN-06 and R-PN-08 (twice the shortfall), R-PN-09 (once) and R-CM-01.
"""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import refused
from tests.contracts.actors import CEA, DECISION, World
from tests.contracts.desks import confirm, define_year, refusal, surrender
from tests.contracts.words import LARGEST_QUANTITY

MOST = 2**56 - 1  # of a deduction


@pytest.fixture
def desk(world: World) -> Any:
    return world.CN.compliance


def define(world: World, year: int, before: int = 0, *, multiple: int = 1) -> None:
    """A year whose deadline is a hundred seconds away."""
    deadline = world.chain.time + 100
    changes = {"deadline": deadline, "before": before, "multiple": multiple}
    define_year(world, world.CN, year=year, window=0, allowances_until=2050, **changes)


def settle(world: World, year: int, account: str = "") -> tuple[int, int, int]:
    """Owed, surrendered, and what the year after is to deduct."""
    account = account or world.alice
    receipt = world.CN.compliance.settleYear(account, year, by=world.stranger)
    settled = receipt.event("YearSettled")
    assert settled[:2] == (account, year)
    assert world.CN.compliance.obligationOf(account, year).deduction == settled.deduction
    return settled.owed, settled.surrendered, settled.deduction


# ---- gaps and chains ----------------------------------------------------------------------


def test_years_with_a_gap_are_settled(world: World, desk: Any) -> None:
    """2042 comes after 2040: it does not wait for 2041, which nobody ever defined."""
    define(world, 2040, multiple=2)
    define(world, 2042, before=2040)
    for year in (2040, 2042):
        confirm(world, world.CN, world.alice, 10, year)
    world.chain.advance(101)
    with refusal(world, "YearBeforeOpen", world.alice, 2040):
        desk.settleYear(world.alice, 2042, by=world.stranger)
    assert settle(world, 2040) == (10, 0, 20)
    with refused("YearUnknown", 2041):
        desk.settleYear(world.alice, 2041, by=world.stranger)
    assert desk.owed(world.alice, 2042) == 30
    assert settle(world, 2042) == (30, 0, 30)


def test_a_year_that_names_none_before_inherits_nothing(world: World, desk: Any) -> None:
    """Two periods: the first one's shortfall is not the second one's."""
    for year in (2040, 2041):
        define(world, year)
        confirm(world, world.CN, world.alice, 10, year)
    world.chain.advance(101)
    assert settle(world, 2041) == (10, 0, 10)
    assert settle(world, 2040) == (10, 0, 10)
    assert desk.owed(world.alice, 2041) == 10


def test_a_shortfall_is_inherited_once(world: World, desk: Any) -> None:
    """Two years after the same one would both deduct it."""
    define(world, 2040)
    define(world, 2041, before=2040)
    with refusal(world, "YearRulesInvalid", 2042):
        define(world, 2042, before=2040)
    define(world, 2041, before=2040)  # the same again, with other rules
    define(world, 2041)  # none before it any more
    define(world, 2042, before=2040)
    with refusal(world, "YearRulesInvalid", 2041):
        define(world, 2041, before=2040)


def test_deductions_over_several_years(world: World, desk: Any) -> None:
    """R-PN-06: 5,000 short, so 10,000; what is not paid of it is doubled again, and then paid."""
    years = (2040, 2041, 2043, 2044)
    for before, year in zip((0, *years), years, strict=False):
        define(world, year, before, multiple=2)
        confirm(world, world.CN, world.alice, {2040: 5_000}.get(year, 100), year)
    desk.addDebt(world.alice, 2043, 7, DECISION, by=world.officer)
    world.give(world.cn, world.alice, CEA, 50_000)
    surrender(world.CN, world.alice, CEA, 6_100, year=2041)
    surrender(world.CN, world.alice, CEA, 8_107, year=2043)
    world.chain.advance(101)
    assert settle(world, 2040) == (5_000, 0, 10_000)
    assert settle(world, 2041) == (10_100, 6_100, 8_000)
    assert settle(world, 2043) == (8_107, 8_107, 0)
    assert settle(world, 2044) == (100, 0, 200)


# ---- an operator that left, or came later ---------------------------------------------------


def test_an_operator_that_left_still_owes(world: World, desk: Any) -> None:
    """It has no figure for 2041. Its debt is not forgotten, nor settled past in 2042."""
    for before, year in ((0, 2040), (2040, 2041), (2041, 2042)):
        define(world, year, before, multiple=2)
    confirm(world, world.CN, world.alice, 30, 2040)
    confirm(world, world.CN, world.alice, 30, 2042)  # it is back
    world.chain.advance(101)
    assert settle(world, 2040) == (30, 0, 60)
    assert desk.owed(world.alice, 2041) == 60
    with refusal(world, "EmissionsStateIs", world.alice, 2041, 0):
        desk.settleYear(world.alice, 2041, by=world.stranger)
    with refusal(world, "YearBeforeOpen", world.alice, 2041):
        desk.settleYear(world.alice, 2042, by=world.alice)
    desk.orderReport(world.alice, 2041, DECISION, by=world.officer)
    world.chain.advance(1)
    desk.assign(0, world.alice, 2041, 0, DECISION, by=world.officer)
    assert settle(world, 2041) == (60, 0, 120)
    assert settle(world, 2042) == (150, 0, 300)


def test_an_operator_that_left_pays_without_a_figure(world: World, desk: Any) -> None:
    define(world, 2040)
    define_year(world, world.CN, year=2041, before=2040, allowances_until=2050)
    confirm(world, world.CN, world.alice, 30, 2040)
    world.chain.advance(101)
    settle(world, 2040)
    world.give(world.cn, world.alice, CEA, 30)
    surrender(world.CN, world.alice, CEA, 30, year=2041)
    assert desk.owed(world.alice, 2041) == 0


def test_who_left_with_nothing_owed_is_settled_past(world: World) -> None:
    """And who came later: years without it hold nothing up."""
    for before, year in ((0, 2040), (2040, 2041), (2041, 2044)):
        define(world, year, before, multiple=2)
    confirm(world, world.CN, world.alice, 0, 2040)
    for account in (world.alice, world.bob):
        confirm(world, world.CN, account, 30, 2044)
    world.chain.advance(101)
    with refusal(world, "YearBeforeOpen", world.alice, 2041):  # 2040 is not over
        world.CN.compliance.settleYear(world.alice, 2044, by=world.stranger)
    assert settle(world, 2040) == (0, 0, 0)
    assert settle(world, 2044) == (30, 0, 60)
    assert settle(world, 2044, world.bob) == (30, 0, 60)


# ---- large numbers ------------------------------------------------------------------------


@pytest.mark.parametrize("shortfall", [2**39 - 1, 2**39, LARGEST_QUANTITY])
@pytest.mark.parametrize("multiple", [0, 1, 2, 3, 5, 255])
def test_every_shortfall_is_settled_under_every_multiple(
    world: World, desk: Any, shortfall: int, multiple: int
) -> None:
    define(world, 2040, multiple=multiple)
    define(world, 2042, before=2040, multiple=multiple)
    confirm(world, world.CN, world.alice, shortfall, 2040)
    confirm(world, world.CN, world.alice, 1, 2042)
    world.chain.advance(101)
    assert settle(world, 2040) == (shortfall, 0, shortfall * multiple)
    owed = 1 + shortfall * multiple
    assert desk.owed(world.alice, 2042) == owed
    assert settle(world, 2042) == (owed, 0, min(owed * multiple, MOST))


def test_no_chain_of_shortfalls_overflows(world: World, desk: Any) -> None:
    """All that nine years add up, each with the largest figure, debt and multiple."""
    years = range(2040, 2049)
    for year in years:
        define(world, year, year - 1 if year > 2040 else 0, multiple=255)
        confirm(world, world.CN, world.alice, LARGEST_QUANTITY, year)
        desk.addDebt(world.alice, year, LARGEST_QUANTITY, DECISION, by=world.officer)
    world.chain.advance(101)
    deduction = 0
    for year in years:
        owed = 2 * LARGEST_QUANTITY + deduction
        deduction = min(255 * owed, MOST)
        assert settle(world, year) == (owed, 0, deduction)
    assert deduction == MOST
    define(world, 2049, 2048)
    assert desk.owed(world.alice, 2049) == MOST


def test_a_large_shortfall_is_paid_in_the_year_after(world: World, desk: Any) -> None:
    define(world, 2040, multiple=1)
    define_year(world, world.CN, year=2041, before=2040, allowances_until=2050)
    confirm(world, world.CN, world.alice, LARGEST_QUANTITY, 2040)
    world.chain.advance(101)
    settle(world, 2040)
    large = world.define(world.cn, "CEA-LARGE", cap=LARGEST_QUANTITY)
    world.give(world.cn, world.alice, large, LARGEST_QUANTITY)
    surrender(world.CN, world.alice, large, LARGEST_QUANTITY, year=2041)
    assert desk.owed(world.alice, 2041) == 0
