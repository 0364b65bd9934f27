"""Commands about accounts."""

from __future__ import annotations

from pathlib import Path

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
from registry_node.cli.signing import proposed, report, signer, word_of
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import parse_address, parse_code
from registry_node.domain.words import AccountKind, AccountStatus
from registry_node.queries import accounts
from registry_node.queries.paging import MOST, Page

_COMPLIANCE_OFFICER = 4  # as in Roles.sol
_KINDS = [kind.name.lower().replace("_", "-") for kind in AccountKind]
_STATUSES = [s.name.lower().replace("_", "-") for s in AccountStatus if s is not AccountStatus.NONE]


def _number(words: list[str], word: str) -> int:
    """The ledger numbers its words from 1, in this order."""
    return words.index(word) + 1


@click.group()
def account() -> None:
    """Open, change and show accounts.

    \b
    Example:
      tonnelink account list KR
    """


@account.command("open")
@click.argument("registry", metavar="REGISTRY")
@click.argument("address", metavar="[ADDRESS]", required=False)
@click.option("--kind", type=click.Choice(_KINDS), default="operator", show_default=True)
@click.option(
    "--file-hash",
    help="Hash of the account's off-chain file. Short text is stored as it is, for ever.",
)
@click.option("--purpose", help="Open a keyless system account for this purpose instead.")
@signer_options
@json_option
@pass_node
def open_account(
    node: Node,
    *,
    registry: str,
    address: str | None,
    kind: str,
    file_hash: str | None,
    purpose: str | None,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Open an account for whoever has the key of ADDRESS. Role: account administrator.

    \b
    Example:
      tonnelink account open KR 0x70997970c51812dc3a010c7d01b50e0d17dc79c8 \\
          --file-hash 0x5f16...e2 --as kr-account-administrator
      tonnelink account open KR --purpose new-entrants --as kr-account-administrator
    """
    contract = node.ledger.registry(parse_code(registry))
    if purpose is not None:
        if address or file_hash or not purpose:
            raise InvalidInput(
                "A system account has a purpose and nothing else.", "Leave ADDRESS out."
            )
        step = contract.functions.openSystemAccount(word_of(purpose))
    elif address is None or file_hash is None:
        raise InvalidInput(
            "ADDRESS or --file-hash is missing.", "Give both, or --purpose for a system account."
        )
    else:
        holder = contract.w3.to_checksum_address(parse_address(address))
        step = contract.functions.openAccount(holder, _number(_KINDS, kind), word_of(file_hash))
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"Opened {address or purpose} at {registry}", done, as_json=as_json)


@account.command()
@click.argument("registry", metavar="REGISTRY")
@click.argument("holder", metavar="ACCOUNT")
@click.argument("status", type=click.Choice(_STATUSES))
@signer_options
@json_option
@pass_node
def status(
    node: Node,
    *,
    registry: str,
    holder: str,
    status: str,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Change the status of an account.

    A compliance officer restricts or suspends an account at once. What allows more, or closes it,
    is proposed by the account administrator and approved by a compliance officer.

    \b
    Example:
      tonnelink account status CN cn-power-south suspended --as cn-compliance-officer
      tonnelink account status CN cn-power-south open --as cn-account-administrator
    """
    code = parse_code(registry)
    contract = node.ledger.registry(code)
    address = contract.w3.to_checksum_address(node.address(code, holder))
    key = signer(node, signed_by, key_file)
    wanted = AccountStatus(_number(_STATUSES, status))
    present = AccountStatus(node.ledger.ask(contract.functions.accountOf(address))[1])
    officer = node.ledger.has_role(code, _COMPLIANCE_OFFICER, key.address)
    if officer and wanted.is_stricter(present):
        done = node.ledger.send(contract.functions.restrictAccount(address, wanted), key)
        report(node, f"{holder} is now {status}", done, as_json=as_json)
    else:
        step = contract.functions.setAccountStatus(address, wanted)
        done = node.ledger.propose(code, step, key)
        proposed(node, code, f"{holder} becomes {status}", done, as_json=as_json)


@account.command()
@click.argument("registry", metavar="REGISTRY")
@click.argument("holder", metavar="ACCOUNT")
@at_option
@json_option
@pass_node
def show(node: Node, *, registry: str, holder: str, at: int | None, as_json: bool) -> None:
    """Show one account with its balances. ACCOUNT is a label or a 0x address.

    \b
    Example:
      tonnelink account show CN cn-power-north
    """
    code = parse_code(registry)
    address = bytes.fromhex(node.address(code, holder)[2:])
    with node.reading(at) as snapshot:
        document = envelope(snapshot, accounts.account(snapshot, code, address))
    if as_json:
        output.print_json(document)
        return
    data = document["data"]
    names = ("address", "kind", "status", "purpose", "file_hash", "opened_at")
    output.fields(
        {name.replace("_", " "): data[name] for name in names},
        title=f"{code} {data['label'] or data['address']}",
    )
    rows = [(item["class"], output.tonnes(item["quantity"])) for item in data["holdings"]]
    output.table(("class", "t"), rows, right=("t",))
    output.as_of(document)


@account.command("list")
@click.argument("registry", metavar="REGISTRY")
@at_option
@json_option
@pass_node
def list_accounts(node: Node, *, registry: str, at: int | None, as_json: bool) -> None:
    """List the accounts of a registry.

    \b
    Example:
      tonnelink account list KR
    """
    code = parse_code(registry)
    items = []
    with node.reading(at) as snapshot:
        page = Page(MOST)
        while True:
            found = accounts.accounts(snapshot, code, page)
            items += found.items
            if found.next_cursor is None:
                break
            page = Page.parse(MOST, found.next_cursor)
        document = envelope(snapshot, items)
    if as_json:
        output.print_json(document)
        return
    rows = [(a["label"], a["address"], a["kind"], a["status"], a["opened_at"][:10]) for a in items]
    output.table(("account", "address", "kind", "status", "opened"), rows)
    output.as_of(document)
