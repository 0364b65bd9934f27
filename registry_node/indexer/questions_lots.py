"""Questions to the link gateway about lots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from registry_node.indexer.questions import Asked, Question, call_data, numbers, question
from registry_node.indexer.questions_links import CONTRACT
from registry_node.indexer.report import Report

_LOT_WORDS = 11


def questions(asked: Asked, report: Report, lots: int) -> Iterator[Question]:
    yield from _lots(asked, report, lots)
    yield from _waiting(asked, report)


def _lots(asked: Asked, report: Report, lots: int) -> Iterator[Question]:
    links = {link_id for (link_id,) in asked.rows("SELECT id FROM link WHERE block <= :h")}
    states = {
        row[0]: row[1:] for row in asked.versions("lot_state", "lot_id, escrowed, outstanding")
    }
    sources: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for lot_id, first, last in asked.rows(
        "SELECT lot_id, first, last FROM lot_source WHERE block <= :h"
        " ORDER BY lot_id, source_offset"
    ):
        sources[lot_id].append((first, last - first + 1))
    mirror: dict[int, list[object]] = {}
    for lot_id, *terms, source, foreign in asked.rows(
        "SELECT id, link_id, version, source_count, foreign_first, foreign_count, rate_numerator,"
        " rate_denominator, source_class_id, foreign_class_id FROM lot WHERE block <= :h"
    ):
        escrowed, outstanding = states.get(lot_id, (-1, -1))
        *counted, numerator, denominator = map(int, terms)
        rate = [numerator, denominator]
        tokens = [asked.classes[source].token, asked.classes[foreign].token]
        mirror[lot_id] = [*counted, escrowed, *rate, outstanding, *tokens, sources[lot_id]]
    for lot_id in range(1, lots + 1):

        def check(answer: bytes, lot_id: int = lot_id) -> None:
            words = numbers(answer)  # the lot, offset and length of the list, the list
            if lot_id in mirror or words[0] in links:
                ranges = words[_LOT_WORDS + 2 :]
                pairs = list(zip(ranges[::2], ranges[1::2], strict=True))
                ledger = [*words[:_LOT_WORDS], pairs]
                report.compare("lot", str(lot_id), mirror.get(lot_id, "nothing"), ledger)

        yield Question(asked.gateway, call_data(CONTRACT, "lotOf", lot_id), check)


def _waiting(asked: Asked, report: Report) -> Iterator[Question]:
    """What waits for the source's registry, of every lot of which something ever did. The gateway
    keeps it in no order."""
    found: dict[int, list[tuple[int, int, int, bytes]]] = {
        lot_id: []
        for (lot_id,) in asked.rows(
            "SELECT DISTINCT lot_id FROM lot_waiting WHERE from_height <= :h"
        )
    }
    for lot_id, first, last, state, recipient in asked.versions(
        "lot_waiting", "lot_id, first, last, state, recipient"
    ):
        found[lot_id].append((first, last - first + 1, state, recipient))
    for lot_id, mirror in found.items():
        yield question(
            report,
            "lot waiting",
            str(lot_id),
            sorted(mirror),
            (asked.gateway, CONTRACT, "waitingOf", (lot_id,)),
            take=sorted,
        )
