"""Accounts, their holdings, and what operators have surrendered."""

from __future__ import annotations

from typing import Any

from registry_node.domain.references import UnitReference, short_text
from registry_node.domain.words import AccountKind, AccountStatus, UnitState
from registry_node.queries import controls, find
from registry_node.queries.paging import Listing, Page, address_after, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment
from registry_node.store.connection import NamedRow

_HOLDING = """
SELECT h.class_id, h.address, h.balance, h.encumbered, c.symbol, c.registry_id, r.code
FROM holding h
JOIN unit_class c ON c.id = h.class_id
JOIN registry r ON r.id = c.registry_id
"""

_ACCOUNTS = """
SELECT * FROM account WHERE registry_id = :id AND address > :after
  AND from_height <= :h AND :h < to_height{seen}
ORDER BY address LIMIT :limit
"""

_HELD, _ESCROWED = UnitState.HELD.name, UnitState.ESCROWED.name

_OF_REGISTRY = "registry_id = (SELECT id FROM registry WHERE code = {})"

_BALANCE = (
    "SELECT balance, encumbered, to_height FROM holding"
    " WHERE class_id = ? AND address = ? AND from_height <= ? ORDER BY from_height DESC LIMIT 1"
)


def accounts(snapshot: Snapshot, code: str, page: Page) -> Listing:
    """The accounts of a registry, by address."""
    registry = find.registry(snapshot, code)
    snapshot.view.require(code)
    (after,) = page.keys("")
    rows = snapshot.all(
        _ACCOUNTS.format(seen=snapshot.seen((_OF_REGISTRY, "address"))),
        id=registry["id"],
        after=address_after(after),
        limit=page.limit + 1,
    )
    items = [_account(snapshot, registry, row) for row in rows]
    return listing(snapshot, page, items, [(row["address"].hex(),) for row in rows])


def account(snapshot: Snapshot, code: str, address: bytes) -> Json:
    """One account with its balances."""
    registry = find.registry(snapshot, code)
    snapshot.view.require(code, address)
    row = find.account(snapshot, registry, address)
    rows = snapshot.all(
        _HOLDING + " WHERE h.address = :address AND c.registry_id = :id"
        " AND h.from_height <= :h AND :h < h.to_height ORDER BY h.class_id",
        address=address,
        id=registry["id"],
    )
    return {
        **_account(snapshot, registry, row),
        "holdings": [
            {"class": r["symbol"], **_quantities(r["balance"], r["encumbered"])} for r in rows
        ],
        **controls.demands(snapshot, registry, row),
    }


def balance(snapshot: Snapshot, class_id: int, address: bytes) -> tuple[int, int]:
    """Units of a class that an account has in circulation, and how many of them are set aside; of
    the gateway, those in its escrow."""
    row = snapshot.one(_BALANCE, class_id, address, snapshot.height)
    if row is None or snapshot.height >= row["to_height"]:
        return 0, 0
    return row["balance"], row["encumbered"]


def holdings(
    snapshot: Snapshot,
    page: Page,
    *,
    registry: str | None = None,
    symbol: str | None = None,
    address: bytes | None = None,
) -> Listing:
    """Balances by class and account. A class and an account give one row, zero included."""
    snapshot.view.require(registry, address)
    if registry and symbol and address:
        unit_class = find.unit_class(snapshot, registry, symbol)
        found = balance(snapshot, unit_class["id"], address)
        return Listing([_holding(snapshot, unit_class, address, *found)])
    seen = snapshot.seen(("r.code = {}", "h.address"))
    conditions = ["h.from_height <= :h", ":h < h.to_height"]
    named: dict[str, Any] = {"limit": page.limit + 1, "address": address, "symbol": symbol}
    if registry:
        named["registry_id"] = find.registry(snapshot, registry)["id"]
        conditions.append("c.registry_id = :registry_id")
        if symbol:
            find.unit_class(snapshot, registry, symbol)
    elif symbol:
        find.any_class(snapshot, symbol)
    if symbol:
        conditions.append("c.symbol = :symbol")
    if address:
        conditions.append("h.address = :address")
    named["class_id"], after = page.keys(0, "")
    named["after"] = address_after(after)
    conditions.append("(h.class_id, h.address) > (:class_id, :after)")
    rows = snapshot.all(
        f"{_HOLDING} WHERE {' AND '.join(conditions)}{seen}"
        " ORDER BY h.class_id, h.address LIMIT :limit",
        **named,
    )
    items = [
        _holding(snapshot, row, row["address"], row["balance"], row["encumbered"]) for row in rows
    ]
    return listing(snapshot, page, items, [(r["class_id"], r["address"].hex()) for r in rows])


def blocks(
    snapshot: Snapshot, class_id: int, address: bytes, most: int = 1000
) -> list[UnitReference]:
    """The unit blocks that an account has in circulation, in the order in which it gives them by
    quantity."""
    rows = snapshot.all(
        "SELECT b.first, b.last, c.symbol, r.code FROM unit_block b"  # noqa: S608
        " JOIN unit_class c ON c.id = b.class_id JOIN registry r ON r.id = c.registry_id"
        f" WHERE b.owner = ? AND b.class_id = ? AND b.state = ? AND b.to_height = {2**63 - 1}"
        " ORDER BY b.list DESC, b.position DESC LIMIT ?",
        address,
        class_id,
        int(UnitState.HELD),
        most,
    )
    return [UnitReference(r["code"], r["symbol"], r["first"], r["last"]) for r in rows]


def _account(snapshot: Snapshot, registry: NamedRow, row: NamedRow) -> Json:
    kind = AccountKind(row["kind"])
    system = kind is AccountKind.SYSTEM
    return {
        "registry": registry["code"],
        "address": hexed(row["address"]),
        "label": snapshot.label(registry["id"], row["address"]),
        "kind": kind.name,
        "status": AccountStatus(row["status"]).name,
        "purpose": short_text(row["file_hash"]) if system else None,
        "file_hash": None if system else hexed(row["file_hash"]),
        "opened_at": moment(row["opened_at"]),
        "province": row["province"] or None,
    }


def _quantities(balance_: int, encumbered: int) -> Json:
    """A balance, and its two parts."""
    free = balance_ - encumbered
    return {"quantity": str(balance_), "free": str(free), "encumbered": str(encumbered)}


def _holding(
    snapshot: Snapshot, unit_class: NamedRow, address: bytes, quantity: int, encumbered: int
) -> Json:
    """`unit_class` has registry_id, code and symbol."""
    escrow = address == snapshot.directory.gateway
    return {
        "registry": unit_class["code"],
        "class": unit_class["symbol"],
        "account": hexed(address),
        "label": snapshot.label(unit_class["registry_id"], address),
        "state": _ESCROWED if escrow else _HELD,
        **_quantities(quantity, encumbered),
    }
