"""Registries, their unit classes and totals."""

from __future__ import annotations

from collections import defaultdict

from linking.attributes import Attributes
from registry_node.domain.words import UnitType
from registry_node.queries import find, rules
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import NO_LIMIT, Json, Snapshot, hexed
from registry_node.store.connection import NamedRow

TOTALS = ("issued", "held", "escrowed", "surrendered", "retired", "cancelled")
"""issued is the sum of the other five (invariant 3)."""

OF_WHICH = ("used_abroad", "returned")
"""used_abroad: of the terminal units, those whose foreign twins were used. returned: of the
cancelled units of a foreign class, those that went home."""

_CLASSES = """
SELECT c.*, r.code, o.symbol AS origin_symbol, q.code AS origin_code,
       t.cap, t.sealed, t.issued, t.escrowed, t.surrendered, t.retired, t.cancelled,
       t.issued - t.escrowed - t.surrendered - t.retired - t.cancelled AS held
FROM unit_class c
JOIN registry r ON r.id = c.registry_id
JOIN class_total t ON t.class_id = c.id AND t.from_height = (
    SELECT MAX(from_height) FROM class_total WHERE class_id = c.id AND from_height <= :h)
LEFT JOIN unit_class o ON o.id = c.origin_class_id
LEFT JOIN registry q ON q.id = o.registry_id
WHERE c.block <= :h AND (:registry_id IS NULL OR c.registry_id = :registry_id) AND c.id > :after
ORDER BY c.id LIMIT :limit
"""

_SETTLED = """
SELECT CASE s.at_source WHEN 1 THEN l.source_class_id ELSE l.foreign_class_id END AS class_id,
       s.at_source, SUM(s.last - s.first + 1) AS quantity
FROM lot_settlement s JOIN lot l ON l.id = s.lot_id
WHERE s.block <= :h AND (s.at_source = 1) = (s.state > 2)
GROUP BY 1, 2
"""
# Of the source's settlements those that ended (state above ESCROWED); of the destination's those
# that came home (state HELD).


def registries(snapshot: Snapshot, page: Page) -> Listing:
    """Every registry with its totals and classes."""
    (after,) = page.keys(0)
    rows = snapshot.all(
        "SELECT * FROM registry WHERE id > ? ORDER BY id LIMIT ?", after, page.limit + 1
    )
    classes = defaultdict(list)
    for item in _class_list(snapshot, None):
        classes[item["registry"]].append(item)
    items = [_registry(row, classes[row["code"]]) for row in rows]
    return listing(snapshot, page, items, [(row["id"],) for row in rows])


def registry(snapshot: Snapshot, code: str) -> Json:
    """One registry with its totals and classes."""
    row = find.registry(snapshot, code)
    return _registry(row, _class_list(snapshot, row["id"]))


def classes(snapshot: Snapshot, code: str, page: Page) -> Listing:
    """The unit classes of a registry with their totals."""
    row = find.registry(snapshot, code)
    (after,) = page.keys(0)
    rows = snapshot.all(_CLASSES, registry_id=row["id"], after=after, limit=page.limit + 1)
    return listing(snapshot, page, _with_settled(snapshot, rows), [(r["id"],) for r in rows])


def _class_list(snapshot: Snapshot, registry_id: int | None) -> list[Json]:
    rows = snapshot.all(_CLASSES, registry_id=registry_id, after=0, limit=NO_LIMIT)
    return _with_settled(snapshot, rows)


def _with_settled(snapshot: Snapshot, rows: list[NamedRow]) -> list[Json]:
    settled = snapshot.once(
        ("settled", snapshot.height),
        lambda: {(r["class_id"], r["at_source"]): r["quantity"] for r in snapshot.all(_SETTLED)},
    )
    attributes = rules.all_attributes(snapshot)
    return [
        _class(
            row,
            attributes.get(row["id"], {}),
            settled.get((row["id"], 1), 0),
            settled.get((row["id"], 0), 0),
        )
        for row in rows
    ]


def _class(row: NamedRow, attributes: Attributes, used_abroad: int, returned: int) -> Json:
    unit_type = UnitType(row["unit_type"])
    return {
        "registry": row["code"],
        "symbol": row["symbol"],
        "unit_type": unit_type.name,
        "vintage": row["vintage"],
        "period": {"first_year": row["period_first"], "last_year": row["period_last"]},
        "attributes": rules.shown_attributes(attributes),
        "origin": {"registry": row["origin_code"], "symbol": row["origin_symbol"]}
        if row["origin_code"]
        else None,
        "sealed": bool(row["sealed"]),
        # A foreign class has no cap of its own: the link's quota is the limit.
        "cap": None if unit_type is UnitType.FOREIGN else str(row["cap"]),
        **{name: str(row[name]) for name in TOTALS},
        "used_abroad": str(used_abroad),
        "returned": str(returned),
    }


def _registry(row: NamedRow, classes: list[Json]) -> Json:
    totals = {
        name: str(sum(int(item[name] or 0) for item in classes))
        for name in ("cap", *TOTALS, *OF_WHICH)
    }
    return {
        "code": row["code"],
        "name": row["name"],
        "address": hexed(row["address"]),
        "authority": hexed(row["authority"]),
        "totals": totals,
        "classes": classes,
    }
