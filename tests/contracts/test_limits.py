"""How much an account may hold (R-HL-01 to R-HL-04), by whatever way units reach it."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, text32
from tests.contracts.actors import CEA, FILE, FOREIGN_CEA, KAU, World
from tests.contracts.desks import Control, allocate, alone, limited, refusal, surrender
from tests.contracts.words import NOTHING, Allocated, Restriction, class_id, ref

LIMIT = Control.HOLDING_LIMIT
FOLLOWS = Control.HOLDING_LIMIT | Control.LIMIT_FOLLOWS_ALLOCATION


def bound(world: World, account: str, most: int, *classes: tuple[Contract, int]) -> None:
    """An account that may hold so much of these classes together."""
    world.cn.setHoldingLimitClasses(list(classes), by=world.root)
    world.cn.setAccountControls(account, LIMIT, most, by=world.registrar)


# ---- the limits of the programmes ---------------------------------------------------------


def test_beijing_an_operator_holds_its_own_allocation_and_a_million(world: World) -> None:
    """R-HL-01, TV-14: 300,000 and 1,000,000."""
    limited(world, world.CN, world.alice, 1_000_000, FOLLOWS)
    allocate(world, world.CN, world.alice, 200_000)
    allocate(world, world.CN, world.alice, 100_000)
    assert world.cn.holdingLimitOf(world.alice) == 1_300_000
    assert world.cn.accountOf(world.alice).holdingLimit == 1_000_000  # as it was decided
    world.give(world.cn, world.bob, CEA, 1_000_001)
    with refusal(world, "HoldingLimitExceeded", world.alice, 1_300_001, 1_300_000):
        world.cn.safeTransferFrom(world.bob, world.alice, CEA, 1_000_001, b"", by=world.bob)
    world.cn.safeTransferFrom(world.bob, world.alice, CEA, 1_000_000, b"", by=world.bob)
    assert world.cn.balanceOf(world.alice, CEA) == 1_300_000
    # What the State gives is never too much.
    allocate(world, world.CN, world.alice, 50_000)
    assert world.cn.holdingLimitOf(world.alice) == 1_350_000


def test_a_limit_follows_what_was_allocated_before_it(world: World) -> None:
    """The limit is the same whether the allocation or the control came first."""
    allocate(world, world.CN, world.alice, 200_000)
    limited(world, world.CN, world.alice, 1_000_000, FOLLOWS)
    assert world.cn.holdingLimitOf(world.alice) == 1_200_000
    limited(world, world.CN, world.alice, 1_000_000)
    assert world.cn.holdingLimitOf(world.alice) == 1_000_000
    with refusal(world, "AccountUnknown", world.stranger):
        world.cn.holdingLimitOf(world.stranger)


def test_a_limit_that_does_not_follow_binds_an_allocation_too(world: World) -> None:
    limited(world, world.CN, world.bob, 100)
    provide(world)
    with refusal(world, "HoldingLimitExceeded", world.bob, 101, 100):
        by_allocation(world, 101)


def provide(world: World) -> None:
    """The pool has 300, to which Bob is entitled."""
    world.issue(world.cn, CEA, 300)
    world.entitle(world.CN, world.bob, 300)


@pytest.mark.parametrize(
    ("who", "most"),
    [
        ("dave", 1_000_000),  # R-HL-01: an institution in Beijing
        ("carol", 50_000),  # R-HL-01: a person in Beijing
        ("carol", 3_000_000),  # R-HL-02: a member in Shanghai
        ("alice", 5_000_000),  # R-HL-02: the largest operator in Shanghai
        ("dave", 8_000_000),  # R-HL-03: Guangdong
        ("bob", 1_500_000),  # R-HL-04: Shenzhen
        ("bob", 0),
    ],
)
def test_an_account_holds_exactly_its_limit(world: World, who: str, most: int) -> None:
    account = getattr(world, who)
    limited(world, world.CN, account, most)
    world.give(world.cn, world.erin, CEA, most + 1)
    with refusal(world, "HoldingLimitExceeded", account, most + 1, most):
        world.cn.safeTransferFrom(world.erin, account, CEA, most + 1, b"", by=world.erin)
    if most:
        world.cn.safeTransferFrom(world.erin, account, CEA, most, b"", by=world.erin)
    with refusal(world, "HoldingLimitExceeded", account, most + 1, most):
        world.cn.safeTransferFrom(world.erin, account, CEA, 1, b"", by=world.erin)


# ---- the ways to an account ---------------------------------------------------------------


def by_transfer(world: World, n: int) -> None:
    world.cn.safeTransferFrom(world.alice, world.bob, CEA, n, b"", by=world.alice)


def by_batch(world: World, n: int) -> None:
    world.cn.safeBatchTransferFrom(
        world.alice, world.bob, [CEA, CEA], [n - 1, 1], b"", by=world.alice
    )


def by_serials(world: World, n: int) -> None:
    world.cn.transferUnits(world.alice, world.bob, CEA, [ref(1, 1, n)], by=world.alice)


def by_settlement(world: World, n: int) -> None:
    parts = {"trade 1": n - 1, "trade 2": 1}
    legs = [(world.alice, world.bob, CEA, m, text32(name), False) for name, m in parts.items()]
    world.CN.holders.settle(world.dave, legs, by=world.dave)


def by_delivery(world: World, n: int) -> None:
    world.deliver(world.cn, world.bob, CEA, n)


def by_allocation(world: World, n: int) -> None:
    grant = (world.bob, 2025, Allocated.INITIAL, n)
    world.CN.issuance.allocate(CEA, world.pool(world.cn), grant, [], by=world.allocator)


def by_allocation_to_many(world: World, n: int) -> None:
    grants = [(world.bob, 2025, Allocated.INITIAL, m) for m in (n - 1, 1)]
    world.CN.issuance.allocateAll(CEA, world.pool(world.cn), grants, by=world.allocator)


def by_return(world: World, n: int) -> None:
    world.gateway.returnUnits(world.kr, FOREIGN_CEA, n, [], world.bob, n, by=world.carol)


@pytest.mark.parametrize(
    "way",
    [
        by_transfer,
        by_batch,
        by_serials,
        by_settlement,
        by_delivery,
        by_allocation,
        by_allocation_to_many,
        by_return,
    ],
)
def test_no_way_leads_past_the_limit(world: World, way: Any) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 500)
    world.cross(link, world.alice, CEA, 200, world.carol)
    provide(world)
    world.CN.holders.authoriseSettler(world.alice, world.dave, True, by=world.alice)
    limited(world, world.CN, world.bob, 100)
    with refusal(world, "HoldingLimitExceeded", world.bob, 101, 100):
        way(world, 101)
    way(world, 100)
    assert world.cn.balanceOf(world.bob, CEA) == 100


def test_issued_credits_count_where_the_programme_lists_them(world: World) -> None:
    ccer = world.define(world.cn, "CCER-2025", unit_type=2)
    bound(world, world.bob, 100, (world.cn, ccer))
    report = world.verify(world.cn, ccer, 101)
    with refusal(world, "HoldingLimitExceeded", world.bob, 101, 100):
        world.CN.issuance.issue(ccer, world.bob, 101, report, by=world.issuer)
    world.CN.issuance.issue(ccer, world.bob, 100, report, by=world.issuer)


def test_imports_count(world: World) -> None:
    """Over a link into a limited account abroad."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 2)))
    world.give(world.cn, world.alice, CEA, 400)
    world.cross(link, world.alice, CEA, 2, world.carol)  # the class exists
    world.kr.setHoldingLimitClasses([(world.kr, FOREIGN_CEA), (world.kr, KAU)], by=world.root)
    world.kr.setAccountControls(world.bob, LIMIT, 100, by=world.registrar)
    world.give(world.kr, world.erin, KAU, 40)
    world.kr.safeTransferFrom(world.erin, world.bob, KAU, 40, b"", by=world.erin)
    with refusal(world, "HoldingLimitExceeded", world.bob, 101, 100):
        world.cross(link, world.alice, CEA, 122, world.bob)
    world.cross(link, world.alice, CEA, 120, world.bob)
    assert world.kr.heldOfLimit(world.bob, FOREIGN_CEA) == (True, 100)


# ---- what is counted ----------------------------------------------------------------------


def test_the_limit_is_for_all_its_classes_together(world: World) -> None:
    vintages = [world.define(world.cn, f"CEA-{v}", vintage=v) for v in (2023, 2024)]
    ccer = world.define(world.cn, "CCER-2025", unit_type=2)
    bound(world, world.bob, 100, *((world.cn, c) for c in (CEA, *vintages)))
    for unit_class in (CEA, *vintages):
        world.give(world.cn, world.alice, unit_class, 100)
    world.credits(world.cn, world.alice, ccer, 500)

    def send(unit_class: int, quantity: int) -> None:
        world.cn.safeTransferFrom(world.alice, world.bob, unit_class, quantity, b"", by=world.alice)

    send(CEA, 40)
    send(vintages[0], 30)
    with refusal(world, "HoldingLimitExceeded", world.bob, 101, 100):
        send(vintages[1], 31)
    send(ccer, 500)  # is not listed
    with refusal(world, "HoldingLimitExceeded", world.bob, 101, 100):
        world.cn.safeBatchTransferFrom(
            world.alice, world.bob, vintages, [15, 16], b"", by=world.alice
        )
    send(vintages[1], 30)
    assert world.cn.heldOfLimit(world.bob, CEA) == (True, 100)
    assert world.cn.heldOfLimit(world.bob, ccer) == (False, 100)


def test_the_limit_spans_linked_registries(world: World) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 300)
    bound(world, world.bob, 100, (world.cn, CEA), (world.kr, FOREIGN_CEA))
    world.cross(link, world.alice, CEA, 60, world.bob)
    with refusal(world, "HoldingLimitExceeded", world.bob, 101, 100):
        world.cn.safeTransferFrom(world.alice, world.bob, CEA, 41, b"", by=world.alice)
    world.cn.safeTransferFrom(world.alice, world.bob, CEA, 40, b"", by=world.alice)
    assert world.cn.heldOfLimit(world.bob, CEA) == (True, 100)
    # Coming home changes nothing of the sum.
    world.gateway.returnUnits(world.kr, FOREIGN_CEA, 60, [], world.bob, 60, by=world.bob)
    assert world.cn.balanceOf(world.bob, CEA) == 100


def test_what_is_set_aside_counts_and_what_is_used_does_not(world: World) -> None:
    limited(world, world.CN, world.bob, 100)
    world.give(world.cn, world.alice, CEA, 300)
    by_transfer(world, 100)
    world.CN.liens.pledge(world.bob, CEA, 60, [], world.carol, FILE, by=world.bob)
    with refusal(world, "HoldingLimitExceeded", world.bob, 101, 100):
        by_transfer(world, 1)
    surrender(world.CN, world.bob, CEA, 20)
    world.cn.retire(world.bob, CEA, 10, [], NOTHING, NOTHING, by=world.bob)
    by_transfer(world, 30)
    world.CN.liens.releasePledge(world.carol, 1, by=world.carol)  # they were his all the time


def test_what_comes_back_is_not_refused(world: World) -> None:
    """A surrender that is put back is no arrival: the account had the units."""
    limited(world, world.CN, world.bob, 100)
    world.give(world.cn, world.alice, CEA, 300)
    by_transfer(world, 100)  # 201 to 300
    surrender(world.CN, world.bob, CEA, 60)  # 241 to 300
    by_transfer(world, 60)
    back = [ref(241, 241, 60)]
    world.CN.compliance.reverseSurrender(world.bob, 2025, CEA, back, by=world.officer)
    assert world.cn.balanceOf(world.bob, CEA) == 160
    with refusal(world, "HoldingLimitExceeded", world.bob, 161, 100):
        by_transfer(world, 1)


def test_a_limit_below_what_is_held_takes_nothing_away(world: World) -> None:
    world.give(world.cn, world.alice, CEA, 300)
    by_transfer(world, 100)
    limited(world, world.CN, world.bob, 50)
    assert world.cn.balanceOf(world.bob, CEA) == 100
    with refusal(world, "HoldingLimitExceeded", world.bob, 101, 50):
        by_transfer(world, 1)
    world.cn.safeTransferFrom(world.bob, world.alice, CEA, 60, b"", by=world.bob)
    by_transfer(world, 10)
    world.cn.setAccountControls(world.bob, 0, 50, by=world.registrar)  # limited no more
    by_transfer(world, 100)


def test_the_forecast_says_the_same(world: World) -> None:
    limited(world, world.CN, world.bob, 100)
    world.give(world.cn, world.alice, CEA, 300)
    forecast = world.CN.holders.restrictionOf
    assert forecast(world.alice, world.bob, CEA, 101)[0] == Restriction.HOLDING_LIMIT
    assert forecast(world.alice, world.bob, CEA, 100)[0] == Restriction.NONE
    assert forecast(world.alice, world.carol, CEA, 101)[0] == Restriction.NONE


def test_controls_are_two_peoples(world: World) -> None:
    args = (world.bob, LIMIT, 100)
    for person in (world.registrar, world.deputy, world.bob, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.cn, "setAccountControls", *args, by=person)
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.cn, "setHoldingLimitClasses", [], by=person)
    receipt = world.cn.setAccountControls(*args, by=world.registrar)
    assert receipt.event("AccountControlsChanged") == args
    with refusal(world, "AccountUnknown", world.stranger):
        world.cn.setAccountControls(world.stranger, LIMIT, 1, by=world.registrar)


def test_a_limit_counts_sixteen_classes_at_most(world: World) -> None:
    classes = [(world.cn.address, class_id(f"X-{n}")) for n in range(17)]
    with refusal(world, "TooManyClasses", 17, 16):
        world.cn.setHoldingLimitClasses(classes, by=world.root)
    receipt = world.cn.setHoldingLimitClasses(classes[:16], by=world.root)
    assert receipt.event("HoldingLimitClassesChanged").classes == classes[:16]
    assert world.cn.holdingLimitClasses() == classes[:16]
    world.cn.setHoldingLimitClasses(classes[:1], by=world.root)  # replaces them
    assert world.cn.holdingLimitClasses() == classes[:1]
