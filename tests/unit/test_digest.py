"""The digest, computed a second time from its description."""

from __future__ import annotations

from hashlib import sha256

from registry_node.indexer.digest import fold
from registry_node.store.changes import Changes
from registry_node.store.tables import NOW, tables

BEFORE, BLOCK = b"\x01" * 32, b"\x02" * 32
ANN = b"\x11" * 20
HASH = b"\x22" * 32


def number(value: int) -> bytes:
    return value.to_bytes(8, "big", signed=True)


def place(table: str) -> bytes:
    return bytes([list(tables()).index(table)])


def changes() -> Changes:
    return Changes(
        5,
        closed={"holding": [(1, ANN, 4)], "unit_block": [(7,)]},
        added={
            "unit_block": [[8, 1, 1, 9, ANN, 1, 8, 3, None, 5, NOW]],
            "holding": [[1, ANN, 9, 2, 5, NOW]],
            "issuance": [(1, 1, 9, HASH, 5, 0, HASH)],
            "unit_class": [(1, 1, "CEA-2025", 1, 2025, 2025, 2025, "", "", "CN-FJ", None, 5)],
        },
    )


def other_than(value: object) -> object:
    if isinstance(value, bytes):
        return bytes(len(value))
    return f"{value}!" if isinstance(value, str) else 77


def test_it_is_what_it_says_it_is() -> None:
    nothing, one = number(-(2**63)), number(1)
    holding = place("holding")
    text = [number(8), b"CEA-2025", *[number(n) for n in (1, 2025, 2025, 2025, 0, 0, 5)], b"CN-FJ"]
    expected = [
        *(BEFORE, BLOCK),
        *(place("unit_class"), b"\1", one, one, one, *text, nothing, number(5)),
        *(holding, b"\0", one, one, ANN, number(4)),
        *(holding, b"\1", one, one, ANN, number(9), number(2), number(5), number(NOW)),
        *(place("unit_block"), b"\0", one, number(7)),
        *(place("unit_block"), b"\1", one, number(8), one, one, number(9), ANN, one, number(8)),
        *(number(3), nothing, number(5), number(NOW)),
        *(place("issuance"), b"\1", one, one, one, number(9), HASH, number(5), number(0), HASH),
    ]
    assert fold(BEFORE, BLOCK, changes()) == sha256(b"".join(expected)).digest()


def test_it_depends_on_everything() -> None:
    digest = fold(BEFORE, BLOCK, changes())
    assert fold(BLOCK, BLOCK, changes()) != digest
    assert fold(BEFORE, BEFORE, changes()) != digest
    assert fold(BEFORE, BLOCK, Changes(5)) != digest
    swapped = changes()
    swapped.closed, swapped.added = {"unit_block": [(7,)]}, swapped.added
    assert fold(BEFORE, BLOCK, swapped) != digest
    for name, rows in changes().added.items():
        for column in range(len(rows[0])):
            other = changes()
            row = list(other.added[name][0])
            row[column] = other_than(row[column])
            other.added[name][0] = row
            assert fold(BEFORE, BLOCK, other) != digest, (name, column)
