"""Compares two mirrors row by row, each table as it was at one ledger height."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from registry_node.indexer.report import Difference, Report
from registry_node.indexer.subjects import Names
from registry_node.store.connection import Connection
from registry_node.store.tables import NOW, Kind, Table, tables

NOTHING = "nothing"

_KEPT_APART = {"meta"}  # by identity
_LOCAL = {"mismatch", "reconciliation"}
"""Tables that say something of this mirror and nothing of the ledger."""

Progress = Callable[[int], None]
Values = tuple[Any, ...]


def compare(
    mirror: Connection,
    reference: Connection,
    report: Report,
    progress: Progress | None = None,
    *,
    whole: bool = True,
) -> None:
    """Add to the report every row that `mirror` has otherwise than `reference`, at the height of
    the report. Run it inside one read transaction of each. `progress` gets the rows compared.

    Reads both in the order of the primary key, so it needs no more memory for more rows. With
    `whole`, rows of `mirror` that say they are of a later time differ too.
    """
    names = Names(reference, mirror)
    heights = (NOW if whole else report.height, report.height)
    done = 0
    for table in tables().values():
        if table.name in _KEPT_APART or table.name in _LOCAL:
            continue
        for ours, theirs in _pairs(table, mirror, reference, heights):
            report.compared[table.name] += 1
            if ours != theirs:
                report.differences.append(_difference(table, ours, theirs, names))
            done += 1
            if progress and done % 10_000 == 0:
                progress(done)


def _pairs(
    table: Table, mirror: Connection, reference: Connection, heights: tuple[int, int]
) -> Iterator[tuple[Values | None, Values | None]]:
    """The rows of both with the same key; None where one has none."""
    sql, places = _query(table), [table.columns.index(column) for column in table.primary_key]
    first, second = (
        iter(connection.stream(sql, {"h": height} if ":h" in sql else {}))
        for connection, height in zip((mirror, reference), heights, strict=True)
    )
    ours, theirs = _next(first), _next(second)
    while ours is not None or theirs is not None:
        our_key = None if ours is None else [_rank(ours[i]) for i in places]
        their_key = None if theirs is None else [_rank(theirs[i]) for i in places]
        if our_key is not None and our_key == their_key:
            yield ours, theirs
            ours, theirs = _next(first), _next(second)
        elif their_key is None or (our_key is not None and our_key < their_key):
            yield ours, None
            ours = _next(first)
        else:
            yield None, theirs
            theirs = _next(second)


def _next(rows: Iterator[Any]) -> Values | None:
    row = next(rows, None)
    return None if row is None else tuple(row)


def _rank(value: Any) -> tuple[int, Any]:
    """Values in the order in which databases sort them, whatever type a damaged one has."""
    if value is None:
        return (0, 0)
    if isinstance(value, int | float):
        return (1, value)
    return (2, value) if isinstance(value, str) else (3, bytes(value))


def _query(table: Table) -> str:
    """The rows of a table as they were at `:h`, in the order of the primary key."""
    columns = list(table.columns)
    where = ""
    if table.name == "header":
        where = "WHERE number <= :h"
    elif table.kind is Kind.FACT:
        where = "WHERE block <= :h"
    elif table.kind is Kind.VERSION:
        columns[-1] = f"CASE WHEN to_height > :h THEN {NOW} ELSE to_height END AS ended"
        where = "WHERE from_height <= :h"
    order = ", ".join(table.primary_key)
    return f"SELECT {', '.join(columns)} FROM {table.name} {where} ORDER BY {order}"  # noqa: S608


# ---- what a difference says -----------------------------------------------------------------


def _difference(
    table: Table, ours: Values | None, theirs: Values | None, names: Names
) -> Difference:
    mirror = None if ours is None else dict(zip(table.columns, ours, strict=True))
    ledger = None if theirs is None else dict(zip(table.columns, theirs, strict=True))
    sides = [side for side in (ledger, mirror) if side is not None]
    concerns = dict.fromkeys(s for side in sides for s in names.of_row(table, side))
    shown = table.columns
    if mirror is not None and ledger is not None:
        shown = tuple(c for c in table.columns if mirror[c] != ledger[c])
    return Difference(
        table.name,
        _key_text(table, sides[0]),
        _shown(mirror, shown),
        _shown(ledger, shown),
        _height(table, sides, shown),
        tuple(concerns),
    )


def _height(table: Table, sides: list[dict[str, Any]], differing: tuple[str, ...]) -> int | None:
    """The lowest ledger block that left the row otherwise than it should be."""
    if table.name == "header":
        column = "number"
    elif table.kind is Kind.FACT:
        column = "block"
    elif table.kind is Kind.VERSION:
        column = "to_height" if differing == ("to_height",) else "from_height"
    else:
        return None
    heights = [side[column] for side in sides if isinstance(side[column], int)]
    return min(heights, default=None)


def _key_text(table: Table, row: Mapping[str, Any]) -> str:
    return " ".join(f"{column} {_text(row[column])}" for column in table.primary_key)


def _shown(row: Mapping[str, Any] | None, columns: tuple[str, ...]) -> str:
    if row is None:
        return NOTHING
    return ", ".join(f"{column} {_text(row[column])}" for column in columns)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    return "still" if value == NOW else str(value)
