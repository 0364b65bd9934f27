"""The history of an import quota, and what a transfer would do to it."""

from __future__ import annotations

from linking.quotas import Restriction, quote
from registry_node.domain.words import UnitType
from registry_node.queries import find, terms
from registry_node.queries.links import find_link, meter, name, pending, used
from registry_node.queries.movements import rate
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment
from registry_node.store.connection import NamedRow

MOST_HISTORY = 500
"""Entries of a quota's history that are shown: the latest ones."""


def quota(snapshot: Snapshot, wanted: str) -> Json:
    """The meter of a link in the current quota period, and how it came to stand there."""
    row = find_link(snapshot, wanted)
    current = terms.in_force(snapshot, row)
    return {
        "link": name(row),
        "terms_version": row["version"],
        "meter": meter(snapshot, row, current) if current else None,
        "waiting_terms": pending(terms.waiting(snapshot, row)),
        "history": _history(snapshot, row),
    }


def quote_transfer(snapshot: Snapshot, wanted: str, symbol: str, quantity: int) -> Json:
    """What a transfer of `quantity` source units would do in the snapshot's ledger block."""
    row = find_link(snapshot, wanted)
    unit_class = find.unit_class(snapshot, row["source"], symbol)
    current = terms.in_force(snapshot, row)
    value = current.value if current else None
    time = snapshot.as_of.timestamp
    period = value.period_at(time) if value else None
    in_use = used(snapshot, row["id"], period) if period is not None else 0
    answer = quote(
        value,
        quantity,
        time=time,
        used=in_use,
        suspended=row["suspended_by"] != 0,
        eligible=value is not None
        and value.accepts(
            unit_class["unit_type"],
            unit_class["vintage"],
            unit_class["category"],
            unit_class["region"],
            foreign=unit_class["unit_type"] == UnitType.FOREIGN,
        ),
    )
    limit = value.quota if value else 0
    waiting = terms.waiting(snapshot, row)
    return {
        "link": name(row),
        "class": symbol,
        "quantity": str(quantity),
        "terms_version": row["version"],
        "rate": rate(current.row) if current else None,
        "source_quantity": str(answer.source_units),
        "destination_quantity": str(answer.destination_units),
        "remainder": str(quantity - answer.source_units),
        "quota": str(limit),
        "quota_used": str(in_use),
        "quota_remaining": str(max(0, limit - in_use)),
        "period_start": moment(period) if period is not None else None,
        "changes_at": moment(waiting.row["effective_at"]) if waiting else None,
        "allowed": answer.restriction is Restriction.NONE,
        "restriction": answer.restriction.name,
        "restriction_code": int(answer.restriction),
        "reason": answer.reason,
    }


def terms_entry(snapshot: Snapshot, link: NamedRow, row: NamedRow) -> Json:
    """That terms came into force, or their quota was lowered: a row of link_terms."""
    return {
        "what": "terms",
        "block_number": row["block"],
        "time": moment(row["timestamp"]),
        "terms_version": row["version"],
        "quota": str(terms.LinkTerms(snapshot, link, row).quota),
        "changed_by": hexed(row["changed_by"]),
        "changed_by_label": terms.label(snapshot, link, row["changed_by"]),
        "transaction_hash": hexed(row["tx_hash"]),
        "period_start": None,
        "used": None,
    }


def use_entry(row: NamedRow) -> Json:
    """How much of a period's quota is used from a ledger block on: a row of quota_use."""
    return {
        "what": "use",
        "block_number": row["block"],
        "time": moment(row["timestamp"]),
        "terms_version": None,
        "quota": None,
        "changed_by": None,
        "changed_by_label": None,
        "transaction_hash": None,
        "period_start": moment(row["period_start"]),
        "used": str(row["used"]),
    }


def _history(snapshot: Snapshot, link: NamedRow) -> list[Json]:
    """Changes of the limit and of what is used, oldest first."""
    changes = snapshot.all(
        "SELECT t.*, b.timestamp FROM link_terms t JOIN header b ON b.number = t.block"
        " WHERE t.link_id = :id AND t.in_force = 1 AND t.block <= :h"
        " ORDER BY t.block DESC, t.log_index DESC LIMIT :most",
        id=link["id"],
        most=MOST_HISTORY,
    )
    uses = snapshot.all(
        "SELECT q.period_start, q.used, q.from_height AS block, b.timestamp"
        " FROM quota_use q JOIN header b ON b.number = q.from_height"
        " WHERE q.link_id = :id AND q.from_height <= :h ORDER BY q.from_height DESC LIMIT :most",
        id=link["id"],
        most=MOST_HISTORY,
    )
    entries = [terms_entry(snapshot, link, row) for row in changes]
    entries += [use_entry(row) for row in uses]
    entries.sort(key=lambda entry: entry["block_number"])
    return entries[-MOST_HISTORY:]
