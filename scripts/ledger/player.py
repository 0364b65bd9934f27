"""Plays a story on a deployed ledger, each step signed by whoever it is up to.

Every step prints one line; what a report needs of it is kept as a fact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from brownie.network import web3

from scripts.ledger.deploy import Ledger
from scripts.ledger.programme import Desks, actor_name, steps
from scripts.story import LinkRow, StepRow

HEAD = ()
"""No serials named: whole blocks are taken, the largest first."""

NOTHING = bytes(32)
INITIAL = 0  # the kind of an operator's first allocation for a year

Fact = dict[str, Any]


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
    links: dict[str, tuple[int, LinkRow]] = field(default_factory=dict)  # by name: CN_KR
    liens: dict[tuple[str, str], int] = field(default_factory=dict)  # latest, by registry, account
    done: list[Fact] = field(default_factory=list)
    quotes: list[Fact] = field(default_factory=list)
    refused: list[Fact] = field(default_factory=list)
    trace_unit: str | None = None

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

    def address(self, step: StepRow, name: str) -> str:
        """Of an account in the step's registry, system accounts too."""
        return self.ledger.addresses[step.registry, name]

    def decide(self, code: str, contract: str, function: str, *arguments: Any) -> Decision:
        """A sensitive step: one person proposes it, another approves and executes it."""
        desk = self.ledger.desks[code].proposals
        target = self._contract(code, contract)
        data = getattr(target, function).encode_input(*arguments)
        names = steps(code)[contract][function].people(arguments)
        proposer, approver = (actor_name(code, name) for name in names)
        made = desk.propose(target, data, NOTHING, self.ledger.actor(proposer))
        proposal = made.events["ProposalMade"]["id"]
        read = desk.hashOf(target, data, NOTHING)
        desk.approve(proposal, read, self.ledger.actor(approver))
        receipt = desk.execute(proposal, data, NOTHING, self.ledger.actor(approver))
        return Decision(receipt, proposal, proposer, approver)

    def _contract(self, code: str, name: str) -> Any:
        if name == "gateway":
            return self.ledger.gateway
        if name == "registry":
            return self.ledger.registries[code]
        if name == "authority":
            return self.ledger.authorities[code]
        return getattr(self.ledger.desks[code], name)


def amount(step: StepRow) -> str:
    return f"{step.quantity:,} t of {step.symbol}"


def hash_of(text: str) -> Any:
    """What stands on the ledger for a document that is kept elsewhere."""
    return web3.keccak(text=text)
