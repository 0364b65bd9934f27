"""Rules of officers who act alone: accounts, compliance, liens, pools. And the passing of time."""

from __future__ import annotations

from random import Random

from scripts.bench.evm import text32
from tests.contracts.actors import FILE
from tests.contracts.desks import Emissions
from tests.contracts.machine_beginning import CODES, DAY, HOLDERS, OBLIGED, OPERATORS
from tests.contracts.machine_choices import Choices
from tests.contracts.shadow_liens import LienKind
from tests.contracts.words import NOTHING, Allocated, Kind, Role, Status


class OfficerRules(Choices):
    def open_account(self, r: Random) -> None:
        code = r.choice(CODES)
        account = r.choice([self.person(n) for n in ("stranger", "broker", "alice")])
        if r.random() < 0.1:
            account = self.world.gateway.address
        by = self.member(r, code, Role.ACCOUNT_ADMINISTRATOR)
        kind = r.choice([Kind.PARTICIPANT, Kind.PARTICIPANT, Kind.OPERATOR, Kind.SYSTEM, Kind.NONE])
        file, province = r.choice([FILE] * 9 + [NOTHING]), r.choice([0, 0, 44])
        call = self.to(code, "registry", "openAccount", account, kind, file, province)
        self.take(by, call)

    def restrict_account(self, r: Random) -> None:
        code, account = r.choice(CODES), self.person(r.choice([*HOLDERS, "stranger"]))
        by = self.member(r, code, Role.COMPLIANCE_OFFICER)
        status = r.choice([s for s in Status if s != Status.NONE])
        self.take(by, self.to(code, "registry", "restrictAccount", account, status))

    # ---- liens ----------------------------------------------------------------------------

    def freeze_or_release(self, r: Random) -> None:
        code = r.choice(CODES)
        liens = self.programme(code).liens.liens
        pledged = [i for i, lien in enumerate(liens, start=1) if lien.kind == LienKind.PLEDGE]
        if pledged and r.random() < 0.6:
            number = r.choice(pledged) if r.random() < 0.9 else r.randint(0, len(liens) + 1)
            creditor = self.programme(code).liens.of(number).creditor
            creditor = creditor if r.random() < 0.9 else self.person("alice")
            by = creditor if creditor in self.names and r.random() < 0.85 else self.anyone(r)
            self.take(by, self.to(code, "liens", "releasePledge", creditor, number))
            return
        place, account = self.holding(r)
        units, refs = self.some(r, place, account)
        by = self.member(r, place[0], Role.COMPLIANCE_OFFICER)
        args = (account, place[1], units, refs, NOTHING)
        self.take(by, self.to(place[0], "liens", "freeze", *args))

    # ---- the compliance year --------------------------------------------------------------

    def report_emissions(self, r: Random) -> None:
        """A verifier attests, the operator may object, the authority confirms."""
        code, account, year = r.choice(CODES), self.person(r.choice(OPERATORS)), r.choice(OBLIGED)
        year = year if r.random() < 0.95 else 2040
        o = self.programme(code).compliance.obligations[account, year]
        likely = {Emissions.NONE: "attest", Emissions.ATTESTED: r.choice(["confirm", "dispute"])}
        verb = likely.get(o.state, "confirm")
        verb = verb if r.random() < 0.8 else r.choice(["attest", "confirm", "dispute"])
        if verb == "attest":
            by = self.member(r, code, Role.VERIFIER)
            args = (account, year, r.choice([0, r.randint(10, 60)]), text32("report"))
        elif verb == "confirm":
            self.let_pass(r, [0, DAY + 1])
            by = self.member(r, code, Role.COMPLIANCE_OFFICER)
            args = (account, year, o.emissions + r.choice([0, 0, 0, 5]), NOTHING)
        else:
            by = account if r.random() < 0.8 else self.person("carol")
            args = (account, year, NOTHING)
        self.take(by, self.to(code, "compliance", verb, *args))

    def settle_a_year(self, r: Random) -> None:
        code, account, year = r.choice(CODES), self.person(r.choice(OPERATORS)), r.choice(OBLIGED)
        able = [
            (c, *key)
            for c in CODES
            for key, o in self.programme(c).compliance.obligations.items()
            if o.state >= Emissions.CONFIRMED and not o.settled and key[1] in OBLIGED
        ]
        if able and r.random() < 0.7:
            code, account, year = r.choice(able)
        desk = self.programme(code).compliance
        if year in desk.years:
            o = desk.obligations[account, year]
            late = max(desk.years[year].deadline, o.reversible_until) + 1 - self.shadow.clock.now
            if 0 < late < 40 * DAY and r.random() < 0.3:
                self.shadow.clock.now += late
        year = year if r.random() < 0.95 else 2040
        self.take(self.anyone(r), self.to(code, "compliance", "settleYear", account, year))

    # ---- units ----------------------------------------------------------------------------

    def verify_credits(self, r: Random) -> None:
        code = r.choice(["CN", "CN", "KR", "JP"])
        identity = self.credit_class if r.random() < 0.9 else self.place(r)[1]
        by = self.member(r, code, Role.VERIFIER)
        report = text32(f"report {r.randrange(6)}") if r.random() < 0.95 else NOTHING
        args = (report, identity, r.choice([0, 12, 20, 20]))
        self.take(by, self.to(code, "issuance", "recordVerification", *args))

    def move_between_pools(self, r: Random) -> None:
        (code, identity), giver = self.holding(r, ["pool", "pool", "reserve", "state"])
        to = self.of(code, r.choice(["pool", "reserve", "reserve", "state"]))
        quantity, refs = self.some(r, (code, identity), giver)
        by = self.member(r, code, Role.ALLOCATOR)
        args = (identity, giver, to, quantity, refs)
        self.take(by, self.to(code, "issuance", "moveBetweenPools", *args))

    def allocate(self, r: Random) -> None:
        """Within what an operator is entitled to."""
        (code, identity), pool = self.holding(r, ["pool", "pool", "pool", "reserve"])
        lines = [
            (account, year, kind, entitled - given)
            for (account, year, c, kind), (entitled, given) in sorted(
                self.programme(code).issuance.entitlements.items()
            )
            if entitled > given and c == identity
        ]
        if lines and r.random() < 0.9:
            account, year, kind, left = r.choice(lines)
        else:
            account, year = self.person(r.choice(["alice", "carol"])), r.choice(OBLIGED)
            kind, left = r.choice([*Allocated]), 3
        quantity, refs = self.some(r, (code, identity), pool)
        if not refs:
            quantity = min(quantity, left) if r.random() < 0.85 else left + 1
        call = self.to(
            code, "issuance", "allocate", identity, pool, (account, year, kind, quantity), refs
        )
        self.take(self.member(r, code, Role.ALLOCATOR), call)

    def let_time_pass(self, r: Random) -> None:
        self.shadow.clock.now += r.choice(
            [600, 3600, 3600, DAY, DAY, 2 * DAY, 2 * DAY, 3 * DAY, 8 * DAY, 31 * DAY]
        )
        self.counts["let_time_pass", "done"] += 1

    credit_class: int
