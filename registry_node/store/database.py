"""Opening the mirror's database: one writer, any number of readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.store.connection import Connection, Store, Synchronous
from registry_node.store.sqlite import SqliteStore
from registry_node.store.tables import SCHEMA, postponed_indexes
from registry_node.store.version import SCHEMA_VERSION, check_schema

_INDEXES = "indexes"
"""Of meta: there only while the indexes are postponed."""

Location: TypeAlias = Path | str
"""A file of SQLite's, or postgresql://user@host/database?schema=name."""


class Database:
    """The mirror, opened to write. Use it as a context manager; one process at a time has it."""

    def __init__(self, store: Store, synchronous: Synchronous, *, named: bool) -> None:
        self.name = store.name
        self._store = store
        self._synchronous = synchronous
        self._named = named
        self._open()

    def reopen(self) -> None:
        """Another connection in the place of one that was lost. Raises `Unavailable`."""
        if self.connection.lost:
            self._release()
            self._open()

    def postpone_indexes(self) -> None:
        """For a long backlog: leave out what only questions and undoing need, which then take
        long. `build_indexes` makes them at the backlog's end, at the latest when the mirror is
        opened to write again."""
        with self.connection.transaction():
            for name in postponed_indexes():
                self.connection.execute(f"DROP INDEX IF EXISTS {name}")
            set_meta(self.connection, _INDEXES, "postponed")

    def build_indexes(self) -> None:
        """Make the indexes that were postponed. Killed in between, they are postponed still."""
        with self.connection.snapshot():
            if get_meta(self.connection, _INDEXES) is None:
                return
        with self.connection.transaction():
            for statement in postponed_indexes().values():
                for made in self._store.definitions(statement):
                    self.connection.execute(made)
            self.connection.execute("DELETE FROM meta WHERE key = ?", (_INDEXES,))

    def close(self) -> None:
        """Gives the mirror back. A transaction that is open is rolled back."""
        self.connection.close()
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> None:
        self.connection, self._release = self._store.connect_writer(
            self._synchronous, named=self._named
        )
        try:
            self._prepare()
            self.build_indexes()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        """In one transaction: killed in between, the place is as it was."""
        store, connection = self._store, self.connection
        with connection.transaction():
            if store.has_mirror(connection):
                check_schema(store.name, _version(connection))
            elif store.is_empty(connection):
                for statement in store.definitions(SCHEMA):
                    connection.execute(statement)
                set_meta(connection, "schema", SCHEMA_VERSION)
            else:
                raise InvalidInput(
                    f"{store.name} is not a mirror: there are other tables.", "Name another place."
                )


def open_writer(
    location: Location, *, synchronous: Synchronous = "FULL", named: bool = False
) -> Database:
    """Open the mirror to write, or make an empty one. Its rows have names if `named`.

    `synchronous` FULL keeps every committed ledger block through a loss of power; NORMAL may lose
    the last ones of a file, which are then indexed again; OFF does not wait for the disk at all.
    Raises `Unavailable` when another process writes to it or the database is away, `InvalidInput`
    when the place is something else or of another schema.
    """
    return Database(store_at(location), synchronous, named=named)


def open_reader(location: Location, *, named: bool = False, patient: bool = True) -> Connection:
    """A read-only connection, whose rows have names if `named`. PostgreSQL ends long statements
    unless it is `patient`. Raises `Unavailable` without a mirror."""
    store = store_at(location)
    connection = store.connect_reader(named=named, patient=patient)
    try:
        with connection.snapshot():
            _check_there(store, connection)
            check_schema(store.name, _version(connection))
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def open_beside(location: Location) -> Iterator[Connection]:
    """A connection that may write while another process indexes: for marks, which are not of the
    ledger. Raises `Unavailable` without a mirror, or where it cannot be written."""
    open_reader(location).close()  # there is a mirror, of this program's schema
    connection = store_at(location).connect_beside()
    try:
        yield connection
    finally:
        connection.close()


def store_at(location: Location) -> Store:
    """The kind of database that a place is. Raises `InvalidInput` for an impossible address."""
    if isinstance(location, Path):
        return SqliteStore(location)
    try:
        from registry_node.store.postgres import PostgresStore
        from registry_node.store.postgres_address import parse_address
    except ImportError as error:
        raise InvalidInput(
            "A mirror in PostgreSQL needs psycopg, which is not installed.",
            "Install it with: pip install 'tonnelink[postgres]'.",
        ) from error
    return PostgresStore(parse_address(location))


def get_meta(connection: Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: Connection, key: str, value: object) -> None:
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, str(value)),
    )


def _check_there(store: Store, connection: Connection) -> None:
    if not store.has_mirror(connection):
        raise Unavailable(
            f"There is no mirror at {store.name}.", "Make it with 'tonnelink index --once'."
        )


def _version(connection: Connection) -> int:
    text = get_meta(connection, "schema") or ""
    return int(text) if text.isdecimal() else 0
