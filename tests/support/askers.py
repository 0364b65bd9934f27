"""A guarded API over a hand-written mirror, and people of every role who ask it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from registry_node.access.audit import AuditLog
from registry_node.access.table import Role
from registry_node.access.tokens import Tokens
from registry_node.api.app import create_app
from registry_node.api.bounds import Limits
from registry_node.api.guard import Guard
from registry_node.api.health import HealthCheck
from registry_node.attest.keys import StatementKeys
from registry_node.attest.statement import Issuer
from registry_node.chain.deployment import Deployment
from registry_node.queries.snapshot import Reader
from tests.support.rows import address
from tests.support.story import Story

PLANT, TRADER, MILL = address("CN plant"), address("CN trader"), address("KR mill")

ASKERS: dict[str, dict[str, Any]] = {
    "nobody": {"role": Role.PUBLIC},
    "plant": {"role": Role.HOLDER, "accounts": [("CN", PLANT)]},
    "mill": {"role": Role.HOLDER, "accounts": [("KR", MILL)]},
    "China": {"role": Role.AUTHORITY, "programme": "CN"},
    "Korea": {"role": Role.AUTHORITY, "programme": "KR"},
    "auditor": {"role": Role.AUDITOR},
    "operator": {"role": Role.OPERATOR},
}
"""Two holders and two programmes, so that what is one's own is somebody else's to the other."""


class Api:
    """The API over a hand-written mirror, without a guard; slow to make, so make it once."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.story = story
        self.trouble: str | None = None
        fronts: list[Any] = []
        reader = Reader(story.path, story.directory)
        health = HealthCheck(reader, lambda: story.number, lambda: self.trouble)
        keys = StatementKeys(folder, folder / "password")
        keys.make()
        issuer = Issuer(reader, Deployment.model_validate(story.deployment()), keys, "a node")
        keep: Any = lambda app: fronts.append(app) or app  # noqa: E731
        self.described = create_app(reader, health, "0", keep, issuer)
        self.front = fronts[0]


@dataclass
class Guarded:
    """The same behind a guard: `ask` it as one of `ASKERS`."""

    api: Api
    home: Path
    limits: Limits = field(default_factory=Limits)
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.tokens = Tokens(self.home / "access.sqlite")
        self.audit = AuditLog(self.home, 2**20)
        self.app = Guard(self.api.front, self.limits, self.tokens, self.audit)
        self._loop = asyncio.new_event_loop()
        for name, terms in ASKERS.items():
            if terms["role"] is not Role.PUBLIC:
                self.secrets[name] = self.issue(**terms)

    def issue(self, role: Role, lifetime: int = 3600, **terms: Any) -> str:
        return self.tokens.issue(role, lifetime=lifetime, **terms)[1]

    def close(self) -> None:
        self._loop.close()
        self.tokens.close()
        self.audit.close()

    def ask(self, path: str, asker: str = "nobody", **headers: str) -> httpx.Response:
        """Asks as one of the askers. A header's name is written with underscores."""
        return self.request("GET", path, asker, **headers)

    def ask_open(self, path: str) -> httpx.Response:
        """What a node without tokens answers."""
        return self._send(self.api.front, "GET", path, {})

    def request(
        self, method: str, path: str, asker: str = "nobody", content: Any = None, **headers: str
    ) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if asker in self.secrets:
            given["authorization"] = f"Bearer {self.secrets[asker]}"
        return self._send(self.app, method, path, given, content)

    def stream(self, path: str, asker: str = "nobody") -> tuple[int, list[dict[str, Any]]]:
        """The status, and what the stream tells until it stands at the head: each event's data with
        its kind as `event`. A node without tokens answers to nobody else than "everybody"."""
        header = f"Bearer {self.secrets[asker]}" if asker in self.secrets else ""
        app = self.api.front if asker == "everybody" else self.app
        return _events(*self.run(_listen(app, path, header)))

    def run(self, what: Any) -> Any:
        """Runs a coroutine in the loop that the API runs in."""
        return self._loop.run_until_complete(what)

    def _send(
        self, app: Any, method: str, path: str, headers: dict[str, str], content: Any = None
    ) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
                return await client.request(method, path, headers=headers, content=content)

        answer: httpx.Response = self.run(send())
        return answer


async def _listen(app: Any, path: str, header: str) -> tuple[int, bytes]:
    """Speaks ASGI, since the client waits for an answer's end and a stream has none."""
    gone = asyncio.Event()
    statuses: list[int] = []
    told = bytearray()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        told.extend(message.get("body", b""))
        if b"event: head" in told or b"event: problem" in told or statuses[0] >= 400:
            gone.set()

    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"authorization", header.encode())] if header else [],
        "client": ("127.0.0.1", 1),
        "app": app,
    }
    await asyncio.wait_for(app(scope, receive, send), 20)
    return statuses[0], bytes(told)


def _events(status: int, told: bytes) -> tuple[int, list[dict[str, Any]]]:
    found = []
    for block in told.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in fields and status < 400:
            found.append({**json.loads(fields["data"]), "event": fields["event"]})
    return status, found
