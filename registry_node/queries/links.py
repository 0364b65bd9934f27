"""Links between registries: terms, quota meters, and what a transfer would do."""

from __future__ import annotations

import sqlite3

from linking.quotas import Restriction, Terms, quote, standing
from registry_node.domain.errors import InvalidInput, NotFound
from registry_node.domain.words import UnitType
from registry_node.queries import find
from registry_node.queries.movements import rate, rate_of, where
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment

MOST_HISTORY = 500
"""Entries of a quota's history that are shown: the latest ones."""

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


def find_link(snapshot: Snapshot, name: str) -> sqlite3.Row:
    """The link CN_KR, or by the ledger's number. Raises `InvalidInput` or `NotFound`."""
    source, _, destination = name.partition("_")
    row = None
    if name.isascii() and name.isdigit() and len(name) <= 10:  # noqa: PLR2004  # 32 bits
        row = snapshot.one(_LINK + " AND l.id = :id", id=int(name))
    elif source and destination:
        row = snapshot.one(
            _LINK + " AND s.code = :source AND d.code = :destination",
            source=find.registry(snapshot, source)["code"],
            destination=find.registry(snapshot, destination)["code"],
        )
    else:
        raise InvalidInput(
            f"'{name}' is not a link.",
            "Write it as source_destination, for example CN_KR, or as the ledger's number.",
        )
    if row is None:
        names = [_name(r) for r in snapshot.all(_LINK + " ORDER BY l.id")]
        raise NotFound(
            f"There is no link {name}.", f"Links here: {', '.join(names) or 'none yet'}."
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


def link(snapshot: Snapshot, name: str) -> Json:
    """One link with its terms and quota meter."""
    return _link(snapshot, find_link(snapshot, name))


def quota(snapshot: Snapshot, name: str) -> Json:
    """The meter of a link in the current quota period, and how it came to stand there."""
    row = find_link(snapshot, name)
    terms = _terms_in_force(snapshot, row)
    return {
        "link": _name(row),
        "terms_version": row["version"],
        "meter": _meter(snapshot, row, terms) if terms else None,
        "history": _history(snapshot, row["id"]),
    }


def quote_transfer(snapshot: Snapshot, name: str, symbol: str, quantity: int) -> Json:
    """What a transfer of `quantity` source units would do in the snapshot's ledger block."""
    row = find_link(snapshot, name)
    unit_class = find.unit_class(snapshot, row["source"], symbol)
    terms_row = _terms_in_force(snapshot, row)
    terms = _terms_value(terms_row) if terms_row else None
    time = snapshot.as_of.timestamp
    period = terms.period_at(time) if terms else None
    used = _used(snapshot, row["id"], period) if period is not None else 0
    answer = quote(
        terms,
        quantity,
        time=time,
        used=used,
        suspended=row["suspended_by"] != 0,
        eligible=terms is not None
        and terms.accepts(
            unit_class["unit_type"],
            unit_class["vintage"],
            foreign=unit_class["unit_type"] == UnitType.FOREIGN,
        ),
    )
    limit = terms.quota if terms else 0
    return {
        "link": _name(row),
        "class": symbol,
        "quantity": str(quantity),
        "terms_version": row["version"],
        "rate": rate(terms_row) if terms_row else None,
        "source_quantity": str(answer.source_units),
        "destination_quantity": str(answer.destination_units),
        "remainder": str(quantity - answer.source_units),
        "quota": str(limit),
        "quota_used": str(used),
        "quota_remaining": str(max(0, limit - used)),
        "period_start": moment(period) if period is not None else None,
        "allowed": answer.restriction is Restriction.NONE,
        "restriction": answer.restriction.name,
        "restriction_code": int(answer.restriction),
        "reason": answer.reason,
    }


def _link(snapshot: Snapshot, row: sqlite3.Row) -> Json:
    in_force = _terms_in_force(snapshot, row)
    proposed = snapshot.one(_TERMS, link_id=row["id"], version=row["version"] + 1, in_force=0)
    return {
        "id": _name(row),
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
        "quota_meter": _meter(snapshot, row, in_force) if in_force else None,
    }


def _status(snapshot: Snapshot, row: sqlite3.Row, in_force: sqlite3.Row | None) -> str:
    if row["version"] == 0:
        return "proposed"
    if in_force is None:
        return "absent"
    restriction, _ = standing(
        _terms_value(in_force), time=snapshot.as_of.timestamp, suspended=row["suspended_by"] != 0
    )
    return STATUSES[restriction]


def _terms_in_force(snapshot: Snapshot, row: sqlite3.Row) -> sqlite3.Row | None:
    """The terms that a link follows; none before acceptance or in an absent direction."""
    found = snapshot.one(_TERMS, link_id=row["id"], version=row["version"], in_force=1)
    return found if found and found["rate_numerator"] != "0" else None


def _terms_value(row: sqlite3.Row) -> Terms:
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
        "valid_from": moment(row["valid_from"]),
        "valid_until": moment(row["valid_until"]),
        "period_start": moment(row["period_start"]),
        "period_seconds": row["period_length"],
        "unit_types": [kind.name for kind in UnitType if row["unit_types"] & (1 << kind)],
        "vintage_from": row["vintage_from"],
        "vintage_to": row["vintage_to"],
        "changed_by": hexed(row["changed_by"]),
        "changed_by_label": _label(snapshot, link_row, row["changed_by"]),
        **where(row),
    }


def _meter(snapshot: Snapshot, row: sqlite3.Row, terms_row: sqlite3.Row) -> Json:
    terms = _terms_value(terms_row)
    start = terms.period_at(snapshot.as_of.timestamp)
    used = _used(snapshot, row["id"], start)
    return {
        "period_start": moment(start),
        "period_end": moment(start + terms.period_length),
        "quota": str(terms.quota),
        "used": str(used),
        "remaining": str(max(0, terms.quota - used)),
    }


def _used(snapshot: Snapshot, link_id: int, period_start: int) -> int:
    row = snapshot.one(
        "SELECT used FROM quota_use WHERE link_id = :link_id AND period_start = :start"
        " AND from_height <= :h ORDER BY from_height DESC LIMIT 1",
        link_id=link_id,
        start=period_start,
    )
    return row["used"] if row else 0


def _history(snapshot: Snapshot, link_id: int) -> list[Json]:
    """Changes of the limit and of what is used, oldest first."""
    row = find_link(snapshot, str(link_id))
    changes = snapshot.all(
        "SELECT t.*, b.hash AS block_hash, b.timestamp FROM link_terms t"
        " JOIN header b ON b.number = t.block"
        " WHERE t.link_id = :id AND t.in_force = 1 AND t.block <= :h"
        " ORDER BY t.block DESC, t.log_index DESC LIMIT :most",
        id=link_id,
        most=MOST_HISTORY,
    )
    uses = snapshot.all(
        "SELECT q.period_start, q.used, q.from_height AS block, b.timestamp, b.hash AS block_hash"
        " FROM quota_use q JOIN header b ON b.number = q.from_height"
        " WHERE q.link_id = :id AND q.from_height <= :h ORDER BY q.from_height DESC LIMIT :most",
        id=link_id,
        most=MOST_HISTORY,
    )
    entries = [
        (
            change["block"],
            {
                "what": "terms",
                "block_number": change["block"],
                "time": moment(change["timestamp"]),
                "terms_version": change["version"],
                "quota": str(change["quota"]),
                "changed_by": hexed(change["changed_by"]),
                "changed_by_label": _label(snapshot, row, change["changed_by"]),
                "transaction_hash": hexed(change["tx_hash"]),
                "period_start": None,
                "used": None,
            },
        )
        for change in changes
    ]
    entries += [
        (
            use["block"],
            {
                "what": "use",
                "block_number": use["block"],
                "time": moment(use["timestamp"]),
                "terms_version": None,
                "quota": None,
                "changed_by": None,
                "changed_by_label": None,
                "transaction_hash": None,
                "period_start": moment(use["period_start"]),
                "used": str(use["used"]),
            },
        )
        for use in uses
    ]
    entries.sort(key=lambda entry: entry[0])
    return [entry for _, entry in entries[-MOST_HISTORY:]]


def _label(snapshot: Snapshot, link_row: sqlite3.Row, address: bytes) -> str | None:
    """The name of a link administrator, on whichever side it is."""
    for side in ("source", "destination"):
        label = snapshot.label(link_row[f"{side}_id"], address)
        if label:
            return label
    return None


def _name(row: sqlite3.Row) -> str:
    return f"{row['source']}_{row['destination']}"


def proposed_terms(snapshot: Snapshot, link_id: int) -> tuple[int, ...] | None:
    """The terms proposed for a link, in the order of the ledger's struct; None without a proposal.

    A proposal is made against the version in force and lapses with it.
    """
    row = find_link(snapshot, str(link_id))
    found = snapshot.one(_TERMS, link_id=link_id, version=row["version"] + 1, in_force=0)
    if found is None:
        return None
    names = ("quota", "valid_from", "valid_until", "period_start", "period_length")
    return (
        int(found["rate_numerator"]),
        int(found["rate_denominator"]),
        *(found[name] for name in names),
        *(found[name] for name in ("unit_types", "vintage_from", "vintage_to")),
    )
