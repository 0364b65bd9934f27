"""What two people decide about units and accounts: a likely call, or a mistaken one."""

from __future__ import annotations

from random import Random

from scripts.bench.evm import text32
from tests.contracts.actors import WINDOW
from tests.contracts.machine_beginning import CODES, DAY, HOLDERS, OBLIGED, OPERATORS, decision
from tests.contracts.machine_choices import Choices, Place
from tests.contracts.shadow import Controls
from tests.contracts.shadow_liens import LienKind
from tests.contracts.shadow_proposals import Call
from tests.contracts.words import NOTHING, Allocated, State, Status

CONTROLS = (0, 0, 0, 1, 1, 2, 4, 8, 8, 16, 16, 16, 48, 9, 24, 32, 64)
Decided = tuple[str, Call]  # whose programme, and what


class Proposals(Choices):
    # ---- units ----------------------------------------------------------------------------

    def issue(self, r: Random) -> Decided:
        code = r.choice(CODES)
        identity, evidence = self.home_classes[code], self.some_decision(r)
        to = self.of(code, r.choice(["pool"] * 6 + ["state", "reserve", "alice"]))
        if code == "CN" and r.random() < 0.5:
            identity, to = self.credit_class, self.person(r.choice(HOLDERS))
            evidence = text32(f"report {r.randrange(6)}")
        units = self.programme(code).registry.classes[identity]
        if r.random() < 0.05:
            evidence = NOTHING
        left = units.cap - units.issued
        quantity = left + 1 if r.random() < 0.1 else self.amount(r, min(15, left))
        return code, self.to(code, "issuance", "issue", identity, to, quantity, evidence)

    def some_decision(self, r: Random) -> bytes:
        """Mostly a new one."""
        return decision(self.another() if r.random() < 0.9 else r.randint(0, self.nonce))

    def entitle(self, r: Random) -> Decided:
        code = r.choice(CODES)
        desk = self.programme(code).issuance
        changes = []
        for _ in range(r.choice([1, 1, 2])):
            account, year = self.person(r.choice(["alice", "bob"] * 6 + ["carol"])), 2030
            year = r.choice(OBLIGED)
            kind = r.choice([Allocated.INITIAL, Allocated.INITIAL, Allocated.ADJUSTMENT])
            kind = Allocated.AUCTION if r.random() < 0.03 else kind
            identity = self.home_classes[code]
            now, given = desk.line(account, year, identity, kind)
            to = max(0, r.choice([now + 5, now + 12, given - 3, now - 2]))
            was = now if r.random() < 0.95 else now + 1
            changes.append((account, year, kind, identity, was, to))
        province = desk.registry.accounts[changes[0][0]].province
        province = province if r.random() < 0.95 else 31
        return code, self.to(code, "issuance", "entitle", province, changes)

    def deliver(self, r: Random) -> Decided:
        (code, identity), giver = self.holding(r, ["pool", "pool", "reserve", "state"])
        quantity, refs = self.some(r, (code, identity), giver)
        number = self.another() if r.random() < 0.9 else r.randint(0, self.nonce)
        sale = text32(f"sale {number}") if r.random() < 0.97 else NOTHING
        province = r.choice([0] * 15 + [44])
        to = self.person(r.choice(HOLDERS))
        args = (province, identity, giver, to, quantity, sale, refs)
        return code, self.to(code, "issuance", "deliver", *args)

    def move_centrally(self, r: Random) -> Decided:
        (code, identity), giver = self.holding(r, ["pool", "state", "state", "reserve"])
        to = self.of(code, r.choice(["state", "pool", "reserve", "alice"]))
        quantity, refs = self.some(r, (code, identity), giver)
        args = (identity, giver, to, quantity, refs)
        return code, self.to(code, "issuance", "moveCentrally", *args)

    def cap(self, r: Random) -> Decided:
        code, identity = self.place(r, foreign=r.random() < 0.05)
        if r.random() < 0.06:
            return code, self.to(code, "registry", "sealClass", identity)
        units = self.units((code, identity))
        cap = (units.cap if units else 9) + r.choice([-1, 0, 10, 25])
        return code, self.to(code, "registry", "raiseCap", identity, min(cap, 2**40 - 1))

    # ---- what is put right ----------------------------------------------------------------

    def reverse_surrender(self, r: Random) -> Decided | None:
        since = self.shadow.clock.now - 25 * DAY if r.random() < 0.8 else 0
        used = [
            ((code, identity), unit.owner, year)
            for code in CODES
            for (identity, serial), year in self.programme(code).compliance.used_for.items()
            for unit in [self.programme(code).registry.classes[identity].at(serial)]
            if unit.state == State.SURRENDERED and unit.since > since
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
        fresh = [i for i, a in enumerate(allocations, start=1) if a.time > since and a.quantity]
        number = r.choice(fresh) if fresh and r.random() < 0.8 else r.randint(0, 99)
        a = allocations[(number - 1) % len(allocations)]
        to = self.of(code, r.choice(["pool"] * 6 + ["state", "carol"]))
        refs = self.refs(r, (code, a.identity), a.to) if r.random() < 0.3 else []
        quantity = sum(ref[3] for ref in refs) or self.amount(r, a.quantity - a.reversing)
        quantity += r.choice([0, 0, 2]) * bool(refs)
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
        fresh = [i for i in issued if i[3].time > since]
        fresh = fresh if fresh and r.random() < 0.85 else issued
        code, identity, first, issuance = r.choice(fresh)
        refs = self.refs_of_issuance(r, code, identity, first)
        first += r.choice([0] * 15 + [1])
        quantity = sum(ref[3] for ref in refs) + r.choice([0, 0, 1])
        quantity = quantity or r.choice([0, issuance.count, issuance.count + 1])
        args = (identity, first, quantity, refs)
        return code, self.to(code, "issuance", "correctIssuance", *args)

    def refs_of_issuance(self, r: Random, code: str, identity: int, first: int) -> list:
        """Units that their first holder still has, or others of it, or none yet."""
        issuance = self.programme(code).issuance.issued[identity, first]
        units = self.programme(code).registry.classes[identity]
        if r.random() < 0.15:
            return []
        for blocks in units.lists_of(issuance.to):
            for at, (block, size) in enumerate(blocks):
                if first <= block < first + issuance.count and r.random() < 0.8:
                    previous = blocks[at - 1][0] if at else 0
                    return [(block, previous, block, r.randint(1, min(3, size)))]
        return self.refs(r, (code, identity), issuance.to)

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
            args = (r.choice(stopped), Status.OPEN)
            return code, self.to(code, "registry", "setAccountStatus", *args)
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
        who = self.person(r.choice(["broker", "erin", "stranger"]))
        args = (account, who, r.choice([1, 2, 3, 3, 3, 0]))
        return code, self.to(code, "holders", "setRepresentative", *args)

    def limits(self, r: Random) -> Decided:
        code = r.choice(CODES)
        if r.random() < 0.5:
            share = r.choice([0, 2500, 5000, 10000, 10001])
            return code, self.to(code, "registry", "setSaleShare", share)
        places: list[Place] = [self.place(r) for _ in range(r.choice([0, 1, 3, 5, 5, 17]))]
        listed = [(self.programme(c).registry.address, identity) for c, identity in places]
        return code, self.to(code, "registry", "setHoldingLimitClasses", listed)

    def paid_share(self, r: Random) -> Decided:
        code, account = r.choice(CODES), self.person(r.choice([*OPERATORS, "carol", "stranger"]))
        bought = self.programme(code).issuance.paid.get(account, [0, 0])[1]
        required = bought + r.choice([0, 4, -bought])
        province = self.programme(code).registry.accounts[account].province
        args = (province if r.random() < 0.95 else 31, account, required)
        return code, self.to(code, "issuance", "requirePaidShare", *args)

    credit_class: int
    home_classes: dict[str, int]
