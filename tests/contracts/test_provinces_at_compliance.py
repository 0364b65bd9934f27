"""A province decides with the State on the figures of its own operators, and of no others.

Alice and Bob are Guangdong's, Erin is Beijing's; Art. 28, 30 and 40 name the province.
"""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import refused
from tests.contracts.actors import DECISION, LIFETIME, World
from tests.contracts.desks import (
    OBJECTION,
    REPORT,
    Emissions,
    approve,
    define_year,
    execute,
    propose,
    refusal,
    selector,
)
from tests.contracts.words import PROVINCES, Role

BEIJING, GUANGDONG = 11, 44


@pytest.fixture(autouse=True)
def provinces(world: World) -> None:
    """The stranger speaks for Guangdong, the broker for Beijing; the State approves."""
    p = world.CN
    define_year(world, p)
    for name in ("confirmAll", "assign"):
        step = (Role.PROVINCE, Role.COMPLIANCE_OFFICER, 0, LIFETIME, 1)
        p.proposals.defineStep(p.compliance, selector(p.compliance, name), step, by=world.root)
    for province, person in ((GUANGDONG, world.stranger), (BEIJING, world.broker)):
        p.authority.grantRole(PROVINCES + province, person, 0, by=world.root)
    for account, province in (
        (world.alice, GUANGDONG),
        (world.bob, GUANGDONG),
        (world.erin, BEIJING),
    ):
        p.registry.setAccountProvince(account, province, by=world.registrar)
        p.compliance.attest(account, 2025, 100, REPORT, by=world.verifier)


def agreed(world: World, name: str, province: int, *args: Any, by: str) -> int:
    """The province proposes, an officer of the State approves."""
    proposal = propose(world.CN, world.CN.compliance, name, province, *args, by=by)
    approve(world.CN, proposal, by=world.officer)
    return proposal


def decide(world: World, name: str, province: int, *args: Any, by: str) -> Any:
    return execute(world.CN, agreed(world, name, province, *args, by=by), by=by)


def figures(world: World, *names: str) -> tuple[Any, ...]:
    """Of a list to be confirmed, and the decision."""
    return (2025, [(getattr(world, name), 100) for name in names], DECISION)


def state(world: World, account: str) -> Emissions:
    return Emissions(world.CN.compliance.obligationOf(account, 2025).state)


def test_a_province_confirms_its_own(world: World) -> None:
    receipt = decide(
        world, "confirmAll", GUANGDONG, *figures(world, "alice", "bob"), by=world.stranger
    )
    assert [e.args for e in receipt.events("EmissionsConfirmed")] == [
        (account, 2025, 100, Emissions.CONFIRMED, DECISION) for account in (world.alice, world.bob)
    ]
    decide(world, "confirmAll", BEIJING, *figures(world, "erin"), by=world.broker)
    assert state(world, world.erin) == Emissions.CONFIRMED


@pytest.mark.parametrize("names", [("erin",), ("alice", "erin"), ("erin", "alice")])
def test_a_province_confirms_no_other_provinces(world: World, names: tuple[str, ...]) -> None:
    """Not even among its own: all or none."""
    proposal = agreed(world, "confirmAll", GUANGDONG, *figures(world, *names), by=world.stranger)
    with refusal(world, "ProvinceIs", world.erin, BEIJING):
        execute(world.CN, proposal, by=world.stranger)
    assert state(world, world.alice) == Emissions.ATTESTED


def test_a_province_speaks_for_itself(world: World) -> None:
    """Beijing's key does not propose for Guangdong, nor for no province, nor without a number."""
    desk, p = world.CN.compliance, world.CN
    for name, args in (
        ("confirmAll", figures(world, "alice")),
        ("assign", (world.alice, 2025, 90, DECISION)),
    ):
        with refused("RoleMissing", world.broker, PROVINCES + GUANGDONG):
            propose(p, desk, name, GUANGDONG, *args, by=world.broker)
        with refused("RoleMissing", world.officer, PROVINCES + GUANGDONG):
            propose(p, desk, name, GUANGDONG, *args, by=world.officer)
        with refused("ProvinceMissing", desk.address, selector(desk, name)):
            propose(p, desk, name, 0, *args, by=world.broker)
        proposal = propose(p, desk, name, GUANGDONG, *args, by=world.stranger)
        for person in (world.stranger, world.broker):  # the State approves, and no province
            with refused("RoleMissing", person, Role.COMPLIANCE_OFFICER):
                approve(p, proposal, by=person)


def test_a_province_decides_the_disputes_of_its_own(world: World) -> None:
    """Art. 28: who objects appeals to its province."""
    for account in (world.alice, world.erin):
        world.CN.compliance.dispute(account, 2025, OBJECTION, by=account)
    decide(world, "assign", GUANGDONG, world.alice, 2025, 90, DECISION, by=world.stranger)
    assert state(world, world.alice) == Emissions.CONFIRMED
    proposal = agreed(world, "assign", GUANGDONG, world.erin, 2025, 90, DECISION, by=world.stranger)
    with refusal(world, "ProvinceIs", world.erin, BEIJING):
        execute(world.CN, proposal, by=world.stranger)
    assert state(world, world.erin) == Emissions.DISPUTED


def test_a_province_assigns_what_its_own_did_not_put_right(world: World) -> None:
    """Art. 40: and nobody else's."""
    for account in (world.alice, world.erin):
        world.CN.compliance.orderReport(account, 2025, DECISION, by=world.officer)
    world.chain.advance(1)
    decide(world, "assign", GUANGDONG, world.alice, 2025, 700, DECISION, by=world.stranger)
    assert state(world, world.alice) == Emissions.ASSIGNED
    proposal = agreed(
        world, "assign", GUANGDONG, world.erin, 2025, 700, DECISION, by=world.stranger
    )
    with refusal(world, "ProvinceIs", world.erin, BEIJING):
        execute(world.CN, proposal, by=world.stranger)
    assert state(world, world.erin) == Emissions.ATTESTED


def test_who_was_handed_over_is_the_other_provinces(world: World) -> None:
    """It is asked when the step is taken, not when it was proposed."""
    call = ("confirmAll", GUANGDONG, *figures(world, "alice"))
    proposal = agreed(world, *call, by=world.stranger)
    world.cn.setAccountProvince(world.alice, BEIJING, by=world.registrar)
    with refusal(world, "ProvinceIs", world.alice, BEIJING):
        execute(world.CN, proposal, by=world.stranger)
    decide(world, "confirmAll", BEIJING, *figures(world, "alice"), by=world.broker)


def test_lists_have_their_bounds(world: World) -> None:
    """One figure to 256, each of an operator, each once, each as it was attested."""
    p, alice = world.CN, world.alice
    for length in (0, 257):
        call = ("confirmAll", GUANGDONG, 2025, [(alice, 100)] * length, DECISION)
        proposal = agreed(world, *call, by=world.stranger)
        with refusal(world, "ListLength", length, 256):
            execute(p, proposal, by=world.stranger)
    p.registry.setAccountProvince(world.carol, GUANGDONG, by=world.registrar)
    for listed, error in (
        ([(alice, 100)] * 2, ("EmissionsStateIs", alice, 2025, Emissions.CONFIRMED)),
        ([(alice, 99)], ("EmissionsStateIs", alice, 2025, Emissions.ATTESTED)),
        ([(world.carol, 100)], ("NotOperatorAccount", world.carol)),
    ):
        call = ("confirmAll", GUANGDONG, 2025, listed, DECISION)
        proposal = agreed(world, *call, by=world.stranger)
        with refusal(world, *error):
            execute(p, proposal, by=world.stranger)
