"""Commands about links that read or move units."""

from __future__ import annotations

from pathlib import Path

import click

from registry_node.cli import output
from registry_node.cli.choosing import Selection, Units, chosen, units_options
from registry_node.cli.context import (
    Node,
    at_option,
    envelope,
    holder_options,
    json_option,
    parse_class,
    pass_node,
)
from registry_node.cli.reading import meter_bar
from registry_node.cli.sides import code_at
from registry_node.cli.signing import Holder, act, holder_of
from registry_node.cli.terms import rate_of, terms_fields
from registry_node.domain.errors import InvalidInput, NotFound, Refused
from registry_node.domain.references import parse_quantity
from registry_node.queries import links, quotas
from registry_node.queries.paging import MOST, Page
from registry_node.queries.snapshot import Json

_NOBODY = "0x" + "00" * 20


@click.group()
def link() -> None:
    """Agree links between registries, and send units over them.

    A link is one direction of an agreement: CN_KR leads from CN to KR.

    \b
    Example:
      tonnelink link list
    """


@link.command("list")
@at_option
@json_option
@pass_node
def list_links(node: Node, *, at: int | None, as_json: bool) -> None:
    """List the links with their rates and quota meters.

    \b
    Example:
      tonnelink link list
    """
    with node.reading(at) as snapshot:
        document = envelope(snapshot, links.links(snapshot, Page(MOST)).items)
    if as_json:
        output.print_json(document)
        return
    rows = [
        (
            item["id"],
            item["status"],
            rate_of(item["terms"]) if item["terms"] else "-",
            item["terms_version"],
            meter_bar(item["quota_meter"]) if item["quota_meter"] else "-",
        )
        for item in document["data"]
    ]
    output.table(("link", "status", "rate", "terms", "quota of this period"), rows)
    output.as_of(document)


def find_number(node: Node, name: str) -> int:
    """The ledger's number of a link."""
    with node.reading() as snapshot:
        return int(links.find_link(snapshot, name)["id"])


@link.command()
@click.argument("name", metavar="LINK")
@at_option
@json_option
@pass_node
def show(node: Node, *, name: str, at: int | None, as_json: bool) -> None:
    """Show one link: terms in force, proposed terms, quota meter.

    \b
    Example:
      tonnelink link show CN_KR
    """
    with node.reading(at) as snapshot:
        document = envelope(snapshot, links.link(snapshot, name))
    if as_json:
        output.print_json(document)
        return
    data = document["data"]
    output.fields(
        {
            "status": data["status"],
            "suspended by": ", ".join(data["suspended_by"]) or None,
            "the agreement ends": data["ends_at"],
            "quota": meter_bar(data["quota_meter"]) if data["quota_meter"] else None,
        },
        title=f"{data['id']} (number {data['number']} of agreement {data['agreement']})",
    )
    kinds = {
        "In force": "terms",
        "Accepted, waiting": "waiting_terms",
        "Proposed": "proposed_terms",
    }
    for title, kind in kinds.items():
        terms = data[kind]
        if terms:
            output.fields(terms_fields(terms), title=f"{title}: terms version {terms['version']}")
    output.as_of(document)


@link.command()
@click.argument("name", metavar="LINK")
@click.option("--class", "class_", required=True, metavar="REGISTRY:CLASS", help="At the source.")
@click.option("--quantity", required=True, metavar="TONNES", help="Source units offered.")
@at_option
@json_option
@pass_node
def quote(
    node: Node, *, name: str, class_: str, quantity: str, at: int | None, as_json: bool
) -> None:
    """Say what a transfer would do, or why it would be refused.

    \b
    Example:
      tonnelink link quote CN_KR --class CN:CEA-2021 --quantity 1000
    """
    code, symbol = parse_class(class_)
    with node.reading(at) as snapshot:
        _check_source(links.find_link(snapshot, name)["source"], code)
        tonnes = parse_quantity(quantity)
        document = envelope(snapshot, quotas.quote_transfer(snapshot, name, symbol, tonnes))
    if as_json:
        output.print_json(document)
        return
    data = document["data"]
    if not data["allowed"]:
        click.echo(f"It would be refused: {data['reason']} ({data['restriction']}).")
    output.fields(
        {
            "taken": f"{output.tonnes(data['source_quantity'])} t of {class_}",
            "arrives": f"{output.tonnes(data['destination_quantity'])} t",
            "stays": f"{output.tonnes(data['remainder'])} t",
            "rate": "{numerator}/{denominator}".format(**data["rate"]) if data["rate"] else None,
            "terms version": data["terms_version"],
            "other terms from": data["changes_at"],
            "quota left": f"{output.tonnes(data['quota_remaining'])} of"
            f" {output.tonnes(data['quota'])} t",
        },
        title=f"{output.tonnes(quantity)} t of {class_} over {data['link']}",
    )
    output.as_of(document)


def _check_source(source: str, code: str) -> None:
    if source != code:
        raise InvalidInput(
            f"This link leads from {source}, not from {code}.",
            f"Name a class of {source}, or another link.",
        )


@link.command()
@click.argument("name", metavar="LINK")
@units_options
@click.option("--to", required=True, metavar="ACCOUNT", help="Account at the destination.")
@click.option(
    "--terms-version", type=click.IntRange(0, 2**32 - 1), help="As quoted; else as in force."
)
@click.option("--accept", metavar="TONNES", help="Least to arrive; else as quoted.")
@click.option("--from", "from_", metavar="ACCOUNT", help="The signer's own account by default.")
@holder_options
@json_option
@pass_node
def transfer(
    node: Node,
    *,
    name: str,
    selection: Selection,
    to: str,
    terms_version: int | None,
    accept: str | None,
    from_: str | None,
    signed_by: str | None,
    key_file: Path | None,
    by_request: bool,
    as_json: bool,
) -> None:
    """Send units over a link, at its rate and within its quota.

    It takes the least that yields what arrives; the rest stays with the sender. Nothing happens
    when the terms have changed since --terms-version, or less than --accept would arrive.

    \b
    Example:
      tonnelink link transfer CN_KR --class CN:CEA-2021 --quantity 1000 --to kr-steel \\
          --as cn-power-south
    """
    with node.reading() as snapshot:
        row = links.find_link(snapshot, name)
    what = chosen(node, selection)
    _check_source(row["source"], what.registry)
    receiver = node.address(row["destination"], to)
    signed = (signed_by, key_file)
    holder = holder_of(node, what.registry, from_, signed, by_request=by_request)
    gateway = node.ledger.gateway
    quoted = _quoted(node, row["id"], what, holder, receiver)
    version, taken, arrives = (
        quoted[part] for part in ("version", "sourceUnits", "destinationUnits")
    )
    if terms_version is not None and terms_version != version:
        raise Refused(
            f"The terms version {terms_version} of {name} is not in force; version {version} is.",
            f"Quote again: 'tonnelink link quote {name}', then --terms-version {version}.",
        )
    if quoted["restriction"]:
        left = max(0, quoted["quota"] - quoted["quotaUsed"])
        raise Refused(
            f"{what} cannot go over {name}: {quoted['reason']}.",
            f"They would be {arrives:,} t there; {left:,} of {quoted['quota']:,} t of the import"
            " quota are left. Nothing has changed.",
        )
    if what.references and taken != what.quantity:
        raise InvalidInput(
            f"Of {what.quantity:,} t only {taken:,} t would be taken, for {arrives:,} t there.",
            f"Name exactly {taken:,} serials.",
        )
    least = parse_quantity(accept) if accept is not None else arrives
    request = (
        holder.checksum,
        row["id"],
        version,
        what.class_id,
        what.quantity,
        least,
        gateway.w3.to_checksum_address(receiver),
    )
    step = gateway.functions.transfer(request, what.refs(node, holder.account))
    act(node, holder, step, f"Sent {taken:,} t over {name}; {arrives:,} t arrived", as_json=as_json)


def _quoted(node: Node, link_id: int, what: Units, holder: Holder, receiver: str) -> Json:
    """What the ledger says of a transfer beforehand.

    The parties are asked about where the holder acts itself and by quantity: at the holder desk,
    and for named serials, other rules hold.
    """
    gateway = node.ledger.gateway
    asked = not holder.by_request and not what.references
    sender = holder.checksum if asked else _NOBODY
    to = gateway.w3.to_checksum_address(receiver)
    question = gateway.functions.quote(link_id, what.class_id, what.quantity, sender, to)
    return node.ledger.ask_named(question)


@link.command("return")
@units_options
@click.option("--to", required=True, metavar="ACCOUNT", help="Account where they came from.")
@click.option("--accept", metavar="TONNES", help="Least source units to be released.")
@click.option("--from", "from_", metavar="ACCOUNT", help="The signer's own account by default.")
@holder_options
@json_option
@pass_node
def return_units(
    node: Node,
    *,
    selection: Selection,
    to: str,
    accept: str | None,
    from_: str | None,
    signed_by: str | None,
    key_file: Path | None,
    by_request: bool,
    as_json: bool,
) -> None:
    """Send foreign units home, at the rate of their lots. Works whatever the link's state.

    \b
    Example:
      tonnelink link return --class KR:CN.CEA-2021 --quantity 90 --to cn-power-south --as kr-steel
    """
    what = chosen(node, selection)
    receiver = node.address(_origin(node, what), to)
    signed = (signed_by, key_file)
    holder = holder_of(node, what.registry, from_, signed, by_request=by_request)
    gateway = node.ledger.gateway
    step = gateway.functions.returnUnits(
        holder.checksum,
        node.ledger.registry(what.registry).address,
        what.class_id,
        what.quantity,
        what.refs(node, holder.account),
        gateway.w3.to_checksum_address(receiver),
        parse_quantity(accept) if accept is not None else 0,
    )
    act(node, holder, step, f"Returned {what.quantity:,} t", as_json=as_json)


def _origin(node: Node, what: Units) -> str:
    """The registry that foreign units came from."""
    registry = node.ledger.registry(what.registry)
    _, origin, _ = node.ledger.ask(registry.functions.originOf(what.class_id))
    if not int(origin, 16):
        raise NotFound(
            f"{what.registry}:{what.symbol} is not a foreign class.",
            "Only units that came over a link can be returned.",
        )
    return code_at(node, origin)
