"""The contracts as `make compile` left them, for brownie's environment and the node's alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from scripts.compile import ARTIFACTS


@dataclass(frozen=True)
class Artifact:
    """A compiled contract."""

    name: str
    abi: Sequence[Mapping[str, Any]]
    bytecode: str


@cache
def committed(name: str) -> Artifact:
    """What the address of a contract answers, and the code that makes it."""
    content = json.loads((ARTIFACTS / f"{name}.json").read_text(encoding="utf-8"))
    return Artifact(name, content["abi"], content["bytecode"])


def all_committed() -> dict[str, Artifact]:
    """All contracts of the ledger. To compile them takes minutes."""
    return {
        name: committed(name) for name in sorted(path.stem for path in ARTIFACTS.glob("*.json"))
    }
