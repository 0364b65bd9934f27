"""One read transaction at one ledger height: what an answer and its `as_of` are both taken from."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from registry_node.domain.errors import NotFound, Unavailable
from registry_node.domain.references import short_text
from registry_node.domain.view import EVERYTHING, View
from registry_node.domain.words import AccountKind
from registry_node.store.connection import Connection, NamedRow
from registry_node.store.database import Location, open_reader

Json: TypeAlias = dict[str, Any]

NOW = 9223372036854775807
"""The `to_height` of a version that is still true."""

NO_LIMIT = 9223372036854775807
"""As a LIMIT: every row."""

NOBODY = bytes(20)
"""The sender of units that are new."""

MOST_CONNECTIONS = 16
"""Snapshots that one reader has open at the same time."""

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

    def to_json(self) -> Json:
        return {
            "block_number": self.number,
            "block_hash": hexed(self.hash),
            "finalized": self.finalized,
        }


class Snapshot:
    """Reads of one transaction at `as_of.number`; use it inside `Reader.snapshot` only."""

    __slots__ = ("_labels", "_seen", "as_of", "connection", "directory", "height", "view")

    def __init__(
        self,
        connection: Connection,
        as_of: AsOf,
        directory: Directory,
        view: View = EVERYTHING,
    ) -> None:
        self.connection = connection
        self.as_of = as_of
        self.height = as_of.number
        self.directory = directory
        self.view = view
        self._seen = view.bound
        self._labels: dict[tuple[int, bytes], str | None] = {}

    def all(self, sql: str, *parameters: Any, **named: Any) -> list[NamedRow]:
        """Every row. Named parameters always include `h`, the height, and `now`, its time."""
        return self.connection.execute(sql, self._bind(parameters, named)).fetchall()

    def one(self, sql: str, *parameters: Any, **named: Any) -> NamedRow | None:
        row: NamedRow | None = self.connection.execute(
            sql, self._bind(parameters, named)
        ).fetchone()
        return row

    def _bind(self, parameters: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return parameters or {
            "h": self.height,
            "now": self.as_of.timestamp,
            **self._seen,
            **named,
        }

    def seen(self, *parties: tuple[str, str | None]) -> str:
        """The condition under which whoever asks sees a row: see `View.clause`."""
        return self.view.clause(*parties)

    def label(self, registry_id: int, address: bytes) -> str | None:
        """An account's name: from the deployment, or a system account's purpose."""
        key = (registry_id, address)
        if key not in self._labels:
            self._labels[key] = self._find_label(registry_id, address)
        return self._labels[key]

    def person(self, registry_id: int, address: bytes | None) -> Json | None:
        """Whoever is behind an address, by name; None for nobody."""
        if address is None:
            return None
        return {"address": hexed(address), "label": self.label(registry_id, address)}

    def _find_label(self, registry_id: int, address: bytes) -> str | None:
        if address == self.directory.gateway:
            return "link gateway"
        label = self.directory.labels.get(address)
        if label is not None:
            return label
        row = self.one(
            "SELECT file_hash FROM account WHERE registry_id = ? AND address = ? AND kind = ?",
            registry_id,
            address,
            int(AccountKind.SYSTEM),
        )
        return short_text(row["file_hash"]) if row else None

    def time_of(self, number: int) -> str:
        """When a ledger block was made."""
        row = self.one("SELECT timestamp FROM header WHERE number = ?", number)
        return moment(row["timestamp"]) if row else ""


class Reader:
    """Opens snapshots of one mirror, over connections that are used again. Threads may share it."""

    def __init__(self, location: Location, directory: Directory) -> None:
        self._location = location
        self._idle: deque[Connection] = deque()
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self.directory = directory

    @contextmanager
    def snapshot(self, at: int | None = None, view: View = EVERYTHING) -> Iterator[Snapshot]:
        """A consistent view at height `at`, or at the head, for an asker who may see `view`.

        Raises `Unavailable` when there is no mirror, it is empty, or all connections are taken for
        long; `NotFound` for a height that the mirror has not reached.
        """
        if not self._free.acquire(timeout=_LONGEST_WAIT):
            raise Unavailable(
                f"All {MOST_CONNECTIONS} connections to the mirror are taken.", "Try again later."
            )
        try:
            connection = self._connection()
            try:
                with connection.snapshot():
                    yield Snapshot(connection, _as_of(connection, at), self.directory, view)
            except Unavailable:
                connection.close()
                raise
            except BaseException:
                self._idle.append(connection)
                raise
            self._idle.append(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Ends the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _connection(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return open_reader(self._location, named=True, patient=False)


def _as_of(connection: Connection, at: int | None) -> AsOf:
    head = connection.execute(
        "SELECT number, hash, timestamp, (SELECT value FROM meta WHERE key = 'finalized') AS final"
        " FROM header ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if head is None:
        raise Unavailable(
            "The mirror has not indexed any ledger block yet.", "Run 'tonnelink index --once'."
        )
    row = head
    if at is not None and at != head["number"]:
        row = connection.execute(
            "SELECT number, hash, timestamp FROM header WHERE number = ?", (at,)
        ).fetchone()
        if row is None:
            low = connection.execute("SELECT MIN(number) FROM header").fetchone()[0]
            raise NotFound(
                f"The mirror has no ledger block {at}.",
                f"It has the blocks {low} to {head['number']}.",
            )
    final = row["number"] <= int(head["final"] or -1)
    return AsOf(row["number"], row["hash"], row["timestamp"], final)


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
