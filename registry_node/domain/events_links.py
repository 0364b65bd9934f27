"""Events of the link gateway, typed. See `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from registry_node.domain.conditions import Words
from registry_node.domain.events import Event


class Terms(NamedTuple):
    """The terms of a link, in the order of the contract's struct."""

    rate_numerator: int
    rate_denominator: int
    quota: int
    quota_share: int  # basis points of a cap; zero: the quota is absolute
    quota_class: int  # token of the class whose cap that is
    net: int
    fresh_meter: int
    freezes_abroad: int
    notice: int
    valid_from: int
    valid_until: int
    periods: tuple[int, ...]  # last second of each
    unit_types: int  # bit (1 << unit type) for each type accepted
    vintage_from: int
    vintage_to: int
    unit: bytes
    conditions: Words


# ---- members and agreements -----------------------------------------------------------------


@dataclass(slots=True)
class MemberAdmitted(Event):
    registry: bytes
    code: bytes
    sponsor: bytes
    by: bytes


@dataclass(slots=True)
class ReportClaimed(Event):
    report: bytes
    registry: bytes


@dataclass(slots=True)
class AgreementProposed(Event):
    agreement_id: int
    first: bytes
    second: bytes
    edition: bytes  # of the second, that the first consents to
    by: bytes


@dataclass(slots=True)
class AgreementAccepted(Event):
    agreement_id: int
    edition: bytes  # of the first, that the second consents to
    by: bytes


@dataclass(slots=True)
class AgreementEnding(Event):
    agreement_id: int
    registry: bytes
    ends_at: int
    by: bytes


@dataclass(slots=True)
class EditionAccepted(Event):
    agreement_id: int
    counterparty: bytes
    edition: bytes
    by: bytes


# ---- terms ----------------------------------------------------------------------------------


@dataclass(slots=True)
class TermsProposed(Event):
    link_id: int
    version: int
    terms: Terms
    registry: bytes  # the side that proposes
    deadline: int
    by: bytes


@dataclass(slots=True)
class TermsWithdrawn(Event):
    link_id: int
    registry: bytes
    by: bytes


@dataclass(slots=True)
class TermsAccepted(Event):
    """They come into force by themselves at `effective_at`."""

    link_id: int
    terms: Terms
    effective_at: int
    by: bytes


@dataclass(slots=True)
class TermsInForce(Event):
    link_id: int
    version: int
    terms: Terms
    by: bytes  # who decided
    carried_out_by: bytes


@dataclass(slots=True)
class WaitingQuotaLowered(Event):
    link_id: int
    quota: int
    by: bytes


@dataclass(slots=True)
class LinkSuspended(Event):
    link_id: int
    registry: bytes  # whose side
    by: bytes


@dataclass(slots=True)
class LinkResumed(Event):
    link_id: int
    registry: bytes
    by: bytes


# ---- what crosses ---------------------------------------------------------------------------


@dataclass(slots=True)
class QuotaUsed(Event):
    link_id: int
    period_start: int
    period_end: int
    used: int
    quota: int


@dataclass(slots=True)
class LotOpened(Event):
    lot_id: int
    link_id: int
    account: bytes
    version: int
    source_count: int
    foreign_first: int
    foreign_count: int
    escrowed: int
    rate_numerator: int
    rate_denominator: int
    outstanding: int
    source_token: int
    foreign_token: int
    recipient: bytes
    source_ranges: tuple[tuple[int, int], ...]  # (first, count), in offset order


@dataclass(slots=True)
class ForeignSettled(Event):
    """Foreign units of a lot left circulation. State HELD: they went home."""

    lot_id: int
    first: int
    count: int
    state: int


@dataclass(slots=True)
class SourceSettled(Event):
    """Source units of a lot left escrow. State HELD: back in circulation at home."""

    lot_id: int
    first: int
    count: int
    state: int
    to: bytes


@dataclass(slots=True)
class SettlementWaits(Event):
    """Source units that should have left escrow, had their registry not failed."""

    lot_id: int
    first: int
    count: int
    state: int
    to: bytes


@dataclass(slots=True)
class FrozenAbroad(Event):
    lot_id: int
    desk: bytes
    number: int
    reason: bytes


@dataclass(slots=True)
class LiftedAbroad(Event):
    link_id: int
    desk: bytes
    number: int


# ---- the gateway's own code -----------------------------------------------------------------


@dataclass(slots=True)
class SuccessionProposed(Event):
    number: int
    edition: bytes
    code_hash: bytes
    ready_at: int
    registry: bytes
    by: bytes


@dataclass(slots=True)
class SuccessionAccepted(Event):
    number: int
    registry: bytes
    by: bytes


@dataclass(slots=True)
class SuccessionStopped(Event):
    number: int
    registry: bytes
    by: bytes


@dataclass(slots=True)
class GatewaySucceeded(Event):
    number: int
    edition: bytes
