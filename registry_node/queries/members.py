"""Which programmes take part in links, which code they run, and the gateway's own code."""

from __future__ import annotations

from registry_node.queries import editions
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed, hexed_or_none, moment
from registry_node.store.connection import NamedRow

_MEMBERS = """
SELECT m.*, r.id, r.code AS registry, r.name, r.address, r.proxy_hash, r.edition_hash,
       s.code AS sponsor, b.timestamp
FROM member m JOIN registry r ON r.id = m.registry_id
LEFT JOIN registry s ON s.id = m.sponsor_id
JOIN header b ON b.number = m.admitted_in
WHERE m.from_height <= :h AND :h < m.to_height AND r.id > :after ORDER BY r.id LIMIT :limit
"""

_SUCCESSIONS = """
SELECT s.*, p.code AS proposer, o.code AS stopper FROM succession s
LEFT JOIN registry p ON p.id = s.proposed_by LEFT JOIN registry o ON o.id = s.stopped_by
WHERE s.from_height <= :h AND :h < s.to_height AND s.number > :after
ORDER BY s.number LIMIT :limit
"""


def members(snapshot: Snapshot, page: Page) -> Listing:
    """The programmes that take part in links."""
    (after,) = page.keys(0)
    rows = snapshot.all(_MEMBERS, after=after, limit=page.limit + 1)
    items = [_member(snapshot, row) for row in rows]
    return listing(snapshot, page, items, [(row["id"],) for row in rows])


def successions(snapshot: Snapshot, page: Page) -> Listing:
    """Other code that was proposed for the gateway, and what became of it."""
    (after,) = page.keys(0)
    rows = snapshot.all(_SUCCESSIONS, after=after, limit=page.limit + 1)
    items = [_succession(row) for row in rows]
    return listing(snapshot, page, items, [(row["number"],) for row in rows])


def _member(snapshot: Snapshot, row: NamedRow) -> Json:
    return {
        "registry": row["registry"],
        "name": row["name"],
        "code": row["code"],
        "sponsor": row["sponsor"],
        "admitted_at": moment(row["timestamp"]),
        "edition": hexed_or_none(editions.edition(snapshot, row)),
        "succession": row["succession"],
        "stands_still": row["succession"] < editions.current_succession(snapshot),
    }


def _succession(row: NamedRow) -> Json:
    states = {(0, 0): "proposed", (1, 0): "stopped", (0, 1): "carried-out", (1, 1): "carried-out"}
    return {
        "number": row["number"],
        "edition": hexed(row["edition"]),
        "code_hash": hexed(row["code_hash"]),
        "ready_at": moment(row["ready_at"]),
        "proposed_by": row["proposer"],
        "accepted": row["accepted"],
        "stopped_by": row["stopper"],
        "state": states[int(row["stopped_by"] is not None), row["done"]],
    }
