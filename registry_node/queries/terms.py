"""The terms of links: in force, proposed, and those whose notice runs."""

from __future__ import annotations

from typing import Any

from linking.attributes import NOTHING, conditions
from linking.quotas import Terms, share_of
from registry_node.domain.conditions import words
from registry_node.domain.references import token_id
from registry_node.domain.words import UnitType
from registry_node.queries import rules
from registry_node.queries.movements import rate, rate_of, where
from registry_node.queries.snapshot import Json, Snapshot, hexed, hexed_or_none, moment
from registry_node.store.connection import NamedRow

_TERMS = """
SELECT t.*, b.hash AS block_hash, b.timestamp FROM link_terms t JOIN header b ON b.number = t.block
WHERE t.link_id = :link_id AND t.version = :version AND t.stage = 1 AND t.block <= :h
ORDER BY t.block DESC, t.log_index DESC LIMIT 1
"""

_PROPOSED = """
SELECT t.*, b.hash AS block_hash, b.timestamp FROM link_proposal p
JOIN link_terms t ON t.block = p.proposed_in AND t.log_index = p.proposed_log
JOIN header b ON b.number = t.block
WHERE p.link_id = :link_id AND p.from_height <= :h AND :h < p.to_height
"""

# The quota is that of link_waiting, and comes first, since it may have been lowered meanwhile.
_WAITING = """
SELECT w.quota, w.quota_share, t.*, b.hash AS block_hash, b.timestamp
FROM link_waiting w JOIN link_terms t ON t.block = w.accepted_in AND t.log_index = w.accepted_log
JOIN header b ON b.number = t.block
WHERE w.link_id = :link_id AND w.from_height <= :h AND :h < w.to_height
  AND CASE WHEN w.effective_at <= :now THEN 1 ELSE 0 END = :due
"""

_CAP = """
SELECT t.cap FROM unit_class c JOIN class_total t ON t.class_id = c.id
WHERE c.registry_id = :registry_id AND c.symbol = :symbol
  AND t.from_height <= :h AND :h < t.to_height
"""


class LinkTerms:
    """A row of terms, with the link that it is of and the quota that it means now."""

    def __init__(self, snapshot: Snapshot, link: NamedRow, row: NamedRow) -> None:
        self._snapshot = snapshot
        self._link = link
        self.row = row
        self.quota = _quota(snapshot, link, row)

    @property
    def is_absent(self) -> bool:
        """Whether this is the missing direction of a one-way agreement."""
        return bool(self.row["rate_numerator"] == "0")

    @property
    def value(self) -> Terms:
        """As quotes are computed from it."""
        row = self.row
        return Terms(
            rate=rate_of(row),
            quota=self.quota,
            valid_from=row["valid_from"],
            valid_until=row["valid_until"],
            periods=_periods(row),
            unit_types=row["unit_types"],
            vintage_from=row["vintage_from"],
            vintage_to=row["vintage_to"],
            fresh_meter=bool(row["fresh_meter"]),
            unit=row["unit"],
            conditions=conditions(words(row["conditions"])),
        )

    @property
    def struct(self) -> tuple[Any, ...]:
        """In the order of the ledger's struct."""
        row = self.row
        flags = ("net", "fresh_meter", "freezes_abroad")
        return (
            int(row["rate_numerator"]),
            int(row["rate_denominator"]),
            row["quota"],
            row["quota_share"],
            token_id(row["quota_class"]),
            *(bool(row[name]) for name in flags),
            *(row[name] for name in ("notice", "valid_from", "valid_until")),
            list(_periods(row)),
            *(row[name] for name in ("unit_types", "vintage_from", "vintage_to", "unit")),
            [(name, test, list(values)) for name, test, values in words(row["conditions"])],
        )

    @property
    def is_open(self) -> bool:
        """Of proposed terms: whether they can still be accepted."""
        return bool(self._snapshot.as_of.timestamp <= self.row["deadline"])

    def to_json(self) -> Json:
        row = self.row
        share = {"basis_points": row["quota_share"], "class": row["quota_class"]}
        return {
            "version": row["version"],
            "rate": rate(row),
            "quota": str(self.quota),
            "quota_share": share if row["quota_share"] else None,
            "net": bool(row["net"]),
            "fresh_meter": bool(row["fresh_meter"]),
            "freezes_abroad": bool(row["freezes_abroad"]),
            "notice_seconds": row["notice"],
            "valid_from": moment(row["valid_from"]),
            "valid_until": moment(row["valid_until"]),
            "periods": _shown_periods(row),
            "unit_types": [kind.name for kind in UnitType if row["unit_types"] & (1 << kind)],
            "vintage_from": row["vintage_from"],
            "vintage_to": row["vintage_to"],
            "unit": None if row["unit"] == NOTHING else str(rules.shown(row["unit"])),
            "conditions": rules.shown_conditions(words(row["conditions"])),
            **changed(self._snapshot, self._link, row),
            **where(row),
        }


def changed(snapshot: Snapshot, link: NamedRow, row: NamedRow) -> Json:
    """Who decided, and who carried it out, where that was somebody else."""
    decided, carried_out = row["changed_by"], row["carried_out_by"]
    other = carried_out if carried_out != decided else None
    return {
        "changed_by": hexed(decided),
        "changed_by_label": label(snapshot, link, decided),
        "carried_out_by": hexed_or_none(other),
        "carried_out_by_label": label(snapshot, link, other) if other else None,
    }


def in_force(snapshot: Snapshot, link: NamedRow) -> LinkTerms | None:
    """The terms that a link follows; none before acceptance or in an absent direction.

    Accepted terms whose notice has passed count, whether or not a step has followed them yet.
    """
    if link["due"]:
        row = snapshot.one(_WAITING, link_id=link["id"], due=1)
    else:
        row = snapshot.one(_TERMS, link_id=link["id"], version=link["version"])
    return _present(snapshot, link, row)


def written_down(snapshot: Snapshot, link: NamedRow) -> LinkTerms | None:
    """The terms that the ledger has written down as in force: those before, where the notice of
    others has passed and no step has followed them yet."""
    version = link["version"] - 1 if link["due"] else link["version"]
    return _present(snapshot, link, snapshot.one(_TERMS, link_id=link["id"], version=version))


def _present(snapshot: Snapshot, link: NamedRow, row: NamedRow | None) -> LinkTerms | None:
    found = LinkTerms(snapshot, link, row) if row else None
    return None if found is None or found.is_absent else found


def proposed(snapshot: Snapshot, link: NamedRow) -> LinkTerms | None:
    """Terms that wait for the other side, or have waited for it too long."""
    row = snapshot.one(_PROPOSED, link_id=link["id"])
    return LinkTerms(snapshot, link, row) if row else None


def waiting(snapshot: Snapshot, link: NamedRow) -> LinkTerms | None:
    """Accepted terms whose notice still runs."""
    row = snapshot.one(_WAITING, link_id=link["id"], due=0)
    return LinkTerms(snapshot, link, row) if row else None


def due(snapshot: Snapshot, link: NamedRow) -> LinkTerms | None:
    """Accepted terms whose notice has passed, while no step has followed them yet."""
    row = snapshot.one(_WAITING, link_id=link["id"], due=1)
    return LinkTerms(snapshot, link, row) if row else None


def label(snapshot: Snapshot, link: NamedRow, address: bytes) -> str | None:
    """The name of a link administrator, on whichever side it is; of a desk, its programme's."""
    for side in ("source", "destination"):
        found = snapshot.label(link[f"{side}_id"], address)
        if found:
            return found
    desk = desk_side(snapshot, address)
    return f"two link administrators of {desk}" if desk else None


def desk_side(snapshot: Snapshot, address: bytes) -> str | None:
    """The programme whose desk is at an address."""
    row = snapshot.one(
        "SELECT r.code FROM desk d JOIN registry r ON r.id = d.registry_id WHERE d.address = ?",
        address,
    )
    return row["code"] if row else None


def _quota(snapshot: Snapshot, link: NamedRow, row: NamedRow) -> int:
    """In units; a share of a cap follows the cap."""
    if not row["quota_share"]:
        return int(row["quota"])
    found = snapshot.one(_CAP, registry_id=link["destination_id"], symbol=row["quota_class"])
    return share_of(found["cap"] if found else 0, row["quota_share"])


def _periods(row: NamedRow) -> tuple[int, ...]:
    return tuple(map(int, filter(None, row["periods"].split(","))))


def _shown_periods(row: NamedRow) -> list[Json]:
    """First and last second of each quota period."""
    ends = _periods(row)
    starts = (row["valid_from"], *(end + 1 for end in ends))
    return [
        {"start": moment(start), "end": moment(end)}
        for start, end in zip(starts, ends, strict=False)
    ]
