"""Commands about sensitive steps: what is proposed, by whom, and what it would do."""

from __future__ import annotations

from typing import Any

import click

from registry_node.cli import output
from registry_node.cli.calls import (
    Calls,
    call_in,
    function_of,
    person,
    show_command,
    step_command,
)
from registry_node.cli.context import Node, at_option, envelope, json_option, pass_node
from registry_node.cli.hashes import NOTHING, parse_hash, proposal_hash
from registry_node.domain.references import parse_address, parse_code
from registry_node.queries import proposals
from registry_node.queries.paging import every_item
from registry_node.queries.snapshot import Json

_STATES = click.Choice(proposals.STATES[1:])


@click.group()
def proposal() -> None:
    """Show, approve, execute and stop sensitive steps.

    \b
    Example:
      tonnelink proposal list KR --state proposed
      tonnelink proposal approve KR 4 --as kr-issuer-2
      tonnelink proposal execute KR 4 --as kr-issuer-2
    """


@proposal.command("list")
@click.argument("registry", metavar="REGISTRY")
@click.option("--state", type=_STATES, help="Only proposals in this state.")
@at_option
@json_option
@pass_node
def list_proposals(
    node: Node, *, registry: str, state: str | None, at: int | None, as_json: bool
) -> None:
    """List the proposals of a programme.

    \b
    Example:
      tonnelink proposal list CN --state proposed
    """
    code = parse_code(registry)
    with node.reading(at) as snapshot:
        items = every_item(
            lambda page: proposals.proposals(snapshot, page, registry=code, state=state)
        )
        document = envelope(snapshot, items)
    if as_json:
        output.print_json(document)
        return
    rows = [
        (str(p["number"]), p["state"], function_of(p), person(p["proposer"]), person(p["approver"]))
        for p in items
    ]
    columns = ("no", "state", "what", "proposed by", "approved by")
    output.table(columns, rows, right=("no",))
    output.as_of(document)


def document_in(data: Json) -> bytes:
    """The hash of the document that goes with a proposal."""
    return parse_hash(data["document"]) if data["document"] else NOTHING


def _hash(data: Json) -> list[Any]:
    """What an approver tells the ledger: made anew from what the mirror shows."""
    target = parse_address(data["target_address"])
    return [proposal_hash(target, call_in(data), document_in(data))]


def _call(data: Json) -> list[Any]:
    return [call_in(data), document_in(data)]


_CALLS = Calls(
    "proposal",
    "proposals",
    proposals.proposal,
    {"approve": _hash, "execute": _call},
    "KR 4 --as kr-issuer-2",
)
_PEOPLE = {"proposed by": "proposer", "approved by": "approver"}

proposal.add_command(show_command(_CALLS, _PEOPLE))


def _step(verb: str, past: str, what: str) -> None:
    proposal.add_command(step_command(_CALLS, verb, past, what))


_step("approve", "Approved", "Approve what somebody else proposed, as the mirror shows it.")
_step(
    "execute", "Executed", "Execute an approved proposal, as the mirror shows it, after its delay."
)
_step("stop", "Stopped", "Stop a proposal: the guardian, or whoever proposed it.")
