"""What the forms of answers are made of, and the envelope that they come in."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Quantity = Annotated[str, Field(pattern=r"^[0-9]+$", description="Whole tonnes", examples=["1000"])]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-f]{40}$")]
Hash = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Units = Annotated[str, Field(description="Unit reference", examples=["KR:KAU-2017:1-1000"])]
Label = Annotated[str | None, Field(description="The account's name in the deployment")]
State = Literal["HELD", "ESCROWED", "SURRENDERED", "RETIRED", "CANCELLED", "ENCUMBERED"]
UnitTypeName = Literal["ALLOWANCE", "CREDIT", "FOREIGN"]


Attributes = Annotated[
    dict[str, str | int],
    Field(
        description="What a class says of itself: text, or a number; dates are 20150131",
        examples=[{"kind": "forestry", "region": "CN-FJ", "started": 20150131}],
    ),
]


class Wire(BaseModel):
    """Base of what goes over the wire: exactly these members."""

    model_config = ConfigDict(extra="forbid")


class AsOf(Wire):
    """The ledger block that the answer is true of."""

    block_number: int
    block_hash: Hash
    finalized: bool


class Dispute(Wire):
    """Somebody whom the answer is about, and about whom the mirror differs from the ledger."""

    subject: str = Field(examples=["KR 0x70997970c51812dc3a010c7d01b50e0d17dc79c8", "CN_KR"])
    label: str | None = Field(description="The account's name, where it has one")
    kind: Literal["account", "class", "link", "registry", "ledger"]
    differs: list[str] = Field(description="Kinds of differences", examples=[["holding"]])
    since: int | None = Field(description="The lowest ledger block from which it is wrong")


Disputed = Annotated[
    list[Dispute] | None,
    Field(description="Only there when the answer is in doubt", exclude_if=lambda v: v is None),
]

Data = TypeVar("Data")


class Answer(Wire, Generic[Data]):
    data: Data
    as_of: AsOf
    disputed: Disputed = None


class ListAnswer(Wire, Generic[Data]):
    data: list[Data]
    as_of: AsOf
    next_cursor: str | None = Field(description="Where the list goes on; null on the last page")
    disputed: Disputed = None


class Condition(Wire):
    """What a class must be for a rule to concern it."""

    attribute: str
    test: Literal["any-of", "none-of", "at-least", "at-most"]
    values: list[str | int | None] = Field(description="Null: or the class lacks the attribute")


class Place(Wire):
    """Where on the ledger something is recorded."""

    block_number: int
    block_hash: Hash
    time: Time
    transaction_hash: Hash
    log_index: int


class Parties(Wire):
    from_: Address | None = Field(alias="from", description="Null when the units are new")
    from_label: Label
    to: Address
    to_label: Label


class Person(Wire):
    address: Address
    label: Label


class ProgrammeClass(Wire):
    registry: str
    unit_class: str = Field(alias="class")


class ClassQuantity(Wire):
    unit_class: str = Field(alias="class")
    quantity: Quantity


class Rate(Wire):
    """Destination units per source unit."""

    numerator: Quantity
    denominator: Quantity
