"""Reading bytes that somebody else wrote: one way to write each value, or it is refused.

A statement must not be changeable without notice, so what has two spellings elsewhere has one here:
lowercase hexadecimal, base64url without padding or loose bits, JSON without repeated names.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from registry_node.domain import foreign

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class Malformed(ValueError):
    """The bytes are not in their one form; the message says how."""


def read_json(data: bytes | str) -> Any:
    """JSON in UTF-8, without repeated names, fractions or NaN. Raises `Malformed`."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        foreign.loads(text)  # bounds the depth
        return json.loads(  # noqa: TID251  # only it tells of repeated names
            text,
            object_pairs_hook=_members,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise Malformed(f"it is not JSON: {error}") from error


def read_object(data: bytes | str) -> dict[str, Any]:
    """A JSON object. Raises `Malformed`."""
    document = read_json(data)
    if not isinstance(document, dict):
        raise Malformed("it is not a JSON object")
    return document


def write_json(document: Any) -> bytes:
    """The one form in which the project writes JSON that is signed: sorted, without spaces."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def unhex(value: Any, size: int | None = None) -> bytes:
    """The bytes of 0x and lowercase hexadecimal digits. Raises `Malformed`."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise Malformed("it is not 0x and pairs of lowercase hexadecimal digits")
    data = bytes.fromhex(value[2:])
    if size is not None and len(data) != size:
        raise Malformed(f"it has {len(data)} bytes instead of {size}")
    return data


def unbase64(value: Any) -> bytes:
    """The bytes of base64url without padding. Raises `Malformed`."""
    if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
        raise Malformed("it is not base64url")
    try:
        data = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except ValueError as error:
        raise Malformed("it is not base64url") from error
    if to_base64(data) != value:
        raise Malformed("its last letter has bits that mean nothing")
    return data


def to_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name occurs twice in one object")
    return found


def _no_fraction(text: str) -> Any:
    raise Malformed(f"{text} is no whole number")
