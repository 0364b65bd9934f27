"""Lots: what crossed a link, what became of it on either side, and what still waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_links as g
from registry_node.indexer.projection import Projection, broken


def _lot_opened(p: Projection, event: g.LotOpened) -> None:
    link = p.view.links.get(event.link_id)
    if link is None:
        return
    source_class = _class(p, event, link[0], event.source_token)
    p.view.add(
        "lot",
        (
            event.lot_id,
            event.link_id,
            event.version,
            event.account,
            event.recipient,
            source_class,
            _class(p, event, link[1], event.foreign_token),
            event.source_count,
            event.foreign_first,
            event.foreign_count,
            str(event.rate_numerator),
            str(event.rate_denominator),
            event.block,
            event.log_index,
            event.tx_hash,
        ),
    )
    offset = 0
    for first, count in event.source_ranges:
        p.view.add(
            "lot_source",
            (event.lot_id, offset, source_class, first, first + count - 1, event.block),
        )
        offset += count
    p.view.set("lot_state", (event.lot_id,), (event.escrowed, event.outstanding))


def _class(p: Projection, event: e.Event, registry: int, token: int) -> int:
    class_id = p.view.classes.get((registry, token))
    if class_id is None:
        raise broken(event, f"it names an unknown unit class {token:#x}")
    return class_id


# ---- what becomes of them -------------------------------------------------------------------


def _foreign_settled(p: Projection, event: g.ForeignSettled) -> None:
    _settle(p, event, at_source=False)


def _source_settled(p: Projection, event: g.SourceSettled) -> None:
    _settle(p, event, at_source=True)
    waited = p.view.get("lot_waiting", (event.lot_id, event.first))
    if waited is None:
        return
    p.view.set("lot_waiting", (event.lot_id, event.first), None)
    last, *of_all = waited
    rest = event.first + event.count
    if rest <= last:
        p.view.set("lot_waiting", (event.lot_id, rest), (last, *of_all))


def _settle(p: Projection, event: g.ForeignSettled | g.SourceSettled, *, at_source: bool) -> None:
    state = p.view.get("lot_state", (event.lot_id,))
    if state is None:
        return  # of a link that is left out
    p.view.add(
        "lot_settlement",
        (
            event.lot_id,
            int(at_source),
            event.first,
            event.first + event.count - 1,
            event.state,
            event.block,
            event.log_index,
            event.tx_hash,
        ),
    )
    escrowed, outstanding = state
    if at_source:
        escrowed -= event.count
    else:
        outstanding -= event.count
    p.view.set("lot_state", (event.lot_id,), (escrowed, outstanding))


def _waits(p: Projection, event: g.SettlementWaits) -> None:
    if p.view.get("lot_state", (event.lot_id,)) is not None:
        values = (event.first + event.count - 1, event.state, event.to)
        p.view.set("lot_waiting", (event.lot_id, event.first), values)


# ---- freezes across the link ----------------------------------------------------------------


def _frozen(p: Projection, event: g.FrozenAbroad) -> None:
    if p.view.get("lot_state", (event.lot_id,)) is not None:
        p.view.set("freeze_abroad", (event.desk, event.number), (event.lot_id, event.reason))


def _lifted(p: Projection, event: g.LiftedAbroad) -> None:
    p.view.set("freeze_abroad", (event.desk, event.number), None)


HANDLERS: Mapping[type[e.Event], Any] = {
    g.LotOpened: _lot_opened,
    g.ForeignSettled: _foreign_settled,
    g.SourceSettled: _source_settled,
    g.SettlementWaits: _waits,
    g.FrozenAbroad: _frozen,
    g.LiftedAbroad: _lifted,
}
