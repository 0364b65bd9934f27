"""Who acts in the contract tests, and the ledger they act on.

Three programmes, CN, KR and JP, each with its authority, registry and desks, and one link gateway.
Every role is held by another person; every account holder has an account of the same kind in all
three.

What needs two people is written here as if one did it: `cn.issue(..., by=world.issuer)` proposes as
the issuer, has the deputy approve, and executes. Delays are zero. Tests about the two people speak
to `world.CN.proposals` themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from eth_utils.abi import function_abi_to_4byte_selector

from scripts.bench.editions import DESKS, Editions
from scripts.bench.evm import ZERO_ADDRESS, Chain, Contract, Receipt, text32
from tests.contracts.cast import HOLDERS, ORDERED_BY, PEOPLE, ROLES, STEPS
from tests.contracts.words import (
    NOTHING,
    Allocated,
    Banking,
    Kind,
    Role,
    Status,
    class_id,
    class_spec,
)

FILE = text32("file")
POOL = text32("allocation")
DECISION = text32("decision")
CEA = class_id("CEA-2025")
KAU = class_id("KAU-2025")
JPE = class_id("JPE-2025")
CCER = class_id("CCER-2025")
FOREIGN_CEA = class_id("CN.CEA-2025")
FOREIGN_KAU = class_id("KR.KAU-2025")

YEAR = 365 * 86400
LIFETIME = 7 * 86400  # of proposals and requests
WINDOW = 30 * 86400  # of reversals and corrections
SYMBOLS = {"CN": "CEA-2025", "KR": "KAU-2025", "JP": "JPE-2025"}


@dataclass(frozen=True)
class Programme:
    """One programme's contracts."""

    code: str
    authority: Contract
    registry: Contract
    proposals: Contract
    issuance: Contract
    compliance: Contract
    liens: Contract
    holders: Contract
    link_administrator: str
    allowance: int  # the class that every test may use


class World:
    """The ledger and its people; `world.alice` is Alice's address."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._nonce = count(1)
        self.pools: dict[str, str] = {}  # where new allowances begin, by registry
        for name, address in zip(PEOPLE, chain.accounts, strict=False):
            setattr(self, name, address)
        self.editions = Editions(chain)
        self.gateway = self.editions.gateway()
        self.CN = self._programme("CN")
        self.KR = self._programme("KR")
        self.JP = self._programme("JP")
        self.programmes = (self.CN, self.KR, self.JP)
        self.cn, self.kr, self.jp = (p.registry for p in self.programmes)
        self._hide_at_the_gateway()
        for p in self.programmes:
            sponsor = self.cn if p is not self.CN else p.registry
            self.gateway.admit(sponsor, p.registry, text32(p.code), by=self.link_cn)
        self.start = chain.time

    def __getattr__(self, name: str) -> str:
        raise AttributeError(f"nobody here is called {name}")

    def _programme(self, code: str) -> Programme:
        authority = self.chain.deploy("ProgrammeAuthority", self.root)
        registry = self.editions.registry(code, authority)
        proposals, issuance, compliance, liens, holders = (
            self.editions.desk(name, authority, registry) for name in DESKS
        )
        link_administrator = getattr(self, f"link_{code.lower()}")
        symbol = SYMBOLS[code]
        desks = (proposals, issuance, compliance, liens, holders)
        p = Programme(code, authority, registry, *desks, link_administrator, class_id(symbol))
        self._set_up(p)
        self._hide_the_second_person(p)
        for name, kind in HOLDERS.items():
            self.open(registry, getattr(self, name), kind)
        registry.openSystemAccount(POOL, 0, by=self.registrar)
        self.pools[registry.address] = registry.systemAccount(POOL)
        registry.defineClass(text32(symbol), class_spec(), by=self.issuer)
        end = self.chain.time + 1000 * YEAR
        rules = (end, 0, 0, 2**16 - 1, WINDOW, 0, 0, 1, Banking.ALL, False)
        compliance.defineYear(2025, rules, [], by=self.officer)
        return p

    def _set_up(self, p: Programme) -> None:
        """Everything that a deployer does before handing over to the proposal desk."""
        for number, desk in ORDERED_BY.items():
            p.registry.setDesk(number, getattr(p, desk), by=self.root)
        p.registry.setHolderDesk(p.holders, by=self.root)
        p.holders.setSettings((0, 0, LIFETIME, 0, 0), by=self.root)
        p.issuance.setReversalWindow(WINDOW, by=self.root)
        for target, name, role in self._steps(p):
            step = (role, role, 0, LIFETIME, 0)
            p.proposals.defineStep(target, selector(target, name), step, by=self.root)
        parts = (p.registry, p.proposals, p.issuance, p.compliance, p.liens, p.holders)
        p.authority.adoptProgramme(parts, by=self.root)
        p.authority.adoptGateway(self.gateway, by=self.root)
        for name, role in [*ROLES.items(), (f"link_{p.code.lower()}", Role.LINK_ADMINISTRATOR)]:
            p.authority.grantRole(role, getattr(self, name), 0, by=self.root)
            if role != Role.GUARDIAN:
                p.authority.grantRole(role, self.deputy, 0, by=self.root)
        p.authority.renounceRole(Role.ADMINISTRATOR, self.root, by=self.root)

    def _steps(self, p: Programme) -> Iterator[tuple[Contract, str, Role]]:
        """What two people of a programme decide: contract, function, the role of both."""
        for part, functions in STEPS.items():
            target = self.gateway if part == "gateway" else getattr(p, part)
            for name, role in functions.items():
                yield target, name, role

    # ---- the second person ----------------------------------------------------------------

    def decide(self, p: Programme, target: Contract, name: str, *args: Any, by: str) -> Receipt:
        """Propose as `by`, approve as the deputy, execute. The receipt is the execution's."""
        data = bytes.fromhex(target.data(name, *args)[2:])
        proposal = p.proposals.propose(target, data, NOTHING, by=by).event("ProposalMade").id
        p.proposals.approve(proposal, p.proposals.hashOf(target, data, NOTHING), by=self.deputy)
        return p.proposals.execute(proposal, data, NOTHING, by=by)  # type: ignore[no-any-return]

    def _hide_the_second_person(self, p: Programme) -> None:
        for target, name, _ in self._steps(p):
            if target is not self.gateway:
                setattr(target, name, partial(self.decide, p, target, name))
        # Short cuts: what the registry of a programme without desks would do itself, in 2025.
        registry, desk = p.registry, p.issuance
        registry.issue = desk.issue
        registry.recordVerification = desk.recordVerification
        registry.verificationOf = desk.verificationOf
        registry.surrender = lambda account, unit_class, quantity, refs, year, *, by: (
            p.compliance.surrender(account, year, unit_class, quantity, refs, by=by)
        )

    def _hide_at_the_gateway(self) -> None:
        """Whoever calls decides with the deputy, in the programme that the caller speaks for."""
        gateway, home = self.gateway, {p.link_administrator: p for p in self.programmes}

        def decide(name: str, *args: Any, by: str) -> Receipt:
            return self.decide(home.get(by, self.CN), gateway, name, *args, by=by)

        def return_units(*args: Any, by: str) -> Receipt:
            """The caller's own units, unless an account is named."""
            account = () if len(args) == 7 else (by,)
            return returns(*account, *args, by=by)  # type: ignore[no-any-return]

        for name in STEPS["gateway"]:
            setattr(gateway, name, partial(decide, name))
        quoted = gateway.quote
        gateway.quote = lambda link, unit_class, quantity, sender=ZERO_ADDRESS, to=ZERO_ADDRESS: (
            quoted(link, unit_class, quantity, sender, to)
        )
        returns = gateway.returnUnits
        gateway.returnUnits = return_units

    # ---- everyday steps -------------------------------------------------------------------

    def open(
        self, registry: Contract, account: str, kind: Kind = Kind.OPERATOR, province: int = 0
    ) -> Receipt:
        """Open an account; one that brings powers with it takes the deputy too."""
        plain = kind in (Kind.OPERATOR, Kind.PARTICIPANT)
        opened = registry.openAccount if plain else registry.openOfficialAccount
        return opened(account, kind, FILE, province, by=self.registrar)  # type: ignore[no-any-return]

    def pool(self, registry: Contract) -> str:
        """The programme's keyless account, in which new allowances begin."""
        return self.pools[registry.address]

    def decision(self) -> bytes:
        """Another decision: under one, allowances of a class are issued once."""
        return text32(f"decision {next(self._nonce)}")

    def issue(
        self, registry: Contract, unit_class: int, quantity: int, to: str | None = None
    ) -> int:
        """Issue one block of allowances into the pool, or to another account of the programme."""
        to = to or self.pool(registry)
        decision = self.decision()
        receipt = registry.issue(unit_class, to, quantity, decision, by=self.issuer)
        return int(receipt.event("UnitsIssued").first)

    def deliver(
        self, registry: Contract, account: str, unit_class: int, quantity: int, refs: Any = ()
    ) -> Receipt:
        """Sell units of the pool to an account."""
        p = next(p for p in self.programmes if p.registry is registry)
        sale = text32(f"sale {next(self._nonce)}")
        move = (unit_class, self.pool(registry), account, quantity, sale, list(refs))
        return p.issuance.deliver(0, *move, by=self.allocator)  # type: ignore[no-any-return]

    def give(self, registry: Contract, account: str, unit_class: int, quantity: int) -> int:
        """Issue one block and sell it to an account. Returns its first serial."""
        first = self.issue(registry, unit_class, quantity)
        if account != self.pool(registry):
            self.deliver(registry, account, unit_class, quantity, [(first, 0, first, quantity)])
        return first

    def entitle(
        self,
        p: Programme,
        account: str,
        quantity: int,
        unit_class: int = 0,
        year: int = 2025,
        kind: Allocated = Allocated.INITIAL,
    ) -> None:
        """Entitle an operator to so much more."""
        unit_class = unit_class or p.allowance
        was = p.issuance.entitlementOf(account, year, unit_class, kind).entitled
        change = (account, year, kind, unit_class, was, was + quantity)
        province = p.registry.accountOf(account).province
        p.issuance.entitle(province, [change], by=self.allocator)

    def allocate(
        self,
        p: Programme,
        account: str,
        quantity: int,
        unit_class: int = 0,
        year: int = 2025,
        kind: Allocated = Allocated.INITIAL,
        refs: Any = (),
        *,
        pool: str | None = None,
    ) -> Receipt:
        """Entitle an operator and allocate to it, out of the pool."""
        unit_class = unit_class or p.allowance
        self.entitle(p, account, quantity, unit_class, year, kind)
        grant = (account, year, kind, quantity)
        pool = pool or self.pool(p.registry)
        return p.issuance.allocate(  # type: ignore[no-any-return]
            unit_class, pool, grant, list(refs), by=self.allocator
        )

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
        periods: Sequence[int] | None = None,
        unit_types: int = 0b110,
        vintages: tuple[int, int] = (2000, 2100),
        share: tuple[int, int] = (0, 0),
        net: bool = False,
        fresh: bool = False,
        freezes: bool = False,
        notice: int = 0,
        unit: str = "",
        conditions: Sequence[tuple[object, ...]] = (),
    ) -> tuple[Any, ...]:
        """Terms. Quota periods are of equal length, unless they are given."""
        since = self.start - 1000 if since is None else since
        until = self.start + 10 * YEAR if until is None else until
        if periods is None:
            periods = [*range(since + period - 1, until, period), until][-40:]
        limit = (quota, *share, net, fresh, freezes, notice)
        accepted = (unit_types, *vintages, text32(unit), list(conditions))
        return (*rate, *limit, since, until, list(periods), *accepted)

    ABSENT = (0, 0, 0, 0, 0, False, False, False, 0, 0, 0, [], 0, 0, 0, NOTHING, [])

    def consent(self, p: Programme) -> tuple[Any, ...]:
        """To a programme as it is: who, under which name, running which code."""
        return (p.registry, text32(p.code), self.gateway.editionOf(p.registry))

    def agree(
        self,
        first: Programme,
        second: Programme,
        forward: tuple[int, ...],
        backward: tuple[int, ...] = ABSENT,
    ) -> tuple[int, int]:
        """An agreement in force. Returns its two links."""
        by = first.link_administrator
        terms = (forward, backward)
        self.gateway.proposeAgreement(first.registry, self.consent(second), *terms, by=by)
        agreement = self.gateway.agreementCount()
        by = second.link_administrator
        self.gateway.acceptAgreement(agreement, self.consent(first), *terms, by=by)
        return 2 * agreement, 2 * agreement + 1

    def amend(
        self, link: int, proposer: Programme, accepter: Programme, terms: tuple[int, ...]
    ) -> int:
        """New terms in force for a link. Returns their version."""
        sides = (proposer.registry, accepter.registry)
        self.gateway.proposeTerms(link, sides[0], terms, by=proposer.link_administrator)
        version = self.gateway.linkOf(link).version + 1
        by = accepter.link_administrator
        self.gateway.acceptTerms(link, sides[1], version, terms, by=by)
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
        request = (sender, link, version, unit_class, quantity, accepted, recipient)
        return self.gateway.transfer(request, list(refs), by=sender)  # type: ignore[no-any-return]


def selector(contract: Contract, name: str) -> bytes:
    entry: Any = next(e for e in contract.abi if e.get("name") == name)
    return bytes(function_abi_to_4byte_selector(entry))
