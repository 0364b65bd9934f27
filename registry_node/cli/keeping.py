"""Commands that keep a mirror: backup, restore."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import Progress, SpinnerColumn, TextColumn

from registry_node import bootstrap
from registry_node.cli import output
from registry_node.cli.context import Node, json_option, pass_node
from registry_node.queries.snapshot import Json


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help="FILE is a folder: name the backup in it after the time, and keep only so many.",
)
@json_option
@pass_node
def backup(node: Node, file: Path, *, force: bool, keep: int | None, as_json: bool) -> None:
    """Write the whole mirror to FILE, as of one moment. The node may run meanwhile.

    The file can be restored into a SQLite file or into PostgreSQL, whichever it came from.

    \b
    Example:
      tonnelink backup mirror-2026-01-31.backup
      tonnelink backup --keep 14 /backups
    """
    with _counting("backup", as_json=as_json) as progress:
        told = bootstrap.backup(node.settings, file, progress, force=force, keep=keep)
    _tell(told, f"{told['file']} holds the mirror", as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace the mirror that is there.")
@json_option
@pass_node
def restore(node: Node, file: Path, *, force: bool, as_json: bool) -> None:
    """Make the mirror that FILE, a backup, holds. Stop the node before.

    Nothing is replaced before the backup is known to be whole, of this home's deployment, and
    sound: its rows must come to the digests that are recorded in it.

    \b
    Example:
      tonnelink restore mirror-2026-01-31.backup
      tonnelink restore --force mirror-2026-01-31.backup
    """
    with _counting("restore", as_json=as_json) as progress:
        told = bootstrap.restore(node.settings, node.deployment, file, progress, force=force)
    _tell(told, "The mirror is restored", as_json=as_json)
    if not as_json:
        click.echo("Next: 'tonnelink index --once', then 'tonnelink verify'; restart servers.")


@contextmanager
def _counting(name: str, *, as_json: bool) -> Iterator[Callable[[int], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} rows"))
    shown = sys.stderr.isatty() and not as_json
    with Progress(*columns, console=output.error_console(), disable=not shown) as progress:
        task = progress.add_task(name, total=None)
        yield lambda done: progress.update(task, completed=done)


def _tell(told: Json, what: str, *, as_json: bool) -> None:
    if as_json:
        output.print_json(told)
        return
    click.echo(
        f"{what} at ledger block {output.tonnes(told['height'])}: {output.tonnes(told['rows'])}"
        f" rows, digest {told['digest'][:10]}..."
    )
