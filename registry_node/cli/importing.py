"""`tonnelink import`: files of accounts and allocations, checked whole, then sent row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from registry_node.cli.context import Node, json_option, pass_node, signer_options
from registry_node.cli.importing_report import counted, tell_check, tell_sent
from registry_node.cli.signing import signer, word_of
from registry_node.domain.errors import Refused
from registry_node.domain.files import check_new
from registry_node.domain.references import token_id
from registry_node.interchange import accounts_file, allocations_file
from registry_node.interchange.accounts_file import AccountRow
from registry_node.interchange.allocations_file import AllocationRow
from registry_node.interchange.journal import Journal, open_journal, read_journal
from registry_node.interchange.sheet import Faults, Line, read_sheet
from registry_node.queries.snapshot import Json, Snapshot

if TYPE_CHECKING:
    from registry_node.cli.ledger import Done


class Row(Protocol):
    """One step of a file."""

    @property
    def line(self) -> int: ...
    @property
    def registry(self) -> str: ...
    @property
    def key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its columns, how it is checked, and what of the ledger a row becomes."""

    word: str
    columns: Sequence[str]
    check: Callable[[Snapshot, Sequence[Line], Faults, Container[str]], Sequence[Any]]
    step: Callable[[Node, Any], Any]
    totals: Callable[[Sequence[Any]], dict[str, int]]
    past: str


def _open(node: Node, row: AccountRow) -> Any:
    contract = node.ledger.registry(row.registry)
    holder = contract.w3.to_checksum_address(row.address)
    return contract.functions.openAccount(holder, int(row.kind), word_of(row.file_hash))


def allocation_step(node: Node, row: AllocationRow) -> Any:
    """The step that a proposal of the row is about."""
    desk = node.ledger.desk(row.registry, "issuance")
    parties = (desk.w3.to_checksum_address(one) for one in (row.sender, row.receiver))
    return desk.functions.allocate(token_id(row.symbol), *parties, row.quantity, row.year, [])


def _propose(node: Node, row: AllocationRow) -> Any:
    return node.ledger.proposal_of(row.registry, allocation_step(node, row))


def _accounts_by_registry(rows: Sequence[AccountRow]) -> dict[str, int]:
    return dict(Counter(row.registry for row in rows))


def _tonnes_by_class(rows: Sequence[AllocationRow]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for row in rows:
        totals[f"{row.registry}:{row.symbol}"] += row.quantity
    return dict(totals)


_ACCOUNTS = Kind(
    "accounts",
    accounts_file.COLUMNS,
    accounts_file.check_accounts,
    _open,
    _accounts_by_registry,
    "Opened",
)
_ALLOCATIONS = Kind(
    "allocations",
    allocations_file.COLUMNS,
    allocations_file.check_allocations,
    _propose,
    _tonnes_by_class,
    "Proposed",
)


@click.group("import")
def import_group() -> None:
    """Open accounts, and propose, approve and execute allocations from a file.

    Every bad row is told by its line before anything is sent.

    \b
    Example:
      tonnelink import allocations plan.csv --dry-run
      tonnelink import allocations plan.csv --as kr-allocator
      tonnelink import approve plan.csv --as kr-allocator-2
      tonnelink import execute plan.csv --as kr-allocator
    """


def _command(kind: Kind, what: str, columns: str, role: str) -> None:
    example = (
        f"\b\nExample:\n  tonnelink import {kind.word} FILE.csv --dry-run\n"
        f"  tonnelink import {kind.word} FILE.csv --as {role}"
    )
    about = (
        f"{what}\n\nFILE is CSV in UTF-8 with the columns {columns}. It is checked whole before"
        " anything is sent; the first refusal stops it. FILE.csv.journal keeps what was sent: run"
        f" it again, and it goes on.\n\n{example}"
    )

    @import_group.command(kind.word, help=about, short_help=what)
    @click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
    @click.option("--dry-run", is_flag=True, help="Check the file and send nothing.")
    @click.option(
        "--journal", type=click.Path(path_type=Path), help="Another place for FILE.journal."
    )
    @signer_options
    @json_option
    @pass_node
    def command(
        node: Node,
        *,
        file: Path,
        dry_run: bool,
        journal: Path | None,
        signed_by: str | None,
        key_file: Path | None,
        as_json: bool,
    ) -> int:
        faults = Faults()
        lines = read_sheet(file, kind.columns, faults)
        place = journal or file.with_name(file.name + ".journal")
        check_new(place, force=True)  # a journal that is there is gone on with
        header = _header(node, kind)
        if dry_run:
            known = read_journal(place, header)
            rows, report = _check(node, kind, lines, faults, known)
            return tell_check(file, report, as_json=as_json)
        key = signer(node, signed_by, key_file)
        with open_journal(place, header) as known:
            settled = _settle(node, kind, lines, known)
            rows, report = _check(node, kind, lines, faults, known)
            if faults.found:
                return tell_check(file, report, as_json=as_json)
            left = [row for row in rows if row.key not in known.done]
            sent = list(_send(node, kind, left, known, key, shown=not as_json))
            tell_sent(kind.past, file, [*settled, *sent], report, as_json=as_json)
        return 0


def _header(node: Node, kind: Kind) -> Json:
    known = node.deployment
    return {
        "journal": kind.word,
        "chain_id": known.chain_id,
        "genesis_hash": f"0x{known.genesis_hash.hex()}",
        "gateway": f"0x{known.gateway.address.hex()}",
    }


def _check(
    node: Node, kind: Kind, lines: Sequence[Line], faults: Faults, journal: Journal
) -> tuple[Sequence[Row], Json]:
    known = {*journal.signed, *journal.done}
    with node.reading() as snapshot:
        rows = kind.check(snapshot, lines, faults, known)
        as_of = snapshot.as_of.to_json()
    done = [row for row in rows if row.key in known]
    return rows, {
        "rows": len(lines),
        "sent_already": len(done),
        "to_send": len(rows) - len(done),
        "totals": {name: str(total) for name, total in kind.totals(rows).items()},
        "faults": [f.to_json() for f in sorted(faults.found, key=lambda f: f.line)],
        "as_of": as_of,
    }


def _settle(node: Node, kind: Kind, lines: Sequence[Line], journal: Journal) -> list[Json]:
    """Finds out what became of rows that were signed when an earlier run ended."""
    if not journal.pending:
        return []
    from registry_node.cli.ledger import Signed  # heavy

    with node.reading() as snapshot:
        rows = kind.check(snapshot, lines, Faults(), journal.pending)
    by_key = {row.key: row for row in rows}
    found = []
    for key, entry in journal.pending.items():
        row = by_key.get(key)
        if row is None:
            raise Refused(
                f"A row that may have been sent ({entry['transaction_hash']}) is no longer there.",
                "Put it back and run it again: only then is it known what became of it.",
            )
        signed = Signed(**entry)
        with _line(row, journal):
            done = node.ledger.include_again(signed, kind.step(node, row))
        if done is None:
            journal.forget(key)
        else:
            found.append(_keep(journal, row, done))
    return found


def _send(
    node: Node, kind: Kind, rows: Sequence[Row], journal: Journal, key: Any, *, shown: bool
) -> Iterator[Json]:
    for row in counted(rows, shown=shown):
        with _line(row, journal):
            step = kind.step(node, row)
            signed = node.ledger.sign(step, key)
            entry = {
                "transaction_hash": signed.transaction_hash,
                "raw": signed.raw,
                "sender": signed.sender,
                "nonce": signed.nonce,
            }
            journal.sign(row.key, row.line, entry)
            done = node.ledger.include(signed, step)
        yield _keep(journal, row, done)


def _keep(journal: Journal, row: Row, done: Done) -> Json:
    entry: Json = {
        "line": row.line,
        "registry": row.registry,
        "transaction_hash": done.transaction_hash,
        "block_number": done.block_number,
        **({} if done.proposal is None else {"proposal": done.proposal}),
    }
    journal.finish(row.key, entry)
    return entry


@contextmanager
def _line(row: Row, journal: Journal) -> Iterator[None]:
    """Says of a refusal at which line of the file it was."""
    try:
        yield
    except Refused as error:
        error.message = f"Line {row.line}: {error.message}"
        error.args = (error.message,)
        sent = "Rows before it are" if journal.done else "No row is"
        error.hint = f"{error.hint} {sent} sent; run it again to go on from here.".strip()
        raise


_command(
    _ACCOUNTS,
    "Open the accounts of a file. Role: account administrator.",
    "registry,address,kind,file_hash",
    "kr-account-administrator",
)
_command(
    _ALLOCATIONS,
    "Propose the allocations of a file; another person approves.",
    "registry,class,from,to,quantity,year",
    "kr-allocator",
)
