"""Who acts in the contract tests, and the ledger they act on.

Three programmes, CN, KR and JP, each with its authority, registry and desks, and one link gateway.
Every role is held by another person; every account holder has an account of the same kind in all
three.

What needs two people is written here as if one did it: `cn.issue(..., by=world.issuer)` proposes as
the issuer, has the deputy approve, and executes. Delays are zero. Tests about the two people speak
to `world.CN.proposals` themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from eth_utils.crypto import keccak

from scripts.bench.evm import Chain, Contract, Receipt, text32
from tests.contracts.words import Banking, Kind, Role, Status, class_id, class_spec

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
    "root",  # deploys; afterwards one of the council
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
    "deputy",  # the second person in every role
    "councillor",  # the third of the council
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
    "root": Role.COUNCIL,
    "councillor": Role.COUNCIL,
}
LIFETIME = 7 * 86400
WINDOW = 30 * 86400  # of reversals and corrections

# The desk that orders each transaction type.
ORDERED_BY = {
    1037: "issuance",
    1040: "issuance",
    1041: "issuance",
    1051: "issuance",
    1092: "issuance",
    1002: "compliance",
    1082: "compliance",
    1098: "liens",
    1099: "liens",
}
# The functions that two people decide, and the role that both have.
STEPS = {
    "registry": {
        "setAccountStatus": Role.ACCOUNT_ADMINISTRATOR,
        "setAccountControls": Role.ACCOUNT_ADMINISTRATOR,
        "defineClass": Role.ISSUER,
        "raiseCap": Role.ISSUER,
        "sealClass": Role.ISSUER,
        "setHoldingLimitClasses": Role.COUNCIL,
        "setHolderDesk": Role.COUNCIL,
        "setDesk": Role.COUNCIL,
        "setSaleShare": Role.COUNCIL,
    },
    "issuance": {
        "issue": Role.ISSUER,
        "correctIssuance": Role.ISSUER,
        "allocate": Role.ALLOCATOR,
        "deliver": Role.ALLOCATOR,
        "requirePaidShare": Role.ALLOCATOR,
        "reverseAllocation": Role.ALLOCATOR,
        "setReversalWindow": Role.COUNCIL,
    },
    "compliance": dict.fromkeys(
        ("defineYear", "moveDeadline", "excludeCategory", "assign", "reverseSurrender", "addDebt"),
        Role.COMPLIANCE_OFFICER,
    ),
    "liens": {"unfreeze": Role.COMPLIANCE_OFFICER},
    "holders": {
        "setSettings": Role.COUNCIL,
        "allowCall": Role.COUNCIL,
        "setRepresentative": Role.ACCOUNT_ADMINISTRATOR,
    },
    "gateway": dict.fromkeys(
        ("proposeAgreement", "acceptAgreement", "proposeTerms", "acceptTerms", "resume"),
        Role.LINK_ADMINISTRATOR,
    ),
    "authority": dict.fromkeys(
        ("grantRole", "revokeRole", "setTargetFunctionRole", "adoptGateway"), Role.COUNCIL
    ),
    "proposals": {"defineStep": Role.COUNCIL},
}


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
        for name, address in zip(PEOPLE, chain.accounts, strict=False):
            setattr(self, name, address)
        self.gateway = chain.deploy("LinkGateway")
        self.CN = self._programme("CN")
        self.KR = self._programme("KR")
        self.JP = self._programme("JP")
        self.programmes = (self.CN, self.KR, self.JP)
        self.cn, self.kr, self.jp = (p.registry for p in self.programmes)
        self._hide_at_the_gateway()
        self.start = chain.time

    def __getattr__(self, name: str) -> str:
        raise AttributeError(f"nobody here is called {name}")

    def _programme(self, code: str) -> Programme:
        deploy = self.chain.deploy
        authority = deploy("ProgrammeAuthority", self.root)
        registry = deploy("UnitRegistry", text32(code), authority)
        proposals = deploy("ProposalDesk", authority)
        compliance = deploy("ComplianceDesk", authority, registry)
        issuance = deploy("IssuanceDesk", authority, registry, compliance)
        liens = deploy("LienDesk", authority, registry)
        holders = deploy("HolderDesk", authority, registry)
        link_administrator = getattr(self, f"link_{code.lower()}")
        symbol = SYMBOLS[code]
        p = Programme(
            code, authority, registry, proposals, issuance, compliance, liens, holders,
            link_administrator, class_id(symbol),
        )  # fmt: skip
        self._set_up(p)
        self._hide_the_second_person(p)
        for name, kind in HOLDERS.items():
            registry.openAccount(getattr(self, name), kind, FILE, by=self.registrar)
        registry.defineClass(text32(symbol), class_spec(), by=self.issuer)
        rules = (self.chain.time + 1000 * YEAR, 0, 2**16 - 1, WINDOW, 1, Banking.ALL, False)
        compliance.defineYear(2025, rules, [], by=self.officer)
        return p

    def _set_up(self, p: Programme) -> None:
        """Everything that a deployer does before handing over to the proposal desk."""
        for number, desk in ORDERED_BY.items():
            p.registry.setDesk(number, getattr(p, desk), by=self.root)
        p.registry.setHolderDesk(p.holders, by=self.root)
        p.holders.setSettings((0, 0, LIFETIME, 0), by=self.root)
        p.issuance.setReversalWindow(WINDOW, by=self.root)
        for contract, functions in STEPS.items():
            target = self._part(p, contract)
            for name, role in functions.items():
                p.proposals.defineStep(
                    target, _selector(target, name), (role, role, 0, LIFETIME), by=self.root
                )
        parts = (p.registry, p.proposals, p.issuance, p.compliance, p.liens, p.holders)
        p.authority.adoptProgramme(parts, by=self.root)
        p.authority.adoptGateway(self.gateway, by=self.root)
        for name, role in [*ROLES.items(), (f"link_{p.code.lower()}", Role.LINK_ADMINISTRATOR)]:
            for person in {name, "deputy"} - ({"deputy"} if role == Role.GUARDIAN else set()):
                p.authority.grantRole(role, getattr(self, person), 0, by=self.root)
        p.authority.grantRole(Role.ADMINISTRATOR, p.proposals, 0, by=self.root)
        p.authority.renounceRole(Role.ADMINISTRATOR, self.root, by=self.root)

    def _part(self, p: Programme, name: str) -> Contract:
        return self.gateway if name == "gateway" else getattr(p, name)  # type: ignore[no-any-return]

    def decide(self, p: Programme, target: Contract, name: str, *args: Any, by: str) -> Receipt:
        """Propose as `by`, approve as the deputy, execute. The receipt is the execution's."""
        data = bytes.fromhex(target.data(name, *args)[2:])
        proposal = p.proposals.propose(target, data, by=by).event("ProposalMade").id
        p.proposals.approve(proposal, keccak(data), by=self.deputy)
        return p.proposals.execute(proposal, by=by)  # type: ignore[no-any-return]

    def _hide_the_second_person(self, p: Programme) -> None:
        def decided(target: Contract, name: str) -> Callable[..., Receipt]:
            return lambda *args, by: self.decide(p, target, name, *args, by=by)

        for contract, functions in STEPS.items():
            if contract != "gateway":
                for name in functions:
                    target = self._part(p, contract)
                    setattr(target, name, decided(target, name))

        def allocate(
            unit_class: int, giver: str, to: str, quantity: int, refs: Any, *, by: str
        ) -> Receipt:
            return p.issuance.allocate(unit_class, giver, to, quantity, 2025, refs, by=by)  # type: ignore[no-any-return]

        def surrender(
            account: str, unit_class: int, quantity: int, refs: Any, year: int, *, by: str
        ) -> Receipt:
            return p.compliance.surrender(account, year, unit_class, quantity, refs, by=by)  # type: ignore[no-any-return]

        # What the registry of a programme without desks would do itself.
        p.registry.issue = p.issuance.issue  # type: ignore[attr-defined]
        p.registry.recordVerification = p.issuance.recordVerification  # type: ignore[attr-defined]
        p.registry.verificationOf = p.issuance.verificationOf  # type: ignore[attr-defined]
        p.registry.allocate = allocate  # type: ignore[attr-defined]
        p.registry.surrender = surrender  # type: ignore[attr-defined]

    def _hide_at_the_gateway(self) -> None:
        """Whoever calls decides with the deputy, in the programme that the caller speaks for."""
        gateway, home = self.gateway, {p.link_administrator: p for p in self.programmes}

        def decided(name: str) -> Callable[..., Receipt]:
            return lambda *args, by: self.decide(home.get(by, self.CN), gateway, name, *args, by=by)

        for name in STEPS["gateway"]:
            setattr(gateway, name, decided(name))
        return_units = gateway.returnUnits
        gateway.returnUnits = lambda *args, by: return_units(  # type: ignore[method-assign]
            *(args if len(args) == 7 else (by, *args)), by=by
        )

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
        share: tuple[int, int] = (0, 0),
        net: bool = False,
        notice: int = 0,
        categories: tuple[bytes, ...] = (),
        regions: tuple[bytes, ...] = (),
    ) -> tuple[Any, ...]:
        since = self.start - 1000 if since is None else since
        until = self.start + 10 * YEAR if until is None else until
        period_start = since if period_start is None else period_start
        limit = (quota, *share, net, notice)
        lists = (list(categories), list(regions))
        return (*rate, *limit, since, until, period_start, period, unit_types, *vintages, *lists)

    ABSENT = (0, 0, 0, 0, 0, False, *(0,) * 8, [], [])

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
        request = (sender, link, version, unit_class, quantity, accepted, recipient)
        return self.gateway.transfer(request, list(refs), by=sender)  # type: ignore[no-any-return]


def _selector(contract: Contract, name: str) -> bytes:
    entry = next(e for e in contract.abi if e.get("name") == name and e["type"] == "function")
    zeros = ",".join(_canonical(p) for p in entry["inputs"])
    return bytes(keccak(text=f"{name}({zeros})")[:4])


def _canonical(parameter: Any) -> str:
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_canonical(c) for c in parameter["components"]) + ")" + kind[5:]
