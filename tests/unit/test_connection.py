"""Connections that say nothing, or too much, are ended: the server as the node runs it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from registry_node.api.connection import prompt

WITHIN = 0.3  # seconds


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    config = uvicorn.Config(hello, http=prompt(WITHIN), lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
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
