"""The live stream: server-sent events of movements, quota changes and what the chain took back.

A reader has its position and the page that is being sent to it, nothing more: who reads slowly is
read for slowly, and who does not read at all is let go.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from registry_node import metrics
from registry_node.api import parameters as p
from registry_node.api import problems
from registry_node.api.front import Handler
from registry_node.api.parameters import read
from registry_node.domain.errors import InvalidInput, TonnelinkError
from registry_node.domain.view import EVERYTHING, View
from registry_node.queries.snapshot import AsOf, Json, Reader
from registry_node.queries.tail import Event, Position, Tail

PATH = "/v1/stream"

POLL_SECONDS = 0.2
"""Between two looks at the mirror's head, for all readers together."""

HEARTBEAT_SECONDS = 15.0
"""After so long without an event a reader is told where the ledger stands."""

_SEND_SECONDS = 30.0
"""A reader that takes nothing for so long is let go; it may come back with its cursor."""

_log = logging.getLogger("tonnelink.api")

AFTER = p.Parameter(
    "after",
    Position.parse,
    "Where to go on: the id of an event, or a ledger height. Without it, what happens from now on."
    " The header Last-Event-ID counts more.",
    {
        "type": "string",
        "pattern": r"^[0-9]{1,18}(\.([0-9a-f]{16})\.([0-9]{1,18}|end)\.[0-9]{1,18})?$",
    },
)
PARAMETERS = (AFTER, p.REGISTRY, p.ACCOUNT)


class Heads:
    """The mirror's head, asked once for all who wait for it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._head: AsOf | None = None
        self._asked_at = float("-inf")

    async def now(self) -> AsOf:
        """The head, no older than the time between two looks. Raises `Unavailable`."""
        if self._head is None or time.monotonic() - self._asked_at >= POLL_SECONDS:
            self._asked_at = time.monotonic()
            if self._reader.is_near:
                self._head = self._ask()
            else:
                self._head = await run_in_threadpool(self._ask)
        return self._head

    def _ask(self) -> AsOf:
        with self._reader.snapshot() as snapshot:
            return snapshot.as_of


def stream_handler(reader: Reader) -> Handler:
    """Answers GET /v1/stream."""
    heads = Heads(reader.twin())
    parameters = {parameter.name: parameter for parameter in PARAMETERS}

    async def get_stream(scope: Scope, path: dict[str, str]) -> EventStream:
        values = read(scope["query_string"], path, parameters)
        after = _last_event(scope) or values.pop("after", None)
        values.pop("after", None)
        view: View = scope.get("tonnelink.view", EVERYTHING)

        def begin() -> Tail:
            with reader.snapshot(None, view) as snapshot:
                return Tail(snapshot, after, **values)

        tail = await run_in_threadpool(begin)  # what is wrong is said before the stream begins
        return EventStream(
            _sent(reader, heads, tail, view),
            headers={"Cache-Control": "no-store"},
            ping=0,  # heartbeats are events of ours: they have a cursor
            send_timeout=_SEND_SECONDS,
            sep="\n",
        )

    return get_stream


class EventStream(EventSourceResponse):
    """Whoever stops taking is let go without a trace in the log."""

    media_type = "text/event-stream"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with metrics.STREAM_READERS.track_inprogress():
            try:
                await super().__call__(scope, receive, send)
            except SendTimeoutError:
                _log.info("A reader of the stream took nothing for %g seconds.", _SEND_SECONDS)


async def _sent(
    reader: Reader, heads: Heads, tail: Tail, view: View
) -> AsyncIterator[ServerSentEvent]:
    try:
        async for event in _events(reader, heads, tail, view):
            yield _wire(event)
    except TonnelinkError as error:
        yield _problem(problems.problem(error, PATH))
    except Exception:  # noqa: BLE001 - a client sees no trace of it; the log does
        _log.exception("%s failed", PATH, extra={"event": "answer-failed"})
        yield _problem(problems.unexpected(PATH))


async def _events(reader: Reader, heads: Heads, tail: Tail, view: View) -> AsyncIterator[Event]:
    """What the tail finds, and where the ledger stands at the beginning and in quiet times."""

    def look() -> tuple[list[Event], Event | None, AsOf]:
        """The next events; once there are no more, where the ledger stands."""
        with reader.snapshot(None, view) as snapshot:
            found = tail.read(snapshot)
            head = tail.head(snapshot) if tail.at_head(snapshot) else None
            return found, head, snapshot.as_of

    told_at, doubted = float("-inf"), list[Json]()
    while True:
        found, head, seen = await run_in_threadpool(look)
        for event in found:
            yield event
            told_at = time.monotonic()
        if head is None:
            continue
        if told_at == float("-inf") or head.disputed != doubted:  # a cursor to begin with
            yield head
            told_at, doubted = time.monotonic(), head.disputed
        await anyio.sleep(POLL_SECONDS)
        while await heads.now() == seen:
            if time.monotonic() - told_at >= HEARTBEAT_SECONDS:
                yield head
                told_at = time.monotonic()
            await anyio.sleep(POLL_SECONDS)


def _wire(event: Event) -> ServerSentEvent:
    metrics.STREAM_EVENTS.labels(event.kind).inc()
    text = orjson.dumps(event.to_json()).decode()
    return ServerSentEvent(text, event=event.kind, id=str(event.position), sep="\n")


def _problem(response: Response) -> ServerSentEvent:
    """The stream's last word: what is wrong. The reader may come back with its cursor."""
    return ServerSentEvent(bytes(response.body).decode(), event="problem", sep="\n")


def _last_event(scope: Scope) -> Position | None:
    """Where a browser goes on by itself after its connection broke."""
    headers: Any = scope["headers"]
    for name, value in headers:
        if name == b"last-event-id" and value:
            try:
                return Position.parse(value.decode("latin-1"))
            except InvalidInput as error:
                raise InvalidInput(f"Last-Event-ID: {error.message}", error.hint) from error
    return None
