"""The front of the API: from an address to its handler, without FastAPI in between.

FastAPI describes the addresses; answering through it costs a request twice what its query does.
So the front finds the handler in a tree of the addresses' parts, turns errors into problem
documents, counts, and hands on to FastAPI whatever it does not know.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from time import perf_counter
from typing import Any, TypeAlias

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from registry_node import metrics
from registry_node.api import problems
from registry_node.domain.errors import TonnelinkError

Handler: TypeAlias = Callable[[Scope, dict[str, str]], Awaitable[Response]]
"""Answers one request; the second argument is what the address's parameters are."""

_log = logging.getLogger("tonnelink.api")
_METHODS = {"GET", "HEAD"}
_OK = 200
_JSON_HEADERS = [(b"content-type", b"application/json")]


class Answer(Response):
    """A JSON answer; its headers are put together without looking each of them up."""

    def __init__(self, body: bytes, headers: Iterable[tuple[bytes, bytes]], status: int = 200):
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = [*_JSON_HEADERS, *headers] if status == _OK else [*headers]
        if status == _OK:
            self.raw_headers.append((b"content-length", b"%d" % len(body)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        await send({"type": "http.response.body", "body": self.body})


class Route:
    """A handler, and where its answers are counted."""

    __slots__ = ("answers", "handler", "path")

    def __init__(self, path: str, handler: Handler) -> None:
        self.path = path
        self.handler = handler
        self.answers = metrics.answers_of(path)


class Front:
    """An ASGI application over `handlers` by address (`/v1/units/{registry}/...`); `rest` answers
    every other address and method."""

    def __init__(self, handlers: dict[str, Handler], rest: ASGIApp) -> None:
        self._rest = rest
        self._others = metrics.answers_of(metrics.OTHERS)
        self._tree: dict[str, Any] = {}
        self._fixed: dict[str, Route] = {}  # of addresses without parameters
        for path, handler in handlers.items():
            route = Route(path, handler)
            self._add(path, route)
            if "{" not in path:
                self._fixed[path] = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _METHODS:
            await self._hand_on(scope, receive, send)
            return
        given: dict[str, str] = {}
        path = scope["path"]
        route = self._fixed.get(path) or self._find(path, given)
        if route is None:
            await self._hand_on(scope, receive, send)
            return
        begun = perf_counter()
        try:
            response = await route.handler(scope, given)
        except TonnelinkError as error:
            response = problems.problem(error, problems.instance(scope))
        except Exception:  # noqa: BLE001 - a client sees no trace of it; the log does
            told = {"event": "answer-failed"}  # the path only: parameters may name people
            _log.exception("%s %s failed", scope["method"], scope["path"], extra=told)
            response = problems.unexpected(problems.instance(scope))
        route.answers.count(response.status_code)
        route.answers.took(perf_counter() - begun)
        await response(scope, receive, send)

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Addresses that are not ours are counted as one, or anybody could make labels."""
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return

        async def counted(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._others.count(message["status"])
            await send(message)

        await self._rest(scope, receive, counted)

    # ---- the tree: parts of an address; "{}" stands for a parameter, "" for the handler -----

    def _add(self, path: str, route: Route) -> None:
        node = self._tree
        names = []
        for part in path.split("/")[1:]:
            is_parameter = part.startswith("{")
            if is_parameter:
                names.append(part.strip("{}"))
            node = node.setdefault("{}" if is_parameter else f"/{part}", {})
        node[""] = (route, names)

    def _find(self, path: str, given: dict[str, str]) -> Route | None:
        node = self._tree
        values = []
        for part in path.split("/")[1:]:
            below = node.get(f"/{part}")
            if below is None:
                below = node.get("{}")
                if below is None or not part:
                    return None
                values.append(part)
            node = below
        found = node.get("")
        if found is None:
            return None
        route: Route = found[0]
        given.update(zip(found[1], values, strict=True))
        return route
