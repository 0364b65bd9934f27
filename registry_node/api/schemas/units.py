"""The wire format of registries, their accounts, and the life of units."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from registry_node.api.schemas.wire import (
    Address,
    Attributes,
    ClassQuantity,
    Hash,
    Label,
    Parties,
    Person,
    Place,
    Quantity,
    Rate,
    State,
    Time,
    Units,
    UnitTypeName,
    Wire,
)


class Totals(Wire):
    """issued = held + escrowed + surrendered + retired + cancelled."""

    cap: Quantity
    issued: Quantity
    held: Quantity
    escrowed: Quantity
    surrendered: Quantity
    retired: Quantity
    cancelled: Quantity
    used_abroad: Quantity = Field(description="Of the ended units: their foreign twins were used")
    returned: Quantity = Field(description="Of the cancelled foreign units: they went home")


class Period(Wire):
    first_year: int
    last_year: int


class Origin(Wire):
    registry: str
    symbol: str


class UnitClass(Wire):
    registry: str
    symbol: str
    unit_type: UnitTypeName
    vintage: int
    period: Period
    attributes: Attributes
    origin: Origin | None = Field(description="Of a foreign class: what it stands for")
    sealed: bool
    cap: Quantity | None = Field(description="Null for a foreign class: the quota is its limit")
    issued: Quantity
    held: Quantity
    escrowed: Quantity
    surrendered: Quantity
    retired: Quantity
    cancelled: Quantity
    used_abroad: Quantity
    returned: Quantity


class Registry(Wire):
    code: str
    name: str
    address: Address
    authority: Address
    totals: Totals
    classes: list[UnitClass]


class Account(Wire):
    registry: str
    address: Address
    label: Label
    kind: str
    status: str
    purpose: str | None = Field(description="Of a system account")
    file_hash: Hash | None
    opened_at: Time
    province: int | None = Field(description="That administers it, by the programme's own numbers")


class Balance(ClassQuantity):
    """quantity = free + encumbered."""

    free: Quantity = Field(description="What the holder may move")
    encumbered: Quantity = Field(description="Set aside: pledged or frozen")


class PaidShare(Wire):
    """What an operator buys before its free allowances are its own to use."""

    required: Quantity
    bought: Quantity


class Trusted(Person):
    since: Time = Field(description="It counts from then on")


class Representative(Person):
    may: list[Literal["initiate", "approve"]]


class AccountInFull(Account):
    holdings: list[Balance]
    controls: list[str] = Field(description="What the programme demands of it")
    holding_limit: Quantity | None
    paid_share: PaidShare | None
    trusted: list[Trusted] = Field(description="Accounts that it sends to without waiting")
    representatives: list[Representative]
    settlers: list[Trusted] = Field(description="Institutions that settle its trades")
    operators: list[Person] = Field(description="Who may transfer its units under ERC-1155")


class Holding(Wire):
    registry: str
    unit_class: str = Field(alias="class")
    account: Address
    label: Label
    state: Literal["HELD", "ESCROWED"]
    quantity: Quantity
    free: Quantity
    encumbered: Quantity


class Movement(Place, Parties):
    registry: str
    unit_class: str = Field(alias="class")
    units: Units
    quantity: Quantity
    transaction_type: str = Field(examples=["10-40"])
    transaction_name: str
    state: State = Field(description="Of the units afterwards")


class StepLot(Wire):
    id: int
    link: str
    rate: Rate
    terms_version: int


class Step(Wire):
    """A step. Parties, block, memo and transaction are null where they are closed."""

    step: int
    block_number: int
    block_hash: Hash
    time: Time
    transaction_hash: Hash | None
    log_index: int | None
    from_: Address | None = Field(alias="from", description="Null when the units are new")
    from_label: Label
    to: Address | None
    to_label: Label
    event: Literal[
        "issuance",
        "allocation",
        "transfer",
        "export",
        "conversion",
        "import",
        "surrender",
        "retirement",
        "cancellation",
        "return",
        "release",
        "used-abroad",
        "auction-delivery",
        "reversal-of-allocation",
        "excess-allocation",
        "excess-auction",
        "closure",
        "central-transfer",
        "reversal-of-surrender",
        "correction",
        "encumbrance",
        "lien-release",
    ]
    registry: str
    unit: Units = Field(description="The traced unit, as it is called in this registry")
    unit_block: Units | None = Field(description="The block that moved")
    transaction_type: str
    transaction_name: str
    state: State
    lot: StepLot | None
    evidence: Hash | None = Field(description="Of an issuance: hash of the decision or report")
    memo: str | None
    text_hash: Hash | None = Field(description="Of a text of any length that belongs to the memo")
    compliance_year: int | None


class Twin(Wire):
    lot: int
    units: Units


class Trace(Wire):
    unit: Units
    registry: str
    unit_class: str = Field(alias="class")
    serial: int
    unit_block: Units | None
    owner: Address | None
    owner_label: Label
    state: State
    used_abroad: bool
    twins: list[Twin] = Field(description="Units of other registries that stand for this one")
    complete: bool = Field(description="False when the twins lie in too many blocks to tell all")
    withheld: bool = Field(
        description="Whether something is left out because it is closed to whoever asks"
    )
    steps: list[Step]
