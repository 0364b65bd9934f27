"""The words of the ledger, as numbered in `contracts/interfaces/LedgerTypes.sol`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, IntFlag


class AccountKind(IntEnum):
    STATE_AUTHORITY = 1
    PROVINCIAL_AUTHORITY = 2
    OPERATOR = 3
    TRADING_INSTITUTION = 4
    PARTICIPANT = 5
    SYSTEM = 6


class AccountStatus(IntEnum):
    NONE = 0
    OPEN = 1
    SOME_TRANSACTIONS_RESTRICTED = 2
    ALL_TRANSACTIONS_RESTRICTED = 3
    SUSPENDED = 4
    CLOSURE_PENDING = 5
    CLOSED = 6

    def is_stricter(self, than: AccountStatus) -> bool:
        """Whether it forbids more than another status, so that one person may set it at once.

        A pending closure forbids receiving only; of the others the order says how much.
        """
        if not self.OPEN < self <= self.SUSPENDED:
            return False
        if than is self.CLOSURE_PENDING:
            return self is not self.SOME_TRANSACTIONS_RESTRICTED
        return than < self


class UnitType(IntEnum):
    ALLOWANCE = 1
    CREDIT = 2
    FOREIGN = 3


class UnitState(IntEnum):
    HELD = 1
    ESCROWED = 2
    SURRENDERED = 3
    RETIRED = 4
    CANCELLED = 5
    ENCUMBERED = 6  # its holder's, but set aside: pledged or frozen; counts as held

    @property
    def is_terminal(self) -> bool:
        return UnitState.SURRENDERED <= self <= UnitState.CANCELLED


class Marks(IntFlag):
    """What a block remembers of its units."""

    FREE = 1  # allocated free of charge, and not moved since
    TRADED = 2  # transferred at least once
    FROZEN = 4  # comes back frozen from abroad or from its pledge


class TransactionType(IntEnum):
    """Types of the international registries: primary x 100 + supplementary. What these do not have
    is under the primary number 20."""

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
    ENCUMBRANCE = 2001  # units set aside
    RELEASE = 2002  # and set free
    FREEZE_MARK = 2003  # no movement: units abroad or pledged that come back frozen

    @property
    def number(self) -> str:
        """As the registries write it: "10-40", "3"."""
        primary, supplementary = divmod(self.value, 100)
        return f"{primary}-{supplementary}" if supplementary else str(primary)


_SERIAL = 2**40 - 1


def run_of(word: bytes) -> tuple[int, int, int, int]:
    """First serial, count, transaction type and state after: what the one word of a movement's
    event says, from the lowest bit in 40 bits, 40, 16 and 8 (see `IUnitRegistry.sol`)."""
    run = int.from_bytes(word, "big")
    return run & _SERIAL, run >> 40 & _SERIAL, run >> 80 & 0xFFFF, run >> 96


OFFICES: Mapping[int, str] = {
    TransactionType.ALLOCATION: "issuance",
    TransactionType.SURRENDER: "compliance",
    TransactionType.ENCUMBRANCE: "liens",
}
"""What the desk is called that orders such transactions: whoever orders these has the office."""
