"""The wire format of links: their terms, quotas and lots."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from registry_node.api.schemas.wire import (
    Address,
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
