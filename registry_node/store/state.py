"""What is true now, for whoever computes the next ledger block. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any, Self

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

    def succession(self) -> int:
        """The number of the gateway's succession that was carried out last; zero: none."""
        row = self._one(
            "SELECT MAX(number) FROM succession WHERE done = 1 AND to_height = ?", (NOW,)
        )
        return (row[0] or 0) if row else 0

    def classes(self) -> Iterable[tuple[int, int, str]]:
        """Id, registry and symbol of every class."""
        return self._connection.execute("SELECT id, registry_id, symbol FROM unit_class")

    def links(self) -> Iterable[tuple[int, int, int]]:
        """Id, source and destination of every link."""
        return self._connection.execute("SELECT id, source_id, destination_id FROM link")

    def _one(self, sql: str, parameters: tuple[Any, ...]) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(sql, parameters).fetchone()
        return row


class SettledState(StateReader):
    """The same while the connection may be writing what was computed before.

    `settle` waits until that is done. Use it as a context manager around the computing: what is
    read inside is read in one snapshot, which is opened only when something is read.
    """

    def __init__(self, connection: Connection, settle: Callable[[], None]) -> None:
        super().__init__(connection)
        self._settle = settle
        self._snapshot: ExitStack | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._snapshot is not None:
            snapshot, self._snapshot = self._snapshot, None
            snapshot.close()

    def version(self, table: str, key: tuple[Any, ...]) -> tuple[Any, ...] | None:
        self._begin()
        return super().version(table, key)

    def unit_block(self, class_id: int, serial: int) -> tuple[Any, ...] | None:
        self._begin()
        return super().unit_block(class_id, serial)

    def _begin(self) -> None:
        if self._snapshot is None:
            self._settle()
            self._snapshot = ExitStack()
            self._snapshot.enter_context(self._connection.snapshot())
