# ruff: noqa: INP001
"""Signs steps of a registry that the `tonnelink` command does not have yet.

Run it in the folder of the checkout: .venv/node/bin/python docs/guides/sign-a-step.py
Change the last lines to what is to be done.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from eth_account import Account
from web3 import HTTPProvider, Web3

HOME = Path(os.environ.get("TONNELINK_HOME", ".tonnelink"))
URL = os.environ.get("TONNELINK_RPC_URL", "http://127.0.0.1:8545")
ABI = Path("registry_node/chain/artifacts/UnitRegistry.json")

web3 = Web3(HTTPProvider(URL))
deployment = json.loads((HOME / "deployment.json").read_text())
abi = json.loads(ABI.read_text())["abi"]


def step(registry: str, key_name: str, function: str, *arguments: Any) -> None:
    """Signs one function of a registry with <home>/keys/<key_name>.json and sends it."""
    address = next(r["address"] for r in deployment["registries"] if r["code"] == registry)
    contract = web3.eth.contract(address=Web3.to_checksum_address(address), abi=abi)
    password = (HOME / "keys/password").read_text().strip()
    keystore = (HOME / f"keys/{key_name}.json").read_text()
    key = Account.from_key(Account.decrypt(keystore, password))
    transaction = contract.get_function_by_name(function)(*arguments).build_transaction(
        {
            "from": key.address,
            "nonce": web3.eth.get_transaction_count(key.address),
            "chainId": deployment["chain_id"],
            "gasPrice": Web3.to_wei(0, "wei"),
        }
    )
    sent = web3.eth.send_raw_transaction(key.sign_transaction(transaction).raw_transaction)
    receipt = web3.eth.wait_for_transaction_receipt(sent)
    print(f"{registry}: {function} in ledger block {receipt['blockNumber']}")


def word(text: str) -> bytes:
    """Short text as the ledger keeps it."""
    return text.encode().ljust(32, b"\0")


def class_id(symbol: str) -> int:
    return int.from_bytes(word(symbol), "big")


# type (1 allowance, 2 credit), vintage, first and last year of the period, cap, project, category,
# region
spec = (1, 2018, 2018, 2020, 548_000_000, word(""), word(""), word(""))
step("KR", "kr-issuer", "defineClass", word("KAU-2018"), spec)
step("KR", "kr-issuer", "raiseCap", class_id("KAU-2017"), 540_000_000)
step("JP-13", "jp-13-issuer", "sealClass", class_id("ERC-2014"))
report = Web3.keccak(text="Verified report of the small offices, fiscal 2015")
step("JP-13", "jp-13-verifier", "recordVerification", report, class_id("SMC-2014"), 5_000)
