"""The command that tells what happens as it happens: watch."""

from __future__ import annotations

import time

import click
import orjson

from registry_node.cli import output
from registry_node.cli.context import Node, json_option, pass_node
from registry_node.cli.reading import holder
from registry_node.domain.references import parse_code
from registry_node.queries.snapshot import Json
from registry_node.queries.tail import Event, Position, Tail


@click.command()
@click.option("--registry", metavar="CODE", help="Only this registry and the quotas of its links.")
@click.option("--account", metavar="ACCOUNT", help="Only this account: label or 0x address.")
@click.option("--after", metavar="CURSOR", help="Go on behind an event's id, or a ledger height.")
@click.option("--once", is_flag=True, help="Stop at the head instead of waiting for more.")
@json_option
@pass_node
def watch(
    node: Node,
    *,
    registry: str | None,
    account: str | None,
    after: str | None,
    once: bool,
    as_json: bool,
) -> None:
    """Tell movements, quota changes and what the chain took back, as they happen.

    With --json a line is an event with its id, which --after takes. Ctrl-C stops it.

    \b
    Example:
      tonnelink watch --registry KR
      tonnelink watch --after 0 --once --json
    """
    code = parse_code(registry) if registry else None
    address = holder(node, code, account)
    with node.reading() as snapshot:
        cursor = Position.parse(after) if after else None
        tail = Tail(snapshot, cursor, registry=code, address=address)
    disputed: list[Json] = []
    while True:
        with node.reading() as snapshot:
            found = tail.read(snapshot)
            at_head = tail.at_head(snapshot)
            head = tail.head(snapshot)
        if at_head and head.disputed != disputed:
            disputed = head.disputed
            found.append(head)
        for event in found:
            _tell(event, as_json=as_json)
        if at_head and once:
            return
        if at_head:
            time.sleep(node.settings.poll_interval)


def _tell(event: Event, *, as_json: bool) -> None:
    if as_json:
        line = {"event": event.kind, "id": str(event.position), **event.to_json()}
        click.echo(orjson.dumps(line).decode())
        return
    doubt = " (in doubt)" if event.data and event.disputed else ""
    click.echo(f"{event.as_of['block_number']:>9,}  {_words(event)}{doubt}")


def _words(event: Event) -> str:
    data = event.data or {}
    if event.kind == "head":
        subjects = ", ".join(map(output.doubted, event.disputed))
        return f"in doubt: {subjects}" if subjects else "nothing is in doubt any more"
    if event.kind == "undone":
        return f"the chain took back everything above {data['above']:,}"
    if event.kind == "quota":
        link = f"link {data['link']}:"
        if data["what"] == "terms":
            return f"{link} terms {data['terms_version']}, quota {output.tonnes(data['quota'])} t"
        return f"{link} {output.tonnes(data['used'])} t used of the period {data['period_start']}"
    sender = output.named(data["from"], data["from_label"]) if data["from"] else "-"
    to = output.named(data["to"], data["to_label"])
    return f"{data['transaction_name']} {data['units']}: {sender} -> {to}, {data['state']}"
