"""The table of addresses by role, asked cell by cell, over HTTP as the node serves it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from registry_node.access import table
from registry_node.access.table import TABLE, Role, Row, Sees
from registry_node.api import stream
from tests.support.askers import ASKERS, MILL, PLANT, TRADER, Api, Guarded
from tests.support.border import EXAMPLES as EXAMPLES_OF_DATA
from tests.support.border import border_story

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "access.md"
BY_PATH = {row.path: row for row in TABLE}
CN_PLANT, KR_MILL = f"0x{PLANT.hex()}", f"0x{MILL.hex()}"
UNIT = "/v1/units/CN/CEA-2025/1000"

EXAMPLES = {
    **EXAMPLES_OF_DATA,
    **{path: path for path in ("/", "/openapi.json", "/metrics", "/.well-known/jwks.json")},
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    home = Path(tmp_path_factory.mktemp("access"))
    story = border_story(home / "mirror.sqlite")
    with story.block():  # Korea publishes its results, China does not
        story.year(1, 2025)
        story.obligation(1, PLANT, 2025, state=3, emissions=300, initial=400)
        story.obligation(2, MILL, 2025, state=3, emissions=18, surrendered=18, verifier=TRADER)
        story.version("compliance_year", {"registry_id": 2, "year": 2025}, closed=1)
    guarded = Guarded(Api(story, home / "keys"), home)
    yield guarded
    guarded.close()


@pytest.fixture(scope="module")
def addresses(guarded: Guarded) -> set[str]:
    """Every address that the application answers."""
    described = (r.path for r in guarded.api.described.routes if isinstance(r, Route))
    return {*described, *paths_of(guarded.api.front._tree)}


# ---- every cell -----------------------------------------------------------------------------


@pytest.mark.parametrize("asker", ASKERS)
@pytest.mark.parametrize("path", BY_PATH)
def test_a_cell(guarded: Guarded, addresses: set[str], path: str, asker: str) -> None:
    assert path in addresses, f"{path} has a row and is no address"
    role: Role = ASKERS[asker]["role"]
    cell = BY_PATH[path].cell(role)
    if BY_PATH[path].streams:
        assert_stream(guarded, asker, cell)
        return
    if path == "/v1/statements":
        assert_statements(guarded, asker)
        return
    whole = guarded.ask_open(EXAMPLES[path])
    assert whole.status_code == 200, whole.text
    answer = guarded.ask(EXAMPLES[path], asker)
    if cell is Sees.REFUSED:
        assert_refused(answer, role)
    elif cell is Sees.ALL:
        assert answer.status_code == 200, answer.text
        if path != "/metrics":  # which counts its own requests
            assert answer.content == whole.content
    elif cell is Sees.OWN:
        assert_own(path, asker, answer, whole.json())
    else:
        assert_aggregate(path, answer, whole.json())
    if BY_PATH[path].public is not Sees.ALL:
        assert answer.headers["cache-control"] == "private, no-cache"
    assert "authorization" in answer.headers["vary"].lower()


@pytest.fixture(autouse=True)
def _heart_beats_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream is listened to until it tells where the ledger stands."""
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.2)


def assert_stream(guarded: Guarded, asker: str, cell: Sees) -> None:
    status, events = guarded.stream("/v1/stream?after=0", asker)
    _, whole = guarded.stream("/v1/stream?after=0", "everybody")
    assert status == 200
    assert {event["event"] for event in whole} == {"movement", "quota", "head"}
    assert events == [
        event
        for event in whole
        if event["event"] != "movement"
        or cell is Sees.ALL
        or (cell is Sees.OWN and OWN_ITEM[asker](event["data"]))
    ]
    assert len(events) == len(whole) or cell is not Sees.ALL


SIGNED = {  # what a statement is asked for with, and the answer that it signs
    f"kind=holdings&registry=CN&account={CN_PLANT}": f"/v1/holdings?registry=CN&account={CN_PLANT}",
    f"kind=holdings&registry=KR&account={KR_MILL}": f"/v1/holdings?registry=KR&account={KR_MILL}",
    "kind=unit&registry=CN&class=CEA-2025&serial=1000": UNIT,
    "kind=registry&registry=CN": "/v1/registries/CN",
    "kind=quota&link=CN_KR": "/v1/links/CN_KR/quota",
    f"kind=compliance&registry=CN&account={CN_PLANT}": (
        f"/v1/obligations?registry=CN&account={CN_PLANT}"
    ),
    f"kind=compliance&registry=KR&account={KR_MILL}": (
        f"/v1/obligations?registry=KR&account={KR_MILL}"
    ),
}


def assert_statements(guarded: Guarded, asker: str) -> None:
    """The right to a statement is the right to the answer that it signs."""
    for query, path in SIGNED.items():
        statement, signed = guarded.ask(f"/v1/statements?{query}", asker), guarded.ask(path, asker)
        data = signed.json().get("data")
        if signed.status_code == 200 and data != []:
            assert statement.status_code == 200, statement.text
            encoded = statement.json()["data"]["payload"]
            payload = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
            assert payload["data"] == data
        else:
            assert statement.status_code == 403
            assert "payload" not in statement.text


def assert_refused(answer: Any, role: Role) -> None:
    assert answer.status_code == (401 if role is Role.PUBLIC else 403)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert "data" not in answer.json()
    assert answer.json()["status"] == answer.status_code


OWN_ITEM: dict[str, Callable[[dict[str, Any]], bool]] = {
    "plant": lambda item: CN_PLANT in str(item),
    "mill": lambda item: KR_MILL in str(item),
    "China": lambda item: "CN" in str(item.get("link", item.get("registry"))).split("_"),
    "Korea": lambda item: "KR" in str(item.get("link", item.get("registry"))).split("_"),
}

SINGLE: dict[str, set[str]] = {  # who has something to do with the example of an address
    "/v1/accounts/{registry}/{address}": {"plant", "China"},
    "/v1/requests/{registry}/{number}": {"plant", "China"},
    "/v1/proposals/{registry}/{number}": {"China"},
    "/v1/registries/{code}/roles": {"China"},
}


def assert_own(path: str, asker: str, answer: Any, whole: Any) -> None:
    if path in SINGLE:
        if asker in SINGLE[path]:
            assert answer.status_code == 200, answer.text
            assert answer.json() == whole
        else:
            assert answer.status_code in {403, 404}
            assert CN_PLANT not in str(answer.json()).replace(str(answer.json()["instance"]), "")
        return
    if path == "/v1/registries/{code}/accounts" and asker in {"mill", "Korea"}:
        assert answer.status_code == 403
        return
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    if path == "/v1/units/{registry}/{class}/{serial}":
        assert_life(asker, answer.json()["data"], whole["data"])
        return
    if path == "/v1/obligations":
        mine = [item for item in whole["data"] if OWN_ITEM[asker](item)]
        assert [item for item in data if OWN_ITEM[asker](item)] == mine
        open_to_all = [item for item in whole["data"] if item["published"] and item not in mine]
        others = [item["account"] for item in data if item not in mine]
        assert others == [item["account"] for item in open_to_all]
        return
    assert data == [item for item in whole["data"] if OWN_ITEM[asker](item)]


def assert_life(asker: str, found: dict[str, Any], whole: dict[str, Any]) -> None:
    assert found["withheld"] is True
    code = {"China": "CN", "Korea": "KR"}.get(asker)
    for step in whole["steps"]:
        own = step["registry"] == code if code else OWN_ITEM[asker](step)
        same = {**step, "step": 0} in [{**other, "step": 0} for other in found["steps"]]
        assert same == own, step


def assert_aggregate(path: str, answer: Any, whole: Any) -> None:
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    if path == "/v1/units/{registry}/{class}/{serial}":
        assert data["withheld"] is True
        assert data["owner"] is None
        assert all(step["from"] is step["to"] is None for step in data["steps"])
        assert 0 < len(data["steps"]) < len(whole["data"]["steps"])
    elif path == "/v1/obligations":
        assert len(whole["data"]) == 2
        (result,) = data
        assert (result["account"], result["status"]) == (KR_MILL, "fulfilled")
        assert result["verifier"] is result["verified_emissions"] is None
    elif path == "/v1/health":
        assert answer.json() == whole
    else:
        assert data == [], path


# ---- the table is whole ---------------------------------------------------------------------


def paths_of(node: dict[str, Any]) -> Iterator[str]:
    for name, below in node.items():
        if name == "":
            yield below[0].path
        else:
            yield from paths_of(below)


def test_every_address_has_a_row(addresses: set[str]) -> None:
    assert addresses - set(BY_PATH) == set()


def test_an_address_without_a_row_is_closed_to_everybody(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guarded.ask("/v1/links", "auditor").status_code == 200
    monkeypatch.setattr(table, "find", lambda path: None)
    for asker in ASKERS:
        assert guarded.ask("/v1/links", asker).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/v1/holdings/", "//v1/holdings", "/v1/holdings%0A", "/v1/holdings%2F", "/V1/holdings"],
)
def test_no_spelling_of_an_address_goes_around_the_table(guarded: Guarded, path: str) -> None:
    answer = guarded.ask(path, "nobody")
    assert answer.status_code in {401, 404}
    assert "data" not in answer.json()


def test_other_methods_do_not_go_around_the_table(guarded: Guarded) -> None:
    for method in ("HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert guarded.request(method, "/v1/holdings").status_code == 401
        assert guarded.request(method, "/v1/liens", "operator").status_code == 403


def test_the_reference_shows_the_table() -> None:
    """When this fails, put what `table.markdown()` gives into docs/reference/access.md."""
    assert table.markdown() in REFERENCE.read_text(encoding="utf-8")


def test_a_path_finds_its_row() -> None:
    for row in TABLE:
        found = table.find(row.path.replace("{", "").replace("}", ""))
        assert isinstance(found, Row)
        assert found.path in {row.path, row.path.replace("{id}", "{code}")}
    assert table.find("/v1/registries/CN/other") is None
    assert table.find("/v1/units/CN/CEA-2025") is None


# ---- what one asker has is of no use to another ---------------------------------------------


def test_a_cursor_of_one_asker_opens_nothing_to_another(guarded: Guarded) -> None:
    for path in ("/v1/movements", "/v1/holdings", "/v1/registries/CN/accounts"):
        first = guarded.ask(f"{path}?limit=1", "auditor").json()
        cursor = first["next_cursor"]
        rest = guarded.ask(f"{path}?limit=1000&cursor={cursor}", "auditor").json()["data"]
        assert rest
        mine = guarded.ask(f"{path}?limit=1000&cursor={cursor}", "plant").json()["data"]
        assert mine == [item for item in rest if OWN_ITEM["plant"](item)]
        assert guarded.ask(f"{path}?cursor={cursor}", "nobody").status_code == 401
        assert guarded.ask(f"{path}?cursor={cursor}", "operator").status_code == 403


def test_pages_of_what_is_seen_are_full(guarded: Guarded) -> None:
    """Rows are left out before paging: a short page would tell of others' rows."""
    path = "/v1/movements"
    whole = guarded.ask(path, "plant").json()["data"]
    assert len(whole) > 2
    items, cursor, lengths = [], "", []
    while True:
        body = guarded.ask(f"{path}?limit=1{cursor}", "plant").json()
        items += body["data"]
        lengths.append(len(body["data"]))
        if body["next_cursor"] is None:
            break
        cursor = f"&cursor={body['next_cursor']}"
    assert items == whole
    assert set(lengths) == {1}


def test_an_etag_of_one_asker_is_no_answer_for_another(guarded: Guarded) -> None:
    for path in ("/v1/movements", "/v1/obligations", UNIT):
        tags = {}
        for asker in ("auditor", "plant", "mill", "China", "Korea"):
            tags[asker] = guarded.ask(path, asker).headers["etag"]
            assert guarded.ask(path, asker, if_none_match=tags[asker]).status_code == 304
        assert len(set(tags.values())) == len(tags)
        for asker in ASKERS:
            for owner, tag in tags.items():
                if owner != asker:
                    status = guarded.ask(path, asker, if_none_match=tag).status_code
                    assert status in {200, 401, 403}


def test_a_refusal_is_the_same_whether_or_not_there_is_such_an_account(guarded: Guarded) -> None:
    nobody = "0x" + "5" * 40
    for path in ("/v1/accounts/CN/{}", "/v1/movements?account={}", "/v1/holdings?account={}"):
        told = []
        for account in (f"0x{TRADER.hex()}", nobody):
            answer = guarded.ask(path.format(account), "plant")
            told.append((answer.status_code, answer.text.replace(account, "")))
        assert told[0] == told[1]
        assert told[0][0] == 403


def test_what_is_wrong_with_the_node_is_its_operators(guarded: Guarded) -> None:
    guarded.api.trouble = "http://user:secret@rpc.internal did not answer."
    try:
        for asker in ASKERS:
            answer = guarded.ask("/v1/health", asker)
            assert answer.status_code == 503
            seen = asker in {"auditor", "operator"}
            assert ("rpc.internal" in answer.text) == seen
    finally:
        guarded.api.trouble = None
