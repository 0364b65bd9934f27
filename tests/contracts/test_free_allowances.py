"""Free allowances are locked until the paid share is bought (Guangdong, R-AL-15)."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import refused, text32
from tests.contracts.actors import CEA, FILE, FOREIGN_CEA, World
from tests.contracts.blocks import blocks
from tests.contracts.desks import Control, allocate, alone, refusal, surrender
from tests.contracts.words import NOTHING, Marks, Restriction, ref


@pytest.fixture
def link(world: World) -> int:
    out, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    return out


def buy(world: World, account: str, quantity: int) -> Any:
    """The State sells at auction."""
    world.issue(world.cn, CEA, quantity)
    return world.deliver(world.cn, account, CEA, quantity)


def demand(world: World, account: str, required: int) -> Any:
    """How much an operator has to buy."""
    return world.CN.issuance.requirePaidShare(0, account, required, by=world.allocator)


def marks(world: World, first: int) -> int:
    return int(world.cn.blockAt(CEA, first).marks)


def send(world: World, quantity: int, refs: Any = ()) -> None:
    if refs:
        world.cn.transferUnits(world.alice, world.bob, CEA, list(refs), by=world.alice)
    else:
        world.cn.safeTransferFrom(world.alice, world.bob, CEA, quantity, b"", by=world.alice)


@pytest.fixture
def locked(world: World) -> Any:
    """TV-16: 1,000,000 allocated, of which 2.04 % must be bought."""
    allocate(world, world.CN, world.alice, 1_000_000)
    return demand(world, world.alice, 20_400)


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
            world.dave, [(alice, bob, CEA, 1, text32("trade"), False)], by=world.dave
        ),
        "link": lambda: world.cross(link, alice, CEA, 1, bob),
        "surrender": lambda: surrender(world.CN, alice, CEA, 1),
    }
    with refusal(world, "FreeAllowancesLocked", alice):
        calls[way]()
    demand(world, alice, 0)
    calls[way]()


def test_what_was_bought_is_free_to_use(world: World, link: int, locked: Any) -> None:
    """By quantity, where the purchase is the larger block; else by its serials."""
    buy(world, world.alice, 10)  # 1,000,001 to 1,000,010
    world.give(world.cn, world.bob, CEA, 10)
    world.cn.safeTransferFrom(world.bob, world.alice, CEA, 10, b"", by=world.bob)
    assert blocks(world.cn, world.alice) == [(1, 1_000_000), (1_000_011, 10), (1_000_001, 10)]
    with refusal(world, "FreeAllowancesLocked", world.alice):
        send(world, 5)
    send(world, 5, [ref(1_000_001, 1_000_006, 5)])
    surrender(world.CN, world.alice, CEA, 5, [ref(1_000_001, 1_000_001, 5)])
    world.cross(link, world.alice, CEA, 10, world.bob, [ref(1_000_011, 1_000_011, 10)])
    buy(world, world.alice, 5_000)
    send(world, 5_000)
    with refusal(world, "FreeAllowancesLocked", world.alice):
        send(world, 1)


def test_locked_allowances_can_be_retired_and_taken_back(world: World, locked: Any) -> None:
    """Locked is what is traded or counts for compliance, no more."""
    world.cn.retire(world.alice, CEA, 10, [], NOTHING, NOTHING, by=world.alice)
    world.cn.cancel(world.alice, CEA, 10, [], NOTHING, NOTHING, by=world.alice)
    world.CN.issuance.reverseAllocation(1, world.state, 100, [], by=world.allocator)
    assert world.cn.balanceOf(world.alice, CEA) == 999_880


def test_a_pledge_unlocks_nothing(world: World, locked: Any) -> None:
    """Set aside and set free, they are what they were."""
    world.CN.liens.pledge(world.alice, CEA, 100, [], world.bob, FILE, by=world.alice)
    world.CN.liens.releasePledge(world.bob, 1, by=world.bob)
    assert marks(world, 999_901) == Marks.FREE
    with refusal(world, "FreeAllowancesLocked", world.alice):
        send(world, 100)


def test_purchases_add_up_over_time(world: World) -> None:
    """Cumulative: what was bought before counts; a higher share locks again."""
    buy(world, world.alice, 30)
    allocate(world, world.CN, world.alice, 100)
    demand(world, world.alice, 30)
    send(world, 10)
    demand(world, world.alice, 31)
    with refusal(world, "FreeAllowancesLocked", world.alice):
        send(world, 10)
    buy(world, world.alice, 1)
    send(world, 10)


def test_a_purchase_that_is_taken_back_locks_again(world: World, locked: Any) -> None:
    """10-43: what is given back of a sale is not bought."""
    sold = int(buy(world, world.alice, 20_400).event("AllocationRecorded").allocationId)
    assert world.cn.accountOf(world.alice).controls == 0
    pool = world.pool(world.cn)
    receipt = world.CN.issuance.reverseAllocation(sold, pool, 1, [], by=world.allocator)
    assert receipt.event("PaidShareChanged") == (world.alice, 20_400, 20_399)
    assert world.cn.accountOf(world.alice).controls == Control.FREE_LOCKED
    with refusal(world, "FreeAllowancesLocked", world.alice):
        surrender(world.CN, world.alice, CEA, 1, [ref(1, 1, 1)])
    buy(world, world.alice, 1)
    surrender(world.CN, world.alice, CEA, 1, [ref(1, 1, 1)])


def test_the_lock_is_two_peoples_and_leaves_other_controls(world: World) -> None:
    sale = (0, CEA, world.pool(world.cn), world.alice, 1, text32("sale"), [])
    for person in (world.allocator, world.deputy, world.alice):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.CN.issuance, "requirePaidShare", 0, world.alice, 0, by=person)
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.CN.issuance, "deliver", *sale, by=person)
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.cn, "setFreeLock", world.alice, False, by=person)
    world.cn.setAccountControls(world.alice, Control.HOLDING_LIMIT, 500, by=world.registrar)
    demand(world, world.alice, 10)
    account = world.cn.accountOf(world.alice)
    assert account.controls == Control.HOLDING_LIMIT | Control.FREE_LOCKED
    assert account.holdingLimit == 500
    buy(world, world.alice, 10)
    assert world.cn.accountOf(world.alice).controls == Control.HOLDING_LIMIT


def test_other_controls_leave_the_lock(world: World, locked: Any) -> None:
    """Neither set nor taken off by whoever decides on the rest."""
    for controls in (0, Control.SALE_SHARE, Control.FREE_LOCKED):
        world.cn.setAccountControls(world.alice, controls, 0, by=world.registrar)
        assert world.cn.accountOf(world.alice).controls == controls | Control.FREE_LOCKED
        world.cn.setAccountControls(world.bob, controls, 0, by=world.registrar)
        assert world.cn.accountOf(world.bob).controls == controls & ~Control.FREE_LOCKED


def test_a_paid_share_is_decided_for_ones_own_province(world: World) -> None:
    world.cn.setAccountProvince(world.alice, 44, by=world.registrar)
    for province in (0, 11):
        with refusal(world, "ProvinceIs", world.alice, 44):
            world.CN.issuance.requirePaidShare(province, world.alice, 10, by=world.allocator)
    world.CN.issuance.requirePaidShare(44, world.alice, 10, by=world.allocator)
    assert world.CN.issuance.paidShareOf(world.alice) == (10, 0)


def test_deliveries_come_from_the_programme(world: World) -> None:
    world.give(world.cn, world.carol, CEA, 10)
    for giver in (world.carol, world.broker):
        with refusal(world, "NotProgrammeAccount", giver):
            sale = (0, CEA, giver, world.alice, 1, text32("sale"), [])
            world.CN.issuance.deliver(*sale, by=world.allocator)


def test_the_forecast_knows_the_lock(world: World, locked: Any) -> None:
    forecast = world.CN.holders.restrictionOf
    buy(world, world.alice, 5_000)
    assert forecast(world.alice, world.bob, CEA, 5_000)[0] == Restriction.NONE
    assert forecast(world.alice, world.bob, CEA, 5_001)[0] == Restriction.FREE_ALLOWANCES_LOCKED
    send(world, 5_000)
    assert forecast(world.alice, world.bob, CEA, 1)[0] == Restriction.FREE_ALLOWANCES_LOCKED


# ---- what is not locked -------------------------------------------------------------------


def test_a_buyer_is_bound_by_nothing(world: World) -> None:
    """The mark is the first holder's: sold units were given to nobody, and are not locked."""
    allocate(world, world.CN, world.alice, 100_000)
    send(world, 50_000)
    assert marks(world, 50_001) == Marks.TRADED
    demand(world, world.bob, 1_000)
    world.cn.safeTransferFrom(world.bob, world.carol, CEA, 50_000, b"", by=world.bob)


def test_units_that_come_home_are_bound_by_nothing(world: World, link: int) -> None:
    """Alice sent them abroad; Erin brought them home, and what nobody gave her is not locked."""
    allocate(world, world.CN, world.alice, 100)
    world.cross(link, world.alice, CEA, 100, world.bob)
    world.gateway.returnUnits(world.kr, FOREIGN_CEA, 100, [], world.erin, 100, by=world.bob)
    demand(world, world.erin, 1)
    world.cn.safeTransferFrom(world.erin, world.bob, CEA, 100, b"", by=world.erin)


def test_unmarked_units_are_never_locked(world: World) -> None:
    """Credits, and allowances that came by another way than allocation."""
    demand(world, world.alice, 1_000)
    world.give(world.cn, world.alice, CEA, 10)
    ccer = world.define(world.cn, "CCER-2025", unit_type=2)
    world.credits(world.cn, world.alice, ccer, 10)
    send(world, 10)
    world.cn.safeTransferFrom(world.alice, world.bob, ccer, 10, b"", by=world.alice)
    with refused("ERC1155InsufficientBalance", world.alice, 0, 1, CEA):
        send(world, 1)
