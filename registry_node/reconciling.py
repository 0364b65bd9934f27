"""Comparing the node's mirror with what it should be, and putting it right: the parts wired."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import fields
from typing import Any

from registry_node import logs
from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment
from registry_node.config import PREFIX, Settings
from registry_node.domain import foreign
from registry_node.domain.errors import InvalidInput, NotFound, TonnelinkError, Unavailable
from registry_node.indexer import bisect, marking, repair, rows
from registry_node.indexer import verify as verification
from registry_node.indexer.report import Report
from registry_node.indexer.runner import Indexer, Status
from registry_node.indexer.schedule import Schedule
from registry_node.indexer.verify import Mode, Progress
from registry_node.store import marks
from registry_node.store.connection import Connection
from registry_node.store.database import Location, open_reader, open_writer

_log = logging.getLogger("tonnelink.reconcile")

_NICENESS = 10
_LOOKS_EVERY = 0.5


def chain_of(settings: Settings, deployment: Deployment) -> ChainClient:
    """Raises `Unavailable` when the chain's node is of another chain."""
    client = ChainClient(settings.rpc_url, timeout=settings.rpc_timeout)
    if client.chain_id() != deployment.chain_id:
        raise Unavailable(
            f"{client.name} is not on the deployment's chain {deployment.chain_id}.",
            "Name the right node with --rpc-url, or the right home with --home.",
        )
    return client


def verify(
    settings: Settings, deployment: Deployment, mode: Mode, at: int | None, progress: Progress
) -> tuple[Report, str | None]:
    """Compares the mirror with what it should be, at one ledger block, and marks what differs.

    The second is why nothing could be marked; None when it was.
    """
    client = chain_of(settings, deployment) if mode.needs_chain else None
    report = verification.verify(
        client, settings.mirror, at, progress, deployment=deployment, mode=mode
    )
    try:
        marking.record(settings.mirror, report, mode, whole=at is None)
    except TonnelinkError as error:
        return report, str(error)
    return report, None


def mend(
    settings: Settings, deployment: Deployment, height: int, progress: Progress
) -> tuple[Status, Report]:
    """Makes the mirror anew from a height on; then compares it with the contracts."""
    client = chain_of(settings, deployment)
    with open_writer(settings.mirror) as database:

        def checked(done: int, last: int) -> None:
            progress("ledger blocks checked", done, last)

        def indexed(status: Status) -> None:
            progress("ledger blocks indexed", status.indexed or 0, status.chain_head)

        repair.take_back(database, deployment, height, checked)
        status = Indexer(client, deployment, database).sync(indexed)
    report, _ = verify(settings, deployment, Mode.CONTRACTS, None, progress)
    return status, report


# ---- two mirrors ----------------------------------------------------------------------------


class DatabaseSide:
    """A mirror whose database can be read, inside one snapshot."""

    def __init__(self, connection: Connection) -> None:
        self.name = connection.name
        self._connection = connection

    def at(self, height: int | None) -> bisect.Standing:
        row = self._connection.execute(
            "SELECT number, hash, digest FROM header WHERE number <= ?"
            " ORDER BY number DESC LIMIT 1",
            (2**63 - 1 if height is None else height,),
        ).fetchone()
        if row is None:
            raise NotFound(f"{self.name} has no ledger block yet.", "Index it first.")
        first = self._connection.execute("SELECT MIN(number) FROM header").fetchone()[0]
        meta = dict(map(tuple, self._connection.execute("SELECT key, value FROM meta")))
        ledger = (int(meta["chain_id"]), meta["genesis_hash"], first, int(meta["digest"]))
        return bisect.Standing(row[0], bytes(row[1]), bytes(row[2]), ledger)


class NodeSide:
    """A mirror behind a node's API."""

    def __init__(self, url: str, timeout: float) -> None:
        self._base = url.rstrip("/")
        self.name = logs.masked(self._base)
        self._timeout = timeout

    def at(self, height: int | None) -> bisect.Standing:
        import httpx  # heavy

        question = {} if height is None else {"at": str(height)}
        try:
            response = httpx.get(f"{self._base}/v1/digests", params=question, timeout=self._timeout)
            document = foreign.loads(response.raise_for_status().content)
            data, seen = document["data"], document["as_of"]
            ledger = (data["chain_id"], data["genesis_hash"][2:], data["first_block"], data["rule"])
            block_hash, digest = (
                bytes.fromhex(text[2:]) for text in (seen["block_hash"], data["digest"])
            )
            return bisect.Standing(seen["block_number"], block_hash, digest, ledger)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            why = "what it answers is not what a node would"
            if isinstance(error, httpx.HTTPStatusError):
                why = f"it answers with HTTP status {error.response.status_code}"
            elif isinstance(error, httpx.HTTPError | httpx.InvalidURL):
                why = f"it cannot be reached ({logs.masked(str(error))})"
            raise Unavailable(
                f"The node at {self.name} does not tell its digests: {why}.",
                "Name a running node's address, such as http://127.0.0.1:8000.",
            ) from error


def compare(
    settings: Settings, other: str, other_location: Location | None, progress: Progress
) -> tuple[bisect.Parting, Report]:
    """Compares the mirror with another's digests; with a database also row by row.

    `other_location` is that of a database; otherwise `other` is a node's address.
    """

    def compared(done: int) -> None:
        progress("rows compared", done, None)

    with closing(open_reader(settings.mirror)) as mirror, mirror.snapshot():
        ours = DatabaseSide(mirror)
        if other_location is None:
            if not other.startswith(("http://", "https://")):
                raise InvalidInput(
                    f"'{other}' is no mirror.",
                    "Name a node's address, a mirror's file or a postgresql:// address.",
                )
            parting = bisect.compare(ours, NodeSide(other, settings.rpc_timeout))
            return parting, _report(parting)
        with closing(open_reader(other_location)) as second, second.snapshot():
            parting = bisect.compare(ours, DatabaseSide(second))
            report = _report(parting)
            if parting.agree or not parting.other_block:
                rows.compare(mirror, second, report, compared, whole=False)
            return parting, report


def _report(parting: bisect.Parting) -> Report:
    return Report(parting.height, parting.ours.block_hash, parting.ours.digest)


# ---- from time to time ----------------------------------------------------------------------


def scheduled(settings: Settings) -> Schedule | None:
    """Reconciles every `reconcile_interval` seconds; None when that is off."""
    if not settings.reconcile_interval:
        return None

    def last() -> float | None:
        with (
            suppress(TonnelinkError),
            closing(open_reader(settings.mirror)) as mirror,
            mirror.snapshot(),
        ):
            made = marks.last(mirror)
            return None if made is None else made.made_at
        return None

    return Schedule(settings.reconcile_interval, lambda stop: run_apart(settings, stop), last)


def run_apart(
    settings: Settings,
    stop: threading.Event,
    told: Callable[[dict[str, Any] | None], None] = lambda _: None,
) -> None:
    """One comparison in a process of its own, of low priority, so that answers and indexing do not
    wait for it; it marks what it finds. It is ended when `stop` is set."""
    words = ["verify", "--json"]
    if settings.reconcile_mode != Mode.CONTRACTS.value:
        words.append(f"--{settings.reconcile_mode}")
    program = "from registry_node.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        env={**os.environ, **_environment(settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
    while True:
        try:
            answer, complaint = process.communicate(timeout=_LOOKS_EVERY)
            break
        except subprocess.TimeoutExpired:
            if stop.is_set():
                process.terminate()
    if not stop.is_set():
        told(_tell(answer, complaint))


def _environment(settings: Settings) -> dict[str, str]:
    values = ((item.name, getattr(settings, item.name)) for item in fields(Settings))
    return {PREFIX + name.upper(): str(value) for name, value in values if value is not None}


def _tell(answer: str, complaint: str) -> dict[str, Any] | None:
    """Logs what a comparison said; its document, None where it could not be made."""
    try:
        document: dict[str, Any] = foreign.loads(answer)
        height, wrong = document["block_number"], len(document["differences"])
    except (ValueError, KeyError, TypeError):
        reason = " ".join(complaint.split())[:500]
        logs.event(_log, logging.WARNING, "reconcile-failed", f"Not reconciled: {reason}")
        return None
    if not wrong:
        message = f"The mirror agrees with the ledger at ledger block {height}."
        logs.event(_log, logging.INFO, "reconciled", message, block=height)
        return document
    first = document["first_block"]
    logs.event(
        _log,
        logging.ERROR,
        "mismatch",
        f"The mirror differs from the ledger in {wrong} places at ledger block {height}"
        f"{'' if first is None else f', from {first} on'}; answers about them are marked.",
        block=height,
        differences=wrong,
        first_block=first,
    )
    return document
