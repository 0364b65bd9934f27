"""Commands that show what operators owe, and what a programme has set."""

from __future__ import annotations

import click

from registry_node.cli import output
from registry_node.cli.conditions import told
from registry_node.cli.context import Node, at_option, envelope, json_option, pass_node
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import parse_code
from registry_node.queries import compliance
from registry_node.queries import settings as programme
from registry_node.queries.paging import every_item
from registry_node.queries.snapshot import Json

_DAY = 86_400


@click.command()
@click.option("--registry", metavar="CODE", help="Only this registry.")
@click.option("--account", metavar="ACCOUNT", help="Only this operator; needs --registry.")
@click.option("--year", type=click.IntRange(1900, 65535), help="Only this compliance year.")
@at_option
@json_option
@pass_node
def obligations(
    node: Node,
    *,
    registry: str | None,
    account: str | None,
    year: int | None,
    at: int | None,
    as_json: bool,
) -> None:
    """Show what operators emitted, owe and have surrendered, and the limits that they use.

    \b
    Example:
      tonnelink obligations --registry KR --year 2017
    """
    if account and registry is None:
        raise InvalidInput("A label belongs to a registry.", "Give --registry too.")
    code = parse_code(registry) if registry else None
    address = bytes.fromhex(node.address(code, account)[2:]) if code and account else None
    with node.reading(at) as snapshot:
        items = every_item(
            lambda page: compliance.obligations(
                snapshot, page, registry=code, address=address, year=year
            )
        )
        document = envelope(snapshot, items)
    if as_json:
        output.print_json(document)
        return
    rows = [
        (
            item["registry"],
            output.named(item["account"], item["label"]),
            str(item["compliance_year"]),
            item["status"],
            output.tonnes(item["verified_emissions"]),
            output.tonnes(item["debt"]),
            output.tonnes(item["surrendered"]),
            output.tonnes(item["owed"]),
            "; ".join(map(_limit, item["limits"])) or "-",
        )
        for item in items
    ]
    numbers = ("emissions", "debt", "surrendered", "owed")
    columns = ("registry", "account", "year", "status", *numbers, "limits used")
    output.table(columns, rows, right=numbers)
    output.as_of(document)


def _limit(limit: Json) -> str:
    what = [*limit["unit_types"]]
    if limit["vintages"] != "any":
        what.append(limit["vintages"])
    what += map(told, limit["conditions"])
    if limit["class"]:
        what.append(f"as {limit['class']}")
    if limit["of_all_operators"]:
        what.append("by all")
    return f"{' '.join(what)} {output.tonnes(limit['used'])} of {output.tonnes(limit['max'])} t"


@click.command()
@click.argument("registry", metavar="REGISTRY")
@at_option
@json_option
@pass_node
def settings(node: Node, *, registry: str, at: int | None, as_json: bool) -> None:
    """Show what a programme has set: delays, shares, limits, and steps that need two people.

    \b
    Example:
      tonnelink settings KR
    """
    code = parse_code(registry)
    with node.reading(at) as snapshot:
        document = envelope(snapshot, programme.settings(snapshot, code))
    if as_json:
        output.print_json(document)
        return
    data = document["data"]
    share, size = data["sale_share_basis_points"], data["transfer_size_limit"]
    block = data["block_trade_size"]
    limited = [f"{item['registry']}:{item['class']}" for item in data["holding_limit_classes"]]
    output.fields(
        {
            "trusted accounts count after": _days(data["trust_delay"]),
            "other transfers wait": _days(data["transfer_delay"]),
            "and are at most": f"{output.tonnes(size)} t" if size else None,
            "trades are negotiated from": f"{output.tonnes(block)} t" if block else None,
            "requests last": _days(data["request_lifetime"]),
            "reversals stay possible for": _days(data["reversal_window"]),
            "free allowances to be sold": None if share is None else f"{share / 100:g} %",
            "holding limits are about": ", ".join(limited) or None,
        },
        title=code,
    )
    rows = [
        (
            f"{step['target']}.{step['function'] or step['selector']}",
            step["proposer_role"],
            step["approver_role"],
            _days(step["delay"]),
        )
        for step in data["sensitive_steps"]
    ]
    output.table(("step", "proposed by", "approved by", "then waits"), sorted(rows))
    contracts = [
        (item["name"], item["address"], item["edition"] or "-") for item in data["contracts"]
    ]
    replaced = [
        (f"{item['name']}, until ledger block {item['until_block']:,}", item["address"], "-")
        for item in data["replaced_desks"]
    ]
    output.table(("contract", "address", "runs the code at"), [*contracts, *replaced])
    output.as_of(document)


def _days(seconds: int | None) -> str | None:
    return None if seconds is None else f"{seconds / _DAY:g} days"
