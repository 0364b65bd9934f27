"""From findings to marks: whose answers are in doubt, and which doubts a comparison settles."""

from __future__ import annotations

import time

from registry_node.domain.subjects import LEDGER, Subject
from registry_node.indexer.report import Difference, Report
from registry_node.indexer.verify import Mode
from registry_node.store import marks
from registry_node.store.database import Location, open_beside

_OF_ACCOUNTS = {
    "account", "holding", "obligation", "allocation", "paid_share", "filing", "lien",
    "holder_grant", "request", "balance", "encumbered", "list", "paid share", "limit", "trusted",
    "representative", "settler",
}  # fmt: skip
"""Differences that are the affair of an account and not of everybody's units of its class."""

_SETTLES = {
    Mode.QUICK: (Mode.QUICK,),
    Mode.CONTRACTS: (Mode.QUICK, Mode.CONTRACTS),
    Mode.OFFLINE: (Mode.QUICK, Mode.OFFLINE),
    Mode.REPLAY: (Mode.QUICK, Mode.OFFLINE, Mode.REPLAY),
}
"""Whose findings a comparison would have made again. A replay repeats a mistake of the indexer,
which only the contracts contradict; so it does not settle what they said."""


def record(location: Location, report: Report, mode: Mode, *, whole: bool) -> None:
    """Keep what was found, beside whoever indexes. A comparison at a past height (not `whole`) adds
    marks and settles none. Raises `Unavailable` when nothing can be written there."""
    made = marks.Reconciliation(
        mode.value,
        report.height,
        report.block_hash,
        int(time.time()),
        len(report.differences),
        report.first_block,
    )
    settled = [other.value for other in _SETTLES[mode]] if whole else []
    with open_beside(location) as connection, connection.transaction():
        marks.record(connection, made, _found(report, mode), settled)


def _found(report: Report, mode: Mode) -> dict[str, list[marks.Mark]]:
    """The marks, by the mode that would find them again. Digests are found by every mode as by
    --quick, so whoever settles that settles them. Where rows are named, a ledger block that does
    not come to its digest adds nothing but everybody else who was there."""
    digests = [d for d in report.differences if d.kind == "digest"]
    others = [d for d in report.differences if d.kind != "digest"]
    if others and "unit_block" in report.compared:  # every row was compared
        digests = []
    by_mode = {Mode.QUICK: digests}
    by_mode[mode] = [*by_mode.get(mode, ()), *others]
    return {of.value: _marks(differences) for of, differences in by_mode.items()}


def _marks(differences: list[Difference]) -> list[marks.Mark]:
    """One for each subject."""
    kinds: dict[Subject, list[str]] = {}
    since: dict[Subject, list[int | None]] = {}
    for difference in differences:
        for subject in _marked(difference):
            kinds.setdefault(subject, []).append(difference.kind)
            since.setdefault(subject, []).append(difference.block)
    return [
        marks.Mark(subject, ",".join(dict.fromkeys(of)), _lowest(since[subject]))
        for subject, of in kinds.items()
    ]


def _marked(difference: Difference) -> list[Subject]:
    if difference.kind == "raw_log":
        return [s for s in difference.concerns if s != LEDGER] or [LEDGER]
    accounts = [s for s in difference.concerns if s.kind == "account"]
    if accounts and difference.kind in _OF_ACCOUNTS:
        return accounts
    return list(difference.concerns) or [LEDGER]


def _lowest(heights: list[int | None]) -> int | None:
    """None as soon as one is not known: it may be the lowest."""
    known = [height for height in heights if height is not None]
    return min(known) if len(known) == len(heights) else None
