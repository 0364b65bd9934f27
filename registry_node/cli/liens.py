"""Commands about units that are set aside: freezes and pledges."""

from __future__ import annotations

from pathlib import Path

import click

from registry_node.cli import output
from registry_node.cli.calls import person
from registry_node.cli.context import (
    Node,
    at_option,
    envelope,
    holder_options,
    json_option,
    pass_node,
    signer_options,
)
from registry_node.cli.signing import (
    act,
    chosen,
    holder_of,
    proposed,
    report,
    signer,
    units_options,
    word_of,
)
from registry_node.domain.references import parse_code
from registry_node.queries import liens
from registry_node.queries.paging import every_item


@click.group()
def lien() -> None:
    """Set units aside: freeze what is disputed, pledge units to a creditor.

    \b
    Example:
      tonnelink lien list CN
    """


@lien.command("list")
@click.argument("registry", metavar="REGISTRY")
@at_option
@json_option
@pass_node
def list_liens(node: Node, *, registry: str, at: int | None, as_json: bool) -> None:
    """List the liens of a registry that are not lifted.

    \b
    Example:
      tonnelink lien list CN
    """
    code = parse_code(registry)
    with node.reading(at) as snapshot:
        items = every_item(lambda page: liens.liens(snapshot, page, registry=code))
        document = envelope(snapshot, items)
    if as_json:
        output.print_json(document)
        return
    rows = [
        (
            str(item["number"]),
            item["kind"],
            person(item["account"]),
            person(item["creditor"]),
            ", ".join(item["units"]),
            output.tonnes(item["quantity"]),
        )
        for item in items
    ]
    columns = ("no", "kind", "account", "creditor", "units", "t")
    output.table(columns, rows, right=("no", "t"))
    output.as_of(document)


@lien.command()
@units_options
@click.option("--account", required=True, metavar="ACCOUNT", help="Whose units.")
@click.option("--reason", default="", help="The decision, or its hash.")
@signer_options
@json_option
@pass_node
def freeze(
    node: Node,
    *,
    class_: str | None,
    quantity: str | None,
    units: tuple[str, ...],
    account: str,
    reason: str,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Freeze units at once. Role: compliance officer.

    \b
    Example:
      tonnelink lien freeze --units CN:CEA-2021:1-100 --account cn-power-north \\
          --reason "case 17" --as cn-compliance-officer
    """
    what = chosen(node, class_, quantity, units)
    holder = node.address(what.registry, account)
    desk = node.ledger.desk(what.registry, "liens")
    step = desk.functions.freeze(
        desk.w3.to_checksum_address(holder),
        what.class_id,
        what.quantity,
        what.refs(node, holder),
        word_of(reason),
    )
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"Froze {what.quantity:,} t of {account}", done, as_json=as_json)


@lien.command()
@click.argument("registry", metavar="REGISTRY")
@click.argument("number", type=click.IntRange(1))
@signer_options
@json_option
@pass_node
def unfreeze(
    node: Node,
    *,
    registry: str,
    number: int,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Propose to lift a freeze. Role: compliance officer; another one approves.

    \b
    Example:
      tonnelink lien unfreeze CN 1 --as cn-compliance-officer
    """
    code = parse_code(registry)
    step = node.ledger.desk(code, "liens").functions.unfreeze(number)
    done = node.ledger.propose(code, step, signer(node, signed_by, key_file))
    proposed(node, code, f"to lift the freeze {number}", done, as_json=as_json)


@lien.command()
@units_options
@click.option("--to", "creditor", required=True, metavar="ACCOUNT", help="The creditor.")
@click.option("--contract", default="", help="The contract of pledge, or its hash.")
@click.option("--account", metavar="ACCOUNT", help="The signer's own account by default.")
@holder_options
@json_option
@pass_node
def pledge(
    node: Node,
    *,
    class_: str | None,
    quantity: str | None,
    units: tuple[str, ...],
    creditor: str,
    contract: str,
    account: str | None,
    signed_by: str | None,
    key_file: Path | None,
    by_request: bool,
    as_json: bool,
) -> None:
    """Pledge units to a creditor. They cannot move until the creditor releases them.

    \b
    Example:
      tonnelink lien pledge --class CN:CEA-2021 --quantity 1000 --to cn-power-south \\
          --as cn-power-north
    """
    what = chosen(node, class_, quantity, units)
    signed = (signed_by, key_file)
    holder = holder_of(node, what.registry, account, signed, by_request=by_request)
    desk = node.ledger.desk(what.registry, "liens")
    step = desk.functions.pledge(
        holder.checksum,
        what.class_id,
        what.quantity,
        what.refs(node, holder.account),
        desk.w3.to_checksum_address(node.address(what.registry, creditor)),
        word_of(contract),
    )
    act(node, holder, step, f"Pledged {what.quantity:,} t to {creditor}", as_json=as_json)


@lien.command()
@click.argument("registry", metavar="REGISTRY")
@click.argument("number", type=click.IntRange(1))
@click.option("--account", metavar="ACCOUNT", help="The creditor; by default the signer.")
@holder_options
@json_option
@pass_node
def release(
    node: Node,
    *,
    registry: str,
    number: int,
    account: str | None,
    signed_by: str | None,
    key_file: Path | None,
    by_request: bool,
    as_json: bool,
) -> None:
    """Release a pledge. Signed by the creditor.

    \b
    Example:
      tonnelink lien release CN 2 --as cn-power-south
    """
    code = parse_code(registry)
    signed = (signed_by, key_file)
    holder = holder_of(node, code, account, signed, by_request=by_request)
    step = node.ledger.desk(code, "liens").functions.releasePledge(holder.checksum, number)
    act(node, holder, step, f"Released the pledge {number} of {code}", as_json=as_json)
