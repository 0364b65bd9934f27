"""Who decides what in a programme of the story: people, roles, and the steps that need two of them.

The numbers of the roles are those of contracts/libraries/Roles.sol.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple


class Role(IntEnum):
    ADMINISTRATOR = 0  # the proposal desk
    ACCOUNT_ADMINISTRATOR = 1
    ISSUER = 2
    ALLOCATOR = 3
    COMPLIANCE_OFFICER = 4
    VERIFIER = 5
    LINK_ADMINISTRATOR = 6
    GUARDIAN = 7
    COUNCIL = 9
    PROVINCE = 10


class Desks(NamedTuple):
    """The contracts around a registry, by the names that deployment.json gives them."""

    proposals: Any
    issuance: Any
    compliance: Any
    liens: Any
    holders: Any


class Step(NamedTuple):
    """Who proposes and who approves a function: their roles, and their names in the story."""

    proposer_role: Role
    approver_role: Role
    proposer: str
    approver: str


# How often each role is given: two people where both must agree, three in the council.
_MEMBERS = {
    Role.ACCOUNT_ADMINISTRATOR: 1,
    Role.ISSUER: 2,
    Role.ALLOCATOR: 2,
    Role.COMPLIANCE_OFFICER: 2,
    Role.VERIFIER: 1,
    Role.LINK_ADMINISTRATOR: 2,
    Role.GUARDIAN: 1,
    Role.COUNCIL: 3,
}

# Provinces propose what the State level confirms (R-AL-28).
_WITH_PROVINCES = ("CN",)

_LIFETIME = 7 * 86_400
_NO_DELAY = 0
_REVERSAL_WINDOW = 30 * 86_400  # CHOICE: the sources give no window; the council sets another
_NO_LIMIT = 0

ORDERED_BY = {
    1037: "issuance",  # auction delivery
    1040: "issuance",  # allocation
    1041: "issuance",  # its reversal
    1051: "issuance",  # central transfer
    1092: "issuance",  # correction of an issuance
    1002: "compliance",  # surrender
    1082: "compliance",  # its reversal
    1098: "liens",  # encumbrance
    1099: "liens",  # release
}

# What holders may have done for them at the holder desk: whatever they could do alone, since those
# with two representatives can do it nowhere else. The first argument of each names the account.
HOLDERS_MAY_REQUEST = {
    "registry": (
        "safeTransferFrom",
        "safeBatchTransferFrom",
        "transferUnits",
        "retire",
        "cancel",
    ),
    "compliance": ("surrender", "filePlan", "dispute"),
    "liens": ("pledge", "releasePledge"),
    "gateway": ("transfer", "returnUnits"),
    "holders": ("trust", "distrust", "authoriseSettler"),
}


def actor_name(code: str, role: str) -> str:
    return f"{code.lower()}-{role}"


def people(code: str) -> Iterator[tuple[Role, str]]:
    """Every role with the name of each person who has it: issuer, issuer-2."""
    for role, count in _MEMBERS.items():
        word = role.name.lower().replace("_", "-")
        yield role, word
        for number in range(2, count + 1):
            yield role, f"{word}-{number}"
    if code in _WITH_PROVINCES:
        yield Role.PROVINCE, "province"


def _pair(role: Role) -> Step:
    word = role.name.lower().replace("_", "-")
    return Step(role, role, word, f"{word}-2")


def steps(code: str) -> dict[str, dict[str, Step]]:
    """The functions that are proposed and approved, contract by contract."""
    issuers, allocators = _pair(Role.ISSUER), _pair(Role.ALLOCATOR)
    officers, council = _pair(Role.COMPLIANCE_OFFICER), _pair(Role.COUNCIL)
    links = _pair(Role.LINK_ADMINISTRATOR)
    if code in _WITH_PROVINCES:
        allocators = Step(Role.PROVINCE, Role.ALLOCATOR, "province", "allocator")
    statuses = Step(
        Role.ACCOUNT_ADMINISTRATOR,
        Role.COMPLIANCE_OFFICER,
        "account-administrator",
        "compliance-officer",
    )
    reversals = Step(Role.ALLOCATOR, Role.COMPLIANCE_OFFICER, "allocator", "compliance-officer")
    of_registry = ("setHoldingLimitClasses", "setHolderDesk", "setDesk", "setSaleShare")
    of_accounts = ("setAccountStatus", "setAccountControls")
    of_classes = ("defineClass", "raiseCap", "sealClass")
    of_operators = ("allocate", "deliver", "requirePaidShare")
    of_year = ("defineYear", "moveDeadline", "excludeCategory")
    of_operator_years = ("assign", "reverseSurrender", "addDebt")
    of_link = ("proposeAgreement", "acceptAgreement", "proposeTerms", "acceptTerms", "resume")
    of_roles = ("grantRole", "revokeRole", "setTargetFunctionRole", "adoptGateway")
    return {
        "registry": {
            **dict.fromkeys(of_accounts, statuses),
            **dict.fromkeys(of_classes, issuers),
            **dict.fromkeys(of_registry, council),
        },
        "issuance": {
            "issue": issuers,
            "correctIssuance": issuers,
            **dict.fromkeys(of_operators, allocators),
            "reverseAllocation": reversals,
            "setReversalWindow": council,
        },
        "compliance": dict.fromkeys((*of_year, *of_operator_years), officers),
        "liens": {"unfreeze": officers},
        "holders": {
            "setRepresentative": statuses,
            **dict.fromkeys(("setSettings", "allowCall"), council),
        },
        "gateway": dict.fromkeys(of_link, links),
        "authority": dict.fromkeys(of_roles, council),
        "proposals": {"defineStep": council},
    }


def set_up(
    code: str, authority: Any, registry: Any, desks: Desks, gateway: Any, actors: dict[str, Any]
) -> list[Any]:
    """The calls that tie a programme together, to be made at once by whoever administers roles.

    What they set is set before the programme is adopted; afterwards it takes two people.
    """
    contracts = {
        "registry": registry,
        "gateway": gateway,
        "authority": authority,
        **desks._asdict(),
    }

    def act(target: Any, function: str, *arguments: Any) -> Any:
        data = getattr(target, function).encode_input(*arguments)
        return authority.execute.encode_input(target, data)

    calls = [
        act(registry, "setDesk", number, contracts[desk]) for number, desk in ORDERED_BY.items()
    ]
    calls.append(act(registry, "setHolderDesk", desks.holders))
    settings = (_NO_DELAY, _NO_DELAY, _LIFETIME, _NO_LIMIT)
    calls.append(act(desks.holders, "setSettings", settings))
    calls.append(act(desks.issuance, "setReversalWindow", _REVERSAL_WINDOW))
    for name, functions in HOLDERS_MAY_REQUEST.items():
        for function in functions:
            selector = getattr(contracts[name], function).signature
            calls.append(act(desks.holders, "allowCall", contracts[name], selector, True))
    for name, decided in steps(code).items():
        for function, step in decided.items():
            selector = getattr(contracts[name], function).signature
            terms = (step.proposer_role, step.approver_role, _NO_DELAY, _LIFETIME)
            calls.append(act(desks.proposals, "defineStep", contracts[name], selector, terms))
    programme = (
        registry,
        desks.proposals,
        desks.issuance,
        desks.compliance,
        desks.liens,
        desks.holders,
    )
    calls.append(authority.adoptProgramme.encode_input(programme))
    calls.append(authority.adoptGateway.encode_input(gateway))
    for role, name in people(code):
        calls.append(authority.grantRole.encode_input(role, actors[actor_name(code, name)], 0))
    calls.append(authority.grantRole.encode_input(Role.ADMINISTRATOR, desks.proposals, 0))
    return calls
