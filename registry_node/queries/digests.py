"""The mirror's own standing: its digest at a height, for comparison with another mirror."""

from __future__ import annotations

from registry_node.domain.errors import NotFound
from registry_node.queries.snapshot import Json, Snapshot, hexed


def digest(snapshot: Snapshot) -> Json:
    """The digest after the ledger block of the snapshot, and which ledger it is of."""
    row = snapshot.one("SELECT digest FROM header WHERE number = ?", snapshot.height)
    first = snapshot.one("SELECT MIN(number) AS number FROM header")
    if row is None or first is None:
        raise NotFound("The ledger block is gone.", "Ask again.")
    rows = snapshot.all(
        "SELECT key, value FROM meta WHERE key IN ('chain_id', 'genesis_hash', 'digest')"
    )
    identity = {row["key"]: row["value"] for row in rows}
    return {
        "digest": hexed(row["digest"]),
        "rule": int(identity.get("digest", 0)),
        "first_block": first["number"],
        "chain_id": int(identity.get("chain_id", 0)),
        "genesis_hash": "0x" + identity.get("genesis_hash", ""),
    }
