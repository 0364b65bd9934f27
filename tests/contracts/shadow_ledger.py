"""The shadow of the whole ledger: every contract by its address, and who may call what.

A part of the shadow has a method for each function that the machine calls, named alike, which takes
the caller and then the function's own arguments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.contracts.shadow import Clock, Refusal
from tests.contracts.shadow_authority import Authority
from tests.contracts.shadow_compliance import Compliance
from tests.contracts.shadow_gateway import Gateway
from tests.contracts.shadow_holders import Holders
from tests.contracts.shadow_issuance import Issuances
from tests.contracts.shadow_liens import Liens
from tests.contracts.shadow_proposals import Call, Proposals
from tests.contracts.shadow_registry import Registry
from tests.contracts.shadow_roles import ADMINISTRATION, GIVEN
from tests.contracts.words import Role, Type

Desk = Issuances | Compliance | Liens | Holders
# The transaction type by whose desk the others know which desk of a kind counts now.
KNOWN_BY = {"issuance": Type.ALLOCATION, "compliance": Type.SURRENDER, "liens": Type.ENCUMBRANCE}


@dataclass
class Programme:
    """One programme's contracts. A desk may have been replaced: the present one is meant."""

    code: str
    authority: Authority
    proposals: Proposals
    registry: Registry
    desks: dict[str, list[Desk]]  # of each kind, the first one and those that may follow it
    aside: bool = False  # somebody means the other one, if there is one

    def present(self, kind: str) -> int:
        """Which of the desks of a kind the registry knows."""
        if kind == "holders":
            known = self.registry.holder_desk
        else:
            known = self.registry.desks[KNOWN_BY[kind]]
        addresses = [desk.address for desk in self.desks[kind]]
        return addresses.index(known) if known in addresses else 0

    def desk(self, kind: str) -> Desk:
        desks = self.desks[kind]
        return desks[(self.present(kind) + self.aside) % len(desks)]

    @property
    def issuance(self) -> Issuances:
        return self.desk("issuance")  # type: ignore[return-value]

    @property
    def compliance(self) -> Compliance:
        return self.desk("compliance")  # type: ignore[return-value]

    @property
    def liens(self) -> Liens:
        return self.desk("liens")  # type: ignore[return-value]

    @property
    def holders(self) -> Holders:
        return self.desk("holders")  # type: ignore[return-value]


@dataclass(repr=False)
class Shadow:
    clock: Clock
    gateways: list[Gateway]
    parts: dict[str, Any]  # every contract, by its address
    programmes: dict[str, Programme] = field(default_factory=dict)
    candidate: Registry | None = None  # that is no member of a gateway yet
    over: int = 0  # by which gateway somebody acts

    @property
    def gateway(self) -> Gateway:
        return self.gateways[self.over]

    def turn_to(self, *, aside: bool, over: int) -> None:
        """What follows means a desk that was replaced, or another gateway."""
        self.over = over
        for p in self.programmes.values():
            p.aside = aside

    def call(self, by: str, call: Call) -> None:
        part = self.parts[call.target]
        self._check_caller(by, call, part)
        method = getattr(part, snake(call.function))
        if call.function == "execute":
            method(by, *call.args, self.call)
        else:
            method(by, *call.args)

    @staticmethod
    def _check_caller(by: str, call: Call, part: Any) -> None:
        if part.kind == "authority":
            if call.function in ADMINISTRATION and not part.has(Role.ADMINISTRATOR, by):
                raise Refusal("AccessManagerUnauthorizedAccount", by, Role.ADMINISTRATOR)
        elif part.kind != "gateway" and call.function in GIVEN[part.kind]:
            part.authority.require(by, call.target, call.function)


@cache
def snake(name: str) -> str:
    return re.sub("([A-Z])", lambda m: "_" + m[1].lower(), name)
