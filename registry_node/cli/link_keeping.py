"""Commands that one side of a link takes alone, and those for what crosses by decision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from registry_node.cli import output
from registry_node.cli.agreements import Proposed
from registry_node.cli.choosing import Selection, named_serials, units_options
from registry_node.cli.context import Node, json_option, pass_node, signer_options
from registry_node.cli.hashes import NOTHING, word_of
from registry_node.cli.links import find_number, link
from registry_node.cli.members import members
from registry_node.cli.sides import Side, code_at, side_option
from registry_node.cli.signing import Proposer, propose, proposer_options, report, signer
from registry_node.cli.terms import quota as parse_quota
from registry_node.domain.errors import NotFound
from registry_node.queries.snapshot import Json

_PIECES = 64
"""Blocks in escrow that one call finds its way over, as in the registry."""


def _found(node: Node, number: int) -> Json:
    return node.ledger.ask_named(node.ledger.gateway.functions.linkOf(number))


@link.command("lower-quota")
@click.argument("name", metavar="LINK")
@click.argument("quota", metavar="TONNES", type=int)
@signer_options
@json_option
@pass_node
def lower_quota(
    node: Node,
    *,
    name: str,
    quota: int,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Lower the import quota at once. Role: link administrator of the destination, alone.

    Terms that wait for their notice are lowered too.

    \b
    Example:
      tonnelink link lower-quota CN_KR 500000 --as kr-link-administrator
    """
    number = find_number(node, name)
    step = node.ledger.gateway.functions.lowerQuota(number, parse_quota(quota))
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"The quota of {name} is now {quota:,} t", done, as_json=as_json)


@link.command()
@click.argument("name", metavar="LINK")
@side_option
@signer_options
@json_option
@pass_node
def suspend(
    node: Node,
    *,
    name: str,
    side: str | None,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Stop transfers over a link at once; units can still come home. Either side alone.

    \b
    Example:
      tonnelink link suspend CN_KR --as kr-link-administrator
    """
    number = find_number(node, name)
    proposer = Proposer(signed_by, key_file, NOTHING)
    ours = Side.of(node, _found(node, number), side, proposer)
    step = node.ledger.gateway.functions.suspend(number, ours.registry)
    done = node.ledger.send(step, proposer.key(node))
    report(node, f"{ours.code} suspended {name}", done, as_json=as_json)


@link.command()
@click.argument("name", metavar="LINK")
@side_option
@proposer_options
@json_option
@pass_node
def resume(node: Node, *, name: str, side: str | None, proposer: Proposer, as_json: bool) -> None:
    """Propose to take back one's own side's suspension; another administrator approves.

    \b
    Example:
      tonnelink link resume CN_KR --as kr-link-administrator
    """
    number = find_number(node, name)
    ours = Side.of(node, _found(node, number), side, proposer)
    step = node.ledger.gateway.functions.resume(number, ours.registry)
    says = f"{ours.code} takes its suspension of {name} back"
    propose(node, ours.code, step, says, proposer, as_json=as_json)


@link.command()
@click.argument("name", metavar="LINK")
@signer_options
@json_option
@pass_node
def withdraw(
    node: Node, *, name: str, signed_by: str | None, key_file: Path | None, as_json: bool
) -> None:
    """Withdraw the terms that one's own side proposed. Role: link administrator, alone.

    \b
    Example:
      tonnelink link withdraw CN_KR --as cn-link-administrator
    """
    number = find_number(node, name)
    offered = Proposed.of(node, number)
    if not offered.deadline:
        raise NotFound(f"No terms are proposed for {name}.", "See 'tonnelink link show'.")
    step = node.ledger.gateway.functions.withdrawTerms(number, offered.registry)
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"The terms proposed for {name} are withdrawn", done, as_json=as_json)


# ---- freezes across the link ----------------------------------------------------------------


@link.command("freeze-abroad")
@units_options
@click.option("--account", required=True, metavar="ACCOUNT", help="Who has them there.")
@click.option("--reason", default="", help="The decision, or its hash.")
@signer_options
@json_option
@pass_node
def freeze_abroad(
    node: Node,
    *,
    selection: Selection,
    account: str,
    reason: str,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Freeze units that came from this programme, where the terms let a freeze reach abroad.

    --units names them there, all of one lot. Role: compliance officer of the registry that they
    came from.

    \b
    Example:
      tonnelink link freeze-abroad --units KR:CN.CEA-2021:1-90 --account kr-steel \\
          --reason "case 17" --as cn-compliance-officer
    """
    what = named_serials(node, selection)
    holder = node.address(what.registry, account)
    gateway = node.ledger.gateway
    registry = node.ledger.registry(what.registry)
    question = gateway.functions.lotAt(registry.address, what.class_id, what.references[0].first)
    lot = node.ledger.ask(question)
    if not lot:
        raise NotFound(
            f"{what.references[0]} did not come over a link.", "Name units of a foreign class."
        )
    refs = what.refs(node, holder)
    address = registry.w3.to_checksum_address(holder)
    step = gateway.functions.freezeAbroad(lot, address, refs, word_of(reason))
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"Froze {what} of {account}, of lot {lot}", done, as_json=as_json)


@link.command("lift-abroad")
@click.argument("name", metavar="LINK")
@click.argument("number", type=click.IntRange(1))
@proposer_options
@json_option
@pass_node
def lift_abroad(node: Node, *, name: str, number: int, proposer: Proposer, as_json: bool) -> None:
    """Propose to let go of a freeze abroad. NUMBER is the lien's at the destination.

    \b
    Example:
      tonnelink link lift-abroad CN_KR 4 --as cn-compliance-officer
    """
    link_id = find_number(node, name)
    source = code_at(node, _found(node, link_id)["source"])
    step = node.ledger.gateway.functions.liftAbroad(link_id, number)
    says = f"the freeze {number} abroad is lifted"
    propose(node, source, step, says, proposer, as_json=as_json)


# ---- what waits for its registry ------------------------------------------------------------


@link.command("settle-waiting")
@click.argument("lot", type=click.IntRange(1))
@signer_options
@json_option
@pass_node
def settle_waiting(
    node: Node, *, lot: int, signed_by: str | None, key_file: Path | None, as_json: bool
) -> None:
    """Try again to settle the source units of a lot that wait for their registry. Anybody.

    \b
    Example:
      tonnelink link settle-waiting 12 --as cn-power-south
    """
    gateway = node.ledger.gateway
    waiting = node.ledger.ask(gateway.functions.waitingOf(lot))
    if not waiting:
        raise NotFound(f"Nothing of lot {lot} waits for its registry.", "There is nothing to do.")
    key = signer(node, signed_by, key_file)
    done = []
    for index in reversed(range(len(waiting))):  # the ledger puts the last in the place of one
        first, count = waiting[index][:2]
        for block, most in _parts(node, lot, first, first + count):
            step = gateway.functions.settleWaiting(lot, index, block, most)
            done.append(node.ledger.send(step, key))
    if as_json:
        output.print_json({"lot": lot, "done": [one.to_json() for one in done]})
        return
    for one in done:
        report(node, f"Settled {one.quantity:,} t of lot {lot}", one, as_json=False)


def _parts(node: Node, lot: int, first: int, end: int) -> Iterator[tuple[int, int]]:
    """Of each call that settles the units of a lot from `first` to before `end`: the start of the
    block in escrow that has the next of them, and how many the call settles."""
    question = node.ledger.gateway.functions.lotOf(lot)
    found, ranges = node.ledger.ask(question)
    values = members(question, found)
    source = _found(node, values["linkId"])["source"]
    registry = node.ledger.registry(code_at(node, source))
    start = next(low for low, count in ranges if low <= first < low + count)
    pieces: list[tuple[int, int]] = []  # where each block of them begins and ends
    while start < end:
        block = node.ledger.ask(registry.functions.blockAt(values["sourceClass"], start))
        if first < start + block[1]:
            pieces.append((start, start + block[1]))
        start += block[1]
    for chosen in (pieces[at : at + _PIECES] for at in range(0, len(pieces), _PIECES)):
        yield chosen[0][0], min(chosen[-1][1], end) - max(chosen[0][0], first)


__all__ = ["link"]
