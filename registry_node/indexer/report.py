"""What a comparison of mirror and ledger found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from registry_node.domain.subjects import Subject


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be."""

    kind: str  # "balance", "block", ... or "invariant 1"
    subject: str  # what it is about, e.g. "CN:CEA-2025 0x12..."
    mirror: str
    ledger: str  # of an invariant: what must hold
    block: int | None = None  # the lowest ledger block from which it is wrong, where that is known
    concerns: tuple[Subject, ...] = ()  # whom it is about

    def to_json(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "subject": self.subject,
            "mirror": self.mirror,
            "ledger": self.ledger,
            "block": self.block,
            "concerns": [str(subject) for subject in self.concerns],
        }

    def __str__(self) -> str:
        since = "" if self.block is None else f" (ledger block {self.block})"
        return f"{self.kind} {self.subject}{since}: mirror {self.mirror}, ledger {self.ledger}"


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

    @property
    def first_block(self) -> int | None:
        """The lowest ledger block from which something is wrong, where that is known."""
        return min((d.block for d in self.differences if d.block is not None), default=None)

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
