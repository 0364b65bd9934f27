"""What holders do at the holder desk: whom they trust, what they request, what is settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_holders as h
from registry_node.indexer.projection import Projection, broken

# As the contract numbers them.
_INITIATED, _APPROVED, _EXECUTED, _CANCELLED = 1, 2, 3, 4
_APPROVER, _APPROVED_AT, _READY_AT, _DEADLINE, _STATE, _ENDED_BY = range(4, 10)

LIFETIME = "request-lifetime"
"""The setting that says how long each stage of a request lasts, in seconds."""

# ---- whom an account trusts -----------------------------------------------------------------


def _grant(p: Projection, event: Any, kind: str, grantee: bytes, value: int) -> None:
    key = (p.registry_of(event), event.account, kind, grantee)
    p.view.set("holder_grant", key, (value,) if value else None)


def _trust_changed(p: Projection, event: h.TrustChanged) -> None:
    _grant(p, event, "trusted", event.to, event.since)


def _representative(p: Projection, event: h.RepresentativeChanged) -> None:
    _grant(p, event, "representative", event.representative, event.rights)


def _settler(p: Projection, event: h.SettlerAuthorised) -> None:
    _grant(p, event, "settler", event.institution, event.since)


def _paid_share(p: Projection, event: h.PaidShareChanged) -> None:
    key = (p.registry_of(event), event.account)
    p.view.set("paid_share", key, (event.required, event.bought))


# ---- requests -------------------------------------------------------------------------------


def _request_made(p: Projection, event: h.RequestMade) -> None:
    head = (event.account, event.initiator, event.target, event.data.hex())
    values = (*head, None, None, None, p.timestamp + _lifetime(p, event), _INITIATED, None)
    p.view.set("request", (p.registry_of(event), event.number), values)


def _request_approved(p: Projection, event: h.RequestApproved) -> None:
    changes = {_APPROVER: event.approver, _APPROVED_AT: p.timestamp, _READY_AT: event.ready_at}
    deadline = event.ready_at + _lifetime(p, event)
    _change(p, event, {**changes, _DEADLINE: deadline, _STATE: _APPROVED})


def _request_executed(p: Projection, event: h.RequestExecuted) -> None:
    _change(p, event, {_STATE: _EXECUTED})


def _request_cancelled(p: Projection, event: h.RequestCancelled) -> None:
    _change(p, event, {_STATE: _CANCELLED, _ENDED_BY: event.by})


def _lifetime(p: Projection, event: e.Event) -> int:
    """Seconds that a request lives; no event repeats it, because the desk's settings say it."""
    found = p.view.get("setting", (p.registry_of(event), LIFETIME))
    return int(found[0]) if found else 0


def _change(p: Projection, event: Any, changes: dict[int, Any]) -> None:
    key = (p.registry_of(event), event.number)
    found = p.view.get("request", key)
    if found is None:
        raise broken(event, f"request {event.number} was never made")
    values = list(found)
    for place, value in changes.items():
        values[place] = value
    p.view.set("request", key, tuple(values))


# ---- settlement -----------------------------------------------------------------------------


def _trade_settled(p: Projection, event: h.TradeSettled) -> None:
    p.view.add(
        "trade",
        (
            p.registry_of(event),
            event.institution,
            event.trade,
            p.class_of(event, event.token),
            event.sender,
            event.recipient,
            event.quantity,
            event.block,
            event.log_index,
            event.tx_hash,
        ),
    )


HANDLERS: Mapping[type[e.Event], Any] = {
    h.TrustChanged: _trust_changed,
    h.RepresentativeChanged: _representative,
    h.SettlerAuthorised: _settler,
    h.PaidShareChanged: _paid_share,
    h.RequestMade: _request_made,
    h.RequestApproved: _request_approved,
    h.RequestExecuted: _request_executed,
    h.RequestCancelled: _request_cancelled,
    h.TradeSettled: _trade_settled,
}
