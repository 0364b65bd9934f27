"""A mirror in one file that either store takes back: what `tonnelink backup` writes.

A line that names the format, a line of JSON that says what is inside, the rows compressed by zlib,
and a line with the SHA-256 of all that. The rows are lines of JSON, [table, [row, ...]], in the
order of the schema, with bytes in hexadecimal digits.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from registry_node.domain.errors import InvalidInput
from registry_node.domain.files import unreadable
from registry_node.store.connection import Connection
from registry_node.store.tables import Table, tables

FORMAT = b"tonnelink-backup 1\n"

_ROWS_AT_ONCE = 2_000
_BYTES_AT_ONCE = 1 << 20
_SEAL = 73  # bytes of the last line
_LEVEL = 3  # of compression: hashes hardly shrink, zeros always do

Progress = Callable[[int], None]
"""Gets the number of rows done."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup says of itself."""

    schema: int
    identity: dict[str, str]
    height: int
    block_hash: str
    digest: str
    created: str
    columns: dict[str, list[str]]
    rows: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


class Sealed:
    """Writes a file whose last line is the hash of what comes before."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self._file.write(data)

    def seal(self) -> None:
        self._file.write(b"\nsha256 " + self._hash.hexdigest().encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def write(connection: Connection, contents: Contents, file: BinaryIO, progress: Progress) -> None:
    """Every row, inside the caller's snapshot."""
    sealed = Sealed(file)
    sealed.write(FORMAT)
    sealed.write(orjson.dumps(contents, option=orjson.OPT_SORT_KEYS) + b"\n")
    packer, done = zlib.compressobj(_LEVEL), 0
    for table in tables().values():
        names = ", ".join(table.columns)
        order = ", ".join(table.primary_key)
        rows = connection.stream(f"SELECT {names} FROM {table.name} ORDER BY {order}")  # noqa: S608
        plain = _to_json(table)
        while part := [plain(row) for row in islice(rows, _ROWS_AT_ONCE)]:
            sealed.write(packer.compress(orjson.dumps([table.name, part]) + b"\n"))
            done += len(part)
            progress(done)
    sealed.write(packer.flush())
    sealed.seal()


def read_contents(path: Path) -> Contents:
    """What is in a backup, once all of it is known to be as it was written. Raises `InvalidInput`
    for a file that is damaged, cut off or something else."""
    with _opened(path) as file:
        if file.readline(len(FORMAT)) != FORMAT:
            raise InvalidInput(
                f"{path} is not a backup of a mirror.", "Name a file that 'tonnelink backup' made."
            )
        if not _is_sealed(file):
            raise InvalidInput(
                f"{path} is damaged: it is not what was written, or not all of it.",
                "Use another copy of it, or another backup.",
            )
        file.seek(len(FORMAT))
        return Contents(**orjson.loads(file.readline()))


def read_rows(path: Path) -> Iterator[tuple[Table, list[list[Any]]]]:
    """The rows of a backup that `read_contents` has seen, many at a time."""
    known = tables()
    for line in _lines(path):
        name, rows = orjson.loads(line)
        table = known[name]
        blobs = _blobs(table)
        for row in rows:
            for place in blobs:
                if row[place] is not None:
                    row[place] = bytes.fromhex(row[place])
        yield table, rows


def _lines(path: Path) -> Iterator[bytes]:
    unpacker, rest = zlib.decompressobj(), b""
    with _opened(path) as file:
        file.readline()
        file.readline()
        while not unpacker.eof and (packed := file.read(_BYTES_AT_ONCE)):
            *lines, rest = (rest + unpacker.decompress(packed)).split(b"\n")
            yield from lines


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error


def _is_sealed(file: BinaryIO) -> bool:
    left = file.seek(0, os.SEEK_END) - _SEAL
    file.seek(0)
    found = sha256()
    while left > 0 and (part := file.read(min(left, _BYTES_AT_ONCE))):
        found.update(part)
        left -= len(part)
    return file.read() == b"\nsha256 " + found.hexdigest().encode() + b"\n"


def _blobs(table: Table) -> list[int]:
    return [place for place, kind in enumerate(table.types) if kind == "BLOB"]


def _to_json(table: Table) -> Callable[[Sequence[Any]], list[Any]]:
    blobs = _blobs(table)

    def plain(row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for place in blobs:
            if values[place] is not None:
                values[place] = values[place].hex()
        return values

    return plain
