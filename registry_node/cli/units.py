"""Commands by which holders move and use their units."""

from __future__ import annotations

from pathlib import Path

import click

from registry_node.cli.choosing import Selection, check_transfer, chosen, units_options
from registry_node.cli.context import Node, holder_options, json_option, pass_node
from registry_node.cli.hashes import NOTHING, file_hash, memo_of
from registry_node.cli.signing import act, holder_of


@click.command()
@units_options
@click.option("--to", required=True, metavar="ACCOUNT", help="Label or 0x address.")
@click.option("--from", "from_", metavar="ACCOUNT", help="The signer's own account by default.")
@holder_options
@json_option
@pass_node
def transfer(
    node: Node,
    *,
    selection: Selection,
    to: str,
    from_: str | None,
    signed_by: str | None,
    key_file: Path | None,
    by_request: bool,
    as_json: bool,
) -> None:
    """Transfer units to another account of the same registry.

    By --quantity the ledger takes the largest blocks first; --units names serials.

    \b
    Example:
      tonnelink transfer --units CN:CEA-2021:1-100 --to cn-power-south --as cn-power-north
    """
    what = chosen(node, selection)
    receiver = node.address(what.registry, to)
    signed = (signed_by, key_file)
    holder = holder_of(node, what.registry, from_, signed, by_request=by_request)
    if not by_request:  # the desk knows ways that the holder has not
        check_transfer(node, what, holder.account, receiver)
    registry = node.ledger.registry(what.registry)
    to_address = registry.w3.to_checksum_address(receiver)
    if what.references:
        step = registry.functions.transferUnits(
            holder.checksum, to_address, what.class_id, what.refs(node, holder.account)
        )
    else:
        step = registry.functions.safeTransferFrom(
            holder.checksum, to_address, what.class_id, what.quantity, b""
        )
    act(node, holder, step, f"Transferred {what.quantity:,} t to {to}", as_json=as_json)


@click.command()
@units_options
@click.option("--year", required=True, type=click.IntRange(1900, 65535), help="Compliance year.")
@click.option("--account", metavar="ACCOUNT", help="The signer's own account by default.")
@holder_options
@json_option
@pass_node
def surrender(
    node: Node,
    *,
    selection: Selection,
    year: int,
    account: str | None,
    signed_by: str | None,
    key_file: Path | None,
    by_request: bool,
    as_json: bool,
) -> None:
    """Surrender units for a compliance year. Only operators have obligations.

    \b
    Example:
      tonnelink surrender --class KR:KAU-2017 --quantity 500 --year 2017 --as kr-steel
    """
    what = chosen(node, selection)
    signed = (signed_by, key_file)
    holder = holder_of(node, what.registry, account, signed, by_request=by_request)
    step = node.ledger.desk(what.registry, "compliance").functions.surrender(
        holder.checksum, year, what.class_id, what.quantity, what.refs(node, holder.account)
    )
    act(node, holder, step, f"Surrendered {what.quantity:,} t", as_json=as_json)


def _use(verb: str, past: str, what: str, memo_help: str, example: str) -> click.Command:
    """Retires or cancels: `verb` is the ledger's own."""
    shown = f"\b\nExample:\n  tonnelink {verb} {example}"

    @click.command(verb, help=f"{what}\n\n{shown}", short_help=what)
    @units_options
    @click.option("--memo", default="", help=f"{memo_help} 32 ASCII characters, for all to read.")
    @click.option(
        "--text-file",
        type=click.Path(path_type=Path),
        help="The whole text, which is kept elsewhere; the ledger keeps its hash.",
    )
    @click.option("--account", metavar="ACCOUNT", help="The signer's own account by default.")
    @holder_options
    @json_option
    @pass_node
    def command(
        node: Node,
        *,
        selection: Selection,
        memo: str,
        text_file: Path | None,
        account: str | None,
        signed_by: str | None,
        key_file: Path | None,
        by_request: bool,
        as_json: bool,
    ) -> None:
        units = chosen(node, selection)
        said = (memo_of(memo), file_hash(text_file) if text_file else NOTHING)
        signed = (signed_by, key_file)
        holder = holder_of(node, units.registry, account, signed, by_request=by_request)
        refs = units.refs(node, holder.account)
        step = node.ledger.registry(units.registry).get_function_by_name(verb)(
            holder.checksum, units.class_id, units.quantity, refs, *said
        )
        act(node, holder, step, f"{past} {units.quantity:,} t", as_json=as_json)

    return command


retire = _use(
    "retire",
    "Retired",
    "Retire units for a voluntary claim. They never move again.",
    "The claim and its beneficiary:",
    '--units CN:CCER-2020-FJ-0001:1-10 --memo "Event of 2026" --as cn-power-south',
)
cancel = _use(
    "cancel",
    "Cancelled",
    "Cancel units: remove them from the market for the public good, without refund.",
    "The reason:",
    '--class CN:CEA-2021 --quantity 10 --memo "public good" --as cn-power-north',
)
