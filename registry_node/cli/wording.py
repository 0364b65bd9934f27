"""How one of the ledger's typed errors reads."""

from __future__ import annotations

from dataclasses import dataclass

from registry_node.domain.errors import Refused, TonnelinkError


@dataclass(frozen=True, slots=True)
class Wording:
    """How one error reads. `{name}` stands for the argument of that name."""

    message: str
    hint: str
    kind: type[TonnelinkError] = Refused
