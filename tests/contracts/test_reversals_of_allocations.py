"""Allocations taken back: how much, from whom, until when. Corrections: `test_corrections`."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CEA, DECISION, FILE, WINDOW, World
from tests.contracts.desks import (
    DAY,
    Control,
    agreed,
    allocate,
    alone,
    at,
    called,
    execute,
    execute_at,
    limited,
    refusal,
    surrender,
    text_of,
)
from tests.contracts.words import (
    LARGEST_QUANTITY,
    NOTHING,
    Kind,
    Role,
    State,
    Status,
    Type,
    ref,
)


@pytest.fixture
def issuance(world: World) -> Any:
    return world.CN.issuance


@pytest.fixture
def allocation(world: World) -> int:
    return allocate(world, world.CN, world.alice, 100)


def take_back(world: World, allocation: int, quantity: int, refs: Any = (), to: str = "") -> Any:
    return world.CN.issuance.reverseAllocation(
        allocation, to or world.state, quantity, list(refs), by=world.allocator
    )


def test_an_allocation_is_taken_back_in_parts(
    world: World, cn: Contract, issuance: Any, allocation: int
) -> None:
    receipt = take_back(world, allocation, 40)
    moved = (CEA, world.alice, world.state, 61, 40, Type.REVERSAL_OF_ALLOCATION, State.HELD)
    assert receipt.event("UnitsMoved") == moved
    decided = [tuple(e.args) for e in receipt.events("ReversalDecided")]
    assert decided == [(allocation, world.state, 40)]
    assert receipt.event("AllocationReversed") == (allocation, 40)
    assert receipt.event("AllocationCounted") == (world.alice, 2025, 60, 60)
    kept = issuance.allocationOf(allocation)
    assert (kept.quantity, kept.pool, kept.reversing) == (60, world.state, 0)
    assert issuance.entitlementOf(world.alice, 2025, CEA, 0) == (100, 60)
    assert cn.freeSalesOf(world.alice)[0] == 60
    with refusal(world, "AllocationExceeded", allocation, 61, 60):
        take_back(world, allocation, 61)
    take_back(world, allocation, 60)
    with refusal(world, "AllocationExceeded", allocation, 1, 0):
        take_back(world, allocation, 1)
    assert (cn.balanceOf(world.alice, CEA), cn.balanceOf(world.state, CEA)) == (0, 100)


def test_an_allocation_is_taken_back_until_the_last_second(world: World, allocation: int) -> None:
    until = world.chain.time + WINDOW
    call = ("reverseAllocation", allocation, world.state, 40, [])
    with world.chain.restored():
        execute_at(world, until, world.CN, world.CN.issuance, *call, by=world.allocator)
        assert world.cn.balanceOf(world.alice, CEA) == 60
    with refused("WindowPassed", until):
        execute_at(world, until + 1, world.CN, world.CN.issuance, *call, by=world.allocator)
    assert world.cn.balanceOf(world.alice, CEA) == 100


def test_the_window_counts_when_the_step_is_taken(world: World, allocation: int) -> None:
    """Not when it was proposed, and as long as the window is then."""
    until, issuance = world.chain.time + WINDOW, world.CN.issuance
    world.chain.advance(WINDOW - DAY)
    call = ("reverseAllocation", allocation, world.state, 40, [])
    proposal = agreed(world, world.CN, issuance, *call, by=world.allocator)
    text = text_of(world.CN, proposal)
    at(world, until + 1)
    with refused("WindowPassed", until):
        world.CN.proposals.execute(proposal, *text, by=world.allocator)
    receipt = issuance.setReversalWindow(WINDOW + DAY, by=world.root)
    assert receipt.event("ReversalWindowChanged") == (WINDOW + DAY,)
    execute(world.CN, proposal, by=world.allocator)


def test_what_is_gone_is_not_taken_back(world: World, cn: Contract, allocation: int) -> None:
    """R-AL-13: it becomes a debt by another decision, and never a negative balance."""
    issuance = world.CN.issuance
    cn.safeTransferFrom(world.alice, world.bob, CEA, 50, b"", by=world.alice)
    surrender(world.CN, world.alice, CEA, 20)
    world.CN.liens.freeze(world.alice, CEA, 5, [], FILE, by=world.officer)
    with refusal(world, "UnitsNotHeld", CEA, world.alice, 51, 51, 1):
        take_back(world, allocation, 1, [ref(51, 51, 1)])
    receipt = take_back(world, allocation, 26)
    assert receipt.event("AllocationReversed") == (allocation, 25)
    assert issuance.allocationOf(allocation).reversing == 1
    with refusal(world, "ERC1155InsufficientBalance", world.alice, 0, 1, CEA):
        issuance.continueReversal(allocation, [], by=world.allocator)
    receipt = issuance.endReversal(allocation, by=world.allocator)
    assert receipt.event("ReversalDecided") == (allocation, world.state, 0)
    world.CN.compliance.addDebt(world.alice, 2025, 75, DECISION, by=world.officer)
    assert cn.balanceOf(world.alice, CEA) == cn.encumberedOf(world.alice, CEA) == 5
    with refusal(world, "NothingDecided"):
        issuance.continueReversal(allocation, [], by=world.allocator)
    with refusal(world, "NothingDecided"):
        issuance.endReversal(allocation, by=world.allocator)


def test_what_is_decided_is_taken_when_it_is_there(world: World, allocation: int) -> None:
    """By an allocator alone, and no more than two people decided."""
    issuance = world.CN.issuance
    world.cn.safeTransferFrom(world.alice, world.bob, CEA, 80, b"", by=world.alice)
    take_back(world, allocation, 50)
    world.cn.safeTransferFrom(world.bob, world.alice, CEA, 60, b"", by=world.bob)
    with refusal(world, "AllocationExceeded", allocation, 31, 30):
        issuance.continueReversal(allocation, [ref(41, 41, 31)], by=world.allocator)
    with refusal(world, "AllocationExceeded", allocation, 51, 50):  # 50 of 100 are decided or gone
        take_back(world, allocation, 51)
    for person in (world.alice, world.officer, world.issuer, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            issuance.continueReversal(allocation, [], by=person)
    issuance.continueReversal(allocation, [ref(41, 51, 10)], by=world.allocator)
    world.chain.advance(2 * WINDOW)  # it was decided inside the window
    receipt = issuance.continueReversal(allocation, [], by=world.allocator)
    assert receipt.event("AllocationReversed") == (allocation, 20)
    assert world.cn.balanceOf(world.alice, CEA) == 30
    with refusal(world, "NothingDecided"):
        issuance.continueReversal(allocation, [], by=world.allocator)


def test_a_decision_that_is_ended_from_inside_takes_nothing(
    world: World, cn: Contract, allocation: int
) -> None:
    """The receiver is an allocator too, and has the end carried out that two people approved."""
    p, receiver = world.CN, world.chain.deploy("ScriptedReceiver")
    world.open(cn, receiver, Kind.STATE_AUTHORITY)
    p.authority.grantRole(Role.ALLOCATOR, receiver, 0, by=world.root)
    cn.safeTransferFrom(world.alice, world.bob, CEA, 80, b"", by=world.alice)
    take_back(world, allocation, 50, to=receiver.address)
    cn.safeTransferFrom(world.bob, world.alice, CEA, 60, b"", by=world.bob)
    end = (p.issuance, "endReversal", allocation)
    proposal = agreed(world, p, *end, by=world.allocator)
    inside = called(p.proposals, "execute", proposal, called(*end), NOTHING)
    receiver.callBack(p.proposals, inside, by=world.stranger)
    with refusal(world, "NothingDecided"):
        p.issuance.continueReversal(allocation, [], by=world.allocator)
    assert p.issuance.allocationOf(allocation).reversing == 30


def test_an_allocation_goes_back_to_the_programme_only(world: World, allocation: int) -> None:
    for who in ("bob", "carol", "dave", "alice", "broker"):
        account = getattr(world, who)
        with refusal(world, "NotProgrammeAccount", account):
            take_back(world, allocation, 1, to=account)
    for unknown in (0, allocation + 1):
        with refusal(world, "AllocationUnknown", unknown):
            take_back(world, unknown, 1)
    with refusal(world, "AllocationExceeded", allocation, 2, 1):
        take_back(world, allocation, 1, [ref(1, 99, 2)])
    with refusal(world, "AllocationExceeded", allocation, 0, 100):
        take_back(world, allocation, 0)
    most = LARGEST_QUANTITY
    with refusal(world, "AllocationExceeded", allocation, 2 * most, 50):
        take_back(world, allocation, 50, [ref(1, 1, most)] * 2)


def test_a_suspended_operator_gives_back_too(world: World, allocation: int) -> None:
    for status in (Status.SUSPENDED, Status.ALL_TRANSACTIONS_RESTRICTED):
        world.set_status(world.cn, world.alice, status)
        take_back(world, allocation, 10)
    assert world.cn.balanceOf(world.alice, CEA) == 80
    world.set_status(world.cn, world.state, Status.SUSPENDED)
    with refusal(world, "AccountCannotReceive", world.state, Status.SUSPENDED):
        take_back(world, allocation, 10)


def test_one_person_takes_nothing_back(world: World, issuance: Any, allocation: int) -> None:
    for person in (world.allocator, world.deputy, world.state, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(issuance, "reverseAllocation", allocation, world.state, 1, [], by=person)
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(issuance, "endReversal", allocation, by=person)


def test_units_that_were_taken_back_are_sold_like_any_others(world: World, allocation: int) -> None:
    """R-AL-15: what an operator buys at auction is free to use."""
    take_back(world, allocation, 100)
    issuance = world.CN.issuance
    issuance.requirePaidShare(0, world.bob, 101, by=world.allocator)
    sale = (0, CEA, world.state, world.bob, 100, text32("sale"), [])
    issuance.deliver(*sale, by=world.allocator)
    assert world.cn.blockAt(CEA, 1).marks == 0
    surrender(world.CN, world.bob, CEA, 100)


def test_the_holding_limit_follows_the_reversal(world: World) -> None:
    """R-HL-01: own allocation and 1,000,000."""
    follows = Control.HOLDING_LIMIT | Control.LIMIT_FOLLOWS_ALLOCATION
    limited(world, world.CN, world.alice, 1_000_000, follows)
    allocation = allocate(world, world.CN, world.alice, 300_000)
    take_back(world, allocation, 100_000)
    assert world.cn.holdingLimitOf(world.alice) == 1_200_000
    world.give(world.cn, world.bob, CEA, 1_000_001)
    with refusal(world, "HoldingLimitExceeded", world.alice, 1_200_001, 1_200_000):
        world.cn.safeTransferFrom(world.bob, world.alice, CEA, 1_000_001, b"", by=world.bob)
