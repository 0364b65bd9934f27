"""Makes a second mirror to compare with: from the ledger's logs, fetched anew, or from those that
the mirror itself keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment
from registry_node.chain.ranges import LedgerBlock
from registry_node.domain.ledger import Header, RawLog
from registry_node.indexer.mirror import Mirror
from registry_node.indexer.runner import Indexer, Status
from registry_node.store.connection import Connection
from registry_node.store.database import Database, open_writer

_AT_ONCE = 500
"""Ledger blocks applied together."""

Progress = Callable[[int, int], None]
"""Gets the ledger block reached and the last one."""


@contextmanager
def scratch() -> Iterator[Database]:
    """An empty database that is gone afterwards. It needs as much room as the mirror."""
    with (
        tempfile.TemporaryDirectory(prefix="tonnelink-replay-") as directory,
        open_writer(Path(directory) / "reference.sqlite", synchronous="OFF") as database,
    ):
        yield database


def from_chain(
    client: ChainClient, deployment: Deployment, database: Database, progress: Progress | None
) -> None:
    """Index the chain into an empty database. Raises what `Indexer.sync` raises."""

    def tell(status: Status) -> None:
        if progress and status.indexed is not None and status.chain_head is not None:
            progress(status.indexed, status.chain_head)

    Indexer(client, deployment, database).sync(tell)


def from_own_logs(
    connection: Connection,
    deployment: Deployment,
    database: Database,
    height: int,
    progress: Progress | None,
) -> None:
    """Project the headers and raw logs of a mirror, up to a height, into an empty database.

    What the logs say is taken as it is: whether they are the ledger's is for its digests, or the
    chain, to tell. Raises `Inconsistent` where they contradict each other.
    """
    mirror = Mirror(database, deployment)
    while blocks := _blocks(connection, mirror.head, height):
        mirror.apply(blocks, height)
        if progress:
            progress(blocks[-1][0].number, height)


def _blocks(connection: Connection, after: int | None, height: int) -> list[LedgerBlock]:
    headers = {
        number: Header(number, bytes(block_hash), bytes(parent), timestamp)
        for number, block_hash, parent, timestamp in connection.execute(
            "SELECT number, hash, parent_hash, timestamp FROM header"
            " WHERE number > ? AND number <= ? ORDER BY number LIMIT ?",
            (-1 if after is None else after, height, _AT_ONCE),
        )
    }
    if not headers:
        return []
    logs: dict[int, list[RawLog]] = {number: [] for number in headers}
    for block, index, tx_hash, address, topics, data in connection.execute(
        "SELECT block, log_index, tx_hash, address, topics, data FROM raw_log"
        " WHERE block BETWEEN ? AND ? ORDER BY block, log_index",
        (min(headers), max(headers)),
    ):
        if block in headers:
            values = map(bytes, (tx_hash, address, topics, data))
            logs[block].append(RawLog(block, headers[block].hash, index, *values))
    return [(header, logs[number]) for number, header in headers.items()]
