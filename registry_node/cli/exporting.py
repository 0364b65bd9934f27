"""`tonnelink export`: any list of the API as a file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from registry_node.cli import output
from registry_node.cli.context import Node, json_option, pass_node
from registry_node.domain.errors import InvalidInput
from registry_node.domain.files import check_new
from registry_node.domain.words import UnitState
from registry_node.interchange import cad_trust
from registry_node.interchange.columns import LISTS, Column
from registry_node.interchange.export import Plan, export
from registry_node.interchange.formats import FORMATS
from registry_node.queries.blocks import blocks
from registry_node.queries.paging import Listing
from registry_node.queries.snapshot import Json

PROFILES = ("cad-trust",)
_FILTERS = {
    "registry": "Only this registry.",
    "class": "Only this unit class, e.g. CEA-2021.",
    "account": "Only this account: label or 0x address.",
    "year": "Only this compliance year.",
    "state": "Only blocks, proposals or requests in this state.",
    "status": "Only lots in this status.",
    "link": "Only this link: CN_KR.",
    "type": "Only this transaction type: 10-40 or allocation.",
    "tx": "Only this transaction.",
}


class Source(NamedTuple):
    """A list that can be exported. `parameters` are the API's, by the option that gives them."""

    answer: Callable[..., Any]
    parameters: dict[str, Any]


def sources() -> dict[str, Source]:
    """Every list of the API by the last word of its address, and the unit blocks."""
    from registry_node.api import parameters as p  # heavy
    from registry_node.api.endpoints import ENDPOINTS

    state = p.Parameter("state", _unit_state, "Only blocks in this state.", {"type": "string"})
    found = {
        "blocks": Source(
            blocks,
            {"registry": p.REGISTRY, "class": p.CLASS, "account": p.ACCOUNT, "state": state},
        )
    }
    for endpoint in ENDPOINTS:
        name = endpoint.path.rpartition("/")[2]
        if endpoint.is_list and name in LISTS:
            options = {"registry" if q.name == "code" else q.name: q for q in endpoint.parameters}
            found[name] = Source(endpoint.answer, options)
    return found


def _unit_state(text: str) -> str:
    names = [state.name for state in UnitState]
    if text.upper() not in names:
        raise InvalidInput(f"'{text}' is not a state.", f"One of {', '.join(names)}.")
    return text.upper()


def _filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, about in reversed(_FILTERS.items()):
        command = click.option(f"--{name}", f"filter_{name}", metavar="VALUE", help=about)(command)
    return command


@click.command("export")
@click.argument("query", metavar="QUERY", type=click.Choice(sorted(LISTS)))
@click.option(
    "--output", "-o", "path", required=True, type=click.Path(path_type=Path), help="The file."
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="By the file's ending if left out."
)
@click.option("--profile", type=click.Choice(PROFILES), help="Other field names, of blocks only.")
@_filter_options
@click.option("--at", type=click.IntRange(0, 2**63 - 1), help="A past ledger height.")
@click.option("--resume", is_flag=True, help="Go on with an export that was interrupted.")
@click.option("--force", is_flag=True, help="Begin anew, and replace the file.")
@json_option
@pass_node
def export_command(
    node: Node,
    /,
    *,
    query: str,
    path: Path,
    form: str | None,
    profile: str | None,
    at: int | None,
    resume: bool,
    force: bool,
    as_json: bool,
    **filters: Any,
) -> None:
    """Write a list into a file: CSV, NDJSON or Parquet, at one ledger height.

    QUERY is one of accounts, blocks, classes, holdings, liens, links, lots, movements, obligations,
    proposals, registries, requests, trades. Beside FILE is FILE.meta.json with the ledger block and
    the checksum. An export that was interrupted goes on with --resume.

    \b
    Example:
      tonnelink export movements --registry CN -o movements.csv
      tonnelink export blocks --profile cad-trust -o units.parquet --at 244
    """
    check_new(path, force=True)  # whether it may be there, is asked when it is not gone on with
    given = {name.removeprefix("filter_"): text for name, text in filters.items() if text}
    plan = _plan(node, query, given, form or _form_of(path), profile)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed:,.0f} rows"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
    )
    shown = sys.stderr.isatty() and not as_json
    with Progress(*columns, console=output.error_console(), disable=not shown) as progress:
        task = progress.add_task("export", total=None, rate="")

        def tell(rows: int) -> None:
            speed = progress.tasks[0].speed if shown else None
            progress.update(task, completed=rows, rate=f"{speed:,.0f}/s" if speed else "")

        document = export(node.reader, plan, path, at=at, resume=resume, force=force, progress=tell)
    _report(path, document, as_json=as_json)


def _report(path: Path, document: Json, *, as_json: bool) -> None:
    if as_json:
        output.print_json({"file": str(path), **document})
        return
    click.echo(f"{document['rows']:,} rows in {path} ({document['bytes']:,} bytes).")
    output.fields({"sha256": document["sha256"], "about it": f"{path}.meta.json"})
    output.as_of(document)


def _plan(node: Node, query: str, given: dict[str, str], form: str, profile: str | None) -> Plan:
    source = sources()[query]
    unknown = [name for name in given if name not in source.parameters]
    if unknown:
        known = ", ".join(f"--{name}" for name in source.parameters) or "none"
        raise InvalidInput(f"{query} cannot be chosen by --{unknown[0]}.", f"It takes: {known}.")
    missing = [n for n, p in source.parameters.items() if p.in_path and n not in given]
    if missing:
        raise InvalidInput(f"{query} are of one registry.", f"Give --{missing[0]}.")
    if profile and query != "blocks":
        raise InvalidInput(f"The profile {profile} is of unit blocks.", "Export blocks with it.")
    values = {
        source.parameters[name].target: source.parameters[name].parse(
            _account(node, given, text) if name == "account" else text
        )
        for name, text in given.items()
    }
    columns: tuple[Column, ...] = cad_trust.COLUMNS if profile else LISTS[query]

    def ask(snapshot: Any, page: Any) -> Listing:
        found: Listing = source.answer(snapshot, page=page, **values)
        return found

    deployment = node.deployment
    identity = {
        "name": deployment.name,
        "chain_id": deployment.chain_id,
        "genesis_hash": f"0x{deployment.genesis_hash.hex()}",
    }
    shape = cad_trust.unit if profile else None
    return Plan(query, given, form, ask, columns, identity, profile, shape, values)


def _account(node: Node, given: dict[str, str], text: str) -> str:
    if text.startswith("0x"):
        return text
    if "registry" not in given:
        raise InvalidInput("A label belongs to a registry.", "Give --registry too.")
    return node.address(given["registry"], text)


def _form_of(path: Path) -> str:
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise InvalidInput(
            f"'{path.name}' does not say which format.",
            f"Give --format, or an ending: {', '.join(f'.{name}' for name in FORMATS)}.",
        )
    return ending
