"""The words of the ledger, as numbered in `contracts/interfaces/LedgerTypes.sol`."""

from __future__ import annotations

from enum import IntEnum


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
        return than < self or (than is self.CLOSURE_PENDING and self is self.SUSPENDED)


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


class TransactionType(IntEnum):
    """Types of the international registries: primary x 100 + supplementary."""

    ISSUANCE = 100
    CONVERSION = 200
    EXTERNAL_TRANSFER = 300
    CANCELLATION = 400
    RETIREMENT = 500
    SURRENDER = 1002
    AUCTION_DELIVERY = 1037
    ALLOCATION = 1040
    REVERSAL_OF_ALLOCATION = 1041
    TRANSFER = 1050
    CENTRAL_TRANSFER = 1051
    REVERSAL_OF_SURRENDER = 1082
    CORRECTION = 1092
    ENCUMBRANCE = 1098  # not of the international registries: units set aside
    RELEASE = 1099  # and set free

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
