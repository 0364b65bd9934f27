"""Statements and their parameters as psycopg wants them, and rows as the mirror's readers do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.rows import RowMaker, no_result
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

from registry_node.store import dialect
from registry_node.store.connection import NamedRow, Parameters


class _Number(Loader):
    """The sum of whole numbers is a whole number."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data))


class _Flag(Loader):
    """Booleans are 0 and 1."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data) == b"t")


def adapters() -> AdaptContext:
    global _ADAPTED  # noqa: PLW0603 - made once, when it is first needed
    if _ADAPTED is None:
        known = AdaptersMap(psycopg.adapters)
        known.register_dumper(int, Int8Dumper)
        known.register_dumper(str, StrDumper)
        known.register_loader("numeric", _Number)
        known.register_loader("bool", _Flag)
        _ADAPTED = _Context(known)
    return _ADAPTED


@dataclass(frozen=True, slots=True)
class _Context:
    adapters: AdaptersMap
    connection: None = None


_ADAPTED: _Context | None = None


class _Row:
    """A `NamedRow`. Of columns with the same name the first one has it."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: dict[str, int], values: Sequence[Any]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, key: int | str, /) -> Any:
        return self._values[self._places[key] if isinstance(key, str) else key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def keys(self) -> list[str]:
        return list(self._places)


def named_row(cursor: psycopg.Cursor[Any]) -> RowMaker[NamedRow]:
    columns = cursor.description
    if columns is None:
        return no_result
    places: dict[str, int] = {}
    for place, column in enumerate(columns):
        places.setdefault(column.name, place)
    return lambda values: _Row(places, values)


def bound(text: str, parameters: Parameters) -> tuple[LiteralString, Any]:
    if isinstance(parameters, dict):
        nothing = frozenset(name for name, value in parameters.items() if value is None)
        return trusted(dialect.statement(text, nothing)), parameters
    nothing_at = frozenset(place for place, value in enumerate(parameters) if value is None)
    given = [value for value in parameters if value is not None]
    return trusted(dialect.statement(text, nothing_at)), given


def trusted(text: str) -> LiteralString:
    """A statement of this program, whose values are parameters."""
    return text
