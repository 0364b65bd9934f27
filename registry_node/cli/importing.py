"""`tonnelink import`: files of accounts, entitlements and allocations, checked whole, then sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from registry_node.cli.context import Node, json_option, pass_node, signer_options
from registry_node.cli.hashes import NOTHING, document_of
from registry_node.cli.importing_kinds import ACCOUNTS, ALLOCATIONS, ENTITLEMENTS, Kind, Row
from registry_node.cli.importing_report import counted, tell_check, tell_sent
from registry_node.cli.signing import document_option, signer
from registry_node.domain.errors import Refused
from registry_node.domain.files import check_new
from registry_node.interchange.journal import Journal, Keys, open_journal, read_journal
from registry_node.interchange.sheet import Faults, Line, read_sheet
from registry_node.queries.snapshot import Json

if TYPE_CHECKING:
    from registry_node.cli.receipts import Done


Command = TypeVar("Command", bound=Callable[..., Any])


@click.group("import")
def import_group() -> None:
    """Open accounts, decide entitlements and allocate from files.

    Every bad row is told by its line before anything is sent. Entitlements take two people: one
    proposes the rows of a file, another approves the same rows of a copy; then an allocator
    allocates alone.

    \b
    Example:
      tonnelink import entitlements table.csv --dry-run
      tonnelink import entitlements table.csv --as kr-allocator
      tonnelink import approve table.csv --as kr-allocator-2
      tonnelink import execute table.csv --as kr-allocator
      tonnelink import allocations plan.csv --as kr-allocator
    """


def _as_it_is(command: Command) -> Command:
    return command


def _command(kind: Kind, what: str, role: str) -> None:
    example = (
        f"\b\nExample:\n  tonnelink import {kind.word} FILE.csv --dry-run\n"
        f"  tonnelink import {kind.word} FILE.csv --as {role}"
    )
    more = f", and {', '.join(kind.more)} if it is said" if kind.more else ""
    about = (
        f"{what}\n\nFILE is CSV in UTF-8 with the columns {','.join(kind.columns)}{more}. It is"
        " checked whole before anything is sent; the first refusal stops it. FILE.csv.journal keeps"
        f" what was sent: run it again, and it goes on.\n\n{example}"
    )

    @import_group.command(kind.word, help=about, short_help=what)
    @click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
    @click.option("--dry-run", is_flag=True, help="Check the file and send nothing.")
    @click.option(
        "--journal", type=click.Path(path_type=Path), help="Another place for FILE.journal."
    )
    @(document_option if kind.proposed else _as_it_is)
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
        document: str | None = None,
    ) -> int:
        faults = Faults()
        lines = read_sheet(file, kind.columns, faults, kind.more)
        place = journal or file.with_name(file.name + ".journal")
        check_new(place, force=True)  # a journal that is there is gone on with
        header = _header(node, kind)
        if dry_run:
            known = read_journal(place, header)
            rows, report = _check(node, kind, lines, faults, known)
            return tell_check(file, report, as_json=as_json)
        hashed = document_of(document)
        key = signer(node, signed_by, key_file)
        with open_journal(place, header) as known:
            settled = _settle(node, kind, lines, known)
            rows, report = _check(node, kind, lines, faults, known)
            if faults.found:
                return tell_check(file, report, as_json=as_json)
            left = [row for row in rows if row.key not in known.done]
            sending = _Sending(node, kind, known, key, hashed)
            sent = list(sending.send(left, shown=not as_json))
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
    rows, as_of = _rows(node, kind, lines, faults, journal.known)
    done = [row for row in rows if row.key in journal.known]
    return rows, {
        "rows": len(lines),
        "sent_already": len(done),
        "to_send": len(rows) - len(done),
        "totals": {name: str(total) for name, total in kind.totals(rows).items()},
        "faults": [f.to_json() for f in sorted(faults.found, key=lambda f: f.line)],
        "as_of": as_of,
    }


def _rows(
    node: Node, kind: Kind, lines: Sequence[Line], faults: Faults, known: Collection[str]
) -> tuple[Sequence[Row], Json]:
    with node.reading() as snapshot:
        rows = kind.check(node, snapshot, lines, faults, known)
        return rows, snapshot.as_of.to_json()


def _settle(node: Node, kind: Kind, lines: Sequence[Line], journal: Journal) -> list[Json]:
    """Finds out what became of transactions that were signed when an earlier run ended."""
    if not journal.pending:
        return []
    from registry_node.cli.ledger import Signed  # heavy

    rows, _ = _rows(node, kind, lines, Faults(), journal.known)
    by_key = {row.key: row for row in rows}
    found: list[Json] = []
    for keys, entry in journal.pending.items():
        carried = [by_key[key] for key in keys if key in by_key]
        if len(carried) < len(keys):
            raise Refused(
                f"A row that may have been sent ({entry['transaction_hash']}) is no longer there.",
                "Put it back and run it again: only then is it known what became of it.",
            )
        with _told(carried, journal):
            step = kind.step(node, carried)
            done = node.ledger.include_again(Signed(**entry), step)
        if done is None:
            journal.forget(keys)
        else:
            found += _keep(journal, keys, carried, done)
    return found


class _Sending:
    """Sends rows, each transaction written into the journal before it is sent."""

    def __init__(
        self, node: Node, kind: Kind, journal: Journal, key: Any, document: bytes = NOTHING
    ) -> None:
        self._node = node
        self._kind = kind
        self._journal = journal
        self._key = key
        self._document = document

    def send(self, rows: Sequence[Row], *, shown: bool) -> Iterator[Json]:
        parts = self._kind.parts(rows)
        for part in counted(parts, shown=shown):
            keys = tuple(row.key for row in part)
            with _told(part, self._journal):
                step = self._checked(part)
                signed = self._node.ledger.sign(step, self._key)
                entry = {
                    "transaction_hash": signed.transaction_hash,
                    "raw": signed.raw,
                    "sender": signed.sender,
                    "nonce": signed.nonce,
                }
                self._journal.sign(keys, [row.line for row in part], entry)
                done = self._node.ledger.include(signed, step)
            yield from _keep(self._journal, keys, part, done)

    def _checked(self, part: Sequence[Row]) -> Any:
        """The step of some rows. Raises `Refused` that names the one row at fault, if it is one."""
        ledger, code = self._node.ledger, part[0].registry
        step = self._kind.step(self._node, part)
        caller = self._key.address
        if self._kind.proposed:
            caller = ledger.desk(code, "proposals").address
        try:
            ledger.check(step, caller)
        except Refused as error:
            for row in part if len(part) > 1 else ():
                with _told([row], self._journal):
                    ledger.check(self._kind.step(self._node, [row]), caller)
            raise error from error.__cause__
        return ledger.proposal_of(code, step, self._document) if self._kind.proposed else step


def _keep(journal: Journal, keys: Keys, rows: Sequence[Row], done: Done) -> list[Json]:
    """Notes what a transaction did, for each of its rows."""
    allocations = done.made.get("allocation", [])
    numbers = allocations if len(allocations) == len(rows) else [None] * len(rows)
    entries: list[Json] = [
        {
            "line": row.line,
            "registry": row.registry,
            "transaction_hash": done.transaction_hash,
            "block_number": done.block_number,
            **({} if number is None else {"allocation": number}),
            **({} if "proposal" not in done.made else {"proposal": done.number("proposal")}),
        }
        for row, number in zip(rows, numbers, strict=True)
    ]
    journal.finish(keys, entries)
    return entries


@contextmanager
def _told(rows: Sequence[Row], journal: Journal) -> Iterator[None]:
    """Says of a refusal at which line of the file it was."""
    try:
        yield
    except Refused as error:
        if not error.message.startswith("Line"):  # of one row, told already
            first, last = rows[0].line, rows[-1].line
            place = f"Line {first}" if first == last else f"Lines {first} to {last}"
            error.message = f"{place}: {error.message}"
            error.args = (error.message,)
            count = len(journal.done)
            sent = f"{count:,} rows are sent" if count else "No row is sent"
            error.hint = f"{error.hint} {sent}; run it again to go on from here.".strip()
        raise


_command(
    ACCOUNTS,
    "Open the accounts of a file. Role: account administrator.",
    "kr-account-administrator",
)
_command(
    ENTITLEMENTS,
    "Propose the entitlements of a file; another person approves.",
    "kr-allocator",
)
_command(
    ALLOCATIONS,
    "Allocate what a file says, within entitlements. Role: allocator, alone.",
    "kr-allocator",
)
