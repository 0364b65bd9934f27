"""The digest, computed a second time from its description."""

from __future__ import annotations

from hashlib import sha256

from registry_node.indexer.digest import fold
from registry_node.store.changes import Changes
from registry_node.store.tables import NOW, tables

BEFORE, BLOCK, TIME = b"\x01" * 32, b"\x02" * 32, 1_700_000_000
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
            "raw_log": [(5, 0, HASH, ANN, HASH + HASH, b"abc")],
            "unit_block": [[8, 1, 1, 9, ANN, 1, 2, 8, 4, 3, None, 5, NOW]],
            "holding": [[1, ANN, 9, 2, 5, NOW]],
            "issuance": [(1, 1, 9, HASH, 5, 0, HASH)],
            "unit_class": [(1, 1, "CEA-2025", 1, 2025, 2025, 2025, None, 5)],
            "class_attribute": [(1, HASH, BEFORE, 5)],
            "link_edition": [(1, 2, HASH, 0, ANN, 5, 1, HASH)],
        },
    )


def other_than(value: object) -> object:
    if isinstance(value, bytes):
        return bytes(len(value))
    return f"{value}!" if isinstance(value, str) else 77


def test_it_is_what_it_says_it_is() -> None:
    nothing, one = number(-(2**63)), number(1)
    holding = place("holding")
    text = [number(8), b"CEA-2025", *[number(n) for n in (1, 2025, 2025, 2025)]]
    expected = [
        *(BEFORE, BLOCK, number(TIME)),
        *(place("raw_log"), b"\1", one, number(5), number(0), HASH, ANN, number(64), HASH, HASH),
        *(number(3), b"abc"),
        *(place("unit_class"), b"\1", one, one, one, *text, nothing, number(5)),
        *(place("class_attribute"), b"\1", one, one, HASH, BEFORE, number(5)),
        *(holding, b"\0", one, one, ANN, number(4)),
        *(holding, b"\1", one, one, ANN, number(9), number(2), number(5), number(NOW)),
        *(place("unit_block"), b"\0", one, number(7)),
        *(place("unit_block"), b"\1", one, number(8), one, one, number(9), ANN, one, number(2)),
        *(number(8), number(4), number(3), nothing, number(5), number(NOW)),
        *(place("issuance"), b"\1", one, one, one, number(9), HASH, number(5), number(0), HASH),
        *(place("link_edition"), b"\1", one, one, number(2), HASH, number(0), ANN, number(5)),
        *(one, HASH),
    ]
    assert fold(BEFORE, BLOCK, TIME, changes()) == sha256(b"".join(expected)).digest()


def test_it_depends_on_everything() -> None:
    digest = fold(BEFORE, BLOCK, TIME, changes())
    assert fold(BLOCK, BLOCK, TIME, changes()) != digest
    assert fold(BEFORE, BEFORE, TIME, changes()) != digest
    assert fold(BEFORE, BLOCK, TIME + 1, changes()) != digest
    assert fold(BEFORE, BLOCK, TIME, Changes(5)) != digest
    swapped = changes()
    swapped.closed, swapped.added = {"unit_block": [(7,)]}, swapped.added
    assert fold(BEFORE, BLOCK, TIME, swapped) != digest
    for name, rows in changes().added.items():
        for column in range(len(rows[0])):
            other = changes()
            row = list(other.added[name][0])
            row[column] = other_than(row[column])
            other.added[name][0] = row
            assert fold(BEFORE, BLOCK, TIME, other) != digest, (name, column)


def test_it_does_not_depend_on_the_order_of_writing() -> None:
    more = changes()
    more.closed["holding"] = [(1, ANN, 4), (1, bytes(20), 3), (2, ANN, 1)]
    more.added["holding"] = [[1, ANN, 9, 2, 5, NOW], [1, bytes(20), 9, 2, 5, NOW]]
    turned = Changes(
        5,
        closed={name: keys[::-1] for name, keys in more.closed.items()},
        added={name: rows[::-1] for name, rows in more.added.items()},
    )
    assert fold(BEFORE, BLOCK, TIME, turned) == fold(BEFORE, BLOCK, TIME, more)


def test_where_the_topics_of_a_log_end_counts() -> None:
    other = changes()
    block, index, tx, address, topics, data = other.added["raw_log"][0]
    other.added["raw_log"][0] = (block, index, tx, address, topics[:-1], topics[-1:] + data)
    assert fold(BEFORE, BLOCK, TIME, other) != fold(BEFORE, BLOCK, TIME, changes())
