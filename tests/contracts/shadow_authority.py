"""The shadow of a programme's authority and its proposal desk: roles, and what needs two people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from tests.contracts.shadow import Clock, Refusal
from tests.contracts.words import Role

Target = tuple[str, str]  # a contract's address and a function's name
LEAST = {Role.COUNCIL: 3, Role.GUARDIAN: 1, Role.ADMINISTRATOR: 1}


class ProposalState(IntEnum):
    NONE = 0
    PROPOSED = 1
    APPROVED = 2
    EXECUTED = 3
    STOPPED = 4
    EXPIRED = 5


@dataclass
class Call:
    """A call as somebody would make it, and its bytes."""

    target: str
    function: str
    args: tuple[Any, ...]
    data: bytes = field(repr=False)

    @property
    def selector(self) -> bytes:
        return self.data[:4]


@dataclass
class Step:
    proposer_role: int
    approver_role: int
    delay: int
    lifetime: int


@dataclass
class Proposal:
    call: Call
    proposer: str
    deadline: int
    approver: str = ""
    approved_at: int = 0
    ready_at: int = 0
    executed_at: int = 0
    stored: ProposalState = ProposalState.PROPOSED


@dataclass
class Authority:
    """Who has which role. `council` is the address of the proposal desk, which administers it."""

    address: str
    members: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    restricted: dict[Target, int] = field(default_factory=dict)

    def has(self, role: int, account: str) -> bool:
        return account in self.members[role]

    def may(self, caller: str, target: Target) -> bool:
        return self.has(self.restricted.get(target, Role.ADMINISTRATOR), caller)

    def grant_role(self, by: str, role: int, account: str, _delay: int) -> None:
        self._administrators_only(by)
        self.members[role].add(account)

    def revoke_role(self, by: str, role: int, account: str) -> None:
        self._administrators_only(by)
        if account not in self.members[role]:
            return
        self.members[role].remove(account)
        left, least = len(self.members[role]), LEAST.get(Role(role), 0)
        if left < least:
            raise Refusal("TooFewMembers", role, left, least)

    def _administrators_only(self, by: str) -> None:
        if not self.has(Role.ADMINISTRATOR, by):
            raise Refusal("AccessManagerUnauthorizedAccount", by, Role.ADMINISTRATOR)


@dataclass
class Proposals:
    """The proposal desk. `perform` makes a call in the desk's name."""

    address: str
    authority: Authority
    clock: Clock
    steps: dict[Target, Step] = field(default_factory=dict)
    proposals: dict[int, Proposal] = field(default_factory=dict)
    before: int = 0  # executed before the shadow began
    count: int = 0

    def define_step(self, _by: str, target: str, function: str, step: tuple[int, ...]) -> None:
        self.steps[target, function] = Step(*step)

    def propose(self, by: str, call: Call) -> None:
        step = self._step_of(call)
        self._require(step.proposer_role, by)
        self.count += 1
        self.proposals[self.count] = Proposal(call, by, self.clock.now + step.lifetime)

    def approve(self, by: str, number: int, data_hash: bytes, actual: bytes) -> None:
        p = self._in_state(number, ProposalState.PROPOSED)
        if data_hash != actual:
            raise Refusal("ProposalChanged", number, data_hash, actual)
        step = self._step_of(p.call)
        self._require(step.approver_role, by)
        if by == p.proposer:
            raise Refusal("SamePerson", number, by)
        p.approver, p.approved_at, p.stored = by, self.clock.now, ProposalState.APPROVED
        p.ready_at = self.clock.now + step.delay
        p.deadline = p.ready_at + step.lifetime

    def execute(self, by: str, number: int, perform: Callable[[str, Call], Any]) -> None:
        p = self._in_state(number, ProposalState.APPROVED)
        if self.clock.now < p.ready_at:
            raise Refusal("TooEarly", number, p.ready_at)
        step = self._step_of(p.call)
        if not self.authority.has(step.approver_role, by):
            self._require(step.proposer_role, by)
        self._require(step.proposer_role, p.proposer)
        self._require(step.approver_role, p.approver)
        p.stored, p.executed_at = ProposalState.EXECUTED, self.clock.now
        perform(self.address, p.call)

    def stop(self, by: str, number: int) -> None:
        state = self.state_of(number)
        if state != ProposalState.APPROVED:
            self._in_state(number, ProposalState.PROPOSED)
        p = self.proposals[number]
        if by != p.proposer:
            self._require(Role.GUARDIAN, by)
            on_roles = p.call.target == self.authority.address
            if on_roles and p.call.args[0] == Role.GUARDIAN:
                raise Refusal("GuardianConcerned", number, by)
        p.stored = ProposalState.STOPPED

    def state_of(self, number: int) -> ProposalState:
        if not 0 < number <= self.count:
            return ProposalState.NONE
        if number <= self.before:
            return ProposalState.EXECUTED
        p = self.proposals[number]
        open_ = p.stored in {ProposalState.PROPOSED, ProposalState.APPROVED}
        return ProposalState.EXPIRED if open_ and self.clock.now > p.deadline else p.stored

    def _in_state(self, number: int, expected: ProposalState) -> Proposal:
        actual = self.state_of(number)
        if actual != expected:
            raise Refusal("ProposalNot", number, expected, actual)
        return self.proposals[number]

    def _step_of(self, call: Call) -> Step:
        if (call.target, call.function) not in self.steps:
            raise Refusal("NotASensitiveStep", call.target, call.selector)
        return self.steps[call.target, call.function]

    def _require(self, role: int, account: str) -> None:
        if not self.authority.has(role, account):
            raise Refusal("RoleMissing", account, role)
