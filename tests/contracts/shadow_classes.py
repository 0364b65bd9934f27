"""The shadow of a registry's classes: what they are, and what the programme says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from tests.contracts.shadow import Refusal, UnitClass
from tests.contracts.shadow_accounts import Accounts
from tests.contracts.words import LARGEST_QUANTITY, Type, UnitType

ALLOWED = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")
REGION = b"region".ljust(32, b"\0")
MAX_NAME, MAX_ATTRIBUTES = 26, 16
DESKS = {
    Type.CANCELLATION, Type.SURRENDER, Type.AUCTION_DELIVERY, Type.ALLOCATION,
    Type.REVERSAL_OF_ALLOCATION, Type.EXCESS_ALLOCATION, Type.EXCESS_AUCTION,
    Type.CENTRAL_TRANSFER, Type.REVERSAL_OF_SURRENDER, Type.CLOSURE, Type.CORRECTION,
    Type.ENCUMBRANCE, Type.RELEASE, Type.FREEZE_MARK,
}  # fmt: skip
Pairs = list[tuple[bytes, bytes]]


@dataclass
class Classes(Accounts):
    code: bytes = bytes(32)
    desks: dict[int, str] = field(default_factory=dict)  # who orders which transaction type
    documents: dict[bytes, tuple[bytes, int]] = field(default_factory=dict)

    # ---- classes --------------------------------------------------------------------------

    def class_of(self, identity: int) -> UnitClass:
        if identity not in self.classes:
            raise Refusal("ClassUnknown", identity)
        return self.classes[identity]

    def home(self, identity: int) -> UnitClass:
        units = self.class_of(identity)
        if units.unit_type == UnitType.FOREIGN:
            raise Refusal("ClassIsForeign", identity)
        return units

    def define_class(self, _by: str, symbol: bytes, spec: tuple) -> None:
        unit_type, vintage, first_year, last_year, cap, attributes = spec
        identity = int.from_bytes(symbol, "big")
        if unit_type not in {UnitType.ALLOWANCE, UnitType.CREDIT}:
            raise Refusal("UnitTypeInvalid", identity, unit_type)
        if not is_symbol(symbol) or b"." in symbol:
            raise Refusal("SymbolInvalid", symbol)
        sound = cap and first_year <= last_year and len(attributes) < MAX_ATTRIBUTES
        if not sound or not _are_sound(attributes):
            raise Refusal("ClassSpecInvalid", identity)
        if identity in self.classes:
            raise Refusal("ClassAlreadyDefined", identity)
        self.classes[identity] = UnitClass(
            identity, UnitType(unit_type), vintage, cap, self.clock, (first_year, last_year),
            dict(attributes),
        )  # fmt: skip

    def define_foreign(self, gateway: str, origin: Classes, code: bytes, units: UnitClass) -> int:
        """The class for units of another registry; made when the first arrive."""
        self.authority.require(gateway, self.address, "defineForeignClass")
        identity = int.from_bytes(foreign_name(code, units.identity), "big")
        attributes = {REGION: code, **units.attributes}
        self.classes[identity] = UnitClass(
            identity, UnitType.FOREIGN, units.vintage, LARGEST_QUANTITY, self.clock,
            units.period, attributes, (gateway, origin.address, units.identity),
        )  # fmt: skip
        return identity

    def raise_cap(self, _by: str, identity: int, cap: int) -> None:
        units = self._unsealed(identity)
        if cap <= units.cap:
            raise Refusal("CapNotRaised", identity, units.cap, cap)
        units.cap = cap

    def seal_class(self, _by: str, identity: int) -> None:
        self._unsealed(identity).sealed = True

    def _unsealed(self, identity: int) -> UnitClass:
        units = self.home(identity)
        if units.sealed:
            raise Refusal("ClassIsSealed", identity)
        return units

    # ---- what the programme settles -------------------------------------------------------

    def set_desk(self, _by: str, kind: int, desk: str) -> None:
        if kind not in DESKS:
            raise Refusal("TransactionTypeInvalid", kind)
        self.desks[kind] = desk

    def publish_document(self, _by: str, kind: bytes, hash_: bytes, valid_from: int) -> None:
        if not any(kind) or not any(hash_):
            raise Refusal("DocumentInvalid", kind, hash_)
        self.documents[kind] = (hash_, valid_from)


def is_symbol(symbol: bytes) -> bool:
    """1 to 31 characters, and nothing after them."""
    text = symbol.rstrip(b"\0")
    return 0 < len(text) < 32 and set(text) <= ALLOWED


def has_name_abroad(code: bytes, identity: int) -> bool:
    symbol = identity.to_bytes(32, "big")
    return len(code.rstrip(b"\0") + symbol.rstrip(b"\0")) <= MAX_NAME


def foreign_name(code: bytes, identity: int) -> bytes:
    symbol = identity.to_bytes(32, "big").rstrip(b"\0")
    return (code.rstrip(b"\0") + b"." + symbol).ljust(32, b"\0")


def _are_sound(attributes: Pairs) -> bool:
    names = [name for name, _ in attributes]
    ascending = all(a < b for a, b in pairwise(names))
    return ascending and all(any(name) and any(value) for name, value in attributes)
