"""Requests at the holder desks: what is to be done in the name of an account, and trades."""

from __future__ import annotations

from typing import Any

from eth_hash.auto import keccak

from registry_node.domain.errors import NotFound
from registry_node.queries import calls, desks, find
from registry_node.queries.movements import where
from registry_node.queries.paging import Listing, Page, address_after, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed, memo_text, moment
from registry_node.store.connection import NamedRow

STATES = ("none", "initiated", "approved", "executed", "cancelled", "expired")
"""As the holder desk numbers them; it does not number the last, which is a matter of time."""

_OPEN = (1, 2)

_REQUEST = """
SELECT q.*, r.code, r.id, r.address, r.authority FROM request q
JOIN registry r ON r.id = q.registry_id
WHERE q.from_height <= :h AND :h < q.to_height
"""

_OF_ACCOUNT = ("r.code = {}", "q.account")

_TRADE = """
SELECT t.*, r.code, c.symbol, b.hash AS block_hash, b.timestamp FROM trade t
JOIN registry r ON r.id = t.registry_id JOIN unit_class c ON c.id = t.class_id
JOIN header b ON b.number = t.block
WHERE t.block <= :h AND (t.block, t.log_index) > (:block, :log_index)
  AND (:registry_id IS NULL OR t.registry_id = :registry_id)
  AND (:address IS NULL OR :address IN (t.sender, t.recipient, t.institution)){seen}
ORDER BY t.block, t.log_index LIMIT :limit
"""


def requests(
    snapshot: Snapshot,
    page: Page,
    *,
    registry: str | None = None,
    address: bytes | None = None,
    state: str | None = None,
) -> Listing:
    """Requests by registry and number."""
    snapshot.view.require(registry, address)
    after_registry, after_desk, after = page.keys(0, "", 0)
    rows = snapshot.all(
        _REQUEST
        + snapshot.seen(_OF_ACCOUNT)
        + " AND (q.registry_id, q.desk, q.number) > (:after_registry, :after_desk, :after)"
        " AND (:registry_id IS NULL OR q.registry_id = :registry_id)"
        " AND (:account IS NULL OR q.account = :account)"
        " AND (:state IS NULL OR :state = CASE WHEN q.state IN (1, 2) AND q.deadline < :now"
        " THEN 5 ELSE q.state END) ORDER BY q.registry_id, q.desk, q.number LIMIT :limit",
        registry_id=_registry_id(snapshot, registry),
        after_registry=after_registry,
        after_desk=address_after(after_desk),
        after=after,
        account=address,
        state=STATES.index(state) if state else None,
        now=snapshot.as_of.timestamp,
        limit=page.limit + 1,
    )
    items = [_request(snapshot, row) for row in rows]
    return listing(snapshot, page, items, [desks.numbered(row) for row in rows])


def request(snapshot: Snapshot, registry: str, number: int) -> Json:
    """One request, at the desk that is followed if it has that number, else at one that was. Raises
    `NotFound`, for somebody else's too."""
    registry_id = _registry_id(snapshot, registry)
    row = snapshot.one(
        _REQUEST
        + snapshot.seen(_OF_ACCOUNT)
        + " AND q.registry_id = :registry_id AND q.number = :number"
        " ORDER BY q.desk = :desk DESC LIMIT 1",
        registry_id=registry_id,
        number=number,
        desk=desks.in_office(snapshot, registry_id, "holders"),
    )
    if row is None:
        raise NotFound(
            f"{registry} has no request {number}.", f"See 'tonnelink request list {registry}'."
        )
    return _request(snapshot, row)


def trades(
    snapshot: Snapshot,
    page: Page,
    *,
    registry: str | None = None,
    address: bytes | None = None,
) -> Listing:
    """Trades that institutions settled for those who authorised them, oldest first."""
    snapshot.view.require(registry, address)
    parties = [("r.code = {}", f"t.{party}") for party in ("sender", "recipient", "institution")]
    block, log_index = page.keys(-1, -1)
    rows = snapshot.all(
        _TRADE.format(seen=snapshot.seen(*parties)),
        registry_id=_registry_id(snapshot, registry),
        address=address,
        block=block,
        log_index=log_index,
        limit=page.limit + 1,
    )
    items = [_trade(snapshot, row) for row in rows]
    return listing(snapshot, page, items, [(row["block"], row["log_index"]) for row in rows])


def _registry_id(snapshot: Snapshot, registry: str | None) -> Any:
    return find.registry(snapshot, registry)["id"] if registry else None


def _request(snapshot: Snapshot, row: NamedRow) -> Json:
    late = row["state"] in _OPEN and snapshot.as_of.timestamp > row["deadline"]
    registry_id = row["registry_id"]
    return {
        "registry": row["code"],
        "number": row["number"],
        "state": "expired" if late else STATES[row["state"]],
        "account": snapshot.person(registry_id, row["account"]),
        **calls.told(snapshot, row, row["target"], row["call"]),
        "call_hash": hexed(keccak(bytes.fromhex(row["call"]))),
        **desks.which(snapshot, registry_id, "holders", row["desk"]),
        "initiator": snapshot.person(registry_id, row["initiator"]),
        "approver": snapshot.person(registry_id, row["approver"]),
        "ended_by": snapshot.person(registry_id, row["ended_by"]),
        "deadline": moment(row["deadline"]),
        "ready_at": None if row["ready_at"] is None else moment(row["ready_at"]),
    }


def _trade(snapshot: Snapshot, row: NamedRow) -> Json:
    registry_id = row["registry_id"]
    return {
        "registry": row["code"],
        "class": row["symbol"],
        "quantity": str(row["quantity"]),
        "from": snapshot.person(registry_id, row["sender"]),
        "to": snapshot.person(registry_id, row["recipient"]),
        "institution": snapshot.person(registry_id, row["institution"]),
        "trade": memo_text(row["memo"]),
        "negotiated": bool(row["negotiated"]),
        **where(row),
    }
