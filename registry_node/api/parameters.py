"""What a request may say: each parameter once, with its reading and its description."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from registry_node.api.problems import InvalidParameters
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import (
    MAX_SERIAL,
    is_whole,
    parse_address,
    parse_code,
    parse_link,
    parse_quantity,
    parse_serial,
    parse_symbol,
)
from registry_node.domain.words import TransactionType
from registry_node.queries.movements import LOT_STATUSES
from registry_node.queries.paging import DEFAULT_LIMIT, MOST
from registry_node.queries.proposals import STATES as PROPOSAL_STATES
from registry_node.queries.requests import STATES as REQUEST_STATES
from registry_node.queries.snapshot import Json

_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_YEARS = range(1900, 2**16)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `parse` raises `InvalidInput`."""

    name: str
    parse: Callable[[str], Any]
    description: str
    schema: Mapping[str, Any]
    target: str = ""
    """The keyword that the handler gets the value as; the name, when nothing else is said."""
    in_path: bool = False
    required: bool = False

    def __post_init__(self) -> None:
        if not self.target:
            object.__setattr__(self, "target", self.name)

    def to_openapi(self) -> Json:
        return {
            "name": self.name,
            "in": "path" if self.in_path else "query",
            "required": self.in_path or self.required,
            "description": self.description,
            "schema": dict(self.schema),
        }


def read(
    query: bytes, path: Mapping[str, str], parameters: Mapping[str, Parameter]
) -> dict[str, Any]:
    """Every parameter that was given, by target; `parameters` are by name. Raises one error that
    names all wrong ones."""
    given = _pairs(query)
    values: dict[str, Any] = {}
    errors: list[Json] = []
    seen = set()
    for in_path, pairs in ((True, path.items()), (False, given)):
        for name, text in pairs:
            parameter = parameters.get(name)
            if parameter is None or parameter.in_path is not in_path:
                errors.append(_unknown(name, parameters))
            elif name in seen:
                errors.append(_repeated(name))
            else:
                seen.add(name)
                try:
                    values[parameter.target] = parameter.parse(text)
                except InvalidInput as error:
                    errors.append(_error(parameter, error.message, error.hint))
    missing = [p for name, p in parameters.items() if p.required and name not in seen]
    if errors or missing:
        raise InvalidParameters([*map(_missing, missing), *errors])
    return values


def _pairs(query: bytes) -> list[tuple[str, str]]:
    """The names and values of a query, in their order."""
    text = query.decode("latin-1")
    if "%" in text or "+" in text:
        return parse_qsl(text, keep_blank_values=True)
    return [
        (name, value)
        for part in text.split("&")
        if part
        for name, _, value in (part.partition("="),)
    ]


def _error(parameter: Parameter, detail: str, hint: str) -> Json:
    return {
        "parameter": parameter.name,
        "detail": f"{parameter.name}: {detail}"
        if detail[0] == "'"
        else f"{parameter.name} {detail}.",
        "hint": hint,
    }


def _missing(parameter: Parameter) -> Json:
    return _error(parameter, "is missing", parameter.description)


def _unknown(name: str, parameters: Mapping[str, Parameter]) -> Json:
    names = [p.name for p in parameters.values() if not p.in_path]
    hint = f"Known here: {', '.join(names)}."
    return {"parameter": name, "detail": f"{name} is unknown.", "hint": hint}


def _repeated(name: str) -> Json:
    detail = f"{name} is given more than once."
    return {"parameter": name, "detail": detail, "hint": "Give it once."}


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not is_whole(text) or not low <= int(text) <= high:
            raise InvalidInput(f"'{text}' is not possible.", f"A whole number, {low} to {high}.")
        return int(text)

    return parse


def parse_hash(text: str) -> bytes:
    """32 bytes of a transaction's hash."""
    if not _HASH.fullmatch(text):
        raise InvalidInput(
            f"'{text}' is not a transaction hash.", "Hashes are 0x and 64 hexadecimal digits."
        )
    return bytes.fromhex(text[2:])


def parse_type(text: str) -> int:
    """A transaction type: 10-40, 1040 or allocation."""
    for kind in TransactionType:
        if text in _names(kind):
            return kind.value
    known = ", ".join(f"{kind.number} {kind.name.lower()}" for kind in TransactionType)
    raise InvalidInput(f"'{text}' is not a transaction type.", f"Types: {known}.")


def _names(kind: TransactionType) -> tuple[str, str, str]:
    return kind.number, str(kind.value), kind.name.lower().replace("_", "-")


def _state(states: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in states:
            raise InvalidInput(f"'{text}' is not a state.", f"One of {', '.join(states)}.")
        return text

    return parse


def _status(text: str) -> str:
    if text not in LOT_STATUSES:
        raise InvalidInput(f"'{text}' is not a status.", f"One of {', '.join(LOT_STATUSES)}.")
    return text


_ONE_CODE = r"[A-Z]{2}(-[A-Z0-9]{1,3})?"
_CODE = {"type": "string", "pattern": f"^{_ONE_CODE}$", "example": "KR"}
_SYMBOL = {"type": "string", "pattern": r"^[A-Z0-9.\-]{1,31}$", "example": "KAU-2017"}
_ADDRESS = {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"}
_LINK = {
    "type": "string",
    "pattern": f"^({_ONE_CODE}_{_ONE_CODE}|[0-9]{{1,10}})$",
    "example": "CN_KR",
}
_UNITS = {"type": "integer", "minimum": 1, "maximum": MAX_SERIAL}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
_TYPES = {"type": "string", "enum": [text for kind in TransactionType for text in _names(kind)]}

AT = Parameter(
    "at",
    _whole(0, 2**63 - 1),
    "A past ledger height to answer for; the head when it is not given.",
    {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
)
LIMIT = Parameter(
    "limit",
    _whole(1, MOST),
    "The most items on a page.",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
)
CURSOR = Parameter(
    "cursor",
    str,
    "next_cursor of the page before.",
    {"type": "string", "pattern": "^[A-Za-z0-9_\\-]+$"},
)

CODE = Parameter("code", parse_code, "A programme's code.", _CODE, in_path=True)
REGISTRY_IN_PATH = Parameter("registry", parse_code, "A programme's code.", _CODE, in_path=True)
CLASS_IN_PATH = Parameter(
    "class", parse_symbol, "A unit class of the registry.", _SYMBOL, "symbol", in_path=True
)
SERIAL = Parameter("serial", parse_serial, "A serial number.", _UNITS, in_path=True)
ADDRESS = Parameter(
    "address", parse_address, "An account's address.", _ADDRESS, "address", in_path=True
)
LINK_ID = Parameter(
    "id",
    parse_link,
    "A link: source_destination, or the ledger's number.",
    _LINK,
    "wanted",
    in_path=True,
)

REGISTRY = Parameter("registry", parse_code, "Only this registry.", _CODE)
CLASS = Parameter("class", parse_symbol, "Only this unit class.", _SYMBOL, "symbol")
ACCOUNT = Parameter("account", parse_address, "Only this account.", _ADDRESS, "address")
TYPE = Parameter(
    "type",
    parse_type,
    "Only this transaction type: 10-40 or allocation.",
    _TYPES,
    "transaction_type",
)
TRANSACTION = Parameter(
    "tx",
    parse_hash,
    "Only this transaction.",
    {"type": "string", "pattern": "^0x[0-9a-fA-F]{64}$"},
    "transaction",
)
LINK = Parameter("link", parse_link, "Only this link: CN_KR.", _LINK)
STATUS = Parameter(
    "status", _status, "Only lots in this status.", {"type": "string", "enum": list(LOT_STATUSES)}
)
PROPOSAL_STATE = Parameter(
    "state",
    _state(PROPOSAL_STATES[1:]),
    "Only proposals in this state.",
    {"type": "string", "enum": list(PROPOSAL_STATES[1:])},
)
REQUEST_STATE = Parameter(
    "state",
    _state(REQUEST_STATES[1:]),
    "Only requests in this state.",
    {"type": "string", "enum": list(REQUEST_STATES[1:])},
)
REQUEST_NUMBER = Parameter(
    "number", _whole(1, 2**63 - 1), "The request's number.", _NUMBER, in_path=True
)
PROPOSAL_NUMBER = Parameter(
    "number", _whole(1, 2**63 - 1), "The proposal's number.", _NUMBER, in_path=True
)
YEAR = Parameter(
    "year",
    _whole(_YEARS.start, _YEARS.stop - 1),
    "Only this compliance year.",
    {"type": "integer", "minimum": _YEARS.start, "maximum": _YEARS.stop - 1},
)
ONE_REGISTRY = Parameter("registry", parse_code, "A programme's code.", _CODE)
ONE_ACCOUNT = Parameter("account", parse_address, "An account's address.", _ADDRESS)
ONE_CLASS = Parameter("class", parse_symbol, "A unit class of the registry.", _SYMBOL, "symbol")
ONE_SERIAL = Parameter("serial", parse_serial, "A serial number.", _UNITS)
ONE_LINK = Parameter("link", parse_link, "A link: CN_KR.", _LINK)
QUOTED_CLASS = Parameter(
    "class", parse_symbol, "The unit class at the source.", _SYMBOL, "symbol", required=True
)
QUANTITY = Parameter(
    "quantity", parse_quantity, "Source units offered, in tonnes.", _UNITS, required=True
)
