"""Units set aside: freezes by the authority, pledges to creditors."""

from __future__ import annotations

from registry_node.domain.references import UnitReference
from registry_node.queries import find
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import Json, Snapshot

_KINDS = {1: "freeze", 2: "pledge"}
"""As the lien desk numbers them."""

_LIEN = """
SELECT l.*, r.code, c.symbol FROM lien l JOIN registry r ON r.id = l.registry_id
JOIN unit_class c ON c.id = l.class_id
WHERE l.from_height <= :h AND :h < l.to_height
  AND (l.registry_id, l.number) > (:after_registry, :after)
  AND (:registry_id IS NULL OR l.registry_id = :registry_id)
  AND (:address IS NULL OR :address IN (l.account, l.creditor)){seen}
ORDER BY l.registry_id, l.number LIMIT :limit
"""


def liens(
    snapshot: Snapshot,
    page: Page,
    *,
    registry: str | None = None,
    address: bytes | None = None,
) -> Listing:
    """The liens that are not lifted, by registry and number."""
    snapshot.view.require(registry, address)
    after_registry, after = page.keys(0, 0)
    parties = [("r.code = {}", f"l.{party}") for party in ("account", "creditor")]
    rows = snapshot.all(
        _LIEN.format(seen=snapshot.seen(*parties)),
        registry_id=find.registry(snapshot, registry)["id"] if registry else None,
        after_registry=after_registry,
        after=after,
        address=address,
        limit=page.limit + 1,
    )
    items = []
    for row in rows:
        parts = [tuple(map(int, part.split("-"))) for part in row["ranges"].split(",")]
        units = [UnitReference(row["code"], row["symbol"], first, last) for first, last in parts]
        creditor = row["creditor"] if any(row["creditor"]) else None
        item: Json = {
            "registry": row["code"],
            "number": row["number"],
            "kind": _KINDS[row["kind"]],
            "account": snapshot.person(row["registry_id"], row["account"]),
            "creditor": snapshot.person(row["registry_id"], creditor),
            "class": row["symbol"],
            "units": [str(reference) for reference in units],
            "quantity": str(sum(reference.count for reference in units)),
        }
        items.append(item)
    return listing(snapshot, page, items, [(r["registry_id"], r["number"]) for r in rows])
