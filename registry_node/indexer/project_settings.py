"""What a programme sets for all its accounts: desks, delays, shares, steps that need two people.

Each setting is a name and a text. The names of those about a function end with its contract's
address and its selector.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_holders as h
from registry_node.indexer.project_holders import LIFETIME
from registry_node.indexer.projection import Projection


def _set(p: Projection, event: e.Event, name: str, value: object) -> None:
    key = (p.registry_of(event), name)
    p.view.set("setting", key, None if value is None else (str(value),))


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"


def _settings_changed(p: Projection, event: h.SettingsChanged) -> None:
    _set(p, event, "trust-delay", event.trust_delay)
    _set(p, event, "transfer-delay", event.transfer_delay)
    _set(p, event, LIFETIME, event.lifetime)
    _set(p, event, "transfer-size-limit", event.size_limit)


def _call_allowed(p: Projection, event: h.CallAllowed) -> None:
    name = f"call {_hex(event.target)} {_hex(event.selector)}"
    _set(p, event, name, 1 if event.allowed else None)


def _step_defined(p: Projection, event: h.StepDefined) -> None:
    terms = (event.proposer_role, event.approver_role, event.delay, event.lifetime)
    name = f"step {_hex(event.target)} {_hex(event.selector)}"
    _set(p, event, name, " ".join(map(str, terms)))


def _desk_changed(p: Projection, event: h.DeskChanged) -> None:
    _set(p, event, f"desk {event.transaction_type}", _hex(event.desk))


def _holder_desk(p: Projection, event: h.HolderDeskChanged) -> None:
    _set(p, event, "holder-desk", _hex(event.desk))


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
