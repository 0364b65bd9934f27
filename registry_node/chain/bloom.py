"""The logs bloom of a header: says which addresses and topics a ledger block surely lacks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from eth_hash.auto import keccak


@lru_cache(maxsize=65_536)  # the same accounts and classes occur again and again
def mask(item: bytes) -> int:
    """The three bits of an address or topic (Yellow Paper, 4.3.1)."""
    digest = keccak(item)
    bits = 0
    for i in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[i : i + 2], "big") & 2047)
    return bits


class Watch:
    """Asks blooms whether a ledger block may hold one of our events."""

    __slots__ = ("_addresses", "_topics")

    def __init__(self, addresses: Iterable[bytes], topics: Iterable[bytes]) -> None:
        self._addresses = [mask(address) for address in sorted(addresses)]
        self._topics = [mask(topic) for topic in topics]

    def may_have_logs(self, bloom: bytes) -> bool:
        """False is certain."""
        bits = int.from_bytes(bloom, "big")
        if not bits:
            return False
        return any(bits & m == m for m in self._addresses) and any(
            bits & m == m for m in self._topics
        )
