"""The running digest: one number that says whether two mirrors hold the same.

digest(b) = SHA-256(digest(b - 1) | hash of ledger block b | changes of b). The changes are, table
by table in the order of the schema, the keys of the versions that ended and the rows that began:
each of the two with its table's place, 0 or 1, and the number of rows, then the rows.

Numbers are 8 bytes, signed, big endian, and nothing (NULL) is the lowest of them; addresses and
hashes are their bytes; a text is its length and its UTF-8. The digest before the first block names
the chain and the height that the mirror starts at (`Deployment.seed`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from struct import Struct
from typing import Any

from registry_node.store.changes import Changes
from registry_node.store.tables import Kind, Table, tables

_number = Struct(">q").pack
_NOTHING = _number(-(2**63))
_HASHES = {"tx_hash", "file_hash", "evidence", "report", "memo"}

Encoder = Callable[[Sequence[Any]], bytes]


def fold(previous: bytes, block_hash: bytes, changes: Changes) -> bytes:
    """The digest after a ledger block."""
    parts = [previous, block_hash]
    for place, name, encode_key, encode_row in _ENCODERS:
        keys = changes.closed.get(name)
        if keys:
            parts += (bytes((place, 0)), _number(len(keys)), *map(encode_key, keys))
        rows = changes.added.get(name)
        if rows:
            parts += (bytes((place, 1)), _number(len(rows)), *map(encode_row, rows))
    return sha256(b"".join(parts)).digest()


def _encoder(table: Table, columns: Sequence[str]) -> Encoder:
    """Where every column has a fixed size, one `Struct` does a row; else value by value."""
    types = [table.types[table.columns.index(column)] for column in columns]
    if "TEXT" in types:
        return _encode
    form = [
        "q" if kind == "INTEGER" else "32s" if column in _HASHES else "20s"
        for column, kind in zip(columns, types, strict=True)
    ]
    pack = Struct(">" + "".join(form)).pack
    return lambda row: _encode(row) if None in row else pack(*row)


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
    if table.kind is not Kind.OTHER and name != "raw_log"
]
