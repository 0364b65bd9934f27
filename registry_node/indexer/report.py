"""What a comparison of mirror and ledger found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be."""

    kind: str  # "balance", "block", ... or "invariant 1"
    subject: str  # what it is about, e.g. "CN:CEA-2025 0x12..."
    mirror: str
    ledger: str  # of an invariant: what must hold

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: mirror {self.mirror}, ledger {self.ledger}"


@dataclass(slots=True)
class Report:
    """The comparison at one ledger block."""

    height: int
    block_hash: bytes
    digest: bytes
    compared: Counter[str] = field(default_factory=Counter)  # things compared, by kind
    differences: list[Difference] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.differences

    def compare(self, kind: str, subject: str, mirror: object, ledger: object) -> None:
        """Count a comparison, and keep it when the two differ."""
        self.compared[kind] += 1
        if mirror != ledger:
            self.differences.append(Difference(kind, subject, _text(mirror), _text(ledger)))


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_text, value))})"
    return str(value)
