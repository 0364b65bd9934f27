"""The compliance desk: the rules of years, and what each operator emitted, owes and surrendered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linking.attributes import Test
from linking.limits import Base, Vintages
from registry_node.domain import events as e
from registry_node.domain import events_desks as d
from registry_node.domain.conditions import Words, kept
from registry_node.indexer.projection import Projection

# States of the emissions, as the contract numbers them.
_ATTESTED, _DISPUTED = 1, 2

# Places in the values of a year.
_DEADLINE, _REVERSAL_WINDOW, _CLOSED = 0, 4, 9

# ---- the rules of a year --------------------------------------------------------------------


def _year_key(p: Projection, event: Any) -> tuple[Any, ...]:
    return (p.registry, event.address, event.year)


def _year_defined(p: Projection, event: d.YearDefined) -> None:
    values = (
        event.deadline,
        event.before,
        event.first_vintage,
        event.last_vintage,
        event.reversal_window,
        event.dispute_window,
        event.correction_window,
        event.deduction_multiple,
        event.banking,
        event.closed,
    )
    p.view.set("compliance_year", _year_key(p, event), values)


_BASES, _VINTAGES, _TESTS = frozenset(Base), frozenset(Vintages), frozenset(Test)


def _have_meaning(conditions: Words) -> bool:
    """A contract's own enumerations end where ours do; a desk that only claims to be one may say
    anything, and what means nothing is left out."""
    return all(test in _TESTS and values for _, test, values in conditions)


def _limits_defined(p: Projection, event: d.LimitsDefined) -> None:
    """The whole list; what a longer one had before it is gone."""
    for place, limit in enumerate(event.limits):
        known = limit.base in _BASES and limit.vintages in _VINTAGES
        follows = limit.base != Base.COUNTED or limit.parent < place
        if not (known and follows and _have_meaning(limit.conditions)):
            return
    year = _year_key(p, event)
    place = -1
    for place, limit in enumerate(event.limits):
        values = (*limit[:-1], kept(limit.conditions))
        p.view.set("compliance_limit", (*year, place), values)
    key = (*year, place + 1)
    while p.view.get("compliance_limit", key) is not None:
        p.view.set("compliance_limit", key, None)
        key = (*year, key[-1] + 1)


def _deadline_moved(p: Projection, event: d.DeadlineMoved) -> None:
    p.change("compliance_year", _year_key(p, event), {_DEADLINE: event.deadline})


def _classes_excluded(p: Projection, event: d.ClassesExcluded) -> None:
    if not _have_meaning(event.conditions):
        return
    row = (*_year_key(p, event), kept(event.conditions), event.block, event.log_index)
    p.view.add("excluded_classes", row)


def _year_published(p: Projection, event: d.YearPublished) -> None:
    p.change("compliance_year", _year_key(p, event), {_CLOSED: 1})


# ---- an operator's year ---------------------------------------------------------------------

_STATE, _SETTLED, _EMISSIONS, _DEBT, _SURRENDERED, _INITIAL, _ISSUED = range(7)
_DEDUCTION, _OWED, _ATTESTED_AT, _ORDERED_UNTIL, _REVERSIBLE_UNTIL, _VERIFIER, _REPORT = range(
    7, 14
)
_NOTHING_YET = (*[0] * 12, None, None)


def _file(p: Projection, event: Any, kind: str, memo: bytes, number: int = 0) -> None:
    """Keep the hash of a document about an operator's year."""
    place = (event.block, event.log_index, event.tx_hash)
    subject = (p.registry, event.address, event.account, event.year)
    p.view.add("filing", (*subject, kind, memo, number, *place))


def _plan_filed(p: Projection, event: d.MonitoringPlanFiled) -> None:
    _file(p, event, "plan", event.plan, event.version)


def _sanction(p: Projection, event: d.SanctionRecorded) -> None:
    _file(p, event, "sanction", event.decision)


def _change(p: Projection, event: Any, changes: dict[int, Any]) -> None:
    """Change some values of an operator's year; all are zero before the first change."""
    key = (p.registry, event.address, event.account, event.year)
    if p.view.get("obligation", key) is None:
        p.view.set("obligation", key, _NOTHING_YET)
    p.change("obligation", key, changes)


def _attested(p: Projection, event: d.EmissionsAttested) -> None:
    figure = {_STATE: _ATTESTED, _EMISSIONS: event.emissions, _ORDERED_UNTIL: 0}
    said = {_VERIFIER: event.verifier, _REPORT: event.report, _ATTESTED_AT: p.timestamp}
    _change(p, event, {**figure, **said})


def _disputed(p: Projection, event: d.EmissionsDisputed) -> None:
    _change(p, event, {_STATE: _DISPUTED})
    _file(p, event, "objection", event.objection)


def _ordered(p: Projection, event: d.ReportOrdered) -> None:
    _change(p, event, {_ORDERED_UNTIL: event.until})
    _file(p, event, "order", event.decision, event.until)


def _confirmed(p: Projection, event: d.EmissionsConfirmed) -> None:
    _change(p, event, {_STATE: event.state, _EMISSIONS: event.emissions})
    _file(p, event, "decision", event.decision)


def _counted(p: Projection, event: d.AllocationCounted) -> None:
    _change(p, event, {_INITIAL: event.initial, _ISSUED: event.issued})


def _surrendered(p: Projection, event: d.Surrendered) -> None:
    changes = {_SURRENDERED: event.total}
    year = p.view.get("compliance_year", _year_key(p, event))
    if event.quantity and year is not None:
        key = (p.registry, event.address, event.account, event.year)
        before = (p.view.get("obligation", key) or _NOTHING_YET)[_REVERSIBLE_UNTIL]
        changes[_REVERSIBLE_UNTIL] = max(before, p.timestamp + year[_REVERSAL_WINDOW])
    _change(p, event, changes)


def _debt_changed(p: Projection, event: d.DebtChanged) -> None:
    _change(p, event, {_DEBT: event.debt})
    _file(p, event, "debt", event.reason, event.debt)


def _year_settled(p: Projection, event: d.YearSettled) -> None:
    _change(p, event, {_SETTLED: 1, _DEDUCTION: event.deduction, _OWED: event.owed})


HANDLERS: Mapping[type[e.Event], Any] = {
    d.YearDefined: _year_defined,
    d.LimitsDefined: _limits_defined,
    d.DeadlineMoved: _deadline_moved,
    d.ClassesExcluded: _classes_excluded,
    d.YearPublished: _year_published,
    d.MonitoringPlanFiled: _plan_filed,
    d.SanctionRecorded: _sanction,
    d.EmissionsAttested: _attested,
    d.EmissionsDisputed: _disputed,
    d.ReportOrdered: _ordered,
    d.EmissionsConfirmed: _confirmed,
    d.AllocationCounted: _counted,
    d.Surrendered: _surrendered,
    d.DebtChanged: _debt_changed,
    d.YearSettled: _year_settled,
}
