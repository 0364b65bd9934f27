"""The documents of a programme, by their hashes: its rule book, its register of labels."""

from __future__ import annotations

from registry_node.queries import find
from registry_node.queries.movements import where
from registry_node.queries.paging import Listing, Page, listing
from registry_node.queries.snapshot import Json, Snapshot, hexed, moment
from registry_node.store.connection import NamedRow

_DOCUMENTS = """
SELECT d.*, b.hash AS block_hash, b.timestamp FROM document d JOIN header b ON b.number = d.block
WHERE d.registry_id = :id AND d.block <= :h AND (d.block, d.log_index) > (:block, :log_index)
ORDER BY d.block, d.log_index LIMIT :limit
"""


def documents(snapshot: Snapshot, code: str, page: Page) -> Listing:
    """Everything that a programme published, oldest first. Of each kind the last that is valid at a
    time is the one in force then."""
    registry = find.registry(snapshot, code)
    block, log_index = page.keys(-1, -1)
    rows = snapshot.all(
        _DOCUMENTS,
        id=registry["id"],
        block=block,
        log_index=log_index,
        limit=page.limit + 1,
    )
    items = [_document(code, row) for row in rows]
    return listing(snapshot, page, items, [(row["block"], row["log_index"]) for row in rows])


def _document(code: str, row: NamedRow) -> Json:
    return {
        "registry": code,
        "kind": row["kind"],
        "hash": hexed(row["document"]),
        "valid_from": moment(row["valid_from"]),
        **where(row),
    }
