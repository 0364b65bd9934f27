"""The live stream: what happens is told once, in order; what the chain takes back is undone."""

from __future__ import annotations

import pytest

from registry_node.domain.errors import Forbidden, InvalidInput, NotFound
from registry_node.domain.subjects import Subject
from registry_node.domain.view import EVERYTHING, PUBLIC, View
from registry_node.queries import tail as tails
from registry_node.queries.quotas import quota
from registry_node.queries.snapshot import Reader
from registry_node.queries.tail import Event, Position, Tail
from registry_node.store.database import Location
from registry_node.store.undo import undo
from tests.support.border import border_story
from tests.support.rows import address
from tests.support.story import Story

MILL = address("KR mill")


@pytest.fixture
def story(place: Location) -> Story:
    return border_story(place)


@pytest.fixture
def reader(story: Story) -> Reader:
    return Reader(story.path, story.directory)


def everything(reader: Reader, tail: Tail) -> list[Event]:
    found: list[Event] = []
    while True:
        with reader.snapshot() as snapshot:
            found += tail.read(snapshot)
            if tail.at_head(snapshot):
                return found


def begin(reader: Reader, after: str | None = "0", **filters: object) -> Tail:
    with reader.snapshot() as snapshot:
        return Tail(snapshot, Position.parse(after) if after else None, **filters)  # type: ignore[arg-type]


def told(events: list[Event]) -> list[tuple[str, int]]:
    return [(event.kind, event.as_of["block_number"]) for event in events]


def surrender(story: Story) -> None:
    """One more ledger block with one movement."""
    with story.block():
        story.use(1, address("CN plant"), 2, 2, 3, 2025)


def replaceable_above(story: Story, final: int) -> None:
    story.db.execute("UPDATE meta SET value = ? WHERE key = 'finalized'", (str(final),))


def take_back(story: Story, above: int, branch: str) -> None:
    """The chain replaces what is above a height with one empty block of another branch."""
    with story._database.connection.transaction():
        undo(story._database.connection, above + 1)
    story.number = above
    with story.block():
        story.db.execute(
            "UPDATE header SET hash = ? WHERE number = ?",
            (address(branch).ljust(32, b"\0"), story.number),
        )


def test_from_the_beginning_it_is_every_movement_and_quota_change_in_order(
    story: Story, reader: Reader
) -> None:
    found = everything(reader, begin(reader))
    movements = [event.data for event in found if event.kind == "movement"]
    count = story.db.execute("SELECT COUNT(*) FROM movement").fetchone()[0]
    assert len(movements) == count
    places = [(event.position.number, event.position.place) for event in found]
    assert places == sorted(set(places))
    changes = [event.data for event in found if event.kind == "quota" and event.data]
    assert {change["what"] for change in changes} == {"terms", "use"}
    with reader.snapshot() as snapshot:
        histories = {name: quota(snapshot, name)["history"] for name in ("CN_KR", "KR_CN")}
    assert changes == sorted(
        ({"link": name, **entry} for name, history in histories.items() for entry in history),
        key=lambda change: change["block_number"],
    )
    for event in found:
        assert event.as_of["block_hash"] == "0x" + Story.hash_of(event.position.number).hex()


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_pages_together_are_the_whole(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    whole = everything(reader, begin(reader))
    monkeypatch.setattr(tails, "EVENTS_AT_ONCE", at_once)
    monkeypatch.setattr(tails, "BLOCKS_AT_ONCE", at_once)
    assert everything(reader, begin(reader)) == whole


def test_every_event_is_a_place_to_go_on_from(reader: Reader) -> None:
    whole = everything(reader, begin(reader))
    for i, event in enumerate(whole, 1):
        rest = everything(reader, begin(reader, str(event.position)))
        assert rest == whole[i:]


def test_without_a_cursor_only_what_comes_is_told(story: Story, reader: Reader) -> None:
    tail = begin(reader, None)
    assert everything(reader, tail) == []
    surrender(story)
    (event,) = everything(reader, tail)
    assert event.data
    assert event.data["transaction_name"] == "surrender"
    assert everything(reader, tail) == []


def test_filters(reader: Reader) -> None:
    found = everything(reader, begin(reader, registry="KR"))
    assert {e.data["registry"] for e in found if e.data and e.kind == "movement"} == {"KR"}
    assert {e.kind for e in found} == {"movement", "quota"}
    found = everything(reader, begin(reader, address=MILL))
    assert found
    for event in found:
        assert event.data
        assert "0x" + MILL.hex() in {event.data["from"], event.data["to"]}
    with pytest.raises(NotFound):
        begin(reader, registry="XX")


def test_whoever_asks_is_told_what_is_open_to_it(reader: Reader) -> None:
    def seen(view: View, **filters: object) -> list[Event]:
        with reader.snapshot(None, view) as snapshot:
            return Tail(snapshot, Position(0), **filters).read(snapshot)  # type: ignore[arg-type]

    assert {event.kind for event in seen(PUBLIC)} == {"quota"}
    own = [event for event in seen(View(accounts=(("KR", MILL),))) if event.kind == "movement"]
    asked = everything(reader, begin(reader, address=MILL))
    assert [event.data for event in own] == [event.data for event in asked]
    with pytest.raises(Forbidden):
        seen(PUBLIC, address=MILL)


def test_what_the_chain_took_back_is_undone_from_the_last_common_block(
    story: Story, reader: Reader
) -> None:
    replaceable_above(story, 4)
    tail = begin(reader)
    everything(reader, tail)
    surrender(story)
    replaceable_above(story, 4)
    surrender_position = everything(reader, tail)[-1].position
    take_back(story, 8, "other")
    replaceable_above(story, 4)
    (event,) = everything(reader, tail)
    assert (event.kind, event.data) == ("undone", {"above": 8})
    assert event.as_of["block_hash"] == "0x" + Story.hash_of(8).hex()
    # Somebody who comes back with a cursor of the lost branch: what was final then still is.
    resumed = everything(reader, begin(reader, str(surrender_position)))
    assert (resumed[0].kind, resumed[0].data) == ("undone", {"above": 4})
    assert resumed[1:] == everything(reader, begin(reader, "4"))


def test_a_shorter_chain_is_noticed_too(story: Story, reader: Reader) -> None:
    replaceable_above(story, 4)
    tail = begin(reader)
    everything(reader, tail)
    with story._database.connection.transaction():
        undo(story._database.connection, 7)
    (event,) = everything(reader, tail)
    assert (event.kind, event.data) == ("undone", {"above": 6})


def test_even_final_blocks_that_are_gone_do_not_hold_a_reader_up(
    story: Story, reader: Reader
) -> None:
    """The node stops on such a chain; after a repair its readers must find their way."""
    tail = begin(reader)
    everything(reader, tail)
    take_back(story, 5, "other")
    (event,) = everything(reader, tail)
    assert (event.kind, event.data) == ("undone", {"above": 6})


@pytest.mark.parametrize(
    "text",
    ["", "x", "-1", "1.zz", "1.0123456789abcdef.x.0", "1.0123456789abcde.1.0", "9" * 19, "1.2.3"],
)
def test_a_malformed_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a cursor of the stream"):
        Position.parse(text)


def test_a_height_that_is_not_reached_is_refused(reader: Reader) -> None:
    with pytest.raises(InvalidInput, match="has not reached block 11"):
        begin(reader, "11")


def test_events_about_somebody_in_doubt_say_so(story: Story, reader: Reader) -> None:
    whole = everything(reader, begin(reader))
    assert not any("disputed" in event.to_json() for event in whole)
    mill = f"0x{MILL.hex()}"
    since = max(e.position.number for e in whole if mill in str(e.data))
    story.doubt(Subject("account", "KR", mill), differs="holding", since=since)
    marked = everything(reader, begin(reader))
    assert [event.data for event in marked] == [event.data for event in whole]
    for event in marked:
        concerned = mill in str(event.data) and event.position.number >= since
        assert ("disputed" in event.to_json()) == concerned
    (mark,) = next(event.disputed for event in marked if event.disputed)
    assert mark == {
        "subject": f"KR {mill}", "label": "mill", "kind": "account", "differs": ["holding"],
        "since": since,
    }  # fmt: skip


def test_the_head_says_who_is_in_doubt_of_what_was_asked_for(story: Story, reader: Reader) -> None:
    """An event that is missing cannot carry a mark."""

    def at_head(view: View = EVERYTHING, **filters: object) -> list[str]:
        with reader.snapshot(None, view) as snapshot:
            tail = Tail(snapshot, None, **filters)  # type: ignore[arg-type]
            return [mark["subject"] for mark in tail.head(snapshot).disputed]

    assert at_head() == []
    mill = f"0x{MILL.hex()}"
    story.doubt(Subject("account", "KR", mill))
    assert at_head() == at_head(registry="KR") == at_head(address=MILL) == [f"KR {mill}"]
    assert at_head(registry="CN") == at_head(address=address("CN plant")) == []
    assert at_head(PUBLIC) == ["KR"]  # whoever may not see the account does not learn of it
    story.doubt()
    assert at_head() == []
