"""A chain that forks at will: ledger blocks of recorded transactions, with all their branches.

Headers are hashed as Ethereum's are, over their RLP; blooms are of the logs. Which transactions
share a ledger block is chance, so two branches rarely agree on more than what they hold.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth_utils.crypto import keccak

from registry_node.chain.complete import bloom_of
from registry_node.chain.decoding import TOPICS
from registry_node.chain.logs import parse_logs
from registry_node.domain.ledger import Header, RawLog
from scripts.chaos.recording import Recording, Segment, Transaction

CHAIN_ID = 31337
ROOT_GROUP = 8
"""Transactions in a ledger block of the common beginning."""

_EMPTY = bytes(32)


@dataclass(eq=False)
class Block:
    """A ledger block. `after` is where the recording goes on: a segment, and how many of its
    transactions are in the ledger by now."""

    number: int
    parent: Block | None
    timestamp: int
    transactions: Sequence[Transaction]
    after: tuple[Segment, int]
    salt: int = 0

    @cached_property
    def parent_hash(self) -> bytes:
        return self.parent.hash if self.parent else _EMPTY

    @cached_property
    def hash(self) -> bytes:
        fields: list[Any] = [
            self.parent_hash,
            _EMPTY,
            bytes(20),
            _EMPTY,
            keccak(repr(self.names).encode()),
        ]
        fields += [_EMPTY, self.bloom, 0, self.number, 30_000_000, 0, self.timestamp]
        return keccak(rlp.encode([*fields, self.salt, _EMPTY, bytes(8)]))

    @property
    def names(self) -> list[str]:
        return [transaction.hash for transaction in self.transactions]

    @cached_property
    def bloom(self) -> bytes:
        """Of the logs' addresses and topics, which do not depend on the block's own hash."""
        nowhere = _EMPTY.hex()
        logs = parse_logs([log for r in self._receipts("0x" + nowhere) for log in r["logs"]])
        return bloom_of(logs).to_bytes(256, "big")

    @cached_property
    def receipts(self) -> list[dict[str, Any]]:
        return self._receipts("0x" + self.hash.hex())

    @cached_property
    def logs(self) -> list[dict[str, Any]]:
        """As the chain tells them, every contract's."""
        return [log for receipt in self.receipts for log in receipt["logs"]]

    @cached_property
    def header(self) -> dict[str, Any]:
        return {
            "number": hex(self.number),
            "hash": "0x" + self.hash.hex(),
            "parentHash": "0x" + self.parent_hash.hex(),
            "timestamp": hex(self.timestamp),
            "logsBloom": "0x" + self.bloom.hex(),
            "transactions": self.names,
        }

    def as_indexed(self) -> tuple[Header, list[RawLog]]:
        """As a mirror should get it, which knows itself what concerns it."""
        header = Header(self.number, self.hash, self.parent_hash, self.timestamp, self.bloom)
        logs = parse_logs(self.logs)
        return header, [log for log in logs if log.topics[:32] in TOPICS]

    @property
    def truth(self) -> dict[str, int]:
        """What the contracts would answer at this block; empty in the common beginning."""
        block: Block | None = self
        while block is not None:
            if block.transactions:
                return block.transactions[-1].truth
            block = block.parent
        return {}

    def line(self) -> Iterator[Block]:
        """This block and those before it, down to the first."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent

    def _receipts(self, block_hash: str) -> list[dict[str, Any]]:
        receipts = []
        index = 0
        for place, transaction in enumerate(self.transactions):
            where = {
                "blockNumber": hex(self.number),
                "blockHash": block_hash,
                "transactionHash": transaction.hash,
                "transactionIndex": hex(place),
            }
            logs = []
            for log in transaction.logs:
                topics = list(log.topics)
                told = {"address": log.address, "topics": topics, "data": log.data}
                logs.append({**where, **told, "logIndex": hex(index), "removed": False})
                index += 1
            receipts.append({**where, "status": "0x1", "logs": logs})
        return receipts


@dataclass
class Chain:
    """The tree of ledger blocks, and which way through it counts now (`head`)."""

    chance: random.Random
    head: Block
    highest: int = 0
    known: dict[bytes, Block] = field(default_factory=dict)
    heads: list[Block] = field(default_factory=list)
    """Where branches ended that counted once."""

    _way: list[Block] = field(default_factory=list)

    @classmethod
    def begin(cls, recording: Recording) -> Chain:
        """The common beginning: everything that happened before histories part. Always the same;
        `fork` it."""
        root = recording.root
        block = Block(0, None, root.transactions[0].timestamp - 1, (), (root, 0))
        chain = cls(random.Random(0), block)
        chain._remember(block)
        while block.after[1] < len(root.transactions):
            block = chain._add(block, ROOT_GROUP)
        chain.switch(block)
        return chain

    def fork(self, chance: random.Random) -> Chain:
        """Another chain with the same ledger blocks so far."""
        return Chain(chance, self.head, self.highest, dict(self.known), [], list(self._way))

    # ---- what is asked of it ----------------------------------------------------------------

    def at(self, number: int) -> Block | None:
        """On the way that counts."""
        return self._way[number] if 0 <= number < len(self._way) else None

    @property
    def way(self) -> Sequence[Block]:
        return self._way

    # ---- what happens to it -----------------------------------------------------------------

    def mine(self, count: int) -> None:
        self.switch(self._grow(self.head, count))

    def reorganise(self, ancestor: int, count: int) -> None:
        """Other blocks after height `ancestor`, `count` of them."""
        self.switch(self._grow(self._way[ancestor], count))

    def switch(self, head: Block) -> None:
        """Let the way to `head` count."""
        if self._way:
            self.heads.append(self.head)
        way = []
        for block in head.line():
            if block.number < len(self._way) and self._way[block.number] is block:
                break
            way.append(block)
        self._way[head.number + 1 - len(way) :] = reversed(way)
        self.head = head
        self.highest = max(self.highest, head.number)

    def branch_point(self, other: Block) -> int:
        """The height up to which the way to another block is the one that counts."""
        return next(b.number for b in other.line() if self.at(b.number) is b)

    def _grow(self, block: Block, count: int) -> Block:
        for _ in range(count):
            block = self._add(block, self.chance.choice((0, 1, 1, 1, 2, 2, 3)))
        return block

    def _add(self, parent: Block, count: int) -> Block:
        """A block with the next transactions, up to `count`: fewer where the recording ends."""
        segment, place = parent.after
        if place == len(segment.transactions) and segment.children:
            segment, place = self.chance.choice(segment.children), 0
        taken = segment.transactions[place : place + count]
        after = (segment, place + len(taken)) if taken else parent.after
        timestamp = max([parent.timestamp + 1, *(t.timestamp for t in taken)])
        salt = self.chance.getrandbits(32)
        block = Block(parent.number + 1, parent, timestamp, taken, after, salt)
        self._remember(block)
        return block

    def _remember(self, block: Block) -> None:
        self.known[block.hash] = block
