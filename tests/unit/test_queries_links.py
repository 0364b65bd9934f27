"""Links, quotas and quotes on a mirror written by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from linking.rates import Rate
from registry_node.domain.errors import InvalidInput, NotFound
from registry_node.queries import links, quotas
from registry_node.queries.snapshot import Reader
from registry_node.store.database import Location
from tests.support.border import border_story
from tests.support.rows import START
from tests.support.story import Story


@pytest.fixture
def story(place: Location) -> Iterator[Story]:
    told = border_story(place)
    yield told
    told.close()


@pytest.fixture
def reader(story: Story) -> Reader:
    return Reader(story.path, story.directory)


def test_the_meter_shows_a_lowered_quota(reader: Reader) -> None:
    with reader.snapshot() as snapshot:
        found = quotas.quota(snapshot, "CN_KR")
    assert found["meter"]["quota"] == "50"
    assert found["meter"]["used"] == "36"
    assert found["meter"]["remaining"] == "14"
    assert [(e["what"], e["quota"], e["used"]) for e in found["history"]] == [
        ("terms", "100", None),
        ("use", "100", "36"),
        ("terms", "50", None),
    ]
    with reader.snapshot(7) as snapshot:
        assert quotas.quota(snapshot, "2")["meter"]["remaining"] == "64"


def test_a_quote_takes_the_least_that_yields_what_arrives(reader: Reader) -> None:
    with reader.snapshot() as snapshot:
        found = quotas.quote_transfer(snapshot, "CN_KR", "CEA-2025", 11)
    assert found["destination_quantity"] == "9"
    assert found["source_quantity"] == "10"
    assert found["remainder"] == "1"
    assert found["allowed"]
    assert found["restriction"] == "NONE"


def refusal(reader: Reader, quantity: int = 10) -> tuple[str, str]:
    with reader.snapshot() as snapshot:
        found = quotas.quote_transfer(snapshot, "CN_KR", "CEA-2025", quantity)
    assert not found["allowed"]
    return found["restriction"], found["reason"]


def test_a_quote_says_why_it_would_be_refused(story: Story, reader: Reader) -> None:
    assert refusal(reader, 1) == ("NOTHING_CONVERTED", "the quantity converts to no whole unit")
    full = ("QUOTA_EXCEEDED", "the import quota of this period is too small")
    assert refusal(reader, 17) == full
    rate = Rate(9, 10)
    with story.block():
        story.terms(2, 3, rate, 50, valid_until=START)
    assert refusal(reader) == ("LINK_EXPIRED", "the link has expired")
    with story.block():
        story.terms(2, 4, rate, 50, valid_from=START + 10**7)
    assert refusal(reader) == ("LINK_NOT_STARTED", "the link has not started")
    with story.block():
        story.terms(2, 5, rate, 50, vintage_to=2020)
    words = "the destination does not accept this unit class"
    assert refusal(reader) == ("CLASS_NOT_ELIGIBLE", words)
    with story.block():
        story.version("link_state", {"link_id": 2}, suspended_by=2)
    assert refusal(reader) == ("LINK_SUSPENDED", "the link is suspended")


def test_a_quote_says_of_a_class_that_there_is_not_what_the_ledger_does(reader: Reader) -> None:
    with reader.snapshot() as snapshot:
        found = quotas.quote_transfer(snapshot, "CN_KR", "NONE", 10)
    assert (found["allowed"], found["restriction_code"]) == (False, 1)
    assert (found["restriction"], found["reason"]) == (
        "UNKNOWN_CLASS",
        "there is no such unit class",
    )


def test_the_missing_direction_is_absent(reader: Reader) -> None:
    with reader.snapshot() as snapshot:
        found = links.link(snapshot, "KR_CN")
    assert found["status"] == "absent"
    assert found["terms"] is None
    assert found["quota_meter"] is None


def test_a_link_is_found_by_name_or_number(reader: Reader) -> None:
    with reader.snapshot() as snapshot:
        assert links.link(snapshot, "2") == links.link(snapshot, "CN_KR")
        with pytest.raises(NotFound, match="CN_KR"):
            links.link(snapshot, "99")
        with pytest.raises(InvalidInput, match="source_destination"):
            links.link(snapshot, "CN-KR")


def test_proposed_terms_lapse_with_the_version_they_were_made_against(
    story: Story, reader: Reader
) -> None:
    rate = Rate(1, 2)
    with story.block():
        story.terms(2, 3, rate, 70, stage=0)
    with reader.snapshot() as snapshot:
        proposed = links.proposed_terms(snapshot, 2)
        assert proposed is not None
        assert proposed[:3] == (1, 2, 70)
        assert links.link(snapshot, "CN_KR")["proposed_terms"]["quota"] == "70"
    with story.block():
        story.terms(2, 3, rate, 40)
    with reader.snapshot() as snapshot:
        assert links.proposed_terms(snapshot, 2) is None
