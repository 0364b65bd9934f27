"""Commands that compare the mirror with what it should be, and put it right."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import Progress, SpinnerColumn, TextColumn

from registry_node import reconciling
from registry_node.cli import output
from registry_node.cli.context import Node, at_option, json_option, pass_node
from registry_node.domain.errors import InvalidInput
from registry_node.domain.subjects import Subject
from registry_node.indexer.bisect import Standing
from registry_node.indexer.report import Report
from registry_node.indexer.verify import Mode

Tell = Callable[[str, int, int | None], None]

_SHOWN = 100
"""Differences in a table; all are in --json."""

_NAMED = 3
"""Of those whom a difference concerns; all are in --json."""


@click.command()
@click.option("--quick", is_flag=True, help="Only the mirror's own digests; asks no chain.")
@click.option("--replay", is_flag=True, help="Every row, with the ledger's logs fetched anew.")
@click.option("--offline", is_flag=True, help="Every row, with the logs that the mirror keeps.")
@at_option
@json_option
@pass_node
def verify(
    node: Node, *, quick: bool, replay: bool, offline: bool, at: int | None, as_json: bool
) -> int:
    """Compare the mirror with its own digests and with the contracts, at one block hash.

    With --replay every row of every table is compared with what the ledger's logs come to, and
    what differs is named by account and ledger block. Exits with 1 and lists the differences if
    there are any.

    \b
    Example:
      tonnelink verify
      tonnelink verify --quick
      tonnelink verify --replay --at 200
    """
    mode = _mode(quick=quick, replay=replay, offline=offline)
    with telling(as_json=as_json) as tell:
        report, unmarked = reconciling.verify(node.settings, node.deployment, mode, at, tell)
    if as_json:
        output.print_json({**document(report, mode), "marked": unmarked is None})
        return 0 if report.ok else 1
    show(report, node.label)
    if unmarked:
        click.echo(f"Not marked: {unmarked}", err=True)
    elif not report.ok:
        click.echo("Answers about them are marked until a comparison finds agreement.")
        if report.first_block is not None:
            click.echo(f"To make them anew: 'tonnelink repair --from {report.first_block}'.")
    return 0 if report.ok else 1


def _mode(*, quick: bool, replay: bool, offline: bool) -> Mode:
    chosen = [
        mode
        for mode, wanted in (
            (Mode.QUICK, quick),
            (Mode.REPLAY, replay),
            (Mode.OFFLINE, offline),
        )
        if wanted
    ]
    if len(chosen) > 1:
        raise InvalidInput(
            "--quick, --replay and --offline are different comparisons.",
            "Give one of them, or none to ask the contracts.",
        )
    return chosen[0] if chosen else Mode.CONTRACTS


@contextmanager
def telling(*, as_json: bool) -> Iterator[Tell]:
    """Shows progress on a terminal."""
    shown = sys.stderr.isatty() and not as_json
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=output.error_console(), disable=not shown) as progress:
        task = progress.add_task("", total=None)

        def tell(what: str, done: int, total: int | None) -> None:
            of = "" if total is None else f" of {total:,}"
            progress.update(task, description=f"{what}: {done:,}{of}")

        yield tell


@click.command()
@click.option("--from", "height", type=click.IntRange(0), required=True, metavar="HEIGHT")
@json_option
@pass_node
def repair(node: Node, *, height: int, as_json: bool) -> int:
    """Make the mirror anew from a ledger block on: take it back to there, and index again.

    The node must not run meanwhile. What lies below is checked first, and kept. From the mirror's
    first ledger block on, all of it is made anew. Afterwards the mirror is compared with the
    contracts; exits with 1 if it still differs.

    \b
    Example:
      tonnelink repair --from 219
    """
    with telling(as_json=as_json) as tell:
        status, report = reconciling.mend(node.settings, node.deployment, height, tell)
    if as_json:
        standing = {"repaired_from": height, "indexed": status.indexed}
        output.print_json({**standing, **document(report, Mode.CONTRACTS)})
    else:
        show(report, node.label)
        click.echo(f"Made anew from ledger block {height:,} to {output.tonnes(status.indexed)}.")
    return 0 if report.ok else 1


@click.command()
@click.argument("other")
@json_option
@pass_node
def compare(node: Node, *, other: str, as_json: bool) -> int:
    """Compare this mirror with another: a node's address, a file, or a postgresql:// address.

    By their digests, down to the first ledger block that differs; with a database row by row too.
    Exits with 1 if they differ.

    \b
    Example:
      tonnelink compare https://registry.example.org
      tonnelink compare /var/lib/other/mirror.sqlite
    """
    location: Path | str | None = None
    if other.startswith(("postgresql://", "postgres://")):
        location = other
    elif "://" not in other:
        location = Path(other)
    with telling(as_json=as_json) as tell:
        parting, report = reconciling.compare(node.settings, other, location, tell)
    same = parting.agree and report.ok
    first = None if parting.agree else parting.ours.height
    if as_json:
        output.print_json(
            {
                "block_number": parting.height,
                "agree": same,
                "first_different_block": first,
                "other_ledger_block": parting.other_block,
                "ours": _standing(parting.ours),
                "theirs": _standing(parting.theirs),
                "differences": [difference.to_json() for difference in report.differences],
            }
        )
        return 0 if same else 1
    if not report.ok:
        show(report, node.label, "other mirror")
    if parting.agree:
        click.echo(_agreed(parting.height, rows=report.ok if location else None))
    elif parting.other_block:
        click.echo(f"From ledger block {first:,} on they follow different branches of the ledger.")
    else:
        click.echo(f"Their digests differ from ledger block {first:,} on.")
    return 0 if same else 1


def _agreed(height: int, *, rows: bool | None) -> str:
    """What mirrors are told whose digests agree; `rows` is None where they were not compared."""
    if rows is None:
        return (
            f"The digests agree up to ledger block {height:,}. Rows were not compared:"
            " 'tonnelink verify --quick' compares a mirror's rows with its digests."
        )
    if rows:
        return f"The digests and the rows agree up to ledger block {height:,}."
    return (
        "The recorded digests agree, the rows do not."
        " 'tonnelink verify --quick' says which mirror's rows were changed."
    )


def _standing(standing: Standing) -> dict[str, object]:
    return {
        "block_number": standing.height,
        "block_hash": f"0x{standing.block_hash.hex()}",
        "digest": f"0x{standing.digest.hex()}",
    }


def document(report: Report, mode: Mode) -> dict[str, object]:
    """The report for programs."""
    return {
        "mode": mode.value,
        "block_number": report.height,
        "block_hash": f"0x{report.block_hash.hex()}",
        "digest": f"0x{report.digest.hex()}",
        "compared": dict(report.compared),
        "first_block": report.first_block,
        "differences": [difference.to_json() for difference in report.differences],
    }


def show(report: Report, label: Callable[[str], str | None], other: str = "ledger") -> None:
    """The report for people."""
    counted = [(kind, output.tonnes(count)) for kind, count in sorted(report.compared.items())]
    output.table(("compared", "things"), counted, right=("things",))
    if not report.ok:
        wrong = [
            (
                d.kind,
                output.brief(d.subject, label),
                "" if d.block is None else str(d.block),
                _concerned(d.concerns, label),
                output.brief(d.mirror, label),
                output.brief(d.ledger, label),
            )
            for d in report.differences[:_SHOWN]
        ]
        columns = ("what", "of", "ledger block", "concerns", "mirror", other)
        output.table(columns, wrong, "Differences")
        left = len(report.differences) - len(wrong)
        if left:
            click.echo(f"... and {left:,} more, all in --json.")
    count = len(report.differences)
    click.echo(
        f"{count:,} difference{'' if count == 1 else 's'} at ledger block {report.height:,}"
        f" (0x{report.block_hash.hex()[:8]}...)."
    )


def _concerned(subjects: tuple[Subject, ...], label: Callable[[str], str | None]) -> str:
    names = [output.brief(str(subject), label) for subject in subjects]
    left = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {left:,} more" if left > 0 else shown
