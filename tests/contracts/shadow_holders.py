"""The shadow of the holder desk: trusted lists, representatives, requests, settlement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

from tests.contracts.shadow import Controls, Refusal
from tests.contracts.shadow_accounts import SENDING
from tests.contracts.shadow_authority import Call
from tests.contracts.shadow_registry import Registry
from tests.contracts.words import Kind

MAY_INITIATE, MAY_APPROVE = 1, 2
Leg = tuple[str, str, int, int, bytes]


class RequestState(IntEnum):
    NONE = 0
    INITIATED = 1
    APPROVED = 2
    EXECUTED = 3
    CANCELLED = 4


class Settings(NamedTuple):
    trust_delay: int
    transfer_delay: int
    lifetime: int
    size_limit: int


@dataclass
class Request:
    account: str
    initiator: str
    call: Call
    deadline: int
    approved_at: int = 0
    ready_at: int = 0
    executed_at: int = 0
    approver: str = ""
    state: RequestState = RequestState.INITIATED


@dataclass
class Holders:
    address: str
    registry: Registry
    settings: Settings
    allowed: set[tuple[str, str]] = field(default_factory=set)
    rights: dict[tuple[str, str], int] = field(default_factory=dict)
    settlers: dict[tuple[str, str], int] = field(default_factory=dict)
    requests: dict[int, Request] = field(default_factory=dict)

    def set_settings(self, _by: str, settings: tuple[int, ...]) -> None:
        self.settings = Settings(*settings)

    def set_representative(self, _by: str, account: str, representative: str, rights: int) -> None:
        self.rights[account, representative] = rights

    def trust(self, by: str, account: str, to: str) -> None:
        self.registry.check_holder(account, by)
        self.registry.trusted[account, to] = self._now + self.settings.trust_delay

    def distrust(self, by: str, account: str, to: str) -> None:
        self.registry.check_holder(account, by)
        self.registry.trusted[account, to] = 0

    # ---- requests -------------------------------------------------------------------------

    def request(self, by: str, account: str, call: Call) -> None:
        alone = by == account and not self._needs_two(account)
        if not alone:
            self._right(account, by, MAY_INITIATE)
        self._allowed(call)
        named = "0x" + call.data[16:36].hex()
        if named != account:
            raise Refusal("NotForAccount", account, named)
        r = Request(account, by, call, self._now + self.settings.lifetime)
        self.requests[len(self.requests) + 1] = r
        if alone:
            self._approve(r, by)

    def approve(self, by: str, number: int, data_hash: bytes, actual: bytes) -> None:
        r = self._in_state(number, RequestState.INITIATED)
        self._right(r.account, by, MAY_APPROVE)
        if by == r.initiator:
            raise Refusal("SamePerson", number, by)
        if data_hash != actual:
            raise Refusal("RequestChanged", number, data_hash, actual)
        self._approve(r, by)

    def execute(self, by: str, number: int, perform: Callable[[str, Call], Any]) -> None:
        r = self._in_state(number, RequestState.APPROVED)
        self._of(r.account, by)
        self._allowed(r.call)
        if r.approver == r.initiator and self._needs_two(r.account):
            raise Refusal("RightMissing", r.account, r.initiator, MAY_APPROVE)
        ready_at = r.approved_at + self._wait(r)
        if self._now < ready_at:
            raise Refusal("TooEarly", number, ready_at)
        r.state, r.executed_at = RequestState.EXECUTED, self._now
        perform(self.address, r.call)

    def cancel(self, by: str, number: int) -> None:
        state = self.state_of(number)
        if state not in {RequestState.INITIATED, RequestState.APPROVED}:
            raise Refusal("RequestNot", number, RequestState.APPROVED, state)
        r = self.requests[number]
        self._of(r.account, by)
        r.state = RequestState.CANCELLED

    # ---- settlement -----------------------------------------------------------------------

    def authorise_settler(self, by: str, account: str, institution: str, yes: bool) -> None:
        self.registry.check_holder(account, by)
        if yes and self.registry.accounts[institution].kind != Kind.TRADING_INSTITUTION:
            raise Refusal("NotTradingInstitution", institution)
        self.settlers[account, institution] = self._now + self.settings.trust_delay if yes else 0

    def settle(self, by: str, legs: list[Leg]) -> None:
        self.registry.check_holder(by, by)
        institution = self.registry.accounts[by]
        if institution.kind != Kind.TRADING_INSTITUTION:
            raise Refusal("NotTradingInstitution", by)
        if institution.status not in SENDING:
            raise Refusal("AccountCannotSend", by, institution.status)
        for giver, to, identity, quantity, _trade in legs:
            if not 0 < self.settlers.get((giver, by), 0) <= self._now:
                raise Refusal("NotAuthorisedToSettle", giver, by)
            transfer = self.registry.safe_transfer_from
            transfer(self.address, giver, to, identity, quantity, b"")

    # ---- what the steps share -------------------------------------------------------------

    def _allowed(self, call: Call) -> None:
        if (call.target, call.function) not in self.allowed:
            raise Refusal("CallNotAllowed", call.target, call.selector)

    def _needs_two(self, account: str) -> bool:
        return bool(self.registry.accounts[account].controls & Controls.TWO_REPRESENTATIVES)

    def state_of(self, number: int) -> RequestState:
        return self.requests[number].state if number in self.requests else RequestState.NONE

    def _approve(self, r: Request, by: str) -> None:
        r.state, r.approver, r.approved_at = RequestState.APPROVED, by, self._now
        r.ready_at = self._now + self._wait(r)
        r.deadline = r.ready_at + self.settings.lifetime

    def _wait(self, r: Request) -> int:
        """A transfer to somebody who is not trusted waits, and must not be large."""
        to, quantity = _transfer_in(r.call)
        if not to or to == r.account or self.registry.trusts(r.account, to):
            return 0
        if self.settings.size_limit and quantity > self.settings.size_limit:
            raise Refusal("TransferTooLarge", quantity, self.settings.size_limit)
        return self.settings.transfer_delay

    def _in_state(self, number: int, expected: RequestState) -> Request:
        state = self.state_of(number)
        if state != expected:
            raise Refusal("RequestNot", number, expected, state)
        r = self.requests[number]
        if self._now > r.deadline:
            raise Refusal("RequestExpired", number, r.deadline)
        return r

    def _right(self, account: str, representative: str, right: int) -> None:
        if not self.rights.get((account, representative), 0) & right:
            raise Refusal("RightMissing", account, representative, right)

    def _of(self, account: str, by: str) -> None:
        if by != account and not self.rights.get((account, by), 0):
            raise Refusal("RightMissing", account, by, MAY_INITIATE | MAY_APPROVE)

    @property
    def _now(self) -> int:
        return self.registry.clock.now


def _transfer_in(call: Call) -> tuple[str, int]:
    args = call.args
    if call.function == "safeTransferFrom":
        return args[1], args[3]
    if call.function == "transferUnits":
        return args[1], sum(ref[3] for ref in args[3])
    if call.function == "safeBatchTransferFrom":
        return args[1], sum(args[3])
    if call.function == "transfer":
        return args[0][6], args[0][4]
    if call.function == "returnUnits":
        return args[5], args[3]
    return "", 0
