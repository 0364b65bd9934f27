"""JSON that somebody else wrote, held to a depth that everything after it can stand.

Walking deep values, to compare, print or check them, takes a level of the stack for each of theirs.
A dependency of the node raises Python's limit so far that the stack ends before the limit does.
"""

from __future__ import annotations

from typing import Any

import orjson

MOST_LEVELS = 64
"""Lists and objects inside each other; nothing that the node reads has ten."""

_ORJSON = 1024
"""How deep orjson goes. It counts for us: what it reads stands in so many lists already."""

_OPEN, _CLOSE = b"[" * (_ORJSON - MOST_LEVELS), b"]" * (_ORJSON - MOST_LEVELS)


def loads(data: bytes | str) -> Any:
    """The value of a JSON text. Raises `ValueError`, which says where it is wrong or too deep."""
    content = data.encode() if isinstance(data, str) else data
    try:
        value = orjson.loads(_OPEN + content + _CLOSE)
        for _ in _OPEN:
            (value,) = value  # two would be a text that closes our lists and opens others
    except ValueError:
        orjson.loads(content)  # where it is wrong, counted from its own beginning
        raise ValueError(f"lists or objects more than {MOST_LEVELS} deep") from None
    return value
