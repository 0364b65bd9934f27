"""Rules of linked registries: what crosses, what comes home, and what one side does alone.

What two people decide about links is in machine_agreements.py.
"""

from __future__ import annotations

from random import Random

from tests.contracts.actors import YEAR
from tests.contracts.machine_beginning import CODES, DAY, HOLDERS
from tests.contracts.machine_holders import HolderRules
from tests.contracts.shadow_terms import Link, Terms
from tests.contracts.words import Role, Test, condition

RATES = [(2, 3), (3, 2), (5, 4), (3, 1), (1, 3), (7, 5), (1, 1)]


class LinkRules(HolderRules):
    def code_of(self, registry: str) -> str:
        return next(c for c in CODES if self.programme(c).registry.address == registry)

    def any_link(self, r: Random) -> tuple[int, Link]:
        links = self.shadow.gateway.links
        link_id = r.choice(sorted(links))
        return link_id, links[link_id]

    def export(self, r: Random) -> None:
        (code, identity), sender = self.holding(r, foreign=r.random() < 0.05)
        links = self.shadow.gateway.links
        registry = self.programme(code).registry.address
        out = [i for i in sorted(links) if links[i].source == registry]
        out = [i for i in out if links[i].version or r.random() < 0.1] or out
        link_id = r.choice(out) if out and r.random() < 0.95 else r.choice([*links, 99])
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
        accepted = r.choice([0] * 5 + [1] * 4 + [3])
        args = (account, registry, place[1], quantity, refs, recipient, accepted)
        self.carry(r, place[0], account, self.to(place[0], "gateway", "returnUnits", *args))

    def one_side_alone(self, r: Random) -> None:
        link_id, link = self.any_link(r)
        side = r.choice([link.source, link.destination, link.destination])
        code = self.code_of(side) if r.random() < 0.95 else r.choice(CODES)
        by = self.member(r, code, Role.LINK_ADMINISTRATOR)
        if r.random() < 0.3:
            self.take(by, self.to(code, "gateway", "suspend", link_id, side))
            return
        quota = self.shadow.gateway.quota(link, link.terms)
        lower = r.choice([max(0, quota - r.randint(1, 9)), quota + 1, quota])
        self.take(by, self.to(code, "gateway", "lowerQuota", link_id, lower))

    def some_terms(self, r: Random) -> Terms:
        """Terms to propose."""
        world = self.world
        share = (r.choice([1000, 3000]), self.home_classes["KR"]) if r.random() < 0.15 else (0, 0)
        since = world.start - 1000 + (YEAR if r.random() < 0.05 else 0)
        until = since + (7 * YEAR if r.random() < 0.92 else YEAR // 6)
        eligible = [condition("region", Test.NONE_OF, r.choice(["CN-FJ", "JP"]))]
        terms = world.terms(
            r.choice(RATES),
            quota=r.randint(20, 80),
            since=since,
            until=until,
            periods=self.some_periods(r, since, until),
            share=share,
            net=r.random() < 0.5,
            fresh=r.random() < 0.2,
            freezes=r.random() < 0.5,
            notice=r.choice([0, 0, DAY, 10 * DAY]),
            vintages=(2000, r.choice([2100, 2100, 2100, 2029])),
            unit_types=r.choice([0b110, 0b110, 0b110, 0b010]),
            conditions=eligible if r.random() < 0.2 else [],
        )
        return Terms.of(terms)

    @staticmethod
    def some_periods(r: Random, since: int, until: int) -> list[int]:
        """Quota periods of different lengths; rarely not in turn, or not up to the last day."""
        ends = sorted({r.randint(since, since + 2 * YEAR) for _ in range(r.randrange(12))})
        periods = [end for end in ends if end < until] + [until]
        wrong = r.random()
        if wrong < 0.02:
            periods.reverse()
        elif wrong < 0.04:
            periods[-1] -= 1
        return periods

    home_classes: dict[str, int]
