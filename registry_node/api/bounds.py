"""How much may be asked at once: sizes and times of one request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from dataclasses import dataclass
from typing import Any

from starlette.types import Message, Receive, Scope

from registry_node.domain.errors import InvalidInput, TooLarge, UriTooLong


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds, rates in requests a second (0: no limit).

    `public_trace` is `open` when everybody may follow a unit, else `closed`.
    """

    public_trace: str = "open"
    rate_public: float = 0.0
    rate_token: float = 0.0
    max_url: int = 8192
    max_body: int = 65_536
    max_streams: int = 8
    request_timeout: float = 10.0
    answer_timeout: float = 30.0
    proxies: int = 0


def measure(scope: Scope, body: int, limits: Limits) -> None:
    """Raises `UriTooLong`, `TooLarge` for a body announced with `body` bytes, or `InvalidInput` for
    an address with a token in it."""
    query = scope["query_string"]
    if len(scope.get("raw_path") or scope["path"]) + len(query) > limits.max_url:
        raise UriTooLong(
            f"The address has more than {limits.max_url} bytes.", "Leave something out."
        )
    if body > limits.max_body:
        raise _too_large(limits)
    if b"tonnelink_" in query or "tonnelink_" in scope["path"]:
        raise InvalidInput(
            "A token does not belong into an address, where logs and histories keep it.",
            "Revoke it, and send another as the header 'Authorization: Bearer TOKEN'.",
        )


def bounded(receive: Receive, limits: Limits) -> Receive:
    """Takes a body up to its limits of size and time."""
    taken, whole = 0, False

    async def take() -> Message:
        nonlocal taken, whole
        if whole:
            return await receive()  # what comes now is the end of the connection
        try:
            async with asyncio.timeout(limits.request_timeout):
                message = await receive()
        except TimeoutError as error:
            raise InvalidInput(
                f"The body did not come in {limits.request_timeout:g} seconds.",
                "Questions need no body.",
            ) from error
        taken += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if taken > limits.max_body:
            raise _too_large(limits)
        return message

    return take


def until(receive: Receive, ended: asyncio.Event) -> Receive:
    """Also tells the application that the asker has gone once `ended` is set."""

    async def take() -> Message:
        if ended.is_set():
            return {"type": "http.disconnect"}
        coming = asyncio.ensure_future(receive())
        ending = asyncio.ensure_future(ended.wait())
        try:
            await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
            return coming.result() if coming.done() else {"type": "http.disconnect"}
        finally:
            coming.cancel()
            ending.cancel()

    return take


async def in_time(answering: Awaitable[None], seconds: float) -> bool:
    """Whether an answer was given within that time; if not, it is given up.

    Most are found at once. A timer would cost them as much as a query, so there is none before
    something is waited for.
    """
    steps = answering.__await__()
    try:
        awaited = next(steps)
    except StopIteration:
        return True
    try:
        async with asyncio.timeout(seconds) as limit:
            await _Begun(steps, awaited)
    except TimeoutError:
        if not limit.expired():
            raise
        return False
    return True


class _Begun:
    """What has run until it waits for something, to be awaited from there."""

    def __init__(self, steps: Generator[Any, Any, None], awaited: Any) -> None:
        self._steps = steps
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, None]:
        while True:
            try:
                yield self._awaited
            except BaseException as error:  # noqa: BLE001 - it is for whoever waits
                try:
                    self._awaited = self._steps.throw(error)
                except StopIteration:
                    return
            else:
                return (yield from self._steps)


def _too_large(limits: Limits) -> TooLarge:
    return TooLarge(f"The body has more than {limits.max_body} bytes.", "Questions need no body.")
