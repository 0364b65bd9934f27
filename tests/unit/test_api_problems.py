"""Bad input to the API: each answer is a problem document that says what would be right."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.queries.snapshot import Directory, Reader
from tests.support.border import border_story
from tests.support.places import Places

NOBODY = "0x" + "11" * 20

BAD = [
    # path, status, code, what the answer must name
    ("/v1/registries/XX", 404, "not-found", "CN, KR"),
    ("/v1/registries/xx", 400, "invalid-input", "'xx' is not a registry code"),
    ("/v1/registries/XX/classes", 404, "not-found", "CN, KR"),
    ("/v1/registries/XX/accounts", 404, "not-found", "CN, KR"),
    ("/v1/units/CN/CEA-1999/1", 404, "not-found", "CEA-2025"),
    ("/v1/units/CN/CEA-2025/1001", 404, "not-found", "serials 1 to 1000"),
    ("/v1/units/CN/CEA-2025/0", 400, "invalid-input", "Serials are whole numbers"),
    ("/v1/units/CN/CEA-2025/1-2", 400, "invalid-input", "'1-2' is not a serial number"),
    ("/v1/units/CN/cea_2025/1", 400, "invalid-input", "'cea_2025' is not a unit class"),
    ("/v1/units/XX/CEA-2025/1", 404, "not-found", "CN, KR"),
    ("/v1/accounts/CN/0x12", 400, "invalid-input", "40 hexadecimal digits"),
    (f"/v1/accounts/CN/{NOBODY}", 404, "not-found", f"no account {NOBODY}"),
    ("/v1/holdings?account=me", 400, "invalid-input", "'me' is not an account address"),
    ("/v1/holdings?registry=XX", 404, "not-found", "CN, KR"),
    ("/v1/holdings?registry=CN&class=NONE", 404, "not-found", "CEA-2025"),
    ("/v1/holdings?limit=0", 400, "invalid-input", "1 to 1000"),
    ("/v1/holdings?limit=1001", 400, "invalid-input", "1 to 1000"),
    ("/v1/holdings?cursor=%21%21", 400, "invalid-input", "not a cursor"),
    ("/v1/holdings?cursor=WzEsMiwzXQ", 400, "invalid-input", "not a cursor"),
    ("/v1/holdings?acount=x", 400, "invalid-input", "acount is unknown"),
    ("/v1/registries?at=-1", 400, "invalid-input", "'-1'"),
    ("/v1/registries?at=11", 404, "not-found", "0 to 10"),
    ("/v1/movements?type=99", 400, "invalid-input", "10-40 allocation"),
    ("/v1/movements?tx=0x12", 400, "invalid-input", "64 hexadecimal digits"),
    ("/v1/links/CN-KR", 400, "invalid-input", "source_destination"),
    ("/v1/links/XX_KR", 404, "not-found", "CN, KR"),
    ("/v1/links/99", 404, "not-found", "CN_KR"),
    ("/v1/links/CN_KR/quote?class=CEA-2025&quantity=0", 400, "invalid-input", "from 1 to"),
    ("/v1/links/CN_KR/quote?class=CEA-2025&quantity=1.5", 400, "invalid-input", "'1.5'"),
    ("/v1/lots?status=lost", 400, "invalid-input", "open, settled"),
    ("/v1/lots?link=99", 404, "not-found", "CN_KR"),
    ("/v1/lots?link=", 400, "invalid-input", "'' is not a link"),
    ("/v1/lots?link=CN_", 400, "invalid-input", "'CN_' is not a link"),
    ("/v1/obligations?year=0", 400, "invalid-input", "1900"),
    (f"/v1/registries?at={'0' * 5000}99", 400, "invalid-input", "A whole number"),
    ("/v1/holdings?limit=00000000000000000001999999999", 400, "invalid-input", "1 to 1000"),
    (f"/v1/units/CN/CEA-2025/{'1' * 5000}", 400, "invalid-input", "Serials are whole numbers"),
    (
        f"/v1/links/CN_KR/quote?class=CEA-2025&quantity={'1' * 5000}",
        400,
        "invalid-input",
        "Quantities are whole tonnes",
    ),
    ("/v1/registries?limit=1&limit=2", 400, "invalid-input", "limit is given more than once"),
    (f"/v1/accounts/KR/{NOBODY}", 404, "not-found", "'tonnelink account list KR'"),
    ("/v1/nothing", 404, "not-found", "/openapi.json"),
]


@pytest.fixture(scope="module")
def client(places: Places) -> TestClient:
    story = border_story(places.new())
    reader = Reader(story.path, story.directory)
    app = create_app(reader, HealthCheck(reader, lambda: 10), "0")
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(("path", "status", "code", "names"), BAD)
def test_bad_input(client: TestClient, path: str, status: int, code: str, names: str) -> None:
    response = client.get(path)
    body = response.json()
    assert response.status_code == status, body
    assert response.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"urn:tonnelink:problem:{code}"
    assert body["status"] == status
    assert body["instance"] == path
    assert body["title"]
    assert names in f"{body['detail']} {body['hint']}"
    assert "Traceback" not in response.text


def test_every_wrong_parameter_is_named(client: TestClient) -> None:
    body = client.get("/v1/links/CN_KR/quote?quantity=x&at=y&colour=red").json()
    assert [error["parameter"] for error in body["errors"]] == ["class", "quantity", "at", "colour"]
    assert all(error["detail"] for error in body["errors"])


def test_another_method_is_a_problem_too(client: TestClient) -> None:
    response = client.post("/v1/registries")
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
    assert response.json()["type"] == "urn:tonnelink:problem:method-not-allowed"


def test_a_cursor_of_another_list_is_refused(client: TestClient) -> None:
    cursor = client.get("/v1/holdings?limit=1").json()["next_cursor"]
    body = client.get(f"/v1/movements?cursor={cursor}").json()
    assert body["detail"] == "This cursor is of another list."
    body = client.get(f"/v1/holdings?cursor={cursor}&at=3").json()
    assert "contradicts the cursor" in body["detail"]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/v1/movements", [2**63]),
        ("/v1/movements", [-(2**63) - 1]),
        ("/v1/holdings", [1, "zz"]),
        ("/v1/registries/CN/accounts", ["zz"]),
        ("/v1/obligations", [1, "zz", 1]),
        ("/v1/movements", [True]),
    ],
)
def test_a_forged_cursor_is_refused(client: TestClient, path: str, key: list[object]) -> None:
    as_of = client.get("/v1/registries").json()["as_of"]
    for height in (as_of["block_number"], True):
        text = json.dumps([height, as_of["block_hash"][2:18], *key])
        cursor = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
        response = client.get(f"{path}?cursor={cursor}")
        assert response.status_code == 400, response.text
        assert "cursor" in response.json()["detail"]


def test_without_a_mirror_the_node_says_so(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "none.sqlite", Directory(bytes(20)))
    app = create_app(reader, HealthCheck(reader, lambda: 1), "0")
    client = TestClient(app, raise_server_exceptions=False)
    for path in ("/v1/registries", "/v1/health"):
        response = client.get(path)
        assert response.status_code == 503
        assert "tonnelink index" in response.text


def test_an_error_of_the_node_shows_no_stack_trace(client: TestClient) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("registry_node.api.parameters.read", lambda *_: 1 / 0)
        patch.setattr("registry_node.api.app.read", lambda *_: 1 / 0)
        response = client.get("/v1/registries")
    assert response.status_code == 500
    assert response.json()["type"] == "urn:tonnelink:problem:error"
    assert "ZeroDivision" not in response.text
