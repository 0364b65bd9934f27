"""Conditions about classes, as the mirror keeps them: exactly what the ledger says, as text.

One condition is `attribute test value value ...`, the words in 64 hexadecimal digits each, the test
by its number; conditions are separated by semicolons. What they mean is in `linking.attributes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Words: TypeAlias = tuple[tuple[bytes, int, tuple[bytes, ...]], ...]
"""Attribute, test and values of each, as in an event."""


def kept(conditions: Iterable[tuple[bytes, int, tuple[bytes, ...]]]) -> str:
    """Conditions as text."""
    return ";".join(
        " ".join((attribute.hex(), str(test), *(value.hex() for value in values)))
        for attribute, test, values in conditions
    )


def words(text: str) -> Words:
    """What `kept` was given."""
    found = []
    for part in filter(None, text.split(";")):
        attribute, test, *values = part.split(" ")
        found.append((bytes.fromhex(attribute), int(test), tuple(map(bytes.fromhex, values))))
    return tuple(found)
