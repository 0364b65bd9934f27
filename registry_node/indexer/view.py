"""The state at the mirror's head while ledger blocks are computed: a write-back cache.

Changes of one ledger block gather here and leave with `finish`. What was read or changed stays in
memory, so that a long backlog rarely asks the database. What is not yet flushed is always here:
the database is asked only about things that nobody touched since the flush, and there it is right.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from typing import Any, Protocol

from registry_node.domain.references import token_id
from registry_node.store.changes import Changes, Row
from registry_node.store.tables import NOW, Kind, tables

MOST_CACHED = 250_000
"""Unit blocks, and versions of other things, kept after a flush."""

_VERSIONED = {
    name: (table.key, len(table.key))
    for name, table in tables().items()
    if table.kind is Kind.VERSION and name != "unit_block"
}

# The columns of unit_block.
ID, CLASS, FIRST, LAST, OWNER, STATE, POSITION, MOVEMENT, PARENT, FROM, TO = range(11)

UnitBlock = list[Any]
"""A row of unit_block."""

_Versions = dict[tuple[Any, ...], tuple[tuple[Any, ...] | None, int]]


class State(Protocol):
    """What is true now in the database; see `store.state.StateReader`."""

    def version(self, table: str, key: tuple[Any, ...]) -> tuple[Any, ...] | None: ...

    def unit_block(self, class_id: int, serial: int) -> tuple[Any, ...] | None: ...

    def next_id(self, table: str) -> int: ...

    def registries(self) -> Iterable[tuple[int, bytes]]: ...

    def desks(self) -> Iterable[tuple[int, bytes]]: ...

    def classes(self) -> Iterable[tuple[int, int, str]]: ...

    def links(self) -> Iterable[tuple[int, int, int]]: ...


class View:
    """Reads fall through to `state`; writes stay here until `finish`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.reset()

    def reset(self) -> None:
        """Forget everything, e.g. after an undo."""
        state = self._state
        self.registries = {address: id_ for id_, address in state.registries()}
        desks = {address: id_ for id_, address in state.desks()}
        self.speakers = {**desks, **self.registries}
        self.classes = {(registry, token_id(s)): id_ for id_, registry, s in state.classes()}
        self.links = {id_: (source, destination) for id_, source, destination in state.links()}
        numbered = ("movement", "unit_block", "unit_class")
        self._next = {name: state.next_id(name) for name in numbered}
        self._versions: dict[str, _Versions] = {name: {} for name in _VERSIONED}
        self._before: dict[str, _Versions] = {name: {} for name in _VERSIONED}
        self._blocks: dict[tuple[int, int], UnitBlock] = {}
        self._firsts: dict[int, list[int]] = {}  # of the blocks changed since the flush, by class
        self.begin(0)

    def begin(self, height: int) -> None:
        """Start a ledger block."""
        self._height = height
        self._changes = Changes(height)
        self._born: list[UnitBlock] = []

    # ---- facts and simple versions ----------------------------------------------------------

    def next_id(self, table: str) -> int:
        """Numbers in the order of the ledger, so that every mirror gives the same."""
        number = self._next[table]
        self._next[table] = number + 1
        return number

    def add(self, table: str, row: Row) -> None:
        """A fact."""
        self._changes.added.setdefault(table, []).append(row)

    def get(self, table: str, key: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The values (without key and heights) that are true now."""
        cached = self._versions[table].get(key)
        if cached is None:
            cached = self._load(table, key)
        return cached[0]

    def set(self, table: str, key: tuple[Any, ...], values: tuple[Any, ...] | None) -> None:
        """New values; None ends the thing. Many changes in a ledger block make one version."""
        versions = self._versions[table]
        cached = versions.get(key)
        if cached is None:
            cached = self._load(table, key)
        self._before[table].setdefault(key, cached)
        versions[key] = (values, cached[1])

    def _load(self, table: str, key: tuple[Any, ...]) -> tuple[tuple[Any, ...] | None, int]:
        row = self._state.version(table, key)
        loaded = (None, 0) if row is None else (tuple(row[len(key) : -2]), row[-2])
        self._versions[table][key] = loaded
        return loaded

    # ---- unit blocks ------------------------------------------------------------------------

    def block_at(self, class_id: int, serial: int) -> UnitBlock | None:
        """The block that holds a serial now; None when the serial does not exist."""
        block = self._blocks.get((class_id, serial))
        if block is not None:  # it begins there, as most blocks that are asked for do
            return block
        firsts = self._firsts.get(class_id)
        if firsts:
            i = bisect_right(firsts, serial)
            if i:
                block = self._blocks.get((class_id, firsts[i - 1]))
                if block is not None and block[LAST] >= serial:
                    return block
        row = self._state.unit_block(class_id, serial)
        if row is None or row[LAST] < serial:
            return None
        block = self._blocks[class_id, row[FIRST]] = list(row)
        return block

    def put(
        self,
        class_id: int,
        first: int,
        last: int,
        owner: bytes,
        state: int,
        *,
        movement: int,
        parent: int | None,
    ) -> None:
        """A block at the head of its owner's list."""
        number = self.next_id("unit_block")
        head = [number, class_id, first, last, owner, state]
        self._place([*head, number, movement, parent, self._height, NOW])

    def take(self, block: UnitBlock, first: int, last: int) -> None:
        """Take serials out of a block, as `SerialBlocks.takeNamed` does: its beginning keeps its
        place in the list, what lies behind the cut becomes a new block at the head."""
        self._end(block)
        _, class_id, start, end, owner, state, position, movement, parent, _, _ = block
        if start < first:
            number = self.next_id("unit_block")
            head = [number, class_id, start, first - 1, owner, state]
            self._place([*head, position, movement, parent, self._height, NOW])
        if last < end:
            self.put(class_id, last + 1, end, owner, state, movement=movement, parent=parent)

    def _place(self, block: UnitBlock) -> None:
        self._born.append(block)
        key = (block[CLASS], block[FIRST])
        self._blocks[key] = block
        firsts = self._firsts.setdefault(block[CLASS], [])
        i = bisect_right(firsts, block[FIRST])
        if i == 0 or firsts[i - 1] != block[FIRST]:
            insort(firsts, block[FIRST])

    def _end(self, block: UnitBlock) -> None:
        del self._blocks[block[CLASS], block[FIRST]]
        if block[FROM] == self._height:
            block[TO] = self._height
        else:
            self._changes.closed.setdefault("unit_block", []).append((block[ID],))

    # ---- leaving ----------------------------------------------------------------------------

    def finish(self) -> Changes:
        """The changes of the ledger block since `begin`."""
        changes = self._changes
        for table, touched in self._before.items():
            if touched:
                self._fold(table, touched, changes)
                touched.clear()
        if self._born:
            changes.added["unit_block"] = list(self._born)
        return changes

    def _fold(self, table: str, touched: _Versions, changes: Changes) -> None:
        """One version for all the changes of a thing in this ledger block."""
        closed: list[tuple[Any, ...]] = []
        added: list[Row] = []
        versions = self._versions[table]
        for key, (before, since) in touched.items():
            after = versions[key][0]
            if after == before:
                continue
            if before is not None:
                closed.append((*key, since))
            if after is not None:
                added.append([*key, *after, self._height, NOW])
            versions[key] = (after, self._height)
        if closed:
            changes.closed[table] = closed
        if added:
            changes.added[table] = added

    def flushed(self) -> None:
        """Everything is in the database now; keep only as much as is worth it."""
        self._firsts.clear()
        if len(self._blocks) > MOST_CACHED:
            self._blocks.clear()
        for versions in self._versions.values():
            if len(versions) > MOST_CACHED:
                versions.clear()
