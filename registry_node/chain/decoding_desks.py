"""Typed events of the desks from raw logs. See `decoding`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from registry_node.chain.words import (
    A,
    N,
    W,
    at,
    number2,
    token,
    topic_address,
    topic_number,
    words,
)
from registry_node.domain import events as e
from registry_node.domain import events_desks as d
from registry_node.domain.ledger import RawLog

_one = words(N)
_two = words(N, N)
_three = words(N, N, N)
_year = words(*[N] * 7)
_address = words(A)
_word = words(W)
_attested = words(N, W, A)
_confirmed = words(N, N, W)
_debt = words(N, W)
_plan = words(W, N)
_limit = words(*[N] * 5, W, W, N)
_LIMIT_BYTES = 8 * 32
_allocation = words(A, N, N)
_made = words(N, N, N)  # offset of the call, deadline, length of the call
_lien = words(N, W, N, W, N)  # kind, class, offset of the list, reason, length of the list


def _numbered(form: type[Any], read: Callable[[bytes], tuple[Any, ...]]) -> Callable[[RawLog], Any]:
    """An event whose first topic is a number and the rest is data."""

    def decode(log: RawLog) -> Any:
        return form(*at(log), topic_number(log.topics, 1), *read(log.data))

    return decode


def _of_operator(
    form: type[Any], read: Callable[[bytes], tuple[Any, ...]]
) -> Callable[[RawLog], Any]:
    """An event about an operator's year."""

    def decode(log: RawLog) -> Any:
        account = topic_address(log.topics, 1)
        return form(*at(log), account, topic_number(log.topics, 2), *read(log.data))

    return decode


def _by_number(form: type[Any], *extra: Any) -> Callable[[RawLog], Any]:
    """An event with a number, and an address as its second topic."""
    read = words(*extra) if extra else None

    def decode(log: RawLog) -> Any:
        more = read(log.data) if read else ()
        return form(*at(log), topic_number(log.topics, 1), topic_address(log.topics, 2), *more)

    return decode


def _proposal_made(log: RawLog) -> e.Event:
    _, deadline, length = _made(log.data[:96])
    return d.ProposalMade(
        *at(log),
        topic_number(log.topics, 1),
        topic_address(log.topics, 2),
        topic_address(log.topics, 3),
        deadline,
        log.data[96 : 96 + length],
    )


def _allocation_recorded(log: RawLog) -> e.Event:
    return d.AllocationRecorded(
        *at(log),
        topic_number(log.topics, 1),
        topic_number(log.topics, 2),
        topic_address(log.topics, 3),
        *_allocation(log.data),
    )


def _surrendered(log: RawLog) -> e.Event:
    return d.Surrendered(
        *at(log),
        topic_address(log.topics, 1),
        topic_number(log.topics, 2),
        topic_number(log.topics, 3),
        *_two(log.data),
    )


def _limits_defined(log: RawLog) -> e.Event:
    _, count = number2(log.data[:64])
    rows = [log.data[64 + i * _LIMIT_BYTES :][:_LIMIT_BYTES] for i in range(count)]
    limits = tuple(d.Limit._make(_limit(row)) for row in rows)
    return d.LimitsDefined(*at(log), topic_number(log.topics, 1), limits)


def _category_excluded(log: RawLog) -> e.Event:
    return d.CategoryExcluded(*at(log), topic_number(log.topics, 1), log.topics[64:96])


def _year_published(log: RawLog) -> e.Event:
    return d.YearPublished(*at(log), topic_number(log.topics, 1), *_word(log.data))


def _lien_placed(log: RawLog) -> e.Event:
    kind, class_word, _, reason, ranges = _lien(log.data[:160])
    pairs = [number2(log.data[i : i + 64]) for i in range(160, 160 + 64 * ranges, 64)]
    return d.LienPlaced(
        *at(log),
        topic_number(log.topics, 1),
        topic_address(log.topics, 2),
        topic_address(log.topics, 3),
        kind,
        token(class_word),
        reason,
        tuple(pairs),
    )


BY_NAME: dict[tuple[str, str], Callable[[RawLog], e.Event]] = {
    ("ProposalDesk", "ProposalMade"): _proposal_made,
    ("ProposalDesk", "ProposalApproved"): _by_number(d.ProposalApproved, N, N),
    ("ProposalDesk", "ProposalExecuted"): _by_number(d.ProposalExecuted),
    ("ProposalDesk", "ProposalStopped"): _by_number(d.ProposalStopped),
    ("IssuanceDesk", "AllocationRecorded"): _allocation_recorded,
    ("IssuanceDesk", "AllocationReversed"): _numbered(d.AllocationReversed, _one),
    ("ComplianceDesk", "YearDefined"): _numbered(d.YearDefined, _year),
    ("ComplianceDesk", "LimitsDefined"): _limits_defined,
    ("ComplianceDesk", "DeadlineMoved"): _numbered(d.DeadlineMoved, _one),
    ("ComplianceDesk", "CategoryExcluded"): _category_excluded,
    ("ComplianceDesk", "YearPublished"): _year_published,
    ("ComplianceDesk", "MonitoringPlanFiled"): _of_operator(d.MonitoringPlanFiled, _plan),
    ("ComplianceDesk", "SanctionRecorded"): _of_operator(d.SanctionRecorded, _word),
    ("ComplianceDesk", "EmissionsAttested"): _of_operator(d.EmissionsAttested, _attested),
    ("ComplianceDesk", "EmissionsDisputed"): _of_operator(d.EmissionsDisputed, _word),
    ("ComplianceDesk", "EmissionsConfirmed"): _of_operator(d.EmissionsConfirmed, _confirmed),
    ("ComplianceDesk", "AllocationCounted"): _of_operator(d.AllocationCounted, _two),
    ("ComplianceDesk", "Surrendered"): _surrendered,
    ("ComplianceDesk", "DebtChanged"): _of_operator(d.DebtChanged, _debt),
    ("ComplianceDesk", "YearSettled"): _of_operator(d.YearSettled, _three),
    ("LienDesk", "LienPlaced"): _lien_placed,
    ("LienDesk", "LienLifted"): _numbered(d.LienLifted, _address),
}
