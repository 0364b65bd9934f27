"""Commands by which a programme opens accounts, changes them and closes them."""

from __future__ import annotations

from pathlib import Path

import click

from registry_node.cli.accounts import account
from registry_node.cli.context import Node, json_option, pass_node, signer_options
from registry_node.cli.hashes import memo_of, word_of
from registry_node.cli.signing import Proposer, propose, proposer_options, report, signer
from registry_node.cli.wording import province_name
from registry_node.domain.errors import InvalidInput
from registry_node.domain.references import parse_address, parse_code, token_id
from registry_node.domain.words import AccountKind, AccountStatus
from registry_node.interchange.accounts_file import OPENED_ALONE

_COMPLIANCE_OFFICER = 4  # as in Roles.sol
_KINDS = [kind.name.lower().replace("_", "-") for kind in AccountKind]
_STATUSES = [s.name.lower().replace("_", "-") for s in AccountStatus if s is not AccountStatus.NONE]


province_option = click.option(
    "--province",
    type=click.IntRange(0, 2**16 - 1),
    default=0,
    metavar="NUMBER",
    help="The province that administers it, by the programme's own numbers.",
)


def _number(words: list[str], word: str) -> int:
    """The ledger numbers its words from 1, in this order."""
    return words.index(word) + 1


@account.command("open")
@click.argument("registry", metavar="REGISTRY")
@click.argument("address", metavar="[ADDRESS]", required=False)
@click.option("--kind", type=click.Choice(_KINDS), default="operator", show_default=True)
@click.option(
    "--file-hash",
    help="Hash of the account's off-chain file. Short text is stored as it is, for ever.",
)
@click.option("--purpose", help="Open a keyless pool for this purpose instead.")
@province_option
@proposer_options
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
    province: int,
    proposer: Proposer,
    as_json: bool,
) -> None:
    """Open an account for whoever has the key of ADDRESS. Role: account administrator.

    Operators, participants and pools are opened at once. Other kinds bring powers with them: they
    are proposed, and another person approves.

    \b
    Example:
      tonnelink account open KR 0x70997970c51812dc3a010c7d01b50e0d17dc79c8 \\
          --file-hash 0x5f16...e2 --as kr-account-administrator
      tonnelink account open KR --purpose new-entrants --as kr-account-administrator
    """
    code = parse_code(registry)
    contract = node.ledger.registry(code)
    if purpose is not None:
        if address or file_hash or not purpose:
            raise InvalidInput("A pool has a purpose and nothing else.", "Leave ADDRESS out.")
        step = contract.functions.openSystemAccount(memo_of(purpose), province)
    elif address is None or file_hash is None:
        raise InvalidInput("ADDRESS or --file-hash is missing.", "Give both, or --purpose.")
    else:
        holder = contract.w3.to_checksum_address(parse_address(address))
        number = _number(_KINDS, kind)
        file = (holder, number, word_of(file_hash), province)
        if AccountKind(number) not in OPENED_ALONE:
            step = contract.functions.openOfficialAccount(*file)
            propose(node, code, step, f"{address} is opened as {kind}", proposer, as_json=as_json)
            return
        step = contract.functions.openAccount(*file)
    proposer.check_alone()
    done = node.ledger.send(step, proposer.key(node))
    report(node, f"Opened {address or purpose} at {registry}", done, as_json=as_json)


@account.command()
@click.argument("registry", metavar="REGISTRY")
@click.argument("holder", metavar="ACCOUNT")
@click.argument("status", type=click.Choice(_STATUSES))
@proposer_options
@json_option
@pass_node
def status(
    node: Node, *, registry: str, holder: str, status: str, proposer: Proposer, as_json: bool
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
    key = proposer.key(node)
    wanted = AccountStatus(_number(_STATUSES, status))
    present = AccountStatus(node.ledger.account(code, address)["status"])
    officer = node.ledger.has_role(code, _COMPLIANCE_OFFICER, key.address)
    if officer and wanted.is_stricter(present):
        proposer.check_alone()
        done = node.ledger.send(contract.functions.restrictAccount(address, wanted), key)
        report(node, f"{holder} is now {status}", done, as_json=as_json)
    else:
        step = contract.functions.setAccountStatus(address, wanted)
        propose(node, code, step, f"{holder} becomes {status}", proposer, as_json=as_json)


@account.command()
@click.argument("registry", metavar="REGISTRY")
@click.argument("holder", metavar="ACCOUNT")
@click.argument("number", type=click.IntRange(0, 2**16 - 1))
@proposer_options
@json_option
@pass_node
def province(
    node: Node, *, registry: str, holder: str, number: int, proposer: Proposer, as_json: bool
) -> None:
    """Propose that the province NUMBER administers an account from now on; 0: none.

    \b
    Example:
      tonnelink account province CN cn-power-south 44 --as cn-account-administrator
    """
    code = parse_code(registry)
    contract = node.ledger.registry(code)
    address = contract.w3.to_checksum_address(node.address(code, holder))
    step = contract.functions.setAccountProvince(address, number)
    says = f"{province_name(number)} administers {holder}"
    propose(node, code, step, says, proposer, as_json=as_json)


@account.command("close-out")
@click.argument("registry", metavar="REGISTRY")
@click.argument("holder", metavar="ACCOUNT")
@click.option("--to", required=True, metavar="ACCOUNT", help="An account of the programme.")
@proposer_options
@json_option
@pass_node
def close_out(
    node: Node, *, registry: str, holder: str, to: str, proposer: Proposer, as_json: bool
) -> None:
    """Propose where the units of an account go that is about to close.

    Its status is closure-pending. Once it is decided, anybody moves them: 'account move-out'.

    \b
    Example:
      tonnelink account close-out CN cn-power-south --to allocation --as cn-account-administrator
    """
    code = parse_code(registry)
    desk = node.ledger.desk(code, "issuance")
    parties = (desk.w3.to_checksum_address(node.address(code, one)) for one in (holder, to))
    step = desk.functions.closeOut(*parties)
    propose(node, code, step, f"the units of {holder} go to {to}", proposer, as_json=as_json)


@account.command("move-out")
@click.argument("registry", metavar="REGISTRY")
@click.argument("holder", metavar="ACCOUNT")
@click.option("--class", "symbol", required=True, metavar="CLASS", help="Of this unit class.")
@signer_options
@json_option
@pass_node
def move_out(
    node: Node,
    *,
    registry: str,
    holder: str,
    symbol: str,
    signed_by: str | None,
    key_file: Path | None,
    as_json: bool,
) -> None:
    """Move units out of an account that is about to close, as 'account close-out' decided.

    One transaction moves 256 blocks at most: run it again for the rest.

    \b
    Example:
      tonnelink account move-out CN cn-power-south --class CEA-2021 --as cn-allocator
    """
    code = parse_code(registry)
    node.check_class(code, symbol)
    desk = node.ledger.desk(code, "issuance")
    address = desk.w3.to_checksum_address(node.address(code, holder))
    step = desk.functions.moveOnClosure(address, token_id(symbol))
    done = node.ledger.send(step, signer(node, signed_by, key_file))
    said = f"Moved {done.quantity:,} t of {symbol} out of {holder}"
    report(node, said, done, as_json=as_json)


__all__ = ["account"]
