"""Every unit block as it stood at a height: who had which serials, since which movement."""

from __future__ import annotations

from typing import Any

from registry_node.domain.references import UnitReference
from registry_node.domain.words import Marks, TransactionType, UnitState, UnitType
from registry_node.queries import find
from registry_node.queries.movements import where
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed, hexed_or_none, memo_text
from registry_node.store.connection import NamedRow

# In the order of their versions: any height is read in one walk along the primary key.
_BLOCKS = """
SELECT b.id, b.first, b.last, b.owner, b.state, b.marks, b.class_id, m.tx_type, m.tx_hash, m.block,
       m.log_index, m.recipient, c.symbol, c.registry_id, c.vintage, c.unit_type, r.code,
       h.hash AS block_hash, h.timestamp
FROM (SELECT * FROM unit_block
      WHERE id > :after AND from_height <= :h AND :h < to_height {filters}
      ORDER BY id LIMIT :limit) b
JOIN movement m ON m.id = b.movement_id
JOIN unit_class c ON c.id = b.class_id
JOIN registry r ON r.id = c.registry_id
JOIN header h ON h.number = m.block
ORDER BY b.id
"""

_OF_REGISTRY = (
    "class_id IN (SELECT k.id FROM unit_class k JOIN registry o ON o.id = k.registry_id"
    " WHERE o.code = {})"
)

_USE = (
    "SELECT compliance_year, memo, text FROM unit_use WHERE tx_hash = ? AND class_id = ?"
    " AND address = ? AND state = ? AND log_index > ? ORDER BY log_index LIMIT 1"
)


def blocks(
    snapshot: Snapshot,
    page: Page,
    *,
    registry: str | None = None,
    symbol: str | None = None,
    address: bytes | None = None,
    state: str | None = None,
) -> Listing:
    """The unit blocks that tile every class, in the order in which they came to be.

    `time` and the rest of the place are those of the movement that brought the serials to their
    owner and state. `used_abroad`: the gateway has them for good, for their twins were used.
    """
    snapshot.view.require(registry, address)
    (after,) = page.keys(0)
    named: dict[str, Any] = {"after": after, "limit": page.limit + 1}
    filters = snapshot.seen((_OF_REGISTRY, "owner"))
    if registry and symbol:
        named["class_id"] = find.unit_class(snapshot, registry, symbol)["id"]
        filters += " AND class_id = :class_id"
    elif registry:
        named["registry_id"] = find.registry(snapshot, registry)["id"]
        filters += " AND class_id IN (SELECT id FROM unit_class WHERE registry_id = :registry_id)"
    elif symbol:
        find.any_class(snapshot, symbol)
        named["symbol"] = symbol
        filters += " AND class_id IN (SELECT id FROM unit_class WHERE symbol = :symbol)"
    if address is not None:
        named["address"] = address
        filters += " AND owner = :address"
    if state is not None:
        named["state"] = int(UnitState[state])
        filters += " AND state = :state"
    rows = snapshot.all(_BLOCKS.format(filters=filters), **named)
    items = [_block(snapshot, row) for row in rows]
    return listing(snapshot, page, items, [(row["id"],) for row in rows])


def _block(snapshot: Snapshot, row: NamedRow) -> Json:
    kind, state = TransactionType(row["tx_type"]), UnitState(row["state"])
    use = _use(snapshot, row) if state.is_terminal else None
    return {
        "registry": row["code"],
        "class": row["symbol"],
        "units": str(UnitReference(row["code"], row["symbol"], row["first"], row["last"])),
        "first": row["first"],
        "last": row["last"],
        "quantity": str(row["last"] - row["first"] + 1),
        "unit_type": UnitType(row["unit_type"]).name,
        "vintage": row["vintage"],
        "owner": hexed(row["owner"]),
        "owner_label": snapshot.label(row["registry_id"], row["owner"]),
        "state": state.name,
        "marks": [mark.name.lower() for mark in Marks if row["marks"] & mark and mark.name],
        "used_abroad": state.is_terminal and row["owner"] == snapshot.directory.gateway,
        "transaction_type": kind.number,
        "transaction_name": kind.name.lower().replace("_", "-"),
        "memo": memo_text(use["memo"]) if use else None,
        "text_hash": hexed_or_none(use["text"]) if use else None,
        "compliance_year": (use["compliance_year"] or None) if use else None,
        **where(row),
    }


def _use(snapshot: Snapshot, row: NamedRow) -> NamedRow | None:
    """What a surrender, retirement or cancellation was for: told after its movements."""
    if row["tx_type"] == TransactionType.EXTERNAL_TRANSFER:
        return None
    return snapshot.one(
        _USE, row["tx_hash"], row["class_id"], row["recipient"], row["state"], row["log_index"]
    )
