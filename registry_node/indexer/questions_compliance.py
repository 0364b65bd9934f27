"""Questions to the compliance desk: the rules of years, obligations, limits and their use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from linking.attributes import Attributes, conditions
from linking.limits import Base, Figures, Limit, Surrendered, Year
from registry_node.domain.conditions import words
from registry_node.indexer.questions import Asked, Question, as_address, as_word, question
from registry_node.indexer.report import Report

_CONTRACT = "ComplianceDesk"
_DECIDED = 3  # confirmed or assigned: from here on the emissions count
_NO_CLASS = 0

_LIMITS = (
    "base, basis_points, amount, parent, unit_types, vintages, of_all, per, base_attribute,"
    " conditions"
)

# What was surrendered while a desk was in office was so by its order. A use with the state HELD
# took a surrender back.
_SURRENDERED = """
SELECT o.desk, u.compliance_year, u.address, c.id, c.unit_type, c.vintage,
       SUM(CASE u.state WHEN 3 THEN u.quantity ELSE -u.quantity END)
FROM unit_use u JOIN unit_class c ON c.id = u.class_id
JOIN office o ON o.registry_id = c.registry_id AND o.name = 'compliance'
  AND o.from_height <= u.block AND u.block < o.to_height
WHERE u.state IN (1, 3) AND u.block <= :h GROUP BY o.desk, u.address, u.compliance_year, c.id
"""


def questions(asked: Asked, report: Report) -> Iterator[Question]:
    yield from _years(asked, report)
    yield from _exclusions(asked, report)
    yield from _obligations(asked, report)
    yield from _uses(asked, report)


# ---- the rules of a year --------------------------------------------------------------------


def _limits(asked: Asked) -> Mapping[tuple[bytes, int], list[tuple[Any, ...]]]:
    """Those of each year at each desk, in their order, the conditions as the ledger has them."""
    found: dict[tuple[bytes, int], list[tuple[Any, ...]]] = defaultdict(list)
    for desk, year, *limit, text in asked.versions(
        "compliance_limit", f"desk, year, {_LIMITS}", "registry_id, desk, year, place"
    ):
        found[desk, year].append((*limit, words(text)))
    return found


def _years(asked: Asked, report: Report) -> Iterator[Question]:
    """The rules of each year, with all its limits."""
    limits = _limits(asked)
    columns = (
        "registry_id, desk, year, deadline, year_before, first_vintage, last_vintage,"
        " reversal_window, dispute_window, correction_window, deduction_multiple, banking, closed"
    )
    for registry_id, desk, year, *mirror in asked.versions("compliance_year", columns):
        yield question(
            report,
            "year",
            f"{asked.code(registry_id)} {year}",
            (tuple(mirror), tuple(limits[desk, year])),
            (desk, _CONTRACT, "yearOf", (year,)),
            take=lambda rules, listed: (rules, listed),
        )


def _exclusions(asked: Asked, report: Report) -> Iterator[Question]:
    found: dict[tuple[int, bytes, int], list[Any]] = defaultdict(list)
    for registry_id, desk, year in asked.versions("compliance_year", "registry_id, desk, year"):
        found[registry_id, desk, year] = []
    for registry_id, desk, year, text in asked.rows(
        "SELECT registry_id, desk, year, conditions FROM excluded_classes WHERE block <= :h"
        " ORDER BY block, log_index"
    ):
        found[registry_id, desk, year].append(words(text))
    for (registry_id, desk, year), mirror in found.items():
        yield question(
            report,
            "exclusions",
            f"{asked.code(registry_id)} {year}",
            tuple(mirror),
            (desk, _CONTRACT, "exclusionsOf", (year,)),
            take=lambda listed: listed,
        )


# ---- operators' years -----------------------------------------------------------------------


def _obligations(asked: Asked, report: Report) -> Iterator[Question]:
    columns = (
        "registry_id, desk, address, year, state, settled, emissions, debt, surrendered, initial,"
        " issued, deduction, verifier, attested_at, ordered_until, reversible_until, report"
    )
    for registry_id, desk, address, year, *mirror in asked.versions("obligation", columns):
        *figures, verifier, attested, ordered, reversible, hashed = mirror
        yield question(
            report,
            "obligation",
            f"{asked.code(registry_id)} 0x{address.hex()} {year}",
            (
                *figures,
                verifier or bytes(20),
                attested,
                ordered,
                reversible,
                hashed or bytes(32),
            ),
            (desk, _CONTRACT, "obligationOf", (address, year)),
            read=lambda w: (*w[:8], as_address(w[8]), *w[9:12], as_word(w[12])),
        )


def _uses(asked: Asked, report: Report) -> Iterator[Question]:
    """What counts against each limit, and the most it allows, in each operator's year; where a
    limit counts projects apart, for each class that was surrendered."""
    attributes = attributes_of(asked)
    surrendered: dict[tuple[bytes, int], dict[int, list[Surrendered]]] = defaultdict(dict)
    for desk, year, address, class_id, unit_type, vintage, quantity in asked.rows(_SURRENDERED):
        units = Surrendered(address, unit_type, vintage, attributes[class_id], quantity)
        surrendered[desk, year].setdefault(class_id, []).append(units)
    rules = {
        key: Year(key[1], _made(limits), _all(surrendered[key]))
        for key, limits in _limits(asked).items()
    }
    limits = {key: _made(listed) for key, listed in _limits(asked).items()}
    for registry_id, desk, address, year, figures in _figures(asked):
        key = (desk, year)
        for place, limit in enumerate(limits.get(key, ())):
            apart = any(limit.per) or limit.base in {Base.ATTRIBUTE, Base.COUNTED}
            for class_id in surrendered[key] if apart else (_NO_CLASS,):
                use = rules[key].use(place, address, figures, attributes[class_id])
                token = asked.classes[class_id].token if class_id else 0
                yield question(
                    report,
                    "limit",
                    f"{asked.code(registry_id)} 0x{address.hex()} {year} {place}",
                    list(use),
                    (desk, _CONTRACT, "limitUse", (address, year, place, token)),
                    read=lambda w: w,
                )


def attributes_of(asked: Asked) -> Mapping[int, Attributes]:
    """What each class says of itself; of no class nothing."""
    found: dict[int, dict[bytes, bytes]] = defaultdict(dict)
    for class_id, attribute, word in asked.rows(
        "SELECT class_id, attribute, word FROM class_attribute WHERE block <= :h"
    ):
        found[class_id][attribute] = word
    return found


def _made(limits: list[tuple[Any, ...]]) -> list[Limit]:
    return [Limit._make((*limit, conditions(listed))) for *limit, listed in limits]


def _all(by_class: Mapping[int, list[Surrendered]]) -> list[Surrendered]:
    return [units for listed in by_class.values() for units in listed]


def _figures(asked: Asked) -> Iterator[tuple[int, bytes, bytes, int, Figures]]:
    """The figures of each operator's year, its obligation with what it inherits."""
    before = {
        (desk, year): year_before
        for desk, year, year_before in asked.versions("compliance_year", "desk, year, year_before")
    }
    deductions = {
        (desk, address, year): deduction
        for desk, address, year, deduction in asked.versions(
            "obligation", "desk, address, year, deduction"
        )
    }
    columns = "registry_id, desk, address, year, state, emissions, debt, initial, issued"
    for registry_id, desk, address, year, state, emissions, debt, *given in asked.versions(
        "obligation", columns
    ):
        confirmed = emissions if state >= _DECIDED else 0
        inherited = deductions.get((desk, address, before.get((desk, year), 0)), 0)
        figures = Figures(confirmed, confirmed + debt + inherited, *given)
        yield registry_id, desk, address, year, figures
