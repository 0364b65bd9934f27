"""Commands that run the node: up, index, serve, verify."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from registry_node import bootstrap, logs
from registry_node.cli import output
from registry_node.cli.context import Node, at_option, json_option, pass_node
from registry_node.indexer.runner import Status


@click.command()
@json_option
@pass_node
def up(node: Node, *, as_json: bool) -> None:
    """Follow the ledger and serve the API and its page, in one process.

    \b
    Example:
      tonnelink up
      tonnelink --home /var/lib/tonnelink up
    """
    _announce_service(node, as_json=as_json)
    logs.set_up(node.settings.log_format, node.settings.log_level)
    bootstrap.run_node(node.settings, node.deployment, index=True)


@click.command()
@json_option
@pass_node
def serve(node: Node, *, as_json: bool) -> None:
    """Serve the API and its page from the mirror as another process keeps it.

    \b
    Example:
      tonnelink serve
    """
    _announce_service(node, as_json=as_json)
    logs.set_up(node.settings.log_format, node.settings.log_level)
    bootstrap.run_node(node.settings, node.deployment, index=False)


def _announce_service(node: Node, *, as_json: bool) -> None:
    url = f"http://{node.settings.host}:{node.settings.port}"
    known = node.deployment  # a missing home is told before anything starts
    if as_json:
        output.print_json({"url": url, "chain_id": known.chain_id})
    else:
        click.echo(f"Tonnelink at {url}; the ledger at {node.settings.rpc_url}. Ctrl-C stops it.")


@click.command()
@click.option("--once", is_flag=True, help="Stop at the head instead of following the ledger.")
@json_option
@pass_node
def index(node: Node, *, once: bool, as_json: bool) -> None:
    """Bring the mirror level with the ledger, and keep it so.

    It can be stopped at any point and goes on where it was.

    \b
    Example:
      tonnelink index --once
    """
    known = node.deployment
    if not once:
        logs.set_up(node.settings.log_format, node.settings.log_level)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    shown = sys.stderr.isatty() and not as_json
    with Progress(*columns, console=output.error_console(), disable=not shown) as progress:
        task = progress.add_task("ledger blocks", total=None)

        def tell(status: Status) -> None:
            progress.update(task, completed=status.indexed or 0, total=status.chain_head)

        stop = threading.Event()
        with _stopping(stop):
            status = bootstrap.run_indexer(
                node.settings, known, once=once, stop=stop, progress=tell
            )
    if as_json:
        output.print_json(
            {
                "indexed": status.indexed,
                "chain_head": status.chain_head,
                "digest": f"0x{status.digest.hex()}",
            }
        )
    else:
        click.echo(f"The mirror stands at ledger block {output.tonnes(status.indexed)}.")


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM ask the indexer to end after the ledger block at hand."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@click.command()
@at_option
@json_option
@pass_node
def verify(node: Node, *, at: int | None, as_json: bool) -> int:
    """Compare every balance, block, total and quota with the contracts, at one block hash.

    Exits with 1 and lists the differences if there are any.

    \b
    Example:
      tonnelink verify
    """
    known = node.deployment
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} questions answered"))
    shown = sys.stderr.isatty() and not as_json
    with Progress(*columns, console=output.error_console(), disable=not shown) as progress:
        task = progress.add_task("verify", total=None)
        report = bootstrap.verify(
            node.settings, known, at, lambda done: progress.update(task, completed=done)
        )
    if as_json:
        output.print_json(
            {
                "block_number": report.height,
                "block_hash": f"0x{report.block_hash.hex()}",
                "digest": f"0x{report.digest.hex()}",
                "compared": dict(report.compared),
                "differences": [asdict(difference) for difference in report.differences],
            }
        )
        return 0 if report.ok else 1
    rows = [(kind, output.tonnes(count)) for kind, count in sorted(report.compared.items())]
    output.table(("compared", "things"), rows, right=("things",))
    if not report.ok:
        wrong = [(d.kind, d.subject, d.mirror, d.ledger) for d in report.differences]
        output.table(("what", "of", "mirror", "ledger"), wrong, "Differences")
    click.echo(
        f"{len(report.differences):,} differences at ledger block {report.height:,}"
        f" (0x{report.block_hash.hex()[:8]}...)."
    )
    return 0 if report.ok else 1
