"""What a programme has set for all its accounts, in clear."""

from __future__ import annotations

from registry_node.domain.references import symbol_of
from registry_node.domain.words import TransactionType
from registry_node.queries import calls, find
from registry_node.queries.snapshot import Json, Snapshot
from registry_node.store.connection import NamedRow

ROLES = {
    0: "administrator",
    1: "account administrator",
    2: "issuer",
    3: "allocator",
    4: "compliance officer",
    5: "verifier",
    6: "link administrator",
    7: "guardian",
    9: "council",
    10: "province",
}
"""What the roles of `Roles.sol` are called that people have."""


def settings(snapshot: Snapshot, code: str) -> Json:
    """Delays, shares and limits, who orders which transactions, and which steps need two people.

    Delays and windows are in seconds, null when the programme has set none.
    """
    registry = find.registry(snapshot, code)
    rows = snapshot.all(
        "SELECT name, value FROM setting WHERE registry_id = :id"
        " AND from_height <= :h AND :h < to_height ORDER BY name",
        id=registry["id"],
    )
    known = {row["name"]: row["value"] for row in rows}

    def number(name: str) -> int | None:
        return int(known[name]) if name in known else None

    size = number("transfer-size-limit")
    return {
        "registry": registry["code"],
        "trust_delay": number("trust-delay"),
        "transfer_delay": number("transfer-delay"),
        "request_lifetime": number("request-lifetime"),
        "transfer_size_limit": str(size) if size else None,
        "reversal_window": number("reversal-window"),
        "sale_share_basis_points": number("sale-share"),
        "holding_limit_classes": [
            _class(snapshot, text) for text in known.get("holding-limit-classes", "").split()
        ],
        "desks": [_desk(snapshot, name, known[name]) for name in known if name.startswith("desk ")],
        "requests_allowed": [
            _function(snapshot, registry, name) for name in known if name.startswith("call ")
        ],
        "sensitive_steps": [
            {**_function(snapshot, registry, name), **_step(known[name])}
            for name in known
            if name.startswith("step ")
        ],
    }


def _class(snapshot: Snapshot, text: str) -> Json:
    """A class of the holding limit: the registry's address, and the class's token in digits."""
    address, _, token = text.partition(":")
    row = snapshot.one("SELECT code FROM registry WHERE address = ?", bytes.fromhex(address[2:]))
    return {"registry": row["code"] if row else address, "class": symbol_of(int(token, 16))}


def _desk(snapshot: Snapshot, name: str, address: str) -> Json:
    kind = TransactionType(int(name.split(" ")[1]))
    row = snapshot.one("SELECT name FROM desk WHERE address = ?", bytes.fromhex(address[2:]))
    return {
        "transaction_type": kind.number,
        "desk": row["name"] if row else "unknown",
        "address": address,
    }


def _function(snapshot: Snapshot, registry: NamedRow, name: str) -> Json:
    _, target, selector = name.split(" ")
    called, contract = calls.target(snapshot, registry, bytes.fromhex(target[2:]))
    return {
        "target": called,
        "target_address": target,
        "function": calls.function_name(contract, bytes.fromhex(selector[2:])),
        "selector": selector,
    }


def _step(text: str) -> Json:
    proposer, approver, delay, lifetime = map(int, text.split(" "))
    return {
        "proposer_role": ROLES.get(proposer, str(proposer)),
        "approver_role": ROLES.get(approver, str(approver)),
        "delay": delay,
        "lifetime": lifetime,
    }
