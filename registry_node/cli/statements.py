"""Commands that make signed statements."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from registry_node import bootstrap
from registry_node.attest.inclusion import SCOPES
from registry_node.attest.jws import PROOFS
from registry_node.attest.prove import Scope
from registry_node.cli import output
from registry_node.cli.context import Node, at_option, json_option, pass_node
from registry_node.domain.errors import InvalidInput
from registry_node.domain.files import check_new
from registry_node.domain.references import (
    UnitReference,
    parse_address,
    parse_code,
    parse_symbol,
)
from registry_node.queries.snapshot import Json

Command = TypeVar("Command", bound=Callable[..., Any])

_NAMES = ("link", "registry", "class", "serial", "account", "year")


@click.group()
def statement() -> None:
    """Sign an answer of this node, so that it can be checked anywhere without it.

    The statement goes to standard output, or to a file with -o. 'tonnelink verify-statement' checks
    it. The node needs a key: 'tonnelink statement-key new'.

    \b
    Example:
      tonnelink statement registry KR -o kr.json
    """


def _options(command: Command) -> Command:
    command = at_option(json_option(command))
    command = click.option("--force", is_flag=True, help="Replace a file that exists.")(command)
    path = click.Path(path_type=Path)
    decorated: Command = click.option(
        "-o", "--output", "file", type=path, metavar="FILE", help="Write the statement there."
    )(command)
    return decorated


@statement.command("holdings")
@click.option("--registry", metavar="CODE", required=True, help="The account's registry.")
@click.option("--account", metavar="ACCOUNT", required=True, help="Label or 0x address.")
@click.option("--class", "symbol", metavar="CLASS", help="Only this unit class, e.g. CEA-2021.")
@_options
@pass_node
def holdings(
    node: Node, /, *, registry: str, account: str, symbol: str | None, **options: Any
) -> None:
    """State what an account holds: every class, or one.

    \b
    Example:
      tonnelink statement holdings --registry CN --account cn-power-north -o north.json
    """
    address = _account(node, registry, account)
    symbol = parse_symbol(symbol) if symbol else None
    _state(node, "holdings", options, registry=registry, account=address, symbol=symbol)


@statement.command("unit")
@click.argument("reference", metavar="REF")
@click.option("--proofs", is_flag=True, help="Carry the ledger's own proofs of each step.")
@click.option(
    "--headers",
    type=click.Choice(SCOPES),
    default=SCOPES[0],
    help="Which headers: the chain from the first step on, or the steps' only.  [default: chain]",
)
@click.option(
    "--up-to",
    type=click.IntRange(0, 2**63 - 1),
    help="Let the chain of headers go to this height, above the statement's.",
)
@_options
@pass_node
def unit(
    node: Node,
    /,
    *,
    reference: str,
    proofs: bool,
    headers: Scope,
    up_to: int | None,
    **options: Any,
) -> None:
    """State the whole life of one unit. REF is registry:class:serial.

    With --proofs each step can be checked against the ledger's block hashes, by somebody who trusts
    neither this node nor its key.

    \b
    Example:
      tonnelink statement unit CN:CEA-2021:1000000 -o unit.json
      tonnelink statement unit CN:CEA-2021:1000000 --proofs -o unit.json
      tonnelink statement unit CN:CEA-2021:1000000 --proofs --headers steps
    """
    if not proofs and (headers != SCOPES[0] or up_to is not None):
        raise InvalidInput("--headers and --up-to are about proofs.", "Give --proofs too.")
    found = UnitReference.parse(reference)
    if found.count != 1:
        raise InvalidInput(f"{reference} is not one unit.", "Name one serial.")
    subject = {"registry": found.registry, "symbol": found.symbol, "serial": found.first}
    _state(node, "unit", options, (headers, up_to) if proofs else None, **subject)


@statement.command("registry")
@click.argument("code", metavar="CODE")
@_options
@pass_node
def registry_(node: Node, /, *, code: str, **options: Any) -> None:
    """State a registry's totals, class by class.

    \b
    Example:
      tonnelink statement registry KR
    """
    _state(node, "registry", options, registry=parse_code(code))


@statement.command("quota")
@click.argument("link", metavar="LINK")
@_options
@pass_node
def quota(node: Node, /, *, link: str, **options: Any) -> None:
    """State how much of a link's quota is used, and its history. LINK is source_destination.

    \b
    Example:
      tonnelink statement quota CN_KR --at 205
    """
    _state(node, "quota", options, link=link)


@statement.command("compliance")
@click.option("--registry", metavar="CODE", required=True, help="The operator's registry.")
@click.option("--account", metavar="ACCOUNT", required=True, help="Label or 0x address.")
@click.option("--year", type=click.IntRange(1900, 65535), help="Only this compliance year.")
@_options
@pass_node
def compliance(
    node: Node, /, *, registry: str, account: str, year: int | None, **options: Any
) -> None:
    """State what an operator emitted, owes and surrendered.

    \b
    Example:
      tonnelink statement compliance --registry CN --account cn-power-north --year 2021
    """
    address = _account(node, registry, account)
    _state(node, "compliance", options, registry=registry, account=address, year=year)


def _account(node: Node, registry: str, account: str) -> bytes:
    return parse_address(node.address(parse_code(registry), account))


def _state(
    node: Node,
    kind: str,
    options: dict[str, Any],
    proofs: tuple[Scope, int | None] | None = None,
    **subject: Any,
) -> None:
    if options["file"]:
        check_new(options["file"], force=options["force"])
    issuer = bootstrap.statement_issuer(node.settings, node.deployment, node.reader)
    document, payload = issuer.issue(kind, options["at"], **subject)
    if proofs is not None:
        document[PROOFS] = _proofs(node, payload, *proofs)
    _write(document, payload, options["file"], as_json=options["as_json"])


def _proofs(node: Node, payload: Json, scope: Scope, up_to: int | None) -> Json:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=output.error_console(), disable=not sys.stderr.isatty()
    ) as progress:
        task = progress.add_task("headers", total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return bootstrap.prover(node.settings).prove(payload, scope, up_to, tell)


def _write(document: Json, payload: Json, file: Path | None, *, as_json: bool) -> None:
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
    if file is None:
        click.echo(content.decode(), nl=False)
        return
    file.write_bytes(content)
    if as_json:
        output.print_json({"file": str(file), "bytes": len(content), "as_of": payload["as_of"]})
        return
    click.echo(
        f"Signed: {payload['kind']} {subject_of(payload)}, {len(content):,} bytes in {file}."
    )
    output.as_of(payload)


def subject_of(payload: Json) -> str:
    """What a statement is about, in one line."""
    subject = payload["subject"]
    named = [str(subject[name]) for name in _NAMES if subject.get(name) is not None]
    return ":".join(named)
