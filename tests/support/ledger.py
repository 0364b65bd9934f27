"""A naive ledger that writes logs: each serial in a dictionary, each holder's four lists Python
lists.

It follows contracts/libraries/SerialBlocks.sol step by step and nothing of the mirror's code, so
that the two can be compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from registry_node.chain.deployment import Deployment
from registry_node.domain.ledger import Header, RawLog
from registry_node.domain.references import token_id
from registry_node.domain.words import UnitState
from tests.support.logs import make_header, make_log

REGISTRY, GATEWAY, AUTHORITY = b"\x01" * 20, b"\x02" * 20, b"\x04" * 20
HOLDERS = [bytes([16 + i]) * 20 for i in range(4)]
TOKEN = token_id("CEA-2025")
NOBODY = bytes(20)
HELD, ESCROWED = UnitState.HELD, UnitState.ESCROWED


def deployment(*, depth: int | None = None) -> Deployment:
    finality = {"kind": "instant"} if depth is None else {"kind": "depth", "depth": depth}
    names = ("proposals", "issuance", "compliance", "liens", "holders")
    registry = {
        "code": "CN",
        "name": "China",
        "address": REGISTRY,
        "authority": AUTHORITY,
        "block": 1,
        "proxy_hash": bytes(32),
        "edition_hash": bytes(32),
        "desks": {name: bytes([48 + i]) * 20 for i, name in enumerate(names)},
    }
    return Deployment.model_validate(
        {
            "name": "naive",
            "edition": 2,
            "chain_id": 1,
            "genesis_hash": bytes(32),
            "start_block": 1,
            "finality": finality,
            "gateway": {"address": GATEWAY, "block": 1},
            "registries": [registry],
        }
    )


Lists = tuple[list[int], list[int], list[int], list[int]]


def _four() -> Lists:
    return [], [], [], []


def size_class(count: int) -> int:
    """Which list a block of so many units is put into."""
    return sum(count >= least for least in (16, 256, 4096))


@dataclass
class Ledger:
    """One class of one registry."""

    serials: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    blocks: dict[int, int] = field(default_factory=dict)  # first: count
    lists: dict[bytes, Lists] = field(default_factory=lambda: defaultdict(_four))  # head first
    list_of: dict[int, int] = field(default_factory=dict)  # by first serial
    chain: list[tuple[Header, list[RawLog]]] = field(default_factory=list)
    branch: str = ""
    _logs: list[tuple[str, list[Any]]] = field(default_factory=list)

    # ---- blocks of the chain ----------------------------------------------------------------

    def seal(self) -> tuple[Header, list[RawLog]]:
        """End a ledger block."""
        parent = self.chain[-1][0] if self.chain else None
        header = make_header(parent.number + 1 if parent else 1, self.branch, parent)
        logs = [
            make_log("UnitRegistry", name, values, address=REGISTRY, header=header, log_index=i)
            for i, (name, values) in enumerate(self._logs)
        ]
        self._logs = []
        self.chain.append((header, logs))
        return self.chain[-1]

    def define(self) -> None:
        spec = (1, 2025, 2025, 2025, 10**9, [])
        self._logs.append(("ClassDefined", [TOKEN, spec, NOBODY, 0]))

    # ---- movements --------------------------------------------------------------------------

    def issue(self, to: bytes, count: int, *, via_gateway: bool = False) -> None:
        first = len(self.serials) + 1
        self._logs.append(("UnitsIssued", [TOKEN, first, count, b"\x07" * 32]))
        sender = NOBODY
        if via_gateway:
            self._moved(NOBODY, GATEWAY, first, count, 200, HELD)
            sender = GATEWAY
        self._put(sender, to, first, count, HELD)

    def move_by_quantity(self, sender: bytes, to: bytes, quantity: int, state: UnitState) -> bool:
        """From the head of the list of the largest; False when the sender has too few."""
        held = sum(self.blocks[first] for listed in self.lists[sender] for first in listed)
        if quantity > held or (sender == to and state is HELD):
            return False
        while quantity:
            largest = next(listed for listed in reversed(self.lists[sender]) if listed)
            first = largest[0]
            count = self.blocks[first]
            if count > quantity:
                self.blocks[first] -= quantity
                first, count = first + count - quantity, quantity
            else:
                largest.pop(0)
            self._put(sender, to, first, count, state)
            quantity -= count
        return True

    def move_named(self, block: int, start: int, count: int, to: bytes, state: UnitState) -> None:
        """`count` units of a block, from its `start`th on."""
        owner, before = self.serials[block]
        first, end = block + start, block + self.blocks[block]
        assert first + count <= end
        if start:
            self.blocks[block] = start
        elif before == HELD:
            self.lists[owner][self.list_of[block]].remove(block)
        if first + count < end:
            self._write(owner, first + count, end - first - count, before)
        self._put(owner, to, first, count, state)

    def movable(self) -> list[int]:
        """First serials of the blocks that are not terminal."""
        return [b for b in sorted(self.blocks) if self.serials[b][1] <= ESCROWED]

    def _put(self, sender: bytes, to: bytes, first: int, count: int, state: int) -> None:
        self._write(to, first, count, state)
        for serial in range(first, first + count):
            self.serials[serial] = (to, int(state))
        self._moved(sender, to, first, count, 1050, state)

    def _write(self, owner: bytes, first: int, count: int, state: int) -> None:
        self.blocks[first] = count
        if state == HELD:
            self.list_of[first] = size_class(count)
            self.lists[owner][self.list_of[first]].insert(0, first)

    def _moved(self, sender: bytes, to: bytes, *values: int) -> None:
        self._logs.append(("UnitsMoved", [TOKEN, sender, to, *map(int, values)]))

    # ---- what must be seen in the mirror ------------------------------------------------------

    def owners(self) -> dict[int, tuple[bytes, int]]:
        return dict(self.serials)

    def balances(self) -> dict[bytes, int]:
        return dict(Counter(owner for owner, state in self.serials.values() if state <= ESCROWED))

    def totals(self) -> list[int]:
        """Issued, escrowed, surrendered, retired, cancelled."""
        states = Counter(state for _, state in self.serials.values())
        return [len(self.serials), *(states[s] for s in range(2, 6))]

    def list_order(self) -> dict[bytes, list[int]]:
        """Each owner's blocks in the order in which it gives them by quantity."""
        in_order = {
            owner: [first for listed in reversed(lists) for first in listed]
            for owner, lists in self.lists.items()
        }
        return {owner: firsts for owner, firsts in in_order.items() if firsts}


def played(blocks: int = 40) -> Ledger:
    """So many ledger blocks, each with an issuance and a transfer."""
    ledger = Ledger()
    ledger.define()
    for number in range(blocks):
        ledger.issue(HOLDERS[number % 4], 50)
        ledger.move_by_quantity(HOLDERS[number % 4], HOLDERS[(number + 1) % 4], 7, HELD)
        ledger.seal()
    return ledger
