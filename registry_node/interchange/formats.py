"""The forms that a list is written in.

CSV and NDJSON are written as they come, so that a broken-off file goes on where it ended. A Parquet
file ends with its table of contents and cannot: its rows are first written as NDJSON, and made into
row groups at the end, `GROUP` rows at a time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from registry_node.domain.errors import Unavailable
from registry_node.interchange.columns import Column, Kind
from registry_node.queries.snapshot import Json

FORMATS = ("csv", "ndjson", "parquet")

GROUP = 50_000
"""Rows of one Parquet row group: what is in memory at once."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Ndjson:
    """One object of the API a line."""

    header: bytes = b""

    def encode(self, items: Sequence[Json]) -> bytes:
        return b"".join(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE) for item in items)


@dataclass(frozen=True, slots=True)
class Csv:
    """RFC 4180 in UTF-8 with a header row; null is an empty cell.

    Other people's text (labels, memos) may begin like a formula, which a spreadsheet would run.
    Such text gets an apostrophe before it, and so does text that begins with an apostrophe: who
    takes one leading apostrophe off every text has what the ledger says.
    """

    columns: tuple[Column, ...]

    @property
    def header(self) -> bytes:
        return self._lines([[column.name for column in self.columns]])

    def encode(self, items: Sequence[Json]) -> bytes:
        return self._lines([_cell(c, c.of(item)) for c in self.columns] for item in items)

    @staticmethod
    def _lines(rows: Any) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        return text.getvalue().encode()


def _cell(column: Column, value: Any) -> Any:
    if column.kind == "boolean" and value is not None:
        return "true" if value else "false"
    if column.kind == "text" and value is not None:
        text = str(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return value


def require_parquet() -> Any:
    """The library that writes Parquet. Raises `Unavailable` where it is not installed."""
    try:
        import pyarrow.parquet  # an extra, and heavy
    except ImportError as error:
        raise Unavailable(
            "Parquet needs pyarrow, which is not installed here.",
            "Install the extra: pip install 'tonnelink[parquet]', or use --format csv or ndjson.",
        ) from error
    return pyarrow


def write_parquet(
    spool: Path, target: Path, columns: tuple[Column, ...], metadata: Json, group: int = GROUP
) -> None:
    """Makes a Parquet file of NDJSON, with `metadata` under the key "tonnelink"."""
    arrow = require_parquet()
    schema = arrow.schema(
        [(column.name, _type(arrow, column.kind)) for column in columns],
        metadata={"tonnelink": orjson.dumps(metadata)},
    )
    with arrow.parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for items in _groups(spool, group):
            arrays = [
                arrow.array([_arrow(c, c.of(item)) for item in items], _type(arrow, c.kind))
                for c in columns
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema), row_group_size=group)


def _groups(spool: Path, group: int) -> Iterator[list[Json]]:
    with spool.open("rb") as lines:
        while items := [orjson.loads(line) for line in islice(lines, group)]:
            yield items


def _type(arrow: Any, kind: Kind) -> Any:
    return {
        "integer": arrow.int64(),
        "unsigned": arrow.uint64(),
        "boolean": arrow.bool_(),
        "time": arrow.timestamp("s", tz="UTC"),
    }.get(kind, arrow.string())


def _arrow(column: Column, value: Any) -> Any:
    if column.kind != "time" or value is None:
        return value
    from datetime import datetime

    return datetime.fromisoformat(value)
