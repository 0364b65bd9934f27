"""A programme for benchmarks: every contract as it is deployed, every role in one hand.

Nobody would run a registry so. What two people decide is sent in the name of the proposal desk, as
only a development chain lets anybody do, because the gas of the verb is asked for and not that of
the decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from scripts.bench.editions import DESKS, Editions
from scripts.bench.evm import Contract, Receipt, text32
from scripts.ledger.programme import ORDERED_BY

EVIDENCE = text32("decision")
STATE_AUTHORITY, OPERATOR, TRADING_INSTITUTION, PARTICIPANT = 1, 3, 4, 5
INITIAL, ADJUSTMENT = 0, 1  # kinds of allocation
YEAR = 2025
REQUEST_LIFETIME = 7 * 86_400
NO_TERMS = (*(0,) * 5, False, False, False, *(0,) * 3, (), *(0,) * 3, bytes(32), ())
"""The missing direction of a one-way agreement."""

# Of people: 1 account administrator, 2 issuer, 3 allocator, 4 officer, 5 verifier, 6 link
# administrator, 7 guardian, 9 council.
_PEOPLE = (1, 2, 3, 4, 5, 6, 7, 9)
_POOL = text32("allocation")


class Programme:
    """One registry with its desks.

    `root` has every role of people, and the deployer's rights for ever; `desk` is the proposal
    desk, in whose name two people decide.
    """

    def __init__(self, code: str, gateway: Contract, editions: Editions) -> None:
        self.chain = chain = editions.chain
        self.code, self.root, self.gateway = code, chain.accounts[0], gateway
        self._decisions = count(1)
        self.authority = chain.deploy("ProgrammeAuthority", self.root)
        self.registry = editions.registry(code, self.authority)
        pair = (self.authority, self.registry)
        self.proposals, self.issuance, self.compliance, self.liens, self.holders = (
            editions.desk(name, *pair) for name in DESKS
        )
        self.desk = self.proposals.address
        chain.rpc("anvil_setBalance", self.desk, hex(10**24))
        chain.rpc("anvil_impersonateAccount", self.desk)
        self._tie()
        rules = (chain.time + 10 * 365 * 86_400, 0, 0, 2**16 - 1, 86_400, 0, 0, 1, 0, False)
        self.compliance.defineYear(YEAR, rules, (), by=self.desk)
        self.registry.openSystemAccount(_POOL, 0, by=self.root)
        self.pool = str(self.registry.systemAccount(_POOL))

    def _tie(self) -> None:
        root, registry = self.root, self.registry
        for number, desk in ORDERED_BY.items():
            registry.setDesk(number, getattr(self, desk), by=root)
        registry.setHolderDesk(self.holders, by=root)
        self.holders.setSettings((0, 0, REQUEST_LIFETIME, 0, 0), by=root)
        self.issuance.setReversalWindow(86_400, by=root)
        desks = (self.proposals, self.issuance, self.compliance, self.liens, self.holders)
        self.authority.adoptProgramme((registry, *desks), by=root)
        self.authority.adoptGateway(self.gateway, by=root)
        for role in _PEOPLE:
            self.authority.grantRole(role, root, 0, by=root)

    def join(self, sponsor: Programme) -> None:
        """Become a member of the gateway; the first one is its own sponsor."""
        self.gateway.admit(sponsor.registry, self.registry, text32(self.code), by=sponsor.desk)

    def open(self, account: str, kind: int = OPERATOR) -> None:
        if kind in (OPERATOR, PARTICIPANT):
            self.registry.openAccount(account, kind, EVIDENCE, 0, by=self.root)
        else:
            self.registry.openOfficialAccount(account, kind, EVIDENCE, 0, by=self.desk)

    def define(self, symbol: str) -> int:
        """A class of allowances, with room for ten thousand million tonnes."""
        spec = (1, YEAR, YEAR, YEAR, 10**10, ())
        self.registry.defineClass(text32(symbol), spec, by=self.desk)
        return int.from_bytes(text32(symbol), "big")

    def decision(self) -> bytes:
        """Another decision or sale: each is used once."""
        return text32(f"{self.code} decision {next(self._decisions)}")

    def issue(self, unit_class: int, quantity: int) -> Receipt:
        """Allowances into the pool."""
        order = (unit_class, self.pool, quantity, self.decision())
        receipt: Receipt = self.issuance.issue(*order, by=self.desk)
        return receipt

    def give(self, account: str, unit_class: int, quantity: int) -> None:
        """Issue a block and sell it to an account."""
        self.issue(unit_class, quantity)
        sale = (self.pool, account, quantity, self.decision(), ())
        self.issuance.deliver(0, unit_class, *sale, by=self.desk)

    def entitle(self, accounts: Sequence[str], unit_class: int, quantity: int) -> Receipt:
        """Entitle operators that had no such entitlement, each to as much; 256 at most."""
        changes = [(account, YEAR, INITIAL, unit_class, 0, quantity) for account in accounts]
        receipt: Receipt = self.issuance.entitle(0, changes, by=self.desk)
        return receipt


def agree(first: Programme, second: Programme, terms: tuple[object, ...]) -> int:
    """A one-way agreement in force, whose units cross at these terms. Returns the link's number."""
    gateway = first.gateway
    consent = _consent(gateway, second)
    gateway.proposeAgreement(first.registry, consent, terms, NO_TERMS, by=first.desk)
    agreement = int(gateway.agreementCount())
    consent = _consent(gateway, first)
    gateway.acceptAgreement(agreement, consent, terms, NO_TERMS, by=second.desk)
    return 2 * agreement


def terms_of(
    now: int, rate: tuple[int, int], *, quota: int = 10**10, freezes: bool = False
) -> tuple[object, ...]:
    """Terms for allowances of any vintage, for thirty years: one quota for all of them."""
    until = now + 10**9
    limit = (quota, 0, 0, False, False, freezes, 0)  # share, its class; net, fresh; notice
    return (*rate, *limit, now, until, (until,), 0b10, 2000, 2100, bytes(32), ())


def _consent(gateway: Contract, p: Programme) -> tuple[object, ...]:
    return (p.registry, text32(p.code), gateway.editionOf(p.registry))
