"""The database: its schema, its lock, and undoing by index."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.store.database import open_reader, open_writer, set_meta
from registry_node.store.tables import NOW, Kind, tables, version_tables
from registry_node.store.undo import statements

# Tables that stay so small that a scan of them is nothing.
SMALL = {"link_terms"}


def test_every_table_is_a_fact_a_version_or_known_to_be_neither() -> None:
    others = {name for name, table in tables().items() if table.kind is Kind.OTHER}
    assert others == {"meta", "header", "registry", "reconciliation", "mismatch"}
    for table in version_tables():
        assert table.columns[-2:] == ("from_height", "to_height"), table.name
    assert tables()["holding"].key == ("class_id", "address")
    assert tables()["unit_block"].primary_key == ("id",)


@pytest.mark.parametrize("statement", statements())
def test_undoing_asks_an_index(statement: str, tmp_path: Path) -> None:
    """Its cost is what was done since, not what there is."""
    with open_writer(tmp_path / "m.sqlite") as database:
        plan = database.connection.execute(f"EXPLAIN QUERY PLAN {statement}", {"block": 9})
        steps = [row[3] for row in plan if "foreign" not in row[3].lower()]
    if not any(f" {name} " in statement for name in SMALL):
        assert not any(step.startswith("SCAN") for step in steps), steps


def test_an_empty_mirror_can_be_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "m.sqlite"
    with open_writer(path):
        reader = open_reader(path)
        assert reader.execute("SELECT COUNT(*) FROM header").fetchone() == (0,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("DELETE FROM header")
        reader.close()


def test_reading_without_a_mirror(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no mirror"):
        open_reader(tmp_path / "none.sqlite")


def test_a_file_that_is_not_a_mirror(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear registry operator, " * 100)
    with pytest.raises(InvalidInput, match="is not a mirror"):
        open_writer(path)
    with pytest.raises(Unavailable, match="cannot be read"):
        open_reader(path)


def test_nothing_is_made_beside_a_file_that_is_something_else(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear registry operator")
    with pytest.raises(InvalidInput, match="is not a mirror") as caught:
        open_writer(path)
    assert "delete" not in str(caught.value).lower()
    assert list(tmp_path.iterdir()) == [path]


def test_a_mirror_that_cannot_be_opened_now_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.sqlite"
    open_writer(path).close()
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN

    def refuse(*_: object, **__: object) -> sqlite3.Connection:
        raise error

    monkeypatch.setattr(sqlite3, "connect", refuse)
    for opened in (open_reader, open_writer):
        with pytest.raises(Unavailable, match=r"unable to open.*nothing is lost"):
            opened(path)


def test_a_mirror_that_another_program_holds_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    open_writer(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match=r"locked.*nothing is lost"):
        open_reader(path)
    other.close()


def test_another_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with open_writer(path) as database:
        set_meta(database.connection, "schema", 0)
    for opened in (open_writer, open_reader):
        with pytest.raises(InvalidInput, match="schema 0"):
            opened(path)


def test_the_lock_ends_with_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    with open_writer(path), pytest.raises(Unavailable, match="Another indexer"):
        open_writer(path)
    open_writer(path).close()


def test_commits_wait_for_the_disk_unless_told_otherwise(tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.sqlite") as database:
        assert database.connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert database.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with open_writer(tmp_path / "b.sqlite", synchronous="NORMAL") as database:
        assert database.connection.execute("PRAGMA synchronous").fetchone() == (1,)


def test_now_is_the_highest_number_that_sqlite_holds() -> None:
    assert NOW == 2**63 - 1
