"""What was allocated free of charge: the paid share (R-AL-15) and the sale share (R-MS-05)."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import refused, text32
from tests.contracts.actors import CEA, DECISION, FILE, FOREIGN_CEA, World
from tests.contracts.desks import Control, allocate, alone, refusal, surrender
from tests.contracts.words import NOTHING, Restriction, ref

FREE, TRADED = 1, 2  # marks


@pytest.fixture
def link(world: World) -> int:
    out, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    return out


def buy(world: World, account: str, quantity: int) -> Any:
    """The State sells at auction."""
    world.CN.issuance.issue(CEA, world.state, quantity, DECISION, by=world.issuer)
    return world.CN.issuance.deliver(CEA, world.state, account, quantity, [], by=world.allocator)


def send(world: World, quantity: int, refs: Any = ()) -> None:
    if refs:
        world.cn.transferUnits(world.alice, world.bob, CEA, list(refs), by=world.alice)
    else:
        world.cn.safeTransferFrom(world.alice, world.bob, CEA, quantity, b"", by=world.alice)


# ---- Guangdong: the paid share ------------------------------------------------------------


@pytest.fixture
def locked(world: World) -> Any:
    """TV-16: 1,000,000 allocated, of which 2.04 % must be bought."""
    allocate(world, world.CN, world.alice, 1_000_000)
    return world.CN.issuance.requirePaidShare(world.alice, 20_400, by=world.allocator)


def test_free_allowances_are_locked_until_the_last_unit_is_bought(
    world: World, locked: Any
) -> None:
    assert locked.event("PaidShareChanged") == (world.alice, 20_400, 0)
    receipt = buy(world, world.alice, 20_399)
    assert receipt.event("PaidShareChanged") == (world.alice, 20_400, 20_399)
    assert world.cn.accountOf(world.alice).controls == Control.FREE_LOCKED
    with refusal(world, "FreeAllowancesLocked", world.alice):
        send(world, 20_400)
    with refusal(world, "FreeAllowancesLocked", world.alice):
        surrender(world.CN, world.alice, CEA, 20_400)
    buy(world, world.alice, 1)
    assert world.cn.accountOf(world.alice).controls == 0
    assert world.CN.issuance.paidShareOf(world.alice) == (20_400, 20_400)
    surrender(world.CN, world.alice, CEA, 500_000)
    send(world, 520_400)


@pytest.mark.parametrize("way", ["quantity", "batch", "serials", "settlement", "link", "surrender"])
def test_locked_allowances_go_nowhere(world: World, link: int, locked: Any, way: str) -> None:
    alice, bob, cn = world.alice, world.bob, world.cn
    world.CN.holders.authoriseSettler(alice, world.dave, True, by=alice)
    calls = {
        "quantity": lambda: send(world, 1),
        "batch": lambda: cn.safeBatchTransferFrom(alice, bob, [CEA], [1], b"", by=alice),
        "serials": lambda: send(world, 1, [ref(1, 5, 1)]),
        "settlement": lambda: world.CN.holders.settle(
            [(alice, bob, CEA, 1, text32("trade"))], by=world.dave
        ),
        "link": lambda: world.cross(link, alice, CEA, 1, bob),
        "surrender": lambda: surrender(world.CN, alice, CEA, 1),
    }
    with refusal(world, "FreeAllowancesLocked", alice):
        calls[way]()
    world.CN.issuance.requirePaidShare(alice, 0, by=world.allocator)
    calls[way]()


def test_what_was_bought_is_free_to_use(world: World, link: int, locked: Any) -> None:
    """The newest units go first: those that were bought."""
    buy(world, world.alice, 10)
    world.give(world.cn, world.bob, CEA, 10)
    world.cn.safeTransferFrom(world.bob, world.alice, CEA, 10, b"", by=world.bob)
    send(world, 5)
    surrender(world.CN, world.alice, CEA, 5)
    world.cross(link, world.alice, CEA, 10, world.bob)
    with refusal(world, "FreeAllowancesLocked", world.alice):
        send(world, 1)


def test_locked_allowances_can_be_retired_and_taken_back(world: World, locked: Any) -> None:
    """Locked is what is traded or counts for compliance, no more."""
    world.cn.retire(world.alice, CEA, 10, [], NOTHING, by=world.alice)
    world.cn.cancel(world.alice, CEA, 10, [], NOTHING, by=world.alice)
    world.CN.issuance.reverseAllocation(1, world.state, 100, [], by=world.allocator)
    assert world.cn.balanceOf(world.alice, CEA) == 999_880


def test_a_pledge_unlocks_nothing(world: World, locked: Any) -> None:
    """Set aside and set free, they are what they were."""
    world.CN.liens.pledge(world.alice, CEA, 100, [], world.bob, FILE, by=world.alice)
    world.CN.liens.releasePledge(world.bob, 1, by=world.bob)
    assert world.cn.marksAt(CEA, 999_901) == FREE
    with refusal(world, "FreeAllowancesLocked", world.alice):
        send(world, 100)


def test_purchases_add_up_over_time(world: World) -> None:
    """Cumulative: what was bought before counts; a higher share locks again."""
    issuance = world.CN.issuance
    buy(world, world.alice, 30)
    allocate(world, world.CN, world.alice, 100)
    issuance.requirePaidShare(world.alice, 30, by=world.allocator)
    send(world, 10)
    issuance.requirePaidShare(world.alice, 31, by=world.allocator)
    with refusal(world, "FreeAllowancesLocked", world.alice):
        send(world, 10)
    buy(world, world.alice, 1)
    send(world, 10)


def test_the_lock_is_two_peoples_and_leaves_other_controls(world: World) -> None:
    for person in (world.allocator, world.deputy, world.alice):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.CN.issuance, "requirePaidShare", world.alice, 0, by=person)
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.CN.issuance, "deliver", CEA, world.state, world.alice, 1, [], by=person)
    world.cn.setAccountControls(world.alice, Control.HOLDING_LIMIT, 500, by=world.registrar)
    world.CN.issuance.requirePaidShare(world.alice, 10, by=world.allocator)
    account = world.cn.accountOf(world.alice)
    assert account.controls == Control.HOLDING_LIMIT | Control.FREE_LOCKED
    assert account.holdingLimit == 500
    buy(world, world.alice, 10)
    assert world.cn.accountOf(world.alice).controls == Control.HOLDING_LIMIT


def test_deliveries_come_from_the_programme(world: World) -> None:
    world.give(world.cn, world.carol, CEA, 10)
    for giver in (world.carol, world.broker):
        with refusal(world, "NotProgrammeAccount", giver):
            world.CN.issuance.deliver(CEA, giver, world.alice, 1, [], by=world.allocator)


def test_the_forecast_knows_the_lock(world: World, locked: Any) -> None:
    forecast = world.CN.holders.restrictionOf
    buy(world, world.alice, 10)
    assert forecast(world.alice, world.bob, CEA, 10)[0] == Restriction.NONE
    assert forecast(world.alice, world.bob, CEA, 11)[0] == Restriction.FREE_ALLOWANCES_LOCKED


# ---- Chongqing: the sale share ------------------------------------------------------------


def tie(world: World, account: str) -> None:
    world.cn.setAccountControls(account, Control.SALE_SHARE, 0, by=world.registrar)


@pytest.fixture
def tied(world: World) -> None:
    """R-MS-05: 100,000 allocated, of which half may be sold."""
    world.cn.setSaleShare(5_000, by=world.root)
    tie(world, world.alice)
    allocate(world, world.CN, world.alice, 100_000)


def test_half_of_the_free_allocation_is_sold(world: World, tied: None) -> None:
    with refusal(world, "SaleShareExceeded", world.alice, 50_001, 50_000):
        send(world, 50_001)
    send(world, 30_000)
    with refusal(world, "SaleShareExceeded", world.alice, 50_001, 50_000):
        send(world, 20_001, [ref(1, 1, 20_001)])
    send(world, 20_000, [ref(1, 1, 20_000)])
    with refusal(world, "SaleShareExceeded", world.alice, 50_001, 50_000):
        send(world, 1)
    assert world.cn.freeSalesOf(world.alice) == (100_000, 50_000, 50_000)


@pytest.mark.parametrize(("allocated", "most"), [(99_999, 49_999), (1, 0), (2, 1)])
def test_the_share_is_rounded_down(world: World, allocated: int, most: int) -> None:
    world.cn.setSaleShare(5_000, by=world.root)
    tie(world, world.alice)
    allocate(world, world.CN, world.alice, allocated)
    with refusal(world, "SaleShareExceeded", world.alice, most + 1, most):
        send(world, most + 1)
    if most:
        send(world, most)


@pytest.mark.parametrize("way", ["batch", "settlement", "link", "operator"])
def test_every_sale_counts(world: World, link: int, tied: None, way: str) -> None:
    alice, bob, cn = world.alice, world.bob, world.cn
    world.CN.holders.authoriseSettler(alice, world.dave, True, by=alice)
    cn.setApprovalForAll(world.broker, True, by=alice)

    def sell(quantity: int) -> None:
        if way == "batch":
            cn.safeBatchTransferFrom(alice, bob, [CEA] * 2, [quantity - 1, 1], b"", by=alice)
        elif way == "settlement":
            legs = [(alice, bob, CEA, n, text32("trade")) for n in (quantity - 1, 1)]
            world.CN.holders.settle(legs, by=world.dave)
        elif way == "link":
            world.cross(link, alice, CEA, quantity, bob)
        else:
            cn.safeTransferFrom(alice, bob, CEA, quantity, b"", by=world.broker)

    with refusal(world, "SaleShareExceeded", alice, 50_001, 50_000):
        sell(50_001)
    sell(50_000)
    assert cn.freeSalesOf(alice) == (100_000, 50_000, 50_000)


def test_other_units_and_other_uses_do_not_count(world: World, tied: None) -> None:
    """What was bought is sold freely; what was given is surrendered and retired freely."""
    world.give(world.cn, world.bob, CEA, 1_000)
    world.cn.safeTransferFrom(world.bob, world.alice, CEA, 1_000, b"", by=world.bob)
    buy(world, world.alice, 1_000)
    send(world, 2_000)
    surrender(world.CN, world.alice, CEA, 40_000)
    world.cn.retire(world.alice, CEA, 10_000, [], NOTHING, by=world.alice)
    assert world.cn.freeSalesOf(world.alice) == (100_000, 0, 50_000)
    send(world, 50_000)


def test_a_buyer_is_bound_by_nothing(world: World, tied: None) -> None:
    """The mark is the first holder's: sold units were given to nobody."""
    send(world, 50_000)
    assert world.cn.marksAt(CEA, 50_001) == TRADED
    tie(world, world.bob)
    world.cn.safeTransferFrom(world.bob, world.carol, CEA, 50_000, b"", by=world.bob)


def test_the_share_follows_the_allocation(world: World, tied: None) -> None:
    send(world, 40_000)
    world.CN.issuance.reverseAllocation(1, world.state, 30_000, [], by=world.allocator)
    assert world.cn.freeSalesOf(world.alice) == (70_000, 40_000, 35_000)
    with refusal(world, "SaleShareExceeded", world.alice, 40_001, 35_000):
        send(world, 1)
    allocate(world, world.CN, world.alice, 10_002, world.define(world.cn, "CEA-2026"))
    send(world, 1)


def test_the_share_is_two_peoples(world: World, tied: None) -> None:
    for person in (world.root, world.deputy, world.alice):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.cn, "setSaleShare", 10_000, by=person)
    receipt = world.cn.setSaleShare(6_000, by=world.root)
    assert receipt.event("SaleShareChanged") == (6_000,)
    send(world, 60_000)


def test_the_forecast_knows_the_share(world: World, tied: None) -> None:
    forecast = world.CN.holders.restrictionOf
    assert forecast(world.alice, world.bob, CEA, 50_000)[0] == Restriction.NONE
    assert forecast(world.alice, world.bob, CEA, 50_001)[0] == Restriction.SALE_SHARE


# ---- what is no sale ----------------------------------------------------------------------


def test_a_transfer_to_oneself_is_no_sale(world: World, tied: None) -> None:
    """It neither counts nor makes a gift into something else."""
    world.cn.transferUnits(world.alice, world.alice, CEA, [ref(1, 1, 60_000)], by=world.alice)
    assert world.cn.freeSalesOf(world.alice)[1] == 0
    assert world.cn.marksAt(CEA, 1) == FREE
    with refusal(world, "SaleShareExceeded", world.alice, 50_001, 50_000):
        send(world, 50_001)


def test_units_that_come_home_are_bound_by_nothing(world: World, link: int, tied: None) -> None:
    """Alice sold them abroad; Carol brought them home, and sells what nobody gave her."""
    world.cross(link, world.alice, CEA, 100, world.bob)
    world.gateway.returnUnits(world.kr, FOREIGN_CEA, 100, [], world.carol, 100, by=world.bob)
    tie(world, world.carol)
    world.cn.safeTransferFrom(world.carol, world.bob, CEA, 100, b"", by=world.carol)


def test_unmarked_units_are_never_locked(world: World) -> None:
    """Credits, and allowances that came by another way than allocation."""
    tie(world, world.alice)
    world.give(world.cn, world.alice, CEA, 10)
    ccer = world.define(world.cn, "CCER-2025", unit_type=2)
    world.credits(world.cn, world.alice, ccer, 10)
    send(world, 10)
    world.cn.safeTransferFrom(world.alice, world.bob, ccer, 10, b"", by=world.alice)
    with refused("ERC1155InsufficientBalance", world.alice, 0, 1, CEA):
        send(world, 1)
