"""How one of the ledger's typed errors reads, and what roles, provinces and types are called."""

from __future__ import annotations

from dataclasses import dataclass

from registry_node.domain.errors import Refused, TonnelinkError
from registry_node.queries import roles

PROVINCE = 10
"""The role in a step that stands for whichever province the call names (`Roles.sol`)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How one error reads. `{name}` stands for the argument of that name."""

    message: str
    hint: str
    kind: type[TonnelinkError] = Refused


def role_name(number: int, province: int = 0) -> str:
    """What a role of `Roles.sol` is called. `province` is the one that a call names."""
    if number == PROVINCE and province:
        return province_name(province)
    return roles.name(number)


def province_name(number: int) -> str:
    return f"province {number}" if number else "no province"


def type_number(transaction_type: int) -> str:
    """A transaction type as the registries write it: "10-40", "3"."""
    primary, supplementary = divmod(transaction_type, 100)
    return f"{primary}-{supplementary}" if supplementary else str(primary)
