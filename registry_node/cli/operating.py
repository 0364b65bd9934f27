"""Commands for whoever runs a node: what is set and where, and whether the node is well."""

from __future__ import annotations

from dataclasses import Field, fields
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import click

from registry_node.cli import output
from registry_node.cli.context import Node, json_option, pass_node
from registry_node.config import FILE_NAME, PREFIX, Settings, load_with_sources
from registry_node.domain import foreign
from registry_node.domain.errors import Unavailable
from registry_node.logs import masked
from registry_node.queries.snapshot import Json

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  # not bound here
"""Where a node that listens everywhere is asked from its own machine."""


@click.command()
@json_option
@click.pass_context
def config(context: click.Context, *, as_json: bool) -> None:
    """Show every setting: its value, and where it was given. Secrets are not shown.

    \b
    Example:
      tonnelink config
      tonnelink --home /var/lib/tonnelink config --json
    """
    settings, sources = load_with_sources(context.find_root().params)
    items = [_setting(settings, item, sources) for item in fields(Settings)]
    path = settings.home / FILE_NAME
    if as_json:
        output.print_json({"file": str(path) if path.is_file() else None, "settings": items})
        return
    rows = [(item["name"], item["value"], item["source"], item["about"]) for item in items]
    output.table(("setting", "value", "from", "what it is"), rows)
    click.echo(f"File: {path}{'' if path.is_file() else ' (there is none)'}.")


def _setting(settings: Settings, item: Field[Any], sources: dict[str, str]) -> Json:
    value = getattr(settings, item.name)
    shown = "***" if item.metadata["secret"] else _shown(str(value))
    return {
        "name": item.name,
        "value": None if value is None else shown,
        "source": sources.get(item.name, "default"),
        "environment": PREFIX + item.name.upper(),
        "about": item.metadata["about"],
    }


def _shown(value: str) -> str:
    """A value without its secrets: keys of hosted nodes are in user names, paths and queries."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"}:
        return masked(value)
    path = parts.path if parts.path in {"", "/"} else "/***"
    place = masked(f"{parts.scheme}://{parts.netloc}").partition("://")[2]
    return urlunsplit((parts.scheme, place, path, "***" if parts.query else "", ""))


@click.command()
@click.option("--url", help="The node's address; by default that of the settings host and port.")
@json_option
@pass_node
def health(node: Node, *, url: str | None, as_json: bool) -> None:
    """Ask a running node whether it is well. Exits with 5 when it is not, or does not answer.

    For containers and monitors: it needs neither a mirror nor a deployment on this machine.

    \b
    Example:
      tonnelink health
      tonnelink health --url http://127.0.0.1:8000
    """
    import httpx  # heavy

    host = _LOOPBACK.get(node.settings.host, node.settings.host)
    place = f"[{host}]" if ":" in host else host
    base = (url or f"http://{place}:{node.settings.port}").rstrip("/")
    try:
        response = httpx.get(f"{base}/v1/health", timeout=node.settings.rpc_timeout)
        document = foreign.loads(response.content)
        data = document["data"]
        well = response.status_code == 200  # noqa: PLR2004
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            f"The node at {masked(base)} does not answer as a node does.",
            "Start it with 'tonnelink up', or name its address with --url.",
        ) from error
    if not well:
        raise Unavailable(
            f"The node at {masked(base)} is not well: {data.get('last_error')}",
            "Its log says more.",
        )
    if as_json:
        output.print_json({"data": data, "as_of": document["as_of"]})
        return
    click.echo(f"The node at {masked(base)} answers: {data['status']}.")
    output.fields({name.replace("_", " "): value for name, value in data.items()})
