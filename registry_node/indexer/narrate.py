"""Tells in log lines what the indexer does, from its status alone.

A chain that is away is told once and not at every attempt; that it is back, once too.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from registry_node.indexer.runner import Status
from registry_node.logs import event

_log = logging.getLogger("tonnelink.indexer")

_QUIET = 5.0
"""Seconds between lines about a backlog."""


class Narrator:
    """Takes every status of one indexer, and logs what has changed since the last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._before: Status | None = None
        self._told = -1  # height of the last line
        self._told_at = float("-inf")

    def __call__(self, status: Status) -> None:
        before, self._before = self._before, status
        if before is None:
            self._told = -1 if status.indexed is None else status.indexed
        self._tell_height(before, status)
        self._tell_error(before.last_error if before else None, status.last_error)

    def _tell_height(self, before: Status | None, status: Status) -> None:
        now = -1 if status.indexed is None else status.indexed
        was = -1 if before is None or before.indexed is None else before.indexed
        if before is not None and now < was:
            event(
                _log,
                logging.WARNING,
                "reorganised",
                f"The chain took back ledger blocks {now + 1} to {was}.",
                height=now,
                removed=was - now,
            )
            self._told = min(self._told, now)
        level = status.chain_head is not None and now >= status.chain_head
        if now > self._told and (level or self._clock() - self._told_at >= _QUIET):
            event(
                _log,
                logging.INFO,
                "indexed",
                f"The mirror stands at ledger block {now}.",
                height=now,
                blocks=now - self._told,
                chain_head=status.chain_head,
                finalized=status.finalized,
                digest=status.digest.hex(),
            )
            self._told, self._told_at = now, self._clock()

    def _tell_error(self, before: str | None, now: str | None) -> None:
        if now and not before:
            event(_log, logging.WARNING, "chain-trouble", now)
        elif now and now != before:
            event(_log, logging.DEBUG, "chain-trouble", now)
        elif before and not now:
            event(_log, logging.INFO, "chain-back", "The chain answers again.")
