"""Every restricted function belongs to one role, and nobody else may call it."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, Refused, refused
from tests.contracts.actors import FILE, World
from tests.contracts.words import Role

# The registry's functions that change something, by who may call them.
REGISTRY = {
    "openAccount": Role.ACCOUNT_ADMINISTRATOR,
    "openSystemAccount": Role.ACCOUNT_ADMINISTRATOR,
    "setAccountStatus": Role.ACCOUNT_ADMINISTRATOR,
    "defineClass": Role.ISSUER,
    "raiseCap": Role.ISSUER,
    "sealClass": Role.ISSUER,
    "issue": Role.ISSUER,
    "allocate": Role.ALLOCATOR,
    "recordVerification": Role.VERIFIER,
    "defineForeignClass": Role.LINK_GATEWAY,
    "escrow": Role.LINK_GATEWAY,
    "releaseEscrow": Role.LINK_GATEWAY,
    "closeEscrow": Role.LINK_GATEWAY,
    "importUnits": Role.LINK_GATEWAY,
    "exportUnits": Role.LINK_GATEWAY,
}
HOLDERS_OWN = {
    "safeTransferFrom",
    "safeBatchTransferFrom",
    "transferUnits",
    "setApprovalForAll",
    "surrender",
    "retire",
    "cancel",
}
AUTHORITYS_OWN = {"setAuthority"}
LINK_ADMINISTRATORS = (
    "proposeAgreement",
    "acceptAgreement",
    "proposeTerms",
    "acceptTerms",
    "lowerQuota",
    "suspend",
    "resume",
)
HOLDERS_OWN_AT_GATEWAY = {"transfer", "returnUnits", "unitsUsed"}
PEOPLE_OF = {
    Role.ACCOUNT_ADMINISTRATOR: "registrar",
    Role.ISSUER: "issuer",
    Role.ALLOCATOR: "allocator",
    Role.COMPLIANCE_OFFICER: "officer",
    Role.VERIFIER: "verifier",
    Role.LINK_ADMINISTRATOR: "link_cn",
    Role.GUARDIAN: "guardian",
    Role.ADMINISTRATOR: "root",
}


def _changing(contract: Contract) -> set[str]:
    return {
        e["name"]
        for e in contract.abi
        if e["type"] == "function" and e["stateMutability"] not in ("view", "pure")
    }


def _zeros(parameters: list[dict[str, Any]]) -> list[Any]:
    """Harmless arguments that fit a function's types."""
    return [_zero(p) for p in parameters]


def _zero(parameter: dict[str, Any]) -> Any:
    kind = parameter["type"]
    if kind.endswith("[]"):
        return []
    if kind == "tuple":
        return tuple(_zeros(parameter["components"]))
    return {"address": ZERO_ADDRESS, "bool": False}.get(
        kind, b"\0" * 32 if kind == "bytes32" else b"" if kind == "bytes" else 0
    )


def _arguments(contract: Contract, name: str) -> list[Any]:
    return _zeros(
        next(e["inputs"] for e in contract.abi if e.get("name") == name and e["type"] == "function")
    )


def test_every_function_of_the_registry_has_its_role(ledger: World) -> None:
    assert _changing(ledger.cn) == set(REGISTRY) | HOLDERS_OWN | AUTHORITYS_OWN


def test_every_function_of_the_gateway_has_its_caller(ledger: World) -> None:
    assert _changing(ledger.gateway) == set(LINK_ADMINISTRATORS) | HOLDERS_OWN_AT_GATEWAY


@pytest.mark.parametrize("name", REGISTRY)
def test_only_the_role_may_call(world: World, cn: Contract, name: str) -> None:
    arguments = _arguments(cn, name)
    role = REGISTRY[name]
    outsiders = [world.state, world.alice, world.stranger, world.link_kr]
    people = {r: getattr(world, who) for r, who in PEOPLE_OF.items()}
    for caller in [*outsiders, *(who for r, who in people.items() if r != role)]:
        with refused("AccessManagedUnauthorized", caller):
            getattr(cn, name)(*arguments, by=caller)
    insider = world.gateway.address if role == Role.LINK_GATEWAY else people[role]
    refusals = []
    try:
        cn.ask(name, *arguments, by=insider)
    except Refused as refusal:  # the arguments mean nothing; the caller was let in
        refusals.append(refusal.name)
    assert "AccessManagedUnauthorized" not in refusals


@pytest.mark.parametrize("name", ["setAuthority"])
def test_only_the_authority_itself_may_replace_itself(
    world: World, cn: Contract, name: str
) -> None:
    for caller in (world.root, world.registrar, world.guardian, world.stranger):
        with refused("AccessManagedUnauthorized", caller):
            cn.setAuthority(world.stranger, by=caller)


@pytest.mark.parametrize("name", LINK_ADMINISTRATORS)
def test_only_a_link_administrator_may_speak_for_a_programme(
    world: World, gateway: Contract, name: str
) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)), world.terms((1, 1)))
    if name == "acceptTerms":
        gateway.proposeTerms(link, world.terms((1, 2)), by=world.link_cn)
    gateway.proposeAgreement(
        world.kr, world.jp, world.terms((1, 1)), world.ABSENT, by=world.link_kr
    )
    terms, absent = world.terms((1, 1)), world.ABSENT
    arguments, side = {
        "proposeAgreement": ((world.cn, world.jp, terms, absent), world.cn),
        "acceptAgreement": ((2, terms, absent), world.jp),
        "proposeTerms": ((link, terms), world.kr),
        "acceptTerms": ((link, 2, world.terms((1, 2))), world.kr),
        "lowerQuota": ((link, 1), world.kr),
        "suspend": ((link,), world.kr),
        "resume": ((link,), world.kr),
    }[name]
    callers = [
        world.registrar,
        world.issuer,
        world.allocator,
        world.officer,
        world.verifier,
        world.guardian,
    ]
    for caller in [*callers, world.root, world.alice, world.stranger]:
        with refused("NotLinkAdministrator", caller, side):
            getattr(gateway, name)(*arguments, by=caller)


def test_role_that_was_taken_back_is_gone(world: World, cn: Contract) -> None:
    world.CN.authority.revokeRole(Role.ACCOUNT_ADMINISTRATOR, world.registrar, by=world.root)
    with refused("AccessManagedUnauthorized", world.registrar):
        cn.openAccount(world.stranger, 5, FILE, by=world.registrar)


def test_role_in_one_programme_is_none_in_another(world: World) -> None:
    world.KR.authority.revokeRole(Role.ISSUER, world.issuer, by=world.root)
    with refused("AccessManagedUnauthorized", world.issuer):
        world.kr.sealClass(world.KR.allowance, by=world.issuer)
    world.cn.sealClass(world.CN.allowance, by=world.issuer)


def test_only_the_administrator_of_roles_ties_contracts_to_them(world: World) -> None:
    authority = world.CN.authority
    for caller in (world.registrar, world.guardian, world.link_cn, world.stranger):
        with refused("AccessManagerUnauthorizedAccount", caller, Role.ADMINISTRATOR):
            authority.adoptRegistry(world.cn, by=caller)
        with refused("AccessManagerUnauthorizedAccount", caller, Role.ADMINISTRATOR):
            authority.adoptGateway(world.gateway, by=caller)
        with refused("AccessManagerUnauthorizedAccount", caller, Role.ADMINISTRATOR):
            authority.grantRole(Role.ISSUER, caller, 0, by=caller)
