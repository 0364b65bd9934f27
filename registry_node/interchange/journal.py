"""What was sent of a file, written before it is sent: nothing is done twice, even after kill -9.

A step is signed first. Its hash, its nonce and the signed transaction itself go into the journal
and to the disk; only then is it sent. Whatever happens next, the ledger is asked about that hash,
and the same transaction can be sent again: of one key and nonce the ledger includes one ever.

Lines are JSON: a first one that names the ledger and the kind of file, then for each transaction
`signed` and `done`, with the rows that it carries. A row is known by its content, so that a file
may be corrected and go on.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import orjson

from registry_node.domain.errors import Refused, Unavailable
from registry_node.queries.snapshot import Json


def row_key(kind: str, *parts: object) -> str:
    """By which a row is known: a hash of what it says."""
    return hashlib.sha256(orjson.dumps([kind, *map(str, parts)])).hexdigest()


Keys = tuple[str, ...]
"""The rows that one transaction carries."""


@dataclass(slots=True)
class Journal:
    """The rows that were signed, and those that are done, by key."""

    path: Path
    header: Json
    _file: BinaryIO | None = None
    signed: dict[str, tuple[Keys, Json]] = field(default_factory=dict)
    done: dict[str, Json] = field(default_factory=dict)

    @property
    def known(self) -> set[str]:
        """Rows that may have been sent."""
        return {*self.signed, *self.done}

    @property
    def pending(self) -> dict[Keys, Json]:
        """Signed, and perhaps sent: the ledger knows what became of them."""
        return dict(order for key, order in self.signed.items() if key not in self.done)

    def sign(self, keys: Keys, lines: Sequence[int], entry: Json) -> None:
        """Keeps a signed transaction, on the disk, before it is sent."""
        self._write({"keys": keys, "lines": lines, "signed": entry})
        self.signed |= dict.fromkeys(keys, (keys, entry))

    def finish(self, keys: Keys, entries: Sequence[Json]) -> None:
        self._write({"keys": keys, "done": entries})
        self.done |= zip(keys, entries, strict=True)

    def forget(self, keys: Keys) -> None:
        """The signed transaction will never do anything: its rows are as if they had not been
        tried."""
        self._write({"keys": keys, "void": True})
        for key in keys:
            del self.signed[key]

    def _write(self, record: Json) -> None:
        assert self._file is not None  # noqa: S101  # opened to write
        if self._file.tell() == 0:
            self._file.write(orjson.dumps(self.header, option=orjson.OPT_APPEND_NEWLINE))
        self._file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        self._file.flush()
        os.fsync(self._file.fileno())


def read_journal(path: Path, header: Json) -> Journal:
    """The journal as it stands; empty when there is none. Raises `Refused` for another ledger's."""
    journal = Journal(path, header)
    if path.exists():
        _load(journal, path.read_bytes())
    return journal


@contextmanager
def open_journal(path: Path, header: Json) -> Iterator[Journal]:
    """The journal to write to. Raises `Unavailable` while another process writes to it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Unavailable(
                f"Another process is sending the rows of {path}.", "Let it end."
            ) from error
        journal = Journal(path, header, file)
        whole = _load(journal, file.read())
        file.seek(file.truncate(whole))  # a line that a crash cut off was never acted on
        try:
            yield journal
        finally:
            if path.stat().st_size == 0:  # nothing was sent
                path.unlink()


def _load(journal: Journal, data: bytes) -> int:
    """Reads the lines that are whole; how many bytes they are."""
    end = data.rfind(b"\n") + 1
    lines = data[:end].splitlines()
    try:
        records = [orjson.loads(line) for line in lines]
        if records and records[0] != journal.header:
            raise Refused(
                f"{journal.path} is the journal of another ledger or of another kind of file.",
                "Name another one with --journal.",
            )
        for record in records[1:]:
            keys = tuple(record["keys"])
            if "signed" in record:
                journal.signed |= dict.fromkeys(keys, (keys, record["signed"]))
            elif "done" in record:
                journal.done |= zip(keys, record["done"], strict=True)
            else:
                for key in keys:
                    journal.signed.pop(key, None)
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"{journal.path} is damaged: {error}.",
            "See on the ledger what was sent before you take it away.",
        ) from error
    return end
