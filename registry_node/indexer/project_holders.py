"""What waits for another person, and what holders do: proposals, requests, trust, trades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_desks as d
from registry_node.domain import events_holders as h
from registry_node.indexer.projection import Projection

_APPROVED, _EXECUTED, _ENDED = 2, 3, 4  # stopped or cancelled; as the contracts number them

# ---- proposals ------------------------------------------------------------------------------

_APPROVER, _DEADLINE, _READY_AT, _STATE, _ENDED_BY = 2, 5, 6, 7, 8


def _proposal_made(p: Projection, event: d.ProposalMade) -> None:
    said = (event.data.hex(), event.document, event.deadline)
    values = (event.target, event.proposer, None, *said, None, 1, None)
    p.view.set("proposal", (p.registry, event.address, event.number), values)


def _proposal(p: Projection, event: Any, changes: dict[int, Any]) -> None:
    p.change("proposal", (p.registry, event.address, event.number), changes)


def _proposal_approved(p: Projection, event: d.ProposalApproved) -> None:
    times = {_READY_AT: event.ready_at, _DEADLINE: event.deadline}
    _proposal(p, event, {_APPROVER: event.approver, **times, _STATE: _APPROVED})


def _proposal_executed(p: Projection, event: d.ProposalExecuted) -> None:
    _proposal(p, event, {_STATE: _EXECUTED, _ENDED_BY: event.executor})


def _proposal_stopped(p: Projection, event: d.ProposalStopped) -> None:
    _proposal(p, event, {_STATE: _ENDED, _ENDED_BY: event.by})


# ---- whom an account trusts -----------------------------------------------------------------


def _grant(p: Projection, event: Any, kind: str, grantee: bytes, value: int) -> None:
    key = (p.registry, event.address, event.account, kind, grantee)
    p.view.set("holder_grant", key, (value,) if value else None)


def _trust_changed(p: Projection, event: h.TrustChanged) -> None:
    _grant(p, event, "trusted", event.to, event.since)


def _representative(p: Projection, event: h.RepresentativeChanged) -> None:
    _grant(p, event, "representative", event.representative, event.rights)


def _settler(p: Projection, event: h.SettlerAuthorised) -> None:
    _grant(p, event, "settler", event.institution, event.since)


# ---- requests -------------------------------------------------------------------------------

_BY, _AT, _READY, _UNTIL, _STAGE, _OVER_BY = range(4, 10)


def _request_made(p: Projection, event: h.RequestMade) -> None:
    head = (event.account, event.initiator, event.target, event.data.hex())
    values = (*head, None, None, None, event.deadline, 1, None)
    p.view.set("request", (p.registry, event.address, event.number), values)


def _request(p: Projection, event: Any, changes: dict[int, Any]) -> None:
    p.change("request", (p.registry, event.address, event.number), changes)


def _request_approved(p: Projection, event: h.RequestApproved) -> None:
    times = {_AT: p.timestamp, _READY: event.ready_at, _UNTIL: event.deadline}
    _request(p, event, {_BY: event.approver, **times, _STAGE: _APPROVED})


def _request_executed(p: Projection, event: h.RequestExecuted) -> None:
    _request(p, event, {_STAGE: _EXECUTED, _OVER_BY: event.executor})


def _request_cancelled(p: Projection, event: h.RequestCancelled) -> None:
    _request(p, event, {_STAGE: _ENDED, _OVER_BY: event.by})


# ---- settlement -----------------------------------------------------------------------------


def _trade_settled(p: Projection, event: h.TradeSettled) -> None:
    class_id = p.find_class(event.token)
    if class_id is None:
        return
    p.view.add(
        "trade",
        (
            p.registry,
            event.address,
            event.institution,
            event.trade,
            class_id,
            event.sender,
            event.recipient,
            event.quantity,
            event.negotiated,
            event.block,
            event.log_index,
            event.tx_hash,
        ),
    )


HANDLERS: Mapping[type[e.Event], Any] = {
    d.ProposalMade: _proposal_made,
    d.ProposalApproved: _proposal_approved,
    d.ProposalExecuted: _proposal_executed,
    d.ProposalStopped: _proposal_stopped,
    h.TrustChanged: _trust_changed,
    h.RepresentativeChanged: _representative,
    h.SettlerAuthorised: _settler,
    h.RequestMade: _request_made,
    h.RequestApproved: _request_approved,
    h.RequestExecuted: _request_executed,
    h.RequestCancelled: _request_cancelled,
    h.TradeSettled: _trade_settled,
}
