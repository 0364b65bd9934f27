"""The shadow of one registry: what moves units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tests.contracts.shadow import MAX_BLOCKS, NOBODY, OWN, Controls, Range, Ref, Refusal, UnitClass
from tests.contracts.shadow_accounts import RECEIVING, SENDING, SURRENDERING
from tests.contracts.shadow_classes import Classes
from tests.contracts.words import Kind, Marks, State, Type, UnitType

HELD, ESCROWED, ENCUMBERED = State.HELD, State.ESCROWED, State.ENCUMBERED
MAX_PIECES = 64  # of a range in escrow that freezes have cut

# What an order does: the state before and the state after.
ORDERS = {
    Type.CANCELLATION: (HELD, State.CANCELLED),
    Type.AUCTION_DELIVERY: (HELD, HELD),
    Type.ALLOCATION: (HELD, HELD),
    Type.REVERSAL_OF_ALLOCATION: (HELD, HELD),
    Type.EXCESS_ALLOCATION: (HELD, HELD),
    Type.EXCESS_AUCTION: (HELD, HELD),
    Type.CENTRAL_TRANSFER: (HELD, HELD),
    Type.SURRENDER: (HELD, State.SURRENDERED),
    Type.REVERSAL_OF_SURRENDER: (State.SURRENDERED, HELD),
    Type.CLOSURE: (HELD, HELD),
    Type.CORRECTION: (HELD, State.CANCELLED),
    Type.ENCUMBRANCE: (HELD, ENCUMBERED),
    Type.RELEASE: (ENCUMBERED, HELD),
}
BY_HOLDERS = {Type.TRANSFER, Type.EXTERNAL_TRANSFER}
USES_FREE_UNITS = {*BY_HOLDERS, Type.SURRENDER}
TAKEN_BACK = {Type.REVERSAL_OF_ALLOCATION, Type.EXCESS_ALLOCATION}
# What the authority puts right or sets aside does not ask the holder's status.
PUT_RIGHT = {
    Type.REVERSAL_OF_SURRENDER, Type.CLOSURE, Type.CORRECTION, Type.ENCUMBRANCE, Type.RELEASE,
}  # fmt: skip


class Move(NamedTuple):
    """What a movement is."""

    kind: Type
    identity: int
    sender: str
    to: str
    before: State
    after: State
    in_parts: bool = False  # takes what is there and fits into one call


@dataclass
class Registry(Classes):
    edition: str = ""
    keeper: str = ""
    kind: str = "registry"

    # ---- what holders do ------------------------------------------------------------------

    def safe_transfer_from(
        self, by: str, sender: str, to: str, identity: int, quantity: int, _data: bytes
    ) -> None:
        self._transfer(by, sender, to, identity, quantity, [])

    def safe_batch_transfer_from(
        self, by: str, sender: str, to: str, ids: list[int], values: list[int], _data: bytes
    ) -> None:
        for identity, quantity in zip(ids, values, strict=True):
            self._transfer(by, sender, to, identity, quantity, [])

    def transfer_units(self, by: str, sender: str, to: str, identity: int, refs: list[Ref]) -> None:
        self._transfer(by, sender, to, identity, sum(r[3] for r in refs), refs)

    def _transfer(
        self, by: str, sender: str, to: str, identity: int, quantity: int, refs: list[Ref]
    ) -> None:
        self.check_sender(sender, by)
        if sender == to:
            raise Refusal("SameAccount", sender)
        self.check_receiver(sender, to, by)
        self.move(Move(Type.TRANSFER, identity, sender, to, HELD, HELD), quantity, refs)

    def retire(
        self, by: str, account: str, identity: int, quantity: int, refs: list[Ref], *_text: bytes
    ) -> None:
        self.check_holder(account, by)
        m = Move(Type.RETIREMENT, identity, account, account, HELD, State.RETIRED)
        self._tell_origin(identity, self.move(m, quantity, refs), State.RETIRED)

    def cancel(
        self, by: str, account: str, identity: int, quantity: int, refs: list[Ref], *_text: bytes
    ) -> None:
        self.check_holder(account, by)
        if self.is_programme(account):
            raise Refusal("AccountOfAuthority", account, self.kind_of(account))
        m = Move(Type.CANCELLATION, identity, account, account, HELD, State.CANCELLED)
        self._tell_origin(identity, self.move(m, quantity, refs), State.CANCELLED)

    def _tell_origin(self, identity: int, taken: list[Range], state: State) -> None:
        origin = self.classes[identity].origin
        if origin:
            self.parts[origin[0]].units_used(self, identity, taken, state)

    # ---- what desks and gateways do -------------------------------------------------------

    def create(self, by: str, identity: int, to: str, quantity: int, evidence: bytes) -> Range:
        """New units of a class of the programme's own."""
        self.authority.require(by, self.address, "create")
        self.home(identity)
        if not any(evidence):
            raise Refusal("EvidenceMissing", identity)
        return self._new(Move(Type.ISSUANCE, identity, NOBODY, to, State.NONE, HELD), quantity)

    def import_units(self, by: str, identity: int, to: str, quantity: int) -> Range:
        self.authority.require(by, self.address, "importUnits")
        m = Move(Type.EXTERNAL_TRANSFER, identity, by, to, State.NONE, HELD)
        return self._new(m, quantity)

    def _new(self, m: Move, quantity: int) -> Range:
        units = self.classes[m.identity]
        if quantity == 0:
            raise Refusal("QuantityZero")
        if units.sealed:
            raise Refusal("ClassIsSealed", m.identity)
        if units.issued + quantity > units.cap:
            raise Refusal("CapExceeded", m.identity, quantity, units.cap - units.issued)
        self._check_parties(m)
        new = units.add(quantity)
        units.put(new, m.to, HELD, 0)
        self._check_limit(m.to, m.identity)
        return new

    def order(
        self,
        by: str,
        kind: Type,
        identity: int,
        sender: str,
        to: str,
        quantity: int,
        refs: list[Ref],
        in_parts: bool = False,
    ) -> list[Range]:
        """Each transaction type is one desk's."""
        self._check_desk(by, kind)
        before, after = ORDERS[kind]
        if before == State.SURRENDERED:
            self.home(identity)
        if before == after and sender == to:
            raise Refusal("SameAccount", to)
        m = Move(kind, identity, sender, to, before, after, in_parts)
        taken = self.move(m, quantity, refs)
        moved = sum(count for _, count in taken)
        if kind == Type.ALLOCATION:
            self.accounts[to].allocated += moved
        if kind in TAKEN_BACK:
            self.accounts[sender].allocated -= moved
        if after in {State.SURRENDERED, State.CANCELLED}:
            self._tell_origin(identity, taken, after)
        return taken

    def mark_frozen(self, by: str, identity: int, ref: Ref, frozen: bool) -> None:
        self._check_desk(by, Type.FREEZE_MARK)
        units = self.classes.get(identity)
        if units is None:
            raise Refusal("NotSetAside", identity, ref[0], ref[2], ref[3])
        units.mark(ref, frozen)

    def _check_desk(self, by: str, kind: Type) -> None:
        desk = self.desks.get(kind, NOBODY)
        if by != desk:
            raise Refusal("NotTheDesk", kind, by, desk)

    def escrow(
        self, by: str, identity: int, account: str, quantity: int, refs: list[Ref]
    ) -> list[Range]:
        self.authority.require(by, self.address, "escrow")
        self.home(identity)
        m = Move(Type.EXTERNAL_TRANSFER, identity, account, by, HELD, ESCROWED)
        return self.move(m, quantity, refs)

    def export(
        self, by: str, identity: int, account: str, quantity: int, refs: list[Ref]
    ) -> list[Range]:
        """Foreign units leave for home."""
        self.authority.require(by, self.address, "exportUnits")
        units = self.classes.get(identity)
        if units is None or units.origin is None or units.origin[0] != by:
            raise Refusal("NotTheGateway", identity, by)
        m = Move(Type.EXTERNAL_TRANSFER, identity, account, account, HELD, State.CANCELLED)
        return self.move(m, quantity, refs)

    def settle_escrow(
        self, by: str, identity: int, block: int, units: Range, to: str, state: State
    ) -> None:
        """Units leave escrow, block by block; what is marked frozen and comes home is set aside."""
        function = "releaseEscrow" if state == HELD else "closeEscrow"
        self.authority.require(by, self.address, function)
        of, (first, count) = self.classes[identity], units
        refusal = Refusal("UnitsNotHeld", identity, by, block, first, count)
        here, end, pieces = first, first + count, 0
        while here < end:
            size = of.length(block)
            pieces += 1
            if size == 0 or pieces > MAX_PIECES:
                raise refusal
            if block + size > here:
                part = (here, min(end, block + size) - here)
                frozen = state == HELD and of.at(here).marks & Marks.FROZEN
                after = ENCUMBERED if frozen else state
                m = Move(Type.EXTERNAL_TRANSFER, identity, by, to, ESCROWED, after)
                self.move(m, part[1], [(block, 0, *part)])
                here += part[1]
            block += size

    # ---- the one way in which units move --------------------------------------------------

    def move(self, m: Move, quantity: int, refs: list[Ref]) -> list[Range]:
        """Takes units of the sender; they stand under the taker in the state after."""
        if refs and sum(r[3] for r in refs) != quantity:
            raise Refusal("QuantityMismatch", quantity, sum(r[3] for r in refs))
        if quantity == 0:
            raise Refusal("QuantityZero")
        self._check_parties(m)
        units = self.classes.get(m.identity)
        free = units.free(m.sender) if units else 0
        if not refs and free < quantity and not (m.in_parts and free):
            self.class_of(m.identity)
            raise Refusal("ERC1155InsufficientBalance", m.sender, free, quantity, m.identity)
        if len(refs) > MAX_BLOCKS:
            raise Refusal("TooManyBlocks", m.identity, MAX_BLOCKS)
        if units is None:
            raise Refusal("UnitsNotHeld", m.identity, m.sender, refs[0][0], *refs[0][2:])
        taken = self._take(units, m, min(quantity, free), refs)
        if m.after in OWN and m.sender != m.to:
            self._check_limit(m.to, m.identity)
        self._count_sale(m, units, quantity)
        return taken

    def _take(self, units: UnitClass, m: Move, quantity: int, refs: list[Ref]) -> list[Range]:
        """One block after the other, the largest first or as they are named."""
        taken: list[Range] = []
        missing = quantity
        while len(taken) < len(refs) if refs else missing:
            if len(taken) == MAX_BLOCKS:
                if m.in_parts:
                    break
                raise Refusal("TooManyBlocks", units.identity, MAX_BLOCKS)
            if refs:
                part = units.take_named(m.sender, refs[len(taken)], m.before)
            else:
                part = units.take_next(m.sender, missing)
            self._place(units, m, part)
            taken.append(part)
            missing -= part[1]
        return taken

    def _place(self, units: UnitClass, m: Move, part: Range) -> None:
        marks = units.at(part[0]).marks
        locked = self.accounts[m.sender].controls & Controls.FREE_LOCKED
        if locked and m.kind in USES_FREE_UNITS and m.before == HELD and marks & Marks.FREE:
            raise Refusal("FreeAllowancesLocked", m.sender)
        if m.kind == Type.TRANSFER:
            marks = Marks.TRADED
        elif m.kind == Type.ALLOCATION:
            marks = Marks.FREE
        elif m.sender != m.to or m.kind == Type.EXTERNAL_TRANSFER:
            marks &= Marks.TRADED
        else:
            marks &= Marks.TRADED | Marks.FREE
        units.put(part, m.to, m.after, int(marks))

    # ---- who may give and take ------------------------------------------------------------

    def _check_parties(self, m: Move) -> None:
        if m.kind in PUT_RIGHT:
            return
        if m.before == HELD:
            self._check_giver(m)
        to = self.accounts[m.to]
        if m.after == HELD or (m.after == ENCUMBERED and m.sender != m.to):
            if to.status not in RECEIVING:
                raise Refusal("AccountCannotReceive", m.to, to.status)
            if m.kind in BY_HOLDERS and to.kind == Kind.SYSTEM:
                raise Refusal("AccountKeyless", m.to)

    def _check_giver(self, m: Move) -> None:
        giver = self.accounts[m.sender]
        complies = m.after == State.SURRENDERED or m.kind == Type.EXCESS_ALLOCATION
        asked = m.kind not in {Type.REVERSAL_OF_ALLOCATION, Type.EXCESS_AUCTION}
        if asked and giver.status not in (SURRENDERING if complies else SENDING):
            raise Refusal("AccountCannotSend", m.sender, giver.status)
        if m.kind in {*BY_HOLDERS, Type.RETIREMENT} and self.is_programme(m.sender):
            raise Refusal("AccountOfAuthority", m.sender, giver.kind)

    def _check_limit(self, account: str, identity: int) -> None:
        if not self.accounts[account].controls & Controls.HOLDING_LIMIT:
            return
        counts, held = self.held_of_limit(account, identity)
        if counts and held > self.limit_of(account):
            raise Refusal("HoldingLimitExceeded", account, held, self.limit_of(account))

    def _count_sale(self, m: Move, units: UnitClass, quantity: int) -> None:
        a = self.accounts[m.sender]
        sold = m.kind in BY_HOLDERS and m.before == HELD and a.controls & Controls.SALE_SHARE
        if not sold or units.unit_type != UnitType.ALLOWANCE:
            return
        a.sold += quantity
        most = a.allocated * self.sale_share // 10_000
        if a.sold > most:
            raise Refusal("SaleShareExceeded", m.sender, a.sold, most)
