"""Later editions of the ledger's code, and how a registry or the gateway comes to run one."""

from __future__ import annotations

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from scripts.bench.evm import Contract, Receipt
from tests.contracts.actors import Programme, World


def code_hash(world: World, address: Contract | str) -> bytes:
    """Hash of the code at an address."""
    at = address.address if isinstance(address, Contract) else address
    return keccak(bytes.fromhex(world.chain.rpc("eth_getCode", at, "latest")[2:]))


def edition_hash(world: World, registry: Contract, edition: Contract) -> bytes:
    """What a partner accepts: the registry's own code, and the edition that it runs."""
    codes = [code_hash(world, registry), code_hash(world, edition)]
    return keccak(encode(["bytes32", "bytes32"], codes))


def second_registry(world: World) -> Contract:
    """A registry's second edition: the first, and one function more."""
    return world.chain.deploy("SecondEdition", world.editions.registry_code)


def second_gateway(world: World) -> Contract:
    """A gateway's second edition, likewise."""
    return world.chain.deploy("SecondEdition", world.editions.gateway_code)


def succeed(world: World, p: Programme, target: Contract, edition: Contract) -> Receipt:
    """Two of the council have one of the programme's contracts run other code."""
    arguments = (target, edition, code_hash(world, edition), b"")
    return p.authority.succeed(*arguments, by=world.root)  # type: ignore[no-any-return]


def as_second(contract: Contract) -> Contract:
    """The same address, spoken to as its second edition."""
    return contract.chain.at("SecondEdition", contract.address)
