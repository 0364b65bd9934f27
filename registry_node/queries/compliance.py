"""The compliance year: what operators emitted, owe and surrendered."""

from __future__ import annotations

import sqlite3
from typing import Any

from registry_node.queries import find
from registry_node.queries.paging import Listing, Page, address_after, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment

EMISSIONS = ("none", "attested", "disputed", "confirmed", "assigned")
"""States of an operator's emissions, as the compliance desk numbers them."""

_DECIDED = 3  # confirmed or assigned: from here on the emissions count

_OBLIGATIONS = """
SELECT o.*, r.code, y.deadline FROM obligation o JOIN registry r ON r.id = o.registry_id
LEFT JOIN compliance_year y ON y.registry_id = o.registry_id AND y.year = o.year
  AND y.from_height <= :h AND :h < y.to_height
WHERE o.from_height <= :h AND :h < o.to_height
  AND (o.year, o.address, o.registry_id) > (:after_year, :after, :after_id)
  AND (:registry_id IS NULL OR o.registry_id = :registry_id)
  AND (:address IS NULL OR o.address = :address) AND (:year IS NULL OR o.year = :year)
ORDER BY o.year, o.address, o.registry_id LIMIT :limit
"""

_BY_CLASS = """
SELECT c.symbol, SUM(CASE u.state WHEN 3 THEN u.quantity ELSE -u.quantity END) AS quantity
FROM unit_use u JOIN unit_class c ON c.id = u.class_id
WHERE u.compliance_year = :year AND u.address = :address AND c.registry_id = :id
  AND u.state IN (1, 3) AND u.block <= :h
GROUP BY c.id HAVING quantity > 0 ORDER BY c.id
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

    `verified_emissions` is null until the authority has confirmed or assigned them.
    """
    named: dict[str, Any] = {"address": address, "year": year, "limit": page.limit + 1}
    named["registry_id"] = find.registry(snapshot, registry)["id"] if registry else None
    named["after_year"], after, named["after_id"] = page.keys(0, "", 0)
    named["after"] = address_after(after)
    rows = snapshot.all(_OBLIGATIONS, **named)
    keys = [(r["year"], r["address"].hex(), r["registry_id"]) for r in rows]
    return listing(snapshot, page, [_obligation(snapshot, row) for row in rows], keys)


def _obligation(snapshot: Snapshot, row: sqlite3.Row) -> Json:
    decided = row["state"] >= _DECIDED
    owed = max(0, (row["emissions"] if decided else 0) + row["debt"] - row["surrendered"])
    classes = snapshot.all(
        _BY_CLASS, year=row["year"], address=row["address"], id=row["registry_id"]
    )
    return {
        "registry": row["code"],
        "account": hexed(row["address"]),
        "label": snapshot.label(row["registry_id"], row["address"]),
        "compliance_year": row["year"],
        "emissions_state": EMISSIONS[row["state"]],
        "verified_emissions": str(row["emissions"]) if decided else None,
        "debt": str(row["debt"]),
        "allocated": str(row["issued"]),
        "surrendered": str(row["surrendered"]),
        "owed": str(owed),
        "deadline": None if row["deadline"] is None else moment(row["deadline"]),
        "status": _status(snapshot, row, owed=owed, decided=decided),
        "by_class": [{"class": r["symbol"], "quantity": str(r["quantity"])} for r in classes],
    }


def _status(snapshot: Snapshot, row: sqlite3.Row, *, owed: int, decided: bool) -> str:
    if row["settled"]:
        return "settled-short" if owed else "settled"
    if not decided:
        return "awaiting-emissions"
    if not owed:
        return "fulfilled"
    late = row["deadline"] is not None and snapshot.as_of.timestamp > row["deadline"]
    return "overdue" if late else "open"
