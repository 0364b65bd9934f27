# ruff: noqa: INP001
"""Signs steps of a programme that the `tonnelink` command does not have yet.

Run it in the folder of the checkout: .venv/node/bin/python docs/guides/sign-a-step.py
Change the last lines to what is to be done. A step of one person is signed with `step`; a sensitive
one is proposed with `propose`, and somebody else approves it with `tonnelink proposal approve`.
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
ARTIFACTS = Path("registry_node/chain/artifacts")
CONTRACTS = {
    "proposals": "ProposalDesk",
    "issuance": "IssuanceDesk",
    "compliance": "ComplianceDesk",
    "liens": "LienDesk",
    "holders": "HolderDesk",
}

NO_DOCUMENT = bytes(32)  # or the hash of a report that says what the step would do

web3 = Web3(HTTPProvider(URL))
deployment = json.loads((HOME / "deployment.json").read_text())


def contract(code: str, name: str) -> Any:
    """A programme's contract: registry, authority, or a desk by its name in the deployment."""
    programme = next(r for r in deployment["registries"] if r["code"] == code)
    if name in CONTRACTS:
        address, kind = programme["desks"][name], CONTRACTS[name]
    elif name == "authority":
        address, kind = programme["authority"], "ProgrammeAuthority"
    else:
        address, kind = programme["address"], "UnitRegistry"
    abi = json.loads((ARTIFACTS / f"{kind}.json").read_text())["abi"]
    return web3.eth.contract(address=Web3.to_checksum_address(address), abi=abi)


def step(code: str, key_name: str, name: str, function: str, *arguments: Any) -> None:
    """Signs a function of one person with <home>/keys/<key_name>.json and sends it."""
    call = contract(code, name).get_function_by_name(function)(*arguments)
    receipt = send(call, key_name)
    print(f"{code}: {function} in ledger block {receipt['blockNumber']}")


def propose(code: str, key_name: str, name: str, function: str, *arguments: Any) -> None:
    """Proposes a sensitive step; it is tried first, as the proposal desk would do it."""
    desk, target = contract(code, "proposals"), contract(code, name)
    target.get_function_by_name(function)(*arguments).call({"from": desk.address})
    data = target.encode_abi(function, args=arguments)
    receipt = send(desk.functions.propose(target.address, data, NO_DOCUMENT), key_name)
    number = desk.events.ProposalMade().process_receipt(receipt)[0]["args"]["id"]
    print(f"{code}: {function} is proposal {number}")


def send(call: Any, key_name: str) -> Any:
    password = (HOME / "keys/password").read_text().strip()
    keystore = (HOME / f"keys/{key_name}.json").read_text()
    key = Account.from_key(Account.decrypt(keystore, password))
    transaction = call.build_transaction(
        {
            "from": key.address,
            "nonce": web3.eth.get_transaction_count(key.address),
            "chainId": deployment["chain_id"],
            "gasPrice": Web3.to_wei(0, "wei"),
        }
    )
    sent = web3.eth.send_raw_transaction(key.sign_transaction(transaction).raw_transaction)
    return web3.eth.wait_for_transaction_receipt(sent)


def word(text: str) -> bytes:
    """Short text as the ledger keeps it."""
    return text.encode().ljust(32, b"\0")


def number(value: int) -> bytes:
    """A number as the ledger keeps it."""
    return value.to_bytes(32, "big")


def class_id(symbol: str) -> int:
    return int.from_bytes(word(symbol), "big")


def account(label: str) -> str:
    """The address that the deployment gives a label."""
    address = next(a for a, name in deployment["labels"].items() if name == label)
    return Web3.to_checksum_address(address)


# type (1 allowance, 2 credit), vintage, first and last year of the period, cap, attributes: in the
# order of their names, each with text or a number
spec = (1, 2018, 2018, 2020, 548_000_000, ())
propose("KR", "kr-issuer", "registry", "defineClass", word("KAU-2018"), spec)
attributes = ((word("kind"), word("solar")), (word("started"), number(20150131)))
credit = (2, 2018, 2018, 2020, 90_000, attributes)
propose("KR", "kr-issuer", "registry", "defineClass", word("KOC-2018-0001"), credit)
propose("KR", "kr-issuer", "registry", "raiseCap", class_id("KAU-2017"), 540_000_000)
propose("JP-13", "jp-13-issuer", "registry", "sealClass", class_id("ERC-2014"))
report = Web3.keccak(text="Verified report of the small offices, fiscal 2015")
verified = (report, class_id("SMC-2014"), 5_000)
step("JP-13", "jp-13-verifier", "issuance", "recordVerification", *verified)
# account, compliance year, tonnes, hash of the emission report
attested = (account("kr-steel"), 2017, 11_900_000, Web3.keccak(text="kr-steel 2017"))
step("KR", "kr-verifier", "compliance", "attest", *attested)
