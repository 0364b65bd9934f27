"""Commands that create, hand out and use units."""

from __future__ import annotations

from pathlib import Path

import click

from registry_node.cli.context import Node, json_option, pass_node, signer_options
from registry_node.cli.signing import (
    check_transfer,
    chosen,
    proposed,
    report,
    signer,
    units_options,
    word_of,
)
from registry_node.domain.errors import InvalidInput


@click.command()
@units_options
@click.option("--to", required=True, metavar="ACCOUNT", help="Label or 0x address.")
@click.option(
    "--evidence",
    required=True,
    help="Hash of the decision or of the recorded verification report; text is taken as it is.",
)
@signer_options
@json_option
@pass_node
def issue(
    node: Node,
    *,
    class_: str | None,
    quantity: str | None,
    units: tuple[str, ...],
    to: str,
    evidence: str,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Propose to issue new units of a class. Role: issuer; another one approves.

    The ledger numbers new units itself, so serials cannot be chosen.

    \b
    Example:
      tonnelink issue --class KR:KAU-2017 --quantity 17000000 --to allocation \\
          --evidence "R-CP-10 supplementary" --as kr-issuer
    """
    if units:
        raise InvalidInput("Serials of new units cannot be chosen.", "Give --class and --quantity.")
    what = chosen(node, class_, quantity, units)
    receiver = node.address(what.registry, to)
    desk = node.ledger.desk(what.registry, "issuance")
    step = desk.functions.issue(
        what.class_id, desk.w3.to_checksum_address(receiver), what.quantity, word_of(evidence)
    )
    done = node.ledger.propose(what.registry, step, signer(node, signed_by, key_file))
    line = f"{what.quantity:,} t of {what.symbol} to {to}"
    proposed(node, what.registry, line, done, as_json=as_json)


@click.command()
@units_options
@click.option("--from", "from_", required=True, metavar="ACCOUNT", help="The programme's account.")
@click.option("--to", required=True, metavar="ACCOUNT", help="The operator's account.")
@click.option("--year", required=True, type=click.IntRange(1, 2**16 - 1), help="Compliance year.")
@signer_options
@json_option
@pass_node
def allocate(
    node: Node,
    *,
    class_: str | None,
    quantity: str | None,
    units: tuple[str, ...],
    from_: str,
    to: str,
    year: int,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Propose to hand units of the programme to an operator.

    A province proposes and the State's allocator approves; elsewhere two allocators.

    \b
    Example:
      tonnelink allocate --class CN:CEA-2021 --quantity 1000000 --from allocation \\
          --to cn-power-north --year 2021 --as cn-province
    """
    what = chosen(node, class_, quantity, units)
    sender, receiver = node.address(what.registry, from_), node.address(what.registry, to)
    desk = node.ledger.desk(what.registry, "issuance")
    checksum = desk.w3.to_checksum_address
    step = desk.functions.allocate(
        what.class_id,
        checksum(sender),
        checksum(receiver),
        what.quantity,
        year,
        what.refs(node, sender),
    )
    done = node.ledger.propose(what.registry, step, signer(node, signed_by, key_file))
    line = f"{what.quantity:,} t of {what.symbol} to {to} for {year}"
    proposed(node, what.registry, line, done, as_json=as_json)


@click.command()
@units_options
@click.option("--to", required=True, metavar="ACCOUNT", help="Label or 0x address.")
@click.option("--from", "from_", metavar="ACCOUNT", help="The signer's own account by default.")
@signer_options
@json_option
@pass_node
def transfer(
    node: Node,
    *,
    class_: str | None,
    quantity: str | None,
    units: tuple[str, ...],
    to: str,
    from_: str | None,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Transfer units to another account of the same registry.

    By --quantity the ledger takes whole blocks from the newest on; --units names serials.

    \b
    Example:
      tonnelink transfer --units CN:CEA-2021:1-100 --to cn-power-south --as cn-power-north
    """
    what = chosen(node, class_, quantity, units)
    receiver = node.address(what.registry, to)
    key = signer(node, signed_by, key_file)
    sender = node.address(what.registry, from_) if from_ else key.address.lower()
    check_transfer(node, what, sender, receiver)
    registry = node.ledger.registry(what.registry)
    checksum = registry.w3.to_checksum_address
    if what.references:
        step = registry.functions.transferUnits(
            checksum(sender), checksum(receiver), what.class_id, what.refs(node, sender)
        )
    else:
        step = registry.functions.safeTransferFrom(
            checksum(sender), checksum(receiver), what.class_id, what.quantity, b""
        )
    report(
        node,
        f"Transferred {what.quantity:,} t to {to}",
        node.ledger.send(step, key),
        as_json=as_json,
    )


def _use(
    node: Node,
    verb: str,
    selection: tuple[str | None, str | None, tuple[str, ...]],
    signed: tuple[str | None, Path | None],
    *,
    account: str | None,
    purpose: int | bytes,
    as_json: bool,
) -> None:
    """Surrenders, retires or cancels: `verb` is the ledger's own, `purpose` its last argument."""
    what = chosen(node, *selection)
    key = signer(node, *signed)
    holder = node.address(what.registry, account) if account else key.address.lower()
    registry = node.ledger.registry(what.registry)
    address, refs = registry.w3.to_checksum_address(holder), what.refs(node, holder)
    if verb == "surrender":
        desk = node.ledger.desk(what.registry, "compliance")
        step = desk.functions.surrender(address, purpose, what.class_id, what.quantity, refs)
    else:
        step = registry.get_function_by_name(verb)(
            address, what.class_id, what.quantity, refs, purpose
        )
    done = node.ledger.send(step, key)
    past = {"surrender": "Surrendered", "retire": "Retired", "cancel": "Cancelled"}[verb]
    report(node, f"{past} {what.quantity:,} t", done, as_json=as_json)


@click.command()
@units_options
@click.option("--year", required=True, type=click.IntRange(1900, 65535), help="Compliance year.")
@click.option("--account", metavar="ACCOUNT", help="The signer's own account by default.")
@signer_options
@json_option
@pass_node
def surrender(
    node: Node,
    *,
    class_: str | None,
    quantity: str | None,
    units: tuple[str, ...],
    year: int,
    account: str | None,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Surrender units for a compliance year. Only operators have obligations.

    \b
    Example:
      tonnelink surrender --class KR:KAU-2017 --quantity 500 --year 2017 --as kr-steel
    """
    selection = (class_, quantity, units)
    signed = (signed_by, key_file)
    _use(node, "surrender", selection, signed, account=account, purpose=year, as_json=as_json)


@click.command()
@units_options
@click.option("--memo", default="", help="The claim and its beneficiary, or its hash.")
@click.option("--account", metavar="ACCOUNT", help="The signer's own account by default.")
@signer_options
@json_option
@pass_node
def retire(
    node: Node,
    *,
    class_: str | None,
    quantity: str | None,
    units: tuple[str, ...],
    memo: str,
    account: str | None,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Retire units for a voluntary claim. They never move again.

    \b
    Example:
      tonnelink retire --units CN:CCER-2020-FJ-0001:1-10 --memo "Event of 2026" --as cn-power-south
    """
    selection = (class_, quantity, units)
    signed = (signed_by, key_file)
    _use(node, "retire", selection, signed, account=account, purpose=word_of(memo), as_json=as_json)


@click.command()
@units_options
@click.option("--memo", default="", help="The reason, or its hash.")
@click.option("--account", metavar="ACCOUNT", help="The signer's own account by default.")
@signer_options
@json_option
@pass_node
def cancel(
    node: Node,
    *,
    class_: str | None,
    quantity: str | None,
    units: tuple[str, ...],
    memo: str,
    account: str | None,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Cancel units: remove them from the market for the public good, without refund.

    \b
    Example:
      tonnelink cancel --class CN:CEA-2021 --quantity 10 --memo "public good" --as cn-power-north
    """
    selection = (class_, quantity, units)
    signed = (signed_by, key_file)
    _use(node, "cancel", selection, signed, account=account, purpose=word_of(memo), as_json=as_json)
