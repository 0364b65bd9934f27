"""A programme for benchmarks: every contract as it is deployed, every role in one hand.

Nobody would run a registry so. What two people decide is called directly here, because the gas of
the verb is asked for and not that of the decision, which is measured on its own.
"""

from __future__ import annotations

from scripts.bench.evm import Chain, Contract, text32
from scripts.ledger.programme import ORDERED_BY

EVIDENCE = text32("decision")
STATE_AUTHORITY, OPERATOR, TRADING_INSTITUTION = 1, 3, 4
YEAR = 2025
REQUEST_LIFETIME = 7 * 86_400

_HOLDERS_OF_ALL_ROLES = (1, 2, 3, 4, 5, 6, 7, 9, 11)  # 11: what the proposal desk may call


class Programme:
    """One registry with its desks; `root` has every role."""

    def __init__(self, chain: Chain, code: str, gateway: Contract, root: str) -> None:
        self.chain, self.root = chain, root
        self.authority = chain.deploy("ProgrammeAuthority", root)
        self.registry = chain.deploy("UnitRegistry", text32(code), self.authority)
        pair = (self.authority, self.registry)
        self.proposals = chain.deploy("ProposalDesk", self.authority)
        self.compliance = chain.deploy("ComplianceDesk", *pair)
        self.issuance = chain.deploy("IssuanceDesk", *pair, self.compliance)
        self.liens = chain.deploy("LienDesk", *pair)
        self.holders = chain.deploy("HolderDesk", *pair)
        self._tie(gateway)
        rules = (chain.time + 10 * 365 * 86_400, 0, 2**16 - 1, 86_400, 1, 0, False)
        self.compliance.defineYear(YEAR, rules, [], by=root)

    def _tie(self, gateway: Contract) -> None:
        root, registry = self.root, self.registry
        for number, desk in ORDERED_BY.items():
            registry.setDesk(number, getattr(self, desk), by=root)
        registry.setHolderDesk(self.holders, by=root)
        self.holders.setSettings((0, 0, REQUEST_LIFETIME, 0), by=root)
        self.issuance.setReversalWindow(86_400, by=root)
        desks = (self.proposals, self.issuance, self.compliance, self.liens, self.holders)
        self.authority.adoptProgramme((registry, *desks), by=root)
        self.authority.adoptGateway(gateway, by=root)
        for role in _HOLDERS_OF_ALL_ROLES:
            self.authority.grantRole(role, root, 0, by=root)

    def open(self, account: str, kind: int = OPERATOR) -> None:
        self.registry.openAccount(account, kind, EVIDENCE, by=self.root)

    def define(self, symbol: str) -> int:
        """A class of allowances, with room for ten thousand million tonnes."""
        spec = (1, YEAR, YEAR, YEAR, 10**10, *[b"\0" * 32] * 3)
        self.registry.defineClass(text32(symbol), spec, by=self.root)
        return int.from_bytes(text32(symbol), "big")
