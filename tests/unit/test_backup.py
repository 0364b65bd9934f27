"""Backups: of one moment, into either store, and refused when anything about them is wrong."""

from __future__ import annotations

import random
import threading
import zlib
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from registry_node.domain.errors import Inconsistent, InvalidInput, TonnelinkError, Unavailable
from registry_node.indexer.backup import backup, backup_into, restore
from registry_node.indexer.mirror import Mirror
from registry_node.store.database import Location, open_writer, store_at
from registry_node.store.portable import FORMAT, read_contents
from registry_node.store.version import SCHEMA_VERSION
from tests.support.ledger import deployment, played
from tests.support.mirrors import apply_all, dump, first_difference, open_temporary
from tests.support.places import KINDS, Places

DEPLOYMENT = deployment(depth=50)


LEDGER = played(30)


def quiet(_: int) -> None:
    """No progress."""


@pytest.fixture
def mirrored(places: Places) -> Location:
    """A mirror of the first twenty ledger blocks."""
    place = places.new()
    with open_temporary(place) as database:
        apply_all(Mirror(database, DEPLOYMENT), LEDGER.chain[:20], group=7)
    return place


@pytest.fixture
def file(mirrored: Location, tmp_path: Path) -> Path:
    made = tmp_path / "mirror.backup"
    backup(mirrored, made, quiet)
    return made


def rows_at(place: Location) -> dict[str, list[tuple[Any, ...]]]:
    with open_temporary(place) as database:
        return dump(database)


@pytest.mark.parametrize("kind", KINDS)
def test_it_becomes_the_same_mirror_in_either_store_and_goes_on(
    mirrored: Location, file: Path, all_places: dict[str, Places], kind: str
) -> None:
    target, seen = all_places[kind].new(), list[int]()
    told = restore(target, file, DEPLOYMENT, seen.append)
    assert told.height == 20
    assert seen[-1] == told.total
    assert first_difference(rows_at(mirrored), rows_at(target)) is None
    for place in (mirrored, target):
        with open_temporary(place) as database:
            mirror = Mirror(database, DEPLOYMENT)
            assert mirror.head == 20
            apply_all(mirror, LEDGER.chain[20:], group=4)
            mirror.undo_above(15)
            apply_all(mirror, LEDGER.chain[15:])
    assert first_difference(rows_at(mirrored), rows_at(target)) is None


def test_it_is_of_one_moment_while_the_node_goes_on(places: Places, tmp_path: Path) -> None:
    place, file, ledger = places.new(), tmp_path / "busy.backup", played(120)
    target = places.new()
    with open_temporary(place) as database:
        mirror = Mirror(database, DEPLOYMENT)
        apply_all(mirror, ledger.chain[:5])
        told, failed = [], list[TonnelinkError]()

        def back_up() -> None:
            try:
                told.append(backup(place, file, quiet))
            except TonnelinkError as error:
                failed.append(error)

        thread = threading.Thread(target=back_up)
        thread.start()
        apply_all(mirror, ledger.chain[5:])
        thread.join()
    assert failed == []
    assert restore(target, file, DEPLOYMENT, quiet) == told[0]
    with open_temporary(target) as database:
        copy = Mirror(database, DEPLOYMENT)
        apply_all(copy, ledger.chain[copy.head or 0 :])
        assert copy.digest == mirror.digest


def test_any_flipped_byte_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    chance = random.Random(5)
    ends = [*range(200), *range(len(whole) - 200, len(whole))]
    for place in [*ends, *chance.sample(range(len(whole)), 500)]:
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        file.write_bytes(changed)
        with pytest.raises(InvalidInput, match=r"is damaged|is not a backup"):
            read_contents(file)


def test_one_that_is_cut_off_or_longer_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for other in (
        b"",
        whole[:10],
        whole[:-1],
        whole[:-73],
        whole[: len(whole) // 2],
        whole + b"\n",
    ):
        file.write_bytes(other)
        with pytest.raises(InvalidInput, match=r"is damaged|is not a backup"):
            read_contents(file)


def resealed(file: Path, change: Any) -> None:
    """What a forger does: other contents or rows, under a hash that fits."""
    body = file.read_bytes()[len(FORMAT) : -73]
    head, _, packed = body.partition(b"\n")
    lines = [orjson.loads(line) for line in zlib.decompress(packed).splitlines()]
    contents = orjson.loads(head)
    change(contents, dict(lines))
    packed = zlib.compress(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    whole = FORMAT + orjson.dumps(contents) + b"\n" + packed
    file.write_bytes(whole + b"\nsha256 " + sha256(whole).hexdigest().encode() + b"\n")


def test_resealing_alone_changes_nothing(file: Path, place: Location, places: Places) -> None:
    resealed(file, lambda contents, rows: None)
    assert restore(places.new(), file, DEPLOYMENT, quiet).height == 20


def other_balance(contents: Any, rows: Any) -> None:
    rows["holding"][3][2] += 1


def no_such_row(contents: Any, rows: Any) -> None:
    rows["movement"].pop()


def other_balance_by_another_rule(contents: Any, rows: Any) -> None:
    """A mirror that says its digests are of another rule has none that are right."""
    other_balance(contents, rows)
    next(row for row in rows["meta"] if row[0] == "digest")[1] = "3"


def fewer_rows(contents: Any, rows: Any) -> None:
    rows["movement"].pop()
    contents["rows"]["movement"] -= 1


def other_digest(contents: Any, rows: Any) -> None:
    contents["digest"] = "0x" + "11" * 32


@pytest.mark.parametrize(
    "change", [other_balance, other_balance_by_another_rule, no_such_row, fewer_rows, other_digest]
)
def test_a_forged_one_replaces_nothing(file: Path, mirrored: Location, change: Any) -> None:
    before = rows_at(mirrored)
    resealed(file, change)
    with pytest.raises(Inconsistent, match=r"not a sound mirror|as many rows"):
        restore(mirrored, file, DEPLOYMENT, quiet, force=True)
    assert first_difference(before, rows_at(mirrored)) is None


def newer_schema(contents: Any, rows: Any) -> None:
    contents["schema"] = SCHEMA_VERSION + 1


def older_schema(contents: Any, rows: Any) -> None:
    contents["schema"] = SCHEMA_VERSION - 1


def other_columns(contents: Any, rows: Any) -> None:
    contents["columns"]["movement"].append("fee")


def other_chain(contents: Any, rows: Any) -> None:
    contents["identity"]["chain_id"] = "5"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (newer_schema, "has schema 8; this program reads 7"),
        (older_schema, "has schema 6; this program reads 7"),
        (other_columns, "table movement is another"),
        (other_chain, "another deployment: chain_id is 5"),
    ],
)
def test_one_of_something_else_is_refused(
    file: Path, places: Places, change: Any, message: str
) -> None:
    resealed(file, change)
    target = places.new()
    with pytest.raises(InvalidInput, match=message):
        restore(target, file, DEPLOYMENT, quiet)
    assert not store_at(target).exists()


def test_a_mirror_is_replaced_only_when_told_so(
    file: Path, mirrored: Location, places: Places
) -> None:
    before = rows_at(mirrored)
    with open_temporary(mirrored) as database:
        apply_all(Mirror(database, DEPLOYMENT), LEDGER.chain[20:])
    with pytest.raises(InvalidInput, match=r"There is a mirror at .* already.*--force"):
        restore(mirrored, file, DEPLOYMENT, quiet)
    assert len(rows_at(mirrored)["header"]) == 30
    restore(mirrored, file, DEPLOYMENT, quiet, force=True)
    assert first_difference(before, rows_at(mirrored)) is None


def test_not_under_a_node_that_runs(file: Path, mirrored: Location) -> None:
    told = "Another indexer.*Stop that node first"
    with open_writer(mirrored), pytest.raises(Unavailable, match=told):
        restore(mirrored, file, DEPLOYMENT, quiet, force=True)
    assert len(rows_at(mirrored)["header"]) == 20


def test_a_file_that_exists_is_kept(file: Path, mirrored: Location) -> None:
    before = file.read_bytes()
    with pytest.raises(InvalidInput, match="exists"):
        backup(mirrored, file, quiet)
    assert file.read_bytes() == before
    backup(mirrored, file, quiet, force=True)
    assert [found.name for found in file.parent.iterdir() if "backup" in found.name] == [file.name]


def test_a_folder_keeps_the_newest(mirrored: Location, places: Places, tmp_path: Path) -> None:
    folder = tmp_path / "all" / "backups"
    folder.mkdir(parents=True)
    old = [f"mirror-2020-01-0{day}T000000Z.backup" for day in (1, 2, 3)]
    others = ["mirror-2020-01-01.backup", "letter.txt"]
    for name in (*old, *others, "mirror-2020-01-04T000000Z.backup.part"):
        (folder / name).touch()
    told, made = backup_into(mirrored, folder, 2, quiet)
    names = {path.name for path in folder.iterdir()}
    assert names == {made.name, old[-1], *others}
    target = places.new()
    assert restore(target, made, DEPLOYMENT, quiet).digest == told.digest


def test_a_folder_that_gets_no_new_backup_keeps_the_old(places: Places, tmp_path: Path) -> None:
    old = tmp_path / "mirror-2020-01-01T000000Z.backup"
    for path in (old, old.with_name("mirror-2020-01-02T000000Z.backup")):
        path.touch()
    with pytest.raises(Unavailable, match="no mirror"):
        backup_into(places.new(), tmp_path, 1, quiet)
    assert old.exists()
    with pytest.raises(InvalidInput, match="is not a folder"):
        backup_into(places.new(), old, 1, quiet)


def test_nobody_else_may_read_it(file: Path) -> None:
    assert file.stat().st_mode & 0o077 == 0


def test_a_letter_is_not_overwritten(file: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear registry operator, " * 100)
    with pytest.raises(InvalidInput, match="is not a mirror"):
        restore(letter, file, DEPLOYMENT, quiet, force=True)
    assert letter.read_text().startswith("Dear")


def test_without_a_mirror_there_is_no_backup(places: Places, tmp_path: Path) -> None:
    empty = places.new()
    with pytest.raises(Unavailable, match=r"no mirror"):
        backup(empty, tmp_path / "none.backup", quiet)
    open_temporary(empty).close()
    with pytest.raises(Unavailable, match="not indexed any"):
        backup(empty, tmp_path / "none.backup", quiet)
    assert list(tmp_path.glob("none*")) == []
