"""Killed between any two writes, or in the middle of one: what is on the disk is a whole state.

Killing a process leaves its files as they were at that moment. So the files are copied as each
statement of the writer finds them, and cut at any byte of the log of writes; each copy is opened as
the next process would. `make chaos` kills real processes.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from registry_node.domain.errors import Unavailable
from registry_node.indexer.mirror import Mirror
from registry_node.store.database import Database, open_writer
from scripts.chaos.node import count_statements
from tests.support.ledger import HELD, HOLDERS, Ledger, deployment
from tests.support.mirrors import apply_all, dump, open_temporary

DEPTH = deployment(depth=50)


def ledger_of(blocks: int, seed: int = 1) -> Ledger:
    ledger, chance = Ledger(), random.Random(seed)
    ledger.define()
    for _ in range(blocks):
        ledger.issue(chance.choice(HOLDERS), chance.randint(1, 50))
        ledger.move_by_quantity(*chance.sample(HOLDERS, 2), chance.randint(1, 9), HELD)
        ledger.seal()
    return ledger


def other_branch(ledger: Ledger, common: int, blocks: int) -> list[Any]:
    """The same beginning, sealed anew with another end."""
    other = ledger_of(common)
    other.branch = "other"
    for number in range(blocks):
        other.issue(HOLDERS[number % 4], 3)
        other.seal()
    assert other.chain[common - 1][0].hash == ledger.chain[common - 1][0].hash
    return other.chain


def states(folder: Path, chains: list[list[Any]]) -> dict[bytes, Any]:
    """Every row of an undisturbed mirror at each ledger block of each branch, by its digest."""
    found = {}
    for place, chain in enumerate(chains):
        with open_temporary(folder / f"straight-{place}.sqlite") as database:
            mirror = Mirror(database, DEPTH)
            found[mirror.digest] = dump(database)
            for block in chain:
                apply_all(mirror, [block])
                found[mirror.digest] = dump(database)
    return found


def files_of(path: Path) -> list[Path]:
    """Those that a kill leaves: no lock, and the shared memory is made anew from the log."""
    found = sorted(path.parent.glob(f"{path.name}*"))
    return [file for file in found if not file.name.endswith((".lock", "-shm"))]


def copy(path: Path, to: Path) -> Path:
    to.mkdir()
    for file in files_of(path):
        shutil.copy(file, to / file.name)
    return to / path.name


def check_whole(path: Path, known: dict[bytes, Any]) -> bytes:
    """The digest of the state that was found; every row is as it was there."""
    with open_temporary(path) as database:
        mirror = Mirror(database, DEPTH)
        assert mirror.digest in known, f"{path}: a state that never was, at {mirror.head}"
        assert dump(database) == known[mirror.digest]
        return mirror.digest


class Copier:
    """Copies the mirror before each statement that finds it other than the one before did."""

    def __init__(self, database: Database, path: Path, folder: Path) -> None:
        self.statements = 0
        self.copies: list[Path] = []
        self._path, self._folder = path, folder
        self._last: list[bytes] = []
        count_statements(database, self._copy)

    def _copy(self, number: int) -> None:
        self.statements = number
        now = [file.read_bytes() for file in files_of(self._path)]
        if now != self._last:
            self.copies.append(copy(self._path, self._folder / str(number)))
            self._last = now


def play(database: Database, first: list[Any], second: list[Any], common: int) -> bytes:
    """Some blocks, more in one transaction, a reorganisation, another branch."""
    mirror = Mirror(database, DEPTH)
    apply_all(mirror, first[:3])
    apply_all(mirror, first[3:], 10)
    mirror.undo_above(common)
    apply_all(mirror, second[common:], 2)
    return mirror.digest


@pytest.fixture(scope="module")
def branches() -> tuple[list[Any], list[Any], int]:
    ledger = ledger_of(7)
    return ledger.chain, other_branch(ledger, 4, 4), 4


def test_killed_before_any_statement(
    tmp_path: Path, branches: tuple[list[Any], list[Any], int]
) -> None:
    first, second, common = branches
    known = states(tmp_path, [first, second])
    path = tmp_path / "mirror.sqlite"
    open_writer(path).close()
    with open_writer(path) as database:
        # With hardly any memory, pages of a transaction reach the log before its commit.
        database.connection.execute("PRAGMA cache_size = 1")
        copier = Copier(database, path, tmp_path)
        last = play(database, first, second, common)
    found = {check_whole(place, known) for place in copier.copies}
    assert copier.statements > 200
    assert len(copier.copies) > 50, "the kills came at too few states of the disk"
    assert len(found) >= 6, "the kills came at too few states of the mirror"
    assert last not in found  # that one is only there after the last statement
    assert check_whole(copy(path, tmp_path / "end"), known) == last


def test_killed_in_the_middle_of_a_write(
    tmp_path: Path, branches: tuple[list[Any], list[Any], int]
) -> None:
    """The log of writes cut at any byte, also inside the last commit."""
    first, second, common = branches
    known = states(tmp_path, [first, second])
    path = tmp_path / "mirror.sqlite"
    chance = random.Random(4)
    with open_writer(path) as database:
        play(database, first, second, common)
        whole = copy(path, tmp_path / "whole")  # before closing merges the log into the file
    log = Path(f"{whole}-wal")
    size = log.stat().st_size
    assert size > 100_000
    found = set()
    for number in range(60):
        place = copy(whole, tmp_path / f"cut-{number}")
        with Path(f"{place}-wal").open("r+b") as file:
            file.truncate(chance.randrange(size - 40_000 if number % 2 else 0, size))
        found.add(check_whole(place, known))  # cut before the tables were made: a new mirror
    assert len(found) > 3


def test_an_interrupted_write_says_where_it_stands(tmp_path: Path) -> None:
    """The same mirror object goes on from what was committed."""
    chain = ledger_of(6).chain
    with open_temporary(tmp_path / "m.sqlite") as database:
        mirror = Mirror(database, DEPTH)
        apply_all(mirror, chain[:3])
        before = mirror.digest
        connection: Any = database.connection
        connection.set_progress_handler(lambda: 1, 50)  # ends statements in the middle
        with pytest.raises(Unavailable, match="interrupted"):
            mirror.apply(chain[3:], 6)
        connection.set_progress_handler(None, 0)
        assert (mirror.head, mirror.digest) == (3, before)
        apply_all(mirror, chain[3:])
        assert mirror.head == 6
