"""The second person's part of a file of allocations: approve, and then execute.

Two people stay two: whoever approves reads a file of his own, and approves exactly the proposals
that say what its rows say. What is approved is the hash of the call made from that file; neither
the proposer's journal nor the mirror is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from registry_node.cli import output
from registry_node.cli.context import Node, json_option, pass_node, signer_options
from registry_node.cli.importing import allocation_step, import_group
from registry_node.cli.importing_report import counted, tell_faults
from registry_node.cli.signing import signer
from registry_node.domain.errors import Refused
from registry_node.interchange.allocations_file import (
    COLUMNS,
    AllocationRow,
    open_proposals,
    read_allocations,
)
from registry_node.interchange.sheet import Faults, read_sheet
from registry_node.queries.snapshot import Json

_AFTER = {"approve": ("approved", "executed"), "execute": ("executed",)}
_BEFORE = {"approve": "proposed", "execute": "approved"}
_PAST = {"approve": "Approved", "execute": "Executed"}


def _decision(verb: str, what: str) -> None:
    example = f"\b\nExample:\n  tonnelink import {verb} FILE.csv --as kr-allocator-2"
    about = (
        f"{what}\n\nFILE is a copy of the file that was imported. For each of its rows there must"
        " be one proposal that says exactly the same; otherwise nothing is done. Rows that are past"
        f" this step are left alone.\n\n{example}"
    )

    @import_group.command(verb, help=about, short_help=what)
    @click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
    @signer_options
    @json_option
    @pass_node
    def command(
        node: Node, *, file: Path, signed_by: str | None, key_file: Path | None, as_json: bool
    ) -> int:
        faults = Faults()
        lines = read_sheet(file, COLUMNS, faults)
        with node.reading() as snapshot:
            rows = read_allocations(snapshot, lines, faults)
            codes = {row.registry for row in rows}
            waiting = open_proposals(snapshot, codes, (_BEFORE[verb],))
            past = open_proposals(snapshot, codes, _AFTER[verb])
        chosen = _choose(verb, rows, waiting, past, faults)
        if faults.found:
            return tell_faults(file, faults.found, as_json=as_json)
        key = signer(node, signed_by, key_file)
        done = [
            _decide(node, verb, row, number, key)
            for row, number in counted(chosen, shown=not as_json)
        ]
        if as_json:
            output.print_json({"file": str(file), "rows": len(rows), "done": done})
        else:
            click.echo(f"{_PAST[verb]} {len(done):,} of {len(rows):,} rows of {file}.")
        return 0


def _choose(
    verb: str,
    rows: Sequence[AllocationRow],
    waiting: dict[tuple[str, ...], list[int]],
    past: dict[tuple[str, ...], list[int]],
    faults: Faults,
) -> list[tuple[AllocationRow, int]]:
    chosen = []
    for row in rows:
        numbers = waiting.get(row.call, [])
        if len(numbers) == 1:
            chosen.append((row, numbers[0]))
        elif numbers:
            faults.add(
                row.line,
                None,
                f"More than one proposal says this: {', '.join(map(str, numbers))}.",
                "Stop those that are too many: 'tonnelink proposal stop'.",
            )
        elif row.call not in past:
            faults.add(
                row.line,
                None,
                f"There is no {_BEFORE[verb]} proposal that says this.",
                f"Compare with 'tonnelink proposal list {row.registry}'; index the mirror first.",
            )
    return chosen


def _decide(node: Node, verb: str, row: AllocationRow, number: int, key: Any) -> Json:
    desk = node.ledger.desk(row.registry, "proposals")
    arguments: list[Any] = [number]
    if verb == "approve":  # the ledger compares what is in this file with what was proposed
        from registry_node.cli.ledger import call_of  # heavy

        arguments.append(desk.w3.keccak(hexstr=call_of(allocation_step(node, row))))
    step = desk.get_function_by_name(verb)(*arguments)
    try:
        done = node.ledger.send(step, key)
    except Refused as error:
        raise type(error)(
            f"Line {row.line}, proposal {number} of {row.registry}: {error.message}", error.hint
        ) from error
    return {
        "line": row.line,
        "registry": row.registry,
        "proposal": number,
        "transaction_hash": done.transaction_hash,
        "block_number": done.block_number,
    }


__all__ = ["import_group"]

_decision("approve", "Approve the proposals that say what the rows of a file say.")
_decision("execute", "Execute the approved proposals that say what the rows of a file say.")
