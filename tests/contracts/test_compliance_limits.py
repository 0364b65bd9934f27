"""What counts for a compliance year, and how much of it: limits, vintages, banking.

The figures are the worked examples of the rules (TV-11 to TV-13, TV-15).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from scripts.bench.evm import refused
from tests.contracts.actors import DECISION, World
from tests.contracts.desks import (
    ALLOWANCES,
    FOREIGN,
    Base,
    allocate,
    confirm,
    credit_class,
    define_year,
    limit,
    refusal,
    surrender,
)
from tests.contracts.words import Allocated, Banking, Test, class_id, condition, ref


class Rule(NamedTuple):
    """An operator's figures, the limits of its year, and what the last of them allows."""

    limits: list[tuple[Any, ...]]
    most: int
    allocations: tuple[int, ...] = ()  # the initial one, and an adjustment
    emissions: int = 0
    debt: int = 0
    credit: dict[str, Any] = {}  # noqa: RUF012 - of a tuple, and never changed


def one(attribute: str, *values: str) -> tuple[Any, ...]:
    return condition(attribute, Test.ANY_OF, *values)


def outside(region: str) -> tuple[Any, ...]:
    return condition("region", Test.NONE_OF, region)


BEIJING = limit(Base.ISSUED, 500)
RULES = {
    "R-OF-01 Beijing": Rule([BEIJING], 10_000, (200_000,)),
    "R-OF-01 Beijing, outside": Rule(
        [BEIJING, limit(Base.ISSUED, 250, conditions=[outside("CN-BJ")])],
        5_000,
        (200_000,),
        credit={"region": "CN-HE"},
    ),
    "R-OF-02 Tianjin": Rule([limit(Base.VERIFIED, 1_000)], 30_000, emissions=300_000),
    "R-OF-03 Shanghai": Rule([limit(Base.ISSUED, 100)], 10_000, (1_000_000,)),
    "R-OF-04 Chongqing": Rule([limit(Base.VERIFIED, 800)], 8_000, emissions=100_000),
    "R-OF-05 Hubei": Rule([limit(Base.INITIAL, 1_000)], 100_000, (1_000_000, 500_000)),
    "R-OF-05 Hubei, partner provinces": Rule(
        [
            limit(Base.INITIAL, 1_000),
            limit(Base.ABSOLUTE, amount=50_000, conditions=[outside("CN-HB")]),
        ],
        50_000,
        (1_000_000,),
        credit={"region": "CN-HN"},
    ),
    "R-OF-05 Hubei, not filed": Rule(
        [
            limit(Base.INITIAL, 1_000),
            limit(
                Base.ATTRIBUTE,
                6_000,
                per="project",
                attribute="reductions",
                conditions=[one("filed", "no")],
            ),
        ],
        12_000,
        (1_000_000,),
        credit={"filed": "no", "project": "HB-1", "reductions": 20_000},
    ),
    "R-OF-06 Guangdong": Rule([limit(Base.VERIFIED, 1_000)], 50_000, emissions=500_000),
    "R-OF-08 Fujian, CCER": Rule(
        [limit(Base.VERIFIED, 500, conditions=[one("scheme", "CCER")])],
        10_000,
        emissions=200_000,
        credit={"scheme": "CCER"},
    ),
    "R-OF-08 Fujian, FFCER": Rule(
        [
            limit(Base.VERIFIED, 500, conditions=[one("scheme", "CCER")]),
            limit(Base.VERIFIED, 1_000, conditions=[one("scheme", "FFCER")]),
        ],
        20_000,
        emissions=200_000,
        credit={"scheme": "FFCER"},
    ),
    "of the obligation, with its debt": Rule(
        [limit(Base.OBLIGATION, 1_000)], 1_200, emissions=10_000, debt=2_000
    ),
    "of the emissions, without the debt": Rule(
        [limit(Base.VERIFIED, 1_000)], 1_000, emissions=10_000, debt=2_000
    ),
    "rounded down": Rule([limit(Base.VERIFIED, 500)], 49, emissions=999),
    "nothing": Rule([limit(Base.VERIFIED, 0)], 0, emissions=999),
    "everything": Rule([limit(Base.VERIFIED, 10_000)], 999, emissions=999),
    "not decided yet": Rule([limit(Base.VERIFIED, 10_000)], 0),
}


@pytest.mark.parametrize("name", RULES)
def test_a_limit_allows_exactly_so_much(world: World, name: str) -> None:
    rule, p, alice = RULES[name], world.CN, world.alice
    define_year(world, p, rule.limits)
    for quantity, kind in zip(rule.allocations, Allocated, strict=False):
        allocate(world, p, alice, quantity, kind=kind)
    if rule.emissions:
        confirm(world, p, alice, rule.emissions)
    if rule.debt:
        p.compliance.addDebt(alice, 2025, rule.debt, DECISION, by=world.officer)
    credit = credit_class(world, p, "CCER-X", alice, rule.most + 1, **rule.credit)
    last = len(rule.limits) - 1
    assert p.compliance.limitUse(alice, 2025, last, credit) == (0, rule.most)
    with refusal(world, "SurrenderLimitExceeded", alice, 2025, last, rule.most + 1, rule.most):
        surrender(p, alice, credit, rule.most + 1)
    if rule.most:
        surrender(p, alice, credit, rule.most)
    with refusal(world, "SurrenderLimitExceeded", alice, 2025, last, rule.most + 1, rule.most):
        surrender(p, alice, credit, 1)
    assert p.compliance.limitUse(alice, 2025, last, credit) == (rule.most, rule.most)


def test_seven_tenths_from_guangdong(world: World) -> None:
    """R-OF-06, TV-12: of 50,000 at least 35,000; the share is of what is there already."""
    p, alice = world.CN, world.alice
    shares = [
        limit(Base.VERIFIED, 1_000),
        limit(Base.COUNTED, 3_000, parent=0, conditions=[outside("CN-GD")]),
    ]
    define_year(world, p, shares)
    confirm(world, p, alice, 500_000)
    local = credit_class(world, p, "CCER-GD", alice, 50_000, region="CN-GD")
    other = credit_class(world, p, "CCER-FJ", alice, 50_000, region="CN-FJ")
    with refusal(world, "SurrenderLimitExceeded", alice, 2025, 1, 1, 0):
        surrender(p, alice, other, 1)
    surrender(p, alice, local, 34_999)
    with refusal(world, "SurrenderLimitExceeded", alice, 2025, 1, 15_000, 14_999):
        surrender(p, alice, other, 15_000)
    surrender(p, alice, local, 1)
    surrender(p, alice, other, 15_000)
    assert p.compliance.limitUse(alice, 2025, 0, local) == (50_000, 50_000)
    assert p.compliance.limitUse(alice, 2025, 1, local) == (15_000, 15_000)


def test_a_limit_counts_its_own_units_only(world: World) -> None:
    """By type, kind and region; over all the classes that fit, and for each operator."""
    p, alice, here = world.CN, world.alice, one("region", "CN-FJ")
    shares = [
        limit(Base.ABSOLUTE, amount=10, conditions=[one("kind", "wind"), here]),
        limit(Base.ABSOLUTE, amount=20, types=FOREIGN | ALLOWANCES, conditions=[here]),
    ]
    define_year(world, p, shares)
    fits = [
        credit_class(world, p, f"CCER-{n}", alice, 10, kind="wind", region="CN-FJ")
        for n in range(2)
    ]
    others = [
        credit_class(world, p, f"CCER-{n}", alice, 10, kind=kind, region=region)
        for n, (kind, region) in enumerate([("solar", "CN-FJ"), ("wind", "CN-GD")], start=2)
    ]
    for unit_class in others:
        surrender(p, alice, unit_class, 10)
    surrender(p, alice, fits[0], 6)
    with refusal(world, "SurrenderLimitExceeded", alice, 2025, 0, 11, 10):
        surrender(p, alice, fits[1], 5)
    surrender(p, alice, fits[1], 4)
    assert [p.compliance.limitUse(alice, 2025, i, fits[0])[0] for i in (0, 1)] == [10, 0]
    assert p.compliance.limitUse(world.bob, 2025, 0, fits[0]) == (0, 10)


def test_foreign_units_are_of_their_programmes_region(world: World) -> None:
    """Where units have no region of their own, a limit by region means the programme."""
    p = world.KR
    chinese = one("region", "CN")
    define_year(world, p, [limit(Base.ABSOLUTE, amount=5, types=FOREIGN, conditions=[chinese])])
    for source in (world.CN, world.JP):
        link, _ = world.agree(source, world.KR, world.terms((1, 1)))
        world.give(source.registry, world.alice, source.allowance, 10)
        world.cross(link, world.alice, source.allowance, 10, world.bob)
    surrender(p, world.bob, class_id("JP.JPE-2025"), 10)
    with refusal(world, "SurrenderLimitExceeded", world.bob, 2025, 0, 6, 5):
        surrender(p, world.bob, class_id("CN.CEA-2025"), 6)


def bases(world: World) -> tuple[int, int]:
    """What Alice's limits of a tenth of ISSUED and of INITIAL allow."""
    issued, initial = (world.CN.compliance.limitUse(world.alice, 2025, i, 0)[1] for i in (0, 1))
    return issued, initial


def test_issued_follows_adjustments_and_initial_does_not(world: World) -> None:
    p, alice = world.CN, world.alice
    define_year(world, p, [limit(Base.ISSUED, 1_000), limit(Base.INITIAL, 1_000)])
    first = allocate(world, p, alice, 1_000)
    second = allocate(world, p, alice, 500, kind=Allocated.ADJUSTMENT)
    allocate(world, p, alice, 300, year=2026)
    assert bases(world) == (150, 100)
    p.issuance.reverseAllocation(second, world.state, 200, [], by=world.allocator)
    assert bases(world) == (130, 100)
    p.issuance.reverseAllocation(first, world.state, 400, [], by=world.allocator)
    assert bases(world) == (90, 60)


@pytest.mark.parametrize("between", [False, True])
def test_an_erroneous_initial_allocation_leaves_no_base(world: World, between: bool) -> None:
    """Whether the right one comes after its reversal or before."""
    p, alice = world.CN, world.alice
    define_year(world, p, [limit(Base.ISSUED, 1_000), limit(Base.INITIAL, 1_000)])
    wrong = allocate(world, p, alice, 10_000)
    if between:
        allocate(world, p, alice, 1_000)
    p.issuance.reverseAllocation(wrong, world.state, 10_000, [], by=world.allocator)
    if not between:
        allocate(world, p, alice, 1_000)
    assert bases(world) == (100, 100)


# ---- vintages and banking -----------------------------------------------------------------


@pytest.mark.parametrize("banking", list(Banking))
def test_banking(world: World, banking: Banking) -> None:
    """R-BB-01, R-BB-02 (TV-15): of a surplus of 100, 30 were traded once."""
    p, alice = world.CN, world.alice
    define_year(world, p, banking=banking)
    old = world.define(world.cn, "CEA-2024", vintage=2024)
    allocate(world, p, alice, 100, old, year=2024)
    for giver, taker in ((alice, world.bob), (world.bob, alice)):
        world.cn.safeTransferFrom(giver, taker, old, 30, b"", by=giver)
    kept, traded = ref(1, 1, 70, 71), ref(71, 71, 30)
    if banking == Banking.NONE:
        with refusal(world, "VintageNotAccepted", old, 2024, 2025):
            surrender(p, alice, old, 30, [traded])
        return
    if banking == Banking.TRADED:
        with refusal(world, "BlockNotTraded", old, 1):
            surrender(p, alice, old, 70, [kept])
        with refusal(world, "BlockNotTraded", old, 70):
            surrender(p, alice, old, 31)  # the traded 30 and one more
        surrender(p, alice, old, 30)
        assert p.compliance.obligationOf(alice, 2025).surrendered == 30
        return
    surrender(p, alice, old, 100, [traded, ref(1, 1, 70)])
    assert p.compliance.obligationOf(alice, 2025).surrendered == 100


def test_banking_concerns_allowances_of_earlier_years_only(world: World) -> None:
    p, alice = world.CN, world.alice
    define_year(world, p, banking=Banking.TRADED)
    allocate(world, p, alice, 10)
    surrender(p, alice, p.allowance, 10)  # of the year itself, never traded
    old = credit_class(world, p, "CCER-2020", alice, 10, vintage=2020)
    surrender(p, alice, old, 10)


def test_nothing_is_borrowed(world: World) -> None:
    """R-BB-01: not an allowance of the next year, unless the year accepts it (R-BB-05)."""
    p, alice = world.CN, world.alice
    define_year(world, p, allowances_until=2026)
    classes = {v: world.define(world.cn, f"CEA-{v}", vintage=v) for v in (2024, 2026, 2027)}
    for vintage, unit_class in classes.items():
        world.give(world.cn, alice, unit_class, 10)
        if vintage == 2027:
            with refusal(world, "VintageNotAccepted", unit_class, 2027, 2025):
                surrender(p, alice, unit_class, 10)
        else:
            surrender(p, alice, unit_class, 10)


def test_credits_have_a_first_vintage_and_allowances_have_none(world: World) -> None:
    p, alice = world.CN, world.alice
    define_year(world, p, credits_since=2020)
    credits_ = {v: credit_class(world, p, f"CCER-{v}", alice, 10, vintage=v) for v in (2019, 2020)}
    with refusal(world, "VintageNotAccepted", credits_[2019], 2019, 2025):
        surrender(p, alice, credits_[2019], 10)
    surrender(p, alice, credits_[2020], 10)
    old = world.define(world.cn, "CEA-2015", vintage=2015)
    world.give(world.cn, alice, old, 10)
    surrender(p, alice, old, 10)


def test_a_transfer_to_oneself_is_no_trade(world: World) -> None:
    """R-BB-02: otherwise every holder banks everything."""
    p, alice = world.CN, world.alice
    define_year(world, p, banking=Banking.TRADED)
    old = world.define(world.cn, "CEA-2024", vintage=2024)
    allocate(world, p, alice, 100, old, year=2024)
    with refusal(world, "SameAccount", alice):
        world.cn.transferUnits(alice, alice, old, [ref(1, 1, 100)], by=alice)
    with refused("BlockNotTraded", old, 1):
        surrender(p, alice, old, 100)
