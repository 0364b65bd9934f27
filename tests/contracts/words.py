"""The contracts' enumerations, transaction types and small constructors."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from scripts.bench.evm import text32


class Kind(IntEnum):
    NONE = 0
    STATE_AUTHORITY = 1
    PROVINCIAL_AUTHORITY = 2
    OPERATOR = 3
    TRADING_INSTITUTION = 4
    PARTICIPANT = 5
    SYSTEM = 6


class Status(IntEnum):
    NONE = 0
    OPEN = 1
    SOME_TRANSACTIONS_RESTRICTED = 2
    ALL_TRANSACTIONS_RESTRICTED = 3
    SUSPENDED = 4
    CLOSURE_PENDING = 5
    CLOSED = 6


class UnitType(IntEnum):
    NONE = 0
    ALLOWANCE = 1
    CREDIT = 2
    FOREIGN = 3


class State(IntEnum):
    NONE = 0
    HELD = 1
    ESCROWED = 2
    SURRENDERED = 3
    RETIRED = 4
    CANCELLED = 5
    ENCUMBERED = 6


class Marks(IntEnum):
    """What a block remembers of its units."""

    FREE = 1
    TRADED = 2
    FROZEN = 4


class Test(IntEnum):
    """How a condition compares an attribute with its values."""

    __test__ = False  # pytest takes it for a class of tests otherwise

    ANY_OF = 0
    NONE_OF = 1
    AT_LEAST = 2
    AT_MOST = 3


class Allocated(IntEnum):
    """What an allocation is: free of charge, at first or later, or sold."""

    INITIAL = 0
    ADJUSTMENT = 1
    AUCTION = 2


class Banking(IntEnum):
    ALL = 0
    NONE = 1
    TRADED = 2


class Restriction(IntEnum):
    NONE = 0
    UNKNOWN_CLASS = 1
    ZERO_QUANTITY = 2
    SENDER_STATUS = 3
    RECEIVER_STATUS = 4
    INSUFFICIENT_UNITS = 5
    LINK_UNKNOWN = 6
    LINK_SUSPENDED = 7
    LINK_NOT_STARTED = 8
    LINK_EXPIRED = 9
    CLASS_NOT_ELIGIBLE = 10
    NOTHING_CONVERTED = 11
    QUOTA_EXCEEDED = 12
    RECEIVER_NOT_TRUSTED = 13
    DESK_REQUIRED = 14
    HOLDING_LIMIT = 15
    FREE_ALLOWANCES_LOCKED = 16
    SALE_SHARE = 17
    SENDER_IS_AUTHORITY = 18
    RECEIVER_IS_KEYLESS = 19
    SAME_ACCOUNT = 20
    TOO_MANY_BLOCKS = 21
    AGREEMENT_ENDED = 22
    EDITION_NOT_ACCEPTED = 23
    NO_NAME_ABROAD = 24


class Role(IntEnum):
    ADMINISTRATOR = 0
    ACCOUNT_ADMINISTRATOR = 1
    ISSUER = 2
    ALLOCATOR = 3
    COMPLIANCE_OFFICER = 4
    VERIFIER = 5
    LINK_ADMINISTRATOR = 6
    GUARDIAN = 7
    LINK_GATEWAY = 8
    COUNCIL = 9
    PROVINCE = 10
    PROPOSAL_DESK = 11
    ISSUANCE_DESK = 12


PROVINCES = 2**32  # the role of province n is PROVINCES + n


class Type(IntEnum):
    """Transaction types: primary x 100 + supplementary."""

    ISSUANCE = 100
    CONVERSION = 200
    EXTERNAL_TRANSFER = 300
    CANCELLATION = 400
    RETIREMENT = 500
    SURRENDER = 1002
    AUCTION_DELIVERY = 1037
    ALLOCATION = 1040
    REVERSAL_OF_ALLOCATION = 1041
    EXCESS_ALLOCATION = 1042
    EXCESS_AUCTION = 1043
    TRANSFER = 1050
    CENTRAL_TRANSFER = 1051
    REVERSAL_OF_SURRENDER = 1082
    CLOSURE = 1091
    CORRECTION = 1092
    ENCUMBRANCE = 2001
    RELEASE = 2002
    FREEZE_MARK = 2003


LARGEST_QUANTITY = 2**40 - 1
NOTHING = b"\0" * 32


def class_id(symbol: str) -> int:
    """The token id of a class: its symbol in ASCII, left aligned."""
    return int.from_bytes(text32(symbol), "big")


def class_spec(
    unit_type: int = UnitType.ALLOWANCE,
    *,
    vintage: int = 2025,
    cap: int = 10**9,
    first_year: int = 2025,
    last_year: int = 2025,
    **attributes: str | int,
) -> tuple[object, ...]:
    """A class; every other keyword is one of its attributes."""
    return (int(unit_type), vintage, first_year, last_year, cap, attributes_of(attributes))


def attributes_of(values: Mapping[str, str | int]) -> list[tuple[bytes, bytes]]:
    """Attributes as the ledger keeps them: by name; text to the left, numbers to the right."""
    return sorted((text32(name), value32(value)) for name, value in values.items())


def value32(value: str | int) -> bytes:
    return value.to_bytes(32, "big") if isinstance(value, int) else text32(value)


def condition(attribute: str, test: Test, *values: str | int) -> tuple[object, ...]:
    """What a class must be for a rule to concern it; an empty text: or lacks the attribute."""
    return (text32(attribute), int(test), [value32(value) for value in values])


def ref(block: int, first: int, count: int, previous: int = 0) -> tuple[int, int, int, int]:
    """A BlockRef. `previous` matters only when the range begins its block."""
    return (block, previous, first, count)
