"""What a programme has set for all its accounts, in clear."""

from __future__ import annotations

from registry_node.domain.references import symbol_of
from registry_node.domain.words import TransactionType
from registry_node.queries import calls, desks, editions, find, roles
from registry_node.queries.snapshot import Json, Snapshot, hexed
from registry_node.store.connection import NamedRow


def settings(snapshot: Snapshot, code: str) -> Json:
    """Delays, shares and limits, who orders which transactions, and which steps need two people.

    Delays and windows are in seconds, null when the programme has set none.
    """
    registry = find.registry(snapshot, code)
    followed = _contracts(snapshot, registry)
    rows = snapshot.all(
        "SELECT contract, name, value FROM setting WHERE registry_id = :id"
        " AND from_height <= :h AND :h < to_height ORDER BY name",
        id=registry["id"],
    )
    known = {row["name"]: row["value"] for row in rows if row["contract"] in followed}

    def number(name: str) -> int | None:
        return int(known[name]) if name in known else None

    size, block = number("transfer-size-limit"), number("block-size")
    return {
        "registry": registry["code"],
        "trust_delay": number("trust-delay"),
        "transfer_delay": number("transfer-delay"),
        "request_lifetime": number("request-lifetime"),
        "transfer_size_limit": str(size) if size else None,
        "block_trade_size": str(block) if block else None,
        "reversal_window": number("reversal-window"),
        "sale_share_basis_points": number("sale-share"),
        "holding_limit_classes": [
            _class(snapshot, text) for text in known.get("holding-limit-classes", "").split()
        ],
        "desks": [
            _desk(snapshot, registry, name, known[name])
            for name in known
            if name.startswith("desk ")
        ],
        "requests_allowed": [
            _function(snapshot, registry, name) for name in known if name.startswith("call ")
        ],
        "sensitive_steps": [
            {**_function(snapshot, registry, name), **_step(known[name])}
            for name in known
            if name.startswith("step ")
        ],
        "contracts": [
            {"name": name, "address": hexed(address), **editions.code(snapshot, address)}
            for address, name in followed.items()
        ],
        "replaced_desks": _replaced(snapshot, registry, followed),
    }


def _contracts(snapshot: Snapshot, registry: NamedRow) -> dict[bytes, str]:
    """The registry, and the desks that the programme follows."""
    rows = snapshot.all(
        "SELECT name, desk FROM office WHERE registry_id = :id"
        " AND from_height <= :h AND :h < to_height ORDER BY name",
        id=registry["id"],
    )
    return {registry["address"]: "registry", **{row["desk"]: row["name"] for row in rows}}


def _replaced(snapshot: Snapshot, registry: NamedRow, followed: dict[bytes, str]) -> list[Json]:
    """Desks that were followed once; what they kept is still there."""
    rows = snapshot.all(
        "SELECT name, desk, MAX(to_height) AS ended FROM office WHERE registry_id = :id"
        " AND from_height <= :h GROUP BY name, desk ORDER BY ended",
        id=registry["id"],
    )
    return [
        {"name": row["name"], "address": hexed(row["desk"]), "until_block": row["ended"]}
        for row in rows
        if row["desk"] not in followed
    ]


def _class(snapshot: Snapshot, text: str) -> Json:
    """A class of the holding limit: the registry's address, and the class's token in digits."""
    address, _, token = text.partition(":")
    row = snapshot.one("SELECT code FROM registry WHERE address = ?", bytes.fromhex(address[2:]))
    return {"registry": row["code"] if row else address, "class": symbol_of(int(token, 16))}


def _desk(snapshot: Snapshot, registry: NamedRow, name: str, address: str) -> Json:
    kind = TransactionType(int(name.split(" ")[1]))
    desk = desks.name_of(snapshot, registry["id"], bytes.fromhex(address[2:]))
    return {"transaction_type": kind.number, "desk": desk or "unknown", "address": address}


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
    proposer, approver, delay, lifetime, _ = map(int, text.split(" "))
    return {
        "proposer_role": roles.name(proposer),
        "approver_role": roles.name(approver),
        "delay": delay,
        "lifetime": lifetime,
    }
