"""The `tonnelink` command: its groups, its global options, and how it fails."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from registry_node.bootstrap import package_version
from registry_node.cli.access import access
from registry_node.cli.account_keeping import account
from registry_node.cli.context import Node
from registry_node.cli.exporting import export_command
from registry_node.cli.importing_decisions import import_group
from registry_node.cli.issuing import allocate, deliver, entitle, issue, return_excess
from registry_node.cli.keeping import backup, restore
from registry_node.cli.liens import lien
from registry_node.cli.link_keeping import link
from registry_node.cli.operating import config, health
from registry_node.cli.output import print_error
from registry_node.cli.programme import documents, members, roles
from registry_node.cli.proposals import proposal
from registry_node.cli.reading import holdings, quota, trace
from registry_node.cli.reconciling import compare, repair, verify
from registry_node.cli.requests import request, settle
from registry_node.cli.righting import correction, pool, reversal
from registry_node.cli.rules import obligations, settings
from registry_node.cli.running import index, serve, up
from registry_node.cli.statement_keys import statement_key
from registry_node.cli.statements import statement
from registry_node.cli.units import cancel, retire, surrender, transfer
from registry_node.cli.verify_statement import verify_statement
from registry_node.cli.watching import watch
from registry_node.config import load
from registry_node.domain.errors import InvalidInput, TonnelinkError, Unavailable

_INTERRUPTED = 130


class _Commands(click.Group):
    """Ends at a broken pipe as rich does; click would keep from us why it ends."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except BrokenPipeError:
            sys.exit(1)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    help="Directory of the deployment, mirror and keys.  [TONNELINK_HOME; default: .tonnelink]",
)
@click.option(
    "--rpc-url",
    help="The ledger's node.  [TONNELINK_RPC_URL; default: http://127.0.0.1:8545]",
)
@click.version_option(package_version(), prog_name="tonnelink")
@click.pass_context
def tonnelink(context: click.Context, home: Path | None, rpc_url: str | None) -> None:
    """Registries of emission allowances and offsets for linked carbon markets.

    Units are named registry:class:serial, for example KR:KAU-2017:1-1000; links
    source_destination, for example CN_KR; accounts by their label or 0x address.

    \b
    Example:
      tonnelink up
      tonnelink trace CN:CEA-2021:1000000
      tonnelink transfer --units CN:CEA-2021:1-100 --to cn-power-south --as cn-power-north

    \b
    Exit codes:
      0  done
      1  an unexpected error, or 'verify' found differences
      2  the command or its input is malformed
      3  there is no such registry, class, serial, account or link
      4  the ledger's rules refuse it; nothing has changed
      5  the node, the chain or the mirror cannot be reached
      6  the mirror and the ledger disagree
      7  a part of a signed statement does not hold

    \b
    Shell completion (bash; zsh and fish likewise):
      eval "$(_TONNELINK_COMPLETE=bash_source tonnelink)"
    """
    context.obj = Node(load({"home": home, "rpc_url": rpc_url}))


for command in (
    up,
    index,
    serve,
    access,
    account,
    issue,
    entitle,
    allocate,
    deliver,
    return_excess,
    reversal,
    correction,
    pool,
    transfer,
    surrender,
    retire,
    cancel,
    link,
    quota,
    holdings,
    trace,
    watch,
    verify,
    repair,
    compare,
    backup,
    restore,
    proposal,
    request,
    settle,
    lien,
    obligations,
    settings,
    roles,
    documents,
    members,
    config,
    health,
    export_command,
    statement,
    statement_key,
    verify_statement,
    import_group,
):
    tonnelink.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Runs the command and exits with its code. Prints a stack trace only with TONNELINK_DEBUG."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Runs the command; its exit code."""
    as_json = "--json" in arguments
    try:
        _check_text(arguments)
        result = tonnelink.main(arguments, prog_name="tonnelink", standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()  # here its failure can be told
    except click.Abort:
        click.echo("Interrupted.", err=True)
        return _INTERRUPTED
    except click.ClickException as error:
        if as_json:
            print_error(InvalidInput(error.format_message(), "See --help."), as_json=True)
        else:
            error.show()
        return error.exit_code
    except (Exception, SystemExit) as error:
        if _pipe_closed(error):
            _drop_output()
            return 0
        told = _told(error)
        if told is None:
            raise
        print_error(told, as_json=as_json)
        return told.exit_code
    return result if isinstance(result, int) else 0


def _pipe_closed(error: BaseException) -> bool:
    """Whether the reader of a pipe has seen enough. Rich makes an exit of it."""
    cause = error.__context__ if isinstance(error, SystemExit) else error
    return isinstance(cause, BrokenPipeError)


def _told(error: BaseException) -> TonnelinkError | None:
    """The error as people are told it; None for what is left to Python."""
    if isinstance(error, TonnelinkError):
        return error
    if isinstance(error, SystemExit) or os.environ.get("TONNELINK_DEBUG"):
        return None
    if isinstance(error, OSError):
        _drop_output()
        where = error.filename or "The system refuses it"
        return Unavailable(
            f"{where}: {error.strerror or error}.", "Check the permissions and the space there."
        )
    return TonnelinkError(  # the last resort: people do not read stack traces
        f"An unexpected error: {type(error).__name__}: {error}",
        "Please report it; TONNELINK_DEBUG=1 shows where it came from.",
    )


def _check_text(arguments: list[str]) -> None:
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput(f"{argument!a} is not text.", "Write it in UTF-8.") from error


def _drop_output() -> None:
    """Keeps what could not be written from being tried again at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
