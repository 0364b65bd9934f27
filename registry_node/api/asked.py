"""One request as the guard knows it: who asks, for what, and what became of it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Scope

from registry_node.access.table import Role, Row, Sees
from registry_node.access.tokens import PATTERN, Token

_MOST_TEXT = 4096
"""Characters of a path or a query that the log keeps."""


class Asked:
    """`secret` is what was sent as a token; it goes nowhere but to the tokens."""

    address = ""
    secret: str | None = None
    token: Token | None = None
    ended_token: Token | None = None  # one that was sent though it counts no more
    row: Row | None = None
    status: int | None = None
    ended = False
    ending: asyncio.Event | None = None

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.started = time.perf_counter()

    @property
    def role(self) -> Role:
        return self.token.role if self.token else Role.PUBLIC

    @property
    def closed_to_public(self) -> bool:
        """Whether the answer may hold what not everybody sees."""
        return self.row is not None and self.row.public is not Sees.ALL

    @property
    def is_recorded(self) -> bool:
        """Whoever says who they are is written down, and so is whoever is turned away."""
        if self.status == 429:  # noqa: PLR2004  # too many to be written down
            return False
        return self.secret is not None or self.status in {401, 403}

    def end(self) -> None:
        """Nothing more is sent; a stream's application is told that nobody listens."""
        self.ended = True
        if self.ending is not None:
            self.ending.set()

    @property
    def instance(self) -> str:
        """The address as it was asked for, without what might be a token."""
        query = self.scope["query_string"].decode("latin-1")
        return redacted(self.scope["path"] + (f"?{query}" if query else ""))

    def entry(self) -> dict[str, Any]:
        """What the log keeps of it."""
        query = redacted(self.scope["query_string"].decode("latin-1"))[:_MOST_TEXT]
        sent = self.token or self.ended_token
        return {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "token": sent.id if sent else None,
            "role": self.role.value,
            "from": self.address,
            "method": self.scope["method"][:16],
            "path": redacted(self.scope["path"])[:_MOST_TEXT],
            "parameters": dict(parse_qsl(query, keep_blank_values=True)),
            "status": self.status,
            "height": self.scope.get("tonnelink.height"),
            "ms": round((time.perf_counter() - self.started) * 1000, 3),
        }


def redacted(text: str) -> str:
    """A text without tokens in it."""
    return PATTERN.sub("[token]", text) if "tonnelink_" in text else text
