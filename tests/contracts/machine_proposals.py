"""What is proposed: a call of every function that two people decide, likely or mistaken."""

from __future__ import annotations

from random import Random

from scripts.bench.evm import text32
from tests.contracts.actors import WINDOW
from tests.contracts.machine_base import CODES, DAY, HOLDERS, Place
from tests.contracts.machine_links import LinkRules
from tests.contracts.machine_officers import OBLIGED, OPERATORS, OfficerRules
from tests.contracts.shadow import Controls
from tests.contracts.shadow_authority import Call
from tests.contracts.shadow_compliance import Emissions
from tests.contracts.shadow_desks import LienKind
from tests.contracts.words import NOTHING, Role, State, Status

CONTROLS = (0, 0, 0, 1, 1, 2, 4, 8, 8, 16, 16, 16, 48, 9, 24)
Decided = tuple[str, Call]  # whose programme, and what


class Proposals(LinkRules, OfficerRules):
    # ---- units ----------------------------------------------------------------------------

    def issue(self, r: Random) -> Decided:
        code = r.choice(CODES)
        identity, evidence = self.home_classes[code], text32("decision")
        to = self.of(code, r.choice(["state"] * 8 + ["reserve", "alice"]))
        if code == "CN" and r.random() < 0.5:
            identity, to = self.credit_class, self.person(r.choice(HOLDERS))
            evidence = text32(f"report {r.randrange(6)}")
        units = self.programme(code).registry.classes[identity]
        if r.random() < 0.05:
            evidence = NOTHING
        left = units.cap - units.issued
        quantity = left + 1 if r.random() < 0.1 else self.amount(r, min(15, left))
        return code, self.to(code, "issuance", "issue", identity, to, quantity, evidence)

    def allocate(self, r: Random) -> Decided:
        (code, identity), giver = self.holding(r, ["state"] * 3 + ["reserve"])
        to = self.person(r.choice(["alice", "bob"] * 6 + ["carol"]))
        quantity, refs = self.some(r, (code, identity), giver)
        args = (identity, giver, to, quantity, r.choice(OBLIGED), refs)
        return code, self.to(code, "issuance", "allocate", *args)

    def deliver(self, r: Random) -> Decided:
        (code, identity), giver = self.holding(r, ["state"])
        quantity, refs = self.some(r, (code, identity), giver)
        args = (identity, giver, self.person(r.choice(HOLDERS)), quantity, refs)
        return code, self.to(code, "issuance", "deliver", *args)

    def cap(self, r: Random) -> Decided:
        code, identity = self.place(r, foreign=r.random() < 0.05)
        if r.random() < 0.06:
            return code, self.to(code, "registry", "sealClass", identity)
        units = self.units((code, identity))
        cap = (units.cap if units else 9) + r.choice([-1, 0, 10, 25])
        return code, self.to(code, "registry", "raiseCap", identity, min(cap, 2**40 - 1))

    # ---- what is put right ----------------------------------------------------------------

    def reverse_surrender(self, r: Random) -> Decided | None:
        used = [
            ((code, identity), unit.owner, year)
            for code in CODES
            for (identity, serial), year in self.programme(code).compliance.used_for.items()
            for unit in [self.programme(code).registry.classes[identity].at(serial)]
            if unit.state == State.SURRENDERED and unit.since > self.shadow.clock.now - 25 * DAY
        ]
        if not used:
            return None
        place, account, year = r.choice(used)
        refs = self.refs(r, place, account, State.SURRENDERED)
        if r.random() < 0.9:  # of one year
            desk = self.programme(place[0]).compliance
            refs = [ref for ref in refs if desk.used_for.get((place[1], ref[0])) == year]
        args = (account, year, place[1], refs)
        return place[0], self.to(place[0], "compliance", "reverseSurrender", *args)

    def reverse_allocation(self, r: Random) -> Decided | None:
        codes = [c for c in CODES if self.programme(c).issuance.allocations]
        if not codes:
            return None
        code = r.choice(codes)
        desk = self.programme(code).issuance
        allocations, since = desk.allocations, self.shadow.clock.now - desk.window
        fresh = [i for i, a in enumerate(allocations, start=1) if a[2] > since and a[3]]
        number = r.choice(fresh) if fresh and r.random() < 0.8 else r.randint(0, 99)
        identity, holder, _, left, _ = allocations[(number - 1) % len(allocations)]
        to = self.person(r.choice(["state"] * 8 + ["carol"]))
        refs = self.refs(r, (code, identity), holder) if r.random() < 0.3 else []
        quantity = sum(ref[3] for ref in refs) or self.amount(r, left)
        return code, self.to(code, "issuance", "reverseAllocation", number, to, quantity, refs)

    def correct_issuance(self, r: Random) -> Decided | None:
        issued = [
            (code, *key, value)
            for code in CODES
            for key, value in sorted(self.programme(code).issuance.issued.items())
        ]
        if not issued:
            return None
        since = self.shadow.clock.now - WINDOW
        fresh = [i for i in issued if i[3][1] > since]
        fresh = fresh if fresh and r.random() < 0.85 else issued
        code, identity, first, (to, _, count) = r.choice(fresh)
        blocks = self.programme(code).registry.classes[identity].list_of(to)
        mine = [b for b in blocks if first <= b[0] < first + count]
        refs = self.refs(r, (code, identity), to)
        if mine and r.random() < 0.8:
            block, size = r.choice(mine)
            at = blocks.index((block, size))
            refs = [(block, blocks[at - 1][0] if at else 0, block, r.randint(1, min(3, size)))]
        args = (identity, first + r.choice([0] * 15 + [1]), refs)
        return code, self.to(code, "issuance", "correctIssuance", *args)

    def unfreeze(self, r: Random) -> Decided:
        code = r.choice([c for c in CODES if self.programme(c).liens.liens] or ["CN"])
        liens = self.programme(code).liens.liens
        frozen = [i for i, lien in enumerate(liens, start=1) if lien.kind == LienKind.FREEZE]
        number = r.choice(frozen) if frozen and r.random() < 0.85 else r.randint(0, len(liens) + 1)
        return code, self.to(code, "liens", "unfreeze", number)

    # ---- accounts -------------------------------------------------------------------------

    def status(self, r: Random) -> Decided:
        code = r.choice(CODES)
        accounts = self.programme(code).registry.accounts
        account = self.person(r.choice([*HOLDERS, "state", "stranger", "broker"]))
        stopped = [self.person(n) for n in HOLDERS if accounts[self.person(n)].status > Status.OPEN]
        if stopped and r.random() < 0.7:
            return code, self.to(
                code, "registry", "setAccountStatus", r.choice(stopped), Status.OPEN
            )
        status = r.choice(list(Status))
        return code, self.to(code, "registry", "setAccountStatus", account, status)

    def controls(self, r: Random) -> Decided:
        code, account = r.choice(CODES), self.person(r.choice(HOLDERS))
        _, held = self.programme(code).registry.held_of_limit(account, 0)
        args = (account, r.choice(CONTROLS), held + r.choice([0, 1, 3, 8]))
        return code, self.to(code, "registry", "setAccountControls", *args)

    def representative(self, r: Random) -> Decided:
        code, account = r.choice(CODES), self.person(r.choice(HOLDERS))
        two = [
            self.person(name)
            for name in HOLDERS
            if self.programme(code).registry.accounts[self.person(name)].controls
            & Controls.TWO_REPRESENTATIVES
        ]
        if two and r.random() < 0.8:
            account = r.choice(two)
        args = (account, self.person(r.choice(["broker", "erin"])), r.choice([1, 2, 3, 3, 0]))
        return code, self.to(code, "holders", "setRepresentative", *args)

    def limits(self, r: Random) -> Decided:
        code = r.choice(CODES)
        if r.random() < 0.5:
            share = r.choice([0, 2500, 5000, 10000])
            return code, self.to(code, "registry", "setSaleShare", share)
        places: list[Place] = [self.place(r) for _ in range(r.choice([0, 1, 3, 5]))]
        listed = [(self.programme(c).registry.address, identity) for c, identity in places]
        return code, self.to(code, "registry", "setHoldingLimitClasses", listed)

    def paid_share(self, r: Random) -> Decided:
        code, account = r.choice(CODES), self.person(r.choice([*OPERATORS, "carol", "stranger"]))
        bought = self.programme(code).issuance.paid.get(account, [0, 0])[1]
        required = bought + r.choice([0, 4, -bought])
        return code, self.to(code, "issuance", "requirePaidShare", account, required)

    # ---- links ----------------------------------------------------------------------------

    def agreement(self, r: Random) -> Decided:
        gateway = self.shadow.gateway
        waiting = [i for i, link in gateway.links.items() if not link.version and i % 2 == 0]
        if waiting and r.random() < 0.8:
            forward, backward = (gateway.links[waiting[0] + i].proposed for i in (0, 1))
            code = self.code_of(gateway.links[waiting[0]].destination)
            code = code if r.random() < 0.9 else r.choice(CODES)
            assert forward
            assert backward
            number, terms = waiting[0] // 2, [forward[0], backward[0]]
            if r.random() < 0.08:
                terms.reverse()
            args = (r.choice([number] * 9 + [9]), *(tuple(t) for t in terms))
            return code, self.to(code, "gateway", "acceptAgreement", *args)
        first, second = r.choice([("KR", "JP")] * 8 + [("CN", "KR"), ("JP", "JP")])
        code = first if r.random() < 0.9 else r.choice(CODES)
        pair = [self.programme(c).registry.address for c in (first, second)]
        args = (*pair, self.some_terms(r), self.some_terms(r))
        return code, self.to(code, "gateway", "proposeAgreement", *args)

    def propose_terms(self, r: Random) -> Decided:
        link_id, link = self.any_link(r)
        code = self.code_of(r.choice([link.source, link.destination]))
        code = code if r.random() < 0.9 else r.choice(CODES)
        return code, self.to(code, "gateway", "proposeTerms", link_id, self.some_terms(r))

    def accept_terms(self, r: Random) -> Decided:
        proposed = [
            i for i, link in self.shadow.gateway.links.items() if link.proposed and link.version
        ]
        if not proposed:
            return self.propose_terms(r)
        link_id = r.choice(proposed)
        link = self.shadow.gateway.links[link_id]
        assert link.proposed
        terms, side = link.proposed
        other = link.destination if side == link.source else link.source
        code = self.code_of(other if r.random() < 0.9 else side)
        terms = terms if r.random() < 0.95 else terms._replace(quota=999)
        args = (link_id, link.version + r.choice([1] * 12 + [2]), tuple(terms))
        return code, self.to(code, "gateway", "acceptTerms", *args)

    def resume(self, r: Random) -> Decided:
        suspended = [i for i, link in self.shadow.gateway.links.items() if link.suspended_by]
        link_id, link = self.any_link(r)
        side = r.choice([link.source, link.destination])
        if suspended and r.random() < 0.9:
            link_id = r.choice(suspended)
            side = r.choice(sorted(self.shadow.gateway.links[link_id].suspended_by))
        code = self.code_of(side) if r.random() < 0.95 else r.choice(CODES)
        return code, self.to(code, "gateway", "resume", link_id)

    # ---- the programme's rules ------------------------------------------------------------

    def year(self, r: Random) -> Decided:
        code, year = r.choice(CODES), r.choice([2030, 2031, 2032])
        rules = self.programme(code).compliance.years[year]
        limits = self.programme(code).compliance.limits[year]
        if r.random() < 0.3:
            limits = [
                limit._replace(basis_points=r.choice([4000, 9000, 10001])) for limit in limits
            ]
        if r.random() < 0.5:
            category = text32(r.choice(["forestry", "solar", "solar"]))
            return code, self.to(code, "compliance", "excludeCategory", year, category)
        args = (year, tuple(rules), [tuple(limit) for limit in limits])
        return code, self.to(code, "compliance", "defineYear", *args)

    def deadline(self, r: Random) -> Decided:
        code, year = r.choice(CODES), r.choice([2030, 2031, 2031, 2040])
        later = self.shadow.clock.now + r.choice([20, 40, 60]) * DAY
        later = later if r.random() < 0.95 else 0
        return code, self.to(code, "compliance", "moveDeadline", year, later)

    def assign(self, r: Random) -> Decided:
        code, account, year = r.choice(CODES), self.person(r.choice(OPERATORS)), r.choice(OBLIGED)
        state = self.programme(code).compliance.obligations[account, year].state
        disputed = [
            (c, *key)
            for c in CODES
            for key, o in self.programme(c).compliance.obligations.items()
            if o.state == Emissions.DISPUTED
        ]
        if disputed and r.random() < 0.7:
            code, account, year = r.choice(disputed)
        elif state != Emissions.NONE and r.random() < 0.6:
            return self.debt(r)
        args = (account, year, r.randint(10, 60), NOTHING)
        return code, self.to(code, "compliance", "assign", *args)

    def debt(self, r: Random) -> Decided:
        code, account, year = r.choice(CODES), self.person(r.choice(OPERATORS)), r.choice(OBLIGED)
        args = (account, year, r.randint(1, 9), NOTHING)
        return code, self.to(code, "compliance", "addDebt", *args)

    def role(self, r: Random) -> Decided:
        """Roles that come and go. What was decided by somebody who lost the role is void."""
        code = r.choice(CODES)
        role = r.choice([1, 2, 3, 4, 5, 6, 6, 7, 9])
        members = sorted(self.programme(code).authority.members[role])
        if r.random() < (0.5 if role in {7, 9} else 0.35 * (len(members) > 1)):
            return code, self.to(code, "authority", "revokeRole", role, r.choice(members))
        account = self.person(r.choice(["erin", "councillor", "deputy"]))
        if role == Role.GUARDIAN:
            account = self.person("erin")
        return code, self.to(code, "authority", "grantRole", role, account, 0)

    def settings(self, r: Random) -> Decided:
        code = r.choice(CODES)
        delays = (r.choice([0, DAY, 2 * DAY]), r.choice([0, DAY]), 7 * DAY, r.choice([0, 6, 10]))
        return code, self.to(code, "holders", "setSettings", delays)
