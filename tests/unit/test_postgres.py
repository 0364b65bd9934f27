"""What only PostgreSQL does to a mirror: sessions that end, limits, addresses with passwords."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from registry_node.config import load
from registry_node.domain.errors import Inconsistent, InvalidInput, Unavailable
from registry_node.indexer.mirror import Mirror
from registry_node.queries.snapshot import MOST_CONNECTIONS, Directory, Reader
from registry_node.store import dialect, postgres
from registry_node.store.connection import Connection
from registry_node.store.database import open_reader, open_writer
from registry_node.store.postgres_address import parse_address
from tests.support.ledger import deployment, played
from tests.support.mirrors import apply_all, dump, first_difference, open_temporary
from tests.support.places import Places, server_url

DEPLOYMENT = deployment(depth=50)


@pytest.fixture
def place(all_places: dict[str, Places]) -> Iterator[str]:
    with all_places["postgres"].lent() as lent:
        yield str(lent)


def end_session(connection: Connection) -> None:
    """As a restart of the server does, or an administrator."""
    (pid,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    with psycopg.connect(server_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


# ---- sessions ---------------------------------------------------------------------------------


def test_a_lost_session_is_told_and_the_next_one_goes_on(place: str) -> None:
    ledger = played(12)
    with open_temporary(place) as database:
        mirror = Mirror(database, DEPLOYMENT)
        apply_all(mirror, ledger.chain[:6])
        before = dump(database)
        end_session(database.connection)
        with pytest.raises(Unavailable, match=r"cannot be written.*nothing is lost"):
            mirror.apply(ledger.chain[6:9], 9)
        mirror.recover()
        assert mirror.head == 6
        assert first_difference(before, dump(database)) is None
        with pytest.raises(Unavailable, match="Another indexer"):  # it has the lock again
            open_writer(place)
        apply_all(mirror, ledger.chain[6:])
        assert mirror.head == 12


def test_a_commit_whose_answer_was_lost_is_found(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = played(8)
    with open_temporary(place) as database:
        mirror = Mirror(database, DEPLOYMENT)
        apply_all(mirror, ledger.chain[:4])
        execute = psycopg.Connection.execute

        def lose(self: psycopg.Connection, query: Any, *rest: Any, **more: Any) -> Any:
            answer = execute(self, query, *rest, **more)
            if query == "COMMIT":
                self.close()
                raise psycopg.OperationalError("the connection is lost")
            return answer

        with monkeypatch.context() as patch:
            patch.setattr(psycopg.Connection, "execute", lose)
            with pytest.raises(Unavailable, match="the connection is lost"):
                mirror.apply(ledger.chain[4:6], 6)
        with pytest.raises(Unavailable, match="stands elsewhere"):
            mirror.apply(ledger.chain[4:6], 6)  # who had not looked would write them twice
        assert mirror.head == 6
        apply_all(mirror, ledger.chain[6:])
        with open_temporary(f"{place}_straight") as other:
            straight = Mirror(other, DEPLOYMENT)
            apply_all(straight, ledger.chain)
            assert straight.digest == mirror.digest
            assert first_difference(dump(other), dump(database)) is None


def test_a_reader_that_lost_its_session_takes_another(place: str) -> None:
    with open_temporary(place) as database:
        apply_all(Mirror(database, DEPLOYMENT), played(3).chain)
        reader = Reader(place, Directory(bytes(20)))

        def ask() -> None:
            with reader.snapshot() as snapshot:
                end_session(snapshot.connection)
                snapshot.one("SELECT 1")

        with pytest.raises(Unavailable, match="cannot be read"):
            ask()
        with reader.snapshot() as snapshot:
            assert snapshot.height == 3
        reader.close()


def test_the_lock_ends_with_a_process_that_is_killed(place: str) -> None:
    hold = (
        "import sys, time; from registry_node.store.database import open_writer;"
        " kept = open_writer(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", hold, place], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(Unavailable, match="Another indexer"):
        open_writer(place)
    process.kill()
    process.wait()
    process.stdout.close()
    open_writer(place).close()


def test_an_answer_is_of_one_moment(place: str) -> None:
    ledger = played(4)
    with open_temporary(place) as database:
        mirror = Mirror(database, DEPLOYMENT)
        apply_all(mirror, ledger.chain[:2])
        reader = Reader(place, Directory(bytes(20)))
        with reader.snapshot() as snapshot:
            count = "SELECT COUNT(*) AS n FROM movement"
            before = snapshot.one(count)
            apply_all(mirror, ledger.chain[2:])
            after = snapshot.one(count)
            assert before is not None
            assert after is not None
            assert before["n"] == after["n"]
        reader.close()


def test_there_are_only_so_many_connections(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry_node.queries.snapshot._LONGEST_WAIT", 0.05)
    with open_temporary(place) as database:
        apply_all(Mirror(database, DEPLOYMENT), played(2).chain)
    reader = Reader(place, Directory(bytes(20)))
    gate, entered = threading.Event(), threading.Semaphore(0)

    def hold() -> None:
        with reader.snapshot():
            entered.release()
            gate.wait(30)

    threads = [threading.Thread(target=hold) for _ in range(MOST_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert entered.acquire(timeout=30)
    with pytest.raises(Unavailable, match="All 16 connections"), reader.snapshot():
        pass
    gate.set()
    for thread in threads:
        thread.join()
    with reader.snapshot() as snapshot:
        assert snapshot.height == 2
    reader.close()


# ---- limits -----------------------------------------------------------------------------------


def test_a_question_that_takes_too_long_is_ended(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_STATEMENT_SECONDS", 1)
    open_temporary(place).close()
    connection = open_reader(place, patient=False)
    with pytest.raises(Unavailable, match="statement timeout"), connection.snapshot():
        connection.execute("SELECT pg_sleep(20)")
    connection.close()


def test_a_reader_cannot_write(place: str) -> None:
    open_temporary(place).close()
    connection = open_reader(place)
    with pytest.raises(Unavailable, match="read-only"), connection.transaction():
        connection.execute("DELETE FROM header")
    connection.close()


def test_undoing_asks_an_index(place: str) -> None:
    """Also before the server has counted the rows of a table."""
    from registry_node.store.undo import statements

    with open_temporary(place) as database:
        for statement in statements():
            plan = database.connection.execute(f"EXPLAIN {statement}", {"block": 9}).fetchall()
            text = "\n".join(row[0] for row in plan)
            assert "Seq Scan" not in text, text


# ---- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "schema", "name"),
    [
        ("postgresql://ann@db:5433/cn", "tonnelink", "postgresql://db:5433/cn?schema=tonnelink"),
        ("postgresql://ann:hush@db/cn?schema=kr", "kr", "postgresql://db/cn?schema=kr"),
        ("postgres://db/cn?schema=kr&sslmode=require", "kr", "postgresql://db/cn?schema=kr"),
        ("postgres://db/cn?sslmode=require&schema=kr", "kr", "postgresql://db/cn?schema=kr"),
    ],
)
def test_an_address_has_a_schema_and_a_name_without_secrets(
    url: str, schema: str, name: str
) -> None:
    address = parse_address(url)
    assert (address.schema, address.name) == (schema, name)
    assert ("sslmode=require" in address.conninfo) == ("sslmode" in url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hush@db:no-port:7/cn",
        "postgresql://ann:hush@[db/cn",
        "postgresql://ann:hu/hush@db/cn",
        "postgresql://ann:7/hush@db/cn",
        "postgresql://ann:hush@db/cn?nonsense=1",
        "postgresql://ann:hush@db/cn?schema=Upper",
        "postgresql://ann:hush@db/cn?schema=a;drop",
        "postgresql://ann:hush@127.0.0.1:1/cn",
    ],
)
def test_no_message_has_the_password(url: str) -> None:
    with pytest.raises((InvalidInput, Unavailable)) as told:
        open_writer(url)
    assert "hush" not in str(told.value)
    assert told.value.hint


def test_the_setting_takes_a_file_or_an_address() -> None:
    assert load({}, {"TONNELINK_DATABASE": "/var/m.sqlite"}).mirror == Path("/var/m.sqlite")
    url = "postgresql://db/cn?schema=kr"
    assert load({}, {"TONNELINK_DATABASE": url}).mirror == url


def test_a_schema_of_something_else_is_left_alone(all_places: dict[str, Places]) -> None:
    place = str(all_places["postgres"].new())
    schema = parse_address(place).schema
    with psycopg.connect(server_url(), autocommit=True) as session:
        session.execute(
            f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.letters (text text)".encode()
        )
        with pytest.raises(InvalidInput, match="other tables"):
            open_writer(place)
        with pytest.raises(Unavailable, match="There is no mirror"):
            open_reader(place)
        found = session.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)
        ).fetchall()
    assert found == [("letters",)]


# ---- the dialect ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("common", "nothing", "translated"),
    [
        ("a = ? AND b = ?", {1}, "a = %s AND b = NULL"),
        ("(:x IS NULL OR a = :x) AND b = :xy", {"x"}, "(NULL IS NULL OR a = NULL) AND b = %(xy)s"),
        ("a = ':x ? %' AND b = :x", set(), "a = ':x ? %%' AND b = %(x)s"),
        ("a % 2 = ? AND b::text = :c", set(), "a %% 2 = %s AND b::text = %(c)s"),
        ("a = 'it''s ?'", set(), "a = 'it''s ?'"),
    ],
)
def test_parameters_are_translated(common: str, nothing: set[Any], translated: str) -> None:
    assert dialect.statement(common, frozenset(nothing)) == translated


def test_numbers_come_back_as_whole_numbers(place: str) -> None:
    open_temporary(place).close()
    connection = open_reader(place, named=True)
    row = connection.execute(
        "SELECT SUM(n) AS s, 1 = 1 AS yes, 2 = 1 AS no, NULL AS nothing, 7 AS s"
        " FROM (SELECT 9223372036854775807 AS n UNION ALL SELECT 1) numbers"
    ).fetchone()
    assert dict(row) == {"s": 2**63, "yes": 1, "no": 0, "nothing": None}
    assert (row[0], row[4], len(row)) == (2**63, 7, 5)
    assert [type(value) for value in row][:3] == [int, int, int]
    connection.close()


def test_damage_is_no_passing_fault() -> None:
    told = postgres._told(
        "m", "read", psycopg.errors.DataCorrupted("invalid page in block 7\nmore")
    )
    assert isinstance(told, Inconsistent)
    assert "invalid page in block 7." in told.message
    assert postgres._told("m", "read", psycopg.errors.UniqueViolation("twice")) is None
