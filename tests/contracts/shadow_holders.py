"""The shadow of the holder desk: trusted lists, representatives, requests, settlement."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from eth_utils.crypto import keccak

from tests.contracts.shadow import NOBODY, Refusal
from tests.contracts.shadow_accounts import SENDING
from tests.contracts.shadow_desk import Desk
from tests.contracts.shadow_proposals import Call, Perform
from tests.contracts.words import Kind, Status

MAY_INITIATE, MAY_APPROVE = 1, 2
Leg = tuple[str, str, int, int, bytes, bool]


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
    block_size: int


class Rights(NamedTuple):
    rights: int = 0
    tenure: int = 0  # how often they changed


@dataclass
class Request:
    account: str
    initiator: str
    initiator_tenure: int
    call: Call
    deadline: int
    approved_at: int = 0
    approver: str = NOBODY
    approver_tenure: int = 0
    state: RequestState = RequestState.INITIATED


@dataclass
class Holders(Desk):
    settings: Settings
    edition: str = ""
    kind: str = "holders"
    allowed: set[tuple[str, str]] = field(default_factory=set)
    trusted: dict[tuple[str, str], int] = field(default_factory=dict)
    rights: dict[tuple[str, str], Rights] = field(default_factory=lambda: defaultdict(Rights))
    settlers: dict[tuple[str, str], int] = field(default_factory=dict)
    settled: set[tuple[str, bytes]] = field(default_factory=set)
    requests: dict[int, Request] = field(default_factory=dict)

    # ---- settings of the programme --------------------------------------------------------

    def set_settings(self, _by: str, settings: tuple[int, ...]) -> None:
        self.settings = Settings(*settings)

    def allow_call(self, _by: str, target: str, function: str, allowed: bool) -> None:
        (self.allowed.add if allowed else self.allowed.discard)((target, function))

    def set_representative(self, _by: str, account: str, representative: str, rights: int) -> None:
        tenure = self.rights[account, representative].tenure + 1
        self.rights[account, representative] = Rights(rights, tenure)

    # ---- trusted lists --------------------------------------------------------------------

    def trust(self, by: str, account: str, to: str) -> None:
        self._trust(by, account, to, self.now + self.settings.trust_delay)

    def distrust(self, by: str, account: str, to: str) -> None:
        self._trust(by, account, to, 0)

    def _trust(self, by: str, account: str, to: str, since: int) -> None:
        self.registry.check_holder(account, by)
        self._account(account)
        self.trusted[account, to] = since

    def check_trusted(self, account: str, to: str) -> None:
        if not self._trusts(account, to):
            raise Refusal("ReceiverNotTrusted", account, to, self.trusted.get((account, to), 0))

    def _trusts(self, account: str, to: str) -> bool:
        return 0 < self.trusted.get((account, to), 0) <= self.now

    # ---- requests -------------------------------------------------------------------------

    def request(self, by: str, account: str, call: Call) -> None:
        self._account(account)
        if len(call.data) < 36 or (call.target, call.function) not in self.allowed:
            raise Refusal("CallNotAllowed", call.target, call.selector)
        named = "0x" + call.data[16:36].hex()
        if named != account:
            raise Refusal("NotForAccount", account, named)
        alone = by == account and not self.registry.needs_two(account)
        tenure = self._round(account) if alone else self._right(account, by, MAY_INITIATE)
        r = Request(account, by, tenure, call, self.now + self.settings.lifetime)
        self.requests[len(self.requests) + 1] = r
        if alone:
            self._approve(r, by)

    def approve(self, by: str, number: int, data: bytes) -> None:
        r = self._in_state(number, RequestState.INITIATED)
        r.approver_tenure = self._right(r.account, by, MAY_APPROVE)
        if by == r.initiator:
            raise Refusal("SamePerson", number, by)
        self._same(number, r, data)
        self._approve(r, by)

    def execute(self, by: str, number: int, data: bytes, perform: Perform) -> None:
        r = self._in_state(number, RequestState.APPROVED)
        self._same(number, r, data)
        self._of(r.account, by)
        if (r.call.target, r.call.function) not in self.allowed:
            raise Refusal("CallNotAllowed", r.call.target, r.call.selector)
        if r.approver != r.initiator:
            self._still(r.account, r.initiator, MAY_INITIATE, r.initiator_tenure)
            self._still(r.account, r.approver, MAY_APPROVE, r.approver_tenure)
        elif self.registry.needs_two(r.account) or self._round(r.account) != r.initiator_tenure:
            raise Refusal("RightMissing", r.account, r.initiator, MAY_APPROVE)
        ready_at = r.approved_at + self._wait(r)
        if self.now < ready_at:
            raise Refusal("TooEarly", number, ready_at)
        r.state = RequestState.EXECUTED
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
        self._account(account)
        if yes and self.registry.kind_of(institution) != Kind.TRADING_INSTITUTION:
            raise Refusal("NotTradingInstitution", institution)
        self.settlers[account, institution] = self.now + self.settings.trust_delay if yes else 0

    def settle(self, by: str, institution: str, legs: list[Leg]) -> None:
        self.registry.check_holder(institution, by)
        a = self.registry.accounts[institution]
        if a.kind != Kind.TRADING_INSTITUTION:
            raise Refusal("NotTradingInstitution", institution)
        if a.status not in SENDING:
            raise Refusal("AccountCannotSend", institution, a.status)
        for leg in legs:
            self._settle(institution, leg)

    def _settle(self, institution: str, leg: Leg) -> None:
        giver, to, identity, quantity, trade, negotiated = leg
        if not 0 < self.settlers.get((giver, institution), 0) <= self.now:
            raise Refusal("NotAuthorisedToSettle", giver, institution)
        if not any(trade):
            raise Refusal("TradeMissing")
        if (institution, trade) in self.settled:
            raise Refusal("TradeAlreadySettled", institution, trade)
        large = self.settings.block_size and quantity >= self.settings.block_size
        if large and not negotiated:
            raise Refusal("BlockTradeOnBook", trade, quantity, self.settings.block_size)
        self.settled.add((institution, trade))
        self.registry.safe_transfer_from(self.address, giver, to, identity, quantity, b"")

    # ---- what the steps share -------------------------------------------------------------

    def state_of(self, number: int) -> RequestState:
        return self.requests[number].state if number in self.requests else RequestState.NONE

    def _approve(self, r: Request, by: str) -> None:
        r.state, r.approver, r.approved_at = RequestState.APPROVED, by, self.now
        r.deadline = self.now + self._wait(r) + self.settings.lifetime

    def _wait(self, r: Request) -> int:
        """A transfer to somebody who is not trusted waits, and must not be large."""
        to, quantity = _transfer_in(r.call)
        if not to or to == r.account or self._trusts(r.account, to):
            return 0
        if self.settings.size_limit and quantity > self.settings.size_limit:
            raise Refusal("TransferTooLarge", quantity, self.settings.size_limit)
        return self.settings.transfer_delay

    def _in_state(self, number: int, expected: RequestState) -> Request:
        state = self.state_of(number)
        if state != expected:
            raise Refusal("RequestNot", number, expected, state)
        r = self.requests[number]
        if self.now > r.deadline:
            raise Refusal("RequestExpired", number, r.deadline)
        return r

    @staticmethod
    def _same(number: int, r: Request, data: bytes) -> None:
        if data != r.call.data:
            raise Refusal("RequestChanged", number, keccak(r.call.data), keccak(data))

    def _account(self, account: str) -> None:
        if self.registry.accounts[account].status == Status.NONE:
            raise Refusal("AccountMissing", account)

    def _round(self, account: str) -> int:
        """A holder's own word is of the time between two beginnings of two representatives."""
        return self.registry.accounts[account].approval_round

    def _right(self, account: str, representative: str, right: int) -> int:
        """Returns the tenure in which the representative has the right."""
        rights, tenure = self.rights[account, representative]
        if not rights & right:
            raise Refusal("RightMissing", account, representative, right)
        return tenure

    def _still(self, account: str, representative: str, right: int, tenure: int) -> None:
        if self._right(account, representative, right) != tenure:
            raise Refusal("RightMissing", account, representative, right)

    def _of(self, account: str, by: str) -> None:
        if by != account and not self.rights[account, by].rights:
            raise Refusal("RightMissing", account, by, MAY_INITIATE | MAY_APPROVE)


def _transfer_in(call: Call) -> tuple[str, int]:
    """To whom, and how many units; nobody where a call is no transfer."""
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
