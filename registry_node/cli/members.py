"""The members of the ledger's structs, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry_node.queries.snapshot import Json


def members(question: Any, answer: Sequence[Any]) -> Json:
    """A struct by its members' names: the only or first output of a view function of web3."""
    names = (member["name"] for member in question.abi["outputs"][0]["components"])
    return dict(zip(names, answer, strict=True))
