"""Issuances corrected (10-92): how much, at whom, until when."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CCER, CEA, DECISION, WINDOW, World
from tests.contracts.desks import alone, execute_at, refusal
from tests.contracts.words import LARGEST_QUANTITY, NOTHING, State, Status, Type, ref


@pytest.fixture
def issuance(world: World) -> Any:
    return world.CN.issuance


@pytest.fixture
def issued(world: World) -> int:
    """The State has serials 1 to 100 of the first issuance, 101 to 150 of the second."""
    world.issue(world.cn, CEA, 100, to=world.state)
    world.issue(world.cn, CEA, 50, to=world.state)
    return 1


def correct(world: World, issued: int, *refs: Any, unit_class: int = CEA, quantity: int = 0) -> Any:
    """As many units as are named, unless it is said how many."""
    quantity = quantity or sum(r[3] for r in refs)
    call = (unit_class, issued, quantity, list(refs))
    return world.CN.issuance.correctIssuance(*call, by=world.issuer)


def test_an_issuance_is_corrected_and_stays_on_record(
    world: World, cn: Contract, issuance: Any, issued: int
) -> None:
    receipt = correct(world, 101, ref(101, 121, 30))
    moved = (CEA, world.state, world.state, 121, 30, Type.CORRECTION, State.CANCELLED)
    assert receipt.event("CorrectionDecided") == (CEA, 101, 30)
    assert receipt.event("IssuanceCorrected") == (CEA, 101, 30)
    assert receipt.event("UnitsMoved") == moved
    used = (world.state, CEA, State.CANCELLED, 30, 0, NOTHING, NOTHING)
    assert receipt.event("UnitsUsed") == used
    assert cn.totalsOf(CEA)[1:6] == (150, 0, 0, 0, 30)
    assert cn.blockAt(CEA, 121)[:2] == (world.state, 30)
    assert issuance.issuanceOf(CEA, 101)[2:] == (50, 0)
    assert world.issue(cn, CEA, 1) == 151


def test_one_person_corrects_nothing(world: World, issuance: Any, issued: int) -> None:
    for person in (world.issuer, world.deputy, world.state, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(issuance, "correctIssuance", CEA, 1, 1, [ref(1, 1, 1)], by=person)


def test_a_correction_goes_on_under_its_decision(
    world: World, cn: Contract, issuance: Any, issued: int
) -> None:
    """By an issuer alone, inside the issuance, and no more than two people decided."""
    receipt = correct(world, 1, quantity=30)
    assert receipt.event("CorrectionDecided") == (CEA, 1, 30)
    assert receipt.events("UnitsMoved") == []
    assert issuance.issuanceOf(CEA, 1).correcting == 30
    with refusal(world, "IssuanceExceeded", CEA, 1, 31, 30):
        issuance.continueCorrection(CEA, 1, [ref(1, 70, 31)], by=world.issuer)
    with refusal(world, "OutsideIssuance", CEA, 101, 10):
        issuance.continueCorrection(CEA, 1, [ref(101, 101, 10)], by=world.issuer)
    with refusal(world, "IssuanceExceeded", CEA, 1, 71, 70):
        correct(world, 1, quantity=71)
    for person in (world.allocator, world.officer, world.state, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            issuance.continueCorrection(CEA, 1, [ref(1, 71, 10)], by=person)
    issuance.continueCorrection(CEA, 1, [ref(1, 71, 10)], by=world.issuer)
    world.chain.advance(2 * WINDOW)  # it was decided inside the window
    receipt = issuance.continueCorrection(CEA, 1, [ref(1, 51, 20)], by=world.issuer)
    assert receipt.event("IssuanceCorrected") == (CEA, 1, 20)
    assert cn.totalsOf(CEA).cancelled == 30
    with refusal(world, "NothingDecided"):
        issuance.continueCorrection(CEA, 1, [ref(1, 1, 1)], by=world.issuer)


def test_an_issuance_is_corrected_until_the_last_second(world: World, issued: int) -> None:
    until = world.CN.issuance.issuanceOf(CEA, 1).time + WINDOW
    call = ("correctIssuance", CEA, 1, 40, [ref(1, 61, 40)])
    with world.chain.restored():
        execute_at(world, until, world.CN, world.CN.issuance, *call, by=world.issuer)
        assert world.cn.totalsOf(CEA).cancelled == 40
    with refused("WindowPassed", until):
        execute_at(world, until + 1, world.CN, world.CN.issuance, *call, by=world.issuer)
    assert world.cn.totalsOf(CEA).cancelled == 0


def test_a_correction_keeps_inside_its_issuance(world: World, issued: int) -> None:
    for unknown in (0, 2, 100, 151):
        with refusal(world, "IssuanceUnknown", CEA, unknown):
            correct(world, unknown, ref(1, 1, 1))
    with refusal(world, "OutsideIssuance", CEA, 101, 1):
        correct(world, 1, ref(101, 101, 1))
    with refusal(world, "OutsideIssuance", CEA, 100, 1):
        correct(world, 101, ref(1, 100, 1))
    with refusal(world, "OutsideIssuance", CEA, 91, 11):
        correct(world, 1, ref(1, 91, 11))
    with refusal(world, "IssuanceExceeded", CEA, 1, 0, 100):
        correct(world, 1)
    with refusal(world, "IssuanceExceeded", CEA, 1, 2, 1):
        correct(world, 1, ref(1, 1, 2), quantity=1)


def test_a_correction_that_names_more_than_there_can_be_is_refused(world: World) -> None:
    most = LARGEST_QUANTITY
    largest = world.define(world.cn, "X", cap=most)
    world.issue(world.cn, largest, most, to=world.state)
    with refusal(world, "IssuanceExceeded", largest, 1, 2 * most, 5):
        correct(world, 1, *[ref(1, 1, most)] * 2, unit_class=largest, quantity=5)


def test_units_that_their_first_holder_has_no_more_are_not_corrected(
    world: World, cn: Contract, issuance: Any, issued: int
) -> None:
    sale = (0, CEA, world.state, world.alice, 50, text32("sale"), [ref(1, 1, 50, 101)])
    issuance.deliver(*sale, by=world.allocator)
    with refusal(world, "UnitsNotHeld", CEA, world.state, 1, 1, 50):
        correct(world, 1, ref(1, 1, 50))
    lapsed = (CEA, world.state, 10, [ref(51, 91, 10)], DECISION)
    issuance.cancelCentrally(*lapsed, by=world.allocator)
    with refusal(world, "UnitsNotHeld", CEA, world.state, 91, 91, 10):
        correct(world, 1, ref(91, 91, 10))
    correct(world, 1, ref(51, 81, 10))


def test_credits_are_corrected_at_their_holder(world: World, cn: Contract) -> None:
    world.define(cn, "CCER-2025", unit_type=2)
    report = world.verify(cn, CCER, 100)
    world.CN.issuance.issue(CCER, world.alice, 100, report, by=world.issuer)
    world.set_status(cn, world.alice, Status.SUSPENDED)  # no escape from a correction
    correct(world, 1, ref(1, 1, 100), unit_class=CCER)
    assert cn.totalsOf(CCER).cancelled == 100
    # The report stays used up: what was wrong with it is not issued again.
    with refusal(world, "VerificationExceeded", report, CCER, 1, 0):
        world.CN.issuance.issue(CCER, world.bob, 1, report, by=world.issuer)
