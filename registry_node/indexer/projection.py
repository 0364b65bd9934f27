"""What the projections of events share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry_node.domain import events as e
from registry_node.domain.errors import Inconsistent
from registry_node.indexer.view import View

NOBODY = bytes(20)

CAP, SEALED, ISSUED = 0, 1, 2
"""Places in the values of class_total."""


@dataclass(slots=True)
class Projection:
    """One ledger block being projected."""

    view: View
    timestamp: int

    def registry_of(self, event: e.Event) -> int:
        """Of the registry that speaks, or whose desk does."""
        return self.view.speakers[event.address]

    def class_of(self, event: e.Event, token: int) -> int:
        """The class of the registry that speaks."""
        try:
            return self.view.classes[self.view.speakers[event.address], token]
        except KeyError:
            raise broken(event, f"it names an unknown unit class {token:#x}") from None

    def totals(self, event: e.Event, class_id: int) -> list[Any]:
        values = self.view.get("class_total", (class_id,))
        if values is None:
            raise broken(event, f"class {class_id} has no totals")
        return list(values)

    def set_totals(self, class_id: int, totals: list[Any]) -> None:
        self.view.set("class_total", (class_id,), tuple(totals))


def broken(event: e.Event, why: str) -> Inconsistent:
    """The mirror and the ledger's events do not fit together."""
    return Inconsistent(
        f"Event {type(event).__name__} (ledger block {event.block}, log {event.log_index}) does not"
        f" fit the mirror: {why}.",
        "Index again into a new file; if that ends the same way, report it.",
        block=event.block,
        log_index=event.log_index,
    )
