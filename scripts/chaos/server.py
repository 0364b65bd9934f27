"""The chain's node over HTTP, as good or as bad as it is told to be.

Requests are answered one at a time, in the order in which they come, so that a run depends on its
seed and not on the clock.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import orjson

from scripts.chaos.answers import Refusal, View
from scripts.chaos.faults import WIRE, encode, response, spoil

Director = Callable[[int, Any], tuple[View, str]]
"""Told the number of a request and what it asks (a call or a list of calls); says from which view
it is answered and with which fault, or "" for none. The server's lock is held meanwhile."""


class Server:
    """Listens at `url` from its making until `close`. `timeout` is the client's, in seconds."""

    def __init__(self, director: Director, chance: Any, timeout: float) -> None:
        self._director = director
        self._chance = chance
        self._timeout = timeout
        self._lock = threading.Lock()
        self._requests = 0
        self.spoiled = 0  # answers that a fault changed; not every fault concerns every request
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        # shutdown wakes the thread that accepts; close alone would not.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for connection in list(self._open):
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as reader:
                while (content := _request(reader)) is not None:
                    if not self._answer(connection, content):
                        return
        except (OSError, ValueError):  # the client went away, maybe in the middle
            return
        finally:
            self._open.discard(connection)

    def _answer(self, connection: socket.socket, content: Any) -> bool:
        """Whether the connection goes on."""
        batch = isinstance(content, list)
        calls = content if batch else [content]
        with self._lock:
            self._requests += 1
            view, fault = self._director(self._requests, content)
            answers = [self._one(view, fault, call) for call in calls]
            body = encode(self._chance, fault, answers, batch=batch)
            if fault:
                honest = orjson.dumps([self._one(view, "", call) for call in calls])
                self.spoiled += fault in WIRE or body.strip(b"[]") != honest.strip(b"[]")
        if fault in WIRE:
            WIRE[fault](connection, body, self._timeout)
            return False
        connection.sendall(response(body))
        return True

    def _one(self, view: View, fault: str, call: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": call["id"]}
        try:
            result = view.answer(call["method"], call["params"])
            answer["result"] = spoil(self._chance, fault, call["method"], result)
        except Refusal as error:
            answer["error"] = {"code": error.code, "message": str(error)}
        return answer


def _request(reader: Any) -> Any:
    """The JSON of the next HTTP request; None when there is no more."""
    length = None
    while line := reader.readline():
        if line == b"\r\n":
            return orjson.loads(reader.read(length))
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return None
