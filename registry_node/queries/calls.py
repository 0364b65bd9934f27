"""What a call of a programme's contract says, in clear: for proposals and requests."""

from __future__ import annotations

from functools import cache
from typing import Any

from eth_hash.auto import keccak

from registry_node.chain.abi import decode
from registry_node.chain.artifacts import load_artifact, signature
from registry_node.domain.references import symbol_of
from registry_node.queries import desks
from registry_node.queries.snapshot import Json, Snapshot, hexed
from registry_node.store.connection import NamedRow


def told(snapshot: Snapshot, registry: NamedRow, address: bytes, call: str) -> Json:
    """A call of the contract at `address`, in clear. `registry` has id, address and authority."""
    name, contract = target(snapshot, registry, address)
    function, arguments = in_clear(contract, bytes.fromhex(call))
    return {
        "target": name,
        "target_address": hexed(address),
        "function": function,
        "arguments": arguments,
        "call": f"0x{call}",
    }


def target(snapshot: Snapshot, registry: NamedRow, address: bytes) -> tuple[str, str | None]:
    """What a contract is called, and its artifact. Desks are the registry's own, replaced ones
    too."""
    if address == snapshot.directory.gateway:
        return "gateway", "LinkGateway"
    if address == registry["address"]:
        return "registry", "UnitRegistry"
    if address == registry["authority"]:
        return "authority", "ProgrammeAuthority"
    desk = desks.name_of(snapshot, registry["id"], address)
    return (desk, desks.CONTRACTS[desk]) if desk else ("unknown", None)


def in_clear(contract: str | None, call: bytes) -> tuple[str | None, list[Json]]:
    """The function that a call names, with its arguments; (None, []) when nobody can read it."""
    entry = _functions(contract).get(call[:4]) if contract else None
    if entry is None:
        return None, []
    try:
        values = decode([_type(item) for item in entry["inputs"]], call[4:])
    except ValueError:
        return None, []  # the contract would refuse it as well
    return entry["name"], [
        {"name": item["name"], "value": _shown(item, value)}
        for item, value in zip(entry["inputs"], values, strict=True)
    ]


def function_name(contract: str | None, selector: bytes) -> str | None:
    entry = _functions(contract).get(selector) if contract else None
    return entry["name"] if entry else None


@cache
def _functions(contract: str) -> dict[bytes, dict[str, Any]]:
    return {
        keccak(signature(entry).encode())[:4]: entry
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
    if item.get("internalType") == "ClassId":
        return symbol_of(value)
    if isinstance(value, bytes):
        return hexed(value)
    return value if isinstance(value, bool) else str(value)
