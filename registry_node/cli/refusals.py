"""The ledger's typed errors in sentences: what was wrong, and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_hash.auto import keccak

from registry_node.chain.artifacts import load_artifact, signature
from registry_node.cli import refusals_decisions, refusals_desks, refusals_links, refusals_registry
from registry_node.cli.wording import (
    Wording,
    province_name,
    role_name,
    type_number,
)
from registry_node.domain.errors import Refused, TonnelinkError
from registry_node.domain.references import symbol_of
from registry_node.domain.words import AccountKind, AccountStatus, UnitType
from registry_node.interchange.names import ALLOCATION_KINDS
from registry_node.queries import desks, proposals, requests
from registry_node.queries.compliance import EMISSIONS
from registry_node.queries.snapshot import moment, short_memo

CONTRACTS = (
    "UnitRegistry",
    "LinkGateway",
    "ProgrammeAuthority",
    "LedgerProxy",
    *desks.CONTRACTS.values(),
)
"""Every contract whose errors somebody may meet."""

# By the error's name; by name and arguments where two contracts have errors of one name.
WORDINGS: Mapping[str, Wording] = {
    **refusals_registry.ACCOUNTS,
    **refusals_registry.UNITS,
    **refusals_desks.ISSUANCE,
    **refusals_desks.COMPLIANCE,
    **refusals_decisions.PROPOSALS,
    **refusals_decisions.HOLDERS,
    **refusals_decisions.LIENS,
    **refusals_decisions.AUTHORITY,
    **refusals_decisions.CODE,
    **refusals_links.AGREEMENTS,
    **refusals_links.TRANSFERS,
}

_OTHER = Wording(
    "The ledger refused it without saying why.", "Nothing has changed. See 'tonnelink verify'."
)


@dataclass(frozen=True, slots=True)
class Names:
    """How addresses and links are called here."""

    account: Callable[[str], str]
    link: Callable[[int], str]


def explained(data: Any, names: Names) -> TonnelinkError:
    """The typed error in revert data, worded."""
    raw = bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""
    entry = _entries("error").get(raw[:4])
    if entry is None:
        return unexplained()
    inputs = entry["inputs"]
    values = decode([item["type"] for item in inputs], raw[4:])
    arguments = [
        (item["name"], item["type"], value) for item, value in zip(inputs, values, strict=True)
    ]
    return refusal(entry["name"], arguments, names)


def refusal(name: str, arguments: Iterable[tuple[str, str, Any]], names: Names) -> TonnelinkError:
    """The error that a person reads. `arguments` are (name, Solidity type, value)."""
    values = {key: _worded(name, key, kind, value, names) for key, kind, value in arguments}
    # Where two contracts give a name to different errors, their arguments tell them apart.
    wording = WORDINGS.get(name) or WORDINGS.get(f"{name}({', '.join(values)})")
    if wording is None:
        told = ", ".join(f"{key} {value}" for key, value in values.items())
        return Refused(f"The ledger refused it: {name}({told}).", "Nothing has changed.")
    return wording.kind(
        wording.message.format(**values), wording.hint.format(**values), error=name, **values
    )


def unexplained() -> TonnelinkError:
    """A revert that carries no typed error."""
    return Refused(_OTHER.message, _OTHER.hint)


def _words(enum: type[IntEnum], zero: str = "NONE") -> Sequence[str]:
    return (zero, *(member.name for member in enum if member))


_STATUSES, _KINDS = _words(AccountStatus), _words(AccountKind)
_PROPOSAL_STATES = ("unknown", *proposals.STATES[1:])
_REQUEST_STATES = ("unknown", *requests.STATES[1:])

# What numbers mean: by the error and its argument, else by the argument alone.
_ENUMERATED: Mapping[tuple[str, str], Sequence[str]] = {
    ("ProposalNot", "expected"): _PROPOSAL_STATES,
    ("ProposalNot", "actual"): _PROPOSAL_STATES,
    ("RequestNot", "expected"): _REQUEST_STATES,
    ("RequestNot", "actual"): _REQUEST_STATES,
    ("RightMissing", "right"): ("act", "initiate", "approve", "act"),
    ("LienKindIs", "kind"): ("none", "a freeze", "a pledge", "lifted"),
    ("AccountKindInvalid", "kind"): _KINDS,
    ("AccountOfAuthority", "kind"): _KINDS,
    ("", "kind"): ALLOCATION_KINDS,
    ("", "status"): _STATUSES,
    ("", "from"): _STATUSES,
    ("", "to"): _STATUSES,
    ("", "state"): ("not attested yet", *EMISSIONS[1:]),
    ("", "unitType"): _words(UnitType),
}
_DATES = {"validFrom", "validUntil"}
_TIMES = {"deadline", "readyAt", "until", "endsAt"}
_CLASSES = {"classId", "tokenId"}
_ROLES = {"role", "roleId", "held", "granted"}
_PLAIN = {"first", "block_", "previous", "version", "quoted", "inForce", "agreementId", "lotId"}
_PLAIN |= {"id", "year", "vintage", "lienId", "allocationId", "number", "index", "bits"}


def _worded(error: str, key: str, kind: str, value: Any, names: Names) -> str:
    """One argument as people call it."""
    if kind == "address":
        return names.account(value)
    if kind == "bytes32":
        return short_memo(value)
    if kind == "bytes4":
        return _function_name(value)
    if kind == "uint8":
        words = _ENUMERATED.get((error, key)) or _ENUMERATED.get(("", key), ())
        return words[value] if value < len(words) else str(value)
    return _number(key, kind, value, names) if isinstance(value, int) else str(value)


def _number(key: str, kind: str, value: int, names: Names) -> str:
    """A number, or what it stands for."""
    worded = str(value) if key in _PLAIN else f"{value:,}"
    if key in _CLASSES:
        worded = symbol_of(value) if value else "0"
    elif key in _ROLES and kind == "uint64":
        worded = role_name(value)
    elif key == "province":
        worded = province_name(value)
    elif key == "transactionType":
        worded = type_number(value)
    elif key == "linkId":
        worded = names.link(value)
    elif key in _DATES | _TIMES:
        worded = moment(value)[:10] if key in _DATES else moment(value)
    return worded


def _function_name(selector: bytes) -> str:
    entry = _entries("function").get(selector)
    return str(entry["name"]) if entry else f"0x{selector.hex()}"


@cache
def _entries(kind: str) -> dict[bytes, dict[str, Any]]:
    """The errors, or functions, of every contract by the four bytes that name them."""
    return {
        keccak(signature(entry).encode())[:4]: entry
        for contract in CONTRACTS
        for entry in load_artifact(contract).abi
        if entry["type"] == kind
    }
