"""Commands that ask the mirror: holdings, trace, quota."""

from __future__ import annotations

from typing import Any

import click

from registry_node.cli import output
from registry_node.cli.context import Node, at_option, envelope, json_option, pass_node
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import UnitReference, parse_address, parse_code, parse_symbol
from registry_node.queries import accounts, find, quotas
from registry_node.queries import trace as tracing
from registry_node.queries.paging import MOST, Page
from registry_node.queries.snapshot import NO_LIMIT, Json, Snapshot


@click.command()
@click.option("--registry", metavar="CODE", help="Only this registry.")
@click.option("--class", "symbol", metavar="CLASS", help="Only this unit class, e.g. CEA-2021.")
@click.option("--account", metavar="ACCOUNT", help="Only this account: label or 0x address.")
@click.option("--units", "with_units", is_flag=True, help="Show the unit blocks; needs the others.")
@at_option
@json_option
@pass_node
def holdings(
    node: Node,
    *,
    registry: str | None,
    symbol: str | None,
    account: str | None,
    with_units: bool,
    at: int | None,
    as_json: bool,
) -> None:
    """Show balances by account and unit class. The link gateway's are its escrow.

    \b
    Example:
      tonnelink holdings --registry CN --account cn-power-north
      tonnelink holdings --registry CN --class CEA-2021 --account cn-power-south --units
    """
    code = parse_code(registry) if registry else None
    symbol = parse_symbol(symbol) if symbol else None
    address = holder(node, code, account)
    with node.reading(at) as snapshot:
        if with_units:
            if not (code and symbol and address) or at is not None:
                raise InvalidInput(
                    "--units shows the present blocks of one account in one class.",
                    "Give --registry, --class and --account, without --at.",
                )
            row = find.unit_class(snapshot, code, symbol)
            found = accounts.blocks(snapshot, row["id"], address, most=NO_LIMIT)
            items: list[Json] = [{"units": str(b), "quantity": str(b.count)} for b in found]
        else:
            items = _all_holdings(snapshot, code, symbol, address)
        document = envelope(snapshot, items)
    if as_json:
        output.print_json(document)
        return
    if with_units:
        blocks = [(item["units"], output.tonnes(item["quantity"])) for item in items]
        output.table(("units, first to go first", "t"), blocks, right=("t",))
    else:
        _show_holdings(items)
    output.as_of(document)


def _show_holdings(items: list[Json]) -> None:
    rows = [
        (
            item["registry"],
            item["class"],
            output.named(item["account"], item["label"]),
            item["state"],
            output.tonnes(item["quantity"]),
            output.tonnes(item["free"]),
        )
        for item in items
    ]
    columns = ("registry", "class", "account", "state", "t", "free")
    output.table(columns, rows, right=("t", "free"))


def holder(node: Node, code: str | None, account: str | None) -> bytes | None:
    """An account given by label or address; None when none was given."""
    if account is None:
        return None
    if account.startswith("0x"):
        return parse_address(account)
    if code is None:
        raise InvalidInput("A label belongs to a registry.", "Give --registry too.")
    return bytes.fromhex(node.address(code, account)[2:])


def _all_holdings(
    snapshot: Snapshot, code: str | None, symbol: str | None, address: bytes | None
) -> list[Json]:
    items: list[Json] = []
    page = Page(MOST)
    while True:
        found = accounts.holdings(snapshot, page, registry=code, symbol=symbol, address=address)
        items += found.items
        if found.next_cursor is None:
            return items
        page = Page.parse(MOST, found.next_cursor)


@click.command()
@click.argument("reference", metavar="REF")
@at_option
@json_option
@pass_node
def trace(node: Node, *, reference: str, at: int | None, as_json: bool) -> None:
    """Tell the whole life of one unit, across borders.

    REF is registry:class:serial.

    \b
    Example:
      tonnelink trace CN:CEA-2021:1000000
    """
    unit = UnitReference.parse(reference)
    with node.reading(at) as snapshot:
        document = envelope(snapshot, tracing.trace(snapshot, unit))
    if as_json:
        output.print_json(document)
        return
    life = document["data"]
    output.fields(
        {
            "state": life["state"] + (" (used abroad)" if life["used_abroad"] else ""),
            "owner": output.named(life["owner"], life["owner_label"]),
            "in block": life["unit_block"],
            "twins": ", ".join(f"{t['units']} (lot {t['lot']})" for t in life["twins"]) or None,
        },
        title=life["unit"],
    )
    columns = ("#", "time", "ledger block", "event", "type", "unit there", "from", "to", "state")
    rows = [(*_step_row(step), step["state"], _note(step)) for step in life["steps"]]
    output.table((*columns, "note"), rows, right=("#", "ledger block"))
    output.as_of(document)


def _step_row(step: Json) -> tuple[Any, ...]:
    return (
        step["step"],
        step["time"].replace("T", " ").rstrip("Z"),
        f"{step['block_number']:,}",
        step["event"],
        step["transaction_type"],
        step["unit"],
        output.named(step["from"], step["from_label"]),
        output.named(step["to"], step["to_label"]),
    )


def _note(step: Json) -> str:
    notes = []
    if step["lot"]:
        rate = step["lot"]["rate"]
        notes.append(
            f"lot {step['lot']['id']}, {step['lot']['link']}"
            f" at {rate['numerator']}/{rate['denominator']}"
        )
    if step["compliance_year"]:
        notes.append(f"year {step['compliance_year']}")
    if step["memo"]:
        notes.append(step["memo"])
    if step["evidence"]:
        notes.append(f"evidence {step['evidence'][:10]}...")
    return "; ".join(notes)


@click.command()
@click.argument("link", metavar="LINK")
@at_option
@json_option
@pass_node
def quota(node: Node, *, link: str, at: int | None, as_json: bool) -> None:
    """Show the import quota of a link: its meter, and who changed it when.

    LINK is source_destination, or the ledger's number.

    \b
    Example:
      tonnelink quota CN_KR
    """
    with node.reading(at) as snapshot:
        document = envelope(snapshot, quotas.quota(snapshot, link))
    if as_json:
        output.print_json(document)
        return
    data = document["data"]
    meter = data["meter"]
    if meter is None:
        click.echo(f"{data['link']} has no terms in force.")
    else:
        click.echo(f"{data['link']}  {meter_bar(meter)}")
        click.echo(f"  period {meter['period_start'][:10]} to {meter['period_end'][:10]}")
    rows = [
        (
            f"{entry['block_number']:,}",
            entry["time"].replace("T", " ").rstrip("Z"),
            "limit" if entry["what"] == "terms" else "used",
            output.tonnes(entry["quota"] if entry["what"] == "terms" else entry["used"]),
            entry["terms_version"],
            output.named(entry["changed_by"], entry["changed_by_label"]),
        )
        for entry in data["history"]
    ]
    columns = ("ledger block", "time", "what", "t", "terms", "by")
    output.table(columns, rows, "History", right=("ledger block", "t"))
    output.as_of(document)


def meter_bar(meter: Json, width: int = 24) -> str:
    """[#####.....] 36 of 50 t, 14 left"""
    limit, used = int(meter["quota"]), int(meter["used"])
    filled = width if used >= limit else width * used // limit
    return (
        f"[{'#' * filled}{'.' * (width - filled)}]"
        f" {used:,} of {limit:,} t used, {int(meter['remaining']):,} t left"
    )
