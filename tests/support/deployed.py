"""Contracts deployed on a chain of their own, and how to call them.

    chain = start_chain(tmp_path)          # an anvil on a free port
    world = World.deploy(chain.url())      # CN and KR, their authorities, the link gateway
    world.write_deployment(path)

The first account of the chain has every role that people have, and a sensitive step that it takes
is made in the proposal desk's name, which the chain believes here; the next ones are accounts in
both registries. The ninth has every person's role too: it approves what the first proposes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from eth_utils.abi import function_abi_to_4byte_selector
from web3 import HTTPProvider, Web3

from registry_node.chain.artifacts import load_artifact
from registry_node.domain.references import token_id
from scripts.chain import EmbeddedChain
from scripts.ledger.programme import HOLDERS_MAY_REQUEST, ORDERED_BY, steps

CEA, CREDIT = token_id("CEA-2025"), token_id("CCER-2024")
FOREIGN = token_id("CN.CEA-2025")
YEAR = 365 * 86_400
NO_TERMS = (0, 0, 0, 0, 0, False, False, False, 0, 0, 0, [], 0, 0, 0, bytes(32), [])
DESK_CONTRACTS = {
    "proposals": "ProposalDesk",
    "issuance": "IssuanceDesk",
    "compliance": "ComplianceDesk",
    "liens": "LienDesk",
    "holders": "HolderDesk",
}
DESKS = tuple(DESK_CONTRACTS)
HOLDERS = range(1, 8)
SECOND = 8
PEOPLE = (*range(1, 8), 9)  # numbers of the roles that people have
PROVINCES = {"CN": 44, "KR": 0}  # that all accounts of a programme are in
ROLE_OF_PROVINCE = 2**32 + 44
ROLE_OF_GATEWAY = 8

# Calls the address in the first twenty bytes with the rest, and answers as it answers.
_FORWARD = "0x601436038060145f375f5f825f5f5f3560601c5af13d5f5f3e601f573d5ffd5b3d5ff3"
PROPOSAL_DESK = 11
NOBODY = "0x" + "00" * 20


def word(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


def selector_of(contract: Any, function: str) -> bytes:
    return bytes(function_abi_to_4byte_selector(contract.get_function_by_name(function).abi))


def using(desks: dict[str, Any]) -> Any:
    return desks["compliance"].functions


def start_chain(home: Path) -> EmbeddedChain:
    """An anvil on a free port. Stop it with `stop()`; `start(port)` continues where it was."""
    chain = EmbeddedChain(home)
    chain.start()
    return chain


@dataclass
class Deployed:
    """Deployed contracts, as web3 objects, and the actors' addresses."""

    web3: Web3
    actors: list[str]
    gateway: Any
    registries: dict[str, Any]
    authorities: dict[str, Any]
    desks: dict[str, dict[str, Any]]
    start_block: int
    editions: dict[str, Any]

    @classmethod
    def deploy(cls, url: str, codes: tuple[str, ...] = ("CN", "KR")) -> Self:
        web3 = Web3(HTTPProvider(url))
        world = cls(web3, list(web3.eth.accounts), None, {}, {}, {}, web3.eth.block_number + 1, {})
        world.create_editions()
        world.gateway = world.proxy("LinkGateway", NOBODY, b"")
        for code in codes:
            world.create_programme(code)
            world.set_up_programme(code)
        world.do(world.gateway, "admit", world.cn.address, world.cn.address, word("CN"))
        for code in codes[1:]:
            registry = world.registries[code].address
            world.do(world.gateway, "admit", world.cn.address, registry, word(code))
        return world

    # ---- deploying ----------------------------------------------------------------------------

    def create_editions(self) -> None:
        """The code that the programmes run."""
        records = self.create("RegistryRecords")
        questions = self.create("LinkQuestions")
        agreements = self.create("LinkAgreements", questions.address)
        self.editions = {
            "UnitRegistry": self.create("UnitRegistry", records.address),
            "LinkGateway": self.create("LinkGateway", agreements.address),
            **{name: self.create(name) for name in DESK_CONTRACTS.values()},
        }

    def proxy(self, name: str, keeper: str, set_up: bytes) -> Any:
        """An address that runs the first edition of a contract."""
        proxy = self.create("LedgerProxy", self.editions[name].address, keeper, set_up)
        return self.web3.eth.contract(address=proxy.address, abi=load_artifact(name).abi)

    def create_programme(self, code: str) -> None:
        authority = self.create("ProgrammeAuthority", self.actors[0])
        keeper = authority.address
        set_up = self.editions["UnitRegistry"].encode_abi("initialize", [word(code), keeper])
        registry = self.proxy("UnitRegistry", keeper, bytes.fromhex(set_up[2:]))
        self.authorities[code], self.registries[code] = authority, registry
        self.desks[code] = {name: self.create_desk(code, name) for name in DESKS}

    def create_desk(self, code: str, name: str) -> Any:
        """A desk, not named by its programme yet."""
        contract, keeper = DESK_CONTRACTS[name], self.authorities[code].address
        registry = self.registries[code].address
        arguments = [keeper] if name == "proposals" else [keeper, registry]
        set_up = self.editions[contract].encode_abi("initialize", arguments)
        return self.proxy(contract, keeper, bytes.fromhex(set_up[2:]))

    def set_up_programme(self, code: str) -> None:
        authority, registry, desks = self.authorities[code], self.registries[code], self.desks[code]
        for number, name in ORDERED_BY.items():
            self.do(registry, "setDesk", number, desks[name].address)
        for role in PEOPLE:
            for actor in (0, SECOND):
                self.do(authority, "grantRole", role, self.actors[actor], 0)
        self.do(authority, "grantRole", ROLE_OF_PROVINCE, self.actors[0], 0)
        addresses = tuple(desks[name].address for name in DESKS)
        self.do(authority, "adoptProgramme", (registry.address, *addresses))
        self.do(authority, "adoptGateway", self.gateway.address)
        self.do(registry, "setHolderDesk", desks["holders"].address)
        self.do(desks["holders"], "setSettings", (0, 0, YEAR, 0, 0))
        self.define_steps(code)
        province = PROVINCES[code]
        self.do(registry, "openOfficialAccount", self.actors[1], 1, word("authority"), province)
        for holder in HOLDERS[1:]:
            account = (self.actors[holder], 3, word(f"file {holder}"), province)
            self.do(registry, "openAccount", *account)
        self.do(desks["compliance"], "defineYear", 2025, self.year(self.now() + 5 * YEAR), [])
        self.do(desks["issuance"], "setReversalWindow", YEAR)

    def year(self, deadline: int, before: int = 0, **changes: int) -> tuple[Any, ...]:
        """Rules of a compliance year."""
        rules = {
            "deadline": deadline,
            "before": before,
            "first_vintage": 2000,
            "last_vintage": 2100,
            "reversal_window": YEAR,
            "dispute_window": 0,
            "correction_window": 1,
            "deduction_multiple": 2,
            "banking": 0,
            "closed": False,
            **changes,
        }
        return tuple(rules.values())

    def define_steps(self, code: str) -> None:
        """Sensitive steps as in the demonstration; anybody with the role may take either part."""
        desks = self.desks[code]
        targets = {
            "registry": self.registries[code],
            "gateway": self.gateway,
            "authority": self.authorities[code],
            **desks,
        }
        for name, decided in steps(code).items():
            for function, step in decided.items():
                selector = selector_of(targets[name], function)
                terms = (step.proposer_role, step.approver_role, 0, YEAR, step.province_argument)
                self.do(desks["proposals"], "defineStep", targets[name].address, selector, terms)
        for name, functions in HOLDERS_MAY_REQUEST.items():
            for function in functions:
                selector = selector_of(targets[name], function)
                self.do(desks["holders"], "allowCall", targets[name].address, selector, True)

    # ---- acting -------------------------------------------------------------------------------

    def now(self) -> int:
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def create(self, name: str, *arguments: Any) -> Any:
        """Deploy a contract."""
        artifact = load_artifact(name)
        contract = self.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
        hashed = contract.constructor(*arguments).transact({"from": self.actors[0], "gasPrice": 0})
        receipt = self._receipt(hashed)
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=artifact.abi)

    def do(
        self, contract: Any, function: str, *arguments: Any, by: int = 0, side: str = "CN"
    ) -> Any:
        """Call a function as actor `by`, wait, and return the receipt. Fails when it reverts.
        `side` is whose step it is where the contract is the gateway."""
        call = getattr(contract.functions, function)(*arguments)
        desk = None if by else self._desk_that_decides(contract, function, side)
        options = {"from": self.actors[by], "gasPrice": 0, "gas": 12_000_000}
        if desk is None:
            receipt = self._receipt(call.transact(options))
        else:
            receipt = self._in_its_name(desk, call, options)
            options["from"] = desk
        assert receipt["status"] == 1, call.call(options)  # the call tells the reason
        return receipt

    def _in_its_name(self, desk: str, call: Any, options: dict[str, Any]) -> Any:
        """As if two people had decided: for one transaction the desk does what it is told. It is a
        signed transaction like any other, which one in the desk's own name would not be: only what
        a desk orders itself is."""
        if call.address == desk:
            self.rpc("anvil_impersonateAccount", desk)
            receipt = self._receipt(call.transact({**options, "from": desk}))
            self.rpc("anvil_stopImpersonatingAccount", desk)
            return receipt
        code = self.web3.eth.get_code(desk).to_0x_hex()
        self.rpc("anvil_setCode", desk, _FORWARD)
        order = call.address + call._encode_transaction_data()[2:]
        hashed = self.web3.eth.send_transaction({**options, "to": desk, "data": order})
        receipt = self._receipt(hashed)
        self.rpc("anvil_setCode", desk, code)
        return receipt

    def desks_are_themselves(self, height: int) -> bool:
        """Whether no desk did what it was told in that ledger block, see `_in_its_name`."""
        forward = bytes.fromhex(_FORWARD[2:])
        desks = (desks["proposals"].address for desks in self.desks.values())
        return all(bytes(self.web3.eth.get_code(desk, height)) != forward for desk in desks)

    def _desk_that_decides(self, contract: Any, function: str, side: str) -> str | None:
        """The desk whose function it is; None when it is somebody's own."""
        code = self.code_of(contract, side)
        authority = self.authorities.get(code)
        if authority is None:
            return None
        selector = selector_of(contract, function)
        role = authority.functions.getTargetFunctionRole(contract.address, selector).call()
        desks = self.desks.get(code, {})
        adopted = authority.functions.programme().call()[1] != NOBODY
        if role == PROPOSAL_DESK and adopted:
            return str(desks["proposals"].address)
        return None

    def code_of(self, contract: Any, side: str) -> str:
        """The programme that a contract is of; of the gateway, the side."""
        for code, registry in self.registries.items():
            theirs = (registry, self.authorities[code], *self.desks.get(code, {}).values())
            if contract.address in {other.address for other in theirs}:
                return code
        return side

    def _receipt(self, hashed: Any) -> Any:
        return self.web3.eth.wait_for_transaction_receipt(hashed, timeout=20, poll_latency=0.005)

    def rpc(self, method: str, *parameters: Any) -> Any:
        answer = self.web3.provider.make_request(method, list(parameters))  # type: ignore[arg-type]
        assert "error" not in answer, answer
        return answer["result"]

    @property
    def cn(self) -> Any:
        return self.registries["CN"]

    @property
    def kr(self) -> Any:
        return self.registries["KR"]

    def deployment(self, **changes: Any) -> dict[str, Any]:
        """What a deployment file says."""
        return {
            "name": "A small world",
            "edition": 2,
            "chain_id": self.web3.eth.chain_id,
            "genesis_hash": "0x" + bytes(self.web3.eth.get_block(0)["hash"]).hex(),
            "start_block": self.start_block,
            "finality": {"kind": "instant", "depth": 0},
            "gateway": {"address": self.gateway.address, "block": self.start_block},
            "registries": [
                {
                    "code": code,
                    "name": f"Registry {code}",
                    "address": registry.address,
                    "authority": self.authorities[code].address,
                    "block": self.start_block,
                    "proxy_hash": self.code_hash(registry.address),
                    "edition_hash": self.code_hash(self.editions["UnitRegistry"].address),
                    "desks": {name: self.desks[code][name].address for name in DESKS},
                }
                for code, registry in self.registries.items()
            ],
            "labels": {self.actors[1]: "authority"},
            **changes,
        }

    def code_hash(self, address: str) -> str:
        return "0x" + bytes(Web3.keccak(self.web3.eth.get_code(address))).hex()  # type: ignore[arg-type]

    def edition_of(self, code: str) -> bytes:
        """What a partner accepts when it accepts the code of a programme's registry."""
        return bytes(self.gateway.functions.editionOf(self.registries[code].address).call())

    def consent(self, code: str) -> tuple[str, bytes, bytes]:
        return (self.registries[code].address, word(code), self.edition_of(code))

    def write_deployment(self, path: Path, **changes: Any) -> Path:
        path.write_text(json.dumps(self.deployment(**changes)), encoding="utf-8")
        return path
