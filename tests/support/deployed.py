"""Contracts deployed on a chain of their own, and how to call them.

    chain = start_chain(tmp_path)          # an anvil on a free port
    world = World.deploy(chain.url())      # CN and KR, their authorities, the link gateway
    world.write_deployment(path)

The first account of the chain has every role, the proposal desk's too, so that it can take a
sensitive step alone; the next ones are accounts in both registries. The ninth has every person's
role: it approves what the first proposes.
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
from scripts.ledger.programme import HOLDERS_MAY_REQUEST, steps

CEA, CREDIT = token_id("CEA-2025"), token_id("CCER-2024")
FOREIGN = token_id("CN.CEA-2025")
YEAR = 365 * 86_400
NO_TERMS = (0, 0, 0, 0, 0, False, *(0,) * 8, [], [])
DESKS = ("proposals", "issuance", "compliance", "liens", "holders")
HOLDERS = range(1, 8)
SECOND = 8
PEOPLE = (*range(1, 8), 9, 10)  # numbers of the roles that people have


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

    @classmethod
    def deploy(cls, url: str, codes: tuple[str, ...] = ("CN", "KR")) -> Self:
        web3 = Web3(HTTPProvider(url))
        world = cls(web3, list(web3.eth.accounts), None, {}, {}, {}, web3.eth.block_number + 1)
        world.gateway = world.create("LinkGateway")
        for code in codes:
            authority = world.create("ProgrammeAuthority", world.actors[0])
            registry = world.create("UnitRegistry", word(code), authority.address)
            world.authorities[code], world.registries[code] = authority, registry
            desks = world.desks[code] = world.create_desks(authority, registry)
            ordered = {"issuance": (1037, 1040, 1041, 1051, 1092), "compliance": (1002, 1082)}
            for name, numbers in {**ordered, "liens": (1098, 1099)}.items():
                for number in numbers:
                    world.do(registry, "setDesk", number, desks[name].address)
            addresses = tuple(desks[name].address for name in DESKS)
            world.do(authority, "adoptProgramme", (registry.address, *addresses))
            world.do(authority, "adoptGateway", world.gateway.address)
            roles = [(role, 0) for role in (*PEOPLE, 11, 13)] + [(role, SECOND) for role in PEOPLE]
            for role, actor in roles:
                world.do(authority, "grantRole", role, world.actors[actor], 0)
            world.do(registry, "setHolderDesk", desks["holders"].address)
            world.do(desks["holders"], "setSettings", (0, 0, YEAR, 0))
            world.define_steps(code)
            world.do(registry, "openAccount", world.actors[1], 1, word("authority"))
            for holder in HOLDERS[1:]:
                world.do(registry, "openAccount", world.actors[holder], 3, word(f"file {holder}"))
            year = (world.now() + 5 * YEAR, 2000, 2100, YEAR, 2, 0, False)
            world.do(desks["compliance"], "defineYear", 2025, year, [])
            world.do(desks["issuance"], "setReversalWindow", YEAR)
        return world

    def define_steps(self, code: str) -> None:
        """Sensitive steps as in the demonstration; anybody with the role may take either part."""
        desks = self.desks[code]
        targets = {
            "registry": self.registries[code],
            "gateway": self.gateway,
            "authority": self.authorities[code],
            **desks,
        }
        calls = []
        for name, decided in steps(code).items():
            for function, step in decided.items():
                selector = selector_of(targets[name], function)
                terms = (step.proposer_role, step.approver_role, 0, YEAR)
                calls.append(
                    desks["proposals"].encode_abi(
                        "defineStep", [targets[name].address, selector, terms]
                    )
                )
        for call in calls:
            self.do(self.authorities[code], "execute", desks["proposals"].address, call)
        for name, functions in HOLDERS_MAY_REQUEST.items():
            for function in functions:
                selector = selector_of(targets[name], function)
                self.do(desks["holders"], "allowCall", targets[name].address, selector, True)

    def create_desks(self, authority: Any, registry: Any) -> dict[str, Any]:
        pair = (authority.address, registry.address)
        compliance = self.create("ComplianceDesk", *pair)
        return {
            "proposals": self.create("ProposalDesk", authority.address),
            "issuance": self.create("IssuanceDesk", *pair, compliance.address),
            "compliance": compliance,
            "liens": self.create("LienDesk", *pair),
            "holders": self.create("HolderDesk", *pair),
        }

    def now(self) -> int:
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def create(self, name: str, *arguments: Any) -> Any:
        """Deploy a contract."""
        artifact = load_artifact(name)
        contract = self.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
        hashed = contract.constructor(*arguments).transact({"from": self.actors[0], "gasPrice": 0})
        receipt = self._receipt(hashed)
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=artifact.abi)

    def do(self, contract: Any, function: str, *arguments: Any, by: int = 0) -> Any:
        """Call a function as actor `by`, wait, and return the receipt. Fails when it reverts."""
        call = getattr(contract.functions, function)(*arguments)
        options = {"from": self.actors[by], "gasPrice": 0, "gas": 12_000_000}
        receipt = self._receipt(call.transact(options))
        assert receipt["status"] == 1, call.call(options)  # the call tells the reason
        return receipt

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
                    "desks": {name: self.desks[code][name].address for name in DESKS},
                }
                for code, registry in self.registries.items()
            ],
            "labels": {self.actors[1]: "authority"},
            **changes,
        }

    def write_deployment(self, path: Path, **changes: Any) -> Path:
        path.write_text(json.dumps(self.deployment(**changes)), encoding="utf-8")
        return path
