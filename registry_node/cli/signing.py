"""What writing commands share: which units, who signs, and what is printed afterwards."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from registry_node.cli import output
from registry_node.cli.blocks import name_blocks
from registry_node.cli.context import Node, parse_class
from registry_node.domain.errors import InvalidInput, Refused, Unavailable
from registry_node.domain.references import UnitReference, parse_quantity, token_id
from registry_node.domain.words import AccountStatus
from registry_node.queries.settings import ROLES

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from registry_node.cli.ledger import Done

Command = TypeVar("Command", bound=Callable[..., Any])

_WORD = 32
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Units:
    """What a command moves: a quantity of a class, or exactly these serials."""

    registry: str
    symbol: str
    quantity: int
    references: tuple[UnitReference, ...] = ()

    @property
    def class_id(self) -> int:
        return token_id(self.symbol)

    def refs(self, node: Node, holder: str) -> list[tuple[int, int, int, int]]:
        """The serials as the ledger wants them named; none: it takes them from the head."""
        if not self.references:
            return []
        held = node.held_blocks(self.registry, self.symbol, holder)
        named = name_blocks(held, self.references, node.name_of(holder))
        return [ref.to_tuple() for ref in named]


def units_options(command: Command) -> Command:
    """Adds --class, --quantity and --units."""
    command = click.option(
        "--units", multiple=True, metavar="REF", help="Serials, e.g. CN:CEA-2021:1-100."
    )(command)
    command = click.option("--quantity", metavar="TONNES", help="How many units of --class.")(
        command
    )
    return click.option("--class", "class_", metavar="REGISTRY:CLASS", help="E.g. CN:CEA-2021.")(
        command
    )


def chosen(node: Node, class_: str | None, quantity: str | None, units: tuple[str, ...]) -> Units:
    """What --class, --quantity and --units mean together.

    Raises `InvalidInput` when they contradict each other, `NotFound` for what does not exist.
    """
    if units:
        references = tuple(UnitReference.parse(text) for text in units)
        classes = {(reference.registry, reference.symbol) for reference in references}
        if class_ is not None:
            classes.add(parse_class(class_))
        if len(classes) != 1:
            raise InvalidInput(
                "One command moves units of one class.", "Name serials of one class only."
            )
        node.check_issued(references)
        total = sum(reference.count for reference in references)
        if quantity is not None and parse_quantity(quantity) != total:
            raise InvalidInput(
                f"--units names {total:,} t, but --quantity is {quantity}.", "Give one of them."
            )
        return Units(references[0].registry, references[0].symbol, total, references)
    if class_ is None or quantity is None:
        raise InvalidInput(
            "It is not said which units.",
            "Give --class CN:CEA-2021 and --quantity, or --units CN:CEA-2021:1-100.",
        )
    registry, symbol = parse_class(class_)
    tonnes = parse_quantity(quantity)
    node.check_class(registry, symbol)
    return Units(registry, symbol, tonnes)


def signer(node: Node, signed_by: str | None, key_file: Path | None) -> LocalAccount:
    """Opens the key that a step is signed with."""
    from registry_node.cli.keystore import load_signer  # heavy

    return load_signer(node.settings.keys_path, signed_by, key_file, _password(node))


def _password(node: Node) -> str:
    path = node.settings.password_path
    if path.is_file():
        try:
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(f"{path} cannot be read: {error}.", "Check it.") from error
    if sys.stdin.isatty():
        return str(click.prompt("Password of the key", hide_input=True, err=True))
    raise InvalidInput(
        f"There is no password file {path}.",
        "Name one with TONNELINK_KEY_PASSWORD_FILE, or run the command in a terminal.",
    )


def check_transfer(node: Node, units: Units, sender: str, receiver: str) -> None:
    """Asks the holder desk whether a transfer would be refused. Raises `Refused` with its reason.

    For transfers by the holder itself: what a programme's desks move, other rules decide.
    """
    desk = node.ledger.desk(units.registry, "holders")
    checksum = desk.w3.to_checksum_address
    code, reason = node.ledger.ask(
        desk.functions.restrictionOf(
            checksum(sender), checksum(receiver), units.class_id, units.quantity
        )
    )
    if not code:
        return
    registry = node.ledger.registry(units.registry)
    held = node.ledger.ask(registry.functions.balanceOf(checksum(sender), units.class_id))
    encumbered = node.ledger.ask(registry.functions.encumberedOf(checksum(sender), units.class_id))
    aside = f", {encumbered:,} t of them set aside" if encumbered else ""
    statuses = [
        f"{node.name_of(party)} is {_status(node.ledger.ask(registry.functions.accountOf(party)))}"
        for party in (checksum(sender), checksum(receiver))
    ]
    raise Refused(
        f"{units.quantity:,} t of {units.registry}:{units.symbol} cannot go from"
        f" {node.name_of(sender)} to {node.name_of(receiver)}:"
        f" {reason}.",
        f"{node.name_of(sender)} holds {held:,} t{aside}; {', '.join(statuses)}."
        " Nothing has changed.",
    )


def _status(account: Any) -> str:
    """The status in the ledger's account struct, as a word."""
    status = AccountStatus(account[1])
    return "not an account there" if status is AccountStatus.NONE else status.name


def word_of(text: str) -> bytes:
    """A memo, evidence or file hash in 32 bytes: 0x hexadecimal, short ASCII text, or a hash."""
    if text.startswith("0x"):
        if not _HASH.fullmatch(text):
            raise InvalidInput(
                f"'{text}' is not a hash.", "Hashes are 0x and 64 hexadecimal digits."
            )
        return bytes.fromhex(text[2:])
    if text.isascii() and len(text) <= _WORD:
        return text.encode("ascii").ljust(_WORD, b"\0")
    from eth_hash.auto import keccak  # heavy

    return keccak(text.encode())


def report(node: Node, verb: str, done: Done, *, as_json: bool) -> None:
    """Prints what a transaction did."""
    if as_json:
        output.print_json(done.to_json())
        return
    click.echo(f"{verb}.")
    output.fields(
        {
            "transaction": done.transaction_hash,
            "ledger block": f"{done.block_number:,}",
            "gas": f"{done.gas_used:,}",
        }
    )
    if done.moved:
        rows = [
            (
                move["units"],
                output.tonnes(move["quantity"]),
                move["transaction_type"],
                _party(node, move, "from"),
                _party(node, move, "to"),
                move["state"],
            )
            for move in done.moved
        ]
        columns = ("units", "t", "type", "from", "to", "state")
        output.table(columns, rows, right=("t",))


@dataclass(frozen=True, slots=True)
class Holder:
    """For whom something is done, and who signs it."""

    registry: str
    account: str  # address
    key: LocalAccount
    by_request: bool  # at the holder desk, instead of at once

    @property
    def checksum(self) -> str:
        """The address as web3 wants it."""
        from eth_utils.address import to_checksum_address  # heavy

        return to_checksum_address(self.account)


def holder_of(
    node: Node,
    registry: str,
    account: str | None,
    signed: tuple[str | None, Path | None],
    *,
    by_request: bool,
) -> Holder:
    """The account that is named, else the signer's own."""
    key = signer(node, *signed)
    address = node.address(registry, account) if account else key.address.lower()
    return Holder(registry, address, key, by_request)


def act(node: Node, holder: Holder, step: Any, verb: str, *, as_json: bool) -> None:
    """Does a step for a holder, or requests it; prints which."""
    if not holder.by_request:
        report(node, verb, node.ledger.send(step, holder.key), as_json=as_json)
        return
    done = node.ledger.request(holder.registry, holder.account, step, holder.key)
    if as_json:
        output.print_json(done.to_json())
        return
    name = f"request {done.request} of {holder.registry}"
    click.echo(f"Requested for {node.name_of(holder.account)}: this is {name}; nothing moved yet.")
    output.fields({"transaction": done.transaction_hash, "ledger block": f"{done.block_number:,}"})
    click.echo(f"See what comes next: 'tonnelink request show {holder.registry} {done.request}'.")


def proposed(node: Node, code: str, what: str, done: Done, *, as_json: bool) -> None:
    """Prints a proposal that was made, and what comes next."""
    if as_json:
        output.print_json(done.to_json())
        return
    click.echo(f"Proposed: {what}. This is proposal {done.proposal} of {code}; nothing moved yet.")
    output.fields({"transaction": done.transaction_hash, "ledger block": f"{done.block_number:,}"})
    if done.proposal is None:
        return
    desk = node.ledger.desk(code, "proposals")
    proposal = node.ledger.ask(desk.functions.proposalOf(done.proposal))
    target, data = proposal[0], proposal[6]
    step = node.ledger.ask(desk.functions.stepOf(target, data[:4]))
    click.echo(
        f"Another person with the role {role_name(step[1])} approves it:"
        f" 'tonnelink proposal approve {code} {done.proposal} --as NAME'."
    )


def role_name(number: int) -> str:
    """What a role of `Roles.sol` is called."""
    return ROLES.get(number, str(number))


def _party(node: Node, move: dict[str, str], side: str) -> str:
    if not int(move[side], 16):
        return "-"
    return node.name_anywhere(move[side]).split(" (")[0].removeprefix("the ")
