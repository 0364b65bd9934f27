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

SCHEMA_VERSION = 1
"""Raised with every change of `schema.sql`. A mirror of another version is made anew: it holds
nothing that the ledger does not."""

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
        raise InvalidInput(
            f"{path} is not a mirror: {error}.", "Name another file, or delete this one."
        ) from error
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
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5
    )
    try:
        _check_version(path, connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise Unavailable(
            f"The mirror {path} cannot be read: {error}.", "Make it anew with 'tonnelink index'."
        ) from error
    except BaseException:
        connection.close()
        raise
    return connection


def get_meta(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: sqlite3.Connection, key: str, value: object) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))


def _lock(path: Path) -> int:
    """A lock that ends with the process, however it ends. The file stays; the lock counts."""
    file = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
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
