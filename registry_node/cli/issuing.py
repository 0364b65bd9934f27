"""Commands by which a programme issues units and hands them out."""

from __future__ import annotations

from pathlib import Path

import click

from registry_node.cli.choosing import Selection, chosen, units_options
from registry_node.cli.context import (
    Node,
    holder_options,
    json_option,
    parse_class,
    pass_node,
    signer_options,
)
from registry_node.cli.hashes import word_of
from registry_node.cli.signing import (
    Proposer,
    act,
    holder_of,
    propose,
    proposer_options,
    report,
    signer,
)
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import MAX_SERIAL, token_id
from registry_node.interchange.names import ENTITLEMENT_KINDS

_YEAR = click.IntRange(1, 2**16 - 1)
_KIND = click.Choice(ENTITLEMENT_KINDS)
_kind_option = click.option(
    "--kind",
    type=_KIND,
    default="initial",
    show_default=True,
    help="Given first for the year, or later on top of it.",
)


@click.command()
@units_options
@click.option("--to", required=True, metavar="ACCOUNT", help="Label or 0x address.")
@click.option(
    "--evidence",
    required=True,
    help="Hash of the decision or of the recorded verification report; text is taken as it is.",
)
@proposer_options
@json_option
@pass_node
def issue(
    node: Node,
    *,
    selection: Selection,
    to: str,
    evidence: str,
    proposer: Proposer,
    as_json: bool,
) -> None:
    """Propose to issue new units of a class. Role: issuer; another one approves.

    The ledger numbers new units itself, so serials cannot be chosen. Allowances of a class are
    issued once for each decision.

    \b
    Example:
      tonnelink issue --class KR:KAU-2017 --quantity 17000000 --to allocation \\
          --evidence "R-CP-10 supplementary" --as kr-issuer
    """
    if selection.units:
        raise InvalidInput("Serials of new units cannot be chosen.", "Give --class and --quantity.")
    what = chosen(node, selection)
    receiver = node.address(what.registry, to)
    desk = node.ledger.desk(what.registry, "issuance")
    step = desk.functions.issue(
        what.class_id, desk.w3.to_checksum_address(receiver), what.quantity, word_of(evidence)
    )
    propose(node, what.registry, step, f"{what} to {to}", proposer, as_json=as_json)


@click.command()
@click.argument("account", metavar="ACCOUNT")
@click.option("--class", "class_", required=True, metavar="REGISTRY:CLASS", help="Of allowances.")
@click.option("--year", required=True, type=_YEAR, help="Compliance year.")
@_kind_option
@click.option(
    "--quantity",
    required=True,
    type=click.IntRange(0, MAX_SERIAL),
    help="What the operator is entitled to in all.",
)
@click.option(
    "--was",
    type=click.IntRange(0, MAX_SERIAL),
    help="What it is entitled to so far; else as the ledger has it now.",
)
@proposer_options
@json_option
@pass_node
def entitle(
    node: Node,
    *,
    account: str,
    class_: str,
    year: int,
    kind: str,
    quantity: int,
    was: int | None,
    proposer: Proposer,
    as_json: bool,
) -> None:
    """Propose what an operator is entitled to for a year. Many at once: 'import entitlements'.

    A province proposes for its own operators and the State's allocator approves; elsewhere two
    allocators. An allocator then hands it out alone: 'allocate'.

    \b
    Example:
      tonnelink entitle cn-power-north --class CN:CEA-2021 --year 2021 --quantity 1000000 \\
          --as cn-province-15
    """
    code, symbol = parse_class(class_)
    node.check_class(code, symbol)
    address = node.address(code, account)
    desk = node.ledger.desk(code, "issuance")
    checksum = desk.w3.to_checksum_address(address)
    number = ENTITLEMENT_KINDS.index(kind)
    if was is None:
        line = desk.functions.entitlementOf(checksum, year, token_id(symbol), number)
        was = int(node.ledger.ask_named(line)["entitled"])
    province = node.ledger.account(code, address)["province"]
    change = (checksum, year, number, token_id(symbol), was, quantity)
    step = desk.functions.entitle(province, [change])
    says = f"{account} is entitled to {quantity:,} t of {symbol} for {year} ({kind}), not {was:,} t"
    propose(node, code, step, says, proposer, as_json=as_json)


@click.command()
@units_options
@click.option("--from", "from_", required=True, metavar="ACCOUNT", help="The programme's account.")
@click.option("--to", required=True, metavar="ACCOUNT", help="The operator's account.")
@click.option("--year", required=True, type=_YEAR, help="Compliance year.")
@_kind_option
@signer_options
@json_option
@pass_node
def allocate(
    node: Node,
    *,
    selection: Selection,
    from_: str,
    to: str,
    year: int,
    kind: str,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Hand units of the programme to an operator, within its entitlement. Role: allocator, alone.

    \b
    Example:
      tonnelink allocate --class CN:CEA-2021 --quantity 1000000 --from allocation \\
          --to cn-power-north --year 2021 --as cn-allocator
    """
    what = chosen(node, selection)
    sender, receiver = node.address(what.registry, from_), node.address(what.registry, to)
    desk = node.ledger.desk(what.registry, "issuance")
    checksum = desk.w3.to_checksum_address
    grant = (checksum(receiver), year, ENTITLEMENT_KINDS.index(kind), what.quantity)
    step = desk.functions.allocate(what.class_id, checksum(sender), grant, what.refs(node, sender))
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"Allocated {what} to {to} for {year}", done, as_json=as_json)


@click.command()
@units_options
@click.option("--from", "from_", required=True, metavar="ACCOUNT", help="The programme's account.")
@click.option("--to", required=True, metavar="ACCOUNT", help="The buyer's account.")
@click.option("--sale", required=True, help="Reference of the auction or sale; delivered once.")
@proposer_options
@json_option
@pass_node
def deliver(
    node: Node,
    *,
    selection: Selection,
    from_: str,
    to: str,
    sale: str,
    proposer: Proposer,
    as_json: bool,
) -> None:
    """Propose to deliver units that were auctioned or sold. Another person approves.

    A province proposes what is sold from its own account.

    \b
    Example:
      tonnelink deliver --class CN-GD:GDEA-2020 --quantity 5000 --from auction --to gd-cement \\
          --sale 2020-A3 --as cn-gd-province-44
    """
    what = chosen(node, selection)
    sender, receiver = node.address(what.registry, from_), node.address(what.registry, to)
    desk = node.ledger.desk(what.registry, "issuance")
    step = desk.functions.deliver(
        node.ledger.account(what.registry, sender)["province"],
        what.class_id,
        desk.w3.to_checksum_address(sender),
        desk.w3.to_checksum_address(receiver),
        what.quantity,
        word_of(sale),
        what.refs(node, sender),
    )
    propose(node, what.registry, step, f"{what} to {to}, sale {sale}", proposer, as_json=as_json)


@click.command("return-excess")
@units_options
@click.option("--to", required=True, metavar="POOL", help="A pool of the programme.")
@click.option("--year", required=True, type=_YEAR, help="Compliance year of the allocation.")
@_kind_option
@click.option("--account", metavar="ACCOUNT", help="The signer's own account by default.")
@holder_options
@json_option
@pass_node
def return_excess(
    node: Node,
    *,
    selection: Selection,
    to: str,
    year: int,
    kind: str,
    account: str | None,
    signed_by: str | None,
    key_file: Path | None,
    by_request: bool,
    as_json: bool,
) -> None:
    """Give back what was allocated beyond an entitlement that was cut. Signed by: the operator.

    \b
    Example:
      tonnelink return-excess --class CN:CEA-2021 --quantity 200 --year 2021 --to allocation \\
          --as cn-power-north
    """
    what = chosen(node, selection)
    signed = (signed_by, key_file)
    holder = holder_of(node, what.registry, account, signed, by_request=by_request)
    desk = node.ledger.desk(what.registry, "issuance")
    step = desk.functions.returnExcess(
        holder.checksum,
        desk.w3.to_checksum_address(node.address(what.registry, to)),
        what.class_id,
        year,
        ENTITLEMENT_KINDS.index(kind),
        what.quantity,
        what.refs(node, holder.account),
    )
    act(node, holder, step, f"Gave back {what} to {to}", as_json=as_json)
