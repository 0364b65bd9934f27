"""Accounts that delegate their code (EIP-7702): transactions of type 4, and many calls in one.

The chain must follow the rules "prague".
"""

from __future__ import annotations

from typing import Any

from eth_account import Account

from scripts.bench.evm import Contract, Receipt
from tests.contracts.actors import World

NOBODY = "0x" + "00" * 20  # whom an account delegates to that ends it
PHRASE = "test test test test test test test test test test test junk"  # of anvil's accounts
SPONSOR = 0  # of the accounts: whoever pays
Call = tuple[Contract, bytes]


def signer(world: World, address: str) -> Any:
    Account.enable_unaudited_hdwallet_features()
    path = f"m/44'/60'/0'/0/{world.chain.accounts.index(address)}"
    return Account.from_mnemonic(PHRASE, account_path=path)


def delegate(world: World, address: str, to: str) -> Contract:
    """The account runs that code from now on. Another account sends the transaction and pays."""
    chain, sponsor = world.chain, world.chain.accounts[SPONSOR]

    def count(of: str) -> int:
        return int(chain.rpc("eth_getTransactionCount", of, "latest"), 16)

    chain_id = int(chain.rpc("eth_chainId"), 16)
    own = count(address) + (1 if address == sponsor else 0)
    consent = {"chainId": chain_id, "address": bytes.fromhex(to[2:]), "nonce": own}
    request = {
        "type": 4,
        "chainId": chain_id,
        "nonce": count(sponsor),
        "gas": 200_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 0,
        "to": bytes.fromhex(sponsor[2:]),
        "value": 0,
        "data": b"",
        "accessList": [],
        "authorizationList": [signer(world, address).sign_authorization(consent)],
    }
    raw = signer(world, sponsor).sign_transaction(request).raw_transaction
    hash_ = chain.rpc("eth_sendRawTransaction", "0x" + bytes(raw).hex())
    chain.rpc("evm_mine")
    receipt = chain.rpc("eth_getTransactionReceipt", hash_)
    assert (receipt["status"], receipt["type"]) == ("0x1", "0x4")
    expected = "0x" if to == NOBODY else f"0xef0100{to[2:]}"
    assert chain.rpc("eth_getCode", address, "latest") == expected
    return chain.at("OpenDelegate", address)


def run(account: Contract, *calls: Call, by: str | None = None) -> Receipt:
    """One transaction in which the account makes all the calls; its own, or of whoever asks."""
    steps = [(target.address, data) for target, data in calls]
    return account.run(steps, by=by or account.address)  # type: ignore[no-any-return]
