"""Rules of those who hold units: what they do, and by which way they do it."""

from __future__ import annotations

from random import Random

from scripts.bench.evm import text32
from tests.contracts.machine_base import call_of
from tests.contracts.machine_beginning import CODES, DAY, HOLDERS, OBLIGED
from tests.contracts.machine_choices import Choices
from tests.contracts.shadow import NOBODY, Controls
from tests.contracts.shadow_holders import RequestState
from tests.contracts.shadow_proposals import Call
from tests.contracts.words import NOTHING

YEARS = (2030, 2031, 2032, 2040)


class HolderRules(Choices):
    # ---- what holders do ------------------------------------------------------------------

    def transfer(self, r: Random) -> None:
        names = HOLDERS if r.random() < 0.95 else ["state", "pool"]
        (code, identity), sender = self.holding(r, names)
        quantity, refs = self.some(r, (code, identity), sender)
        to = self.receiver(r, code)
        if refs:
            call = self.to(code, "registry", "transferUnits", sender, to, identity, refs)
        else:
            args = (sender, to, identity, quantity, b"")
            call = self.to(code, "registry", "safeTransferFrom", *args)
        self.carry(r, code, sender, call)

    def transfer_batch(self, r: Random) -> None:
        (code, _), sender = self.holding(r)
        known = sorted(self.programme(code).registry.classes)
        ids = [r.choice(known) for _ in range(r.randrange(4))]
        values = [r.choice([0, 1, 1, 2, 3, 5]) for _ in ids]
        args = (sender, self.receiver(r), ids, values, b"")
        self.carry(r, code, sender, self.to(code, "registry", "safeBatchTransferFrom", *args))

    def retire_or_cancel(self, r: Random) -> None:
        place, account = self.holding(r, [*HOLDERS, "state"], foreign=r.choice([None, True]))
        quantity, refs = self.some(r, place, account)
        verb = r.choice(["retire", "cancel"])
        args = (account, place[1], quantity, refs, NOTHING, NOTHING)
        self.carry(r, place[0], account, self.to(place[0], "registry", verb, *args))

    def surrender(self, r: Random) -> None:
        names = r.choice([("alice", "bob")] * 7 + [HOLDERS])
        place, account = self.holding(r, names, foreign=r.choice([None, None, True]))
        quantity, refs = self.some(r, place, account)
        years = self.programme(place[0]).compliance.years
        now = [y for y in OBLIGED if y in years and years[y].deadline > self.shadow.clock.now]
        year = r.choice([*now[:1], *now]) if now and r.random() < 0.85 else r.choice(YEARS)
        args = (account, year, place[1], quantity, refs)
        self.carry(r, place[0], account, self.to(place[0], "compliance", "surrender", *args))

    def pledge(self, r: Random) -> None:
        place, account = self.holding(r)
        quantity, refs = self.some(r, place, account)
        creditor = r.choice([self.person("dave")] * 6 + [self.person("broker"), NOBODY])
        args = (account, place[1], quantity, refs, creditor, NOTHING)
        self.carry(r, place[0], account, self.to(place[0], "liens", "pledge", *args))

    def trust(self, r: Random) -> None:
        code, account = r.choice(CODES), self.person(r.choice(HOLDERS))
        verb = r.choice(["trust", "trust", "distrust"])
        call = self.to(code, "holders", verb, account, self.receiver(r))
        self.carry(r, code, account, call)

    def approve_an_operator(self, r: Random) -> None:
        code, account = r.choice(CODES), self.person(r.choice(HOLDERS))
        args = (self.person("broker"), r.random() < 0.6)
        self.take(account, self.to(code, "registry", "setApprovalForAll", *args))

    def settle_trades(self, r: Random) -> None:
        """A trading institution settles; before it may, holders authorise it."""
        (code, identity), giver = self.holding(r)
        dave = self.person("dave")
        institution = dave if r.random() < 0.9 else self.person("carol")
        if r.random() < 0.5:
            args = (giver, institution, r.random() < 0.8)
            self.carry(r, code, giver, self.to(code, "holders", "authoriseSettler", *args))
            self.let_pass(r, [0, 2 * DAY, 3 * DAY])
        units = self.units((code, identity))
        quantity = self.amount(r, units.free(giver) if units else 0)
        legs = [(giver, self.receiver(r, code), identity, quantity, *self.some_trade(r))]
        if r.random() < 0.3:
            legs.append((giver, self.receiver(r), identity, 1, *self.some_trade(r)))
        by = institution if r.random() < 0.95 else self.anyone(r)
        self.take(by, self.to(code, "holders", "settle", institution, legs), "settle trades")

    def some_trade(self, r: Random) -> tuple[bytes, bool]:
        """A reference, mostly a new one, and whether it was negotiated."""
        number = self.another() if r.random() < 0.9 else r.randint(0, self.nonce)
        reference = text32(f"trade {number}") if r.random() < 0.97 else NOTHING
        return reference, r.random() < 0.6

    # ---- by which way ---------------------------------------------------------------------

    def carry(self, r: Random, code: str, account: str, call: Call) -> None:
        """The holder itself, an operator, a stranger, or a request at the holder desk."""
        controls = self.programme(code).registry.accounts[account].controls
        careful = controls & (Controls.TWO_REPRESENTATIVES | Controls.TRUSTED_ONLY)
        chance = r.random()
        if chance < (0.7 if careful else 0.12):
            self.ask(r, code, account, call)
        elif chance < 0.92 and account in self.names:
            self.take(account, call)
        else:
            self.take(r.choice([self.person("broker"), self.anyone(r)]), call)

    def ask(self, r: Random, code: str, account: str, call: Call) -> None:
        """A request; mostly it goes on at once as far as it can."""
        desk = self.contract(code, "holders")
        initiator = self.of_account(r, code, account, 1)
        bytes_ = bytes.fromhex(desk.data("request", account, call.target, call.data)[2:])
        self.take(initiator, Call(desk.address, "request", (account, call), bytes_))
        p = self.programme(code)
        if not p.holders.requests or r.random() < 0.25:
            return
        number = len(p.holders.requests)
        if p.holders.state_of(number) == RequestState.INITIATED:
            self.approve_request(r, code, number)
        if r.random() < 0.8:
            self.let_pass(r, [0, p.holders.settings.transfer_delay, 2 * DAY])
            self.execute_request(r, account, code, number)

    def of_account(self, r: Random, code: str, account: str, right: int) -> str:
        """Somebody with a right at the account, or the account itself, or rarely anybody."""
        rights = self.programme(code).holders.rights
        able = sorted(who for (a, who), has in rights.items() if a == account and has[0] & right)
        if r.random() < 0.08 or account not in self.names:
            return self.anyone(r)
        return r.choice(able) if able and r.random() < 0.8 else account

    def approve_request(self, r: Random, code: str, number: int) -> None:
        p, desk = self.programme(code), self.contract(code, "holders")
        request = p.holders.requests[number]
        data = request.call.data if r.random() < 0.95 else b"other"
        approver = self.of_account(r, code, request.account, 2)
        self.take(approver, call_of(desk, "approve", number, data), "approve request")

    def execute_request(self, r: Random, by: str, code: str, number: int) -> None:
        requests, desk = self.programme(code).holders.requests, self.contract(code, "holders")
        known = number in requests and r.random() < 0.97
        data = requests[number].call.data if known else b"other"
        by = by if by in self.names else self.anyone(r)
        self.take(by, call_of(desk, "execute", number, data), "execute request")

    def go_on_with_a_request(self, r: Random) -> None:
        code = r.choice([c for c in CODES if self.programme(c).holders.requests] or ["CN"])
        requests, desk = self.programme(code).holders.requests, self.contract(code, "holders")
        waiting = [i for i, q in requests.items() if q.state < RequestState.EXECUTED]
        waiting = waiting[-1:] if r.random() < 0.6 else waiting
        number = r.choice(waiting) if waiting and r.random() < 0.85 else r.randint(0, len(requests))
        account = requests[number].account if number else self.person("alice")
        if number and requests[number].state == RequestState.INITIATED and r.random() < 0.6:
            self.approve_request(r, code, number)
            return
        verb = r.choice(["execute", "execute", "execute", "cancel", "approve"])
        by = self.of_account(r, code, account, 3)
        if verb == "execute":
            self.execute_request(r, by, code, number)
            return
        args = (number, b"") if verb == "approve" else (number,)
        self.take(by, call_of(desk, verb, *args), f"{verb} request")
