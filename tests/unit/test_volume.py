"""The generator's mirrors are ones that an indexer could have written, and traces in them are right
at every height: also where no later block descends from the one that a unit was in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from registry_node.domain.references import UnitReference
from registry_node.indexer import invariants
from registry_node.indexer.questions import Asked
from registry_node.indexer.report import Report
from registry_node.queries.snapshot import NOW, Reader
from registry_node.queries.trace import trace
from registry_node.store.database import open_reader, open_writer, set_meta
from scripts.bench import bulk
from scripts.bench.volume import CLASSES, Volume

VOLUME = Volume(400, 3_000)


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(tmp_path_factory.mktemp("volume")) / "mirror.sqlite"
    found = bulk.fill(path, VOLUME)
    assert found["rows"]["movement"] >= VOLUME.movements
    return path


def heights(reader: Reader) -> list[int]:
    with reader.snapshot() as snapshot:
        return [1, 2, snapshot.height // 2, snapshot.height]


def test_it_has_the_blocks_that_were_asked_for(mirror: Path) -> None:
    with Reader(mirror, bulk.directory()).snapshot() as snapshot:
        row = snapshot.one("SELECT COUNT(*) AS n FROM unit_block WHERE to_height = :now", now=NOW)
    assert row
    assert 0.8 * VOLUME.unit_blocks < row["n"] < 1.2 * VOLUME.unit_blocks


def test_the_ledgers_invariants_hold_at_every_height(mirror: Path) -> None:
    with open_writer(mirror) as database, database.connection.transaction():
        set_meta(database.connection, "gateway", bulk.GATEWAY.hex())
    for height in heights(Reader(mirror, bulk.directory())):
        report = Report(height, b"", b"")
        connection = open_reader(mirror)
        with connection.snapshot():
            invariants.check(Asked(connection, height), report)
        assert report.compared["invariant 2"] >= 2 * CLASSES
        assert report.differences == []


def test_a_trace_finds_the_block_of_every_height_without_asking_all(mirror: Path) -> None:
    reader = Reader(mirror, bulk.directory())
    chance = random.Random(1)
    last_height = heights(reader)[-1]
    in_between = 0
    for _ in range(400):
        class_id, at = chance.randint(1, CLASSES), chance.randint(1, last_height)
        with reader.snapshot(at) as snapshot:
            issued = snapshot.one(
                "SELECT MAX(last) AS n FROM issuance WHERE class_id = ?", class_id
            )
            assert issued
            serial = chance.randint(1, issued["n"])
            row = snapshot.one(
                "SELECT * FROM unit_block WHERE class_id = :c AND first <= :s AND last >= :s"
                " AND from_height <= :h AND :h < to_height",
                c=class_id,
                s=serial,
            )
            assert row
            code, symbol = bulk.registry_of(class_id), bulk.symbol_of(class_id)
            found = trace(snapshot, UnitReference(code, symbol, serial, serial))
            units = str(UnitReference(code, symbol, row["first"], row["last"]))
            assert (found["unit_block"], found["owner"]) == (units, f"0x{row['owner'].hex()}")
            assert found["steps"][-1]["to"] == found["owner"]
            cut_since = snapshot.one(
                "SELECT 1 FROM unit_block WHERE movement_id = :m AND id > :id"
                " AND first <= :s AND last >= :s",
                m=row["movement_id"],
                id=row["id"],
                s=serial,
            )
            in_between += cut_since is not None
    assert in_between > 20
