"""Builds the proofs of a unit's life from the ledger's node, and checks them before it gives them.

Nothing of a node is believed: headers must hash to the block's hash, receipts and transactions to
the header's roots, and headers must follow one another. A node whose chain hashes differently (some
permissioned chains leave the validators' seals out) is refused with that reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from eth_hash.auto import keccak

from registry_node.attest.encoding import (
    FullHeader,
    decode_header,
    encode_header,
    encode_receipt,
    encode_transaction,
)
from registry_node.attest.strict import Malformed
from registry_node.attest.tries import ItemTrie
from registry_node.chain.client import ChainClient
from registry_node.domain.errors import Inconsistent, InvalidInput, Unavailable
from registry_node.queries.snapshot import Json

Scope = Literal["chain", "steps"]
"""Which headers: every one from the first step on, or those of the steps only."""

MOST_HEADERS = 20_000
"""About 1.3 kB each in the file: 25 MB."""
MOST_SERVED = 2_000
"""What a request over HTTP may ask for."""

_AT_ONCE = 200

Progress = Callable[[int, int], None]
"""Headers fetched, and how many there are."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A ledger block with its tries."""

    header: bytes
    receipts: list[bytes]
    receipt_trie: ItemTrie
    transactions: list[bytes]
    transaction_trie: ItemTrie
    log_places: dict[int, tuple[int, int]]
    """By a log's index in the block: its transaction, and its place in that receipt."""


class Prover:
    """Asks one node of the ledger. `most`: headers that a statement may carry."""

    def __init__(self, client: ChainClient, most: int = MOST_HEADERS) -> None:
        self._client = client
        self._most = most

    def prove(
        self,
        payload: Json,
        scope: Scope = "chain",
        up_to: int | None = None,
        progress: Progress = lambda _, __: None,
    ) -> Json:
        """The proofs of a statement about a unit.

        With the scope `chain` headers go from the first step's block to the statement's, or to the
        height `up_to` above it. Raises `InvalidInput` when there is nothing to prove or too much,
        `Unavailable` when the node does not have it, `Inconsistent` when what it says does not
        hash to what it says.
        """
        steps = payload["data"].get("steps") if payload["kind"] == "unit" else None
        if steps is None:
            raise InvalidInput(
                f"A statement of {payload['kind']} has no proofs.", "Only a unit's life has."
            )
        if payload["data"]["withheld"]:
            raise InvalidInput(
                "Parts of this life are closed to whoever asks, and receipts would show them.",
                "Ask without proofs.",
            )
        blocks: dict[int, _Block] = {}
        transactions: list[Json] = []
        places: dict[tuple[int, int], int] = {}
        shown: list[Json] = []
        for step in steps:
            number = step["block_number"]
            if number not in blocks:
                blocks[number] = self._block(step["block_hash"])
            index, log = self._place(blocks[number], step)
            if (number, index) not in places:
                places[number, index] = len(transactions)
                transactions.append(_transaction(number, index, blocks[number]))
            shown.append({"transaction": places[number, index], "log": log})
        end = _end(payload, up_to, scope)
        headers = {number: block.header for number, block in blocks.items()}
        if scope == "chain":
            headers = self._chain(min(headers), end, payload["as_of"], headers, progress)
        last = headers[max(headers)]
        top = decode_header(last)
        return {
            "scope": scope,
            "to": {"block_number": top.number, "block_hash": _hex(top.hash)},
            "headers": [_hex(headers[number]) for number in sorted(headers)],
            "transactions": transactions,
            "steps": shown,
        }

    # ---- one ledger block ---------------------------------------------------------------------

    def _block(self, block_hash: str) -> _Block:
        rpc = self._client.rpc
        block, receipts = rpc.batch(
            [
                ("eth_getBlockByHash", (block_hash, True)),
                ("eth_getBlockReceipts", (block_hash,)),
            ]
        )
        if block is None or receipts is None:
            raise Unavailable(
                f"{self._client.name} does not know the ledger block {block_hash}.",
                "Name a node of the ledger that has it; if the chain was reorganised, ask again.",
            )
        header = self._header(block)
        if keccak(header) != bytes.fromhex(block_hash[2:]):
            raise self._wrong(block, "header")
        return self._made(block, header, receipts)

    def _made(self, block: Json, header: bytes, receipts: list[Json]) -> _Block:
        receipts = sorted(receipts, key=lambda receipt: int(receipt["transactionIndex"], 16))
        places = {
            int(log["logIndex"], 16): (index, place)
            for index, receipt in enumerate(receipts)
            for place, log in enumerate(receipt["logs"])
        }
        try:
            encoded = [encode_receipt(receipt) for receipt in receipts]
            sent = [encode_transaction(transaction) for transaction in block["transactions"]]
        except (Malformed, KeyError, TypeError, ValueError) as error:
            raise self._wrong(block, f"transactions ({error})") from error
        known = decode_header(header)
        receipt_trie, transaction_trie = ItemTrie(encoded), ItemTrie(sent)
        if receipt_trie.root != known.receipts_root:
            raise self._wrong(block, "receipts")
        if transaction_trie.root != known.transactions_root:
            raise self._wrong(block, "transactions")
        return _Block(header, encoded, receipt_trie, sent, transaction_trie, places)

    def _place(self, block: _Block, step: Json) -> tuple[int, int]:
        place = block.log_places.get(step["log_index"])
        hashed = keccak(block.transactions[place[0]]) if place else b""
        if place is None or _hex(hashed) != step["transaction_hash"]:
            raise Inconsistent(
                f"The ledger's node has another log {step['log_index']} in ledger block"
                f" {step['block_number']} than the mirror.",
                "Compare them: 'tonnelink verify'.",
            )
        return place

    # ---- the chain of headers -----------------------------------------------------------------

    def _chain(
        self, first: int, last: int, as_of: Json, known: dict[int, bytes], progress: Progress
    ) -> dict[int, bytes]:
        """Every header from `first` to `last`, each the parent of the next."""
        count = last - first + 1
        if count > self._most:
            raise InvalidInput(
                f"{count:,} headers lie between the first step and ledger block {last:,};"
                f" a statement carries {self._most:,} at most.",
                "Ask for the headers of the steps only, and trust those blocks by their hashes.",
            )
        headers: dict[int, bytes] = {}
        before: FullHeader | None = None
        for start in range(first, last + 1, _AT_ONCE):
            numbers = range(start, min(last, start + _AT_ONCE - 1) + 1)
            for number, block in zip(numbers, self._blocks(numbers), strict=True):
                headers[number] = header = self._header(block)
                here = decode_header(header)
                if here.number != number or _hex(here.hash) != block["hash"]:
                    raise self._wrong(block, "header")
                moved = before is not None and here.parent_hash != before.hash
                other = number in known and known[number] != header
                if moved or other or (number == as_of["block_number"] and not _is(here, as_of)):
                    raise Unavailable(
                        "The chain was reorganised while its headers were read.", "Ask again."
                    )
                before = here
            progress(len(headers), count)
        return headers

    def _blocks(self, numbers: Sequence[int]) -> list[Json]:
        calls = [("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
        blocks: list[Json | None] = self._client.rpc.batch(calls)
        for number, block in zip(numbers, blocks, strict=True):
            if block is None:
                raise Unavailable(
                    f"{self._client.name} does not have the ledger block {number}.",
                    "Name a node of the ledger that has it, or a lower height.",
                )
        return [block for block in blocks if block is not None]

    def _header(self, block: Json) -> bytes:
        try:
            header = encode_header(block)
            decode_header(header)
        except (Malformed, KeyError, TypeError, ValueError) as error:
            raise self._wrong(block, "header") from error
        return header

    def _wrong(self, block: Json, what: str) -> Inconsistent:
        return Inconsistent(
            f"The {what} of ledger block {int(str(block.get('number', '0x0')), 16)} at"
            f" {self._client.name} cannot be put together to what the block's hashes say.",
            "The node left something out, or the chain's hashes are of a form that is not known"
            " here; statements without proofs can still be made.",
        )


def _transaction(number: int, index: int, block: _Block) -> Json:
    return {
        "block_number": number,
        "index": index,
        "receipt": _hex(block.receipts[index]),
        "receipt_path": [_hex(node) for node in block.receipt_trie.path(index)],
        "transaction": _hex(block.transactions[index]),
        "transaction_path": [_hex(node) for node in block.transaction_trie.path(index)],
    }


def _end(payload: Json, up_to: int | None, scope: Scope) -> int:
    height: int = payload["as_of"]["block_number"]
    if up_to is None:
        return height
    if scope == "steps" or up_to < height:
        raise InvalidInput(
            f"The headers cannot go to {up_to}.",
            f"They go to {height} or above, and only as a chain.",
        )
    return up_to


def _is(header: FullHeader, as_of: Json) -> bool:
    return bool(_hex(header.hash) == as_of["block_hash"])


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
