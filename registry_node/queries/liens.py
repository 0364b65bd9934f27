"""Units set aside: freezes by the authority, pledges to creditors."""

from __future__ import annotations

from registry_node.domain.references import UnitReference
from registry_node.queries import desks, find
from registry_node.queries.paging import Listing, Page, address_after, listing
from registry_node.queries.snapshot import Json, Snapshot, memo_text
from registry_node.store.connection import NamedRow

_KINDS = {1: "freeze", 2: "pledge", 3: "lifted"}
"""As the lien desk numbers them."""

_LIEN = """
SELECT l.*, r.code, c.symbol, f.lot_id FROM lien l JOIN registry r ON r.id = l.registry_id
JOIN unit_class c ON c.id = l.class_id
LEFT JOIN freeze_abroad f ON f.desk = l.desk AND f.number = l.number
  AND f.from_height <= :h AND :h < f.to_height
WHERE l.from_height <= :h AND :h < l.to_height
  AND (l.registry_id, l.desk, l.number) > (:after_registry, :after_desk, :after)
  AND (:registry_id IS NULL OR l.registry_id = :registry_id)
  AND (:address IS NULL OR :address IN (l.account, l.creditor)){seen}
ORDER BY l.registry_id, l.desk, l.number LIMIT :limit
"""


def liens(
    snapshot: Snapshot,
    page: Page,
    *,
    registry: str | None = None,
    address: bytes | None = None,
) -> Listing:
    """The liens whose units are not all free again, by registry and number. A freeze of units that
    were abroad or pledged names no account; one for a partner its registry, and the lot."""
    snapshot.view.require(registry, address)
    after_registry, after_desk, after = page.keys(0, "", 0)
    parties = [("r.code = {}", f"l.{party}") for party in ("account", "creditor")]
    rows = snapshot.all(
        _LIEN.format(seen=snapshot.seen(*parties)),
        registry_id=find.registry(snapshot, registry)["id"] if registry else None,
        after_registry=after_registry,
        after_desk=address_after(after_desk),
        after=after,
        address=address,
        limit=page.limit + 1,
    )
    items = [_lien(snapshot, row) for row in rows]
    return listing(snapshot, page, items, [desks.numbered(row) for row in rows])


def _lien(snapshot: Snapshot, row: NamedRow) -> Json:
    parts = [tuple(map(int, part.split("-"))) for part in row["ranges"].split(",") if part]
    units = [UnitReference(row["code"], row["symbol"], first, last) for first, last in parts]
    registry_id = row["registry_id"]
    return {
        "registry": row["code"],
        "number": row["number"],
        "kind": _KINDS.get(row["kind"], str(row["kind"])),
        "account": _person(snapshot, registry_id, row["account"]),
        "creditor": _person(snapshot, registry_id, row["creditor"]),
        "reason": memo_text(row["reason"]),
        "class": row["symbol"],
        "units": [str(reference) for reference in units],
        "quantity": str(sum(reference.count for reference in units)),
        "lot": row["lot_id"],
        **desks.which(snapshot, registry_id, "liens", row["desk"]),
    }


def _person(snapshot: Snapshot, registry_id: int, address: bytes) -> Json | None:
    """Of a partner's registry its code."""
    if not any(address):
        return None
    row = snapshot.one("SELECT code FROM registry WHERE address = ?", address)
    found = snapshot.person(registry_id, address)
    return {**found, "label": row["code"]} if row and found else found
