"""Entitlements, and allocation within them (R-AL-28)."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, Receipt
from tests.contracts.actors import CCER, CEA, World
from tests.contracts.blocks import blocks
from tests.contracts.desks import alone, refusal
from tests.contracts.words import Allocated, Marks, State, Status, Type, ref

INITIAL, ADJUSTMENT, AUCTION = Allocated


@pytest.fixture(autouse=True)
def stock(world: World) -> None:
    """The pool and the State's account have 100 each: 1-100 and 101-200."""
    world.issue(world.cn, CEA, 100)
    world.issue(world.cn, CEA, 100, to=world.state)


def entitle(world: World, *changes: tuple[Any, ...], province: int = 0) -> Receipt:
    return world.CN.issuance.entitle(province, list(changes), by=world.allocator)  # type: ignore[no-any-return]


def change(account: str, was: int, to: int, kind: int = INITIAL, year: int = 2025) -> Any:
    return (account, year, kind, CEA, was, to)


def allocate(
    world: World,
    account: str,
    quantity: int,
    refs: Any = (),
    *,
    kind: int = INITIAL,
    year: int = 2025,
    pool: str = "",
    unit_class: int = CEA,
) -> Receipt:
    grant = (account, year, kind, quantity)
    pool = pool or world.pool(world.cn)
    return world.CN.issuance.allocate(  # type: ignore[no-any-return]
        unit_class, pool, grant, list(refs), by=world.allocator
    )


def line(world: World, account: str, kind: int = INITIAL, year: int = 2025) -> tuple[int, int]:
    """Entitled, allocated."""
    return tuple(world.CN.issuance.entitlementOf(account, year, CEA, kind))


def counted(world: World, account: str) -> tuple[int, int]:
    """The initial allocation for 2025, and all of it."""
    obligation = world.CN.compliance.obligationOf(account, 2025)
    return obligation.initial, obligation.issued


# ---- the table ----------------------------------------------------------------------------


def test_two_people_decide_what_an_operator_gets(world: World) -> None:
    receipt = entitle(world, change(world.alice, 0, 30))
    assert receipt.event("Entitled") == (world.alice, 2025, CEA, INITIAL, 0, 30)
    assert line(world, world.alice) == (30, 0)
    for person in (world.allocator, world.deputy, world.alice, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.CN.issuance, "entitle", 0, [change(world.alice, 30, 60)], by=person)


def test_what_is_decided_twice_is_noticed(world: World) -> None:
    """Two copies of one list, or two lists about one operator: the second is refused, whole."""
    given = [change(world.bob, 0, 10), change(world.alice, 0, 30)]
    entitle(world, *given)
    known = ("EntitlementIs", world.bob, 2025, CEA, INITIAL, 10)
    with refusal(world, *known):
        entitle(world, *given)
    known = ("EntitlementIs", world.alice, 2025, CEA, INITIAL, 30)
    with refusal(world, *known):
        entitle(world, change(world.bob, 10, 20), change(world.alice, 0, 30))
    known = ("EntitlementIs", world.bob, 2025, CEA, INITIAL, 20)
    with refusal(world, *known):
        entitle(world, change(world.bob, 10, 20), change(world.bob, 10, 20))
    entitle(world, change(world.bob, 10, 20), change(world.bob, 20, 15))
    assert line(world, world.bob) == (15, 0)


def test_a_line_is_of_one_operator_year_class_and_kind(world: World) -> None:
    other = world.define(world.cn, "CEA-2026")
    entitle(world, change(world.alice, 0, 30))
    entitle(world, change(world.alice, 0, 4, ADJUSTMENT), change(world.alice, 0, 5, year=2026))
    entitle(world, (world.alice, 2025, INITIAL, other, 0, 6))
    assert line(world, world.alice) == (30, 0)
    assert line(world, world.alice, ADJUSTMENT) == (4, 0)
    assert line(world, world.alice, year=2026) == (5, 0)
    assert world.CN.issuance.entitlementOf(world.alice, 2025, other, INITIAL) == (6, 0)
    assert line(world, world.bob) == (0, 0)


def test_only_operators_of_the_province_are_entitled_and_to_no_sales(world: World) -> None:
    for account in (world.carol, world.dave, world.state, world.pool(world.cn), world.stranger):
        with refusal(world, "NotOperatorAccount", account):
            entitle(world, change(account, 0, 1))
    with refusal(world, "KindInvalid", AUCTION):
        entitle(world, change(world.alice, 0, 1, AUCTION))
    world.cn.setAccountProvince(world.alice, 44, by=world.registrar)
    for province in (0, 11):
        with refusal(world, "ProvinceIs", world.alice, 44):
            entitle(world, change(world.alice, 0, 1), province=province)
    with refusal(world, "ProvinceIs", world.bob, 0):
        entitle(world, change(world.alice, 0, 1), change(world.bob, 0, 1), province=44)
    entitle(world, change(world.alice, 0, 1), province=44)


def test_a_list_has_1_to_256_lines(world: World) -> None:
    with refusal(world, "ListLength", 0, 256):
        entitle(world)
    lines = [change(world.alice, n, n + 1) for n in range(257)]
    with refusal(world, "ListLength", 257, 256):
        entitle(world, *lines)
    entitle(world, *lines[:256])
    assert line(world, world.alice) == (256, 0)


# ---- allocation ---------------------------------------------------------------------------


def test_allocate_by_quantity_and_by_serial(world: World, cn: Contract) -> None:
    pool, desk = world.pool(cn), world.CN.issuance
    entitle(world, change(world.alice, 0, 30), change(world.bob, 0, 10, ADJUSTMENT))
    receipt = allocate(world, world.alice, 30)
    moved = (CEA, pool, world.alice, 71, 30, Type.ALLOCATION, State.HELD)
    assert receipt.event("UnitsMoved") == moved
    assert receipt.event("TransferSingle") == (desk.address, pool, world.alice, CEA, 30)
    recorded = (1, CEA, world.alice, pool, 30, 2025, INITIAL, b"\0" * 32)
    assert receipt.event("AllocationRecorded") == recorded
    assert receipt.event("AllocationCounted") == (world.alice, 2025, 30, 30)
    assert cn.blockAt(CEA, 71).marks == Marks.FREE
    receipt = allocate(world, world.bob, 10, [ref(1, 21, 10)], kind=ADJUSTMENT)
    assert receipt.event("UnitsMoved")[1:5] == (pool, world.bob, 21, 10)
    assert receipt.event("AllocationCounted") == (world.bob, 2025, 0, 10)
    assert desk.allocationCount() == 2
    time = world.chain.time
    nobody = "0x" + "00" * 20
    kept = (CEA, world.bob, time, 10, 2025, ADJUSTMENT, nobody, 0)
    assert desk.allocationOf(2) == kept
    assert (line(world, world.alice), line(world, world.bob, ADJUSTMENT)) == ((30, 30), (10, 10))


def test_allocation_beyond_the_entitlement_is_refused(world: World) -> None:
    """An allocator alone carries out what two decided, once."""
    beyond = ("EntitlementExceeded", world.alice, 2025, CEA, INITIAL)
    with refusal(world, *beyond, 1, 0):
        allocate(world, world.alice, 1)
    entitle(world, change(world.alice, 0, 30))
    with refusal(world, *beyond, 31, 30):
        allocate(world, world.alice, 31)
    allocate(world, world.alice, 20)
    with refusal(world, *beyond, 30, 10):
        allocate(world, world.alice, 30)
    allocate(world, world.alice, 10)
    with refusal(world, *beyond, 1, 0):
        allocate(world, world.alice, 1)
    with refusal(world, "EntitlementExceeded", world.alice, 2025, CEA, ADJUSTMENT, 1, 0):
        allocate(world, world.alice, 1, kind=ADJUSTMENT)
    with refusal(world, "EntitlementExceeded", world.alice, 2026, CEA, INITIAL, 1, 0):
        allocate(world, world.alice, 1, year=2026)
    with refusal(world, "KindInvalid", AUCTION):
        allocate(world, world.alice, 1, kind=AUCTION)
    entitle(world, change(world.alice, 30, 10))  # a cut makes what is allocated too much
    with refusal(world, *beyond, 1, 0):
        allocate(world, world.alice, 1)


def test_allocate_from_a_market_account_is_refused(world: World, cn: Contract) -> None:
    world.give(cn, world.alice, CEA, 100)
    entitle(world, change(world.bob, 0, 1))
    with refusal(world, "NotProgrammeAccount", world.alice):
        allocate(world, world.bob, 1, pool=world.alice)


def test_allocate_to_anyone_but_an_operator_is_refused(world: World) -> None:
    for account in (world.carol, world.dave, world.state, world.stranger):
        with refusal(world, "NotOperatorAccount", account):
            allocate(world, account, 1)


def test_credits_are_not_allocated(world: World, cn: Contract) -> None:
    """10-40 is of allowances: a credit given by it would count as one."""
    world.define(cn, "CCER-2025", unit_type=2)
    pool = world.pool(cn)
    world.credits(cn, pool, CCER, 10)
    world.entitle(world.CN, world.alice, 10, CCER)
    grant = (world.alice, 2025, INITIAL, 10)
    with refusal(world, "ClassNotAllowance", CCER):
        allocate(world, world.alice, 10, unit_class=CCER)
    with refusal(world, "ClassNotAllowance", CCER):
        world.CN.issuance.allocateAll(CCER, pool, [grant], by=world.allocator)
    assert counted(world, world.alice) == (0, 0)


def test_allocate_more_than_there_is_or_not_what_was_named_is_refused(world: World) -> None:
    entitle(world, change(world.alice, 0, 200))
    with refusal(world, "ERC1155InsufficientBalance", world.pool(world.cn), 100, 101, CEA):
        allocate(world, world.alice, 101)
    with refusal(world, "QuantityMismatch", 11, 10):
        allocate(world, world.alice, 11, [ref(1, 21, 10)])
    with refusal(world, "QuantityZero"):
        allocate(world, world.alice, 0)


def test_allocation_to_many_is_whole_or_not_at_all(world: World, cn: Contract) -> None:
    accounts = (world.alice, world.bob, world.erin)
    entitle(world, *(change(account, 0, 10) for account in accounts))
    grants = [(account, 2025, INITIAL, 10) for account in accounts]
    beyond = ("EntitlementExceeded", world.erin, 2025, CEA, INITIAL, 11, 10)
    all_at_once = world.CN.issuance.allocateAll
    pool = world.pool(cn)
    with refusal(world, *beyond):
        all_at_once(CEA, pool, [*grants[:2], (world.erin, 2025, INITIAL, 11)], by=world.allocator)
    for length in (0, 129):
        with refusal(world, "ListLength", length, 128):
            all_at_once(CEA, pool, grants[:1] * length, by=world.allocator)
    receipt = all_at_once(CEA, pool, grants, by=world.allocator)
    numbers = [e.args.allocationId for e in receipt.events("AllocationRecorded")]
    assert numbers == [1, 2, 3]
    assert cn.balanceOfBatch(accounts, [CEA] * 3) == [10, 10, 10]
    assert blocks(cn, world.erin) == [(71, 10)]


def test_allocating_is_the_allocators(world: World, cn: Contract) -> None:
    entitle(world, change(world.alice, 0, 10))
    grant = (world.alice, 2025, INITIAL, 10)
    pool = world.pool(cn)
    for person in (world.alice, world.state, world.issuer, world.officer, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            world.CN.issuance.allocate(CEA, pool, grant, [], by=person)
        with refusal(world, "AccessManagedUnauthorized", person):
            world.CN.issuance.allocateAll(CEA, pool, [grant], by=person)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.CLOSURE_PENDING])
def test_nothing_is_allocated_to_an_account_that_cannot_receive(
    world: World, status: Status
) -> None:
    entitle(world, change(world.alice, 0, 10))
    world.set_status(world.cn, world.alice, status)
    with refusal(world, "AccountCannotReceive", world.alice, status):
        allocate(world, world.alice, 10)
    assert line(world, world.alice) == (10, 0)
