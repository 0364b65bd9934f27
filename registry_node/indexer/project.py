"""From the logs of a ledger block to the mirror's changes. Pure: no I/O but the view's reads."""

from __future__ import annotations

from collections.abc import Iterable

from registry_node.chain.decoding import Voice, decode, voice_of
from registry_node.domain import events as e
from registry_node.domain.errors import Inconsistent
from registry_node.domain.ledger import RawLog
from registry_node.indexer import (
    project_compliance,
    project_holders,
    project_issuance,
    project_liens,
    project_links,
    project_registers,
    project_roles,
    project_settings,
    project_units,
)
from registry_node.indexer.projection import Projection
from registry_node.indexer.view import Speaker, View
from registry_node.store.changes import Changes, raw_row

HANDLERS = {
    **project_registers.HANDLERS,
    **project_units.HANDLERS,
    **project_links.HANDLERS,
    **project_issuance.HANDLERS,
    **project_compliance.HANDLERS,
    **project_liens.HANDLERS,
    **project_holders.HANDLERS,
    **project_settings.HANDLERS,
    **project_roles.HANDLERS,
}


_LARGE = 2**61
"""Larger than any number of an honest contract."""


def project(view: View, height: int, timestamp: int, logs: Iterable[RawLog]) -> Changes:
    """The changes that ledger block `height` makes, from its logs in ledger order.

    Only what a contract says that the deployment or a programme has named counts, and only what is
    its own to say: a desk moves no units. The logs that count are among the changes. Raises
    `Inconsistent` when one contradicts the state; the view must then be reset.
    """
    projection = Projection(view, timestamp)
    view.begin(height)
    for log in logs:
        speakers = _speakers(view, log)
        if not speakers:
            continue
        view.add("raw_log", raw_row(log))
        event = _read(log, speakers[0].voice)
        if event is None:
            continue
        handle = HANDLERS[type(event)]
        for speaker in speakers:
            projection.registry = speaker.registry
            handle(projection, event)
    return view.finish()


def _speakers(view: View, log: RawLog) -> tuple[Speaker, ...]:
    """For whom a log speaks: for several programmes if each of them named the same desk."""
    voice = voice_of(log)
    known = view.speakers.get(log.address, ())
    if voice is None or not known:
        return ()
    if voice is Voice.ANY:
        return known[:1]
    return known if known[0].voice is voice else ()


def _read(log: RawLog, speaker: Voice) -> e.Event | None:
    """None when a desk says something that has no form: see `Projection.find_class`."""
    if speaker is not Voice.DESK:
        return decode(log)
    try:
        event = decode(log)
    except Inconsistent:
        return None
    return event if event is not None and _is_plausible(event) else None


def _is_plausible(event: e.Event) -> bool:
    """Whether the database could hold its numbers, and sums of them. A token is looked up only."""
    values = (getattr(event, name) for name in type(event).__slots__ if name != "token")
    return all(0 <= value < _LARGE for value in values if isinstance(value, int))
