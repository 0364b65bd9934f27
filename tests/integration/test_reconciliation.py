"""Reconciliation finds every changed row, and names its account and ledger block."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment
from registry_node.domain.errors import Unavailable
from registry_node.indexer.report import Report
from registry_node.indexer.runner import Indexer
from registry_node.indexer.verify import Mode, verify
from registry_node.store.database import Location, open_writer
from scripts.corruption.trial import Trial, open_pair
from tests.support.mirrors import fold_anew


@pytest.fixture(scope="module")
def indexed(
    client: ChainClient, deployment: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A mirror of the whole world. Copy it before changing it."""
    path = tmp_path_factory.mktemp("indexed") / "mirror.sqlite"
    with open_writer(path, synchronous="OFF") as database:
        Indexer(client, deployment, database).sync()
    return path


@pytest.fixture
def copy(indexed: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    target = sqlite3.connect(tmp_path / "copy.sqlite", isolation_level=None)
    with sqlite3.connect(indexed) as source:
        source.backup(target)
    yield target
    target.close()


def path_of(connection: sqlite3.Connection) -> Path:
    return Path(connection.execute("PRAGMA database_list").fetchone()[2])


def test_every_changed_row_is_found_and_named(
    client: ChainClient, deployment: Deployment, place: Location, tmp_path: Path
) -> None:
    count = 100 if isinstance(place, Path) else 25  # each takes longer there
    with open_pair(client, deployment, place, tmp_path) as (mirror, reference):
        outcome = Trial(mirror, reference, deployment).run(range(1, count + 1))
    assert outcome.missed == []
    assert (outcome.changes, outcome.found, outcome.named) == (count, count, count)
    assert outcome.quick >= 0.95 * count  # not a word too many in meta
    assert len(outcome.tables) > 10


@pytest.mark.parametrize("mode", [Mode.QUICK, Mode.REPLAY, Mode.OFFLINE])
def test_an_untouched_mirror_has_no_differences(
    client: ChainClient, deployment: Deployment, indexed: Path, mode: Mode
) -> None:
    report = verify(client, indexed, deployment=deployment, mode=mode)
    assert [str(d) for d in report.differences] == []
    assert report.compared["digest"] == report.height - deployment.start_block + 1
    assert (report.compared["unit_use"] > 0) == (mode is not Mode.QUICK)
    for height in (deployment.start_block + 3, report.height - 20):
        past = verify(client, indexed, height, deployment=deployment, mode=mode)
        assert [str(d) for d in past.differences] == [], height


# Facts that no contract can be asked about: what it was for, by what kind of transaction, when.
EVIDENCE = [
    "UPDATE unit_use SET memo = tx_hash WHERE block = {block}",
    "UPDATE unit_use SET compliance_year = 1999 WHERE block = {block}",
    "DELETE FROM unit_use WHERE block = {block}",
    "UPDATE movement SET tx_type = 1050 WHERE block = {block}",
    "UPDATE raw_log SET tx_hash = zeroblob(32) WHERE block = {block}",
]


@pytest.mark.parametrize("statement", EVIDENCE)
def test_changed_evidence_is_named_with_its_account_and_block(
    client: ChainClient,
    deployment: Deployment,
    copy: sqlite3.Connection,
    statement: str,
) -> None:
    block, address = copy.execute("SELECT block, address FROM unit_use LIMIT 1").fetchone()
    assert copy.execute(statement.format(block=block)).rowcount > 0
    for mode in (Mode.QUICK, Mode.OFFLINE):
        report = verify(client, path_of(copy), deployment=deployment, mode=mode)
        assert report.first_block == block
        assert f"0x{address.hex()}" in concerned(report)


def concerned(report: Report) -> str:
    return " ".join(str(subject) for d in report.differences for subject in d.concerns)


def test_whoever_changes_the_digests_too_is_found_by_replay(
    client: ChainClient, deployment: Deployment, copy: sqlite3.Connection
) -> None:
    path = path_of(copy)
    copy.execute("UPDATE movement SET tx_type = 1051 WHERE id = 30")
    copy.close()
    with open_writer(path, synchronous="OFF") as database:
        fold_anew(database.connection, deployment.seed)
    assert verify(client, path, deployment=deployment, mode=Mode.QUICK).ok
    found = verify(client, path, deployment=deployment, mode=Mode.REPLAY).differences
    assert {"movement", "header"} <= {d.kind for d in found}


def test_a_changed_head_is_a_finding_and_no_reorganisation(
    client: ChainClient, deployment: Deployment, copy: sqlite3.Connection
) -> None:
    (head,) = copy.execute("SELECT MAX(number) FROM header").fetchone()
    copy.execute("UPDATE header SET hash = zeroblob(32) WHERE number = ?", (head,))
    for mode in (Mode.CONTRACTS, Mode.REPLAY):
        report = verify(client, path_of(copy), deployment=deployment, mode=mode)
        assert report.first_block == head
        assert "the whole ledger" in concerned(report)


def test_a_ledger_block_that_the_chain_does_not_have_is_a_reorganisation(
    client: ChainClient, deployment: Deployment, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChainClient, "header_at", lambda *_: None)
    with pytest.raises(Unavailable, match="does not have the mirror's ledger block"):
        verify(client, indexed, deployment=deployment, mode=Mode.REPLAY)


@pytest.mark.parametrize("number", [5000, 2**63 - 1])
def test_a_header_of_the_future_is_found(
    client: ChainClient, deployment: Deployment, copy: sqlite3.Connection, number: int
) -> None:
    copy.execute(
        "INSERT INTO header SELECT ?, hash, parent_hash, timestamp, digest FROM header LIMIT 1",
        (number,),
    )
    for mode in (Mode.QUICK, Mode.REPLAY):
        report = verify(client, path_of(copy), deployment=deployment, mode=mode)
        assert any(d.kind == "header" for d in report.differences)
