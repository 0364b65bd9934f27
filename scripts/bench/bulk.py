"""Fills a mirror's database with a history of any volume: `python -m scripts.bench.bulk`.

    python -m scripts.bench.bulk --unit-blocks 1000000 --movements 10000000

Rows go through the store's own connection into the schema's own tables; the indexes are made when
the rows are there. What was made is kept in build/bench/ and used again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from registry_node.queries.snapshot import NOW, Directory
from registry_node.store.connection import Connection
from registry_node.store.database import open_writer, set_meta
from registry_node.store.tables import tables
from scripts.bench.volume import CLASSES, History, Volume
from scripts.toolchain.paths import ROOT

MOVEMENTS = 3
"""For each unit block. Three are made in minutes; ten, which is the volume that a large market may
have after years, take a quarter of an hour: ask for them with MOVEMENTS=10."""

GATEWAY = b"gateway".ljust(20, b"\0")
REGISTRIES = ("CN", "KR")

_FOLDER = ROOT / "build" / "bench"
_AT_ONCE = 50_000
_TOLD_EVERY = 1_000_000


def small(movements: int = MOVEMENTS) -> Volume:
    return Volume(10_000, 10_000 * movements)


def large(movements: int = MOVEMENTS) -> Volume:
    return Volume(1_000_000, 1_000_000 * movements)


def directory() -> Directory:
    """What a deployment would say beside such a mirror."""
    return Directory(GATEWAY)


def registry_of(class_id: int) -> str:
    return REGISTRIES[class_id % len(REGISTRIES)]


def symbol_of(class_id: int) -> str:
    return f"A-{2000 + class_id}"


def mirror_of(volume: Volume) -> Path:
    """The database of that volume; made now if it is not there."""
    path = _FOLDER / f"mirror-{volume.name}.sqlite"
    if not path.is_file():
        partial = path.with_suffix(".partial")
        for file in _FOLDER.glob(f"{partial.name}*"):
            file.unlink()
        fill(partial, volume)
        for file in _FOLDER.glob(f"{partial.name}*"):
            if file != partial:  # the lock, and an empty log
                file.unlink()
        partial.rename(path)
    with open_writer(path, synchronous="OFF"):  # brings one of an older schema forward
        pass
    return path


def fill(location: Path | str, volume: Volume) -> dict[str, Any]:
    """Makes a mirror of that volume in an empty place; what it holds, and how long it took."""
    begun = time.monotonic()
    history = History(volume)
    with open_writer(location, synchronous="OFF") as database:
        connection = database.connection
        database.postpone_indexes()
        with connection.transaction():
            _registers(connection, history)
        counts = _events(connection, history)
        _tell(f"{counts['movement']:,} movements", begun)
        rows = history.versions.rows(history.owners)
        counts["unit_block"] = _insert(connection, "unit_block", rows)
        _tell(f"{counts['unit_block']:,} versions of unit blocks", begun)
        with connection.transaction():
            set_meta(connection, "finalized", history.height)
        database.build_indexes()
        _tell("indexes", begun)
        size = connection.size()
    return {"rows": counts, "bytes": size, "seconds": round(time.monotonic() - begun, 1)}


def _events(connection: Connection, history: History) -> dict[str, int]:
    counts = dict.fromkeys(history.rows, 0)
    told = time.monotonic(), _TOLD_EVERY
    for movements in history.play():
        for name, rows in history.rows.items():
            if len(rows) >= _AT_ONCE:
                counts[name] += _insert(connection, name, rows)
                rows.clear()
        if movements >= told[1]:
            _tell(f"{movements:,} movements", told[0])
            told = told[0], told[1] + _TOLD_EVERY
    for name, rows in history.rows.items():
        counts[name] += _insert(connection, name, rows)
        rows.clear()
    return counts


def _registers(connection: Connection, history: History) -> None:
    """Registries, classes and accounts, which were there before the first movement."""
    for number, code in enumerate(REGISTRIES, 1):
        address, authority = code.encode().ljust(20, b"\0"), code.encode().ljust(20, b"\1")
        row = (number, code, code, address, authority, bytes(32), bytes(32))
        connection.insert(tables()["registry"], [row])
    classes = [
        (
            *(i, REGISTRIES.index(registry_of(i)) + 1, symbol_of(i), 1, 2000 + i, 2000, 2030),
            *(None, 1),
        )
        for i in range(1, CLASSES + 1)
    ]
    connection.insert(tables()["unit_class"], classes)
    accounts = [
        (registry_id, owner, 3, 1, bytes(32), 1_767_225_600, *(0,) * 4, 1, NOW)
        for registry_id in range(1, len(REGISTRIES) + 1)
        for owner in history.owners
    ]
    connection.insert(tables()["account"], accounts)


def _insert(connection: Connection, name: str, rows: Iterable[tuple[Any, ...]]) -> int:
    """In transactions of their own, so that the log of what is not yet in its place stays short."""
    count, source = 0, iter(rows)
    while part := list(islice(source, _AT_ONCE)):
        with connection.transaction():
            connection.insert(tables()[name], part)
        count += len(part)
    return count


def _tell(what: str, begun: float) -> None:
    print(f"  {what}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unit-blocks", type=int, default=large().unit_blocks)
    parser.add_argument("--movements", type=int, default=large().movements)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="another place: a file, or postgresql://...")
    given = parser.parse_args()
    volume = Volume(given.unit_blocks, given.movements, given.seed)
    _FOLDER.mkdir(parents=True, exist_ok=True)
    if given.database:
        place = given.database if "://" in given.database else Path(given.database)
        print(json.dumps(fill(place, volume)))
    else:
        begun = time.monotonic()
        path = mirror_of(volume)
        seconds = round(time.monotonic() - begun, 1)
        print(json.dumps({"path": str(path), "bytes": path.stat().st_size, "seconds": seconds}))


if __name__ == "__main__":
    main()
