"""Questions to the link gateway about members, agreements, links, terms and quota meters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from linking.quotas import NO_METER, Meter, Terms, share_of
from linking.rates import Rate
from registry_node.chain.client import ChainClient
from registry_node.domain.conditions import words
from registry_node.domain.references import token_id
from registry_node.indexer.questions import (
    Asked,
    Question,
    as_address,
    as_word,
    call_data,
    numbers,
    question,
)
from registry_node.indexer.report import Report

CONTRACT = "LinkGateway"
_NOBODY = bytes(20)


class Counts(NamedTuple):
    """How many there are on the ledger, of members that this deployment leaves out too."""

    agreements: int
    lots: int
    successions: int


NONE = Counts(0, 0, 0)


def counts(client: ChainClient, asked: Asked, block_hash: bytes) -> Counts:
    """Ask the gateway how many agreements, lots and successions there are."""
    names = ("agreementCount", "lotCount", "successionCount")
    calls = [(asked.gateway, call_data(CONTRACT, name)) for name in names]
    return Counts(*(numbers(answer)[0] for answer in client.contract_calls(calls, block_hash)))


def questions(asked: Asked, report: Report, there_are: Counts) -> Iterator[Question]:
    links = links_of(asked)
    yield from _members(asked, report)
    yield from _successions(asked, report, there_are.successions)
    yield from _claims(asked, report)
    yield from _editions(asked, report)
    yield from _links(asked, report, links, there_are.agreements)
    yield from _terms(asked, report, links)


# ---- members --------------------------------------------------------------------------------


def _members(asked: Asked, report: Report) -> Iterator[Question]:
    """Of every programme of the deployment: one that is no member has no code there."""
    members = {
        registry_id: (token_id(code), succession)
        for registry_id, code, succession in asked.versions(
            "member", "registry_id, code, succession"
        )
    }
    for registry_id, (code, address) in asked.registries.items():
        yield question(
            report,
            "member",
            code,
            members.get(registry_id, (0, 0)),
            (asked.gateway, CONTRACT, "memberOf", (address,)),
            read=tuple,
        )


def _successions(asked: Asked, report: Report, there_are: int) -> Iterator[Question]:
    columns = "number, edition, code_hash, ready_at, accepted, stopped_by, done"
    known = {
        number: (edition, code_hash, ready_at, accepted, int(stopped is not None), done)
        for number, edition, code_hash, ready_at, accepted, stopped, done in asked.versions(
            "succession", columns
        )
    }
    for number in range(1, there_are + 1):
        yield question(
            report,
            "succession",
            str(number),
            known.get(number, "nothing"),
            (asked.gateway, CONTRACT, "successionOf", (number,)),
            read=lambda w: (as_address(w[0]), as_word(w[1]), *w[2:]),
        )


def _claims(asked: Asked, report: Report) -> Iterator[Question]:
    for hashed, registry_id in asked.rows(
        "SELECT report, registry_id FROM report_claim WHERE block <= :h"
    ):
        yield question(
            report,
            "claim",
            f"{asked.code(registry_id)} 0x{hashed.hex()}",
            asked.registries[registry_id][1],
            (asked.gateway, CONTRACT, "claimOf", (hashed,)),
            read=lambda w: as_address(w[0]),
        )


def _editions(asked: Asked, report: Report) -> Iterator[Question]:
    for agreement, registry_id, edition in sorted(accepted_editions(asked)):
        yield question(
            report,
            "edition",
            f"{asked.code(registry_id)} agreement {agreement}",
            1,
            (
                asked.gateway,
                CONTRACT,
                "isEditionAccepted",
                (agreement, asked.registries[registry_id][1], edition),
            ),
        )


_CONSENTED, _ACCEPTED = 0, 1


def accepted_editions(asked: Asked) -> set[tuple[int, int, bytes]]:
    """Agreement, registry and code that its partner accepted. What a proposal consents to counts
    when the agreement is accepted."""
    consented: dict[int, tuple[int, int, bytes]] = {}
    found: set[tuple[int, int, bytes]] = set()
    for agreement, registry_id, edition, stage in asked.rows(
        "SELECT agreement_id, registry_id, edition_hash, stage FROM link_edition"
        " WHERE block <= :h ORDER BY block, log_index"
    ):
        this = (agreement, registry_id, edition)
        if stage == _CONSENTED:
            consented[agreement] = this
            continue
        found.add(this)
        if stage == _ACCEPTED and agreement in consented:
            found.add(consented[agreement])
    return found


# ---- links ----------------------------------------------------------------------------------


class Link(NamedTuple):
    """As the gateway answers: terms whose notice has passed count, whether or not a step has
    followed them yet."""

    source: bytes
    destination: bytes
    version: int
    suspended_by: int
    ends_at: int


def links_of(asked: Asked) -> dict[int, Link]:
    """Those that the mirror has."""
    due = {
        link_id
        for link_id, effective_at in asked.versions("link_waiting", "link_id, effective_at")
        if effective_at <= asked.timestamp
    }
    states = {
        link_id: (version + (link_id in due), *rest)
        for link_id, version, *rest in asked.versions(
            "link_state", "link_id, version, suspended_by, ends_at"
        )
    }
    return {
        link_id: Link(
            asked.registries[source][1],
            asked.registries[destination][1],
            *states.get(link_id, (-1, -1, -1)),
        )
        for link_id, source, destination in asked.rows(
            "SELECT id, source_id, destination_id FROM link WHERE block <= :h"
        )
    }


def _links(
    asked: Asked, report: Report, links: Mapping[int, Link], agreements: int
) -> Iterator[Question]:
    known = {address for _, address in asked.registries.values()}
    for link_id in range(2, 2 * agreements + 2):

        def check(answer: bytes, link_id: int = link_id) -> None:
            source, destination, *rest = numbers(answer)
            ledger = (as_address(source), as_address(destination), *rest)
            if link_id in links or {*ledger[:2]} <= known:
                report.compare("link", str(link_id), links.get(link_id, "nothing"), ledger)

        yield Question(asked.gateway, call_data(CONTRACT, "linkOf", link_id), check)


# ---- terms ----------------------------------------------------------------------------------

_COLUMNS = (
    "rate_numerator, rate_denominator, {q}.quota, {q}.quota_share, quota_class, net, fresh_meter,"
    " freezes_abroad, notice, valid_from, valid_until, periods, unit_types, vintage_from,"
    " vintage_to, unit, conditions"
)
_ABSENT = (*[0] * 11, (), 0, 0, 0, bytes(32), ())
# Places in the contract's struct.
_QUOTA, _SHARE, _CLASS, _FRESH, _FROM, _UNTIL, _PERIODS = 2, 3, 4, 6, 9, 10, 11

Struct = tuple[Any, ...]
"""Terms in the order of the contract's struct."""


def _struct(values: Sequence[Any]) -> Struct:
    """A row's values as the contract has them."""
    numerator, denominator, *rest = values
    terms = [int(numerator), int(denominator), *rest]
    terms[_CLASS] = token_id(terms[_CLASS])
    terms[_PERIODS] = tuple(map(int, filter(None, terms[_PERIODS].split(","))))
    terms[-1] = words(terms[-1])
    return tuple(terms)


def _in_force(asked: Asked) -> dict[int, Struct]:
    columns = _COLUMNS.format(q="t")
    return {
        link_id: _struct(values)
        for link_id, *values in asked.rows(
            f"SELECT s.link_id, {columns} FROM link_state s"  # noqa: S608
            " JOIN link_terms t ON t.link_id = s.link_id AND t.version = s.version"
            " AND t.stage = 1 AND t.block <= :h"
            " WHERE s.version > 0 AND s.from_height <= :h AND :h < s.to_height"
        )
    }


def _waiting(asked: Asked) -> dict[int, tuple[Struct, int]]:
    """Accepted terms whose notice runs, or has passed without a step that follows them; the quota
    is that of the waiting ones, which may have been lowered."""
    columns = _COLUMNS.format(q="w")
    return {
        link_id: (_struct(values), effective_at)
        for link_id, effective_at, *values in asked.rows(
            f"SELECT w.link_id, w.effective_at, {columns} FROM link_waiting w"  # noqa: S608
            " JOIN link_terms t ON t.block = w.accepted_in AND t.log_index = w.accepted_log"
            " WHERE w.from_height <= :h AND :h < w.to_height"
        )
    }


def _proposed(asked: Asked) -> dict[int, tuple[Struct, bytes, int]]:
    columns = _COLUMNS.format(q="t")
    return {
        link_id: (_struct(values), asked.registries[side][1], deadline)
        for link_id, side, deadline, *values in asked.rows(
            f"SELECT p.link_id, t.side_id, t.deadline, {columns} FROM link_proposal p"  # noqa: S608
            " JOIN link_terms t ON t.block = p.proposed_in AND t.log_index = p.proposed_log"
            " WHERE p.from_height <= :h AND :h < p.to_height"
        )
    }


def _terms(asked: Asked, report: Report, links: Mapping[int, Link]) -> Iterator[Question]:
    """In force, scheduled and proposed; those of past versions are in no contract. And the
    meter."""
    in_force, waiting, proposed = _in_force(asked), _waiting(asked), _proposed(asked)
    meters = {
        link_id: Meter(used, start, end)
        for link_id, start, end, used in asked.versions(
            "meter", "link_id, period_start, period_end, used"
        )
    }
    caps = _caps(asked)
    for link_id, link in links.items():
        scheduled = waiting.get(link_id)
        now = in_force.get(link_id, _ABSENT)
        is_due = scheduled is not None and scheduled[1] <= asked.timestamp
        current = scheduled[0] if scheduled is not None and is_due else now
        gateway, name = asked.gateway, str(link_id)
        yield question(
            report,
            "terms",
            name,
            current,
            (gateway, CONTRACT, "termsOf", (link_id,)),
            take=lambda terms: terms,
        )
        yield question(
            report,
            "waiting",
            name,
            scheduled or (_ABSENT, 0),
            (gateway, CONTRACT, "scheduledTermsOf", (link_id,)),
            take=lambda *answer: answer,
        )
        yield question(
            report,
            "proposed",
            name,
            proposed.get(link_id, (_ABSENT, _NOBODY, 0)),
            (gateway, CONTRACT, "proposedTermsOf", (link_id,)),
            take=lambda *answer: answer,
        )
        meter = meters.get(link_id, NO_METER)
        if scheduled is not None and is_due and scheduled[0][0]:
            meter = meter.carried(scheduled[1], _made(now), _needed(scheduled[0]))
        meter = meter.at(asked.timestamp, _made(current))
        quota = _quota(current, caps, link.destination) if link.version > 0 else 0
        yield question(
            report,
            "quota",
            name,
            [meter.used, meter.start, meter.end, quota],
            (gateway, CONTRACT, "meterOf", (link_id,)),
            read=lambda w: w,
        )


def _made(terms: Struct) -> Terms | None:
    """As quotes are computed from them; None for the missing direction of a one-way agreement."""
    return _needed(terms) if terms[0] else None


def _needed(terms: Struct) -> Terms:
    return Terms(
        rate=Rate(terms[0], terms[1]),
        quota=terms[_QUOTA],
        valid_from=terms[_FROM],
        valid_until=terms[_UNTIL],
        periods=terms[_PERIODS],
        unit_types=0,
        vintage_from=0,
        vintage_to=0,
        fresh_meter=bool(terms[_FRESH]),
    )


def _caps(asked: Asked) -> dict[tuple[bytes, int], int]:
    """By registry and token."""
    return {
        (asked.classes[class_id].registry, asked.classes[class_id].token): cap
        for class_id, cap in asked.versions("class_total", "class_id, cap")
    }


def _quota(terms: Struct, caps: Mapping[tuple[bytes, int], int], destination: bytes) -> int:
    if not terms[_SHARE]:
        return int(terms[_QUOTA])
    return share_of(caps.get((destination, terms[_CLASS]), 0), terms[_SHARE])
