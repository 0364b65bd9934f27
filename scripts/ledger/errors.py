"""Reading the contracts' typed errors out of a refused transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_utils.crypto import keccak


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
            names = [value["name"] for value in entry["inputs"]]
            return Refusal(entry["name"], dict(zip(names, decode(types, rest), strict=True)))
    return None
