"""Commands about who may ask the node: access issue, list, revoke, log."""

from __future__ import annotations

from collections import deque
from contextlib import closing
from datetime import UTC, datetime

import click

from registry_node import bootstrap
from registry_node.access import audit
from registry_node.access.table import Role
from registry_node.access.tokens import Token, check_bound
from registry_node.cli import output
from registry_node.cli.context import Node, json_option, pass_node
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import parse_code
from registry_node.queries import find
from registry_node.queries.snapshot import Json, moment

_DAY = 86_400
_ROLES = [role.value for role in Role if role is not Role.PUBLIC]


@click.group()
def access() -> None:
    """Say who may ask this node, and see who asked what.

    It works on the files of the home directory; a running node follows at once.

    \b
    Example:
      tonnelink access issue holder --account KR:kr-steel
      tonnelink access log --last 20
    """


@access.command()
@click.argument("role", metavar="ROLE", type=click.Choice(_ROLES))
@click.option(
    "--account",
    "accounts",
    metavar="REGISTRY:ACCOUNT",
    multiple=True,
    help="Of a holder: an account that it sees, by label or 0x address; as often as needed.",
)
@click.option("--programme", metavar="CODE", help="Of an authority: the programme that it sees.")
@click.option("--label", default="", help="Whose it is, for the list; no secret.")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    help="How long it counts.",
)
@json_option
@pass_node
def issue(
    node: Node,
    *,
    role: str,
    accounts: tuple[str, ...],
    programme: str | None,
    label: str,
    days: int,
    as_json: bool,
) -> None:
    """Issue a token. It is shown this once and kept as a hash only.

    ROLE is holder (its own accounts), authority (one programme), auditor (everything) or operator
    (the node's own health and metrics).

    \b
    Example:
      tonnelink access issue holder --account KR:kr-steel --label "Korea Steel, Ms Kim"
      tonnelink access issue authority --programme KR --days 90
      tonnelink access issue auditor --label "State audit office"
    """
    check_bound(Role(role), programme, accounts)
    if programme is not None:
        with node.reading() as snapshot:
            programme = str(find.registry(snapshot, parse_code(programme))["code"])
    with closing(bootstrap.open_tokens(node.settings)) as tokens:
        token, secret = tokens.issue(
            Role(role),
            lifetime=days * _DAY,
            programme=programme,
            accounts=[_account(node, text) for text in accounts],
            label=label,
        )
    document = {**_shown(token), "token": secret}
    if as_json:
        output.print_json(document)
        return
    click.echo(secret)
    click.echo(
        f"Token {token.id} of the role {token.role.value}, until {document['expires_at']}."
        " It is not shown again.",
        err=True,
    )


def _account(node: Node, text: str) -> tuple[str, bytes]:
    code, _, name = text.partition(":")
    if not name:
        raise InvalidInput(
            f"'{text}' is not an account of a registry.", "Write it as KR:kr-steel or KR:0x...."
        )
    return parse_code(code), bytes.fromhex(node.address(parse_code(code), name)[2:])


@access.command(name="list")
@json_option
@pass_node
def list_(node: Node, *, as_json: bool) -> None:
    """List the tokens: whose they are, what they open and until when. Their secrets are not kept.

    \b
    Example:
      tonnelink access list
    """
    with closing(bootstrap.open_tokens(node.settings)) as tokens:
        items = [_shown(token) for token in tokens.list()]
    if as_json:
        output.print_json({"tokens": items})
        return
    columns = ("id", "role", "opens", "label", "state", "until")
    names = ("id", "role", "opens", "label", "state", "expires_at")
    rows = [[_cell(item[name]) for name in names] for item in items]
    output.table(columns, rows)


@access.command()
@click.argument("identifier", metavar="ID")
@json_option
@pass_node
def revoke(node: Node, *, identifier: str, as_json: bool) -> None:
    """End a token, at once. ID is as 'tonnelink access list' shows it; the token itself will do.

    \b
    Example:
      tonnelink access revoke 3f9a1c0b7d2e
    """
    known = identifier.removeprefix("tonnelink_").partition("_")[0]
    with closing(bootstrap.open_tokens(node.settings)) as tokens:
        item = _shown(tokens.revoke(known))
    if as_json:
        output.print_json(item)
    else:
        click.echo(f"Token {item['id']} has ended: {item['state']}.")


@access.command()
@click.option("--token", "identifier", metavar="ID", help="Only what was asked with this token.")
@click.option("--status", type=int, help="Only answers of this status.")
@click.option("--last", type=click.IntRange(1), default=50, help="The most lines.  [default: 50]")
@click.option("--verify", is_flag=True, help="Check the whole chain of lines instead.")
@click.option("--expect", metavar="HASH", help="With --verify: a hash that the chain must have.")
@json_option
@pass_node
def log(
    node: Node,
    *,
    identifier: str | None,
    status: int | None,
    last: int,
    verify: bool,
    expect: str | None,
    as_json: bool,
) -> int:
    """Show who asked what, latest last; or check that no line was changed, dropped or put in.

    --verify prints the last line's hash: keep it elsewhere and give it to --expect later, and lines
    that were cut off at the end are noticed too. Exits with 1 when the chain is broken.

    \b
    Example:
      tonnelink access log --last 20
      tonnelink access log --status 403
      tonnelink access log --verify
    """
    if verify:
        return _verify(audit.verify(node.settings.home, expect), expect, as_json=as_json)
    if expect is not None:
        raise InvalidInput("--expect belongs to --verify.", "Give both.")
    wanted = (
        entry
        for entry in audit.entries(node.settings.home)
        if (identifier is None or entry["token"] == identifier)
        and (status is None or entry["status"] == status)
    )
    found = deque(wanted, maxlen=last)
    if as_json:
        output.print_json({"lines": [*found]})
        return 0
    rows = [
        (
            str(entry["n"]),
            entry["time"],
            entry["token"] or "-",
            entry["role"],
            entry["from"],
            f"{entry['method']} {entry['path']}",
            ", ".join(f"{name}={value}" for name, value in entry["parameters"].items()),
            str(entry["status"]),
        )
        for entry in found
    ]
    columns = ("#", "time", "token", "role", "from", "asked for", "with", "status")
    output.table(columns, rows, right=("#",))
    return 0


def _verify(verdict: audit.Verdict, expect: str | None, *, as_json: bool) -> int:
    missing = expect is not None and not verdict.expected_found
    broken = verdict.fault is not None or missing
    if as_json:
        output.print_json(
            {
                "lines": verdict.lines,
                "first": verdict.first or None,
                "last": verdict.last or None,
                "last_hash": verdict.last_hash,
                "fault": verdict.fault,
                "expected_found": verdict.expected_found,
                "ok": not broken,
            }
        )
        return 1 if broken else 0
    if verdict.fault:
        click.echo(f"The chain is broken after line number {verdict.last}: {verdict.fault}.")
    elif missing:
        click.echo(f"No line has the hash {expect}: lines were cut off or put away.")
    else:
        span = f", numbers {verdict.first} to {verdict.last}" if verdict.lines else ""
        click.echo(f"{verdict.lines:,} lines{span}, none changed. The last hash:")
        click.echo(verdict.last_hash)
    return 1 if broken else 0


def _shown(token: Token) -> Json:
    view = token.view
    opens = [f"{code}:0x{address.hex()}" for code, address in view.accounts]
    return {
        "id": token.id,
        "role": token.role.value,
        "opens": [*view.programmes, *opens],
        "label": token.label,
        "state": token.state(datetime.now(UTC).timestamp()),
        "created_at": moment(token.created_at),
        "expires_at": moment(token.expires_at),
        "revoked_at": None if token.revoked_at is None else moment(token.revoked_at),
    }


def _cell(value: str | list[str]) -> str:
    return ", ".join(value) if isinstance(value, list) else value
