"""Writes ledger blocks into an open transaction, many rows at a time."""

from __future__ import annotations

from typing import Any

from registry_node.domain.ledger import Header
from registry_node.store.changes import Changes, Row
from registry_node.store.connection import Connection
from registry_node.store.tables import Kind, tables

_TABLES = tables()
_HEADER = _TABLES["header"]


class Writer:
    """Gathers the changes of ledger blocks and writes them with `flush`.

    A version that begins and ends before the flush is written once, with its end.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._headers: list[Row] = []
        self._added: dict[str, list[Any]] = {name: [] for name in _TABLES}
        self._closed: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
        # Versions not written yet that are still true, by primary key.
        self._open: dict[str, dict[tuple[Any, ...], Any]] = {
            name: {} for name, table in _TABLES.items() if table.kind is Kind.VERSION
        }
        self._key_at = {
            name: [table.columns.index(column) for column in table.primary_key]
            for name, table in _TABLES.items()
        }

    def add(self, header: Header, digest: bytes, changes: Changes) -> None:
        """One ledger block. Call it inside a transaction, in ledger order."""
        self._headers.append(
            (header.number, header.hash, header.parent_hash, header.timestamp, digest)
        )
        for name, keys in changes.closed.items():
            waiting = self._open[name]
            for key in keys:
                row = waiting.pop(key, None)
                if row is None:
                    self._closed[name].append((changes.height, *key))
                else:
                    row[-1] = changes.height
        for name, rows in changes.added.items():
            self._added[name] += rows
            waiting_rows = self._open.get(name)
            if waiting_rows is not None:
                at = self._key_at[name]
                for row in rows:
                    if row[-1] > changes.height:  # not over in the same ledger block
                        waiting_rows[tuple([row[i] for i in at])] = row

    def flush(self) -> None:
        """Write what was gathered. Endings first: only one version of a thing is true now."""
        connection = self._connection
        for name, keys in self._closed.items():
            if keys:
                connection.end(_TABLES[name], keys)
                keys.clear()
        for name, rows in self._added.items():
            if rows:
                connection.insert(_TABLES[name], rows)
                rows.clear()
        connection.insert(_HEADER, self._headers)
        self.forget()

    def forget(self) -> None:
        """Drop what was gathered and not written."""
        self._headers.clear()
        for gathered in (self._added, self._closed, self._open):
            for rows in gathered.values():
                rows.clear()
