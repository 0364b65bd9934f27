"""The contracts' logs: complete, or not at all.

Nodes have been seen to cut answers short without a word, and a reorganisation may fall between
asking for headers and for logs. Logs are therefore checked against the headers they belong to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry_node.chain.bloom import Watch
from registry_node.chain.decoding import TOPICS
from registry_node.chain.rpc import JsonRpc, RpcRefused, RpcTimeout
from registry_node.domain.errors import Unavailable
from registry_node.domain.ledger import Header, RawLog


class LogsIncomplete(Unavailable):
    """Logs and headers do not fit: the chain is being reorganised, or the node cut its answer."""

    code = "logs-incomplete"


class LogReader:
    """Reads the logs of certain contracts, as far as a mirror decodes them."""

    def __init__(self, rpc: JsonRpc, addresses: Sequence[bytes]) -> None:
        self._rpc = rpc
        self._addresses = frozenset(addresses)
        self._watch = Watch(addresses, TOPICS)
        self._filter = {
            "address": [_hex(address) for address in addresses],
            "topics": [[_hex(topic) for topic in TOPICS]],
        }

    def of(self, header: Header) -> list[RawLog]:
        """The logs of one ledger block, asked for by its hash: safe at the head.

        Raises `LogsIncomplete` when they are another block's. Where the bloom hints at logs and
        the answer has none, the block's receipts decide.
        """
        if not self._watch.may_have_logs(header.logs_bloom):
            return []
        logs = self._ask({"blockHash": _hex(header.hash)})
        if any(log.block_hash != header.hash for log in logs):
            raise LogsIncomplete(
                f"{self._rpc.name} answered with logs of another ledger block.",
                "The chain may be reorganising; the node asks again.",
            )
        return logs or self._in_receipts(header)

    def between(self, first: int, last: int) -> tuple[list[RawLog], int]:
        """Logs from height `first` on, and the height up to which they reach: less than `last`
        when the node refused so wide a range. `assign` them before use."""
        while True:
            try:
                return self._ask({"fromBlock": hex(first), "toBlock": hex(last)}), last
            except (RpcRefused, RpcTimeout):
                if first == last:
                    raise
                last = first + (last - first) // 2

    def assign(self, headers: Sequence[Header], logs: Sequence[RawLog]) -> list[list[RawLog]]:
        """The logs of each of the headers, made sure of. Raises `LogsIncomplete`.

        Each log must carry its header's hash. A ledger block without logs whose bloom says
        otherwise, and the last one with logs, where a cut would be, are asked for again by hash.
        """
        found: dict[int, list[RawLog]] = {header.number: [] for header in headers}
        hashes = {header.number: header.hash for header in headers}
        for log in logs:
            if hashes.get(log.block) != log.block_hash:
                raise LogsIncomplete(
                    f"{self._rpc.name} answered with logs that do not belong to its headers.",
                    "The chain may be reorganising; the node asks again.",
                )
            found[log.block].append(log)
        last = logs[-1].block if logs else None
        for header in headers:
            mine = found[header.number]
            doubtful = not mine and self._watch.may_have_logs(header.logs_bloom)
            if (doubtful or header.number == last) and len(self.of(header)) != len(mine):
                raise LogsIncomplete(
                    f"{self._rpc.name} left out logs of ledger block {header.number}.",
                    "The node asks again for a smaller range.",
                )
        return list(found.values())

    def _in_receipts(self, header: Header) -> list[RawLog]:
        receipts = self._rpc.call("eth_getBlockReceipts", _hex(header.hash))
        logs = parse_logs([log for receipt in receipts or () for log in receipt["logs"]])
        return [log for log in logs if log.address in self._addresses and log.topics[:32] in TOPICS]

    def _ask(self, where: dict[str, Any]) -> list[RawLog]:
        return parse_logs(self._rpc.call("eth_getLogs", {**self._filter, **where}))


def parse_logs(answers: Sequence[dict[str, Any]]) -> list[RawLog]:
    """Logs from JSON, in ledger order."""
    unhex = bytes.fromhex
    logs = [
        RawLog(
            int(answer["blockNumber"], 16),
            unhex(answer["blockHash"][2:]),
            int(answer["logIndex"], 16),
            unhex(answer["transactionHash"][2:]),
            unhex(answer["address"][2:]),
            unhex("".join([topic[2:] for topic in answer["topics"]])),
            unhex(answer["data"][2:]),
        )
        for answer in answers
    ]
    logs.sort()  # by block, hash, index: ledger order
    return logs


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
