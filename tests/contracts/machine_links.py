"""Rules of linked registries: what crosses, what comes home, and what one side does alone.

What two people decide about links is in machine_decisions.py.
"""

from __future__ import annotations

from random import Random

from tests.contracts.actors import YEAR
from tests.contracts.machine_base import CODES, HOLDERS, MachineBase
from tests.contracts.machine_holders import HolderRules
from tests.contracts.shadow_links import Link

RATES = [(2, 3), (3, 2), (5, 4), (3, 1), (1, 3), (7, 5), (1, 1)]


class LinkRules(HolderRules, MachineBase):
    def code_of(self, registry: str) -> str:
        return next(c for c in CODES if self.programme(c).registry.address == registry)

    def any_link(self, r: Random) -> tuple[int, Link]:
        links = self.shadow.gateway.links
        link_id = r.choice(sorted(links))
        return link_id, links[link_id]

    def export(self, r: Random) -> None:
        (code, identity), sender = self.holding(r, foreign=r.random() < 0.05)
        links = self.shadow.gateway.links
        out = [i for i in sorted(links) if self.code_of(links[i].source) == code]
        out = [i for i in out if links[i].version or r.random() < 0.1] or out
        link_id = r.choice(out) if out and r.random() < 0.95 else r.choice([*links, 9])
        link = links.get(link_id, Link("", ""))
        recipient = sender if r.random() < 0.4 else self.receiver(r)
        quantity, refs = self.some(r, (code, identity), sender)
        version = link.in_force(self.shadow.clock.now + 1)[0] if link.version else 1
        version -= r.choice([0] * 15 + [1])
        accepted = r.choice([0] * 9 + [3])
        request = (sender, link_id, version, identity, quantity, accepted, recipient)
        call = self.to(code, "gateway", "transfer", request, refs)
        self.carry(r, code, sender, call)

    def return_home(self, r: Random) -> None:
        place, account = self.holding(r, [*HOLDERS, "state"], foreign=r.random() < 0.95)
        quantity, refs = self.some(r, place, account)
        recipient = account if r.random() < 0.5 else self.receiver(r)
        registry = self.programme(place[0]).registry.address
        args = (account, registry, place[1], quantity, refs, recipient, r.choice([0] * 9 + [3]))
        self.carry(r, place[0], account, self.to(place[0], "gateway", "returnUnits", *args))

    def one_side_alone(self, r: Random) -> None:
        link_id, link = self.any_link(r)
        code = self.code_of(r.choice([link.source, link.destination, link.destination]))
        by = self.member(r, code, 6)
        if r.random() < 0.3:
            self.take(by, self.to(code, "gateway", "suspend", link_id))
            return
        quota = self.shadow.gateway.quota(link, link.terms) if link.terms else 1
        lower = r.choice([max(0, quota - r.randint(1, 9)), quota + 1, quota])
        self.take(by, self.to(code, "gateway", "lowerQuota", link_id, lower))

    def some_terms(self, r: Random) -> tuple:
        """Terms to propose."""
        world = self.world
        start = world.start - 1000
        share = (r.choice([1000, 3000]), self.home_classes["KR"]) if r.random() < 0.15 else (0, 0)
        return world.terms(
            r.choice(RATES),
            quota=r.randint(20, 80),
            since=start + (YEAR if r.random() < 0.05 else 0),
            until=start + (40 * YEAR if r.random() < 0.92 else YEAR // 6),
            period=YEAR // r.choice([4, 6, 12]),
            period_start=start,
            share=share,
            net=r.random() < 0.5,
            notice=r.choice([0, 0, 86400, 10 * 86400]),
            vintages=(2000, r.choice([2100, 2100, 2100, 2029])),
            unit_types=r.choice([0b110, 0b110, 0b110, 0b010]),
        )

    home_classes: dict[str, int]
