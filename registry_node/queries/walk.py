"""Walks the versions of unit blocks back to the issuance of their serials: O(log n + depth)."""

from __future__ import annotations

from dataclasses import dataclass

from registry_node.domain.errors import NotFound
from registry_node.domain.references import UnitReference
from registry_node.queries.movements import MOVEMENT
from registry_node.queries.snapshot import NOW, Snapshot
from registry_node.store.connection import NamedRow

MOST_BLOCKS = 64
"""A run that lies in more blocks than this is told by its first ones."""


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive serials of one class whose lives are told together."""

    class_id: int
    code: str
    symbol: str
    first: int
    last: int

    def part(self, first: int, last: int) -> UnitReference:
        """Those of the run's serials that are in first..last."""
        return UnitReference(self.code, self.symbol, max(self.first, first), min(self.last, last))

    def overlaps(self, row: NamedRow) -> bool:
        return bool(self.first <= row["last"] and row["first"] <= self.last)


_CHAIN = f"""
WITH RECURSIVE chain(id, parent_id, movement_id, first, last, owner, state, begun, ended) AS (
    SELECT * FROM (
        SELECT id, parent_id, movement_id, first, last, owner, state, from_height, to_height
        FROM unit_block
        WHERE class_id = :class_id AND to_height = {NOW} AND first <= :last AND first >= (
            SELECT MAX(first) FROM unit_block
            WHERE class_id = :class_id AND to_height = {NOW} AND first <= :first)
        ORDER BY first LIMIT :most) now
    UNION
    SELECT p.id, p.parent_id, p.movement_id, p.first, p.last, p.owner, p.state,
           p.from_height, p.to_height
    FROM chain JOIN unit_block p ON p.id = chain.parent_id
)
"""  # noqa: S608


def movements_of(snapshot: Snapshot, run: Run) -> tuple[list[NamedRow], bool]:
    """Every movement of a run's serials up to the height, in order; and whether that is all."""
    blocks = snapshot.all(
        f"SELECT 1 FROM unit_block WHERE class_id = :class_id AND to_height = {NOW}"  # noqa: S608
        " AND first > :first AND first <= :last LIMIT :most",
        class_id=run.class_id,
        first=run.first,
        last=run.last,
        most=MOST_BLOCKS,
    )
    rows = snapshot.all(
        f"{_CHAIN} {MOVEMENT.format(source='movement')}"  # noqa: S608
        " WHERE m.id IN (SELECT movement_id FROM chain) AND m.block <= :h ORDER BY m.id",
        class_id=run.class_id,
        first=run.first,
        last=run.last,
        most=MOST_BLOCKS,
    )
    return rows, len(blocks) < MOST_BLOCKS


def block_at_height(snapshot: Snapshot, run: Run) -> NamedRow:
    """The block that a serial is in at the snapshot's height."""
    row = snapshot.one(
        f"{_CHAIN} SELECT * FROM chain WHERE begun <= :h AND :h < ended LIMIT 1",  # noqa: S608
        class_id=run.class_id,
        first=run.first,
        last=run.first,
        most=1,
    )
    if row is None:  # a version in between, which no later one descends from: the last movement
        # up to then brought the serial there, and what was cut off it since keeps its name
        row = snapshot.one(
            f"{_CHAIN} SELECT * FROM unit_block WHERE movement_id = ("  # noqa: S608
            " SELECT MAX(m.id) FROM chain JOIN movement m ON m.id = chain.movement_id"
            " WHERE m.block <= :h)"
            " AND first <= :first AND last >= :first AND from_height <= :h"
            f" AND to_height > :h AND to_height < {NOW} ORDER BY to_height LIMIT 1",
            class_id=run.class_id,
            first=run.first,
            last=run.first,
            most=1,
        )
    return present(row, run)


def class_row(snapshot: Snapshot, class_id: int) -> NamedRow:
    row = snapshot.one(
        "SELECT c.*, r.code FROM unit_class c JOIN registry r ON r.id = c.registry_id"
        " WHERE c.id = ?",
        class_id,
    )
    if row is None:
        raise LookupError(class_id)  # the schema's foreign keys forbid it
    return row


def present(row: NamedRow | None, run: Run) -> NamedRow:
    if row is None:
        raise NotFound(
            f"The mirror has no record of {run.part(run.first, run.last)}.",
            "Compare it with the ledger: 'tonnelink verify'.",
        )
    return row
