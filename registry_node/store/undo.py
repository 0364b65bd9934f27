"""Takes ledger blocks back: the same three statements for every table."""

from __future__ import annotations

import sqlite3

from registry_node.store.tables import NOW, fact_tables, version_tables


def statements() -> list[str]:
    """What undoes ledger block `:block` and all after it. Each is answered by an index."""
    facts = [f"DELETE FROM {t.name} WHERE block >= :block" for t in reversed(fact_tables())]
    versions = [
        statement
        for table in version_tables()
        for statement in (
            f"DELETE FROM {table.name} WHERE from_height >= :block",
            # Only after the versions that followed are gone is the old one the only one again.
            f"UPDATE {table.name} SET to_height = {NOW}"
            f" WHERE to_height >= :block AND to_height < {NOW}",
        )
    ]
    return [*versions, *facts, "DELETE FROM header WHERE number >= :block"]


def undo(connection: sqlite3.Connection, block: int) -> None:
    """Undo ledger block `block` and all after it, inside the caller's transaction."""
    for statement in statements():
        connection.execute(statement, {"block": block})
