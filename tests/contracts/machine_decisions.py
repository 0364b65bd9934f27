"""How two people decide: by the right people and the wrong ones, in time, too early, or never."""

from __future__ import annotations

from random import Random

from scripts.bench.evm import text32
from tests.contracts.machine_agreements import Agreements
from tests.contracts.machine_base import call_of
from tests.contracts.machine_beginning import CODES
from tests.contracts.machine_council import Council
from tests.contracts.machine_officers import OfficerRules
from tests.contracts.machine_proposals import Proposals
from tests.contracts.machine_years import Years
from tests.contracts.shadow_proposals import Call, Proposal, ProposalState
from tests.contracts.words import NOTHING, PROVINCES, Role


class DecisionRules(OfficerRules, Agreements, Proposals, Years, Council):
    def decide_on_units(self, r: Random) -> None:
        kinds = [self.issue, self.entitle, self.entitle, self.deliver, self.cap]
        self.decide(r, [*kinds, self.move_centrally])

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
        kinds = [*kinds, self.role, self.settings]
        self.decide(r, [*kinds, self.publish] if r.random() < 0.3 else kinds)

    # ---- how they decide ------------------------------------------------------------------

    def decide(self, r: Random, kinds: list) -> None:
        """Propose; mostly approve at once; mostly wait and execute."""
        made = r.choice(kinds)(r)
        if made is None:
            return
        code, call = made
        if r.random() < 0.04:
            self.take(self.anyone(r), call, f"{call.function} alone")
            return
        number = self.propose(r, code, call)
        if number is None or r.random() < 0.12:
            return
        self.approve(r, code, number)
        if r.random() < 0.12:
            return
        step = self.programme(code).proposals.steps[call.target, call.function]
        self.shadow.clock.now += 0 if r.random() < 0.08 else step.delay
        self.execute(r, code, number)

    def propose(self, r: Random, code: str, call: Call) -> int | None:
        """The number of the proposal."""
        desk, contract = self.programme(code).proposals, self.contract(code, "proposals")
        step = desk.steps.get((call.target, call.function))
        province = int.from_bytes(call.data[4:36], "big") % 2**16
        role = self.role_in(step.proposer_role if step else Role.COUNCIL, province)
        document = text32("report") if r.random() < 0.2 else NOTHING
        bytes_ = bytes.fromhex(contract.data("propose", call.target, call.data, document)[2:])
        proposal = Call(contract.address, "propose", (call, document), bytes_)
        done = self.take(self.member(r, code, role, 0.05), proposal)
        return self.programme(code).proposals.count if done else None

    @staticmethod
    def role_in(role: int, province: int) -> int:
        return PROVINCES + province if role == Role.PROVINCE else role

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
        role, hash_ = int(Role.COUNCIL), NOTHING
        others: list[str] = []
        if number in desk.proposals:
            p = desk.proposals[number]
            step = desk.steps[p.call.target, p.call.function]
            role = self.role_in(step.approver_role, p.province)
            hash_ = p.hash if r.random() < 0.96 else NOTHING
            members = self.programme(code).authority.members[role]
            others = sorted(m for m in members if m != p.proposer)
            if r.random() < 0.06:
                others = [p.proposer]
        by = r.choice(others) if others and r.random() < 0.93 else self.member(r, code, role, 0.5)
        call = call_of(self.contract(code, "proposals"), "approve", number, hash_)
        self.take(by, call, "approve proposal")

    def execute(self, r: Random, code: str, number: int) -> None:
        desk = self.programme(code).proposals
        by, label, text = self.anyone(r), "execute proposal", (b"", NOTHING)
        if number in desk.proposals:
            p = desk.proposals[number]
            step = desk.steps[p.call.target, p.call.function]
            role = self.role_in(r.choice([step.proposer_role, step.approver_role]), p.province)
            by, label = self.member(r, code, role, 0.05), f"{p.call.function} decided"
            text = self.repeated(r, p)
        self.take(by, call_of(self.contract(code, "proposals"), "execute", number, *text), label)

    @staticmethod
    def repeated(r: Random, p: Proposal) -> tuple[bytes, bytes]:
        """The call and its document, or rarely another one."""
        if r.random() < 0.02:
            return p.call.data + b"\0", p.document
        return p.call.data, p.document if r.random() < 0.98 else text32("another")
