"""Opaque keyset cursors: where a list goes on, and the ledger block its first page was read at."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from registry_node.domain.errors import InvalidInput
from registry_node.queries.snapshot import Json, Snapshot

DEFAULT_LIMIT = 100
MOST = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """At most `limit` rows after `key`; at the height of the first page, so that pages agree."""

    limit: int = DEFAULT_LIMIT
    key: tuple[Any, ...] | None = None
    height: int | None = None
    block_hash: str = ""

    @classmethod
    def parse(cls, limit: int, cursor: str | None) -> Page:
        if cursor is None:
            return _first_page(limit)
        try:
            content = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except ValueError:
            content = None
        match content:
            case [int(height), str(block_hash), *key] if (
                key and height >= 0 and all(map(_storable, (height, *key)))
            ):
                return cls(limit, tuple(key), height, block_hash)
        raise InvalidInput(
            f"'{cursor}' is not a cursor.", "Use next_cursor of the page before, unchanged."
        )

    def check(self, snapshot: Snapshot) -> None:
        """Refuses a cursor of a ledger block that a reorganisation removed."""
        if self.key is not None and self.block_hash != snapshot.as_of.hash.hex()[:16]:
            raise InvalidInput(
                "The ledger block of this cursor is no longer part of the ledger.",
                "Start the list again without a cursor.",
            )

    def keys(self, *first: Any) -> tuple[Any, ...]:
        """The key to go on after; `first` is one before every row."""
        if self.key is None:
            return first
        if [type(a) for a in self.key] != [type(b) for b in first]:
            raise InvalidInput("This cursor is of another list.", "Use next_cursor unchanged.")
        return self.key


@lru_cache(MOST)
def _first_page(limit: int) -> Page:
    return Page(limit)


def address_after(text: str) -> bytes:
    """The address in a cursor; empty before the first."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise InvalidInput(
            "This cursor has no address in it.", "Use next_cursor unchanged."
        ) from error


def _storable(part: Any) -> bool:
    """Whether the mirror can have a row of that key: text, or a whole number in 64 bits."""
    return isinstance(part, str) or (type(part) is int and -(2**63) <= part < 2**63)


class Listing(NamedTuple):
    """One page of a list, and where it goes on."""

    items: list[Json]
    next_cursor: str | None = None


def listing(
    snapshot: Snapshot, page: Page, items: list[Json], keys: Sequence[tuple[Any, ...]]
) -> Listing:
    """Cuts the one item too many that says whether there is a next page."""
    if len(items) <= page.limit:
        return Listing(items)
    key = keys[page.limit - 1]
    text = orjson.dumps([snapshot.height, snapshot.as_of.hash.hex()[:16], *key])
    return Listing(items[: page.limit], base64.urlsafe_b64encode(text).rstrip(b"=").decode())


def every_item(ask: Callable[[Page], Listing]) -> list[Json]:
    """The items of all pages of a list."""
    items: list[Json] = []
    page = Page(MOST)
    while True:
        found = ask(page)
        items += found.items
        if found.next_cursor is None:
            return items
        page = Page.parse(MOST, found.next_cursor)
