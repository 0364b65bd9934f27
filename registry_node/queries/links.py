"""Links between registries: their terms and quota meters."""

from __future__ import annotations

import sqlite3
from typing import Any

from linking.quotas import Restriction, Terms, standing
from registry_node.domain.errors import InvalidInput, NotFound
from registry_node.domain.references import token_id
from registry_node.domain.words import UnitType
from registry_node.queries import find
from registry_node.queries.movements import rate, rate_of, where
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment

_LINK = """
SELECT l.*, s.code AS source, d.code AS destination, st.version, st.suspended_by
FROM link l
JOIN registry s ON s.id = l.source_id
JOIN registry d ON d.id = l.destination_id
JOIN link_state st ON st.link_id = l.id AND st.from_height <= :h AND :h < st.to_height
WHERE l.block <= :h
"""

_TERMS = """
SELECT t.*, b.hash AS block_hash, b.timestamp FROM link_terms t JOIN header b ON b.number = t.block
WHERE t.link_id = :link_id AND t.version = :version AND t.in_force = :in_force AND t.block <= :h
ORDER BY t.block DESC, t.log_index DESC LIMIT 1
"""

STATUSES = {
    Restriction.NONE: "open",
    Restriction.LINK_SUSPENDED: "suspended",
    Restriction.LINK_NOT_STARTED: "not-started",
    Restriction.LINK_EXPIRED: "expired",
}
"""And "proposed" before acceptance, "absent" for the missing direction of a one-way agreement."""


def find_link(snapshot: Snapshot, wanted: str) -> sqlite3.Row:
    """The link CN_KR, or by the ledger's number. Raises `InvalidInput` or `NotFound`."""
    source, _, destination = wanted.partition("_")
    row = None
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 10:  # noqa: PLR2004  # 32 bits
        row = snapshot.one(_LINK + " AND l.id = :id", id=int(wanted))
    elif source and destination:
        row = snapshot.one(
            _LINK + " AND s.code = :source AND d.code = :destination",
            source=find.registry(snapshot, source)["code"],
            destination=find.registry(snapshot, destination)["code"],
        )
    else:
        raise InvalidInput(
            f"'{wanted}' is not a link.",
            "Write it as source_destination, for example CN_KR, or as the ledger's number.",
        )
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


def _link(snapshot: Snapshot, row: sqlite3.Row) -> Json:
    in_force = terms_in_force(snapshot, row)
    proposed = snapshot.one(_TERMS, link_id=row["id"], version=row["version"] + 1, in_force=0)
    return {
        "id": name(row),
        "number": row["id"],
        "agreement": row["agreement_id"],
        "source": row["source"],
        "destination": row["destination"],
        "status": _status(snapshot, row, in_force),
        "suspended_by": [
            row[side]
            for bit, side in ((1, "source"), (2, "destination"))
            if row["suspended_by"] & bit
        ],
        "terms_version": row["version"],
        "terms": _terms(snapshot, row, in_force) if in_force else None,
        "proposed_terms": _terms(snapshot, row, proposed)
        if proposed and proposed["rate_numerator"] != "0"
        else None,
        "waiting_terms": _waiting(snapshot, row),
        "quota_meter": meter(snapshot, row, in_force) if in_force else None,
    }


def _waiting(snapshot: Snapshot, row: sqlite3.Row) -> Json | None:
    """Accepted terms whose notice still runs."""
    found = snapshot.one(
        "SELECT t.*, b.hash AS block_hash, b.timestamp FROM link_waiting w"
        " JOIN link_terms t ON t.block = w.accepted_in AND t.log_index = w.accepted_log"
        " JOIN header b ON b.number = t.block"
        " WHERE w.link_id = :id AND w.from_height <= :h AND :h < w.to_height",
        id=row["id"],
    )
    if found is None:
        return None
    effective_at = moment(found["effective_at"])
    return {**_terms(snapshot, row, found), "effective_at": effective_at}


def _status(snapshot: Snapshot, row: sqlite3.Row, in_force: sqlite3.Row | None) -> str:
    if row["version"] == 0:
        return "proposed"
    if in_force is None:
        return "absent"
    restriction, _ = standing(
        terms_value(in_force), time=snapshot.as_of.timestamp, suspended=row["suspended_by"] != 0
    )
    return STATUSES[restriction]


def terms_in_force(snapshot: Snapshot, row: sqlite3.Row) -> sqlite3.Row | None:
    """The terms that a link follows; none before acceptance or in an absent direction."""
    found = snapshot.one(_TERMS, link_id=row["id"], version=row["version"], in_force=1)
    return found if found and found["rate_numerator"] != "0" else None


def terms_value(row: sqlite3.Row) -> Terms:
    return Terms(
        rate=rate_of(row),
        quota=row["quota"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        period_start=row["period_start"],
        period_length=row["period_length"],
        unit_types=row["unit_types"],
        vintage_from=row["vintage_from"],
        vintage_to=row["vintage_to"],
    )


def _terms(snapshot: Snapshot, link_row: sqlite3.Row, row: sqlite3.Row) -> Json:
    return {
        "version": row["version"],
        "rate": rate(row),
        "quota": str(row["quota"]),
        "net": bool(row["net"]),
        "notice_seconds": row["notice"],
        "valid_from": moment(row["valid_from"]),
        "valid_until": moment(row["valid_until"]),
        "period_start": moment(row["period_start"]),
        "period_seconds": row["period_length"],
        "unit_types": [kind.name for kind in UnitType if row["unit_types"] & (1 << kind)],
        "vintage_from": row["vintage_from"],
        "vintage_to": row["vintage_to"],
        "changed_by": hexed(row["changed_by"]),
        "changed_by_label": label(snapshot, link_row, row["changed_by"]),
        **where(row),
    }


def meter(snapshot: Snapshot, row: sqlite3.Row, terms_row: sqlite3.Row) -> Json:
    terms = terms_value(terms_row)
    start = terms.period_at(snapshot.as_of.timestamp)
    in_use = used(snapshot, row["id"], start)
    return {
        "period_start": moment(start),
        "period_end": moment(start + terms.period_length),
        "quota": str(terms.quota),
        "used": str(in_use),
        "remaining": str(max(0, terms.quota - in_use)),
    }


def used(snapshot: Snapshot, link_id: int, period_start: int) -> int:
    row = snapshot.one(
        "SELECT used FROM quota_use WHERE link_id = :link_id AND period_start = :start"
        " AND from_height <= :h ORDER BY from_height DESC LIMIT 1",
        link_id=link_id,
        start=period_start,
    )
    return row["used"] if row else 0


def label(snapshot: Snapshot, link_row: sqlite3.Row, address: bytes) -> str | None:
    """The name of a link administrator, on whichever side it is."""
    for side in ("source", "destination"):
        found = snapshot.label(link_row[f"{side}_id"], address)
        if found:
            return found
    return None


def name(row: sqlite3.Row) -> str:
    return f"{row['source']}_{row['destination']}"


def period_in_force(snapshot: Snapshot, link_id: int) -> tuple[int, int] | None:
    """Start and length, in seconds, of the quota periods that the link counts in now."""
    row = find_link(snapshot, str(link_id))
    found = snapshot.one(_TERMS, link_id=link_id, version=row["version"], in_force=1)
    return None if found is None else (found["period_start"], found["period_length"])


def proposed_terms(snapshot: Snapshot, link_id: int) -> tuple[Any, ...] | None:
    """The terms proposed for a link, in the order of the ledger's struct; None without a proposal.

    A proposal is made against the version in force and lapses with it.
    """
    row = find_link(snapshot, str(link_id))
    found = snapshot.one(_TERMS, link_id=link_id, version=row["version"] + 1, in_force=0)
    if found is None:
        return None
    times = ("valid_from", "valid_until", "period_start", "period_length")
    return (
        int(found["rate_numerator"]),
        int(found["rate_denominator"]),
        found["quota"],
        found["quota_share"],
        token_id(found["quota_class"]),
        bool(found["net"]),
        found["notice"],
        *(found[name] for name in times),
        *(found[name] for name in ("unit_types", "vintage_from", "vintage_to")),
        *(
            [token_id(word).to_bytes(32, "big") for word in found[name].split(",") if word]
            for name in ("categories", "regions")
        ),
    )
