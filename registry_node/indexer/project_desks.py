"""The desks around a registry: proposals, allocations, the compliance year, liens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_desks as d
from registry_node.domain.references import short_text
from registry_node.indexer.projection import Projection, broken

# As the contracts number them.
_PROPOSED, _APPROVED, _EXECUTED, _STOPPED = 1, 2, 3, 4
_ATTESTED, _DISPUTED = 1, 2

# ---- proposals ------------------------------------------------------------------------------


def _proposal_made(p: Projection, event: d.ProposalMade) -> None:
    call = event.data.hex()
    values = (event.target, event.proposer, None, call, event.deadline, None, _PROPOSED, None)
    p.view.set("proposal", (p.registry_of(event), event.number), values)


def _proposal_approved(p: Projection, event: d.ProposalApproved) -> None:
    target, proposer, _, call, *_ = _proposal(p, event, event.number)
    values = (target, proposer, event.approver, call, event.deadline, event.ready_at)
    p.view.set("proposal", (p.registry_of(event), event.number), (*values, _APPROVED, None))


def _proposal_executed(p: Projection, event: d.ProposalExecuted) -> None:
    values = _proposal(p, event, event.number)[:-2]
    key = (p.registry_of(event), event.number)
    p.view.set("proposal", key, (*values, _EXECUTED, event.executor))


def _proposal_stopped(p: Projection, event: d.ProposalStopped) -> None:
    values = _proposal(p, event, event.number)[:-2]
    p.view.set("proposal", (p.registry_of(event), event.number), (*values, _STOPPED, event.by))


def _proposal(p: Projection, event: e.Event, number: int) -> tuple[Any, ...]:
    values = p.view.get("proposal", (p.registry_of(event), number))
    if values is None:
        raise broken(event, f"proposal {number} was never made")
    return values


# ---- allocations ----------------------------------------------------------------------------


def _allocation_recorded(p: Projection, event: d.AllocationRecorded) -> None:
    class_id = p.class_of(event, event.token)
    values = (class_id, event.recipient, event.quantity, event.year)
    p.view.set("allocation", (p.registry_of(event), event.number), values)


def _allocation_reversed(p: Projection, event: d.AllocationReversed) -> None:
    key = (p.registry_of(event), event.number)
    values = p.view.get("allocation", key)
    if values is None:
        raise broken(event, f"allocation {event.number} was never recorded")
    class_id, recipient, quantity, year = values
    p.view.set("allocation", key, (class_id, recipient, quantity - event.quantity, year))


# ---- the compliance year --------------------------------------------------------------------

_STATE, _SETTLED, _EMISSIONS, _DEBT, _SURRENDERED, _INITIAL, _ISSUED = range(7)
_DEDUCTION, _VERIFIER, _REPORT = range(7, 10)
_NOTHING_YET = (*[0] * 8, None, None)


def _year_defined(p: Projection, event: d.YearDefined) -> None:
    values = (
        event.deadline,
        event.first_vintage,
        event.last_vintage,
        event.reversal_window,
        event.deduction_multiple,
        event.banking,
        event.closed,
    )
    p.view.set("compliance_year", (p.registry_of(event), event.year), values)


def _limits_defined(p: Projection, event: d.LimitsDefined) -> None:
    """The whole list; what a longer one had before it is gone."""
    place = -1
    for place, limit in enumerate(event.limits):
        *numbers, category, region, outside = limit
        values = (*numbers, short_text(category), short_text(region), outside)
        p.view.set("compliance_limit", (p.registry_of(event), event.year, place), values)
    key = (p.registry_of(event), event.year, place + 1)
    while p.view.get("compliance_limit", key) is not None:
        p.view.set("compliance_limit", key, None)
        key = (*key[:2], key[2] + 1)


def _deadline_moved(p: Projection, event: d.DeadlineMoved) -> None:
    key = (p.registry_of(event), event.year)
    p.view.set("compliance_year", key, (event.deadline, *_year(p, event)[1:]))


def _category_excluded(p: Projection, event: d.CategoryExcluded) -> None:
    category = short_text(event.category)
    row = (p.registry_of(event), event.year, category, event.block, event.log_index)
    p.view.add("excluded_category", row)


def _year_published(p: Projection, event: d.YearPublished) -> None:
    key = (p.registry_of(event), event.year)
    p.view.set("compliance_year", key, (*_year(p, event)[:-1], 1))


def _year(p: Projection, event: d.YearPublished | d.DeadlineMoved) -> tuple[Any, ...]:
    values = p.view.get("compliance_year", (p.registry_of(event), event.year))
    if values is None:
        raise broken(event, f"the year {event.year} was never defined")
    return values


def _file(p: Projection, event: Any, kind: str, memo: bytes, number: int = 0) -> None:
    """Keep the hash of a document about an operator's year."""
    place = (event.block, event.log_index, event.tx_hash)
    subject = (p.registry_of(event), event.account, event.year)
    p.view.add("filing", (*subject, kind, memo, number, *place))


def _plan_filed(p: Projection, event: d.MonitoringPlanFiled) -> None:
    _file(p, event, "plan", event.plan, event.version)


def _sanction(p: Projection, event: d.SanctionRecorded) -> None:
    _file(p, event, "sanction", event.decision)


def _change(p: Projection, event: Any, changes: dict[int, Any]) -> None:
    """Change some values of an operator's year; all are zero before the first change."""
    key = (p.registry_of(event), event.account, event.year)
    values = list(p.view.get("obligation", key) or _NOTHING_YET)
    for place, value in changes.items():
        values[place] = value
    p.view.set("obligation", key, tuple(values))


def _attested(p: Projection, event: d.EmissionsAttested) -> None:
    figure = {_STATE: _ATTESTED, _EMISSIONS: event.emissions}
    _change(p, event, {**figure, _VERIFIER: event.verifier, _REPORT: event.report})


def _disputed(p: Projection, event: d.EmissionsDisputed) -> None:
    _change(p, event, {_STATE: _DISPUTED})
    _file(p, event, "objection", event.objection)


def _confirmed(p: Projection, event: d.EmissionsConfirmed) -> None:
    _change(p, event, {_STATE: event.state, _EMISSIONS: event.emissions})
    _file(p, event, "decision", event.decision)


def _counted(p: Projection, event: d.AllocationCounted) -> None:
    _change(p, event, {_INITIAL: event.initial, _ISSUED: event.issued})


def _surrendered(p: Projection, event: d.Surrendered) -> None:
    _change(p, event, {_SURRENDERED: event.total})


def _debt_changed(p: Projection, event: d.DebtChanged) -> None:
    _change(p, event, {_DEBT: event.debt})
    _file(p, event, "debt", event.reason, event.debt)


def _year_settled(p: Projection, event: d.YearSettled) -> None:
    _change(p, event, {_SETTLED: 1, _DEDUCTION: event.deduction})


# ---- liens ----------------------------------------------------------------------------------


def _lien_placed(p: Projection, event: d.LienPlaced) -> None:
    class_id = p.class_of(event, event.token)
    ranges = ",".join(f"{first}-{first + count - 1}" for first, count in event.ranges)
    values = (event.kind, event.account, event.creditor, class_id, ranges)
    p.view.set("lien", (p.registry_of(event), event.number), values)


def _lien_lifted(p: Projection, event: d.LienLifted) -> None:
    p.view.set("lien", (p.registry_of(event), event.number), None)


HANDLERS: Mapping[type[e.Event], Any] = {
    d.ProposalMade: _proposal_made,
    d.ProposalApproved: _proposal_approved,
    d.ProposalExecuted: _proposal_executed,
    d.ProposalStopped: _proposal_stopped,
    d.AllocationRecorded: _allocation_recorded,
    d.AllocationReversed: _allocation_reversed,
    d.YearDefined: _year_defined,
    d.LimitsDefined: _limits_defined,
    d.DeadlineMoved: _deadline_moved,
    d.CategoryExcluded: _category_excluded,
    d.YearPublished: _year_published,
    d.MonitoringPlanFiled: _plan_filed,
    d.SanctionRecorded: _sanction,
    d.EmissionsAttested: _attested,
    d.EmissionsDisputed: _disputed,
    d.EmissionsConfirmed: _confirmed,
    d.AllocationCounted: _counted,
    d.Surrendered: _surrendered,
    d.DebtChanged: _debt_changed,
    d.YearSettled: _year_settled,
    d.LienPlaced: _lien_placed,
    d.LienLifted: _lien_lifted,
}
