"""What an asker sees of each list and of a unit's life, on a mirror written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from registry_node.api.app import answer
from registry_node.api.endpoints import ENDPOINTS
from registry_node.domain.errors import Forbidden, NotFound
from registry_node.domain.view import EVERYTHING, PUBLIC, View
from registry_node.queries.snapshot import Reader
from registry_node.store.database import Location
from tests.support.border import border_story
from tests.support.places import Places
from tests.support.rows import address

MILL, PLANT, TRADER = address("KR mill"), address("CN plant"), address("CN trader")
OF_MILL = View(accounts=(("KR", MILL),))
OF_PLANT = View(accounts=(("CN", PLANT),))
OF_BOTH = View(accounts=(("CN", PLANT), ("KR", MILL)))
OF_KOREA = View(programmes=("KR",))
BY_PATH = {endpoint.path: endpoint for endpoint in ENDPOINTS}
LISTS = ("/v1/holdings", "/v1/movements", "/v1/lots", "/v1/requests", "/v1/trades", "/v1/liens")


@pytest.fixture(scope="module")
def reader(places: Places) -> Reader:
    story = border_story(places.new())
    return Reader(story.path, story.directory)


def ask(reader: Reader, path: str, view: View, **values: Any) -> Any:
    return answer(BY_PATH[path], reader, values, view)["data"]


def concerns(item: dict[str, Any], registry: str | None, party: bytes | None) -> bool:
    """Whether an item has to do with an account, or with a programme when no account is named."""
    if party is None:
        sides = str(item.get("link", item.get("registry"))).split("_")
        return registry in sides
    text = str(item)
    return "0x" + party.hex() in text


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("view", "registry", "party"),
    [(OF_MILL, "KR", MILL), (OF_PLANT, "CN", PLANT), (OF_KOREA, "KR", None)],
    ids=["mill", "plant", "Korea"],
)
def test_a_list_is_the_part_of_the_whole_that_is_open(
    reader: Reader, path: str, view: View, registry: str, party: bytes | None
) -> None:
    whole = ask(reader, path, EVERYTHING)
    mine = ask(reader, path, view)
    assert mine == [
        item for item in whole if concerns(item, registry, party) and here(path, item, registry)
    ]


def here(path: str, item: dict[str, Any], registry: str) -> bool:
    return path == "/v1/lots" or item["registry"] == registry


@pytest.mark.parametrize("path", LISTS)
def test_nothing_of_a_closed_list_is_public(reader: Reader, path: str) -> None:
    assert ask(reader, path, EVERYTHING) != []
    assert ask(reader, path, PUBLIC) == []


def test_an_asker_with_accounts_in_two_registries_sees_both(reader: Reader) -> None:
    found = {(i["registry"], i["account"]) for i in ask(reader, "/v1/holdings", OF_BOTH)}
    assert found == {("CN", "0x" + PLANT.hex()), ("KR", "0x" + MILL.hex())}
    moved = ask(reader, "/v1/movements", OF_BOTH)
    both = ask(reader, "/v1/movements", OF_PLANT) + ask(reader, "/v1/movements", OF_MILL)
    assert {str(m) for m in moved} == {str(m) for m in both}
    assert moved == [m for m in ask(reader, "/v1/movements", EVERYTHING) if m in moved]


def test_the_same_address_in_another_registry_is_somebody_elses(reader: Reader) -> None:
    wrong_registry = View(accounts=(("CN", MILL),))
    assert ask(reader, "/v1/holdings", wrong_registry) == []
    assert ask(reader, "/v1/movements", wrong_registry) == []
    assert ask(reader, "/v1/lots", wrong_registry) == []


@pytest.mark.parametrize(
    ("path", "view", "values"),
    [
        ("/v1/holdings", OF_MILL, {"address": TRADER}),
        ("/v1/holdings", OF_MILL, {"registry": "CN"}),
        ("/v1/holdings", OF_MILL, {"registry": "CN", "address": MILL}),
        ("/v1/holdings", OF_MILL, {"registry": "KR", "symbol": "KAU-2017", "address": TRADER}),
        ("/v1/holdings", OF_KOREA, {"registry": "CN"}),
        ("/v1/movements", OF_MILL, {"address": address("nobody at all")}),
        ("/v1/lots", OF_MILL, {"address": TRADER}),
        ("/v1/requests", OF_MILL, {"registry": "CN"}),
        ("/v1/trades", OF_MILL, {"address": TRADER}),
        ("/v1/liens", OF_KOREA, {"registry": "CN"}),
        ("/v1/proposals", OF_KOREA, {"registry": "CN"}),
        ("/v1/proposals/{registry}/{number}", OF_KOREA, {"registry": "CN", "number": 1}),
        ("/v1/proposals/{registry}/{number}", OF_MILL, {"registry": "KR", "number": 1}),
        ("/v1/registries/{code}/accounts", OF_MILL, {"code": "CN"}),
        ("/v1/accounts/{registry}/{address}", OF_MILL, {"registry": "CN", "address": TRADER}),
        ("/v1/accounts/{registry}/{address}", PUBLIC, {"registry": "CN", "address": TRADER}),
    ],
)
def test_what_is_named_and_somebody_elses_is_refused(
    reader: Reader, path: str, view: View, values: dict[str, Any]
) -> None:
    with pytest.raises(Forbidden):
        ask(reader, path, view, **values)


def test_a_refusal_does_not_tell_whether_an_account_exists(reader: Reader) -> None:
    told = []
    for who in (TRADER, address("nobody at all")):
        with pytest.raises(Forbidden) as refusal:
            ask(
                reader,
                "/v1/accounts/{registry}/{address}",
                OF_MILL,
                registry="CN",
                address=who,
            )
        told.append(str(refusal.value))
    assert told[0] == told[1]
    texts = []
    for number in (1, 999):
        with pytest.raises(NotFound) as missing:
            ask(
                reader,
                "/v1/requests/{registry}/{number}",
                View(accounts=(("CN", address("nobody at all")),)),
                registry="CN",
                number=number,
            )
        texts.append(str(missing.value).replace(str(number), "N"))
    assert texts[0] == texts[1]


def test_of_others_obligations_only_published_results_are_seen(place: Location) -> None:
    story = border_story(place)
    reader = Reader(story.path, story.directory)
    path = "/v1/obligations"
    before = ask(reader, path, EVERYTHING)
    assert before
    assert not any(item["published"] for item in before)
    assert ask(reader, path, PUBLIC) == []
    korean = next(item for item in before if item["registry"] == "KR")
    with story.block():
        keys = {"registry_id": 2, "year": korean["compliance_year"]}
        story.version("compliance_year", keys, closed=1)
    (result,) = ask(reader, path, PUBLIC)
    assert result["surrendered"] == korean["surrendered"]
    assert result["published"] is True
    for name in ("verified_emissions", "attested_emissions", "allocated", "debt", "verifier"):
        assert result[name] is None
    assert result["by_class"] == result["filings"] == result["limits"] == []
    mine = ask(reader, path, OF_MILL)
    assert next(item for item in mine if item["registry"] == "KR")["by_class"] != []
    assert ask(reader, path, PUBLIC, at=story.number - 1) == []  # it was not published then


def test_a_life_without_its_parties(reader: Reader) -> None:
    path = "/v1/units/{registry}/{class}/{serial}"
    unit = {"registry": "CN", "symbol": "CEA-2025", "serial": 1000}
    whole = ask(reader, path, EVERYTHING, **unit)
    assert whole["withheld"] is False
    found = ask(reader, path, PUBLIC, **unit)
    assert found["withheld"] is True
    assert found["state"] == whole["state"]
    events = [step["event"] for step in found["steps"]]
    assert events == [
        step["event"]
        for step in whole["steps"]
        if step["event"] not in {"allocation", "transfer", "encumbrance", "lien-release"}
    ]
    assert len(events) < len(whole["steps"])
    assert [step["step"] for step in found["steps"]] == list(range(1, len(events) + 1))
    for name in ("from", "to", "from_label", "to_label", "memo", "unit_block"):
        assert {step[name] for step in found["steps"]} == {None}
    assert "0x" + TRADER.hex() not in str(found)


def test_a_holder_sees_the_steps_that_it_took_part_in(reader: Reader) -> None:
    path = "/v1/units/{registry}/{class}/{serial}"
    unit = {"registry": "CN", "symbol": "CEA-2025", "serial": 1000}
    found = ask(reader, path, OF_PLANT, **unit)
    told = {step["event"]: step for step in found["steps"]}
    assert told["transfer"]["from"] == "0x" + PLANT.hex()
    assert told["export"]["from"] is None  # the trader's
    assert found["owner"] is None


def test_a_pledge_is_not_public(place: Location) -> None:
    story = border_story(place)
    reader = Reader(story.path, story.directory)
    with story.block():
        story.move(1, 511, 520, PLANT, 2001, 6)
    path = "/v1/units/{registry}/{class}/{serial}"
    unit = {"registry": "CN", "symbol": "CEA-2025", "serial": 515}
    assert ask(reader, path, OF_PLANT, **unit)["state"] == "ENCUMBERED"
    public = ask(reader, path, PUBLIC, **unit)
    assert public["state"] == "HELD"
    assert [step["event"] for step in public["steps"]] == ["issuance"]


def test_of_a_registrys_accounts_a_holder_sees_its_own(reader: Reader) -> None:
    path = "/v1/registries/{code}/accounts"
    assert [i["address"] for i in ask(reader, path, OF_PLANT, code="CN")] == ["0x" + PLANT.hex()]
    assert len(ask(reader, path, OF_KOREA, code="KR")) == 2


def test_a_view_is_of_a_registry_and_its_address_together() -> None:
    assert OF_MILL.sees("KR", MILL)
    assert OF_MILL.sees("KR", TRADER, MILL)
    assert not OF_MILL.sees("CN", MILL)
    assert not OF_MILL.sees("KR", TRADER)
    assert not OF_MILL.sees("KR")
    assert OF_KOREA.sees("KR")
    assert not OF_KOREA.sees("CN", MILL)
    assert EVERYTHING.sees("CN")
    assert not PUBLIC.sees("CN", None)


def test_views_have_tags_of_their_own() -> None:
    tags = {view.tag for view in (EVERYTHING, PUBLIC, OF_MILL, OF_PLANT, OF_BOTH, OF_KOREA)}
    assert len(tags) == 6
    assert EVERYTHING.tag == ""
