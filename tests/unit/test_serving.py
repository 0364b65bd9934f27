"""The node in one process: what must not fail silently."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from registry_node.serving import Follower


def test_an_indexer_that_dies_of_anything_is_told() -> None:
    def fail(stop: threading.Event, progress: Any) -> None:
        raise KeyError("a projection's mistake")

    indexer: Any = SimpleNamespace(follow=fail, status=SimpleNamespace(last_error=None))
    database: Any = SimpleNamespace(close=lambda: None)
    follower = Follower(database, indexer)
    assert follower.error() is None
    follower.start()
    follower.stop()
    assert "a projection's mistake" in (follower.error() or "")
    assert follower.stopped()
