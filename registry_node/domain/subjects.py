"""What a finding or an answer is about: an account, a class, a link, a registry, or all of it."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """`registry` is a code, empty for a link and for the whole ledger."""

    kind: str  # "account", "class", "link", "registry", "ledger"
    registry: str = ""
    name: str = ""  # 0x address, class symbol, CN_KR; of a registry and the ledger nothing

    def __str__(self) -> str:
        if self.kind == "class":
            return f"{self.registry}:{self.name}"
        return " ".join(part for part in (self.registry, self.name) if part) or "the whole ledger"


LEDGER = Subject("ledger")
