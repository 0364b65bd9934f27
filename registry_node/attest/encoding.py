"""Headers, receipts and transactions in RLP: in the bytes that a chain's hashes are of.

Chains add fields to headers and types to transactions. What is not known here does not hash to what
the chain says, and is refused with that reason; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import rlp  # type: ignore[import-untyped]
from eth_hash.auto import keccak
from rlp.exceptions import RLPException  # type: ignore[import-untyped]

from registry_node.attest.strict import Malformed

# Each fork's fields come after those of the forks before it.
_HEADER = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot"),
    *("logsBloom", "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData"),
    *("mixHash", "nonce"),
)
_LATER = (
    *("baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas"),
    *("parentBeaconBlockRoot", "requestsHash"),
)
_NUMBERS = frozenset(
    {
        *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"),
        *("blobGasUsed", "excessBlobGas"),
    }
)
_FEES = ("maxPriorityFeePerGas", "maxFeePerGas")
_CALL = ("gas", "to", "value", "input")
_TRANSACTIONS: dict[int, tuple[str, ...]] = {
    0: ("nonce", "gasPrice", *_CALL, "v", "r", "s"),
    1: ("chainId", "nonce", "gasPrice", *_CALL, "accessList", "yParity", "r", "s"),
    2: ("chainId", "nonce", *_FEES, *_CALL, "accessList", "yParity", "r", "s"),
    3: (
        *("chainId", "nonce", *_FEES, *_CALL, "accessList"),
        *("maxFeePerBlobGas", "blobVersionedHashes", "yParity", "r", "s"),
    ),
    4: (
        *("chainId", "nonce", *_FEES, *_CALL, "accessList"),
        *("authorizationList", "yParity", "r", "s"),
    ),
}
_AUTHORIZATION = ("chainId", "address", "nonce", "yParity", "r", "s")
_BYTES = frozenset({"to", "input", "address"})
_TYPED = 0x80  # EIP-2718: a first byte below it is a type
_LIST = 0xC0
_ADDRESS, _WORD = 20, 32  # bytes
_DEEPEST = 16

_PARENT, _TRANSACTIONS_ROOT, _RECEIPTS_ROOT, _BLOOM, _NUMBER, _TIME = 0, 4, 5, 6, 8, 11


class LogBody(NamedTuple):
    """What a receipt says of a log: nothing of where it is."""

    address: bytes
    topics: bytes  # concatenated, 32 bytes each
    data: bytes


@dataclass(frozen=True, slots=True)
class FullHeader:
    """A header as its hash shows it."""

    number: int
    hash: bytes
    parent_hash: bytes
    transactions_root: bytes
    receipts_root: bytes
    bloom: bytes
    timestamp: int


# ---- from the chain's JSON --------------------------------------------------------------------


def encode_header(block: dict[str, Any]) -> bytes:
    """The RLP of a header, from `eth_getBlockBy...`."""
    later = [name for name in _LATER if block.get(name) is not None]
    return _rlp([_field(name, block[name]) for name in (*_HEADER, *later)])


def encode_receipt(receipt: dict[str, Any]) -> bytes:
    """The bytes of a receipt in its trie, from `eth_getBlockReceipts`."""
    outcome = receipt["root"] if receipt.get("root") else receipt["status"]
    body = [
        _raw(outcome) if receipt.get("root") else _number(outcome),
        _number(receipt["cumulativeGasUsed"]),
        _raw(receipt["logsBloom"]),
        [
            [_raw(log["address"]), [_raw(topic) for topic in log["topics"]], _raw(log["data"])]
            for log in receipt["logs"]
        ],
    ]
    return _type_prefix(receipt) + _rlp(body)


def encode_transaction(transaction: dict[str, Any]) -> bytes:
    """The bytes of a transaction in its trie, from `eth_getBlockBy...` with transactions.

    Raises `Malformed` for a type that is not known here.
    """
    kind = int(transaction.get("type", "0x0"), 16)
    names = _TRANSACTIONS.get(kind)
    if names is None:
        raise Malformed(f"transactions of type {kind} are not known here")
    return _type_prefix(transaction) + _rlp([_part(transaction, name) for name in names])


def _part(transaction: dict[str, Any], name: str) -> Any:
    value: Any = transaction.get(name)
    if name == "yParity" and value is None:
        value = transaction["v"]
    if name == "accessList":
        return [
            [_raw(item["address"]), [_raw(key) for key in item["storageKeys"]]]
            for item in value or ()
        ]
    if name == "authorizationList":
        return [[_scalar(part, item[part]) for part in _AUTHORIZATION] for item in value or ()]
    if name == "blobVersionedHashes":
        return [_raw(item) for item in value or ()]
    return _scalar(name, value or "0x0")


def _scalar(name: str, value: str) -> bytes:
    if name not in _BYTES:
        return _number(value)
    return b"" if value == "0x0" else _raw(value)  # a transaction that creates has no `to`


def _field(name: str, value: str) -> bytes:
    return _number(value) if name in _NUMBERS else _raw(value)


def _type_prefix(item: dict[str, Any]) -> bytes:
    kind = int(item.get("type", "0x0"), 16)
    return bytes([kind]) if kind else b""


def _number(value: str) -> bytes:
    number = int(value, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _raw(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def _rlp(item: Any) -> bytes:
    encoded: bytes = rlp.encode(item)
    return encoded


# ---- from bytes that somebody brings -----------------------------------------------------------


def decode_header(data: bytes) -> FullHeader:
    """Raises `Malformed`."""
    fields = _list(data)
    if len(fields) < len(_HEADER) or not all(isinstance(field, bytes) for field in fields):
        raise Malformed("it is not a header")
    sizes = {_PARENT: 32, _TRANSACTIONS_ROOT: 32, _RECEIPTS_ROOT: 32, _BLOOM: 256}
    if any(len(fields[place]) != size for place, size in sizes.items()):
        raise Malformed("it is not a header")
    return FullHeader(
        int.from_bytes(fields[_NUMBER], "big"),
        keccak(data),
        fields[_PARENT],
        fields[_TRANSACTIONS_ROOT],
        fields[_RECEIPTS_ROOT],
        fields[_BLOOM],
        int.from_bytes(fields[_TIME], "big"),
    )


def decode_receipt(data: bytes) -> list[LogBody]:
    """The logs of a receipt. Raises `Malformed`."""
    fields = _list(data[1:] if data[:1] and data[0] < _TYPED else data)
    if len(fields) != 4 or not isinstance(fields[3], list):  # noqa: PLR2004  # outcome, gas, bloom, logs
        raise Malformed("it is not a receipt")
    return [_log(item) for item in fields[3]]


def _log(item: Any) -> LogBody:
    match item:
        case [bytes(address), list(topics), bytes(data)] if len(address) == _ADDRESS and all(
            isinstance(topic, bytes) and len(topic) == _WORD for topic in topics
        ):
            return LogBody(address, b"".join(topics), data)
    raise Malformed("a log in it has not the form of a log")


def _list(data: bytes) -> list[Any]:
    decoded = decode(data)
    if not isinstance(decoded, list):
        raise Malformed("it is no list in RLP")
    return decoded


def decode(data: bytes) -> Any:
    """RLP, strictly. Raises `Malformed`."""
    decoder: Callable[[bytes], Any] = rlp.decode
    _check_depth(data)
    try:
        return decoder(data)
    except (RLPException, ValueError, TypeError, IndexError) as error:
        raise Malformed("it is not RLP") from error


def _check_depth(data: bytes) -> None:
    """Refuses lists in lists in lists before the library goes down into them, which takes it time
    that grows with the square of their depth."""
    ends: list[int] = []
    at = 0
    while at < len(data):
        while ends and at >= ends[-1]:
            ends.pop()
        prefix = data[at]
        at += 1
        if prefix < _TYPED:
            continue
        base, long = (0x80, 0xB7) if prefix < _LIST else (_LIST, 0xF7)
        length = prefix - base
        if prefix > long:
            size = prefix - long
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if prefix < _LIST:
            at += length
        else:
            ends.append(at + length)
        if len(ends) > _DEEPEST:
            raise Malformed("it is nested too deeply")
