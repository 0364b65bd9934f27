"""What is true now, for whoever computes the next ledger block. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from registry_node.store.connection import Connection
from registry_node.store.tables import NOW, Kind, tables

_TABLES = tables()
_VERSION = {
    name: f"SELECT {', '.join(table.columns)} FROM {name}"  # noqa: S608 - names of the schema
    f" WHERE {' AND '.join(f'{column} = ?' for column in table.key)}"
    " ORDER BY from_height DESC LIMIT 1"
    for name, table in _TABLES.items()
    if table.kind is Kind.VERSION
}
_BLOCK = (
    f"SELECT {', '.join(_TABLES['unit_block'].columns)} FROM unit_block"  # noqa: S608
    f" WHERE class_id = ? AND first <= ? AND to_height = {NOW} ORDER BY first DESC LIMIT 1"
)


class StateReader:
    """The state at the mirror's head, as the connection's open transaction sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def version(self, table: str, key: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The row of a version table that is true now."""
        row = self._one(_VERSION[table], key)
        return row if row is not None and row[-1] == NOW else None

    def unit_block(self, class_id: int, serial: int) -> tuple[Any, ...] | None:
        """The block that begins at or before a serial; it may end before it."""
        return self._one(_BLOCK, (class_id, serial))

    def next_id(self, table: str) -> int:
        """One more than the highest id."""
        row = self._one(f"SELECT MAX(id) FROM {table}", ())  # noqa: S608 - names of the schema
        return (row[0] or 0) + 1 if row else 1

    def is_empty(self) -> bool:
        """Whether no ledger block is in the mirror."""
        return self._one("SELECT 1 FROM header LIMIT 1", ()) is None

    def registries(self) -> Iterable[tuple[int, bytes]]:
        """Id and address of every registry."""
        return self._connection.execute("SELECT id, address FROM registry")

    def desks(self) -> Iterable[tuple[int, bytes]]:
        """Registry and address of every desk."""
        return self._connection.execute("SELECT registry_id, address FROM desk")

    def classes(self) -> Iterable[tuple[int, int, str]]:
        """Id, registry and symbol of every class."""
        return self._connection.execute("SELECT id, registry_id, symbol FROM unit_class")

    def links(self) -> Iterable[tuple[int, int, int]]:
        """Id, source and destination of every link."""
        return self._connection.execute("SELECT id, source_id, destination_id FROM link")

    def lot_count(self) -> int:
        return int(self._connection.execute("SELECT COUNT(*) FROM lot").fetchone()[0])

    def _one(self, sql: str, parameters: tuple[Any, ...]) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(sql, parameters).fetchone()
        return row
