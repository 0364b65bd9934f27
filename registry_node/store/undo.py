"""Takes ledger blocks back: the same three statements for every table."""

from __future__ import annotations

from registry_node.store.connection import Connection
from registry_node.store.tables import NOW, fact_tables, version_tables


def statements() -> list[str]:
    """What undoes ledger block `:block` and all after it. Each is answered by an index."""
    undone = []
    for table in version_tables():
        # Only when the versions that followed are gone is the old one the only one again.
        undone.append(f"DELETE FROM {table.name} WHERE from_height >= :block")  # noqa: S608
        reopen = f"UPDATE {table.name} SET to_height = {NOW}"  # noqa: S608
        undone.append(f"{reopen} WHERE to_height >= :block AND to_height < {NOW}")
    facts = [
        f"DELETE FROM {table.name} WHERE block >= :block"  # noqa: S608
        for table in reversed(fact_tables())  # what refers to others goes before them
    ]
    return [*undone, *facts, "DELETE FROM header WHERE number >= :block"]


def undo(connection: Connection, block: int) -> None:
    """Undo ledger block `block` and all after it, inside the caller's transaction."""
    for statement in statements():
        connection.execute(statement, {"block": block})
