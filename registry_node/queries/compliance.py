"""The compliance year: what operators emitted, owe and surrendered."""

from __future__ import annotations

from typing import Any

from registry_node.queries import compliance_limits, desks, find
from registry_node.queries.paging import Listing, Page, address_after, listing
from registry_node.queries.snapshot import (
    Json,
    Snapshot,
    hexed,
    hexed_or_none,
    memo_text,
    moment,
)
from registry_node.store.connection import NamedRow

EMISSIONS = ("none", "attested", "disputed", "confirmed", "assigned")
"""States of an operator's emissions, as the compliance desk numbers them."""

_ATTESTED = (1, 2)  # or disputed
_DECIDED = 3  # confirmed or assigned: from here on the emissions count

_OBLIGATIONS = """
SELECT o.*, r.code, y.deadline, y.closed, y.year_before, y.dispute_window,
       COALESCE(p.deduction, 0) AS inherited
FROM obligation o JOIN registry r ON r.id = o.registry_id
LEFT JOIN compliance_year y ON y.registry_id = o.registry_id AND y.desk = o.desk
  AND y.year = o.year AND y.from_height <= :h AND :h < y.to_height
LEFT JOIN obligation p ON p.registry_id = o.registry_id AND p.desk = o.desk
  AND p.address = o.address AND p.year = y.year_before AND p.from_height <= :h AND :h < p.to_height
WHERE o.from_height <= :h AND :h < o.to_height
  AND (o.year, o.address, o.registry_id, o.desk) > (:after_year, :after, :after_id, :after_desk)
  AND (:registry_id IS NULL OR o.registry_id = :registry_id)
  AND (:address IS NULL OR o.address = :address) AND (:year IS NULL OR o.year = :year){seen}
ORDER BY o.year, o.address, o.registry_id, o.desk LIMIT :limit
"""

_PUBLISHED = {
    *("registry", "account", "label", "compliance_year", "emissions_state", "desk"),
    *("surrendered", "owed", "deadline", "status", "published", "desk_replaced"),
}
"""What the results of a published year tell everybody. How much was allocated, which classes were
surrendered and what was filed stay closed (F-15)."""

_LISTS = ("limits", "by_class", "filings")

_BY_CLASS = """
SELECT c.symbol, SUM(CASE u.state WHEN 3 THEN u.quantity ELSE -u.quantity END) AS quantity
FROM unit_use u JOIN unit_class c ON c.id = u.class_id
WHERE u.compliance_year = :year AND u.address = :address AND c.registry_id = :id
  AND u.state IN (1, 3) AND u.block <= :h
GROUP BY c.id HAVING SUM(CASE u.state WHEN 3 THEN u.quantity ELSE -u.quantity END) > 0 ORDER BY c.id
"""
# A use with the state HELD took a surrender back.


def obligations(
    snapshot: Snapshot,
    page: Page,
    *,
    registry: str | None = None,
    address: bytes | None = None,
    year: int | None = None,
) -> Listing:
    """What each operator owes and has surrendered for each compliance year.

    `verified_emissions` is null until the authority has confirmed or assigned them. Of others'
    accounts whoever asks sees the published results only (Interim Measures, Art. 33).
    """
    named: dict[str, Any] = {"address": address, "year": year, "limit": page.limit + 1}
    named["registry_id"] = find.registry(snapshot, registry)["id"] if registry else None
    named["after_year"], after, named["after_id"], desk = page.keys(0, "", 0, "")
    named["after"], named["after_desk"] = address_after(after), address_after(desk)
    rows = snapshot.all(_OBLIGATIONS.format(seen=_seen(snapshot)), **named)
    keys = [(r["year"], r["address"].hex(), r["registry_id"], r["desk"].hex()) for r in rows]
    return listing(snapshot, page, [_told(snapshot, row) for row in rows], keys)


def _seen(snapshot: Snapshot) -> str:
    own = snapshot.seen(("r.code = {}", "o.address"))
    return f" AND (COALESCE(y.closed, 0) = 1 OR (1 = 1{own}))" if own else ""


def _told(snapshot: Snapshot, row: NamedRow) -> Json:
    """An obligation in full, or of somebody else's its published result."""
    whole = _obligation(snapshot, row)
    if snapshot.view.sees(row["code"], row["address"]):
        return whole
    closed = [name for name in whole if name not in _PUBLISHED]
    return {**whole, **dict.fromkeys(closed), **{name: [] for name in _LISTS}}


def _obligation(snapshot: Snapshot, row: NamedRow) -> Json:
    decided = row["state"] >= _DECIDED
    emissions = row["emissions"] if decided else 0
    obligation = emissions + row["debt"] + row["inherited"]
    owed = max(0, obligation - row["surrendered"])
    classes = snapshot.all(
        _BY_CLASS, year=row["year"], address=row["address"], id=row["registry_id"]
    )
    return {
        "registry": row["code"],
        "account": hexed(row["address"]),
        "label": snapshot.label(row["registry_id"], row["address"]),
        "compliance_year": row["year"],
        "emissions_state": EMISSIONS[row["state"]] if row["state"] < len(EMISSIONS) else "none",
        "attested_emissions": str(row["emissions"]) if row["state"] in _ATTESTED else None,
        "verified_emissions": str(row["emissions"]) if decided else None,
        "verifier": snapshot.person(row["registry_id"], row["verifier"]),
        "report": hexed_or_none(row["report"]),
        "disputable_until": _disputable(row),
        "report_due": moment(row["ordered_until"]) if row["ordered_until"] else None,
        "debt": str(row["debt"]),
        "inherited": str(row["inherited"]),
        "initially_allocated": str(row["initial"]),
        "allocated": str(row["issued"]),
        "surrendered": str(row["surrendered"]),
        "owed": str(owed),
        "deadline": None if row["deadline"] is None else moment(row["deadline"]),
        "reversible_until": moment(row["reversible_until"]) if row["reversible_until"] else None,
        "status": _status(snapshot, row, owed=owed, decided=decided),
        "deduction": str(row["deduction"]) if row["settled"] else None,
        "published": bool(row["closed"]),
        "limits": compliance_limits.limits(
            snapshot, row, emissions=emissions, obligation=obligation
        ),
        "by_class": [{"class": r["symbol"], "quantity": str(r["quantity"])} for r in classes],
        "filings": _filings(snapshot, row),
        **desks.which(snapshot, row["registry_id"], "compliance", row["desk"]),
    }


def _disputable(row: NamedRow) -> str | None:
    """Last second in which the operator can object before the figure is confirmed."""
    if row["state"] != _ATTESTED[0] or not row["dispute_window"]:
        return None
    return moment(row["attested_at"] + row["dispute_window"])


def _filings(snapshot: Snapshot, row: NamedRow) -> list[Json]:
    """Hashes of what was filed or decided about the operator's year, oldest first."""
    rows = snapshot.all(
        "SELECT f.*, b.timestamp FROM filing f JOIN header b ON b.number = f.block"
        " WHERE f.registry_id = :id AND f.desk = :desk AND f.address = :address"
        " AND f.year = :year AND f.block <= :h ORDER BY f.block, f.log_index",
        id=row["registry_id"],
        desk=row["desk"],
        address=row["address"],
        year=row["year"],
    )
    return [
        {
            "kind": r["kind"],
            "memo": memo_text(r["memo"]),
            "block_number": r["block"],
            "time": moment(r["timestamp"]),
            "transaction_hash": hexed(r["tx_hash"]),
        }
        for r in rows
    ]


def _status(snapshot: Snapshot, row: NamedRow, *, owed: int, decided: bool) -> str:
    if row["settled"]:
        return "settled-short" if owed else "settled"
    if not decided:
        return "awaiting-emissions"
    if not owed:
        return "fulfilled"
    late = row["deadline"] is not None and snapshot.as_of.timestamp > row["deadline"]
    return "overdue" if late else "open"
