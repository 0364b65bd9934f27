"""A history of unit blocks of any volume, as rows of a mirror.

Holders of two programmes transfer to each other: a transaction names some of the sender's blocks,
the newest ones, and takes the beginning of those that it cuts, as the ledger does; some surrender.
Versions, parents, lists, marks, movements, balances and totals are those that an indexer would
write for it. There is no chain behind it: no raw logs, and the digests are only numbers.

Everything follows from the seed. Versions of unit blocks are kept in arrays until the end, since a
row is written once, with the height at which it ended: about 100 bytes a version.
"""

from __future__ import annotations

import random
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from registry_node.domain.words import TransactionType, UnitState
from registry_node.queries.snapshot import NOBODY, NOW

CLASSES = 20
BLOCK_UNITS = 1_000
TRANSACTIONS_A_BLOCK = 5
SECONDS_A_BLOCK = 12
MOST_TAKEN = 10
"""Unit blocks that one transfer takes."""

_START = 1_767_225_600  # 2026-01-01
_SURRENDERS = 0.01
_VERSION = (
    *("class_id", "first", "last", "owner", "state", "list", "position", "marks"),
    *("movement", "parent"),
)
_LISTS = (16, 256, 4096)  # a holder's lists: blocks below each size, and all larger ones
_NO_MEMO = bytes(32), bytes(32)  # nor a text
_TRADED = 2  # the mark of a block that was transferred

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """How much history. A unit block is one that is true at the end."""

    unit_blocks: int
    movements: int
    seed: int = 1

    @property
    def accounts(self) -> int:
        return max(50, self.unit_blocks // 50)

    @property
    def name(self) -> str:
        return f"{self.unit_blocks}-{self.movements}-{self.seed}"


@dataclass
class Versions:
    """unit_block, column by column; a version's id is its place, from 1."""

    columns: dict[str, array[int]] = field(
        default_factory=lambda: {name: array("q", [0]) for name in (*_VERSION, "begun", "ended")}
    )

    def __len__(self) -> int:
        return len(self.columns["begun"]) - 1

    def rows(self, owners: list[bytes]) -> Iterator[Row]:
        values = iter(zip(*self.columns.values(), strict=True))
        next(values)
        for number, row in enumerate(values, 1):
            class_id, first, last, owner, *standing, parent, begun, ended = row
            yield (
                *(number, class_id, first, last, owners[owner], *standing),
                *(parent or None, begun, ended),
            )


class History:
    """Plays the history; `headers`, `movements`, ... are taken away as they fill."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._chance = random.Random(volume.seed)  # noqa: S311 - no secret
        self.owners = [sha256(f"holder {i}".encode()).digest()[:20] for i in range(volume.accounts)]
        self.versions = Versions()
        self.rows: dict[str, list[Row]] = {
            name: []
            for name in ("header", "movement", "holding", "class_total", "unit_use", "issuance")
        }
        self.height = 0
        self._movements = 0
        self._log = 0
        self._tx = b""
        self._lists: dict[tuple[int, int], list[int]] = {}  # versions held, head of the list last
        self._places: list[tuple[int, int]] = []  # the keys of those lists
        self._balances: dict[tuple[int, int], list[int]] = {}  # balance, since
        self._touched: dict[tuple[int, int], int] = {}  # balance before this ledger block
        self._totals: dict[int, list[int]] = {}  # issued, surrendered, since

    def play(self) -> Iterator[int]:
        """Yields the movements made so far after each ledger block."""
        self._begin_block()
        self._issue()
        self._end_block()
        wanted = max(0, self._volume.unit_blocks - self._movements)
        cuts = wanted / self._volume.movements
        while self._movements < self._volume.movements:
            self._begin_block()
            for _ in range(TRANSACTIONS_A_BLOCK):
                self._transact(cuts)
            self._end_block()
            yield self._movements
        self._close_balances()

    # ---- a ledger block -------------------------------------------------------------------

    def _begin_block(self) -> None:
        self.height += 1
        self._log = 0

    def _end_block(self) -> None:
        self.rows["header"].append(
            (
                self.height,
                self.hash_of(self.height),
                self.hash_of(self.height - 1),
                _START + SECONDS_A_BLOCK * self.height,
                self.hash_of(-self.height),
            )
        )
        for key, before in self._touched.items():
            entry = self._balances[key]
            if before:
                self._add_holding(key, before, entry[1], self.height)
            entry[1] = self.height
        self._touched.clear()

    def hash_of(self, number: int) -> bytes:
        return sha256(b"%d %d" % (self._volume.seed, number)).digest()

    def _begin_transaction(self) -> None:
        self._tx = self._chance.randbytes(32)

    # ---- what happens ---------------------------------------------------------------------

    def _issue(self) -> None:
        """Each class to many holders at once, a block each: a tenth of the blocks at the end, so
        that the lives of units are as long in a small history as in a large one."""
        holders = max(1, self._volume.unit_blocks // (10 * CLASSES))
        each = self._volume.unit_blocks * BLOCK_UNITS // (CLASSES * holders)
        for class_id in range(1, CLASSES + 1):
            self._begin_transaction()
            for i in range(holders):
                owner = (class_id * holders + i) % len(self.owners)
                first = i * each + 1
                movement = self._move(
                    class_id, first, first + each - 1, NOBODY, owner, TransactionType.ISSUANCE
                )
                self._hold(class_id, owner, each)
                self._put(class_id, first, first + each - 1, owner, UnitState.HELD, 0, movement, 0)
                place = (self.height, self._log, self._tx)
                issued = (class_id, first, first + each - 1, self.hash_of(first), *place)
                self.rows["issuance"].append(issued)
            self._totals[class_id] = [holders * each, 0, self.height]

    def _transact(self, cuts: float) -> None:
        """A transfer of some blocks, each cut as often as blocks are wanted; or a surrender of
        one."""
        chance = self._chance
        self._begin_transaction()
        class_id, sender = self._somebody()
        blocks = self._lists[class_id, sender]
        if chance.random() < _SURRENDERS:
            self._surrender(class_id, sender, blocks)
            return
        recipient = chance.randrange(len(self.owners))
        if recipient == sender:
            recipient = (sender + 1) % len(self.owners)
        for _ in range(min(len(blocks), chance.randint(1, 2 * MOST_TAKEN - 1))):
            version = blocks.pop()
            first = self.versions.columns["first"][version]
            last = self.versions.columns["last"][version]
            middle = last
            if last > first and chance.random() < cuts:
                middle = chance.randint(first, last - 1)
            self._transfer(class_id, version, (first, middle, last), sender, recipient)

    def _transfer(
        self, class_id: int, version: int, cut: tuple[int, int, int], sender: int, recipient: int
    ) -> None:
        first, middle, last = cut
        columns = self.versions.columns
        columns["ended"][version] = self.height
        kind = TransactionType.TRANSFER
        movement = self._move(class_id, first, middle, self.owners[sender], recipient, kind)
        if middle < last:  # what lies behind the cut keeps its marks, movement and parent
            kept = (columns[name][version] for name in ("marks", "movement", "parent"))
            self._put(class_id, middle + 1, last, sender, UnitState.HELD, *kept)
        self._put(class_id, first, middle, recipient, UnitState.HELD, _TRADED, movement, version)
        self._hold(class_id, sender, first - middle - 1)
        self._hold(class_id, recipient, middle - first + 1)

    def _surrender(self, class_id: int, owner: int, blocks: list[int]) -> None:
        version = blocks.pop()
        columns = self.versions.columns
        first, last = columns["first"][version], columns["last"][version]
        columns["ended"][version] = self.height
        kind, state = TransactionType.SURRENDER, UnitState.SURRENDERED
        movement = self._move(class_id, first, last, self.owners[owner], owner, kind, state)
        self._put(class_id, first, last, owner, state, columns["marks"][version], movement, version)
        self._hold(class_id, owner, first - last - 1)
        totals = self._totals[class_id]
        if totals[2] != self.height:
            self._add_total(class_id, self.height)
            totals[2] = self.height
        totals[1] += last - first + 1
        self._log += 1
        used = (self.owners[owner], class_id, int(state), last - first + 1, 2025, *_NO_MEMO)
        self.rows["unit_use"].append((*used, self.height, self._log, self._tx))

    def _somebody(self) -> tuple[int, int]:
        """A class and a holder of some of it."""
        while True:
            i = self._chance.randrange(len(self._places))
            key = self._places[i]
            if self._lists[key]:
                return key
            self._places[i] = self._places[-1]
            self._places.pop()
            del self._lists[key]

    # ---- rows -----------------------------------------------------------------------------

    def _move(
        self,
        class_id: int,
        first: int,
        last: int,
        sender: bytes,
        recipient: int,
        kind: TransactionType,
        state: UnitState = UnitState.HELD,
    ) -> int:
        self._movements += 1
        self._log += 1
        parties = sender, self.owners[recipient]
        what = self._movements, class_id, first, last, *parties, int(kind), int(state)
        self.rows["movement"].append((*what, self.height, self._log, self._tx))
        return self._movements

    def _put(
        self,
        class_id: int,
        first: int,
        last: int,
        owner: int,
        state: UnitState,
        marks: int,
        movement: int,
        parent: int,
    ) -> None:
        columns = self.versions.columns
        number = len(columns["begun"])
        held = state is UnitState.HELD
        place = bisect_right(_LISTS, last - first + 1) if held else 0, number
        values = (class_id, first, last, owner, int(state), *place, marks, movement, parent)
        for column, value in zip(columns.values(), (*values, self.height, NOW), strict=True):
            column.append(value)
        if held:
            blocks = self._lists.get((class_id, owner))
            if blocks is None:
                blocks = self._lists[class_id, owner] = []
                self._places.append((class_id, owner))
            blocks.append(number)

    def _hold(self, class_id: int, owner: int, change: int) -> None:
        key = class_id, owner
        entry = self._balances.setdefault(key, [0, self.height])
        self._touched.setdefault(key, entry[0])
        entry[0] += change

    def _close_balances(self) -> None:
        for key, (balance, since) in self._balances.items():
            if balance:
                self._add_holding(key, balance, since, NOW)
        for class_id in self._totals:
            self._add_total(class_id, NOW)

    def _add_holding(self, key: tuple[int, int], balance: int, since: int, until: int) -> None:
        if since < until:
            self.rows["holding"].append((key[0], self.owners[key[1]], balance, 0, since, until))

    def _add_total(self, class_id: int, until: int) -> None:
        issued, surrendered, since = self._totals[class_id]
        counts = (2 * issued, 0, issued, 0, surrendered, 0, 0)
        self.rows["class_total"].append((class_id, *counts, since, until))
