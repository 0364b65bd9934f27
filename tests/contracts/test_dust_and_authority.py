"""However many blocks an account makes of its units, what the authority decided is carried out.

Alice has 600 units in 600 blocks. One call moves 256; the rest follows under the same decision.
"""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, Receipt
from tests.contracts.actors import CCER, CEA, World
from tests.contracts.blocks import blocks, moved, split_up
from tests.contracts.desks import allocate, refusal
from tests.contracts.liens import COURT, LOAN, Lien, pledge
from tests.contracts.words import State, Status, Type, ref

PARTS = [256, 256, 88]


@pytest.fixture
def allocation(world: World) -> int:
    number = allocate(world, world.CN, world.alice, 600)
    split_up(world, world.alice, 1, 600)
    assert [size for _, size in blocks(world.cn, world.alice)] == [1] * 600
    return number


def frozen(receipt: Receipt) -> int:
    """Ranges that were set aside."""
    (event,) = [*receipt.events("LienPlaced"), *receipt.events("LienExtended")]
    assert [tuple(r) for r in event.args.ranges] == moved(receipt)
    return len(event.args.ranges)


# ---- reversal -----------------------------------------------------------------------------


def test_a_split_allocation_is_taken_back_under_one_decision(
    world: World, cn: Contract, allocation: int
) -> None:
    desk = world.CN.issuance
    receipts = [
        desk.reverseAllocation(allocation, world.pool(cn), 600, [], by=world.allocator),
        desk.continueReversal(allocation, [], by=world.allocator),
        desk.continueReversal(allocation, [], by=world.allocator),
    ]
    assert [len(r.events("ReversalDecided")) for r in receipts] == [1, 0, 0]
    assert [r.event("AllocationReversed") for r in receipts] == [(allocation, n) for n in PARTS]
    assert [len(moved(r)) for r in receipts] == PARTS
    assert {e.args.transactionType for r in receipts for e in r.events("UnitsMoved")} == {
        Type.REVERSAL_OF_ALLOCATION
    }
    assert cn.balanceOfBatch([world.alice, world.pool(cn)], [CEA, CEA]) == [0, 600]
    assert desk.allocationOf(allocation).quantity == 0
    obligation = world.CN.compliance.obligationOf(world.alice, 2025)
    assert (obligation.initial, obligation.issued) == (0, 0)
    with refusal(world, "NothingDecided"):
        desk.continueReversal(allocation, [], by=world.allocator)


def test_a_suspended_operator_stops_no_part_of_it(
    world: World, cn: Contract, allocation: int
) -> None:
    desk = world.CN.issuance
    desk.reverseAllocation(allocation, world.pool(cn), 600, [], by=world.allocator)
    world.set_status(cn, world.alice, Status.SUSPENDED)
    for _ in range(2):
        desk.continueReversal(allocation, [], by=world.allocator)
    assert cn.balanceOf(world.alice, CEA) == 0


# ---- freezes ------------------------------------------------------------------------------


def freeze_all(world: World) -> list[Receipt]:
    desk, officer = world.CN.liens, world.officer
    return [
        desk.freeze(world.alice, CEA, 600, [], COURT, by=officer),
        desk.extendFreeze(1, 344, [], by=officer),
        desk.extendFreeze(1, 344, [], by=officer),
    ]


def test_a_freeze_is_extended_over_all_blocks(world: World, cn: Contract, allocation: int) -> None:
    assert [frozen(receipt) for receipt in freeze_all(world)] == PARTS
    lien = world.CN.liens.lienOf(1)
    assert (lien.kind, len(lien.ranges)) == (Lien.FREEZE, 600)
    assert cn.encumberedOf(world.alice, CEA) == cn.balanceOf(world.alice, CEA) == 600
    with refusal(world, "ERC1155InsufficientBalance", world.alice, 0, 1, CEA):
        world.CN.liens.extendFreeze(1, 1, [], by=world.officer)
    for person in (world.alice, world.deputy, world.allocator, world.root):
        if person != world.deputy:  # who is an officer too
            with refusal(world, "AccessManagedUnauthorized", person):
                world.CN.liens.extendFreeze(1, 1, [], by=person)


def test_a_freeze_is_extended_by_name_and_to_what_came_later(world: World, cn: Contract) -> None:
    world.give(cn, world.alice, CEA, 10)
    world.CN.liens.freeze(world.alice, CEA, 10, [], COURT, by=world.officer)
    world.give(cn, world.alice, CEA, 10)
    receipt = world.CN.liens.extendFreeze(1, 4, [ref(11, 15, 4)], by=world.officer)
    assert receipt.event("LienExtended") == (1, [(15, 4)])
    assert world.CN.liens.lienOf(1).ranges == [(1, 10), (15, 4)]
    with refusal(world, "UnitsNotHeld", CEA, world.alice, 15, 15, 1):
        world.CN.liens.extendFreeze(1, 1, [ref(15, 15, 1)], by=world.officer)


def test_lifting_goes_on_until_all_blocks_are_free(
    world: World, cn: Contract, allocation: int
) -> None:
    """Two officers lift it; anybody has the rest freed, also the operator itself."""
    freeze_all(world)
    liens = world.CN.liens
    frozen = [first for first, _ in liens.lienOf(1).ranges]
    receipt = liens.unfreeze(1, by=world.officer)
    assert receipt.event("LienLifted") == (1, world.CN.proposals.address)
    assert receipt.event("LienReleased") == (1, 344, frozen[343])
    assert liens.lienOf(1).kind == Lien.LIFTED
    assert cn.encumberedOf(world.alice, CEA) == 344
    lifted = ("LienKindIs", 1, Lien.LIFTED)
    with refusal(world, *lifted):
        liens.unfreeze(1, by=world.officer)
    with refusal(world, *lifted):
        liens.extendFreeze(1, 1, [], by=world.officer)
    with refusal(world, *lifted):
        liens.releasePledge(world.alice, 1, by=world.alice)
    left = [
        liens.continueLifting(1, by=person).event("LienReleased")
        for person in (world.stranger, world.alice)
    ]
    assert left == [(1, 88, frozen[87]), (1, 0, 0)]
    assert cn.encumberedOf(world.alice, CEA) == 0
    assert sorted(blocks(cn, world.alice)) == [(n, 1) for n in range(1, 601)]
    with refusal(world, "LienUnknown", 1):
        liens.continueLifting(1, by=world.stranger)


def test_nobody_goes_on_lifting_what_is_not_lifted(world: World, cn: Contract) -> None:
    world.give(cn, world.alice, CEA, 20)
    world.CN.liens.freeze(world.alice, CEA, 10, [], COURT, by=world.officer)
    pledge(world, 10)
    for lien, kind in ((1, Lien.FREEZE), (2, Lien.PLEDGE)):
        with refusal(world, "LienKindIs", lien, kind):
            world.CN.liens.continueLifting(lien, by=world.alice)
    with refusal(world, "LienKindIs", 2, Lien.PLEDGE):
        world.CN.liens.extendFreeze(2, 1, [], by=world.officer)


def test_a_pledge_cut_up_later_is_released_in_parts(
    world: World, cn: Contract, allocation: int
) -> None:
    """Pledged in three calls of 256 blocks, each a lien of its own; each is free at once."""
    numbers = [pledge(world, size) for size in PARTS]
    for number, size in zip(numbers, PARTS, strict=True):
        receipt = world.CN.liens.releasePledge(world.dave, number, by=world.dave)
        assert receipt.event("LienReleased") == (number, 0, 0)
        assert len(moved(receipt)) == size
    assert cn.encumberedOf(world.alice, CEA) == 0


# ---- correction, closure ------------------------------------------------------------------


def test_a_correction_goes_on_over_all_blocks(world: World, cn: Contract) -> None:
    world.define(cn, "CCER-2025", unit_type=2)
    first = world.credits(cn, world.alice, CCER, 600)
    split_up(world, world.alice, first, 600, CCER)
    named = [ref(n, n, 1) for n, _ in blocks(cn, world.alice, CCER)]
    desk = world.CN.issuance
    with refusal(world, "TooManyBlocks", CCER, 256):
        desk.correctIssuance(CCER, first, 600, named[:257], by=world.issuer)
    receipts = [
        desk.correctIssuance(CCER, first, 600, named[:256], by=world.issuer),
        desk.continueCorrection(CCER, first, named[256:512], by=world.issuer),
        desk.continueCorrection(CCER, first, named[512:], by=world.issuer),
    ]
    assert [len(r.events("CorrectionDecided")) for r in receipts] == [1, 0, 0]
    assert [r.event("IssuanceCorrected") for r in receipts] == [(CCER, first, n) for n in PARTS]
    assert {e.args.state for e in receipts[1].events("UnitsMoved")} == {State.CANCELLED}
    assert cn.totalsOf(CCER).cancelled == 600
    with refusal(world, "NothingDecided"):
        desk.continueCorrection(CCER, first, named[:1], by=world.issuer)


def test_an_account_is_emptied_for_its_closure_over_all_blocks(
    world: World, cn: Contract, allocation: int
) -> None:
    pool, desk = world.pool(cn), world.CN.issuance
    world.set_status(cn, world.alice, Status.CLOSURE_PENDING)
    desk.closeOut(world.alice, pool, by=world.registrar)
    parts: list[Any] = []
    while cn.balanceOf(world.alice, CEA):
        parts.append(len(moved(desk.moveOnClosure(world.alice, CEA, by=world.stranger))))
    assert parts == PARTS
    cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)


def test_a_pledge_to_oneself_does_not_hold_a_freeze_off(world: World, cn: Contract) -> None:
    """Pledged units are frozen where they are: see `test_freezes_of_what_returns`."""
    world.give(cn, world.alice, CEA, 10)
    request = (world.alice, CEA, 10, [], world.alice, LOAN)
    world.CN.liens.pledge(*request, by=world.alice)
    world.CN.liens.freezeReturning(CEA, [ref(1, 1, 10)], COURT, by=world.officer)
    world.CN.liens.releasePledge(world.alice, 1, by=world.alice)
    assert cn.encumberedOf(world.alice, CEA) == 10
