"""The lien desk: units set aside, because they are pledged or frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_desks as d
from registry_node.indexer.projection import Projection

_KIND, _RANGES = 0, 5
_LIFTED = 3  # a kind, as the contract numbers them


def _placed(p: Projection, event: d.LienPlaced) -> None:
    class_id = p.find_class(event.token)
    if class_id is not None:
        parties = (event.kind, event.account, event.creditor)
        values = (*parties, class_id, event.reason, _text(event.ranges))
        p.view.set("lien", (p.registry, event.address, event.number), values)


def _extended(p: Projection, event: d.LienExtended) -> None:
    key = (p.registry, event.address, event.number)
    found = p.view.get("lien", key)
    if found is not None:
        ranges = ",".join(filter(None, (found[_RANGES], _text(event.ranges))))
        p.change("lien", key, {_RANGES: ranges})


def _lifted(p: Projection, event: d.LienLifted) -> None:
    p.change("lien", (p.registry, event.address, event.number), {_KIND: _LIFTED})


def _released(p: Projection, event: d.LienReleased) -> None:
    """From the last range on: what is left of the last one begins later than it did."""
    key = (p.registry, event.address, event.number)
    found = p.view.get("lien", key)
    if found is None or event.left <= 0:
        p.view.set("lien", key, None)
        return
    *whole, cut = found[_RANGES].split(",")[: event.left]
    _, dash, last = cut.partition("-")
    if dash:  # else it never had a range
        p.change("lien", key, {_RANGES: ",".join((*whole, f"{event.first}-{last}"))})


def _text(ranges: Iterable[tuple[int, int]]) -> str:
    return ",".join(f"{first}-{first + count - 1}" for first, count in ranges)


HANDLERS: Mapping[type[e.Event], Any] = {
    d.LienPlaced: _placed,
    d.LienExtended: _extended,
    d.LienLifted: _lifted,
    d.LienReleased: _released,
}
