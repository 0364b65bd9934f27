"""The time that an answer may take, which is watched once it waits."""

from __future__ import annotations

import asyncio

import pytest

from registry_node.api.bounds import in_time


def test_what_waits_goes_on_where_it_waited() -> None:
    async def answering(told: list[str]) -> None:
        told.append("begun")
        await asyncio.sleep(0)
        try:
            await asyncio.wait_for(asyncio.sleep(60), 0.01)
        except TimeoutError:  # its own, not ours
            told.append("late")
        await asyncio.sleep(0.01)
        told.append("done")

    told: list[str] = []
    assert asyncio.run(in_time(answering(told), 5))
    assert told == ["begun", "late", "done"]


def test_what_takes_too_long_is_told_so_and_may_tidy_up() -> None:
    tidied = []

    async def answering() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            tidied.append(True)

    assert not asyncio.run(in_time(answering(), 0.01))
    assert tidied


def test_an_error_of_the_answer_is_its_own() -> None:
    async def answering(wait: float) -> None:
        if wait:
            await asyncio.sleep(wait)
        raise TimeoutError("the chain's")

    for wait in (0, 0.001):
        with pytest.raises(TimeoutError, match="the chain's"):
            asyncio.run(in_time(answering(wait), 5))
