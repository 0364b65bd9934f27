"""Logs as the contracts would write them, for tests that have no chain."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from eth_abi import encode

from registry_node.chain.artifacts import load_artifact, topic
from registry_node.domain.ledger import Header, RawLog


def hash_of(*names: object) -> bytes:
    return sha256(repr(names).encode()).digest()


def make_header(number: int, branch: str = "", parent: Header | None = None) -> Header:
    """A header of a made-up chain; branches share nothing but what `parent` says."""
    before = parent.hash if parent else hash_of("block", number - 1, branch)
    return Header(number, hash_of("block", number, branch), before, 1_700_000_000 + number)


def event_abi(contract: str, event: str) -> dict[str, Any]:
    return next(
        entry
        for entry in load_artifact(contract).abi
        if entry["type"] == "event" and entry["name"] == event
    )


def type_of(item: dict[str, Any]) -> str:
    if "components" not in item:
        return str(item["type"])
    return f"({','.join(type_of(part) for part in item['components'])}){item['type'][5:]}"


def make_log(
    contract: str,
    event: str,
    values: list[Any],
    *,
    address: bytes,
    header: Header,
    log_index: int = 0,
) -> RawLog:
    """The log of an event; `values` are in the order of its declaration.

    Of UnitsMoved, first, count, transaction type and state may be given apart.
    """
    if event == "UnitsMoved" and len(values) > 4:
        first, count, kind, state = values[3:]
        values = [*values[:3], first | count << 40 | kind << 80 | state << 96]
    inputs = event_abi(contract, event)["inputs"]
    fields = list(zip(inputs, values, strict=True))
    topics = b"".join(encode([type_of(i)], [value]) for i, value in fields if i["indexed"])
    plain = [(type_of(i), value) for i, value in fields if not i["indexed"]]
    data = encode([kind for kind, _ in plain], [value for _, value in plain])
    return RawLog(
        header.number,
        header.hash,
        log_index,
        hash_of("tx", header.hash, log_index // 4),
        address,
        topic(contract, event) + topics,
        data,
    )
