"""Every function that changes something has its callers, and nobody else may call it.

A function is one person's (of a role), two people's (by way of the proposal desk), a contract's,
or a holder's own. The tables are complete: they are compared with every contract's interface.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, Refused, refused
from tests.contracts.actors import CEA, FILE, PEOPLE, STEPS, World
from tests.contracts.desks import alone, approve, propose
from tests.contracts.words import Role, Type

PARTS = (
    "registry",
    "issuance",
    "compliance",
    "liens",
    "holders",
    "proposals",
    "gateway",
    "authority",
)

# Two people's are in `STEPS`, by the role that both have.
ONE_PERSONS = {
    "registry": {
        "openAccount": Role.ACCOUNT_ADMINISTRATOR,
        "openSystemAccount": Role.ACCOUNT_ADMINISTRATOR,
        "restrictAccount": Role.COMPLIANCE_OFFICER,
    },
    "issuance": {"recordVerification": Role.VERIFIER, "moveCentrally": Role.ALLOCATOR},
    "compliance": {
        "attest": Role.VERIFIER,
        "confirm": Role.COMPLIANCE_OFFICER,
        "publish": Role.COMPLIANCE_OFFICER,
        "recordSanction": Role.COMPLIANCE_OFFICER,
    },
    "liens": {"freeze": Role.COMPLIANCE_OFFICER},
    "gateway": {"lowerQuota": Role.LINK_ADMINISTRATOR, "suspend": Role.LINK_ADMINISTRATOR},
}
A_CONTRACTS = {
    "registry": {
        "create": "issuance",
        "defineForeignClass": "gateway",
        "escrow": "gateway",
        "releaseEscrow": "gateway",
        "closeEscrow": "gateway",
        "importUnits": "gateway",
        "exportUnits": "gateway",
        "setAuthority": "authority",
    },
    "issuance": {"setAuthority": "authority"},
    "compliance": {"countAllocation": "issuance", "setAuthority": "authority"},
    "liens": {"setAuthority": "authority"},
    "holders": {"setAuthority": "authority"},
    "proposals": {"setAuthority": "authority"},
    # The administration of roles: the proposal desk's, where the council has steps for what it
    # needs of it. These are no steps.
    "authority": {
        "adoptProgramme": "proposals",
        "labelRole": "proposals",
        "setGrantDelay": "proposals",
        "setRoleAdmin": "proposals",
        "setRoleGuardian": "proposals",
        "setTargetAdminDelay": "proposals",
        "setTargetClosed": "proposals",
        "updateAuthority": "proposals",
    },
}

# Who may call these depends on what they are about: the holder of the account, the creditor of the
# pledge, the registry of the lot, the roles of the proposal's step.
BY_SUBJECT = {
    "registry": {
        "safeTransferFrom",
        "safeBatchTransferFrom",
        "transferUnits",
        "setApprovalForAll",
        "retire",
        "cancel",
        "order",  # the desk of the transaction type
    },
    "compliance": {"filePlan", "dispute", "surrender", "settleYear"},
    "liens": {"pledge", "releasePledge"},
    "holders": {
        "trust",
        "distrust",
        "request",
        "approve",
        "execute",
        "cancel",
        "authoriseSettler",
        "settle",
    },
    "proposals": {"propose", "approve", "execute", "stop"},
    "gateway": {"transfer", "returnUnits", "unitsUsed"},
    # AccessManager's own: nothing is scheduled here, and one renounces only one's own role.
    "authority": {
        "schedule",
        "execute",
        "cancel",
        "consumeScheduledOp",
        "multicall",
        "renounceRole",
    },
}
PERSON = {
    Role.ACCOUNT_ADMINISTRATOR: "registrar",
    Role.ISSUER: "issuer",
    Role.ALLOCATOR: "allocator",
    Role.COMPLIANCE_OFFICER: "officer",
    Role.VERIFIER: "verifier",
    Role.LINK_ADMINISTRATOR: "link_cn",
    Role.COUNCIL: "root",
}
NO_ENTRY = {
    "AccessManagedUnauthorized",
    "AccessManagerUnauthorizedAccount",
    "NotLinkAdministrator",
    "RoleMissing",
}


def pairs(table: dict[str, dict[str, Any]], *, gateway: bool = False) -> list[tuple[str, str]]:
    return [(p, name) for p in table for name in table[p] if gateway or p != "gateway"]


def part(world: World, name: str) -> Contract:
    return world.gateway if name == "gateway" else getattr(world.CN, name)  # type: ignore[no-any-return]


def insiders(world: World, role: Role) -> list[str]:
    """All who have a role at CN."""
    third = [world.councillor] if role == Role.COUNCIL else []
    return [getattr(world, PERSON[role]), world.deputy, *third]


def changing(contract: Contract) -> list[str]:
    return [
        e["name"]
        for e in contract.abi
        if e["type"] == "function" and e["stateMutability"] not in ("view", "pure")
    ]


def harmless(contract: Contract, name: str) -> list[Any]:
    """Arguments that fit a function's types and mean nothing."""
    return [zero(p) for p in entry_of(contract, name)["inputs"]]


def entry_of(contract: Contract, name: str) -> Any:
    return next(e for e in contract.abi if e.get("name") == name and e["type"] == "function")


def zero(parameter: dict[str, Any]) -> Any:
    kind = parameter["type"]
    if kind.endswith("[]"):
        return []
    if kind == "tuple":
        return tuple(zero(c) for c in parameter["components"])
    if kind.startswith("bytes"):
        return bytes(int(kind[5:] or 0))
    return {"address": ZERO_ADDRESS, "bool": False, "string": ""}.get(kind, 0)


def refuse(world: World, name: str, function: str, callers: list[str]) -> None:
    """None of the callers gets as far as the function's first line."""
    target = part(world, name)
    for caller in callers:
        expected: tuple[Any, ...] = ("AccessManagedUnauthorized", caller)
        if name == "authority":
            expected = ("AccessManagerUnauthorizedAccount", caller, Role.ADMINISTRATOR)
        with refused(*expected):
            alone(target, function, *harmless(target, function), by=caller)


def let_in(world: World, name: str, function: str, caller: str) -> None:
    """The caller gets in, whatever becomes of the arguments."""
    target = part(world, name)
    refusal = refusal_of(lambda: target.ask(function, *harmless(target, function), by=caller))
    assert refusal not in NO_ENTRY


def refusal_of(act: Callable[[], object]) -> str:
    """The error's name; none when the act was allowed."""
    try:
        act()
    except Refused as refusal:
        return refusal.name
    return ""


def everyone(world: World, *but: str) -> list[str]:
    return [who for who in (getattr(world, name) for name in PEOPLE) if who not in but]


# ---- the tables ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", PARTS)
def test_every_function_has_its_caller(ledger: World, name: str) -> None:
    tables = (ONE_PERSONS, STEPS, A_CONTRACTS, BY_SUBJECT)
    listed = [function for table in tables for function in table.get(name, ())]
    assert sorted(listed) == sorted(set(changing(part(ledger, name))))


@pytest.mark.parametrize(("name", "function"), pairs(ONE_PERSONS))
def test_one_persons_function_is_its_roles(world: World, name: str, function: str) -> None:
    inside = insiders(world, ONE_PERSONS[name][function])
    refuse(world, name, function, everyone(world, *inside))
    for person in inside:
        let_in(world, name, function, person)


@pytest.mark.parametrize(("name", "function"), pairs(A_CONTRACTS))
def test_contracts_function_is_nobody_elses(world: World, name: str, function: str) -> None:
    contract = A_CONTRACTS[name][function]
    refuse(world, name, function, everyone(world))
    let_in(world, name, function, part(world, contract).address)
    for other in PARTS:
        if other != contract and not (function == "setAuthority" and other == name):
            with world.chain.as_contract(part(world, other).address):
                refuse(world, name, function, [part(world, other).address])


# ---- two people ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "function"), pairs(STEPS))
def test_two_peoples_function_is_no_persons(world: World, name: str, function: str) -> None:
    """Not even of those who decide it: they go by way of the proposal desk."""
    refuse(world, name, function, everyone(world))
    let_in(world, name, function, world.CN.proposals.address)


@pytest.mark.parametrize(("name", "function"), pairs(STEPS, gateway=True))
def test_two_people_of_the_role_decide(world: World, name: str, function: str) -> None:
    target, role = part(world, name), STEPS[name][function]
    arguments = harmless(target, function)
    person, other, *_ = insiders(world, role)
    outsiders = everyone(world, *insiders(world, role))
    for outsider in outsiders:
        with refused("RoleMissing", outsider, role):
            propose(world.CN, target, function, *arguments, by=outsider)
    proposal = propose(world.CN, target, function, *arguments, by=person)
    for outsider in outsiders:
        with refused("RoleMissing", outsider, role):
            approve(world.CN, proposal, by=outsider)
    with refused("SamePerson", proposal, person):
        approve(world.CN, proposal, by=person)
    approve(world.CN, proposal, by=other)
    for outsider in outsiders:
        with refused("RoleMissing", outsider, role):
            world.CN.proposals.execute(proposal, by=outsider)
    # Whatever the function says to such arguments, it is asked.
    refusal = refusal_of(lambda: world.CN.proposals.execute(proposal, by=person))
    assert refusal not in NO_ENTRY - {"NotLinkAdministrator"}


def test_nobody_administers_roles(world: World) -> None:
    """That belongs to the proposal desk, and what is no step of it belongs to nobody."""
    for p in world.programmes:
        authority = p.authority
        assert authority.memberCount(Role.ADMINISTRATOR) == 1
        assert authority.hasRole(Role.ADMINISTRATOR, p.proposals)[0]
        for person in everyone(world):
            assert not authority.hasRole(Role.ADMINISTRATOR, person)[0]


# ---- the gateway --------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*STEPS["gateway"], *ONE_PERSONS["gateway"]])
def test_only_a_link_administrator_may_speak_for_a_programme(
    world: World, gateway: Contract, name: str
) -> None:
    """Alone where that only tightens the programme's own side, and never alone where it binds."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)), world.terms((1, 1)))
    if name == "acceptTerms":
        gateway.proposeTerms(link, world.terms((1, 2)), by=world.link_cn)
    gateway.proposeAgreement(
        world.kr, world.jp, world.terms((1, 1)), world.ABSENT, by=world.link_kr
    )
    terms, absent = world.terms((1, 1)), world.ABSENT
    arguments, side = {
        "proposeAgreement": ((world.cn, world.jp, terms, absent), world.CN),
        "acceptAgreement": ((2, terms, absent), world.JP),
        "proposeTerms": ((link, terms), world.KR),
        "acceptTerms": ((link, 2, world.terms((1, 2))), world.KR),
        "lowerQuota": ((link, 1), world.KR),
        "suspend": ((link,), world.KR),
        "resume": ((link,), world.KR),
    }[name]
    speakers = []
    if name in ONE_PERSONS["gateway"]:
        speakers = [side.link_administrator, world.deputy]
        if name == "suspend":
            speakers.append(world.link_cn)  # of the other side, which may suspend too
    for caller in everyone(world, *speakers):
        with refused("NotLinkAdministrator", caller, side.registry):
            alone(gateway, name, *arguments, by=caller)
    for caller in speakers or [side.proposals.address]:
        gateway.ask(name, *arguments, by=caller)


# ---- whose the other functions are --------------------------------------------------------


def test_what_is_a_holders_own_is_nobody_elses_at_any_desk(world: World) -> None:
    """No role reaches into an account; the tests of the verbs say the same of the registry."""
    p, request = world.CN, (world.alice, 2, 1, CEA, 1, 0, world.bob)
    world.agree(world.CN, world.KR, world.terms((1, 1)))
    for target, name, arguments in (
        (p.compliance, "surrender", (world.alice, 2025, CEA, 1, [])),
        (p.liens, "pledge", (world.alice, CEA, 1, [], world.dave, FILE)),
        (p.holders, "trust", (world.alice, world.bob)),
        (p.holders, "distrust", (world.alice, world.bob)),
        (p.holders, "authoriseSettler", (world.alice, world.dave, True)),
        (world.gateway, "transfer", (request, [])),
        (world.gateway, "returnUnits", (world.alice, p.registry, CEA, 1, [], world.bob, 0)),
    ):
        for caller in everyone(world, world.alice):
            with refused("ERC1155MissingApprovalForAll", caller, world.alice):
                target.ask(name, *arguments, by=caller)


def test_order_is_the_desks_of_its_transaction_type(world: World, cn: Contract) -> None:
    issuance = world.CN.issuance.address
    callers = [*everyone(world), world.CN.proposals.address, world.CN.compliance.address]
    for caller in [*callers, world.gateway.address]:
        with refused("NotTheDesk", Type.ALLOCATION, caller, issuance):
            cn.ask("order", (Type.ALLOCATION, 0, CEA, *[world.state] * 2, 1, FILE), [], by=caller)
    for unordered in (0, Type.TRANSFER, Type.RETIREMENT, Type.EXTERNAL_TRANSFER, 65535):
        with refused("NotTheDesk", unordered, issuance, ZERO_ADDRESS):
            cn.ask("order", (unordered, 0, CEA, *[world.state] * 2, 1, FILE), [], by=issuance)
        with refused("TransactionTypeInvalid", unordered):
            cn.setDesk(unordered, world.CN.issuance, by=world.root)


# ---- roles come and go --------------------------------------------------------------------


def test_role_that_was_taken_back_is_gone(world: World, cn: Contract) -> None:
    world.CN.authority.revokeRole(Role.ACCOUNT_ADMINISTRATOR, world.registrar, by=world.root)
    with refused("AccessManagedUnauthorized", world.registrar):
        cn.openAccount(world.stranger, 5, FILE, by=world.registrar)
    with refused("RoleMissing", world.registrar, Role.ACCOUNT_ADMINISTRATOR):
        cn.setAccountStatus(world.alice, 4, by=world.registrar)


def test_role_in_one_programme_is_none_in_another(world: World) -> None:
    world.KR.authority.revokeRole(Role.ISSUER, world.issuer, by=world.root)
    with refused("RoleMissing", world.issuer, Role.ISSUER):
        world.kr.sealClass(world.KR.allowance, by=world.issuer)
    world.cn.sealClass(world.CN.allowance, by=world.issuer)


def test_only_the_administrator_of_roles_ties_contracts_to_them(world: World) -> None:
    p = world.CN
    parts = (p.registry, p.proposals, p.issuance, p.compliance, p.liens, p.holders)
    for caller in everyone(world):
        for name, arguments in (
            ("adoptProgramme", (parts,)),
            ("adoptGateway", (world.gateway,)),
            ("grantRole", (Role.ISSUER, caller, 0)),
        ):
            with refused("AccessManagerUnauthorizedAccount", caller, Role.ADMINISTRATOR):
                alone(p.authority, name, *arguments, by=caller)
