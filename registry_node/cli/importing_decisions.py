"""The second person's part of a file of entitlements: approve, and then execute.

Two people stay two: whoever approves reads a file of his own, and approves exactly the proposals
that say what its rows say. What is approved is the hash of the call made from that file; neither
the proposer's journal nor the mirror is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from registry_node.cli import output
from registry_node.cli.context import Node, json_option, pass_node, signer_options
from registry_node.cli.hashes import NOTHING, document_of, parse_hash, proposal_hash
from registry_node.cli.importing import import_group
from registry_node.cli.importing_report import counted, tell_faults
from registry_node.cli.signing import document_option, signer
from registry_node.domain.errors import Refused
from registry_node.interchange.entitlements_file import (
    COLUMNS,
    Change,
    EntitlementRow,
    Proposed,
    by_change,
    call_of,
    open_proposals,
    read_entitlements,
)
from registry_node.interchange.sheet import Faults, read_sheet
from registry_node.queries.snapshot import Json

_AFTER = {"approve": ("approved", "executed"), "execute": ("executed",)}
_BEFORE = {"approve": "proposed", "execute": "approved"}
_PAST = {"approve": "Approved", "execute": "Executed"}

Changes = Mapping[tuple[str, Change], list[Proposed]]


def _decision(verb: str, what: str) -> None:
    example = f"\b\nExample:\n  tonnelink import {verb} FILE.csv --as kr-allocator-2"
    about = (
        f"{what}\n\nFILE is a copy of the file that was imported. Each of its rows must be in one"
        " proposal, and those proposals must say nothing else; otherwise nothing is done. Rows that"
        f" are past this step are left alone.\n\n{example}"
    )

    @import_group.command(verb, help=about, short_help=what)
    @click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
    @document_option
    @signer_options
    @json_option
    @pass_node
    def command(
        node: Node,
        *,
        file: Path,
        document: str | None,
        signed_by: str | None,
        key_file: Path | None,
        as_json: bool,
    ) -> int:
        faults = Faults()
        lines = read_sheet(file, COLUMNS, faults)
        with node.reading() as snapshot:
            rows = read_entitlements(snapshot, lines, faults)
            codes = {row.registry for row in rows}
            waiting = open_proposals(snapshot, codes, (_BEFORE[verb],))
            past = open_proposals(snapshot, codes, _AFTER[verb])
        chosen = _choose(verb, rows, by_change(waiting), by_change(past), faults)
        _check_documents(chosen, document, faults)
        if faults.found:
            return tell_faults(file, faults.found, as_json=as_json)
        key = signer(node, signed_by, key_file)
        done = [_decide(node, verb, *one, key) for one in counted(chosen, shown=not as_json)]
        many = sum(len(one["lines"]) for one in done)
        if as_json:
            output.print_json({"file": str(file), "rows": len(rows), "done": done})
        else:
            click.echo(f"{_PAST[verb]} {many:,} of {len(rows):,} rows of {file}.")
        return 0


def _choose(
    verb: str,
    rows: Sequence[EntitlementRow],
    waiting: Changes,
    past: Changes,
    faults: Faults,
) -> list[tuple[Proposed, list[int]]]:
    """The proposals that the rows are, each with the lines of its rows."""
    lines: dict[tuple[str, Change], int] = {}
    found: dict[tuple[str, int], Proposed] = {}
    for row in rows:
        said = (row.registry, row.change)
        lines[said] = row.line
        numbers = waiting.get(said, [])
        if len(numbers) == 1:
            found[row.registry, numbers[0].number] = numbers[0]
        elif numbers:
            faults.add(
                row.line,
                None,
                "More than one proposal says this:"
                f" {', '.join(str(one.number) for one in numbers)}.",
                "Stop those that are too many: 'tonnelink proposal stop'.",
            )
        elif said not in past:
            faults.add(
                row.line,
                None,
                f"There is no {_BEFORE[verb]} proposal that says this.",
                f"Compare with 'tonnelink proposal list {row.registry}'; index the mirror first.",
            )
    return list(_whole(found.values(), lines, faults))


def _whole(
    found: Iterable[Proposed], lines: Mapping[tuple[str, Change], int], faults: Faults
) -> Iterable[tuple[Proposed, list[int]]]:
    """Those of whose changes each is in the file."""
    for proposed in found:
        known = [lines.get((proposed.registry, change)) for change in proposed.changes]
        of_file = [line for line in known if line is not None]
        if len(of_file) < len(known):
            faults.add(
                of_file[0],
                None,
                f"Proposal {proposed.number} of {proposed.registry} says more than this file:"
                f" {len(known) - len(of_file):,} other rows.",
                "Read it: 'tonnelink proposal show'; have it stopped, or add its rows.",
            )
        yield proposed, of_file


def _check_documents(
    chosen: Sequence[tuple[Proposed, list[int]]], document: str | None, faults: Faults
) -> None:
    """That a document which is named is the one that goes with every proposal."""
    if document is None:
        return
    wanted = f"0x{document_of(document).hex()}"
    for proposed, lines in chosen:
        if proposed.document != wanted:
            faults.add(
                lines[0],
                None,
                f"With proposal {proposed.number} of {proposed.registry} goes another document:"
                f" {proposed.document or 'none'}.",
                "Compare the documents.",
            )


def _decide(node: Node, verb: str, proposed: Proposed, lines: list[int], key: Any) -> Json:
    """Approves or executes the call that the file's rows make, in the order of the proposal."""
    desk = node.ledger.desk(proposed.registry, "proposals")
    call = call_of(proposed.province, proposed.changes)
    document = parse_hash(proposed.document) if proposed.document else NOTHING
    if verb == "approve":
        target = bytes.fromhex(node.ledger.desk(proposed.registry, "issuance").address[2:])
        said: list[Any] = [proposal_hash(target, call, document)]
    else:
        said = [call, document]
    step = desk.get_function_by_name(verb)(proposed.number, *said)
    try:
        done = node.ledger.send(step, key)
    except Refused as error:
        raise type(error)(
            f"Line {lines[0]}, proposal {proposed.number} of {proposed.registry}: {error.message}",
            error.hint,
        ) from error
    return {
        "lines": lines,
        "registry": proposed.registry,
        "proposal": proposed.number,
        "document": proposed.document,
        "transaction_hash": done.transaction_hash,
        "block_number": done.block_number,
    }


__all__ = ["import_group"]

_decision("approve", "Approve the proposals that say what the rows of a file say.")
_decision("execute", "Execute the approved proposals that say what the rows of a file say.")
