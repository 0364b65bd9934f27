"""Runs something every so often, in a thread of its own that ends when it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_FIRST_WAIT = 60.0
"""Seconds after a start before anything runs: first the mirror catches up."""


class Schedule:
    """Calls `run` when `interval` seconds have passed since `last` (seconds since 1970; None for
    never), and so on. `run` gets the event that asks it to end, and raises nothing."""

    def __init__(
        self,
        interval: float,
        run: Callable[[threading.Event], None],
        last: Callable[[], float | None],
    ) -> None:
        self._interval = interval
        self._run = run
        self._last = last
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="tonnelink-reconcile", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends what runs, and waits for it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _loop(self) -> None:
        wait = min(_FIRST_WAIT, self._interval)
        while not self._stop.wait(wait):
            last = self._last()
            due = 0.0 if last is None else last + self._interval - time.time()
            if due <= 0:
                self._run(self._stop)
                due = self._interval
            wait = min(due, self._interval)
