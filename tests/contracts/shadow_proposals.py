"""The shadow of a programme's proposal desk: what needs two people, a delay, a guardian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

from eth_utils.crypto import keccak

from tests.contracts.shadow import Clock, Refusal
from tests.contracts.shadow_authority import Authority, Target, is_personal
from tests.contracts.words import PROVINCES, Role

HOUR, DAY = 3600, 86400


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

    def hash_with(self, document: bytes) -> bytes:
        """What an approver repeats."""
        target = bytes(12) + bytes.fromhex(self.target[2:])
        return keccak(target + document + keccak(self.data))


Perform = Callable[[str, Call], Any]


class Step(NamedTuple):
    proposer_role: int
    approver_role: int
    delay: int
    lifetime: int
    argument: int = 0  # that is the number of a province

    @property
    def is_sound(self) -> bool:
        provincial = Role.PROVINCE in {self.proposer_role, self.approver_role}
        decide = all(
            role == Role.PROVINCE or (is_personal(role) and role != Role.GUARDIAN)
            for role in (self.proposer_role, self.approver_role)
        )
        times = HOUR <= self.lifetime <= 365 * DAY and self.delay <= 90 * DAY
        return decide and times and provincial == bool(self.argument)


@dataclass
class Proposal:
    call: Call
    document: bytes
    hash: bytes
    province: int
    proposer: str
    proposer_tenure: int
    deadline: int
    approver: str = "0x" + "00" * 20
    approver_tenure: int = 0
    ready_at: int = 0
    state: ProposalState = ProposalState.PROPOSED


@dataclass
class Proposals:
    """`perform` makes a call in the desk's name."""

    address: str
    authority: Authority
    clock: Clock
    edition: str = ""
    kind: str = "proposals"
    steps: dict[Target, Step] = field(default_factory=dict)
    proposals: dict[int, Proposal] = field(default_factory=dict)
    before: int = 0  # executed before the shadow began
    count: int = 0

    def define_step(self, _by: str, target: str, function: str, step: tuple[int, ...]) -> None:
        new = Step(*step)
        council = new.proposer_role == new.approver_role == Role.COUNCIL
        if not new.is_sound or (target in {self.authority.address, self.address} and not council):
            raise Refusal("StepInvalid", target, self.authority.selectors[target, function])
        self.steps[target, function] = new

    def propose(self, by: str, call: Call, document: bytes) -> None:
        step = self._step_of(call)
        province = self._province(step, call)
        tenure = self._require(step.proposer_role, province, by)
        self.count += 1
        self.proposals[self.count] = Proposal(
            call, document, call.hash_with(document), province, by, tenure,
            self.clock.now + step.lifetime,
        )  # fmt: skip

    def approve(self, by: str, number: int, hash_: bytes) -> None:
        p = self._in_state(number, ProposalState.PROPOSED)
        if hash_ != p.hash:
            raise Refusal("ProposalChanged", number, hash_, p.hash)
        step = self._step_of(p.call)
        p.approver_tenure = self._require(step.approver_role, p.province, by)
        if by == p.proposer:
            raise Refusal("SamePerson", number, by)
        p.approver, p.state = by, ProposalState.APPROVED
        p.ready_at = self.clock.now + step.delay
        p.deadline = p.ready_at + step.lifetime

    def execute(self, by: str, number: int, data: bytes, document: bytes, perform: Perform) -> None:
        p = self._in_state(number, ProposalState.APPROVED)
        if self.clock.now < p.ready_at:
            raise Refusal("TooEarly", number, p.ready_at)
        given = Call(p.call.target, p.call.function, p.call.args, data).hash_with(document)
        if given != p.hash:
            raise Refusal("ProposalChanged", number, given, p.hash)
        step = self._step_of(p.call)
        province = self._province(step, p.call)
        if not self.authority.has(_role_of(step.approver_role, province), by):
            self._require(step.proposer_role, province, by)
        self._still(step.proposer_role, province, p.proposer, p.proposer_tenure)
        self._still(step.approver_role, province, p.approver, p.approver_tenure)
        p.state = ProposalState.EXECUTED
        perform(self.address, p.call)

    def stop(self, by: str, number: int) -> None:
        if self.state_of(number) != ProposalState.APPROVED:
            self._in_state(number, ProposalState.PROPOSED)
        p = self.proposals[number]
        if by != p.proposer:
            self._require(Role.GUARDIAN, 0, by)
            if self.concerns_guardian(p):
                raise Refusal("GuardianConcerned", number, by)
        p.state = ProposalState.STOPPED

    def concerns_guardian(self, p: Proposal) -> bool:
        """It grants or revokes the role of a guardian."""
        of_roles = p.call.function in {"grantRole", "revokeRole"}
        own = p.call.target == self.authority.address
        return own and of_roles and p.call.args[0] == Role.GUARDIAN

    def state_of(self, number: int) -> ProposalState:
        if not 0 < number <= self.count:
            return ProposalState.NONE
        if number <= self.before:
            return ProposalState.EXECUTED
        p = self.proposals[number]
        open_ = p.state in {ProposalState.PROPOSED, ProposalState.APPROVED}
        return ProposalState.EXPIRED if open_ and self.clock.now > p.deadline else p.state

    def _in_state(self, number: int, expected: ProposalState) -> Proposal:
        actual = self.state_of(number)
        if actual != expected:
            raise Refusal("ProposalNot", number, expected, actual)
        return self.proposals[number]

    def _step_of(self, call: Call) -> Step:
        if (call.target, call.function) not in self.steps:
            raise Refusal("NotASensitiveStep", call.target, call.selector)
        return self.steps[call.target, call.function]

    @staticmethod
    def _province(step: Step, call: Call) -> int:
        if not step.argument:
            return 0
        end = 4 + 32 * step.argument
        province = int.from_bytes(call.data[end - 32 : end], "big") if len(call.data) >= end else 0
        if not 0 < province <= 0xFFFF:
            raise Refusal("ProvinceMissing", call.target, call.selector)
        return province

    def _require(self, role: int, province: int, account: str) -> int:
        """Returns the tenure in which the account has the role."""
        role = _role_of(role, province)
        if not self.authority.has(role, account):
            raise Refusal("RoleMissing", account, role)
        return self.authority.tenures[role, account]

    def _still(self, role: int, province: int, account: str, tenure: int) -> None:
        if self._require(role, province, account) != tenure:
            raise Refusal("RoleMissing", account, _role_of(role, province))


def _role_of(role: int, province: int) -> int:
    return PROVINCES + province if role == Role.PROVINCE else role
