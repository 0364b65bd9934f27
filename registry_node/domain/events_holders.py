"""Events of the holder desk, and those by which a programme sets its rules, typed. See `events`."""

from __future__ import annotations

from dataclasses import dataclass

from registry_node.domain.events import Event

# ---- IHolderDesk ----------------------------------------------------------------------------


@dataclass(slots=True)
class TrustChanged(Event):
    account: bytes
    to: bytes
    since: int  # zero: trusted no more


@dataclass(slots=True)
class RepresentativeChanged(Event):
    account: bytes
    representative: bytes
    rights: int  # bits 1: may initiate, 2: may approve


@dataclass(slots=True)
class SettlerAuthorised(Event):
    account: bytes
    institution: bytes
    since: int  # zero: no more


@dataclass(slots=True)
class RequestMade(Event):
    number: int
    account: bytes
    initiator: bytes
    target: bytes
    data: bytes
    deadline: int


@dataclass(slots=True)
class RequestApproved(Event):
    number: int
    approver: bytes
    ready_at: int
    deadline: int


@dataclass(slots=True)
class RequestExecuted(Event):
    number: int
    executor: bytes


@dataclass(slots=True)
class RequestCancelled(Event):
    number: int
    by: bytes


@dataclass(slots=True)
class TradeSettled(Event):
    institution: bytes
    trade: bytes  # the exchange's reference
    token: int
    sender: bytes
    recipient: bytes
    quantity: int
    negotiated: int


# ---- what a programme sets ------------------------------------------------------------------


@dataclass(slots=True)
class SettingsChanged(Event):
    trust_delay: int  # seconds, as are the next two
    transfer_delay: int
    lifetime: int
    size_limit: int  # units; zero: none
    block_size: int  # units; zero: none


@dataclass(slots=True)
class CallAllowed(Event):
    target: bytes
    selector: bytes
    allowed: int


@dataclass(slots=True)
class StepDefined(Event):
    target: bytes
    selector: bytes
    proposer_role: int
    approver_role: int
    delay: int  # seconds
    lifetime: int  # seconds
    province_argument: int


@dataclass(slots=True)
class DeskChanged(Event):
    transaction_type: int
    desk: bytes


@dataclass(slots=True)
class HolderDeskChanged(Event):
    desk: bytes


@dataclass(slots=True)
class SaleShareChanged(Event):
    basis_points: int


@dataclass(slots=True)
class HoldingLimitClassesChanged(Event):
    classes: tuple[tuple[bytes, int], ...]  # (registry, token)


@dataclass(slots=True)
class ReversalWindowChanged(Event):
    window: int  # seconds
