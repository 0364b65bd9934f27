"""A mirror's own rows come to its recorded digests, and a changed row shows at its ledger block."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry_node.indexer.folding import Damage, damages
from registry_node.indexer.mirror import Mirror
from registry_node.store.database import Database, Location
from registry_node.store.tables import NOW
from tests.support.ledger import ESCROWED, GATEWAY, HELD, HOLDERS, Ledger, deployment
from tests.support.mirrors import apply_all, open_temporary, spoil

ANN, BOB, *_ = HOLDERS
DEPLOYMENT = deployment()


def history() -> Ledger:
    """Fourteen ledger blocks, of which the last did nothing."""
    ledger = Ledger()
    ledger.define()
    ledger.issue(ANN, 100)
    ledger.seal()
    for _ in range(6):
        ledger.move_by_quantity(ANN, BOB, 7, HELD)
        ledger.seal()
        ledger.move_by_quantity(BOB, GATEWAY, 2, ESCROWED)
        ledger.move_by_quantity(BOB, ANN, 1, HELD)
        ledger.seal()
    ledger.seal()
    return ledger


@pytest.fixture
def database(place: Location) -> Iterator[Database]:
    with open_temporary(place) as opened:
        apply_all(Mirror(opened, DEPLOYMENT), history().chain, group=3)
        yield opened


def found(database: Database, head: int = 14) -> list[Damage]:
    return list(damages(database.connection, DEPLOYMENT.start_block, DEPLOYMENT.seed, head))


def test_an_untouched_mirror_has_no_damage(database: Database) -> None:
    assert found(database) == []


def test_nor_at_any_height_before(database: Database) -> None:
    for head in range(1, 14):
        assert found(database, head) == []


@pytest.mark.parametrize(
    ("statement", "blocks"),
    [
        ("UPDATE holding SET balance = balance + 1 WHERE from_height = 4", [4]),
        ("UPDATE unit_block SET owner = owner || x'00' WHERE from_height = 3", [3]),
        ("UPDATE unit_block SET owner = 'nobody' WHERE from_height = 3", [3]),
        ("UPDATE movement SET tx_hash = zeroblob(32) WHERE block = 5", [5]),
        ("UPDATE raw_log SET data = data || x'00' WHERE block = 6", [6]),
        ("DELETE FROM movement WHERE block = 7", [7]),
        ("UPDATE movement SET block = 14 WHERE block = 8", [8, 14]),
        ("UPDATE movement SET block = 99 WHERE block = 8", [8, 99]),
        ("UPDATE movement SET block = 0 WHERE block = 8", [8, 0]),
        ("UPDATE header SET timestamp = timestamp + 1 WHERE number = 5", [5]),
        ("UPDATE header SET digest = zeroblob(32) WHERE number = 5", [5, 6]),
        ("UPDATE header SET parent_hash = zeroblob(32) WHERE number = 5", [5]),
        ("UPDATE header SET hash = zeroblob(32) WHERE number = 14", [14]),
        ("DELETE FROM header WHERE number = 4", [4]),
        (f"UPDATE class_total SET to_height = 20 WHERE to_height = {NOW}", [20]),
        (f"UPDATE class_total SET to_height = -5 WHERE to_height = {NOW}", [-5]),
    ],
)
def test_a_changed_row_shows_at_its_ledger_block(
    database: Database, statement: str, blocks: list[int]
) -> None:
    assert spoil(database.connection, statement) > 0
    assert {damage.block for damage in found(database)} == set(blocks)
