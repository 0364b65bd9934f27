"""A long backlog: computed ahead of its writing, its indexes made at its end; and a long undo."""

from __future__ import annotations

import copy
import random
from pathlib import Path

import pytest

from registry_node.domain.errors import Unavailable
from registry_node.indexer import mirror as mirrors
from registry_node.indexer.mirror import Mirror
from registry_node.store.database import Database
from registry_node.store.tables import postponed_indexes
from tests.support.ledger import HELD, HOLDERS, Ledger, deployment
from tests.support.mirrors import apply_all, dump, first_difference, open_temporary

REORG = 60


def play(ledger: Ledger, blocks: int, seed: int) -> Ledger:
    """Issuances and transfers, whole and in part, by quantity and out of the middle of blocks."""
    chance = random.Random(seed)
    for _ in range(blocks):
        ledger.issue(chance.choice(HOLDERS), chance.randint(1, 60))
        for _ in range(3):
            giver, taker = chance.sample(HOLDERS, 2)
            ledger.move_by_quantity(giver, taker, chance.randint(1, 40), HELD)
        block = chance.choice(ledger.movable())
        count = ledger.blocks[block]
        start = chance.randrange(count)
        taker = chance.choice(HOLDERS)
        ledger.move_named(block, start, chance.randint(1, count - start), taker, HELD)
        ledger.seal()
    return ledger


def played(blocks: int, seed: int = 1) -> Ledger:
    ledger = Ledger()
    ledger.define()
    return play(ledger, blocks, seed)


def indexes(database: Database) -> set[str]:
    rows = database.connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
    return {name for (name,) in rows if not name.startswith("sqlite_")}


def append_all(mirror: Mirror, ledger: Ledger, group: int = 7) -> None:
    for start in range(0, len(ledger.chain), group):
        part = ledger.chain[start : start + group]
        mirror.append(part, part[-1][0].number)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every backlog is a long one."""
    monkeypatch.setattr(mirrors, "_LONG_BACKLOG", 1)


@pytest.mark.usefixtures("short")
def test_a_backlog_ends_as_if_it_had_been_taken_in_one_by_one(tmp_path: Path) -> None:
    ledger = played(60)
    with open_temporary(tmp_path / "one.sqlite") as database:
        mirror = Mirror(database, deployment())
        apply_all(mirror, ledger.chain)
        expected, digest, every = dump(database), mirror.digest, indexes(database)
    assert set(postponed_indexes()) < every
    with open_temporary(tmp_path / "backlog.sqlite") as database:
        mirror = Mirror(database, deployment())
        mirror.begin_backlog(len(ledger.chain))
        assert indexes(database) == every - set(postponed_indexes())
        append_all(mirror, ledger)
        mirror.end_backlog()
        assert (mirror.head, mirror.digest) == (60, digest)
        assert indexes(database) == every
        assert first_difference(dump(database), expected) is None


@pytest.mark.usefixtures("short")
def test_indexes_that_were_postponed_are_made_when_the_mirror_is_opened(tmp_path: Path) -> None:
    ledger, path = played(20), tmp_path / "mirror.sqlite"
    with open_temporary(path) as database:
        every = indexes(database)
        mirror = Mirror(database, deployment())
        mirror.begin_backlog(20)
        append_all(mirror, ledger)
        mirror.settle()  # and no more: as if it had been killed
    with open_temporary(path) as database:
        assert indexes(database) == every
        mirror = Mirror(database, deployment())
        mirror.begin_backlog(10)  # less than there is: not worth it
        assert indexes(database) == every
        mirror.begin_backlog(30)
        assert indexes(database) < every


@pytest.mark.usefixtures("short")
def test_blocks_are_taken_back_without_their_indexes_too(tmp_path: Path) -> None:
    ledger = played(20)
    with open_temporary(tmp_path / "m.sqlite") as database:
        mirror = Mirror(database, deployment(depth=64))
        apply_all(mirror, ledger.chain[:5])
        before, digest = dump(database), mirror.digest
        mirror.begin_backlog(15)
        append_all(mirror, Ledger(chain=ledger.chain[5:]))
        mirror.settle()
        mirror.undo_above(5)
        assert mirror.digest == digest
        mirror.end_backlog()
        assert first_difference(dump(database), before) is None


def test_what_cannot_be_written_is_told_and_what_followed_forgotten(tmp_path: Path) -> None:
    ledger = played(40)
    with open_temporary(tmp_path / "m.sqlite") as database:
        mirror = Mirror(database, deployment())
        append_all(mirror, Ledger(chain=ledger.chain[:7]))
        mirror.settle()
        before, digest = dump(database), mirror.digest
        pages = database.connection.execute("PRAGMA page_count").fetchone()[0]
        database.connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(Unavailable, match="cannot be written: database or disk is full"):
            append_all(
                mirror, Ledger(chain=ledger.chain[7:]), 11
            )  # the second is told of the first
        assert not mirror.recover()
        assert (mirror.head, mirror.digest) == (7, digest)
        assert dump(database) == before
        database.connection.execute("PRAGMA max_page_count = 100000")
        append_all(mirror, Ledger(chain=ledger.chain[7:]))
        mirror.settle()
        assert mirror.head == 40
        found = mirror.digest
    with open_temporary(tmp_path / "fresh.sqlite") as database:
        mirror = Mirror(database, deployment())
        apply_all(mirror, ledger.chain, 40)
        assert mirror.digest == found


@pytest.mark.parametrize("group", [1, 20])
def test_sixty_blocks_taken_back_end_in_the_digest_of_a_rebuild(tmp_path: Path, group: int) -> None:
    common = played(30)
    left, right = copy.deepcopy(common), copy.deepcopy(common)
    left.branch, right.branch = "left", "right"
    play(left, REORG, 2)
    play(right, REORG + 5, 3)
    with open_temporary(tmp_path / "m.sqlite") as database:
        mirror = Mirror(database, deployment(depth=64))
        apply_all(mirror, left.chain, group)
        mirror.undo_above(30)
        assert mirror.digest == bytes(
            database.connection.execute("SELECT digest FROM header WHERE number = 30").fetchone()[0]
        )
        apply_all(mirror, right.chain[30:], group)
        found, rows = mirror.digest, dump(database)
    with open_temporary(tmp_path / "fresh.sqlite") as database:
        mirror = Mirror(database, deployment(depth=64))
        apply_all(mirror, right.chain, 13)
        assert mirror.digest == found
        assert first_difference(rows, dump(database)) is None
