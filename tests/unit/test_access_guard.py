"""The guard: who is asked for a token, what is limited, and what is written down."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry_node import metrics
from registry_node.access import audit
from registry_node.access.table import Role
from registry_node.api import guard as guards
from registry_node.api.bounds import Limits
from registry_node.api.guard import Guard
from registry_node.domain.errors import InvalidInput, TooLarge
from tests.support.askers import PLANT, Api, Guarded
from tests.support.border import border_story

CN_PLANT = f"0x{PLANT.hex()}"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Api:
    folder = Path(tmp_path_factory.mktemp("guard"))
    return Api(border_story(folder / "mirror.sqlite"), folder / "keys")


@pytest.fixture
def guarded(api: Api, tmp_path: Path) -> Iterator[Guarded]:
    guarded = Guarded(api, tmp_path)
    yield guarded
    guarded.close()


@pytest.fixture
def limited(api: Api, tmp_path: Path) -> Iterator[Callable[..., Guarded]]:
    made: list[Guarded] = []

    def make(**limits: Any) -> Guarded:
        made.append(Guarded(api, tmp_path, Limits(**limits)))
        return made[-1]

    yield make
    for guarded in made:
        guarded.close()


# ---- tokens ---------------------------------------------------------------------------------


def test_who_is_not_known_is_told_how_to_say_it(guarded: Guarded) -> None:
    answer = guarded.ask("/v1/holdings")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="tonnelink"'
    assert answer.json()["type"] == "urn:tonnelink:problem:unauthorised"
    assert "Authorization: Bearer" in answer.json()["hint"]


@pytest.mark.parametrize(
    "header",
    ["Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "", "tonnelink_0_0", "é"],
)
@pytest.mark.parametrize("path", ["/v1/holdings", "/v1/registries", "/v1/nothing"])
def test_a_token_that_does_not_count_is_refused_everywhere(
    guarded: Guarded, path: str, header: str
) -> None:
    """Also where none is needed: whoever sends one means to be known."""
    answer = guarded.ask(path, authorization=header.encode())  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_two_tokens_are_refused(guarded: Guarded) -> None:
    async def both() -> httpx.Response:
        headers = [("authorization", f"Bearer {guarded.secrets[n]}") for n in ("plant", "auditor")]
        transport = httpx.ASGITransport(guarded.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            return await client.get("/v1/holdings", headers=headers)

    assert guarded.run(both()).status_code == 401


def test_the_scheme_is_read_in_any_case(guarded: Guarded) -> None:
    secret = guarded.secrets["auditor"]
    assert guarded.ask("/v1/holdings", authorization=f"bearer {secret}").status_code == 200


def test_a_revoked_token_ends_at_once(guarded: Guarded) -> None:
    assert guarded.ask("/v1/holdings", "plant").status_code == 200
    (token,) = [t for t in guarded.tokens.list() if t.view.accounts == (("CN", PLANT),)]
    guarded.tokens.revoke(token.id)
    assert guarded.ask("/v1/holdings", "plant").status_code == 401
    last = list(audit.entries(guarded.home))[-1]  # who still sends it is seen
    assert (last["token"], last["role"], last["status"]) == (token.id, "public", 401)


def test_an_expired_token_ends_at_once(guarded: Guarded) -> None:
    guarded.secrets["guest"] = guarded.issue(Role.AUDITOR, lifetime=0)
    assert guarded.ask("/v1/holdings", "guest").status_code == 401


def test_a_token_in_an_address_is_refused_and_told_nowhere(guarded: Guarded) -> None:
    secret = guarded.secrets["auditor"]
    for path in (f"/v1/holdings?token={secret}", f"/v1/{secret}"):
        for asker in ("auditor", "nobody"):
            answer = guarded.ask(path, asker)
            assert answer.status_code == 400
            assert secret not in answer.text
    for file in guarded.home.iterdir():
        assert secret.encode() not in file.read_bytes()


def test_a_closed_trace_is_refused_to_the_public(limited: Callable[..., Guarded]) -> None:
    guarded = limited(public_trace="closed")
    path = "/v1/units/CN/CEA-2025/1000"
    assert guarded.ask(path).status_code == 401
    assert guarded.ask(path, "operator").status_code == 403
    assert guarded.ask(path, "plant").status_code == 200
    statement = "/v1/statements?kind=%75nit&registry=CN&class=CEA-2025&serial=1000"
    assert guarded.ask(statement).status_code == 403
    assert guarded.ask(statement, "operator").status_code == 403
    assert guarded.ask(statement, "plant").status_code == 200
    guarded.close()


# ---- limits ---------------------------------------------------------------------------------


def statuses(guarded: Guarded, count: int, asker: str, path: str = "/v1/links") -> list[int]:
    return [guarded.ask(path, asker).status_code for _ in range(count)]


def test_rates_of_addresses_and_of_tokens_are_their_own(limited: Callable[..., Guarded]) -> None:
    guarded = limited(rate_public=0.01, rate_token=0.02)
    assert statuses(guarded, 2, "nobody") == [200, 429]
    assert statuses(guarded, 2, "plant") == [200, 429]
    assert statuses(guarded, 2, "mill") == [200, 429]
    answer = guarded.ask("/v1/links")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) in range(95, 101)


def test_what_is_refused_is_counted_too(limited: Callable[..., Guarded]) -> None:
    def counted() -> list[int]:
        answers = metrics.answers_of("/v1/movements").statuses
        return [answers.get(status, 0) for status in (401, 429)]

    guarded = limited(rate_public=0.01)
    before = counted()
    assert statuses(guarded, 2, "nobody", "/v1/movements") == [401, 429]
    assert counted() == [count + 1 for count in before]


def test_guessing_tokens_is_limited_like_asking(
    limited: Callable[..., Guarded],
) -> None:
    guarded = limited(rate_public=0.01)
    guarded.secrets["guesser"] = "tonnelink_" + "0" * 12 + "_" + "A" * 43
    assert statuses(guarded, 3, "guesser") == [401, 429, 429]
    assert statuses(guarded, 1, "nobody") == [429]
    assert statuses(guarded, 1, "auditor") == [200]


def test_a_long_address_is_refused(limited: Callable[..., Guarded]) -> None:
    guarded = limited(max_url=300)
    assert guarded.ask("/v1/links?cursor=" + "x" * 200).status_code == 400
    answer = guarded.ask("/v1/links?cursor=" + "x" * 300)
    assert answer.status_code == 414
    assert answer.json()["type"] == "urn:tonnelink:problem:uri-too-long"


def test_a_large_body_is_refused_before_it_comes(limited: Callable[..., Guarded]) -> None:
    guarded = limited(max_body=10)
    answer = guarded.request("GET", "/v1/links", content=b"x" * 11)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert guarded.request("GET", "/v1/links", content=b"x" * 10).status_code == 200
    guarded.close()


# ---- applications that misbehave ------------------------------------------------------------


class Asker:
    """Speaks ASGI to a guard around an application."""

    def __init__(self, app: Any, guarded: Guarded, **limits: Any) -> None:
        self.guard = Guard(app, Limits(**limits), guarded.tokens, guarded.audit)
        self.secret = guarded.secrets["auditor"]
        self.sent: list[Any] = []
        self.gone = asyncio.Event()

    def scope(self, path: str, *headers: tuple[bytes, bytes]) -> Any:
        return {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {self.secret}".encode()), *headers],
            "client": ("192.0.2.1", 1),
        }

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def ask(self, path: str, *headers: tuple[bytes, bytes], receive: Any = None) -> None:
        await self.guard(self.scope(path, *headers), receive or self.receive, self.send)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


START = {"type": "http.response.start", "status": 200, "headers": []}


async def hangs(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(60)


async def echoes(scope: Any, receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if not message.get("more_body", False):
            break
    await send(START)
    await send({"type": "http.response.body", "body": b"ok"})


async def streams(scope: Any, receive: Any, send: Any) -> None:
    """As an event stream does: until the reader has gone."""
    await send(START)
    gone = asyncio.ensure_future(receive())
    while not gone.done():
        await send({"type": "http.response.body", "body": b"event", "more_body": True})
        await asyncio.wait({gone}, timeout=0.01)
    assert gone.result() == {"type": "http.disconnect"}


@pytest.fixture
def stream_path(monkeypatch: pytest.MonkeyPatch) -> str:
    (path,) = guards.STREAMS
    return path


def test_an_answer_that_takes_too_long_is_given_up(guarded: Guarded) -> None:
    asker = Asker(hangs, guarded, answer_timeout=0.05)
    guarded.run(asker.ask("/v1/holdings"))
    assert asker.status == 503
    assert list(audit.entries(guarded.home))[-1]["status"] == 503


def test_a_body_that_dribbles_in_is_given_up(guarded: Guarded) -> None:
    asker = Asker(echoes, guarded, request_timeout=0.05)
    with pytest.raises(InvalidInput, match="did not come in"):  # which the front makes a 400 of
        guarded.run(asker.ask("/v1/holdings", (b"transfer-encoding", b"chunked")))


def test_a_body_without_a_length_is_counted(guarded: Guarded) -> None:
    async def endless() -> Any:
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    asker = Asker(echoes, guarded, max_body=5000)
    with pytest.raises(TooLarge, match="more than 5000 bytes"):
        guarded.run(asker.ask("/v1/holdings", (b"transfer-encoding", b"chunked"), receive=endless))


def test_streams_are_counted_while_they_run(guarded: Guarded, stream_path: str) -> None:
    async def many() -> list[int]:
        askers = [Asker(streams, guarded) for _ in range(3)]
        shared = Guard(streams, Limits(max_streams=2), guarded.tokens, guarded.audit)
        for asker in askers:
            asker.guard = shared
        tasks = [asyncio.ensure_future(asker.ask(stream_path)) for asker in askers]
        await asyncio.sleep(0.05)
        found = [asker.status for asker in askers]
        askers[0].gone.set()
        await asyncio.sleep(0.05)
        late = Asker(streams, guarded)
        late.guard = shared
        tasks.append(asyncio.ensure_future(late.ask(stream_path)))
        await asyncio.sleep(0.05)
        found.append(late.status)
        for asker in (*askers, late):
            asker.gone.set()
        await asyncio.gather(*tasks)
        assert not shared._streams
        return found

    assert guarded.run(many()) == [200, 200, 429, 200]


def test_a_stream_ends_with_its_token(guarded: Guarded, stream_path: str) -> None:
    async def revoked() -> Asker:
        asker = Asker(streams, guarded)
        task = asyncio.ensure_future(asker.ask(stream_path))
        await asyncio.sleep(0.05)
        assert not task.done()
        (token,) = [t for t in guarded.tokens.list() if t.role is Role.AUDITOR]
        guarded.tokens.revoke(token.id)
        await asyncio.wait_for(task, 5)
        return asker

    asker = guarded.run(revoked())
    assert asker.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert [m["body"] for m in asker.sent[1:-1]] == [b"event"] * (len(asker.sent) - 2)


def test_an_answer_in_parts_is_given_up_without_a_second_start(guarded: Guarded) -> None:
    async def begins(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await asyncio.sleep(60)

    for tokens in (guarded.tokens, None):
        asker = Asker(begins, guarded)
        asker.guard = Guard(begins, Limits(answer_timeout=0.05), tokens, guarded.audit)
        guarded.run(asker.ask("/v1/holdings"))
        assert [m["type"] for m in asker.sent] == ["http.response.start"]


def test_nothing_speaks_websocket(guarded: Guarded) -> None:
    asker = Asker(echoes, guarded)
    guarded.run(asker.guard({"type": "websocket", "path": "/"}, asker.receive, asker.send))
    assert asker.sent == []


# ---- an open node ---------------------------------------------------------------------------


def test_an_open_node_limits_others_and_not_its_own_machine(guarded: Guarded) -> None:
    async def from_(client: str, *headers: tuple[bytes, bytes]) -> list[int]:
        found = []
        for _ in range(3):
            asker = Asker(echoes, guarded)
            asker.guard = shared
            scope = {**asker.scope("/v1/holdings", *headers), "client": (client, 1)}

            async def whole() -> Any:
                return {"type": "http.request", "body": b"", "more_body": False}

            await shared(scope, whole, asker.send)
            found.append(asker.status)
        return found

    shared = Guard(echoes, Limits(rate_public=0.5))
    assert guarded.run(from_("127.0.0.1")) == [200, 200, 200]
    assert guarded.run(from_("192.0.2.1")) == [200, 429, 429]
    shared = Guard(echoes, Limits(rate_public=0.5, proxies=1))
    forwarded = (b"x-forwarded-for", b"127.0.0.1, 192.0.2.9")
    assert guarded.run(from_("127.0.0.1", forwarded)) == [200, 429, 429]
    shared = Guard(echoes, Limits(rate_public=0.5))  # nobody believes it then
    assert guarded.run(from_("192.0.2.2", (b"x-forwarded-for", b"127.0.0.1"))) == [200, 429, 429]


# ---- the log --------------------------------------------------------------------------------


def test_who_asked_what_is_written_down(guarded: Guarded) -> None:
    guarded.ask("/v1/holdings?registry=CN&at=6", "plant")
    guarded.ask("/v1/liens", "operator")
    guarded.ask("/v1/holdings")
    guarded.ask("/v1/registries")  # public, by nobody
    guarded.ask("/v1/registries", "auditor")
    told = list(audit.entries(guarded.home))
    ids = {token.role: token.id for token in guarded.tokens.list() if token.label == ""}
    assert [(e["role"], e["path"], e["status"]) for e in told] == [
        ("holder", "/v1/holdings", 200),
        ("operator", "/v1/liens", 403),
        ("public", "/v1/holdings", 401),
        ("auditor", "/v1/registries", 200),
    ]
    assert told[0]["parameters"] == {"registry": "CN", "at": "6"}
    assert told[0]["height"] == 6
    assert told[0]["from"] == "127.0.0.1"
    assert told[0]["ms"] > 0
    assert told[1]["token"] == ids[Role.OPERATOR]
    assert told[2]["token"] is None
    assert audit.verify(guarded.home).fault is None
    text = (guarded.home / audit.NAME).read_text()
    assert not any(secret in text for secret in guarded.secrets.values())


def test_what_is_not_public_is_refused_while_nobody_can_write_it_down(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guarded.ask("/v1/holdings", "plant").status_code == 200

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    answer = guarded.ask("/v1/holdings", "plant")
    assert answer.status_code == 503
    assert CN_PLANT not in answer.text
    assert "data" not in answer.json()
    assert guarded.ask("/v1/registries", "plant").status_code == 200
    assert guarded.ask("/v1/registries").status_code == 200
    assert guarded.ask("/v1/liens", "operator").status_code == 403
    assert "No space" in str(guarded.audit.fault)
    monkeypatch.undo()
    assert guarded.ask("/v1/holdings", "plant").status_code == 200
    assert str(guarded.audit.fault) == "None"
    told = list(audit.entries(guarded.home))
    assert [e["status"] for e in told] == [200, 200]
    assert told[1]["lost"] == 3
    assert audit.verify(guarded.home).fault is None


def test_too_many_requests_do_not_fill_the_log(limited: Callable[..., Guarded]) -> None:
    guarded = limited(rate_token=0.01)
    statuses(guarded, 5, "auditor")
    assert [e["status"] for e in audit.entries(guarded.home)] == [200]


def test_an_application_that_fails_is_written_down_too(guarded: Guarded) -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        await send({**START, "status": 500})
        await send({"type": "http.response.body", "body": b""})

    asker = Asker(fails, guarded)
    guarded.run(asker.ask("/v1/holdings"))
    assert list(audit.entries(guarded.home))[-1]["status"] == 500
