"""One read transaction at one ledger height: what an answer and its `as_of` are both taken from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, TypeAlias

from registry_node.domain.errors import Inconsistent, NotFound, Unavailable
from registry_node.domain.references import short_text
from registry_node.domain.view import EVERYTHING, View
from registry_node.store.connection import Connection, NamedRow
from registry_node.store.database import Location, open_reader
from registry_node.store.marks import Mark, marks

Json: TypeAlias = dict[str, Any]

NOW = 9223372036854775807
"""The `to_height` of a version that is still true."""

NO_LIMIT = 9223372036854775807
"""As a LIMIT: every row."""

NOBODY = bytes(20)
"""The sender of units that are new."""

MOST_CONNECTIONS = 16
"""Snapshots that one reader has open at the same time."""

_MOST_KNOWN = 1_000
"""Things that a connection remembers until somebody writes."""

_PURPOSES = (
    "SELECT address, file_hash FROM account"
    " WHERE registry_id = ? AND kind = 6"  # a system account, in the words of its index
    " ORDER BY address, from_height DESC"
)

_FAULTS = (Unavailable, Inconsistent)
"""After which a connection is not used again: another one finds what is there by then."""

_LONGEST_WAIT = 10.0
"""Seconds to wait for one of them."""


@dataclass(frozen=True, slots=True)
class Directory:
    """What the deployment knows and events do not: the gateway, and the names of addresses."""

    gateway: bytes
    labels: Mapping[bytes, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The ledger block that an answer is true of."""

    number: int
    hash: bytes
    timestamp: int
    finalized: bool
    final: int = -1
    """Height up to which no ledger block can be replaced."""
    marks: tuple[Mark, ...] = ()
    """Who is in doubt at that block, after a comparison found that the mirror differs."""

    def to_json(self) -> Json:
        return {
            "block_number": self.number,
            "block_hash": hexed(self.hash),
            "finalized": self.finalized,
        }


class Snapshot:
    """Reads of one transaction at `as_of.number`; use it inside `Reader.snapshot` only."""

    __slots__ = ("as_of", "connection", "directory", "height", "known", "view")

    def __init__(
        self,
        connection: Connection,
        as_of: AsOf,
        directory: Directory,
        view: View = EVERYTHING,
        known: dict[Any, Any] | None = None,
    ) -> None:
        self.known = {} if known is None else known
        """What a query wants to find again without asking, until somebody writes: facts only, of
        which there are few."""
        self.connection = connection
        self.as_of = as_of
        self.height = as_of.number
        self.directory = directory
        self.view = view

    def all(self, sql: str, *parameters: Any, **named: Any) -> list[NamedRow]:
        """Every row. Named parameters always include `h`, the height, and `now`, its time."""
        return self.connection.execute(sql, parameters or self._bind(named)).fetchall()

    def one(self, sql: str, *parameters: Any, **named: Any) -> NamedRow | None:
        given = parameters or self._bind(named)
        row: NamedRow | None = self.connection.execute(sql, given).fetchone()
        return row

    def once(self, key: tuple[Any, ...], find: Callable[[], Any]) -> Any:
        """What `find` finds, asked once until somebody writes. For what is costly to sum up and
        the same for everybody; `key` names it with its height. Few heights are kept."""
        if key not in self.known:
            if len(self.known) > _MOST_KNOWN:
                self.known.clear()
            self.known[key] = find()
        return self.known[key]

    def _bind(self, named: dict[str, Any]) -> dict[str, Any]:
        return {
            "h": self.height,
            "now": self.as_of.timestamp,
            **self.view.bound,
            **named,
        }

    def seen(self, *parties: tuple[str, str | None]) -> str:
        """The condition under which whoever asks sees a row: see `View.clause`."""
        return self.view.clause(*parties)

    def label(self, registry_id: int, address: bytes) -> str | None:
        """An account's name: from the deployment, or a system account's purpose."""
        if address == self.directory.gateway:
            return "link gateway"
        label = self.directory.labels.get(address)
        return self._purposes(registry_id).get(address) if label is None else label

    def person(self, registry_id: int, address: bytes | None) -> Json | None:
        """Whoever is behind an address, by name; None for nobody."""
        if address is None:
            return None
        return {"address": hexed(address), "label": self.label(registry_id, address)}

    def _purposes(self, registry_id: int) -> dict[bytes, str]:
        """Of a registry's system accounts, which are few."""

        def find() -> dict[bytes, str]:
            rows = self.all(_PURPOSES, registry_id)
            return {row["address"]: short_text(row["file_hash"]) for row in rows}

        found: dict[bytes, str] = self.once(("purposes", registry_id), find)
        return found


class Reader:
    """Opens snapshots of one mirror, over connections that are used again. Threads may share it."""

    def __init__(self, location: Location, directory: Directory) -> None:
        self.location = location
        self._idle: deque[Session] = deque()
        self._tokens: SimpleQueue[None] = SimpleQueue()
        for _ in range(MOST_CONNECTIONS):
            self._tokens.put(None)
        self.directory = directory

    @property
    def is_near(self) -> bool:
        """Whether a few look-ups take microseconds: the mirror is a file of this machine."""
        return isinstance(self.location, Path)

    def twin(self) -> Reader:
        """Another reader of the same mirror, with connections of its own: whoever uses it does not
        wait for those who use this one."""
        return Reader(self.location, self.directory)

    def snapshot(
        self, at: int | None = None, view: View = EVERYTHING
    ) -> AbstractContextManager[Snapshot]:
        """A consistent view at height `at`, or at the head, for an asker who may see `view`.

        Raises `Unavailable` when there is no mirror, it is empty, or all connections are taken for
        long; `NotFound` for a height that the mirror has not reached.
        """
        return _Opened(self, at, view)

    def close(self) -> None:
        """Ends the connections that nobody uses."""
        while self._idle:
            self._idle.pop().connection.close()

    def begin(self) -> Session:
        """A session whose transaction has begun. Whoever asks for it must `end` it."""
        try:
            self._tokens.get(timeout=_LONGEST_WAIT)
        except Empty:
            raise Unavailable(
                f"All {MOST_CONNECTIONS} connections to the mirror are taken.", "Try again later."
            ) from None
        session = None
        try:
            session = self._take()
            session.begin()
        except BaseException:
            self._give_back(session, broken=True)
            raise
        try:
            session.look()
        except BaseException as error:
            Reader.end(self, session, error)  # whoever inherits does not know of it yet
            raise
        return session

    def end(self, session: Session, error: BaseException | None = None) -> None:
        """Ends the transaction, in which `error` was raised. Raises what a fault of the database
        means."""
        try:
            session.end(error)
        except BaseException as told:
            self._give_back(session, broken=isinstance(told, _FAULTS))
            raise
        self._give_back(session, broken=isinstance(error, _FAULTS))

    def _take(self) -> Session:
        try:
            return self._idle.pop()
        except IndexError:
            return Session(open_reader(self.location, named=True, patient=False))

    def _give_back(self, session: Session | None, *, broken: bool) -> None:
        if session is not None:
            if broken:
                session.connection.close()
            else:
                self._idle.append(session)
        self._tokens.put(None)


class Session:
    """A connection, and what was read over it that holds until somebody writes."""

    __slots__ = ("_head", "_reading", "_version", "connection", "known")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._version: int | None = None
        self._head: AsOf | None = None
        self.known: dict[Any, Any] = {}

    def begin(self) -> None:
        self._reading = self.connection.snapshot()
        self._reading.__enter__()

    def look(self) -> None:
        """Finds out where the mirror stands."""
        version = self.connection.version()
        if self._head is None or version is None or version != self._version:
            self.known = {}
            self._head = _head(self.connection)
            self._version = version

    def end(self, error: BaseException | None) -> None:
        kind, trace = (type(error), error.__traceback__) if error else (None, None)
        self._reading.__exit__(kind, error, trace)

    def as_of(self, at: int | None) -> AsOf:
        """The ledger block of a snapshot at that height."""
        assert self._head is not None  # noqa: S101 - `look` found it
        return self._head if at is None else _at(self.connection, at, self._head)


class _Opened:
    """A snapshot while it is open. A plain class: it is on the way of every answer."""

    __slots__ = ("_at", "_reader", "_session", "_view")

    def __init__(self, reader: Reader, at: int | None, view: View) -> None:
        self._reader = reader
        self._at = at
        self._view = view

    def __enter__(self) -> Snapshot:
        reader = self._reader
        self._session = session = reader.begin()
        try:
            as_of = session.as_of(self._at)
        except BaseException as error:
            reader.end(session, error)
            raise
        return Snapshot(session.connection, as_of, reader.directory, self._view, session.known)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reader.end(self._session, error)


def _head(connection: Connection) -> AsOf:
    head = connection.execute(
        "SELECT number, hash, timestamp, (SELECT value FROM meta WHERE key = 'finalized') AS final,"
        " (SELECT COUNT(*) FROM mismatch) AS doubts"
        " FROM header ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if head is None:
        raise Unavailable(
            "The mirror has not indexed any ledger block yet.", "Run 'tonnelink index --once'."
        )
    final = int(head["final"] or -1)
    doubts = tuple(marks(connection)) if head["doubts"] else ()
    number = head["number"]
    return AsOf(number, head["hash"], head["timestamp"], number <= final, final, doubts)


def _at(connection: Connection, at: int, head: AsOf) -> AsOf:
    if at == head.number:
        return head
    row = connection.execute(
        "SELECT number, hash, timestamp FROM header WHERE number = ?", (at,)
    ).fetchone()
    if row is None:
        low = connection.execute("SELECT MIN(number) FROM header").fetchone()[0]
        raise NotFound(
            f"The mirror has no ledger block {at}.",
            f"It has the blocks {low} to {head.number}.",
        )
    # A row that is wrong from some ledger block on was right before it.
    doubts = tuple(mark for mark in head.marks if mark.since is None or mark.since <= at)
    return AsOf(at, row["hash"], row["timestamp"], at <= head.final, head.final, doubts)


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def hexed_or_none(data: bytes | None) -> str | None:
    """None for a word of zeros, which stands for "nothing" on the ledger."""
    return hexed(data) if data and any(data) else None


def moment(seconds: int) -> str:
    """ISO 8601 in UTC of seconds since 1970."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "9999-12-31T23:59:59Z"  # a contract counts 40 bits of seconds: year 36812


def memo_text(word: bytes) -> str | None:
    """A memo as its author wrote it: short printable text, or a hash."""
    return short_memo(word) if any(word) else None


def short_memo(word: bytes) -> str:
    """Printable text in 32 bytes, else the bytes."""
    stripped = word.rstrip(b"\0")
    if stripped.isascii() and stripped.decode("ascii").isprintable():
        return stripped.decode("ascii")
    return hexed(word)
