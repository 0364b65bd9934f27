"""Rule books of programmes: one data file each, with where every figure comes from.

A source is written as document and line, "S4:L1070"; "parameter: ..." marks what no source says.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

_FOLDER = files(__name__)
_CITATION = re.compile(r"S[0-4]:L[0-9]+|parameter(: .+)?")


class ProgrammeError(ValueError):
    """There is no such programme, or its rule book is not well formed."""


class CapKind(Enum):
    """How a programme limits emissions."""

    QUANTITY = "quantity"
    RATE_BASED = "rate-based"
    FACILITY_REDUCTION = "facility-reduction"


class UnitKind(Enum):
    """What a programme issues."""

    ALLOWANCE = "allowance"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Cap:
    """The programme's total: fixed beforehand, or expected; `tonnes` is None where nobody says."""

    kind: CapKind
    tonnes: int | None
    fixed: bool
    source: str


@dataclass(frozen=True, slots=True)
class UnitBook:
    """A kind of unit, and how its classes are named."""

    kind: UnitKind
    symbol: str
    english: str
    local: str
    source: str

    def symbol_for(self, vintage: int, project: str = "") -> str:
        """The class symbol of a vintage: KAU-2017, CCER-2020-FJ-0001."""
        if ("{project}" in self.symbol) != bool(project):
            raise ProgrammeError(f"{self.symbol} needs a project, or none was expected")
        return self.symbol.format(vintage=vintage, project=project)


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme's rule book."""

    code: str
    english: str
    local: str
    language: str  # of the local names
    source: str  # of the names
    cap: Cap
    units: tuple[UnitBook, ...]


@cache
def programme_codes() -> tuple[str, ...]:
    """The programmes that have a rule book here."""
    names = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def load_programme(code: str) -> Programme:
    """The rule book of a programme."""
    if code not in programme_codes():
        known = ", ".join(programme_codes())
        raise ProgrammeError(f"there is no rule book of {code!r}; there are {known}")
    return parse_programme((_FOLDER / f"{code}.toml").read_text(encoding="utf-8"))


def parse_programme(text: str) -> Programme:
    """Read a rule book; what is missing or not cited is refused."""
    try:
        data = tomllib.loads(text)
        programme = Programme(
            code=data["code"],
            english=data["names"]["english"],
            local=data["names"]["local"],
            language=data["names"]["language"],
            source=data["names"]["source"],
            cap=_cap(data["cap"]),
            units=tuple(_unit(entry) for entry in data["units"]),
        )
    except KeyError as error:
        raise ProgrammeError(f"the rule book lacks {error}") from error
    except ValueError as error:
        raise ProgrammeError(f"the rule book cannot be read: {error}") from error
    require_citation(programme.source)
    require_citation(programme.cap.source)
    for unit in programme.units:
        require_citation(unit.source)
    return programme


def require_citation(source: str) -> None:
    """Each part of a source is a citation or says that it is a parameter."""
    for part in source.split("; "):
        if not _CITATION.fullmatch(part):
            raise ProgrammeError(f"{part!r} is no citation; write S4:L1070 or parameter: why")


def _cap(data: dict[str, Any]) -> Cap:
    tonnes = data.get("tonnes")
    if tonnes is not None and (not isinstance(tonnes, int) or tonnes < 1):
        raise ProgrammeError(f"the cap must be a whole number of tonnes, not {tonnes!r}")
    return Cap(CapKind(data["kind"]), tonnes, bool(data["fixed"]), data["source"])


def _unit(data: dict[str, Any]) -> UnitBook:
    return UnitBook(
        kind=UnitKind(data["type"]),
        symbol=data["symbol"],
        english=data["english"],
        local=data["local"],
        source=data["source"],
    )
