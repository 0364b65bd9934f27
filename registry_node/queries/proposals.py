"""Sensitive steps: who proposed what, who approved it, and what it would do, in clear."""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_utils.crypto import keccak

from registry_node.chain.artifacts import load_artifact, signature
from registry_node.domain.errors import NotFound
from registry_node.domain.references import symbol_of
from registry_node.queries import find
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment

STATES = ("none", "proposed", "approved", "executed", "stopped", "expired")
"""As the proposal desk numbers them."""

_OPEN = (1, 2)

DESKS = {
    "proposals": "ProposalDesk",
    "issuance": "IssuanceDesk",
    "compliance": "ComplianceDesk",
    "liens": "LienDesk",
    "holders": "HolderDesk",
}
"""The contracts around a registry, by the names that the deployment gives them."""

_PROPOSAL = """
SELECT p.*, r.code, r.address AS registry, r.authority FROM proposal p
JOIN registry r ON r.id = p.registry_id
WHERE p.from_height <= :h AND :h < p.to_height
  AND (:registry_id IS NULL OR p.registry_id = :registry_id)
"""


def proposals(
    snapshot: Snapshot, page: Page, *, registry: str | None = None, state: str | None = None
) -> Listing:
    """Proposals by registry and number."""
    registry_id = find.registry(snapshot, registry)["id"] if registry else None
    after_registry, after = page.keys(0, 0)
    rows = snapshot.all(
        _PROPOSAL + " AND (p.registry_id, p.number) > (:after_registry, :after)"
        " AND (:state IS NULL OR :state = CASE WHEN p.state IN (1, 2) AND p.deadline < :now"
        " THEN 5 ELSE p.state END) ORDER BY p.registry_id, p.number LIMIT :limit",
        registry_id=registry_id,
        after_registry=after_registry,
        after=after,
        state=STATES.index(state) if state else None,
        now=snapshot.as_of.timestamp,
        limit=page.limit + 1,
    )
    items = [_proposal(snapshot, row) for row in rows]
    return listing(snapshot, page, items, [(r["registry_id"], r["number"]) for r in rows])


def proposal(snapshot: Snapshot, registry: str, number: int) -> Json:
    """One proposal. Raises `NotFound`."""
    row = snapshot.one(
        _PROPOSAL + " AND p.number = :number",
        registry_id=find.registry(snapshot, registry)["id"],
        number=number,
    )
    if row is None:
        raise NotFound(
            f"{registry} has no proposal {number}.", f"See 'tonnelink proposal list {registry}'."
        )
    return _proposal(snapshot, row)


def _proposal(snapshot: Snapshot, row: sqlite3.Row) -> Json:
    late = row["state"] in _OPEN and snapshot.as_of.timestamp > row["deadline"]
    target, contract = _target(snapshot, row)
    function, arguments = in_clear(contract, bytes.fromhex(row["call"]))

    def person(column: str) -> Json | None:
        address = row[column]
        if address is None:
            return None
        return {"address": hexed(address), "label": snapshot.label(row["registry_id"], address)}

    return {
        "registry": row["code"],
        "number": row["number"],
        "state": "expired" if late else STATES[row["state"]],
        "target": target,
        "target_address": hexed(row["target"]),
        "function": function,
        "arguments": arguments,
        "call": f"0x{row['call']}",
        "call_hash": hexed(keccak(hexstr=row["call"])),
        "proposer": person("proposer"),
        "approver": person("approver"),
        "ended_by": person("ended_by"),
        "deadline": moment(row["deadline"]),
        "ready_at": None if row["ready_at"] is None else moment(row["ready_at"]),
    }


def _target(snapshot: Snapshot, row: sqlite3.Row) -> tuple[str, str | None]:
    """What the target is called, and its artifact."""
    address = row["target"]
    if address == snapshot.directory.gateway:
        return "gateway", "LinkGateway"
    if address == row["registry"]:
        return "registry", "UnitRegistry"
    if address == row["authority"]:
        return "authority", "ProgrammeAuthority"
    desk = snapshot.one("SELECT name FROM desk WHERE address = :address", address=address)
    return (desk["name"], DESKS[desk["name"]]) if desk else ("unknown", None)


def in_clear(contract: str | None, call: bytes) -> tuple[str | None, list[Json]]:
    """The function that a call names, with its arguments; (None, []) when nobody knows it."""
    entry = _functions(contract).get(call[:4]) if contract else None
    if entry is None:
        return None, []
    types = [_type(item) for item in entry["inputs"]]
    values = decode(types, call[4:])
    return entry["name"], [
        {"name": item["name"], "value": _shown(item, value)}
        for item, value in zip(entry["inputs"], values, strict=True)
    ]


@cache
def _functions(contract: str) -> dict[bytes, dict[str, Any]]:
    return {
        keccak(text=signature(entry))[:4]: entry
        for entry in load_artifact(contract).abi
        if entry["type"] == "function"
    }


def _type(item: dict[str, Any]) -> str:
    return signature({"name": "", "inputs": [item]})[1:-1]


def _shown(item: dict[str, Any], value: Any) -> Any:
    """Values as a person reads them: classes by symbol, structs by their members' names."""
    if item["type"].endswith("[]"):
        one = {**item, "type": item["type"][:-2]}
        return [_shown(one, member) for member in value]
    if "components" in item:
        parts = zip(item["components"], value, strict=True)
        return {part["name"]: _shown(part, member) for part, member in parts}
    if item["name"] in {"classId", "quotaClass", "originClass"}:
        return symbol_of(value)
    if isinstance(value, bytes):
        return hexed(value)
    return value if isinstance(value, bool) else str(value)
