"""Calls that wait for another person: proposals of a programme, requests of a holder.

A desk keeps of each only a hash. Its text is in the mirror, shown in clear; who approves or
executes it repeats to the ledger what was read, and the ledger compares.
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
from registry_node.queries.snapshot import Json, Snapshot, short_memo

_ADDRESS, _WORD = 42, 66
"""Characters in which addresses, and hashes, short texts and attributes, are told."""
_NUMBERS = 2**64
"""No hash and no text is so small."""


class Calls(NamedTuple):
    """One kind of waiting call."""

    word: str  # what a person calls it
    desk: str  # which keeps it
    read: Callable[[Snapshot, str, int], Json]
    repeated: Mapping[str, Callable[[Json], list[Any]]]  # by verb: what is told of what was read
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
                **({"document": data["document"] or "-"} if "document" in data else {}),
                "call hash": data["call_hash"],
            },
            title=f"{code} {calls.word} {number}: {function_of(data)}",
        )
        _show_arguments(node, data)
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
        if verb in calls.repeated:
            with node.reading() as snapshot:
                arguments += calls.repeated[verb](calls.read(snapshot, code, number))
        step = desk.get_function_by_name(verb)(*arguments)
        done = node.ledger.send(step, signer(node, signed_by, key_file))
        report(node, f"{past} {calls.word} {number} of {code}", done, as_json=as_json)

    return command


def function_of(data: Json) -> str:
    """Which function a proposal or request calls."""
    return f"{data['target']}.{data['function'] or 'unknown'}"


def call_in(data: Json) -> bytes:
    """The call of a proposal or request, as the mirror has it."""
    return bytes.fromhex(data["call"][2:])


def _show_arguments(node: Node, data: Json) -> None:
    """Prints the arguments of a call by name; a list of rows as a table."""
    tables = {}
    pairs = {}
    for argument in data["arguments"]:
        name, value = argument["name"], argument["value"]
        if isinstance(value, list) and value and isinstance(value[0], dict):
            tables[name] = value
        else:
            pairs[name] = _value(node, value)
    output.fields(pairs, title="It says")
    for name, rows in tables.items():
        cells = [[_value(node, cell) for cell in row.values()] for row in rows]
        output.table(list(rows[0]), cells, title=name)


def person(data: Json | None) -> str:
    """Who somebody is, by label if there is one."""
    return "-" if data is None else data["label"] or data["address"]


def _value(node: Node, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(node, member)}" for name, member in value.items())
    if isinstance(value, list):
        return "; ".join(_value(node, member) for member in value) or "-"
    text = str(value)
    if text.startswith("0x") and len(text) == _ADDRESS:
        return node.name_anywhere(text)
    if text.startswith("0x") and len(text) == _WORD:
        word = bytes.fromhex(text[2:])
        number = int.from_bytes(word, "big")
        return str(number) if 0 < number < _NUMBERS else short_memo(word) or "-"
    return text or "-"
