"""The wire format of what desks keep: settings, obligations, requests, trades, liens, proposals."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from registry_node.api.schemas.wire import (
    Address,
    ClassQuantity,
    Hash,
    Label,
    Person,
    Place,
    ProgrammeClass,
    Quantity,
    Time,
    Units,
    UnitTypeName,
    Wire,
)


class OrderingDesk(Wire):
    transaction_type: str = Field(examples=["10-40"])
    desk: str
    address: Address


class Function(Wire):
    target: str = Field(description="Which of the programme's contracts")
    target_address: Address
    function: str | None
    selector: str = Field(pattern=r"^0x[0-9a-f]{8}$")


class SensitiveStep(Function):
    """A function that one person proposes and another approves."""

    proposer_role: str
    approver_role: str
    delay: int = Field(description="Seconds between approval and the earliest execution")
    lifetime: int = Field(description="Seconds to approve in, and then again to execute in")


class Settings(Wire):
    """What a programme has set for all its accounts. Delays and windows are in seconds."""

    registry: str
    trust_delay: int | None = Field(description="Until a trusted account or a settler counts")
    transfer_delay: int | None = Field(description="Of a transfer outside the trusted list")
    request_lifetime: int | None
    transfer_size_limit: Quantity | None = Field(description="Outside the trusted list")
    reversal_window: int | None = Field(description="Of allocations and issuances")
    sale_share_basis_points: int | None = Field(description="Of a free allocation")
    holding_limit_classes: list[ProgrammeClass]
    desks: list[OrderingDesk]
    requests_allowed: list[Function] = Field(description="What holders may request")
    sensitive_steps: list[SensitiveStep]


class Limit(Wire):
    """A ceiling on what one operator may surrender for one year, and its use."""

    base: Literal["absolute", "verified", "issued", "initial", "obligation", "counted"]
    basis_points: int | None = Field(description="Of the base; null when it is absolute")
    of_limit: int | None = Field(description="Place of the limit whose use is the base")
    unit_types: list[UnitTypeName]
    category: str | None = Field(description="Null: any")
    region: str | None = Field(description="Null: any")
    outside_region: bool = Field(description="Whether it counts other regions than this")
    used: Quantity
    most: Quantity = Field(description="What it allows now")


class Filing(Wire):
    """The hash of a document about an operator's year."""

    kind: Literal["plan", "objection", "decision", "debt", "sanction"]
    memo: str | None
    block_number: int
    time: Time
    transaction_hash: Hash


class Obligation(Wire):
    registry: str
    account: Address
    label: Label
    compliance_year: int
    emissions_state: Literal["none", "attested", "disputed", "confirmed", "assigned"]
    attested_emissions: Quantity | None = Field(description="Until they are confirmed")
    verified_emissions: Quantity | None = Field(description="Null until they are confirmed")
    verifier: Person | None
    report: Hash | None
    debt: Quantity | None = Field(
        description="Carried over from earlier years and corrections; null like the other figures"
        " of an account that is closed to whoever asks"
    )
    initially_allocated: Quantity | None
    allocated: Quantity | None
    surrendered: Quantity
    owed: Quantity = Field(description="Emissions and debt less what is surrendered")
    deadline: Time | None
    status: Literal[
        "awaiting-emissions", "open", "overdue", "fulfilled", "settled", "settled-short"
    ]
    deduction: Quantity | None = Field(description="Owed in the next year; null until settled")
    published: bool = Field(description="Whether the results of the year are published")
    limits: list[Limit]
    by_class: list[ClassQuantity]
    filings: list[Filing]


class Argument(Wire):
    name: str
    value: Any


class Call(Wire):
    """A call of a programme's contract, in clear."""

    target: str = Field(description="Which of the programme's contracts")
    target_address: Address
    function: str | None
    arguments: list[Argument]
    call: str
    call_hash: str = Field(description="What an approver repeats to the ledger")


class Request(Call):
    """What is to be done in the name of an account."""

    registry: str
    number: int
    state: Literal["initiated", "approved", "executed", "cancelled", "expired"]
    account: Person
    initiator: Person
    approver: Person | None
    cancelled_by: Person | None
    deadline: Time = Field(description="Last second to approve, or once approved to execute")
    ready_at: Time | None = Field(description="First second to execute")


class Trade(Place):
    """One leg that a trading institution settled."""

    registry: str
    unit_class: str = Field(alias="class")
    quantity: Quantity
    from_: Person = Field(alias="from")
    to: Person
    institution: Person
    trade: str | None = Field(description="The exchange's reference")


class Lien(Wire):
    """Units set aside: frozen by the authority, or pledged to a creditor."""

    registry: str
    number: int
    kind: Literal["freeze", "pledge"]
    account: Person
    creditor: Person | None
    unit_class: str = Field(alias="class")
    units: list[Units]
    quantity: Quantity


class Proposal(Call):
    """A sensitive step, and what it would do in clear."""

    registry: str
    number: int
    state: Literal["proposed", "approved", "executed", "stopped", "expired"]
    proposer: Person
    approver: Person | None
    ended_by: Person | None = Field(description="Who executed or stopped it")
    deadline: Time = Field(description="Last second to approve, or once approved to execute")
    ready_at: Time | None = Field(description="First second to execute")
