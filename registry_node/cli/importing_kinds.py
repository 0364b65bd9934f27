"""The kinds of files that can be imported: how each is checked, and what it becomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from eth_utils.address import to_checksum_address

from registry_node.cli.context import Node
from registry_node.cli.hashes import word_of
from registry_node.domain.references import token_id
from registry_node.interchange import accounts_file, allocations_file, entitlements_file
from registry_node.interchange.accounts_file import AccountRow
from registry_node.interchange.allocations_file import AllocationRow
from registry_node.interchange.entitlements_file import EntitlementRow
from registry_node.interchange.sheet import Faults
from registry_node.interchange.sheet import Line as SheetLine
from registry_node.interchange.table import Entitlement, Line
from registry_node.queries.snapshot import Json, Snapshot


class Row(Protocol):
    """One row of a file."""

    @property
    def line(self) -> int: ...
    @property
    def registry(self) -> str: ...
    @property
    def key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file."""

    word: str
    columns: Sequence[str]
    more: Sequence[str]
    check: Callable[[Node, Snapshot, Sequence[SheetLine], Faults, Collection[str]], Sequence[Any]]
    parts: Callable[[Sequence[Any]], Sequence[Sequence[Any]]]
    """The rows of each transaction."""
    step: Callable[[Node, Sequence[Any]], Any]
    """What the rows of one transaction do."""
    proposed: bool
    """Whether two people decide it, so that the step is proposed."""
    totals: Callable[[Sequence[Any]], dict[str, int]]
    past: str


# ---- accounts -------------------------------------------------------------------------------


def _check_accounts(
    _: Node,
    snapshot: Snapshot,
    lines: Sequence[SheetLine],
    faults: Faults,
    known: Collection[str],
) -> Sequence[AccountRow]:
    return accounts_file.check_accounts(snapshot, lines, faults, known)


def _one_by_one(rows: Sequence[AccountRow]) -> Sequence[Sequence[AccountRow]]:
    return [[row] for row in rows]


def _open(node: Node, rows: Sequence[AccountRow]) -> Any:
    (row,) = rows
    contract = node.ledger.registry(row.registry)
    holder = contract.w3.to_checksum_address(row.address)
    file_hash = word_of(row.file_hash)
    return contract.functions.openAccount(holder, int(row.kind), file_hash, row.province)


def _accounts_by_registry(rows: Sequence[AccountRow]) -> dict[str, int]:
    return dict(Counter(row.registry for row in rows))


# ---- entitlements ---------------------------------------------------------------------------


def _check_entitlements(
    node: Node,
    snapshot: Snapshot,
    lines: Sequence[SheetLine],
    faults: Faults,
    known: Collection[str],
) -> Sequence[EntitlementRow]:
    return entitlements_file.check_entitlements(
        snapshot, lines, faults, known, lambda asked: _table(node, asked), lambda a: _held(node, a)
    )


def _entitle(node: Node, rows: Sequence[EntitlementRow]) -> Any:
    desk = node.ledger.desk(rows[0].registry, "issuance")
    changes = [(to_checksum_address(account), *said) for account, *said in (r.change for r in rows)]
    return desk.functions.entitle(rows[0].province, changes)


def _entitled_by_class(rows: Sequence[EntitlementRow]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for row in rows:
        totals[f"{row.registry}:{row.table_line.symbol}"] += row.after - row.before
    return dict(totals)


# ---- allocations ----------------------------------------------------------------------------


def _check_allocations(
    node: Node,
    snapshot: Snapshot,
    lines: Sequence[SheetLine],
    faults: Faults,
    known: Collection[str],
) -> Sequence[AllocationRow]:
    return allocations_file.check_allocations(
        snapshot, lines, faults, known, lambda asked: _table(node, asked)
    )


def _allocate(node: Node, rows: Sequence[AllocationRow]) -> Any:
    first = rows[0]
    desk = node.ledger.desk(first.registry, "issuance")
    grants = [(to_checksum_address(r.receiver), r.year, r.kind, r.quantity) for r in rows]
    sender = to_checksum_address(first.sender)
    return desk.functions.allocateAll(token_id(first.symbol), sender, grants)


def _allocated_by_class(rows: Sequence[AllocationRow]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for row in rows:
        totals[f"{row.registry}:{row.symbol}"] += row.quantity
    return dict(totals)


# ---- what the ledger is asked -----------------------------------------------------------------


def _table(node: Node, lines: Sequence[Line]) -> Mapping[Line, Entitlement]:
    wanted = list(dict.fromkeys(lines))
    questions = [
        node.ledger.desk(line.registry, "issuance").functions.entitlementOf(
            to_checksum_address(line.account), line.year, token_id(line.symbol), line.kind
        )
        for line in wanted
    ]
    answers = node.ledger.ask_all(questions)
    return {line: Entitlement(*answer) for line, answer in zip(wanted, answers, strict=True)}


def _held(node: Node, accounts: Sequence[tuple[str, bytes]]) -> Mapping[tuple[str, bytes], Json]:
    wanted = list(dict.fromkeys(accounts))
    questions = [
        node.ledger.registry(code).functions.accountOf(to_checksum_address(address))
        for code, address in wanted
    ]
    return dict(zip(wanted, node.ledger.ask_all_named(questions), strict=True))


ACCOUNTS = Kind(
    "accounts",
    accounts_file.COLUMNS,
    accounts_file.MORE,
    _check_accounts,
    _one_by_one,
    _open,
    proposed=False,
    totals=_accounts_by_registry,
    past="Opened",
)
ENTITLEMENTS = Kind(
    "entitlements",
    entitlements_file.COLUMNS,
    (),
    _check_entitlements,
    entitlements_file.in_parts,
    _entitle,
    proposed=True,
    totals=_entitled_by_class,
    past="Proposed",
)
ALLOCATIONS = Kind(
    "allocations",
    allocations_file.COLUMNS,
    allocations_file.MORE,
    _check_allocations,
    allocations_file.in_parts,
    _allocate,
    proposed=False,
    totals=_allocated_by_class,
    past="Allocated",
)
