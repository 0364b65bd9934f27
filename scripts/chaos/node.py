"""The node under test: an indexer in a process of its own, which may be killed anywhere."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from registry_node.chain import rpc
from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment, load_deployment
from registry_node.chain.reading import ReadingProcess
from registry_node.chain.retry import Retry
from registry_node.cli.stopping import stopping
from registry_node.domain.errors import TonnelinkError
from registry_node.indexer import mirror, runner
from registry_node.indexer.runner import Indexer
from registry_node.store.database import Database, open_writer

TIMEOUT = 0.3
"""Seconds that the node waits for an answer."""

RETRY = Retry(attempts=4, first=0.001, most=0.01, patience=0.02)
_UNEXPECTED = 70

ChainClient("http://127.0.0.1:1").close()  # loads what a client needs, before anything is forked


@dataclass(frozen=True)
class NodeConfig:
    """`database` is a path or postgresql://...; `kill_at` is a statement of the writer, counted
    from the opening, before which the process dies; 0 for none. `output` gets what it says."""

    url: str
    deployment: Path
    database: str
    output: Path
    kill_at: int = 0
    synchronous: Any = "OFF"
    blocks_at_once: int = 4
    long_backlog: int = 10**9
    """A backlog of so many ledger blocks is read by a process of its own, and its indexes are made
    at its end."""


def start(config: NodeConfig) -> multiprocessing.Process:
    """Fork a process that has everything imported already, and runs nothing else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=run, args=(config,))
    process.start()
    return cast("multiprocessing.Process", process)


def run(config: NodeConfig) -> None:
    """Follow the chain until SIGTERM. Exits with the code that `tonnelink index` would."""
    stop = threading.Event()
    with stopping(stop), config.output.open("a", encoding="utf-8") as output:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started us
        sys.stdout = sys.stderr = output
        try:
            _follow(config, stop)
        except TonnelinkError as error:
            print(f"exit {error.exit_code}: {error}", flush=True)
            sys.exit(error.exit_code)
        except Exception:  # noqa: BLE001 - told in the log and by the exit code
            import traceback

            traceback.print_exc()
            output.flush()
            sys.exit(_UNEXPECTED)


def _follow(config: NodeConfig, stop: threading.Event) -> None:
    set_limits(rpc, MOST_BYTES=2_000_000)
    set_limits(
        runner,
        _BLOCKS_AT_ONCE=config.blocks_at_once,
        _FIRST_RANGE=config.blocks_at_once,
        BLOCKS_FOR_A_PROCESS=config.long_backlog,
    )
    set_limits(mirror, _LONG_BACKLOG=config.long_backlog)
    ReadingProcess.ready = True  # type: ignore[assignment] # or it comes too late
    with open_writer(location(config.database), synchronous=config.synchronous) as database:
        if config.kill_at:
            count_statements(database, _killer(config.kill_at))
        indexer = make_indexer(config.url, load_deployment(config.deployment), database)
        indexer.follow(stop)


def set_limits(module: ModuleType, **limits: int) -> None:
    """Other limits than a node has; a name that it no longer has is a mistake."""
    for name, limit in limits.items():
        if name not in vars(module):
            raise AttributeError(f"{module.__name__} has no {name}")
        setattr(module, name, limit)


def make_indexer(url: str, deployment: Deployment, database: Database) -> Indexer:
    client = ChainClient(url, timeout=TIMEOUT, retry=RETRY)
    return Indexer(client, deployment, database, poll_interval=0.003, retry=RETRY)


def location(database: str) -> Path | str:
    return database if database.startswith("postgresql:") else Path(database)


def count_statements(database: Database, tell: Callable[[int], None]) -> None:
    """Calls `tell` with the number of each statement, before it is done."""
    numbers = iter(range(1, 2**62))
    connection: Any = database.connection
    connection.set_trace_callback(lambda _: tell(next(numbers)))


def _killer(at: int) -> Callable[[int], None]:
    def tell(number: int) -> None:
        if number == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return tell
