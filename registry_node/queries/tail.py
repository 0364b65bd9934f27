"""What happened since a position: movements, quota changes, and what the chain took back.

A position names a ledger block by its hash, and a place in it. As long as the mirror has that very
block, reading goes on behind it. When the chain took it back, the reader is told above which height
everything is undone, and reading goes on from there.

Nothing is kept for a reader but its position and the hashes of what it has read that can still be
taken back, so that any number of them may read at their own speed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, TypeAlias

from registry_node.domain.errors import InvalidInput
from registry_node.queries import disputes, find, links, quotas
from registry_node.queries.movements import MOVEMENT, OF_REGISTRY, movement
from registry_node.queries.snapshot import Json, Snapshot, hexed
from registry_node.store.connection import NamedRow

Kind: TypeAlias = Literal["movement", "quota", "undone", "head"]

BLOCKS_AT_ONCE = 1_000
EVENTS_AT_ONCE = 500

_METERS = 2**31
"""Quota meters have no place among a block's logs: they come behind them."""
_END = 2**62
_HASH_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Position:
    """Behind place `place` of ledger block `number`, which begins with `hash`; empty where any
    block of that height will do. Up to `final` nothing was replaceable when it was read."""

    number: int
    hash: str = ""
    place: int = _END
    final: int = -1

    def __str__(self) -> str:
        place = "end" if self.place == _END else str(self.place)
        return f"{self.number}.{self.hash}.{place}.{max(self.final, 0)}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """A cursor of the stream, or a height: then what follows that ledger block."""
        number, *rest = text.split(".")
        match rest:
            case [] if _whole(number):
                return cls(int(number))
            case [digits, place, final] if (
                all(map(_whole, (number, final, "0" if place == "end" else place)))
                and len(digits) == _HASH_DIGITS
                and not set(digits) - set("0123456789abcdef")
            ):
                at = _END if place == "end" else int(place)
                return cls(int(number), digits, at, int(final))
        raise InvalidInput(
            f"'{text}' is not a cursor of the stream.",
            "Use the id of an event unchanged, or a ledger height.",
        )


@dataclass(frozen=True, slots=True)
class Event:
    """`position` is where to go on behind it; `as_of` the ledger block that it happened in."""

    kind: Kind
    position: Position
    data: Json | None
    as_of: Json
    disputed: list[Json] = field(default_factory=list)

    def to_json(self) -> Json:
        doubt = {"disputed": self.disputed} if self.disputed else {}
        return {"data": self.data, "as_of": self.as_of, **doubt}


class Tail:
    """One reader's way along the ledger. Without `after` it begins behind the snapshot's head.

    Raises `NotFound` for a registry that is not there, `InvalidInput` for an impossible cursor, and
    what the snapshot's view raises about accounts that are not open to it.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        after: Position | None = None,
        *,
        registry: str | None = None,
        address: bytes | None = None,
    ) -> None:
        snapshot.view.require(registry, address)
        self._registry = find.registry(snapshot, registry)["code"] if registry else None
        self._address = address
        self._passed: dict[int, str] = {}  # hashes of blocks that can still be taken back
        head = Position(snapshot.height, _short(snapshot.as_of.hash), _END, snapshot.as_of.final)
        if after is not None and not after.hash and after.number > head.number:
            raise InvalidInput(
                f"The ledger has not reached block {after.number}.",
                f"The mirror stands at {head.number}.",
            )
        self.position = after or head
        if not self.position.hash:  # a height: then of the block that is there now
            self.position = self._end_of(snapshot, self.position.number)
        self._keep(snapshot, self.position.number, self.position.number)

    def read(self, snapshot: Snapshot) -> list[Event]:
        """The next events, at most some hundreds of some hundred ledger blocks; `at_head` says
        whether that was all. The snapshot is of the head."""
        undone = self._undone(snapshot)
        if undone is not None:
            return [undone]
        position = self.position
        whole = position.place == _END
        first = position.number + whole
        last = min(snapshot.height, first + BLOCKS_AT_ONCE - 1)
        found = list(self._events(snapshot, first, last)) if first <= last else []
        if len(found) > EVENTS_AT_ONCE:
            found = found[:EVENTS_AT_ONCE]
            self.position = found[-1].position
            last = self.position.number
        elif first <= last:
            self.position = self._end_of(snapshot, last)
        self._keep(snapshot, first, last)
        return found

    def at_head(self, snapshot: Snapshot) -> bool:
        """Whether nothing is left to read in this snapshot."""
        at = self.position
        return at.number == snapshot.height and at.place == _END and self._stands(snapshot, at)

    def head(self, snapshot: Snapshot) -> Event:
        """That the reader has everything up to here, and what of it is in doubt."""
        given = {"registry": self._registry, "address": self._address}
        disputed = disputes.concerning(snapshot, None, given, is_list=True)
        return Event("head", self.position, None, snapshot.as_of.to_json(), disputed)

    # ---- what the chain took back -----------------------------------------------------------

    def _undone(self, snapshot: Snapshot) -> Event | None:
        """Goes back to the last block read that is still there, and says so."""
        if self._stands(snapshot, self.position):
            return None
        passed = sorted((n for n in self._passed if n < self.position.number), reverse=True)
        known = (n for n in passed if _hash_of(snapshot, n) == self._passed[n])
        ancestor = min(next(known, self.position.final), self.position.number - 1, snapshot.height)
        self.position = self._end_of(snapshot, ancestor)
        self._passed = {n: text for n, text in self._passed.items() if n <= ancestor}
        as_of = _as_of(snapshot, ancestor, self.position.hash)
        return Event("undone", self.position, {"above": ancestor}, as_of)

    def _stands(self, snapshot: Snapshot, at: Position) -> bool:
        if not at.hash:
            return True
        return _hash_of(snapshot, at.number) == at.hash

    def _end_of(self, snapshot: Snapshot, number: int) -> Position:
        return Position(number, _hash_of(snapshot, number) or "", _END, snapshot.as_of.final)

    def _keep(self, snapshot: Snapshot, first: int, last: int) -> None:
        final = snapshot.as_of.final
        self._passed = {n: text for n, text in self._passed.items() if n >= final}
        rows = snapshot.all(
            "SELECT number, hash FROM header WHERE number BETWEEN :first AND :last",
            first=max(first, final),
            last=last,
        )
        self._passed.update({row["number"]: _short(row["hash"]) for row in rows})

    # ---- what happened ----------------------------------------------------------------------

    def _events(self, snapshot: Snapshot, first: int, last: int) -> Iterator[Event]:
        """One event more than are wanted, in ledger order."""
        position = self.position
        found = [*self._movements(snapshot, first, last), *self._quotas(snapshot, first, last)]
        found.sort(key=lambda item: item[:2])
        final = snapshot.as_of.final
        for number, place, kind, block_hash, data in found:
            if number > position.number or place > position.place:
                short = block_hash[2 : 2 + _HASH_DIGITS]
                as_of = {
                    "block_number": number,
                    "block_hash": block_hash,
                    "finalized": number <= final,
                }
                disputed = disputes.concerning(snapshot, data, {}, is_list=False, at=number)
                yield Event(kind, Position(number, short, place, final), data, as_of, disputed)

    def _movements(self, snapshot: Snapshot, first: int, last: int) -> Iterator[_Found]:
        conditions = ["block >= :first", "block <= :last", "(block, log_index) > (:at, :place)"]
        if self._registry is not None:
            conditions.append(OF_REGISTRY.format(":registry"))
        if self._address is not None:
            conditions.append("(sender = :address OR recipient = :address)")
        seen = snapshot.seen((OF_REGISTRY, "sender"), (OF_REGISTRY, "recipient"))
        source = (
            f"(SELECT * FROM movement WHERE {' AND '.join(conditions)}{seen}"  # noqa: S608
            " ORDER BY block, log_index LIMIT :most)"
        )
        rows = snapshot.all(
            f"{MOVEMENT.format(source=source)} ORDER BY m.block, m.log_index",
            first=first,
            last=last,
            at=self.position.number,
            place=min(self.position.place, _METERS),
            registry=self._registry,
            address=self._address,
            most=EVENTS_AT_ONCE + 1,
        )
        for row in rows:
            data = movement(snapshot, row)
            yield row["block"], row["log_index"], "movement", data["block_hash"], data

    def _quotas(self, snapshot: Snapshot, first: int, last: int) -> Iterator[_Found]:
        """Changes of limits and of what is used; of both registries of a link, and open to all."""
        if self._address is not None:
            return
        for row in snapshot.all(_TERMS, first=first, last=last):
            if self._wants(row):
                link = links.find_link(snapshot, str(row["link_id"]))
                data = {"link": links.name(row), **quotas.terms_entry(snapshot, link, row)}
                yield row["block"], row["log_index"], "quota", hexed(row["block_hash"]), data
        uses = snapshot.all(_USES, first=first, last=last)
        for block, group in groupby(uses, key=lambda row: row["block"]):
            for i, row in enumerate(group):
                if self._wants(row):
                    data = {"link": links.name(row), **quotas.use_entry(row)}
                    yield block, _METERS + i, "quota", hexed(row["block_hash"]), data

    def _wants(self, row: NamedRow) -> bool:
        return self._registry in {None, row["source"], row["destination"]}


_Found: TypeAlias = tuple[int, int, Kind, str, Any]

_LINKED = """
JOIN link l ON l.id = q.link_id
JOIN registry s ON s.id = l.source_id
JOIN registry d ON d.id = l.destination_id
"""

_TERMS = f"""
SELECT q.*, s.code AS source, d.code AS destination, b.hash AS block_hash, b.timestamp
FROM link_terms q JOIN header b ON b.number = q.block {_LINKED}
WHERE q.stage = 1 AND q.block BETWEEN :first AND :last ORDER BY q.block, q.log_index
"""  # noqa: S608

_USES = f"""
SELECT q.link_id, q.period_start, q.period_end, q.used, q.quota, q.from_height AS block,
       s.code AS source, d.code AS destination, b.hash AS block_hash, b.timestamp
FROM meter q JOIN header b ON b.number = q.from_height {_LINKED}
WHERE q.from_height BETWEEN :first AND :last ORDER BY q.from_height, q.link_id
"""  # noqa: S608


def _short(block_hash: bytes) -> str:
    return block_hash.hex()[:_HASH_DIGITS]


def _hash_of(snapshot: Snapshot, number: int) -> str | None:
    row = snapshot.one("SELECT hash FROM header WHERE number = :number", number=number)
    return _short(row["hash"]) if row else None


def _as_of(snapshot: Snapshot, number: int, short: str) -> Json:
    row = snapshot.one("SELECT hash FROM header WHERE number = :number", number=number)
    return {
        "block_number": number,
        "block_hash": hexed(row["hash"]) if row else f"0x{short:0<64}",
        "finalized": number <= snapshot.as_of.final,
    }


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19  # noqa: PLR2004  # 63 bits
