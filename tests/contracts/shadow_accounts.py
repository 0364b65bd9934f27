"""The shadow of a registry's accounts: statuses, controls, who may act for whom, and with whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from eth_utils.crypto import keccak

from tests.contracts.shadow import NOBODY, Clock, Controls, Refusal, UnitClass
from tests.contracts.shadow_authority import Authority
from tests.contracts.words import Kind, Role, Status

SENDING = {Status.OPEN, Status.CLOSURE_PENDING}
SURRENDERING = SENDING | {Status.SOME_TRANSACTIONS_RESTRICTED}
RECEIVING = {Status.OPEN, Status.SOME_TRANSACTIONS_RESTRICTED}
STRICTER = {  # what may follow at once
    Status.OPEN: {2, 3, 4},
    Status.SOME_TRANSACTIONS_RESTRICTED: {3, 4},
    Status.ALL_TRANSACTIONS_RESTRICTED: {4},
    Status.CLOSURE_PENDING: {3, 4},
}
PROGRAMME_KINDS = {Kind.STATE_AUTHORITY, Kind.PROVINCIAL_AUTHORITY, Kind.SYSTEM}
PLAIN_KINDS = {Kind.OPERATOR, Kind.PARTICIPANT}
OFFICIAL_KINDS = {Kind.STATE_AUTHORITY, Kind.PROVINCIAL_AUTHORITY, Kind.TRADING_INSTITUTION}
MAX_LIMIT_CLASSES = 16


@dataclass
class Account:
    kind: Kind = Kind.NONE
    status: Status = Status.NONE
    opened_at: int = 0
    controls: int = 0
    limit: int = 0
    province: int = 0
    approval_round: int = 0
    file: bytes = bytes(32)
    allocated: int = 0  # free of charge, and not taken back
    sold: int = 0  # allowances, while sales were limited


@dataclass
class Accounts:
    address: str
    authority: Authority
    clock: Clock
    parts: dict[str, Any] = field(repr=False)  # of the whole ledger, by address
    holder_desk: str = NOBODY
    classes: dict[int, UnitClass] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=lambda: defaultdict(Account))
    approvals: set[tuple[str, str]] = field(default_factory=set)
    limit_classes: list[tuple[str, int]] = field(default_factory=list)
    sale_share: int = 0

    # ---- accounts -------------------------------------------------------------------------

    def open_account(self, _by: str, account: str, kind: int, file: bytes, province: int) -> None:
        if kind not in PLAIN_KINDS:
            raise Refusal("AccountKindInvalid", account, kind)
        self.open(account, kind, file, province)

    def open_official_account(
        self, _by: str, account: str, kind: int, file: bytes, province: int
    ) -> None:
        if kind not in OFFICIAL_KINDS:
            raise Refusal("AccountKindInvalid", account, kind)
        self.open(account, kind, file, province)

    def open_system_account(self, _by: str, purpose: bytes, province: int) -> None:
        self.open(self.system_account(purpose), Kind.SYSTEM, purpose, province)

    def system_account(self, purpose: bytes) -> str:
        """Nobody has its key."""
        own = bytes(12) + bytes.fromhex(self.address[2:])
        return "0x" + keccak(own + purpose)[:20].hex()

    def open(self, account: str, kind: int, file: bytes, province: int) -> None:
        if not any(file):
            raise Refusal("AccountFileMissing", account)
        if self.authority.has(Role.LINK_GATEWAY, account):
            raise Refusal("AccountIsGateway", account)
        a = self.accounts[account]
        if a.status != Status.NONE:
            raise Refusal("AccountAlreadyOpen", account, a.status)
        a.kind, a.status, a.opened_at = Kind(kind), Status.OPEN, self.clock.now
        a.file, a.province = file, province
        self._begin_round(account)

    def restrict_account(self, _by: str, account: str, status: int) -> None:
        a = self._known(account)
        if status not in STRICTER.get(a.status, set()):
            raise Refusal("StatusNotStricter", account, a.status, status)
        a.status = Status(status)

    def set_account_status(self, _by: str, account: str, status: int) -> None:
        a = self._known(account)
        if a.status == Status.CLOSED or status in {Status.NONE, a.status}:
            raise Refusal("AccountStatusInvalid", account, a.status, status)
        held = self.classes_held(account)
        if status == Status.CLOSED and held:
            raise Refusal("AccountNotEmpty", account, held)
        a.status = Status(status)

    def set_account_controls(self, _by: str, account: str, controls: int, limit: int) -> None:
        a = self._known(account)
        follows = controls & Controls.LIMIT_FOLLOWS_ALLOCATION
        if controls > 63 or (follows and not controls & Controls.HOLDING_LIMIT):
            raise Refusal("ControlsInvalid", account, controls)
        if controls & ~a.controls & Controls.TWO_REPRESENTATIVES:
            self._begin_round(account)
        lock = a.controls & Controls.FREE_LOCKED
        a.controls, a.limit = int(controls & ~Controls.FREE_LOCKED | lock), limit

    def _begin_round(self, account: str) -> None:
        """What was approved before is void, also what was before the account was opened."""
        self.accounts[account].approval_round += 1
        self.approvals = {(h, o) for h, o in self.approvals if h != account}

    def set_free_lock(self, account: str, locked: bool) -> None:
        a = self._known(account)
        a.controls = int(a.controls & ~Controls.FREE_LOCKED | Controls.FREE_LOCKED * locked)

    def set_account_province(self, _by: str, account: str, province: int) -> None:
        self._known(account).province = province

    def set_holding_limit_classes(self, _by: str, classes: list[tuple[str, int]]) -> None:
        if len(classes) > MAX_LIMIT_CLASSES:
            raise Refusal("TooManyClasses", len(classes), MAX_LIMIT_CLASSES)
        self.limit_classes = list(classes)

    def set_holder_desk(self, _by: str, desk: str) -> None:
        self.holder_desk = desk

    def set_sale_share(self, _by: str, basis_points: int) -> None:
        if basis_points > 10_000:
            raise Refusal("ShareInvalid", basis_points)
        self.sale_share = basis_points

    def set_approval_for_all(self, by: str, operator: str, approved: bool) -> None:
        if approved and self.needs_two(by):
            raise Refusal("HolderDeskRequired", by)
        (self.approvals.add if approved else self.approvals.discard)((by, operator))

    # ---- what is asked of accounts --------------------------------------------------------

    def classes_held(self, account: str) -> int:
        return sum(1 for c in self.classes.values() if c.balance(account))

    def needs_two(self, account: str) -> bool:
        return bool(self.accounts[account].controls & Controls.TWO_REPRESENTATIVES)

    def check_holder(self, account: str, caller: str) -> None:
        """Whoever acts for an account, in everything but transfers."""
        if caller == self.holder_desk:
            return
        if caller != account:
            raise Refusal("NotTheHolder", account, caller)
        if self.needs_two(account):
            raise Refusal("HolderDeskRequired", account)

    def check_sender(self, account: str, caller: str) -> None:
        """Transfers are open to approved operators too."""
        if caller == self.holder_desk:
            return
        if caller != account and (account, caller) not in self.approvals:
            raise Refusal("ERC1155MissingApprovalForAll", caller, account)
        if self.needs_two(account):
            raise Refusal("HolderDeskRequired", account)

    def check_receiver(self, account: str, to: str, caller: str) -> None:
        bound = self.accounts[account].controls & Controls.TRUSTED_ONLY
        if bound and account != to and caller != self.holder_desk:
            self.parts[self.holder_desk].check_trusted(account, to)

    def kind_of(self, account: str) -> Kind:
        return self.accounts[account].kind

    def is_programme(self, account: str) -> bool:
        return self.accounts[account].kind in PROGRAMME_KINDS

    def limit_of(self, account: str) -> int:
        a = self.accounts[account]
        return a.limit + a.allocated * bool(a.controls & Controls.LIMIT_FOLLOWS_ALLOCATION)

    def held_of_limit(self, account: str, identity: int) -> tuple[bool, int]:
        """Whether a class counts, and what the account holds of all that do, here and elsewhere."""
        held = 0
        for registry, listed in self.limit_classes:
            units = self.parts[registry].classes.get(listed)
            held += units.balance(account) if units else 0
        return (self.address, identity) in self.limit_classes, held

    def _known(self, account: str) -> Account:
        if self.accounts[account].status == Status.NONE:
            raise Refusal("AccountUnknown", account)
        return self.accounts[account]
