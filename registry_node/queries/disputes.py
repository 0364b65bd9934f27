"""Which answers are about somebody in doubt: an answer about a marked subject says so.

Rather one mark too many than one too few: a list that could have a row of a marked account is
marked although the row is missing, for the missing row may be the damage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from registry_node.domain.subjects import Subject
from registry_node.domain.view import View
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment
from registry_node.store.marks import Mark, last

_REGISTRY_FILTERS = ("registry", "code")
_FILTERS: dict[str, tuple[str, ...]] = {
    "account": ("address",),
    "class": ("symbol", "class"),
    "link": ("link",),
    "registry": (),
}


def concerning(
    snapshot: Snapshot,
    data: Any,
    given: Mapping[str, Any],
    *,
    is_list: bool,
    at: int | None = None,
) -> list[Json]:
    """The marks that an answer carries, in the words of the API; empty when nothing is in doubt.

    `given` are the question's parameters: what was asked about counts as much as what was found.
    `at` is the ledger block of the data, where it is not the snapshot's.
    """
    if not snapshot.as_of.marks:
        return []
    block = snapshot.height if at is None else at
    marks = [m for m in snapshot.as_of.marks if m.since is None or m.since <= block]
    words = [value for value in given.values() if value is not None]
    text = orjson.dumps([data, *map(_word, words)]).decode()
    found = dict.fromkeys(
        _shown_to(snapshot.view, mark)
        for mark in marks
        if _is_about(mark.subject, text, given, is_list=is_list)
    )
    return [
        {
            "subject": str(subject),
            "label": _label(snapshot, subject),
            "kind": subject.kind,
            "differs": what.split(","),
            "since": since,
        }
        for subject, what, since in found
    ]


def reconciled(snapshot: Snapshot) -> Json | None:
    """The last comparison of the mirror with what it should be; None before the first."""
    made = last(snapshot.connection)
    return made and {
        "mode": made.mode,
        "block_number": made.height,
        "block_hash": hexed(made.block_hash),
        "made_at": moment(made.made_at),
        "differences": made.differences,
        "first_block": made.first_height,
    }


def _is_about(subject: Subject, text: str, given: Mapping[str, Any], *, is_list: bool) -> bool:
    kind, registry, name = subject
    if kind == "ledger":
        return True
    if (f'"{registry}"' if kind == "registry" else name) in text:
        return True
    return is_list and _open_to(registry, given) and _unfiltered(kind, given)


def _unfiltered(kind: str, given: Mapping[str, Any]) -> bool:
    """Whether a list's filters let rows about any subject of a kind through."""
    return all(given.get(name) is None for name in _FILTERS[kind])


def _open_to(registry: str, given: Mapping[str, Any]) -> bool:
    """Whether a list's filters let rows of a registry through."""
    return not registry or all(given.get(f) in {None, registry} for f in _REGISTRY_FILTERS)


def _shown_to(view: View, mark: Mark) -> Mark:
    """Nobody learns of an account by a mark who may not see it: it is then its registry's."""
    kind, registry, name = mark.subject
    if kind == "account" and not view.sees(registry, bytes.fromhex(name[2:])):
        return mark._replace(subject=Subject("registry", registry))
    return mark


def _label(snapshot: Snapshot, subject: Subject) -> str | None:
    if subject.kind != "account":
        return None
    return snapshot.directory.labels.get(bytes.fromhex(subject.name[2:]))


def _word(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
