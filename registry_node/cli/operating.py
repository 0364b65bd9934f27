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
from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.logs import masked
from registry_node.queries.snapshot import Json

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  # not bound here
"""Where a node that listens everywhere is asked from its own machine."""

_WELL, _ILL = 200, 503
"""The statuses of answers about a node's health."""


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
    """Ask a running node whether it is well.

    Exits with 0 when it is, and also when it is degraded: some answers are in doubt, and all others
    are good. Exits with 5 when it has a problem, or does not answer. For containers and monitors:
    it needs neither a mirror nor a deployment on this machine.

    \b
    Example:
      tonnelink health
      tonnelink health --url http://127.0.0.1:8000
    """
    host = _LOOPBACK.get(node.settings.host, node.settings.host)
    place = f"[{host}]" if ":" in host else host
    base = (url or f"http://{place}:{node.settings.port}").rstrip("/")
    status, content = _ask(base, node.settings.rpc_timeout)
    try:
        document = foreign.loads(content)
        if status != _WELL:
            problem = _problem(document)
        else:
            data, as_of = document["data"], document["as_of"]
            shown = {name.replace("_", " "): _for_people(name, data[name]) for name in data}
            told = f"The node at {masked(base)} answers: {data['status']}."
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(
            f"{masked(base)} answers, but is no Tonnelink node.",
            "Name the node's address with --url, such as http://127.0.0.1:8000.",
        ) from error
    if status != _WELL:
        state = "is not well" if status == _ILL else f"answers with {status}"
        raise Unavailable(f"The node at {masked(base)} {state}: {problem}", "Its log says more.")
    if as_json:
        output.print_json({"data": data, "as_of": as_of})
        return
    click.echo(told)
    output.fields(shown)


def _ask(base: str, timeout: float) -> tuple[int, bytes]:
    """The status and content of what the address answers about its health."""
    import httpx  # heavy

    start = "Start it with 'tonnelink up', or name its address with --url."
    try:
        response = httpx.get(f"{base}/v1/health", timeout=timeout)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise InvalidInput(
            f"'{masked(base)}' is not a node's address.", "Give one such as http://127.0.0.1:8000."
        ) from error
    except httpx.HTTPError as error:
        if "refused" in str(error):
            raise Unavailable(f"No node listens at {masked(base)}.", start) from error
        if isinstance(error, httpx.TimeoutException):
            reason = f"no answer within {timeout:g} s"
        else:
            reason = masked(str(error)) or type(error).__name__
        raise Unavailable(f"{masked(base)} cannot be asked: {reason}.", start) from error
    return response.status_code, response.content


def _problem(document: Any) -> str:
    """What is wrong, in the words of a node's problem document. Raises `ValueError` for another."""
    if not document["type"].startswith("urn:tonnelink:problem:"):
        raise ValueError(document["type"])
    return str(document["detail"])


def _for_people(name: str, value: Any) -> Any:
    """A value of the health document in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "reconciled" and value:
        count = value["differences"]
        found = f"{count:,} difference{'' if count == 1 else 's'}"
        return f"{value['block_number']:,} by {value['mode']}, {found}, {value['made_at']}"
    return f"{value:,}" if isinstance(value, int) else value
