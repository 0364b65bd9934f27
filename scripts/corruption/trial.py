"""Applies changes one by one, each in a transaction that is rolled back, and sees what is found."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment
from registry_node.indexer import identity
from registry_node.indexer.report import Difference, Report
from registry_node.indexer.runner import Indexer
from registry_node.indexer.verify import compare_replayed, folded
from registry_node.store.connection import Connection
from registry_node.store.database import Location, open_writer
from registry_node.store.tables import tables
from scripts.corruption.changes import Change, Row, draw

_ACCOUNTS = {
    "account": ["address"],
    "holding": ["address"],
    "movement": ["sender", "recipient"],
    "unit_block": ["owner"],
    "unit_use": ["address"],
    "lot": ["sender", "recipient"],
    "filing": ["address"],
    "obligation": ["address"],
    "allocation": ["recipient"],
    "lien": ["account"],
    "paid_share": ["address"],
    "holder_grant": ["address", "grantee"],
    "request": ["account"],
    "trade": ["sender", "recipient"],
}
"""Whom a row is about, told here a second time."""

_WITHOUT_BLOCK = {"meta", "registry", "desk"}


@dataclass(slots=True)
class Outcome:
    """What became of the changes. `quick` is how many the fold of a mirror's own rows finds."""

    changes: int = 0
    found: int = 0
    named: int = 0
    quick: int = 0
    tables: set[str] = field(default_factory=set)
    missed: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, int]:
        return {
            "changes": self.changes,
            "found": self.found,
            "named": self.named,
            "quick": self.quick,
        }


class Trial:
    """One mirror, open to write and expendable, and a reference that is right."""

    def __init__(self, mirror: Connection, reference: Connection, deployment: Deployment) -> None:
        self._mirror = mirror
        self._reference = reference
        self._deployment = deployment
        self._head = reference.execute(
            "SELECT number, hash, digest FROM header ORDER BY number DESC LIMIT 1"
        ).fetchone()
        self.names = _names(reference)

    @property
    def rows(self) -> int:
        """Of all tables together."""
        counts = (
            self._reference.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]  # noqa: S608
            for name in tables()
        )
        return sum(counts)

    def run(self, seeds: Iterable[int], tell: Callable[[int], None] = lambda _: None) -> Outcome:
        """One change for each seed."""
        outcome = Outcome()
        for seed in seeds:
            chance = random.Random(seed)  # noqa: S311 - it is to be repeatable
            while not self._try(seed, chance, outcome):
                pass
            tell(outcome.changes)
        return outcome

    def _try(self, seed: int, chance: random.Random, outcome: Outcome) -> bool:
        """Whether there was a change."""
        self._mirror.execute("BEGIN")
        try:
            change = None
            # What the constraints of the database refuse is no change.
            with suppress(*_refusals()):
                change = draw(self._mirror, chance)
            if change is None:
                return False
            outcome.changes += 1
            outcome.tables.add(change.table)
            self._judge(seed, change, outcome)
            return True
        finally:
            self._mirror.execute("ROLLBACK")

    def _judge(self, seed: int, change: Change, outcome: Outcome) -> None:
        report = self._report()
        identity.check(self._mirror, self._deployment, report)
        compare_replayed(self._mirror, self._reference, report)
        quick = self._report()
        identity.check(self._mirror, self._deployment, quick)
        folded(self._mirror, self._deployment, quick)
        outcome.quick += not quick.ok
        outcome.found += not report.ok
        if any(names_it(self.names, change, d) for d in report.differences):
            outcome.named += 1
        else:
            found = "; ".join(map(str, report.differences)) or "nothing"
            outcome.missed.append(f"seed {seed}: {change}\n    found: {found}")

    def _report(self) -> Report:
        height, block_hash, digest = self._head
        return Report(height, bytes(block_hash), bytes(digest))


@contextmanager
def open_pair(
    client: ChainClient, deployment: Deployment, place: Location, directory: Path
) -> Iterator[tuple[Connection, Connection]]:
    """Two mirrors of the chain as it is: one at `place`, for changes that its constraints between
    tables would refuse, and a reference in a directory."""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(open_writer(where, synchronous="OFF"))
            for where in (place, directory / "reference.sqlite")
        ]
        for database in opened:
            Indexer(client, deployment, database).sync()
        mirror, reference = (database.connection for database in opened)
        is_file = isinstance(place, Path)
        mirror.execute(
            "PRAGMA foreign_keys = OFF" if is_file else "SET session_replication_role = replica"
        )
        yield mirror, reference


Names = dict[str, dict[int, str]]


def _names(reference: Connection) -> Names:
    """Codes, symbols and links by number, from what is right."""
    registries = dict(map(tuple, reference.execute("SELECT id, code FROM registry")))
    return {
        "registry": registries,
        "class": dict(map(tuple, reference.execute("SELECT id, symbol FROM unit_class"))),
        "link": {
            number: f"{registries[source]}_{registries[destination]}"
            for number, source, destination in reference.execute(
                "SELECT id, source_id, destination_id FROM link"
            )
        },
        "lot": {
            number: f"{link}" for number, link in reference.execute("SELECT id, link_id FROM lot")
        },
    }


def names_it(names: Names, change: Change, difference: Difference) -> bool:
    """Whether a difference says where the change is: its ledger block, and its account, or its
    class, link or registry where the row has no account."""
    row = change.before or change.after or {}
    told = " ".join(str(subject) for subject in difference.concerns)
    if change.table in _WITHOUT_BLOCK:
        return difference.kind == change.table
    if difference.kind != change.table or difference.block not in _blocks(change):
        return False
    accounts = [
        value
        for column in _ACCOUNTS.get(change.table, ())
        if isinstance(value := row[column], bytes) and any(value)
    ]
    if accounts:
        return all(f"0x{value.hex()}" in told for value in accounts)
    return _expected(names, change.table, row) in told


def _blocks(change: Change) -> set[Any]:
    heights = ("block", "from_height", "to_height")
    columns = ("number",) if change.table == "header" else heights
    sides = [side for side in (change.before, change.after) if side]
    return {side[column] for side in sides for column in columns if column in side}


def _expected(names: Names, table: str, row: Row) -> str:
    """The name that a row without an account must be found under; for an unknown one anything."""
    if table == "unit_class":
        return names["class"].get(row["id"], "")
    for column, kind in (("class_id", "class"), ("link_id", "link"), ("registry_id", "registry")):
        if column in row:
            return names[kind].get(row[column], "")
    if "lot_id" in row:
        link = names["lot"].get(row["lot_id"], "")
        return names["link"].get(int(link), "") if link else ""
    if table == "link":
        return names["link"].get(row["id"], "")
    return ""


def _refusals() -> tuple[type[Exception], ...]:
    import sqlite3

    refusals: list[type[Exception]] = [sqlite3.IntegrityError, OverflowError]
    with suppress(ImportError):
        import psycopg

        refusals += [psycopg.errors.IntegrityError, psycopg.errors.DataError]
    return tuple(refusals)
