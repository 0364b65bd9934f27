"""Commands that show who decides in a programme, what it published, and who takes part in links."""

from __future__ import annotations

import click

from registry_node.cli import output
from registry_node.cli.context import Node, at_option, envelope, json_option, pass_node
from registry_node.domain.references import parse_code
from registry_node.queries import documents as published
from registry_node.queries import members as linked
from registry_node.queries import roles as offices
from registry_node.queries.paging import every_item
from registry_node.queries.snapshot import Json


@click.command()
@click.argument("registry", metavar="REGISTRY")
@at_option
@json_option
@pass_node
def roles(node: Node, *, registry: str, at: int | None, as_json: bool) -> None:
    """Show who has which role in a programme, which keys have several, and what excludes what.

    \b
    Example:
      tonnelink roles KR
    """
    code = parse_code(registry)
    with node.reading(at) as snapshot:
        document = envelope(snapshot, offices.roles(snapshot, code))
    if as_json:
        output.print_json(document)
        return
    data = document["data"]
    rows = [
        (role["role"], holder["label"] or node.name_anywhere(holder["address"]), holder["since"])
        for role in data["roles"]
        for holder in role["holders"]
    ]
    output.table(("role", "holder", "since"), rows)
    for person in data["several"]:
        who = output.named(person["address"], person["label"])
        click.echo(f"{who} has {len(person['roles'])} roles: {', '.join(person['roles'])}.")
    for exclusion in data["exclusions"]:
        click.echo(f"No key is {' and '.join(exclusion['roles'])} at the same time.")
    output.as_of(document)


@click.command()
@click.argument("registry", metavar="REGISTRY")
@at_option
@json_option
@pass_node
def documents(node: Node, *, registry: str, at: int | None, as_json: bool) -> None:
    """Show the documents that a programme published by their hashes, such as its rule book.

    \b
    Example:
      tonnelink documents KR
    """
    code = parse_code(registry)
    with node.reading(at) as snapshot:
        items = every_item(lambda page: published.documents(snapshot, code, page))
        document = envelope(snapshot, items)
    if as_json:
        output.print_json(document)
        return
    rows = [(item["kind"], item["valid_from"], item["hash"]) for item in items]
    output.table(("document", "valid from", "hash"), rows)
    output.as_of(document)


@click.command()
@at_option
@json_option
@pass_node
def members(node: Node, *, at: int | None, as_json: bool) -> None:
    """Show the programmes that take part in links, the code that they run, and the gateway's.

    \b
    Example:
      tonnelink members
    """
    with node.reading(at) as snapshot:
        items = every_item(lambda page: linked.members(snapshot, page))
        successions = every_item(lambda page: linked.successions(snapshot, page))
        document = envelope(snapshot, {"members": items, "successions": successions})
    if as_json:
        output.print_json(document)
        return
    rows = [
        (item["registry"], item["code"], item["admitted_at"], item["edition"] or "-", _state(item))
        for item in items
    ]
    output.table(("registry", "admitted as", "since", "code", "transfers"), rows)
    if successions:
        output.table(
            ("no", "proposed by", "accepted by", "from", "state"),
            [
                (
                    str(s["number"]),
                    s["proposed_by"] or "-",
                    f"{s['accepted']} of {len(items)}",
                    s["ready_at"],
                    s["state"],
                )
                for s in successions
            ],
            right=("no",),
            title="Other code of the link gateway",
        )
    output.as_of(document)


def _state(member: Json) -> str:
    return "stand still until it accepts the gateway's code" if member["stands_still"] else "go on"
