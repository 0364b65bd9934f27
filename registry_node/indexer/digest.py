"""The running digest: one number that says whether two mirrors hold the same.

digest(b) = SHA-256(digest(b - 1) | hash of ledger block b | its timestamp | changes of b). The
changes are, table by table in the order of the schema, the keys of the versions that ended and the
rows that began, raw logs among them: each of the two with its table's place, 0 or 1, and the number
of rows, then the rows as bytes, in ascending order of these bytes. So the digest can be computed
again from the mirror's rows alone (`folding`), in whatever order they were written.

Numbers are 8 bytes, signed, big endian, and nothing (NULL) is the lowest of them; addresses and
hashes are their bytes; a text is its length and its UTF-8, the topics and data of a log likewise.
The digest before the first block names the chain and the height that the mirror starts at
(`Deployment.seed`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import starmap
from struct import Struct
from struct import error as StructError  # noqa: N812 - it is a class
from typing import Any

from registry_node.store.changes import Changes
from registry_node.store.tables import Kind, Table, tables

VERSION = 4
"""Raised with every change of what is folded, or how. The seed names it."""

_number = Struct(">q").pack
_NOTHING = _number(-(2**63))
_HASHES = {
    *("tx_hash", "file_hash", "evidence", "report", "memo", "text", "document", "reason", "sale"),
    *("code_hash", "edition_hash", "attribute", "word", "unit", "per", "base_attribute"),
}
_VARIABLE = {"topics", "data"}

_log = Struct(">qq32s20sq").pack

Rows = Sequence[Sequence[Any]]
Encoder = Callable[[Rows], list[bytes]]


def fold(previous: bytes, block_hash: bytes, timestamp: int, changes: Changes) -> bytes:
    """The digest after a ledger block. `changes` have its raw logs."""
    parts = [previous, block_hash, _number(timestamp)]
    for place, name, encode_keys, encode_rows in _ENCODERS:
        keys = changes.closed.get(name)
        if keys:
            parts += (bytes((place, 0)), _number(len(keys)), *sorted(encode_keys(keys)))
        rows = changes.added.get(name)
        if rows:
            parts += (bytes((place, 1)), _number(len(rows)), *sorted(encode_rows(rows)))
    return sha256(b"".join(parts)).digest()


def size_of(column: str, kind: str) -> int | None:
    """Bytes of a column's values; None where they vary or are no bytes."""
    if kind != "BLOB" or column in _VARIABLE:
        return None
    return 32 if column in _HASHES else 20


def _encoder(table: Table, columns: Sequence[str]) -> Encoder:
    """Where every column has a fixed size, one `Struct` does a row; else value by value."""
    types = [table.types[table.columns.index(column)] for column in columns]
    if "TEXT" in types:
        return _encode_each
    if not _VARIABLE.isdisjoint(columns):
        return _encode_logs
    form = [
        "q" if kind == "INTEGER" else f"{size_of(column, kind)}s"
        for column, kind in zip(columns, types, strict=True)
    ]
    pack = Struct(">" + "".join(form)).pack

    def encode(rows: Rows) -> list[bytes]:
        try:
            return list(starmap(pack, rows))
        except StructError:  # there is a NULL among them
            return [_encode(row) if None in row else pack(*row) for row in rows]

    return encode


def _encode_logs(rows: Rows) -> list[bytes]:
    return [
        b"".join((_log(block, place, tx, address, len(topics)), topics, _number(len(data)), data))
        for block, place, tx, address, topics, data in rows
    ]


def _encode_each(rows: Rows) -> list[bytes]:
    return list(map(_encode, rows))


def _encode(row: Sequence[Any]) -> bytes:
    parts = []
    for value in row:
        if value is None:
            parts.append(_NOTHING)
        elif isinstance(value, int):
            parts.append(_number(value))
        elif isinstance(value, str):
            text = value.encode()
            parts += (_number(len(text)), text)
        else:
            parts.append(value)
    return b"".join(parts)


_ENCODERS = [
    (place, name, _encoder(table, table.primary_key), _encoder(table, table.columns))
    for place, (name, table) in enumerate(tables().items())
    if table.kind is not Kind.OTHER
]
