"""One change of one row, drawn from a seed: a value, a key, the heights, a parent, a loss, a row
more. Every table is as likely as every other, so that small ones are tried too."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry_node.store.connection import Connection
from registry_node.store.tables import NOW, Kind, Table, tables

Row = dict[str, Any]

_LOCAL = {"mismatch", "reconciliation"}
"""They say what was found, and nothing of the ledger."""

_ANOTHERS = 0.3
"""How often a value is another row's."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done. `before` is None for a row that was added, `after` for one that was lost."""

    table: str
    how: str
    before: Row | None
    after: Row | None

    def __str__(self) -> str:
        if self.before is None or self.after is None:
            row = self.before or self.after or {}
            return f"{self.table}: {self.how} {_shown(row)}"
        changed = [c for c in self.before if self.before[c] != self.after[c]]
        was = _shown({c: self.before[c] for c in changed})
        now = _shown({c: self.after[c] for c in changed})
        return f"{self.table}: {self.how} {was} -> {now} in {_shown(self.before)}"


_SOMETHING = {"INTEGER": 0, "TEXT": "", "BLOB": bytes(20)}
"""By a column's type, to change where a table has only nothing (NULL)."""


def draw(connection: Connection, chance: random.Random) -> Change | None:
    """Change one row of the open transaction; None when what was drawn changes nothing.

    Raises the database's own error where its constraints refuse the change.
    """
    table = chance.choice([t for name, t in tables().items() if name not in _LOCAL])
    row = _some_row(connection, table, chance)
    if row is None:
        return None
    hows = ["value", "value", "key", "loss", "addition"]
    hows += ["heights", "heights"] if table.kind is Kind.VERSION else []
    hows += ["parent"] * 3 if table.name == "unit_block" else []
    how = chance.choice(hows)
    if how == "loss":
        connection.execute(f"DELETE FROM {table.name} {_where(table)}", _key(table, row))  # noqa: S608
        return Change(table.name, how, row, None)
    columns = {
        "value": [c for c in table.columns if c not in table.primary_key],
        "heights": ["from_height", "to_height"],
        "parent": ["parent_id", "movement_id"],
    }.get(how, list(table.primary_key))
    column = chance.choice(columns)
    other = _some_row(connection, table, chance)
    value, of_another = row[column], other and other[column]
    if value is None and of_another is None:
        value = _SOMETHING[table.types[table.columns.index(column)]]
    after = {**row, column: _other_value(value, of_another, chance)}
    if after == row:
        return None
    if how == "addition":
        connection.execute(table.insert, tuple(after.values()))
        return Change(table.name, how, None, after)
    connection.execute(
        f"UPDATE {table.name} SET {column} = ? {_where(table)}",  # noqa: S608
        (after[column], *_key(table, row)),
    )
    return Change(table.name, how, row, after)


def _some_row(connection: Connection, table: Table, chance: random.Random) -> Row | None:
    count = connection.execute(f"SELECT COUNT(*) FROM {table.name}").fetchone()[0]  # noqa: S608
    if not count:
        return None
    found = connection.execute(
        f"SELECT {', '.join(table.columns)} FROM {table.name}"  # noqa: S608
        f" ORDER BY {', '.join(table.primary_key)} LIMIT 1 OFFSET ?",
        (chance.randrange(count),),
    ).fetchone()
    return dict(zip(table.columns, found, strict=True))


def _where(table: Table) -> str:
    return "WHERE " + " AND ".join(f"{column} = ?" for column in table.primary_key)


def _key(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column] for column in table.primary_key)


def _other_value(value: Any, of_another: Any, chance: random.Random) -> Any:
    """Something that damage or malice could put there."""
    if isinstance(of_another, type(value)) and of_another != value and chance.random() < _ANOTHERS:
        return of_another
    if value is None:
        return of_another
    if isinstance(value, int):
        options = [0, 1, value + 1, value - 1, 2 * value, chance.randrange(2**40), NOW, -value]
        return chance.choice([n for n in options if -(2**63) <= n < 2**63])
    if isinstance(value, str):
        return chance.choice([f"{value}1", value[:-1], value.swapcase(), "", value[::-1]])
    flipped = bytearray(value)
    if flipped:
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return chance.choice([bytes(flipped), bytes(flipped), bytes(len(value)), value[:-1]])


def _shown(row: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{column} {'0x' + value.hex() if isinstance(value, bytes) else value}"
        for column, value in row.items()
    )
