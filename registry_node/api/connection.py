"""Connections that must say something in time, and not too much, and are answered in one piece.

The server's own protocol waits for ever for the end of a request's head, and takes one of any size.
It sends the head and the body of an answer each by itself, and wakes its client for each.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HEAD = 65_536
"""Bytes of a request's line and headers that have not ended yet."""

_END_OF_HEAD = b"\r\n\r\n"

_MOST_HELD = 65_536
"""Bytes of answers that wait for the end of a turn; with more, whoever writes must feel it."""


class _Gathered:
    """A transport that sends at the end of a turn of the event loop what was written in it: an
    answer in one piece, and no client is woken while others are being answered."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._later = asyncio.get_running_loop().call_soon
        self._held: list[bytes] = []
        self._size = 0
        self.is_closing = transport.is_closing  # these are asked with every answer
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held:
            self._later(self._send)
        self._held.append(data)
        self._size += len(data)
        if self._size > _MOST_HELD:
            self._send()

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        held, self._held, self._size = self._held, [], 0
        if held and not self.is_closing():
            self._transport.write(b"".join(held))


class PromptProtocol(HttpToolsProtocol):
    """Ends a connection whose request has not come in within `head_timeout` seconds."""

    head_timeout: ClassVar[float] = 10.0
    _timer: asyncio.TimerHandle | None = None
    _head = 0
    _in_head = True
    _said_all = False  # the client, which may still listen

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_Gathered(transport))  # type: ignore[arg-type]
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._in_head:
            return
        end = data.rfind(_END_OF_HEAD)  # of the head before this one
        self._head = self._head + len(data) if end < 0 else len(data) - end - len(_END_OF_HEAD)
        if self._head > _MOST_HEAD:
            self.transport.abort()
        elif self._timer is None:
            self._watch()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Whether the connection stays open: whoever has said all may wait for an answer."""
        cycle: Any = self.cycle  # None before the first request
        self._said_all = not (cycle is None or cycle.response_started or cycle.more_body)
        if not self._said_all:
            self.transport.close()
        return self._said_all

    def on_response_complete(self) -> None:
        """After the last answer to who has said all, or to a question whose body has not come, the
        connection ends."""
        last = not self.pipeline
        super().on_response_complete()
        if last and (self._said_all or self.cycle.more_body):
            self.transport.close()

    def on_message_begin(self) -> None:
        self._in_head, self._head = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._unwatch()
        super().on_headers_complete()

    def _watch(self) -> None:
        self._timer = self.loop.call_later(self.head_timeout, self._give_up)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        self.transport.close()


def prompt(head_timeout: float) -> type[PromptProtocol]:
    """The protocol with a time of its own."""
    return type("Prompt", (PromptProtocol,), {"head_timeout": head_timeout})
