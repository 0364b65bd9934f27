"""The terms of links: in force, proposed, and those whose notice runs."""

from __future__ import annotations

from typing import Any

from linking.quotas import Terms, share_of
from registry_node.domain.references import token_id
from registry_node.domain.words import UnitType
from registry_node.queries.movements import rate, rate_of, where
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment
from registry_node.store.connection import NamedRow

_TERMS = """
SELECT t.*, b.hash AS block_hash, b.timestamp FROM link_terms t JOIN header b ON b.number = t.block
WHERE t.link_id = :link_id AND t.version = :version AND t.in_force = :in_force AND t.block <= :h
ORDER BY t.block DESC, t.log_index DESC LIMIT 1
"""

# The quota is that of link_waiting, and comes first, since it may have been lowered meanwhile.
_WAITING = """
SELECT w.quota, w.quota_share, w.quota_class, t.*, b.hash AS block_hash, b.timestamp
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
            period_start=row["period_start"],
            period_length=row["period_length"],
            unit_types=row["unit_types"],
            vintage_from=row["vintage_from"],
            vintage_to=row["vintage_to"],
            categories=tuple(_words(row["categories"])),
            regions=tuple(_words(row["regions"])),
        )

    @property
    def struct(self) -> tuple[Any, ...]:
        """In the order of the ledger's struct."""
        row = self.row
        times = ("valid_from", "valid_until", "period_start", "period_length")
        return (
            int(row["rate_numerator"]),
            int(row["rate_denominator"]),
            row["quota"],
            row["quota_share"],
            token_id(row["quota_class"]),
            bool(row["net"]),
            row["notice"],
            *(row[name] for name in times),
            *(row[name] for name in ("unit_types", "vintage_from", "vintage_to")),
            *(
                [token_id(word).to_bytes(32, "big") for word in _words(row[name])]
                for name in ("categories", "regions")
            ),
        )

    def to_json(self) -> Json:
        row = self.row
        share = {"basis_points": row["quota_share"], "class": row["quota_class"]}
        return {
            "version": row["version"],
            "rate": rate(row),
            "quota": str(self.quota),
            "quota_share": share if row["quota_share"] else None,
            "net": bool(row["net"]),
            "notice_seconds": row["notice"],
            "valid_from": moment(row["valid_from"]),
            "valid_until": moment(row["valid_until"]),
            "period_start": moment(row["period_start"]),
            "period_seconds": row["period_length"],
            "unit_types": [kind.name for kind in UnitType if row["unit_types"] & (1 << kind)],
            "vintage_from": row["vintage_from"],
            "vintage_to": row["vintage_to"],
            "categories": _words(row["categories"]),
            "regions": _words(row["regions"]),
            "changed_by": hexed(row["changed_by"]),
            "changed_by_label": label(self._snapshot, self._link, row["changed_by"]),
            **where(row),
        }


def in_force(snapshot: Snapshot, link: NamedRow) -> LinkTerms | None:
    """The terms that a link follows; none before acceptance or in an absent direction.

    Accepted terms whose notice has passed count, whether or not a step has followed them yet.
    """
    if link["due"]:
        row = snapshot.one(_WAITING, link_id=link["id"], due=1)
    else:
        row = snapshot.one(_TERMS, link_id=link["id"], version=link["version"], in_force=1)
    found = LinkTerms(snapshot, link, row) if row else None
    return None if found is None or found.is_absent else found


def proposed(snapshot: Snapshot, link: NamedRow) -> LinkTerms | None:
    """Terms that wait for the other side. They lapse with the version that they were made for."""
    row = snapshot.one(_TERMS, link_id=link["id"], version=link["version"] + 1, in_force=0)
    return LinkTerms(snapshot, link, row) if row else None


def waiting(snapshot: Snapshot, link: NamedRow) -> LinkTerms | None:
    """Accepted terms whose notice still runs."""
    row = snapshot.one(_WAITING, link_id=link["id"], due=0)
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


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]
