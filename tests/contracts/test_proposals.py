"""Sensitive steps: two people, a delay, a guardian, an end."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from scripts.bench.evm import refused, text32
from tests.contracts.actors import CEA, DECISION, FILE, LIFETIME, World
from tests.contracts.cast import STEPS
from tests.contracts.desks import (
    HOUR,
    Proposed,
    agreed,
    approve,
    at,
    called,
    execute,
    propose,
    propose_call,
    selector,
    set_delay,
)
from tests.contracts.words import NOTHING, Kind, Role, Status

DAY = 24 * HOUR
PREVIEW = keccak(text="what the proposal would do, as its proposer saw it")


def issue(world: World, quantity: int = 100, decision: bytes = DECISION) -> tuple[Any, ...]:
    """The step of most tests: to issue allowances to the State."""
    return (CEA, world.state, quantity, decision)


def proposed(world: World, *, by: str | None = None, quantity: int = 100) -> int:
    p, call = world.CN, issue(world, quantity, world.decision())
    return propose(p, p.issuance, "issue", *call, by=by or world.issuer)


def approved(world: World, quantity: int = 100) -> int:
    p, call = world.CN, issue(world, quantity, world.decision())
    return agreed(world, p, p.issuance, "issue", *call, by=world.issuer)


def state(world: World, proposal: int) -> Proposed:
    return Proposed(world.CN.proposals.proposalOf(proposal).state)


def issued(world: World) -> int:
    return int(world.cn.totalsOf(CEA).issued)


# ---- two people ---------------------------------------------------------------------------


def test_two_people_issue(world: World) -> None:
    desk, target = world.CN.proposals, world.CN.issuance
    data = called(target, "issue", *issue(world))
    receipt = desk.propose(target, data, PREVIEW, by=world.issuer)
    deadline = world.chain.time + LIFETIME
    made = receipt.event("ProposalMade")
    proposal = desk.proposalCount()
    assert made == (proposal, target.address, world.issuer, data, PREVIEW, deadline)
    # Whoever approves reads what would happen.
    assert made.data[:4] == selector(target, "issue")
    assert decode(["uint256", "address", "uint40", "bytes32"], made.data[4:]) == issue(world)
    assert state(world, proposal) == Proposed.PROPOSED

    hash_ = desk.hashOf(target, data, PREVIEW)
    receipt = desk.approve(proposal, hash_, by=world.deputy)
    now = world.chain.time
    assert receipt.event("ProposalApproved") == (proposal, world.deputy, now, now + LIFETIME)
    kept = desk.proposalOf(proposal)
    assert kept[:4] == (target.address, made.data[:4], 0, False)
    assert kept[4:8] == (Proposed.APPROVED, world.issuer, now + LIFETIME, now)
    assert kept[8:] == (world.deputy, 0, 0, hash_)
    assert issued(world) == 0

    receipt = desk.execute(proposal, data, PREVIEW, by=world.issuer)
    assert receipt.event("ProposalExecuted") == (proposal, world.issuer)
    assert receipt.event("UnitsIssued") == (CEA, 1, 100, DECISION)
    assert state(world, proposal) == Proposed.EXECUTED


@pytest.mark.parametrize("executor", ["issuer", "deputy", "councillor"])
def test_either_role_executes(world: World, executor: str) -> None:
    world.CN.authority.grantRole(Role.ISSUER, world.councillor, 0, by=world.root)
    proposal = approved(world)
    for other in (world.stranger, world.guardian, world.root, world.state):
        with refused("RoleMissing", other, Role.ISSUER):
            execute(world.CN, proposal, by=other)
    execute(world.CN, proposal, by=getattr(world, executor))
    assert issued(world) == 100


def test_approver_is_another_person(world: World) -> None:
    for person in (world.issuer, world.deputy):
        proposal = proposed(world, by=person)
        with refused("SamePerson", proposal, person):
            approve(world.CN, proposal, by=person)


def test_hash_is_of_target_call_and_document(world: World) -> None:
    """So that whoever approves approves all three, and anybody can compute it."""
    p = world.CN
    data = called(p.issuance, "issue", *issue(world))
    packed = encode(["address", "bytes32", "bytes32"], [p.issuance.address, PREVIEW, keccak(data)])
    assert p.proposals.hashOf(p.issuance, data, PREVIEW) == keccak(packed)


def test_approval_is_of_what_was_read(world: World) -> None:
    p = world.CN
    data = called(p.issuance, "issue", *issue(world))
    proposal = propose_call(p, p.issuance, data, PREVIEW, by=world.issuer)
    actual = p.proposals.proposalOf(proposal).hash
    more = called(p.issuance, "issue", *issue(world, 101))
    for read in (
        NOTHING,
        keccak(data),
        p.proposals.hashOf(p.issuance, more, PREVIEW),
        p.proposals.hashOf(p.issuance, data, NOTHING),
        p.proposals.hashOf(world.KR.issuance, data, PREVIEW),
    ):
        with refused("ProposalChanged", proposal, read, actual):
            p.proposals.approve(proposal, read, by=world.deputy)


def test_what_is_executed_is_what_was_approved(world: World) -> None:
    p = world.CN
    data = called(p.issuance, "issue", *issue(world))
    proposal = propose_call(p, p.issuance, data, PREVIEW, by=world.issuer)
    approve(p, proposal, by=world.deputy)
    actual = p.proposals.proposalOf(proposal).hash
    more = called(p.issuance, "issue", *issue(world, 101))
    for text in ((more, PREVIEW), (data, NOTHING), (data + b"\0", PREVIEW), (b"", PREVIEW)):
        read = p.proposals.hashOf(p.issuance, *text)
        with refused("ProposalChanged", proposal, read, actual):
            p.proposals.execute(proposal, *text, by=world.issuer)
    p.proposals.execute(proposal, data, PREVIEW, by=world.issuer)
    assert issued(world) == 100


def test_what_was_never_proposed_is_neither_approved_nor_executed(world: World) -> None:
    desk = world.CN.proposals
    for unknown in (0, desk.proposalCount() + 1):
        with refused("ProposalNot", unknown, Proposed.PROPOSED, Proposed.NONE):
            desk.approve(unknown, NOTHING, by=world.deputy)
        with refused("ProposalNot", unknown, Proposed.APPROVED, Proposed.NONE):
            desk.execute(unknown, b"", NOTHING, by=world.deputy)
        with refused("ProposalNot", unknown, Proposed.PROPOSED, Proposed.NONE):
            desk.stop(unknown, by=world.guardian)


def test_what_is_no_step_is_not_proposed(world: World) -> None:
    """What one person does, what is open to holders, and what is no function at all."""
    desk = world.CN.proposals
    for data in (
        called(world.cn, "openAccount", world.stranger, Kind.OPERATOR, FILE, 0),
        called(world.cn, "setApprovalForAll", world.stranger, True),
        bytes.fromhex("123456"),
        b"",
    ):
        with refused("NotASensitiveStep", world.cn, data[:4].ljust(4, b"\0")):
            desk.propose(world.cn, data, NOTHING, by=world.root)


# ---- roles on the way ---------------------------------------------------------------------


def test_approval_needs_the_role_at_that_moment(world: World) -> None:
    proposal = proposed(world)
    world.CN.authority.revokeRole(Role.ISSUER, world.deputy, by=world.root)
    with refused("RoleMissing", world.deputy, Role.ISSUER):
        approve(world.CN, proposal, by=world.deputy)


@pytest.mark.parametrize("lost", ["issuer", "deputy"])
def test_execution_needs_both_to_have_their_roles_still(world: World, lost: str) -> None:
    world.CN.authority.grantRole(Role.ISSUER, world.councillor, 0, by=world.root)
    proposal, person = approved(world), getattr(world, lost)
    world.CN.authority.revokeRole(Role.ISSUER, person, by=world.root)
    for executor in (world.councillor, person):
        with refused("RoleMissing", person, Role.ISSUER):
            execute(world.CN, proposal, by=executor)
    # What it was part of stays void, whoever has it executed; what it does anew counts.
    world.CN.authority.grantRole(Role.ISSUER, person, 0, by=world.root)
    for executor in (world.councillor, person):
        with refused("RoleMissing", person, Role.ISSUER):
            execute(world.CN, proposal, by=executor)
    execute(world.CN, approved(world), by=world.councillor)
    assert issued(world) == 100


# ---- the delay and the end ----------------------------------------------------------------


def test_delay_runs_before_execution(world: World) -> None:
    p = world.CN
    set_delay(world, p, p.issuance, "issue", Role.ISSUER, DAY)
    proposal = approved(world)
    ready = world.chain.time + DAY
    kept = p.proposals.proposalOf(proposal)
    assert (kept.readyAt, kept.deadline) == (ready, ready + LIFETIME)
    with refused("TooEarly", proposal, ready):
        execute(p, proposal, by=world.issuer)
    at(world, ready - 1)
    with refused("TooEarly", proposal, ready):
        execute(p, proposal, by=world.issuer)
    at(world, ready)
    execute(p, proposal, by=world.issuer)
    assert issued(world) == 100


def test_proposal_that_nobody_approves_expires(world: World) -> None:
    first, second = proposed(world), proposed(world)
    deadline = world.CN.proposals.proposalOf(second).deadline
    at(world, world.CN.proposals.proposalOf(first).deadline)
    approve(world.CN, first, by=world.deputy)
    at(world, deadline + 1)
    with refused("ProposalNot", second, Proposed.PROPOSED, Proposed.EXPIRED):
        approve(world.CN, second, by=world.deputy)
    assert state(world, second) == Proposed.EXPIRED
    with refused("ProposalNot", second, Proposed.PROPOSED, Proposed.EXPIRED):
        world.CN.proposals.stop(second, by=world.guardian)


def test_approved_proposal_that_nobody_executes_expires(world: World) -> None:
    first, second = approved(world), approved(world)
    deadline = world.CN.proposals.proposalOf(second).deadline
    at(world, world.CN.proposals.proposalOf(first).deadline)
    execute(world.CN, first, by=world.issuer)
    at(world, deadline + 1)
    with refused("ProposalNot", second, Proposed.APPROVED, Proposed.EXPIRED):
        execute(world.CN, second, by=world.issuer)
    assert state(world, second) == Proposed.EXPIRED


# ---- the guardian -------------------------------------------------------------------------


def test_guardian_stops_before_and_after_the_approval(world: World) -> None:
    desk = world.CN.proposals
    for proposal in (proposed(world), approved(world)):
        receipt = desk.stop(proposal, by=world.guardian)
        assert receipt.event("ProposalStopped") == (proposal, world.guardian)
        assert state(world, proposal) == Proposed.STOPPED
        with refused("ProposalNot", proposal, Proposed.PROPOSED, Proposed.STOPPED):
            approve(world.CN, proposal, by=world.deputy)
        with refused("ProposalNot", proposal, Proposed.APPROVED, Proposed.STOPPED):
            execute(world.CN, proposal, by=world.issuer)
        with refused("ProposalNot", proposal, Proposed.PROPOSED, Proposed.STOPPED):
            desk.stop(proposal, by=world.guardian)


def test_guardian_stops_nothing_that_is_done(world: World) -> None:
    proposal = approved(world)
    execute(world.CN, proposal, by=world.issuer)
    with refused("ProposalNot", proposal, Proposed.PROPOSED, Proposed.EXECUTED):
        world.CN.proposals.stop(proposal, by=world.guardian)


def test_guardian_does_nothing_else(world: World) -> None:
    """`test_roles` asks every function; here every step, and each stage of a proposal."""
    p, guardian = world.CN, world.guardian
    for part, names in STEPS.items():
        target = world.gateway if part == "gateway" else getattr(p, part)
        for name, role in names.items():
            call = selector(target, name) + bytes(32 * 24)
            with refused("RoleMissing", guardian, role):
                propose_call(p, target, call, by=guardian)
    with refused("RoleMissing", guardian, Role.ISSUER):
        approve(p, proposed(world), by=guardian)
    with refused("RoleMissing", guardian, Role.ISSUER):
        execute(p, approved(world), by=guardian)


def test_who_proposed_may_think_better_of_it(world: World) -> None:
    for proposal in (proposed(world), approved(world)):
        for other in (world.deputy, world.root, world.stranger):
            with refused("RoleMissing", other, Role.GUARDIAN):
                world.CN.proposals.stop(proposal, by=other)
        receipt = world.CN.proposals.stop(proposal, by=world.issuer)
        assert receipt.event("ProposalStopped") == (proposal, world.issuer)


def test_no_guardian_stops_the_replacement_of_a_guardian(world: World) -> None:
    p = world.CN
    p.authority.grantRole(Role.GUARDIAN, world.stranger, 0, by=world.root)
    removal, entry = (Role.GUARDIAN, world.guardian), (Role.GUARDIAN, world.bob, 0)
    for proposal in (
        propose(p, p.authority, "grantRole", *entry, by=world.root),
        agreed(world, p, p.authority, "grantRole", *entry, by=world.root),
        propose(p, p.authority, "revokeRole", *removal, by=world.root),
        agreed(world, p, p.authority, "revokeRole", *removal, by=world.root),
    ):
        for guardian in (world.guardian, world.stranger):
            with refused("GuardianConcerned", proposal, guardian):
                p.proposals.stop(proposal, by=guardian)
    execute(p, proposal, by=world.root)
    with refused("RoleMissing", world.guardian, Role.GUARDIAN):
        p.proposals.stop(proposed(world), by=world.guardian)
    p.proposals.stop(proposed(world), by=world.stranger)


def test_guardian_stops_every_other_change_of_roles(world: World) -> None:
    p = world.CN
    for name, change in (
        ("grantRole", (Role.ISSUER, world.stranger, 0)),
        ("grantRole", (Role.COUNCIL, world.stranger, 0)),
        ("revokeRole", (Role.COUNCIL, world.councillor)),
    ):
        proposal = propose(p, p.authority, name, *change, by=world.root)
        p.proposals.stop(proposal, by=world.guardian)
        assert state(world, proposal) == Proposed.STOPPED


# ---- execution ----------------------------------------------------------------------------


def test_nothing_is_executed_twice(world: World) -> None:
    proposal = approved(world)
    execute(world.CN, proposal, by=world.issuer)
    for person in (world.issuer, world.deputy):
        with refused("ProposalNot", proposal, Proposed.APPROVED, Proposed.EXECUTED):
            execute(world.CN, proposal, by=person)
    assert issued(world) == 100


def test_nothing_is_executed_twice_from_inside(world: World) -> None:
    """The receiver of the units is an issuer too, and calls back."""
    p, receiver = world.CN, world.chain.deploy("ScriptedReceiver")
    world.open(world.cn, receiver, Kind.STATE_AUTHORITY)
    p.authority.grantRole(Role.ISSUER, receiver, 0, by=world.root)
    request = (CEA, receiver, 100, DECISION)
    proposal = agreed(world, p, p.issuance, "issue", *request, by=world.issuer)
    call = called(p.issuance, "issue", *request)
    receiver.callBack(
        p.proposals, called(p.proposals, "execute", proposal, call, NOTHING), by=world.stranger
    )
    answer = execute(p, proposal, by=world.issuer).event("CalledBack")
    assert not answer.success
    expected = encode(
        ["uint256", "uint8", "uint8"], [proposal, Proposed.APPROVED, Proposed.EXECUTED]
    )
    assert answer.result == keccak(text="ProposalNot(uint256,uint8,uint8)")[:4] + expected
    assert issued(world) == 100


def test_refused_step_says_why_and_can_be_tried_again(world: World) -> None:
    proposal = approved(world, 10**9 + 1)
    for _ in range(2):
        with refused("CapExceeded", CEA, 10**9 + 1, 10**9):
            execute(world.CN, proposal, by=world.issuer)
        assert state(world, proposal) == Proposed.APPROVED
    world.cn.raiseCap(CEA, 10**9 + 1, by=world.issuer)
    execute(world.CN, proposal, by=world.issuer)
    assert issued(world) == 10**9 + 1


def test_step_without_an_error_of_its_own_is_refused_too(world: World) -> None:
    """An unreadable call is nobody's error message."""
    p = world.CN
    call = selector(p.issuance, "issue") + text32("short")
    proposal = propose_call(p, p.issuance, call, by=world.issuer)
    approve(p, proposal, by=world.deputy)
    with refused("FailedCall"):
        execute(p, proposal, by=world.issuer)


def test_programmes_do_not_decide_for_each_other(world: World) -> None:
    """China's desk is nobody at Korea's registry."""
    p, korea = world.CN, world.KR
    step = (Role.ISSUER, Role.ISSUER, 0, LIFETIME, 0)
    p.proposals.defineStep(korea.issuance, selector(korea.issuance, "issue"), step, by=world.root)
    request = (korea.allowance, world.state, 1, DECISION)
    proposal = agreed(world, p, korea.issuance, "issue", *request, by=world.issuer)
    with refused("AccessManagedUnauthorized", p.proposals):
        execute(p, proposal, by=world.issuer)
    assert world.kr.accountOf(world.state).status == Status.OPEN
