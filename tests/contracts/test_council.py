"""The council decides how steps are decided and who has which role, and never runs dry."""

from __future__ import annotations

import pytest

from scripts.bench.evm import refused
from tests.contracts.actors import CEA, DECISION, LIFETIME, World
from tests.contracts.desks import HOUR, agreed, alone, approve, execute, propose, selector
from tests.contracts.words import PROVINCES, Allocated, Role

DAY = 24 * HOUR
COUNCIL = (Role.COUNCIL, Role.COUNCIL)


# ---- steps --------------------------------------------------------------------------------


def test_step_is_defined_and_changed(world: World) -> None:
    p, call = world.CN, selector(world.cn, "raiseCap")
    step = (Role.ISSUER, Role.COUNCIL, DAY, 2 * DAY, 0)
    receipt = p.proposals.defineStep(p.registry, call, step, by=world.root)
    assert receipt.event("StepDefined") == (p.registry.address, call, step)
    assert p.proposals.stepOf(p.registry, call) == step
    proposal = propose(p, p.registry, "raiseCap", CEA, 10**9 + 1, by=world.issuer)
    with refused("RoleMissing", world.issuer, Role.COUNCIL):
        approve(p, proposal, by=world.issuer)
    approve(p, proposal, by=world.councillor)
    world.chain.advance(DAY)
    execute(p, proposal, by=world.councillor)
    assert world.cn.classOf(CEA).cap == 10**9 + 1


@pytest.mark.parametrize(
    ("delay", "lifetime", "sound"),
    [
        (0, HOUR, True),
        (90 * DAY, HOUR, True),
        (0, 365 * DAY, True),
        (0, 365 * DAY + 1, False),
        (0, 2**32 - 1, False),
        (0, 0, False),  # it would be no step, and its function nobody's
        (0, HOUR - 1, False),
        (90 * DAY + 1, LIFETIME, False),
        (2**32 - 1, LIFETIME, False),
    ],
)
def test_step_lives_an_hour_to_a_year_and_waits_ninety_days_at_most(
    world: World, delay: int, lifetime: int, sound: bool
) -> None:
    p, call = world.CN, selector(world.cn, "raiseCap")
    before = p.proposals.stepOf(p.registry, call)
    step = (Role.ISSUER, Role.ISSUER, delay, lifetime, 0)
    if sound:
        p.proposals.defineStep(p.registry, call, step, by=world.root)
        assert p.proposals.stepOf(p.registry, call) == step
        return
    with refused("StepInvalid", p.registry, call):
        p.proposals.defineStep(p.registry, call, step, by=world.root)
    assert p.proposals.stepOf(p.registry, call) == before


@pytest.mark.parametrize(
    "role",
    [
        Role.ADMINISTRATOR,
        Role.GUARDIAN,  # it stops, and does nothing else
        Role.LINK_GATEWAY,
        Role.PROPOSAL_DESK,
        Role.ISSUANCE_DESK,
        PROVINCES,  # no province has this role
        PROVINCES + 2**16,
        2**64 - 1,  # AccessManager's role of everybody
    ],
)
def test_only_people_decide_a_step(world: World, role: int) -> None:
    p, call = world.CN, selector(world.cn, "raiseCap")
    for roles in ((role, Role.ISSUER), (Role.ISSUER, role)):
        with refused("StepInvalid", p.registry, call):
            p.proposals.defineStep(p.registry, call, (*roles, 0, LIFETIME, 0), by=world.root)


@pytest.mark.parametrize(
    ("roles", "argument", "sound"),
    [
        ((Role.PROVINCE, Role.ALLOCATOR), 1, True),
        ((Role.ALLOCATOR, Role.PROVINCE), 255, True),
        ((Role.PROVINCE, Role.PROVINCE), 1, True),
        ((Role.PROVINCE, Role.ALLOCATOR), 0, False),  # of which province?
        ((Role.ALLOCATOR, Role.ALLOCATOR), 1, False),  # nobody asks
        ((PROVINCES + 44, Role.ALLOCATOR), 0, True),  # one province, whatever the call says
    ],
)
def test_step_of_a_province_says_where_its_number_is(
    world: World, roles: tuple[int, int], argument: int, sound: bool
) -> None:
    p, call = world.CN, selector(world.CN.issuance, "entitle")
    step = (*roles, 0, LIFETIME, argument)
    if sound:
        p.proposals.defineStep(p.issuance, call, step, by=world.root)
        assert p.proposals.stepOf(p.issuance, call) == step
        return
    with refused("StepInvalid", p.issuance, call):
        p.proposals.defineStep(p.issuance, call, step, by=world.root)


@pytest.mark.parametrize(
    ("part", "name"), [("authority", "grantRole"), ("proposals", "defineStep")]
)
def test_roles_and_steps_stay_with_the_council(world: World, part: str, name: str) -> None:
    p, target = world.CN, getattr(world.CN, part)
    call = selector(target, name)
    for roles in (
        (Role.ISSUER, Role.ISSUER),
        (Role.COUNCIL, Role.ISSUER),
        (Role.GUARDIAN, Role.COUNCIL),
        (Role.ADMINISTRATOR, Role.ADMINISTRATOR),
    ):
        with refused("StepInvalid", target, call):
            p.proposals.defineStep(target, call, (*roles, 0, LIFETIME, 0), by=world.root)
    p.proposals.defineStep(target, call, (*COUNCIL, DAY, LIFETIME, 0), by=world.root)
    step = (Role.ISSUER, Role.ISSUER, 0, LIFETIME, 0)
    any_function = (p.authority, b"\1\2\3\4", step)
    proposal = agreed(world, p, p.proposals, "defineStep", *any_function, by=world.root)
    world.chain.advance(DAY)
    with refused("StepInvalid", p.authority, b"\1\2\3\4"):
        execute(p, proposal, by=world.root)


def test_proposal_follows_the_step_of_the_moment(world: World) -> None:
    """Roles that the council took from a step no longer decide what was proposed before."""
    p = world.CN
    request = (CEA, world.state, 1, DECISION)
    waiting = propose(p, p.issuance, "issue", *request, by=world.issuer)
    ready = agreed(world, p, p.issuance, "issue", *request, by=world.issuer)
    step = (Role.ALLOCATOR, Role.COUNCIL, 0, LIFETIME, 0)
    p.proposals.defineStep(p.issuance, selector(p.issuance, "issue"), step, by=world.root)
    with refused("RoleMissing", world.issuer, Role.COUNCIL):
        approve(p, waiting, by=world.issuer)
    with refused("RoleMissing", world.issuer, Role.ALLOCATOR):
        execute(p, ready, by=world.allocator)


def test_province_proposes_and_the_state_confirms(world: World) -> None:
    """R-AL-28: Art. 13 gives the first word to the province and the last to the State."""
    p, province, guangdong = world.CN, world.stranger, 44
    role = PROVINCES + guangdong
    p.authority.grantRole(role, province, 0, by=world.root)
    step = (Role.PROVINCE, Role.ALLOCATOR, 0, LIFETIME, 1)
    p.proposals.defineStep(p.issuance, selector(p.issuance, "entitle"), step, by=world.root)
    p.registry.setAccountProvince(world.alice, guangdong, by=world.registrar)
    change = (world.alice, 2025, Allocated.INITIAL, CEA, 0, 60)

    with refused("RoleMissing", world.allocator, role):
        propose(p, p.issuance, "entitle", guangdong, [change], by=world.allocator)
    proposal = propose(p, p.issuance, "entitle", guangdong, [change], by=province)
    assert p.proposals.proposalOf(proposal).province == guangdong
    with refused("RoleMissing", province, Role.ALLOCATOR):
        approve(p, proposal, by=province)
    approve(p, proposal, by=world.allocator)
    told = (world.alice, 2025, CEA, Allocated.INITIAL, 0, 60)
    assert execute(p, proposal, by=world.allocator).event("Entitled") == told

    # A key that has both offices is still one person.
    p.authority.grantRole(role, world.allocator, 0, by=world.root)
    again = (*change[:4], 60, 70)
    proposal = propose(p, p.issuance, "entitle", guangdong, [again], by=world.allocator)
    with refused("SamePerson", proposal, world.allocator):
        approve(p, proposal, by=world.allocator)


# ---- members ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "member", "least"),
    [
        (Role.COUNCIL, "councillor", 3),
        (Role.COUNCIL, "root", 3),
        (Role.GUARDIAN, "guardian", 1),
        (Role.ADMINISTRATOR, "the desk", 1),
        (Role.PROPOSAL_DESK, "the desk", 1),  # else nothing that takes two could be done any more
    ],
)
def test_programme_cannot_lock_itself(world: World, role: Role, member: str, least: int) -> None:
    p = world.CN
    address = p.proposals.address if member == "the desk" else getattr(world, member)
    assert len(p.authority.membersOf(role)) == least
    with refused("TooFewMembers", role, least - 1, least):
        p.authority.revokeRole(role, address, by=world.root)
    with world.chain.as_contract(address), refused("TooFewMembers", role, least - 1, least):
        alone(p.authority, "renounceRole", role, address, by=address)
    if role in (Role.ADMINISTRATOR, Role.PROPOSAL_DESK):
        return  # the desk's alone: nobody can be added
    p.authority.grantRole(role, world.stranger, 0, by=world.root)
    p.authority.grantRole(role, world.stranger, 0, by=world.root)  # counted once
    p.authority.revokeRole(role, world.bob, by=world.root)  # who never had it
    assert len(p.authority.membersOf(role)) == least + 1
    p.authority.revokeRole(role, world.stranger, by=world.root)
    with refused("TooFewMembers", role, least - 1, least):
        p.authority.revokeRole(role, address, by=world.root)


def test_other_roles_may_stand_empty(world: World) -> None:
    for person in (world.issuer, world.deputy):
        world.CN.authority.revokeRole(Role.ISSUER, person, by=world.root)
    assert world.CN.authority.membersOf(Role.ISSUER) == []


def test_two_of_the_council_replace_the_third(world: World) -> None:
    """Its key is lost, or in the wrong hands."""
    p = world.CN
    entry = (Role.COUNCIL, world.stranger, 0)
    proposal = agreed(world, p, p.authority, "grantRole", *entry, by=world.root)
    execute(p, proposal, by=world.deputy)
    removal = (Role.COUNCIL, world.councillor)
    proposal = agreed(world, p, p.authority, "revokeRole", *removal, by=world.root)
    execute(p, proposal, by=world.deputy)
    with refused("RoleMissing", world.councillor, Role.COUNCIL):
        propose(p, p.authority, "grantRole", *entry, by=world.councillor)
    # The newcomer decides with either of the others.
    proposal = propose(p, p.authority, "grantRole", Role.ISSUER, world.bob, 0, by=world.stranger)
    approve(p, proposal, by=world.root)
    execute(p, proposal, by=world.stranger)
    assert p.authority.hasRole(Role.ISSUER, world.bob)[0]


def test_one_of_the_council_replaces_nobody(world: World) -> None:
    p = world.CN
    proposal = propose(p, p.authority, "revokeRole", Role.COUNCIL, world.councillor, by=world.root)
    with refused("SamePerson", proposal, world.root):
        approve(p, proposal, by=world.root)
    for other in (world.issuer, world.guardian, world.stranger):
        with refused("RoleMissing", other, Role.COUNCIL):
            approve(p, proposal, by=other)


def test_roles_are_labelled_with_their_names(world: World) -> None:
    """Whoever reads the authority with a tool of others sees names beside the numbers."""
    query = {"fromBlock": "0x0", "toBlock": "latest", "address": world.CN.authority.address}
    found = [world.chain.decode_log(log) for log in world.chain.rpc("eth_getLogs", query)]
    labels = {e.args.roleId: e.args.label for e in found if e.name == "RoleLabel"}
    assert labels == {role.value: role.name for role in Role if role != Role.ADMINISTRATOR}
