"""A mirror that cannot go on changes nothing, and goes on when it can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from registry_node.domain.errors import Inconsistent, Unavailable
from registry_node.indexer.mirror import Mirror
from registry_node.store.connection import Connection
from registry_node.store.database import Location
from registry_node.store.sqlite import SqliteConnection
from tests.support.ledger import deployment, played
from tests.support.mirrors import apply_all, dump, open_temporary


@contextmanager
def full_disk(connection: Connection) -> Iterator[None]:
    """The database has no room for more movements."""
    if isinstance(connection, SqliteConnection):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        yield
        connection.execute("PRAGMA max_page_count = 100000")
        return
    connection.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'database or disk is full' USING ERRCODE = 'disk_full'; END $$"
    )
    connection.execute(
        "CREATE TRIGGER full_disk AFTER INSERT ON movement EXECUTE FUNCTION refuse()"
    )
    yield
    connection.execute("DROP TRIGGER full_disk ON movement")
    connection.execute("DROP FUNCTION refuse")


def test_a_full_disk_loses_nothing(place: Location) -> None:
    ledger = played()
    with open_temporary(place) as database:
        mirror = Mirror(database, deployment())
        apply_all(mirror, ledger.chain[:5])
        before, digest = dump(database), mirror.digest
        with full_disk(database.connection):
            with pytest.raises(Unavailable, match="cannot be written: database or disk is full"):
                mirror.apply(ledger.chain[5:], 40)
            assert (mirror.head, mirror.digest) == (5, digest)
            assert dump(database) == before
        apply_all(mirror, ledger.chain[5:], 4)
        assert mirror.head == len(ledger.chain)


def test_an_impossible_block_changes_nothing_and_the_right_one_follows(place: Location) -> None:
    ledger = played(10)
    with open_temporary(place) as database:
        mirror = Mirror(database, deployment())
        apply_all(mirror, ledger.chain[:8])
        before = dump(database)
        with pytest.raises(Inconsistent, match="does not fit the mirror"):
            mirror.apply([ledger.chain[9]], 10)  # the one before it was left out
        assert dump(database) == before
        apply_all(mirror, ledger.chain[8:])
        assert mirror.head == 10
