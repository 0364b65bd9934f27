"""Commands for the node's own keys, with which it signs statements."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from registry_node import bootstrap
from registry_node.cli import output
from registry_node.cli.context import Node, json_option, pass_node
from registry_node.queries.snapshot import moment

_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


@click.group("statement-key")
def statement_key() -> None:
    """Make, list and retire the node's keys for statements.

    To rotate: make a new key, which signs from then on (or from --from). Once it signs, retire the
    old one.
    Every key stays published, so that what it signed can be checked for ever.

    \b
    Example:
      tonnelink statement-key new
    """


@statement_key.command("new")
@click.option("--from", "begin", type=_DAY, help="When it begins to sign (UTC).  [default: now]")
@click.option("--until", type=_DAY, help="When it ends (UTC).  [default: when it is retired]")
@json_option
@pass_node
def new(node: Node, *, begin: datetime | None, until: datetime | None, as_json: bool) -> None:
    """Make a key, encrypted with the password of the password file, and publish its public half.

    Without a password file one is made, with a password by chance.

    \b
    Example:
      tonnelink statement-key new
      tonnelink statement-key new --from 2027-01-01 --until 2028-01-01
    """
    keys = bootstrap.statement_keys(node.settings)
    made = keys.make(_seconds(begin), _seconds(until))
    if as_json:
        output.print_json(made)
        return
    click.echo(f"Made the key {made['kid']}.")
    click.echo(f"It is in {node.settings.statement_keys_path}; keep that folder, and back it up.")


@statement_key.command("list")
@json_option
@pass_node
def list_(node: Node, *, as_json: bool) -> None:
    """List every key, oldest first: what the node publishes.

    \b
    Example:
      tonnelink statement-key list
      tonnelink statement-key list --json > jwks.json
    """
    published = bootstrap.statement_keys(node.settings).published()
    if as_json:
        output.print_json({"keys": published})
        return
    rows = [
        (key["kid"], _when(key, "nbf"), _when(key, "exp"), "revoked" if "revoked" in key else "")
        for key in published
    ]
    output.table(("key", "from", "until", ""), rows)


@statement_key.command("retire")
@click.argument("kid", metavar="KID")
@click.option(
    "--compromised", is_flag=True, help="Nothing that it ever signed is to be believed any more."
)
@json_option
@pass_node
def retire(node: Node, *, kid: str, compromised: bool, as_json: bool) -> None:
    """End a key now. Its private half is deleted; what it signed before still holds.

    Refused while no other key may sign, unless it is --compromised. KID may be shortened to its
    first letters, at least six.

    \b
    Example:
      tonnelink statement-key retire wHgHSK
      tonnelink statement-key retire wHgHSK --compromised
    """
    keys = bootstrap.statement_keys(node.settings)
    key = keys.retire(kid, compromised=compromised)
    if as_json:
        output.print_json(key)
        return
    click.echo(f"Retired the key {key['kid']} at {moment(key['exp'])}.")
    if compromised:
        click.echo("It is revoked: statements that it signed fail from now on.")
        if not keys.can_sign():
            until = keys.next_day()
            begins = f"{until}, when the next key begins" if until else "there is another key"
            click.echo(f"Nothing can be signed until {begins}: 'tonnelink statement-key new'.")


def _seconds(day: datetime | None) -> int | None:
    return None if day is None else int(day.replace(tzinfo=UTC).timestamp())


def _when(key: dict[str, Any], name: str) -> str | None:
    return moment(key[name]) if name in key else None
