"""One step in the life of a unit, as the trace tells it."""

from __future__ import annotations

from dataclasses import dataclass

from registry_node.domain.references import UnitReference
from registry_node.domain.words import TransactionType, UnitState
from registry_node.queries.movements import parties, rate, where
from registry_node.queries.snapshot import NOBODY, Json, Snapshot, hexed_or_none, memo_text
from registry_node.queries.walk import Run
from registry_node.store.connection import NamedRow


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement of a run, and the lot behind it when it has to do with a border."""

    run: Run
    row: NamedRow
    lot: NamedRow | None


_EVENTS = {
    TransactionType.ISSUANCE: "issuance",
    TransactionType.CONVERSION: "conversion",
    TransactionType.CANCELLATION: "cancellation",
    TransactionType.RETIREMENT: "retirement",
    TransactionType.SURRENDER: "surrender",
    TransactionType.ALLOCATION: "allocation",
    TransactionType.TRANSFER: "transfer",
    TransactionType.AUCTION_DELIVERY: "auction-delivery",
    TransactionType.REVERSAL_OF_ALLOCATION: "reversal-of-allocation",
    TransactionType.EXCESS_ALLOCATION: "excess-allocation",
    TransactionType.EXCESS_AUCTION: "excess-auction",
    TransactionType.CENTRAL_TRANSFER: "central-transfer",
    TransactionType.REVERSAL_OF_SURRENDER: "reversal-of-surrender",
    TransactionType.CLOSURE: "closure",
    TransactionType.CORRECTION: "correction",
    TransactionType.ENCUMBRANCE: "encumbrance",
    TransactionType.RELEASE: "lien-release",
}


def is_gateways(snapshot: Snapshot, row: NamedRow) -> bool:
    return bool(row["sender"] == snapshot.directory.gateway)


def event_of(row: NamedRow) -> str:
    """What a movement means in the life of a unit, in one word."""
    kind = TransactionType(row["tx_type"])
    if kind is not TransactionType.EXTERNAL_TRANSFER:
        return _EVENTS[kind]
    if row["origin_class_id"] is not None:
        return "return" if row["state"] == UnitState.CANCELLED else "import"
    if row["state"] == UnitState.ESCROWED:
        return "export"
    home = row["state"] in {UnitState.HELD, UnitState.ENCUMBERED}  # perhaps frozen
    return "release" if home else "used-abroad"


def step(snapshot: Snapshot, number: int, moved: Moved) -> Json:
    row, run, lot = moved.row, moved.run, moved.lot
    kind = TransactionType(row["tx_type"])
    sender = row["sender"] if row["sender"] != NOBODY else None
    use = _use(snapshot, row)
    return {
        "step": number,
        "event": event_of(row),
        "registry": run.code,
        "unit": str(run.part(row["first"], row["last"])),
        "unit_block": str(UnitReference(run.code, run.symbol, row["first"], row["last"])),
        **where(row),
        "transaction_type": kind.number,
        "transaction_name": kind.name.lower().replace("_", "-"),
        **parties(snapshot, row["registry_id"], sender, row["recipient"]),
        "state": UnitState(row["state"]).name,
        "lot": {
            "id": lot["id"],
            "link": _link_name(snapshot, lot["link_id"]),
            "rate": rate(lot),
            "terms_version": lot["version"],
        }
        if lot
        else None,
        "evidence": _evidence(snapshot, row),
        "memo": memo_text(use["memo"]) if use else None,
        "text_hash": hexed_or_none(use["text"]) if use else None,
        "compliance_year": (use["compliance_year"] or None) if use else None,
    }


def _evidence(snapshot: Snapshot, row: NamedRow) -> str | None:
    """The hash of the decision or verification report that new units rest on."""
    if row["tx_type"] != TransactionType.ISSUANCE:
        return None
    found = snapshot.one(
        "SELECT evidence FROM issuance WHERE class_id = ? AND first = ?",
        row["class_id"],
        row["first"],
    )
    return hexed_or_none(found["evidence"]) if found else None


def _use(snapshot: Snapshot, row: NamedRow) -> NamedRow | None:
    """What a surrender, its reversal, a retirement or a cancellation was for: told after its
    movements."""
    reversed_ = row["tx_type"] == TransactionType.REVERSAL_OF_SURRENDER
    if not UnitState(row["state"]).is_terminal and not reversed_:
        return None
    if row["tx_type"] == TransactionType.EXTERNAL_TRANSFER:
        return None
    return snapshot.one(
        "SELECT compliance_year, memo, text FROM unit_use WHERE tx_hash = ? AND class_id = ?"
        " AND address = ? AND state = ? AND log_index > ? ORDER BY log_index LIMIT 1",
        row["tx_hash"],
        row["class_id"],
        row["recipient"],
        row["state"],
        row["log_index"],
    )


def _link_name(snapshot: Snapshot, link_id: int) -> str:
    row = snapshot.one(
        "SELECT s.code AS source, d.code AS destination FROM link l"
        " JOIN registry s ON s.id = l.source_id JOIN registry d ON d.id = l.destination_id"
        " WHERE l.id = ?",
        link_id,
    )
    return f"{row['source']}_{row['destination']}" if row else str(link_id)
