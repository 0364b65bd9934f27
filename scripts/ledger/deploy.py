"""Deploys the ledger: one authority and one registry for each programme, and one link gateway.

Every role has a key of its own in each programme. The deployer only creates the contracts; it has
no role in any of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brownie import Contract, accounts, network
from brownie.network import web3

from linking.programmes import load_programme
from registry_node.domain.words import AccountKind
from scripts.ledger.keys import make_keys, store_keys
from scripts.story import CODES, Story

# The roles of contracts/ProgrammeAuthority.sol by number; role 0, the administrator's, gives them.
ROLES = {
    1: "account-administrator",
    2: "issuer",
    3: "allocator",
    4: "compliance-officer",
    5: "verifier",
    6: "link-administrator",
    7: "guardian",
}
ADMINISTRATOR = "administrator"
DEPLOYER = "deployer"

FREE = {"gas_price": 0}
_WORD = 32
_ALLOWANCE_WEI = 10**20  # for tools that offer a fee although the chain asks for none


@dataclass(frozen=True)
class Ledger:
    """The deployed contracts and who can act on them."""

    gateway: Any
    registries: dict[str, Any]
    authorities: dict[str, Any]
    actors: dict[str, Any]  # brownie accounts by name
    addresses: dict[tuple[str, str], str]  # of accounts, by registry and name; system accounts too
    story: Story

    def actor(self, name: str) -> dict[str, Any]:
        """Who sends a transaction, as brownie wants it."""
        return {"from": self.actors[name], **FREE}

    def role(self, code: str, role: str) -> dict[str, Any]:
        return self.actor(actor_name(code, role))

    def registry_of(self, account: str) -> str:
        """The registry in which an operator or participant has its account."""
        (code,) = [code for code, name in self.addresses if name == account]
        return code


def actor_name(code: str, role: str) -> str:
    return f"{code.lower()}-{role}"


def deploy(project: Any, home: Path, story: Story) -> Ledger:
    """Deploy and set up everything up to open accounts; write the keys and deployment.json."""
    keys = make_keys(_actor_names(story))
    store_keys(home / "keys", keys)
    actors = {name: accounts.add(key) for name, key in keys.items()}
    _fund(actors.values())

    deployer = actors[DEPLOYER]
    gateway, gateway_block = _create(deployer, project.LinkGateway)
    authorities, registries, blocks = {}, {}, {}
    for code in CODES:
        administrator = actors[actor_name(code, ADMINISTRATOR)]
        authorities[code], _ = _create(deployer, project.ProgrammeAuthority, administrator)
        registries[code], blocks[code] = _create(
            deployer, project.UnitRegistry, text32(code), authorities[code]
        )
        _give_roles(authorities[code], registries[code], gateway, code, actors)

    addresses = {
        (row.registry, row.name): (
            registries[row.registry].systemAccount(text32(row.name))
            if row.kind is AccountKind.SYSTEM
            else actors[row.name].address
        )
        for row in story.accounts
    }
    ledger = Ledger(gateway, registries, authorities, actors, addresses, story)
    _write_deployment(home / "deployment.json", ledger, gateway_block, blocks)
    return ledger


def text32(text: str) -> bytes:
    """Short ASCII text as the contracts keep it."""
    word = text.encode("ascii")
    if len(word) > _WORD:
        raise ValueError(f"{text!r} is longer than {_WORD} characters")
    return word.ljust(_WORD, b"\0")


def _actor_names(story: Story) -> list[str]:
    roles = [actor_name(code, role) for code in CODES for role in (ADMINISTRATOR, *ROLES.values())]
    holders = [row.name for row in story.accounts if row.kind is not AccountKind.SYSTEM]
    return [DEPLOYER, *roles, *holders]


def _fund(receivers: Any) -> None:
    """From the chain's development account, in one block."""
    _request("evm_setAutomine", False)
    for receiver in receivers:
        gift = {"to": receiver.address, "value": hex(_ALLOWANCE_WEI)}
        _request("eth_sendTransaction", {"from": accounts[0].address, **gift, "gasPrice": "0x0"})
    _request("evm_mine")
    _request("evm_setAutomine", True)


def _request(method: str, *params: Any) -> Any:
    answer = web3.provider.make_request(method, list(params))
    if "error" in answer:
        raise RuntimeError(f"{method}: {answer['error']['message']}")
    return answer["result"]


def _create(deployer: Any, container: Any, *arguments: Any) -> tuple[Any, int]:
    """Deploy a contract; it and its block.

    Not by brownie's own `deploy`: on a chain that it did not start it keeps a note of each
    deployment, and cannot connect any more once the chain is gone.
    """
    data = container.deploy.encode_input(*arguments)
    receipt = deployer.transfer(data=data, silent=True, **FREE)
    name, address = container._name, receipt.contract_address  # noqa: SLF001 - has no other name
    contract = Contract.from_abi(name, address, container.abi, persist=False)
    return contract, int(receipt.block_number)


def _give_roles(
    authority: Any, registry: Any, gateway: Any, code: str, actors: dict[str, Any]
) -> None:
    """The administrator adopts the contracts and gives each role to its key, in one transaction."""
    calls = [authority.adoptRegistry.encode_input(registry)]
    calls.append(authority.adoptGateway.encode_input(gateway))
    for number, role in ROLES.items():
        holder = actors[actor_name(code, role)]
        calls.append(authority.grantRole.encode_input(number, holder, 0))
    authority.multicall(calls, {"from": actors[actor_name(code, ADMINISTRATOR)], **FREE})


def _write_deployment(
    path: Path, ledger: Ledger, gateway_block: int, blocks: dict[str, int]
) -> None:
    deployment = {
        "name": "Tonnelink demonstration",
        "chain_id": network.chain.id,
        "genesis_hash": _request("eth_getBlockByNumber", "0x0", False)["hash"],
        "start_block": gateway_block,
        "finality": {"kind": "instant", "depth": 0},
        "gateway": {"address": ledger.gateway.address, "block": gateway_block},
        "registries": [
            {
                "code": code,
                "name": load_programme(code).english,
                "address": ledger.registries[code].address,
                "authority": ledger.authorities[code].address,
                "block": blocks[code],
            }
            for code in CODES
        ],
        "labels": _labels(ledger),
    }
    path.write_text(json.dumps(deployment, indent=2) + "\n", encoding="utf-8")


def _labels(ledger: Ledger) -> dict[str, str]:
    """Each address by the name of its key, under which the `tonnelink` command takes both."""
    labels = {account.address: name for name, account in ledger.actors.items()}
    labels |= {address: name for (_, name), address in ledger.addresses.items()}
    return {address.lower(): label for address, label in labels.items()}
