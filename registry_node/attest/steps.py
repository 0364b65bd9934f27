"""What the chain's own logs say of each step: read here anew, and compared with the statement.

So a node cannot put other words around a true proof. Nothing of the mirror is used but the reading
of logs (`chain/decoding.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from registry_node.attest.inclusion import Sent
from registry_node.attest.payload import Contracts
from registry_node.chain.artifacts import topic
from registry_node.chain.decoding import decode
from registry_node.domain import events as e
from registry_node.domain import events_links as g
from registry_node.domain.errors import Inconsistent
from registry_node.domain.ledger import RawLog
from registry_node.domain.references import UnitReference, symbol_of
from registry_node.domain.words import TransactionType, UnitState
from registry_node.queries.snapshot import NOBODY, hexed, hexed_or_none, memo_text, moment

_EVENTS = {
    **{kind: kind.name.lower().replace("_", "-") for kind in TransactionType},
    TransactionType.RELEASE: "lien-release",
}


@dataclass(frozen=True)
class Proven:
    """A movement that a proven receipt tells, with the rest of its transaction."""

    sent: Sent
    place: int
    moved: e.UnitsMoved
    code: str
    """Of the registry whose contract says so."""
    events: dict[int, e.Event]
    """Every event of the ledger's contracts in the transaction, by its place in the receipt."""

    @property
    def symbol(self) -> str:
        return symbol_of(self.moved.token)

    @property
    def first(self) -> int:
        return self.moved.first

    @property
    def last(self) -> int:
        return self.moved.first + self.moved.count - 1

    @property
    def position(self) -> tuple[int, int, int]:
        """Where on the ledger it stands, for comparing."""
        return self.sent.header.number, self.sent.index, self.place

    @cached_property
    def lots(self) -> list[g.LotOpened]:
        """Lots opened later in the transaction."""
        return [
            event
            for place, event in sorted(self.events.items())
            if place > self.place and isinstance(event, g.LotOpened)
        ]


def read(sent: Sent, place: int, contracts: Contracts) -> Proven | str:
    """The movement that a log tells; or, in words, why it tells none."""
    gateway = bytes.fromhex(contracts.gateway[2:])
    events: dict[int, e.Event] = {}
    for number, log in enumerate(sent.logs):
        ours = log.address == gateway or contracts.code_of(log.address) is not None
        if ours and log.topics[:32] in _TOPICS:
            raw = RawLog(sent.header.number, sent.header.hash, number, sent.hash, *log)
            try:
                event = decode(raw)
            except Inconsistent as error:
                return error.message
            # Each contract's events count from that contract only.
            if event is not None and _speaks(event, from_gateway=log.address == gateway):
                events[number] = event
    moved = events.get(place)
    if not isinstance(moved, e.UnitsMoved):
        return "the log is no movement of units in a registry of the statement"
    code = contracts.code_of(moved.address)
    if code is None:
        return "the log is of no registry of the statement"
    return Proven(sent, place, moved, code, events)


_TOPICS = frozenset(
    {
        topic("UnitRegistry", "UnitsMoved"),
        topic("UnitRegistry", "UnitsUsed"),
        topic("UnitRegistry", "UnitsIssued"),
        topic("LinkGateway", "LotOpened"),
    }
)
_OF_REGISTRY = (e.UnitsMoved, e.UnitsUsed, e.UnitsIssued)
_OF_GATEWAY = (g.LotOpened,)


def _speaks(event: e.Event, *, from_gateway: bool) -> bool:
    return isinstance(event, _OF_GATEWAY if from_gateway else _OF_REGISTRY)


def expected(step: Proven) -> dict[str, Any]:
    """The fields of a step that its own transaction proves. Raises `ValueError` for a type or state
    that there is not."""
    moved, header = step.moved, step.sent.header
    kind, state = TransactionType(moved.transaction_type), UnitState(moved.state)
    used = _use(step, kind, state)
    return {
        "event": _event(step, kind, state),
        "registry": step.code,
        "unit_block": str(UnitReference(step.code, step.symbol, step.first, step.last)),
        "block_number": header.number,
        "block_hash": hexed(header.hash),
        "time": moment(header.timestamp),
        "transaction_hash": hexed(step.sent.hash),
        "transaction_type": kind.number,
        "transaction_name": kind.name.lower().replace("_", "-"),
        "from": None if moved.sender == NOBODY else hexed(moved.sender),
        "to": hexed(moved.recipient),
        "state": state.name,
        "evidence": _evidence(step, kind),
        "memo": memo_text(used.memo) if used else None,
        "text_hash": hexed_or_none(used.text) if used else None,
        "compliance_year": (used.compliance_year or None) if used else None,
    }


def is_foreign(symbol: str) -> bool:
    """Only foreign classes have a dot: the registry refuses it in others (`UnitRegistry.sol`)."""
    return "." in symbol


def _event(step: Proven, kind: TransactionType, state: UnitState) -> str:
    if kind is not TransactionType.EXTERNAL_TRANSFER:
        return _EVENTS[kind]
    if is_foreign(step.symbol):
        return "return" if state is UnitState.CANCELLED else "import"
    if state is UnitState.ESCROWED:
        return "export"
    home = state in {UnitState.HELD, UnitState.ENCUMBERED}  # perhaps frozen
    return "release" if home else "used-abroad"


def _evidence(step: Proven, kind: TransactionType) -> str | None:
    if kind is not TransactionType.ISSUANCE:
        return None
    for event in step.events.values():
        if (
            isinstance(event, e.UnitsIssued)
            and (event.address, event.token) == (step.moved.address, step.moved.token)
            and event.first == step.first
        ):
            return hexed(event.evidence) if any(event.evidence) else None
    return None


def _use(step: Proven, kind: TransactionType, state: UnitState) -> e.UnitsUsed | None:
    """What a surrender, its reversal, a retirement or a cancellation was for: told after its
    movements, in the same transaction."""
    ends = state.is_terminal and kind is not TransactionType.EXTERNAL_TRANSFER
    if not ends and kind is not TransactionType.REVERSAL_OF_SURRENDER:
        return None
    moved = step.moved
    wanted = (moved.address, moved.token, moved.recipient, moved.state)
    uses = [
        event
        for place, event in sorted(step.events.items())
        if place > step.place
        and isinstance(event, e.UnitsUsed)
        and (event.address, event.token, event.account, event.state) == wanted
    ]
    return uses[0] if uses else None
