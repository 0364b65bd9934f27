"""The state at the mirror's head while ledger blocks are computed: a write-back cache.

Changes of one ledger block gather here and leave with `finish`. What was read or changed stays in
memory, so that a long backlog rarely asks the database. What is not yet flushed is always here:
the database is asked only about things that nobody touched since the flush, and there it is right.
Of a mirror that began empty each table is here as a whole until it is dropped, and is not asked
for at all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import count
from typing import Any, NamedTuple, Protocol

from registry_node.chain.decoding import Voice
from registry_node.domain.references import token_id
from registry_node.domain.words import UnitState
from registry_node.store.changes import Changes, Row
from registry_node.store.tables import NOW, Kind, tables

MOST_CACHED = 250_000
"""Unit blocks, and versions of other things, kept after a flush."""

_VERSIONED = [
    name for name, table in tables().items() if table.kind is Kind.VERSION and name != "unit_block"
]
_FEW = 1_000
"""First serials that are sorted on their own: all of them would take long each time."""

_NUMBERED = ("movement", "unit_block", "unit_class")

# The columns of unit_block.
ID, CLASS, FIRST, LAST, OWNER, STATE, LIST, POSITION, MARKS, MOVEMENT, PARENT, FROM, TO = range(13)

_HELD = int(UnitState.HELD)

UnitBlock = list[Any]
"""A row of unit_block."""


class Speaker(NamedTuple):
    """What the events of an address are taken for."""

    voice: Voice
    registry: int  # id; of a gateway zero


class Contracts(NamedTuple):
    """What the deployment knows of the addresses on the ledger."""

    speakers: dict[bytes, Speaker]
    naming: frozenset[bytes]  # those whose events name desks


def list_of(count_: int) -> int:
    """Which of its owner's four lists a block in circulation is put into."""
    if count_ < 256:  # noqa: PLR2004 - as `SerialBlocks.listOf`
        return 0 if count_ < 16 else 1  # noqa: PLR2004
    return 2 if count_ < 4096 else 3  # noqa: PLR2004


class Version:
    """What is true of a thing: its values (without key and heights), and since when."""

    __slots__ = ("before", "since", "touched", "values")

    def __init__(self, values: tuple[Any, ...] | None, since: int) -> None:
        self.values = values
        self.since = since
        self.touched = -1  # the ledger block that `before` is of
        self.before = values  # the values at its beginning


class Firsts:
    """The first serials of the unit blocks of a class that are here. None is ever taken back: what
    is cut begins where it began."""

    __slots__ = ("_added", "_sorted")

    def __init__(self) -> None:
        self._sorted: list[int] = []
        self._added: list[int] = []

    def add(self, first: int) -> None:
        self._added.append(first)

    def before(self, serial: int) -> int | None:
        """The highest that is `serial` or less."""
        self._added.sort()  # little to do: most were in order the last time
        if len(self._added) > _FEW:
            self._sorted += self._added
            self._sorted.sort()
            self._added.clear()
        found = [
            firsts[i - 1]
            for firsts in (self._sorted, self._added)
            if (i := bisect_right(firsts, serial))
        ]
        return max(found, default=None)


class State(Protocol):
    """What is true now in the database; see `store.state.StateReader`."""

    def version(self, table: str, key: tuple[Any, ...]) -> tuple[Any, ...] | None: ...

    def unit_block(self, class_id: int, serial: int) -> tuple[Any, ...] | None: ...

    def next_id(self, table: str) -> int: ...

    def is_empty(self) -> bool: ...

    def registries(self) -> Iterable[tuple[int, bytes]]: ...

    def desks(self) -> Iterable[tuple[int, bytes]]: ...

    def classes(self) -> Iterable[tuple[int, int, str]]: ...

    def links(self) -> Iterable[tuple[int, int, int]]: ...

    def succession(self) -> int: ...


class View:
    """Reads fall through to `state`; writes stay here until `finish`."""

    def __init__(self, state: State, contracts: Contracts) -> None:
        self._state = state
        self._contracts = contracts
        self.reset()

    def reset(self) -> None:
        """Forget everything, e.g. after an undo."""
        state = self._state
        self.registries = {address: id_ for id_, address in state.registries()}
        self.naming = self._contracts.naming
        self.speakers = {a: (speaker,) for a, speaker in self._contracts.speakers.items()}
        self.desks: set[tuple[int, bytes]] = set()
        for registry, address in state.desks():
            self._speak(registry, address)
        self.succession = state.succession()
        self.classes = {(registry, token_id(s)): id_ for id_, registry, s in state.classes()}
        self.links = {id_: (source, destination) for id_, source, destination in state.links()}
        self._numbers = {name: count(state.next_id(name)) for name in _NUMBERED}
        # The tables that are here as a whole.
        self._whole = {"unit_block", *_VERSIONED} if state.is_empty() else set[str]()
        self._versions: dict[str, dict[tuple[Any, ...], Version]] = {n: {} for n in _VERSIONED}
        self._touched: dict[str, list[tuple[tuple[Any, ...], Version]]] = {}
        # Unit blocks by their class and first serial, and by their class and last one.
        self._blocks: dict[tuple[int, int], UnitBlock] = {}
        self._ends: dict[tuple[int, int], UnitBlock] = {}
        self._firsts: dict[int, Firsts] = {}  # by class: of `_blocks`
        self.begin(0)

    def begin(self, height: int) -> None:
        """Start a ledger block."""
        self._height = height
        self._changes = Changes(height)
        self._born: list[UnitBlock] = []
        self._ended: list[tuple[Any, ...]] = []

    # ---- who speaks -------------------------------------------------------------------------

    def name(self, registry: int, address: bytes) -> None:
        """A programme names one of its desks: from here on what it says is of the programme. What
        is a contract of another sort stays what it is."""
        if (registry, address) in self.desks:
            return
        if self._speak(registry, address):
            self.add("desk", (registry, address, self._height))

    def _speak(self, registry: int, address: bytes) -> bool:
        known = self.speakers.get(address, ())
        if any(speaker.voice is not Voice.DESK for speaker in known):
            return False
        speaker = Speaker(Voice.DESK, registry)
        if speaker not in known:
            self.speakers[address] = (*known, speaker)
        self.desks.add((registry, address))
        return True

    # ---- facts and simple versions ----------------------------------------------------------

    def next_id(self, table: str) -> int:
        """Numbers in the order of the ledger, so that every mirror gives the same."""
        return next(self._numbers[table])

    def add(self, table: str, row: Row) -> None:
        """A fact."""
        self._changes.added.setdefault(table, []).append(row)

    def get(self, table: str, key: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The values (without key and heights) that are true now."""
        version = self._versions[table].get(key)
        if version is None:
            version = self._load(table, key)
        return version.values

    def set(self, table: str, key: tuple[Any, ...], values: tuple[Any, ...] | None) -> None:
        """New values; None ends the thing. Many changes in a ledger block make one version."""
        self.touch(table, key).values = values

    def touch(self, table: str, key: tuple[Any, ...]) -> Version:
        """What is true now of a thing, to be changed in place: its `values` may be replaced."""
        version = self._versions[table].get(key)
        if version is None:
            version = self._load(table, key)
        if version.touched != self._height:
            version.touched = self._height
            version.before = version.values
            self._touched.setdefault(table, []).append((key, version))
        return version

    def _load(self, table: str, key: tuple[Any, ...]) -> Version:
        row = None if table in self._whole else self._state.version(table, key)
        version = Version(None, 0) if row is None else Version(tuple(row[len(key) : -2]), row[-2])
        self._versions[table][key] = version
        return version

    # ---- unit blocks ------------------------------------------------------------------------

    def block_of(self, class_id: int, first: int, last: int) -> UnitBlock | None:
        """The block that holds a run of serials now; None when they are not in one block."""
        # Most runs that are asked for begin or end where their block does.
        block = self._blocks.get((class_id, first)) or self._ends.get((class_id, last))
        if block is None:
            block = self._block_around(class_id, first) or self._stored_block(class_id, first)
        return block if block and block[FIRST] <= first and last <= block[LAST] else None

    def _block_around(self, class_id: int, serial: int) -> UnitBlock | None:
        """The block that holds a serial, if it is here."""
        firsts = self._firsts.get(class_id)
        first = firsts.before(serial) if firsts else None
        block = None if first is None else self._blocks[class_id, first]
        return block if block and block[LAST] >= serial else None

    def _stored_block(self, class_id: int, serial: int) -> UnitBlock | None:
        """The block that holds a serial, when it is not here."""
        if "unit_block" in self._whole:
            return None
        row = self._state.unit_block(class_id, serial)
        if row is None or row[LAST] < serial:
            return None
        return self._keep(list(row))

    def put(
        self,
        class_id: int,
        first: int,
        last: int,
        owner: bytes,
        state: int,
        *,
        marks: int,
        movement: int,
        parent: int | None,
    ) -> None:
        """A block at the head of its owner's list for its size, if it is in circulation."""
        number = next(self._numbers["unit_block"])
        list_ = list_of(last - first + 1) if state == _HELD else 0
        rest = (owner, state, list_, number, marks, movement, parent, self._height, NOW)
        self._place([number, class_id, first, last, *rest])

    def take(self, block: UnitBlock, first: int, last: int) -> None:
        """Take serials out of a block, as `SerialBlocks.takeNamed` does: its beginning keeps its
        place in the list, what lies behind the cut becomes a new block at the head."""
        self._end(block)
        _, class_id, start, end, owner, state, _, _, marks, movement, parent, _, _ = block
        if start < first:
            self._piece(block, start, first - 1, marks)
        if last < end:
            self.put(
                class_id, last + 1, end, owner, state, marks=marks, movement=movement, parent=parent
            )

    def mark(self, block: UnitBlock, first: int, last: int, marks: int) -> None:
        """Give serials of a block other marks: they become a block of their own, where they are."""
        self._end(block)
        for start, end, mine in (
            (block[FIRST], first - 1, block[MARKS]),
            (first, last, marks),
            (last + 1, block[LAST], block[MARKS]),
        ):
            if start <= end:
                self._piece(block, start, end, mine)

    def _piece(self, block: UnitBlock, first: int, last: int, marks: int) -> None:
        """What remains of a block keeps its place."""
        number = next(self._numbers["unit_block"])
        rest = (block[POSITION], marks, block[MOVEMENT], block[PARENT], self._height, NOW)
        self._place([number, block[CLASS], first, last, *block[OWNER:POSITION], *rest])

    def _place(self, block: UnitBlock) -> None:
        self._born.append(block)
        self._keep(block)

    def _keep(self, block: UnitBlock) -> UnitBlock:
        class_id, first, last = block[CLASS], block[FIRST], block[LAST]
        if (class_id, first) not in self._blocks:
            self._firsts.setdefault(class_id, Firsts()).add(first)
        self._blocks[class_id, first] = self._ends[class_id, last] = block
        return block

    def _end(self, block: UnitBlock) -> None:
        """Another block will be where it begins, and another where it ends."""
        if block[FROM] == self._height:
            block[TO] = self._height
        else:
            self._ended.append((block[ID],))

    # ---- leaving ----------------------------------------------------------------------------

    def finish(self) -> Changes:
        """The changes of the ledger block since `begin`."""
        changes = self._changes
        for table, touched in self._touched.items():
            if touched:
                self._fold(table, touched, changes)
                touched.clear()
        if self._ended:
            changes.closed["unit_block"] = self._ended
        if self._born:
            changes.added["unit_block"] = [*self._born]
        return changes

    def _fold(
        self, table: str, touched: list[tuple[tuple[Any, ...], Version]], changes: Changes
    ) -> None:
        """One version for all the changes of a thing in this ledger block."""
        height = self._height
        closed: list[tuple[Any, ...]] = []
        added: list[Row] = []
        for key, version in touched:
            before, after = version.before, version.values
            if after == before:
                continue
            if before is not None:
                closed.append((*key, version.since))
            if after is not None:
                added.append([*key, *after, height, NOW])
            version.since = height
        if closed:
            changes.closed[table] = closed
        if added:
            changes.added[table] = added

    def flushed(self) -> None:
        """Everything is in the database now; keep only as much as is worth it."""
        if len(self._blocks) > MOST_CACHED:
            self._blocks.clear()
            self._ends.clear()
            self._firsts.clear()
            self._whole.discard("unit_block")
        for table, versions in self._versions.items():
            if len(versions) > MOST_CACHED:
                versions.clear()
                self._whole.discard(table)
