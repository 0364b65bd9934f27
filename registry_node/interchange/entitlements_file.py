"""A file of entitlements to propose, and what is known beforehand to be wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from registry_node.chain.artifacts import argument_types, selector
from registry_node.domain.references import token_id
from registry_node.domain.words import AccountKind, UnitType
from registry_node.interchange import names
from registry_node.interchange.journal import row_key
from registry_node.interchange.names import Names
from registry_node.interchange.sheet import Faults
from registry_node.interchange.sheet import Line as SheetLine
from registry_node.interchange.table import Line, Table
from registry_node.queries import find, proposals
from registry_node.queries.paging import every_item
from registry_node.queries.snapshot import Json, Snapshot, hexed

COLUMNS = ("registry", "account", "year", "kind", "class", "from", "to")
MOST_CHANGES = 256
"""Rows of one proposal."""

Change = tuple[str, int, int, int, int, int]
"""As the ledger has it: account, year, kind, class, what it was, what it becomes."""

Holders = Callable[[Sequence[tuple[str, bytes]]], Mapping[tuple[str, bytes], Json]]
"""Asks the ledger about many accounts at once."""


@dataclass(frozen=True, slots=True)
class EntitlementRow:
    """One change of the table of entitlements."""

    line: int
    table_line: Line
    before: int
    after: int
    province: int = 0  # that administers the account, once the ledger was asked

    @property
    def registry(self) -> str:
        return self.table_line.registry

    @property
    def change(self) -> Change:
        _, account, year, kind, symbol = self.table_line
        return (hexed(account), year, kind, token_id(symbol), self.before, self.after)

    @property
    def key(self) -> str:
        return row_key("entitlement", self.registry, *self.change)


class Proposed(NamedTuple):
    """A proposal that changes the table of entitlements."""

    registry: str
    number: int
    province: int
    changes: tuple[Change, ...]
    call: bytes
    document: str | None


def read_entitlements(
    snapshot: Snapshot, lines: Sequence[SheetLine], faults: Faults
) -> list[EntitlementRow]:
    """The rows whose cells are right by themselves."""
    known = Names(snapshot)
    rows = []
    for line in lines:
        code = faults.read(line, "registry", known.code)
        year = faults.read(line, "year", names.year)
        kind = faults.read(line, "kind", names.kind)
        before = faults.read(line, "from", names.tonnes)
        after = faults.read(line, "to", names.tonnes)
        if code is None:
            continue
        account = faults.read(line, "account", lambda text, c=code: known.account(c, text))  # type: ignore[misc]
        symbol = faults.read(line, "class", lambda text, c=code: known.symbol(c, text))  # type: ignore[misc]
        if None in (year, kind, before, after) or not account or not symbol:
            continue
        assert year is not None and kind is not None  # noqa: S101, PT018  # for mypy
        assert before is not None and after is not None  # noqa: S101, PT018
        rows.append(
            EntitlementRow(line.number, Line(code, account, year, kind, symbol), before, after)
        )
    return rows


def check_entitlements(
    snapshot: Snapshot,
    lines: Sequence[SheetLine],
    faults: Faults,
    known: Container[str],
    table: Table,
    holders: Holders,
) -> list[EntitlementRow]:
    """The rows that can be read, each with its province. `known` are the keys of rows that were
    sent already."""
    rows = read_entitlements(snapshot, lines, faults)
    waiting = by_change(open_proposals(snapshot, {row.registry for row in rows}))
    accounts = holders([row.table_line[:2] for row in rows])
    entitled = table([row.table_line for row in rows])
    seen: dict[Line, int] = {}
    checked = []
    for row in rows:
        line, account = row.table_line, accounts[row.table_line[:2]]
        checked.append(
            EntitlementRow(row.line, line, row.before, row.after, int(account["province"]))
        )
        first = seen.setdefault(line, row.line)
        if first != row.line:
            faults.add(
                row.line,
                None,
                f"Line {first} is about the same operator, year, kind and class.",
                "Put them together into one row.",
            )
        if row.key in known:
            continue
        if account["kind"] != AccountKind.OPERATOR:
            faults.add(
                row.line, "account", "It is no operator's account.", "Only operators are entitled."
            )
        unit_class = find.unit_class(snapshot, line.registry, line.symbol)
        if unit_class["unit_type"] != UnitType.ALLOWANCE:
            faults.add(
                row.line, "class", "It is no class of allowances.", "Only those are allocated."
            )
        _check_figures(row, entitled[line].entitled, faults)
        for found in waiting.get((row.registry, row.change), ()):
            faults.add(
                row.line,
                None,
                f"Exactly this is proposed already: proposal {found.number} of {row.registry}.",
                "Take the row out, or stop the proposal: 'tonnelink proposal stop'.",
            )
    return checked


def _check_figures(row: EntitlementRow, entitled: int, faults: Faults) -> None:
    if row.before == row.after:
        faults.add(row.line, "to", "Nothing would change.", "Take the row out.")
    elif entitled != row.before:
        faults.add(
            row.line,
            "from",
            f"The operator is entitled to {entitled:,} t, not to {row.before:,} t.",
            "Decide anew, from what it is.",
        )


# ---- proposals --------------------------------------------------------------------------------


def in_parts(rows: Iterable[EntitlementRow]) -> list[list[EntitlementRow]]:
    """The rows of each proposal: of one registry and one province, 256 at most, as they come."""
    parts: list[list[EntitlementRow]] = []
    open_: dict[tuple[str, int], list[EntitlementRow]] = {}
    for row in rows:
        place = (row.registry, row.province)
        if place not in open_ or len(open_[place]) == MOST_CHANGES:
            open_[place] = []
            parts.append(open_[place])
        open_[place].append(row)
    return parts


def call_of(province: int, changes: Sequence[Change]) -> bytes:
    """The call that a proposal of these changes is about."""
    types = argument_types("IssuanceDesk", "entitle")
    return selector("IssuanceDesk", "entitle") + encode(types, [province, list(changes)])


def open_proposals(
    snapshot: Snapshot,
    codes: Iterable[str],
    states: Sequence[str] = ("proposed", "approved"),
) -> list[Proposed]:
    """Proposals of entitlements in these states."""
    found = []
    for code in sorted(set(codes)):
        for state in states:
            for item in every_item(
                lambda page, c=code, s=state: proposals.proposals(  # type: ignore[misc]
                    snapshot, page, registry=c, state=s
                )
            ):
                proposed = _said(item)
                if proposed is not None:
                    found.append(proposed)
    return found


def by_change(found: Iterable[Proposed]) -> dict[tuple[str, Change], list[Proposed]]:
    """Proposals by each change that they say, with its registry."""
    said: dict[tuple[str, Change], list[Proposed]] = {}
    for proposed in found:
        for change in proposed.changes:
            said.setdefault((proposed.registry, change), []).append(proposed)
    return said


def _said(item: Json) -> Proposed | None:
    call = bytes.fromhex(item["call"][2:])
    if item["target"] != "issuance" or call[:4] != selector("IssuanceDesk", "entitle"):
        return None
    try:
        province, changes = decode(argument_types("IssuanceDesk", "entitle"), call[4:])
    except DecodingError:  # the ledger would refuse it as well
        return None
    return Proposed(
        item["registry"], item["number"], province, tuple(changes), call, item["document"]
    )
