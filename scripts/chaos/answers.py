"""What an honest node of the chain answers, from the way that counts for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.chaos.chain import CHAIN_ID, Block


class Refusal(Exception):
    """The JSON-RPC error of a question."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class View:
    """One node behind the address: what it takes for the chain. It knows blocks of other branches
    by their hash. `widest` is the widest range of logs that it answers."""

    way: Sequence[Block]
    known: Mapping[bytes, Block]
    finalized: int = -1
    chain_id: int = CHAIN_ID
    widest: int = 10**9

    def answer(self, method: str, parameters: Sequence[Any]) -> Any:  # noqa: PLR0911 - one a method
        match method, list(parameters):
            case "eth_chainId", []:
                return hex(self.chain_id)
            case "eth_blockNumber", []:
                return hex(self.way[-1].number)
            case "eth_getBlockByNumber", [str(which), False]:
                return _header(self._at(which))
            case "eth_getBlockByHash", [str(which), False]:
                return _header(self._of(which))
            case "eth_getBlockReceipts", [str(which)]:
                block = self._of(which)
                return block.receipts if block else None
            case "eth_getBlockTransactionCountByHash", [str(which)]:
                block = self._of(which)
                return hex(len(block.transactions)) if block else None
            case "eth_getLogs", [dict(query)]:
                return self._logs(query)
            case "eth_getCode", [str(_), "latest"]:
                return "0x01"
        raise Refusal(-32601, f"the method {method} does not exist")

    def _at(self, which: str) -> Block | None:
        if which == "latest":
            return self.way[-1]
        number = self.finalized if which == "finalized" else int(which, 16)
        return self.way[number] if 0 <= number < len(self.way) else None

    def _of(self, which: str) -> Block | None:
        return self.known.get(bytes.fromhex(which[2:]))

    def _logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in query:
            block = self._of(query["blockHash"])
            if block is None:
                raise Refusal(-32000, "unknown block")
            blocks: Sequence[Block] = [block]
        else:
            first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
            if last - first >= self.widest:
                raise Refusal(-32005, "query returned more than 10000 results")
            blocks = self.way[first : last + 1]
        addresses = {address.lower() for address in query["address"]}
        topics = set(query["topics"][0])
        return [
            log
            for block in blocks
            for log in block.logs
            if log["address"].lower() in addresses and log["topics"][0] in topics
        ]


def _header(block: Block | None) -> dict[str, Any] | None:
    return block.header if block else None
