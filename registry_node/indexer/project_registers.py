"""Accounts, unit classes and documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain.references import symbol_of
from registry_node.domain.words import AccountStatus
from registry_node.indexer.projection import CAP, NOBODY, SEALED, Projection, broken, text_of

# ---- accounts -------------------------------------------------------------------------------

_STATUS = 1
_CONTROLS, _HOLDING_LIMIT, _PROVINCE, _ROUND = range(4, 8)
_FIRST_ROUND = 1


def _account_opened(p: Projection, event: e.AccountOpened) -> None:
    status = int(AccountStatus.OPEN)
    opened = (event.kind, status, event.file_hash, p.timestamp)
    values = (*opened, 0, 0, event.province, _FIRST_ROUND)
    p.view.set("account", (p.registry, event.account), values)


def _change(p: Projection, event: Any, changes: dict[int, Any]) -> None:
    key = (p.registry, event.account)
    if p.view.get("account", key) is None:
        raise broken(event, "the account was never opened")
    p.change("account", key, changes)


def _account_status(p: Projection, event: e.AccountStatusChanged) -> None:
    _change(p, event, {_STATUS: event.after})


def _account_controls(p: Projection, event: e.AccountControlsChanged) -> None:
    _change(p, event, {_CONTROLS: event.controls, _HOLDING_LIMIT: event.holding_limit})


def _account_province(p: Projection, event: e.AccountProvinceChanged) -> None:
    _change(p, event, {_PROVINCE: event.after})


def _approvals_ended(p: Projection, event: e.ApprovalsEnded) -> None:
    found = p.view.get("account", (p.registry, event.account))
    _change(p, event, {_ROUND: found[_ROUND] + 1 if found else 0})


def _approval(p: Projection, event: e.ApprovalForAll) -> None:
    """Anybody may approve anybody; it concerns the programme once there is an account, and then
    what was approved before is void."""
    account = p.view.get("account", (p.registry, event.account))
    if account is not None:
        key = (p.registry, event.account, event.operator)
        p.view.set("operator_approval", key, (account[_ROUND],) if event.approved else None)


# ---- classes --------------------------------------------------------------------------------


def _class_defined(p: Projection, event: e.ClassDefined) -> None:
    origin = None
    if event.origin_registry != NOBODY:
        home = p.view.registries.get(event.origin_registry)
        # A registry outside of this deployment: the class is known, its origin is not.
        origin = p.view.classes.get((home, event.origin_token)) if home else None
    class_id = p.view.next_id("unit_class")
    p.view.classes[p.registry, event.token] = class_id
    p.view.add(
        "unit_class",
        (
            class_id,
            p.registry,
            symbol_of(event.token),
            event.unit_type,
            event.vintage,
            event.period_first,
            event.period_last,
            origin,
            event.block,
        ),
    )
    for attribute, word in event.attributes:
        p.view.add("class_attribute", (class_id, attribute, word, event.block))
    p.view.set("class_total", (class_id,), (event.cap, 0, 0, 0, 0, 0, 0))


def _cap_raised(p: Projection, event: e.CapRaised) -> None:
    class_id = p.class_of(event, event.token)
    totals = p.totals(event, class_id)
    totals[CAP] = event.after
    p.set_totals(class_id, totals)


def _class_sealed(p: Projection, event: e.ClassSealed) -> None:
    class_id = p.class_of(event, event.token)
    totals = p.totals(event, class_id)
    totals[SEALED] = 1
    p.set_totals(class_id, totals)


def _document(p: Projection, event: e.DocumentPublished) -> None:
    place = (event.block, event.log_index, event.tx_hash)
    row = (p.registry, text_of(event.kind), event.document, event.valid_from, *place)
    p.view.add("document", row)


HANDLERS: Mapping[type[e.Event], Any] = {
    e.AccountOpened: _account_opened,
    e.AccountStatusChanged: _account_status,
    e.AccountControlsChanged: _account_controls,
    e.AccountProvinceChanged: _account_province,
    e.ApprovalsEnded: _approvals_ended,
    e.ApprovalForAll: _approval,
    e.ClassDefined: _class_defined,
    e.CapRaised: _cap_raised,
    e.ClassSealed: _class_sealed,
    e.DocumentPublished: _document,
}
