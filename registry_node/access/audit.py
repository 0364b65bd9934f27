"""The log of who asked what: lines that can be added to and not changed unnoticed.

Each line is a JSON object with the hash of the line before it, so that changing, dropping or
inserting one breaks the chain from there on. Dropping the last lines does not: note the last hash
elsewhere now and then, and check that the log still has it (`tonnelink access log --verify --expect
HASH`).

A file that has reached its size is renamed `audit-NUMBER.log` after its first line, and the chain
goes on in a new `audit.log`. Nothing here ever deletes a line. Several processes may write: each
line is written under a lock of the file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

Entry: TypeAlias = dict[str, Any]

NAME = "audit.log"
START = "0" * 64
"""What the first line of all has for the hash of the line before it."""

_TAIL = 1 << 16
"""Bytes from the end of a file in which its last line lies; a line is much shorter."""


class AuditLog:
    """Writes the log of one node. Every error of writing is an `OSError`, and nothing is written
    then: whoever calls decides what that means for the answer."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._path = folder / NAME
        self._most = most_bytes
        self.fault: str | None = None
        """What keeps it from being written, as whoever writes has found; for the health check."""
        self._file = -1
        self._seen = (0, 0)  # inode and size after our own last line
        self._last = (0, START)  # number and hash of that line

    def write(self, entry: Entry) -> None:
        """Adds a line. `entry` is what is to be said; its number and hashes are added here."""
        with self._locked():
            number, previous = self._last
            told = {"n": number + 1, **entry, "prev": previous}
            line = orjson.dumps(told)
            digest = hashlib.sha256(line).hexdigest()
            line = line[:-1] + b',"hash":"' + digest.encode() + b'"}\n'
            inode, size = self._seen
            written = os.write(self._file, line)
            if written != len(line):  # a full disk takes a part
                os.ftruncate(self._file, size)
                raise OSError(28, os.strerror(28), str(self._path))
            self._seen = (inode, size + written)
            self._last = (number + 1, digest)

    def sync(self) -> None:
        """Waits until the lines are on the disk. Any thread may call it."""
        if self._file >= 0:
            os.fdatasync(self._file)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The log's file, open and locked, with its last line known and room in it."""
        while not self._take():
            self.close()
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _take(self) -> bool:
        """Opens and locks the file; False when it is not, or no longer, the one to write in."""
        if self._file < 0:
            self._open()
        fcntl.flock(self._file, fcntl.LOCK_EX)
        if not self._is_current():  # another process has renamed it
            return False
        state = os.fstat(self._file)
        if (state.st_ino, state.st_size) != self._seen:
            number, _ = self._last
            self._take_up(state.st_ino, state.st_size)
            if self._last[0] < number:
                self.close()
                raise OSError(5, f"lines after number {self._last[0]} are gone", str(self._path))
        if self._seen[1] < self._most:
            return True
        self._put_away()
        return False

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(self._path, flags, 0o600)

    def _is_current(self) -> bool:
        try:
            return self._path.stat().st_ino == os.fstat(self._file).st_ino
        except FileNotFoundError:
            return False

    def _take_up(self, inode: int, size: int) -> None:
        """Goes on after the last whole line: a part of one is of an answer that was never sent."""
        tail = os.pread(self._file, _TAIL, max(0, size - _TAIL))
        torn = len(tail) - (tail.rfind(b"\n") + 1)
        if torn:
            os.ftruncate(self._file, size - torn)
        lines = tail[: len(tail) - torn].splitlines()
        if lines:
            self._last = _end_of(lines[-1])
        else:
            older = files(self._path.parent)[:-1]
            self._last = _last_line(older[-1]) if older else (0, START)
        self._seen = (inode, size - torn)

    def _put_away(self) -> None:
        """Renames the file after its first line."""
        first = orjson.loads(os.pread(self._file, _TAIL, 0).split(b"\n", 1)[0])["n"]
        os.fdatasync(self._file)
        self._path.rename(self._path.with_name(f"audit-{first:012}.log"))


def files(folder: Path) -> list[Path]:
    """The files of a log, oldest first; the one that is written last, whether it exists or not."""
    return [*sorted(folder.glob("audit-*.log")), folder / NAME]


def entries(folder: Path) -> Iterator[Entry]:
    """Every line that can be read, oldest first."""
    for path in files(folder):
        if path.is_file():
            with path.open("rb") as lines:
                for line in lines:
                    try:
                        yield orjson.loads(line)
                    except orjson.JSONDecodeError:
                        continue  # `verify` is there to complain


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the chain found. `fault` says what and where the first break is."""

    lines: int
    first: int
    last: int
    last_hash: str
    fault: str | None
    expected_found: bool | None


def verify(folder: Path, expect: str | None = None) -> Verdict:
    """Checks every line's hash and that each names the one before; and that the chain has a line
    with the hash `expect`."""
    lines, first, number, previous = 0, 0, 0, START
    found = None if expect is None else expect == START
    for path in files(folder):
        if not path.is_file():
            continue
        with path.open("rb") as content:
            for place, line in enumerate(content, 1):
                where = f"{path.name}, line {place}"
                fault = _fault(line, number, previous, begins=lines == 0)
                if fault:
                    return Verdict(lines, first, number, previous, f"{where}: {fault}", found)
                number, previous = _end_of(line)
                first = first or number
                lines += 1
                found = found or (None if expect is None else previous == expect)
    return Verdict(lines, first, number, previous, None, found)


def _fault(line: bytes, number: int, previous: str, *, begins: bool) -> str | None:
    try:
        told = orjson.loads(line)
        digest, before, own = told["hash"], told["prev"], told["n"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "it is no line of this log"
    ending = f',"hash":"{digest}"}}\n'.encode()
    if not line.endswith(ending):
        return "it is no line of this log"
    if hashlib.sha256(line[: -len(ending)] + b"}").hexdigest() != digest:
        return f"line number {own} was changed"
    if begins:  # older files may have been put away, but not lines
        return None if (own == 1) == (before == START) else "the lines before it are missing"
    if own != number + 1 or before != previous:
        return f"line number {number + 1} should be here, not {own}"
    return None


def _end_of(line: bytes) -> tuple[int, str]:
    told = orjson.loads(line)
    return told["n"], told["hash"]


def _last_line(path: Path) -> tuple[int, str]:
    with path.open("rb") as content:
        content.seek(max(0, path.stat().st_size - _TAIL))
        return _end_of(content.read().splitlines()[-1])
