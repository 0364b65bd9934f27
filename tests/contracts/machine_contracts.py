"""The contracts of the histories, and a part of the shadow for each."""

from __future__ import annotations

from typing import Any

from eth_utils.abi import function_abi_to_4byte_selector
from eth_utils.crypto import keccak

from scripts.bench.editions import DESKS as DESK_NAMES
from scripts.bench.evm import Contract, text32
from tests.contracts.actors import ROLES, STEPS, World
from tests.contracts.cast import ORDERED_BY
from tests.contracts.machine_beginning import CODES, HOLDERS, SETTINGS
from tests.contracts.shadow import Clock
from tests.contracts.shadow_authority import PARTS, Authority
from tests.contracts.shadow_compliance import Compliance
from tests.contracts.shadow_gateway import Gateway
from tests.contracts.shadow_holders import Holders
from tests.contracts.shadow_issuance import Issuances
from tests.contracts.shadow_ledger import Desk, Programme, Shadow
from tests.contracts.shadow_liens import Liens
from tests.contracts.shadow_proposals import Proposals
from tests.contracts.shadow_registry import Registry
from tests.contracts.words import Kind, Role, Status


class Contracts:
    """Three programmes and two gateways; a fourth registry that is no member of any."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = Clock(world.chain.time)
        self.parts: dict[str, Any] = {}  # of the shadow, by address
        self.code_hashes: dict[str, bytes] = {}
        self.selectors: dict[tuple[str, str], bytes] = {}  # of functions, by contract
        self.contracts: dict[tuple[str, str], Contract] = {}  # by programme and part
        self.at: dict[str, Contract] = {}  # by address
        self.editions: dict[str, list[str]] = {}  # of the code, by kind
        people = ((name, value) for name, value in vars(world).items() if isinstance(value, str))
        self.people = {name: value for name, value in people if value.startswith("0x")}
        self.names = {address: name for name, address in self.people.items()}
        self.second_gateway = world.editions.gateway()
        gateways = [self._gateway(c) for c in (world.gateway, self.second_gateway)]
        self.shadow = Shadow(self.clock, gateways, self.parts)
        for code in CODES:
            self._programme(code)
        self._candidate()
        self._later_editions()

    @property
    def holders(self) -> list[str]:
        """Those whose balances are compared."""
        pools = (f"{name} {code}" for code in CODES for name in ("pool", "reserve"))
        names = ("state", "erin", *HOLDERS, "stranger", "broker", *pools)
        gateways = [gateway.address for gateway in self.shadow.gateways]
        return [*(self.people[name] for name in names), *gateways]

    def decider(self, kind: str, function: str) -> str:
        """The first person of the role that decides on a function."""
        role = STEPS[kind][function]
        if role == Role.LINK_ADMINISTRATOR:
            return self.world.deputy
        return next(self.people[name] for name, r in ROLES.items() if r == role)

    def spare(self, code: str, kind: str) -> None:
        """Another desk, which may take the place of the first one."""
        p, shadow = getattr(self.world, code), self.shadow.programmes[code]
        contract = self.world.editions.desk(kind, p.authority, p.registry)
        self._learn(contract)
        shadow.desks[kind].append(self._desk(kind, contract, shadow.registry))

    # ---- parts ----------------------------------------------------------------------------

    def _gateway(self, contract: Contract) -> Gateway:
        self._learn(contract)
        gateway = Gateway(contract.address, self.clock, self.parts, self.code_hashes)
        return self._part(gateway, contract)  # type: ignore[no-any-return]

    def _programme(self, code: str) -> None:
        p, gateway = getattr(self.world, code), self.shadow.gateways[0]
        for part in ("authority", *PARTS):
            self.contracts[code, part] = getattr(p, part)
            self._learn(getattr(p, part))
        self.contracts[code, "gateway"] = self.world.gateway
        authority = self._authority(code)
        self.parts[authority.address] = authority
        registry = self._registry(code, authority)
        proposals = Proposals(p.proposals.address, authority, self.clock)
        self._part(proposals, p.proposals)
        desks: dict[str, list[Desk]] = {
            kind: [self._desk(kind, getattr(p, kind), registry)] for kind in PARTS[2:]
        }
        self.shadow.programmes[code] = Programme(code, authority, proposals, registry, desks)
        gateway.members[registry.address] = text32(code)
        gateway.registries[text32(code)] = registry.address
        gateway.accepted_last[registry.address] = 0

    def _desk(self, kind: str, contract: Contract, registry: Registry) -> Desk:
        made: dict[str, Desk] = {
            "issuance": Issuances(contract.address, registry),
            "compliance": Compliance(contract.address, registry),
            "liens": Liens(contract.address, registry),
            "holders": Holders(contract.address, registry, SETTINGS),
        }
        desk = made[kind]
        if isinstance(desk, Issuances):
            desk.window = contract.reversalWindow()
        return self._part(desk, contract)  # type: ignore[no-any-return]

    def _part(self, part: Any, contract: Contract) -> Any:
        part.edition = contract.implementation()
        self.parts[contract.address] = part
        return part

    def _authority(self, code: str) -> Authority:
        world, p = self.world, getattr(self.world, code)
        authority = Authority(p.authority.address, self.parts, self.code_hashes, self.selectors)
        authority.programme = {part: getattr(p, part).address for part in PARTS}
        for role in (Role.PROPOSAL_DESK, Role.ADMINISTRATOR):
            authority.grant(role, p.proposals.address)
        authority.grant(Role.ISSUANCE_DESK, p.issuance.address)
        for part, target in authority.programme.items():
            authority.give(part, target)
        authority.adopt_gateway("", world.gateway.address)
        for name, role in [*ROLES.items(), (f"link_{code.lower()}", Role.LINK_ADMINISTRATOR)]:
            authority.grant(role, self.people[name])
            if role != Role.GUARDIAN:
                authority.grant(role, world.deputy)
        authority.tenures[Role.ADMINISTRATOR, world.root] = 1  # it deployed, and gave that up
        return authority

    def _registry(self, code: str, authority: Authority) -> Registry:
        contract = self.contracts[code, "registry"]
        registry = Registry(contract.address, authority, self.clock, self.parts)
        registry.keeper, registry.code = authority.address, text32(code)
        registry.holder_desk = contract.holderDesk()
        for kind, part in ORDERED_BY.items():
            registry.desks[kind] = self.contracts[code, part].address
        for account in [*self.people.values(), self.world.pool(contract)]:
            found = contract.accountOf(account)
            if found.status == Status.OPEN:
                a = registry.accounts[account]
                a.kind, a.status, a.opened_at = Kind(found.kind), Status.OPEN, found.openedAt
                a.approval_round = 1
                a.file = found.fileHash
        return self._part(registry, contract)  # type: ignore[no-any-return]

    def _candidate(self) -> None:
        """A registry that is no member of a gateway yet; its programme is being set up."""
        world = self.world
        authority = world.chain.deploy("ProgrammeAuthority", world.root)
        contract = world.editions.registry("TK", authority)
        for one in (authority, contract):
            self._learn(one)
        shadow = Authority(authority.address, self.parts, self.code_hashes, self.selectors)
        shadow.grant(Role.ADMINISTRATOR, world.root)
        registry = Registry(contract.address, shadow, self.clock, self.parts)
        registry.keeper, registry.code = authority.address, text32("TK")
        self.shadow.candidate = self._part(registry, contract)

    # ---- code -----------------------------------------------------------------------------

    def _later_editions(self) -> None:
        """Code that does the same and is other, for everything that can be succeeded."""
        chain = self.world.chain
        registries = [chain.deploy("UnitRegistry", chain.deploy("RegistryRecords")) for _ in "23"]
        questions = chain.deploy("LinkQuestions")
        gateways = [
            chain.deploy("LinkGateway", chain.deploy("LinkAgreements", questions)) for _ in "23"
        ]
        later = {"registry": registries, "gateway": gateways}
        for kind, name in DESK_NAMES.items():
            later[kind] = [chain.deploy(f"Later{name}")]
        for kind, contracts in later.items():
            first = next(part.edition for part in self.parts.values() if part.kind == kind)
            self.editions[kind] = [first, *(contract.address for contract in contracts)]
            for address in self.editions[kind]:
                self._hash_code(address)

    def _learn(self, contract: Contract) -> None:
        """Its address, the hash of its code, and the selectors of its functions."""
        self.at[contract.address] = contract
        self._hash_code(contract.address)
        for entry in contract.abi:
            if entry["type"] == "function":
                found: Any = entry
                selector = bytes(function_abi_to_4byte_selector(found))
                self.selectors[contract.address, entry["name"]] = selector

    def _hash_code(self, address: str) -> None:
        code = self.world.chain.rpc("eth_getCode", address, "latest")
        self.code_hashes[address] = keccak(bytes.fromhex(code[2:]))
