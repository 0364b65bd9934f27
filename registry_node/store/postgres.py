"""The mirror in a schema of a PostgreSQL database: the store of nodes that many people read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from registry_node.domain.errors import Inconsistent, InvalidInput, TonnelinkError, Unavailable
from registry_node.store import dialect
from registry_node.store.connection import Connection, Cursor, Parameters, Store, Synchronous
from registry_node.store.postgres_address import Address
from registry_node.store.postgres_values import adapters, bound, named_row, trusted
from registry_node.store.tables import Table, tables

_STATEMENT_SECONDS = 30
_LOCK_WAITS = (0, 0.02, 0.05, 0.1, 0.3)
"""Seconds before each attempt to be the writer."""

_AT_ONCE = 5_000
"""Rows of a stream that are fetched together."""

_WRITER = {f"enable_{way}": "off" for way in ("seqscan", "hashjoin", "mergejoin")}
"""The indexer asks for single keys. A planner that has not seen statistics yet would now and then
read whole tables for them."""

_OF_TYPE = {"INTEGER": "int8", "BLOB": "bytea", "TEXT": "text"}
_ARRAY = {"INTEGER": "bigint[]", "BLOB": "bytea[]", "TEXT": "text[]"}

_ADVICE = (
    "See that the server runs and takes this user, and that its disk has room; nothing is lost."
)
_DAMAGED = (errors.DataCorrupted, errors.IndexCorrupted)
_PASSING = (
    psycopg.OperationalError,  # no connection, no room, a time limit, a server that stops
    psycopg.InterfaceError,  # a connection that has ended
    errors.ReadOnlySqlTransaction,  # a standby
    errors.SerializationFailure,
    errors.InsufficientPrivilege,
    errors.UndefinedTable,  # somebody dropped the mirror
)


class PostgresConnection:
    """A `Connection`."""

    def __init__(self, session: psycopg.Connection[Any], name: str) -> None:
        self.name = name
        self._session = session
        self._streams = 0

    @property
    def lost(self) -> bool:
        return self._session.closed

    def execute(self, sql: str, parameters: Parameters = (), /) -> Cursor:
        return self._session.execute(*bound(sql, parameters))

    def stream(self, sql: str, parameters: Parameters = (), /) -> Iterator[Any]:
        self._streams += 1
        with self._session.cursor(f"stream_{self._streams}") as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(*bound(sql, parameters))

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """By COPY in its binary form, which nothing has to parse."""
        columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            sql.Identifier(table.name), columns
        )
        with self._session.cursor() as cursor, cursor.copy(command) as copy:
            copy.set_types([_OF_TYPE[kind] for kind in table.types])
            write = copy.write_row
            for row in rows:
                write(row)

    def end(self, table: Table, keys: Sequence[tuple[Any, ...]]) -> None:
        """In one statement, with an array for each column of the keys."""
        types = dict(zip(table.columns, table.types, strict=True))
        names = ("ended", *table.primary_key)
        arrays = ["%s::bigint[]", *(f"%s::{_ARRAY[types[name]]}" for name in table.primary_key)]
        where = " AND ".join(f"t.{name} = k.{name}" for name in table.primary_key)
        command = (
            f"UPDATE {table.name} t SET to_height = k.ended"  # noqa: S608 - names of the schema
            f" FROM unnest({', '.join(arrays)}) AS k ({', '.join(names)}) WHERE {where}"
        )
        self._session.execute(
            trusted(command), [list(column) for column in zip(*keys, strict=True)]
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._faults("written"):
            self._session.execute("BEGIN")
            try:
                yield
                self._session.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._faults("read"):
            self._session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            try:
                yield
            finally:
                self._roll_back()

    def version(self) -> None:
        return None

    def size(self) -> int:
        found = self.execute(
            "SELECT SUM(pg_total_relation_size(c.oid)) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = current_schema() AND c.relkind = 'r'"
        )
        return int(found.fetchone()[0] or 0)

    def close(self) -> None:
        self._session.close()

    def _roll_back(self) -> None:
        if self._session.closed:
            return
        if self._session.info.transaction_status is not TransactionStatus.IDLE:
            try:
                self._session.execute("ROLLBACK")
            except psycopg.Error:
                self._session.close()  # nobody knows what state it is in

    @contextmanager
    def _faults(self, wanted: str) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            told = _told(self.name, wanted, error)
            if told is None:
                raise
            raise told from error


def writer_lock(schema: str) -> int:
    """The key of the advisory lock that a schema's writer holds."""
    named = sha256(f"tonnelink {schema}".encode()).digest()
    return int.from_bytes(named[:8], "big", signed=True)


class PostgresStore:
    """A `Store`: one schema of a database."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.name = address.name

    def connect_writer(
        self, synchronous: Synchronous, *, named: bool
    ) -> tuple[Connection, Callable[[], None]]:
        connection = self._connect(named_row if named else tuple_row)
        try:
            with connection.transaction():
                self._set(
                    connection,
                    synchronous_commit="off" if synchronous == "OFF" else "on",
                    **_WRITER,
                )
                self._lock(connection)
                self._make_schema(connection)
        except BaseException:
            connection.close()
            raise
        return connection, lambda: None  # the lock ends with the session

    def connect_reader(self, *, named: bool, patient: bool) -> Connection:
        connection = self._connect(named_row if named else tuple_row)
        try:
            with connection.transaction():
                self._set(
                    connection,
                    default_transaction_read_only="on",
                    statement_timeout="0" if patient else f"{_STATEMENT_SECONDS}s",
                )
        except BaseException:
            connection.close()
            raise
        return connection

    def connect_beside(self) -> Connection:
        connection = self._connect(tuple_row)
        try:
            with connection.transaction():
                self._set(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def exists(self) -> bool:
        connection = self._connect(tuple_row)
        try:
            with connection.snapshot():
                return self.has_mirror(connection)
        finally:
            connection.close()

    @contextmanager
    def replacing(self) -> Iterator[Store]:
        draft = self._address.beside
        here, beside = self._address.schema, draft.schema
        connection, _ = self.connect_writer("FULL", named=False)
        try:
            with connection.transaction():
                if not (self.has_mirror(connection) or self.is_empty(connection)):
                    raise InvalidInput(
                        f"{self.name} is not a mirror: there are other tables.",
                        "Name another place.",
                    )
                connection.execute(f"DROP SCHEMA IF EXISTS {beside} CASCADE")
            yield PostgresStore(draft)
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout TO '{_STATEMENT_SECONDS}s'")
                for name in reversed(tables()):
                    connection.execute(f"DROP TABLE IF EXISTS {here}.{name} CASCADE")
                for name in tables():
                    connection.execute(f"ALTER TABLE {beside}.{name} SET SCHEMA {here}")
        finally:
            if not connection.lost:
                with connection.transaction():
                    connection.execute(f"DROP SCHEMA IF EXISTS {beside} CASCADE")
            connection.close()

    def is_empty(self, connection: Connection) -> bool:
        found = connection.execute(
            "SELECT COUNT(*) FROM pg_tables WHERE schemaname = ?", (self._address.schema,)
        )
        return bool(found.fetchone()[0] == 0)

    def has_mirror(self, connection: Connection) -> bool:
        found = connection.execute("SELECT to_regclass(?)", (f"{self._address.schema}.meta",))
        return found.fetchone()[0] is not None

    def definitions(self, script: str) -> list[str]:
        return [part for part in dialect.definitions(script).split(";") if part.strip()]

    def _connect(self, rows: Any) -> PostgresConnection:
        try:
            session = psycopg.connect(
                self._address.conninfo, autocommit=True, row_factory=rows, context=adapters()
            )
        except psycopg.Error as error:
            raise Unavailable(
                f"The mirror {self.name} cannot be reached: {_first_line(error)}.", _ADVICE
            ) from error
        connection = PostgresConnection(session, self.name)
        try:
            _check_encoding(session, self.name)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set(self, connection: PostgresConnection, **settings: str) -> None:
        """Settings of the session, in one statement. Poolers do not pass on those of a connection's
        beginning."""
        given = {"search_path": self._address.schema, **settings}
        calls = ", ".join(f"set_config('{name}', ?, false)" for name in given)
        connection.execute(f"SELECT {calls}", list(given.values()))

    def _lock(self, connection: PostgresConnection) -> None:
        """Makes this session the only writer of the schema, for as long as it lives."""
        key = writer_lock(self._address.schema)
        for wait in _LOCK_WAITS:  # the server may not have seen yet that the last writer ended
            time.sleep(wait)
            if connection.execute("SELECT pg_try_advisory_lock(?)", (key,)).fetchone()[0]:
                return
        raise Unavailable(
            f"Another indexer writes to the mirror {self.name}.",
            "Stop that node first: one process writes to a mirror.",
        )

    def _make_schema(self, connection: PostgresConnection) -> None:
        """Who may not make schemas may use one that was made for them."""
        schema = self._address.schema
        known = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = ?", (schema,))
        if known.fetchone() is None:
            connection.execute(f"CREATE SCHEMA {schema}")


def _check_encoding(session: psycopg.Connection[Any], name: str) -> None:
    encoding = session.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise InvalidInput(
            f"The database of {name} is in {encoding}.", "Make one with ENCODING 'UTF8'."
        )


# ---- faults -----------------------------------------------------------------------------------


def _told(name: str, wanted: str, error: psycopg.Error) -> TonnelinkError | None:
    """The error as people are told it; None for a mistake of the program."""
    if isinstance(error, _DAMAGED):
        return Inconsistent(
            f"The mirror {name} is damaged: {_first_line(error)}.",
            "Index again, into another schema.",
        )
    if isinstance(error, _PASSING):
        return Unavailable(f"The mirror {name} cannot be {wanted}: {_first_line(error)}.", _ADVICE)
    return None


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().split("\n", 1)[0].rstrip(".")
