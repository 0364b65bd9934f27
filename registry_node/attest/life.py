"""Whether proven movements make up a life: who is whose twin, and each step begins where the last
one ended.

The traced unit and its twins are runs of serials (ADR 3). Which run is whose twin follows from
lots, which the chain's logs tell in the transaction of each export.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from linking.rates import InvalidRate, Rate, twins_abroad, twins_at_source
from registry_node.attest.payload import Contracts
from registry_node.attest.steps import Proven, is_foreign
from registry_node.domain import events as e
from registry_node.domain import events_links as g
from registry_node.domain.references import UnitReference, symbol_of
from registry_node.domain.words import TransactionType, UnitState
from registry_node.queries.snapshot import NOBODY, hexed


class NotALife(ValueError):
    """The movements do not fit together; the message says where."""


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot as its event tells it, with the registries on both sides."""

    opened: g.LotOpened
    source: str
    destination: str

    @property
    def rate(self) -> Rate:
        return Rate(self.opened.rate_numerator, self.opened.rate_denominator)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.opened.lot_id,
            "link": f"{self.source}_{self.destination}",
            "rate": {
                "numerator": str(self.opened.rate_numerator),
                "denominator": str(self.opened.rate_denominator),
            },
            "terms_version": self.opened.version,
        }


@dataclass(frozen=True, slots=True)
class Run:
    """Serials of one class whose movements the life tells; `lot` makes them twins."""

    code: str
    symbol: str
    first: int
    last: int
    lot: Lot | None = field(default=None, compare=False)

    def has(self, step: Proven) -> bool:
        return step.code == self.code and self.is_in(step.moved)

    def is_in(self, moved: e.UnitsMoved) -> bool:
        """Whether a movement of its registry moves some of it."""
        overlaps = self.first < moved.first + moved.count and moved.first <= self.last
        return overlaps and symbol_of(moved.token) == self.symbol

    def part(self, first: int, last: int) -> str:
        low, high = max(self.first, first), min(self.last, last)
        return str(UnitReference(self.code, self.symbol, low, high))


@dataclass(frozen=True, slots=True)
class Member:
    """A step with its run, and what the statement must say of it beyond its own log."""

    run: Run
    step: Proven
    lot: Lot | None

    @property
    def unit(self) -> str:
        return self.run.part(self.step.first, self.step.last)


# ---- which runs there are ---------------------------------------------------------------------


def runs_of(
    subject: dict[str, Any], steps: Sequence[Proven], contracts: Contracts
) -> tuple[Run, list[Run]]:
    """The traced unit's own run, and its twins' in the order in which they came about.

    Raises `NotALife` when a lot that is needed is not shown.
    """
    code, symbol, serial = subject["registry"], subject["class"], subject["serial"]
    own = Run(code, symbol, serial, serial)
    lots = {lot.opened.lot_id: lot for step in steps for lot in _lots(step, contracts)}
    if is_foreign(symbol):
        lot = next((lot for lot in lots.values() if _came_in(lot, own)), None)
        if lot is None:
            raise NotALife("the lot that the unit came in is not shown")
        return Run(code, symbol, serial, serial, lot), list(_origins(own, lot))
    return own, [
        _abroad(own, step, lots)
        for step in steps
        if own.has(step) and step.moved.state == UnitState.ESCROWED
    ]


def _lots(step: Proven, contracts: Contracts) -> Iterator[Lot]:
    """Lots opened in a step's transaction; their units say between which registries."""
    moves = [event for event in step.events.values() if isinstance(event, e.UnitsMoved)]
    for event in step.events.values():
        if not isinstance(event, g.LotOpened):
            continue
        source = {m.address for m in moves if m.token == event.source_token}
        destination = {m.address for m in moves if m.token == event.foreign_token}
        if len(source) == 1 and len(destination) == 1:
            codes = [contracts.code_of(address) for address in (*source, *destination)]
            if codes[0] and codes[1]:
                yield Lot(event, codes[0], codes[1])


def _came_in(lot: Lot, unit: Run) -> bool:
    first = lot.opened.foreign_first
    return (lot.destination, symbol_of(lot.opened.foreign_token)) == (
        unit.code,
        unit.symbol,
    ) and first <= unit.first < first + lot.opened.foreign_count


def _abroad(own: Run, export: Proven, lots: dict[int, Lot]) -> Run:
    """The foreign serials that stand for a unit, after an export."""
    for opened in export.lots:
        offset = 0
        for first, count in opened.source_ranges:
            inside = first <= own.first < first + count
            if inside and symbol_of(opened.source_token) == own.symbol and opened.lot_id in lots:
                lot = lots[opened.lot_id]
                offset += own.first - first
                low, high = twins_abroad(offset, opened.foreign_count, _rate(lot))
                there = opened.foreign_first
                symbol = symbol_of(opened.foreign_token)
                return Run(lot.destination, symbol, there + low, there + high - 1, lot)
            offset += count
    raise NotALife("the lot of an export is not shown")


def _origins(unit: Run, lot: Lot) -> Iterator[Run]:
    """The serials at home that a foreign unit stands for."""
    opened = lot.opened
    offset = unit.first - opened.foreign_first
    low, high = twins_at_source(offset, offset + 1, opened.source_count, _rate(lot))
    begin = 0
    for first, count in opened.source_ranges:
        shift = first - begin
        start, end = max(first, low + shift), min(first + count - 1, high - 1 + shift)
        if start <= end:
            yield Run(lot.source, symbol_of(opened.source_token), start, end, lot)
        begin += count


def _rate(lot: Lot) -> Rate:
    try:
        return lot.rate
    except InvalidRate as error:
        raise NotALife(f"lot {lot.opened.lot_id} has no rate: {error}") from error


# ---- who each step is about ---------------------------------------------------------------------


def members(
    own: Run, twins: Sequence[Run], steps: Sequence[tuple[Proven, str]], gateway: bytes
) -> list[Member | None]:
    """Each step with the run that it is told for; the text is what the statement calls the unit.

    None for a step that moves neither the unit nor a twin by that name.
    """
    found: list[Member | None] = []
    last_export: Lot | None = None
    exports = iter([twin.lot for twin in twins])
    for step, said in steps:
        fitting = [
            run
            for run in (own, *twins)
            if run.has(step) and run.part(step.first, step.last) == said
        ]
        if not fitting:
            found.append(None)
            continue
        run = fitting[0]
        lot: Lot | None
        if own.lot is not None:  # the life of a foreign unit
            lot = own.lot if run is own or _at_border(step, own.lot, gateway) else None
        elif run is own:
            if step.moved.state == UnitState.ESCROWED:
                last_export = next(exports, None)
            border = step.moved.state == UnitState.ESCROWED or step.moved.sender == gateway
            lot = last_export if border else None
        else:
            lot = run.lot
        found.append(Member(run, step, lot))
    return found


def _at_border(step: Proven, lot: Lot, gateway: bytes) -> bool:
    """Whether an origin went into this lot, or left it."""
    began = (lot.opened.block, lot.opened.tx_hash)
    if step.moved.state == UnitState.ESCROWED:
        return (step.sent.header.number, step.sent.hash) == began or step.moved.sender == gateway
    return step.moved.sender == gateway and step.sent.header.number >= began[0]


# ---- one step after the other -------------------------------------------------------------------


def check_order(steps: Sequence[Member]) -> None:
    """Raises `NotALife` for steps that are not in the ledger's order, or told twice."""
    told = [(*member.step.position, member.run.code, member.run.first) for member in steps]
    for number, (before, after) in enumerate(pairwise(told), 2):
        if after[:3] < before[:3] or after in told[: number - 1]:
            raise NotALife(f"step {number} is not after step {number - 1} on the ledger")


def check_continuity(run: Run, steps: Sequence[tuple[int, Proven]]) -> Proven:
    """Follows every serial of a run from where it was new. Returns the last step of its first one.

    Raises `NotALife` where a step does not begin with whom, and in a state in which, the one before
    it ended.
    """
    cuts = {run.first}
    for _, step in steps:
        cuts.update(cut for cut in (step.first, step.last + 1) if run.first < cut <= run.last)
    ends: list[Proven] = []
    for serial in sorted(cuts):
        before: Proven | None = None
        for number, step in steps:
            if step.first <= serial <= step.last:
                _check_next(run, serial, before, number, step)
                before = step
        if before is None:
            raise NotALife(f"nothing is shown of {run.part(serial, serial)}")
        ends.append(before)
    return ends[0]


def _check_next(run: Run, serial: int, before: Proven | None, number: int, step: Proven) -> None:
    unit = run.part(serial, serial)
    if before is None:
        first = TransactionType.CONVERSION if is_foreign(run.symbol) else TransactionType.ISSUANCE
        if step.moved.sender != NOBODY or step.moved.transaction_type != first:
            raise NotALife(f"step {number}: {unit} does not begin as a new unit")
        return
    if step.moved.sender != before.moved.recipient:
        raise NotALife(
            f"step {number}: {unit} leaves {hexed(step.moved.sender)}, and was with"
            f" {hexed(before.moved.recipient)}"
        )
    ended = UnitState(before.moved.state).is_terminal
    if ended and step.moved.transaction_type != TransactionType.REVERSAL_OF_SURRENDER:
        raise NotALife(f"step {number}: {unit} moves after it had ended")


def untold(own: Run, twins: Sequence[Run], steps: Sequence[Member]) -> list[str]:
    """Movements of the unit in the shown transactions that no step tells.

    What origins of a foreign unit did after they had left its lot is not part of its life.
    """
    runs = [own, *(twins if own.lot is None else ())]
    there = {m.run: m.step.moved.address for m in steps}
    told = {(m.step.position, m.run) for m in steps}
    missing = set()
    for member in steps:
        block, index, _ = member.step.position
        moves = [(n, x) for n, x in member.step.events.items() if isinstance(x, e.UnitsMoved)]
        for place, moved in moves:
            for run in runs:
                mine = run.is_in(moved) and moved.address == there.get(run)
                if mine and ((block, index, place), run) not in told:
                    missing.add(
                        f"log {place} of a transaction of ledger block {block} moves units of"
                        f" {run.part(run.first, run.last)}, and no step tells it"
                    )
    return sorted(missing)
