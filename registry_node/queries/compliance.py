"""The compliance year: what operators emitted, owe and surrendered."""

from __future__ import annotations

from typing import Any

from registry_node.domain.limits import Base, Figures, Limit, Surrendered, uses
from registry_node.domain.words import UnitType
from registry_node.queries import find
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
SELECT o.*, r.code, y.deadline, y.closed FROM obligation o JOIN registry r ON r.id = o.registry_id
LEFT JOIN compliance_year y ON y.registry_id = o.registry_id AND y.year = o.year
  AND y.from_height <= :h AND :h < y.to_height
WHERE o.from_height <= :h AND :h < o.to_height
  AND (o.year, o.address, o.registry_id) > (:after_year, :after, :after_id)
  AND (:registry_id IS NULL OR o.registry_id = :registry_id)
  AND (:address IS NULL OR o.address = :address) AND (:year IS NULL OR o.year = :year){seen}
ORDER BY o.year, o.address, o.registry_id LIMIT :limit
"""

_PUBLISHED = {
    *("registry", "account", "label", "compliance_year", "emissions_state"),
    *("surrendered", "owed", "deadline", "status", "published"),
}
"""What the results of a published year tell everybody. How much was allocated, which classes were
surrendered and what was filed stay closed (F-15)."""

_LISTS = ("limits", "by_class", "filings")

_BY_CLASS = """
SELECT c.symbol, c.unit_type, c.category, c.region,
       SUM(CASE u.state WHEN 3 THEN u.quantity ELSE -u.quantity END) AS quantity
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
    named["after_year"], after, named["after_id"] = page.keys(0, "", 0)
    named["after"] = address_after(after)
    rows = snapshot.all(_OBLIGATIONS.format(seen=_seen(snapshot)), **named)
    keys = [(r["year"], r["address"].hex(), r["registry_id"]) for r in rows]
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
    owed = max(0, (row["emissions"] if decided else 0) + row["debt"] - row["surrendered"])
    classes = snapshot.all(
        _BY_CLASS, year=row["year"], address=row["address"], id=row["registry_id"]
    )
    limits = _limits(snapshot, row, classes, emissions=row["emissions"] if decided else 0)
    return {
        "registry": row["code"],
        "account": hexed(row["address"]),
        "label": snapshot.label(row["registry_id"], row["address"]),
        "compliance_year": row["year"],
        "emissions_state": EMISSIONS[row["state"]],
        "attested_emissions": str(row["emissions"]) if row["state"] in _ATTESTED else None,
        "verified_emissions": str(row["emissions"]) if decided else None,
        "verifier": snapshot.person(row["registry_id"], row["verifier"]),
        "report": hexed_or_none(row["report"]),
        "debt": str(row["debt"]),
        "initially_allocated": str(row["initial"]),
        "allocated": str(row["issued"]),
        "surrendered": str(row["surrendered"]),
        "owed": str(owed),
        "deadline": None if row["deadline"] is None else moment(row["deadline"]),
        "status": _status(snapshot, row, owed=owed, decided=decided),
        "deduction": str(row["deduction"]) if row["settled"] else None,
        "published": bool(row["closed"]),
        "limits": limits,
        "by_class": [{"class": r["symbol"], "quantity": str(r["quantity"])} for r in classes],
        "filings": _filings(snapshot, row),
    }


def _limits(
    snapshot: Snapshot, row: NamedRow, classes: list[NamedRow], *, emissions: int
) -> list[Json]:
    """The ceilings of the year, with what counts against each and the most that it allows now."""
    found = snapshot.all(
        "SELECT base, basis_points, amount, parent, unit_types, category, region, outside"
        " FROM compliance_limit WHERE registry_id = :id AND year = :year"
        " AND from_height <= :h AND :h < to_height ORDER BY place",
        id=row["registry_id"],
        year=row["year"],
    )
    rules = [Limit._make(tuple(limit)) for limit in found]
    names = ("unit_type", "category", "region", "quantity")
    units = [Surrendered(*(r[name] for name in names)) for r in classes]
    figures = Figures(emissions, row["debt"], row["initial"], row["issued"])
    return [
        {
            "base": Base(limit.base).name.lower(),
            "basis_points": limit.basis_points if limit.base != Base.ABSOLUTE else None,
            "of_limit": limit.parent if limit.base == Base.COUNTED else None,
            "unit_types": [kind.name for kind in UnitType if limit.unit_types & (1 << kind)],
            "category": limit.category or None,
            "region": limit.region or None,
            "outside_region": bool(limit.outside),
            "used": str(use.counted),
            "most": str(use.most),
        }
        for limit, use in zip(rules, uses(rules, units, figures), strict=True)
    ]


def _filings(snapshot: Snapshot, row: NamedRow) -> list[Json]:
    """Hashes of what was filed or decided about the operator's year, oldest first."""
    rows = snapshot.all(
        "SELECT f.*, b.timestamp FROM filing f JOIN header b ON b.number = f.block"
        " WHERE f.registry_id = :id AND f.address = :address AND f.year = :year AND f.block <= :h"
        " ORDER BY f.block, f.log_index",
        id=row["registry_id"],
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
