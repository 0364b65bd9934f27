"""Whether the node is well: asked of the chain itself each time, so that silence is noticed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from registry_node.domain.errors import TonnelinkError
from registry_node.queries import disputes
from registry_node.queries.snapshot import AsOf, Json, Reader

_FRESH = 1.0
"""Seconds for which an answer of the chain is used again."""


@dataclass(slots=True)
class HealthCheck:
    """Asks the chain for its head and compares it with the mirror's.

    `chain_head` must answer within seconds or raise `TonnelinkError`; `indexer_error` tells what
    keeps the indexer of this process from following, if there is one, and `indexer_stopped` whether
    it has given up.
    """

    reader: Reader
    chain_head: Callable[[], int]
    indexer_error: Callable[[], str | None] = lambda: None
    indexer_stopped: Callable[[], bool] = lambda: False
    _asked_at: float = field(default=float("-inf"))
    _head: int | None = None
    _error: str | None = None

    def check(self) -> tuple[Json, AsOf | None]:
        """The health document, and the ledger block that the mirror stands at."""
        self._ask_chain()
        stopped = self.indexer_stopped()
        error = (stopped and self.indexer_error()) or self._error or self.indexer_error()
        as_of = disputed = reconciled = None
        try:
            with self.reader.snapshot() as snapshot:
                as_of = snapshot.as_of
                disputed = len(as_of.marks)
                reconciled = disputes.reconciled(snapshot)
        except TonnelinkError as mirror_error:
            error = error or str(mirror_error)
        indexed = as_of.number if as_of else None
        lag = (
            max(0, self._head - indexed) if self._head is not None and indexed is not None else None
        )
        return {
            "status": "problem" if error else "degraded" if disputed else "ok",
            "stopped": stopped,
            "chain_reachable": self._error is None,
            "chain_head": self._head,
            "indexed": indexed,
            "lag": lag,
            "last_error": error,
            "disputed": disputed,
            "reconciled": reconciled,
        }, as_of

    def _ask_chain(self) -> None:
        now = time.monotonic()
        if now - self._asked_at < _FRESH:
            return
        try:
            self._head = self.chain_head()
            self._error = None
        except TonnelinkError as error:
            self._head = None
            self._error = str(error)
        self._asked_at = time.monotonic()
