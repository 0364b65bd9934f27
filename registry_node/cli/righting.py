"""Commands that put issuance and allocation right, and that move the programme's own units."""

from __future__ import annotations

from pathlib import Path

import click

from registry_node.cli.choosing import Selection, chosen, named_serials, units_options
from registry_node.cli.context import Node, json_option, parse_class, pass_node, signer_options
from registry_node.cli.hashes import word_of
from registry_node.cli.signing import Proposer, propose, proposer_options, report, signer
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import (
    MAX_SERIAL,
    parse_code,
    symbol_of,
    token_id,
)
from registry_node.domain.words import AccountKind

_QUANTITY = click.IntRange(1, MAX_SERIAL)
_serials = click.option("--units", multiple=True, metavar="REF", help="Which; else any there are.")
_number = click.argument("number", type=click.IntRange(1))
_registry = click.argument("registry", metavar="REGISTRY")

Ref = tuple[int, int, int, int]


@click.group()
def reversal() -> None:
    """Take back units of an allocation or delivery.

    Two people decide how many; what one transaction cannot take, an allocator goes on with.

    \b
    Example:
      tonnelink reversal propose CN 17 --quantity 2000 --to allocation --as cn-allocator
      tonnelink reversal continue CN 17 --as cn-allocator
    """


@reversal.command("propose")
@_registry
@_number
@click.option("--quantity", required=True, type=_QUANTITY, help="How many units.")
@click.option("--to", required=True, metavar="ACCOUNT", help="An account of the programme.")
@_serials
@proposer_options
@json_option
@pass_node
def propose_reversal(
    node: Node,
    *,
    registry: str,
    number: int,
    quantity: int,
    to: str,
    units: tuple[str, ...],
    proposer: Proposer,
    as_json: bool,
) -> None:
    """Propose to take units back. NUMBER is the allocation's at its programme.

    \b
    Example:
      tonnelink reversal propose CN 17 --quantity 2000 --to allocation --as cn-allocator
    """
    code = parse_code(registry)
    desk = node.ledger.desk(code, "issuance")
    pool = desk.w3.to_checksum_address(node.address(code, to))
    refs = _allocated(node, code, number, units)
    step = desk.functions.reverseAllocation(number, pool, quantity, refs)
    says = f"{quantity:,} t of allocation {number} go back to {to}"
    propose(node, code, step, says, proposer, as_json=as_json)


@reversal.command("continue")
@_registry
@_number
@_serials
@signer_options
@json_option
@pass_node
def continue_reversal(
    node: Node,
    *,
    registry: str,
    number: int,
    units: tuple[str, ...],
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Take more of what was decided to be taken back. Role: allocator.

    \b
    Example:
      tonnelink reversal continue CN 17 --as cn-allocator
    """
    code = parse_code(registry)
    refs = _allocated(node, code, number, units)
    step = node.ledger.desk(code, "issuance").functions.continueReversal(number, refs)
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    said = f"Took back {done.quantity:,} t of allocation {number} of {code}"
    report(node, said, done, as_json=as_json)


@reversal.command("end")
@_registry
@_number
@proposer_options
@json_option
@pass_node
def end_reversal(
    node: Node, *, registry: str, number: int, proposer: Proposer, as_json: bool
) -> None:
    """Propose to leave with the operator what is not taken back yet.

    \b
    Example:
      tonnelink reversal end CN 17 --as cn-allocator
    """
    code = parse_code(registry)
    step = node.ledger.desk(code, "issuance").functions.endReversal(number)
    says = f"no more is taken back of allocation {number}"
    propose(node, code, step, says, proposer, as_json=as_json)


def _allocated(node: Node, code: str, number: int, units: tuple[str, ...]) -> list[Ref]:
    """Serials of whoever has an allocation, as the ledger wants them named."""
    if not units:
        return []
    question = node.ledger.desk(code, "issuance").functions.allocationOf(number)
    allocation = node.ledger.ask_named(question)
    class_ = f"{code}:{symbol_of(allocation['classId'])}"
    what = named_serials(node, Selection(class_, None, units))
    return what.refs(node, allocation["to"].lower())


@click.group()
def correction() -> None:
    """Cancel units of an erroneous issuance, while its first holder still has them.

    Two people decide how many; an issuer names the serials, at once or one part after the other.

    \b
    Example:
      tonnelink correction propose KR:KAU-2017 1 --quantity 500 --as kr-issuer
      tonnelink correction continue KR:KAU-2017 1 --units KR:KAU-2017:1-500 --as kr-issuer
    """


@correction.command("propose")
@click.argument("class_", metavar="REGISTRY:CLASS")
@click.argument("first", type=_QUANTITY)
@click.option("--quantity", required=True, type=_QUANTITY, help="How many units.")
@_serials
@proposer_options
@json_option
@pass_node
def propose_correction(
    node: Node,
    *,
    class_: str,
    first: int,
    quantity: int,
    units: tuple[str, ...],
    proposer: Proposer,
    as_json: bool,
) -> None:
    """Propose to cancel units of the issuance that began with the serial FIRST.

    \b
    Example:
      tonnelink correction propose KR:KAU-2017 1 --quantity 500 --as kr-issuer
    """
    code, symbol = parse_class(class_)
    node.check_class(code, symbol)
    refs = _issued(node, code, symbol, first, units)
    desk = node.ledger.desk(code, "issuance")
    step = desk.functions.correctIssuance(token_id(symbol), first, quantity, refs)
    says = f"{quantity:,} t of the issuance of {symbol} at serial {first} are cancelled"
    propose(node, code, step, says, proposer, as_json=as_json)


@correction.command("continue")
@click.argument("class_", metavar="REGISTRY:CLASS")
@click.argument("first", type=_QUANTITY)
@_serials
@signer_options
@json_option
@pass_node
def continue_correction(
    node: Node,
    *,
    class_: str,
    first: int,
    units: tuple[str, ...],
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Cancel more of what was decided to be cancelled. Role: issuer.

    \b
    Example:
      tonnelink correction continue KR:KAU-2017 1 --units KR:KAU-2017:1-500 --as kr-issuer
    """
    code, symbol = parse_class(class_)
    if not units:
        raise InvalidInput("No serials are named.", f"Give --units, e.g. {class_}:{first}.")
    refs = _issued(node, code, symbol, first, units)
    desk = node.ledger.desk(code, "issuance")
    step = desk.functions.continueCorrection(token_id(symbol), first, refs)
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"Cancelled {done.quantity:,} t of {class_}", done, as_json=as_json)


def _issued(node: Node, code: str, symbol: str, first: int, units: tuple[str, ...]) -> list[Ref]:
    """Serials of whoever an issuance went to, as the ledger wants them named."""
    if not units:
        return []
    question = node.ledger.desk(code, "issuance").functions.issuanceOf(token_id(symbol), first)
    holder = node.ledger.ask_named(question)["to"].lower()
    return named_serials(node, Selection(f"{code}:{symbol}", None, units)).refs(node, holder)


@click.group()
def pool() -> None:
    """Move or cancel units of the programme's own accounts.

    \b
    Example:
      tonnelink pool move --class CN:CEA-2021 --quantity 5000 --from allocation \\
          --to new-entrants --as cn-allocator
    """


@pool.command()
@units_options
@click.option("--from", "from_", required=True, metavar="ACCOUNT", help="The programme's account.")
@click.option("--to", required=True, metavar="ACCOUNT", help="Another one of the programme.")
@proposer_options
@json_option
@pass_node
def move(
    node: Node, *, selection: Selection, from_: str, to: str, proposer: Proposer, as_json: bool
) -> None:
    """Move units between accounts of the programme.

    Between two pools of one province, or of none, an allocator does it alone: nobody has a key of
    them. Between others it is proposed.

    \b
    Example:
      tonnelink pool move --class CN:CEA-2021 --quantity 5000 --from allocation \\
          --to new-entrants --as cn-allocator
    """
    what = chosen(node, selection)
    sender, receiver = (node.address(what.registry, account) for account in (from_, to))
    desk = node.ledger.desk(what.registry, "issuance")
    checksum = desk.w3.to_checksum_address
    both = [node.ledger.account(what.registry, one) for one in (sender, receiver)]
    is_pool = all(account["kind"] == AccountKind.SYSTEM for account in both)
    alone = is_pool and both[0]["province"] == both[1]["province"]
    step = desk.get_function_by_name("moveBetweenPools" if alone else "moveCentrally")(
        what.class_id,
        checksum(sender),
        checksum(receiver),
        what.quantity,
        what.refs(node, sender),
    )
    if alone:
        proposer.check_alone()
        done = node.ledger.send(step, proposer.key(node))
        report(node, f"Moved {what} from {from_} to {to}", done, as_json=as_json)
    else:
        says = f"{what} move from {from_} to {to}"
        propose(node, what.registry, step, says, proposer, as_json=as_json)


@pool.command("cancel")
@units_options
@click.option("--from", "from_", required=True, metavar="ACCOUNT", help="The programme's account.")
@click.option("--decision", required=True, help="The decision, or its hash.")
@proposer_options
@json_option
@pass_node
def cancel_centrally(
    node: Node,
    *,
    selection: Selection,
    from_: str,
    decision: str,
    proposer: Proposer,
    as_json: bool,
) -> None:
    """Propose to cancel units of the programme's own, such as a reserve that lapses.

    \b
    Example:
      tonnelink pool cancel --class CN:CEA-2021 --quantity 5000 --from new-entrants \\
          --decision "lapsed 2021" --as cn-allocator
    """
    what = chosen(node, selection)
    sender = node.address(what.registry, from_)
    desk = node.ledger.desk(what.registry, "issuance")
    step = desk.functions.cancelCentrally(
        what.class_id,
        desk.w3.to_checksum_address(sender),
        what.quantity,
        what.refs(node, sender),
        word_of(decision),
    )
    propose(
        node, what.registry, step, f"{what} of {from_} are cancelled", proposer, as_json=as_json
    )
