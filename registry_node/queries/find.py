"""Finds what a question names, or says what there is instead."""

from __future__ import annotations

from collections.abc import Sequence

from registry_node.domain.errors import NotFound
from registry_node.domain.references import UnitReference, parse_code, parse_symbol
from registry_node.domain.words import AccountKind
from registry_node.queries.snapshot import Snapshot, hexed
from registry_node.store.connection import NamedRow

_SHOWN = 12


def registry(snapshot: Snapshot, code: str) -> NamedRow:
    """The row of a registry. Raises `InvalidInput` or `NotFound`."""
    row = snapshot.one("SELECT * FROM registry WHERE code = ?", parse_code(code))
    if row is None:
        codes = [r["code"] for r in snapshot.all("SELECT code FROM registry ORDER BY id")]
        raise NotFound(f"There is no registry {code}.", f"Registries here: {_some(codes)}.")
    return row


def unit_class(snapshot: Snapshot, code: str, symbol: str) -> NamedRow:
    """The row of a unit class, with `code` of its registry. Raises `InvalidInput` or `NotFound`."""
    key = (code, symbol)
    known: NamedRow | None = snapshot.known.get(key)
    if known is not None and known["block"] <= snapshot.height:
        return known
    row = snapshot.one(
        "SELECT c.*, r.code FROM registry r JOIN unit_class c ON c.registry_id = r.id"
        " WHERE r.code = :code AND c.symbol = :symbol AND c.block <= :h",
        code=parse_code(code),
        symbol=parse_symbol(symbol),
    )
    if row is not None:
        snapshot.known[key] = row
        return row
    owner = registry(snapshot, code)
    symbols = [
        r["symbol"]
        for r in snapshot.all(
            "SELECT symbol FROM unit_class WHERE registry_id = :id AND block <= :h ORDER BY id",
            id=owner["id"],
        )
    ]
    raise NotFound(f"{code} has no unit class {symbol}.", f"Its classes: {_some(symbols)}.")


def any_class(snapshot: Snapshot, symbol: str) -> None:
    """Raises `NotFound` when no registry has a class of that symbol."""
    if not snapshot.one("SELECT 1 FROM unit_class WHERE symbol = ? LIMIT 1", parse_symbol(symbol)):
        raise NotFound(
            f"No registry has a unit class {symbol}.", "See /v1/registries for what there is."
        )


def issued(snapshot: Snapshot, class_id: int) -> int:
    """Units ever issued into a class: its serials are 1 to this."""
    row = snapshot.one(
        "SELECT issued FROM class_total WHERE class_id = :id AND from_height <= :h"
        " ORDER BY from_height DESC LIMIT 1",
        id=class_id,
    )
    return row["issued"] if row else 0


def serials(snapshot: Snapshot, reference: UnitReference) -> NamedRow:
    """The class row of a reference all of whose serials were issued."""
    row = unit_class(snapshot, reference.registry, reference.symbol)
    most = issued(snapshot, row["id"])
    if reference.last > most:
        has = f"has serials 1 to {most}" if most else "has no serials yet"
        raise NotFound(
            f"{reference} was never issued.", f"{reference.registry}:{reference.symbol} {has}."
        )
    return row


def account(snapshot: Snapshot, registry_row: NamedRow, address: bytes) -> NamedRow:
    """The version of an account at this height."""
    row = snapshot.one(
        "SELECT * FROM account WHERE registry_id = :id AND address = :address AND from_height <= :h"
        " ORDER BY from_height DESC LIMIT 1",
        id=registry_row["id"],
        address=address,
    )
    if row is None or row["to_height"] <= snapshot.height:
        count = snapshot.once(
            ("accounts", registry_row["id"], snapshot.height),
            lambda: snapshot.one(
                "SELECT COUNT(DISTINCT address) AS n FROM account"
                " WHERE registry_id = :id AND from_height <= :h",
                id=registry_row["id"],
            ),
        )
        raise NotFound(
            f"{registry_row['code']} has no account {hexed(address)}.",
            f"It has {count['n'] if count else 0} accounts: see"
            f" 'tonnelink account list {registry_row['code']}' or"
            f" /v1/registries/{registry_row['code']}/accounts.",
        )
    return row


def account_named(
    snapshot: Snapshot, code: str, name: str, labelled: Sequence[bytes]
) -> NamedRow | None:
    """An account of a registry by name: one of the addresses that the deployment labels so, or the
    system account of that purpose."""
    owner = registry(snapshot, code)
    version = (
        "SELECT * FROM account WHERE registry_id = :id AND {} AND from_height <= :h"
        " AND :h < to_height"
    )
    for address in labelled:
        row = snapshot.one(version.format("address = :address"), id=owner["id"], address=address)
        if row is not None:
            return row
    return snapshot.one(
        version.format("kind = :system AND file_hash = :purpose"),
        id=owner["id"],
        system=int(AccountKind.SYSTEM),
        purpose=name.encode()[:32].ljust(32, b"\0"),
    )


def _some(names: list[str]) -> str:
    if not names:
        return "none yet"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
