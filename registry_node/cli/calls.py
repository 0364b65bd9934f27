"""Calls that wait for another person: proposals of a programme, requests of a holder.

Both are kept by a desk as an exact call, shown in clear, and approved by its hash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

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
from registry_node.queries.snapshot import Json, Snapshot


class Calls(NamedTuple):
    """One kind of waiting call."""

    word: str  # what a person calls it
    desk: str  # which keeps it
    read: Callable[[Snapshot, str, int], Json]
    example: str  # arguments of a step on one of them


def show_command(calls: Calls, people: Mapping[str, str]) -> click.Command:
    """The command that shows one in clear; `people` are fields of it, by what they are called."""
    what = f"Show in clear what a {calls.word} would do."
    example = f"\b\nExample:\n  tonnelink {calls.word} show CN 4"

    @click.command("show", help=f"{what}\n\n{example}", short_help=what)
    @click.argument("registry", metavar="REGISTRY")
    @click.argument("number", type=click.IntRange(1))
    @at_option
    @json_option
    @pass_node
    def command(node: Node, *, registry: str, number: int, at: int | None, as_json: bool) -> None:
        code = parse_code(registry)
        with node.reading(at) as snapshot:
            document = envelope(snapshot, calls.read(snapshot, code, number))
        if as_json:
            output.print_json(document)
            return
        data = document["data"]
        output.fields(
            {
                "state": data["state"],
                **{said: person(data[field]) for said, field in people.items()},
                "deadline": data["deadline"],
                "ready at": data["ready_at"] or "-",
                "call hash": data["call_hash"],
            },
            title=f"{code} {calls.word} {number}: {function_of(data)}",
        )
        output.fields(_arguments(node, data), title="It says")
        output.as_of(document)

    return command


def step_command(calls: Calls, verb: str, past: str, what: str) -> click.Command:
    """The command that approves, executes or ends one."""
    example = f"\b\nExample:\n  tonnelink {calls.word} {verb} {calls.example}"

    @click.command(verb, help=f"{what}\n\n{example}", short_help=what)
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
        desk = node.ledger.desk(code, calls.desk)
        arguments: list[Any] = [number]
        if verb == "approve":  # the ledger is told what was read, and compares
            with node.reading() as snapshot:
                read = calls.read(snapshot, code, number)
            arguments.append(bytes.fromhex(read["call_hash"][2:]))
        step = desk.get_function_by_name(verb)(*arguments)
        done = node.ledger.send(step, signer(node, signed_by, key_file))
        report(node, f"{past} {calls.word} {number} of {code}", done, as_json=as_json)

    return command


def function_of(data: Json) -> str:
    """Which function a proposal or request calls."""
    return f"{data['target']}.{data['function'] or 'unknown'}"


def _arguments(node: Node, data: Json) -> dict[str, str]:
    """The arguments of a call, by name."""
    return {argument["name"]: _value(node, argument["value"]) for argument in data["arguments"]}


def person(data: Json | None) -> str:
    """Who somebody is, by label if there is one."""
    return "-" if data is None else data["label"] or data["address"]


def _value(node: Node, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(node, member)}" for name, member in value.items())
    if isinstance(value, list):
        return "; ".join(_value(node, member) for member in value) or "-"
    text = str(value)
    is_address = text.startswith("0x") and len(text) == 42  # noqa: PLR2004
    return node.name_anywhere(text) if is_address else text
