"""Which roles one key may have, and people at all; what AccessManager offers and this does not."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, refused, text32
from tests.contracts.actors import FILE, LIFETIME, World
from tests.contracts.desks import agreed, alone, called, execute, propose_call, selector
from tests.contracts.words import PROVINCES, Kind, Role

EVERYBODY = 2**64 - 1  # AccessManager's public role
PERSONAL = [
    Role.ACCOUNT_ADMINISTRATOR,
    Role.ISSUER,
    Role.ALLOCATOR,
    Role.COMPLIANCE_OFFICER,
    Role.VERIFIER,
    Role.LINK_ADMINISTRATOR,
    Role.GUARDIAN,
    Role.COUNCIL,
]
A_CONTRACTS = [Role.ADMINISTRATOR, Role.LINK_GATEWAY, Role.PROPOSAL_DESK, Role.ISSUANCE_DESK]
NO_ROLES = [13, PROVINCES, PROVINCES + 2**16, EVERYBODY]


@pytest.fixture
def authority(world: World) -> Contract:
    return world.CN.authority


def exclude(world: World, a: int, b: int, exclusive: bool = True) -> Any:
    return world.CN.authority.setExclusion(a, b, exclusive, by=world.root)


def grant(world: World, role: int, to: str) -> Any:
    return world.CN.authority.grantRole(role, to, 0, by=world.root)


def revoke(world: World, role: int, of: str) -> Any:
    return world.CN.authority.revokeRole(role, of, by=world.root)


# ---- roles that exclude each other --------------------------------------------------------


@pytest.mark.parametrize("first", [Role.VERIFIER, Role.ISSUER])
def test_a_key_with_one_role_gets_no_role_that_it_excludes(
    world: World, authority: Contract, first: Role
) -> None:
    """Verifier and issuer: whichever comes first."""
    second = Role.ISSUER if first == Role.VERIFIER else Role.VERIFIER
    for role in (Role.VERIFIER, Role.ISSUER):
        revoke(world, role, world.deputy)
    receipt = exclude(world, Role.VERIFIER, Role.ISSUER)
    assert receipt.event("RolesExcluded") == (Role.VERIFIER, Role.ISSUER, True)
    assert authority.excludedBy(first) == 1 << second
    grant(world, first, world.stranger)
    with refused("RolesExclude", world.stranger, first, second):
        grant(world, second, world.stranger)
    assert authority.officesOf(world.stranger) == 1 << first
    grant(world, Role.ALLOCATOR, world.stranger)  # any other it may have
    assert authority.officesOf(world.stranger) == 1 << first | 1 << Role.ALLOCATOR


def test_roles_are_not_excluded_while_a_key_has_both(world: World, authority: Contract) -> None:
    for roles in ((Role.VERIFIER, Role.ISSUER), (Role.ISSUER, Role.VERIFIER)):
        with refused("RolesExclude", world.deputy, *roles):
            exclude(world, *roles)
        assert authority.excludedBy(roles[0]) == 0
    revoke(world, Role.ISSUER, world.deputy)
    exclude(world, Role.VERIFIER, Role.ISSUER)
    with refused("RolesExclude", world.deputy, Role.VERIFIER, Role.ISSUER):
        grant(world, Role.ISSUER, world.deputy)
    assert world.deputy not in authority.membersOf(Role.ISSUER)


def test_a_role_that_was_taken_excludes_no_more(world: World) -> None:
    for role in (Role.VERIFIER, Role.ISSUER):
        revoke(world, role, world.deputy)
    exclude(world, Role.VERIFIER, Role.ISSUER)
    revoke(world, Role.ISSUER, world.issuer)
    grant(world, Role.VERIFIER, world.issuer)
    with refused("RolesExclude", world.issuer, Role.VERIFIER, Role.ISSUER):
        grant(world, Role.ISSUER, world.issuer)
    # Who leaves a role by itself may have the other one as well.
    alone(world.CN.authority, "renounceRole", Role.VERIFIER, world.issuer, by=world.issuer)
    grant(world, Role.ISSUER, world.issuer)


def test_two_people_lift_an_exclusion(world: World, authority: Contract) -> None:
    for role in (Role.VERIFIER, Role.ISSUER, Role.COMPLIANCE_OFFICER):
        revoke(world, role, world.deputy)
    exclude(world, Role.VERIFIER, Role.ISSUER)
    exclude(world, Role.VERIFIER, Role.COMPLIANCE_OFFICER)
    both = 1 << Role.ISSUER | 1 << Role.COMPLIANCE_OFFICER
    assert authority.excludedBy(Role.VERIFIER) == both
    receipt = exclude(world, Role.ISSUER, Role.VERIFIER, False)
    assert receipt.event("RolesExcluded") == (Role.ISSUER, Role.VERIFIER, False)
    assert authority.excludedBy(Role.VERIFIER) == 1 << Role.COMPLIANCE_OFFICER
    assert authority.excludedBy(Role.ISSUER) == 0
    grant(world, Role.ISSUER, world.verifier)
    others = (Role.VERIFIER, Role.COMPLIANCE_OFFICER)
    with refused("RolesExclude", world.verifier, *others):  # the other exclusion stands
        grant(world, Role.COMPLIANCE_OFFICER, world.verifier)


def test_all_provinces_are_one_office(world: World, authority: Contract) -> None:
    """Whoever proposes for a province does not approve for the State."""
    exclude(world, Role.PROVINCE, Role.ALLOCATOR)
    for province in (PROVINCES + 1, PROVINCES + 44, PROVINCES + 65_535):
        assert authority.excludedBy(province) == 1 << Role.ALLOCATOR
        with refused("RolesExclude", world.allocator, Role.ALLOCATOR, province):
            grant(world, province, world.allocator)
    grant(world, PROVINCES + 44, world.stranger)
    with refused("RolesExclude", world.stranger, Role.PROVINCE, Role.ALLOCATOR):
        grant(world, Role.ALLOCATOR, world.stranger)
    assert authority.membersOf(Role.PROVINCE) == [world.stranger]
    # And it is not set while somebody of any province has the other role.
    grant(world, Role.VERIFIER, world.stranger)
    with refused("RolesExclude", world.stranger, Role.PROVINCE, Role.VERIFIER):
        exclude(world, Role.PROVINCE, Role.VERIFIER)


def test_an_exclusion_is_of_two_offices_of_people(world: World) -> None:
    with refused("RoleInvalid", Role.ISSUER):
        exclude(world, Role.ISSUER, Role.ISSUER)
    for role in (*A_CONTRACTS, *NO_ROLES, PROVINCES + 44):  # one province is no office
        for roles in ((role, Role.ISSUER), (Role.ISSUER, role)):
            with refused("RoleInvalid", role):
                exclude(world, *roles)


# ---- roles that people have ---------------------------------------------------------------


@pytest.mark.parametrize("role", [*A_CONTRACTS, Role.PROVINCE, *NO_ROLES])
def test_a_contracts_role_is_granted_to_nobody(world: World, role: int) -> None:
    for to in (world.stranger, world.root, world.CN.compliance.address):
        with refused("RoleInvalid", role):
            grant(world, role, to)
        assert to not in world.CN.authority.membersOf(role)


def test_a_contract_has_its_role_by_adoption_only(world: World, authority: Contract) -> None:
    p = world.CN
    for role, contract in (
        (Role.PROPOSAL_DESK, p.proposals),
        (Role.ISSUANCE_DESK, p.issuance),
        (Role.LINK_GATEWAY, world.gateway),
    ):
        assert authority.membersOf(role) == [contract.address]
    other = world.editions.desk("issuance", authority, p.registry)
    parts = [p.registry, p.proposals, other, p.compliance, p.liens, p.holders]
    receipt = authority.adoptProgramme(tuple(parts), by=world.root)
    adopted = tuple(part.address for part in parts)
    assert receipt.event("ProgrammeAdopted") == (adopted,)
    assert authority.programme() == adopted
    assert authority.membersOf(Role.ISSUANCE_DESK) == [other.address]  # the old one has none now
    for changed in ((world.kr, *parts[1:]), (p.registry, world.KR.proposals, *parts[2:])):
        with refused("AuthorityFixed", p.registry):
            authority.adoptProgramme(changed, by=world.root)


@pytest.mark.parametrize(
    ("role", "part"), [(Role.ISSUANCE_DESK, "issuance"), (Role.LINK_GATEWAY, "gateway")]
)
def test_a_contract_that_lost_its_role_is_adopted_again(
    world: World, authority: Contract, role: Role, part: str
) -> None:
    p = world.CN
    contract = world.gateway if part == "gateway" else p.issuance
    revoke(world, role, contract.address)
    assert authority.membersOf(role) == []
    if role == Role.LINK_GATEWAY:
        authority.adoptGateway(world.gateway, by=world.root)
    else:
        parts = (p.registry, p.proposals, p.issuance, p.compliance, p.liens, p.holders)
        authority.adoptProgramme(parts, by=world.root)
    assert authority.membersOf(role) == [contract.address]


# ---- functions ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("issuance", "issue"),
        ("registry", "openOfficialAccount"),
        ("registry", "create"),  # a contract's
        ("registry", "escrow"),
        ("proposals", "defineStep"),
        ("proposals", "propose"),  # whose caller is not asked by role
        ("authority", "succeed"),
    ],
)
@pytest.mark.parametrize("role", [*PERSONAL, PROVINCES + 44, Role.PROPOSAL_DESK, EVERYBODY])
def test_what_takes_two_never_goes_back_to_one(
    world: World, authority: Contract, part: str, name: str, role: int
) -> None:
    target = getattr(world.CN, part)
    function = selector(target, name)
    before = authority.getTargetFunctionRole(target, function)
    with refused("FunctionTakesTwo", target, function):
        authority.setTargetFunctionRole(target, [function], role, by=world.root)
    assert authority.getTargetFunctionRole(target, function) == before


def test_one_persons_function_may_go_to_two_people(world: World, authority: Contract) -> None:
    opens = selector(world.cn, "openAccount")
    authority.setTargetFunctionRole(world.cn, [opens], Role.VERIFIER, by=world.root)
    account = (world.stranger, Kind.PARTICIPANT, FILE, 0)
    with refused("AccessManagedUnauthorized", world.registrar):
        world.cn.openAccount(*account, by=world.registrar)
    world.cn.openAccount(*account, by=world.verifier)
    authority.setTargetFunctionRole(world.cn, [opens], Role.PROPOSAL_DESK, by=world.root)
    with refused("AccessManagedUnauthorized", world.verifier):
        world.cn.openAccount(world.broker, *account[1:], by=world.verifier)
    with refused("FunctionTakesTwo", world.cn, opens):
        authority.setTargetFunctionRole(world.cn, [opens], Role.VERIFIER, by=world.root)


@pytest.mark.parametrize(
    "role",
    [
        Role.GUARDIAN,
        Role.ADMINISTRATOR,
        Role.LINK_GATEWAY,
        Role.ISSUANCE_DESK,
        Role.PROVINCE,
        *NO_ROLES,
    ],
)
def test_one_persons_function_goes_to_no_contract_guardian_or_crowd(
    world: World, authority: Contract, role: int
) -> None:
    opens = selector(world.cn, "openAccount")
    with refused("RoleInvalid", role):
        authority.setTargetFunctionRole(world.cn, [opens], role, by=world.root)
    assert authority.getTargetFunctionRole(world.cn, opens) == Role.ACCOUNT_ADMINISTRATOR


# ---- what is not offered ------------------------------------------------------------------

NOT_OFFERED = {
    "setRoleAdmin": (Role.ISSUER, Role.COUNCIL),
    "setRoleGuardian": (Role.ISSUER, Role.COUNCIL),
    "setGrantDelay": (Role.ISSUER, 1),
    "setTargetAdminDelay": (ZERO_ADDRESS, 1),
    "execute": (ZERO_ADDRESS, b"\1\2\3\4"),
    "grantRole": (Role.ISSUER, ZERO_ADDRESS, 1),  # with a delay of the role's own
}


@pytest.mark.parametrize("name", NOT_OFFERED)
def test_what_accessmanager_offers_besides_is_not_offered(
    world: World, authority: Contract, name: str
) -> None:
    """Not even to the proposal desk, when the council makes it a step."""
    p, arguments = world.CN, NOT_OFFERED[name]
    with refused("NotOffered"):
        authority.ask(name, *arguments, by=p.proposals.address)
    step = (Role.COUNCIL, Role.COUNCIL, 0, LIFETIME, 0)
    p.proposals.defineStep(authority, selector(authority, name), step, by=world.root)
    proposal = agreed(world, p, authority, name, *arguments, by=world.root)
    with refused("NotOffered"):
        execute(p, proposal, by=world.root)


def test_the_authority_of_a_contract_never_changes(world: World, authority: Contract) -> None:
    p, other = world.CN, world.KR.authority
    for caller in (p.proposals.address, world.root, world.stranger):
        with refused("AuthorityFixed", p.registry):
            authority.ask("updateAuthority", p.registry, other, by=caller)
    step = (Role.COUNCIL, Role.COUNCIL, 0, LIFETIME, 0)
    for target in (p.registry, p.issuance, p.proposals):
        p.proposals.defineStep(target, selector(target, "setAuthority"), step, by=world.root)
        proposal = agreed(world, p, target, "setAuthority", other, by=world.root)
        with refused("AccessManagedUnauthorized", p.proposals):
            execute(p, proposal, by=world.root)


def test_nothing_is_scheduled(world: World, authority: Contract) -> None:
    call = called(world.cn, "restrictAccount", world.alice, 4)
    for caller in (world.officer, world.root, world.CN.proposals.address):
        with refused("AccessManagerUnauthorizedCall", caller, world.cn, call[:4]):
            authority.ask("schedule", world.cn, call, 0, by=caller)


def test_a_proposal_of_many_calls_at_once_is_no_step(world: World, authority: Contract) -> None:
    calls = [called(authority, "grantRole", Role.ISSUER, world.stranger, 0)]
    many = called(authority, "multicall", calls)
    with refused("NotASensitiveStep", authority, many[:4]):
        propose_call(world.CN, authority, many, text32(""), by=world.root)
    for caller in (world.root, world.stranger):
        with refused("AccessManagerUnauthorizedAccount", caller, Role.ADMINISTRATOR):
            authority.ask("multicall", calls, by=caller)
