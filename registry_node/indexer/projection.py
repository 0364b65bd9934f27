"""What the projections of events share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry_node.domain import events as e
from registry_node.domain.errors import Inconsistent
from registry_node.domain.references import symbol_of
from registry_node.indexer.view import View

NOBODY = bytes(20)

CAP, SEALED, ISSUED = 0, 1, 2
"""Places in the values of class_total."""


@dataclass(slots=True)
class Projection:
    """One ledger block being projected."""

    view: View
    timestamp: int
    registry: int = 0
    """Id of the programme whose contract speaks; of the gateway zero."""

    def class_of(self, event: e.Event, token: int) -> int:
        """The class of the registry that speaks."""
        class_id = self.find_class(token)
        if class_id is None:
            raise broken(event, f"it names an unknown unit class {token:#x}")
        return class_id

    def find_class(self, token: int) -> int | None:
        """The class of the programme whose desk speaks; None when there is none.

        A desk answers for itself alone: what it says that cannot be is left to whoever compares the
        mirror with the contracts, and keeps no other programme's node from going on.
        """
        return self.view.classes.get((self.registry, token))

    def totals(self, event: e.Event, class_id: int) -> list[Any]:
        values = self.view.get("class_total", (class_id,))
        if values is None:
            raise broken(event, f"class {class_id} has no totals")
        return list(values)

    def set_totals(self, class_id: int, totals: list[Any]) -> None:
        self.view.set("class_total", (class_id,), tuple(totals))

    def change(self, table: str, key: tuple[Any, ...], changes: dict[int, Any]) -> None:
        """Other values, by their places, for a thing that there is; of one that there is not
        nothing is known."""
        found = self.view.get(table, key)
        if found is None:
            return
        values = list(found)
        for place, value in changes.items():
            values[place] = value
        self.view.set(table, key, tuple(values))


def text_of(word: bytes) -> str:
    """A name in 32 bytes as text; of what is no text the digits, so that two names stay two."""
    return symbol_of(int.from_bytes(word, "big"))


def broken(event: e.Event, why: str) -> Inconsistent:
    """The mirror and the ledger's events do not fit together."""
    return Inconsistent(
        f"Event {type(event).__name__} (ledger block {event.block}, log {event.log_index}) does not"
        f" fit the mirror: {why}.",
        "Index again into a new file; if that ends the same way, report it.",
        block=event.block,
        log_index=event.log_index,
    )
