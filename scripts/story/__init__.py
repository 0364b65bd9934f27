"""The story of the demonstration: its accounts, unit classes, links and steps.

The figures are in the CSV files beside this one, each row with its source: "S4:L1070" is a line of
the project's sources, "parameter: ..." marks a figure that no source gives.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from linking.programmes import require_citation
from linking.rates import Rate
from registry_node.domain.words import AccountKind, UnitType

FOLDER = Path(__file__).parent

# The ledgers of the story, in the order in which they are deployed.
CODES = ("CN", "KR", "JP-13", "JP-11")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account. `name` is its key's, `label` stands for its off-chain file.

    A SYSTEM account has no key: its name is its purpose.
    """

    registry: str
    name: str
    kind: AccountKind
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
    project: str
    category: str
    region: str
    source: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One direction of an agreement."""

    agreement: str
    source_registry: str
    destination_registry: str
    rate: Rate
    quota: int
    unit_types: int  # bit (1 << unit type) for each type accepted
    vintage_first: int
    vintage_last: int
    period_days: int
    valid_days: int
    source: str

    @property
    def name(self) -> str:
        return f"{self.source_registry}_{self.destination_registry}"


@dataclass(frozen=True, slots=True)
class YearRow:
    """A compliance year. Its limit is a share of the verified emissions; no types: no limit."""

    registry: str
    year: int
    deadline_days: int  # after it is defined
    first_vintage: int  # of credits
    last_vintage: int
    reversal_days: int
    deduction_multiple: int
    limit_types: int  # bit (1 << unit type)
    limit_basis_points: int
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
        row["registry"], row["name"], AccountKind[row["kind"]], row["label"], row["source"]
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
        project=row["project"],
        category=row["category"],
        region=row["region"],
        source=row["source"],
    )


def _link(row: dict[str, str]) -> LinkRow:
    return LinkRow(
        agreement=row["agreement"],
        source_registry=row["source_registry"],
        destination_registry=row["destination_registry"],
        rate=Rate.parse(row["rate"]),
        quota=int(row["quota"]),
        unit_types=_type_bits(row["unit_types"]),
        vintage_first=int(row["vintage_first"]),
        vintage_last=int(row["vintage_last"]),
        period_days=int(row["period_days"]),
        valid_days=int(row["valid_days"]),
        source=row["source"],
    )


def _year(row: dict[str, str]) -> YearRow:
    return YearRow(
        registry=row["registry"],
        year=int(row["year"]),
        deadline_days=int(row["deadline_days"]),
        first_vintage=int(row["first_vintage"]),
        last_vintage=int(row["last_vintage"]),
        reversal_days=int(row["reversal_days"]),
        deduction_multiple=int(row["deduction_multiple"]),
        limit_types=_type_bits(row["limit_types"]),
        limit_basis_points=int(row["limit_basis_points"]),
        source=row["source"],
    )


def _type_bits(names: str) -> int:
    return sum(1 << UnitType[name] for name in names.split())


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
