"""The life of one unit, on a mirror written by hand (`tests/support/story.py`)."""

from __future__ import annotations

from typing import Any

import pytest

from linking.rates import Rate
from registry_node.domain.errors import InvalidInput, NotFound
from registry_node.domain.references import UnitReference
from registry_node.queries.snapshot import Reader
from registry_node.queries.trace import trace
from registry_node.store.database import Location
from tests.support.border import border_story
from tests.support.places import Places
from tests.support.story import SURRENDERED, Story

HOME = ["issuance", "allocation", "transfer", "export"]


@pytest.fixture(scope="module")
def reader(places: Places) -> Reader:
    story = border_story(places.new())
    return Reader(story.path, story.directory)


def life(reader: Reader, text: str, at: int | None = None) -> dict[str, Any]:
    with reader.snapshot(at) as snapshot:
        return trace(snapshot, UnitReference.parse(text))


def told(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["event"], step["unit"]) for step in found["steps"]]


def test_a_unit_used_abroad_is_followed_across_the_border(reader: Reader) -> None:
    found = life(reader, "CN:CEA-2025:1000")
    here, there = "CN:CEA-2025:1000", "KR:CN.CEA-2025:18"
    assert told(found) == [
        *((event, here) for event in HOME),
        ("conversion", there),
        ("import", there),
        ("surrender", there),
        ("used-abroad", here),
    ]
    assert found["state"] == "SURRENDERED"
    assert found["used_abroad"]
    assert found["twins"] == [{"lot": 1, "units": there}]


def test_each_step_says_where_when_and_who(reader: Reader) -> None:
    steps = life(reader, "CN:CEA-2025:1000")["steps"]
    issuance, *_, surrender, used = steps
    assert issuance["from"] is None
    assert issuance["to_label"] == "allocation"
    assert issuance["evidence"].startswith("0x")
    assert issuance["transaction_type"] == "1"
    assert issuance["time"] == "2026-01-01T00:00:24Z"
    assert surrender["compliance_year"] == 2025
    assert surrender["transaction_type"] == "10-2"
    assert surrender["registry"] == "KR"
    assert surrender["unit_block"] == "KR:CN.CEA-2025:1-18"
    assert used["lot"] == {
        "id": 1,
        "link": "CN_KR",
        "rate": {"numerator": "9", "denominator": "10"},
        "terms_version": 1,
    }
    assert [step["step"] for step in steps] == list(range(1, 9))
    order = [(step["block_number"], step["log_index"]) for step in steps]
    assert order == sorted(order)


def test_a_unit_that_came_home_is_released(reader: Reader) -> None:
    found = life(reader, "CN:CEA-2025:941")
    assert [event for event, _ in told(found)] == [
        *HOME,
        "conversion",
        "import",
        "return",
        "release",
    ]
    assert found["state"] == "HELD"
    assert found["owner_label"] == "trader"


def test_a_unit_waits_in_escrow_while_its_twin_circulates(reader: Reader) -> None:
    found = life(reader, "CN:CEA-2025:960")
    assert found["state"] == "ESCROWED"
    assert told(found)[-1] == ("import", "KR:CN.CEA-2025:36")


def test_a_foreign_unit_starts_with_its_origins_at_home(reader: Reader) -> None:
    found = life(reader, "KR:CN.CEA-2025:1")
    origins, here = "CN:CEA-2025:981-982", "KR:CN.CEA-2025:1"
    assert told(found) == [
        *((event, origins) for event in HOME),
        ("conversion", here),
        ("import", here),
        ("surrender", here),
        ("used-abroad", origins),
    ]


def test_what_origins_did_after_they_came_home_is_not_the_foreign_units_life(
    place: Location,
) -> None:
    story = border_story(place)
    (cea,) = story.db.execute("SELECT id FROM unit_class WHERE symbol = 'CEA-2025'").fetchone()
    with story.block():
        story.move(cea, 941, 950, bytes(19) + b"\1", 1050)
    reader = Reader(story.path, story.directory)
    assert told(life(reader, "CN:CEA-2025:942"))[-1][0] == "transfer"
    assert told(life(reader, "KR:CN.CEA-2025:20"))[-1][0] == "release"


def test_the_past_knows_nothing_of_what_came_after(reader: Reader) -> None:
    found = life(reader, "CN:CEA-2025:1000", at=6)
    assert found["state"] == "ESCROWED"
    assert told(found)[-1][0] == "import"
    assert life(reader, "CN:CEA-2025:1000", at=2)["unit_block"] == "CN:CEA-2025:1-1000"
    assert life(reader, "CN:CEA-2025:1", at=3)["unit_block"] == "CN:CEA-2025:1-500"


def test_a_block_at_a_height_is_found_although_no_present_block_descends_from_it(
    reader: Reader,
) -> None:
    found = life(reader, "CN:CEA-2025:600", at=3)
    assert found["unit_block"] == "CN:CEA-2025:501-1000"


@pytest.mark.parametrize(
    ("reference", "error", "says"),
    [
        ("CN:CEA-2025:1001", NotFound, "serials 1 to 1000"),
        ("CN:CEA-2099:1", NotFound, "CEA-2025"),
        ("XX:CEA-2025:1", NotFound, "CN, KR"),
        ("KR:KAU-2017:1", NotFound, "no serials yet"),
        ("CN:CEA-2025:1-2", InvalidInput, "one serial"),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(
    reader: Reader, reference: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        life(reader, reference)


def test_rate_above_one_gives_a_unit_several_twins(place: Location) -> None:
    story = Story(place)
    rate = Rate(5, 2)
    with story.block():
        cn, kr = story.registry("CN", "China"), story.registry("KR", "Korea")
        plant, mill = story.account(cn, "CN", "plant"), story.account(kr, "KR", "mill")
        cea = story.unit_class(cn, "CEA-2025")
        foreign = story.unit_class(kr, "CN.CEA-2025", unit_type=3, origin=cea)
        story.create(cea, plant, 4)
        story.link(1, cn, kr, rate, quota=100)
        story.export(1, 2, 1, rate, cea, foreign, plant, mill, [(1, 4)], used=0)
    with story.block():
        story.use(foreign, mill, 4, 4, SURRENDERED, year=2025)
    reader = Reader(story.path, story.directory)
    # Source unit 1 (the second) covers [2.5, 5): foreign offsets 2, 3, 4.
    found = life(reader, "CN:CEA-2025:2")
    assert found["twins"] == [{"lot": 1, "units": "KR:CN.CEA-2025:3-5"}]
    assert told(found)[-1] == ("surrender", "KR:CN.CEA-2025:4")
    assert told(found)[-2] == ("import", "KR:CN.CEA-2025:3-5")
