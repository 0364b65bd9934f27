"""Commands that make signed statements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson

from registry_node import bootstrap
from registry_node.cli import output
from registry_node.cli.context import Node, at_option, json_option, pass_node
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import (
    UnitReference,
    parse_address,
    parse_code,
    parse_symbol,
)
from registry_node.queries.snapshot import Json

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path, dir_okay=False)


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
    decorated: Command = click.option(
        "-o", "--output", "file", type=_FILE, metavar="FILE", help="Write the statement there."
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
@_options
@pass_node
def unit(node: Node, /, *, reference: str, **options: Any) -> None:
    """State the whole life of one unit. REF is registry:class:serial.

    \b
    Example:
      tonnelink statement unit CN:CEA-2021:1000000 -o unit.json
    """
    found = UnitReference.parse(reference)
    if found.count != 1:
        raise InvalidInput(f"{reference} is not one unit.", "Name one serial.")
    _state(node, "unit", options, registry=found.registry, symbol=found.symbol, serial=found.first)


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


def _state(node: Node, kind: str, options: dict[str, Any], **subject: Any) -> None:
    issuer = bootstrap.statement_issuer(node.settings, node.deployment, node.reader)
    document, payload = issuer.issue(kind, options["at"], **subject)
    _write(document, payload, options["file"], as_json=options["as_json"])


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
    return ", ".join(str(value) for value in payload["subject"].values() if value is not None)
