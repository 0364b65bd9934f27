"""The wire format of what desks keep: settings, obligations, requests, trades, liens, proposals."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from registry_node.api.schemas.wire import (
    Address,
    ClassQuantity,
    Condition,
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


class Contract(Wire):
    """One of the programme's contracts, and the code that it runs."""

    name: str
    address: Address
    edition: Address | None = Field(description="Of the code")
    code_hash: Hash | None = Field(description="Of the code, where a decision names it")
    since_block: int | None


class ReplacedDesk(Wire):
    """A desk that was followed once; what it kept is still there."""

    name: str
    address: Address
    until_block: int


class Settings(Wire):
    """What a programme has set for all its accounts. Delays and windows are in seconds."""

    registry: str
    trust_delay: int | None = Field(description="Until a trusted account or a settler counts")
    transfer_delay: int | None = Field(description="Of a transfer outside the trusted list")
    request_lifetime: int | None
    transfer_size_limit: Quantity | None = Field(description="Outside the trusted list")
    block_trade_size: Quantity | None = Field(description="From which trades are negotiated")
    reversal_window: int | None = Field(description="Of allocations and issuances")
    sale_share_basis_points: int | None = Field(description="Of a free allocation")
    holding_limit_classes: list[ProgrammeClass]
    desks: list[OrderingDesk]
    requests_allowed: list[Function] = Field(description="What holders may request")
    sensitive_steps: list[SensitiveStep]
    contracts: list[Contract]
    replaced_desks: list[ReplacedDesk]


class Limit(Wire):
    """A ceiling on what is surrendered for one year, and its use by one operator."""

    base: Literal["absolute", "verified", "issued", "initial", "obligation", "counted", "attribute"]
    basis_points: int | None = Field(description="Of the base; null when it is absolute")
    of_limit: int | None = Field(description="Place of the limit whose use is the base")
    of_attribute: str | None = Field(
        description="The attribute of a class whose number is the base"
    )
    unit_types: list[UnitTypeName]
    vintages: Literal["any", "banked", "borrowed"]
    of_all_operators: bool = Field(description="Whether all of them together are counted")
    for_each: str | None = Field(description="Attribute for each of whose values it counts apart")
    unit_class: str | None = Field(
        alias="class", description="Where it counts apart: of which class"
    )
    conditions: list[Condition]
    used: Quantity
    max: Quantity = Field(description="What it allows now")


class Filing(Wire):
    """The hash of a document about an operator's year."""

    kind: Literal["plan", "objection", "order", "decision", "debt", "sanction"]
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
    disputable_until: Time | None = Field(
        description="Last second to object to the attested figure"
    )
    report_due: Time | None = Field(description="Last second to report, where it was ordered")
    debt: Quantity | None = Field(
        description="Carried over from earlier years and corrections; null like the other figures"
        " of an account that is closed to whoever asks"
    )
    inherited: Quantity | None = Field(description="Deducted for the shortfall of the year before")
    initially_allocated: Quantity | None
    allocated: Quantity | None
    surrendered: Quantity
    owed: Quantity = Field(description="Emissions, debt and deduction less what is surrendered")
    deadline: Time | None
    reversible_until: Time | None = Field(description="Last second to reverse a surrender in")
    status: Literal[
        "awaiting-emissions", "open", "overdue", "fulfilled", "settled", "settled-short"
    ]
    deduction: Quantity | None = Field(description="Owed in the next year; null until settled")
    published: bool = Field(description="Whether the results of the year are published")
    limits: list[Limit]
    by_class: list[ClassQuantity]
    filings: list[Filing]
    desk: Address
    desk_replaced: bool


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
    ended_by: Person | None = Field(description="Who executed or cancelled it")
    deadline: Time = Field(description="Last second to approve, or once approved to execute")
    ready_at: Time | None = Field(description="First second to execute")
    desk: Address
    desk_replaced: bool


class Trade(Place):
    """One leg that a trading institution settled."""

    registry: str
    unit_class: str = Field(alias="class")
    quantity: Quantity
    from_: Person = Field(alias="from")
    to: Person
    institution: Person
    trade: str | None = Field(description="The exchange's reference")
    negotiated: bool = Field(description="Agreed between the parties off the book")


class Lien(Wire):
    """Units set aside: frozen by the authority, or pledged to a creditor."""

    registry: str
    number: int
    kind: Literal["freeze", "pledge", "lifted"] = Field(
        description="lifted: not all of its units are free yet"
    )
    account: Person | None = Field(description="Null: units that were abroad or pledged")
    creditor: Person | None = Field(description="Of a freeze for a partner: its registry")
    reason: str | None
    unit_class: str = Field(alias="class")
    units: list[Units]
    quantity: Quantity
    lot: int | None = Field(description="In which a partner asked for the freeze")
    desk: Address
    desk_replaced: bool


class Proposal(Call):
    """A sensitive step, and what it would do in clear."""

    document: Hash | None = Field(description="Of what its proposer saw")
    registry: str
    number: int
    state: Literal["proposed", "approved", "executed", "stopped", "expired"]
    proposer: Person
    approver: Person | None
    ended_by: Person | None = Field(description="Who executed or stopped it")
    deadline: Time = Field(description="Last second to approve, or once approved to execute")
    ready_at: Time | None = Field(description="First second to execute")


class RoleHolder(Person):
    since: Time


class Role(Wire):
    role: str = Field(examples=["issuer", "province 44"])
    number: str = Field(description="As in the programme's authority")
    holders: list[RoleHolder]


class SeveralRoles(Person):
    """A key that has more than one role."""

    roles: list[str]


class Exclusion(Wire):
    """Two roles that one key never has."""

    roles: list[str]


class Roles(Wire):
    registry: str
    roles: list[Role]
    several: list[SeveralRoles]
    exclusions: list[Exclusion]


class Document(Place):
    """A document that a programme published by its hash."""

    registry: str
    kind: str = Field(examples=["rule-book"])
    hash: Hash
    valid_from: Time
