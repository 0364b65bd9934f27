"""Typed events of the holder desk, and of what a programme sets. See `decoding`."""

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
from registry_node.domain import events_holders as h
from registry_node.domain.ledger import RawLog

_number = words(N)
_number4 = words(N, N, N, N)
_address = words(A)
_requested = words(A, N, N)  # the target, offset of the call, length of the call
_settled = words(A, A, N)
_limit_class = words(A, W)


def _plain(form: type[Any], read: Callable[[bytes], tuple[Any, ...]]) -> Callable[[RawLog], Any]:
    """An event without topics."""

    def decode(log: RawLog) -> Any:
        return form(*at(log), *read(log.data))

    return decode


def _between(form: type[Any]) -> Callable[[RawLog], Any]:
    """An event that says one number about two addresses."""

    def decode(log: RawLog) -> Any:
        sides = topic_address(log.topics, 1), topic_address(log.topics, 2)
        return form(*at(log), *sides, *_number(log.data))

    return decode


def _of_selector(
    form: type[Any], read: Callable[[bytes], tuple[Any, ...]]
) -> Callable[[RawLog], Any]:
    """An event about a function of a contract."""

    def decode(log: RawLog) -> Any:
        return form(*at(log), topic_address(log.topics, 1), log.topics[64:68], *read(log.data))

    return decode


def _request_made(log: RawLog) -> e.Event:
    target, _, length = _requested(log.data[:96])
    return h.RequestMade(
        *at(log),
        topic_number(log.topics, 1),
        topic_address(log.topics, 2),
        topic_address(log.topics, 3),
        target,
        log.data[96 : 96 + length],
    )


def _request_approved(log: RawLog) -> e.Event:
    number, approver = topic_number(log.topics, 1), topic_address(log.topics, 2)
    return h.RequestApproved(*at(log), number, approver, *_number(log.data))


def _request_executed(log: RawLog) -> e.Event:
    return h.RequestExecuted(*at(log), topic_number(log.topics, 1))


def _request_cancelled(log: RawLog) -> e.Event:
    return h.RequestCancelled(*at(log), topic_number(log.topics, 1), topic_address(log.topics, 2))


def _trade_settled(log: RawLog) -> e.Event:
    return h.TradeSettled(
        *at(log),
        topic_address(log.topics, 1),
        log.topics[64:96],
        topic_number(log.topics, 3),
        *_settled(log.data),
    )


def _desk_changed(log: RawLog) -> e.Event:
    return h.DeskChanged(*at(log), topic_number(log.topics, 1), *_address(log.data))


def _holder_desk(log: RawLog) -> e.Event:
    return h.HolderDeskChanged(*at(log), topic_address(log.topics, 1))


def _limit_classes(log: RawLog) -> e.Event:
    _, count = number2(log.data[:64])
    rows = [_limit_class(log.data[i : i + 64]) for i in range(64, 64 + 64 * count, 64)]
    classes = tuple((registry, token(word)) for registry, word in rows)
    return h.HoldingLimitClassesChanged(*at(log), classes)


def _paid_share(log: RawLog) -> e.Event:
    return h.PaidShareChanged(*at(log), topic_address(log.topics, 1), *number2(log.data))


BY_NAME: dict[tuple[str, str], Callable[[RawLog], e.Event]] = {
    ("HolderDesk", "TrustChanged"): _between(h.TrustChanged),
    ("HolderDesk", "RepresentativeChanged"): _between(h.RepresentativeChanged),
    ("HolderDesk", "SettlerAuthorised"): _between(h.SettlerAuthorised),
    ("HolderDesk", "RequestMade"): _request_made,
    ("HolderDesk", "RequestApproved"): _request_approved,
    ("HolderDesk", "RequestExecuted"): _request_executed,
    ("HolderDesk", "RequestCancelled"): _request_cancelled,
    ("HolderDesk", "TradeSettled"): _trade_settled,
    ("HolderDesk", "SettingsChanged"): _plain(h.SettingsChanged, _number4),
    ("HolderDesk", "CallAllowed"): _of_selector(h.CallAllowed, _number),
    ("ProposalDesk", "StepDefined"): _of_selector(h.StepDefined, _number4),
    ("UnitRegistry", "DeskChanged"): _desk_changed,
    ("UnitRegistry", "HolderDeskChanged"): _holder_desk,
    ("UnitRegistry", "SaleShareChanged"): _plain(h.SaleShareChanged, _number),
    ("UnitRegistry", "HoldingLimitClassesChanged"): _limit_classes,
    ("IssuanceDesk", "ReversalWindowChanged"): _plain(h.ReversalWindowChanged, _number),
    ("IssuanceDesk", "PaidShareChanged"): _paid_share,
}
