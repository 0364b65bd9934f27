"""The shadow of the desk for units set aside: each serial knows under which liens it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from tests.contracts.shadow import MAX_BLOCKS, NOBODY, Range, Ref, Refusal
from tests.contracts.shadow_accounts import SENDING
from tests.contracts.shadow_desk import Desk
from tests.contracts.words import Marks, State, Type


class LienKind(IntEnum):
    NONE = 0
    FREEZE = 1
    PLEDGE = 2
    LIFTED = 3


@dataclass
class Lien:
    kind: LienKind = LienKind.NONE
    account: str = NOBODY  # nobody: units that were abroad or pledged when they were frozen
    creditor: str = NOBODY
    identity: int = 0
    ranges: list[Range] = field(default_factory=list)


@dataclass
class Liens(Desk):
    edition: str = ""
    kind: str = "liens"
    liens: list[Lien] = field(default_factory=list)
    aside: dict[tuple[int, int], int] = field(default_factory=dict)  # serials set aside here

    # ---- freezes --------------------------------------------------------------------------

    def freeze(
        self, _by: str, account: str, identity: int, quantity: int, refs: list[Ref], _why: bytes
    ) -> None:
        number = self._new(Lien(LienKind.FREEZE, account, NOBODY, identity))
        self._set_aside(number, quantity, refs, in_parts=not refs)

    def extend_freeze(self, _by: str, number: int, quantity: int, refs: list[Ref]) -> None:
        lien = self._of_kind(number, LienKind.FREEZE)
        if lien.account == NOBODY:
            raise Refusal("LienKindIs", number, lien.kind)
        self._set_aside(number, quantity, refs, in_parts=not refs)

    def freeze_returning(self, _by: str, identity: int, refs: list[Ref], _why: bytes) -> None:
        if not refs:
            raise Refusal("RangesMissing")
        if len(refs) > MAX_BLOCKS:
            raise Refusal("TooManyBlocks", identity, MAX_BLOCKS)
        for ref in refs:
            self._mark(identity, ref)
        ranges = [(first, count) for _, _, first, count in refs]
        self._new(Lien(LienKind.FREEZE, NOBODY, NOBODY, identity, ranges))

    def _mark(self, identity: int, ref: Ref) -> None:
        units = self.registry.classes.get(identity)
        unit = units.at(ref[0]) if units and units.length(ref[0]) else None
        if unit:
            back = unit.state == State.ENCUMBERED and (identity, ref[0]) not in self.aside
            if unit.marks & Marks.FROZEN or back:
                raise Refusal("AlreadyFrozen", identity, ref[0])
        self.registry.mark_frozen(self.address, identity, ref, True)

    def unfreeze(self, _by: str, number: int) -> None:
        self._lift(number, self._of_kind(number, LienKind.FREEZE))

    # ---- what a linked programme asked for ------------------------------------------------

    def freeze_for_partner(
        self, by: str, account: str, identity: int, refs: list[Ref], creditor: str, _why: bytes
    ) -> None:
        self.authority.require(by, self.address, "freezeForPartner")
        number = self._new(Lien(LienKind.FREEZE, account, creditor, identity))
        self._set_aside(number, sum(ref[3] for ref in refs), refs, in_parts=False)

    def unfreeze_for_partner(self, by: str, number: int, creditor: str) -> None:
        self.authority.require(by, self.address, "unfreezeForPartner")
        self._lift(number, self._due_to(number, LienKind.FREEZE, creditor))

    # ---- pledges --------------------------------------------------------------------------

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
        a = self.registry.accounts[account]
        if a.status not in SENDING:
            raise Refusal("AccountCannotSend", account, a.status)
        if self.registry.is_programme(account):
            raise Refusal("AccountOfAuthority", account, a.kind)
        number = self._new(Lien(LienKind.PLEDGE, account, creditor, identity))
        self._set_aside(number, quantity, refs, in_parts=False)

    def release_pledge(self, by: str, creditor: str, number: int) -> None:
        if by != creditor or self.registry.accounts[creditor].opened_at:
            self.registry.check_holder(creditor, by)
        self._lift(number, self._due_to(number, LienKind.PLEDGE, creditor))

    # ---- how a lien begins and ends -------------------------------------------------------

    def continue_lifting(self, _by: str, number: int) -> None:
        self._release(number, self._of_kind(number, LienKind.LIFTED))

    def of(self, number: int) -> Lien:
        return self.liens[number - 1] if 0 < number <= len(self.liens) else Lien()

    def _new(self, lien: Lien) -> int:
        self.liens.append(lien)
        return len(self.liens)

    def _set_aside(self, number: int, quantity: int, refs: list[Ref], *, in_parts: bool) -> None:
        lien = self.of(number)
        identity, account = lien.identity, lien.account
        for first, count in self.order(
            Type.ENCUMBRANCE, identity, account, account, quantity, refs, in_parts
        ):
            lien.ranges.append((first, count))
            self.aside |= {(identity, first + i): number for i in range(count)}

    def _lift(self, number: int, lien: Lien) -> None:
        lien.kind = LienKind.LIFTED
        self._release(number, lien)

    def _release(self, number: int, lien: Lien) -> None:
        """Frees blocks from the last range on, as many as one call may."""
        units = self.registry.classes[lien.identity]
        freed: list[tuple[str, Range]] = []
        left = MAX_BLOCKS
        while left and lien.ranges:
            first, count = lien.ranges.pop()
            blocks = units.blocks_within((first, count))
            free = [b for b in blocks[:left] if self._end(number, lien.identity, b)]
            freed += [(units.at(block[0]).owner, block) for block in free]
            if len(blocks) > left:
                rest = blocks[left][0]
                lien.ranges.append((rest, first + count - rest))
            left = max(0, left - len(blocks))
        self._free(lien.identity, freed)
        if not lien.ranges:
            self.liens[number - 1] = Lien()

    def _end(self, number: int, identity: int, block: Range) -> bool:
        """A lien ends for a block. Whether nothing else holds it."""
        first, count = block
        unit = self.registry.classes[identity].at(first)
        marked = bool(unit.marks & Marks.FROZEN)
        under = self.aside.get((identity, first))
        if under == number:
            for serial in range(first, first + count):
                del self.aside[identity, serial]
            return not marked
        if marked:
            self.registry.mark_frozen(self.address, identity, (first, 0, first, count), False)
        return unit.state == State.ENCUMBERED and under is None

    def _free(self, identity: int, freed: list[tuple[str, Range]]) -> None:
        """Holder by holder."""
        while freed:
            holder = freed[0][0]
            other = (i for i, (owner, _) in enumerate(freed) if owner != holder)
            upto = next(other, len(freed))
            refs = [(first, 0, first, count) for _, (first, count) in freed[:upto]]
            quantity = sum(ref[3] for ref in refs)
            self.order(Type.RELEASE, identity, holder, holder, quantity, refs)
            freed = freed[upto:]

    def _of_kind(self, number: int, kind: LienKind) -> Lien:
        lien = self.of(number)
        if lien.kind == LienKind.NONE:
            raise Refusal("LienUnknown", number)
        if lien.kind != kind:
            raise Refusal("LienKindIs", number, lien.kind)
        return lien

    def _due_to(self, number: int, kind: LienKind, creditor: str) -> Lien:
        lien = self._of_kind(number, kind)
        if lien.creditor != creditor:
            raise Refusal("NotTheCreditor", number, creditor, lien.creditor)
        return lien
