"""The ledger's code, deployed once, and the addresses that run it.

A registry, a desk and the gateway are addresses whose code can be succeeded (`LedgerProxy`). All
programmes run the same code, which is the committed one: nothing is compiled here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from brownie import Contract
from brownie.network import web3

from scripts.artifacts import committed

FREE = {"gas_price": 0, "gas_limit": 30_000_000}
"""How everything is sent: free, without an estimate, since brownie tries each call out first."""

DESKS = {
    "proposals": "ProposalDesk",
    "issuance": "IssuanceDesk",
    "compliance": "ComplianceDesk",
    "liens": "LienDesk",
    "holders": "HolderDesk",
}
_NOBODY = "0x" + "00" * 20
_WORD = 32


@dataclass(frozen=True)
class Deployer:
    """Somebody who deploys; nothing that it deploys listens to it afterwards."""

    account: Any

    def create(self, name: str, *arguments: Any) -> tuple[Any, int]:
        """Deploy a contract; it and its block.

        Not by brownie's own `deploy`: on a chain that it did not start it keeps a note of each
        deployment, and cannot connect any more once the chain is gone.
        """
        artifact = committed(name)
        made: Any = web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
        data = made.constructor(*arguments).data_in_transaction
        receipt = self.account.transfer(data=data, silent=True, **FREE)
        return contract_at(name, receipt.contract_address), int(receipt.block_number)


class Editions:
    """The code of everything, and what is made to run it."""

    def __init__(self, deployer: Deployer) -> None:
        self._deployer = deployer
        self.registry_code = self.new_registry_code()
        questions, _ = deployer.create("LinkQuestions")
        agreements, _ = deployer.create("LinkAgreements", questions.address)
        self._gateway_code, _ = deployer.create("LinkGateway", agreements.address)
        self._desk_codes = {name: deployer.create(kind)[0] for name, kind in DESKS.items()}

    def new_registry_code(self) -> Any:
        """The registry's code at another address. It names the part it goes on in, so it is other
        code to everybody who compares."""
        records, _ = self._deployer.create("RegistryRecords")
        code, _ = self._deployer.create("UnitRegistry", records.address)
        return code

    def gateway(self) -> tuple[Any, int]:
        """A new gateway, its own keeper; and its block."""
        return self._address("LinkGateway", self._gateway_code, _NOBODY, "0x")

    def registry(self, code: str, authority: Any) -> tuple[Any, int]:
        """A programme's registry, kept by its authority; and its block."""
        set_up = self.registry_code.initialize.encode_input(text32(code), authority)
        return self._address("UnitRegistry", self.registry_code, authority.address, set_up)

    def desk(self, name: str, authority: Any, registry: Any) -> Any:
        """One of a programme's desks."""
        code = self._desk_codes[name]
        arguments = (authority,) if name == "proposals" else (authority, registry)
        set_up = code.initialize.encode_input(*arguments)
        return self._address(DESKS[name], code, authority.address, set_up)[0]

    def _address(self, name: str, code: Any, keeper: str, set_up: str) -> tuple[Any, int]:
        proxy, block = self._deployer.create("LedgerProxy", code.address, keeper, set_up)
        return contract_at(name, proxy.address), block


def contract_at(name: str, address: str) -> Any:
    """A deployed contract, with everything that its address answers."""
    return Contract.from_abi(name, address, committed(name).abi, persist=False)


def code_hash(address: str) -> str:
    """The hash of the code at an address, as a partner compares it."""
    return "0x" + bytes(web3.keccak(web3.eth.get_code(address))).hex()


def text32(text: str) -> bytes:
    """Short ASCII text as the contracts keep it."""
    word = text.encode("ascii")
    if len(word) > _WORD:
        raise ValueError(f"{text!r} is longer than {_WORD} characters")
    return word.ljust(_WORD, b"\0")
