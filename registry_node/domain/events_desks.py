"""Events of the desks around a registry, typed. See `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from registry_node.domain.events import Event

# ---- IProposalDesk --------------------------------------------------------------------------


@dataclass(slots=True)
class ProposalMade(Event):
    number: int
    target: bytes
    proposer: bytes
    deadline: int
    data: bytes


@dataclass(slots=True)
class ProposalApproved(Event):
    number: int
    approver: bytes
    ready_at: int
    deadline: int


@dataclass(slots=True)
class ProposalExecuted(Event):
    number: int
    executor: bytes


@dataclass(slots=True)
class ProposalStopped(Event):
    number: int
    by: bytes


# ---- IIssuanceDesk --------------------------------------------------------------------------


@dataclass(slots=True)
class AllocationRecorded(Event):
    number: int
    token: int
    recipient: bytes
    sender: bytes
    quantity: int
    year: int


@dataclass(slots=True)
class AllocationReversed(Event):
    number: int
    quantity: int


# ---- IComplianceDesk ------------------------------------------------------------------------


@dataclass(slots=True)
class YearDefined(Event):
    year: int
    deadline: int
    first_vintage: int
    last_vintage: int
    reversal_window: int
    deduction_multiple: int
    banking: int
    closed: int


class Limit(NamedTuple):
    """A ceiling on what one operator may surrender, in the order of the contract's struct."""

    base: int
    basis_points: int
    amount: int
    parent: int
    unit_types: int  # bit (1 << unit type) for each type counted
    category: bytes
    region: bytes
    outside: int


@dataclass(slots=True)
class LimitsDefined(Event):
    year: int
    limits: tuple[Limit, ...]


@dataclass(slots=True)
class DeadlineMoved(Event):
    year: int
    deadline: int


@dataclass(slots=True)
class CategoryExcluded(Event):
    year: int
    category: bytes


@dataclass(slots=True)
class MonitoringPlanFiled(Event):
    account: bytes
    year: int
    plan: bytes
    version: int


@dataclass(slots=True)
class SanctionRecorded(Event):
    account: bytes
    year: int
    decision: bytes


@dataclass(slots=True)
class YearPublished(Event):
    year: int
    results: bytes


@dataclass(slots=True)
class EmissionsAttested(Event):
    account: bytes
    year: int
    emissions: int
    report: bytes
    verifier: bytes


@dataclass(slots=True)
class EmissionsDisputed(Event):
    account: bytes
    year: int
    objection: bytes


@dataclass(slots=True)
class EmissionsConfirmed(Event):
    account: bytes
    year: int
    emissions: int
    state: int
    decision: bytes


@dataclass(slots=True)
class AllocationCounted(Event):
    account: bytes
    year: int
    initial: int
    issued: int


@dataclass(slots=True)
class Surrendered(Event):
    account: bytes
    year: int
    token: int
    quantity: int  # zero: a surrender was reversed
    total: int


@dataclass(slots=True)
class DebtChanged(Event):
    account: bytes
    year: int
    debt: int
    reason: bytes


@dataclass(slots=True)
class YearSettled(Event):
    account: bytes
    year: int
    owed: int
    surrendered: int
    deduction: int


# ---- ILienDesk ------------------------------------------------------------------------------


@dataclass(slots=True)
class LienPlaced(Event):
    number: int
    account: bytes
    creditor: bytes
    kind: int
    token: int
    reason: bytes
    ranges: tuple[tuple[int, int], ...]  # (first, count)


@dataclass(slots=True)
class LienLifted(Event):
    number: int
    by: bytes
