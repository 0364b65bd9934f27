"""Who has which role in a programme, which keys have two, and which roles exclude each other."""

from __future__ import annotations

from collections import defaultdict

from registry_node.queries import find
from registry_node.queries.snapshot import Json, Snapshot, moment

NAMES = {
    0: "administrator",
    1: "account administrator",
    2: "issuer",
    3: "allocator",
    4: "compliance officer",
    5: "verifier",
    6: "link administrator",
    7: "guardian",
    8: "link gateway",
    9: "council",
    10: "province",
    11: "proposal desk",
    12: "issuance desk",
}
"""What the roles of `Roles.sol` are called. The administrator, the gateway and the desks are
contracts; of the others people have them."""

_PROVINCES = 2**32
_OF_CONTRACTS = {0, 8, 11, 12}


def name(role: int) -> str:
    """What a role is called: "issuer", "province 44"."""
    if role > _PROVINCES:
        return f"{NAMES[10]} {role - _PROVINCES}"
    return NAMES.get(role, str(role))


def roles(snapshot: Snapshot, code: str) -> Json:
    """The holders of every role, the keys that have more than one, and the exclusions."""
    registry = find.registry(snapshot, code)
    snapshot.view.require_programme(code)
    rows = snapshot.all(
        "SELECT role, address, since FROM role_holder WHERE registry_id = :id"
        " AND from_height <= :h AND :h < to_height ORDER BY role, address",
        id=registry["id"],
    )
    holders: dict[int, list[Json]] = defaultdict(list)
    held: dict[bytes, list[str]] = defaultdict(list)
    for row in rows:
        person = snapshot.person(registry["id"], row["address"]) or {}
        holders[row["role"]].append({**person, "since": moment(row["since"])})
        if row["role"] not in _OF_CONTRACTS:
            held[row["address"]].append(name(row["role"]))
    return {
        "registry": code,
        "roles": [
            {"role": name(role), "number": str(role), "holders": listed}
            for role, listed in holders.items()
        ],
        "several": [
            {**(snapshot.person(registry["id"], address) or {}), "roles": names}
            for address, names in held.items()
            if len(names) > 1
        ],
        "exclusions": _exclusions(snapshot, registry["id"]),
    }


def _exclusions(snapshot: Snapshot, registry_id: int) -> list[Json]:
    rows = snapshot.all(
        "SELECT role, other_role FROM role_exclusion WHERE registry_id = :id"
        " AND from_height <= :h AND :h < to_height ORDER BY role, other_role",
        id=registry_id,
    )
    return [{"roles": [name(row["role"]), name(row["other_role"])]} for row in rows]
