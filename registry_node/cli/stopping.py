"""Ctrl-C and SIGTERM as a request to end in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

_NAME = "tonnelink-stopping"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """Inside, Ctrl-C and SIGTERM set `stop`.

    Not in the handler itself: a handler runs between any two steps of the main thread, and when
    that is just looking at `stop` it holds the event's lock, for which `set` would wait for ever.
    A `SimpleQueue` is made to be written from there; a thread of its own sets the event.
    """
    asked: SimpleQueue[bool] = SimpleQueue()

    def wait() -> None:
        if asked.get():
            stop.set()

    threading.Thread(target=wait, name=_NAME, daemon=True).start()
    before = [signal.signal(number, lambda *_: asked.put(True)) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(number, handler)
        asked.put(False)  # ends the thread
