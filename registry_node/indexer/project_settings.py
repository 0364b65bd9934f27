"""What a programme sets for all its accounts: desks, delays, shares, steps that need two people.

A setting is of the contract that follows it. Its value is text: what a contract has no other place
for in the mirror's tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_holders as h
from registry_node.domain.words import OFFICES
from registry_node.indexer.projection import NOBODY, Projection


def _set(p: Projection, event: e.Event, name: str, value: object) -> None:
    key = (p.registry, event.address, name)
    p.view.set("setting", key, None if value is None else (str(value),))


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"


def _settings_changed(p: Projection, event: h.SettingsChanged) -> None:
    _set(p, event, "trust-delay", event.trust_delay)
    _set(p, event, "transfer-delay", event.transfer_delay)
    _set(p, event, "request-lifetime", event.lifetime)
    _set(p, event, "transfer-size-limit", event.size_limit)
    _set(p, event, "block-size", event.block_size)


def _call_allowed(p: Projection, event: h.CallAllowed) -> None:
    name = f"call {_hex(event.target)} {_hex(event.selector)}"
    _set(p, event, name, 1 if event.allowed else None)


def _step_defined(p: Projection, event: h.StepDefined) -> None:
    """A programme that has two people decide about a contract has named it."""
    roles = (event.proposer_role, event.approver_role)
    terms = (*roles, event.delay, event.lifetime, event.province_argument)
    name = f"step {_hex(event.target)} {_hex(event.selector)}"
    _set(p, event, name, " ".join(map(str, terms)))
    if event.address in p.view.naming:
        p.view.name(p.registry, event.target)


def _desk_changed(p: Projection, event: h.DeskChanged) -> None:
    _set(p, event, f"desk {event.transaction_type}", _hex(event.desk))
    name = OFFICES.get(event.transaction_type)
    _take_office(p, name, event.desk)


def _holder_desk(p: Projection, event: h.HolderDeskChanged) -> None:
    _set(p, event, "holder-desk", _hex(event.desk))
    _take_office(p, "holders", event.desk)


def _take_office(p: Projection, name: str | None, desk: bytes) -> None:
    if desk != NOBODY:
        p.view.name(p.registry, desk)
    if name is not None:
        p.view.set("office", (p.registry, name), None if desk == NOBODY else (desk,))


def _sale_share(p: Projection, event: h.SaleShareChanged) -> None:
    _set(p, event, "sale-share", event.basis_points)


def _reversal_window(p: Projection, event: h.ReversalWindowChanged) -> None:
    _set(p, event, "reversal-window", event.window)


def _limit_classes(p: Projection, event: h.HoldingLimitClassesChanged) -> None:
    # The token in digits: nobody has checked that it is a symbol.
    listed = (f"{_hex(registry)}:{token:x}" for registry, token in event.classes)
    _set(p, event, "holding-limit-classes", " ".join(listed))


HANDLERS: Mapping[type[e.Event], Any] = {
    h.SettingsChanged: _settings_changed,
    h.CallAllowed: _call_allowed,
    h.StepDefined: _step_defined,
    h.DeskChanged: _desk_changed,
    h.HolderDeskChanged: _holder_desk,
    h.SaleShareChanged: _sale_share,
    h.ReversalWindowChanged: _reversal_window,
    h.HoldingLimitClassesChanged: _limit_classes,
}
