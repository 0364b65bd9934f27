"""Movements and lots, in ledger order."""

from __future__ import annotations

from typing import Any

from linking.rates import Rate
from registry_node.domain.references import UnitReference
from registry_node.domain.words import TransactionType, UnitState
from registry_node.queries import find
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import NOBODY, Json, Snapshot, hexed, moment
from registry_node.store.connection import NamedRow

MOVEMENT = """
SELECT m.*, c.symbol, c.registry_id, c.origin_class_id, r.code,
       b.hash AS block_hash, b.timestamp
FROM {source} m
JOIN unit_class c ON c.id = m.class_id
JOIN registry r ON r.id = c.registry_id
JOIN header b ON b.number = m.block
"""


OF_REGISTRY = (
    "class_id IN (SELECT k.id FROM unit_class k JOIN registry o ON o.id = k.registry_id"
    " WHERE o.code = {})"
)


def movements(
    snapshot: Snapshot,
    page: Page,
    *,
    registry: str | None = None,
    symbol: str | None = None,
    address: bytes | None = None,
    transaction_type: int | None = None,
    transaction: bytes | None = None,
) -> Listing:
    """Blocks of units that changed hands or state, oldest first."""
    snapshot.view.require(registry, address)
    (after,) = page.keys(0)
    named: dict[str, Any] = {
        "after": after,
        "limit": page.limit + 1,
        "type": transaction_type,
        "transaction": transaction,
    }
    conditions = ["id > :after", "block <= :h"]
    if registry and symbol:
        named["class_id"] = find.unit_class(snapshot, registry, symbol)["id"]
        conditions.append("class_id = :class_id")
    elif registry:
        named["registry_id"] = find.registry(snapshot, registry)["id"]
        conditions.append(
            "class_id IN (SELECT id FROM unit_class WHERE registry_id = :registry_id)"
        )
    elif symbol:
        find.any_class(snapshot, symbol)
        named["symbol"] = symbol
        conditions.append("class_id IN (SELECT id FROM unit_class WHERE symbol = :symbol)")
    if transaction_type is not None:
        conditions.append("tx_type = :type")
    if transaction is not None:
        conditions.append("tx_hash = :transaction")
    seen = snapshot.seen((OF_REGISTRY, "sender"), (OF_REGISTRY, "recipient"))
    found = (
        f"SELECT * FROM movement WHERE {' AND '.join(conditions)}{{}}{seen}"  # noqa: S608
        " ORDER BY id LIMIT :limit"
    )
    addresses = snapshot.view.addresses if address is None else (address,)
    if not addresses:
        source = f"({found.format('')})"
    else:  # each part walks its own index and stops at the limit
        named.update({f"address_{i}": one for i, one in enumerate(addresses)})
        parts = [
            f"SELECT * FROM ({found.format(f' AND {column} = :address_{i}')}) part"  # noqa: S608
            for i in range(len(addresses))
            for column in ("sender", "recipient")
        ]
        source = f"({' UNION '.join(parts)})"
    rows = snapshot.all(f"{MOVEMENT.format(source=source)} ORDER BY m.id LIMIT :limit", **named)
    items = [movement(snapshot, row) for row in rows]
    return listing(snapshot, page, items, [(row["id"],) for row in rows])


def movement(snapshot: Snapshot, row: NamedRow) -> Json:
    """One movement as the API shows it; `row` is of `MOVEMENT`."""
    kind = TransactionType(row["tx_type"])
    sender = row["sender"] if row["sender"] != NOBODY else None
    return {
        "registry": row["code"],
        "class": row["symbol"],
        "units": str(UnitReference(row["code"], row["symbol"], row["first"], row["last"])),
        "quantity": str(row["last"] - row["first"] + 1),
        **parties(snapshot, row["registry_id"], sender, row["recipient"]),
        "transaction_type": kind.number,
        "transaction_name": kind.name.lower().replace("_", "-"),
        "state": UnitState(row["state"]).name,
        **where(row),
    }


def parties(snapshot: Snapshot, registry_id: int, sender: bytes | None, recipient: bytes) -> Json:
    """From whom and to whom; from nobody (null) when the units are new."""
    return {
        "from": hexed(sender) if sender else None,
        "from_label": snapshot.label(registry_id, sender) if sender else None,
        "to": hexed(recipient),
        "to_label": snapshot.label(registry_id, recipient),
    }


def where(row: NamedRow) -> Json:
    """Where on the ledger something is recorded."""
    return {
        "block_number": row["block"],
        "block_hash": hexed(row["block_hash"]),
        "time": moment(row["timestamp"]),
        "transaction_hash": hexed(row["tx_hash"]),
        "log_index": row["log_index"],
    }


_LOT = """
SELECT l.*, sc.symbol AS source_symbol, sr.id AS source_registry_id, sr.code AS source_code,
       fc.symbol AS foreign_symbol, fr.id AS foreign_registry_id, fr.code AS foreign_code,
       st.escrowed, st.outstanding, b.hash AS block_hash, b.timestamp
FROM lot l
JOIN unit_class sc ON sc.id = l.source_class_id JOIN registry sr ON sr.id = sc.registry_id
JOIN unit_class fc ON fc.id = l.foreign_class_id JOIN registry fr ON fr.id = fc.registry_id
JOIN lot_state st ON st.lot_id = l.id AND st.from_height <= :h AND :h < st.to_height
JOIN header b ON b.number = l.block
"""

LOT_STATUSES = ("open", "settled")
"""open: foreign units are in circulation or source units wait in escrow."""


def lots(
    snapshot: Snapshot,
    page: Page,
    *,
    link_id: int | None = None,
    address: bytes | None = None,
    status: str | None = None,
) -> Listing:
    """Cross-registry transfers, oldest first."""
    snapshot.view.require(None, address)
    seen = snapshot.seen(("sr.code = {}", "l.sender"), ("fr.code = {}", "l.recipient"))
    (after,) = page.keys(0)
    conditions = ["l.id > :after", "l.block <= :h"]
    if link_id is not None:
        conditions.append("l.link_id = :link_id")
    if address is not None:
        conditions.append("(l.sender = :address OR l.recipient = :address)")
    if status is not None:
        is_open = "(st.escrowed > 0 OR st.outstanding > 0)"
        conditions.append(is_open if status == "open" else f"NOT {is_open}")
    rows = snapshot.all(
        f"{_LOT} WHERE {' AND '.join(conditions)}{seen} ORDER BY l.id LIMIT :limit",
        after=after,
        link_id=link_id,
        address=address,
        limit=page.limit + 1,
    )
    items = [_lot(snapshot, row) for row in rows]
    return listing(snapshot, page, items, [(row["id"],) for row in rows])


def _lot(snapshot: Snapshot, row: NamedRow) -> Json:
    sources = snapshot.all(
        "SELECT first, last FROM lot_source WHERE lot_id = ? ORDER BY source_offset", row["id"]
    )
    code, symbol = row["source_code"], row["source_symbol"]
    first, count = row["foreign_first"], row["foreign_count"]
    foreign = UnitReference(row["foreign_code"], row["foreign_symbol"], first, first + count - 1)
    sender, recipient = row["sender"], row["recipient"]
    return {
        "id": row["id"],
        "link": f"{code}_{row['foreign_code']}",
        "terms_version": row["version"],
        "rate": rate(row),
        "status": LOT_STATUSES[0 if row["escrowed"] or row["outstanding"] else 1],
        "source_units": [str(UnitReference(code, symbol, s["first"], s["last"])) for s in sources],
        "source_quantity": str(row["source_count"]),
        "foreign_units": str(foreign),
        "foreign_quantity": str(count),
        "escrowed": str(row["escrowed"]),
        "outstanding": str(row["outstanding"]),
        "waiting": _waiting(snapshot, row),
        "from": hexed(sender),
        "from_label": snapshot.label(row["source_registry_id"], sender),
        "to": hexed(recipient),
        "to_label": snapshot.label(row["foreign_registry_id"], recipient),
        **where(row),
    }


def _waiting(snapshot: Snapshot, lot: NamedRow) -> list[Json]:
    """What the source's registry failed to settle, and has not settled since."""
    rows = snapshot.all(
        "SELECT first, last, state, recipient FROM lot_waiting WHERE lot_id = :id"
        " AND from_height <= :h AND :h < to_height ORDER BY first",
        id=lot["id"],
    )
    code, symbol = lot["source_code"], lot["source_symbol"]
    return [
        {
            "units": str(UnitReference(code, symbol, row["first"], row["last"])),
            "state": UnitState(row["state"]).name,
            "to": hexed(row["recipient"]),
        }
        for row in rows
    ]


def rate_of(row: NamedRow) -> Rate:
    """The exchange rate of a lot or of terms."""
    return Rate(int(row["rate_numerator"]), int(row["rate_denominator"]))


def rate(row: NamedRow) -> Json:
    """Destination units per source unit, as an exact fraction."""
    return {"numerator": row["rate_numerator"], "denominator": row["rate_denominator"]}
