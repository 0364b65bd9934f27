"""Questions to the link gateway: links, terms, quota meters, lots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from registry_node.chain.client import ChainClient
from registry_node.domain.references import token_id
from registry_node.indexer.questions import Asked, Question, as_address, call_data, numbers
from registry_node.indexer.report import Report

_CONTRACT = "LinkGateway"


class Counts(NamedTuple):
    """How many there are on the ledger, of links with strangers too."""

    agreements: int
    lots: int


def counts(client: ChainClient, asked: Asked, block_hash: bytes) -> Counts:
    """Ask the gateway how many agreements and lots there are."""
    calls = [(asked.gateway, call_data(_CONTRACT, name)) for name in ("agreementCount", "lotCount")]
    agreements, lots = (numbers(a)[0] for a in client.contract_calls(calls, block_hash))
    return Counts(agreements, lots)


def questions(asked: Asked, report: Report, there_are: Counts) -> Iterator[Question]:
    links = _links_of(asked)
    yield from _links(asked, report, links, there_are.agreements)
    yield from _terms(asked, report)
    yield from _waiting(asked, report, links)
    yield from _quotas(asked, report)
    yield from _lots(asked, report, set(links), there_are.lots)


Link = tuple[bytes, bytes, int, int]


def _links_of(asked: Asked) -> dict[int, Link]:
    """Source, destination, version and suspension of each link that the mirror has."""
    columns = "link_id, version, suspended_by"
    due = {
        link_id
        for link_id, effective_at in asked.versions("link_waiting", "link_id, effective_at")
        if effective_at <= asked.timestamp
    }
    # Terms whose notice has passed count, whether or not a step has followed them yet.
    states = {
        link_id: (version + (link_id in due), suspended_by)
        for link_id, version, suspended_by in asked.versions("link_state", columns)
    }
    return {
        link_id: (
            asked.registries[source][1],
            asked.registries[destination][1],
            *states.get(link_id, (-1, -1)),
        )
        for link_id, source, destination in asked.rows(
            "SELECT id, source_id, destination_id FROM link WHERE block <= :h"
        )
    }


def _links(
    asked: Asked, report: Report, links: dict[int, Link], agreements: int
) -> Iterator[Question]:
    known = {address for _, address in asked.registries.values()}
    for link_id in range(2, 2 * agreements + 2):

        def check(answer: bytes, link_id: int = link_id) -> None:
            source, destination, version, suspended = numbers(answer)
            ledger = (as_address(source), as_address(destination), version, suspended)
            if link_id in links or {*ledger[:2]} <= known:
                report.compare("link", str(link_id), links.get(link_id, "nothing"), ledger)

        yield Question(asked.gateway, call_data(_CONTRACT, "linkOf", link_id), check)


_COLUMNS = (
    "rate_numerator, rate_denominator, {q}.quota, {q}.quota_share, {q}.quota_class, net, notice,"
    " valid_from, valid_until, period_start, period_length, unit_types, vintage_from,"
    " vintage_to, categories, regions"
)


def _terms(asked: Asked, report: Report) -> Iterator[Question]:
    """The terms in force. Those of past versions are in no contract; their events were."""
    columns = _COLUMNS.format(q="t")
    for link_id, version, *terms in asked.rows(
        f"SELECT s.link_id, s.version, {columns} FROM link_state s"  # noqa: S608
        " LEFT JOIN link_terms t ON t.link_id = s.link_id AND t.version = s.version"
        " AND t.in_force = 1 AND t.block <= :h"
        " WHERE s.version > 0 AND s.from_height <= :h AND :h < s.to_height"
        " AND NOT EXISTS (SELECT 1 FROM link_waiting w WHERE w.link_id = s.link_id"
        " AND w.from_height <= :h AND :h < w.to_height"
        f" AND w.effective_at <= {asked.timestamp})"
    ):
        mirror: object = "nothing" if None in terms else _terms_kept(terms)

        def check(
            answer: bytes, name: str = f"{link_id} version {version}", mirror: object = mirror
        ) -> None:
            report.compare("terms", name, mirror, _terms_read(numbers(answer)))

        yield Question(asked.gateway, call_data(_CONTRACT, "termsOf", link_id), check)


def _waiting(asked: Asked, report: Report, links: dict[int, Link]) -> Iterator[Question]:
    """Accepted terms whose notice runs, or has passed without a step that follows them."""
    columns = _COLUMNS.format(q="w")
    waiting = {
        link_id: (_terms_kept(terms), effective_at)
        for link_id, effective_at, *terms in asked.rows(
            f"SELECT w.link_id, w.effective_at, {columns} FROM link_waiting w"  # noqa: S608
            " JOIN link_terms t ON t.block = w.accepted_in AND t.log_index = w.accepted_log"
            " WHERE w.from_height <= :h AND :h < w.to_height"
        )
    }
    for link_id in links:

        def check(answer: bytes, link_id: int = link_id) -> None:
            words = numbers(answer)
            # The offset of the terms, the time, the terms.
            ledger = (_terms_read(words[1:]), words[1]) if words[1] else "nothing"
            report.compare("waiting", str(link_id), waiting.get(link_id, "nothing"), ledger)

        yield Question(asked.gateway, call_data(_CONTRACT, "scheduledTermsOf", link_id), check)


def _terms_kept(terms: list[Any]) -> list[Any]:
    """A row's values as the contract has them."""
    *numeric, categories, regions = terms
    numeric[4] = token_id(numeric[4])
    return [*(int(value) for value in numeric), *map(_listed, (categories, regions))]


def _listed(words: str) -> list[int]:
    return [token_id(word) for word in words.split(",") if word]


def _terms_read(words: list[int]) -> list[Any]:
    """An offset, fourteen words, the offsets of two lists, the lists."""
    body = words[1:]
    lists = []
    for offset in body[14:16]:
        start = offset // 32
        lists.append(body[start + 1 : start + 1 + body[start]])
    return [*body[:14], *lists]


def _quotas(asked: Asked, report: Report) -> Iterator[Question]:
    for link_id, start, used in asked.versions("quota_use", "link_id, period_start, used"):

        def check(answer: bytes, name: str = f"{link_id} from {start}", used: int = used) -> None:
            report.compare("quota", name, used, numbers(answer)[0])

        yield Question(asked.gateway, call_data(_CONTRACT, "quotaUsed", link_id, start), check)


def _lots(asked: Asked, report: Report, links: set[int], lots: int) -> Iterator[Question]:
    columns = "lot_id, escrowed, outstanding"
    states = {row[0]: row[1:] for row in asked.versions("lot_state", columns)}
    sources: dict[int, list[tuple[int, int]]] = {}
    for lot_id, first, last in asked.rows(
        "SELECT lot_id, first, last FROM lot_source WHERE block <= :h"
        " ORDER BY lot_id, source_offset"
    ):
        sources.setdefault(lot_id, []).append((first, last - first + 1))
    mirror: dict[int, list[object]] = {}
    for lot_id, *terms, source, foreign in asked.rows(
        "SELECT id, link_id, version, source_count, foreign_first, foreign_count, rate_numerator,"
        " rate_denominator, source_class_id, foreign_class_id FROM lot WHERE block <= :h"
    ):
        escrowed, outstanding = states.get(lot_id, (-1, -1))
        *counted, numerator, denominator = map(int, terms)
        rate = [numerator, denominator]
        tokens = [asked.classes[source].token, asked.classes[foreign].token]
        ranges = sources.get(lot_id, [])
        mirror[lot_id] = [*counted, escrowed, *rate, outstanding, *tokens, ranges]
    for lot_id in range(1, lots + 1):

        def check(answer: bytes, lot_id: int = lot_id) -> None:
            words = numbers(answer)  # eleven of the lot, offset and length of the list, the list
            if lot_id in mirror or words[0] in links:
                pairs = list(zip(words[13::2], words[14::2], strict=True))
                ledger = [*words[:11], pairs]
                report.compare("lot", str(lot_id), mirror.get(lot_id, "nothing"), ledger)

        yield Question(asked.gateway, call_data(_CONTRACT, "lotOf", lot_id), check)
