"""The shadow of the desk for issuance: who was given what, and what is taken back."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.contracts.shadow import NOBODY, Controls, Ref, Refusal
from tests.contracts.shadow_desk import Desk, check_length
from tests.contracts.words import Allocated, Kind, Type, UnitType

MAX_CHANGES, MAX_GRANTS = 256, 128
Line = tuple[str, int, int, int]  # account, year, class, kind


@dataclass
class Allocation:
    identity: int
    to: str
    time: int
    quantity: int  # not taken back
    year: int
    kind: Allocated
    pool: str = NOBODY
    reversing: int = 0  # decided to be taken back, and not taken yet


@dataclass
class Allocations(Desk):
    edition: str = ""
    kind: str = "issuance"
    window: int = 0  # in which what was given can be taken back
    entitlements: dict[Line, list[int]] = field(default_factory=dict)  # entitled, allocated
    allocations: list[Allocation] = field(default_factory=list)
    sales: set[tuple[bytes, str, int]] = field(default_factory=set)
    paid: dict[str, list[int]] = field(default_factory=dict)  # required, bought

    # ---- allocation -----------------------------------------------------------------------

    def entitle(self, _by: str, province: int, changes: list[tuple]) -> None:
        check_length(changes, MAX_CHANGES)
        for account, year, kind, identity, was, to in changes:
            _free_of_charge(kind)
            self.operator(account)
            self.in_province(account, province)
            line = self.line(account, year, identity, kind)
            if line[0] != was:
                raise Refusal("EntitlementIs", account, year, identity, kind, line[0])
            line[0] = to

    def allocate(self, _by: str, identity: int, giver: str, grant: tuple, refs: list[Ref]) -> None:
        self._allocatable(identity, giver)
        self._allocate(identity, giver, grant, refs)

    def allocate_all(self, _by: str, identity: int, giver: str, grants: list[tuple]) -> None:
        self._allocatable(identity, giver)
        check_length(grants, MAX_GRANTS)
        for grant in grants:
            self._allocate(identity, giver, grant, [])

    def _allocate(self, identity: int, giver: str, grant: tuple, refs: list[Ref]) -> None:
        to, year, kind, quantity = grant
        _free_of_charge(kind)
        self.operator(to)
        line = self.line(to, year, identity, kind)
        left = max(0, line[0] - line[1])
        if quantity > left:
            raise Refusal("EntitlementExceeded", to, year, identity, kind, quantity, left)
        line[1] += quantity
        self._record(identity, to, quantity, year, kind)
        self._count(to, year, kind, quantity)
        self.order(Type.ALLOCATION, identity, giver, to, quantity, refs)

    def return_excess(
        self,
        by: str,
        account: str,
        to: str,
        identity: int,
        year: int,
        kind: int,
        quantity: int,
        refs: list[Ref],
    ) -> None:
        self.registry.check_holder(account, by)
        self.pool(to)
        line = self.line(account, year, identity, kind)
        excess = max(0, line[1] - line[0])
        if quantity > excess:
            raise Refusal("ExcessExceeded", account, year, identity, kind, excess)
        line[1] -= quantity
        self._count(account, year, kind, -quantity)
        self.order(Type.EXCESS_ALLOCATION, identity, account, to, quantity, refs)

    def deliver(
        self,
        _by: str,
        province: int,
        identity: int,
        giver: str,
        to: str,
        quantity: int,
        sale: bytes,
        refs: list[Ref],
    ) -> None:
        self.programmes_own(giver)
        self.in_province(giver, province)
        if not any(sale):
            raise Refusal("SaleMissing")
        if (sale, to, identity) in self.sales:
            raise Refusal("SaleDelivered", sale, to, identity)
        self.sales.add((sale, to, identity))
        self._record(identity, to, quantity, 0, Allocated.AUCTION)
        self._buy(to, quantity)
        self.order(Type.AUCTION_DELIVERY, identity, giver, to, quantity, refs)

    def reverse_allocation(
        self, _by: str, number: int, to: str, quantity: int, refs: list[Ref]
    ) -> None:
        if not 0 < number <= len(self.allocations):
            raise Refusal("AllocationUnknown", number)
        a = self.allocations[number - 1]
        self.in_window(a.time)
        self.programmes_own(to)
        left = a.quantity - a.reversing
        if not 0 < quantity <= left:
            raise Refusal("AllocationExceeded", number, quantity, left)
        a.reversing += quantity
        a.pool = to
        self._reverse(number, refs)

    def continue_reversal(self, _by: str, number: int, refs: list[Ref]) -> None:
        self._reverse(number, refs)

    def end_reversal(self, _by: str, number: int) -> None:
        self._decided(number).reversing = 0

    def _reverse(self, number: int, refs: list[Ref]) -> None:
        """Takes the units that are named, or whatever is there."""
        a = self._decided(number)
        auction = a.kind == Allocated.AUCTION
        kind = Type.EXCESS_AUCTION if auction else Type.REVERSAL_OF_ALLOCATION
        named = sum(ref[3] for ref in refs)
        if named > a.reversing:
            raise Refusal("AllocationExceeded", number, named, a.reversing)
        wanted = named if refs else a.reversing
        taken = sum(
            count
            for _, count in self.order(
                kind, a.identity, a.to, a.pool, wanted, refs, in_parts=not refs
            )
        )
        a.quantity -= taken
        a.reversing -= taken
        if auction:
            self._buy(a.to, -taken)
            return
        line = self.line(a.to, a.year, a.identity, a.kind)
        if taken > line[1]:
            raise Refusal("AllocationExceeded", number, taken, line[1])
        line[1] -= taken
        self._count(a.to, a.year, a.kind, -taken)

    def _decided(self, number: int) -> Allocation:
        known = 0 < number <= len(self.allocations)
        if not known or not self.allocations[number - 1].reversing:
            raise Refusal("NothingDecided")
        return self.allocations[number - 1]

    def require_paid_share(self, _by: str, province: int, account: str, required: int) -> None:
        self.in_province(account, province)
        self._paid_of(account)[0] = required
        self._lock(account)

    # ---- what the functions share ---------------------------------------------------------

    def line(self, account: str, year: int, identity: int, kind: int) -> list[int]:
        return self.entitlements.setdefault((account, year, identity, kind), [0, 0])

    def _record(self, identity: int, to: str, quantity: int, year: int, kind: int) -> None:
        a = Allocation(identity, to, self.now, quantity, year, Allocated(kind))
        self.allocations.append(a)

    def _count(self, account: str, year: int, kind: int, quantity: int) -> None:
        desk = self.registry.parts[self.registry.desks[Type.SURRENDER]]
        desk.count_allocation(self.address, account, year, quantity, kind == Allocated.INITIAL)

    def _buy(self, account: str, quantity: int) -> None:
        share = self._paid_of(account)
        share[1] += quantity
        if share[0]:
            self._lock(account)

    def _paid_of(self, account: str) -> list[int]:
        return self.paid.setdefault(account, [0, 0])

    def _lock(self, account: str) -> None:
        required, bought = self._paid_of(account)
        controls = self.registry.accounts[account].controls
        if (bought < required) != bool(controls & Controls.FREE_LOCKED):
            self.authority.require(self.address, self.registry.address, "setFreeLock")
            self.registry.set_free_lock(account, bought < required)

    def _allocatable(self, identity: int, giver: str) -> None:
        self.programmes_own(giver)
        units = self.registry.classes.get(identity)
        if units is None or units.unit_type != UnitType.ALLOWANCE:
            raise Refusal("ClassNotAllowance", identity)

    def pool(self, account: str) -> None:
        if self.registry.kind_of(account) != Kind.SYSTEM:
            raise Refusal("NotPool", account)

    def in_window(self, time: int) -> None:
        if self.now > time + self.window:
            raise Refusal("WindowPassed", time + self.window)


def _free_of_charge(kind: int) -> None:
    if kind == Allocated.AUCTION:
        raise Refusal("KindInvalid", kind)
