"""The contracts' ABI and bytecode, as committed by `scripts/compile.py`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from eth_hash.auto import keccak

from registry_node.domain.errors import InvalidInput

FOLDER = Path(__file__).parent / "artifacts"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str  # 0x..., creation code


@cache
def load_artifact(name: str) -> Artifact:
    """The artifact of a contract, e.g. "UnitRegistry". Raises `InvalidInput` when there is none."""
    path = FOLDER / f"{name}.json"
    try:
        content = orjson.loads(path.read_bytes())
        return Artifact(content["contractName"], content["abi"], content["bytecode"])
    except FileNotFoundError as error:
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.json")))
        raise InvalidInput(f"There is no artifact of '{name}'.", f"There are: {known}.") from error
    except (ValueError, KeyError) as error:
        raise InvalidInput(
            f"{path} is not an artifact: {error!r}.", "Write it again with 'make compile'."
        ) from error


def signature(entry: dict[str, Any]) -> str:
    """The canonical signature of a function or event: `raiseCap(uint256,uint40)`."""
    return f"{entry['name']}({','.join(_type(i) for i in entry['inputs'])})"


def event_abi(contract: str, event: str) -> dict[str, Any]:
    """What the ABI says of an event. Our contracts overload no name."""
    return _entry(contract, "event", event)


def function_abi(contract: str, function: str) -> dict[str, Any]:
    """The same of a function."""
    return _entry(contract, "function", function)


def topic(contract: str, event: str) -> bytes:
    """The first topic of an event."""
    return keccak(signature(event_abi(contract, event)).encode())


def selector(contract: str, function: str) -> bytes:
    """The four bytes that call a function. Our contracts overload no name."""
    return keccak(signature(function_abi(contract, function)).encode())[:4]


def argument_types(contract: str, function: str) -> list[str]:
    """The types of a function's arguments, as `eth_abi` wants them."""
    return [_type(item) for item in _entry(contract, "function", function)["inputs"]]


def _entry(contract: str, kind: str, name: str) -> dict[str, Any]:
    for entry in load_artifact(contract).abi:
        if entry["type"] == kind and entry["name"] == name:
            return entry
    raise InvalidInput(
        f"{contract} has no {kind} '{name}'.", "Write the artifacts: 'make compile'."
    )


def _type(item: dict[str, Any]) -> str:
    if "components" not in item:
        return str(item["type"])
    return f"({','.join(_type(part) for part in item['components'])}){item['type'][5:]}"
