"""The node in one process: what must not fail silently."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from registry_node import bootstrap


def test_an_indexer_that_dies_of_anything_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(stop: threading.Event, progress: Any) -> None:
        raise KeyError("a projection's mistake")

    indexer = SimpleNamespace(follow=fail, status=SimpleNamespace(last_error=None))
    database = SimpleNamespace(close=lambda: None, migrated_from=None)
    monkeypatch.setattr(bootstrap, "open_writer", lambda path: database)
    monkeypatch.setattr(bootstrap, "build_indexer", lambda *_: indexer)
    settings: Any = SimpleNamespace(mirror=tmp_path / "mirror.sqlite")
    deployment: Any = None
    follower = bootstrap.Follower(settings, deployment)
    assert follower.error() is None
    follower.start()
    follower.stop()
    assert "a projection's mistake" in (follower.error() or "")
