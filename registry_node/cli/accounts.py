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
from registry_node.cli.signing import act, holder_of, report, signer
from registry_node.cli.wording import province_name
from registry_node.domain.references import parse_address, parse_code
from registry_node.queries import accounts
from registry_node.queries.paging import every_item
from registry_node.queries.snapshot import Json


@click.group()
def account() -> None:
    """Open, change and show accounts.

    \b
    Example:
      tonnelink account list KR
    """


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
    province = data.get("province")
    found = {
        "administered by": province_name(province) if province else "",
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


@account.command("end-approval")
@click.argument("registry", metavar="REGISTRY")
@click.argument("operator", metavar="ADDRESS")
@signer_options
@json_option
@pass_node
def end_approval(
    node: Node,
    *,
    registry: str,
    operator: str,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """End at once that ADDRESS may transfer the signer's units by an ERC-1155 approval.

    Where two representatives act for an account, its approvals have ended already.

    \b
    Example:
      tonnelink account end-approval CN 0x70997970c51812dc3a010c7d01b50e0d17dc79c8 \\
          --as cn-power-north
    """
    contract = node.ledger.registry(parse_code(registry))
    other = contract.w3.to_checksum_address(parse_address(operator))
    step = contract.functions.setApprovalForAll(other, False)  # as ERC-1155 has it
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    report(node, f"{operator} may transfer nothing any more", done, as_json=as_json)


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
