"""Ledger blocks and logs as the chain tells them, before anyone interprets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Header:
    """A ledger block's header, as far as a mirror needs it."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int  # seconds since 1970
    logs_bloom: bytes = bytes(256)


class RawLog(NamedTuple):
    """One log. A tuple and not a dataclass: a backlog has millions of them."""

    block: int
    block_hash: bytes
    log_index: int
    tx_hash: bytes
    address: bytes
    topics: bytes  # concatenated, 32 bytes each
    data: bytes
