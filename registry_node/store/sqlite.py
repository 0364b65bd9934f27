"""The mirror in a SQLite file: the embedded store."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

from registry_node.domain.errors import Inconsistent, InvalidInput, TonnelinkError, Unavailable
from registry_node.store.connection import Connection, Parameters, Store, Synchronous
from registry_node.store.tables import Table

_MAGIC = b"SQLite format 3\0"
_PATIENCE_MS = 60_000
"""How long a transaction waits for the writer's, which is long in a backlog."""

_MOST_MAPPED = 2**31 - 2**16
"""Bytes of the file that a reader maps rather than copies: the most that SQLite takes. Random pages
of a large mirror come in half the time."""

_LOGS = ("-wal", "-shm")
"""Of SQLite's, beside a file. With another file's log it would be damaged."""

_OTHER_FILE = "Name another file."
_ACCESS = (
    "See that the file and its directory can be read and written, that their disk has room, and"
    " that no other program holds the file; nothing is lost."
)
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NOT_THE_FILE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class SqliteConnection(sqlite3.Connection):
    """A `Connection`. It is sqlite3's own, so that nothing stands between a query and its rows."""

    name = "the mirror"
    lost = False

    def stream(self, sql: str, parameters: Parameters = (), /) -> Iterator[Any]:
        return self.execute(sql, parameters)

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Many rows a statement: other threads compute while it runs, and not only between rows."""
        for part, size in _portions(rows, len(table.columns)):
            self.execute(_insertion(table, size), list(chain.from_iterable(part)))

    def end(self, table: Table, keys: Sequence[tuple[Any, ...]]) -> None:
        for part, size in _portions(keys, 1 + len(table.primary_key)):
            self.execute(_ending(table, size), list(chain.from_iterable(part)))

    def size(self) -> int:
        pages: int = self.execute("PRAGMA page_count").fetchone()[0]
        bytes_each: int = self.execute("PRAGMA page_size").fetchone()[0]
        return pages * bytes_each

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._faults("written"):
            self.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                if self.in_transaction:  # SQLite ends it itself when the disk is full
                    self.execute("ROLLBACK")
                raise

    def snapshot(self) -> AbstractContextManager[None]:
        return _Reading(self)

    def version(self) -> int:
        found: int = self.execute("PRAGMA data_version").fetchone()[0]
        return found

    @contextmanager
    def _faults(self, wanted: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            told = _told(self.name, wanted, error)
            if told is None:
                raise
            raise told from error


class _Reading:
    """A read transaction. A plain class: it is on the way of every answer."""

    __slots__ = ("_connection",)

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        try:
            self._connection.execute("BEGIN")
        except sqlite3.DatabaseError as error:
            self._tell(error)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.DatabaseError as failed:
            self._tell(failed)
            raise
        if isinstance(error, sqlite3.DatabaseError):
            self._tell(error)

    def _tell(self, error: sqlite3.DatabaseError) -> None:
        told = _told(self._connection.name, "read", error)
        if told is not None:
            raise told from error


_MOST_VALUES = 32_000  # in one statement: what SQLite allows
_SIZES = (4096, 512, 64, 8, 1)  # of statements, so that few are ever compiled


def _portions(
    rows: Sequence[Sequence[Any]], columns: int
) -> Iterator[tuple[Sequence[Sequence[Any]], int]]:
    """The rows cut into pieces of a few sizes."""
    start = 0
    for size in _SIZES:
        while size * columns <= _MOST_VALUES and start + size <= len(rows):
            yield rows[start : start + size], size
            start += size


@cache
def _insertion(table: Table, size: int) -> str:
    names = ", ".join(table.columns)
    return f"INSERT INTO {table.name} ({names}) VALUES {_values(len(table.columns), size)}"  # noqa: S608


@cache
def _ending(table: Table, size: int) -> str:
    """Ends that many versions. SQLite calls the columns of VALUES column1, column2, ..."""
    where = " AND ".join(
        f"{table.name}.{name} = v.column{place}" for place, name in enumerate(table.primary_key, 2)
    )
    values = _values(1 + len(table.primary_key), size)
    return f"UPDATE {table.name} SET to_height = v.column1 FROM (VALUES {values}) v WHERE {where}"  # noqa: S608


def _values(columns: int, size: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return ", ".join([row] * size)


class SqliteStore:
    """A `Store`: one file, and its lock beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    def connect_writer(
        self, synchronous: Synchronous, *, named: bool
    ) -> tuple[Connection, Callable[[], None]]:
        path = self.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _check_header(path)
            lock = _lock(path)
        except OSError as error:
            raise Unavailable(
                f"The mirror {path} cannot be opened: {error}.", "Choose another place for it."
            ) from error
        try:
            connection = _open_to_write(path, synchronous)
        except sqlite3.DatabaseError as error:
            os.close(lock)
            if _passing(error):
                message = f"The mirror {path} cannot be opened: {error}."
                raise Unavailable(message, _ACCESS) from error
            raise InvalidInput(f"{path} is not a mirror: {error}.", _OTHER_FILE) from error
        except BaseException:
            os.close(lock)
            raise
        if named:
            connection.row_factory = sqlite3.Row
        return connection, lambda: os.close(lock)

    def connect_reader(self, *, named: bool, patient: bool) -> Connection:  # noqa: ARG002
        if not self.path.is_file():
            raise Unavailable(
                f"There is no mirror at {self.path}.", "Make it with 'tonnelink index --once'."
            )
        try:
            connection = _open_to_read(self.path)
        except sqlite3.DatabaseError as error:
            hint = _ACCESS if _passing(error) else "Make it anew with 'tonnelink index'."
            raise Unavailable(f"The mirror {self.path} cannot be read: {error}.", hint) from error
        if named:
            connection.row_factory = sqlite3.Row
        return connection

    def connect_beside(self) -> Connection:
        try:
            connection = _open_to_write(self.path, "FULL")
        except sqlite3.DatabaseError as error:
            message = f"The mirror {self.path} cannot be written: {error}."
            raise Unavailable(message, _ACCESS) from error
        connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        return connection

    def exists(self) -> bool:
        return self.path.exists()

    @contextmanager
    def replacing(self) -> Iterator[Store]:
        draft, old = (SqliteStore(_beside(self.path, end)) for end in (".draft", ".replaced"))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _check_header(self.path)
            lock = _lock(self.path)
            try:
                draft.discard()
                yield draft
                # At no moment is a file beside a log of another: see `_LOGS`.
                for end in ("", *_LOGS):
                    if _beside(self.path, end).exists():
                        _beside(self.path, end).replace(_beside(old.path, end))
                draft.path.replace(self.path)
                old.discard()
            finally:
                draft.discard()
                os.close(lock)
        except OSError as error:
            raise Unavailable(
                f"The mirror {self.path} cannot be replaced: {error}.",
                "See that its directory can be written and has room for two.",
            ) from error

    def discard(self) -> None:
        """Removes the file and what belongs to it."""
        for end in ("", *_LOGS, ".lock"):
            _beside(self.path, end).unlink(missing_ok=True)

    def is_empty(self, connection: Connection) -> bool:
        return bool(connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0] == 0)

    def has_mirror(self, connection: Connection) -> bool:
        row = connection.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'meta'")
        return bool(row.fetchone()[0])

    def definitions(self, script: str) -> list[str]:
        found, statement = [], ""
        for line in script.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):  # a semicolon may be in a comment
                found.append(statement)
                statement = ""
        return found


def _open_to_write(path: Path, synchronous: Synchronous) -> SqliteConnection:
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        factory=SqliteConnection,
    )
    connection.name = str(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -131072")  # 128 MiB
        connection.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


def _open_to_read(path: Path) -> SqliteConnection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        timeout=5,
        check_same_thread=False,
        cached_statements=256,
        factory=SqliteConnection,
    )
    connection.name = str(path)
    try:
        connection.execute(f"PRAGMA mmap_size = {_MOST_MAPPED}")
        connection.execute("SELECT COUNT(*) FROM sqlite_master")
    except BaseException:
        connection.close()
        raise
    return connection


def _told(name: str, wanted: str, error: sqlite3.DatabaseError) -> TonnelinkError | None:
    """The error as people are told it; None for a mistake of the program."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
        return Inconsistent(
            f"The mirror {name} is damaged: {error}.",
            "Delete it and index again, or put a copy of it in its place.",
        )
    if isinstance(error, sqlite3.OperationalError):
        return Unavailable(
            f"The mirror {name} cannot be {wanted}: {error}.",
            "Make room on its disk and see that it is writable; nothing is lost."
            if wanted == "written"
            else "Start it with 'tonnelink index' or 'tonnelink up'.",
        )
    return None


def _check_header(path: Path) -> None:
    """Before anything is made beside a file that is something else. A file that has a lock beside
    it is left to SQLite: closing it here would end the locks of this process on it."""
    if path.exists() and not _lock_path(path).exists():
        with path.open("rb") as file:
            begin = file.read(len(_MAGIC))
        if begin not in (b"", _MAGIC):
            raise InvalidInput(f"{path} is not a mirror: it is not a database.", _OTHER_FILE)


def _passing(error: sqlite3.DatabaseError) -> bool:
    """Whether the way to the file is at fault, not the file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_THE_FILE


def _lock_path(path: Path) -> Path:
    return _beside(path, ".lock")


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


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
            "Stop that node first: one process writes to a mirror.",
        ) from error
    os.truncate(file, 0)
    os.write(file, str(os.getpid()).encode())
    return file
