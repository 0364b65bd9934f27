"""Reading the contracts' typed errors out of a refused transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_utils.crypto import keccak

from registry_node.domain.references import symbol_of


@dataclass(frozen=True, slots=True)
class Refusal:
    """A typed error with its values by name."""

    name: str
    values: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{k}: {v}' for k, v in self.values.items())})"


def read_refusal(data: str, abis: Iterable[Iterable[Mapping[str, Any]]]) -> Refusal | None:
    """The error that `data` encodes, if one of the contracts has it."""
    selector, rest = data[:10], bytes.fromhex(data[10:])
    for entry in (entry for abi in abis for entry in abi if entry["type"] == "error"):
        types = [value["type"] for value in entry["inputs"]]
        signature = f"{entry['name']}({','.join(types)})"
        if "0x" + keccak(text=signature)[:4].hex() == selector:
            pairs = zip(entry["inputs"], decode(types, rest), strict=True)
            return Refusal(entry["name"], {p["name"]: _shown(p, value) for p, value in pairs})
    return None


def _shown(parameter: Mapping[str, Any], value: Any) -> Any:
    """As a person reads it: a class by its symbol, other words in digits."""
    if parameter["internalType"] == "ClassId":
        return symbol_of(value)
    return f"0x{value.hex()}" if isinstance(value, bytes) else value
