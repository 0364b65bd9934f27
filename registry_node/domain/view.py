"""Who asks, as far as the answer depends on it: what an asker may see of the registries.

A view is part of the question, like the height: queries narrow themselves to it in SQL, before
paging, so that neither a page's length nor a cursor tells what it leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from registry_node.domain.errors import Forbidden


@dataclass(frozen=True, slots=True)
class View:
    """Everything; or all of some programmes, and some accounts of others; or, with neither, only
    what is public.

    `programmes` are registry codes, `accounts` pairs of a registry code and 20 bytes of address.
    `traces`: whether units may be followed at all.
    """

    everything: bool = False
    programmes: tuple[str, ...] = ()
    accounts: tuple[tuple[str, bytes], ...] = ()
    traces: bool = True

    def sees(self, registry: str, *parties: bytes | None) -> bool:
        """Whether something of a registry that concerns these accounts there is open."""
        if self.everything or registry in self.programmes:
            return True
        return any((registry, party) in self.accounts for party in parties)

    def require(self, registry: str | None, address: bytes | None = None) -> None:
        """Raises `Forbidden` when what is asked for by name is somebody else's.

        Lists are narrowed where nothing is named. Where something is, an empty list would be a
        wrong answer; a refusal is a right one, and the same whether or not the account exists.
        """
        if self.everything or (registry is not None and registry in self.programmes):
            return
        if address is not None and registry is None and self.programmes:
            return
        mine = [
            (code, own)
            for code, own in self.accounts
            if registry in {None, code} and address in {None, own}
        ]
        if mine or (registry is None and address is None):
            return
        subject = f"Registry {registry}" if address is None else "This account"
        raise Forbidden(
            f"{subject} is not open to whoever asks.",
            "A holder's token opens its own accounts, an authority's its programme.",
        )

    def require_programme(self, registry: str) -> None:
        """Raises `Forbidden` unless the whole programme is seen."""
        if not (self.everything or registry in self.programmes):
            raise Forbidden(
                f"What registry {registry} decides is not open to whoever asks.",
                "It is its authority's, and auditors'.",
            )

    def clause(self, *parties: tuple[str, str | None]) -> str:
        """The condition, as ` AND (...)`, under which a row is seen; empty for everything.

        Each party is a condition on the registry with {} for its code, and the column of an
        address in it, or None when rows are open to the whole programme only.
        """
        if self.everything:
            return ""
        parts = []
        for registry, column in parties:
            parts += [registry.format(f":sees_programme_{i}") for i in range(len(self.programmes))]
            if column is not None:
                parts += [
                    f"({registry.format(f':sees_registry_{i}')} AND {column} = :sees_account_{i})"
                    for i in range(len(self.accounts))
                ]
        return f" AND ({' OR '.join(parts)})" if parts else " AND 1 = 0"

    @property
    def bound(self) -> dict[str, Any]:
        """The parameters that `clause` names."""
        if self.everything:
            return {}
        found: dict[str, Any] = {
            f"sees_programme_{i}": code for i, code in enumerate(self.programmes)
        }
        for i, (code, address) in enumerate(self.accounts):
            found[f"sees_registry_{i}"] = code
            found[f"sees_account_{i}"] = address
        return found

    @property
    def addresses(self) -> tuple[bytes, ...]:
        """The accounts' addresses when they are all that is seen; else none."""
        if self.everything or self.programmes:
            return ()
        return tuple(sorted({address for _, address in self.accounts}))

    @property
    def tag(self) -> str:
        """Tells views apart, for an ETag: what one asker has stored is no answer for another."""
        if self.everything:
            return ""
        text = repr((sorted(self.programmes), sorted(self.accounts), self.traces))
        return sha256(text.encode()).hexdigest()[:12]


EVERYTHING = View(everything=True)
PUBLIC = View()
