"""A year of Korea and the first period of Tokyo, with units that cross a link.

The figures are in annual_cycle.toml, with their rules and sources. In the first test Korea
imports from China; in the second Korea's registry plays Saitama's.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from linking.programmes import load_programme
from scripts.bench.evm import refused, text32
from tests.contracts.actors import DECISION, YEAR, Programme, World
from tests.contracts.cycle import (
    Pools,
    by_history,
    compliance_rate,
    facility_cap,
    figures,
    has,
    held,
    open_pools,
    pass_deadline,
    publish,
    sanction,
    set_aside,
    stability_triggers,
    year_rules,
)
from tests.contracts.desks import (
    FOREIGN,
    REPORT,
    Base,
    Emissions,
    confirm,
    limit,
    surrender,
)
from tests.contracts.words import Allocated, Test, class_id, condition, ref

PLAN, OBJECTION = text32("plan"), text32("objection")


def assign_without_report(
    world: World, p: Programme, account: str, emissions: int, year: int
) -> None:
    """R-CM-02: ordered first, and assigned when nothing came."""
    p.compliance.orderReport(account, year, DECISION, by=world.officer)
    world.chain.advance(1)
    p.compliance.assign(0, account, year, emissions, DECISION, by=world.officer)


@pytest.mark.parametrize("pilot", ["SZ", "TJ", "CQ", "GD"])
def test_compliance_rates_of_2020(pilot: str) -> None:
    complied, covered, rate = getattr(figures("compliance"), pilot)
    assert round(float(compliance_rate(complied, covered)), 5) == float(rate)


# ---- Korea --------------------------------------------------------------------------------

KR_YEAR = 2017
CEA, FOREIGN_CEA = class_id("CEA-2017"), class_id("CN.CEA-2017")


def test_a_year_of_korea(world: World) -> None:
    f, pools = figures("korea"), open_pools(world, world.KR)
    kau, deadline = the_cap_is_issued_and_raised(world, f, pools)
    link = allowances_are_given_and_units_imported(world, f, kau)
    figures_are_confirmed(world, f)
    units_of_three_years_and_two_countries_are_surrendered(world, f, kau, link)
    korea_settles_and_publishes(world, f, deadline)


def the_cap_is_issued_and_raised(world: World, f: SimpleNamespace, pools: Pools) -> tuple[int, int]:
    """R-MS-01, R-CP-10: the price doubled, and the committee added 17 million."""
    p = world.KR
    kau = world.define(p.registry, "KAU-2017", vintage=KR_YEAR, cap=f.cap_before)
    pool = world.pool(p.registry)
    p.issuance.issue(kau, pool, f.cap_before, DECISION, by=world.issuer)
    triggers = stability_triggers(f.half_year_price, f.month_price, f.mean_price)
    assert triggers == (False, True, False)
    addition = text32("additional decision")
    with refused("CapExceeded", kau, f.added, 0):
        p.issuance.issue(kau, pools.stability, f.added, addition, by=world.issuer)
    p.registry.raiseCap(kau, f.cap, by=world.issuer)
    p.issuance.issue(kau, pools.stability, f.added, addition, by=world.issuer)
    assert f.cap_before + f.added == f.cap == load_programme("KR").cap.tonnes
    assert p.registry.totalsOf(kau).issued == 538_900_000
    assert has(p.registry, kau, pool, pools.stability) == (521_900_000, 17_000_000)
    # R-AL-16: nothing is auctioned in the first phase; R-CP-02: the reserves have their accounts.
    set_aside(world, p, kau, pools.new_entrants, 1_000_000)
    assert has(p.registry, kau, pools.auction, pools.new_entrants) == (0, 1_000_000)
    # R-BB-05: allowances of the next year count too. R-LK-01: foreign units count in part.
    rules = year_rules(world, KR_YEAR, f.deduction_multiple, last=KR_YEAR + 1)
    share = limit(Base.OBLIGATION, f.foreign_points, types=FOREIGN)
    p.compliance.defineYear(KR_YEAR, rules, [share], by=world.officer)
    return kau, rules[0]


def allowances_are_given_and_units_imported(world: World, f: SimpleNamespace, kau: int) -> int:
    """R-AL-03: all of it free of charge. R-LK-01: the import quota is a share of the cap."""
    p = world.KR
    given = by_history(f.base_years)
    assert (given, f.auction_share) == (300_000, 0)
    allocations = {}
    for operator in (world.alice, world.bob, world.erin):
        p.compliance.filePlan(operator, KR_YEAR, PLAN, by=operator)
        receipt = world.allocate(p, operator, given, kau, KR_YEAR)
        allocations[operator] = receipt.event("AllocationRecorded").allocationId
    assert int(f.abroad / f.target * 10_000) == f.foreign_points
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), share=(f.foreign_points, kau)))
    world.define(world.cn, "CEA-2017", vintage=KR_YEAR)
    quote = world.gateway.quote(link, CEA, 1)
    assert quote.quota == 164_580_060  # 30.54 % of 538,900,000
    world.give(world.cn, world.alice, CEA, quote.quota + 1)
    with refused("QuotaExceeded", link, quote.quota + 1, quote.quota):
        world.cross(link, world.alice, CEA, quote.quota + 1, world.bob)
    world.cross(link, world.alice, CEA, 200_000, world.bob)
    # True-up: Bob's plant grew, Erin's shrank after she had sold all that she had (R-AL-13).
    world.allocate(p, world.bob, 5_000, kau, KR_YEAR, Allocated.ADJUSTMENT)
    p.registry.safeTransferFrom(world.erin, world.carol, kau, given, b"", by=world.erin)
    with refused("ERC1155InsufficientBalance", world.erin, 0, 2_000, kau):
        p.issuance.reverseAllocation(
            allocations[world.erin], world.pool(p.registry), 2_000, [], by=world.allocator
        )
    p.compliance.addDebt(world.erin, KR_YEAR, 2_000, DECISION, by=world.officer)
    assert has(p.registry, kau, world.alice, world.bob, world.erin) == (300_000, 305_000, 0)
    return link


def figures_are_confirmed(world: World, f: SimpleNamespace) -> None:
    desk = world.KR.compliance
    confirm(world, world.KR, world.alice, 295_000, KR_YEAR)
    desk.attest(world.bob, KR_YEAR, 340_000, REPORT, by=world.verifier)
    desk.dispute(world.bob, KR_YEAR, OBJECTION, by=world.bob)
    desk.assign(0, world.bob, KR_YEAR, f.emissions, DECISION, by=world.officer)
    assign_without_report(world, world.KR, world.erin, 250_000, KR_YEAR)
    states = [desk.obligationOf(o, KR_YEAR).state for o in (world.alice, world.bob, world.erin)]
    assert states == [Emissions.CONFIRMED, Emissions.CONFIRMED, Emissions.ASSIGNED]
    owed = [desk.owed(o, KR_YEAR) for o in (world.alice, world.bob, world.erin)]
    assert owed == [295_000, 330_000, 252_000]


def units_of_three_years_and_two_countries_are_surrendered(
    world: World, f: SimpleNamespace, kau: int, link: int
) -> None:
    """R-BB-05: banked, of the year, borrowed. R-LK-01: 30.54 % of 330,000 from abroad."""
    p = world.KR
    most = f.emissions * f.foreign_points // 10_000
    assert most == 100_782
    with refused("SurrenderLimitExceeded", world.bob, KR_YEAR, 0, most + 1, most):
        surrender(p, world.bob, FOREIGN_CEA, most + 1, year=KR_YEAR)
    surrender(p, world.bob, FOREIGN_CEA, most, year=KR_YEAR)
    totals = world.cn.totalsOf(CEA)
    assert (totals.escrowed, totals.surrendered) == (200_000 - most, most)
    surrender(p, world.bob, kau, f.emissions - most, year=KR_YEAR)

    banked, borrowed, too_young = (
        world.define(p.registry, f"KAU-{year}", vintage=year) for year in (2016, 2018, 2019)
    )
    for unit_class, quantity in ((banked, 10_000), (borrowed, 5_000), (too_young, 1)):
        world.give(p.registry, world.alice, unit_class, quantity)
    surrender(p, world.alice, banked, 10_000, year=KR_YEAR)
    surrender(p, world.alice, borrowed, 5_000, year=KR_YEAR)
    with refused("VintageNotAccepted", too_young, 2019, KR_YEAR):
        surrender(p, world.alice, too_young, 1, year=KR_YEAR)
    surrender(p, world.alice, kau, 280_000, year=KR_YEAR)

    p.registry.safeTransferFrom(world.carol, world.erin, kau, 251_000, b"", by=world.carol)
    surrender(p, world.erin, kau, 251_000, year=KR_YEAR)
    operators = (world.alice, world.bob, world.erin)
    assert [p.compliance.owed(o, KR_YEAR) for o in operators] == [0, 0, f.shortfall]
    totals = p.registry.totalsOf(kau)
    assert totals.surrendered == (f.emissions - most) + 280_000 + 251_000
    assert held(p.registry, kau) == 538_900_000 - totals.surrendered
    # What was not used goes home; what was used does not.
    left = 200_000 - most
    with refused("ERC1155InsufficientBalance", world.bob, left, left + 1, FOREIGN_CEA):
        world.gateway.returnUnits(
            p.registry, FOREIGN_CEA, left + 1, [], world.alice, 0, by=world.bob
        )
    world.gateway.returnUnits(p.registry, FOREIGN_CEA, left, [], world.alice, left, by=world.bob)
    assert world.gateway.linkOf(link).version == 1
    assert world.cn.totalsOf(CEA).escrowed == 0


def korea_settles_and_publishes(world: World, f: SimpleNamespace, deadline: int) -> None:
    """R-PN-09: what is missing is delivered in the next year, on top of its own."""
    p = world.KR
    pass_deadline(world, deadline)
    with refused("DeadlinePassed", KR_YEAR, deadline):
        surrender(p, world.erin, class_id("KAU-2017"), f.shortfall, year=KR_YEAR)
    rate = publish(world, p, KR_YEAR, [world.alice, world.bob, world.erin])
    assert rate == compliance_rate(2, 3)
    sanction(world, p, world.erin, KR_YEAR)
    assert p.compliance.obligationOf(world.erin, KR_YEAR).deduction == f.shortfall
    rules = year_rules(world, KR_YEAR + 1, 1, before=KR_YEAR)
    p.compliance.defineYear(KR_YEAR + 1, rules, [], by=world.officer)
    confirm(world, p, world.erin, 240_000, KR_YEAR + 1)
    assert p.compliance.owed(world.erin, KR_YEAR + 1) == 241_000
    left = p.registry.balanceOf(world.alice, class_id("KAU-2017"))
    assert left == 20_000
    surrender(p, world.alice, class_id("KAU-2017"), left, year=KR_YEAR + 1)  # banked


# ---- Tokyo --------------------------------------------------------------------------------

PERIOD = 2014  # the first period ends; facilities answer for it as for one year


def test_a_period_of_tokyo(world: World) -> None:
    f = figures("tokyo")
    erc, deadline = caps_are_computed_and_the_excess_becomes_credits(world, f)
    links = credits_cross_to_saitama_and_back(world, f, erc)
    tokyo_surrenders(world, erc)
    tokyo_settles_and_publishes(world, f, erc, deadline)
    assert world.gateway.lotCount() == f.transfers
    assert [world.gateway.linkOf(link).version for link in links] == [1, 1]


def caps_are_computed_and_the_excess_becomes_credits(
    world: World, f: SimpleNamespace
) -> tuple[int, int]:
    """R-CP-08: nobody is given allowances; who stays below its cap gets credits for the excess."""
    p = world.JP
    assert load_programme("JP-13").cap.tonnes == f.reduced
    caps = [facility_cap(f.base, t) for t in (f.target, f.strict_target, f.next_target)]
    assert caps == [f.cap, 9_200, 8_300]
    rules = year_rules(world, PERIOD, f.deduction_multiple)
    p.compliance.defineYear(PERIOD, rules, [], by=world.officer)
    for operator in (world.alice, world.bob, world.erin):
        p.compliance.filePlan(operator, PERIOD, PLAN, by=operator)
    spec = {"unit_type": 2, "vintage": PERIOD, "cap": f.reduced, "kind": "excess"}
    erc = world.define(p.registry, "ERC-2014", **spec)
    assert f.cap - f.emissions == f.excess
    report = world.verify(p.registry, erc, f.excess)
    with refused("VerificationExceeded", report, erc, f.excess + 1, f.excess):
        p.issuance.issue(erc, world.alice, f.excess + 1, report, by=world.issuer)
    p.issuance.issue(erc, world.alice, f.excess, report, by=world.issuer)
    # A re-check finds 20 of them wrong: down for Alice. Dave's client had more: up.
    p.issuance.correctIssuance(erc, 1, 20, [ref(1, 381, 20)], by=world.issuer)
    world.credits(p.registry, world.carol, erc, 100)
    assert p.registry.totalsOf(erc)[1:6] == (500, 0, 0, 0, 20)
    assert has(p.registry, erc, world.alice, world.carol) == (380, 100)
    return erc, rules[0]


def credits_cross_to_saitama_and_back(
    world: World, f: SimpleNamespace, erc: int
) -> tuple[int, int]:
    """R-LK-03: 14 transfers, 8 there and 6 back, one for one, of two kinds of credits."""
    assert f.to_saitama + f.to_tokyo == f.transfers
    saitama = world.KR
    spec = {"unit_type": 2, "vintage": PERIOD, "kind": "small-mid"}
    smc = world.define(saitama.registry, "SMC-2014", **spec)
    world.credits(saitama.registry, world.erin, smc, 100)
    kinds = condition("kind", Test.ANY_OF, "excess", "small-mid")
    allowed = world.terms((1, 1), unit_types=0b100, conditions=[kinds])
    there, back = world.agree(world.JP, saitama, allowed, allowed)
    with refused("ClassNotEligible", there, world.JP.allowance):
        world.cross(there, world.alice, world.JP.allowance, 10, world.bob)
    for _ in range(f.to_saitama):
        world.cross(there, world.carol, erc, 5, world.carol)
    for _ in range(f.to_tokyo):
        world.cross(back, world.erin, smc, 10, world.bob)
    assert f.to_saitama - f.to_tokyo == 2
    foreign = class_id("KR.SMC-2014")
    assert has(world.jp, foreign, world.bob) == (60,)
    assert has(world.kr, class_id("JP.ERC-2014"), world.carol) == (40,)
    assert (world.jp.totalsOf(erc).escrowed, world.kr.totalsOf(smc).escrowed) == (40, 60)
    return there, back


def tokyo_surrenders(world: World, erc: int) -> None:
    """Bob emitted 300 above his cap; Erin did not report."""
    p = world.JP
    confirm(world, p, world.alice, 0, PERIOD)  # below her cap: she owes nothing
    over = 18_700 - facility_cap(20_000, figures("tokyo").strict_target)
    assert over == 300
    p.compliance.attest(world.bob, PERIOD, 350, REPORT, by=world.verifier)
    p.compliance.dispute(world.bob, PERIOD, OBJECTION, by=world.bob)
    p.compliance.assign(0, world.bob, PERIOD, over, DECISION, by=world.officer)
    assign_without_report(world, p, world.erin, 200, PERIOD)
    # Over the counter, as always in Tokyo.
    p.registry.safeTransferFrom(world.alice, world.bob, erc, 240, b"", by=world.alice)
    p.registry.safeTransferFrom(world.alice, world.erin, erc, 100, b"", by=world.alice)
    surrender(p, world.bob, class_id("KR.SMC-2014"), 60, year=PERIOD)
    surrender(p, world.bob, erc, 240, year=PERIOD)
    surrender(p, world.erin, erc, 100, year=PERIOD)
    operators = (world.alice, world.bob, world.erin)
    assert [p.compliance.owed(o, PERIOD) for o in operators] == [0, 0, 100]
    at_home = world.kr.totalsOf(class_id("SMC-2014"))
    assert (at_home.escrowed, at_home.surrendered) == (0, 60)


def tokyo_settles_and_publishes(world: World, f: SimpleNamespace, erc: int, deadline: int) -> None:
    p = world.JP
    pass_deadline(world, deadline)
    rate = publish(world, p, PERIOD, [world.alice, world.bob, world.erin])
    assert rate == compliance_rate(2, 3)
    sanction(world, p, world.erin, PERIOD)
    assert p.compliance.obligationOf(world.erin, PERIOD).deduction == 100 * f.deduction_multiple
    totals = p.registry.totalsOf(erc)
    assert (totals.surrendered, totals.escrowed, held(p.registry, erc)) == (340, 40, 100)
    rules = year_rules(world, PERIOD + 1, 1, before=PERIOD)
    p.compliance.defineYear(PERIOD + 1, rules, [], by=world.officer)
    assert p.compliance.owed(world.erin, PERIOD + 1) == 100
    world.chain.advance(YEAR // 2)
    surrender(p, world.alice, erc, 40, year=PERIOD + 1)  # banked into the second period
