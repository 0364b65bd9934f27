"""Links between registries: agreements, terms, quota meters, lots.

Anyone may propose an agreement between contracts of his own making to the gateway. Links with a
registry that is not in the deployment are therefore left out, with all that happens on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain.references import symbol_of
from registry_node.indexer.projection import Projection, broken


def _agreement_proposed(p: Projection, event: e.AgreementProposed) -> None:
    first, second = (p.view.registries.get(side) for side in (event.first, event.second))
    there = 2 * event.agreement_id
    if first is None or second is None or there in p.view.links:
        return  # a stranger's, or proposed again with other terms
    for link_id, source, destination in ((there, first, second), (there + 1, second, first)):
        p.view.links[link_id] = (source, destination)
        p.view.add(
            "link", (link_id, event.agreement_id, source, destination, event.by, event.block)
        )
        p.view.set("link_state", (link_id,), (0, 0))


def _agreement_accepted(p: Projection, event: e.AgreementAccepted) -> None:
    """Nothing of its own: the terms come into force in the same transaction."""


_PROPOSED, _IN_FORCE, _WAITING = 0, 1, 2


def _add_terms(
    p: Projection,
    event: e.TermsProposed | e.TermsInForce | e.TermsAccepted,
    version: int,
    stage: int,
    effective_at: int | None = None,
) -> None:
    terms = event.terms
    p.view.add(
        "link_terms",
        (
            event.link_id,
            version,
            stage,
            str(terms.rate_numerator),
            str(terms.rate_denominator),
            terms.quota,
            terms.quota_share,
            symbol_of(terms.quota_class),
            terms.net,
            terms.notice,
            *terms[7:14],
            _joined(terms.categories),
            _joined(terms.regions),
            effective_at,
            event.by,
            event.block,
            event.log_index,
            event.tx_hash,
        ),
    )


def _joined(words: tuple[bytes, ...]) -> str:
    return ",".join(symbol_of(int.from_bytes(word, "big")) for word in words)


def _terms_proposed(p: Projection, event: e.TermsProposed) -> None:
    if event.link_id in p.view.links:
        _add_terms(p, event, event.version, _PROPOSED)


def _terms_accepted(p: Projection, event: e.TermsAccepted) -> None:
    state = p.view.get("link_state", (event.link_id,))
    if state is None:
        return
    _add_terms(p, event, state[0] + 1, _WAITING, event.effective_at)
    waiting = (event.effective_at, event.block, event.log_index)
    p.view.set("link_waiting", (event.link_id,), waiting)


def _terms_in_force(p: Projection, event: e.TermsInForce) -> None:
    """Those that waited, when their time has come; a lowered quota leaves them waiting."""
    state = p.view.get("link_state", (event.link_id,))
    if state is None:
        return
    _add_terms(p, event, event.version, _IN_FORCE)
    p.view.set("link_state", (event.link_id,), (event.version, state[1]))
    waiting = p.view.get("link_waiting", (event.link_id,))
    if waiting is not None and waiting[0] <= p.timestamp:
        p.view.set("link_waiting", (event.link_id,), None)


def _link_suspended(p: Projection, event: e.LinkSuspended) -> None:
    _set_suspension(p, event, suspended=True)


def _link_resumed(p: Projection, event: e.LinkResumed) -> None:
    _set_suspension(p, event, suspended=False)


def _set_suspension(
    p: Projection, event: e.LinkSuspended | e.LinkResumed, *, suspended: bool
) -> None:
    """Bit 0 is the source's side, bit 1 the destination's."""
    state = p.view.get("link_state", (event.link_id,))
    if state is None:
        return
    source, _ = p.view.links[event.link_id]
    bit = 1 if p.view.registries.get(event.registry) == source else 2
    version, sides = state
    sides = sides | bit if suspended else sides & ~bit
    p.view.set("link_state", (event.link_id,), (version, sides))


def _quota_used(p: Projection, event: e.QuotaUsed) -> None:
    if event.link_id in p.view.links:
        p.view.set("quota_use", (event.link_id, event.period_start), (event.used,))


def _lot_opened(p: Projection, event: e.LotOpened) -> None:
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


def _foreign_settled(p: Projection, event: e.ForeignSettled) -> None:
    _settle(p, event, at_source=False)


def _source_settled(p: Projection, event: e.SourceSettled) -> None:
    _settle(p, event, at_source=True)


def _settle(p: Projection, event: e.ForeignSettled | e.SourceSettled, *, at_source: bool) -> None:
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


HANDLERS: Mapping[type[e.Event], Any] = {
    e.AgreementProposed: _agreement_proposed,
    e.AgreementAccepted: _agreement_accepted,
    e.TermsProposed: _terms_proposed,
    e.TermsAccepted: _terms_accepted,
    e.TermsInForce: _terms_in_force,
    e.LinkSuspended: _link_suspended,
    e.LinkResumed: _link_resumed,
    e.QuotaUsed: _quota_used,
    e.LotOpened: _lot_opened,
    e.ForeignSettled: _foreign_settled,
    e.SourceSettled: _source_settled,
}
