"""Whether what is shown leads to ledger blocks that the reader trusts."""

from __future__ import annotations

from collections.abc import Sequence

from registry_node.attest.inclusion import Shown
from registry_node.attest.payload import Payload
from registry_node.attest.report import Report
from registry_node.queries.snapshot import hexed

Trusted = Sequence[tuple[int | None, bytes]]
"""Ledger blocks: height, if it is known, and hash."""


def check(payload: Payload, shown: Shown | None, trusted: Trusted, report: Report) -> bool:
    """Adds what is found; whether every step is in a ledger block that the reader trusts, or in one
    of its ancestors."""
    if shown is None:
        _check_plain(payload, trusted, report)
        return False
    steps: list[int] = sorted({step["block_number"] for step in payload.data["steps"]})
    if not trusted:
        _say_what_it_rests_on(shown, steps, report)
        return False
    by_hash = {header.hash: number for number, header in shown.headers.items()}
    reached: set[int] = set()
    for number, digest in trusted:
        found = by_hash.get(digest)
        if found is None:
            report.bad("trusted header", f"{hexed(digest)} is not among the headers")
        elif number not in {None, found}:
            report.bad("trusted header", f"{hexed(digest)} is ledger block {found}, not {number}")
        else:
            reached.add(found)
    if not reached:
        return False
    highest = max(reached)
    chain = shown.scope == "chain"
    apart = [n for n in steps if (n > highest if chain else n not in reached)]
    for number in apart:
        report.bad("trusted header", f"the step in ledger block {number} does not lead to it")
    if not apart:
        report.good(
            "trusted header",
            f"every step is in ledger block {highest:,} or before it in its chain"
            if chain
            else "every step is in a ledger block that you trust",
        )
    return not apart


def _check_plain(payload: Payload, trusted: Trusted, report: Report) -> None:
    """A statement without proofs names one ledger block, and shows nothing of it."""
    number, digest = payload.as_of["block_number"], payload.as_of["block_hash"]
    for height, known in trusted:
        report.check(
            hexed(known) == digest and height in {None, number},
            "trusted header",
            f"the statement is of this ledger block, {number:,}",
            f"{hexed(known)} is not the ledger block {number:,} that the statement is of",
        )


def _say_what_it_rests_on(shown: Shown, steps: list[int], report: Report) -> None:
    if shown.scope == "chain" and shown.headers:
        numbers = [max(shown.headers)]
    else:
        numbers = [number for number in steps if number in shown.headers]
    for number in numbers:
        report.rests_on.append(
            f"ledger block {number:,} being {hexed(shown.headers[number].hash)}: compare it with a"
            " node that you trust, or give --trust"
        )
