"""What can be known of logs without believing the node: do they fit their ledger block, are they
all of it, is none there twice. Pure: it asks nobody.

A header's bloom says which addresses and topics its block has for certain, but not how often. So a
block that lost all its logs is seen by its bloom, and one that lost a part by its receipts: there
must be as many as transactions, their logs numbered without a gap, and together they must give the
very bloom of the header.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from registry_node.chain.bloom import mask
from registry_node.domain.errors import Unavailable
from registry_node.domain.ledger import Header, RawLog

Refusal = Callable[[str], Unavailable]
"""Makes the error of what a node did."""

_WORD = 32


def bloom_of(logs: Sequence[RawLog]) -> int:
    """The bits of the addresses and topics of logs."""
    items = {log.address for log in logs}
    for log in logs:
        topics = log.topics
        items.update([topics[i : i + _WORD] for i in range(0, len(topics), _WORD)])
    bits = 0
    for item in items:
        bits |= mask(item)
    return bits


def fits(bloom: bytes, logs: Sequence[RawLog]) -> bool:
    """Whether a ledger block with this bloom can have these logs, and maybe others."""
    return bloom_of(logs) & ~int.from_bytes(bloom, "big") == 0


def distinct(logs: Sequence[RawLog], refusal: Refusal) -> list[RawLog]:
    """Logs in ledger order without repetitions. Two that claim one place are refused."""
    kept: list[RawLog] = []
    place = None
    for log in logs:
        if place == (log.block, log.log_index):
            if log != kept[-1]:
                raise refusal("answered with two logs that have one place")
            continue
        place = (log.block, log.log_index)
        kept.append(log)
    return kept


class BlockReceipts(NamedTuple):
    """What a node says of a ledger block: how many transactions, their receipts, the logs in
    these (every contract's, in ledger order)."""

    count: Any
    receipts: Any
    logs: Sequence[RawLog]

    def check(self, header: Header, refusal: Refusal) -> None:
        """Raises the refusal unless the logs are all logs of the ledger block."""
        whole = (
            isinstance(self.count, str)
            and self.count == hex(len(self.receipts))
            and [log.log_index for log in self.logs] == list(range(len(self.logs)))
            and bloom_of(self.logs) == int.from_bytes(header.logs_bloom, "big")
        )
        if not whole:
            raise refusal(f"left out receipts of ledger block {header.number}")
