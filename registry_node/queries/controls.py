"""What a programme demands of one account, and whom the account trusts."""

from __future__ import annotations

from collections import defaultdict

from registry_node.queries import desks
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment
from registry_node.store.connection import NamedRow

CONTROLS = {
    1: "trusted-only",  # outgoing transfers go to trusted accounts; others are requested and wait
    2: "two-representatives",  # acts at the holder desk only, through two representatives
    4: "free-locked",  # free allowances stay until the paid share is bought
    8: "sale-share",  # at most a share of the free allocation may be sold
    16: "holding-limit",  # what it holds is limited
    32: "limit-follows-allocation",  # the limit grows with its own allocation
}
"""The flags of `Controls` in `LedgerTypes.sol`, by their bits."""

_LIMITED = 16
_RIGHTS = {1: "initiate", 2: "approve"}


def demands(snapshot: Snapshot, registry: NamedRow, row: NamedRow) -> Json:
    """The controls of an account, its paid share, trusted list, representatives and settlers, and
    the operators that it approved.

    `row` is the account's. A trusted account or settler counts from its `since` on.
    """
    granted = _granted(snapshot, registry["id"], row["address"])
    return {
        "controls": [name for bit, name in CONTROLS.items() if row["controls"] & bit],
        "holding_limit": str(row["holding_limit"]) if row["controls"] & _LIMITED else None,
        "paid_share": _paid_share(snapshot, registry["id"], row["address"]),
        "trusted": granted["trusted"],
        "representatives": granted["representative"],
        "settlers": granted["settler"],
        "operators": _operators(snapshot, registry["id"], row),
    }


def _paid_share(snapshot: Snapshot, registry_id: int, address: bytes) -> Json | None:
    row = snapshot.one(
        "SELECT required, bought FROM paid_share WHERE registry_id = :id AND address = :address"
        " AND desk = :desk AND from_height <= :h AND :h < to_height",
        id=registry_id,
        address=address,
        desk=desks.in_office(snapshot, registry_id, "issuance"),
    )
    return {"required": str(row["required"]), "bought": str(row["bought"])} if row else None


def _granted(snapshot: Snapshot, registry_id: int, address: bytes) -> defaultdict[str, list[Json]]:
    rows = snapshot.all(
        "SELECT kind, grantee, value FROM holder_grant WHERE registry_id = :id AND desk = :desk"
        " AND address = :address AND from_height <= :h AND :h < to_height ORDER BY kind, grantee",
        id=registry_id,
        address=address,
        desk=desks.in_office(snapshot, registry_id, "holders"),
    )
    found: defaultdict[str, list[Json]] = defaultdict(list)
    for row in rows:
        entry = {
            "address": hexed(row["grantee"]),
            "label": snapshot.label(registry_id, row["grantee"]),
        }
        if row["kind"] == "representative":
            rights = [name for bit, name in _RIGHTS.items() if row["value"] & bit]
            found[row["kind"]].append({**entry, "may": rights})
        else:
            found[row["kind"]].append({**entry, "since": moment(row["value"])})
    return found


def _operators(snapshot: Snapshot, registry_id: int, account: NamedRow) -> list[Json]:
    """Who may transfer the account's units under ERC-1155; approvals of earlier rounds are void."""
    rows = snapshot.all(
        "SELECT operator FROM operator_approval WHERE registry_id = :id AND address = :address"
        " AND round = :round AND from_height <= :h AND :h < to_height ORDER BY operator",
        id=registry_id,
        address=account["address"],
        round=account["approval_round"],
    )
    return [
        {"address": hexed(row["operator"]), "label": snapshot.label(registry_id, row["operator"])}
        for row in rows
    ]
