"""The shadow of the whole ledger: every contract by its address, and who may call what.

A part of the shadow has a method for each function that the machine calls, named alike, which takes
the caller and then the function's own arguments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from eth_utils.crypto import keccak

from tests.contracts.shadow import Clock, Refusal
from tests.contracts.shadow_authority import Authority, Call, Proposals
from tests.contracts.shadow_compliance import Compliance
from tests.contracts.shadow_desks import Issuances, Liens
from tests.contracts.shadow_holders import Holders
from tests.contracts.shadow_links import Gateway
from tests.contracts.shadow_registry import Registry
from tests.contracts.words import Role

# Who may call at all; what is not here is open, or asks by itself.
RESTRICTED = {
    "registry": {
        "openAccount": Role.ACCOUNT_ADMINISTRATOR,
        "restrictAccount": Role.COMPLIANCE_OFFICER,
        "setAccountControls": Role.CONTROLS,
        **dict.fromkeys(
            ("setAccountStatus", "setHoldingLimitClasses", "raiseCap", "sealClass", "setSaleShare"),
            Role.PROPOSAL_DESK,
        ),
    },
    "issuance": {
        "recordVerification": Role.VERIFIER,
        "moveCentrally": Role.ALLOCATOR,
        **dict.fromkeys(
            ("issue", "correctIssuance", "allocate", "deliver", "requirePaidShare",
             "reverseAllocation"),
            Role.PROPOSAL_DESK,
        ),
    },
    "compliance": {
        "attest": Role.VERIFIER,
        "confirm": Role.COMPLIANCE_OFFICER,
        "publish": Role.COMPLIANCE_OFFICER,
        **dict.fromkeys(
            ("defineYear", "moveDeadline", "excludeCategory", "assign", "reverseSurrender",
             "addDebt"),
            Role.PROPOSAL_DESK,
        ),
    },
    "liens": {"freeze": Role.COMPLIANCE_OFFICER, "unfreeze": Role.PROPOSAL_DESK},
    "holders": {"setSettings": Role.PROPOSAL_DESK, "setRepresentative": Role.PROPOSAL_DESK},
    "gateway": {
        "lowerQuota": Role.LINK_ADMINISTRATOR,
        "suspend": Role.LINK_ADMINISTRATOR,
        **dict.fromkeys(
            ("proposeAgreement", "acceptAgreement", "proposeTerms", "acceptTerms", "resume"),
            Role.PROPOSAL_DESK,
        ),
    },
}  # fmt: skip


@dataclass
class Programme:
    code: str
    authority: Authority
    proposals: Proposals
    registry: Registry
    issuance: Issuances
    compliance: Compliance
    liens: Liens
    holders: Holders


@dataclass
class Shadow:
    clock: Clock
    gateway: Gateway
    programmes: dict[str, Programme] = field(default_factory=dict)
    parts: dict[str, tuple[Any, Authority | None]] = field(default_factory=dict)  # by address

    def call(self, by: str, call: Call) -> None:
        part, authority = self.parts[call.target]
        target = (call.target, call.function)
        role = authority.restricted.get(target) if authority else None
        if role is not None and authority and not authority.has(role, by):
            raise Refusal("AccessManagedUnauthorized", by)
        method, args = getattr(part, _snake(call.function)), call.args
        if call.function == "execute":
            method(by, *args, self.call)
        elif call.function == "approve":
            waiting = part.proposals if isinstance(part, Proposals) else part.requests
            data = waiting[args[0]].call.data if args[0] in waiting else b""
            method(by, *args, keccak(data))
        else:
            method(by, *args)


@cache
def _snake(name: str) -> str:
    return re.sub("([A-Z])", lambda m: "_" + m[1].lower(), name)
