"""What a key did in a role is void for good once the role was taken from it.

Before its approval, between approval and execution, given back, taken twice, in one block. Whoever
is trusted again begins anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, LIFETIME, World
from tests.contracts.desks import (
    Proposed,
    agreed,
    alone,
    approve,
    called,
    execute,
    propose,
    refusal,
    selector,
    text_of,
)
from tests.contracts.words import NOTHING, Role


@pytest.fixture
def world(world: World) -> World:
    """The councillor is a third issuer, who has done nothing yet."""
    world.CN.authority.grantRole(Role.ISSUER, world.councillor, 0, by=world.root)
    return world


def propose_issue(world: World, by: str) -> int:
    call = (CEA, world.state, 100, world.decision())
    return propose(world.CN, world.CN.issuance, "issue", *call, by=by)


def ready(world: World) -> int:
    call = (CEA, world.state, 100, world.decision())
    return agreed(world, world.CN, world.CN.issuance, "issue", *call, by=world.issuer)


def revoke(world: World, person: str, role: int = Role.ISSUER) -> None:
    world.CN.authority.revokeRole(role, person, by=world.root)


def give_back(world: World, person: str, role: int = Role.ISSUER) -> None:
    world.CN.authority.grantRole(role, person, 0, by=world.root)


def renounce(world: World, person: str) -> None:
    alone(world.CN.authority, "renounceRole", Role.ISSUER, person, by=person)


def issued(world: World) -> int:
    return int(world.cn.totalsOf(CEA).issued)


LEAVES: list[Callable[[World, str], None]] = [revoke, renounce]


# ---- how often ----------------------------------------------------------------------------


@pytest.mark.parametrize("leaves", LEAVES)
def test_a_tenure_ends_whenever_the_role_is_lost(
    world: World, leaves: Callable[[World, str], None]
) -> None:
    authority, person = world.CN.authority, world.issuer
    assert authority.tenureOf(Role.ISSUER, person) == 0
    give_back(world, person)  # it has it: nothing begins or ends
    assert authority.tenureOf(Role.ISSUER, person) == 0
    for times in (1, 2, 3):
        leaves(world, person)
        assert authority.tenureOf(Role.ISSUER, person) == times
        revoke(world, person)  # it has none to lose
        give_back(world, person)
        assert authority.tenureOf(Role.ISSUER, person) == times
    assert authority.tenureOf(Role.ISSUER, world.deputy) == 0
    assert authority.tenureOf(Role.VERIFIER, person) == 0


# ---- a proposal ---------------------------------------------------------------------------


@pytest.mark.parametrize("leaves", LEAVES)
def test_a_proposer_that_was_removed_before_the_approval(
    world: World, leaves: Callable[[World, str], None]
) -> None:
    """The others may go on approving what nobody will execute."""
    proposal = propose_issue(world, world.issuer)
    leaves(world, world.issuer)
    approve(world.CN, proposal, by=world.deputy)
    for _ in range(2):
        for executor in (world.deputy, world.councillor):
            with refusal(world, "RoleMissing", world.issuer, Role.ISSUER):
                execute(world.CN, proposal, by=executor)
        give_back(world, world.issuer)
    with refusal(world, "RoleMissing", world.issuer, Role.ISSUER):
        execute(world.CN, proposal, by=world.issuer)
    assert issued(world) == 0


@pytest.mark.parametrize("lost", ["issuer", "deputy"])
@pytest.mark.parametrize("leaves", LEAVES)
def test_either_that_was_removed_before_the_execution(
    world: World, leaves: Callable[[World, str], None], lost: str
) -> None:
    proposal, person = ready(world), getattr(world, lost)
    leaves(world, person)
    with refusal(world, "RoleMissing", person, Role.ISSUER):
        execute(world.CN, proposal, by=world.councillor)
    for _ in range(2):  # given back, taken and given back
        give_back(world, person)
        for executor in (world.issuer, world.deputy, world.councillor):
            with refusal(world, "RoleMissing", person, Role.ISSUER):
                execute(world.CN, proposal, by=executor)
        leaves(world, person)
    assert Proposed(world.CN.proposals.proposalOf(proposal).state) == Proposed.APPROVED
    assert issued(world) == 0


def test_both_that_were_removed(world: World) -> None:
    proposal = ready(world)
    for person in (world.issuer, world.deputy):
        revoke(world, person)
        give_back(world, person)
    with refusal(world, "RoleMissing", world.issuer, Role.ISSUER):
        execute(world.CN, proposal, by=world.councillor)


def test_whoever_is_trusted_again_begins_anew(world: World) -> None:
    revoke(world, world.issuer)
    revoke(world, world.deputy)
    give_back(world, world.issuer)
    give_back(world, world.deputy)
    proposal = ready(world)
    kept = world.CN.proposals.proposalOf(proposal)
    assert (kept.proposerTenure, kept.approverTenure) == (1, 1)
    execute(world.CN, proposal, by=world.issuer)
    assert issued(world) == 100


def test_another_role_that_is_lost_ends_nothing(world: World) -> None:
    proposal = ready(world)
    revoke(world, world.deputy, Role.VERIFIER)
    world.KR.authority.revokeRole(Role.ISSUER, world.issuer, by=world.root)
    execute(world.CN, proposal, by=world.councillor)
    assert issued(world) == 100


def test_who_was_removed_may_still_withdraw_what_it_proposed(world: World) -> None:
    proposal = ready(world)
    revoke(world, world.issuer)
    world.CN.proposals.stop(proposal, by=world.issuer)
    assert Proposed(world.CN.proposals.proposalOf(proposal).state) == Proposed.STOPPED


def test_the_step_of_two_roles_asks_each_for_its_own(world: World) -> None:
    """Proposed as a verifier, approved as an officer: only these two tenures count."""
    p = world.CN
    function = selector(p.compliance, "addDebt")
    step = (Role.VERIFIER, Role.COMPLIANCE_OFFICER, 0, LIFETIME, 0)
    p.proposals.defineStep(p.compliance, function, step, by=world.root)

    def debt() -> int:
        arguments = (world.alice, 2025, 5, NOTHING)
        number = propose(p, p.compliance, "addDebt", *arguments, by=world.verifier)
        approve(p, number, by=world.deputy)
        return number

    proposal = debt()
    revoke(world, world.deputy, Role.VERIFIER)
    execute(p, proposal, by=world.officer)
    proposal = debt()
    revoke(world, world.deputy, Role.COMPLIANCE_OFFICER)
    give_back(world, world.deputy, Role.COMPLIANCE_OFFICER)
    with refusal(world, "RoleMissing", world.deputy, Role.COMPLIANCE_OFFICER):
        execute(p, proposal, by=world.officer)


# ---- in one block -------------------------------------------------------------------------


def in_one_block(world: World, *calls: tuple[Contract, str, tuple[Any, ...], str]) -> list[bool]:
    """Whether each of these transactions, mined together and in this order, was carried out."""
    chain, sent = world.chain, []
    for target, name, arguments, by in calls:
        data = target.data(name, *arguments)
        request = {"from": by, "to": target.address, "data": data, "gas": hex(2_000_000)}
        sent.append(chain.rpc("eth_sendTransaction", request))
    chain.rpc("evm_mine")
    receipts = [chain.rpc("eth_getTransactionReceipt", hash_) for hash_ in sent]
    assert len({receipt["blockNumber"] for receipt in receipts}) == 1
    assert [int(r["transactionIndex"], 16) for r in receipts] == list(range(len(receipts)))
    return [receipt["status"] == "0x1" for receipt in receipts]


def change(world: World, name: str, *arguments: Any) -> tuple[Contract, str, tuple[Any, ...], str]:
    """The execution of a change of roles that root and the deputy agreed on."""
    p = world.CN
    proposal = agreed(world, p, p.authority, name, *arguments, by=world.root)
    return (p.proposals, "execute", (proposal, *text_of(p, proposal)), world.root)


def test_a_role_that_is_taken_and_given_back_in_one_block(world: World) -> None:
    p, proposal = world.CN, ready(world)
    taken = change(world, "revokeRole", Role.ISSUER, world.issuer)
    given = change(world, "grantRole", Role.ISSUER, world.issuer, 0)
    executes = (p.proposals, "execute", (proposal, *text_of(p, proposal)), world.councillor)
    assert in_one_block(world, taken, given, executes) == [True, True, False]
    with refusal(world, "RoleMissing", world.issuer, Role.ISSUER):
        execute(p, proposal, by=world.councillor)
    assert issued(world) == 0


def test_an_execution_in_the_block_before_the_removal_stands(world: World) -> None:
    p, proposal = world.CN, ready(world)
    taken = change(world, "revokeRole", Role.ISSUER, world.issuer)
    executes = (p.proposals, "execute", (proposal, *text_of(p, proposal)), world.councillor)
    assert in_one_block(world, executes, taken) == [True, True]
    assert issued(world) == 100


def test_what_is_proposed_and_approved_between_two_removals(world: World) -> None:
    """All in one block: proposed before the removal, approved after the role was given back."""
    p = world.CN
    data = called(p.issuance, "issue", CEA, world.state, 100, world.decision())
    taken = change(world, "revokeRole", Role.ISSUER, world.issuer)
    given = change(world, "grantRole", Role.ISSUER, world.issuer, 0)
    number = p.proposals.proposalCount() + 1
    text = (number, data, NOTHING)
    approves = (number, p.proposals.hashOf(p.issuance, data, NOTHING))
    done = in_one_block(
        world,
        (p.proposals, "propose", (p.issuance.address, data, NOTHING), world.issuer),
        taken,
        given,
        (p.proposals, "approve", approves, world.deputy),
        (p.proposals, "execute", text, world.councillor),
    )
    assert done == [True, True, True, True, False]
    with refused("RoleMissing", world.issuer, Role.ISSUER):
        p.proposals.execute(*text, by=world.councillor)
