"""What two people of a programme decide about its links."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.contracts.machine_beginning import CODES
from tests.contracts.machine_links import LinkRules
from tests.contracts.machine_proposals import Decided


class Agreements(LinkRules):
    def agreement(self, r: Random) -> Decided:
        """A new one, or another answer to what is proposed."""
        gateway = self.shadow.gateway
        open_ = [n for n, a in gateway.agreements.items() if not a.accepted]
        if open_ and r.random() < 0.8:
            return self.accept_agreement(r, r.choice(open_))
        first, second = r.choice([("KR", "JP")] * 8 + [("CN", "KR"), ("JP", "JP")])
        code = first if r.random() < 0.9 else r.choice(CODES)
        registry = self.programme(first).registry.address
        terms = [tuple(self.some_terms(r)), tuple(self.some_terms(r))]
        if r.random() < 0.15:
            terms[r.randrange(2)] = self.world.ABSENT
        args = (registry, self.consent(r, second), *terms)
        return code, self.to(code, "gateway", "proposeAgreement", *args)

    def accept_agreement(self, r: Random, number: int) -> Decided:
        gateway = self.shadow.gateway
        a = gateway.agreements[number]
        code = self.code_of(a.second) if r.random() < 0.9 else r.choice(CODES)
        proposed = [gateway.links[2 * number + i].proposed for i in (0, 1)]
        terms = [tuple(p.terms) if p else self.world.ABSENT for p in proposed]
        if r.random() < 0.08:
            terms.reverse()
        number = number if r.random() < 0.95 else 99
        consent = self.consent(r, self.code_of(a.first))
        return code, self.to(code, "gateway", "acceptAgreement", number, consent, *terms)

    def consent(self, r: Random, code: str) -> tuple[Any, ...]:
        """To a programme as it is, or rarely to another one's name or code."""
        gateway, registry = self.shadow.gateway, self.programme(code).registry
        name = registry.code if r.random() < 0.97 else self.programme("CN").registry.code
        edition = gateway.edition_of(registry.address) if r.random() < 0.97 else bytes(32)
        return (registry.address, name, edition)

    def propose_terms(self, r: Random) -> Decided:
        link_id, link = self.any_link(r)
        waiting = [i for i, one in self.shadow.gateway.links.items() if one.scheduled]
        if waiting and r.random() < 0.7:  # other terms, just when those take effect
            link_id = r.choice(waiting)
            link = self.shadow.gateway.links[link_id]
            assert link.scheduled
            self.shadow.clock.now = max(self.shadow.clock.now, link.scheduled.since)
        side = r.choice([link.source, link.destination])
        code = self.code_of(side) if r.random() < 0.9 else r.choice(CODES)
        terms = tuple(self.some_terms(r))
        return code, self.to(code, "gateway", "proposeTerms", link_id, side, terms)

    def accept_terms(self, r: Random) -> Decided:
        proposed = [
            i for i, link in self.shadow.gateway.links.items() if link.proposed and link.version
        ]
        if not proposed:
            return self.propose_terms(r)
        link_id = r.choice(proposed)
        link = self.shadow.gateway.links[link_id]
        assert link.proposed
        terms = link.proposed.terms
        other = link.destination if link.proposed.side == link.source else link.source
        side = other if r.random() < 0.9 else link.proposed.side
        code = self.code_of(side) if r.random() < 0.95 else r.choice(CODES)
        terms = terms if r.random() < 0.95 else terms._replace(quota=999)
        args = (link_id, side, link.version + r.choice([1] * 12 + [2]), tuple(terms))
        return code, self.to(code, "gateway", "acceptTerms", *args)

    def resume(self, r: Random) -> Decided:
        suspended = [i for i, link in self.shadow.gateway.links.items() if link.suspended_by]
        link_id, link = self.any_link(r)
        side = r.choice([link.source, link.destination])
        if suspended and r.random() < 0.9:
            link_id = r.choice(suspended)
            side = r.choice(sorted(self.shadow.gateway.links[link_id].suspended_by))
        code = self.code_of(side) if r.random() < 0.95 else r.choice(CODES)
        return code, self.to(code, "gateway", "resume", link_id, side)
