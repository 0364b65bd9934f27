"""Ledger blocks of a range with their logs, made sure of."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from registry_node.chain.client import ChainClient
from registry_node.chain.logs import LogReader, LogsIncomplete
from registry_node.domain.ledger import Header, RawLog

LedgerBlock = tuple[Header, list[RawLog]]


class RangeReader:
    """Reads ranges in the process that asks. See `reading` for another process that does."""

    def __init__(self, client: ChainClient, logs: LogReader) -> None:
        self._client = client
        self._logs = logs

    ready = True

    def read(self, first: int, last: int, named: Iterable[bytes] = ()) -> list[LedgerBlock]:
        """Ledger blocks from `first` on, up to `last` or as far as the node answers, with the logs
        of the contracts in `named` too.

        Raises `LogsIncomplete` when they are no chain, or not all of it, or another `Unavailable`.
        """
        self._logs.watch(named)
        logs, last = self._logs.between(first, last)
        headers = self._client.headers(first, last)
        for parent, child in pairwise(headers):
            if child.parent_hash != parent.hash:
                raise LogsIncomplete(
                    f"The headers of {self._client.name} do not form a chain.",
                    "The chain may be reorganising; the node asks again.",
                )
        return list(zip(headers, self._logs.assign(headers, logs), strict=True))

    def close(self) -> None:
        """Nothing of its own is open."""
