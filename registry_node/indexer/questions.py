"""What a comparison asks the contracts: calls and how to read their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from registry_node.chain.artifacts import function_abi, selector
from registry_node.chain.client import ChainClient
from registry_node.chain.words import decoded, type_of
from registry_node.domain.references import token_id
from registry_node.indexer.report import Report
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
        self.authorities: dict[int, bytes] = {
            row[0]: row[1] for row in self.rows("SELECT id, authority FROM registry")
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

    def not_yet_there(self, client: ChainClient, block_hash: bytes) -> set[bytes]:
        """The contracts of the deployment that came later than the height: nothing is asked of them
        there. Those that are not there now either are asked, which says that they are wrong."""
        known = [
            self.gateway,
            *(address for _, address in self.registries.values()),
            *self.authorities.values(),
        ]
        missing = client.without_code(known, block_hash)
        return set(missing) - set(client.without_code(missing)) if missing else set()

    def code(self, registry_id: int) -> str:
        return self.registries[registry_id][0]

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


@cache
def _answer_types(contract: str, function: str) -> tuple[str, ...]:
    return tuple(map(type_of, function_abi(contract, function)["outputs"]))


def question(
    report: Report,
    kind: str,
    subject: str,
    mirror: object,
    call: tuple[bytes, str, str, tuple[int | bytes, ...]],
    *,
    read: Callable[[list[int]], object] | None = None,
    take: Callable[..., object] | None = None,
) -> Question:
    """A comparison of what the mirror says with the answer of a contract: its words as `read` reads
    them, or what its ABI says that they are as `take` takes it."""
    address, contract, function, arguments = call

    def check(answer: bytes) -> None:
        try:
            if take is None:
                ledger = (read or _first)(numbers(answer))
            else:
                ledger = take(*decoded(_answer_types(contract, function), answer))
        except (ValueError, IndexError):
            ledger = "an answer of another form"
        report.compare(kind, subject, mirror, ledger)

    return Question(address, call_data(contract, function, *arguments), check)


def _first(words: list[int]) -> int:
    return words[0]


def numbers(answer: bytes) -> list[int]:
    """The words of an answer."""
    return [int.from_bytes(answer[i : i + 32], "big") for i in range(0, len(answer), 32)]


def as_address(word: int) -> bytes:
    return word.to_bytes(32, "big")[12:]


def as_word(word: int) -> bytes:
    return word.to_bytes(32, "big")
