"""The shadow of the desks for issuance and allocation, and for units set aside."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from tests.contracts.shadow import Controls, Range, Ref, Refusal
from tests.contracts.shadow_accounts import SENDING
from tests.contracts.shadow_compliance import Compliance
from tests.contracts.shadow_registry import Registry
from tests.contracts.words import Kind, Type, UnitType

NOBODY = "0x" + "00" * 20


@dataclass
class Issuances:
    registry: Registry
    compliance: Compliance
    window: int
    reports: dict[bytes, list[int]] = field(default_factory=dict)  # class, quantity, issued
    issued: dict[tuple[int, int], tuple[str, int, int]] = field(default_factory=dict)
    allocations: list[list] = field(default_factory=list)  # class, to, time, quantity, year
    paid: dict[str, list[int]] = field(default_factory=dict)  # required, bought

    def record_verification(self, _by: str, report: bytes, identity: int, quantity: int) -> None:
        if self.registry.class_of(identity).unit_type != UnitType.CREDIT:
            raise Refusal("ClassNotCredit", identity)
        if quantity == 0:
            raise Refusal("EvidenceMissing", identity)
        if report in self.reports:
            raise Refusal("VerificationAlreadyRecorded", report)
        self.reports[report] = [identity, quantity, 0]

    def issue(self, _by: str, identity: int, to: str, quantity: int, evidence: bytes) -> None:
        if self.registry.class_of(identity).unit_type == UnitType.CREDIT:
            of, verified, used = self.reports.get(evidence, [0, 0, 0])
            left = verified - used if of == identity else 0
            if quantity > left:
                raise Refusal("VerificationExceeded", evidence, identity, quantity, left)
            if evidence in self.reports:
                self.reports[evidence][2] += quantity
        else:
            self._programme(to)
        self.registry.home(identity)
        if not any(evidence):
            raise Refusal("EvidenceMissing", identity)
        first, count = self.registry.create(identity, to, quantity, Type.ISSUANCE, NOBODY)
        self.issued[identity, first] = (to, self._now, count)

    def correct_issuance(self, _by: str, identity: int, first: int, refs: list[Ref]) -> None:
        if (identity, first) not in self.issued:
            raise Refusal("IssuanceUnknown", identity, first)
        to, time, count = self.issued[identity, first]
        self._in_window(time)
        for ref in refs:
            if ref[2] < first or ref[2] + ref[3] > first + count:
                raise Refusal("OutsideIssuance", identity, ref[2], ref[3])
        self.registry.order(Type.CORRECTION, identity, to, to, sum(r[3] for r in refs), refs)

    def allocate(
        self,
        _by: str,
        identity: int,
        giver: str,
        to: str,
        quantity: int,
        year: int,
        refs: list[Ref],
    ) -> None:
        self._programme(giver)
        account = self.registry.accounts[to]
        if account.kind != Kind.OPERATOR:
            raise Refusal("NotOperatorAccount", to)
        self.allocations.append([identity, to, self._now, quantity, year])
        if account.controls & Controls.LIMIT_FOLLOWS_ALLOCATION:
            account.limit += quantity
        self.compliance.count_allocation(to, year, quantity)
        self.registry.order(Type.ALLOCATION, identity, giver, to, quantity, refs)

    def deliver(
        self, _by: str, identity: int, giver: str, to: str, quantity: int, refs: list[Ref]
    ) -> None:
        self._programme(giver)
        self._paid_of(to)[1] += quantity
        if self._paid_of(to)[0]:
            self._apply_paid_share(to)
        self.registry.order(Type.AUCTION_DELIVERY, identity, giver, to, quantity, refs)

    def move_centrally(
        self, _by: str, identity: int, giver: str, to: str, quantity: int, refs: list[Ref]
    ) -> None:
        self._programme(giver)
        self._programme(to)
        self.registry.order(Type.CENTRAL_TRANSFER, identity, giver, to, quantity, refs)

    def reverse_allocation(
        self, _by: str, number: int, to: str, quantity: int, refs: list[Ref]
    ) -> None:
        if not 0 < number <= len(self.allocations):
            raise Refusal("AllocationUnknown", number)
        identity, holder, time, left, year = self.allocations[number - 1]
        self._in_window(time)
        self._programme(to)
        if quantity > left:
            raise Refusal("AllocationExceeded", number, quantity, left)
        self.allocations[number - 1][3] -= quantity
        account = self.registry.accounts[holder]
        if account.controls & Controls.LIMIT_FOLLOWS_ALLOCATION:
            account.limit = max(0, account.limit - quantity)
        self.compliance.count_allocation(holder, year, -quantity)
        self.registry.order(Type.REVERSAL_OF_ALLOCATION, identity, holder, to, quantity, refs)

    def require_paid_share(self, _by: str, account: str, required: int) -> None:
        self._paid_of(account)[0] = required
        self._apply_paid_share(account)

    def _paid_of(self, account: str) -> list[int]:
        return self.paid.setdefault(account, [0, 0])

    def _apply_paid_share(self, account: str) -> None:
        required, bought = self._paid_of(account)
        a = self.registry.accounts[account]
        before = a.controls
        a.controls &= ~Controls.FREE_LOCKED
        if bought < required:
            a.controls |= Controls.FREE_LOCKED
        if a.controls != before and a.kind == Kind.NONE:
            raise Refusal("AccountUnknown", account)

    @property
    def _now(self) -> int:
        return self.registry.clock.now

    def _programme(self, account: str) -> None:
        if not self.registry.is_programme(account):
            raise Refusal("NotProgrammeAccount", account)

    def _in_window(self, time: int) -> None:
        if self._now > time + self.window:
            raise Refusal("WindowPassed", time + self.window)


class LienKind(IntEnum):
    NONE = 0
    FREEZE = 1
    PLEDGE = 2


@dataclass
class Lien:
    kind: LienKind
    account: str
    creditor: str
    identity: int
    ranges: list[Range]


@dataclass
class Liens:
    registry: Registry
    liens: list[Lien] = field(default_factory=list)

    def freeze(
        self, _by: str, account: str, identity: int, quantity: int, refs: list[Ref], _why: bytes
    ) -> None:
        self._place(LienKind.FREEZE, account, NOBODY, identity, quantity, refs)

    def pledge(
        self,
        by: str,
        account: str,
        identity: int,
        quantity: int,
        refs: list[Ref],
        creditor: str,
        _why: bytes,
    ) -> None:
        self.registry.check_holder(account, by)
        if creditor == NOBODY:
            raise Refusal("CreditorMissing")
        status = self.registry.accounts[account].status
        if status not in SENDING:
            raise Refusal("AccountCannotSend", account, status)
        self._place(LienKind.PLEDGE, account, creditor, identity, quantity, refs)

    def unfreeze(self, _by: str, number: int) -> None:
        self._lift(number, LienKind.FREEZE)

    def release_pledge(self, by: str, creditor: str, number: int) -> None:
        self.registry.check_holder(creditor, by)
        lien = self.of(number)
        if lien.kind == LienKind.PLEDGE and lien.creditor != creditor:
            raise Refusal("NotTheCreditor", number, creditor, lien.creditor)
        self._lift(number, LienKind.PLEDGE)

    def of(self, number: int) -> Lien:
        known = 0 < number <= len(self.liens)
        return self.liens[number - 1] if known else Lien(LienKind.NONE, NOBODY, NOBODY, 0, [])

    def _place(
        self,
        kind: LienKind,
        account: str,
        creditor: str,
        identity: int,
        quantity: int,
        refs: list[Ref],
    ) -> None:
        order = self.registry.order
        ranges = order(Type.ENCUMBRANCE, identity, account, account, quantity, refs)
        self.liens.append(Lien(kind, account, creditor, identity, ranges))

    def _lift(self, number: int, expected: LienKind) -> None:
        lien = self.of(number)
        if lien.kind == LienKind.NONE:
            raise Refusal("LienUnknown", number)
        if lien.kind != expected:
            raise Refusal("LienKindIs", number, lien.kind)
        self.liens[number - 1] = Lien(LienKind.NONE, NOBODY, NOBODY, 0, [])
        refs = [(first, 0, first, count) for first, count in lien.ranges]
        quantity = sum(count for _, count in lien.ranges)
        owner = lien.account
        self.registry.order(Type.RELEASE, lien.identity, owner, owner, quantity, refs)
