"""Events of the desks around a registry, typed. See `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from registry_node.domain.conditions import Words
from registry_node.domain.events import Event

# ---- IProposalDesk --------------------------------------------------------------------------


@dataclass(slots=True)
class ProposalMade(Event):
    number: int
    target: bytes
    proposer: bytes
    data: bytes
    document: bytes
    deadline: int


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
class VerificationRecorded(Event):
    report: bytes
    token: int
    quantity: int
    verifier: bytes


@dataclass(slots=True)
class Entitled(Event):
    account: bytes
    year: int
    token: int
    kind: int
    before: int
    after: int


@dataclass(slots=True)
class AllocationRecorded(Event):
    number: int
    token: int
    recipient: bytes
    sender: bytes
    quantity: int
    year: int
    kind: int
    sale: bytes


@dataclass(slots=True)
class ReversalDecided(Event):
    number: int
    pool: bytes
    reversing: int


@dataclass(slots=True)
class AllocationReversed(Event):
    number: int
    quantity: int


@dataclass(slots=True)
class ExcessReturned(Event):
    account: bytes
    year: int
    token: int
    kind: int
    quantity: int


@dataclass(slots=True)
class CorrectionDecided(Event):
    token: int
    first: int
    correcting: int


@dataclass(slots=True)
class IssuanceCorrected(Event):
    token: int
    first: int
    quantity: int


@dataclass(slots=True)
class ClosureDecided(Event):
    account: bytes
    to: bytes


@dataclass(slots=True)
class PaidShareChanged(Event):
    account: bytes
    required: int
    bought: int


# ---- IComplianceDesk ------------------------------------------------------------------------


@dataclass(slots=True)
class YearDefined(Event):
    year: int
    deadline: int
    before: int
    first_vintage: int
    last_vintage: int
    reversal_window: int
    dispute_window: int
    correction_window: int
    deduction_multiple: int
    banking: int
    closed: int


class Limit(NamedTuple):
    """A ceiling on what is surrendered for a year, in the order of the contract's struct."""

    base: int
    basis_points: int
    amount: int
    parent: int
    unit_types: int  # bit (1 << unit type) for each type counted
    vintages: int
    of_all: int
    per: bytes
    base_attribute: bytes
    conditions: Words


@dataclass(slots=True)
class LimitsDefined(Event):
    year: int
    limits: tuple[Limit, ...]


@dataclass(slots=True)
class DeadlineMoved(Event):
    year: int
    deadline: int


@dataclass(slots=True)
class ClassesExcluded(Event):
    year: int
    conditions: Words


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
class ReportOrdered(Event):
    account: bytes
    year: int
    until: int
    decision: bytes


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

Ranges = tuple[tuple[int, int], ...]
"""(first, count) of each."""


@dataclass(slots=True)
class LienPlaced(Event):
    number: int
    account: bytes
    creditor: bytes
    kind: int
    token: int
    ranges: Ranges
    reason: bytes


@dataclass(slots=True)
class LienExtended(Event):
    number: int
    ranges: Ranges


@dataclass(slots=True)
class LienLifted(Event):
    number: int
    by: bytes


@dataclass(slots=True)
class LienReleased(Event):
    """Ranges are freed from the last on: `left` are not, and the last of these begins at
    `first`."""

    number: int
    left: int
    first: int
