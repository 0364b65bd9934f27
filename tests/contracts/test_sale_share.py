"""Allowances sold are limited to a share of the free allocation (Chongqing, R-MS-05)."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import text32
from tests.contracts.actors import CEA, FILE, World
from tests.contracts.desks import Control, allocate, alone, refusal, surrender
from tests.contracts.words import NOTHING, Restriction, ref


def send(world: World, quantity: int, refs: Any = ()) -> None:
    if refs:
        world.cn.transferUnits(world.alice, world.bob, CEA, list(refs), by=world.alice)
    else:
        world.cn.safeTransferFrom(world.alice, world.bob, CEA, quantity, b"", by=world.alice)


@pytest.fixture
def link(world: World) -> int:
    out, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    return out


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
            parts = {"trade 1": quantity - 1, "trade 2": 1}
            legs = [(alice, bob, CEA, n, text32(name), False) for name, n in parts.items()]
            world.CN.holders.settle(world.dave, legs, by=world.dave)
        elif way == "link":
            world.cross(link, alice, CEA, quantity, bob)
        else:
            cn.safeTransferFrom(alice, bob, CEA, quantity, b"", by=world.broker)

    with refusal(world, "SaleShareExceeded", alice, 50_001, 50_000):
        sell(50_001)
    sell(50_000)
    assert cn.freeSalesOf(alice) == (100_000, 50_000, 50_000)


def test_whatever_allowances_are_sold_count(world: World, tied: None) -> None:
    """MS-05: what was bought counts when it is sold, as what was given does."""
    world.give(world.cn, world.bob, CEA, 1_000)
    world.cn.safeTransferFrom(world.bob, world.alice, CEA, 1_000, b"", by=world.bob)
    other = world.define(world.cn, "CEA-2024", vintage=2024)
    world.give(world.cn, world.alice, other, 1_000)
    send(world, 1_000, [ref(100_001, 100_001, 1_000)])
    world.cn.safeTransferFrom(world.alice, world.bob, other, 1_000, b"", by=world.alice)
    assert world.cn.freeSalesOf(world.alice) == (100_000, 2_000, 50_000)
    with refusal(world, "SaleShareExceeded", world.alice, 50_001, 50_000):
        send(world, 48_001)
    send(world, 48_000)


def test_other_units_and_other_uses_do_not_count(world: World, tied: None) -> None:
    """Credits are sold freely; allowances are surrendered, retired and pledged freely."""
    ccer = world.define(world.cn, "CCER-2025", unit_type=2)
    world.credits(world.cn, world.alice, ccer, 60_000)
    world.cn.safeTransferFrom(world.alice, world.bob, ccer, 60_000, b"", by=world.alice)
    surrender(world.CN, world.alice, CEA, 30_000)
    world.cn.retire(world.alice, CEA, 10_000, [], NOTHING, NOTHING, by=world.alice)
    world.cn.cancel(world.alice, CEA, 5_000, [], NOTHING, NOTHING, by=world.alice)
    world.CN.liens.pledge(world.alice, CEA, 5_000, [], world.bob, FILE, by=world.alice)
    assert world.cn.freeSalesOf(world.alice) == (100_000, 0, 50_000)
    send(world, 50_000)


def test_the_share_follows_the_allocation(world: World, tied: None) -> None:
    send(world, 40_000)
    world.CN.issuance.reverseAllocation(1, world.state, 30_000, [], by=world.allocator)
    assert world.cn.freeSalesOf(world.alice) == (70_000, 40_000, 35_000)
    with refusal(world, "SaleShareExceeded", world.alice, 40_001, 35_000):
        send(world, 1)
    later = world.define(world.cn, "CEA-2026")
    allocate(world, world.CN, world.alice, 10_002, later)
    assert world.cn.freeSalesOf(world.alice) == (80_002, 40_000, 40_001)
    send(world, 1)
    change = (world.alice, 2025, 0, later, 10_002, 0)
    world.CN.issuance.entitle(0, [change], by=world.allocator)
    excess = (world.alice, world.pool(world.cn), later, 2025, 0, 10_002, [])
    world.CN.issuance.returnExcess(*excess, by=world.alice)
    assert world.cn.freeSalesOf(world.alice) == (70_000, 40_001, 35_000)


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
