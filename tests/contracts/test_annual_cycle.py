"""A year of Guangdong, from the monitoring plan to the published results (R-CM, R-AL, R-OF, R-PN).

The figures are in annual_cycle.toml, with their rules and sources. China's registry plays the
pilot's; Alice, Bob and Erin are its operators, Carol a participant, Dave a trading institution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from eth_utils.crypto import keccak

from scripts.bench.evm import refused, text32
from tests.contracts.actors import DECISION, YEAR, Programme, World
from tests.contracts.cycle import (
    GUANGDONG,
    Pools,
    allocate_by_province,
    by_benchmark,
    by_intensity,
    compliance_rate,
    figures,
    has,
    held,
    open_pools,
    pass_deadline,
    points,
    publish,
    sanction,
    set_aside,
    to_buy,
    with_province,
    year_rules,
)
from tests.contracts.desks import (
    DAY,
    REPORT,
    Base,
    Control,
    Emissions,
    credit_class,
    limit,
    propose,
    surrender,
)
from tests.contracts.words import PROVINCES, Allocated, State, Test, condition

PLAN, AMENDED, OBJECTION = text32("plan"), text32("amended plan"), text32("objection")
HYDRO = condition("kind", Test.ANY_OF, "hydro")
NOW = 2014  # the compliance year


@dataclass
class Guangdong:
    """The pilot, its accounts and what each step leaves for the next."""

    world: World
    pools: Pools
    province: str
    f: SimpleNamespace = field(default_factory=lambda: figures("guangdong"))
    gdea: int = 0
    deadline: int = 0
    alices: int = 0  # her allocation's number

    @property
    def p(self) -> Programme:
        return self.world.CN


@pytest.fixture
def gd(world: World) -> Guangdong:
    operators = [world.alice, world.bob, world.erin]
    province = with_province(world, world.CN, operators)
    pilot = Guangdong(world, open_pools(world, world.CN), province)
    world.CN.issuance.setReversalWindow(YEAR, by=world.root)  # a true-up comes within the year
    return pilot


def test_a_year_of_guangdong(gd: Guangdong) -> None:
    plans_are_filed(gd)
    allowances_are_issued_and_set_aside(gd)
    operators_are_allocated_what_the_rules_say(gd)
    free_allowances_are_locked_until_the_paid_share_is_bought(gd)
    units_are_traded(gd)
    emissions_are_verified_disputed_and_assigned(gd)
    allocations_are_trued_up(gd)
    offsets_and_allowances_are_surrendered(gd)
    the_year_is_settled(gd)
    the_results_are_published(gd)
    the_next_year_begins_with_what_was_banked_and_what_is_owed(gd)


def plans_are_filed(gd: Guangdong) -> None:
    """R-MR-01: a major change is an amended plan."""
    desk, world = gd.p.compliance, gd.world
    for version, plan in enumerate((PLAN, AMENDED), start=1):
        receipt = desk.filePlan(world.alice, NOW, plan, by=world.alice)
        assert receipt.event("MonitoringPlanFiled") == (world.alice, NOW, plan, version)


def allowances_are_issued_and_set_aside(gd: Guangdong) -> None:
    """R-CP-03: the cap is what is allocated, auctioned and kept in reserve."""
    world, p, f, pools = gd.world, gd.p, gd.f, gd.pools
    assert f.initial + f.reserve == f.cap
    windows = {"objection": f.objection_days * DAY, "correction": f.correction_days * DAY}
    rules = year_rules(world, NOW, f.deduction_multiple, **windows)
    gd.deadline = rules[0]
    elsewhere = condition("region", Test.NONE_OF, "CN-GD")
    shares = [
        limit(Base.VERIFIED, points(f.offset_share)),
        limit(Base.COUNTED, points(1 - f.local_share), conditions=[elsewhere]),
    ]
    p.compliance.defineYear(NOW, rules, shares, by=world.officer)
    p.compliance.excludeClasses(NOW, [HYDRO], by=world.officer)
    gd.gdea = world.define(p.registry, "GDEA-2014", vintage=NOW, cap=f.cap)
    p.registry.setHoldingLimitClasses([(p.registry, gd.gdea)], by=world.root)
    for holder in (world.carol, world.dave):
        p.registry.setAccountControls(
            holder, Control.HOLDING_LIMIT, f.holding_limit, by=world.registrar
        )
    pool = world.pool(p.registry)
    p.issuance.issue(gd.gdea, pool, f.cap, DECISION, by=world.issuer)
    with refused("DecisionUsed", gd.gdea, DECISION):
        p.issuance.issue(gd.gdea, pool, 1, DECISION, by=world.issuer)
    with refused("CapExceeded", gd.gdea, 1, 0):
        p.issuance.issue(gd.gdea, pool, 1, text32("another decision"), by=world.issuer)
    set_aside(world, p, gd.gdea, pools.new_entrants, f.new_entrants)
    set_aside(world, p, gd.gdea, pools.adjustment, f.reserve - f.new_entrants)
    set_aside(world, p, gd.gdea, pools.auction, f.auctioned)
    accounts = (pool, pools.auction, pools.new_entrants, pools.adjustment)
    expected = (f.initial - f.auctioned, 10_824_800, 10_000_000, 13_000_000)
    assert expected[0] == 388_175_200
    assert has(p.registry, gd.gdea, *accounts) == expected


def operators_are_allocated_what_the_rules_say(gd: Guangdong) -> None:
    """R-AL-28: a province computes and proposes, the State confirms, an allocator allocates."""
    world, p, f = gd.world, gd.p, gd.f
    first = by_benchmark(f.benchmark, f.output)
    second = by_intensity(f.intensity, f.reduction, f.second_output)
    assert (first, second) == (f.first_allocation, f.second_allocation)
    line = (world.alice, NOW, Allocated.INITIAL, gd.gdea, 0, first)
    with refused("RoleMissing", world.allocator, PROVINCES + GUANGDONG):
        propose(p, p.issuance, "entitle", GUANGDONG, [line], by=world.allocator)
    gd.alices = allocate_by_province(world, p, gd.gdea, world.alice, first, NOW)
    allocate_by_province(world, p, gd.gdea, world.bob, second, NOW)
    # A new plant has no history: its capacity counts, and the reserve gives (R-AL-04, R-AL-24).
    third = by_benchmark(f.benchmark, f.capacity)
    reserve = {"pool": gd.pools.new_entrants}
    allocate_by_province(world, p, gd.gdea, world.erin, third, NOW, **reserve)
    assert has(p.registry, gd.gdea, world.alice, world.bob, world.erin) == (
        800_000,
        588_000,
        200_000,
    )
    assert p.compliance.obligationOf(world.alice, NOW).initial == 800_000


def free_allowances_are_locked_until_the_paid_share_is_bought(gd: Guangdong) -> None:
    """R-AL-15."""
    world, p, gdea = gd.world, gd.p, gd.gdea
    wanted = {world.alice: 16_320, world.bob: 11_996, world.erin: 4_080}
    for operator, expected in wanted.items():
        allocation = p.compliance.obligationOf(operator, NOW).issued
        required = to_buy(gd.f.paid_share, allocation)
        assert required == expected
        p.issuance.requirePaidShare(GUANGDONG, operator, required, by=world.allocator)
        auction = (0, gdea, gd.pools.auction, operator)
        sales = (text32("first auction"), text32("second auction"))
        p.issuance.deliver(*auction, required - 1, sales[0], [], by=world.allocator)
        with refused("FreeAllowancesLocked", operator):
            p.registry.safeTransferFrom(operator, world.carol, gdea, required, b"", by=operator)
        with refused("FreeAllowancesLocked", operator):
            surrender(p, operator, gdea, required, year=NOW)
        p.issuance.deliver(*auction, 1, sales[1], [], by=world.allocator)
        assert p.issuance.paidShareOf(operator) == (required, required)
        assert p.registry.accountOf(operator).controls == 0
    assert has(p.registry, gdea, gd.pools.auction) == (10_824_800 - sum(wanted.values()),)


def units_are_traded(gd: Guangdong) -> None:
    """Alice sells what she was given; Dave settles the exchange's day."""
    world, p, gdea = gd.world, gd.p, gd.gdea
    p.holders.authoriseSettler(world.alice, world.dave, True, by=world.alice)
    legs = [
        (world.alice, world.carol, gdea, 500_000, text32("trade 1"), False),
        (world.alice, world.dave, gdea, 300_000, text32("trade 2"), False),
    ]
    p.holders.settle(world.dave, legs, by=world.dave)
    assert has(p.registry, gdea, world.alice, world.carol, world.dave) == (
        16_320,
        500_000,
        300_000,
    )


def emissions_are_verified_disputed_and_assigned(gd: Guangdong) -> None:
    """R-MR-04, R-CM-02: each has its time to object, or to report after it is ordered to."""
    world, desk, f = gd.world, gd.p.compliance, gd.f
    world.chain.advance(YEAR * 2 // 3)  # reports come after the year
    desk.attest(world.alice, NOW, 780_000, REPORT, by=world.verifier)
    until = world.chain.time + f.objection_days * DAY
    desk.attest(world.bob, NOW, 512_000, REPORT, by=world.deputy)
    desk.orderReport(world.erin, NOW, DECISION, by=world.officer)  # she did not report
    ordered = world.chain.time + f.correction_days * DAY
    with refused("WindowOpen", world.alice, NOW, until):
        desk.confirm(world.alice, NOW, 780_000, DECISION, by=world.officer)
    with refused("WindowOpen", world.erin, NOW, ordered):
        desk.assign(GUANGDONG, world.erin, NOW, 200_000, DECISION, by=world.officer)
    world.chain.advance(f.objection_days * DAY + 1)
    with refused("SamePerson", world.bob, NOW, world.deputy):
        desk.confirm(world.bob, NOW, 512_000, DECISION, by=world.deputy)
    desk.dispute(world.bob, NOW, OBJECTION, by=world.bob)
    desk.confirm(world.alice, NOW, 780_000, DECISION, by=world.officer)
    desk.assign(GUANGDONG, world.bob, NOW, f.emissions, DECISION, by=world.officer)
    desk.assign(GUANGDONG, world.erin, NOW, 200_000, DECISION, by=world.officer)
    for operator, state, emissions in (
        (world.alice, Emissions.CONFIRMED, 780_000),
        (world.bob, Emissions.CONFIRMED, 500_000),
        (world.erin, Emissions.ASSIGNED, 200_000),
    ):
        found = desk.obligationOf(operator, NOW)
        assert (found.state, found.emissions) == (state, emissions)
        assert desk.owed(operator, NOW) == emissions


def allocations_are_trued_up(gd: Guangdong) -> None:
    """R-AL-13: one operator gets more; the other has sold what it must give back."""
    world, p, f = gd.world, gd.p, gd.f
    back = f.first_allocation - by_benchmark(f.benchmark, f.verified_output)
    assert back == f.taken_back
    pool = world.pool(p.registry)
    receipt = p.issuance.reverseAllocation(gd.alices, pool, back, [], by=world.allocator)
    assert receipt.event("AllocationReversed") == (gd.alices, 16_320)  # all that she has
    with refused("ERC1155InsufficientBalance", world.alice, 0, back - 16_320, gd.gdea):
        p.issuance.continueReversal(gd.alices, [], by=world.allocator)
    p.issuance.endReversal(gd.alices, by=world.allocator)
    p.compliance.addDebt(world.alice, NOW, back - 16_320, DECISION, by=world.officer)
    assert has(p.registry, gd.gdea, world.alice) == (0,)  # and never less
    obligation = p.compliance.obligationOf(world.alice, NOW)
    assert (obligation.issued, obligation.debt) == (783_680, 7_680)
    assert p.compliance.owed(world.alice, NOW) == 787_680

    more = by_intensity(f.intensity, f.reduction, f.second_verified_output) - f.second_allocation
    assert more == 23_520
    adjusted = (Allocated.ADJUSTMENT, gd.pools.adjustment)
    allocate_by_province(world, p, gd.gdea, world.bob, more, NOW, *adjusted)
    obligation = p.compliance.obligationOf(world.bob, NOW)
    assert (obligation.initial, obligation.issued) == (588_000, 611_520)


def offsets_and_allowances_are_surrendered(gd: Guangdong) -> None:
    """R-OF-06: a tenth of the emissions, seven tenths of it from Guangdong."""
    world, p, f = gd.world, gd.p, gd.f
    local, other, hydro = (
        credit_class(
            world, p, f"CCER-{n}", world.bob, 60_000, vintage=NOW, region=region, kind=kind
        )
        for n, (region, kind) in enumerate(
            [("CN-GD", "wind"), ("CN-FJ", "wind"), ("CN-GD", "hydro")]
        )
    )
    with refused("ClassExcluded", hydro, NOW, 0):
        surrender(p, world.bob, hydro, 1, year=NOW)
    rest = f.offsets - f.local_offsets
    surrender(p, world.bob, local, f.local_offsets - 1, year=NOW)
    with refused("SurrenderLimitExceeded", world.bob, NOW, 1, rest, rest - 1):
        surrender(p, world.bob, other, rest, year=NOW)
    surrender(p, world.bob, local, 1, year=NOW)
    surrender(p, world.bob, other, rest, year=NOW)
    with refused("SurrenderLimitExceeded", world.bob, NOW, 0, f.offsets + 1, f.offsets):
        surrender(p, world.bob, local, 1, year=NOW)
    assert p.compliance.limitUse(world.bob, NOW, 0, local) == (f.offsets, f.offsets)
    assert p.compliance.limitUse(world.bob, NOW, 1, other) == (rest, rest)

    surrender(p, world.bob, gd.gdea, f.emissions - f.offsets, year=NOW)
    surrender(p, world.erin, gd.gdea, 200_000, year=NOW)
    # Alice buys back, and not enough.
    for seller, quantity in ((world.carol, 500_000), (world.dave, 282_680)):
        p.registry.safeTransferFrom(seller, world.alice, gd.gdea, quantity, b"", by=seller)
    surrender(p, world.alice, gd.gdea, 782_680, year=NOW)
    operators = (world.alice, world.bob, world.erin)
    assert [p.compliance.owed(o, NOW) for o in operators] == [f.shortfall, 0, 0]


def the_year_is_settled(gd: Guangdong) -> None:
    """R-PN-06: twice the shortfall, from the next year. What was surrendered is spent (R-BB-03)."""
    world, p, gdea = gd.world, gd.p, gd.gdea
    pass_deadline(world, gd.deadline)
    p.registry.safeTransferFrom(world.dave, world.alice, gdea, 5_000, b"", by=world.dave)
    with refused("DeadlinePassed", NOW, gd.deadline):
        surrender(p, world.alice, gdea, 5_000, year=NOW)  # late
    receipt = p.compliance.settleYear(world.alice, NOW, by=world.broker)
    expected = (world.alice, NOW, 787_680, 782_680, gd.f.deduction)
    assert receipt.event("YearSettled") == expected
    sanction(world, p, world.alice, NOW, keccak(text=f"fine of {gd.f.fine} CNY"))
    totals = p.registry.totalsOf(gdea)
    assert totals.surrendered == 782_680 + 450_000 + 200_000
    assert (totals.issued, held(p.registry, gdea)) == (422_000_000, 420_567_320)
    spent = p.registry.blockAt(gdea, find(gd, world.alice))
    assert (spent.owner, spent.state) == (world.alice, State.SURRENDERED)


def find(gd: Guangdong, account: str) -> int:
    """The first serial of a block that the account surrendered."""
    first = 1
    while True:
        block = gd.p.registry.blockAt(gd.gdea, first)
        if (block.owner, block.state) == (account, State.SURRENDERED):
            return first
        first += block.count


def the_results_are_published(gd: Guangdong) -> None:
    """R-CM-03: entities, not tonnes: two of three complied."""
    world, p = gd.world, gd.p
    assert publish(world, p, NOW, [world.bob, world.erin]) == 1
    settled = [p.compliance.obligationOf(o, NOW) for o in (world.alice, world.bob, world.erin)]
    assert all(o.settled for o in settled)
    complied = [o for o in settled if o.surrendered >= o.emissions + o.debt]
    assert compliance_rate(len(complied), len(settled)) == compliance_rate(2, 3)
    with refused("YearClosed", NOW):
        p.compliance.attest(world.alice, NOW, 1, REPORT, by=world.verifier)


def the_next_year_begins_with_what_was_banked_and_what_is_owed(gd: Guangdong) -> None:
    """R-BB-01: all is banked, nothing is borrowed."""
    world, p = gd.world, gd.p
    rules = year_rules(world, NOW + 1, gd.f.deduction_multiple, before=NOW)
    p.compliance.defineYear(NOW + 1, rules, [], by=world.officer)
    banked = p.registry.balanceOf(world.bob, gd.gdea)
    assert banked == 588_000 + 11_996 + 23_520 - 450_000
    surrender(p, world.bob, gd.gdea, banked, year=NOW + 1)
    early = world.define(p.registry, "GDEA-2016", vintage=NOW + 2)
    world.give(p.registry, world.bob, early, 10)
    with refused("VintageNotAccepted", early, NOW + 2, NOW + 1):
        surrender(p, world.bob, early, 10, year=NOW + 1)
    assert p.compliance.owed(world.alice, NOW + 1) == 10_000
    surrender(p, world.alice, gd.gdea, 5_000, year=NOW + 1)  # what came too late for 2014
    assert p.compliance.owed(world.alice, NOW + 1) == 5_000
