"""Gathers the changes of ledger blocks, and writes them many rows at a time."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from registry_node.domain.ledger import Header
from registry_node.store.changes import Changes, Row
from registry_node.store.connection import Connection
from registry_node.store.tables import Kind, tables

_TABLES = tables()
_HEADER = _TABLES["header"]
# Where the primary key of a version is in its row: its values, or the one value where it is one.
_KEY_OF = {
    name: itemgetter(*map(table.columns.index, table.primary_key))
    for name, table in _TABLES.items()
    if table.kind is Kind.VERSION
}
_ONE_COLUMN = {name for name in _KEY_OF if len(_TABLES[name].primary_key) == 1}


class Batch:
    """Ledger blocks that will be written together.

    A version that begins and ends among them is written once, with its end.
    """

    def __init__(self) -> None:
        self._headers: list[Row] = []
        self._added: dict[str, list[Any]] = {}
        self._closed: dict[str, list[tuple[Any, ...]]] = {}
        # Versions of this batch that are still true, by primary key.
        self._open: dict[str, dict[Any, Any]] = {name: {} for name in _KEY_OF}

    def add(self, header: Header, digest: bytes, changes: Changes) -> None:
        """One ledger block, in ledger order."""
        self._headers.append(
            (header.number, header.hash, header.parent_hash, header.timestamp, digest)
        )
        height = changes.height
        for name, keys in changes.closed.items():
            waiting = self._open[name]
            closed = self._closed.setdefault(name, [])
            one = name in _ONE_COLUMN
            for key in keys:
                row = waiting.pop(key[0] if one else key, None)
                if row is None:
                    closed.append((height, *key))
                else:
                    row[-1] = height
        for name, rows in changes.added.items():
            self._added.setdefault(name, []).extend(rows)
            if name in _KEY_OF:
                waiting, key_of = self._open[name], _KEY_OF[name]
                for row in rows:
                    if row[-1] > height:  # not over in the same ledger block
                        waiting[key_of(row)] = row

    def write(self, connection: Connection) -> None:
        """Inside a transaction. Endings first: only one version of a thing is true now."""
        for name, keys in self._closed.items():
            if keys:
                connection.end(_TABLES[name], keys)
        for name, table in _TABLES.items():  # what is referred to goes before what refers
            rows = self._added.get(name)
            if rows:
                connection.insert(table, rows)
        connection.insert(_HEADER, self._headers)
