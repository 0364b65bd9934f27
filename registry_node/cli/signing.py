"""What writing commands share: who signs, who proposes, and what is printed afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from registry_node.cli import output
from registry_node.cli.context import Node, signer_options
from registry_node.cli.hashes import NOTHING, document_of
from registry_node.cli.wording import role_name
from registry_node.domain.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from registry_node.cli.receipts import Done

Command = TypeVar("Command", bound=Callable[..., Any])


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


def report(node: Node, verb: str, done: Done, *, as_json: bool) -> None:
    """Prints what a transaction did."""
    if as_json:
        output.print_json(done.to_json())
        return
    click.echo(f"{verb}.")
    numbers = {word: done.number(word) for word in ("lien", "allocation", "lot")}
    output.fields(
        {
            **{word: str(number) for word, number in numbers.items() if number is not None},
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


# ---- what a holder does ---------------------------------------------------------------------


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
    number = done.number("request")
    name = f"request {number} of {holder.registry}"
    click.echo(f"Requested for {node.name_of(holder.account)}: this is {name}; nothing moved yet.")
    output.fields({"transaction": done.transaction_hash, "ledger block": f"{done.block_number:,}"})
    click.echo(f"See what comes next: 'tonnelink request show {holder.registry} {number}'.")


# ---- what two people decide -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposer:
    """Who proposes, and the hash of the document that goes with it."""

    signed_by: str | None
    key_file: Path | None
    document: bytes

    def key(self, node: Node) -> LocalAccount:
        return signer(node, self.signed_by, self.key_file)

    def check_alone(self) -> None:
        """Raises `InvalidInput` where one person acts at once, and nothing keeps a document."""
        if self.document != NOTHING:
            raise InvalidInput(
                "Nothing is proposed here: one person does it at once.", "Leave --document out."
            )


def document_option(command: Command) -> Command:
    """Adds --document."""
    decorated: Command = click.option(
        "--document",
        metavar="FILE|HASH",
        help="What the proposal is about, such as a report; the ledger keeps its hash.",
    )(command)
    return decorated


def proposer_options(command: Command) -> Command:
    """Adds --as, --key-file and --document, as `proposer`."""

    @signer_options
    @document_option
    @wraps(command)
    def bundled(
        *args: Any,
        signed_by: str | None,
        key_file: Path | None,
        document: str | None,
        **named: Any,
    ) -> Any:
        proposer = Proposer(signed_by, key_file, document_of(document))
        return command(*args, proposer=proposer, **named)

    return bundled  # type: ignore[return-value]


def propose(
    node: Node, code: str, step: Any, what: str, proposer: Proposer, *, as_json: bool
) -> None:
    """Proposes a step; prints that it is, and who approves it."""
    done = node.ledger.propose(code, step, proposer.key(node), proposer.document)
    number = done.number("proposal")
    approver = approver_of(node, code, number) if number is not None else "another person"
    if as_json:
        output.print_json({**done.to_json(), "approver_role": approver})
        return
    click.echo(f"Proposed: {what}. This is proposal {number} of {code}; nothing moved yet.")
    kept = {} if proposer.document == NOTHING else {"document": f"0x{proposer.document.hex()}"}
    output.fields(
        {"transaction": done.transaction_hash, "ledger block": f"{done.block_number:,}", **kept}
    )
    click.echo(
        f"Another person with the role '{approver}' approves it:"
        f" 'tonnelink proposal approve {code} {number} --as NAME'."
    )


def approver_of(node: Node, code: str, number: int) -> str:
    """The role of whoever approves a proposal, by name."""
    desk = node.ledger.desk(code, "proposals")
    proposal = node.ledger.ask_named(desk.functions.proposalOf(number))
    question = desk.functions.stepOf(proposal["target"], proposal["selector"])
    return role_name(node.ledger.ask_named(question)["approverRole"], proposal["province"])


def _party(node: Node, move: dict[str, str], side: str) -> str:
    if not int(move[side], 16):
        return "-"
    return node.name_anywhere(move[side]).split(" (")[0].removeprefix("the ")
