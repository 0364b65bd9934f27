"""Asks a server over HTTP as fast as it answers, over some connections at once.

Each connection sends its next request when it has the answer to its last, so throughput and latency
are of the same run. The client does as little as it can: it shares the machine with the server.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import uvloop

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one round; times in milliseconds."""

    requests_a_second: float
    p50: float
    p99: float


def measure(port: int, requests: Sequence[bytes], seconds: float) -> Measured:
    """One round on 127.0.0.1. Raises `ValueError` for an answer other than 200."""
    return uvloop.run(_measure(port, requests, seconds))


def get(path: str) -> bytes:
    """A request as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n".encode()


async def _measure(port: int, requests: Sequence[bytes], seconds: float) -> Measured:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    stop = time.perf_counter() + seconds
    clients = []
    for _ in range(CONNECTIONS):
        client = _Client(requests, times, stop, loop.create_future())
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    times.sort()
    middle, late = times[len(times) // 2], times[len(times) * 99 // 100]
    return Measured(len(times) / seconds, 1000 * middle, 1000 * late)


class _Client(asyncio.Protocol):
    def __init__(
        self,
        requests: Sequence[bytes],
        times: list[float],
        stop: float,
        done: asyncio.Future[None],
    ) -> None:
        self.done = done
        self._requests = requests
        self._times = times
        self._stop = stop
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not _is_whole(self._received):
            return
        if not self._received.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(ValueError(self._received.decode(errors="replace")))
            return
        self._times.append(time.perf_counter() - self._begun)
        self._received = b""
        self._send()

    def _send(self) -> None:
        self._begun = time.perf_counter()
        if self._begun > self._stop:
            self._transport.close()
            self.done.set_result(None)
        else:
            self._transport.write(random.choice(self._requests))  # noqa: S311 - no secret


def _is_whole(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = answer.find(b"content-length: ")
    length = int(answer[at + 16 : answer.find(b"\r\n", at)])
    return len(answer) >= end + 4 + length
