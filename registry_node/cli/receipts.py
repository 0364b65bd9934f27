"""What a transaction did: the units that it moved, and the numbers of what it made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from registry_node.chain.artifacts import topic
from registry_node.cli.wording import type_number
from registry_node.domain.references import UnitReference, symbol_of
from registry_node.domain.words import UnitState, run_of
from registry_node.queries.snapshot import Json, hexed

if TYPE_CHECKING:
    from web3.types import LogReceipt, TxReceipt


@dataclass(frozen=True, slots=True)
class Done:
    """A transaction that the ledger included."""

    transaction_hash: str
    block_number: int
    gas_used: int
    moved: list[Json]
    made: Mapping[str, list[int]] = field(default_factory=dict)
    """Numbers of what it made, in order: of a proposal, a request, a lien, an allocation."""

    def number(self, word: str) -> int | None:
        """The number of the one thing of this kind that it made."""
        numbers = self.made.get(word, ())
        return numbers[0] if len(numbers) == 1 else None

    @property
    def quantity(self) -> int:
        """Units that moved."""
        return sum(int(moved["quantity"]) for moved in self.moved)

    def to_json(self) -> Json:
        return {
            "transaction_hash": self.transaction_hash,
            "block_number": self.block_number,
            "gas_used": str(self.gas_used),
            "moved": self.moved,
            **{word: self.number(word) for word in self.made if self.number(word) is not None},
        }


_MADE = {
    # what it is called: the event whose first topic is its number
    "proposal": ("ProposalDesk", "ProposalMade"),
    "request": ("HolderDesk", "RequestMade"),
    "lien": ("LienDesk", "LienPlaced"),
    "allocation": ("IssuanceDesk", "AllocationRecorded"),
    "agreement": ("LinkGateway", "AgreementProposed"),
    "lot": ("LinkGateway", "LotOpened"),
}


def done_of(receipt: TxReceipt, registries: Mapping[bytes, str], others: Collection[bytes]) -> Done:
    """What a receipt says. Registries are by address with their codes; `others` are the desks and
    the gateway. Whatever other contracts write into the log is not believed."""
    moved: list[Json] = []
    made: dict[str, list[int]] = {}
    for log in receipt["logs"]:
        address = bytes.fromhex(log["address"][2:])
        head = bytes(log["topics"][0]) if log["topics"] else b""
        if address in registries and head == topic("UnitRegistry", "UnitsMoved"):
            moved.append(_moved(log, registries[address]))
        word = _topics().get(head)
        if word is not None and address in others:
            made.setdefault(word, []).append(int.from_bytes(bytes(log["topics"][1]), "big"))
    return Done(
        hexed(bytes(receipt["transactionHash"])),
        receipt["blockNumber"],
        receipt["gasUsed"],
        moved,
        made,
    )


@cache
def _topics() -> dict[bytes, str]:
    return {topic(*event): word for word, event in _MADE.items()}


def _moved(log: LogReceipt, code: str) -> Json:
    first, count, kind, state = run_of(bytes(log["data"]))
    symbol = symbol_of(int.from_bytes(bytes(log["topics"][1]), "big"))
    return {
        "units": str(UnitReference(code, symbol, first, first + count - 1)),
        "quantity": str(count),
        "from": hexed(bytes(log["topics"][2])[12:]),
        "to": hexed(bytes(log["topics"][3])[12:]),
        "transaction_type": type_number(kind),
        "state": UnitState(state).name,
    }
