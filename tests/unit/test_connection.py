"""Connections that say nothing, or too much, are ended: the server as the node runs it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from registry_node.api.connection import _MOST_HELD, _Gathered
from registry_node.config import Settings
from registry_node.serving import web_server

WITHIN = 0.3  # seconds


async def hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/slow":
        await asyncio.sleep(0.05)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = web_server(hello, Settings(request_timeout=WITHIN))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(timeout=10)


def end_of(connection: socket.socket) -> float:
    """Seconds until the server has ended the connection."""
    began = time.monotonic()
    connection.settimeout(10)
    with suppress(ConnectionError):
        while connection.recv(65_536):
            pass
    return time.monotonic() - began


@pytest.mark.parametrize(
    "said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nX-A"]
)
def test_a_request_that_does_not_come_is_not_waited_for(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(said)
        assert WITHIN / 2 < end_of(connection) < 5


def test_dribbling_does_not_buy_time(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        began = time.monotonic()
        with suppress(OSError):
            while time.monotonic() - began < 10:
                connection.sendall(b"X-Header: 1\r\n")
                time.sleep(0.05)
        assert time.monotonic() - began < 5


def test_a_head_without_end_is_cut_off(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        sent = 0
        with suppress(OSError):
            connection.sendall(b"GET / HTTP/1.1\r\n")
            while sent < 10_000_000:
                connection.sendall(b"X-Header: " + b"x" * 10_000 + b"\r\n")
                sent += 10_000
        assert sent < 10_000_000


def test_prompt_requests_are_answered_one_after_another(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(3):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while b"hello" not in answer:
                answer += connection.recv(65_536)
            time.sleep(WITHIN * 1.5)  # between requests it may rest
        connection.sendall(b"GET / HTTP/1.1\r\n")
        assert end_of(connection) < 5


GET = b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n"


def everything_from(connection: socket.socket) -> bytes:
    connection.settimeout(10)
    answer = b""
    while part := connection.recv(65_536):
        answer += part
    return answer


@pytest.mark.parametrize("asked", [[b"/"], [b"/slow"], [b"/", b"/slow", b"/"]])
def test_who_has_said_all_still_gets_answers(port: int, asked: list[bytes]) -> None:
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"".join(GET % (path, b"") for path in asked))
            connection.shutdown(socket.SHUT_WR)
            assert everything_from(connection).count(b"hello") == len(asked)


def test_many_requests_at_once_are_no_long_head(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(GET % (b"/", b"X-Long: " + b"x" * 500 + b"\r\n") * 1_000)
        connection.shutdown(socket.SHUT_WR)
        assert everything_from(connection).count(b"hello") == 1_000


def test_a_body_that_does_not_come_ends_the_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(GET % (b"/", b"Content-Length: 60000\r\n"))
        began = time.monotonic()
        with suppress(OSError):
            while time.monotonic() - began < 8:
                connection.sendall(b"a byte or two")
                time.sleep(0.1)
        assert time.monotonic() - began < 4


def test_who_asks_to_speak_websocket_is_answered_as_everybody(port: int) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(GET % (b"/", upgrade + b"Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n"))
        connection.shutdown(socket.SHUT_WR)
        assert b"hello" in everything_from(connection)


# ---- what is sent when --------------------------------------------------------------------------


class Wire(asyncio.Transport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def sent_by(act: Callable[[_Gathered], None]) -> tuple[list[bytes], list[bytes]]:
    """What had been sent when it was done, and after the turn."""

    async def turn() -> tuple[list[bytes], list[bytes]]:
        wire = Wire()
        act(_Gathered(wire))
        at_once = [*wire.sent]
        await asyncio.sleep(0)
        return at_once, wire.sent

    return asyncio.run(turn())


def test_an_answer_is_sent_in_one_piece_at_the_end_of_the_turn() -> None:
    def answer(connection: _Gathered) -> None:
        connection.write(b"head")
        connection.write(b"body")

    assert sent_by(answer) == ([], [b"headbody"])


def test_what_is_written_before_the_end_of_a_connection_is_sent() -> None:
    def answer(connection: _Gathered) -> None:
        connection.write(b"head")
        connection.close()
        connection.write(b"too late")

    assert sent_by(answer) == ([b"head"], [b"head"])


def test_a_long_answer_does_not_wait_in_memory() -> None:
    def answer(connection: _Gathered) -> None:
        for _ in range(3):
            connection.write(bytes(_MOST_HELD))
            connection.write(b"more")

    at_once, at_last = sent_by(answer)
    assert len(at_once) == 3
    assert b"".join(at_last) == 3 * (bytes(_MOST_HELD) + b"more")
