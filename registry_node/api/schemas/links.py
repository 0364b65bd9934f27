"""The wire format of links: their terms, quotas and lots."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from registry_node.api.schemas.wire import (
    Address,
    Condition,
    Hash,
    Label,
    Parties,
    Place,
    Quantity,
    Rate,
    Time,
    Units,
    UnitTypeName,
    Wire,
)


class QuotaShare(Wire):
    """A quota that follows a cap of the destination."""

    basis_points: int
    unit_class: str = Field(alias="class")


class Period(Wire):
    """First and last second."""

    start: Time
    end: Time


class Terms(Place):
    version: int
    rate: Rate
    quota: Quantity = Field(description="Destination units in a quota period")
    quota_share: QuotaShare | None = Field(description="Of which cap the quota is a share")
    net: bool = Field(description="What comes home gives its quota back")
    fresh_meter: bool = Field(description="What was used before does not count")
    freezes_abroad: bool = Field(description="A freeze by the source reaches units abroad")
    notice_seconds: int = Field(description="How long other terms wait once accepted")
    valid_from: Time
    valid_until: Time
    periods: list[Period] = Field(description="Quota periods, one after the other")
    unit_types: list[UnitTypeName]
    vintage_from: int
    vintage_to: int
    unit: str | None = Field(description="What a source unit is; null: a tonne of CO2e")
    conditions: list[Condition] = Field(description="That a class must meet; none: any")
    changed_by: Address = Field(description="Who decided")
    changed_by_label: Label
    carried_out_by: Address | None = Field(
        description="Whose step brought it about, where that was somebody else"
    )
    carried_out_by_label: Label


class Meter(Wire):
    period_start: Time
    period_end: Time
    quota: Quantity
    used: Quantity
    remaining: Quantity


class WaitingTerms(Terms):
    """Accepted terms whose notice runs."""

    effective_at: Time


class ProposedTerms(Terms):
    """Terms that the other side can accept."""

    proposed_by: str = Field(description="The programme")
    deadline: Time = Field(description="Last second to accept them")


class Link(Wire):
    id: str = Field(examples=["CN_KR"])
    number: int = Field(description="On the ledger")
    agreement: int
    source: str
    destination: str
    status: Literal[
        "proposed",
        "absent",
        "open",
        "suspended",
        "not-started",
        "expired",
        "ended",
        "edition-not-accepted",
    ]
    suspended_by: list[str]
    ends_at: Time | None = Field(description="First second in which the agreement has ended")
    terms_version: int
    terms: Terms | None
    waiting_terms: WaitingTerms | None
    proposed_terms: ProposedTerms | None
    quota_meter: Meter | None


class QuotaEntry(Wire):
    what: Literal["terms", "use"]
    block_number: int
    time: Time
    terms_version: int | None
    quota: Quantity | None
    changed_by: Address | None
    changed_by_label: Label
    carried_out_by: Address | None
    carried_out_by_label: Label
    transaction_hash: Hash | None
    period_start: Time | None
    period_end: Time | None
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
    period_end: Time | None
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
    waiting: list[WaitingSettlement] = Field(
        description="Source units that should have left escrow, had their registry not failed"
    )


class WaitingSettlement(Wire):
    units: Units
    state: str = Field(description="HELD: they come home; else how their twins were used")
    to: Address


class Member(Wire):
    """A programme that takes part in links."""

    registry: str
    name: str
    code: str = Field(description="As it was when it was admitted")
    sponsor: str | None = Field(description="The programme that admitted it")
    admitted_at: Time
    edition: Hash | None = Field(description="Of its registry's code: what partners accept")
    succession: int = Field(description="Of the gateway's code, that it accepted last")
    stands_still: bool = Field(description="Whether it has yet to accept the gateway's code")


class Succession(Wire):
    """Other code that was proposed for the gateway."""

    number: int
    edition: Address
    code_hash: Hash
    ready_at: Time = Field(description="When it can be carried out though some are silent")
    proposed_by: str | None
    accepted: int = Field(description="Members that accepted")
    stopped_by: str | None
    state: Literal["proposed", "stopped", "carried-out"]
