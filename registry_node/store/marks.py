"""What comparisons found, kept beside the mirror: whose answers are in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from registry_node.domain.subjects import Subject
from registry_node.store.connection import Connection

_KEPT = 100
"""Reconciliations remembered."""


class Mark(NamedTuple):
    """A subject in doubt. `since` is a ledger block; None where it is not known."""

    subject: Subject
    what: str
    since: int | None


class Reconciliation(NamedTuple):
    """One comparison. `made_at` is in seconds since 1970."""

    mode: str
    height: int
    block_hash: bytes
    made_at: int
    differences: int
    first_height: int | None


def marks(connection: Connection) -> list[Mark]:
    """Whoever is in doubt, by whichever comparison."""
    rows = connection.execute(
        "SELECT kind, registry, name, what, since FROM mismatch ORDER BY kind, registry, name, mode"
    )
    found: dict[Subject, Mark] = {}
    for kind, registry, name, what, since in rows:
        mark = Mark(Subject(kind, registry, name), what, since)
        before = found.get(mark.subject)
        found[mark.subject] = mark if before is None else _together(before, mark)
    return list(found.values())


def _together(one: Mark, other: Mark) -> Mark:
    kinds = dict.fromkeys([*one.what.split(","), *other.what.split(",")])
    unknown = one.since is None or other.since is None
    since = None if unknown else min(one.since or 0, other.since or 0)
    return Mark(one.subject, ",".join(kinds), since)


def last(connection: Connection) -> Reconciliation | None:
    """The latest comparison; None before the first."""
    row = connection.execute(
        "SELECT mode, height, block_hash, made_at, differences, first_height FROM reconciliation"
        " ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else Reconciliation(*row)


def record(
    connection: Connection,
    made: Reconciliation,
    found: Mapping[str, Iterable[Mark]],
    settled: Sequence[str],
) -> None:
    """Keep what a comparison found, by the mode that finds it. Marks of the modes in `settled` are
    replaced, as far as the comparison went: it would have found what they found. Run it inside a
    write transaction."""
    number = connection.execute("SELECT MAX(id) FROM reconciliation").fetchone()[0] or 0
    connection.execute(
        "INSERT INTO reconciliation (id, mode, height, block_hash, made_at, differences,"
        " first_height) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number + 1, *made),
    )
    connection.execute("DELETE FROM reconciliation WHERE id <= ?", (number + 1 - _KEPT,))
    for mode in settled:
        connection.execute(
            "DELETE FROM mismatch WHERE mode = ? AND (since IS NULL OR since <= ?)",
            (mode, made.height),
        )
    rows = ((*subject, mode, what, since) for mode in found for subject, what, since in found[mode])
    for row in rows:
        connection.execute(
            "INSERT INTO mismatch (kind, registry, name, mode, what, since)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, registry, name, mode)"
            " DO UPDATE SET what = excluded.what, since = excluded.since",
            row,
        )


def rebuilt(connection: Connection, height: int) -> None:
    """Forget the marks of rows that were made anew: all that began at `height` or later."""
    connection.execute("DELETE FROM mismatch WHERE since >= ?", (height,))
