"""Who decides what in a programme of the story: people, roles, and the steps that need two of them.

The numbers of the roles are those of contracts/libraries/Roles.sol.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

PROVINCES = 2**32
"""The role of province n is PROVINCES + n."""


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

    @property
    def word(self) -> str:
        return self.name.lower().replace("_", "-")


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

# Who has one of the roles never has the other. A verifier is nobody who acts on its figures;
# whoever brings units into being does not give them away, nor opens the accounts that they go to;
# a province does not confirm what it proposes (R-AL-28, Art. 30); a guardian only stops.
EXCLUSIONS = (
    (Role.VERIFIER, Role.ISSUER),
    (Role.VERIFIER, Role.COMPLIANCE_OFFICER),
    (Role.VERIFIER, Role.ACCOUNT_ADMINISTRATOR),
    (Role.VERIFIER, Role.PROVINCE),
    (Role.ISSUER, Role.ALLOCATOR),
    (Role.ACCOUNT_ADMINISTRATOR, Role.ISSUER),
    (Role.ACCOUNT_ADMINISTRATOR, Role.ALLOCATOR),
    (Role.PROVINCE, Role.ALLOCATOR),
    (Role.PROVINCE, Role.COMPLIANCE_OFFICER),
    *((Role.GUARDIAN, role) for role in Role if role not in {Role.GUARDIAN, Role.ADMINISTRATOR}),
)

# Here provinces propose for their own accounts what the State level confirms.
_WITH_PROVINCES = ("CN",)

ORDERED_BY = {
    400: "issuance",  # cancellation by decision
    1037: "issuance",  # auction delivery
    1040: "issuance",  # allocation
    1041: "issuance",  # its reversal
    1042: "issuance",  # return of excess allocation
    1043: "issuance",  # return of excess auction
    1051: "issuance",  # central transfer
    1091: "issuance",  # closure transfer
    1092: "issuance",  # correction of an issuance
    1002: "compliance",  # surrender
    1082: "compliance",  # its reversal
    2001: "liens",  # encumbrance
    2002: "liens",  # release
    2003: "liens",  # mark of a freeze
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
    "issuance": ("returnExcess",),
    "compliance": ("surrender", "filePlan", "dispute"),
    "liens": ("pledge", "releasePledge"),
    "gateway": ("transfer", "returnUnits"),
    "holders": ("trust", "distrust", "authoriseSettler", "settle"),
}


class Desks(NamedTuple):
    """The contracts around a registry, by the names that deployment.json gives them."""

    proposals: Any
    issuance: Any
    compliance: Any
    liens: Any
    holders: Any


class Step(NamedTuple):
    """Who proposes and who approves a function."""

    proposer_role: Role
    approver_role: Role
    province_argument: int = 0  # which argument is the province's number, from 1; 0: none

    def people(self, arguments: Sequence[Any]) -> tuple[str, str]:
        """Who proposes a call with these arguments, and who approves it: the roles' first people,
        or the second one where both have the same role."""
        proposer, approver = self.proposer_role.word, self.approver_role.word
        if self.province_argument:
            return province_name(arguments[self.province_argument - 1]), approver
        return proposer, f"{approver}-2" if proposer == approver else approver


def actor_name(code: str, role: str) -> str:
    return f"{code.lower()}-{role}"


def province_name(province: int) -> str:
    return f"{Role.PROVINCE.word}-{province}"


def people(provinces: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Every role with the name of each person who has it: issuer, issuer-2, province-44."""
    for role, count in _MEMBERS.items():
        yield role, role.word
        for number in range(2, count + 1):
            yield role, f"{role.word}-{number}"
    for province in provinces:
        yield PROVINCES + province, province_name(province)


def steps(code: str) -> dict[str, dict[str, Step]]:
    """The functions that are proposed and approved, contract by contract."""
    issuers, allocators = _pair(Role.ISSUER), _pair(Role.ALLOCATOR)
    officers, council = _pair(Role.COMPLIANCE_OFFICER), _pair(Role.COUNCIL)
    links = _pair(Role.LINK_ADMINISTRATOR)
    accounts = Step(Role.ACCOUNT_ADMINISTRATOR, Role.COMPLIANCE_OFFICER)
    reversals = Step(Role.ALLOCATOR, Role.COMPLIANCE_OFFICER)
    to_operators, of_operators = allocators, officers
    if code in _WITH_PROVINCES:
        to_operators = Step(Role.PROVINCE, Role.ALLOCATOR, 1)
        of_operators = Step(Role.PROVINCE, Role.COMPLIANCE_OFFICER, 1)
    return {
        "registry": {
            "openOfficialAccount": accounts,
            "setAccountStatus": accounts,
            "setAccountControls": accounts,
            "setAccountProvince": accounts,
            "defineClass": issuers,
            "raiseCap": issuers,
            "sealClass": issuers,
            "setHoldingLimitClasses": council,
            "setHolderDesk": council,
            "setDesk": council,
            "setSaleShare": council,
            "publishDocument": council,
        },
        "issuance": {
            "issue": issuers,
            "correctIssuance": issuers,
            "entitle": to_operators,
            "deliver": to_operators,
            "requirePaidShare": to_operators,
            "reverseAllocation": reversals,
            "endReversal": reversals,
            "moveCentrally": allocators,
            "cancelCentrally": allocators,
            "closeOut": accounts,
            "setReversalWindow": council,
        },
        "compliance": {
            "defineYear": officers,
            "moveDeadline": officers,
            "excludeClasses": officers,
            "confirmAll": of_operators,
            "assign": of_operators,
            "reverseSurrender": officers,
            "addDebt": officers,
            "publish": officers,
        },
        "liens": {"unfreeze": officers},
        "holders": {
            "setSettings": council,
            "allowCall": council,
            "setRepresentative": accounts,
        },
        "gateway": {
            "admit": links,
            "proposeAgreement": links,
            "acceptAgreement": links,
            "endAgreement": links,
            "acceptEdition": links,
            "proposeTerms": links,
            "acceptTerms": links,
            "resume": links,
            "liftAbroad": officers,
            "proposeSuccession": links,
            "acceptSuccession": links,
        },
        "authority": {
            "grantRole": council,
            "revokeRole": council,
            "setTargetFunctionRole": council,
            "adoptProgramme": council,
            "adoptGateway": council,
            "setExclusion": council,
            "succeed": council,
        },
        "proposals": {"defineStep": council},
    }


def _pair(role: Role) -> Step:
    return Step(role, role)
