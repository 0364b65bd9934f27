"""Opening the mirror's database: one writer, any number of readers."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.store.tables import SCHEMA

SCHEMA_VERSION = 2
"""Raised with every change of `schema.sql`. A mirror of another version is made anew: it holds
nothing that the ledger does not."""

_OTHER_FILE = "Name another file."
_ACCESS = (
    "See that the file and its directory can be read and written, that their disk has room, and"
    " that no other program holds the file; nothing is lost."
)
_NOT_THE_FILE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}

Synchronous = Literal["FULL", "NORMAL", "OFF"]


class Database:
    """The mirror, opened to write. Use it as a context manager; one process at a time has it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: int) -> None:
        self.path = path
        self.connection = connection
        self._lock = lock

    def close(self) -> None:
        """Gives the mirror back. A transaction that is open is rolled back."""
        self.connection.close()
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_writer(path: Path, *, synchronous: Synchronous = "FULL") -> Database:
    """Open the mirror at `path` to write, or make an empty one.

    `synchronous` FULL keeps every committed ledger block through a loss of power; NORMAL may lose
    the last ones, which are then indexed again. Raises `Unavailable` when another process writes
    to it, `InvalidInput` when the file is something else or of another version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_header(path)
        lock = _lock(path)
    except OSError as error:
        raise Unavailable(
            f"The mirror {path} cannot be opened: {error}.", "Choose another place for it."
        ) from error
    try:
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            _prepare(path, connection, synchronous)
        except BaseException:
            connection.close()
            raise
    except sqlite3.DatabaseError as error:
        os.close(lock)
        if _passing(error):
            raise Unavailable(f"The mirror {path} cannot be opened: {error}.", _ACCESS) from error
        raise InvalidInput(f"{path} is not a mirror: {error}.", _OTHER_FILE) from error
    except BaseException:
        os.close(lock)
        raise
    return Database(path, connection, lock)


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection; threads must not share it. Raises `Unavailable` without a mirror."""
    if not path.is_file():
        raise Unavailable(
            f"There is no mirror at {path}.", "Make it with 'tonnelink index --once'."
        )
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5
        )
        try:
            _check_version(path, connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.DatabaseError as error:
        hint = _ACCESS if _passing(error) else "Make it anew with 'tonnelink index'."
        raise Unavailable(f"The mirror {path} cannot be read: {error}.", hint) from error
    return connection


def get_meta(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: sqlite3.Connection, key: str, value: object) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))


def _check_header(path: Path) -> None:
    """Before anything is made beside a file that is something else. A file that has a lock beside
    it is left to SQLite: closing it here would end the locks of this process on it."""
    magic = b"SQLite format 3\0"
    if path.exists() and not _lock_path(path).exists():
        with path.open("rb") as file:
            begin = file.read(len(magic))
        if begin not in (b"", magic):
            raise InvalidInput(f"{path} is not a mirror: it is not a database.", _OTHER_FILE)


def _passing(error: sqlite3.DatabaseError) -> bool:
    """Whether the way to the file is at fault, not the file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_THE_FILE


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _lock(path: Path) -> int:
    """A lock that ends with the process, however it ends. The file stays; the lock counts."""
    file = os.open(_lock_path(path), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.read(file, 32).decode("ascii", errors="replace") or "unknown"
        os.close(file)
        raise Unavailable(
            f"Another indexer (process {owner}) writes to the mirror {path}.",
            "Stop it first, or index into another file.",
        ) from error
    os.truncate(file, 0)
    os.write(file, str(os.getpid()).encode())
    return file


def _prepare(path: Path, connection: sqlite3.Connection, synchronous: Synchronous) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -131072")  # 128 MiB
    connection.execute("PRAGMA temp_store = MEMORY")
    if connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0] == 0:
        # In one transaction: killed in between, the file is still empty.
        connection.executescript(
            f"BEGIN;\n{SCHEMA}\nINSERT INTO meta VALUES ('schema', '{SCHEMA_VERSION}');\nCOMMIT;"
        )
    _check_version(path, connection)


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    version = get_meta(connection, "schema")
    if version != str(SCHEMA_VERSION):
        raise InvalidInput(
            f"The mirror {path} has schema {version}; this program works with {SCHEMA_VERSION}.",
            "Delete it and index again: a mirror holds nothing that the ledger does not.",
        )
