"""Commands about accounts."""

from __future__ import annotations

from pathlib import Path

import click

from registry_node.cli import output
from registry_node.cli.calls import person
from registry_node.cli.context import (
    Node,
    at_option,
    envelope,
    holder_options,
    json_option,
    pass_node,
    signer_options,
)
from registry_node.cli.signing import act, holder_of, proposed, report, signer, word_of
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import parse_address, parse_code
from registry_node.domain.words import AccountKind, AccountStatus
from registry_node.queries import accounts
from registry_node.queries.paging import every_item
from registry_node.queries.snapshot import Json

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
    fields = {name.replace("_", " "): data[name] for name in names}
    output.fields(fields | _demands(data), title=f"{code} {data['label'] or data['address']}")
    parts = ("quantity", "free", "encumbered")
    rows = [
        (item["class"], *(output.tonnes(item[part]) for part in parts)) for item in data["holdings"]
    ]
    columns = ("t", "free", "set aside")
    output.table(("class", *columns), rows, right=columns)
    output.as_of(document)


def _demands(data: Json) -> dict[str, str | None]:
    """What the programme demands of an account and whom it trusts, as far as there is any."""
    limit, paid = data["holding_limit"], data["paid_share"]
    found = {
        "controls": ", ".join(data["controls"]),
        "holding limit": f"{output.tonnes(limit)} t" if limit else "",
        "paid share": f"{output.tonnes(paid['bought'])} of {output.tonnes(paid['required'])} t"
        if paid
        else "",
        "trusts": ", ".join(f"{person(p)} from {p['since']}" for p in data["trusted"]),
        "settled by": ", ".join(f"{person(p)} from {p['since']}" for p in data["settlers"]),
        "acts through": ", ".join(
            f"{person(p)} (may {' and '.join(p['may'])})" for p in data["representatives"]
        ),
    }
    return {name: value for name, value in found.items() if value}


_GRANTS = {
    # command: the ledger's function, what is said of the other account, help
    "trust": ("trust", "is trusted", "Send to another account without waiting, once it counts."),
    "distrust": ("distrust", "is trusted no more", "Take an account off the trusted list at once."),
    "authorise": (
        "authoriseSettler",
        "may settle trades",
        "Let a trading institution settle the account's trades, once it counts.",
    ),
    "revoke": (
        "authoriseSettler",
        "may settle trades no more",
        "End a trading institution's authorisation at once.",
    ),
}


def _grant(verb: str, function: str, says: str, what: str) -> None:
    example = f"\b\nExample:\n  tonnelink account {verb} CN cn-power-south --as cn-power-north"

    @account.command(verb, help=f"{what} Signed by: the holder.\n\n{example}", short_help=what)
    @click.argument("registry", metavar="REGISTRY")
    @click.argument("other", metavar="ACCOUNT")
    @click.option("--for", "holder", metavar="ACCOUNT", help="The signer's own account by default.")
    @holder_options
    @json_option
    @pass_node
    def command(
        node: Node,
        *,
        registry: str,
        other: str,
        holder: str | None,
        signed_by: str | None,
        key_file: Path | None,
        by_request: bool,
        as_json: bool,
    ) -> None:
        code = parse_code(registry)
        signed = (signed_by, key_file)
        holding = holder_of(node, code, holder, signed, by_request=by_request)
        desk = node.ledger.desk(code, "holders")
        named = desk.w3.to_checksum_address(node.address(code, other))
        more = (verb == "authorise",) if function == "authoriseSettler" else ()
        step = desk.get_function_by_name(function)(holding.checksum, named, *more)
        act(node, holding, step, f"{other} {says}", as_json=as_json)


for _verb, _values in _GRANTS.items():
    _grant(_verb, *_values)


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
    with node.reading(at) as snapshot:
        items = every_item(lambda page: accounts.accounts(snapshot, code, page))
        document = envelope(snapshot, items)
    if as_json:
        output.print_json(document)
        return
    rows = [(a["label"], a["address"], a["kind"], a["status"], a["opened_at"][:10]) for a in items]
    output.table(("account", "address", "kind", "status", "opened"), rows)
    output.as_of(document)
