"""What a programme orders about units: 10-42, 10-43, 10-51 and cancellation by decision.

Each with its events, the marks that units have afterwards, and who can do it.
"""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, Receipt, refused, text32
from tests.contracts.actors import CEA, DECISION, World
from tests.contracts.cast import ORDERED_BY
from tests.contracts.desks import allocate, alone, refusal, selector
from tests.contracts.holders import allow, execute, request
from tests.contracts.liens import freeze
from tests.contracts.words import NOTHING, Allocated, Kind, Marks, State, Type, ref

INITIAL, ADJUSTMENT, _ = Allocated


@pytest.fixture
def desk(world: World) -> Any:
    return world.CN.issuance


@pytest.fixture
def reserve(world: World, cn: Contract) -> str:
    """A second pool."""
    purpose = text32("reserve")
    cn.openSystemAccount(purpose, 0, by=world.registrar)
    return str(cn.systemAccount(purpose))


def moved(receipt: Receipt) -> tuple[Any, ...]:
    """From, to, first, count, type, state."""
    return tuple(receipt.event("UnitsMoved")[1:])


def marks(world: World, first: int) -> int:
    return int(world.cn.blockAt(CEA, first).marks)


# ---- 10-42: return of excess allocation ---------------------------------------------------


@pytest.fixture
def excess(world: World, desk: Any) -> int:
    """Alice has 100, entitled to 60: her output was smaller than planned (R-AL-13)."""
    number = allocate(world, world.CN, world.alice, 100)
    change = (world.alice, 2025, INITIAL, CEA, 100, 60)
    desk.entitle(0, [change], by=world.allocator)
    return number


def give_back(world: World, quantity: int, refs: Any = (), to: str = "", by: str = "") -> Receipt:
    back = (world.alice, to or world.pool(world.cn), CEA, 2025, INITIAL, quantity, list(refs))
    return world.CN.issuance.returnExcess(*back, by=by or world.alice)  # type: ignore[no-any-return]


def test_an_operator_gives_back_what_it_has_beyond_its_entitlement(
    world: World, cn: Contract, desk: Any, excess: int
) -> None:
    pool = world.pool(cn)
    receipt = give_back(world, 30)
    assert moved(receipt) == (world.alice, pool, 71, 30, Type.EXCESS_ALLOCATION, State.HELD)
    assert receipt.event("ExcessReturned") == (world.alice, 2025, CEA, INITIAL, 30)
    assert receipt.event("AllocationCounted") == (world.alice, 2025, 70, 70)
    assert receipt.event("TransferSingle") == (desk.address, world.alice, pool, CEA, 30)
    assert desk.entitlementOf(world.alice, 2025, CEA, INITIAL) == (60, 70)
    assert cn.freeSalesOf(world.alice)[0] == 70
    assert (marks(world, 1), marks(world, 71)) == (Marks.FREE, 0)  # no gift in the pool's hands
    with refusal(world, "ExcessExceeded", world.alice, 2025, CEA, INITIAL, 10):
        give_back(world, 11)
    give_back(world, 10, [ref(1, 5, 10)])
    with refusal(world, "ExcessExceeded", world.alice, 2025, CEA, INITIAL, 0):
        give_back(world, 1)


def test_an_excess_is_of_one_line_of_the_table(world: World, desk: Any, excess: int) -> None:
    pool = world.pool(world.cn)
    for year, kind in ((2026, INITIAL), (2025, ADJUSTMENT)):
        with refusal(world, "ExcessExceeded", world.alice, year, CEA, kind, 0):
            back = (world.alice, pool, CEA, year, kind, 1, [])
            desk.returnExcess(*back, by=world.alice)
    with refusal(world, "ExcessExceeded", world.bob, 2025, CEA, INITIAL, 0):
        desk.returnExcess(world.bob, pool, CEA, 2025, INITIAL, 1, [], by=world.bob)


def test_an_excess_goes_back_to_a_pool_in_units_that_are_there(world: World, excess: int) -> None:
    for to in (world.bob, world.state, world.alice, world.stranger):
        with refusal(world, "NotPool", to):
            give_back(world, 10, to=to)
    with refusal(world, "QuantityZero"):
        give_back(world, 0)
    with refusal(world, "QuantityMismatch", 10, 9):
        give_back(world, 10, [ref(1, 5, 9)])
    freeze(world, 90)
    with refusal(world, "ERC1155InsufficientBalance", world.alice, 10, 11, CEA):
        give_back(world, 11)


def test_giving_back_is_the_holders_own_or_its_representatives(world: World, excess: int) -> None:
    world.cn.setApprovalForAll(world.broker, True, by=world.alice)
    for person in (world.broker, world.bob, world.allocator, world.root):
        with refusal(world, "NotTheHolder", world.alice, person):
            give_back(world, 10, by=person)
    allow(world)
    p = world.CN
    allowed = selector(p.issuance, "returnExcess")
    p.holders.allowCall(p.issuance, allowed, True, by=world.root)
    call = (world.alice, world.pool(world.cn), CEA, 2025, INITIAL, 10, [])
    number = request(world, p.issuance, "returnExcess", *call, by=world.alice)
    execute(world, number, by=world.alice)
    assert world.cn.balanceOf(world.alice, CEA) == 90


def test_what_was_given_back_is_not_taken_back_too(world: World, desk: Any, excess: int) -> None:
    """Of what she has beside it nothing is taken for it."""
    give_back(world, 40)
    world.give(world.cn, world.alice, CEA, 50)
    pool = world.pool(world.cn)
    with refusal(world, "AllocationExceeded", excess, 61, 60):
        desk.reverseAllocation(excess, pool, 61, [], by=world.allocator)
    desk.reverseAllocation(excess, pool, 60, [], by=world.allocator)
    assert desk.entitlementOf(world.alice, 2025, CEA, INITIAL) == (60, 0)
    assert world.cn.balanceOf(world.alice, CEA) == 50


def test_what_is_given_back_after_a_decision_is_not_taken_either(
    world: World, cn: Contract, desk: Any, excess: int
) -> None:
    """Decided is a reversal of 100; 30 were there, and 40 she gave back as her excess."""
    pool = world.pool(cn)
    cn.safeTransferFrom(world.alice, world.bob, CEA, 70, b"", by=world.alice)
    desk.reverseAllocation(excess, pool, 100, [], by=world.allocator)
    cn.safeTransferFrom(world.bob, world.alice, CEA, 70, b"", by=world.bob)
    change = (world.alice, 2025, INITIAL, CEA, 60, 30)
    desk.entitle(0, [change], by=world.allocator)
    give_back(world, 40)
    world.give(cn, world.alice, CEA, 50)
    with refusal(world, "AllocationExceeded", excess, 31, 30):
        desk.continueReversal(excess, [ref(1, 31, 31)], by=world.allocator)
    receipt = desk.continueReversal(excess, [], by=world.allocator)
    assert receipt.event("AllocationReversed") == (excess, 30)
    with refusal(world, "AllocationExceeded", excess, 40, 0):
        desk.continueReversal(excess, [], by=world.allocator)
    desk.endReversal(excess, by=world.allocator)
    assert cn.balanceOf(world.alice, CEA) == 50


# ---- 10-43: return of excess auction ------------------------------------------------------


def test_a_delivery_is_taken_back_by_its_own_type(world: World, cn: Contract, desk: Any) -> None:
    world.issue(cn, CEA, 100)
    pool = world.pool(cn)
    number = world.deliver(cn, world.alice, CEA, 40).event("AllocationRecorded").allocationId
    assert marks(world, 61) == 0
    receipt = desk.reverseAllocation(number, pool, 10, [], by=world.allocator)
    assert moved(receipt) == (world.alice, pool, 91, 10, Type.EXCESS_AUCTION, State.HELD)
    assert receipt.event("AllocationReversed") == (number, 10)
    assert receipt.events("AllocationCounted") == []  # nothing of it was free of charge
    assert desk.paidShareOf(world.alice) == (0, 30)
    assert cn.freeSalesOf(world.alice)[0] == 0
    assert desk.allocationOf(number).quantity == 30


def test_a_traded_unit_stays_traded_in_the_pool(world: World, cn: Contract, desk: Any) -> None:
    """Taken back are units of the class, whichever the buyer has now."""
    world.issue(cn, CEA, 100)
    number = world.deliver(cn, world.alice, CEA, 40).event("AllocationRecorded").allocationId
    cn.safeTransferFrom(world.alice, world.bob, CEA, 40, b"", by=world.alice)
    cn.safeTransferFrom(world.bob, world.alice, CEA, 40, b"", by=world.bob)
    desk.reverseAllocation(number, world.pool(cn), 40, [], by=world.allocator)
    assert marks(world, 61) == Marks.TRADED


# ---- 10-51: central transfer --------------------------------------------------------------


def test_one_person_moves_units_between_pools(
    world: World, cn: Contract, desk: Any, reserve: str
) -> None:
    world.issue(cn, CEA, 100)
    pool = world.pool(cn)
    receipt = desk.moveBetweenPools(CEA, pool, reserve, 30, [], by=world.allocator)
    assert moved(receipt) == (pool, reserve, 71, 30, Type.CENTRAL_TRANSFER, State.HELD)
    assert receipt.event("TransferSingle") == (desk.address, pool, reserve, CEA, 30)
    for person in (world.issuer, world.officer, world.state, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            desk.moveBetweenPools(CEA, pool, reserve, 1, [], by=person)


@pytest.mark.parametrize("side", ["from", "to"])
@pytest.mark.parametrize("who", ["state", "province", "alice", "carol", "nobody"])
def test_one_person_moves_nothing_to_or_from_whoever_has_a_key(
    world: World, cn: Contract, desk: Any, who: str, side: str
) -> None:
    """Else an allocator alone would take the reserve out (invariant 10)."""
    account = {"province": world.stranger, "nobody": world.broker}.get(who) or getattr(world, who)
    if who == "province":
        world.open(cn, account, Kind.PROVINCIAL_AUTHORITY)
    world.issue(cn, CEA, 100)
    pair = (world.pool(cn), account)
    with refusal(world, "NotPool", account):
        pair = pair if side == "to" else pair[::-1]
        desk.moveBetweenPools(CEA, *pair, 10, [], by=world.allocator)
    for person in (world.allocator, world.deputy, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(desk, "moveCentrally", CEA, *pair, 10, [], by=person)


def test_two_people_move_units_between_any_accounts_of_the_programme(
    world: World, cn: Contract, desk: Any
) -> None:
    world.issue(cn, CEA, 100)
    pool = world.pool(cn)
    receipt = desk.moveCentrally(CEA, pool, world.state, 30, [], by=world.allocator)
    assert moved(receipt) == (pool, world.state, 71, 30, Type.CENTRAL_TRANSFER, State.HELD)
    desk.moveCentrally(CEA, world.state, pool, 10, [ref(71, 75, 10)], by=world.allocator)
    for pair, stranger in (
        ((pool, world.alice), world.alice),
        ((world.alice, pool), world.alice),
        ((pool, world.broker), world.broker),
    ):
        with refusal(world, "NotProgrammeAccount", stranger):
            desk.moveCentrally(CEA, *pair, 1, [], by=world.allocator)


# ---- 4: cancellation by decision ----------------------------------------------------------


@pytest.mark.parametrize("who", ["pool", "state"])
def test_a_reserve_that_lapses_is_cancelled_by_decision(
    world: World, cn: Contract, desk: Any, who: str
) -> None:
    account = world.pool(cn) if who == "pool" else world.state
    world.issue(cn, CEA, 100, to=account)
    lapses = (CEA, account, 30, [ref(1, 11, 30)], DECISION)
    receipt = desk.cancelCentrally(*lapses, by=world.allocator)
    assert moved(receipt) == (account, account, 11, 30, Type.CANCELLATION, State.CANCELLED)
    used = (account, CEA, State.CANCELLED, 30, 0, DECISION, NOTHING)
    assert receipt.event("UnitsUsed") == used
    assert receipt.event("TransferSingle") == (desk.address, account, ZERO_ADDRESS, CEA, 30)
    assert cn.totalsOf(CEA)[1:6] == (100, 0, 0, 0, 30)
    assert cn.balanceOf(account, CEA) == 70


def test_others_units_are_not_cancelled_by_decision(world: World, cn: Contract, desk: Any) -> None:
    world.give(cn, world.alice, CEA, 10)
    with refusal(world, "NotProgrammeAccount", world.alice):
        desk.cancelCentrally(CEA, world.alice, 5, [], DECISION, by=world.allocator)
    for person in (world.allocator, world.deputy, world.state):
        with refusal(world, "AccessManagedUnauthorized", person):
            lapses = (CEA, world.pool(cn), 1, [], DECISION)
            alone(desk, "cancelCentrally", *lapses, by=person)


# ---- which desk orders what ---------------------------------------------------------------


def test_each_type_that_is_ordered_has_one_desk(world: World, cn: Contract) -> None:
    """The others are a holder's own, or a gateway's; 10-99 is none of ours (the UK has it)."""
    for number in {*map(int, Type), 0, 1, 1099, 2099} - {*map(int, ORDERED_BY)}:
        with refused("TransactionTypeInvalid", number):
            cn.setDesk(number, world.stranger, by=world.root)
    for number, part in ORDERED_BY.items():
        assert cn.deskOf(number) == getattr(world.CN, part).address
    receipt = cn.setDesk(Type.CLOSURE, world.stranger, by=world.root)
    assert receipt.event("DeskChanged") == (Type.CLOSURE, world.stranger)


@pytest.mark.parametrize("number", [t for t in ORDERED_BY if t != Type.FREEZE_MARK])
def test_nobody_else_orders_it(world: World, cn: Contract, number: Type) -> None:
    order = (number, 2025, CEA, world.alice, world.pool(cn), 1, False, NOTHING)
    desk = getattr(world.CN, ORDERED_BY[number])
    others = {world.CN.issuance, world.CN.compliance, world.CN.liens} - {desk}
    for caller in [world.alice, world.root, *(other.address for other in others)]:
        with (
            world.chain.as_contract(caller),
            refusal(world, "NotTheDesk", number, caller, desk),
        ):
            cn.order(order, [], by=caller)
