"""Whom a row of the mirror is about, in names: of findings, and of the answers that they mark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

from registry_node.chain.decoding import decode
from registry_node.domain.errors import Inconsistent
from registry_node.domain.events import Event
from registry_node.domain.ledger import RawLog
from registry_node.domain.references import symbol_of
from registry_node.domain.subjects import LEDGER, Subject
from registry_node.store.connection import Connection
from registry_node.store.tables import Kind, Table, tables

_ACCOUNTS = {
    "account": ("address",),
    "holding": ("address",),
    "movement": ("sender", "recipient"),
    "unit_block": ("owner",),
    "unit_use": ("address",),
    "lot": ("sender", "recipient"),
    "filing": ("address",),
    "obligation": ("address",),
    "allocation": ("recipient",),
    "lien": ("account", "creditor"),
    "paid_share": ("address",),
    "holder_grant": ("address", "grantee"),
    "request": ("account",),
    "trade": ("sender", "recipient", "institution"),
}
"""The columns that hold accounts of the row's registry. Who merely acted (a proposer, a verifier)
is no account that the row is about."""

_OF_LINKS = {"link", "terms", "waiting", "quota", "quota sum", "invariant 8"}
_OF_LOTS = {"lot", "invariant 7"}
_ADDRESS_SIZE = 20
_ADDRESS = re.compile(r"0x[0-9a-f]{40}(?![0-9a-f])")
_CLASS = re.compile(r"([A-Z]{2}(?:-[A-Z0-9]+)?):([A-Za-z0-9.-]+)")
_CODE = re.compile(r"([A-Z]{2}(?:-[A-Z0-9]+)?)(?: |$)")

Row = Mapping[str, Any]


class Names:
    """Finds names in the first of several databases that knows them: the one that is right, then
    the one that is looked into."""

    def __init__(self, *connections: Connection) -> None:
        self._registries = _joined(connections, "SELECT id, code FROM registry")
        desks = _joined(connections, "SELECT address, registry_id FROM desk")
        authorities = _joined(connections, "SELECT authority, id FROM registry")
        emitters = _joined(connections, "SELECT address, id FROM registry")
        speakers = {**desks, **authorities, **emitters}
        self._speakers = {key: values[0] for key, values in speakers.items()}
        self._classes = _joined(connections, "SELECT id, registry_id, symbol FROM unit_class")
        self._links = _joined(connections, "SELECT id, source_id, destination_id FROM link")
        self._lots = _joined(
            connections,
            "SELECT id, link_id, sender, recipient, source_class_id, foreign_class_id FROM lot",
        )

    # ---- rows -----------------------------------------------------------------------------

    def of_row(self, table: Table, row: Row) -> list[Subject]:
        """Everything that a row is about, without repetition."""
        found = list(dict.fromkeys(self._of_row(table.name, row)))
        return found or [self._registry(self._home(row)[0])]

    def _of_row(self, name: str, row: Row) -> Iterator[Subject]:
        if name == "raw_log":
            yield from self._of_log(row)
            return
        if name in {"registry", "desk"}:
            yield self._registry(row["id"] if name == "registry" else row["registry_id"])
            return
        lot = row.get("id") if name == "lot" else row.get("lot_id")
        if lot is not None:
            yield from self._lot(lot)
        home = self._home(row)
        for column in _ACCOUNTS.get(name, ()):
            yield from self._account(home[column == "recipient"], row[column])
        for column, value in row.items():
            if column.endswith("class_id") and value is not None:
                yield from self._class(value)
        if name == "unit_class":
            yield from self._class(row["id"])
        link = row["id"] if name == "link" else row.get("link_id")
        if link is not None:
            yield self._link(link)
        if name in {"unit_class", "verification"} or (home[0] and name not in _ACCOUNTS):
            yield self._registry(home[0])

    def _home(self, row: Row) -> tuple[Any, Any]:
        """The registry of a row; of a lot that of its sender and that of its recipient."""
        if "registry_id" in row:
            return row["registry_id"], row["registry_id"]
        if "source_class_id" in row:
            ends = (row["source_class_id"], row["foreign_class_id"])
        else:
            ends = (row.get("class_id"),) * 2
        first, second = (self._classes.get(end, (None,))[0] for end in ends)
        return first, second

    def _lot(self, lot: Any) -> Iterator[Subject]:
        known = self._lots.get(lot)
        if known:
            link, sender, recipient, source, foreign = known
            yield from self._account(self._classes.get(source, (None,))[0], sender)
            yield from self._account(self._classes.get(foreign, (None,))[0], recipient)
            yield from self._class(source)
            yield from self._class(foreign)
            yield self._link(link)

    def _account(self, registry: Any, address: Any) -> Iterator[Subject]:
        if isinstance(address, bytes) and any(address):
            code = self._registries.get(registry, ("",))[0]
            yield Subject("account", code, f"0x{address.hex()}")

    def _class(self, class_id: Any) -> Iterator[Subject]:
        known = self._classes.get(class_id)
        if known:
            yield Subject("class", self._registries.get(known[0], ("",))[0], known[1])

    def _registry(self, registry: Any) -> Subject:
        known = self._registries.get(registry)
        return Subject("registry", known[0]) if known else LEDGER

    def _link(self, link: Any) -> Subject:
        known = self._links.get(link)
        if known is None:
            return LEDGER
        source, destination = (self._registries.get(side, ("?",))[0] for side in known)
        return Subject("link", "", f"{source}_{destination}")

    def of_event(self, event: Event) -> Iterator[Subject]:
        """Everybody that an event names, people among them, and its class."""
        registry = self._speakers.get(event.address)
        for item in fields(event):
            value = getattr(event, item.name)
            if item.name not in {"address", "tx_hash"} and _is_address(value):
                yield from self._account(registry, value)
            elif item.name == "token":
                with suppress(ValueError):
                    symbol = symbol_of(value)
                    yield Subject("class", self._registries.get(registry, ("",))[0], symbol)

    def _of_log(self, row: Row) -> Iterator[Subject]:
        values = (row[name] for name in ("tx_hash", "address", "topics", "data"))
        # A damaged log may be none that there is.
        with suppress(Inconsistent, TypeError, AttributeError):
            event = decode(RawLog(row["block"], b"", row["log_index"], *map(bytes, values)))
            if event is not None:
                yield from self.of_event(event)

    # ---- findings of other comparisons ------------------------------------------------------

    def of_text(self, kind: str, subject: str, *values: str) -> list[Subject]:
        """What a difference with a contract is about, from its own words."""
        number = re.search(r"\d+", subject)
        if kind in _OF_LINKS and number:
            return [self._link(int(number[0]))]
        if kind in _OF_LOTS and number:
            return list(dict.fromkeys(self._lot(int(number[0])))) or [LEDGER]
        in_class, in_registry = _CLASS.match(subject), _CODE.match(subject)
        if in_class is None and in_registry is None:
            return [LEDGER]
        code = (in_class or in_registry or [""])[1]
        found = [Subject("account", code, a) for a in _addresses(subject, *values)]
        if in_class:
            found.append(Subject("class", code, in_class[2]))
        elif not found:
            found.append(Subject("registry", code))
        return list(dict.fromkeys(found))


def of_block(connection: Connection, names: Names, block: int) -> list[Subject]:
    """Everything that a ledger block was about, as far as its rows and raw logs say; what a lost
    row was about is in its log. For a block whose rows are not as they were, nobody knows which."""
    found: dict[Subject, None] = {}
    for table in tables().values():
        if table.kind is Kind.OTHER:
            continue
        where = "block = ?" if table.kind is Kind.FACT else "? IN (from_height, to_height)"
        rows = connection.execute(
            f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {where}",  # noqa: S608
            (block,),
        )
        for row in rows:
            found |= dict.fromkeys(names.of_row(table, dict(zip(table.columns, row, strict=True))))
    return list(found)


def _addresses(*texts: str) -> Iterable[str]:
    return (found for text in texts for found in _ADDRESS.findall(text) if int(found, 16))


def _is_address(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == _ADDRESS_SIZE


def _joined(connections: Iterable[Connection], sql: str) -> dict[Any, tuple[Any, ...]]:
    joined: dict[Any, tuple[Any, ...]] = {}
    for connection in connections:
        for key, *values in connection.execute(sql):
            joined.setdefault(key, tuple(values))
    return joined
