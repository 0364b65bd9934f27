"""How fast a mirror takes in a history, beside a plain web3.py loop and beside fetching alone.

    python -m scripts.bench.backfill --events 100000

One run on one chain (see `scripts.bench.history`), one after another:

    plain     get_logs and process_log of web3.py, in ranges of a hundred ledger blocks
    fetch     the requests that the node makes, their JSON parsed and nothing else done
    sqlite    the node: completeness checks, hash chain, versions, digest, everything on disk
    postgres  the same into PostgreSQL; null where there is none

then what a reorganisation of sixty ledger blocks costs: taking them back, beside indexing them
again. The last line of output is JSON, in events a second.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web3 import HTTPProvider, Web3

from registry_node.chain.artifacts import load_artifact, signature
from registry_node.chain.client import ChainClient
from registry_node.chain.decoding import TOPICS
from registry_node.chain.deployment import Deployment
from registry_node.indexer.mirror import Mirror
from registry_node.indexer.runner import Indexer
from registry_node.store.database import open_writer
from scripts.bench.chain import development_chain
from scripts.bench.history import History, committed_artifacts

REORG = 60
_PLAIN_RANGE = 100
_FETCH_RANGE = 70
_CONTRACTS = (
    "UnitRegistry",
    "IssuanceDesk",
    "ComplianceDesk",
    "LienDesk",
    "HolderDesk",
    "ProposalDesk",
    "LinkGateway",
)


@dataclass(slots=True)
class Measure:
    """One way of reading the chain: seconds on the clock, and of this process."""

    events: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.events / self.seconds


@contextmanager
def private_history(events: int) -> Iterator[tuple[str, History]]:
    """A chain with that many events, as its address, and who made it."""
    with development_chain(committed_artifacts(), options=("--no-request-size-limit",)) as chain:
        history = History(chain)
        history.grow(events, _tell_growth(events))
        yield chain.url, history


def _tell_growth(events: int) -> Callable[[int], None]:
    if not sys.stderr.isatty():
        return lambda _: None
    return lambda done: print(
        f"\rchain: {done:,} of {events:,} events",
        end="\n" if done >= events else "",
        file=sys.stderr,
    )


def measured(read: Callable[[], int]) -> Measure:
    clock, cpu = time.perf_counter(), _cpu()
    events = read()
    return Measure(events, time.perf_counter() - clock, _cpu() - cpu)


def _cpu() -> float:
    """Seconds that this process and those that it started and outlived have computed."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, whose))


# ---- the ways of reading --------------------------------------------------------------------


def plain(url: str, deployment: Deployment, head: int) -> int:
    """What a script would do: every event decoded by web3.py, and nothing kept."""
    web3 = Web3(HTTPProvider(url))
    decoders = _decoders(web3)
    count = 0
    for first in range(deployment.start_block, head + 1, _PLAIN_RANGE):
        last = min(head, first + _PLAIN_RANGE - 1)
        where: Any = {**_filter(deployment), "fromBlock": first, "toBlock": last}
        for log in web3.eth.get_logs(where):
            decoders[bytes(log["topics"][0])].process_log(log)
            count += 1
    return count


def _decoders(web3: Web3) -> dict[bytes, Any]:
    decoders = {}
    for name in _CONTRACTS:
        abi = load_artifact(name).abi
        contract: Any = web3.eth.contract(abi=abi)
        for entry in abi:
            if entry["type"] == "event":
                topic = bytes(web3.keccak(text=signature(entry)))
                decoders[topic] = contract.events[entry["name"]]()
    return decoders


def _filter(deployment: Deployment) -> dict[str, Any]:
    return {
        "address": [Web3.to_checksum_address(address) for address in deployment.addresses],
        "topics": [["0x" + topic.hex() for topic in TOPICS]],
    }


def fetch(url: str, deployment: Deployment, head: int) -> int:
    """The headers and logs, as JSON."""
    client, count = ChainClient(url), 0
    for first in range(deployment.start_block, head + 1, _FETCH_RANGE):
        last = min(head, first + _FETCH_RANGE - 1)
        where = {**_filter(deployment), "fromBlock": hex(first), "toBlock": hex(last)}
        count += len(client.rpc.call("eth_getLogs", where))
        client.rpc.batch(
            [("eth_getBlockByNumber", (hex(n), False)) for n in range(first, last + 1)]
        )
    client.close()
    return count


def index(url: str, deployment: Deployment, path: Path) -> int:
    with open_writer(path) as database:
        Indexer(ChainClient(url), deployment, database).sync()
        (count,) = database.connection.execute("SELECT COUNT(*) FROM raw_log").fetchone()
    return int(count)


def undo(url: str, deployment: Deployment, path: Path) -> tuple[float, float]:
    """Seconds to take sixty ledger blocks back, and to index them again."""
    with open_writer(path) as database:
        mirror = Mirror(database, deployment)
        before = mirror.digest
        start = time.perf_counter()
        mirror.undo_above((mirror.head or 0) - REORG)
        undone = time.perf_counter()
        after = Indexer(ChainClient(url), deployment, database).sync()
        indexed = time.perf_counter()
    if after.digest != before:
        raise AssertionError("the digest is another one after taking blocks back")
    return undone - start, indexed - undone


# ---- the report -----------------------------------------------------------------------------


def report(events: int) -> dict[str, float | int | None]:
    measures: dict[str, Measure] = {}
    with private_history(events) as (url, history), tempfile.TemporaryDirectory() as folder:
        deployment = Deployment.model_validate(history.deployment())
        head = ChainClient(url).head_number()
        path = Path(folder) / "mirror.sqlite"
        print(
            f"chain: {history.transactions:,} transactions in {head:,} ledger blocks,"
            f" {history.refused} refused"
        )
        ways: dict[str, Callable[[], int]] = {
            "plain": lambda: plain(url, deployment, head),
            "fetch": lambda: fetch(url, deployment, head),
            "sqlite": lambda: index(url, deployment, path),
        }
        for name, read in ways.items():
            measures[name] = measure = measured(read)
            print(
                f"{name:10}{measure.rate:>10,.0f} events/s{measure.seconds:>8.2f} s"
                f"{measure.cpu:>8.2f} s of CPU",
                flush=True,
            )
        if len({measure.events for measure in measures.values()}) != 1:
            raise AssertionError(f"not everybody read the same events: {measures}")
        size = path.stat().st_size
        count = measures["sqlite"].events
        print(
            f"database: {size:,} bytes, {size / count:,.0f} an event,"
            f" {size / head:,.0f} a ledger block"
        )
        back, again = undo(url, deployment, path)
        print(
            f"undo of {REORG} ledger blocks: {back:.3f} s; indexing them: {again:.3f} s;"
            f" {back / again:.2f} of it"
        )
    return _figures(measures)


def _figures(measures: dict[str, Measure]) -> dict[str, float | int | None]:
    def rate(name: str) -> int | None:
        return round(measures[name].rate) if name in measures else None

    def ratio(one: str, other: str) -> float | None:
        if one not in measures or other not in measures:
            return None
        return round(measures[one].rate / measures[other].rate, 2)

    return {
        "events": measures["sqlite"].events,
        **{name: rate(name) for name in ("plain", "fetch", "sqlite", "postgres")},
        "sqlite_vs_plain": ratio("sqlite", "plain"),
        "sqlite_vs_fetch": ratio("sqlite", "fetch"),
        "postgres_vs_sqlite": ratio("postgres", "sqlite"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a mirror's backfill.")
    parser.add_argument("--events", type=int, default=100_000)
    print(json.dumps(report(parser.parse_args().events)))


if __name__ == "__main__":
    main()
