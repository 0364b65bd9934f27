"""The wire format, for the API's description. Answers are built by the queries and only described
here; a test holds the two together.
"""

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


class Digest(Wire):
    """Folds every change up to the ledger block: two mirrors of one ledger have the same."""

    digest: Hash
    rule: int = Field(description="Version of the rule by which it is folded")
    first_block: int = Field(description="Where the mirror starts")
    chain_id: int
    genesis_hash: Hash


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
    project: str | None
    category: str | None
    region: str | None
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


class Person(Wire):
    address: Address
    label: Label


class ProgrammeClass(Wire):
    registry: str
    unit_class: str = Field(alias="class")


class Account(Wire):
    registry: str
    address: Address
    label: Label
    kind: str
    status: str
    purpose: str | None = Field(description="Of a system account")
    file_hash: Hash | None
    opened_at: Time


class ClassQuantity(Wire):
    unit_class: str = Field(alias="class")
    quantity: Quantity


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


class Holding(Wire):
    registry: str
    unit_class: str = Field(alias="class")
    account: Address
    label: Label
    state: Literal["HELD", "ESCROWED"]
    quantity: Quantity
    free: Quantity
    encumbered: Quantity


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


class Movement(Place, Parties):
    registry: str
    unit_class: str = Field(alias="class")
    units: Units
    quantity: Quantity
    transaction_type: str = Field(examples=["10-40"])
    transaction_name: str
    state: State = Field(description="Of the units afterwards")


class Rate(Wire):
    """Destination units per source unit."""

    numerator: Quantity
    denominator: Quantity


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


class QuotaShare(Wire):
    """A quota that follows a cap of the destination."""

    basis_points: int
    unit_class: str = Field(alias="class")


class Terms(Place):
    version: int
    rate: Rate
    quota: Quantity = Field(description="Destination units in a quota period")
    quota_share: QuotaShare | None = Field(description="Of which cap the quota is a share")
    net: bool = Field(description="What comes home gives its quota back")
    notice_seconds: int = Field(description="How long other terms wait once accepted")
    valid_from: Time
    valid_until: Time
    period_start: Time
    period_seconds: int
    unit_types: list[UnitTypeName]
    vintage_from: int
    vintage_to: int
    categories: list[str] = Field(description="Of projects; none: any")
    regions: list[str] = Field(description="Of projects; none: any")
    changed_by: Address
    changed_by_label: Label


class Meter(Wire):
    period_start: Time
    period_end: Time
    quota: Quantity
    used: Quantity
    remaining: Quantity


class WaitingTerms(Terms):
    """Accepted terms whose notice runs."""

    effective_at: Time


class Link(Wire):
    id: str = Field(examples=["CN_KR"])
    number: int = Field(description="On the ledger")
    agreement: int
    source: str
    destination: str
    status: Literal["proposed", "absent", "open", "suspended", "not-started", "expired"]
    suspended_by: list[str]
    terms_version: int
    terms: Terms | None
    waiting_terms: WaitingTerms | None
    proposed_terms: Terms | None
    quota_meter: Meter | None


class QuotaEntry(Wire):
    what: Literal["terms", "use"]
    block_number: int
    time: Time
    terms_version: int | None
    quota: Quantity | None
    changed_by: Address | None
    changed_by_label: Label
    transaction_hash: Hash | None
    period_start: Time | None
    used: Quantity | None


class Quota(Wire):
    link: str
    terms_version: int
    meter: Meter | None
    waiting_terms: WaitingTerms | None
    history: list[QuotaEntry]


class Quote(Wire):
    link: str
    unit_class: str = Field(alias="class")
    quantity: Quantity
    terms_version: int
    rate: Rate | None
    source_quantity: Quantity = Field(description="What would be taken")
    destination_quantity: Quantity = Field(description="What would arrive")
    remainder: Quantity = Field(description="What would stay with the sender")
    quota: Quantity
    quota_used: Quantity
    quota_remaining: Quantity
    period_start: Time | None
    changes_at: Time | None = Field(description="When other terms come into force")
    allowed: bool
    restriction: str
    restriction_code: int
    reason: str


class Lot(Place, Parties):
    id: int
    link: str
    terms_version: int
    rate: Rate
    status: Literal["open", "settled"]
    source_units: list[Units]
    source_quantity: Quantity
    foreign_units: Units
    foreign_quantity: Quantity
    escrowed: Quantity
    outstanding: Quantity


class ProvenTransaction(Wire):
    """RLP in hexadecimal: a receipt and its transaction, with the paths to the header's roots."""

    block_number: int
    index: int
    receipt: str
    receipt_path: list[str]
    transaction: str
    transaction_path: list[str]


class ProvenStep(Wire):
    """Where the log of a step is: a place in `transactions`, and one in its receipt's logs."""

    transaction: int
    log: int


class LastHeader(Wire):
    block_number: int
    block_hash: Hash


class Proofs(Wire):
    scope: Literal["chain", "steps"]
    to: LastHeader
    headers: list[str] = Field(description="RLP in hexadecimal, by height")
    transactions: list[ProvenTransaction]
    steps: list[ProvenStep]


class Statement(Wire):
    """A signed statement: a JSON Web Signature (RFC 7515, flattened JSON), and perhaps proofs."""

    payload: str = Field(description="What is stated: JSON in base64url")
    protected: str = Field(description="The signature's header: JSON in base64url")
    signature: str
    proofs: Proofs | None = None


class Reconciled(Wire):
    """The last comparison of the mirror with what it should be."""

    mode: Literal["quick", "contracts", "replay", "offline"]
    block_number: int
    block_hash: Hash
    made_at: Time
    differences: int
    first_block: int | None = Field(description="The lowest ledger block that is wrong, if known")


class Health(Wire):
    status: Literal["ok", "degraded", "problem"] = Field(
        description="degraded: answers about the disputed subjects are in doubt"
    )
    stopped: bool = Field(description="The indexer has given up; it does not go on by itself")
    chain_reachable: bool
    chain_head: int | None
    indexed: int | None = Field(description="The mirror's head")
    lag: int | None = Field(description="Ledger blocks that the mirror is behind")
    last_error: str | None
    disputed: int | None = Field(description="Subjects whose answers carry a mark")
    reconciled: Reconciled | None


class Problem(BaseModel):
    """RFC 9457."""

    type: str = Field(examples=["urn:tonnelink:problem:not-found"])
    title: str
    status: int
    detail: str
    hint: str
    instance: str
    disputed: Disputed = None
