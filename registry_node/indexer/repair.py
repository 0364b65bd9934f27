"""Makes a damaged mirror anew, from a height on or whole."""

from __future__ import annotations

from collections.abc import Callable

from registry_node.chain.deployment import Deployment
from registry_node.domain.errors import InvalidInput, Refused
from registry_node.indexer import identity
from registry_node.indexer.folding import damages
from registry_node.indexer.mirror import Mirror
from registry_node.indexer.report import Report
from registry_node.store import marks
from registry_node.store.connection import Connection
from registry_node.store.database import Database
from registry_node.store.tables import tables

_OF_THIS_MIRROR = {"meta", "reconciliation", "mismatch"}

Progress = Callable[[int, int], None]
"""Gets the ledger block checked and the last one to check."""


def take_back(
    database: Database, deployment: Deployment, height: int, progress: Progress | None = None
) -> None:
    """Undo ledger block `height` and all after it, final ones too; at the mirror's first ledger
    block, empty it. Index again afterwards.

    Undoing trusts what lies below: it deletes what began at `height` or later and reopens what
    ended there. So everything below is folded first. Raises `Refused` when it is damaged, naming
    the height to repair from; `InvalidInput` for a height that the mirror does not have.
    """
    start = deployment.start_block
    first, head = database.connection.execute(
        "SELECT MIN(number), MAX(number) FROM header"
    ).fetchone()
    low = start if first is None else min(first, start)
    if not low <= height <= (start if head is None else head):
        raise InvalidInput(
            f"The mirror {database.name} cannot be repaired from ledger block {height}.",
            f"It has the blocks {low} to {head}; from {low} on it is made anew as a whole.",
        )
    if height <= start:
        _empty(database.connection)
        Mirror(database, deployment)
        return
    _check_below(database.connection, deployment, height, progress)
    Mirror(database, deployment).rewind(height)
    with database.connection.transaction():
        marks.rebuilt(database.connection, height)


def _check_below(
    connection: Connection, deployment: Deployment, height: int, progress: Progress | None
) -> None:
    whole = f"Make it anew as a whole: 'tonnelink repair --from {deployment.start_block}'."
    with connection.snapshot():
        report = Report(height - 1, b"", b"")
        identity.check(connection, deployment, report)
        if not report.ok:
            raise Refused(f"What names the ledger is damaged: {report.differences[0]}.", whole)
        found = damages(connection, deployment.start_block, deployment.seed, height - 1, progress)
        first = min((damage.block for damage in found), default=None)
    if first is not None:
        raise Refused(
            f"Ledger block {first} is damaged too: undoing from {height} would keep that.",
            whole
            if first <= deployment.start_block
            else f"Repair from there: 'tonnelink repair --from {first}'.",
        )


def _empty(connection: Connection) -> None:
    """Everything that came from the ledger or the deployment goes; the schema stays."""
    with connection.transaction():
        for name in reversed(tables()):
            if name not in _OF_THIS_MIRROR:
                connection.execute(f"DELETE FROM {name}")  # noqa: S608 - names of the schema
        connection.execute("DELETE FROM meta WHERE key <> 'schema'")
        connection.execute("DELETE FROM mismatch WHERE mode <> 'contracts'")
