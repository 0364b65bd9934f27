"""ETags: as long as the ledger block is the same, whoever has an answer is not sent it again."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.queries import accounts
from registry_node.queries.snapshot import Reader
from registry_node.store.database import Location
from tests.support.border import border_story
from tests.support.rows import address
from tests.support.story import Story

MILL = "0x" + address("KR mill").hex()
BALANCE = f"/v1/holdings?registry=KR&class=CN.CEA-2025&account={MILL}"


@pytest.fixture
def story(place: Location) -> Story:
    return border_story(place)


@pytest.fixture
def client(story: Story) -> TestClient:
    reader = Reader(story.path, story.directory)
    return TestClient(create_app(reader, HealthCheck(reader, lambda: 10), "1"))


def again(client: TestClient, path: str, etag: str) -> int:
    return int(client.get(path, headers={"if-none-match": etag}).status_code)


@pytest.mark.parametrize("path", [BALANCE, "/v1/movements", "/v1/units/CN/CEA-2025/1", "/v1/links"])
def test_the_same_answer_is_not_sent_twice(client: TestClient, path: str) -> None:
    first = client.get(path)
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    second = client.get(path, headers={"if-none-match": etag})
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["etag"] == etag
    assert again(client, path, f'"other", W/{etag}') == 304
    assert again(client, path, '"other"') == 200
    assert again(client, path, "*") == 200


def test_304_needs_no_query(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    etag = client.get(BALANCE).headers["etag"]
    monkeypatch.setattr(accounts, "balance", lambda *_: pytest.fail("a query was made"))
    assert again(client, BALANCE, etag) == 304


def test_a_new_ledger_block_is_a_new_answer(client: TestClient, story: Story) -> None:
    etag = client.get(BALANCE).headers["etag"]
    with story.block():
        pass
    assert again(client, BALANCE, etag) == 200
    past = f"{BALANCE}&at=8"
    etag = client.get(past).headers["etag"]
    with story.block():
        pass
    assert again(client, past, etag) == 304


def test_finality_is_part_of_the_answer(client: TestClient, story: Story) -> None:
    story.db.execute("UPDATE meta SET value = '9' WHERE key = 'finalized'")
    etag = client.get(BALANCE).headers["etag"]
    story.db.execute("UPDATE meta SET value = '10' WHERE key = 'finalized'")
    assert again(client, BALANCE, etag) == 200


def test_another_address_or_version_has_other_names(client: TestClient, story: Story) -> None:
    reader = Reader(story.path, story.directory)
    newer = TestClient(create_app(reader, HealthCheck(reader, lambda: 10), "2"))
    etags = {
        client.get(BALANCE).headers["etag"],
        client.get(f"{BALANCE}&at=10").headers["etag"],
        client.get("/v1/movements").headers["etag"],
        newer.get(BALANCE).headers["etag"],
    }
    assert len(etags) == 4


def test_problems_have_no_etag(client: TestClient) -> None:
    assert "etag" not in client.get("/v1/registries/XX").headers
    etag = client.get("/v1/registries/KR").headers["etag"]
    assert again(client, "/v1/registries/XX", etag) == 404


def test_health_is_always_told_anew(client: TestClient) -> None:
    assert "etag" not in client.get("/v1/health").headers


def test_a_guard_stands_before_everything(story: Story) -> None:
    asked: list[str] = []

    def guard(app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            asked.append(scope["path"])
            await app(scope, receive, send)

        return guarded

    reader = Reader(story.path, story.directory)
    client = TestClient(create_app(reader, HealthCheck(reader, lambda: 10), "1", guard))
    paths = ["/v1/links", "/metrics", "/", "/openapi.json", "/nowhere"]
    for path in paths:
        client.get(path)
    assert asked == paths
