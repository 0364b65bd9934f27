"""Links between registries: agreements, terms, quota meters. Members and lots are beside it.

A member may be of another deployment than the one that is mirrored. Links with such a one are left
out, with all that happens on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain import events_links as g
from registry_node.domain.conditions import kept
from registry_node.domain.references import symbol_of
from registry_node.indexer import project_lots, project_members
from registry_node.indexer.projection import Projection

# ---- agreements -----------------------------------------------------------------------------

_VERSION, _SUSPENDED_BY, _ENDS_AT = range(3)
_CONSENTED, _ACCEPTED, _LATER = range(3)  # stages of an accepted edition


def _agreement_proposed(p: Projection, event: g.AgreementProposed) -> None:
    first, second = (p.view.registries.get(side) for side in (event.first, event.second))
    if first is None or second is None:
        return  # of a member that is left out
    there = 2 * event.agreement_id
    if there not in p.view.links:  # else it is proposed again, with other terms
        for link_id, source, destination in (
            (there, first, second),
            (there + 1, second, first),
        ):
            p.view.links[link_id] = (source, destination)
            p.view.add(
                "link", (link_id, event.agreement_id, source, destination, event.by, event.block)
            )
            p.view.set("link_state", (link_id,), (0, 0, 0))
    _edition(p, event, second, _CONSENTED)


def _agreement_accepted(p: Projection, event: g.AgreementAccepted) -> None:
    """The terms come into force in the same transaction."""
    sides = p.view.links.get(2 * event.agreement_id)
    if sides is not None:
        _edition(p, event, sides[0], _ACCEPTED)


def _edition_accepted(p: Projection, event: g.EditionAccepted) -> None:
    registry = p.view.registries.get(event.counterparty)
    if registry is not None and 2 * event.agreement_id in p.view.links:
        _edition(p, event, registry, _LATER)


def _edition(p: Projection, event: Any, registry: int, stage: int) -> None:
    place = (event.block, event.log_index, event.tx_hash)
    row = (event.agreement_id, registry, event.edition, stage, event.by, *place)
    p.view.add("link_edition", row)


def _agreement_ending(p: Projection, event: g.AgreementEnding) -> None:
    for link_id in (2 * event.agreement_id, 2 * event.agreement_id + 1):
        p.change("link_state", (link_id,), {_ENDS_AT: event.ends_at})


# ---- terms ----------------------------------------------------------------------------------

_PROPOSED, _IN_FORCE, _WAITING = 0, 1, 2


def _add_terms(p: Projection, event: Any, version: int, stage: int, **more: Any) -> None:
    t = event.terms
    p.view.add(
        "link_terms",
        (
            event.link_id,
            version,
            stage,
            str(t.rate_numerator),
            str(t.rate_denominator),
            t.quota,
            t.quota_share,
            symbol_of(t.quota_class),
            t.net,
            t.fresh_meter,
            t.freezes_abroad,
            t.notice,
            t.valid_from,
            t.valid_until,
            ",".join(map(str, t.periods)),
            t.unit_types,
            t.vintage_from,
            t.vintage_to,
            t.unit,
            kept(t.conditions),
            more.get("effective_at"),
            more.get("deadline"),
            more.get("side"),
            event.by,
            more.get("carried_out_by"),
            event.block,
            event.log_index,
            event.tx_hash,
        ),
    )


def _terms_proposed(p: Projection, event: g.TermsProposed) -> None:
    if event.link_id in p.view.links:
        side = p.view.registries.get(event.registry)
        _add_terms(p, event, event.version, _PROPOSED, deadline=event.deadline, side=side)
        p.view.set("link_proposal", (event.link_id,), (event.block, event.log_index))


def _terms_withdrawn(p: Projection, event: g.TermsWithdrawn) -> None:
    p.view.set("link_proposal", (event.link_id,), None)


def _terms_accepted(p: Projection, event: g.TermsAccepted) -> None:
    state = p.view.get("link_state", (event.link_id,))
    if state is None:
        return
    version = state[_VERSION] + 1
    _add_terms(p, event, version, _WAITING, effective_at=event.effective_at)
    terms = event.terms
    place = (event.block, event.log_index)
    waiting = (event.effective_at, *place, terms.quota, terms.quota_share)
    p.view.set("link_waiting", (event.link_id,), waiting)
    p.view.set("link_proposal", (event.link_id,), None)


def _terms_in_force(p: Projection, event: g.TermsInForce) -> None:
    """Those that waited, when their time has come. Whatever was proposed was so against the version
    before, and lapses."""
    key = (event.link_id,)
    if p.view.get("link_state", key) is None:
        return
    _add_terms(p, event, event.version, _IN_FORCE, carried_out_by=event.carried_out_by)
    p.change("link_state", key, {_VERSION: event.version})
    p.view.set("link_proposal", key, None)
    waiting = p.view.get("link_waiting", key)
    if waiting is not None and waiting[0] <= p.timestamp:
        p.view.set("link_waiting", key, None)


_QUOTA, _QUOTA_SHARE = 3, 4


def _waiting_quota_lowered(p: Projection, event: g.WaitingQuotaLowered) -> None:
    p.change("link_waiting", (event.link_id,), {_QUOTA: event.quota, _QUOTA_SHARE: 0})


def _link_suspended(p: Projection, event: g.LinkSuspended) -> None:
    _set_suspension(p, event, suspended=True)


def _link_resumed(p: Projection, event: g.LinkResumed) -> None:
    _set_suspension(p, event, suspended=False)


def _set_suspension(
    p: Projection, event: g.LinkSuspended | g.LinkResumed, *, suspended: bool
) -> None:
    """Bit 0 is the source's side, bit 1 the destination's."""
    state = p.view.get("link_state", (event.link_id,))
    if state is None:
        return
    source, _ = p.view.links[event.link_id]
    bit = 1 if p.view.registries.get(event.registry) == source else 2
    sides = state[_SUSPENDED_BY]
    sides = sides | bit if suspended else sides & ~bit
    p.change("link_state", (event.link_id,), {_SUSPENDED_BY: sides})


def _quota_used(p: Projection, event: g.QuotaUsed) -> None:
    if event.link_id in p.view.links:
        values = (event.period_start, event.period_end, event.used, event.quota)
        p.view.set("meter", (event.link_id,), values)


HANDLERS: Mapping[type[e.Event], Any] = {
    **project_members.HANDLERS,
    **project_lots.HANDLERS,
    g.AgreementProposed: _agreement_proposed,
    g.AgreementAccepted: _agreement_accepted,
    g.AgreementEnding: _agreement_ending,
    g.EditionAccepted: _edition_accepted,
    g.TermsProposed: _terms_proposed,
    g.TermsWithdrawn: _terms_withdrawn,
    g.TermsAccepted: _terms_accepted,
    g.TermsInForce: _terms_in_force,
    g.WaitingQuotaLowered: _waiting_quota_lowered,
    g.LinkSuspended: _link_suspended,
    g.LinkResumed: _link_resumed,
    g.QuotaUsed: _quota_used,
}
