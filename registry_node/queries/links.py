"""Links between registries: their terms and quota meters."""

from __future__ import annotations

from typing import Any

from linking.quotas import Restriction, standing
from registry_node.domain.errors import NotFound
from registry_node.domain.references import parse_link
from registry_node.queries import find, terms
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import Json, Snapshot, moment
from registry_node.queries.terms import LinkTerms
from registry_node.store.connection import NamedRow

# Accepted terms whose notice has passed count, whether or not a step has followed them yet.
_LINK = """
SELECT l.*, s.code AS source, d.code AS destination, st.suspended_by,
       w.link_id IS NOT NULL AS due,
       CASE WHEN w.link_id IS NULL THEN st.version ELSE st.version + 1 END AS version
FROM link l
JOIN registry s ON s.id = l.source_id
JOIN registry d ON d.id = l.destination_id
JOIN link_state st ON st.link_id = l.id AND st.from_height <= :h AND :h < st.to_height
LEFT JOIN link_waiting w ON w.link_id = l.id AND w.from_height <= :h AND :h < w.to_height
  AND w.effective_at <= :now
WHERE l.block <= :h
"""

STATUSES = {
    Restriction.NONE: "open",
    Restriction.LINK_SUSPENDED: "suspended",
    Restriction.LINK_NOT_STARTED: "not-started",
    Restriction.LINK_EXPIRED: "expired",
}
"""And "proposed" before acceptance, "absent" for the missing direction of a one-way agreement."""


def find_link(snapshot: Snapshot, wanted: str) -> NamedRow:
    """The link CN_KR, or by the ledger's number. Raises `InvalidInput` or `NotFound`."""
    source, _, destination = parse_link(wanted).partition("_")
    if destination:
        row = snapshot.one(
            _LINK + " AND s.code = :source AND d.code = :destination",
            source=find.registry(snapshot, source)["code"],
            destination=find.registry(snapshot, destination)["code"],
        )
    else:
        row = snapshot.one(_LINK + " AND l.id = :id", id=int(source))
    if row is None:
        names = [name(r) for r in snapshot.all(_LINK + " ORDER BY l.id")]
        raise NotFound(
            f"There is no link {wanted}.", f"Links here: {', '.join(names) or 'none yet'}."
        )
    return row


def links(snapshot: Snapshot, page: Page) -> Listing:
    """Every direction of every agreement."""
    (after,) = page.keys(0)
    rows = snapshot.all(
        _LINK + " AND l.id > :after ORDER BY l.id LIMIT :limit", after=after, limit=page.limit + 1
    )
    items = [_link(snapshot, row) for row in rows]
    return listing(snapshot, page, items, [(row["id"],) for row in rows])


def link(snapshot: Snapshot, wanted: str) -> Json:
    """One link with its terms and quota meter."""
    return _link(snapshot, find_link(snapshot, wanted))


def _link(snapshot: Snapshot, row: NamedRow) -> Json:
    current = terms.in_force(snapshot, row)
    proposed = terms.proposed(snapshot, row)
    waiting = terms.waiting(snapshot, row)
    return {
        "id": name(row),
        "number": row["id"],
        "agreement": row["agreement_id"],
        "source": row["source"],
        "destination": row["destination"],
        "status": _status(snapshot, row, current),
        "suspended_by": [
            row[side]
            for bit, side in ((1, "source"), (2, "destination"))
            if row["suspended_by"] & bit
        ],
        "terms_version": row["version"],
        "terms": current.to_json() if current else None,
        "proposed_terms": proposed.to_json() if proposed and not proposed.is_absent else None,
        "waiting_terms": pending(waiting),
        "quota_meter": meter(snapshot, row, current) if current else None,
    }


def pending(waiting: LinkTerms | None) -> Json | None:
    """Accepted terms with the time at which they come into force."""
    if waiting is None:
        return None
    return {**waiting.to_json(), "effective_at": moment(waiting.row["effective_at"])}


def _status(snapshot: Snapshot, row: NamedRow, current: LinkTerms | None) -> str:
    if row["version"] == 0:
        return "proposed"
    if current is None:
        return "absent"
    restriction, _ = standing(
        current.value, time=snapshot.as_of.timestamp, suspended=row["suspended_by"] != 0
    )
    return STATUSES[restriction]


def meter(snapshot: Snapshot, row: NamedRow, current: LinkTerms) -> Json:
    value = current.value
    start = value.period_at(snapshot.as_of.timestamp)
    in_use = used(snapshot, row["id"], start)
    return {
        "period_start": moment(start),
        "period_end": moment(start + value.period_length),
        "quota": str(value.quota),
        "used": str(in_use),
        "remaining": str(max(0, value.quota - in_use)),
    }


def used(snapshot: Snapshot, link_id: int, period_start: int) -> int:
    row = snapshot.one(
        "SELECT used FROM quota_use WHERE link_id = :link_id AND period_start = :start"
        " AND from_height <= :h ORDER BY from_height DESC LIMIT 1",
        link_id=link_id,
        start=period_start,
    )
    return row["used"] if row else 0


def name(row: NamedRow) -> str:
    return f"{row['source']}_{row['destination']}"


def period_in_force(snapshot: Snapshot, link_id: int) -> tuple[int, int] | None:
    """Start and length, in seconds, of the quota periods that the link counts in now."""
    current = terms.in_force(snapshot, find_link(snapshot, str(link_id)))
    if current is None:
        return None
    return current.row["period_start"], current.row["period_length"]


def proposed_terms(snapshot: Snapshot, link_id: int) -> tuple[Any, ...] | None:
    """The terms proposed for a link, in the order of the ledger's struct; None without a proposal.

    A proposal is made against the version in force and lapses with it.
    """
    found = terms.proposed(snapshot, find_link(snapshot, str(link_id)))
    return found.struct if found else None


def accepting_side(snapshot: Snapshot, row: NamedRow) -> str | None:
    """The programme that is to accept what is proposed for a link: the one whose desk did not
    propose it; None when no desk did."""
    found = terms.proposed(snapshot, row)
    proposer = terms.desk_side(snapshot, found.row["changed_by"]) if found else None
    if proposer is None:
        return None
    return str(row["destination"] if proposer == row["source"] else row["source"])
