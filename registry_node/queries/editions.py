"""Which code the contracts run, and whether partners have accepted it."""

from __future__ import annotations

from eth_hash.auto import keccak

from registry_node.queries.snapshot import Json, Snapshot, hexed, hexed_or_none
from registry_node.store.connection import NamedRow

_CODE = """
SELECT c.*, (SELECT MIN(from_height) FROM code WHERE contract = c.contract) AS begun FROM code c
WHERE c.contract = :contract AND c.from_height <= :h AND :h < c.to_height
"""

_ACCEPTED = """
SELECT registry_id, edition_hash, stage FROM link_edition
WHERE agreement_id = :agreement AND block <= :h ORDER BY block, log_index
"""

_CONSENTED, _WITH_IT = 0, 1


def code(snapshot: Snapshot, contract: bytes) -> Json:
    """The code that an address runs; null where nobody said."""
    row = snapshot.one(_CODE, contract=contract)
    return {
        "edition": hexed(row["edition"]) if row else None,
        "code_hash": hexed_or_none(row["code_hash"]) if row else None,
        "since_block": row["from_height"] if row else None,
    }


def edition(snapshot: Snapshot, registry: NamedRow) -> bytes | None:
    """What a partner accepts: the hash of a registry's code, as the gateway computes it. None where
    the ledger has not said which code that is. `registry` has address, proxy_hash, edition_hash."""
    row = snapshot.one(_CODE, contract=registry["address"])
    code_hash = registry["edition_hash"]
    if row is not None and (row["code_hash"] or row["from_height"] != row["begun"]):
        code_hash = row["code_hash"]
    return None if code_hash is None else keccak(registry["proxy_hash"] + code_hash)


def accepted(snapshot: Snapshot, agreement: int) -> set[tuple[int, bytes]]:
    """Registry and code of a side, that the other has accepted. What a proposal consents to counts
    once it is accepted."""
    found: set[tuple[int, bytes]] = set()
    consented: tuple[int, bytes] | None = None
    for row in snapshot.all(_ACCEPTED, agreement=agreement):
        this = (row["registry_id"], row["edition_hash"])
        if row["stage"] == _CONSENTED:
            consented = this
            continue
        found.add(this)
        if row["stage"] == _WITH_IT and consented is not None:
            found.add(consented)
    return found


def are_accepted(snapshot: Snapshot, link: NamedRow) -> bool:
    """Whether each side of a link runs code that the other has accepted, and has accepted the
    gateway's own."""
    known = accepted(snapshot, link["agreement_id"])
    current = current_succession(snapshot)
    for side in ("source_id", "destination_id"):
        registry = snapshot.one("SELECT * FROM registry WHERE id = ?", link[side])
        if registry is None or (link[side], edition(snapshot, registry)) not in known:
            return False
        member = snapshot.one(
            "SELECT succession FROM member WHERE registry_id = :id"
            " AND from_height <= :h AND :h < to_height",
            id=link[side],
        )
        if member is None or member["succession"] < current:
            return False
    return True


def current_succession(snapshot: Snapshot) -> int:
    """The number of the gateway's succession that was carried out last; zero: none."""
    row = snapshot.one(
        "SELECT MAX(number) AS number FROM succession WHERE done = 1"
        " AND from_height <= :h AND :h < to_height"
    )
    return (row["number"] or 0) if row else 0
