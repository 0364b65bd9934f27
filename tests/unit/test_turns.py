"""One turn of the event loop reads in one transaction, and tells nobody less for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from registry_node.api.turns import TurnReader
from registry_node.domain.errors import NotFound, Unavailable
from tests.support.border import border_story
from tests.support.story import Story


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return border_story(tmp_path / "mirror.sqlite")


@pytest.fixture
def reader(story: Story) -> TurnReader:
    return TurnReader(story.path, story.directory)


def head(reader: TurnReader) -> int:
    with reader.snapshot() as snapshot:
        return snapshot.as_of.number


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
