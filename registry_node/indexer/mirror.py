"""The mirror as a chain of ledger blocks: apply some, take some back, say where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

from registry_node import metrics
from registry_node.chain.decoding import Voice
from registry_node.chain.deployment import Deployment, RegistryEntry
from registry_node.chain.ranges import LedgerBlock
from registry_node.domain.errors import InvalidInput, TonnelinkError, Unavailable
from registry_node.indexer.collector import collector_paused
from registry_node.indexer.digest import VERSION as DIGEST
from registry_node.indexer.digest import fold
from registry_node.indexer.project import project
from registry_node.indexer.view import Contracts, Speaker, View
from registry_node.store.connection import Connection
from registry_node.store.database import Database, get_meta, set_meta
from registry_node.store.state import SettledState
from registry_node.store.undo import undo
from registry_node.store.writer import Batch

_LONG_BACKLOG = 500
"""Ledger blocks."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mirror stands: its highest ledger block, the digest there, and what is final."""

    head: int | None
    digest: bytes
    final: int


class Mirror:
    """One deployment's mirror in an open database. It is a `reconcile.LocalChain`.

    Raises `InvalidInput` when the database mirrors another deployment.
    """

    def __init__(self, database: Database, deployment: Deployment) -> None:
        self._database = database
        self._deployment = deployment
        self.start = deployment.start_block
        self._place = self._ahead = Place(None, deployment.seed, -1)
        self._stale = False
        self._view: View
        self._reads: SettledState
        self._writer = ThreadPoolExecutor(1, "tonnelink-write")
        self._writing: Future[None] | None = None
        self._begin()

    # ---- where it stands ------------------------------------------------------------------

    @property
    def head(self) -> int | None:
        """The highest ledger block; None while there is none."""
        return self._place.head

    @property
    def digest(self) -> bytes:
        """Folds every change up to and including the head."""
        return self._place.digest

    @property
    def final(self) -> int:
        """Ledger blocks up to this height cannot be replaced; -1 when all can."""
        return self._place.final

    @property
    def named(self) -> frozenset[bytes]:
        """The contracts that programmes have named as their desks so far."""
        return frozenset(address for _, address in self._view.desks)

    def hash_at(self, number: int) -> bytes | None:
        with self._connection.snapshot():
            row = self._connection.execute(
                "SELECT hash FROM header WHERE number = ?", (number,)
            ).fetchone()
        return None if row is None else bytes(row[0])

    def recover(self) -> bool:
        """After something failed: see where the mirror stands now, over a new connection if the
        old one was lost. Whether it stands elsewhere than before: a commit whose answer did not
        arrive may have happened. Raises `Unavailable` while the database is away."""
        before = self._place
        if self._connection.lost:
            self._database.reopen()
            self._begin()
        elif self._stale:
            self._load()
        return before != self._place

    # ---- changes --------------------------------------------------------------------------

    def apply(self, blocks: Sequence[LedgerBlock], chain_head: int) -> None:
        """Append ledger blocks, in one transaction.

        At the head that is one block. In a backlog many share a transaction, since each commit
        waits for the disk; every block still has its own header, versions and digest, so whether
        blocks were committed together can not be told from the result, and a reader sees a group
        whole or not at all. `chain_head` is the chain's height, from which finality follows.

        Raises `Inconsistent` when the events contradict the mirror, `Unavailable` when it cannot
        be written; then nothing has changed.
        """
        self.append(blocks, chain_head)
        self.settle()

    def append(self, blocks: Sequence[LedgerBlock], chain_head: int) -> None:
        """The same, but they may still be being written when it returns: `settle` waits for it.

        So the next ones are computed meanwhile. What goes wrong in writing is raised by the next
        call; what was appended after it is forgotten.
        """
        if self._writing is None:
            self._expect_nothing_else()
        try:
            with collector_paused(), self._reads:
                batch, place = self._compute(blocks, chain_head)
            self._view.flushed()
            self.settle()
        except BaseException:
            self._stale = True
            with suppress(TonnelinkError):
                self.settle()
            raise
        self._ahead = place
        self._writing = self._writer.submit(self._write, batch, place, blocks)

    def settle(self) -> None:
        """Wait until everything that was appended is written. Raises what kept it from that."""
        writing, self._writing = self._writing, None
        if writing is not None:
            try:
                writing.result()
            except BaseException:
                self._stale = True
                raise

    def _compute(self, blocks: Sequence[LedgerBlock], chain_head: int) -> tuple[Batch, Place]:
        batch, digest = Batch(), self._ahead.digest
        for header, logs in blocks:
            changes = project(self._view, header.number, header.timestamp, logs)
            digest = fold(digest, header.hash, header.timestamp, changes)
            batch.add(header, digest, changes)
        last = blocks[-1][0].number
        final = min(self._deployment.finality.final_height(chain_head), last)
        return batch, Place(last, digest, max(self._ahead.final, final))

    def _write(self, batch: Batch, place: Place, blocks: Sequence[LedgerBlock]) -> None:
        with self._connection.transaction():
            batch.write(self._connection)
            set_meta(self._connection, "finalized", place.final)
        self._place = place
        metrics.INDEXED_BLOCKS.inc(len(blocks))
        metrics.INDEXED_LOGS.inc(sum(len(logs) for _, logs in blocks))

    def begin_backlog(self, blocks: int) -> None:
        """So many ledger blocks will be appended. When the mirror has fewer, its indexes are made
        at the end rather than kept up: see `Database.postpone_indexes`."""
        self._expect_nothing_else()
        have = 0 if self.head is None else self.head - self.start + 1
        if blocks > max(have, _LONG_BACKLOG):
            self._database.postpone_indexes()

    def end_backlog(self) -> None:
        """Everything that was appended is written and can be found."""
        self.settle()
        self._database.build_indexes()

    def finalize(self, number: int) -> None:
        """Ledger blocks up to height `number`, all of which are here, cannot be replaced."""
        if number > self._place.final:
            with self._connection.transaction():
                set_meta(self._connection, "finalized", number)
            self._place = self._ahead = replace(self._place, final=number)

    def undo_above(self, ancestor: int) -> None:
        """Take back every ledger block above `ancestor`, in one transaction."""
        self._expect_nothing_else()
        self._stale = True
        with self._connection.transaction():
            undo(self._connection, ancestor + 1)
        metrics.REORGS.inc()
        metrics.UNDONE_BLOCKS.inc(max(0, (self.head or 0) - ancestor))
        self._load()

    def rewind(self, height: int) -> None:
        """Take back ledger block `height` and all after it, final ones too: they are about to be
        indexed again, from the same chain."""
        self._expect_nothing_else()
        self._stale = True
        with self._connection.transaction():
            undo(self._connection, height)
            set_meta(self._connection, "finalized", min(self.final, height - 1))
        self._load()

    # ---- inside ---------------------------------------------------------------------------

    @property
    def _connection(self) -> Connection:
        return self._database.connection

    def _expect_nothing_else(self) -> None:
        """Before a change that was computed from where the mirror stood."""
        if self.recover():
            raise Unavailable(
                f"The mirror {self._database.name} stands elsewhere than before its last fault.",
                "Nothing is lost; the node goes on from there.",
            )

    def _begin(self) -> None:
        """Over a new connection."""
        with self._connection.transaction():
            self._adopt()
        self._load()

    def _load(self) -> None:
        """Forget what is only in memory; where the database stands counts."""
        self._stale = True  # until it is done
        with self._connection.snapshot():
            self._load_head()
            self._reads = SettledState(self._connection, self.settle)
            self._view = View(self._reads, contracts_of(self._deployment))
        self._stale = False

    def _load_head(self) -> None:
        row = self._connection.execute(
            "SELECT number, digest FROM header ORDER BY number DESC LIMIT 1"
        ).fetchone()
        final = int(get_meta(self._connection, "finalized") or -1)
        head, digest = (row[0], bytes(row[1])) if row else (None, self._deployment.seed)
        self._place = self._ahead = Place(head, digest, final)

    def _adopt(self) -> None:
        """Make an empty database this deployment's, or make sure that it is."""
        for key, value in self._deployment.identity.items():
            known = get_meta(self._connection, key)
            if known is None:
                set_meta(self._connection, key, value)
            elif known != value:
                raise InvalidInput(
                    f"The mirror {self._database.name} is of another deployment: {key} is {known}"
                    f" there and {value} in the deployment file.",
                    "Name the mirror's own deployment, or index into another file.",
                )
        if get_meta(self._connection, "digest") is None:
            set_meta(self._connection, "digest", DIGEST)
        self._adopt_registries()

    def _adopt_registries(self) -> None:
        """Registries keep their place in the deployment file: it is their id. A programme that
        joins later comes at the end."""
        execute = self._connection.execute
        known = execute("SELECT code, address FROM registry ORDER BY id").fetchall()
        head = execute("SELECT MAX(number) FROM header").fetchone()[0]
        listed = self._deployment.registries
        same = known == [(r.code, r.address) for r in listed[: len(known)]]
        joined = listed[len(known) :]
        if not same or (head is not None and any(r.block <= head for r in joined)):
            raise InvalidInput(
                f"The mirror {self._database.name} was made with other registries:"
                f" {', '.join(code for code, _ in known)}.",
                "Delete it and index again: a mirror holds nothing that the ledger does not.",
            )
        for number, registry in enumerate(listed, 1):
            execute(
                "INSERT INTO registry"
                " (id, code, name, address, authority, proxy_hash, edition_hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                (number, *_row_of(registry)),
            )


def _row_of(r: RegistryEntry) -> tuple[object, ...]:
    return (r.code, r.name, r.address, r.authority, r.proxy_hash, r.edition_hash)


def contracts_of(deployment: Deployment) -> Contracts:
    """Whose word the events of a deployment's contracts are."""
    speakers = {deployment.gateway.address: Speaker(Voice.GATEWAY, 0)}
    for number, registry in enumerate(deployment.registries, 1):
        speakers[registry.address] = Speaker(Voice.REGISTRY, number)
        speakers[registry.authority] = Speaker(Voice.AUTHORITY, number)
        for desk in registry.desks.addresses:
            speakers[desk] = Speaker(Voice.DESK, number)
    return Contracts(speakers, frozenset(deployment.naming))
