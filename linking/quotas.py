"""What a transfer over a link would do now, and why it would be refused.

The same questions in the same order as `LinkGateway.quote` asks them on the ledger, with the same
answers, integer for integer and word for word. Whether the parties may send and receive is for
their registries to say; here the link and the class are asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import NamedTuple

from linking.attributes import NOTHING, UNIT, Attributes, Condition, meet
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
    SENDER_IS_AUTHORITY = 18
    RECEIVER_IS_KEYLESS = 19
    SAME_ACCOUNT = 20
    TOO_MANY_BLOCKS = 21
    AGREEMENT_ENDED = 22
    EDITION_NOT_ACCEPTED = 23
    NO_NAME_ABROAD = 24

    @property
    def reason(self) -> str:
        """The ledger's sentence for it."""
        return _REASONS[self]


_REASONS = {
    Restriction.NONE: "",
    Restriction.UNKNOWN_CLASS: "there is no such unit class",
    Restriction.ZERO_QUANTITY: "the quantity is zero",
    Restriction.SENDER_STATUS: "the sender may not send",
    Restriction.RECEIVER_STATUS: "the receiver may not receive",
    Restriction.INSUFFICIENT_UNITS: "the sender has too few units at its disposal",
    Restriction.LINK_UNKNOWN: "there is no such link",
    Restriction.LINK_SUSPENDED: "the link is suspended",
    Restriction.LINK_NOT_STARTED: "the link has not started",
    Restriction.LINK_EXPIRED: "the link has expired",
    Restriction.CLASS_NOT_ELIGIBLE: "the destination does not accept this unit class",
    Restriction.NOTHING_CONVERTED: "the quantity converts to no whole unit",
    Restriction.QUOTA_EXCEEDED: "the import quota of this period is too small",
    Restriction.RECEIVER_NOT_TRUSTED: "the receiver is not on the sender's trusted list",
    Restriction.DESK_REQUIRED: "the sender acts through two representatives",
    Restriction.HOLDING_LIMIT: "the receiver would hold more than its limit",
    Restriction.FREE_ALLOWANCES_LOCKED: "the sender's free allowances are locked",
    Restriction.SALE_SHARE: "the sender would sell more than its share",
    Restriction.SENDER_IS_AUTHORITY: (
        "the sender's units leave by decisions of its programme only"
    ),
    Restriction.RECEIVER_IS_KEYLESS: "nobody transfers into a pool or reserve",
    Restriction.SAME_ACCOUNT: "sender and receiver are the same account",
    Restriction.TOO_MANY_BLOCKS: "the quantity lies in too many blocks for one call",
    Restriction.AGREEMENT_ENDED: "the link agreement has ended",
    Restriction.EDITION_NOT_ACCEPTED: (
        "a side's code was succeeded and the partner has not accepted it"
    ),
    Restriction.NO_NAME_ABROAD: "the class can have no name abroad",
}


def calendar_periods(since: int, years: int, each: int = 1) -> tuple[int, ...]:
    """The last second of each quota period, in UTC, where periods are calendar years.

    The first one is the rest of the year that `since` is in. A period has `each` years, and what is
    left of `years` is the last one.
    """
    first = datetime.fromtimestamp(since, UTC).year
    lasts = [*range(first + each, first + years, each), first + years]
    return tuple(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) - 1 for year in lasts)


class Period(NamedTuple):
    """A quota period: its first and its last second."""

    start: int
    end: int


@dataclass(frozen=True)
class Terms:
    """What a link allows. Times are seconds since 1970; quantities are destination units."""

    rate: Rate
    quota: int
    valid_from: int
    valid_until: int
    periods: tuple[int, ...]  # last second of each quota period; the last one is valid_until
    unit_types: int  # bit (1 << unit type) for each type accepted
    vintage_from: int
    vintage_to: int
    fresh_meter: bool = False  # what was used before does not count against the first period
    unit: bytes = NOTHING  # what a source unit is, as the class says it; nothing: a tonne
    conditions: tuple[Condition, ...] = ()  # that a class must meet; none: any

    def period_at(self, time: int) -> Period:
        """The period that a time lies in; the first one before it, the last one after it."""
        start = self.valid_from
        for end in self.periods[:-1]:
            if time <= end:
                return Period(start, end)
            start = end + 1
        return Period(start, self.periods[-1])

    def accepts(
        self, unit_type: int, vintage: int, attributes: Attributes, *, foreign: bool
    ) -> bool:
        """Whether units of a class with these attributes, its region among them, may cross.

        A foreign unit is never passed on: it can only be used, or go home.
        """
        return (
            not foreign
            and bool(self.unit_types & (1 << unit_type))
            and self.vintage_from <= vintage <= self.vintage_to
            and attributes.get(UNIT, NOTHING) == self.unit
            and meet(attributes, self.conditions)
        )


class Meter(NamedTuple):
    """What was imported in a quota period, less what came home under net terms."""

    used: int
    start: int
    end: int

    def at(self, time: int, terms: Terms | None) -> Meter:
        """What it shows at a later time. A period that is over leaves nothing behind."""
        if terms is None or time <= self.end:
            return self
        period = terms.period_at(time)
        return Meter(0, *period) if period.end > self.end else self

    def carried(self, since: int, old: Terms | None, new: Terms) -> Meter:
        """The meter when other terms begin.

        What was used counts on into the period in which they begin, unless that begins after the
        old one ended or the terms say otherwise.
        """
        before = self.at(since, old)
        period = new.period_at(since)
        fresh = new.fresh_meter or period.start > before.end
        return Meter(0 if fresh else before.used, *period)


NO_METER = Meter(0, 0, 0)


@dataclass(frozen=True)
class Quote:
    """What a transfer would do. When `restriction` is not NONE it would be refused."""

    source_units: int
    destination_units: int
    restriction: Restriction

    @property
    def reason(self) -> str:
        return self.restriction.reason


@dataclass(frozen=True)
class Standing:
    """How a link stands at a time, beside its terms."""

    time: int
    ends_at: int = 0  # first second in which the agreement has ended; zero: no notice was given
    suspended: bool = False
    editions_accepted: bool = True  # of both sides' code, and of the gateway's

    def restriction(self, terms: Terms) -> Restriction:
        """Whether the link is open at all."""
        if self.ends_at and self.time >= self.ends_at:
            return Restriction.AGREEMENT_ENDED
        if self.suspended:
            return Restriction.LINK_SUSPENDED
        if self.time < terms.valid_from:
            return Restriction.LINK_NOT_STARTED
        if self.time > terms.valid_until:
            return Restriction.LINK_EXPIRED
        if not self.editions_accepted:
            return Restriction.EDITION_NOT_ACCEPTED
        return Restriction.NONE


@dataclass(frozen=True)
class Passage:
    """Whether a class may cross."""

    known: bool = True  # at the source
    eligible: bool = True  # the answer of `Terms.accepts`
    named: bool = True  # it has a name abroad, or can have one

    @property
    def restriction(self) -> Restriction:
        if not self.known:
            return Restriction.UNKNOWN_CLASS
        if not self.eligible:
            return Restriction.CLASS_NOT_ELIGIBLE
        return Restriction.NONE if self.named else Restriction.NO_NAME_ABROAD


def share_of(cap: int, basis_points: int) -> int:
    """The quota that is a share of a cap, in units, rounded down."""
    return cap * basis_points // 10_000


def quote(
    terms: Terms | None, quantity: int, used: int, standing: Standing, passage: Passage
) -> Quote:
    """Quotes `quantity` source units.

    `terms` is None while nothing is in force or the direction is absent; `used` is what the meter
    shows at the time of `standing`.
    """
    if terms is None:
        return Quote(0, 0, Restriction.LINK_UNKNOWN)
    received = convert_down(quantity, terms.rate)
    restriction = standing.restriction(terms) or _size(terms, received, used) or passage.restriction
    return Quote(least_source(received, terms.rate), received, restriction)


def _size(terms: Terms, received: int, used: int) -> Restriction:
    if received == 0:
        return Restriction.NOTHING_CONVERTED
    return Restriction.QUOTA_EXCEEDED if used + received > terms.quota else Restriction.NONE
