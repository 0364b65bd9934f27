"""Commands about sensitive steps: what is proposed, by whom, and what it would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from registry_node.cli import output
from registry_node.cli.context import (
    Node,
    at_option,
    envelope,
    json_option,
    pass_node,
    signer_options,
)
from registry_node.cli.signing import report, signer
from registry_node.domain.references import parse_code
from registry_node.queries import proposals
from registry_node.queries.paging import MOST, Page
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
    items: list[Json] = []
    with node.reading(at) as snapshot:
        page = Page(MOST)
        while True:
            found = proposals.proposals(snapshot, page, registry=code, state=state)
            items += found.items
            if found.next_cursor is None:
                break
            page = Page.parse(MOST, found.next_cursor)
        document = envelope(snapshot, items)
    if as_json:
        output.print_json(document)
        return
    rows = [
        (str(p["number"]), p["state"], _function(p), _person(p["proposer"]), _person(p["approver"]))
        for p in items
    ]
    columns = ("no", "state", "what", "proposed by", "approved by")
    output.table(columns, rows, right=("no",))
    output.as_of(document)


@proposal.command()
@click.argument("registry", metavar="REGISTRY")
@click.argument("number", type=click.IntRange(1))
@at_option
@json_option
@pass_node
def show(node: Node, *, registry: str, number: int, at: int | None, as_json: bool) -> None:
    """Show in clear what a proposal would do.

    \b
    Example:
      tonnelink proposal show CN 4
    """
    code = parse_code(registry)
    with node.reading(at) as snapshot:
        document = envelope(snapshot, proposals.proposal(snapshot, code, number))
    if as_json:
        output.print_json(document)
        return
    data = document["data"]
    output.fields(
        {
            "state": data["state"],
            "proposed by": _person(data["proposer"]),
            "approved by": _person(data["approver"]),
            "deadline": data["deadline"],
            "ready at": data["ready_at"] or "-",
            "call hash": data["call_hash"],
        },
        title=f"{code} proposal {number}: {_function(data)}",
    )
    output.fields({a["name"]: _value(node, a["value"]) for a in data["arguments"]}, title="It says")
    output.as_of(document)


def _step(verb: str, past: str, what: str) -> click.Command:
    example = f"\b\nExample:\n  tonnelink proposal {verb} KR 4 --as kr-issuer-2"

    @proposal.command(verb, help=f"{what}\n\n{example}", short_help=what)
    @click.argument("registry", metavar="REGISTRY")
    @click.argument("number", type=click.IntRange(1))
    @signer_options
    @json_option
    @pass_node
    def command(
        node: Node,
        *,
        registry: str,
        number: int,
        signed_by: str | None,
        key_file: Path | None,
        as_json: bool,
    ) -> None:
        code = parse_code(registry)
        desk = node.ledger.desk(code, "proposals")
        arguments: list[Any] = [number]
        if verb == "approve":  # the ledger is told what was read, and compares
            with node.reading() as snapshot:
                read = proposals.proposal(snapshot, code, number)
            arguments.append(bytes.fromhex(read["call_hash"][2:]))
        step = desk.get_function_by_name(verb)(*arguments)
        done = node.ledger.send(step, signer(node, signed_by, key_file))
        report(node, f"{past} proposal {number} of {code}", done, as_json=as_json)

    return command


_step("approve", "Approved", "Approve what somebody else proposed, as the mirror shows it.")
_step("execute", "Executed", "Execute an approved proposal once its delay has passed.")
_step("stop", "Stopped", "Stop a proposal: the guardian, or whoever proposed it.")


def _function(data: Json) -> str:
    return f"{data['target']}.{data['function'] or 'unknown'}"


def _person(person: Json | None) -> str:
    return "-" if person is None else person["label"] or person["address"]


def _value(node: Node, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(node, member)}" for name, member in value.items())
    if isinstance(value, list):
        return "; ".join(_value(node, member) for member in value) or "-"
    text = str(value)
    is_address = text.startswith("0x") and len(text) == 42  # noqa: PLR2004
    return node.name_anywhere(text) if is_address else text
