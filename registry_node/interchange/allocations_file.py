"""A file of allocations, and everything that is known beforehand to be wrong with it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from registry_node.domain.references import parse_quantity
from registry_node.interchange import names
from registry_node.interchange.allocation_rules import Books
from registry_node.interchange.journal import row_key
from registry_node.interchange.names import Names
from registry_node.interchange.sheet import Faults
from registry_node.interchange.sheet import Line as SheetLine
from registry_node.interchange.table import Line, Table
from registry_node.queries.snapshot import Snapshot, hexed

COLUMNS = ("registry", "class", "from", "to", "quantity", "year")
MORE = ("kind",)
"""Columns that a file may have."""

MOST_GRANTS = 64
"""Rows of one transaction."""


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """One allocation: units of the programme for an operator."""

    line: int
    registry: str
    symbol: str
    sender: bytes
    receiver: bytes
    quantity: int
    year: int
    kind: int

    @property
    def key(self) -> str:
        parties = (hexed(self.sender), hexed(self.receiver))
        figures = (self.quantity, self.year, self.kind)
        return row_key("allocation", self.registry, self.symbol, *parties, *figures)

    @property
    def table_line(self) -> Line:
        """Of the table of entitlements, which it is taken from."""
        return Line(self.registry, self.receiver, self.year, self.kind, self.symbol)


def check_allocations(
    snapshot: Snapshot,
    lines: Sequence[SheetLine],
    faults: Faults,
    known: Container[str],
    table: Table,
) -> list[AllocationRow]:
    """The rows that can be read. `known` are the keys of rows that were sent already."""
    rows = read_allocations(snapshot, lines, faults)
    books = Books(snapshot, faults)
    entitled = table([row.table_line for row in rows if row.key not in known])
    seen: dict[Line, int] = {}
    for row in rows:
        first = seen.setdefault(row.table_line, row.line)
        if first != row.line:
            faults.add(
                row.line,
                None,
                f"Line {first} allocates the same class to the same operator for that year.",
                "Put them together into one row.",
            )
        if row.key in known:
            continue
        remaining = entitled[row.table_line].remaining
        if row.quantity > remaining:
            faults.add(
                row.line,
                "quantity",
                f"The operator is still entitled to {remaining:,} t for {row.year}"
                f" ({names.ENTITLEMENT_KINDS[row.kind]}).",
                "Two people entitle it first: 'tonnelink import entitlements'.",
            )
        books.check(row.line, row.registry, row.symbol, row.sender, row.receiver, row.quantity)
    return rows


def read_allocations(
    snapshot: Snapshot, lines: Sequence[SheetLine], faults: Faults
) -> list[AllocationRow]:
    """The rows whose cells are right by themselves."""
    known = Names(snapshot)
    rows = []
    for line in lines:
        code = faults.read(line, "registry", known.code)
        quantity = faults.read(line, "quantity", parse_quantity)
        year = faults.read(line, "year", names.year)
        kind = faults.read(line, "kind", names.kind, default=0)
        if code is None:
            continue
        symbol = faults.read(line, "class", lambda text, c=code: known.symbol(c, text))  # type: ignore[misc]
        sender = faults.read(line, "from", lambda text, c=code: known.account(c, text))  # type: ignore[misc]
        receiver = faults.read(line, "to", lambda text, c=code: known.account(c, text))  # type: ignore[misc]
        if symbol and sender and receiver and quantity and year and kind is not None:
            rows.append(
                AllocationRow(line.number, code, symbol, sender, receiver, quantity, year, kind)
            )
    return rows


def in_parts(rows: Iterable[AllocationRow]) -> list[list[AllocationRow]]:
    """The rows of each transaction: of one class out of one account, as they come."""
    parts: list[list[AllocationRow]] = []
    open_: dict[tuple[str, str, bytes], list[AllocationRow]] = {}
    for row in rows:
        place = (row.registry, row.symbol, row.sender)
        if place not in open_ or len(open_[place]) == MOST_GRANTS:
            open_[place] = []
            parts.append(open_[place])
        open_[place].append(row)
    return parts
