"""Every address of the API on a mirror written by hand: envelope, paging, past heights, schema."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.attest.keys import StatementKeys
from registry_node.attest.statement import Issuer
from registry_node.chain.deployment import Deployment
from registry_node.domain.errors import Unavailable
from registry_node.queries.snapshot import Reader
from registry_node.store.database import Location
from tests.support.border import EXAMPLES, border_story
from tests.support.places import Places
from tests.support.rows import address
from tests.support.story import Story

MILL = "0x" + address("KR mill").hex()


@pytest.fixture(scope="module")
def story(places: Places) -> Story:
    return border_story(places.new())


@pytest.fixture(scope="module")
def app(story: Story, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    reader = Reader(story.path, story.directory)
    folder = Path(tmp_path_factory.mktemp("keys"))
    keys = StatementKeys(folder, folder / "password")
    keys.make()
    issuer = Issuer(reader, Deployment.model_validate(story.deployment()), keys, "a node")
    return create_app(reader, HealthCheck(reader, lambda: 12), "1.2.3", issuer=issuer)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def get(client: TestClient, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("path", EXAMPLES)
def test_every_fixed_address_answers_in_the_envelope_as_described(
    app: FastAPI, client: TestClient, path: str
) -> None:
    document = get(client, "/openapi.json")
    described = document["paths"][path]["get"]["responses"]["200"]
    reference = described["content"]["application/json"]["schema"]["$ref"]
    (route,) = (r for r in app.routes if isinstance(r, APIRoute) and r.path == path)
    body = get(client, EXAMPLES[path])
    TypeAdapter(route.response_model).validate_python(body, strict=True)  # no member more or less
    assert route.response_model.__name__.split("[")[0] in reference
    assert body["as_of"]["block_number"] == 10
    assert body["as_of"]["block_hash"] == "0x" + Story.hash_of(10).hex()
    assert body["as_of"]["finalized"] is True
    if isinstance(body["data"], list):
        assert "next_cursor" in body


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path != "/v1/health"])
def test_every_data_address_answers_for_a_past_height(client: TestClient, path: str) -> None:
    separator = "&" if "?" in EXAMPLES[path] else "?"
    body = get(client, f"{EXAMPLES[path]}{separator}at=6")
    assert body["as_of"]["block_number"] == 6


def test_all_described_addresses_are_the_fixed_ones(client: TestClient) -> None:
    beside = {"/v1/stream", "/.well-known/jwks.json"}
    assert set(get(client, "/openapi.json")["paths"]) == {*EXAMPLES, *beside}


def test_what_the_description_refers_to_is_in_it(client: TestClient) -> None:
    document = get(client, "/openapi.json")
    referred = set(re.findall(r'"\$ref":"([^"]+)"', json.dumps(document, separators=(",", ":"))))
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert "#/components/schemas/Problem" in referred
    assert referred <= known


@pytest.mark.parametrize("path", ["/v1/movements", "/v1/holdings", "/v1/registries/CN/accounts"])
def test_pages_together_are_the_whole(client: TestClient, path: str) -> None:
    whole = get(client, path)["data"]
    items: list[Any] = []
    cursor, pages = "", 0
    while True:
        body = get(client, f"{path}?limit=2{cursor}")
        assert len(body["data"]) <= 2
        items += body["data"]
        pages += 1
        if body["next_cursor"] is None:
            break
        cursor = f"&cursor={body['next_cursor']}"
    assert items == whole
    assert pages == (len(whole) + 1) // 2


def test_a_system_account_has_its_name_from_the_block_on_that_opened_it(place: Location) -> None:
    story = border_story(place)
    reader = Reader(place, story.directory)
    client = TestClient(create_app(reader, HealthCheck(reader, lambda: 1), "0"))
    reserve = address("KR reserve")
    path = f"/v1/holdings?registry=KR&class=CN.CEA-2025&account=0x{reserve.hex()}"
    assert client.get(path).json()["data"][0]["label"] is None
    with story.block():
        story.account(2, "KR", "reserve", kind=6)
    assert client.get(path).json()["data"][0]["label"] == "reserve"


def test_pages_stay_at_the_height_of_the_first(place: Location) -> None:
    story = border_story(place)
    reader = Reader(story.path, story.directory)
    client = TestClient(create_app(reader, HealthCheck(reader, lambda: 10), "0"))
    first = get(client, "/v1/movements?limit=3")
    with story.block():
        story.move(1, 1, 1, address("CN plant"), 1040)
    body = get(client, f"/v1/movements?limit=1000&cursor={first['next_cursor']}")
    assert body["as_of"] == first["as_of"]
    assert body["data"][-1]["transaction_name"] == "cancellation"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("registry=KR", {"KR"}),
        ("registry=CN&class=CEA-2025", {"CN"}),
        ("class=CN.CEA-2025", {"KR"}),
        (f"account={MILL}", {"KR"}),
        (f"account=0x{MILL[2:].upper()}", {"KR"}),
    ],
)
@pytest.mark.parametrize("path", ["/v1/movements", "/v1/holdings"])
def test_filters(client: TestClient, path: str, query: str, expected: set[str]) -> None:
    items = get(client, f"{path}?{query}")["data"]
    assert {item["registry"] for item in items} == expected


def test_movements_of_a_type_a_transaction_and_an_account(client: TestClient) -> None:
    for word in ("10-40", "1040", "allocation"):
        (item,) = get(client, f"/v1/movements?type={word}")["data"]
        assert item["units"] == "CN:CEA-2025:501-1000"
    export = "0x" + get(client, "/v1/lots")["data"][0]["transaction_hash"][2:]
    items = get(client, f"/v1/movements?tx={export}")["data"]
    assert [item["transaction_type"] for item in items] == ["3", "3", "2", "3"]
    trader = "0x" + address("CN trader").hex()
    items = get(client, f"/v1/movements?account={trader}")["data"]
    assert [(i["from_label"], i["to_label"]) for i in items] == [
        ("plant", "trader"),
        ("trader", "link gateway"),
        ("trader", "link gateway"),
        ("link gateway", "trader"),
    ]


def test_lots_by_link_account_and_status(client: TestClient) -> None:
    assert len(get(client, "/v1/lots?link=CN_KR&status=open")["data"]) == 1
    assert get(client, "/v1/lots?link=KR_CN")["data"] == []
    assert get(client, "/v1/lots?status=settled")["data"] == []
    assert len(get(client, f"/v1/lots?account={MILL}")["data"]) == 1


def test_totals_add_up_and_say_of_which(client: TestClient) -> None:
    for registry in get(client, "/v1/registries")["data"]:
        for totals in (registry["totals"], *registry["classes"]):
            figures = {
                k: int(totals[k])
                for k in ("held", "escrowed", "surrendered", "retired", "cancelled")
            }
            assert int(totals["issued"]) == sum(figures.values())
    china = get(client, "/v1/registries/CN")["data"]["totals"]
    korea = get(client, "/v1/registries/KR")["data"]["totals"]
    assert (china["used_abroad"], china["returned"]) == ("20", "0")
    assert (korea["used_abroad"], korea["returned"]) == ("0", "9")


def test_one_class_and_account_give_one_balance_zero_included(client: TestClient) -> None:
    path = f"/v1/holdings?registry=KR&class=CN.CEA-2025&account={MILL}"
    assert [i["quantity"] for i in get(client, path)["data"]] == ["9"]
    assert [
        i["quantity"] for i in get(client, path.replace("CN.CEA-2025", "KAU-2017"))["data"]
    ] == ["0"]
    assert [i["quantity"] for i in get(client, path + "&at=7")["data"]] == ["18"]


def test_obligations_tell_what_was_surrendered_by_class(client: TestClient) -> None:
    (item,) = get(client, "/v1/obligations?registry=KR&year=2025")["data"]
    assert item["label"] == "mill"
    assert item["surrendered"] == "18"
    assert item["by_class"] == [{"class": "CN.CEA-2025", "quantity": "18"}]
    assert item["verified_emissions"] is None
    (limit,) = item["limits"]
    assert (limit["base"], limit["used"], limit["max"]) == ("absolute", "18", "25")
    assert get(client, "/v1/obligations?year=2024")["data"] == []
    assert get(client, "/v1/obligations?at=6")["data"] == []


def test_an_account_tells_what_is_demanded_of_it_and_whom_it_trusts(client: TestClient) -> None:
    plant = "0x" + address("CN plant").hex()
    data = get(client, f"/v1/accounts/CN/{plant}")["data"]
    assert data["controls"] == ["trusted-only", "holding-limit"]
    assert data["holding_limit"] == "500"
    assert data["paid_share"] == {"required": "10", "bought": "4"}
    assert [trusted["label"] for trusted in data["trusted"]] == ["trader"]
    assert [person["may"] for person in data["representatives"]] == [["initiate", "approve"]]
    (holding,) = data["holdings"]
    assert int(holding["free"]) + int(holding["encumbered"]) == int(holding["quantity"])


def test_calls_are_told_in_clear_when_they_can_be_read(client: TestClient) -> None:
    data = get(client, "/v1/proposals/CN/1")["data"]
    assert (data["target"], data["function"]) == ("registry", "sealClass")
    assert data["arguments"] == [{"name": "classId", "value": "CEA-2025"}]
    (data,) = get(client, "/v1/requests?registry=CN&state=initiated")["data"]
    assert (data["function"], data["arguments"]) == (None, [])  # its arguments are cut short
    assert get(client, "/v1/requests?state=executed")["data"] == []


def test_settings_are_told_by_name(client: TestClient) -> None:
    data = get(client, "/v1/registries/CN/settings")["data"]
    assert (data["trust_delay"], data["transfer_delay"]) == (3600, None)
    assert data["holding_limit_classes"] == [{"registry": "CN", "class": "CEA-2025"}]
    (desk,) = data["desks"]
    assert (desk["transaction_type"], desk["desk"]) == ("10-40", "issuance")
    assert [call["function"] for call in data["requests_allowed"]] == ["retire"]
    (step,) = data["sensitive_steps"]
    assert (step["function"], step["approver_role"]) == ("sealClass", "issuer")


def test_liens_and_trades_by_account(client: TestClient) -> None:
    trader = "0x" + address("CN trader").hex()
    (lien,) = get(client, f"/v1/liens?account={trader}")["data"]
    assert lien["units"] == ["CN:CEA-2025:511-520", "CN:CEA-2025:601-605"]
    assert lien["quantity"] == "15"
    (trade,) = get(client, f"/v1/trades?account={trader}")["data"]
    assert (trade["trade"], trade["quantity"]) == ("trade 1", "5")
    assert get(client, f"/v1/trades?account={MILL}")["data"] == []


def test_the_page_needs_nothing_from_elsewhere(client: TestClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "http://" not in response.text
    assert "https://" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_health_tells_the_lag(client: TestClient) -> None:
    data = get(client, "/v1/health")["data"]
    assert data == {
        "status": "ok",
        "stopped": False,
        "chain_reachable": True,
        "chain_head": 12,
        "indexed": 10,
        "lag": 2,
        "last_error": None,
        "disputed": 0,
        "reconciled": None,
    }


def test_health_is_a_problem_while_the_chain_is_silent_and_ok_again_after(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry_node.api.health._FRESH", -1.0)
    silent = threading.Event()

    def head() -> int:
        if silent.is_set():
            raise Unavailable("The chain does not answer.", "Start it.")
        return 10

    reader = Reader(story.path, story.directory)
    client = TestClient(create_app(reader, HealthCheck(reader, head), "0"))
    assert client.get("/v1/health").status_code == 200
    silent.set()
    response: httpx.Response = client.get("/v1/health")
    assert response.status_code == 503
    body = response.json()
    assert body["type"] == "urn:tonnelink:problem:unavailable"
    assert body["data"]["chain_reachable"] is False
    assert body["as_of"]["block_number"] == 10
    silent.clear()
    assert client.get("/v1/health").status_code == 200
