"""Plays a story on a deployed ledger, each step signed by whoever it is up to.

Every step prints one line; what a report needs of it is kept as a fact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from brownie.network import chain, web3

from registry_node.domain.words import AccountKind
from scripts.ledger.deploy import Ledger, text32
from scripts.story import AccountRow, ClassRow, LinkRow, StepRow

HEAD = ()
"""No serials named: units are taken from the head of the sender's list."""

Fact = dict[str, Any]

_DAY = 86_400
_NO_TERMS = (0,) * 10  # a direction that an agreement does not have


@dataclass
class Player:
    """Plays a story and collects its facts."""

    ledger: Ledger
    say: Callable[[str], None]
    links: dict[tuple[str, str], tuple[int, LinkRow]] = field(default_factory=dict)
    steps: list[Fact] = field(default_factory=list)
    quotes: list[Fact] = field(default_factory=list)
    refused: list[Fact] = field(default_factory=list)
    trace_unit: str | None = None

    def prepare(self) -> None:
        """Open the accounts, define the classes, agree on the links."""
        for account in self.ledger.story.accounts:
            self._open(account)
        for unit_class in self.ledger.story.classes:
            self._define(unit_class)
        agreements: dict[str, list[LinkRow]] = {}
        for row in self.ledger.story.links:
            agreements.setdefault(row.agreement, []).append(row)
        for there, *back in agreements.values():
            self._agree(there, back[0] if back else None)

    def facts(self) -> Fact:
        return {
            "steps": self.steps,
            "quotes": self.quotes,
            "refused": self.refused,
            "trace_unit": self.trace_unit,
        }

    def note(self, step: StepRow, receipt: Any, line: str, **more: Any) -> None:
        """Print a step that was done, and keep it."""
        self.steps.append(
            {
                "chapter": step.chapter,
                "verb": step.verb,
                "registry": step.registry,
                "account": step.account,
                "symbol": step.symbol,
                "quantity": step.quantity,
                "to": step.to,
                "transaction": receipt.txid,
                "block": receipt.block_number,
                "text": line,
                "citation": step.source,
                **more,
            }
        )
        self.say(f"   {line} (block {receipt.block_number})")

    def registry(self, step: StepRow) -> Any:
        return self.ledger.registries[step.registry]

    # ---- before the first step ------------------------------------------------------------

    def _open(self, row: AccountRow) -> None:
        registry = self.ledger.registries[row.registry]
        by = self.ledger.role(row.registry, "account-administrator")
        if row.kind is AccountKind.SYSTEM:
            registry.openSystemAccount(text32(row.name), by)
        else:
            address = self.ledger.actors[row.name]
            registry.openAccount(address, row.kind, web3.keccak(text=row.label), by)

    def _define(self, row: ClassRow) -> None:
        spec = (
            row.unit_type,
            row.vintage,
            row.period_first,
            row.period_last,
            row.cap,
            *(text32(word) for word in (row.project, row.category, row.region)),
        )
        by = self.ledger.role(row.registry, "issuer")
        self.ledger.registries[row.registry].defineClass(text32(row.symbol), spec, by)

    def _agree(self, there: LinkRow, back: LinkRow | None) -> None:
        """One side's link administrator proposes, the other's accepts the same terms."""
        gateway = self.ledger.gateway
        first, second = there.source_registry, there.destination_registry
        terms = (_terms_of(there), _terms_of(back) if back else _NO_TERMS)
        proposal = gateway.proposeAgreement(
            self.ledger.registries[first],
            self.ledger.registries[second],
            *terms,
            self.ledger.role(first, "link-administrator"),
        )
        agreement = proposal.events["AgreementProposed"]["agreementId"]
        acceptor = self.ledger.role(second, "link-administrator")
        acceptance = gateway.acceptAgreement(agreement, *terms, acceptor)
        self.links[first, second] = (2 * agreement, there)
        if back:
            self.links[second, first] = (2 * agreement + 1, back)
        for row in (there, back) if back else (there,):
            self.say(
                f"   {row.source_registry} -> {row.destination_registry} at {row.rate}, "
                f"import quota {row.quota:,} t in {row.period_days} days "
                f"(block {acceptance.block_number})"
            )


def amount(step: StepRow) -> str:
    return f"{step.quantity:,} t of {step.symbol}"


def _terms_of(row: LinkRow) -> tuple[int, ...]:
    """Terms as the contracts take them, in force from now on."""
    now = chain[-1].timestamp
    return (
        row.rate.numerator,
        row.rate.denominator,
        row.quota,
        now,
        now + row.valid_days * _DAY,
        now,
        row.period_days * _DAY,
        row.unit_types,
        row.vintage_first,
        row.vintage_last,
    )
