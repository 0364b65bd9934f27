"""Who takes part in links, which reports count where, and the gateway's own code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_links as g
from registry_node.indexer.projection import Projection, text_of

_SUCCESSION = 4
_EDITION, _CODE_HASH, _ACCEPTED, _STOPPED_BY, _DONE = 0, 1, 4, 5, 6


def _admitted(p: Projection, event: g.MemberAdmitted) -> None:
    registry = p.view.registries.get(event.registry)
    if registry is None:
        return
    sponsor = p.view.registries.get(event.sponsor, 0)
    values = (text_of(event.code), sponsor, event.by, event.block, p.view.succession)
    p.view.set("member", (registry,), values)


def _claimed(p: Projection, event: g.ReportClaimed) -> None:
    registry = p.view.registries.get(event.registry)
    if registry is not None:
        p.view.add("report_claim", (event.report, registry, event.block))


# ---- the gateway's own code -----------------------------------------------------------------


def _proposed(p: Projection, event: g.SuccessionProposed) -> None:
    """Its proposer accepts it, and says so in the same transaction."""
    proposer = p.view.registries.get(event.registry, 0)
    code = (event.edition, event.code_hash, event.ready_at)
    p.view.set("succession", (event.number,), (*code, proposer, 0, None, 0))


def _accepted(p: Projection, event: g.SuccessionAccepted) -> None:
    found = p.view.get("succession", (event.number,))
    if found is not None:
        p.change("succession", (event.number,), {_ACCEPTED: found[_ACCEPTED] + 1})
    registry = p.view.registries.get(event.registry)
    if registry is not None:
        p.change("member", (registry,), {_SUCCESSION: event.number})


def _stopped(p: Projection, event: g.SuccessionStopped) -> None:
    registry = p.view.registries.get(event.registry, 0)
    p.change("succession", (event.number,), {_STOPPED_BY: registry})


def _succeeded(p: Projection, event: g.GatewaySucceeded) -> None:
    """The address itself says so next."""
    p.change("succession", (event.number,), {_DONE: 1})
    p.view.succession = event.number
    found = p.view.get("succession", (event.number,))
    if found is not None:
        p.view.set("code", (event.address,), (event.edition, found[_CODE_HASH]))


HANDLERS: Mapping[type[e.Event], Any] = {
    g.MemberAdmitted: _admitted,
    g.ReportClaimed: _claimed,
    g.SuccessionProposed: _proposed,
    g.SuccessionAccepted: _accepted,
    g.SuccessionStopped: _stopped,
    g.GatewaySucceeded: _succeeded,
}
