"""Rules of officers who act alone: accounts, compliance, freezing. And the passing of time."""

from __future__ import annotations

from random import Random

from scripts.bench.evm import text32
from tests.contracts.actors import FILE
from tests.contracts.machine_base import CODES, DAY, HOLDERS, MachineBase
from tests.contracts.shadow_compliance import Emissions
from tests.contracts.shadow_desks import LienKind
from tests.contracts.words import NOTHING, Kind, Role, Status

OPERATORS = ("alice", "bob")
OBLIGED = (2030, 2031)


class OfficerRules(MachineBase):
    def open_account(self, r: Random) -> None:
        code = r.choice(CODES)
        account = self.person(r.choice(["stranger", "broker", "alice"]))
        by = self.member(r, code, Role.ACCOUNT_ADMINISTRATOR)
        kind = r.choice([Kind.PARTICIPANT, Kind.PARTICIPANT, Kind.OPERATOR, Kind.SYSTEM, Kind.NONE])
        self.take(by, self.to(code, "registry", "openAccount", account, kind, FILE))

    def restrict_account(self, r: Random) -> None:
        code, account = r.choice(CODES), self.person(r.choice([*HOLDERS, "stranger"]))
        by = self.member(r, code, Role.COMPLIANCE_OFFICER)
        status = r.choice([s for s in Status if s != Status.NONE])
        self.take(by, self.to(code, "registry", "restrictAccount", account, status))

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

    def report_emissions(self, r: Random) -> None:
        """A verifier attests, the operator may object, the authority confirms."""
        code, account, year = r.choice(CODES), self.person(r.choice(OPERATORS)), r.choice(OBLIGED)
        year = year if r.random() < 0.95 else 2040
        state = self.programme(code).compliance.obligations[account, year].state
        likely = {Emissions.NONE: "attest", Emissions.ATTESTED: r.choice(["confirm", "dispute"])}
        verb = likely.get(state, "confirm")
        verb = verb if r.random() < 0.8 else r.choice(["attest", "confirm", "dispute"])
        emissions = self.programme(code).compliance.obligations[account, year].emissions
        if verb == "attest":
            by = self.member(r, code, Role.VERIFIER)
            args = (account, year, r.choice([0, r.randint(10, 60)]), NOTHING)
        elif verb == "confirm":
            by = self.member(r, code, Role.COMPLIANCE_OFFICER)
            args = (account, year, emissions + r.choice([0, 0, 0, 5]), NOTHING)
        else:
            by = account if r.random() < 0.8 else self.person("carol")
            args = (account, year, NOTHING)
        self.take(by, self.to(code, "compliance", verb, *args))

    def settle_or_publish(self, r: Random) -> None:
        code, account, year = r.choice(CODES), self.person(r.choice(OPERATORS)), r.choice(OBLIGED)
        able = [
            (c, *key)
            for c in CODES
            for key, o in self.programme(c).compliance.obligations.items()
            if o.state >= Emissions.CONFIRMED and not o.settled and key[1] in OBLIGED
        ]
        if able and r.random() < 0.7:
            code, account, year = r.choice(able)
        rules = self.programme(code).compliance.years[year]
        late = rules.deadline + 1 - self.shadow.clock.now
        if 0 < late < 30 * DAY and r.random() < 0.3:
            self.shadow.clock.now += late
        if r.random() < 0.06:
            by = self.member(r, code, Role.COMPLIANCE_OFFICER)
            self.take(by, self.to(code, "compliance", "publish", year, NOTHING))
            return
        year = year if r.random() < 0.95 else 2040
        call = self.to(code, "compliance", "settleYear", account, year)
        self.take(self.anyone(r), call)

    def verify_credits(self, r: Random) -> None:
        code = r.choice(["CN", "CN", "KR", "JP"])
        identity = self.credit_class if r.random() < 0.9 else self.place(r)[1]
        by = self.member(r, code, Role.VERIFIER)
        report = text32(f"report {r.randrange(6)}")
        args = (report, identity, r.choice([0, 12, 20, 20]))
        self.take(by, self.to(code, "issuance", "recordVerification", *args))

    def move_centrally(self, r: Random) -> None:
        names = ["state", "reserve"]
        (code, identity), giver = self.holding(r, names)
        to = self.of(code, r.choice(["state", "reserve", "reserve", "alice"]))
        quantity, refs = self.some(r, (code, identity), giver)
        by = self.member(r, code, Role.ALLOCATOR)
        args = (identity, giver, to, quantity, refs)
        self.take(by, self.to(code, "issuance", "moveCentrally", *args))

    def let_time_pass(self, r: Random) -> None:
        self.shadow.clock.now += r.choice(
            [600, 3600, 3600, DAY, DAY, 2 * DAY, 2 * DAY, 3 * DAY, 8 * DAY, 31 * DAY]
        )
        self.counts["let_time_pass", "done"] += 1

    credit_class: int
