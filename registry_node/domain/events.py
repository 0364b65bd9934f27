"""The ledger's events, typed. Names follow the contracts' interfaces.

Those of the desks are in `events_desks` and `events_holders`.

Quantities are in units (tonnes CO2e), times in seconds since 1970, addresses 20 bytes, hashes 32.
`token` is the ERC-1155 token id, which is the class symbol (`references.symbol_of`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(slots=True)
class Event:
    """Where on the ledger something happened, and which contract says so."""

    block: int
    log_index: int
    tx_hash: bytes
    address: bytes


# ---- IAccountRegister -----------------------------------------------------------------------


@dataclass(slots=True)
class AccountOpened(Event):
    account: bytes
    kind: int
    file_hash: bytes


@dataclass(slots=True)
class AccountStatusChanged(Event):
    account: bytes
    before: int
    after: int


@dataclass(slots=True)
class AccountControlsChanged(Event):
    account: bytes
    controls: int
    holding_limit: int


# ---- IUnitRegistry --------------------------------------------------------------------------


@dataclass(slots=True)
class ClassDefined(Event):
    token: int
    unit_type: int
    vintage: int
    period_first: int
    period_last: int
    cap: int
    project: bytes
    category: bytes
    region: bytes
    origin_registry: bytes  # twenty zero bytes: a class of this registry's own
    origin_token: int


@dataclass(slots=True)
class CapRaised(Event):
    token: int
    before: int
    after: int


@dataclass(slots=True)
class ClassSealed(Event):
    token: int
    issued: int


@dataclass(slots=True)
class VerificationRecorded(Event):
    report: bytes
    token: int
    quantity: int
    verifier: bytes


@dataclass(slots=True)
class UnitsIssued(Event):
    token: int
    evidence: bytes
    first: int
    count: int


@dataclass(slots=True)
class UnitsMoved(Event):
    """One run of serials changed hands or state: the only event that moves units."""

    token: int
    sender: bytes  # twenty zero bytes: the units are new
    recipient: bytes
    first: int
    count: int
    transaction_type: int
    state: int  # afterwards


@dataclass(slots=True)
class UnitsUsed(Event):
    account: bytes
    token: int
    state: int
    quantity: int
    compliance_year: int
    memo: bytes


# ---- ILinkGateway ---------------------------------------------------------------------------


class Terms(NamedTuple):
    """The terms of a link, in the order of the contract's struct."""

    rate_numerator: int
    rate_denominator: int
    quota: int
    quota_share: int  # basis points of a cap; zero: the quota is absolute
    quota_class: int  # token of the class whose cap that is
    net: int
    notice: int
    valid_from: int
    valid_until: int
    period_start: int
    period_length: int
    unit_types: int  # bit (1 << unit type) for each type accepted
    vintage_from: int
    vintage_to: int
    categories: tuple[bytes, ...]
    regions: tuple[bytes, ...]


@dataclass(slots=True)
class AgreementProposed(Event):
    agreement_id: int
    first: bytes
    second: bytes
    by: bytes


@dataclass(slots=True)
class AgreementAccepted(Event):
    agreement_id: int
    by: bytes


@dataclass(slots=True)
class TermsProposed(Event):
    link_id: int
    version: int
    terms: Terms
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
class QuotaUsed(Event):
    link_id: int
    period_start: int
    used: int
    quota: int


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
