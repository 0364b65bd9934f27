"""Units: issuance, movements, uses. The mirror of `UnitLedger._move` and `SerialBlocks`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry_node.domain import events as e
from registry_node.domain.words import Marks, TransactionType, UnitState
from registry_node.indexer.projection import ISSUED, NOBODY, Projection, broken
from registry_node.indexer.view import ID, MARKS, OWNER, STATE, UnitBlock, View

_HELD = int(UnitState.HELD)
_ESCROWED = int(UnitState.ESCROWED)
_ENCUMBERED = int(UnitState.ENCUMBERED)
_REVERSAL = int(TransactionType.REVERSAL_OF_SURRENDER)
_TRANSFER = int(TransactionType.TRANSFER)
_EXTERNAL = int(TransactionType.EXTERNAL_TRANSFER)
_ALLOCATION = int(TransactionType.ALLOCATION)
_FREE, _TRADED, _FROZEN = int(Marks.FREE), int(Marks.TRADED), int(Marks.FROZEN)
_IN_BALANCE = (_HELD, _ESCROWED, _ENCUMBERED)
_NOTHING = (0, 0)


def _units_issued(p: Projection, event: e.UnitsIssued) -> None:
    p.view.add(
        "issuance",
        (
            p.class_of(event, event.token),
            event.first,
            event.first + event.count - 1,
            event.evidence,
            event.block,
            event.log_index,
            event.tx_hash,
        ),
    )


def _units_moved(p: Projection, event: e.UnitsMoved) -> None:
    """A run of serials goes to another owner, another state, or both.

    Units that arrive over a link move twice: into the gateway's name (new, HELD), and at once out
    of it. On the ledger that is one block written once; here the first version has no length in
    time, and the gateway's balance is back where it was.
    """
    view = p.view
    class_id = p.class_of(event, event.token)
    sender, recipient, state = event.sender, event.recipient, event.state
    first, count = event.first, event.count
    last = first + count - 1
    movement = view.next_id("movement")
    view.add(
        "movement",
        (
            movement,
            class_id,
            first,
            last,
            sender,
            recipient,
            event.transaction_type,
            state,
            event.block,
            event.log_index,
            event.tx_hash,
        ),
    )
    if sender == NOBODY:
        parent = None
        before = marks = 0
    else:
        block = _source(p, event, class_id, last)
        parent, before, marks = block[ID], block[STATE], block[MARKS]
        view.take(block, first, last)
        if before in _IN_BALANCE:
            _change_balance(view, class_id, sender, -count, before)
    marks = _marks(event, marks)
    view.put(class_id, first, last, recipient, state, marks=marks, movement=movement, parent=parent)
    if state in _IN_BALANCE:
        _change_balance(view, class_id, recipient, count, state)
    if state != before:
        _count_states(p, event, class_id, before)


def _marks(event: e.UnitsMoved, before: int) -> int:
    """What the units remember after the movement, as `UnitLedger._place` says."""
    kind = event.transaction_type
    if kind == _TRANSFER:
        return _TRADED
    if kind == _ALLOCATION:
        return _FREE
    if event.sender != event.recipient or kind == _EXTERNAL:
        return before & _TRADED
    return before & (_TRADED | _FREE)


def _freeze_marked(p: Projection, event: e.FreezeMarked) -> None:
    class_id = p.class_of(event, event.token)
    last = event.first + event.count - 1
    block = p.view.block_of(class_id, event.first, last)
    if block is None:
        raise broken(event, f"serials {event.first}-{last} are not in one unit block")
    marks = block[MARKS] | _FROZEN if event.frozen else block[MARKS] & ~_FROZEN
    p.view.mark(block, event.first, last, marks)


def _source(p: Projection, event: e.UnitsMoved, class_id: int, last: int) -> UnitBlock:
    """The block that the serials are in. Anything odd here means that an event was lost."""
    block = p.view.block_of(class_id, event.first, last)
    if block is None:
        raise broken(event, f"serials {event.first}-{last} are not in one unit block")
    if block[OWNER] != event.sender:
        raise broken(event, f"serials {event.first}-{last} are not the sender's")
    if block[STATE] not in _IN_BALANCE and event.transaction_type != _REVERSAL:
        raise broken(event, f"units in terminal state {block[STATE]} move")
    return block


def _change_balance(view: View, class_id: int, address: bytes, change: int, state: int) -> None:
    holding = view.touch("holding", (class_id, address))
    balance, encumbered = holding.values or _NOTHING
    balance += change
    if state == _ENCUMBERED:
        encumbered += change
    holding.values = (balance, encumbered) if balance else None


def _count_states(p: Projection, event: e.UnitsMoved, class_id: int, before: int) -> None:
    """Invariant 3: held = issued - escrowed - surrendered - retired - cancelled.

    The places in class_total follow the numbers of the states: ESCROWED (2) is at 3, and so on.
    Encumbered units count as held.
    """
    totals = p.totals(event, class_id)
    if not before:
        if event.first != totals[ISSUED] + 1:
            raise broken(event, f"new serials begin at {event.first}, not after {totals[ISSUED]}")
        totals[ISSUED] += event.count
    elif before not in (_HELD, _ENCUMBERED):
        totals[before + 1] -= event.count
    if event.state not in (_HELD, _ENCUMBERED):
        totals[event.state + 1] += event.count
    p.set_totals(class_id, totals)


def _units_used(p: Projection, event: e.UnitsUsed) -> None:
    p.view.add(
        "unit_use",
        (
            event.account,
            p.class_of(event, event.token),
            event.state,
            event.quantity,
            event.compliance_year,
            event.memo,
            event.text,
            event.block,
            event.log_index,
            event.tx_hash,
        ),
    )


HANDLERS: Mapping[type[e.Event], Any] = {
    e.UnitsIssued: _units_issued,
    e.UnitsMoved: _units_moved,
    e.UnitsUsed: _units_used,
    e.FreezeMarked: _freeze_marked,
}
