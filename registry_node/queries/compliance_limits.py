"""The limits of a compliance year, and how much of each an operator has used."""

from __future__ import annotations

from collections.abc import Iterator

from linking.attributes import NOTHING, Attributes, conditions
from linking.limits import Base, Figures, Limit, Surrendered, Vintages, Year
from registry_node.domain.conditions import words
from registry_node.domain.words import UnitType
from registry_node.queries import rules
from registry_node.queries.snapshot import Json, Snapshot
from registry_node.store.connection import NamedRow

_COLUMNS = (
    *("base", "basis_points", "amount", "parent", "unit_types", "vintages", "of_all", "per"),
    "base_attribute",
)

# What was surrendered while the desk was in office was so by its order. A use with the state HELD
# took a surrender back.
_SURRENDERED = """
SELECT u.address, c.id, c.symbol, c.unit_type, c.vintage,
       SUM(CASE u.state WHEN 3 THEN u.quantity ELSE -u.quantity END) AS quantity
FROM unit_use u JOIN unit_class c ON c.id = u.class_id
JOIN office o ON o.registry_id = c.registry_id AND o.name = 'compliance' AND o.desk = :desk
  AND o.from_height <= u.block AND u.block < o.to_height
WHERE u.compliance_year = :year AND c.registry_id = :id AND u.state IN (1, 3) AND u.block <= :h
GROUP BY u.address, c.id ORDER BY c.id
"""


def limits(snapshot: Snapshot, row: NamedRow, *, emissions: int, obligation: int) -> list[Json]:
    """The ceilings of an operator's year, with what counts against each and the most that it allows
    now. A limit that counts projects apart is there once for each that was surrendered."""
    year = snapshot.once(
        ("limits", snapshot.height, row["desk"], row["year"]), lambda: _Year(snapshot, row)
    )
    figures = Figures(emissions, obligation, row["initial"], row["issued"])
    return list(year.told(row["address"], figures))


class _Year:
    def __init__(self, snapshot: Snapshot, row: NamedRow) -> None:
        names = ", ".join(_COLUMNS)
        found = snapshot.all(
            f"SELECT {names}, conditions FROM compliance_limit"  # noqa: S608
            " WHERE registry_id = :id AND desk = :desk AND year = :year"
            " AND from_height <= :h AND :h < to_height ORDER BY place",
            id=row["registry_id"],
            desk=row["desk"],
            year=row["year"],
        )
        self._texts = [r["conditions"] for r in found]
        self._limits = [
            Limit._make((*(r[name] for name in _COLUMNS), conditions(words(r["conditions"]))))
            for r in found
        ]
        attributes = rules.all_attributes(snapshot)
        rows = snapshot.all(_SURRENDERED, id=row["registry_id"], desk=row["desk"], year=row["year"])
        self._classes = {r["symbol"]: attributes.get(r["id"], {}) for r in rows}
        self._year = Year(
            row["year"],
            self._limits,
            [
                Surrendered(
                    r["address"],
                    r["unit_type"],
                    r["vintage"],
                    attributes.get(r["id"], {}),
                    r["quantity"],
                )
                for r in rows
            ],
        )

    def told(self, account: bytes, figures: Figures) -> Iterator[Json]:
        for place, limit in enumerate(self._limits):
            for symbol, attributes in self._apart(limit):
                use = self._year.use(place, account, figures, attributes)
                yield {
                    "base": Base(limit.base).name.lower(),
                    "basis_points": limit.basis_points if limit.base != Base.ABSOLUTE else None,
                    "of_limit": limit.parent if limit.base == Base.COUNTED else None,
                    "of_attribute": _name(limit.base_attribute),
                    "unit_types": [t.name for t in UnitType if limit.unit_types & (1 << t)],
                    "vintages": Vintages(limit.vintages).name.lower(),
                    "of_all_operators": bool(limit.of_all),
                    "for_each": _name(limit.per),
                    "class": symbol,
                    "conditions": rules.shown_conditions(words(self._texts[place])),
                    "used": str(use.counted),
                    "max": str(use.max),
                }

    def _apart(self, limit: Limit) -> Iterator[tuple[str | None, Attributes]]:
        if limit.per == NOTHING and limit.base != Base.ATTRIBUTE:
            yield None, {}
        else:
            yield from self._classes.items()


def _name(word: bytes) -> str | None:
    return None if word == NOTHING else str(rules.shown(word))
