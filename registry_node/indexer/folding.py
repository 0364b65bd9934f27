"""Folds a mirror's own rows again: does each ledger block still come to its recorded digest?

It needs no chain. A row that was changed, lost or added shows at the ledger blocks that made it and
ended it, for each block is folded from the digest that is recorded before it. Whoever rewrites the
recorded digests as well is found by `replay`, or by another mirror's digest.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from registry_node.indexer.digest import fold, size_of
from registry_node.store.changes import Changes
from registry_node.store.connection import Connection
from registry_node.store.tables import NOW, Kind, Table, tables

_AT_ONCE = 1_000
"""Ledger blocks read together."""

_CAUSED = [table for table in tables().values() if table.kind is not Kind.OTHER]

Progress = Callable[[int, int], None]
"""Gets the ledger block reached and the last one."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A ledger block whose rows do not come to what is recorded."""

    block: int
    what: str  # "header", "parent" or "digest"
    mirror: str
    expected: str


def damages(
    connection: Connection, start: int, seed: bytes, head: int, progress: Progress | None = None
) -> Iterator[Damage]:
    """Every ledger block from `start` to `head` that is not what was recorded, in ledger order.

    `seed` is the digest before `start`. Endings above `head` do not count: the rows are taken as
    they were when `head` was the last block. Run it inside one read transaction.
    """
    previous, parent, expected = seed, None, start
    for headers, changes, last in _windows(connection, head):
        for number, (block_hash, parent_hash, timestamp, digest) in headers.items():
            if number != expected:
                yield _gap(expected, number)
                previous, parent = b"", None
            made = changes.pop(number, None) or Changes(number)
            if parent is not None and parent_hash != parent:
                yield Damage(number, "parent", f"0x{parent_hash.hex()}", f"0x{parent.hex()}")
            found = _fold(previous, block_hash, timestamp, made)
            if previous and found != digest:
                yield Damage(number, "digest", found.hex() if found else "no value", digest.hex())
            previous, parent, expected = digest, block_hash, number + 1
        for number in sorted(changes):  # rows of no ledger block that there is
            yield _gap(int(number), int(number) + 1)
        if progress:
            progress(last, head)


def _gap(first: int, after: int) -> Damage:
    many = f"ledger blocks {first} to {after - 1}"
    return Damage(first, "header", "nothing", "a ledger block" if after == first + 1 else many)


def _fold(previous: bytes, block_hash: bytes, timestamp: int, changes: Changes) -> bytes | None:
    """None when a value is not of its column's type."""
    for name, rows in changes.added.items():
        if not all(map(_CHECKS[name], rows)):
            return None
    try:
        return fold(previous, block_hash, timestamp, changes)
    except (struct.error, TypeError, ValueError):
        return None


def _sound(table: Table) -> Callable[[Sequence[Any]], bool]:
    """Whether a row's values have the types and sizes of their columns, which encoding relies on:
    a database may hold more than it should."""
    kinds: dict[str, Any] = {"INTEGER": int, "TEXT": str, "BLOB": bytes}
    expected = [
        (kinds[kind], size_of(column, kind))
        for column, kind in zip(table.columns, table.types, strict=True)
    ]

    def check(row: Sequence[Any]) -> bool:
        return all(
            value is None or (isinstance(value, kind) and (size is None or len(value) == size))
            for value, (kind, size) in zip(row, expected, strict=True)
        )

    return check


_CHECKS = {table.name: _sound(table) for table in _CAUSED}

Headers = dict[int, tuple[bytes, bytes, int, bytes]]
"""By number: hash, parent's hash, time, digest."""


def _windows(
    connection: Connection, head: int
) -> Iterator[tuple[Headers, dict[int, Changes], int]]:
    """Headers, changes and last height of so many ledger blocks each. Rows that say they are of a
    time before the first are with it, those of a time after the mirror's last with that."""
    end = connection.execute("SELECT MAX(number) FROM header").fetchone()[0]
    low = -(2**63)
    while low <= head:
        headers = {
            number: (bytes(block_hash), bytes(parent), timestamp, bytes(digest))
            for number, block_hash, parent, timestamp, digest in connection.execute(
                "SELECT number, hash, parent_hash, timestamp, digest FROM header"
                " WHERE number BETWEEN ? AND ? ORDER BY number LIMIT ?",
                (low, head, _AT_ONCE),
            )
        }
        full = len(headers) == _AT_ONCE
        last = max(headers) if full else head
        high = NOW - 1 if last == end else min(last, NOW - 1)
        yield headers, changes_of(connection, low, high), last
        low = last + 1


def changes_of(connection: Connection, low: int, high: int) -> dict[int, Changes]:
    """What each of the ledger blocks `low` to `high` changed, from the rows that it left."""
    found: dict[int, Changes] = {}
    for table in _CAUSED:
        columns = ", ".join(table.columns)
        since = "block" if table.kind is Kind.FACT else "from_height"
        at = table.columns.index(since)
        for row in connection.execute(
            f"SELECT {columns} FROM {table.name} WHERE {since} BETWEEN ? AND ?",  # noqa: S608
            (low, high),
        ):
            height = row[at]
            values = list(row)
            if table.kind is Kind.VERSION and values[-1] != height:
                values[-1] = NOW  # it ended later, or has not
            changes = found.setdefault(height, Changes(height))
            changes.added.setdefault(table.name, []).append(values)
        if table.kind is Kind.VERSION:
            key = ", ".join(table.primary_key)
            for *ended, height in connection.execute(
                f"SELECT {key}, to_height FROM {table.name}"  # noqa: S608
                f" WHERE to_height BETWEEN ? AND ? AND to_height < {NOW}"
                " AND to_height <> from_height",
                (low, high),
            ):
                changes = found.setdefault(height, Changes(height))
                changes.closed.setdefault(table.name, []).append(tuple(ended))
    return found
