"""What `schema.sql` says about each table, so that writing and undoing are one rule for all."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

SCHEMA = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")

NOW = 9223372036854775807
"""The `to_height` of a version that is still true."""


class Kind(Enum):
    FACT = "fact"  # has `block`: the ledger block in which it happened
    VERSION = "version"  # has `from_height` and `to_height`
    OTHER = "other"  # meta, header, registry: not caused by events


@dataclass(frozen=True, slots=True)
class Table:
    """A table. Rows are tuples in the order of `columns`."""

    name: str
    kind: Kind
    columns: tuple[str, ...]
    types: tuple[str, ...]
    primary_key: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Of a version table: the columns that say what a row is a version of."""
        return tuple(column for column in self.primary_key if column != "from_height")

    @property
    def insert(self) -> str:
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({marks})"  # noqa: S608

    @property
    def close(self) -> str:
        """Ends a version, found by its primary key; the first parameter is the height."""
        where = " AND ".join(f"{column} = ?" for column in self.primary_key)
        return f"UPDATE {self.name} SET to_height = ? WHERE {where}"  # noqa: S608


_INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX (\w+) ON [^;]+;")
_ALWAYS = {"unit_block_now"}  # by which the next ledger block finds the blocks that it changes


@cache
def postponed_indexes() -> dict[str, str]:
    """The indexes that only questions and undoing need, by name, as statements to make them."""
    return {
        found[1]: found[0].replace(" INDEX ", " INDEX IF NOT EXISTS ", 1)
        for found in _INDEX.finditer(SCHEMA)
        if found[1] not in _ALWAYS
    }


@cache
def tables() -> dict[str, Table]:
    """Every table by name, in the order of the schema."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(SCHEMA)
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid"
            )
        ]
        return {name: _describe(connection, name) for name in names}
    finally:
        connection.close()


def fact_tables() -> list[Table]:
    return [table for table in tables().values() if table.kind is Kind.FACT]


def version_tables() -> list[Table]:
    return [table for table in tables().values() if table.kind is Kind.VERSION]


def _describe(connection: sqlite3.Connection, name: str) -> Table:
    rows = connection.execute(f"PRAGMA table_info({name})").fetchall()
    columns = tuple(row[1] for row in rows)
    key = sorted((row[5], row[1]) for row in rows if row[5])
    if "from_height" in columns:
        kind = Kind.VERSION
    elif "block" in columns:
        kind = Kind.FACT
    else:
        kind = Kind.OTHER
    types = tuple(row[2] for row in rows)
    return Table(name, kind, columns, types, tuple(column for _, column in key))
