"""What stands before the application: who asks, how often and how much, and the log of it.

An open node has limits only. A node with tokens looks an address up in the table of
`access.table`, refuses what is closed to the asker's role, and gives the handlers the view that
their queries are narrowed to. It is plain ASGI, since every request pays for it.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry_node import logs, metrics
from registry_node.access import table
from registry_node.access.audit import AuditLog
from registry_node.access.limits import Rates, address_of, is_loopback, network_of
from registry_node.access.table import Role, Sees
from registry_node.access.tokens import Tokens
from registry_node.api import problems
from registry_node.api.asked import Asked
from registry_node.api.bounds import Limits, bounded, in_time, measure, until
from registry_node.domain.errors import (
    Forbidden,
    NotFound,
    TonnelinkError,
    TooLarge,
    TooManyRequests,
    Unauthorised,
    Unavailable,
)
from registry_node.domain.view import PUBLIC

_log = logging.getLogger("tonnelink.access")

STREAMS = frozenset(row.path for row in table.TABLE if row.streams)

_REFUSED = 400
"""From this status on an answer holds nothing that could be closed."""

_VARY = (b"vary", b"Authorization")
_PRIVATE = (b"cache-control", b"private, no-cache")

_network = lru_cache(4096)(network_of)
_is_local = lru_cache(4096)(is_loopback)


@dataclass(slots=True)
class Guard:
    """An ASGI application around another. Without `tokens` everybody sees everything; with them,
    `audit` says who asked what."""

    app: ASGIApp
    limits: Limits
    tokens: Tokens | None = None
    audit: AuditLog | None = None
    _rates: Rates = field(default_factory=Rates)
    _streams: Counter[str] = field(default_factory=Counter)
    _lost: int = 0
    _syncing: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # nothing here speaks WebSocket
        asked = Asked(scope)
        sending = self._sending(asked, receive, send)
        try:
            asker, has_body = self._admit(asked)
        except TonnelinkError as error:
            await _refuse(asked, error, receive, sending)
            return
        if has_body:
            receive = bounded(receive, self.limits)
        if scope["path"] in STREAMS:
            await self._stream(asked, asker, receive, sending)
            return
        seconds = self.limits.answer_timeout
        given = await in_time(self.app(scope, receive, sending), seconds)
        if not given and asked.status is None:
            late = Unavailable(
                f"It could not be answered in {seconds:g} seconds.",
                "Ask for less: a registry, a class, a smaller page.",
            )
            await _refuse(asked, late, receive, sending)

    # ---- before the answer --------------------------------------------------------------------

    def _admit(self, asked: Asked) -> tuple[str, bool]:
        """Who asks, by the name that limits count under; and whether a body comes with it.

        Raises a `TonnelinkError` for what is not to be answered.
        """
        scope, limits = asked.scope, self.limits
        secrets: list[str] = []
        forwarded, size, has_body = "", 0, False
        for name, value in scope["headers"]:
            if name == b"authorization":
                secrets.append(value.decode("latin-1"))
            elif name == b"content-length":
                size = int(value) if value.isdigit() else 0
                has_body = has_body or size > 0
            elif name == b"transfer-encoding":
                has_body = True
            elif name == b"x-forwarded-for" and limits.proxies:
                forwarded += "," + value.decode("latin-1")
        client = scope["client"][0] if scope["client"] else ""
        asked.address = address_of(client, forwarded, limits.proxies)
        if self.tokens is not None and secrets:
            asked.secret = secrets[0]
        problem = self._identify(asked, self.tokens, secrets) if self.tokens else None
        asker = self._count(asked)
        if problem is not None:
            raise problem
        measure(scope, size, limits)
        if self.tokens is not None:
            _authorise(asked, public_trace=limits.public_trace == "open")
        return asker, has_body

    @staticmethod
    def _identify(asked: Asked, tokens: Tokens, secrets: list[str]) -> TonnelinkError | None:
        """Finds whose token it is; what is wrong with it is told once its sender is counted."""
        if not secrets:
            return None
        scheme, _, secret = secrets[0].partition(" ")
        if len(secrets) > 1 or scheme.lower() != "bearer" or not secret.strip():
            return Unauthorised(
                "The header Authorization is not understood.",
                "Send it once, as 'Authorization: Bearer TOKEN'.",
            )
        asked.secret = secret.strip()
        try:
            asked.token = tokens.check(asked.secret)
        except Unauthorised as error:
            asked.ended_token = tokens.known(asked.secret)
            return error
        except TonnelinkError as error:
            return error
        return None

    def _count(self, asked: Asked) -> str:
        limits = self.limits
        if asked.token is not None:
            asker, rate = asked.token.id, limits.rate_token
        elif self.tokens is None and _is_local(asked.address):
            return asked.address  # this machine's own, on a node that is open to it
        else:
            asker, rate = _network(asked.address), limits.rate_public
        wait = self._rates.wait(asker, rate)
        if wait:
            raise TooManyRequests(
                f"More than {rate:g} requests a second.",
                "Wait as long as Retry-After says.",
                retry_after=math.ceil(wait),
            )
        return asker

    # ---- the answer ---------------------------------------------------------------------------

    async def _stream(self, asked: Asked, asker: str, receive: Receive, send: Send) -> None:
        if self._streams[asker] >= self.limits.max_streams:
            error = TooManyRequests(
                f"More than {self.limits.max_streams} streams at once.",
                "End one of them.",
                retry_after=1,
            )
            await _refuse(asked, error, receive, send)
            return
        self._streams[asker] += 1
        asked.ending = asyncio.Event()
        try:
            await self.app(asked.scope, until(receive, asked.ending), send)
        finally:
            self._streams[asker] -= 1
            if not self._streams[asker]:
                del self._streams[asker]

    def _sending(self, asked: Asked, receive: Receive, send: Send) -> Send:
        """Sends what the application says, once it is written down who asked."""

        def sending(message: Message) -> Awaitable[None]:
            if asked.ended:
                return _nothing()  # nobody is there any more
            if message["type"] == "http.response.start":
                status = asked.status = message["status"]
                if self.tokens is not None:
                    written = not asked.is_recorded or self._record(asked)
                    if not written and asked.closed_to_public and status < _REFUSED:
                        asked.end()
                        return _refuse(asked, _unrecorded(), receive, send)
                    message = {**message, "headers": _headers(asked, message)}
            elif asked.ending is not None and not self._still_counts(asked):
                asked.end()
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            return send(message)

        return sending

    def _still_counts(self, asked: Asked) -> bool:
        """Whether the token of a running stream has not been revoked and has not expired."""
        if self.tokens is None or asked.token is None:
            return True
        with suppress(TonnelinkError):
            return self.tokens.check(asked.secret or "") == asked.token
        return False

    # ---- the log ------------------------------------------------------------------------------

    def _record(self, asked: Asked) -> bool:
        """Writes down who asked what; whether that succeeded."""
        if self.audit is None:
            return True
        entry = asked.entry()
        if self._lost:
            entry["lost"] = self._lost
        try:
            self.audit.write(entry)
        except OSError as error:
            if not self._lost:
                logs.event(
                    _log,
                    logging.ERROR,
                    "audit-log-lost",
                    f"The audit log cannot be written: {error}. What is not public is refused.",
                )
            self._lost += 1
            self.audit.fault = f"The audit log cannot be written: {error}."
            return False
        self._lost = 0
        self.audit.fault = None
        if self._syncing is None:
            self._syncing = asyncio.get_running_loop().call_later(1.0, self._sync)
        return True

    def _sync(self) -> None:
        """Once a second, in a thread: a power failure loses a second of the log at most."""
        self._syncing = None
        if self.audit is not None:
            asyncio.get_running_loop().run_in_executor(None, self.audit.sync)


def _authorise(asked: Asked, *, public_trace: bool) -> None:
    """Finds the cell of the table, and gives the handlers the view that it opens."""
    row = table.find(asked.scope["path"])
    if row is None:
        raise NotFound(
            f"There is nothing at {asked.scope['path']}.",
            "Every address is listed in /openapi.json.",
        )
    asked.row = row
    cell = row.cell(asked.role)
    if row.path == table.TRACE and cell is Sees.AGGREGATE and not public_trace:
        cell = Sees.REFUSED
    if cell is Sees.REFUSED:
        if asked.role is Role.PUBLIC:
            raise Unauthorised(
                "This is not public.",
                "Send a token as the header 'Authorization: Bearer TOKEN'.",
            )
        raise Forbidden(
            f"This is closed to the role {asked.role.value}.",
            "docs/reference/access.md says who sees what.",
        )
    view = cell.view(asked.token.view if asked.token else PUBLIC)
    if cell is Sees.AGGREGATE and not public_trace:  # a statement of a life is one too
        view = replace(view, traces=False)
    asked.scope["tonnelink.view"] = view


def _headers(asked: Asked, message: Message) -> list[tuple[bytes, bytes]]:
    """What keeps caches from giving one asker's answer to another."""
    headers = [*message.get("headers", ())]
    if asked.closed_to_public:
        headers = [(name, value) for name, value in headers if name.lower() != b"cache-control"]
        headers.append(_PRIVATE)
    if not any(name.lower() == b"vary" for name, _ in headers):
        headers.append(_VARY)
    return headers


async def _nothing() -> None:
    pass


def _unrecorded() -> Unavailable:
    return Unavailable(
        "Who asks cannot be written down now, so what is not public is not given.",
        "The node's operator must make room for the audit log.",
    )


async def _refuse(asked: Asked, error: TonnelinkError, receive: Receive, send: Send) -> None:
    response = problems.problem(error, asked.instance)
    if isinstance(error, Unauthorised):
        wrong = ', error="invalid_token"' if asked.secret is not None else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="tonnelink"{wrong}'
    elif isinstance(error, Forbidden):
        response.headers["WWW-Authenticate"] = (
            'Bearer realm="tonnelink", error="insufficient_scope"'
        )
    elif isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.details["retry_after"])
    elif isinstance(error, TooLarge):
        response.headers["Connection"] = "close"
    row = asked.row or table.find(asked.scope["path"])
    metrics.answers_of(row.path if row else metrics.OTHERS).count(response.status_code)
    await response(asked.scope, receive, send)
