"""Follows the chain: catches up, keeps up, takes back what the chain took back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment, check_contracts
from registry_node.chain.logs import LogReader, LogsIncomplete
from registry_node.chain.ranges import LedgerBlock, RangeReader
from registry_node.chain.reading import ReadingProcess
from registry_node.chain.retry import Retry
from registry_node.chain.rpc import RpcBusy
from registry_node.domain.errors import Inconsistent, TonnelinkError, Unavailable
from registry_node.domain.ledger import Header
from registry_node.indexer.mirror import Mirror
from registry_node.indexer.reconcile import (
    Duplicate,
    Extend,
    Gap,
    Outcome,
    Reorg,
    TooDeep,
    reconcile,
)
from registry_node.store.database import Database

_LOGS_AT_ONCE = 12_000
_BLOCKS_AT_ONCE = 2_000
_FIRST_RANGE = 50
BLOCKS_FOR_A_PROCESS = 500
"""A shorter backlog is read by this process: see `_reader`."""
_CONFIRMATIONS = 3
"""How often a node must say that final blocks were replaced before it is believed."""


class FinalReorg(Inconsistent):
    """The chain replaced ledger blocks that were final. The indexer stops; nothing has changed."""

    code = "final-reorg"


@dataclass(frozen=True, slots=True)
class Status:
    """Where the indexer stands. Heights are ledger blocks; None while not known."""

    chain_head: int | None = None
    indexed: int | None = None
    finalized: int = -1
    digest: bytes = b""
    last_error: str | None = None  # of the last attempt; None when it went well

    @property
    def lag(self) -> int | None:
        """Ledger blocks that the chain has and the mirror has not."""
        if self.chain_head is None:
            return None
        return max(0, self.chain_head - (-1 if self.indexed is None else self.indexed))


Progress = Callable[[Status], None]


class Indexer:
    """Brings one mirror up to its chain and keeps it there. One thread runs it; any may read
    `status`. Raises `InvalidInput` when the database mirrors another deployment."""

    def __init__(
        self,
        client: ChainClient,
        deployment: Deployment,
        database: Database,
        *,
        poll_interval: float = 1.0,
        retry: Retry | None = None,
    ) -> None:
        self._client = client
        self._deployment = deployment
        self._mirror = Mirror(database, deployment)
        self._logs = LogReader(
            client.rpc,
            (*deployment.addresses, *self._mirror.named),
            deployment.naming,
        )
        self._poll_interval = poll_interval
        self._retry = retry or Retry(attempts=6, first=max(0.05, min(poll_interval, 1.0)))
        self._range = _FIRST_RANGE
        self._right_chain = False
        self._known_chain = False  # it was the right one at least once
        self._progress: Progress = lambda _: None
        self.status = Status()
        self._report()

    def sync(self, progress: Progress | None = None, stop: threading.Event | None = None) -> Status:
        """Index up to the chain's head and return.

        Raises `Unavailable` when the chain cannot be reached, `Inconsistent` when it is another
        chain or contradicts what was final.
        """
        self._progress = progress or self._progress
        stop = stop or threading.Event()
        failures = 0
        while not stop.is_set():
            try:
                if self._step(stop):
                    break
                failures = 0
            except LogsIncomplete:
                failures += 1
                if failures >= self._retry.attempts:
                    raise
                stop.wait(self._retry.wait(failures))
        return self.status

    def follow(self, stop: threading.Event, progress: Progress | None = None) -> None:
        """Index until `stop` is set. While the chain is away it keeps trying and says so in
        `status`. Raises `Inconsistent` when the node must not go on."""
        self._progress = progress or self._progress
        failures = 0
        while not stop.is_set():
            try:
                if self._step(stop):
                    stop.wait(self._poll_interval)
                failures = 0
            except Unavailable as error:
                failures += 1
                self._right_chain = False  # another node may answer next
                self._report(last_error=str(error))
                asked = error.retry_after if isinstance(error, RpcBusy) else None
                stop.wait(self._retry.wait(failures, asked))
            except TonnelinkError as error:
                self._report(last_error=str(error))
                raise

    # ---- one step -------------------------------------------------------------------------

    def _step(self, stop: threading.Event) -> bool:
        """One step towards the chain's head; whether the mirror is there."""
        self._mirror.recover()
        if not self._right_chain:
            self._check_chain()
        chain_id, head = self._client.head()
        self._check_id(chain_id)
        outcome = self._settle(head)
        self._report(chain_head=head.number, last_error=None)
        match outcome:
            case Duplicate():
                self._learn_finality()
                return True
            case Extend():
                self._apply([(head, self._logs.of(head))])
                self._learn_finality()
                return True
            case Gap(number):
                self._catch_up(number, head.number, stop)
        return False

    def _settle(self, header: Header) -> Outcome:
        """Find where a header belongs, and undo what its chain took back."""
        outcome = reconcile(self._mirror, header)
        while isinstance(outcome, Gap) and outcome.hash is not None:
            parent = self._client.header_of(outcome.hash)
            if parent is None or parent.number != outcome.number:
                raise LogsIncomplete(
                    f"{self._client.name} does not know the parent of its own ledger block.",
                    "The chain may be reorganising; the node asks again.",
                )
            outcome = reconcile(self._mirror, parent)
        if isinstance(outcome, TooDeep):
            self._confirm(min(outcome.number, header.number), outcome.number)
        if isinstance(outcome, Reorg):
            self._mirror.undo_above(outcome.ancestor)
            self._report()
        return outcome

    def _confirm(self, number: int, final: int) -> None:
        """Raises `FinalReorg` when the node says again and again that another block is at height
        `number`, and is of the right chain: a stray answer of another node behind the same address
        is no reason to stop for ever."""
        for confirmation in range(1, _CONFIRMATIONS + 1):
            time.sleep(self._retry.wait(confirmation))
            self._check_chain()
            now = self._client.header_at(number)
            if now is None or now.hash == self._mirror.hash_at(number):
                raise LogsIncomplete(
                    f"{self._client.name} contradicts itself about ledger block {number}.",
                    "Nodes of several branches may answer at its address; the node asks again.",
                )
        raise FinalReorg(
            f"The chain at {self._client.name} replaced ledger blocks up to {final},"
            " which were final.",
            "Find out which chain is right. If it is this one, delete the mirror and index"
            " again; if not, name another node.",
        )

    def _catch_up(self, first: int, head: int, stop: threading.Event) -> None:
        """Index a backlog in ranges: one is fetched while one is computed and one is written."""
        reader = self._reader(head - first + 1)
        try:
            with closing(reader), ThreadPoolExecutor(1, "tonnelink-fetch") as pool:
                self._take_in(pool, reader, first, head, stop)
        except BaseException:
            with suppress(TonnelinkError):  # what was raised first counts
                self._mirror.end_backlog()
            raise
        self._mirror.end_backlog()
        self._report()

    def _reader(self, blocks: int) -> RangeReader | ReadingProcess:
        """A process of its own is worth its start when there are many ledger blocks to read."""
        if blocks < BLOCKS_FOR_A_PROCESS:
            return RangeReader(self._client, self._logs)
        return ReadingProcess(self._client, self._logs)

    def _take_in(
        self,
        pool: ThreadPoolExecutor,
        reader: RangeReader | ReadingProcess,
        first: int,
        head: int,
        stop: threading.Event,
    ) -> None:
        here = RangeReader(self._client, self._logs)
        known = self._logs.addresses

        def read_later(number: int) -> Future[list[LedgerBlock]] | None:
            if number > head:
                return None
            chosen = reader if reader.ready else here
            named = self._logs.addresses - known
            return pool.submit(chosen.read, number, min(head, number + self._range - 1), named)

        reading = read_later(first)
        before: Header | None = None
        while reading is not None and not stop.is_set():
            try:
                blocks = reading.result()
            except LogsIncomplete:
                self._range = max(1, self._range // 2)
                raise
            begin, end = blocks[0][0], blocks[-1][0]
            if before is None or begin.parent_hash != before.hash:
                self._mirror.settle()
                if not isinstance(self._settle(begin), Extend):
                    return
            if before is None:  # not sooner: a height that is only claimed begins nothing
                self._mirror.begin_backlog(head - begin.number + 1)
            self._widen(blocks)
            self._logs.watch_named(log for _, logs in blocks for log in logs)
            reading = read_later(end.number + 1)
            # Finality counts from the blocks that the mirror has: see `_apply`.
            self._mirror.append(blocks, end.number)
            self._report()
            before = end

    def _widen(self, blocks: list[LedgerBlock]) -> None:
        """The next range: as many ledger blocks as will have a good number of logs."""
        logs = sum(len(logs) for _, logs in blocks)
        wished = len(blocks) * _LOGS_AT_ONCE // max(1, logs)
        self._range = max(1, min(wished, 2 * len(blocks), _BLOCKS_AT_ONCE))

    def _apply(self, blocks: list[LedgerBlock]) -> None:
        """Finality counts from the blocks that the mirror has: a head that a node only claims makes
        nothing final."""
        self._mirror.apply(blocks, blocks[-1][0].number)
        self._report()

    def _learn_finality(self) -> None:
        """On a chain that says itself what is final: believe it about blocks that are here."""
        if self._deployment.finality.kind != "finalized":
            return
        header = self._client.finalized()
        if header is not None and self._mirror.hash_at(header.number) == header.hash:
            self._mirror.finalize(header.number)
            self._report()

    # ---- around it ------------------------------------------------------------------------

    def _check_chain(self) -> None:
        """Raises `Inconsistent` when the node is of another chain than the deployment."""
        self._check_id(self._client.chain_id())
        genesis = self._client.header_at(0)
        if genesis is None:
            raise Unavailable(
                f"{self._client.name} does not have its chain's first block.",
                "It may still be loading; it must keep the blocks of the whole chain.",
            )
        if genesis.hash != self._deployment.genesis_hash:
            raise self._other_chain(
                f"{self._client.name} has the deployment's chain id but another first block than"
                " its chain.",
                "It is a different chain, or one that was started anew: deploy on it first.",
            )
        if not self._known_chain:  # a chain that was right has its contracts
            check_contracts(self._client, self._deployment)
        self._right_chain = self._known_chain = True

    def _check_id(self, chain_id: int) -> None:
        expected = self._deployment.chain_id
        if chain_id != expected:
            raise self._other_chain(
                f"{self._client.name} is on chain {chain_id}; the deployment is on {expected}.",
                "Name a node of the deployment's chain, or the right deployment.",
            )

    def _other_chain(self, message: str, hint: str) -> TonnelinkError:
        """At the start a mistake of whoever named the node; later a stray answer."""
        return Unavailable(message, hint) if self._known_chain else Inconsistent(message, hint)

    def _report(self, **changes: object) -> None:
        self.status = replace(
            self.status,
            indexed=self._mirror.head,
            finalized=self._mirror.final,
            digest=self._mirror.digest,
            **changes,  # type: ignore[arg-type] # fields of Status
        )
        self._progress(self.status)
