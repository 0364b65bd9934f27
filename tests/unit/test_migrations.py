"""An older mirror is brought forward to what indexing anew makes; a newer one is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from registry_node.bootstrap import open_mirror
from registry_node.chain.deployment import Deployment
from registry_node.config import Settings
from registry_node.domain.errors import InvalidInput
from registry_node.domain.ledger import Header, RawLog
from registry_node.indexer.mirror import Mirror
from registry_node.store.connection import Connection
from registry_node.store.database import (
    Database,
    Location,
    get_meta,
    open_reader,
    open_writer,
    set_meta,
    store_at,
)
from registry_node.store.migration import OLDEST_VERSION, SCHEMA_VERSION
from registry_node.store.sqlite import SqliteConnection
from tests.support.mirrors import apply_all, dump, first_difference, rows_in
from tests.support.places import Places

DATA = Path(__file__).parents[1] / "data"
OLD = (DATA / "mirror-2.sql").read_text()
DEPLOYMENT = Deployment.model_validate(json.loads((DATA / "mirror-2.json").read_text()))


@pytest.fixture
def old(places: Places) -> Location:
    """The old mirror, as it lay on disk."""
    place = places.new()
    store = store_at(place)
    connection, release = store.connect_writer("OFF", named=False)
    tables, _, rows = OLD.partition("INSERT INTO")
    with connection.transaction():
        for statement in store.definitions(tables):
            connection.execute(statement)
        rows_in(connection, "INSERT INTO" + rows)
    connection.close()
    release()
    return place


def chain_of(connection: Connection) -> list[tuple[Header, list[RawLog]]]:
    """The ledger blocks that a mirror was made of, from what it keeps of them."""
    logs: dict[int, list[RawLog]] = {}
    hashes = dict(connection.execute("SELECT number, hash FROM header").fetchall())
    for block, *rest in connection.execute(
        "SELECT block, log_index, tx_hash, address, topics, data FROM raw_log"
        " ORDER BY block, log_index"
    ):
        logs.setdefault(block, []).append(RawLog(block, hashes[block], *rest))
    headers = connection.execute(
        "SELECT number, hash, parent_hash, timestamp FROM header ORDER BY number"
    )
    return [(Header(*row), logs.get(row[0], [])) for row in headers.fetchall()]


def indexes(connection: Connection) -> set[tuple[Any, ...]]:
    """What indexes there are, and on which columns."""
    if isinstance(connection, SqliteConnection):
        names = connection.execute(
            "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index'"
        ).fetchall()
        return {
            (table, name, *(row[2] for row in connection.execute(f"PRAGMA index_info({name})")))
            for table, name in names
        }
    return set(
        connection.execute(
            "SELECT tablename, indexname, replace(indexdef, schemaname || '.', '')"
            " FROM pg_indexes WHERE schemaname = current_schema()"
        ).fetchall()
    )


def test_an_old_mirror_becomes_what_indexing_anew_makes(old: Location, place: Location) -> None:
    with open_writer(old, synchronous="OFF") as migrated, open_writer(place) as fresh:
        assert migrated.migrated_from == OLDEST_VERSION
        mirror = Mirror(migrated, DEPLOYMENT)
        blocks = chain_of(migrated.connection)
        anew = Mirror(fresh, DEPLOYMENT)
        apply_all(anew, blocks, group=50)
        assert len(blocks) > 200
        assert first_difference(dump(migrated), dump(fresh)) is None
        assert mirror.digest == anew.digest
        assert indexes(migrated.connection) == indexes(fresh.connection)


def test_what_was_brought_forward_is_told_and_stays_so(old: Location, tmp_path: Path) -> None:
    said: list[str] = []
    settings = Settings(home=tmp_path, database=old)
    open_mirror(settings, said.append).close()
    assert f"brought forward to schema {SCHEMA_VERSION}" in said[0]
    open_mirror(settings, said.append).close()
    assert len(said) == 1


def test_readers_leave_an_old_mirror_and_say_what_to_do(old: Location) -> None:
    with pytest.raises(InvalidInput, match=f"schema {OLDEST_VERSION}; this program reads") as told:
        open_reader(old)
    assert "tonnelink index --once" in told.value.hint


def test_a_script_that_fails_leaves_the_mirror_as_it_was(
    old: Location, monkeypatch: pytest.MonkeyPatch
) -> None:

    def fail(self: Database, *_: object) -> None:
        raise KeyError("half way")

    with monkeypatch.context() as patch:
        patch.setattr("registry_node.store.database.set_meta", fail)
        with pytest.raises(KeyError, match="half way"):
            open_writer(old)
    with open_writer(old, synchronous="OFF") as database:
        assert database.migrated_from == OLDEST_VERSION
        assert get_meta(database.connection, "schema") == str(SCHEMA_VERSION)


def test_a_newer_mirror_is_refused_and_kept(place: Location) -> None:
    with open_writer(place, synchronous="OFF") as database:
        set_meta(database.connection, "schema", SCHEMA_VERSION + 1)
    for opened in (open_writer, open_reader):
        with pytest.raises(InvalidInput, match="A newer program made it"):
            opened(place)
