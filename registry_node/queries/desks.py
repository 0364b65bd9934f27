"""Which desk a programme follows in what, now and before."""

from __future__ import annotations

from registry_node.queries.snapshot import Json, Snapshot, hexed
from registry_node.store.connection import NamedRow

CONTRACTS = {
    "proposals": "ProposalDesk",
    "issuance": "IssuanceDesk",
    "compliance": "ComplianceDesk",
    "liens": "LienDesk",
    "holders": "HolderDesk",
}
"""The contracts around a registry, by the names that the deployment gives them."""


def in_office(snapshot: Snapshot, registry_id: int, name: str) -> bytes | None:
    """The desk that a programme follows; None while it has named none."""
    row = snapshot.one(
        "SELECT desk FROM office WHERE registry_id = :id AND name = :name"
        " AND from_height <= :h AND :h < to_height",
        id=registry_id,
        name=name,
    )
    return row["desk"] if row else None


def name_of(snapshot: Snapshot, registry_id: int, address: bytes) -> str | None:
    """What a desk is called, whether it is followed still or was once; None for what is no desk."""
    row = snapshot.one(
        "SELECT name FROM office WHERE registry_id = :id AND desk = :desk AND from_height <= :h"
        " ORDER BY to_height DESC LIMIT 1",
        id=registry_id,
        desk=address,
    )
    return row["name"] if row else None


def everywhere(snapshot: Snapshot) -> list[NamedRow]:
    """Every desk that a programme follows or followed: code, name, desk, and whether it does so
    still."""
    return snapshot.all(
        "SELECT r.code, o.name, o.desk, MAX(CASE WHEN :h < o.to_height THEN 1 ELSE 0 END)"
        " AS followed FROM office o JOIN registry r ON r.id = o.registry_id"
        " WHERE o.from_height <= :h GROUP BY r.code, o.name, o.desk"
    )


def which(snapshot: Snapshot, registry_id: int, name: str, desk: bytes) -> Json:
    """The desk that keeps something, and whether it is followed still."""
    return {"desk": hexed(desk), "desk_replaced": in_office(snapshot, registry_id, name) != desk}


def numbered(row: NamedRow) -> tuple[object, ...]:
    """Where a page ends, of what desks number."""
    return row["registry_id"], row["desk"].hex(), row["number"]
