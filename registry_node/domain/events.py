"""The ledger's events, typed: accounts, classes, units. Names follow the contracts' interfaces.

Those of links are in `events_links`, those of the desks in `events_desks` and `events_holders`,
those of the authority in `events_roles`. Fields stand in the order of the event's arguments.

Quantities are in units (tonnes CO2e), times in seconds since 1970, addresses 20 bytes, hashes 32.
`token` is the ERC-1155 token id, which is the class symbol (`references.symbol_of`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Event:
    """Where on the ledger something happened, and which contract says so."""

    block: int
    log_index: int
    tx_hash: bytes
    address: bytes


@dataclass(slots=True)
class Upgraded(Event):
    """An address runs other code from now on (ERC-1967)."""

    edition: bytes


# ---- IAccountRegister -----------------------------------------------------------------------


@dataclass(slots=True)
class AccountOpened(Event):
    account: bytes
    kind: int
    file_hash: bytes
    province: int


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


@dataclass(slots=True)
class AccountProvinceChanged(Event):
    account: bytes
    before: int
    after: int


@dataclass(slots=True)
class ApprovalsEnded(Event):
    account: bytes


@dataclass(slots=True)
class ApprovalForAll(Event):
    account: bytes
    operator: bytes
    approved: int


# ---- IClassRegister -------------------------------------------------------------------------


@dataclass(slots=True)
class ClassDefined(Event):
    token: int
    unit_type: int
    vintage: int
    period_first: int
    period_last: int
    cap: int
    attributes: tuple[tuple[bytes, bytes], ...]  # names and values in 32 bytes each
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
class DocumentPublished(Event):
    kind: bytes
    document: bytes
    valid_from: int


# ---- IUnitLedger and IUnitRecords -----------------------------------------------------------


@dataclass(slots=True)
class UnitsIssued(Event):
    token: int
    first: int
    count: int
    evidence: bytes


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
    text: bytes  # hash of a longer text; zero: none


@dataclass(slots=True)
class FreezeMarked(Event):
    """Units that are abroad or pledged will come back frozen, or no longer."""

    token: int
    first: int
    count: int
    frozen: int
