"""The history of an import quota, and what a transfer would do to it."""

from __future__ import annotations

from linking.attributes import Attributes, with_region
from linking.quotas import NO_METER, Passage, Restriction, Terms, quote
from linking.rates import convert_down
from linking.symbols import foreign_symbol
from registry_node.domain.errors import NotFound
from registry_node.domain.references import MAX_SERIAL
from registry_node.domain.words import UnitType
from registry_node.queries import find, rules, terms
from registry_node.queries.links import (
    find_link,
    meter,
    name,
    pending,
    shown_meter,
    standing,
)
from registry_node.queries.movements import rate
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment
from registry_node.store.connection import NamedRow

MAX_HISTORY = 500
"""Entries of a quota's history that are shown: the latest ones."""


def quota(snapshot: Snapshot, wanted: str) -> Json:
    """The meter of a link in the current quota period, and how it came to stand there."""
    row = find_link(snapshot, wanted)
    current = terms.in_force(snapshot, row)
    return {
        "link": name(row),
        "terms_version": row["version"],
        "meter": shown_meter(snapshot, row, current) if current else None,
        "waiting_terms": pending(terms.waiting(snapshot, row)),
        "history": _history(snapshot, row),
    }


def quote_transfer(snapshot: Snapshot, wanted: str, symbol: str, quantity: int) -> Json:
    """What a transfer of `quantity` source units would do in the snapshot's ledger block, as far as
    it depends on the link and the class; who may send and receive, their registries say."""
    row = find_link(snapshot, wanted)
    current = terms.in_force(snapshot, row)
    value = current.value if current else None
    now = meter(snapshot, row, current) if current else NO_METER
    passage = _passage(snapshot, row, symbol, value, quantity)
    answer = quote(value, quantity, now.used, standing(snapshot, row), passage)
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
        "quota_used": str(now.used),
        "quota_remaining": str(max(0, limit - now.used)),
        "period_start": moment(now.start) if current else None,
        "period_end": moment(now.end) if current else None,
        "changes_at": moment(waiting.row["effective_at"]) if waiting else None,
        "allowed": answer.restriction is Restriction.NONE,
        "restriction": answer.restriction.name,
        "restriction_code": int(answer.restriction),
        "reason": answer.reason,
    }


# ---- whether a class may cross --------------------------------------------------------------


def _passage(
    snapshot: Snapshot, link: NamedRow, symbol: str, value: Terms | None, quantity: int
) -> Passage:
    """As `LinkPassages._passageOf`: a class that was imported before is what it was said to be
    then; a new one is what the source says of it."""
    try:
        home = find.unit_class(snapshot, link["source"], symbol)
    except NotFound:
        return Passage(known=False)
    if value is None:
        return Passage()
    received = convert_down(quantity, value.rate)
    abroad = snapshot.all(
        "SELECT * FROM unit_class WHERE registry_id = :id AND origin_class_id = :origin"
        " AND block <= :h ORDER BY id",
        id=link["destination_id"],
        origin=home["id"],
    )
    latest = abroad[-1] if abroad else None
    is_new = latest is None or find.issued(snapshot, latest["id"]) + received > MAX_SERIAL
    named = foreign_symbol(_code(snapshot, link), symbol, len(abroad) + is_new)
    taken = named is not None and is_new and _exists(snapshot, link["destination_id"], named)
    is_foreign = home["unit_type"] == UnitType.FOREIGN
    described = latest or home
    return Passage(
        eligible=value.accepts(
            home["unit_type"],
            described["vintage"],
            _attributes_abroad(snapshot, link, home, latest),
            foreign=is_foreign,
        ),
        named=named is not None and not taken,
    )


def _attributes_abroad(
    snapshot: Snapshot, link: NamedRow, home: NamedRow, latest: NamedRow | None
) -> Attributes:
    if latest is not None:
        return rules.attributes_of(snapshot, latest["id"])
    return with_region(rules.attributes_of(snapshot, home["id"]), _code(snapshot, link))


def _code(snapshot: Snapshot, link: NamedRow) -> str:
    """The source's code, as it was when it was admitted."""
    row = snapshot.one(
        "SELECT code FROM member WHERE registry_id = :id AND from_height <= :h AND :h < to_height",
        id=link["source_id"],
    )
    return str(row["code"] if row else link["source"])


def _exists(snapshot: Snapshot, registry_id: int, symbol: str) -> bool:
    row = snapshot.one(
        "SELECT 1 FROM unit_class WHERE registry_id = :id AND symbol = :symbol AND block <= :h",
        id=registry_id,
        symbol=symbol,
    )
    return row is not None


# ---- the history ----------------------------------------------------------------------------


def terms_entry(snapshot: Snapshot, link: NamedRow, row: NamedRow) -> Json:
    """That terms came into force, or their quota was lowered: a row of link_terms."""
    return {
        "what": "terms",
        "block_number": row["block"],
        "time": moment(row["timestamp"]),
        "terms_version": row["version"],
        "quota": str(terms.LinkTerms(snapshot, link, row).quota),
        **terms.changed(snapshot, link, row),
        "transaction_hash": hexed(row["tx_hash"]),
        "period_start": None,
        "period_end": None,
        "used": None,
    }


def use_entry(row: NamedRow) -> Json:
    """How much of a period's quota is used from a ledger block on: a row of meter."""
    return {
        "what": "use",
        "block_number": row["block"],
        "time": moment(row["timestamp"]),
        "terms_version": None,
        "quota": str(row["quota"]),
        **dict.fromkeys(
            ("changed_by", "changed_by_label", "carried_out_by", "carried_out_by_label")
        ),
        "transaction_hash": None,
        "period_start": moment(row["period_start"]),
        "period_end": moment(row["period_end"]),
        "used": str(row["used"]),
    }


def _history(snapshot: Snapshot, link: NamedRow) -> list[Json]:
    """Changes of the limit and of what is used, oldest first."""
    changes = snapshot.all(
        "SELECT t.*, b.timestamp FROM link_terms t JOIN header b ON b.number = t.block"
        " WHERE t.link_id = :id AND t.stage = 1 AND t.block <= :h"
        " ORDER BY t.block DESC, t.log_index DESC LIMIT :most",
        id=link["id"],
        most=MAX_HISTORY,
    )
    uses = snapshot.all(
        "SELECT q.period_start, q.period_end, q.used, q.quota, q.from_height AS block, b.timestamp"
        " FROM meter q JOIN header b ON b.number = q.from_height"
        " WHERE q.link_id = :id AND q.from_height <= :h ORDER BY q.from_height DESC LIMIT :most",
        id=link["id"],
        most=MAX_HISTORY,
    )
    entries = [terms_entry(snapshot, link, row) for row in changes]
    entries += [use_entry(row) for row in uses]
    entries.sort(key=lambda entry: entry["block_number"])
    return entries[-MAX_HISTORY:]
