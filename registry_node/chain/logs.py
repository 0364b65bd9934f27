"""The contracts' logs: complete, or not at all.

Nodes have been seen to cut answers short without a word, and a reorganisation may fall between
asking for headers and for logs. Logs are therefore checked against the headers they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from registry_node.chain.bloom import Watch
from registry_node.chain.complete import BlockReceipts, distinct, fits
from registry_node.chain.decoding import TOPICS, named_in
from registry_node.chain.rpc import JsonRpc, RpcRefused, RpcTimeout, RpcTooLong
from registry_node.domain.errors import Unavailable
from registry_node.domain.ledger import Header, RawLog


class LogsIncomplete(Unavailable):
    """Logs and headers do not fit: the chain is being reorganised, or the node cut its answer."""

    code = "logs-incomplete"


class LogReader:
    """Reads the logs of certain contracts, as far as a mirror decodes them.

    Some of them, `naming`, name others, such as a desk that replaces another: whatever they name is
    read too from then on, in the same answer already. Which logs count is the mirror's to say.
    """

    def __init__(
        self, rpc: JsonRpc, addresses: Iterable[bytes], naming: Iterable[bytes] = ()
    ) -> None:
        self._rpc = rpc
        self.naming = frozenset(naming)
        self._addresses: frozenset[bytes] = frozenset()
        self.watch(addresses)

    @property
    def addresses(self) -> frozenset[bytes]:
        """The contracts whose logs are read."""
        return self._addresses

    def watch(self, addresses: Iterable[bytes]) -> bool:
        """Read these contracts too; whether any of them is new."""
        wanted = self._addresses.union(addresses)
        if wanted == self._addresses:
            return False
        self._addresses = wanted
        self._watch = Watch(wanted, TOPICS)
        self._filter = {
            "address": [_hex(address) for address in sorted(wanted)],
            "topics": [[_hex(topic) for topic in TOPICS]],
        }
        return True

    def watch_named(self, logs: Iterable[RawLog]) -> bool:
        """Read the contracts too that some logs name; whether any of them is new."""
        naming = self.naming
        return self.watch(named_in(log for log in logs if log.address in naming))

    def of(self, header: Header) -> list[RawLog]:
        """The logs of one ledger block, from its receipts: safe at the head.

        Raises `LogsIncomplete` when they are another block's, or not all of them. A node that has
        no receipts by block is asked for the logs by the block's hash instead.
        """
        if not self._watch.may_have_logs(header.logs_bloom):
            return []
        wanted = (_hex(header.hash),)
        calls = [("eth_getBlockTransactionCountByHash", wanted), ("eth_getBlockReceipts", wanted)]
        try:
            count, receipts = self._rpc.batch(calls)
        except RpcRefused:
            logs = self._ask({"blockHash": _hex(header.hash)})
            if not logs:  # nothing says that there are none
                raise
            self._check_block(header, logs)
        else:
            logs = self._parse([log for receipt in self._list(receipts) for log in _logs(receipt)])
            self._check_block(header, logs)
            BlockReceipts(count, receipts, logs).check(header, self._incomplete)
        logs = distinct(logs, self._incomplete)
        while self.watch_named(logs):  # what is named may name others
            pass
        return self._ours(logs)

    def between(self, first: int, last: int) -> tuple[list[RawLog], int]:
        """Logs from height `first` on, and the height up to which they reach: less than `last`
        when the node refused so wide a range. `assign` them before use."""
        while True:
            try:
                return self._ask({"fromBlock": hex(first), "toBlock": hex(last)}), last
            except (RpcRefused, RpcTimeout, RpcTooLong):
                if first == last:
                    raise
                last = first + (last - first) // 2

    def assign(self, headers: Sequence[Header], logs: Sequence[RawLog]) -> list[list[RawLog]]:
        """The logs of each of the headers, made sure of. Raises `LogsIncomplete`.

        Each log must carry its header's hash and be in its bloom. A ledger block without logs whose
        bloom says otherwise, and the last one with logs, where a cut would be, are compared with
        their receipts.
        """
        found: dict[int, list[RawLog]] = {header.number: [] for header in headers}
        hashes = {header.number: header.hash for header in headers}
        ours = self._ours(distinct(logs, self._incomplete))
        for log in ours:
            if hashes.get(log.block) != log.block_hash:
                raise self._incomplete("answered with logs that do not belong to its headers")
            found[log.block].append(log)
        last = ours[-1].block if ours else None
        for header in headers:
            mine = found[header.number]
            if mine and not fits(header.logs_bloom, mine):
                raise self._incomplete("answered with logs that are not in their block's bloom")
            doubtful = not mine and self._watch.may_have_logs(header.logs_bloom)
            if (doubtful or header.number == last) and self.of(header) != mine:
                raise self._incomplete(f"left out logs of ledger block {header.number}")
        return list(found.values())

    # ---- answers ----------------------------------------------------------------------------

    def _ask(self, where: dict[str, Any]) -> list[RawLog]:
        """Again when the answer names contracts that were not asked for."""
        while True:
            logs = self._parse(self._rpc.call("eth_getLogs", {**self._filter, **where}))
            if not self.watch_named(logs):
                return logs

    def _parse(self, answer: Any) -> list[RawLog]:
        entries = self._list(answer)
        try:
            if any(entry.get("removed") for entry in entries):
                raise self._incomplete("answered with logs that were taken back")
            return parse_logs(entries)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._rpc.garbled("a question for logs", answer) from error

    def _list(self, answer: Any) -> list[Any]:
        """Nothing (null) is what a node says of a ledger block that it does not have."""
        if answer is None:
            raise self._incomplete("does not have a ledger block that it told of")
        if not isinstance(answer, list):
            raise self._rpc.garbled("a question for logs", answer)
        return answer

    def _ours(self, logs: Sequence[RawLog]) -> list[RawLog]:
        """Some nodes are known to take a filter lightly."""
        ours = self._addresses
        return [log for log in logs if log.address in ours and log.topics[:32] in TOPICS]

    def _check_block(self, header: Header, logs: Sequence[RawLog]) -> None:
        if any(log.block_hash != header.hash or log.block != header.number for log in logs):
            raise self._incomplete("answered with logs of another ledger block")

    def _incomplete(self, what: str) -> LogsIncomplete:
        return LogsIncomplete(
            f"{self._rpc.name} {what}.", "The chain may be reorganising; the node asks again."
        )


def _logs(receipt: Any) -> list[Any]:
    logs = receipt.get("logs") if isinstance(receipt, dict) else None
    return logs if isinstance(logs, list) else [None]


def parse_logs(answers: Sequence[dict[str, Any]]) -> list[RawLog]:
    """Logs from JSON, in ledger order."""
    known = _Bytes()
    unhex, make = bytes.fromhex, RawLog._make
    logs = [
        make(
            (
                int(answer["blockNumber"], 16),
                known[answer["blockHash"]],
                int(answer["logIndex"], 16),
                known[answer["transactionHash"]],
                known[answer["address"]],
                b"".join([known[topic] for topic in answer["topics"]]),
                unhex(answer["data"][2:]),
            )
        )
        for answer in answers
    ]
    logs.sort()  # by block, hash, index: ledger order
    return logs


class _Bytes(dict[str, bytes]):
    """The bytes of 0x texts. Hashes, addresses and most topics are those of other logs too."""

    def __missing__(self, text: str) -> bytes:
        found = self[text] = bytes.fromhex(text[2:])
        return found


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
