"""What a verification found: each link that was checked, and what the result still rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from registry_node.attest.strict import Malformed

Result = TypeVar("Result")

FAILED = 7
"""The command's exit code when a link fails."""


@dataclass(frozen=True, slots=True)
class Check:
    """One link. `part` names the part of the file that it is about."""

    part: str
    holds: bool
    detail: str


@dataclass(slots=True)
class Report:
    """Every link is checked, also after one has failed."""

    checks: list[Check] = field(default_factory=list)
    rests_on: list[str] = field(default_factory=list)
    """What the reader takes from elsewhere, or on the signer's word."""
    not_shown: list[str] = field(default_factory=list)
    """What the file says or suggests and cannot show."""
    statement: dict[str, Any] = field(default_factory=dict)
    """The payload, when it could be read."""
    vouched: bool = False
    """Whether something from outside the file vouches for it: a known key, a trusted header."""

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    @property
    def verdict(self) -> str:
        """verified, consistent (nothing outside the file vouches for it) or failed."""
        if not self.holds:
            return "failed"
        return "verified" if self.vouched else "consistent"

    @property
    def failed(self) -> list[Check]:
        return [check for check in self.checks if not check.holds]

    def good(self, part: str, detail: str) -> None:
        self.checks.append(Check(part, True, detail))

    def bad(self, part: str, detail: str) -> None:
        self.checks.append(Check(part, False, detail))

    def check(self, holds: bool, part: str, good: str, bad: str) -> bool:
        self.checks.append(Check(part, holds, good if holds else bad))
        return holds

    @contextmanager
    def reading(self, part: str) -> Iterator[None]:
        """A `Malformed` inside is a failure of `part`, and ends the block only."""
        try:
            yield
        except Malformed as error:
            self.bad(part, f"{error}")

    def read(self, part: str, reader: Callable[[Any], Result], value: Any) -> Result | None:
        """What `reader` makes of a value; None, and a failure of `part`, when it is malformed."""
        try:
            return reader(value)
        except Malformed as error:
            self.bad(part, f"{error}")
            return None

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "checks": [asdict(check) for check in self.checks],
            "failed": [check.part for check in self.failed],
            "rests_on": self.rests_on,
            "not_shown": self.not_shown,
            "statement": self.statement,
        }
