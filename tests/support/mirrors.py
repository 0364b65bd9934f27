"""Looking into a mirror's database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from registry_node.chain.ranges import LedgerBlock
from registry_node.indexer.digest import fold
from registry_node.indexer.folding import changes_of
from registry_node.indexer.mirror import Mirror
from registry_node.store.changes import Changes
from registry_node.store.connection import Connection
from registry_node.store.database import Database, Location, open_writer
from registry_node.store.sqlite import SqliteConnection
from registry_node.store.tables import tables


def apply_all(mirror: Mirror, blocks: Sequence[LedgerBlock], group: int = 1) -> None:
    for start in range(0, len(blocks), group):
        part = blocks[start : start + group]
        mirror.apply(part, part[-1][0].number)


def dump(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the mark of finality, which never goes back."""
    return {
        name: sorted(
            (
                row
                for row in database.connection.execute(f"SELECT * FROM {name}")
                if row[0] != "finalized"
            ),
            key=repr,
        )
        for name in tables()
    }


def spoil(connection: Connection, statement: str) -> int:
    """Change rows behind the indexer's back, whatever refers to them; how many were changed. The
    statement is in SQLite's dialect: zeroblob(20), x'00'."""
    if isinstance(connection, SqliteConnection):
        connection.execute("PRAGMA foreign_keys = OFF")
        return connection.execute(statement).rowcount
    connection.execute("SET session_replication_role TO replica")
    plain = re.sub(r"zeroblob\((\d+)\)", lambda n: f"x'{'00' * int(n[1])}'", statement)
    return connection.execute(_as_postgres(plain)).rowcount


def _as_postgres(statement: str) -> str:
    return re.sub(r"\bx'(\w*)'", r"'\\x\1'::bytea", statement)


def first_difference(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """For readable failures."""
    for name, rows in one.items():
        if rows != other[name]:
            return f"{name}: {set(rows) ^ set(other[name])}"
    return None


def fold_anew(connection: Connection, digest: bytes) -> None:
    """Records digests that fit the rows as they are, as whoever changes rows would."""
    rows = connection.execute(
        "SELECT number, hash, timestamp FROM header ORDER BY number"
    ).fetchall()
    changes = changes_of(connection, rows[0][0], rows[-1][0])
    with connection.transaction():
        for number, block_hash, timestamp in rows:
            made = changes.get(number) or Changes(number)
            digest = fold(digest, bytes(block_hash), timestamp, made)
            connection.execute("UPDATE header SET digest = ? WHERE number = ?", (digest, number))


def state_at(connection: Connection, height: int, class_id: int = 1) -> dict[str, Any]:
    """What the mirror says of a class at a height, in the words of `tests.support.ledger`."""

    def rows(table: str, columns: str, order: str = "1") -> list[tuple[Any, ...]]:
        return connection.execute(
            f"SELECT {columns} FROM {table} WHERE class_id = ?"
            f" AND from_height <= ? AND ? < to_height ORDER BY {order}",
            (class_id, height, height),
        ).fetchall()

    lists: dict[bytes, list[int]] = {}
    owners: dict[int, tuple[bytes, int]] = {}
    for first, last, owner, state in rows(
        "unit_block", "first, last, owner, state", "list DESC, position DESC"
    ):
        for serial in range(first, last + 1):
            assert serial not in owners, f"serial {serial} is in two blocks"
            owners[serial] = (owner, state)
        if state == 1:
            lists.setdefault(owner, []).append(first)
    totals = rows("class_total", "issued, escrowed, surrendered, retired, cancelled")
    return {
        "owners": owners,
        "balances": dict(rows("holding", "address, balance")),
        "totals": list(totals[0]) if totals else [0] * 5,
        "lists": lists,
    }


def open_temporary(place: Location) -> Database:
    """Without waiting for the disk."""
    return open_writer(place, synchronous="OFF")
