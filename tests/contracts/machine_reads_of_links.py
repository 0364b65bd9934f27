"""What a gateway says, beside what its shadow says: members, agreements, terms, meters, lots."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scripts.bench.evm import Contract
from tests.contracts.machine_reads import Entry, same, told
from tests.contracts.shadow_gateway import Gateway
from tests.contracts.shadow_terms import ABSENT


def of_gateway(contract: Contract, gateway: Gateway) -> Iterator[Entry]:
    for registry, code in gateway.members.items():
        member = (code, gateway.accepted_last[registry])
        yield told(contract, "memberOf", registry, expected=member)
        yield told(contract, "registryOf", code, expected=registry)
        yield told(contract, "editionOf", registry, expected=gateway.edition_of(registry))
    yield told(contract, "memberCount", expected=len(gateway.members))
    for number, a in gateway.agreements.items():
        for registry, edition in a.editions:
            yield told(contract, "isEditionAccepted", number, registry, edition, expected=True)
    yield told(contract, "agreementCount", expected=len(gateway.agreements))
    for report, registry in gateway.claims.items():
        yield told(contract, "claimOf", report, expected=registry)
    for number, s in gateway.successions.items():
        known = (s.edition, s.code_hash, s.ready_at, len(s.accepted), s.stopped, s.done)
        yield told(contract, "successionOf", number, expected=known)
    yield told(contract, "successionCount", expected=len(gateway.successions))
    yield told(contract, "currentSuccession", expected=gateway.current)
    yield told(contract, "implementation", expected=gateway.edition)
    for key, identity in gateway.foreign.items():
        yield told(contract, "foreignClassOf", *key, expected=(identity, 1))
    for link_id in gateway.links:
        yield from _link(contract, gateway, link_id)
    yield from _lots(contract, gateway)


def _link(contract: Contract, gateway: Gateway, link_id: int) -> Iterator[Entry]:
    """What is accepted and waits is in force as soon as its time has come."""
    link, ends_at = gateway.links[link_id], gateway.agreements[link_id // 2].ends_at
    name = (contract.address, "link", link_id)
    meter = (link.meter.used, link.meter.period)
    state = (link.version, link.terms, frozenset(link.suspended_by), ends_at, meter)
    yield name, (*state, link.scheduled), partial(_check_link, contract, gateway, link_id)
    terms, side, deadline = link.proposed or (ABSENT, "0x" + "00" * 20, 0)
    proposed = (terms, side, deadline)
    yield told(contract, "proposedTermsOf", link_id, expected=proposed)
    waiting = link.scheduled or (ABSENT, 0)
    yield told(contract, "scheduledTermsOf", link_id, expected=waiting)


def _check_link(contract: Contract, gateway: Gateway, link_id: int) -> None:
    """Invariant 8: the meter is what was imported, and no import took it above the quota."""
    link, now = gateway.links[link_id], contract.chain.time
    ends_at = gateway.agreements[link_id // 2].ends_at
    version, terms = link.in_force(now)
    sides = {link.source: 1, link.destination: 2}
    suspended = sum(sides[side] for side in link.suspended_by)
    expected = (link.source, link.destination, version, suspended, ends_at)
    same(contract.linkOf(link_id), expected)
    same(contract.termsOf(link_id), terms)
    assert link.quota_kept, "8: imports keep to the quota"
    meter = link.meter_at(now)
    quota = gateway.quota(link, terms) if version else 0
    same(contract.meterOf(link_id), ((meter.used, *meter.period), quota))


def _lots(contract: Contract, gateway: Gateway) -> Iterator[Entry]:
    yield told(contract, "lotCount", expected=len(gateway.lots))
    for number, lot in enumerate(gateway.lots, start=1):
        counts = (len(lot.sources), lot.foreign_first, lot.foreign_count, lot.escrowed)
        classes = (lot.source_class, lot.foreign_class)
        row = (lot.link, lot.version, *counts, *lot.rate, lot.outstanding, *classes)
        yield told(contract, "lotOf", number, expected=(row, lot.ranges))
        waiting = [tuple(w) for w in lot.waiting]
        yield told(contract, "waitingOf", number, expected=waiting)
