"""Slicing the words of logs: numbers, addresses, words as they are.

Topics: word 0 is the event itself, words 1 to 3 are its indexed fields.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any

from registry_node.domain.ledger import RawLog

N = "24xQ"  # a number
A = "12x20s"  # an address
W = "32s"  # a word as it is


def words(*forms: str) -> Callable[[bytes], tuple[Any, ...]]:
    return Struct(">" + "".join(forms)).unpack


number2 = words(N, N)


def topic_number(topics: bytes, i: int) -> int:
    return int.from_bytes(topics[32 * i : 32 * i + 32], "big")


def topic_address(topics: bytes, i: int) -> bytes:
    return topics[32 * i + 12 : 32 * i + 32]


def token(word: bytes) -> int:
    return int.from_bytes(word, "big")


def at(log: RawLog) -> tuple[int, int, bytes, bytes]:
    return log.block, log.log_index, log.tx_hash, log.address
