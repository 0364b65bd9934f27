"""How two people decide: by the right people and the wrong ones, in time, too early, or never."""

from __future__ import annotations

from random import Random

from eth_utils.crypto import keccak

from tests.contracts.machine_base import CODES, call_of
from tests.contracts.machine_proposals import Proposals
from tests.contracts.shadow_authority import Call, ProposalState
from tests.contracts.words import Role


class DecisionRules(Proposals):
    def decide_on_units(self, r: Random) -> None:
        self.decide(r, [self.issue, self.allocate, self.allocate, self.deliver, self.cap])

    def decide_to_put_right(self, r: Random) -> None:
        kinds = [self.reverse_surrender, self.reverse_surrender, self.reverse_allocation]
        self.decide(r, [*kinds, self.correct_issuance, self.unfreeze])

    def decide_on_accounts(self, r: Random) -> None:
        kinds = [self.status, self.status, self.controls, self.controls, self.representative]
        self.decide(r, [*kinds, self.limits, self.paid_share])

    def decide_on_links(self, r: Random) -> None:
        kinds = [self.accept_terms, self.accept_terms, self.propose_terms, self.resume]
        self.decide(r, [*kinds, self.agreement])

    def decide_on_rules(self, r: Random) -> None:
        kinds = [self.year, self.deadline, self.deadline, self.assign, self.debt, self.role]
        self.decide(r, [*kinds, self.role, self.settings])

    # ---- how they decide ------------------------------------------------------------------

    def decide(self, r: Random, kinds: list) -> None:
        """Propose; mostly approve at once; mostly wait and execute."""
        made = r.choice(kinds)(r)
        if made is None:
            return
        code, call = made
        desk = self.contract(code, "proposals")
        if r.random() < 0.04:
            self.take(self.anyone(r), call, f"{call.function} alone")
            return
        p = self.programme(code)
        step = p.proposals.steps.get((call.target, call.function))
        proposer = self.member(r, code, step.proposer_role if step else Role.COUNCIL, 0.05)
        data = bytes.fromhex(desk.data("propose", call.target, call.data)[2:])
        if not self.take(proposer, Call(desk.address, "propose", (call,), data)):
            return
        number = self.programme(code).proposals.count
        if r.random() < 0.12:
            return
        self.approve(r, code, number)
        if r.random() < 0.12:
            return
        early = r.random() < 0.08
        self.shadow.clock.now += 0 if early or step is None else step.delay
        self.execute(r, code, number)

    def go_on_with_a_proposal(self, r: Random) -> None:
        """Approve, execute or stop what is there, in any state, by anybody."""
        code = r.choice([c for c in CODES if self.programme(c).proposals.proposals] or ["CN"])
        desk = self.programme(code).proposals
        numbers_ = [0, desk.before, *desk.proposals, desk.count + 1]
        waiting = {
            state: [i for i in numbers_ if desk.state_of(i) == state]
            for state in (ProposalState.PROPOSED, ProposalState.APPROVED)
        }
        verb = r.choice(["approve", "approve", "execute", "execute", "execute", "stop"])
        fits = ProposalState.PROPOSED if verb == "approve" else ProposalState.APPROVED
        number = r.choice(waiting[fits] or numbers_) if r.random() < 0.8 else r.choice(numbers_)
        if verb == "approve":
            self.approve(r, code, number)
        elif verb == "execute":
            self.execute(r, code, number)
        else:
            by = self.member(r, code, Role.GUARDIAN, 0.3)
            self.take(by, call_of(self.contract(code, "proposals"), "stop", number), "stop")

    def approve(self, r: Random, code: str, number: int) -> None:
        desk = self.programme(code).proposals
        role, data = Role.COUNCIL, b""
        others: list[str] = []
        if number in desk.proposals:
            p = desk.proposals[number]
            role = Role(desk.steps[p.call.target, p.call.function].approver_role)
            data = p.call.data if r.random() < 0.96 else b"other"
            members = self.programme(code).authority.members[role]
            others = sorted(m for m in members if m != p.proposer)
            if r.random() < 0.06:
                others = [p.proposer]
        by = r.choice(others) if others and r.random() < 0.93 else self.member(r, code, role, 0.5)
        call = call_of(self.contract(code, "proposals"), "approve", number, keccak(data))
        self.take(by, call, "approve proposal")

    def execute(self, r: Random, code: str, number: int) -> None:
        desk = self.programme(code).proposals
        by, label = self.anyone(r), "execute proposal"
        if number in desk.proposals:
            p = desk.proposals[number]
            role = desk.steps[p.call.target, p.call.function].proposer_role
            by, label = self.member(r, code, role, 0.05), f"{p.call.function} decided"
        self.take(by, call_of(self.contract(code, "proposals"), "execute", number), label)
