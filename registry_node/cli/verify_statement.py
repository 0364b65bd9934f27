"""The command that checks a signed statement: offline, without a home directory."""

from __future__ import annotations

import re
from pathlib import Path

import click

from registry_node import bootstrap
from registry_node.attest.keys import parse_jwks
from registry_node.attest.report import FAILED, Report
from registry_node.attest.verify import Known, verify
from registry_node.cli import output
from registry_node.cli.context import json_option
from registry_node.cli.statements import subject_of
from registry_node.domain.errors import InvalidInput
from registry_node.domain.files import unreadable

_FILE = click.Path(path_type=Path, dir_okay=False)
_TRUSTED = re.compile(r"(?:([0-9]{1,19}):)?0x([0-9a-fA-F]{64})")


@click.command("verify-statement")
@click.argument("file", type=_FILE, metavar="FILE")
@click.option("--keys", type=_FILE, help="The node's public keys: its /.well-known/jwks.json.")
@click.option(
    "--trust",
    multiple=True,
    metavar="[NUMBER:]HASH",
    help="A ledger block that you trust; may be given more than once.",
)
@click.option("--deployment", type=_FILE, help="Your own deployment.json: chain and contracts.")
@json_option
def verify_statement(
    *, file: Path, keys: Path | None, trust: tuple[str, ...], deployment: Path | None, as_json: bool
) -> int:
    """Check a signed statement offline: no node, no database, no home directory.

    Every part is checked, also after one has failed; exit code 7 says that one did. Without --keys
    or --trust the file can only be found consistent in itself: what that rests on is printed.

    \b
    Example:
      tonnelink verify-statement unit.json --keys jwks.json
      tonnelink verify-statement unit.json --trust 219:0xb722...
    """
    known = Known(
        keys=parse_jwks(_read(keys), str(keys)) if keys else None,
        headers=[_trusted(text) for text in trust],
        deployment=bootstrap.deployment_facts(deployment) if deployment else None,
    )
    report = verify(_read(file), known, bootstrap.statement_schemas())
    if as_json:
        output.print_json(report.to_json())
    else:
        _show(report)
    return 0 if report.holds else FAILED


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise unreadable(file, error) from error


def _trusted(text: str) -> tuple[int | None, bytes]:
    found = _TRUSTED.fullmatch(text)
    if not found:
        raise InvalidInput(
            f"'{text}' is not a ledger block.",
            "Give its hash, or its height, a colon and its hash.",
        )
    return int(found[1]) if found[1] else None, bytes.fromhex(found[2])


def _show(report: Report) -> None:
    rows = [
        (check.part, "ok" if check.holds else "FAILED", check.detail) for check in report.checks
    ]
    output.table(("part", "", "what was found"), rows)
    for title, lines in (("It rests on:", report.rests_on), ("Not shown:", report.not_shown)):
        if lines:
            click.echo(title)
        for line in lines:
            click.echo(f"  - {output.plain(line)}")
    said = report.statement
    if report.holds and isinstance(said.get("as_of"), dict):
        click.echo(
            f"{said['kind']} of {subject_of(said)}, issued {said['issued_at']} by ", nl=False
        )
        click.echo(f"{output.plain(said['issuer'])}")
        output.as_of(said)
    click.echo(_VERDICTS[report.verdict])


_VERDICTS = {
    "verified": "VERIFIED.",
    "consistent": "CONSISTENT, but nothing outside the file vouches for it:"
    " give --keys or --trust.",
    "failed": "FAILED.",
}
