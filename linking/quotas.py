"""What a transfer over a link would do now, and why it would be refused.

The same questions in the same order as `LinkGateway.quote` asks them on the ledger, with the same
answers, integer for integer and word for word.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from linking.rates import Rate, convert_down, least_source


class Restriction(IntEnum):
    """Why a movement would be refused, as numbered in `LedgerTypes.sol`."""

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


@dataclass(frozen=True)
class Terms:
    """What a link allows. Times are seconds since 1970; quantities are destination units."""

    rate: Rate
    quota: int
    valid_from: int
    valid_until: int
    period_start: int
    period_length: int
    unit_types: int  # bit (1 << unit type) for each type accepted
    vintage_from: int
    vintage_to: int
    categories: tuple[str, ...] = ()  # of projects; none: any
    regions: tuple[str, ...] = ()

    def period_at(self, time: int) -> int:
        """The start of the quota period that `time` is in."""
        if time < self.period_start:
            return self.period_start
        return time - (time - self.period_start) % self.period_length

    def accepts(
        self, unit_type: int, vintage: int, category: str = "", region: str = "", *, foreign: bool
    ) -> bool:
        """Whether units of such a class may cross.

        A foreign unit is never passed on: it can only be used, or go home.
        """
        return (
            not foreign
            and bool(self.unit_types & (1 << unit_type))
            and self.vintage_from <= vintage <= self.vintage_to
            and (not self.categories or category in self.categories)
            and (not self.regions or region in self.regions)
        )


@dataclass(frozen=True)
class Quote:
    """What a transfer would do. When `restriction` is not NONE it would be refused."""

    source_units: int
    destination_units: int
    restriction: Restriction
    reason: str


def share_of(cap: int, basis_points: int) -> int:
    """The quota that is a share of a cap, in units, rounded down."""
    return cap * basis_points // 10_000


NO_LINK = Quote(0, 0, Restriction.LINK_UNKNOWN, "there is no such link")


def quote(
    terms: Terms | None,
    quantity: int,
    *,
    time: int,
    used: int,
    suspended: bool,
    eligible: bool,
) -> Quote:
    """Quotes `quantity` source units at `time`.

    `terms` is None while nothing is in force or the direction is absent; `used` is the quota used
    in the period of `time`; `eligible` is the answer of `Terms.accepts` for the class.
    """
    if terms is None:
        return NO_LINK
    received = convert_down(quantity, terms.rate)
    restriction, reason = _restriction(
        terms, received, time=time, used=used, suspended=suspended, eligible=eligible
    )
    return Quote(least_source(received, terms.rate), received, restriction, reason)


def standing(terms: Terms, *, time: int, suspended: bool) -> tuple[Restriction, str]:
    """Whether a link is open at all."""
    if suspended:
        return Restriction.LINK_SUSPENDED, "the link is suspended"
    if time < terms.valid_from:
        return Restriction.LINK_NOT_STARTED, "the link has not started"
    if time > terms.valid_until:
        return Restriction.LINK_EXPIRED, "the link has expired"
    return Restriction.NONE, ""


def _restriction(
    terms: Terms, received: int, *, time: int, used: int, suspended: bool, eligible: bool
) -> tuple[Restriction, str]:
    closed = standing(terms, time=time, suspended=suspended)
    if closed[0] is not Restriction.NONE:
        return closed
    if not eligible:
        return (
            Restriction.CLASS_NOT_ELIGIBLE,
            "the destination does not accept this unit class",
        )
    if received == 0:
        return Restriction.NOTHING_CONVERTED, "the quantity converts to no whole unit"
    if used + received > terms.quota:
        return Restriction.QUOTA_EXCEEDED, "the import quota of this period is too small"
    return Restriction.NONE, ""
