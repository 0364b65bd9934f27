"""Who acts in the contract tests, and the ledger they act on.

Three programmes, CN, KR and JP, each with its authority and registry, and one link gateway. Every
role is held by another person; every account holder has an account of the same kind in all three.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from scripts.bench.evm import Chain, Contract, Receipt, text32
from tests.contracts.words import Kind, Role, Status, class_id, class_spec

FILE = text32("file")
DECISION = text32("decision")
CEA = class_id("CEA-2025")
KAU = class_id("KAU-2025")
JPE = class_id("JPE-2025")
CCER = class_id("CCER-2025")
FOREIGN_CEA = class_id("CN.CEA-2025")
FOREIGN_KAU = class_id("KR.KAU-2025")

YEAR = 365 * 86400
SYMBOLS = {"CN": "CEA-2025", "KR": "KAU-2025", "JP": "JPE-2025"}

# The people of the tests, in the order of the chain's accounts.
PEOPLE = (
    "root",  # grants roles, holds none
    "registrar",  # account administrator
    "issuer",
    "allocator",
    "officer",  # compliance officer
    "verifier",
    "guardian",
    "link_cn",  # link administrators, one a programme
    "link_kr",
    "link_jp",
    "state",  # a state authority's account
    "alice",  # operators
    "bob",
    "erin",
    "carol",  # a participant
    "dave",  # a trading institution
    "broker",  # has no account; acts with approvals
    "stranger",  # has nothing
)
HOLDERS = {
    "state": Kind.STATE_AUTHORITY,
    "alice": Kind.OPERATOR,
    "bob": Kind.OPERATOR,
    "erin": Kind.OPERATOR,
    "carol": Kind.PARTICIPANT,
    "dave": Kind.TRADING_INSTITUTION,
}
ROLES = {
    "registrar": Role.ACCOUNT_ADMINISTRATOR,
    "issuer": Role.ISSUER,
    "allocator": Role.ALLOCATOR,
    "officer": Role.COMPLIANCE_OFFICER,
    "verifier": Role.VERIFIER,
    "guardian": Role.GUARDIAN,
}


@dataclass(frozen=True)
class Programme:
    """One programme's contracts."""

    code: str
    authority: Contract
    registry: Contract
    link_administrator: str
    allowance: int  # the class that every test may use


class World:
    """The ledger and its people; `world.alice` is Alice's address."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._nonce = count(1)
        for name, address in zip(PEOPLE, chain.accounts, strict=False):
            setattr(self, name, address)
        self.gateway = chain.deploy("LinkGateway")
        self.CN = self._programme("CN")
        self.KR = self._programme("KR")
        self.JP = self._programme("JP")
        self.programmes = (self.CN, self.KR, self.JP)
        self.cn, self.kr, self.jp = (p.registry for p in self.programmes)
        self.start = chain.time

    def __getattr__(self, name: str) -> str:
        raise AttributeError(f"nobody here is called {name}")

    def _programme(self, code: str) -> Programme:
        authority = self.chain.deploy("ProgrammeAuthority", self.root)
        registry = self.chain.deploy("UnitRegistry", text32(code), authority)
        link_administrator = getattr(self, f"link_{code.lower()}")
        authority.adoptRegistry(registry, by=self.root)
        authority.adoptGateway(self.gateway, by=self.root)
        for name, role in ROLES.items():
            authority.grantRole(role, getattr(self, name), 0, by=self.root)
        authority.grantRole(Role.LINK_ADMINISTRATOR, link_administrator, 0, by=self.root)
        for name, kind in HOLDERS.items():
            registry.openAccount(getattr(self, name), kind, FILE, by=self.registrar)
        symbol = SYMBOLS[code]
        registry.defineClass(text32(symbol), class_spec(), by=self.issuer)
        return Programme(code, authority, registry, link_administrator, class_id(symbol))

    # ---- everyday steps -------------------------------------------------------------------

    def give(self, registry: Contract, account: str, unit_class: int, quantity: int) -> int:
        """Issue one block to an account, by way of the state authority, and return its first."""
        receipt = registry.issue(unit_class, self.state, quantity, DECISION, by=self.issuer)
        first: int = receipt.event("UnitsIssued").first
        if account != self.state:
            move = [(first, 0, first, quantity)]
            registry.transferUnits(self.state, account, unit_class, move, by=self.state)
        return first

    def define(self, registry: Contract, symbol: str, **spec: object) -> int:
        """Define a class and return its token id."""
        registry.defineClass(text32(symbol), class_spec(**spec), by=self.issuer)  # type: ignore[arg-type]
        return class_id(symbol)

    def verify(self, registry: Contract, unit_class: int, quantity: int) -> bytes:
        """Record a verification report of that many credits and return its hash."""
        report = text32(f"report {next(self._nonce)}")
        registry.recordVerification(report, unit_class, quantity, by=self.verifier)
        return report

    def credits(self, registry: Contract, account: str, unit_class: int, quantity: int) -> int:
        """Verify and issue credits to an account. Returns the first serial."""
        report = self.verify(registry, unit_class, quantity)
        receipt = registry.issue(unit_class, account, quantity, report, by=self.issuer)
        return int(receipt.event("UnitsIssued").first)

    def set_status(self, registry: Contract, account: str, status: Status) -> None:
        if registry.accountOf(account).status != status:
            registry.setAccountStatus(account, status, by=self.registrar)

    # ---- links ----------------------------------------------------------------------------

    def terms(
        self,
        rate: tuple[int, int],
        *,
        quota: int = 10**9,
        since: int | None = None,
        until: int | None = None,
        period: int = YEAR,
        period_start: int | None = None,
        unit_types: int = 0b110,
        vintages: tuple[int, int] = (2000, 2100),
    ) -> tuple[int, ...]:
        since = self.start - 1000 if since is None else since
        until = self.start + 10 * YEAR if until is None else until
        period_start = since if period_start is None else period_start
        return (*rate, quota, since, until, period_start, period, unit_types, *vintages)

    ABSENT = (0,) * 10

    def agree(
        self,
        first: Programme,
        second: Programme,
        forward: tuple[int, ...],
        backward: tuple[int, ...] = ABSENT,
    ) -> tuple[int, int]:
        """An agreement in force. Returns its two links."""
        self.gateway.proposeAgreement(
            first.registry, second.registry, forward, backward, by=first.link_administrator
        )
        agreement = self.gateway.agreementCount()
        self.gateway.acceptAgreement(agreement, forward, backward, by=second.link_administrator)
        return 2 * agreement, 2 * agreement + 1

    def amend(
        self, link: int, proposer: Programme, accepter: Programme, terms: tuple[int, ...]
    ) -> int:
        """New terms in force for a link. Returns their version."""
        self.gateway.proposeTerms(link, terms, by=proposer.link_administrator)
        version = self.gateway.linkOf(link).version + 1
        self.gateway.acceptTerms(link, version, terms, by=accepter.link_administrator)
        return int(version)

    def cross(
        self,
        link: int,
        sender: str,
        unit_class: int,
        quantity: int,
        recipient: str,
        refs: tuple[tuple[int, int, int, int], ...] | list[tuple[int, int, int, int]] = (),
        *,
        accepted: int = 0,
        version: int | None = None,
    ) -> Receipt:
        """Send units over a link under the terms in force."""
        if version is None:
            version = self.gateway.linkOf(link).version
        request = (link, version, unit_class, quantity, accepted, recipient)
        return self.gateway.transfer(request, list(refs), by=sender)  # type: ignore[no-any-return]
