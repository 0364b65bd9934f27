"""The life of a unit as far as it is open to whoever asks.

Everybody may follow a tonne (F-08) through what is published anyway, since each of these changes a
total of its class: issuance, crossing a border, surrender, retirement, cancellation. Who held it in
between, for how long, who lent on it and how much moved with it are business secrets of those who
dealt (F-15; Interim Measures, Art. 42, 43 and 45).
"""

from __future__ import annotations

from registry_node.domain.errors import Forbidden
from registry_node.domain.references import parse_address
from registry_node.domain.words import UnitState
from registry_node.queries.snapshot import Json, Snapshot

_PUBLIC = frozenset(
    {
        *("issuance", "correction", "surrender", "reversal-of-surrender"),
        *("retirement", "cancellation"),
        *("export", "conversion", "import", "return", "release", "used-abroad"),
    }
)
"""Events that change a published total. The others change hands."""

_OF_PARTIES = ("from", "from_label", "to", "to_label", "memo", "unit_block", "transaction_hash")


def life(snapshot: Snapshot, trace: Json) -> Json:
    """A trace with what is closed to the snapshot's asker left out, and `withheld` saying so.

    Steps in which the asker took part, or in a programme that it sees whole, are told in full.
    Raises `Forbidden` where the asker may follow no units.
    """
    if snapshot.view.everything:
        return trace
    if not snapshot.view.traces:
        raise Forbidden("The lives of units are not public here.", "Ask with a token.")
    steps = []
    for step in trace["steps"]:
        if _sees(snapshot, step["registry"], step["from"], step["to"]):
            steps.append(step)
        elif step["event"] in _PUBLIC:
            steps.append({**step, **dict.fromkeys(_OF_PARTIES), "log_index": None})
    own = _sees(snapshot, trace["registry"], trace["owner"])
    hidden: Json = {} if own else dict.fromkeys(("owner", "owner_label", "unit_block"))
    if not own and trace["state"] == UnitState.ENCUMBERED.name:
        hidden["state"] = UnitState.HELD.name  # a pledge is its parties' business; the unit is held
    return {
        **trace,
        **hidden,
        "withheld": True,
        "steps": [{**step, "step": number} for number, step in enumerate(steps, 1)],
    }


def _sees(snapshot: Snapshot, registry: str, *parties: str | None) -> bool:
    return snapshot.view.sees(registry, *(parse_address(p) for p in parties if p))
