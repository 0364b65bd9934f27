"""What a comparison asks the contracts: calls and how to read their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from registry_node.chain.artifacts import selector
from registry_node.domain.references import token_id
from registry_node.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Question:
    """A call of a view function, and what to do with its answer."""

    contract: bytes
    data: bytes
    check: Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class UnitClass:
    """A class as questions name it."""

    id: int
    registry: bytes
    token: int
    name: str  # CN:CEA-2025


class Asked:
    """The mirror at one height."""

    def __init__(self, connection: Connection, height: int) -> None:
        self._connection = connection
        self.height = height
        self.registries: dict[int, tuple[str, bytes]] = {
            row[0]: (row[1], row[2]) for row in self.rows("SELECT id, code, address FROM registry")
        }
        self.desks: dict[tuple[int, str], bytes] = {
            row[:2]: row[2] for row in self.rows("SELECT registry_id, name, address FROM desk")
        }
        self.timestamp = int(
            next(self.rows("SELECT timestamp FROM header WHERE number = :h"), (0,))[0]
        )
        self.gateway = bytes.fromhex(
            next(self.rows("SELECT value FROM meta WHERE key = 'gateway'"))[0]
        )
        self.classes = {
            id_: UnitClass(
                id_,
                self.registries[registry][1],
                token_id(symbol),
                f"{self.registries[registry][0]}:{symbol}",
            )
            for id_, registry, symbol in self.rows(
                "SELECT id, registry_id, symbol FROM unit_class WHERE block <= :h"
            )
        }

    def rows(self, sql: str, **parameters: Any) -> Iterator[tuple[Any, ...]]:
        """Rows of a query; `:h` is the height."""
        if ":h" in sql:
            parameters["h"] = self.height
        return self._connection.stream(sql, parameters)

    def versions(self, table: str, columns: str, order: str = "1") -> Iterator[tuple[Any, ...]]:
        """What was true of a version table at the height."""
        return self.rows(
            f"SELECT {columns} FROM {table}"  # noqa: S608 - names of the schema
            f" WHERE from_height <= :h AND :h < to_height ORDER BY {order}"
        )


@cache
def _selector(contract: str, function: str) -> bytes:
    return selector(contract, function)


def call_data(contract: str, function: str, *arguments: int | bytes) -> bytes:
    """The call of a function whose arguments are numbers, addresses and words."""
    words = [
        value.to_bytes(32, "big") if isinstance(value, int) else value.rjust(32, b"\0")
        for value in arguments
    ]
    return _selector(contract, function) + b"".join(words)


def numbers(answer: bytes) -> list[int]:
    """The words of an answer."""
    return [int.from_bytes(answer[i : i + 32], "big") for i in range(0, len(answer), 32)]


def as_address(word: int) -> bytes:
    return word.to_bytes(32, "big")[12:]


def as_word(word: int) -> bytes:
    return word.to_bytes(32, "big")
