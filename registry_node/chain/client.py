"""What a mirror asks of a chain: headers, and answers of contracts. For logs see `logs`.

Every failure is `Unavailable`, with what to do about it. An answer that is not of the kind asked
for, or about another ledger block than asked, is a failure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry_node.chain.retry import Retry
from registry_node.chain.rpc import JsonRpc
from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.domain.ledger import Header

_OTHER = "Name the right deployment, or a node of its chain."

ContractCall = tuple[bytes, bytes]
"""A contract's address and the call data."""


class ChainClient:
    """One node of the chain. Threads may share it.

    `timeout` is in seconds for each HTTP request.
    """

    def __init__(self, url: str, *, timeout: float = 10.0, retry: Retry | None = None) -> None:
        self.rpc = JsonRpc(url, timeout=timeout, retry=retry)

    @property
    def name(self) -> str:
        """The node's address, without keys."""
        return self.rpc.name

    def close(self) -> None:
        self.rpc.close()

    # ---- the chain itself -----------------------------------------------------------------

    def chain_id(self) -> int:
        return self._number("eth_chainId", self.rpc.call("eth_chainId"))

    def head_number(self) -> int:
        return self._number("eth_blockNumber", self.rpc.call("eth_blockNumber"))

    def head(self) -> tuple[int, Header]:
        """The chain's id and its latest header, asked for together: behind a load balancer one
        node answers both."""
        chain_id, latest = self.rpc.batch(
            [("eth_chainId", ()), ("eth_getBlockByNumber", ("latest", False))]
        )
        header = self._header(latest)
        if header is None:
            raise _unknown("latest")
        return self._number("eth_chainId", chain_id), header

    def finalized(self) -> Header | None:
        """The latest header that the chain itself calls final; None when there is none yet."""
        return self._header(self.rpc.call("eth_getBlockByNumber", "finalized", False))

    def header_at(self, number: int) -> Header | None:
        """None when the chain is not that high."""
        return self._header(self.rpc.call("eth_getBlockByNumber", hex(number), False), number)

    def header_of(self, block_hash: bytes) -> Header | None:
        """None when the node does not know that block."""
        header = self._header(self.rpc.call("eth_getBlockByHash", _hex(block_hash), False))
        if header is not None and header.hash != block_hash:
            raise self.rpc.garbled("eth_getBlockByHash", "another ledger block")
        return header

    def headers(self, first: int, last: int) -> list[Header]:
        """The headers first..last. Raises `Unavailable` when one is missing."""
        answers = self.rpc.batch(
            [("eth_getBlockByNumber", (hex(n), False)) for n in range(first, last + 1)]
        )
        headers = []
        for number, answer in enumerate(answers, first):
            header = self._header(answer, number)
            if header is None:
                raise _unknown(number)
            headers.append(header)
        return headers

    # ---- contracts ------------------------------------------------------------------------

    def contract_calls(self, calls: Sequence[ContractCall], block_hash: bytes) -> list[bytes]:
        """The answers of view functions, all at one ledger block."""
        at = {"blockHash": _hex(block_hash), "requireCanonical": True}
        answers: list[str] = self.rpc.batch(
            [("eth_call", ({"to": _hex(to), "data": _hex(data)}, at)) for to, data in calls]
        )
        for (address, _), answer in zip(calls, answers, strict=True):
            if not isinstance(answer, str):
                raise self.rpc.garbled("eth_call", answer)
            if answer == "0x":
                raise InvalidInput(
                    f"{self.name} has no contract of this ledger at {_hex(address)}.", _OTHER
                )
        return [bytes.fromhex(answer[2:]) for answer in answers]

    def without_code(
        self, addresses: Sequence[bytes], block_hash: bytes | None = None
    ) -> list[bytes]:
        """Those of the addresses that have no contract, at a ledger block or now."""
        at = {"blockHash": _hex(block_hash)} if block_hash else "latest"
        codes = self.rpc.batch([("eth_getCode", (_hex(a), at)) for a in addresses])
        for code in codes:
            if not isinstance(code, str):
                raise self.rpc.garbled("eth_getCode", code)
        return [a for a, code in zip(addresses, codes, strict=True) if code == "0x"]

    # ---- answers of the kind asked for ------------------------------------------------------

    def _number(self, method: str, answer: Any) -> int:
        try:
            return int(answer, 16)
        except (TypeError, ValueError) as error:
            raise self.rpc.garbled(method, answer) from error

    def _header(self, answer: Any, number: int | None = None) -> Header | None:
        """A header from JSON, of height `number` if given. None for a block that is unknown, or
        not made yet."""
        try:
            if answer is None or answer["hash"] is None:
                return None
            header = Header(
                int(answer["number"], 16),
                bytes.fromhex(answer["hash"][2:]),
                bytes.fromhex(answer["parentHash"][2:]),
                int(answer["timestamp"], 16),
                bytes.fromhex(answer["logsBloom"][2:]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self.rpc.garbled("a question for a header", answer) from error
        if not _possible(header) or number not in (None, header.number):
            raise self.rpc.garbled(f"a question for header {number}", answer)
        return header


def _possible(header: Header) -> bool:
    sizes = len(header.hash), len(header.parent_hash), len(header.logs_bloom)
    numbers = header.number, header.timestamp
    return sizes == (32, 32, 256) and min(numbers) >= 0 and max(numbers) < 2**63


def _unknown(which: object) -> Unavailable:
    return Unavailable(
        f"The chain's node does not know ledger block {which}.",
        "It may lag behind or be reorganising; the node asks again.",
    )


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
