"""The shadow of one registry: its classes, and what moves units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.contracts.shadow import (
    FREE,
    OWN,
    TRADED,
    Controls,
    Range,
    Ref,
    Refusal,
    UnitClass,
)
from tests.contracts.shadow_accounts import RECEIVING, SENDING, SURRENDERING, Accounts
from tests.contracts.words import LARGEST_QUANTITY, State, Type, UnitType

MOST_NOTED, MOST_BLOCKS = 32, 256

# What an order does: the state before and the state after.
ORDERS = {
    Type.AUCTION_DELIVERY: (State.HELD, State.HELD),
    Type.ALLOCATION: (State.HELD, State.HELD),
    Type.REVERSAL_OF_ALLOCATION: (State.HELD, State.HELD),
    Type.CENTRAL_TRANSFER: (State.HELD, State.HELD),
    Type.SURRENDER: (State.HELD, State.SURRENDERED),
    Type.REVERSAL_OF_SURRENDER: (State.SURRENDERED, State.HELD),
    Type.CORRECTION: (State.HELD, State.CANCELLED),
    Type.ENCUMBRANCE: (State.HELD, State.ENCUMBERED),
    Type.RELEASE: (State.ENCUMBERED, State.HELD),
}


@dataclass
class Registry(Accounts):
    neighbours: dict[str, Registry] = field(default_factory=dict)  # by address, this one too
    links: Any = None  # the gateway's shadow

    # ---- classes --------------------------------------------------------------------------

    def class_of(self, identity: int) -> UnitClass:
        if identity not in self.classes:
            raise Refusal("ClassUnknown", identity)
        return self.classes[identity]

    def home(self, identity: int) -> UnitClass:
        units = self.class_of(identity)
        if units.unit_type == UnitType.FOREIGN:
            raise Refusal("ClassTypeInvalid", identity, UnitType.FOREIGN)
        return units

    def raise_cap(self, _by: str, identity: int, cap: int) -> None:
        units = self.home(identity)
        if units.sealed:
            raise Refusal("ClassIsSealed", identity)
        if cap <= units.cap:
            raise Refusal("CapNotRaised", identity, units.cap, cap)
        units.cap = cap

    def seal_class(self, _by: str, identity: int) -> None:
        units = self.home(identity)
        if units.sealed:
            raise Refusal("ClassIsSealed", identity)
        units.sealed = True

    def create(self, identity: int, to: str, quantity: int, kind: Type, via: str) -> Range:
        """New units, of a home class or through the gateway."""
        units = self.classes[identity]
        if quantity == 0:
            raise Refusal("QuantityZero")
        if units.sealed:
            raise Refusal("ClassIsSealed", identity)
        if units.issued + quantity > units.cap:
            raise Refusal("CapExceeded", identity, quantity, units.cap - units.issued)
        self._check_statuses(kind, via, to, State.NONE, State.HELD)
        new = units.add(quantity)
        units.put(new, to, State.HELD, 0)
        self._check_limit(to, identity)
        return new

    def foreign(self, origin: UnitClass, code: str) -> UnitClass:
        """The class for units of another registry; made when the first arrive."""
        symbol = code.encode() + b"." + origin.identity.to_bytes(32, "big").rstrip(b"\0")
        identity = int.from_bytes(symbol.ljust(32, b"\0"), "big")
        if identity not in self.classes:
            region = origin.region if any(origin.region) else code.encode().ljust(32, b"\0")
            self.classes[identity] = UnitClass(
                identity, UnitType.FOREIGN, origin.vintage, LARGEST_QUANTITY, self.clock,
                origin.category, region, (code, origin.identity),
            )  # fmt: skip
        return self.classes[identity]

    # ---- what holders and desks do --------------------------------------------------------

    def safe_transfer_from(
        self, by: str, sender: str, to: str, identity: int, quantity: int, _data: bytes
    ) -> None:
        self.check_holder(sender, by)
        self.check_receiver(sender, to, by)
        self.move(Type.TRANSFER, identity, sender, to, quantity, [], State.HELD, State.HELD)

    def safe_batch_transfer_from(
        self, by: str, sender: str, to: str, ids: list[int], values: list[int], _data: bytes
    ) -> None:
        self.check_holder(sender, by)
        for identity, quantity in zip(ids, values, strict=True):
            self.check_receiver(sender, to, by)
            self.move(Type.TRANSFER, identity, sender, to, quantity, [], State.HELD, State.HELD)

    def transfer_units(self, by: str, sender: str, to: str, identity: int, refs: list[Ref]) -> None:
        self.check_holder(sender, by)
        self.check_receiver(sender, to, by)
        quantity = sum(r[3] for r in refs)
        self.move(Type.TRANSFER, identity, sender, to, quantity, refs, State.HELD, State.HELD)

    def retire(
        self, by: str, account: str, identity: int, quantity: int, refs: list[Ref], _memo: bytes
    ) -> None:
        self._use(by, account, identity, quantity, refs, State.RETIRED)

    def cancel(
        self, by: str, account: str, identity: int, quantity: int, refs: list[Ref], _memo: bytes
    ) -> None:
        self._use(by, account, identity, quantity, refs, State.CANCELLED)

    def _use(
        self, by: str, account: str, identity: int, quantity: int, refs: list[Ref], state: State
    ) -> None:
        self.check_holder(account, by)
        kind = Type.RETIREMENT if state == State.RETIRED else Type.CANCELLATION
        taken = self.move(kind, identity, account, account, quantity, refs, State.HELD, state)
        self._tell_origin(identity, taken, state)

    def _tell_origin(self, identity: int, taken: list[Range], state: State) -> None:
        if self.classes[identity].unit_type == UnitType.FOREIGN:
            self.links.units_used(self, identity, taken, state)

    def order(
        self, kind: Type, identity: int, sender: str, to: str, quantity: int, refs: list[Ref]
    ) -> list[Range]:
        before, after = ORDERS[kind]
        if before == State.SURRENDERED:
            self.home(identity)
        taken = self.move(kind, identity, sender, to, quantity, refs, before, after)
        if kind == Type.ALLOCATION:
            self.accounts[to].allocated += quantity
        if kind == Type.REVERSAL_OF_ALLOCATION:
            self.accounts[sender].allocated -= quantity
        if after == State.SURRENDERED:
            self._tell_origin(identity, taken, after)
        return taken

    def move(
        self,
        kind: Type,
        identity: int,
        sender: str,
        to: str,
        quantity: int,
        refs: list[Ref],
        before: State,
        after: State,
    ) -> list[Range]:
        """Takes units of `sender`; they stand under `to` in the state after."""
        if refs and sum(r[3] for r in refs) != quantity:
            raise Refusal("QuantityMismatch", quantity, sum(r[3] for r in refs))
        if quantity == 0:
            raise Refusal("QuantityZero")
        self._check_statuses(kind, sender, to, before, after)
        units = self.classes.get(identity)
        free = units.free(sender) if units else 0
        if not refs and free < quantity and units:
            raise Refusal("ERC1155InsufficientBalance", sender, free, quantity, identity)
        if units is None and refs:
            raise Refusal("UnitsNotHeld", identity, sender, refs[0][0], *refs[0][2:])
        if units is None:
            raise Refusal("ClassUnknown", identity)
        if not refs and sender == to and after == State.HELD:
            return []
        taken = self._take(units, kind, sender, to, quantity, refs, before, after)
        if before == State.HELD and free < quantity:  # sent to oneself, and named twice
            raise Refusal("ERC1155InsufficientBalance", sender, free, quantity, identity)
        if after in OWN and sender != to:
            self._check_limit(to, identity)
        return taken

    def _take(
        self,
        units: UnitClass,
        kind: Type,
        sender: str,
        to: str,
        quantity: int,
        refs: list[Ref],
        before: State,
        after: State,
    ) -> list[Range]:
        """One block after the other, from the head of the list or as they are named."""
        taken: list[Range] = []
        most = MOST_BLOCKS if kind == Type.TRANSFER else MOST_NOTED
        missing = quantity
        while len(taken) < len(refs) if refs else missing:
            if refs:
                part = units.take_named(sender, refs[len(taken)], before)
            else:
                part = units.take_head(sender, missing)
            self._place(units, part, kind, sender, to, before, after)
            taken.append(part)
            missing -= part[1]
            if len(taken) > most:
                raise Refusal("TooManyBlocks", units.identity, most)
        return taken

    def _place(
        self,
        units: UnitClass,
        part: Range,
        kind: Type,
        sender: str,
        to: str,
        before: State,
        after: State,
    ) -> None:
        marks = units.at(part[0]).marks
        asked = before == State.HELD and kind < Type.REVERSAL_OF_SURRENDER
        if asked and marks & FREE:
            self._check_free(kind, sender, to, part[1])
        if kind in {Type.REVERSAL_OF_ALLOCATION, Type.EXTERNAL_TRANSFER}:
            marks &= TRADED
        if kind == Type.ALLOCATION:
            marks = FREE
        if kind == Type.TRANSFER and sender != to:
            marks = TRADED
        units.put(part, to, after, marks)

    def _check_free(self, kind: Type, account: str, to: str, count: int) -> None:
        a = self.accounts[account]
        trade = kind == Type.EXTERNAL_TRANSFER or (kind == Type.TRANSFER and account != to)
        if a.controls & Controls.FREE_LOCKED and (trade or kind == Type.SURRENDER):
            raise Refusal("FreeAllowancesLocked", account)
        if a.controls & Controls.SALE_SHARE and trade:
            a.sold += count
            most = a.allocated * self.sale_share // 10_000
            if a.sold > most:
                raise Refusal("SaleShareExceeded", account, a.sold, most)

    def _check_limit(self, account: str, identity: int) -> None:
        a = self.accounts[account]
        if not a.controls & Controls.HOLDING_LIMIT:
            return
        counts, held = self.held_of_limit(account, identity)
        if counts and held > a.limit:
            raise Refusal("HoldingLimitExceeded", account, held, a.limit)

    def held_of_limit(self, account: str, identity: int) -> tuple[bool, int]:
        """Whether a class counts, and what the account holds of all that do, here and elsewhere."""
        held = 0
        for registry, listed in self.limit_classes:
            units = self.neighbours[registry].classes.get(listed)
            held += units.balance(account) if units else 0
        return (self.address, identity) in self.limit_classes, held

    def _check_statuses(
        self, kind: Type, sender: str, to: str, before: State, after: State
    ) -> None:
        if kind >= Type.REVERSAL_OF_SURRENDER:
            return
        status = self.accounts[sender].status
        allowed = SURRENDERING if after == State.SURRENDERED else SENDING
        if before == State.HELD and kind != Type.REVERSAL_OF_ALLOCATION and status not in allowed:
            raise Refusal("AccountCannotSend", sender, status)
        status = self.accounts[to].status
        if after == State.HELD and status not in RECEIVING:
            raise Refusal("AccountCannotReceive", to, status)
