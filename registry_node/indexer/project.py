"""From the events of a ledger block to the mirror's changes. Pure: no I/O but the view's reads."""

from __future__ import annotations

from collections.abc import Iterable

from registry_node.domain import events as e
from registry_node.indexer import (
    project_desks,
    project_holders,
    project_links,
    project_registers,
    project_settings,
    project_units,
)
from registry_node.indexer.projection import Projection
from registry_node.indexer.view import View
from registry_node.store.changes import Changes

_HANDLERS = {
    **project_registers.HANDLERS,
    **project_units.HANDLERS,
    **project_links.HANDLERS,
    **project_desks.HANDLERS,
    **project_holders.HANDLERS,
    **project_settings.HANDLERS,
}


def project(view: View, height: int, timestamp: int, events: Iterable[e.Event]) -> Changes:
    """The changes that the events of ledger block `height` make, in ledger order.

    Raises `Inconsistent` when an event contradicts the state; the view must then be reset.
    """
    projection = Projection(view, timestamp)
    view.begin(height)
    for event in events:
        _HANDLERS[type(event)](projection, event)
    return view.finish()
