"""Commands about units that are set aside: freezes and pledges."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from registry_node.cli import output
from registry_node.cli.blocks import within
from registry_node.cli.calls import person
from registry_node.cli.choosing import Selection, Units, chosen, named_serials, units_options
from registry_node.cli.context import (
    Node,
    at_option,
    envelope,
    holder_options,
    json_option,
    pass_node,
    signer_options,
)
from registry_node.cli.hashes import word_of
from registry_node.cli.receipts import Done
from registry_node.cli.signing import (
    Proposer,
    act,
    holder_of,
    propose,
    proposer_options,
    report,
    signer,
)
from registry_node.domain.errors import Refused
from registry_node.domain.references import parse_code
from registry_node.queries import blocks, liens
from registry_node.queries.paging import Listing, Page, every_item
from registry_node.queries.snapshot import Snapshot

_registry = click.argument("registry", metavar="REGISTRY")
_number = click.argument("number", type=click.IntRange(1))


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
    selection: Selection,
    account: str,
    reason: str,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Freeze units at once. Role: compliance officer.

    By --quantity it takes what one transaction can and the account has; 'lien extend' takes more.

    \b
    Example:
      tonnelink lien freeze --units CN:CEA-2021:1-100 --account cn-power-north \\
          --reason "case 17" --as cn-compliance-officer
    """
    what = chosen(node, selection)
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
    report(node, f"Froze {_so_many(done, what)} of {account}", done, as_json=as_json)


@lien.command()
@click.argument("number", type=click.IntRange(1))
@units_options
@signer_options
@json_option
@pass_node
def extend(
    node: Node,
    *,
    number: int,
    selection: Selection,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Freeze more units of the same account and class. Role: compliance officer.

    NUMBER is the freeze's.

    \b
    Example:
      tonnelink lien extend 3 --class CN:CEA-2021 --quantity 500 --as cn-compliance-officer
    """
    what = chosen(node, selection)
    desk = node.ledger.desk(what.registry, "liens")
    found = node.ledger.ask_named(desk.functions.lienOf(number))
    if found["classId"] not in {0, what.class_id}:  # 0: the ledger says that there is none
        raise Refused(
            f"The lien {number} of {what.registry} is not about {what.symbol}.",
            "See 'tonnelink lien list'; units of another class are frozen with 'tonnelink lien"
            " freeze'.",
        )
    refs = what.refs(node, found["account"].lower())
    step = desk.functions.extendFreeze(number, what.quantity, refs)
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"Froze {_so_many(done, what)} more", done, as_json=as_json)


def _so_many(done: Done, what: Units) -> str:
    """How much was frozen, and that it is less than was asked for."""
    less = f" of {what.quantity:,}" if done.quantity < what.quantity else ""
    return f"{done.quantity:,}{less} t"


@lien.command("freeze-returning")
@units_options
@click.option("--reason", default="", help="The decision, or its hash.")
@signer_options
@json_option
@pass_node
def freeze_returning(
    node: Node,
    *,
    selection: Selection,
    reason: str,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Freeze units that are abroad or pledged: they come back frozen. Role: compliance officer.

    Their use abroad is not stopped by it.

    \b
    Example:
      tonnelink lien freeze-returning --units CN:CEA-2021:1-100 --reason "case 17" \\
          --as cn-compliance-officer
    """
    what = named_serials(node, selection)
    with node.reading() as snapshot:
        aside = [
            (item["first"], item["last"])
            for state in ("ESCROWED", "ENCUMBERED")
            for item in every_item(partial(_blocks, snapshot, what, state))
        ]
    refs = within(aside, what.references)
    if refs is None:
        raise Refused(
            "Some of these units are neither abroad nor pledged.",
            "Freeze those that an account has: 'tonnelink lien freeze'.",
        )
    desk = node.ledger.desk(what.registry, "liens")
    named = [ref.to_tuple() for ref in refs]
    step = desk.functions.freezeReturning(what.class_id, named, word_of(reason))
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"Marked {what}: they come back frozen", done, as_json=as_json)


def _blocks(snapshot: Snapshot, what: Units, state: str, page: Page) -> Listing:
    return blocks.blocks(snapshot, page, registry=what.registry, symbol=what.symbol, state=state)


@lien.command()
@_registry
@_number
@proposer_options
@json_option
@pass_node
def unfreeze(node: Node, *, registry: str, number: int, proposer: Proposer, as_json: bool) -> None:
    """Propose to lift a freeze. Role: compliance officer; another one approves.

    \b
    Example:
      tonnelink lien unfreeze CN 1 --as cn-compliance-officer
    """
    code = parse_code(registry)
    step = node.ledger.desk(code, "liens").functions.unfreeze(number)
    propose(node, code, step, f"the freeze {number} is lifted", proposer, as_json=as_json)


@lien.command("continue")
@_registry
@_number
@signer_options
@json_option
@pass_node
def continue_lifting(
    node: Node,
    *,
    registry: str,
    number: int,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Set free more of the units under a lien that was lifted. Anybody.

    One transaction frees 256 blocks at most.

    \b
    Example:
      tonnelink lien continue CN 1 --as cn-power-north
    """
    code = parse_code(registry)
    step = node.ledger.desk(code, "liens").functions.continueLifting(number)
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"Set {done.quantity:,} t free", done, as_json=as_json)


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
    selection: Selection,
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
    what = chosen(node, selection)
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
@_registry
@_number
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
