"""Lets brownie see a transaction only once its receipt is there."""

from __future__ import annotations

import time
from typing import Any

from web3.middleware import Web3Middleware

_SENDS = {"eth_sendTransaction", "eth_sendRawTransaction"}
_LONGEST_SECONDS = 60.0
_PAUSE_SECONDS = 0.005


class MinedBeforeSeen(Web3Middleware):
    """A transaction is sent when it is mined: for a chain that mines each at once.

    The embedded chain counts the sender's transaction a moment before it shows the receipt.
    Brownie, when it looks in between, takes the transaction for dropped and gives up.
    """

    def wrap_make_request(self, make_request: Any) -> Any:
        def request(method: Any, params: Any) -> Any:
            answer = make_request(method, params)
            if method in _SENDS and "result" in answer:
                _wait_for_receipt(make_request, answer["result"])
            return answer

        return request


def _wait_for_receipt(make_request: Any, transaction_hash: str) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < deadline:
        if make_request("eth_getTransactionReceipt", [transaction_hash]).get("result"):
            return
        time.sleep(_PAUSE_SECONDS)
    raise RuntimeError(f"the chain has not mined transaction {transaction_hash} within a minute")
