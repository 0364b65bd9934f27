"""The shadow of a registry's accounts: statuses, controls, who may act for whom, and with whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.contracts.shadow import (
    Clock,
    Controls,
    Refusal,
    UnitClass,
)
from tests.contracts.words import Kind, Status

SENDING = {Status.OPEN, Status.CLOSURE_PENDING}
SURRENDERING = SENDING | {Status.SOME_TRANSACTIONS_RESTRICTED}
RECEIVING = {Status.OPEN, Status.SOME_TRANSACTIONS_RESTRICTED, Status.ALL_TRANSACTIONS_RESTRICTED}
STRICTER = {  # what may follow at once
    Status.OPEN: {2, 3, 4},
    Status.SOME_TRANSACTIONS_RESTRICTED: {3, 4},
    Status.ALL_TRANSACTIONS_RESTRICTED: {4},
    Status.CLOSURE_PENDING: {4},
}
PROGRAMME_KINDS = {Kind.STATE_AUTHORITY, Kind.PROVINCIAL_AUTHORITY, Kind.SYSTEM}


@dataclass
class Account:
    kind: Kind = Kind.NONE
    status: Status = Status.NONE
    controls: int = 0
    limit: int = 0
    allocated: int = 0  # free of charge
    sold: int = 0  # of that


@dataclass
class Accounts:
    code: str
    address: str
    gateway: str
    holder_desk: str
    clock: Clock
    classes: dict[int, UnitClass] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=lambda: defaultdict(Account))
    approvals: set[tuple[str, str]] = field(default_factory=set)
    limit_classes: list[tuple[str, int]] = field(default_factory=list)
    sale_share: int = 0
    trusted: dict[tuple[str, str], int] = field(default_factory=dict)  # kept by the holder desk

    # ---- accounts -------------------------------------------------------------------------

    def open_account(self, _by: str, account: str, kind: int, _file: bytes) -> None:
        if kind in {Kind.NONE, Kind.SYSTEM}:
            raise Refusal("AccountKindInvalid", account, kind)
        if account == self.gateway:
            raise Refusal("AccountIsGateway", account)
        a = self.accounts[account]
        if a.status != Status.NONE:
            raise Refusal("AccountAlreadyOpen", account, a.status)
        a.kind, a.status = Kind(kind), Status.OPEN

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
        a.controls, a.limit = controls, limit

    def set_holding_limit_classes(self, _by: str, classes: list[tuple[str, int]]) -> None:
        self.limit_classes = list(classes)

    def set_sale_share(self, _by: str, basis_points: int) -> None:
        self.sale_share = basis_points

    def set_approval_for_all(self, by: str, operator: str, approved: bool) -> None:
        if self.accounts[by].controls & Controls.TWO_REPRESENTATIVES:
            raise Refusal("HolderDeskRequired", by)
        (self.approvals.add if approved else self.approvals.discard)((by, operator))

    def classes_held(self, account: str) -> int:
        return sum(1 for c in self.classes.values() if c.balance(account))

    def check_holder(self, account: str, caller: str) -> None:
        if caller == account or (account, caller) in self.approvals:
            if self.accounts[account].controls & Controls.TWO_REPRESENTATIVES:
                raise Refusal("HolderDeskRequired", account)
        elif caller != self.holder_desk:
            raise Refusal("ERC1155MissingApprovalForAll", caller, account)

    def check_receiver(self, account: str, to: str, caller: str) -> None:
        if not self.accounts[account].controls & Controls.TRUSTED_ONLY or account == to:
            return
        if caller != self.holder_desk and not self.trusts(account, to):
            raise Refusal("ReceiverNotTrusted", account, to, self.trusted.get((account, to), 0))

    def trusts(self, account: str, to: str) -> bool:
        return 0 < self.trusted.get((account, to), 0) <= self.clock.now

    def is_programme(self, account: str) -> bool:
        return self.accounts[account].kind in PROGRAMME_KINDS

    def _known(self, account: str) -> Account:
        if self.accounts[account].status == Status.NONE:
            raise Refusal("AccountUnknown", account)
        return self.accounts[account]
