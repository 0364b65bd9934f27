"""One turn of the event loop reads in one transaction, and tells nobody less for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from registry_node.api.turns import TurnReader
from registry_node.domain.errors import Inconsistent, NotFound, Unavailable
from registry_node.queries.snapshot import MOST_CONNECTIONS, NOBODY, Directory, Reader
from registry_node.store.database import open_writer
from tests.support.border import border_story
from tests.support.story import Story


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return border_story(tmp_path / "mirror.sqlite")


@pytest.fixture
def reader(story: Story) -> TurnReader:
    return TurnReader(story.path, story.directory)


def head(reader: Reader) -> int:
    with reader.snapshot() as snapshot:
        return snapshot.as_of.number


@pytest.mark.parametrize("kind", [Reader, TurnReader])
def test_a_mirror_that_cannot_be_read_yet_costs_no_connection(
    kind: type[Reader], tmp_path: Path
) -> None:
    """Whoever asks often while a node begins must not stop it for good."""
    path = tmp_path / "empty.sqlite"
    open_writer(path).close()
    reader = kind(path, Directory(NOBODY))

    async def turn() -> None:
        for _ in range(2 * MOST_CONNECTIONS):
            with pytest.raises(Unavailable, match="not indexed any"), reader.snapshot():
                pass

    asyncio.run(asyncio.wait_for(turn(), timeout=5))
    with open_writer(path, synchronous="OFF") as database:
        database.connection.execute(
            "INSERT INTO header VALUES (0, ?, ?, 0, ?)", (bytes(32), bytes(32), bytes(32))
        )

    async def later() -> int:
        return head(reader)

    assert asyncio.run(later()) == 0


def test_a_connection_that_met_damage_is_not_used_again(story: Story) -> None:
    assert isinstance(story.path, Path)
    reader = Reader(story.path, story.directory)
    with pytest.raises(Inconsistent), reader.snapshot():
        raise Inconsistent("The mirror is damaged.", "Put a copy of it in its place.")
    assert head(reader) == story.number
    assert len(reader._idle) == 1
    first = reader._idle[0]
    with pytest.raises(Inconsistent), reader.snapshot():
        raise Inconsistent("The mirror is damaged.", "Put a copy of it in its place.")
    assert first not in reader._idle


def write(story: Story) -> int:
    with story.block():
        pass
    return story.number


def test_one_turn_is_one_moment(reader: TurnReader, story: Story) -> None:
    async def turn() -> tuple[int, int, int]:
        before = head(reader)
        write(story)
        same = head(reader)
        await asyncio.sleep(0)
        return before, same, head(reader)

    before, same, after = asyncio.run(turn())
    assert before == same == after - 1


def test_what_was_written_before_a_question_is_told(reader: TurnReader, story: Story) -> None:
    """Whoever asks in another turn asks later; also when the loop is busy all the time."""

    async def ask(written: int) -> None:
        assert head(reader) >= written

    async def busy() -> None:
        asking = []
        for _ in range(20):
            asking.append(asyncio.ensure_future(ask(write(story))))
            await asyncio.sleep(0)
        await asyncio.gather(*asking)

    asyncio.run(busy())


def test_an_error_ends_the_transaction_of_a_turn(reader: TurnReader, story: Story) -> None:
    async def turn() -> None:
        before = head(reader)
        write(story)
        with pytest.raises(NotFound), reader.snapshot(10**6):
            pass
        assert head(reader) == before + 1
        with pytest.raises(Unavailable), reader.snapshot() as snapshot:
            snapshot.all("SELECT nothing FROM nowhere")
        assert head(reader) == before + 1
        await asyncio.sleep(0)
        assert reader._session is None

    asyncio.run(turn())
    assert not any(session.connection.in_transaction for session in reader._idle)  # type: ignore[attr-defined]
