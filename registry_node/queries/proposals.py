"""Sensitive steps: who proposed what, who approved it, and what it would do, in clear."""

from __future__ import annotations

from eth_hash.auto import keccak

from registry_node.domain.errors import NotFound
from registry_node.queries import calls, desks, find
from registry_node.queries.paging import Listing, Page, address_after, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed, hexed_or_none, moment
from registry_node.store.connection import NamedRow

STATES = ("none", "proposed", "approved", "executed", "stopped", "expired")
"""As the proposal desk numbers them."""

_OPEN = (1, 2)

_PROPOSAL = """
SELECT p.*, r.code, r.id, r.address, r.authority FROM proposal p
JOIN registry r ON r.id = p.registry_id
WHERE p.from_height <= :h AND :h < p.to_height
  AND (:registry_id IS NULL OR p.registry_id = :registry_id)
"""


def proposals(
    snapshot: Snapshot, page: Page, *, registry: str | None = None, state: str | None = None
) -> Listing:
    """Proposals by registry and number."""
    if registry:
        snapshot.view.require_programme(registry)
    registry_id = find.registry(snapshot, registry)["id"] if registry else None
    after_registry, after_desk, after = page.keys(0, "", 0)
    rows = snapshot.all(
        _PROPOSAL
        + snapshot.seen(("r.code = {}", None))
        + " AND (p.registry_id, p.desk, p.number) > (:after_registry, :after_desk, :after)"
        " AND (:state IS NULL OR :state = CASE WHEN p.state IN (1, 2) AND p.deadline < :now"
        " THEN 5 ELSE p.state END) ORDER BY p.registry_id, p.desk, p.number LIMIT :limit",
        registry_id=registry_id,
        after_registry=after_registry,
        after_desk=address_after(after_desk),
        after=after,
        state=STATES.index(state) if state else None,
        now=snapshot.as_of.timestamp,
        limit=page.limit + 1,
    )
    items = [_proposal(snapshot, row) for row in rows]
    return listing(snapshot, page, items, [desks.numbered(row) for row in rows])


def proposal(snapshot: Snapshot, registry: str, number: int) -> Json:
    """One proposal. Raises `NotFound`."""
    snapshot.view.require_programme(registry)
    registry_id = find.registry(snapshot, registry)["id"]
    row = snapshot.one(
        _PROPOSAL + " AND p.number = :number ORDER BY p.desk = :desk DESC LIMIT 1",
        registry_id=registry_id,
        number=number,
        desk=desks.in_office(snapshot, registry_id, "proposals"),
    )
    if row is None:
        raise NotFound(
            f"{registry} has no proposal {number}.", f"See 'tonnelink proposal list {registry}'."
        )
    return _proposal(snapshot, row)


def _proposal(snapshot: Snapshot, row: NamedRow) -> Json:
    late = row["state"] in _OPEN and snapshot.as_of.timestamp > row["deadline"]
    target, document = row["target"], row["document"]
    call = keccak(bytes.fromhex(row["call"]))
    return {
        "registry": row["code"],
        "number": row["number"],
        "state": "expired" if late else STATES[row["state"]],
        **calls.told(snapshot, row, target, row["call"]),
        "document": hexed_or_none(document),
        "call_hash": hexed(keccak(target.rjust(32, b"\0") + document + call)),
        "proposer": snapshot.person(row["registry_id"], row["proposer"]),
        "approver": snapshot.person(row["registry_id"], row["approver"]),
        "ended_by": snapshot.person(row["registry_id"], row["ended_by"]),
        "deadline": moment(row["deadline"]),
        "ready_at": None if row["ready_at"] is None else moment(row["ready_at"]),
    }
