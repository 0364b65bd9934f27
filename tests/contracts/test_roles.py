"""Every function that changes something has its callers, and nobody else may call it.

A function is one person's (of a role), two people's (by way of the proposal desk), a contract's,
a holder's own, or nobody's. The tables are complete: they are compared with every contract's
interface.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, Refused, refused, text32
from tests.contracts.actors import CEA, FILE, Programme, World
from tests.contracts.cast import PEOPLE, STEPS
from tests.contracts.desks import alone, approve, execute, propose
from tests.contracts.words import Kind, Role, Status, Type, ref

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
    "issuance": {
        "recordVerification": Role.VERIFIER,
        "continueCorrection": Role.ISSUER,
        "allocate": Role.ALLOCATOR,
        "allocateAll": Role.ALLOCATOR,
        "continueReversal": Role.ALLOCATOR,
        "moveBetweenPools": Role.ALLOCATOR,
    },
    "compliance": {
        "attest": Role.VERIFIER,
        "orderReport": Role.COMPLIANCE_OFFICER,
        "confirm": Role.COMPLIANCE_OFFICER,
        "recordSanction": Role.COMPLIANCE_OFFICER,
    },
    "liens": {
        "freeze": Role.COMPLIANCE_OFFICER,
        "extendFreeze": Role.COMPLIANCE_OFFICER,
        "freezeReturning": Role.COMPLIANCE_OFFICER,
    },
    "gateway": {
        "withdrawTerms": Role.LINK_ADMINISTRATOR,
        "lowerQuota": Role.LINK_ADMINISTRATOR,
        "suspend": Role.LINK_ADMINISTRATOR,
        "stopSuccession": Role.LINK_ADMINISTRATOR,
        "freezeAbroad": Role.COMPLIANCE_OFFICER,
    },
}
A_CONTRACTS = {
    "registry": {
        "create": "issuance",
        "setFreeLock": "issuance",
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
    "liens": {
        "freezeForPartner": "gateway",
        "unfreezeForPartner": "gateway",
        "setAuthority": "authority",
    },
    "holders": {"setAuthority": "authority"},
    "proposals": {"setAuthority": "authority"},
    "gateway": {"claimReport": "issuance"},
    # The administration of roles: the proposal desk's, where the council has steps for what it
    # needs of it. These are no steps, and most of them are not offered even to the desk.
    "authority": {
        "execute": "proposals",
        "labelRole": "proposals",
        "setGrantDelay": "proposals",
        "setRoleAdmin": "proposals",
        "setRoleGuardian": "proposals",
        "setTargetAdminDelay": "proposals",
        "setTargetClosed": "proposals",
    },
}

# Who may call these depends on what they are about: the holder of the account, the creditor of the
# pledge, the registry of the lot, the roles of the proposal's step. Some only go on with what is
# decided, and are anybody's.
BY_SUBJECT = {
    "registry": {
        "safeTransferFrom",
        "safeBatchTransferFrom",
        "transferUnits",
        "setApprovalForAll",
        "retire",
        "cancel",
        "order",  # the desk of the transaction type
        "markFrozen",  # likewise
    },
    "issuance": {"returnExcess", "claimReports", "moveOnClosure"},
    "compliance": {"filePlan", "dispute", "surrender", "settleYear"},
    "liens": {"pledge", "releasePledge", "continueLifting"},
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
    "gateway": {"transfer", "returnUnits", "unitsUsed", "settleWaiting", "succeedGateway"},
    # AccessManager's own: nothing is scheduled here, and one renounces only one's own role.
    "authority": {
        "schedule",
        "cancel",
        "consumeScheduledOp",
        "multicall",
        "renounceRole",
    },
}
# Done once when a contract is set up.
NOBODYS = {name: ("initialize",) for name in PARTS if name not in ("gateway", "authority")}
# Whoever may have an address run other code.
KEEPERS = {name: ("succeed",) for name in PARTS if name != "authority"}
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
    tables = (ONE_PERSONS, STEPS, A_CONTRACTS, BY_SUBJECT, NOBODYS, KEEPERS)
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


@pytest.mark.parametrize("name", NOBODYS)
def test_nothing_is_set_up_twice(world: World, name: str) -> None:
    target = part(world, name)
    for caller in [*everyone(world), *(part(world, other).address for other in PARTS)]:
        with refused("InvalidInitialization"):
            target.ask("initialize", *harmless(target, "initialize"), by=caller)


@pytest.mark.parametrize("name", KEEPERS)
def test_only_the_keeper_changes_the_code(world: World, name: str) -> None:
    """The authority of a programme's own; the gateway of its own, when its members agreed."""
    target = part(world, name)
    keeper = part(world, "gateway" if name == "gateway" else "authority").address
    others = [part(world, other).address for other in PARTS]
    for caller in [*everyone(world), *(other for other in others if other != keeper)]:
        with refused("NotTheKeeper", caller, keeper):
            target.ask("succeed", ZERO_ADDRESS, b"", by=caller)
    with refused("ERC1967InvalidImplementation", ZERO_ADDRESS):
        target.ask("succeed", ZERO_ADDRESS, b"", by=keeper)


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
            execute(world.CN, proposal, by=outsider)
    # Whatever the function says to such arguments, it is asked.
    refusal = refusal_of(lambda: execute(world.CN, proposal, by=person))
    assert refusal not in NO_ENTRY - {"NotLinkAdministrator"}


def test_nobody_administers_roles(world: World) -> None:
    """That belongs to the proposal desk, and what is no step of it belongs to nobody."""
    for p in world.programmes:
        authority = p.authority
        assert authority.membersOf(Role.ADMINISTRATOR) == [p.proposals.address]
        assert authority.hasRole(Role.ADMINISTRATOR, p.proposals)[0]
        for person in everyone(world):
            assert not authority.hasRole(Role.ADMINISTRATOR, person)[0]


# ---- the gateway --------------------------------------------------------------------------


@pytest.fixture
def scene(world: World) -> World:
    """China and Korea are linked; Bob has 10 foreign units in Korea, five of them frozen because
    China asked for it. Korea has proposed an agreement to Japan, and China other terms and other
    code of the gateway."""
    terms = world.terms((1, 1), freezes=True)
    world.agree(world.CN, world.KR, terms, terms)
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(2, world.alice, CEA, 10, world.bob)
    gateway, consent = world.gateway, world.consent(world.JP)
    gateway.freezeAbroad(1, world.bob, [ref(1, 1, 5)], FILE, by=world.officer)
    gateway.proposeAgreement(world.kr, consent, terms, world.ABSENT, by=world.link_kr)
    gateway.proposeTerms(2, world.cn, world.terms((1, 2)), by=world.link_cn)
    gateway.proposeSuccession(world.cn, world.editions.gateway_code, by=world.link_cn)
    return world


def speech(world: World, name: str) -> tuple[tuple[Any, ...], Programme]:
    """What a side would say, and which side it is."""
    terms, absent = world.terms((1, 1), freezes=True), world.ABSENT
    edition = world.gateway.successionOf(1).codeHash
    newcomer = world.editions.registry("XX", world.JP.authority)
    calls: dict[str, tuple[tuple[Any, ...], Programme]] = {
        "admit": ((world.jp, newcomer, text32("XX")), world.JP),
        "proposeAgreement": ((world.cn, world.consent(world.JP), terms, absent), world.CN),
        "acceptAgreement": ((2, world.consent(world.KR), terms, absent), world.JP),
        "endAgreement": ((1, world.kr), world.KR),
        "acceptEdition": ((1, world.kr, FILE), world.KR),
        "proposeTerms": ((2, world.kr, terms), world.KR),
        "acceptTerms": ((2, world.kr, 2, world.terms((1, 2))), world.KR),
        "resume": ((2, world.kr), world.KR),
        "liftAbroad": ((2, 1), world.CN),
        "proposeSuccession": ((world.kr, world.editions.gateway_code), world.KR),
        "acceptSuccession": ((1, world.kr, edition), world.KR),
        "withdrawTerms": ((2, world.cn), world.CN),
        "lowerQuota": ((2, 1), world.KR),
        "suspend": ((2, world.kr), world.KR),
        "stopSuccession": ((1, world.kr), world.KR),
        "freezeAbroad": ((1, world.bob, [ref(6, 6, 5)], FILE), world.CN),
    }
    return calls[name]


@pytest.mark.parametrize("name", [*STEPS["gateway"], *ONE_PERSONS["gateway"]])
def test_only_its_own_people_speak_for_a_programme(scene: World, name: str) -> None:
    """Alone where that only tightens the programme's own side, and never alone where it binds."""
    arguments, side = speech(scene, name)
    speakers = []
    if name in ONE_PERSONS["gateway"]:
        officer = ONE_PERSONS["gateway"][name] == Role.COMPLIANCE_OFFICER
        speakers = [scene.officer if officer else side.link_administrator, scene.deputy]
    others = [p.proposals.address for p in scene.programmes if p is not side]
    for caller in [*everyone(scene, *speakers), *others]:
        with refused("NotLinkAdministrator", caller, side.registry):
            scene.gateway.ask(name, *arguments, by=caller)
    for caller in speakers or [side.proposals.address]:
        scene.gateway.ask(name, *arguments, by=caller)


# ---- whose the other functions are --------------------------------------------------------


def test_what_is_a_holders_own_is_nobody_elses_at_any_desk(world: World) -> None:
    """No role reaches into an account; the tests of the verbs say the same of the registry."""
    p, request = world.CN, (world.alice, 2, 1, CEA, 1, 0, world.bob)
    world.agree(world.CN, world.KR, world.terms((1, 1)))
    excess = (world.alice, world.pool(world.cn), CEA, 2025, 0, 1, [])
    for target, name, arguments in (
        (p.issuance, "returnExcess", excess),
        (p.compliance, "surrender", (world.alice, 2025, CEA, 1, [])),
        (p.compliance, "filePlan", (world.alice, 2025, FILE)),
        (p.compliance, "dispute", (world.alice, 2025, FILE)),
        (p.liens, "pledge", (world.alice, CEA, 1, [], world.dave, FILE)),
        (p.liens, "releasePledge", (world.alice, 1)),
        (p.holders, "trust", (world.alice, world.bob)),
        (p.holders, "distrust", (world.alice, world.bob)),
        (p.holders, "authoriseSettler", (world.alice, world.dave, True)),
        (p.holders, "settle", (world.alice, [])),
        (world.gateway, "transfer", (request, [])),
        (world.gateway, "returnUnits", (world.alice, p.registry, CEA, 1, [], world.bob, 0)),
    ):
        for caller in everyone(world, world.alice):
            with refused("NotTheHolder", world.alice, caller):
                target.ask(name, *arguments, by=caller)


def test_order_is_the_desks_of_its_transaction_type(world: World, cn: Contract) -> None:
    issuance = world.CN.issuance.address
    callers = [*everyone(world), world.CN.proposals.address, world.CN.compliance.address]
    parties = (CEA, world.state, world.state, 1, False, FILE)
    for caller in [*callers, world.gateway.address]:
        with refused("NotTheDesk", Type.ALLOCATION, caller, issuance):
            cn.ask("order", (Type.ALLOCATION, 0, *parties), [], by=caller)
    for unordered in (0, Type.TRANSFER, Type.RETIREMENT, Type.EXTERNAL_TRANSFER, 65535):
        with refused("NotTheDesk", unordered, issuance, ZERO_ADDRESS):
            cn.ask("order", (unordered, 0, *parties), [], by=issuance)
        with refused("TransactionTypeInvalid", unordered):
            cn.setDesk(unordered, world.CN.issuance, by=world.root)


def test_marks_of_a_freeze_are_the_lien_desks(world: World, cn: Contract) -> None:
    liens = world.CN.liens.address
    for caller in [*everyone(world), world.CN.issuance.address, world.gateway.address]:
        with refused("NotTheDesk", Type.FREEZE_MARK, caller, liens):
            cn.ask("markFrozen", CEA, ref(1, 1, 1), True, by=caller)


# ---- roles come and go --------------------------------------------------------------------


def test_role_that_was_taken_back_is_gone(world: World, cn: Contract) -> None:
    world.CN.authority.revokeRole(Role.ACCOUNT_ADMINISTRATOR, world.registrar, by=world.root)
    with refused("AccessManagedUnauthorized", world.registrar):
        cn.openAccount(world.stranger, Kind.PARTICIPANT, FILE, 0, by=world.registrar)
    with refused("RoleMissing", world.registrar, Role.ACCOUNT_ADMINISTRATOR):
        cn.setAccountStatus(world.alice, Status.SUSPENDED, by=world.registrar)


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
            ("setExclusion", (Role.ISSUER, Role.VERIFIER, True)),
            ("succeed", (p.registry, world.editions.registry_code, FILE, b"")),
        ):
            with refused("AccessManagerUnauthorizedAccount", caller, Role.ADMINISTRATOR):
                alone(p.authority, name, *arguments, by=caller)
