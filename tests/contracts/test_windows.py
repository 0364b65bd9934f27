"""Time that the rules of a year grant: nobody ends it alone.

Alice is an operator. She has so long to object to a figure, so long to report once she is ordered
to, so long to have a surrender put back, and until the deadline to surrender.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from typing import Any

import pytest

from scripts.bench.evm import Refused, refused, text32
from tests.contracts.actors import CEA, DECISION, YEAR, World
from tests.contracts.cast import PEOPLE, STEPS
from tests.contracts.desks import (
    DAY,
    OBJECTION,
    REPORT,
    Emissions,
    alone,
    at,
    confirm,
    define_year,
    execute_at,
    refusal,
    surrender,
    take,
)
from tests.contracts.words import ref

DISPUTE, CORRECTION, WINDOW = 30 * DAY, 15 * DAY, 20 * DAY
RESULTS = text32("results")


@pytest.fixture
def deadline(world: World) -> int:
    """The last second to surrender for 2025."""
    return define_year(world, world.CN, dispute=DISPUTE, correction=CORRECTION, window=WINDOW)


@pytest.fixture
def desk(world: World) -> Any:
    return world.CN.compliance


def state(world: World) -> Emissions:
    return Emissions(world.CN.compliance.obligationOf(world.alice, 2025).state)


def at_step(world: World, moment: int, name: str, *args: Any) -> None:
    """Two people take a step of the desk in that second."""
    execute_at(world, moment, world.CN, world.CN.compliance, name, *args, by=world.officer)


# ---- to object ----------------------------------------------------------------------------


def test_a_figure_is_not_confirmed_in_the_next_transaction(
    world: World, desk: Any, deadline: int
) -> None:
    take(world, "attest")
    until = world.chain.time + DISPUTE
    with refusal(world, "WindowOpen", world.alice, 2025, until):
        take(world, "confirm")
    with refusal(world, "WindowOpen", world.alice, 2025, until):
        desk.confirmAll(0, 2025, [(world.alice, 100)], DECISION, by=world.officer)
    take(world, "dispute")
    assert state(world) == Emissions.DISPUTED


def test_an_operator_objects_in_the_last_second(world: World, desk: Any, deadline: int) -> None:
    take(world, "attest")
    until = world.chain.time + DISPUTE
    at(world, until)
    with refused("WindowOpen", world.alice, 2025, until):
        alone(desk, "confirm", world.alice, 2025, 100, DECISION, by=world.officer)
    with world.chain.restored():
        at(world, until)
        take(world, "dispute")
        assert state(world) == Emissions.DISPUTED
    at(world, until + 1)
    take(world, "confirm")
    assert state(world) == Emissions.CONFIRMED


def test_not_even_two_officers_confirm_a_list_before(world: World, deadline: int) -> None:
    take(world, "attest")
    until = world.chain.time + DISPUTE
    call = ("confirmAll", 0, 2025, [(world.alice, 100)], DECISION)
    with world.chain.restored(), refused("WindowOpen", world.alice, 2025, until):
        at_step(world, until, *call)
    at_step(world, until + 1, *call)
    assert state(world) == Emissions.CONFIRMED


def test_another_attestation_gives_the_whole_time_again(world: World, deadline: int) -> None:
    take(world, "attest", 100)
    world.chain.advance(DISPUTE)
    take(world, "attest", 999)
    until = world.chain.time + DISPUTE
    for figure in (100, 999):
        name, values = "WindowOpen", (world.alice, 2025, until)
        if figure == 100:
            name, values = "EmissionsStateIs", (world.alice, 2025, Emissions.ATTESTED)
        with refusal(world, name, *values):
            take(world, "confirm", figure)
    at(world, until)
    take(world, "dispute")


def test_results_do_not_end_the_time_to_object(world: World, desk: Any, deadline: int) -> None:
    world.chain.advance(deadline - DAY - world.chain.time)
    take(world, "attest")
    until = world.chain.time + DISPUTE
    at_step(world, deadline + DAY, "publish", 2025, RESULTS)
    with refused("WindowOpen", world.alice, 2025, until):
        take(world, "confirm")
    at(world, until)
    take(world, "dispute")
    desk.assign(0, world.alice, 2025, 80, DECISION, by=world.officer)
    assert desk.owed(world.alice, 2025) == 80


# ---- to report ----------------------------------------------------------------------------


@pytest.mark.parametrize("attested", [False, True])
def test_nothing_is_assigned_before_the_ordered_time_is_over(
    world: World, deadline: int, attested: bool
) -> None:
    if attested:
        take(world, "attest")
    take(world, "orderReport")
    until = world.CN.compliance.obligationOf(world.alice, 2025).orderedUntil
    call = ("assign", 0, world.alice, 2025, 90, DECISION)
    with world.chain.restored(), refused("WindowOpen", world.alice, 2025, until):
        at_step(world, until, *call)
    at_step(world, until + 1, *call)
    assert state(world) == Emissions.ASSIGNED


def test_nothing_is_confirmed_while_it_is_ordered_to_be_put_right(
    world: World, desk: Any, deadline: int
) -> None:
    """An officer orders, and confirms what was false: the operator could never put it right."""
    take(world, "attest")
    world.chain.advance(DISPUTE + 1)
    desk.orderReport(world.alice, 2025, DECISION, by=world.officer)
    until = world.chain.time + CORRECTION
    with refusal(world, "WindowOpen", world.alice, 2025, until):
        take(world, "confirm")
    with refusal(world, "WindowOpen", world.alice, 2025, until):
        desk.confirmAll(0, 2025, [(world.alice, 100)], DECISION, by=world.officer)
    at(world, until)
    take(world, "attest", 120)
    world.chain.advance(DISPUTE + 1)
    take(world, "confirm", 120)


def test_another_order_never_leaves_less_time(world: World, desk: Any, deadline: int) -> None:
    """Not even after two people shortened the window for orders to come."""
    desk.orderReport(world.alice, 2025, DECISION, by=world.officer)
    until = world.chain.time + CORRECTION
    define_year(world, world.CN, deadline=deadline, correction=DAY)
    receipt = desk.orderReport(world.alice, 2025, DECISION, by=world.officer)
    assert receipt.event("ReportOrdered") == (world.alice, 2025, until, DECISION)
    assert desk.obligationOf(world.alice, 2025).orderedUntil == until
    at(world, until)
    receipt = desk.orderReport(world.alice, 2025, DECISION, by=world.officer)
    assert receipt.event("ReportOrdered").until == until + DAY


# ---- to have a surrender put back -----------------------------------------------------------


def test_nobody_alone_ends_the_time_to_put_back(world: World, desk: Any, deadline: int) -> None:
    """Alice surrendered 900 for 10 on the last day. One officer published, and they were gone."""
    world.give(world.cn, world.alice, CEA, 900)
    take(world, "attest", 10)
    world.chain.advance(deadline - DAY - world.chain.time)
    take(world, "confirm", 10)
    surrender(world.CN, world.alice, CEA, 900)
    until = world.chain.time + WINDOW
    world.chain.advance(2 * DAY)
    for name in PEOPLE:
        person = getattr(world, name)
        with refused("AccessManagedUnauthorized", person):
            alone(desk, "publish", 2025, RESULTS, by=person)
        with refused("WindowOpen", world.alice, 2025, until):
            desk.settleYear(world.alice, 2025, by=person)
    at_step(world, until, "reverseSurrender", world.alice, 2025, CEA, [ref(1, 11, 890)])
    assert world.cn.balanceOf(world.alice, CEA) == 890
    at(world, until + 1)
    receipt = desk.settleYear(world.alice, 2025, by=world.stranger)
    assert receipt.event("YearSettled") == (world.alice, 2025, 10, 10, 0)


def test_a_year_is_settled_when_nothing_can_be_put_back(world: World, desk: Any) -> None:
    deadline = define_year(world, world.CN, window=WINDOW)
    world.give(world.cn, world.alice, CEA, 10)
    confirm(world, world.CN, world.alice, 10)
    at(world, deadline)
    surrender(world.CN, world.alice, CEA, 4)
    until = deadline + WINDOW
    at(world, until)
    with refused("WindowOpen", world.alice, 2025, until):
        desk.settleYear(world.alice, 2025, by=world.stranger)
    at(world, until + 1)
    receipt = desk.settleYear(world.alice, 2025, by=world.stranger)
    assert receipt.event("YearSettled") == (world.alice, 2025, 10, 4, 6)


def test_two_people_end_it_for_all_who_publish(world: World, desk: Any) -> None:
    deadline = define_year(world, world.CN, window=WINDOW)
    world.give(world.cn, world.alice, CEA, 10)
    confirm(world, world.CN, world.alice, 10)
    at(world, deadline)
    surrender(world.CN, world.alice, CEA, 4)
    world.chain.advance(1)
    desk.publish(2025, RESULTS, by=world.officer)
    desk.settleYear(world.alice, 2025, by=world.stranger)
    assert desk.obligationOf(world.alice, 2025).deduction == 6


def test_a_deadline_that_moves_back_leaves_the_time_to_put_back(world: World, desk: Any) -> None:
    deadline = define_year(world, world.CN, window=WINDOW)
    world.give(world.cn, world.alice, CEA, 10)
    confirm(world, world.CN, world.alice, 10)
    surrender(world.CN, world.alice, CEA, 10)
    until = world.chain.time + WINDOW
    with refused("AccessManagedUnauthorized", world.officer):
        alone(desk, "moveDeadline", 2025, deadline - YEAR // 2, by=world.officer)
    desk.moveDeadline(2025, world.chain.time, by=world.officer)
    at(world, until)
    with refused("WindowOpen", world.alice, 2025, until):
        desk.settleYear(world.alice, 2025, by=world.officer)


# ---- every act of one person ---------------------------------------------------------------

ALONE = {
    "filePlan": (2025, REPORT),
    "attest": (2025, 999, REPORT),
    "dispute": (2025, OBJECTION),
    "orderReport": (2025, DECISION),
    "confirm": (2025, 100, DECISION),
    "surrender": (2025, CEA, 1, []),
    "settleYear": (2025,),
    "recordSanction": (2025, DECISION),
}


def test_what_one_person_does_at_the_desk_is_all_here(desk: Any) -> None:
    functions = {e["name"]: e["stateMutability"] for e in desk.abi if e["type"] == "function"}
    sent = {name for name, kind in functions.items() if kind == "nonpayable"}
    contracts = {"initialize", "setAuthority", "succeed", "countAllocation"}
    assert sent - contracts - set(STEPS["compliance"]) == set(ALONE)


def running(world: World) -> dict[str, int]:
    """The last second of each time that Alice has now."""
    o = world.CN.compliance.obligationOf(world.alice, 2025)
    open_ = o.state in (Emissions.NONE, Emissions.ATTESTED)
    return {
        "attested": o.attestedAt,
        "to object": o.attestedAt + DISPUTE if open_ and o.attestedAt else 0,
        "to report": o.orderedUntil if open_ else 0,
        "to put back": 0 if o.settled else o.reversibleUntil,
    }


@pytest.mark.parametrize("moment", ["in time", "late", "ordered late"])
def test_no_two_acts_of_one_person_end_any_time(
    world: World, desk: Any, deadline: int, moment: str
) -> None:
    world.give(world.cn, world.alice, CEA, 10)
    if moment != "in time":
        world.chain.advance(deadline - DAY - world.chain.time)
    take(world, "attest")
    if moment != "ordered late":
        take(world, "orderReport")
    surrender(world.CN, world.alice, CEA, 5)
    if moment != "in time":
        world.chain.advance(2 * DAY)
    if moment == "ordered late":
        world.chain.advance(DISPUTE)
        take(world, "orderReport")
    now, before = world.chain.time, running(world)
    people = ("officer", "verifier", "deputy", "stranger")  # the deputy is all but a guardian
    for name, acts in product(people, product(ALONE, repeat=2)):
        with world.chain.restored():
            for act in acts:
                with suppress(Refused):
                    alone(desk, act, world.alice, *ALONE[act], by=getattr(world, name))
            after = running(world)
        if after["attested"] > before["attested"]:
            after["to report"] = before["to report"]  # it was put right, and can be objected to
        lost = [what for what, until in before.items() if now <= until and after[what] < until]
        assert not lost, f"{name} ends the time {lost} by {acts}"
