"""The shadow of the desk for issuance: what exists, and where a programme's own units go."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.contracts.shadow import NOBODY, Ref, Refusal
from tests.contracts.shadow_allocation import MAX_CHANGES, Allocations
from tests.contracts.shadow_desk import check_length
from tests.contracts.words import LARGEST_QUANTITY, Role, Status, Type, UnitType


@dataclass
class Verification:
    identity: int
    quantity: int
    issued: int = 0


@dataclass
class Issuance:
    to: str
    time: int
    count: int
    correcting: int = 0  # decided to be cancelled, and not cancelled yet


@dataclass
class Issuances(Allocations):
    reports: dict[bytes, Verification] = field(default_factory=dict)
    decisions: set[tuple[int, bytes]] = field(default_factory=set)
    issued: dict[tuple[int, int], Issuance] = field(default_factory=dict)
    closures: dict[str, str] = field(default_factory=dict)

    # ---- issuance -------------------------------------------------------------------------

    def record_verification(self, _by: str, report: bytes, identity: int, quantity: int) -> None:
        if self.registry.class_of(identity).unit_type != UnitType.CREDIT:
            raise Refusal("ClassNotCredit", identity)
        if not any(report) or quantity == 0:
            raise Refusal("VerificationInvalid", report, quantity)
        if report in self.reports:
            raise Refusal("VerificationAlreadyRecorded", report)
        self.reports[report] = Verification(identity, quantity)
        self._claim(report)

    def claim_reports(self, _by: str, reports: list[bytes]) -> None:
        check_length(reports, MAX_CHANGES)
        for report in reports:
            if report not in self.reports:
                raise Refusal("VerificationUnknown", report)
            self._claim(report)

    def _claim(self, report: bytes) -> None:
        """At every gateway of the programme that knows it."""
        for gateway in self.authority.members[Role.LINK_GATEWAY]:
            links = self.registry.parts[gateway]
            if self.registry.address in links.members:
                links.claim_report(self.address, self.registry.address, report)

    def issue(self, _by: str, identity: int, to: str, quantity: int, evidence: bytes) -> None:
        units = self.registry.class_of(identity)
        if units.unit_type == UnitType.CREDIT:
            v = self.reports.get(evidence, Verification(0, 0))
            left = v.quantity - v.issued if v.identity == identity else 0
            if quantity > left:
                raise Refusal("VerificationExceeded", evidence, identity, quantity, left)
            v.issued += quantity
            self._claim(evidence)
        else:
            self.programmes_own(to)
            if (identity, evidence) in self.decisions:
                raise Refusal("DecisionUsed", identity, evidence)
            self.decisions.add((identity, evidence))
        first, count = self.registry.create(self.address, identity, to, quantity, evidence)
        self.issued[identity, first] = Issuance(to, self.now, count)

    def correct_issuance(
        self, _by: str, identity: int, first: int, quantity: int, refs: list[Ref]
    ) -> None:
        if (identity, first) not in self.issued:
            raise Refusal("IssuanceUnknown", identity, first)
        i = self.issued[identity, first]
        self.in_window(i.time)
        left = i.count - i.correcting
        if not 0 < quantity <= left:
            raise Refusal("IssuanceExceeded", identity, first, quantity, left)
        i.correcting += quantity
        self._correct(identity, first, refs)

    def continue_correction(self, _by: str, identity: int, first: int, refs: list[Ref]) -> None:
        self._correct(identity, first, refs)

    def _correct(self, identity: int, first: int, refs: list[Ref]) -> None:
        i = self.issued.get((identity, first), Issuance(NOBODY, 0, 0))
        if not i.correcting:
            raise Refusal("NothingDecided")
        for _, _, start, count in refs:
            if start < first or start + count > first + i.count:
                raise Refusal("OutsideIssuance", identity, start, count)
        quantity = sum(ref[3] for ref in refs)
        if quantity > i.correcting:
            raise Refusal("IssuanceExceeded", identity, first, quantity, i.correcting)
        i.correcting -= quantity
        if quantity:
            self.order(Type.CORRECTION, identity, i.to, i.to, quantity, refs)

    # ---- the programme's own accounts -----------------------------------------------------

    def move_between_pools(
        self, _by: str, identity: int, giver: str, to: str, quantity: int, refs: list[Ref]
    ) -> None:
        self.pool(giver)
        self.pool(to)
        self.order(Type.CENTRAL_TRANSFER, identity, giver, to, quantity, refs)

    def move_centrally(
        self, _by: str, identity: int, giver: str, to: str, quantity: int, refs: list[Ref]
    ) -> None:
        self.programmes_own(giver)
        self.programmes_own(to)
        self.order(Type.CENTRAL_TRANSFER, identity, giver, to, quantity, refs)

    def cancel_centrally(
        self, _by: str, identity: int, giver: str, quantity: int, refs: list[Ref], _why: bytes
    ) -> None:
        self.programmes_own(giver)
        self.order(Type.CANCELLATION, identity, giver, giver, quantity, refs)

    def close_out(self, _by: str, account: str, to: str) -> None:
        self._closing(account)
        self.programmes_own(to)
        self.closures[account] = to

    def move_on_closure(self, _by: str, account: str, identity: int) -> None:
        self._closing(account)
        if account not in self.closures:
            raise Refusal("NothingDecided")
        to = self.closures[account]
        self.order(Type.CLOSURE, identity, account, to, LARGEST_QUANTITY, [], in_parts=True)

    def set_reversal_window(self, _by: str, window: int) -> None:
        self.window = window

    def _closing(self, account: str) -> None:
        if self.registry.accounts[account].status != Status.CLOSURE_PENDING:
            raise Refusal("NotClosing", account)
