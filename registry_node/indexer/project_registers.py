"""Accounts and unit classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain.references import short_text, symbol_of
from registry_node.domain.words import AccountStatus
from registry_node.indexer.projection import CAP, NOBODY, SEALED, Projection, broken

# ---- accounts -------------------------------------------------------------------------------


def _account_opened(p: Projection, event: e.AccountOpened) -> None:
    p.view.set(
        "account",
        (p.registry_of(event), event.account),
        (event.kind, int(AccountStatus.OPEN), event.file_hash, p.timestamp, 0, 0),
    )


def _account_status(p: Projection, event: e.AccountStatusChanged) -> None:
    key = (p.registry_of(event), event.account)
    account = p.view.get("account", key)
    if account is None:
        raise broken(event, "the account was never opened")
    kind, _, *rest = account
    p.view.set("account", key, (kind, event.after, *rest))


def _account_controls(p: Projection, event: e.AccountControlsChanged) -> None:
    key = (p.registry_of(event), event.account)
    account = p.view.get("account", key)
    if account is None:
        raise broken(event, "the account was never opened")
    p.view.set("account", key, (*account[:4], event.controls, event.holding_limit))


# ---- classes --------------------------------------------------------------------------------


def _class_defined(p: Projection, event: e.ClassDefined) -> None:
    registry = p.registry_of(event)
    origin = None
    if event.origin_registry != NOBODY:
        home = p.view.registries.get(event.origin_registry)
        # A registry outside of this deployment: the class is known, its origin is not.
        origin = p.view.classes.get((home, event.origin_token)) if home else None
    class_id = p.view.next_id("unit_class")
    p.view.classes[registry, event.token] = class_id
    p.view.add(
        "unit_class",
        (
            class_id,
            registry,
            symbol_of(event.token),
            event.unit_type,
            event.vintage,
            event.period_first,
            event.period_last,
            short_text(event.project),
            short_text(event.category),
            short_text(event.region),
            origin,
            event.block,
        ),
    )
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


def _verification(p: Projection, event: e.VerificationRecorded) -> None:
    p.view.add(
        "verification",
        (
            p.registry_of(event),
            event.report,
            p.class_of(event, event.token),
            event.quantity,
            event.verifier,
            event.block,
        ),
    )


HANDLERS: Mapping[type[e.Event], Any] = {
    e.AccountOpened: _account_opened,
    e.AccountStatusChanged: _account_status,
    e.AccountControlsChanged: _account_controls,
    e.ClassDefined: _class_defined,
    e.CapRaised: _cap_raised,
    e.ClassSealed: _class_sealed,
    e.VerificationRecorded: _verification,
}
