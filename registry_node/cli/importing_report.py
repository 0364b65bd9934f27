"""What is printed about a file that is imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from registry_node.cli import output
from registry_node.interchange.sheet import Fault
from registry_node.queries.snapshot import Json

Item = TypeVar("Item")

BAD = 2
"""Exit code of input that is wrong."""


def counted(items: Sequence[Item], *, shown: bool) -> Iterator[Item]:
    """The items one by one, with a bar on a terminal that says how many are done."""
    columns = (TextColumn("transactions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    disabled = not (shown and sys.stderr.isatty())
    with Progress(*columns, console=output.error_console(), disable=disabled) as progress:
        task = progress.add_task("transactions", total=len(items))
        for item in items:
            yield item
            progress.advance(task)


def tell_check(file: Path, report: Json, *, as_json: bool) -> int:
    if as_json:
        output.print_json({"file": str(file), **report})
        return BAD if report["faults"] else 0
    _tell_totals(report)
    if report["faults"]:
        _table(file, report["faults"])
        return BAD
    click.echo(f"{file} is right as far as is known beforehand. Nothing was sent.")
    return 0


def _tell_totals(report: Json) -> None:
    rows = [(name, output.tonnes(total)) for name, total in report["totals"].items()]
    output.table(("of", "total"), rows, right=("total",))
    output.fields(
        {
            "rows": f"{report['rows']:,}",
            "sent already": f"{report['sent_already']:,}",
            "to send": f"{report['to_send']:,}",
        }
    )
    output.as_of(report)


def tell_sent(past: str, file: Path, sent: list[Json], report: Json, *, as_json: bool) -> None:
    if as_json:
        output.print_json({"file": str(file), **report, "sent": sent})
        return
    click.echo(f"{past} {len(sent):,} rows of {file}; {report['rows']:,} are done.")
    proposals = list(
        dict.fromkeys((one["registry"], one["proposal"]) for one in sent if "proposal" in one)
    )
    if proposals:
        shown = ", ".join(f"{code} {number}" for code, number in proposals[:8])
        more = f" and {len(proposals) - 8:,} more" if len(proposals) > 8 else ""  # noqa: PLR2004
        click.echo(f"Proposals: {shown}{more}. Nothing has changed yet.")
        click.echo(
            "Another person with a copy of the file approves them:"
            f" 'tonnelink import approve {file} --as NAME'."
        )


def tell_faults(file: Path, faults: Sequence[Fault], *, as_json: bool) -> int:
    """Prints what is wrong in a file, in the order of its lines; the exit code."""
    found = [fault.to_json() for fault in sorted(faults, key=lambda fault: fault.line)]
    if as_json:
        output.print_json({"file": str(file), "faults": found})
    else:
        _table(file, found)
    return BAD


def _table(file: Path, faults: Sequence[Json]) -> None:
    names = ("line", "column", "message", "hint")
    rows = [tuple(fault[name] for name in names) for fault in faults]
    titles = ("line", "column", "what is wrong", "what would be right")
    output.table(titles, rows, right=("line",))
    click.echo(f"{len(faults):,} faults in {file}. Nothing was sent.")
