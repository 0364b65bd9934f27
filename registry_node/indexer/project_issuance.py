"""The issuance desk: verifications, entitlements, allocations, corrections, closures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_desks as d
from registry_node.domain.references import MAX_SERIAL
from registry_node.indexer.projection import Projection

_AUCTION = 2  # a kind of allocation, as the contract numbers them
_CLASS, _RECIPIENT, _MADE_AT, _QUANTITY, _YEAR, _KIND, _SALE, _POOL, _REVERSING = range(9)


def _verification(p: Projection, event: d.VerificationRecorded) -> None:
    class_id = p.find_class(event.token)
    if class_id is not None:
        verified = (event.report, class_id, event.quantity, event.verifier)
        place = (event.block, event.log_index)
        p.view.add("verification", (p.registry, event.address, *verified, *place))


# ---- what operators are given ---------------------------------------------------------------


def _entitled(p: Projection, event: d.Entitled) -> None:
    class_id = p.find_class(event.token)
    if class_id is None:
        return
    key = (p.registry, event.address, event.account, event.year, class_id, event.kind)
    _, allocated = p.view.get("entitlement", key) or (0, 0)
    p.view.set("entitlement", key, (event.after, allocated))


def _recorded(p: Projection, event: d.AllocationRecorded) -> None:
    class_id = p.find_class(event.token)
    if class_id is None:
        return
    values = (
        class_id,
        event.recipient,
        p.timestamp,
        event.quantity,
        event.year,
        event.kind,
        event.sale,
        None,
        0,
    )
    p.view.set("allocation", (p.registry, event.address, event.number), values)
    _count(p, event, values, event.quantity)


def _reversal_decided(p: Projection, event: d.ReversalDecided) -> None:
    key = (p.registry, event.address, event.number)
    p.change("allocation", key, {_POOL: event.pool, _REVERSING: event.reversing})


def _reversed(p: Projection, event: d.AllocationReversed) -> None:
    key = (p.registry, event.address, event.number)
    found = p.view.get("allocation", key)
    if found is None:
        return
    quantity = _bounded(found[_QUANTITY] - event.quantity)
    reversing = _bounded(found[_REVERSING] - event.quantity)
    p.change("allocation", key, {_QUANTITY: quantity, _REVERSING: reversing})
    _count(p, event, found, -event.quantity)


def _count(p: Projection, event: e.Event, allocation: tuple[Any, ...], quantity: int) -> None:
    """Of what an operator is entitled to; an auction is no entitlement."""
    kind = allocation[_KIND]
    if kind != _AUCTION:
        line = (allocation[_RECIPIENT], allocation[_YEAR], allocation[_CLASS], kind)
        _allocate(p, (p.registry, event.address, *line), quantity)


def _allocate(p: Projection, key: tuple[Any, ...], quantity: int) -> None:
    found = p.view.get("entitlement", key)
    if found is not None:
        entitled, allocated = found
        p.view.set("entitlement", key, (entitled, _bounded(allocated + quantity)))


def _bounded(quantity: int) -> int:
    """As a database can hold it: a desk that says what cannot be is found when it is compared."""
    return max(0, min(quantity, MAX_SERIAL))


def _excess(p: Projection, event: d.ExcessReturned) -> None:
    class_id = p.find_class(event.token)
    line = (event.account, event.year, class_id, event.kind)
    if class_id is not None:
        _allocate(p, (p.registry, event.address, *line), -event.quantity)


def _paid_share(p: Projection, event: d.PaidShareChanged) -> None:
    key = (p.registry, event.address, event.account)
    p.view.set("paid_share", key, (event.required, event.bought))


# ---- what is put right ----------------------------------------------------------------------


def _correction_decided(p: Projection, event: d.CorrectionDecided) -> None:
    _correct(p, event, event.correcting)


def _corrected(p: Projection, event: d.IssuanceCorrected) -> None:
    class_id = p.find_class(event.token)
    found = p.view.get("correction", (p.registry, event.address, class_id, event.first))
    if found is not None:
        _correct(p, event, _bounded(found[0] - event.quantity))


def _correct(p: Projection, event: Any, correcting: int) -> None:
    class_id = p.find_class(event.token)
    if class_id is not None:
        key = (p.registry, event.address, class_id, event.first)
        p.view.set("correction", key, (correcting,) if correcting else None)


def _closure(p: Projection, event: d.ClosureDecided) -> None:
    p.view.set("closure", (p.registry, event.address, event.account), (event.to,))


HANDLERS: Mapping[type[e.Event], Any] = {
    d.VerificationRecorded: _verification,
    d.Entitled: _entitled,
    d.AllocationRecorded: _recorded,
    d.ReversalDecided: _reversal_decided,
    d.AllocationReversed: _reversed,
    d.ExcessReturned: _excess,
    d.PaidShareChanged: _paid_share,
    d.CorrectionDecided: _correction_decided,
    d.IssuanceCorrected: _corrected,
    d.ClosureDecided: _closure,
}
