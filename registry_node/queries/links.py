"""Links between registries: their terms and quota meters."""

from __future__ import annotations

from typing import Any

from linking.quotas import NO_METER, Meter, Restriction, Standing
from registry_node.domain.errors import NotFound
from registry_node.domain.references import parse_link
from registry_node.queries import editions, find, terms
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed_or_none, moment
from registry_node.queries.terms import LinkTerms
from registry_node.store.connection import NamedRow

# Accepted terms whose notice has passed count, whether or not a step has followed them yet.
_LINK = """
SELECT l.*, s.code AS source, d.code AS destination, st.suspended_by, st.ends_at,
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
    Restriction.AGREEMENT_ENDED: "ended",
    Restriction.EDITION_NOT_ACCEPTED: "edition-not-accepted",
}
"""And "proposed" before acceptance, "absent" for the missing direction of a one-way agreement."""


def find_link(snapshot: Snapshot, wanted: str) -> NamedRow:
    """The link CN_KR, of its latest agreement, or by the ledger's number. Raises `InvalidInput` or
    `NotFound`."""
    source, _, destination = parse_link(wanted).partition("_")
    if destination:
        row = snapshot.one(
            _LINK + " AND s.code = :source AND d.code = :destination ORDER BY l.id DESC LIMIT 1",
            source=find.registry(snapshot, source)["code"],
            destination=find.registry(snapshot, destination)["code"],
        )
    else:
        row = snapshot.one(_LINK + " AND l.id = :id", id=int(source))
    if row is None:
        names = [name(r) for r in snapshot.all(_LINK + " ORDER BY l.id")]
        there = ", ".join(dict.fromkeys(names)) or "none yet"
        raise NotFound(f"There is no link {wanted}.", f"Links here: {there}.")
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
        "ends_at": moment(row["ends_at"]) if row["ends_at"] else None,
        "terms_version": row["version"],
        "terms": current.to_json() if current else None,
        "proposed_terms": _proposed(snapshot, row),
        "waiting_terms": pending(terms.waiting(snapshot, row)),
        "quota_meter": shown_meter(snapshot, row, current) if current else None,
    }


def _proposed(snapshot: Snapshot, row: NamedRow) -> Json | None:
    """Proposed terms with the side that proposes them and the last second to accept them."""
    found = terms.proposed(snapshot, row)
    if found is None or found.is_absent or not found.is_open:
        return None
    side = row["source"] if found.row["side_id"] == row["source_id"] else row["destination"]
    return {**found.to_json(), "proposed_by": side, "deadline": moment(found.row["deadline"])}


def pending(waiting: LinkTerms | None) -> Json | None:
    """Accepted terms with the time at which they come into force."""
    if waiting is None:
        return None
    return {**waiting.to_json(), "effective_at": moment(waiting.row["effective_at"])}


def standing(snapshot: Snapshot, row: NamedRow) -> Standing:
    """How a link stands, beside its terms."""
    return Standing(
        time=snapshot.as_of.timestamp,
        ends_at=row["ends_at"],
        suspended=row["suspended_by"] != 0,
        editions_accepted=editions.are_accepted(snapshot, row),
    )


def _status(snapshot: Snapshot, row: NamedRow, current: LinkTerms | None) -> str:
    if row["version"] == 0:
        return "proposed"
    if current is None:
        return "absent"
    return STATUSES[standing(snapshot, row).restriction(current.value)]


# ---- the meter ------------------------------------------------------------------------------


def meter(snapshot: Snapshot, row: NamedRow, current: LinkTerms) -> Meter:
    """What the meter of a link shows at the snapshot's time, as the ledger would answer."""
    found = snapshot.one(
        "SELECT used, period_start, period_end FROM meter WHERE link_id = :id"
        " AND from_height <= :h AND :h < to_height",
        id=row["id"],
    )
    value = Meter(found["used"], found["period_start"], found["period_end"]) if found else NO_METER
    due = terms.due(snapshot, row)
    if due is not None and not due.is_absent:
        before = terms.written_down(snapshot, row)
        since = due.row["effective_at"]
        value = value.carried(since, before.value if before else None, due.value)
    return value.at(snapshot.as_of.timestamp, current.value)


def shown_meter(snapshot: Snapshot, row: NamedRow, current: LinkTerms) -> Json:
    found = meter(snapshot, row, current)
    return {
        "period_start": moment(found.start),
        "period_end": moment(found.end),
        "quota": str(current.quota),
        "used": str(found.used),
        "remaining": str(max(0, current.quota - found.used)),
    }


# ---- for whoever acts on it -----------------------------------------------------------------


def name(row: NamedRow) -> str:
    return f"{row['source']}_{row['destination']}"


def proposed_terms(snapshot: Snapshot, link_id: int) -> tuple[Any, ...] | None:
    """The terms proposed for a link, in the order of the ledger's struct; None without a proposal.

    A proposal is made against the version in force and lapses with it.
    """
    found = terms.proposed(snapshot, find_link(snapshot, str(link_id)))
    return found.struct if found and found.is_open else None


def accepting_side(snapshot: Snapshot, row: NamedRow) -> str | None:
    """The programme that is to accept what is proposed for a link; None when nothing is."""
    found = terms.proposed(snapshot, row)
    if found is None:
        return None
    is_source = found.row["side_id"] == row["source_id"]
    return str(row["destination"] if is_source else row["source"])


def edition_of(snapshot: Snapshot, code: str) -> str | None:
    """The hash of a programme's code that its partners accept; None where it is not known."""
    return hexed_or_none(editions.edition(snapshot, find.registry(snapshot, code)))
