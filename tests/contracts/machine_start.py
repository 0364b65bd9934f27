"""Where every history begins: three programmes, something in every account, two agreements."""

from __future__ import annotations

import pickle
from typing import Any

from eth_utils.abi import function_abi_to_4byte_selector
from eth_utils.crypto import keccak

from scripts.bench.evm import Contract, text32
from tests.contracts.actors import HOLDERS as OPENED
from tests.contracts.actors import LIFETIME, ROLES, STEPS, WINDOW, YEAR, World
from tests.contracts.machine_base import CODES, DAY, HOLDERS, PARTS, call_of, take
from tests.contracts.shadow import Clock, UnitClass
from tests.contracts.shadow_authority import Authority, Call, Proposals
from tests.contracts.shadow_compliance import Base, Compliance, Limit, Rules
from tests.contracts.shadow_desks import Issuances, Liens
from tests.contracts.shadow_holders import Holders, Settings
from tests.contracts.shadow_ledger import RESTRICTED, Programme, Shadow
from tests.contracts.shadow_links import Gateway, Link, Terms
from tests.contracts.shadow_registry import Registry
from tests.contracts.words import Banking, Kind, Role, Status, UnitType, class_id

SYMBOLS = {"CN": "CEA-2030", "KR": "KAU-2030", "JP": "JPE-2030"}
CREDITS = "CCER-2030"
FORESTRY, FUJIAN = text32("forestry"), text32("CN-FJ")
CAP = 100
STOCK = (("state", 20), ("alice", 12), ("bob", 10), ("alice", 7), ("carol", 12), ("dave", 6))
LOTS = ((2, "CN", "alice", 13, "bob"), (3, "KR", "carol", 8, "alice"), (4, "CN", "bob", 3, "carol"))
HOUR = 3600
DELAYS = {
    "issue": HOUR, "correctIssuance": HOUR, "reverseAllocation": HOUR, "reverseSurrender": HOUR,
    "raiseCap": 2 * DAY, "sealClass": DAY, "grantRole": DAY, "acceptTerms": DAY,
}  # fmt: skip
SETTINGS = Settings(2 * DAY, DAY, LIFETIME, 10)
# What may be requested at the holder desk.
ALLOWED = {
    "registry": (
        "safeTransferFrom", "safeBatchTransferFrom", "transferUnits", "retire", "cancel"
    ),
    "compliance": ("surrender",),
    "liens": ("pledge",),
    "gateway": ("transfer", "returnUnits"),
    "holders": ("trust", "distrust"),
}  # fmt: skip


class Start:
    """Prepares the chain, and the shadow beside it."""

    def __init__(self, world: World) -> None:
        self.world = world
        clock = Clock(world.chain.time)
        address = world.gateway.address
        self.registries: dict[str, Registry] = {}
        self.shadow = Shadow(clock, Gateway(address, clock, self.registries))
        self.shadow.parts[address] = (self.shadow.gateway, None)
        self.people = {
            name: value
            for name, value in vars(world).items()
            if isinstance(value, str) and value.startswith("0x")
        }
        self.names = {address: name for name, address in self.people.items()}
        for code in CODES:
            self._programme(code)
        self._agree()
        self._limit()
        for code in CODES:
            desk = self.shadow.programmes[code].proposals
            desk.before = desk.count = getattr(world, code).proposals.proposalCount()
        clock.now = world.chain.time
        self._stock()

    def pickled(self) -> bytes:
        return pickle.dumps(self.shadow)

    @property
    def home_classes(self) -> dict[str, int]:
        return {code: class_id(symbol) for code, symbol in SYMBOLS.items()}

    @property
    def holders(self) -> list[str]:
        reserves = (f"reserve {code}" for code in CODES)
        names = ("state", *reserves, *HOLDERS, "stranger", "broker")
        return [*(self.people[name] for name in names), self.world.gateway.address]

    # ---- the chain ------------------------------------------------------------------------

    def _programme(self, code: str) -> None:
        world, p = self.world, getattr(self.world, code)
        purpose = text32("reserve")
        self.people[f"reserve {code}"] = p.registry.systemAccount(purpose)
        p.registry.openSystemAccount(purpose, by=world.registrar)
        world.define(p.registry, SYMBOLS[code], cap=CAP, vintage=2030)
        if code == "CN":
            world.define(
                p.registry, CREDITS, unit_type=UnitType.CREDIT, vintage=2030, cap=CAP,
                category="forestry", region="CN-FJ",
            )  # fmt: skip
        for year, (rules, limits) in self._years().items():
            p.compliance.defineYear(year, tuple(rules), limits, by=world.officer)
        p.holders.setSettings(SETTINGS, by=world.root)
        for part, functions in ALLOWED.items():
            target = world.gateway if part == "gateway" else getattr(p, part)
            for function in functions:
                selector = _selector(target, function)
                p.holders.allowCall(target, selector, True, by=world.root)
        for functions in STEPS.values():
            for function, delay in DELAYS.items():
                if function in functions:
                    self._delay(p, function, functions[function], delay)
        self._shadow_of(code)

    def _delay(self, p: Any, function: str, role: int, delay: int) -> None:
        part = next(part for part, functions in STEPS.items() if function in functions)
        target = self.world.gateway if part == "gateway" else getattr(p, part)
        step = (role, role, delay, LIFETIME)
        selector = _selector(target, function)
        p.proposals.defineStep(target, selector, step, by=self.world.root)

    def _years(self) -> dict[int, tuple[Rules, list[Limit]]]:
        start, lent = self.world.start, 1 << UnitType.CREDIT | 1 << UnitType.FOREIGN
        foreign, credit = 1 << UnitType.FOREIGN, 1 << UnitType.CREDIT
        first = [
            Limit(Base.ABSOLUTE, 0, 30, 0, lent, bytes(32), bytes(32), False),
            Limit(Base.COUNTED, 5000, 0, 0, credit, FORESTRY, bytes(32), False),
            Limit(Base.VERIFIED, 6000, 0, 0, foreign, bytes(32), FUJIAN, True),
        ]
        second = [
            Limit(Base.OBLIGATION, 5000, 0, 0, lent, bytes(32), bytes(32), False),
            Limit(Base.ISSUED, 8000, 0, 0, foreign, bytes(32), bytes(32), False),
        ]
        return {
            2030: (Rules(start + 60 * DAY, 2029, 2030, 40 * DAY, 2, Banking.ALL), first),
            2031: (Rules(start + 150 * DAY, 2030, 2031, 25 * DAY, 1, Banking.TRADED), second),
            2032: (Rules(start + 400 * DAY, 2031, 2032, 10 * DAY, 0, Banking.NONE), []),
        }

    def terms(self, rate: tuple[int, int], **more: Any) -> tuple[Any, ...]:
        ends = self.world.start + 1000 * YEAR
        return self.world.terms(rate, until=ends, period=YEAR // 6, **more)

    def _agree(self) -> None:
        world = self.world
        lent = {
            2: self.terms((2, 3), quota=40, net=True, notice=5 * DAY),
            3: self.terms((5, 4), quota=40),
            4: self.terms((3, 1), share=(4000, class_id(SYMBOLS["JP"]))),
            5: world.ABSENT,
        }
        sides = {2: ("CN", "KR"), 3: ("KR", "CN"), 4: ("CN", "JP"), 5: ("JP", "CN")}
        world.agree(world.CN, world.KR, lent[2], lent[3])
        world.agree(world.CN, world.JP, lent[4], lent[5])
        for link_id, terms in lent.items():
            source, destination = (getattr(world, c).registry.address for c in sides[link_id])
            self.shadow.gateway.links[link_id] = Link(source, destination, 1, Terms(*terms))
        self.shadow.gateway.agreements = 2

    def _limit(self) -> None:
        """Holding limits count a programme's own allowances, here and at one neighbour."""
        for code, neighbour in (("CN", "KR"), ("KR", "JP"), ("JP", "CN")):
            p, other = getattr(self.world, code), getattr(self.world, neighbour)
            mine, abroad = class_id(SYMBOLS[code]), class_id(f"{code}.{SYMBOLS[code]}")
            listed = [(p.registry.address, mine), (other.registry.address, abroad)]
            p.registry.setHoldingLimitClasses(listed, by=self.world.root)
            self.shadow.programmes[code].registry.set_holding_limit_classes("", listed)

    # ---- the shadow -----------------------------------------------------------------------

    def _shadow_of(self, code: str) -> None:
        world, p, clock = self.world, getattr(self.world, code), self.shadow.clock
        gateway = world.gateway.address
        registry = Registry(
            code,
            p.registry.address,
            gateway,
            p.holders.address,
            clock,
            neighbours=self.registries,
        )
        registry.links = self.shadow.gateway
        self.registries[registry.address] = registry
        for name, kind in (*OPENED.items(), (f"reserve {code}", Kind.SYSTEM)):
            a = registry.accounts[self.people[name]]
            a.kind, a.status = kind, Status.OPEN
        identity = class_id(SYMBOLS[code])
        registry.classes[identity] = UnitClass(identity, UnitType.ALLOWANCE, 2030, CAP, clock)
        if code == "CN":
            identity = class_id(CREDITS)
            registry.classes[identity] = UnitClass(
                identity, UnitType.CREDIT, 2030, CAP, clock, FORESTRY, FUJIAN
            )
        authority = self._authority(p)
        proposals = Proposals(p.proposals.address, authority, clock)
        compliance = Compliance(registry)
        for year, (rules, limits) in self._years().items():
            compliance.define_year("", year, rules, limits)
        holders = Holders(p.holders.address, registry, SETTINGS)
        for part, functions in STEPS.items():
            target = gateway if part == "gateway" else getattr(p, part).address
            for function, role in functions.items():
                step = (role, role, DELAYS.get(function, 0), LIFETIME)
                proposals.define_step("", target, function, step)
        for part, functions in ALLOWED.items():
            target = gateway if part == "gateway" else getattr(p, part).address
            holders.allowed |= {(target, function) for function in functions}
        issuance = Issuances(registry, compliance, WINDOW)
        programme = Programme(
            code, authority, proposals, registry, issuance, compliance, Liens(registry), holders
        )
        self.shadow.programmes[code] = programme
        self.shadow.gateway.speakers[registry.address] = authority
        for part in PARTS:
            known = None if part in {"authority", "proposals"} else authority
            self.shadow.parts[getattr(p, part).address] = (getattr(programme, part), known)

    def _authority(self, p: Any) -> Authority:
        world = self.world
        authority = Authority(p.authority.address)
        for name, role in [*ROLES.items(), (f"link_{p.code.lower()}", Role.LINK_ADMINISTRATOR)]:
            authority.members[role].add(self.people[name])
            if role != Role.GUARDIAN:
                authority.members[role].add(world.deputy)
        desk = p.proposals.address
        for role in (Role.ADMINISTRATOR, Role.PROPOSAL_DESK, Role.CONTROLS):
            authority.members[role].add(desk)
        for part, functions in RESTRICTED.items():
            target = world.gateway if part == "gateway" else getattr(p, part)
            for function, role in functions.items():
                authority.restricted[target.address, function] = role
        return authority

    # ---- something in every account -------------------------------------------------------

    def _stock(self) -> None:
        for code in CODES:
            for name, quantity in STOCK:
                self._issue(code, quantity)
                if name != "state":
                    p, identity = getattr(self.world, code), class_id(SYMBOLS[code])
                    to = self.people[name]
                    if name in {"alice", "bob"}:
                        args = (identity, self.world.state, to, quantity, 2030, [])
                        self._decided(code, call_of(p.issuance, "allocate", *args), Role.ALLOCATOR)
                    else:
                        args = (self.world.state, to, identity, quantity, b"")
                        self._do(self.world.state, call_of(p.registry, "safeTransferFrom", *args))
        for code in ("CN", "KR"):
            for name in ("alice", "bob"):
                self._confirm(code, self.people[name], 40)
        for link_id, code, sender, quantity, recipient in LOTS:
            version, identity = 1, class_id(SYMBOLS[code])
            giver, taker = self.people[sender], self.people[recipient]
            request = (giver, link_id, version, identity, quantity, 0, taker)
            self._do(giver, call_of(self.world.gateway, "transfer", request, []))

    def _confirm(self, code: str, account: str, emissions: int) -> None:
        desk, args = getattr(self.world, code).compliance, (account, 2030, emissions, text32("x"))
        self._do(self.world.verifier, call_of(desk, "attest", *args))
        self._do(self.world.officer, call_of(desk, "confirm", *args))

    def _issue(self, code: str, quantity: int) -> None:
        args = (class_id(SYMBOLS[code]), self.world.state, quantity, text32("decision"))
        issuance = getattr(self.world, code).issuance
        self._decided(code, call_of(issuance, "issue", *args), Role.ISSUER)

    def _decided(self, code: str, call: Call, role: int) -> None:
        desk = getattr(self.world, code).proposals
        first = next(self.people[name] for name, r in ROLES.items() if r == role)
        data = bytes.fromhex(desk.data("propose", call.target, call.data)[2:])
        self._do(first, Call(desk.address, "propose", (call,), data))
        number = self.shadow.programmes[code].proposals.count
        approval = call_of(desk, "approve", number, keccak(call.data))
        self._do(self.world.deputy, approval)
        self.shadow.clock.now += DELAYS.get(call.function, 0)
        self._do(first, call_of(desk, "execute", number))

    def _do(self, by: str, call: Call) -> None:
        self.shadow.clock.now += 1
        receipt, error = take(self.world, self.shadow, by, call)
        assert receipt is not None, error


def _selector(contract: Contract, function: str) -> bytes:
    entry: Any = next(e for e in contract.abi if e.get("name") == function)
    return function_abi_to_4byte_selector(entry)
