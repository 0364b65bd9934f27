"""Deploys the ledger: an authority, a registry and five desks for each programme, one link gateway.

Every role has keys of its own in each programme, two where two people must decide. The deployer
creates the contracts, ties them together and then gives the administration of roles to the
proposal desk: from then on it has no role in any of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brownie import accounts, network
from brownie.network import web3

from linking.programmes import load_programme
from registry_node.domain.words import AccountKind
from scripts.ledger.editions import DESKS, FREE, Deployer, Editions, code_hash, text32
from scripts.ledger.keys import make_keys, store_keys
from scripts.ledger.programme import Desks, actor_name, people
from scripts.ledger.set_up import set_up
from scripts.story import CODES, Story

EDITION = 2
DEPLOYER = "deployer"

_ALLOWANCE_WEI = 10**20  # for tools that offer a fee although the chain asks for none


@dataclass(frozen=True)
class Ledger:
    """The deployed contracts and who can act on them."""

    editions: Editions
    gateway: Any
    registries: dict[str, Any]
    authorities: dict[str, Any]
    desks: dict[str, Desks]  # those that the programmes have now
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

    def province_of(self, code: str, account: str) -> int:
        """The province that administers an account; zero: none."""
        rows = self.story.accounts
        return next(row.province for row in rows if (row.registry, row.name) == (code, account))

    @property
    def labels(self) -> dict[str, str]:
        """Each address by the name of its key, under which the `tonnelink` command takes both."""
        labels = {account.address: name for name, account in self.actors.items()}
        labels |= {address: name for (_, name), address in self.addresses.items()}
        return {address.lower(): label for address, label in labels.items()}


def deploy(home: Path, story: Story) -> Ledger:
    """Deploy and set up everything up to open accounts; write the keys and deployment.json."""
    keys = make_keys(_actor_names(story))
    store_keys(home / "keys", keys)
    actors = {name: accounts.add(key) for name, key in keys.items()}
    _fund(actors.values())

    root = actors[DEPLOYER]
    deployer = Deployer(root)
    editions = Editions(deployer)
    gateway, gateway_block = editions.gateway()
    authorities, registries, desks, blocks = {}, {}, {}, {}
    for code in CODES:
        authority, _ = deployer.create("ProgrammeAuthority", root.address)
        registry, blocks[code] = editions.registry(code, authority)
        desks[code] = Desks(*(editions.desk(name, authority, registry) for name in DESKS))
        parts = (authority, registry, desks[code], gateway)
        calls = set_up(code, *parts, _provinces(story, code), actors)
        authority.multicall(calls, {"from": root, **FREE})
        authority.renounceRole(0, root, {"from": root, **FREE})
        authorities[code], registries[code] = authority, registry

    addresses = {
        (row.registry, row.name): (
            registries[row.registry].systemAccount(text32(row.name))
            if row.kind is AccountKind.SYSTEM
            else actors[row.name].address
        )
        for row in story.accounts
    }
    ledger = Ledger(editions, gateway, registries, authorities, desks, actors, addresses, story)
    _write_deployment(home / "deployment.json", ledger, gateway_block, blocks)
    return ledger


def _provinces(story: Story, code: str) -> list[int]:
    """The provinces that have accounts in a registry."""
    return sorted({row.province for row in story.accounts if row.registry == code} - {0})


def _actor_names(story: Story) -> list[str]:
    roles = [
        actor_name(code, name) for code in CODES for _, name in people(_provinces(story, code))
    ]
    holders = [row.name for row in story.accounts if row.kind is not AccountKind.SYSTEM]
    return [DEPLOYER, *roles, *holders]


def _fund(receivers: Iterable[Any]) -> None:
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


def _write_deployment(
    path: Path, ledger: Ledger, gateway_block: int, blocks: dict[str, int]
) -> None:
    """What was deployed first: the ledger says which desks and which code took its place."""
    deployment = {
        "name": "Tonnelink demonstration",
        "edition": EDITION,
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
                "proxy_hash": code_hash(ledger.registries[code].address),
                "edition_hash": code_hash(ledger.editions.registry_code.address),
                "desks": {
                    name: desk.address for name, desk in ledger.desks[code]._asdict().items()
                },
            }
            for code in CODES
        ],
        "labels": ledger.labels,
    }
    path.write_text(json.dumps(deployment, indent=2) + "\n", encoding="utf-8")
