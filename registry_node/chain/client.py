"""What a mirror asks of a chain: headers, and answers of contracts. For logs see `logs`.

Every failure is `Unavailable`, with what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self.rpc = JsonRpc(url, timeout=timeout)

    @property
    def name(self) -> str:
        """The node's address, without keys."""
        return self.rpc.name

    def close(self) -> None:
        self.rpc.close()

    # ---- the chain itself -----------------------------------------------------------------

    def chain_id(self) -> int:
        return int(self.rpc.call("eth_chainId"), 16)

    def head_number(self) -> int:
        return int(self.rpc.call("eth_blockNumber"), 16)

    def head(self) -> Header:
        return _required(self.rpc.call("eth_getBlockByNumber", "latest", False), "latest")

    def header_at(self, number: int) -> Header | None:
        """None when the chain is not that high."""
        return _header(self.rpc.call("eth_getBlockByNumber", hex(number), False))

    def header_of(self, block_hash: bytes) -> Header | None:
        """None when the node does not know that block."""
        return _header(self.rpc.call("eth_getBlockByHash", _hex(block_hash), False))

    def headers(self, first: int, last: int) -> list[Header]:
        """The headers first..last. Raises `Unavailable` when one is missing."""
        answers = self.rpc.batch(
            [("eth_getBlockByNumber", (hex(n), False)) for n in range(first, last + 1)]
        )
        return [_required(answer, number) for number, answer in enumerate(answers, first)]

    # ---- contracts ------------------------------------------------------------------------

    def contract_calls(self, calls: Sequence[ContractCall], block_hash: bytes) -> list[bytes]:
        """The answers of view functions, all at one ledger block."""
        at = {"blockHash": _hex(block_hash), "requireCanonical": True}
        answers: list[str] = self.rpc.batch(
            [("eth_call", ({"to": _hex(to), "data": _hex(data)}, at)) for to, data in calls]
        )
        for (address, _), answer in zip(calls, answers, strict=True):
            if answer == "0x":
                raise InvalidInput(
                    f"{self.name} has no contract of this ledger at {_hex(address)}.", _OTHER
                )
        return [bytes.fromhex(answer[2:]) for answer in answers]

    def without_code(self, addresses: Sequence[bytes]) -> list[bytes]:
        """Those of the addresses that have no contract."""
        codes = self.rpc.batch([("eth_getCode", (_hex(a), "latest")) for a in addresses])
        return [a for a, code in zip(addresses, codes, strict=True) if code in (None, "0x")]


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _required(answer: Any, which: object) -> Header:
    header = _header(answer)
    if header is None:
        raise Unavailable(
            f"The chain's node does not know ledger block {which}.",
            "It may lag behind or be reorganising; the node asks again.",
        )
    return header


def _header(answer: Any) -> Header | None:
    if answer is None or answer["hash"] is None:
        return None
    return Header(
        int(answer["number"], 16),
        bytes.fromhex(answer["hash"][2:]),
        bytes.fromhex(answer["parentHash"][2:]),
        int(answer["timestamp"], 16),
        bytes.fromhex(answer["logsBloom"][2:]),
    )
