"""Python's search for garbage in cycles, held back while a backlog is computed.

A range makes hundreds of thousands of objects, nearly all of which stay until it is written, and
none of which is in a cycle: looking through them again and again took a sixth of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Inside, nothing is collected, in any thread; what is garbage then is collected later."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
