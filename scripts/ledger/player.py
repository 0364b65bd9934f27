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
from scripts.ledger.programme import Desks, actor_name, steps
from scripts.story import AccountRow, ClassRow, LinkRow, StepRow, YearRow

HEAD = ()
"""No serials named: units are taken from the head of the sender's list."""

Fact = dict[str, Any]

_DAY = 86_400
_ANY = bytes(32)  # category or region
_BANK_ALL = 0  # allowances of every earlier vintage count
_VERIFIED = 1  # a limit's base: the confirmed emissions of the year
# A direction that an agreement does not have.
_NO_TERMS: tuple[Any, ...] = (0, 0, 0, 0, 0, False, *(0,) * 8, (), ())


@dataclass(frozen=True)
class Decision:
    """A sensitive step that two people took."""

    receipt: Any  # of the execution
    proposal: int
    proposer: str
    approver: str

    @property
    def by(self) -> str:
        return f"{self.proposer} proposes, {self.approver} approves"


@dataclass
class Player:
    """Plays a story and collects its facts."""

    ledger: Ledger
    say: Callable[[str], None]
    links: dict[tuple[str, str], tuple[int, LinkRow]] = field(default_factory=dict)
    done: list[Fact] = field(default_factory=list)
    quotes: list[Fact] = field(default_factory=list)
    refused: list[Fact] = field(default_factory=list)
    trace_unit: str | None = None

    def prepare(self) -> None:
        """Open the accounts, define the classes, agree on the links."""
        for account in self.ledger.story.accounts:
            self._open(account)
        for unit_class in self.ledger.story.classes:
            self._define(unit_class)
        for year in self.ledger.story.years:
            self._define_year(year)
        agreements: dict[str, list[LinkRow]] = {}
        for row in self.ledger.story.links:
            agreements.setdefault(row.agreement, []).append(row)
        for there, *back in agreements.values():
            self._agree(there, back[0] if back else None)

    def facts(self) -> Fact:
        return {
            "steps": self.done,
            "quotes": self.quotes,
            "refused": self.refused,
            "trace_unit": self.trace_unit,
        }

    def note(self, step: StepRow, receipt: Any, line: str, **more: Any) -> None:
        """Print a step that was done, and keep it."""
        self.done.append(
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

    def desks(self, step: StepRow) -> Desks:
        return self.ledger.desks[step.registry]

    def decide(self, code: str, contract: str, function: str, *arguments: Any) -> Decision:
        """A sensitive step: one person proposes it, another approves and executes it."""
        desk = self.ledger.desks[code].proposals
        target = self._contract(code, contract)
        step = steps(code)[contract][function]
        data = getattr(target, function).encode_input(*arguments)
        proposer, approver = actor_name(code, step.proposer), actor_name(code, step.approver)
        made = desk.propose(target, data, self.ledger.actor(proposer))
        proposal = made.events["ProposalMade"]["id"]
        desk.approve(proposal, web3.keccak(hexstr=data), self.ledger.actor(approver))
        receipt = desk.execute(proposal, self.ledger.actor(approver))
        return Decision(receipt, proposal, proposer, approver)

    def _contract(self, code: str, name: str) -> Any:
        if name == "gateway":
            return self.ledger.gateway
        if name == "registry":
            return self.ledger.registries[code]
        return getattr(self.ledger.desks[code], name)

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
        self.decide(row.registry, "registry", "defineClass", text32(row.symbol), spec)

    def _define_year(self, row: YearRow) -> None:
        """A compliance year with its deadline and limits, as two officers set it."""
        deadline = chain[-1].timestamp + row.deadline_days * _DAY
        rules = (
            deadline,
            row.first_vintage,
            row.last_vintage,
            row.reversal_days * _DAY,
            row.deduction_multiple,
            _BANK_ALL,
            False,  # not closed
        )
        limits = [
            (_VERIFIED, row.limit_basis_points, 0, 0, row.limit_types, _ANY, _ANY, False)
            for _ in range(1 if row.limit_types else 0)
        ]
        done = self.decide(row.registry, "compliance", "defineYear", row.year, rules, limits)
        self.say(f"   {row.registry} opens the compliance year {row.year}; {done.by}")

    def _agree(self, there: LinkRow, back: LinkRow | None) -> None:
        """Two link administrators of one side propose, two of the other accept the same terms."""
        first, second = there.source_registry, there.destination_registry
        terms = (_terms_of(there), _terms_of(back) if back else _NO_TERMS)
        sides = (self.ledger.registries[first].address, self.ledger.registries[second].address)
        proposal = self.decide(first, "gateway", "proposeAgreement", *sides, *terms)
        agreement = proposal.receipt.events["AgreementProposed"]["agreementId"]
        acceptance = self.decide(second, "gateway", "acceptAgreement", agreement, *terms)
        self.links[first, second] = (2 * agreement, there)
        if back:
            self.links[second, first] = (2 * agreement + 1, back)
        for row in (there, back) if back else (there,):
            self.say(
                f"   {row.source_registry} -> {row.destination_registry} at {row.rate}, "
                f"import quota {row.quota:,} t in {row.period_days} days "
                f"(block {acceptance.receipt.block_number}); {proposal.by}; {acceptance.by}"
            )


def amount(step: StepRow) -> str:
    return f"{step.quantity:,} t of {step.symbol}"


def _terms_of(row: LinkRow) -> tuple[Any, ...]:
    """Terms as the contracts take them, in force from now on."""
    now = chain[-1].timestamp
    return (
        row.rate.numerator,
        row.rate.denominator,
        row.quota,
        0,  # the quota is no share of a cap
        0,
        False,  # gross: what comes home gives no quota back
        0,  # notice
        now,
        now + row.valid_days * _DAY,
        now,
        row.period_days * _DAY,
        row.unit_types,
        row.vintage_first,
        row.vintage_last,
        (),
        (),
    )
