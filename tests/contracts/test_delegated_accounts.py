"""One account that delegated its code (EIP-7702) is never two persons.

It makes many calls in one transaction, and strangers may make calls in its name; the ledger sees
one account all the same, whose key let them. The chain of these tests follows the rules "prague".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.bench.chain import development_chain
from scripts.bench.evm import ZERO_ADDRESS, Chain, Contract, refused, text32
from tests.contracts.actors import CEA, DECISION, World
from tests.contracts.delegation import Call, delegate, run
from tests.contracts.desks import REPORT, Control, called, refusal
from tests.contracts.holders import APPROVE, INITIATE
from tests.contracts.words import NOTHING, Allocated, Kind, Role


@pytest.fixture(scope="module")
def scene(chain: Chain) -> Iterator[World]:
    """A ledger on a chain that knows delegated accounts."""
    given = bool(os.environ.get("CONTRACT_ARTIFACTS"))
    with development_chain(chain.artifacts, any_code_size=given, fork="prague") as prague:
        yield World(prague)


@pytest.fixture
def world(scene: World) -> Iterator[World]:
    with scene.chain.restored():
        yield scene


@pytest.fixture
def code(world: World) -> Contract:
    return world.chain.deploy("OpenDelegate")


def proposing(world: World, number: int) -> list[Call]:
    """To propose an issuance, to approve it and to execute it."""
    p = world.CN
    data = called(p.issuance, "issue", CEA, world.state, 100, DECISION)
    hash_ = p.proposals.hashOf(p.issuance, data, NOTHING)
    return [
        (p.proposals, called(p.proposals, "propose", p.issuance, data, NOTHING)),
        (p.proposals, called(p.proposals, "approve", number, hash_)),
        (p.proposals, called(p.proposals, "execute", number, data, NOTHING)),
    ]


# ---- a proposal ---------------------------------------------------------------------------


def test_a_delegated_account_acts_as_itself(world: World, code: Contract) -> None:
    issuer = delegate(world, world.issuer, code.address)
    number = world.CN.proposals.proposalCount() + 1
    propose, approve, execute = proposing(world, number)
    made = run(issuer, propose).event("ProposalMade")
    assert (made.id, made.proposer) == (number, world.issuer)
    world.chain.send(approve[0].address, "0x" + approve[1].hex(), world.deputy)
    assert run(issuer, execute).event("ProposalExecuted") == (number, world.issuer)


def test_a_delegated_account_does_not_approve_what_it_proposed(
    world: World, code: Contract
) -> None:
    """In one transaction, in two, by strangers, and after the delegation ended."""
    desk = world.CN.proposals
    issuer = delegate(world, world.issuer, code.address)
    number = desk.proposalCount() + 1
    propose, approve, execute = proposing(world, number)
    for by in (world.issuer, world.stranger):
        with refusal(world, "SamePerson", number, world.issuer):
            run(issuer, propose, approve, execute, by=by)
    assert desk.proposalCount() == number - 1
    assert run(issuer, propose, by=world.stranger).event("ProposalMade").proposer == world.issuer
    for by in (world.issuer, world.stranger):
        with refusal(world, "SamePerson", number, world.issuer):
            run(issuer, approve, by=by)
    delegate(world, world.issuer, ZERO_ADDRESS)
    with refusal(world, "SamePerson", number, world.issuer):
        world.chain.send(desk.address, "0x" + approve[1].hex(), world.issuer)


def test_the_code_that_many_delegate_to_is_nobody(world: World, code: Contract) -> None:
    """A role is the account's, not its code's, and no other account's that runs it."""
    delegate(world, world.issuer, code.address)
    stranger = delegate(world, world.stranger, code.address)
    number = world.CN.proposals.proposalCount() + 1
    propose, approve, _ = proposing(world, number)
    for account in (code, stranger):
        with refusal(world, "RoleMissing", account, Role.ISSUER):
            run(account, propose, by=world.stranger)
    run(world.chain.at("OpenDelegate", world.issuer), propose, by=world.stranger)
    for account in (code, stranger):
        with refusal(world, "RoleMissing", account, Role.ISSUER):
            run(account, approve, by=world.issuer)


# ---- two roles ----------------------------------------------------------------------------


def test_a_delegated_account_does_not_confirm_what_it_attested(
    world: World, code: Contract
) -> None:
    """The deputy is verifier and compliance officer."""
    p, deputy = world.CN, delegate(world, world.deputy, code.address)
    attest = called(p.compliance, "attest", world.alice, 2025, 100, REPORT)
    confirm = called(p.compliance, "confirm", world.alice, 2025, 100, DECISION)
    for by in (world.deputy, world.stranger):
        with refusal(world, "SamePerson", world.alice, 2025, world.deputy):
            run(deputy, (p.compliance, attest), (p.compliance, confirm), by=by)
    run(deputy, (p.compliance, attest))
    with refusal(world, "SamePerson", world.alice, 2025, world.deputy):
        run(deputy, (p.compliance, confirm))
    p.compliance.confirm(world.alice, 2025, 100, DECISION, by=world.officer)


def test_an_exclusion_is_of_the_account(world: World, code: Contract) -> None:
    authority = world.CN.authority
    for role in (Role.VERIFIER, Role.ISSUER):
        authority.revokeRole(role, world.deputy, by=world.root)
    authority.setExclusion(Role.VERIFIER, Role.ISSUER, True, by=world.root)
    delegate(world, world.verifier, code.address)
    with refusal(world, "RolesExclude", world.verifier, Role.VERIFIER, Role.ISSUER):
        authority.grantRole(Role.ISSUER, world.verifier, 0, by=world.root)


def test_a_delegated_account_attests_nothing_of_its_own(world: World, code: Contract) -> None:
    p = world.CN
    p.authority.grantRole(Role.VERIFIER, world.alice, 0, by=world.root)
    alice = delegate(world, world.alice, code.address)
    attest = called(p.compliance, "attest", world.alice, 2025, 0, REPORT)
    with refusal(world, "SamePerson", world.alice, 2025, world.alice):
        run(alice, (p.compliance, attest))


# ---- an account and its representatives ---------------------------------------------------


@pytest.fixture
def bound(world: World) -> World:
    """Alice acts through two representatives; the broker may initiate and approve, and so may
    Alice's own key."""
    world.give(world.cn, world.alice, CEA, 100)
    holders = world.CN.holders
    for person in (world.broker, world.alice):
        rights = INITIATE | APPROVE
        holders.setRepresentative(world.alice, person, rights, by=world.registrar)
    controls = (Control.TWO_REPRESENTATIVES, 0)
    world.cn.setAccountControls(world.alice, *controls, by=world.registrar)
    send = bytes.fromhex(world.cn.data("safeTransferFrom", *sending(world))[2:10])
    holders.allowCall(world.cn, send, True, by=world.root)
    return world


def sending(world: World) -> tuple[Any, ...]:
    return (world.alice, world.bob, CEA, 5, b"")


def requesting(world: World) -> list[Call]:
    """To request a transfer of Alice's, to approve it and to execute it."""
    desk = world.CN.holders
    data = called(world.cn, "safeTransferFrom", *sending(world))
    return [
        (desk, called(desk, "request", world.alice, world.cn, data)),
        (desk, called(desk, "approve", 1, data)),
        (desk, called(desk, "execute", 1, data)),
    ]


@pytest.mark.parametrize("name", ["broker", "alice"])
def test_a_delegated_representative_does_not_approve_what_it_initiated(
    bound: World, code: Contract, name: str
) -> None:
    """Nor does an account that is its own representative."""
    person = getattr(bound, name)
    account = delegate(bound, person, code.address)
    request, approve, execute = requesting(bound)
    for by in (person, bound.stranger):
        with refusal(bound, "SamePerson", 1, person):
            run(account, request, approve, execute, by=by)
    run(account, request, by=bound.stranger)
    with refusal(bound, "SamePerson", 1, person):
        run(account, approve, by=bound.stranger)


def test_a_delegated_account_of_two_representatives_does_nothing_alone(
    bound: World, code: Contract
) -> None:
    alice = delegate(bound, bound.alice, code.address)
    for by in (bound.alice, bound.stranger):
        with refusal(bound, "HolderDeskRequired", bound.alice):
            send = called(bound.cn, "safeTransferFrom", *sending(bound))
            run(alice, (bound.cn, send), by=by)


def test_two_accounts_are_two_persons_whoever_makes_them_act(bound: World, code: Contract) -> None:
    """Both keys consented to it: as if both had signed what a third wrote."""
    accounts = [delegate(bound, person, code.address) for person in (bound.broker, bound.alice)]
    request, approve, execute = requesting(bound)
    run(accounts[0], request, by=bound.stranger)
    run(accounts[1], approve, by=bound.stranger)
    run(accounts[0], execute, by=bound.stranger)
    assert bound.cn.balanceOf(bound.bob, CEA) == 5


# ---- strangers ----------------------------------------------------------------------------


def test_strangers_do_through_an_account_what_its_key_may_and_no_more(
    world: World, code: Contract
) -> None:
    cn = world.cn
    world.issue(cn, CEA, 100, world.state)
    state = delegate(world, world.state, code.address)
    kind = Kind.STATE_AUTHORITY
    with refusal(world, "AccountOfAuthority", world.state, kind):
        send = called(cn, "safeTransferFrom", world.state, world.bob, CEA, 5, b"")
        run(state, (cn, send), by=world.stranger)
    world.give(cn, world.alice, CEA, 100)
    alice = delegate(world, world.alice, code.address)
    run(alice, (cn, called(cn, "safeTransferFrom", *sending(world))), by=world.stranger)
    assert cn.balanceOf(world.bob, CEA) == 5
    with refused("ERC1155MissingApprovalForAll", world.alice, world.bob):
        back = called(cn, "safeTransferFrom", world.bob, world.alice, CEA, 5, b"")
        run(alice, (cn, back), by=world.stranger)


# ---- what its code answers ----------------------------------------------------------------


def test_a_delegated_account_that_takes_no_units_harms_itself(world: World) -> None:
    """Whoever allocates to many leaves it out; what it has is set aside and taken back as ever."""
    p, cn = world.CN, world.cn
    for account in (world.alice, world.bob):
        world.entitle(p, account, 60)
    world.issue(cn, CEA, 1000)
    kept = world.allocate(p, world.alice, 40).event("AllocationRecorded").allocationId
    delegate(world, world.alice, world.chain.deploy("NoReceiver").address)
    grants = [(a, 2025, Allocated.INITIAL, 60) for a in (world.bob, world.alice)]
    pool = world.pool(cn)
    with refusal(world, "ERC1155InvalidReceiver", world.alice):
        p.issuance.allocateAll(CEA, pool, grants, by=world.allocator)
    p.issuance.allocateAll(CEA, pool, grants[:1], by=world.allocator)
    p.liens.freeze(world.alice, CEA, 10, [], text32("court"), by=world.officer)
    p.issuance.reverseAllocation(kept, pool, 30, [], by=world.allocator)
    assert (cn.balanceOf(world.alice, CEA), cn.balanceOf(world.bob, CEA)) == (10, 60)


def test_a_delegated_account_gets_nothing_more_done_while_it_receives(world: World) -> None:
    """The issuer is a holder too, and its code calls back in the middle of a receipt."""
    p, code = world.CN, world.chain.deploy("ScriptedReceiver")
    world.open(world.cn, world.issuer)
    delegate(world, world.issuer, code.address)
    account = world.chain.at("ScriptedReceiver", world.issuer)
    world.give(world.cn, world.alice, CEA, 10)
    back = called(world.cn, "safeTransferFrom", world.issuer, world.bob, CEA, 10, b"")
    account.callBack(world.cn, back, by=world.stranger)
    to = (world.alice, world.issuer, CEA, 10, b"")
    answer = world.cn.safeTransferFrom(*to, by=world.alice).event("CalledBack")
    assert (answer.success, answer.result.hex()) == (False, "3ee5aeb5")  # the registry's guard
    propose, _, _ = proposing(world, 0)
    account.callBack(p.proposals, propose[1], by=world.stranger)
    world.give(world.cn, world.issuer, CEA, 10)  # in the middle of which it proposes
    number = p.proposals.proposalCount()
    made = p.proposals.proposalOf(number)
    assert (made.proposer, made.approver) == (world.issuer, ZERO_ADDRESS)
    with refusal(world, "SamePerson", number, world.issuer):
        p.proposals.approve(number, made.hash, by=world.issuer)
