"""Questions to the compliance desk: the rules of years, obligations, limits and their use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from registry_node.domain.limits import Figures, Limit, Surrendered, uses
from registry_node.domain.references import short_text
from registry_node.indexer.questions import Asked, Question, as_address, as_word
from registry_node.indexer.questions_desks import question
from registry_node.indexer.report import Report

_DECIDED = 3  # confirmed or assigned: from here on the emissions count

_LIMITS = (
    "registry_id, year, base, basis_points, amount, parent, unit_types, category, region, outside"
)

_SURRENDERED = """
SELECT c.registry_id, u.address, u.compliance_year, c.unit_type, c.category, c.region,
       SUM(CASE u.state WHEN 3 THEN u.quantity ELSE -u.quantity END)
FROM unit_use u JOIN unit_class c ON c.id = u.class_id
WHERE u.state IN (1, 3) AND u.block <= :h GROUP BY u.address, u.compliance_year, c.id
"""
# A use with the state HELD took a surrender back.


def questions(asked: Asked, report: Report) -> Iterator[Question]:
    limits = _limits(asked)
    yield from _years(asked, report, limits)
    yield from _obligations(asked, report)
    yield from _uses(asked, report, limits)


Limits = dict[tuple[int, int], list[Limit]]


def _limits(asked: Asked) -> Limits:
    """Those of each year, in their order."""
    found: Limits = defaultdict(list)
    for registry_id, year, *limit in asked.versions(
        "compliance_limit", _LIMITS, "registry_id, year, place"
    ):
        found[registry_id, year].append(Limit._make(limit))
    return found


_YEAR_WORDS, _LIMIT_WORDS = 7, 8


def _years(asked: Asked, report: Report, limits: Limits) -> Iterator[Question]:
    """The rules of each year, with all its limits."""
    columns = (
        "registry_id, year, deadline, first_vintage, last_vintage, reversal_window,"
        " deduction_multiple, banking, closed"
    )
    for registry_id, year, *mirror in asked.versions("compliance_year", columns):
        yield question(
            report,
            "year",
            f"{asked.registries[registry_id][0]} {year}",
            (mirror, limits[registry_id, year]),
            (asked.desks[registry_id, "compliance"], "ComplianceDesk", "yearOf", (year,)),
            read=lambda w, _: (w[:_YEAR_WORDS], _limits_read(w[_YEAR_WORDS + 1 :])),
        )


def _limits_read(words: list[int]) -> list[Limit]:
    """The length of the list, then eight words for each limit."""
    rows = [words[1 + i * _LIMIT_WORDS :][:_LIMIT_WORDS] for i in range(words[0])]
    return [
        Limit._make((*row[:5], *(short_text(as_word(word)) for word in row[5:7]), row[7]))
        for row in rows
    ]


def _obligations(asked: Asked, report: Report) -> Iterator[Question]:
    columns = (
        "registry_id, address, year, state, settled, emissions, debt, surrendered, initial, issued,"
        " verifier, report"
    )
    for registry_id, address, year, *mirror, verifier, hashed in asked.versions(
        "obligation", columns
    ):
        desk = asked.desks[registry_id, "compliance"]
        yield question(
            report,
            "obligation",
            f"{asked.registries[registry_id][0]} 0x{address.hex()} {year}",
            (*mirror, verifier or bytes(20), hashed or bytes(32)),
            (desk, "ComplianceDesk", "obligationOf", (address, year)),
            read=lambda w, _: (*w[:7], as_address(w[7]), as_word(w[8])),
        )


def _uses(asked: Asked, report: Report, limits: Limits) -> Iterator[Question]:
    """What counts against each limit, and the most it allows, in each operator's year."""
    units: dict[tuple[int, bytes, int], list[Surrendered]] = defaultdict(list)
    for registry_id, address, year, *surrendered in asked.rows(_SURRENDERED):
        units[registry_id, address, year].append(Surrendered._make(surrendered))
    columns = "registry_id, address, year, state, emissions, debt, initial, issued"
    for registry_id, address, year, state, emissions, *rest in asked.versions(
        "obligation", columns
    ):
        figures = Figures(emissions if state >= _DECIDED else 0, *rest)
        rules, used = limits[registry_id, year], units[registry_id, address, year]
        desk = asked.desks[registry_id, "compliance"]
        for place, use in enumerate(uses(rules, used, figures)):
            yield question(
                report,
                "limit",
                f"{asked.registries[registry_id][0]} 0x{address.hex()} {year} {place}",
                list(use),
                (desk, "ComplianceDesk", "limitUse", (address, year, place)),
                read=lambda w, _: w,
            )
