"""Commands about requests: what is done in the name of an account, and trades that are settled."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import click

from registry_node.cli import output
from registry_node.cli.calls import (
    Calls,
    call_in,
    function_of,
    person,
    show_command,
    step_command,
)
from registry_node.cli.context import (
    Node,
    at_option,
    envelope,
    holder_options,
    json_option,
    pass_node,
)
from registry_node.cli.hashes import word_of
from registry_node.cli.signing import act, holder_of
from registry_node.domain.errors import InvalidInput
from registry_node.domain.files import unreadable
from registry_node.domain.references import parse_code, parse_quantity, parse_symbol, token_id
from registry_node.queries import requests
from registry_node.queries.paging import every_item
from registry_node.queries.snapshot import Json

_STATES = click.Choice(requests.STATES[1:])
_COLUMNS = ["from", "to", "class", "quantity", "trade"]
_NEGOTIATED = {"yes": True, "no": False}


@click.group()
def request() -> None:
    """Show, approve, execute and cancel what is requested in the name of an account.

    A request is made by --request of the command that would do the same at once.

    \b
    Example:
      tonnelink transfer --class CN:CEA-2021 --quantity 10 --from cn-power-north \\
          --to cn-power-south --request --as clerk
      tonnelink request approve CN 1 --as director
      tonnelink request execute CN 1 --as director
    """


@request.command("list")
@click.argument("registry", metavar="REGISTRY")
@click.option("--account", metavar="ACCOUNT", help="Only requests for this account.")
@click.option("--state", type=_STATES, help="Only requests in this state.")
@at_option
@json_option
@pass_node
def list_requests(
    node: Node,
    *,
    registry: str,
    account: str | None,
    state: str | None,
    at: int | None,
    as_json: bool,
) -> None:
    """List the requests at a programme's holder desk.

    \b
    Example:
      tonnelink request list CN --state initiated
    """
    code = parse_code(registry)
    address = bytes.fromhex(node.address(code, account)[2:]) if account else None
    with node.reading(at) as snapshot:
        items = every_item(
            lambda page: requests.requests(
                snapshot, page, registry=code, address=address, state=state
            )
        )
        document = envelope(snapshot, items)
    if as_json:
        output.print_json(document)
        return
    rows = [
        (
            str(item["number"]),
            item["state"],
            person(item["account"]),
            function_of(item),
            person(item["initiator"]),
            item["ready_at"] or "-",
        )
        for item in items
    ]
    columns = ("no", "state", "account", "what", "requested by", "ready at")
    output.table(columns, rows, right=("no",))
    output.as_of(document)


def _call(data: Json) -> list[Any]:
    return [call_in(data)]


_CALLS = Calls(
    "request",
    "holders",
    requests.request,
    {"approve": _call, "execute": _call},
    "CN 4 --as director",
)
_PEOPLE = {"account": "account", "requested by": "initiator", "approved by": "approver"}

request.add_command(show_command(_CALLS, _PEOPLE))


def _step(verb: str, past: str, what: str) -> None:
    request.add_command(step_command(_CALLS, verb, past, what))


_step("approve", "Approved", "Approve what another representative requested, as the mirror shows.")
_step("execute", "Executed", "Execute an approved request once it has waited.")
_step("cancel", "Cancelled", "Cancel a request that is not executed: anyone of the account.")


@click.command()
@click.argument("registry", metavar="REGISTRY")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--for", "institution", metavar="ACCOUNT", help="The signer's own by default.")
@holder_options
@json_option
@pass_node
def settle(
    node: Node,
    *,
    registry: str,
    file: Path,
    institution: str | None,
    signed_by: str | None,
    key_file: Path | None,
    by_request: bool,
    as_json: bool,
) -> None:
    """Settle trades, all or none. Signed by a trading institution that every seller authorised.

    FILE is CSV with the columns from,to,class,quantity,trade: the last is the exchange's reference,
    which is settled once. A column negotiated says yes or no: whether the parties agreed off the
    book.

    \b
    Example:
      tonnelink settle CN trades.csv --as exchange
    """
    code = parse_code(registry)
    rows = _trades(file)
    desk = node.ledger.desk(code, "holders")
    legs = [_leg(node, code, row, desk.w3.to_checksum_address) for row in rows]
    signed = (signed_by, key_file)
    holder = holder_of(node, code, institution, signed, by_request=by_request)
    step = desk.functions.settle(holder.checksum, legs)
    act(node, holder, step, f"Settled {len(legs)} trades at {code}", as_json=as_json)


def _trades(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            reader = csv.DictReader(opened, strict=True)
            rows = list(reader)
            names = reader.fieldnames
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{file} is not CSV in UTF-8: {error}.", "Correct it.") from error
    except OSError as error:
        raise unreadable(file, error) from error
    known = names in (_COLUMNS, [*_COLUMNS, "negotiated"])
    if not known or any(None in row or None in row.values() for row in rows):
        raise InvalidInput(
            f"{file} does not have the columns of trades.",
            f"They are {','.join(_COLUMNS)}, and negotiated where it is said.",
        )
    return rows


def _leg(node: Node, code: str, row: dict[str, str], checksum: Any) -> tuple[Any, ...]:
    return (
        checksum(node.address(code, row["from"])),
        checksum(node.address(code, row["to"])),
        token_id(parse_symbol(row["class"])),
        parse_quantity(row["quantity"]),
        word_of(row["trade"]),
        _negotiated(row.get("negotiated", "no")),
    )


def _negotiated(text: str) -> bool:
    if text not in _NEGOTIATED:
        raise InvalidInput(f"'{text}' does not say whether it was negotiated.", "Say yes or no.")
    return _NEGOTIATED[text]
