"""What a database must do for the mirror. SQL is written once, in the dialect that both speak.

The common dialect: parameters `?` or `:name`; booleans are 0 and 1; no type is named; NULL may be
given for any parameter; every order is by columns that decide it. `sqlite.py` speaks it as it is,
`postgres.py` translates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol, TypeAlias

from registry_node.store.tables import Table

Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any]

Synchronous: TypeAlias = Literal["FULL", "NORMAL", "OFF"]
"""What a commit waits for."""


class NamedRow(Protocol):
    """A row whose values are found by place and by column name. `dict(row)` works."""

    def __getitem__(self, key: int | str, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...

    def keys(self) -> Iterable[str]: ...


class Cursor(Protocol):
    """The rows of a statement: tuples, or `NamedRow`s where the connection was opened so."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """One session. Threads may take turns with it, but must not share it.

    Faults of the database are raised inside `transaction` and `snapshot` as `Unavailable` (it may
    work again: no room, no server, somebody's lock) or `Inconsistent` (what is stored is damaged).
    """

    @property
    def name(self) -> str:
        """What people call the database. It has no password in it."""
        ...

    @property
    def lost(self) -> bool:
        """Whether the session has ended, so that another connection is needed."""
        ...

    def execute(self, sql: str, parameters: Parameters = ..., /) -> Cursor:
        """One statement."""
        ...

    def stream(self, sql: str, parameters: Parameters = ..., /) -> Iterator[Any]:
        """The rows of a query that may be longer than memory, inside a transaction."""
        ...

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Many whole rows, in the order of the table's columns."""
        ...

    def end(self, table: Table, keys: Sequence[tuple[Any, ...]]) -> None:
        """End many versions: each key is a height and the version's primary key."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside is written, or nothing."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything inside is read of one moment."""
        ...

    def version(self) -> int | None:
        """Inside a snapshot: another number than before when somebody has written since; None when
        the database does not tell."""
        ...

    def size(self) -> int:
        """Bytes that the database takes."""
        ...

    def close(self) -> None:
        """End the session. What was not committed is gone."""
        ...


class Store(Protocol):
    """Where a mirror is, or will be."""

    @property
    def name(self) -> str:
        """What people call it. It has no password in it."""
        ...

    def connect_writer(
        self, synchronous: Synchronous, *, named: bool
    ) -> tuple[Connection, Callable[[], None]]:
        """A connection that alone may write, and what gives that up once it is closed."""
        ...

    def connect_reader(self, *, named: bool, patient: bool) -> Connection:
        """A connection that cannot write, with `NamedRow`s if `named`, and without a limit on the
        time of a statement if `patient`."""
        ...

    def connect_beside(self) -> Connection:
        """A connection that may write while another process is the writer: for what is not of the
        ledger. It waits for the writer's transactions."""
        ...

    def exists(self) -> bool:
        """Whether something is there: a mirror, or what remains of one."""
        ...

    def replacing(self) -> AbstractContextManager[Store]:
        """A place beside it for a new mirror, which takes this place when the block ends well.

        What was here stays until then, and nobody else writes to it. Raises `Unavailable` when
        somebody does, `InvalidInput` when something else than a mirror is here.
        """
        ...

    def is_empty(self, connection: Connection) -> bool:
        """Whether nothing was ever made there."""
        ...

    def has_mirror(self, connection: Connection) -> bool:
        """Whether there is a mirror, of whatever version."""
        ...

    def definitions(self, script: str) -> list[str]:
        """The statements of `schema.sql`, or some of them, as this store takes them."""
        ...
