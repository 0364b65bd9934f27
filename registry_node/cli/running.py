"""Commands that run the node: up, index, serve."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from registry_node import bootstrap, logs
from registry_node.chain.rpc import without_secrets
from registry_node.cli import output
from registry_node.cli.context import Node, json_option, pass_node
from registry_node.cli.stopping import stopping
from registry_node.config import ACCESS
from registry_node.indexer.runner import Status

access_option = click.option(
    "--access",
    type=click.Choice(ACCESS),
    help="Who may ask: everybody, or whoever has a token. A node that others can reach must say it."
    "  [TONNELINK_ACCESS; default on this machine: open]",
)


@click.command()
@access_option
@json_option
@pass_node
def up(node: Node, *, access: str | None, as_json: bool) -> None:
    """Follow the ledger and serve the API and its page, in one process.

    \b
    Example:
      tonnelink up
      tonnelink up --access tokens
      tonnelink --home /var/lib/tonnelink up
    """
    _serve(node, access, index=True, as_json=as_json)


@click.command()
@access_option
@json_option
@pass_node
def serve(node: Node, *, access: str | None, as_json: bool) -> None:
    """Serve the API and its page from the mirror as another process keeps it.

    \b
    Example:
      tonnelink serve
    """
    _serve(node, access, index=False, as_json=as_json)


def _serve(node: Node, access: str | None, *, index: bool, as_json: bool) -> None:
    settings = replace(node.settings, access=access) if access else node.settings
    bootstrap.access_of(settings)  # said before anything starts
    known = node.deployment  # a missing home too
    logs.set_up(settings.log_format, settings.log_level)
    bootstrap.run_node(
        settings,
        known,
        index=index,
        announce=lambda: _announce_service(node, as_json=as_json),
    )


def _announce_service(node: Node, *, as_json: bool) -> None:
    url = f"http://{node.settings.host}:{node.settings.port}"
    if as_json:
        output.print_json({"url": url, "chain_id": node.deployment.chain_id})
    else:
        ledger = without_secrets(node.settings.rpc_url)
        click.echo(f"Tonnelink at {url}; the ledger at {ledger}. Ctrl-C stops it.")


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
        with stopping(stop):
            status = bootstrap.run_indexer(
                node.settings,
                known,
                once=once,
                stop=stop,
                progress=tell,
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
