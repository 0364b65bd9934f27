"""Deploys the ledger: an authority, a registry and five desks for each programme, one link gateway.

Every role has keys of its own in each programme, two where two people must decide. The deployer
creates the contracts, ties them together and then gives the administration of roles to the
proposal desk: from then on it has no role in any of them.
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
from scripts.ledger.programme import Desks, actor_name, people, set_up
from scripts.story import CODES, Story

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
    desks: dict[str, Desks]
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


def deploy(project: Any, home: Path, story: Story) -> Ledger:
    """Deploy and set up everything up to open accounts; write the keys and deployment.json."""
    keys = make_keys(_actor_names(story))
    store_keys(home / "keys", keys)
    actors = {name: accounts.add(key) for name, key in keys.items()}
    _fund(actors.values())

    deployer = actors[DEPLOYER]
    gateway, gateway_block = _create(deployer, project.LinkGateway)
    authorities, registries, desks, blocks = {}, {}, {}, {}
    for code in CODES:
        authorities[code], _ = _create(deployer, project.ProgrammeAuthority, deployer)
        registries[code], blocks[code] = _create(
            deployer, project.UnitRegistry, text32(code), authorities[code]
        )
        desks[code] = _create_desks(deployer, project, authorities[code], registries[code])
        calls = set_up(code, authorities[code], registries[code], desks[code], gateway, actors)
        authorities[code].multicall(calls, {"from": deployer, **FREE})
        authorities[code].renounceRole(0, deployer, {"from": deployer, **FREE})

    addresses = {
        (row.registry, row.name): (
            registries[row.registry].systemAccount(text32(row.name))
            if row.kind is AccountKind.SYSTEM
            else actors[row.name].address
        )
        for row in story.accounts
    }
    ledger = Ledger(gateway, registries, authorities, desks, actors, addresses, story)
    _write_deployment(home / "deployment.json", ledger, gateway_block, blocks)
    return ledger


def text32(text: str) -> bytes:
    """Short ASCII text as the contracts keep it."""
    word = text.encode("ascii")
    if len(word) > _WORD:
        raise ValueError(f"{text!r} is longer than {_WORD} characters")
    return word.ljust(_WORD, b"\0")


def _actor_names(story: Story) -> list[str]:
    roles = [actor_name(code, name) for code in CODES for _, name in people(code)]
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


def _create_desks(deployer: Any, project: Any, authority: Any, registry: Any) -> Desks:
    proposals, _ = _create(deployer, project.ProposalDesk, authority)
    compliance, _ = _create(deployer, project.ComplianceDesk, authority, registry)
    issuance, _ = _create(deployer, project.IssuanceDesk, authority, registry, compliance)
    liens, _ = _create(deployer, project.LienDesk, authority, registry)
    holders, _ = _create(deployer, project.HolderDesk, authority, registry)
    return Desks(proposals, issuance, compliance, liens, holders)


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
                "desks": {
                    name: desk.address for name, desk in ledger.desks[code]._asdict().items()
                },
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
