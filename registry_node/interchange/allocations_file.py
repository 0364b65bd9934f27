"""A file of allocations to propose, and everything that the mirror knows to be wrong with it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from registry_node.domain.errors import InvalidInput, NotFound
from registry_node.domain.references import parse_address, parse_quantity
from registry_node.interchange.allocation_rules import Books
from registry_node.interchange.journal import row_key
from registry_node.interchange.sheet import Faults, Line
from registry_node.queries import find, proposals
from registry_node.queries.paging import MOST, Page
from registry_node.queries.snapshot import Json, Snapshot, hexed

COLUMNS = ("registry", "class", "from", "to", "quantity", "year")
_LAST_YEAR = 2**16 - 1


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

    @property
    def call(self) -> tuple[str, ...]:
        """What a proposal of it says, as the mirror tells its arguments."""
        parties = (hexed(self.sender), hexed(self.receiver))
        return (self.registry, self.symbol, *parties, str(self.quantity), str(self.year))

    @property
    def key(self) -> str:
        return row_key("allocation", *self.call)

    def __str__(self) -> str:
        return f"{self.quantity:,} t of {self.symbol} for {self.year}"


def check_allocations(
    snapshot: Snapshot, lines: Sequence[Line], faults: Faults, known: Container[str]
) -> list[AllocationRow]:
    """The rows that can be read. `known` are the keys of rows that were sent already."""
    rows = read_allocations(snapshot, lines, faults)
    waiting = open_proposals(snapshot, {row.registry for row in rows})
    books = Books(snapshot, faults, waiting)
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        same = (row.registry, row.symbol, row.sender, row.receiver, row.year)
        first = seen.setdefault(same, row.line)
        if first != row.line:
            faults.add(
                row.line,
                None,
                f"Line {first} allocates the same class to the same operator for that year.",
                "Put them together into one row.",
            )
        if row.key in known:
            continue
        if row.call in waiting:
            numbers = ", ".join(map(str, waiting[row.call]))
            faults.add(
                row.line,
                None,
                f"Exactly this is proposed already: proposal {numbers} of {row.registry}.",
                "Take the row out, or stop the proposal: 'tonnelink proposal stop'.",
            )
            continue
        books.check(row.line, row.registry, row.symbol, row.sender, row.receiver, row.quantity)
    return rows


def read_allocations(
    snapshot: Snapshot, lines: Sequence[Line], faults: Faults
) -> list[AllocationRow]:
    """The rows whose cells are right by themselves."""
    names = _Names(snapshot)
    rows = []
    for line in lines:
        code = faults.read(
            line, "registry", lambda text: str(find.registry(snapshot, text)["code"])
        )
        quantity = faults.read(line, "quantity", parse_quantity)
        year = faults.read(line, "year", _year)
        if code is None:
            continue
        symbol = faults.read(line, "class", lambda text, c=code: names.symbol(c, text))  # type: ignore[misc]
        sender = faults.read(line, "from", lambda text, c=code: names.account(c, text))  # type: ignore[misc]
        receiver = faults.read(line, "to", lambda text, c=code: names.account(c, text))  # type: ignore[misc]
        if symbol and sender and receiver and quantity and year:
            rows.append(AllocationRow(line.number, code, symbol, sender, receiver, quantity, year))
    return rows


class _Names:
    """Accounts by label, purpose or address; each is looked up once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._labelled: dict[str, list[bytes]] = {}
        for address, label in snapshot.directory.labels.items():
            self._labelled.setdefault(label, []).append(address)
        self._symbols: dict[tuple[str, str], str] = {}
        self._accounts: dict[tuple[str, str], bytes] = {}

    def symbol(self, code: str, text: str) -> str:
        if (code, text) not in self._symbols:
            self._symbols[code, text] = find.unit_class(self._snapshot, code, text)["symbol"]
        return self._symbols[code, text]

    def account(self, code: str, text: str) -> bytes:
        if (code, text) not in self._accounts:
            self._accounts[code, text] = self._find(code, text)
        return self._accounts[code, text]

    def _find(self, code: str, text: str) -> bytes:
        if text.startswith("0x"):
            registry = find.registry(self._snapshot, code)
            return bytes(find.account(self._snapshot, registry, parse_address(text))["address"])
        row = find.account_named(self._snapshot, code, text, self._labelled.get(text, ()))
        if row is None:
            raise NotFound(
                f"{code} has no account '{text}'.",
                f"Name it by its label or its 0x address: 'tonnelink account list {code}'.",
            )
        return bytes(row["address"])


def open_proposals(
    snapshot: Snapshot,
    codes: Container[str] | set[str],
    states: Sequence[str] = ("proposed", "approved"),
) -> dict[tuple[str, ...], list[int]]:
    """Numbers of the allocations that are proposed in these states, by what they say."""
    found: dict[tuple[str, ...], list[int]] = {}
    for state in states:
        for item in _every(snapshot, state):
            said = _said(item)
            if item["registry"] in codes and said is not None:
                found.setdefault(said, []).append(item["number"])
    return found


def _every(snapshot: Snapshot, state: str) -> Iterator[Json]:
    page = Page(MOST)
    while True:
        listing = proposals.proposals(snapshot, page, state=state)
        yield from listing.items
        if listing.next_cursor is None:
            return
        page = Page.parse(MOST, listing.next_cursor)


def _said(item: Json) -> tuple[str, ...] | None:
    if (item["target"], item["function"]) != ("issuance", "allocate"):
        return None
    values = {argument["name"]: argument["value"] for argument in item["arguments"]}
    if values["refs"]:
        return None  # by serials: a file never names them
    names = ("classId", "from", "to", "quantity", "year")
    return (item["registry"], *(str(values[name]) for name in names))


def _year(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= _LAST_YEAR:
        raise InvalidInput(f"'{text}' is not a compliance year.", "Write it as 2025.")
    return int(text)
