"""The story of the demonstration: its accounts, unit classes, links and steps.

The figures are in the CSV files beside this one, each row with its source: "S4:L1070" is a line of
the project's sources, "parameter: ..." marks a figure that no source gives.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from linking.attributes import Condition, Test, word_of
from linking.programmes import require_citation
from linking.rates import Rate
from registry_node.domain.words import AccountKind, UnitType

FOLDER = Path(__file__).parent

# The ledgers of the story, in the order in which they are deployed.
CODES = ("CN", "KR", "JP-13", "JP-11")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account. `name` is its key's, `label` stands for its off-chain file.

    A SYSTEM account has no key: its name is its purpose. `province` administers it; 0: none.
    """

    registry: str
    name: str
    kind: AccountKind
    province: int
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A unit class as it is first defined."""

    registry: str
    symbol: str
    unit_type: UnitType
    vintage: int
    period_first: int
    period_last: int
    cap: int
    attributes: Mapping[str, str | int]
    source: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One direction of an agreement: its first terms, or amended ones.

    The quota is an amount of units, or a share of a class's cap. It is for so many calendar years
    at a time, counted from the present one.
    """

    agreement: str
    terms: str  # "first" or "amended"
    source_registry: str
    destination_registry: str
    rate: Rate
    quota: int
    quota_basis_points: int
    quota_class: str
    net: bool
    unit_types: int  # bit (1 << unit type) for each type accepted
    conditions: tuple[Condition, ...]
    vintage_first: int
    vintage_last: int
    period_years: int
    valid_years: int
    source: str

    @property
    def name(self) -> str:
        return f"{self.source_registry}_{self.destination_registry}"


@dataclass(frozen=True, slots=True)
class YearRow:
    """A compliance year. Its limit is a share of the verified emissions; no types: no limit."""

    registry: str
    year: int
    before: int  # the year whose shortfall it inherits; 0: none
    deadline_days: int  # after it is defined
    first_vintage: int  # of credits
    last_vintage: int
    reversal_days: int
    dispute_days: int
    correction_days: int
    deduction_multiple: int
    limit_types: int  # bit (1 << unit type)
    limit_basis_points: int
    limit_conditions: tuple[Condition, ...]
    source: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One thing that somebody does. What the columns mean depends on the verb."""

    chapter: int
    verb: str
    registry: str
    account: str
    symbol: str
    quantity: int
    to: str
    detail: str
    source: str


@dataclass(frozen=True, slots=True)
class Story:
    """All of it."""

    accounts: tuple[AccountRow, ...]
    classes: tuple[ClassRow, ...]
    links: tuple[LinkRow, ...]
    years: tuple[YearRow, ...]
    steps: tuple[StepRow, ...]


def load_story(folder: Path = FOLDER) -> Story:
    """Read the CSV files."""
    return Story(
        accounts=tuple(_account(row) for row in _rows(folder / "accounts.csv")),
        classes=tuple(_class(row) for row in _rows(folder / "classes.csv")),
        links=tuple(_link(row) for row in _rows(folder / "links.csv")),
        years=tuple(_year(row) for row in _rows(folder / "years.csv")),
        steps=tuple(_step(row) for row in _rows(folder / "steps.csv")),
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            require_citation(row["source"])
            yield row


def _account(row: dict[str, str]) -> AccountRow:
    return AccountRow(
        registry=row["registry"],
        name=row["name"],
        kind=AccountKind[row["kind"]],
        province=int(row["province"] or 0),
        label=row["label"],
        source=row["source"],
    )


def _class(row: dict[str, str]) -> ClassRow:
    return ClassRow(
        registry=row["registry"],
        symbol=row["symbol"],
        unit_type=UnitType[row["unit_type"]],
        vintage=int(row["vintage"]),
        period_first=int(row["period_first"]),
        period_last=int(row["period_last"]),
        cap=int(row["cap"]),
        attributes=dict(_attribute(text) for text in row["attributes"].split()),
        source=row["source"],
    )


def _link(row: dict[str, str]) -> LinkRow:
    return LinkRow(
        agreement=row["agreement"],
        terms=row["terms"],
        source_registry=row["source_registry"],
        destination_registry=row["destination_registry"],
        rate=Rate.parse(row["rate"]),
        quota=int(row["quota"] or 0),
        quota_basis_points=int(row["quota_basis_points"] or 0),
        quota_class=row["quota_class"],
        net=row["net"] == "net",
        unit_types=_type_bits(row["unit_types"]),
        conditions=_conditions(row["conditions"]),
        vintage_first=int(row["vintage_first"]),
        vintage_last=int(row["vintage_last"]),
        period_years=int(row["period_years"]),
        valid_years=int(row["valid_years"]),
        source=row["source"],
    )


def _year(row: dict[str, str]) -> YearRow:
    return YearRow(
        registry=row["registry"],
        year=int(row["year"]),
        before=int(row["before"] or 0),
        deadline_days=int(row["deadline_days"]),
        first_vintage=int(row["first_vintage"]),
        last_vintage=int(row["last_vintage"]),
        reversal_days=int(row["reversal_days"]),
        dispute_days=int(row["dispute_days"]),
        correction_days=int(row["correction_days"]),
        deduction_multiple=int(row["deduction_multiple"]),
        limit_types=_type_bits(row["limit_types"]),
        limit_basis_points=int(row["limit_basis_points"]),
        limit_conditions=_conditions(row["limit_conditions"]),
        source=row["source"],
    )


def _type_bits(names: str) -> int:
    return sum(1 << UnitType[name] for name in names.split())


def _attribute(text: str) -> tuple[str, str | int]:
    """kind=forestry, started=20170101: what is written in digits is a number."""
    name, _, value = text.partition("=")
    return name, _value(value)


def _conditions(text: str) -> tuple[Condition, ...]:
    """kind ANY_OF forestry bamboo; started AT_LEAST 20130101."""
    return tuple(_condition(*part.split()) for part in text.split(";") if part)


def _condition(attribute: str, test: str, *values: str) -> Condition:
    words = tuple(word_of(_value(value)) for value in values)
    return Condition(word_of(attribute), Test[test], words)


def _value(text: str) -> str | int:
    return int(text) if text.isdigit() else text


def _step(row: dict[str, str]) -> StepRow:
    return StepRow(
        chapter=int(row["chapter"]),
        verb=row["verb"],
        registry=row["registry"],
        account=row["account"],
        symbol=row["symbol"],
        quantity=int(row["quantity"]),
        to=row["to"],
        detail=row["detail"],
        source=row["source"],
    )
