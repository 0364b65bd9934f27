"""There are no migrations: a mirror of another schema is refused in words, and stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from registry_node.domain.errors import InvalidInput
from registry_node.store.database import (
    Database,
    Location,
    open_beside,
    open_reader,
    open_writer,
    set_meta,
    store_at,
)
from registry_node.store.sqlite import SqliteConnection
from registry_node.store.tables import postponed_indexes, tables
from registry_node.store.version import SCHEMA_VERSION
from tests.support.mirrors import open_temporary
from tests.support.places import Places

FIRST_EDITION = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE header (number INTEGER PRIMARY KEY, hash BLOB NOT NULL);
CREATE TABLE unit_class (id INTEGER PRIMARY KEY, project TEXT, category TEXT, region TEXT);
"""


@pytest.fixture
def old(places: Places) -> Location:
    """A mirror that a program of the first edition left."""
    place = places.new()
    store = store_at(place)
    connection, release = store.connect_writer("OFF", named=False)
    with connection.transaction():
        for statement in store.definitions(FIRST_EDITION):
            connection.execute(statement)
        set_meta(connection, "schema", 6)
        connection.execute("INSERT INTO header VALUES (?, ?)", (1, bytes(32)))
        connection.execute("INSERT INTO unit_class VALUES (1, NULL, NULL, ?)", ("CN-FJ",))
    connection.close()
    release()
    return place


def found(place: Location) -> dict[str, Any]:
    """Everything in a place, whatever its schema."""
    store = store_at(place)
    connection, release = store.connect_writer("OFF", named=False)
    with connection.snapshot():
        there = {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()
            for name in ("meta", "header", "unit_class")
        }
    connection.close()
    release()
    return there


def beside(place: Location) -> None:
    with open_beside(place):
        pass


OPENED: list[Callable[[Location], object]] = [open_writer, open_reader, beside]


@pytest.mark.parametrize("opened", OPENED)
def test_a_mirror_of_the_first_edition_is_refused_and_kept(old: Location, opened: Any) -> None:
    before = found(old)
    assert before["meta"] == [("schema", "6")]
    with pytest.raises(InvalidInput) as told:
        opened(old)
    assert told.value.message == (
        f"The mirror {store_at(old).name} is of the ledger's first edition (schema 6); this program"
        " reads mirrors of its second (schema 7)."
    )
    assert told.value.hint == "Index a deployment of the second edition into another place."
    assert found(old) == before


@pytest.mark.parametrize("opened", OPENED)
def test_a_newer_mirror_is_refused_and_kept(place: Location, opened: Any) -> None:
    with open_temporary(place) as database:
        set_meta(database.connection, "schema", SCHEMA_VERSION + 1)
    before = found(place)
    with pytest.raises(InvalidInput) as told:
        opened(place)
    assert told.value.message == (
        f"The mirror {store_at(place).name} has schema 8; this program knows those up to 7."
    )
    assert told.value.hint == "A newer program made it: use that one, or name another place."
    assert found(place) == before


@pytest.mark.parametrize("said", ["", "seven", "-1"])
def test_a_mirror_that_does_not_say_its_schema_is_refused(place: Location, said: str) -> None:
    with open_temporary(place) as database:
        set_meta(database.connection, "schema", said)
    for opened in OPENED:
        with pytest.raises(InvalidInput, match=r"first edition \(schema 0\)"):
            opened(place)


def test_a_place_that_was_refused_is_free_for_others(old: Location) -> None:
    for _ in range(2):  # nobody is left who writes to it
        with pytest.raises(InvalidInput, match="first edition"):
            open_writer(old)


def test_a_mirror_that_could_not_be_made_whole_is_made_the_next_time(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = places.new()

    def fail(*_: object) -> None:
        raise KeyError("half way")

    with monkeypatch.context() as patch:
        patch.setattr("registry_node.store.database.set_meta", fail)
        with pytest.raises(KeyError, match="half way"):
            open_writer(place)
    with open_temporary(place) as database:
        for name in tables():
            database.connection.execute(f"SELECT COUNT(*) FROM {name}")
        assert made(database) >= postponed_indexes().keys()


def made(database: Database) -> set[str]:
    """The indexes that there are."""
    catalogue = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
    if isinstance(database.connection, SqliteConnection):
        catalogue = "SELECT name FROM sqlite_master WHERE type = 'index'"
    return {name for (name,) in database.connection.execute(catalogue).fetchall()}
