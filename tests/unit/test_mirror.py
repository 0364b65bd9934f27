"""A mirror that cannot go on changes nothing, and goes on when it can."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry_node.domain.errors import Inconsistent, Unavailable
from registry_node.indexer.mirror import Mirror
from tests.support.ledger import HELD, HOLDERS, Ledger, deployment
from tests.support.mirrors import apply_all, dump, open_temporary


def played(blocks: int = 40) -> Ledger:
    ledger = Ledger()
    ledger.define()
    for number in range(blocks):
        ledger.issue(HOLDERS[number % 4], 50)
        ledger.move_by_quantity(HOLDERS[number % 4], HOLDERS[(number + 1) % 4], 7, HELD)
        ledger.seal()
    return ledger


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    ledger = played()
    with open_temporary(tmp_path / "m.sqlite") as database:
        mirror = Mirror(database, deployment())
        apply_all(mirror, ledger.chain[:5])
        before, digest = dump(database), mirror.digest
        pages = database.connection.execute("PRAGMA page_count").fetchone()[0]
        database.connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(Unavailable, match="cannot be written: database or disk is full"):
            mirror.apply(ledger.chain[5:], 40)
        assert (mirror.head, mirror.digest) == (5, digest)
        assert dump(database) == before
        database.connection.execute("PRAGMA max_page_count = 100000")
        apply_all(mirror, ledger.chain[5:], 4)
        assert mirror.head == len(ledger.chain)


def test_an_impossible_block_changes_nothing_and_the_right_one_follows(tmp_path: Path) -> None:
    ledger = played(10)
    with open_temporary(tmp_path / "m.sqlite") as database:
        mirror = Mirror(database, deployment())
        apply_all(mirror, ledger.chain[:8])
        before = dump(database)
        with pytest.raises(Inconsistent, match="does not fit the mirror"):
            mirror.apply([ledger.chain[9]], 10)  # the one before it was left out
        assert dump(database) == before
        apply_all(mirror, ledger.chain[8:])
        assert mirror.head == 10
