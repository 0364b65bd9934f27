"""How fast a mirror takes in a history, beside a plain web3.py loop and beside fetching alone.

    python -m scripts.bench.backfill --events 100000

One run on one chain (see `scripts.bench.history`):

    plain     get_logs and process_log of web3.py, in ranges of a hundred ledger blocks
    fetch     the very requests that the node makes, their JSON parsed and nothing else done
    sqlite    the node: completeness checks, hash chain, versions, digest, everything on disk
    postgres  the same into PostgreSQL; null where there is none

They take turns, three rounds long: plain reads a third of the chain in each, the others all of it.
Of the others the median counts. Then, in both stores, what a reorganisation of sixty ledger blocks
costs: taking them back, beside indexing them again. The last line of output is JSON, in events a
second.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from web3 import HTTPProvider, Web3

from registry_node.chain.artifacts import load_artifact, signature
from registry_node.chain.client import ChainClient
from registry_node.chain.decoding import TOPICS
from registry_node.chain.deployment import Deployment
from registry_node.chain.rpc import Call, JsonRpc
from registry_node.indexer import runner
from registry_node.indexer.mirror import Mirror
from registry_node.indexer.runner import Indexer
from registry_node.store.database import Location, open_writer
from scripts.artifacts import all_committed
from scripts.bench import postgres
from scripts.bench.chain import development_chain
from scripts.bench.history import History

REORG = 60
ROUNDS = 3
_PLAIN_RANGE = 100
_CONTRACTS = (
    "UnitRegistry",
    "IssuanceDesk",
    "ComplianceDesk",
    "LienDesk",
    "HolderDesk",
    "ProposalDesk",
    "LinkGateway",
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One reading of the chain, or of a part: seconds on the clock, and of computing here."""

    events: int
    seconds: float
    cpu: float


def measured(read: Callable[[], int]) -> Measure:
    clock, cpu = time.perf_counter(), _cpu()
    events = read()
    return Measure(events, time.perf_counter() - clock, _cpu() - cpu)


def _cpu() -> float:
    """Seconds that this process and those that it started and outlived have computed."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, whose))


@contextmanager
def private_history(events: int) -> Iterator[tuple[str, History]]:
    """A chain with that many events, as its address, and who made it."""
    with development_chain(all_committed(), options=("--no-request-size-limit",)) as chain:
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


# ---- the ways of reading --------------------------------------------------------------------


class Plain:
    """What a script would do: every event decoded by web3.py, and nothing kept."""

    def __init__(self, url: str, deployment: Deployment, head: int) -> None:
        self._web3 = Web3(HTTPProvider(url))
        self._where = {
            "address": [Web3.to_checksum_address(address) for address in deployment.addresses],
            "topics": [["0x" + topic.hex() for topic in TOPICS]],
        }
        self._decoders: dict[bytes, Any] = {}
        for name in _CONTRACTS:
            abi = load_artifact(name).abi
            contract: Any = self._web3.eth.contract(abi=abi)
            for entry in abi:
                if entry["type"] == "event":
                    topic = bytes(self._web3.keccak(text=signature(entry)))
                    self._decoders[topic] = contract.events[entry["name"]]()
        starts = range(deployment.start_block, head + 1, _PLAIN_RANGE)
        self._ranges = [(first, min(head, first + _PLAIN_RANGE - 1)) for first in starts]

    def read(self, part: int) -> int:
        """Every third of the ranges, so that each part has old blocks and new ones."""
        count = 0
        for first, last in self._ranges[part::ROUNDS]:
            where: Any = {**self._where, "fromBlock": first, "toBlock": last}
            for log in self._web3.eth.get_logs(where):
                self._decoders[bytes(log["topics"][0])].process_log(log)
                count += 1
        return count


class _Recorder(JsonRpc):
    """Remembers what is asked."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[Sequence[Call]] = []

    def call(self, method: str, *parameters: Any) -> Any:
        self.asked.append([(method, parameters)])
        return super().call(method, *parameters)

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        self.asked.append(calls)
        return super().batch(calls)


def requests_of_node(url: str, deployment: Deployment) -> list[Sequence[Call]]:
    """What a node asks the chain's node from its first block to the head."""
    client = ChainClient(url)
    client.rpc = recorder = _Recorder(url)
    usual, runner.BLOCKS_FOR_A_PROCESS = runner.BLOCKS_FOR_A_PROCESS, sys.maxsize
    with tempfile.TemporaryDirectory() as folder:
        index(client, deployment, Path(folder) / "mirror.sqlite")
    runner.BLOCKS_FOR_A_PROCESS = usual
    return recorder.asked


def fetch(url: str, asked: Sequence[Sequence[Call]]) -> int:
    """The same questions again; how many logs came by range."""
    rpc, count = JsonRpc(url), 0
    for calls in asked:
        if len(calls) == 1:
            ((method, parameters),) = calls
            answer = rpc.call(method, *parameters)
            count += len(answer) if method == "eth_getLogs" else 0
        else:
            rpc.batch(calls)
    rpc.close()
    return count


def index(client: ChainClient, deployment: Deployment, place: Location) -> int:
    with open_writer(place) as database:
        Indexer(client, deployment, database).sync()
        (count,) = database.connection.execute("SELECT COUNT(*) FROM raw_log").fetchone()
    return int(count)


def undo(url: str, deployment: Deployment, place: Location) -> tuple[float, float]:
    """Seconds to take sixty ledger blocks back, and to index them again."""
    with open_writer(place) as database:
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
    with ExitStack() as stack:
        url, history = stack.enter_context(private_history(events))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(postgres.server())
        deployment = Deployment.model_validate(history.deployment())
        head = ChainClient(url).head_number()
        print(
            f"chain: {history.transactions:,} transactions in {head:,} ledger blocks,"
            f" {history.refused} refused"
        )
        plain, asked = Plain(url, deployment, head), requests_of_node(url, deployment)
        measures: dict[str, list[Measure]] = {}
        for number in range(ROUNDS):
            places: dict[str, Location] = {"sqlite": folder / f"{number}.sqlite"}
            if server:
                places["postgres"] = stack.enter_context(postgres.schema(server))
            ways: dict[str, Callable[[], int]] = {
                "plain": lambda part=number: plain.read(part),  # type: ignore[misc]
                "fetch": lambda: fetch(url, asked),
            }
            for name, place in places.items():
                ways[name] = lambda place=place: index(ChainClient(url), deployment, place)  # type: ignore[misc]
            for name, read in ways.items():
                measures.setdefault(name, []).append(measured(read))
                _show(number, name, measures[name][-1])
        total = sum(part.events for part in measures["plain"])
        for name, rounds in measures.items():
            if name != "plain" and {measure.events for measure in rounds} != {total}:
                raise AssertionError(f"not everybody read the same events: {measures}")
        for name, place in places.items():
            _show_growth(name, place, total, head)
            back, again = undo(url, deployment, place)
            print(
                f"{name}: undo of {REORG} ledger blocks {back:.3f} s, indexing them {again:.3f} s:"
                f" {back / again:.2f} of it"
            )
    return _figures(total, measures)


def _show(number: int, name: str, measure: Measure) -> None:
    print(
        f"round {number + 1}  {name:10}{measure.events / measure.seconds:>10,.0f} events/s"
        f"{measure.seconds:>8.2f} s{measure.cpu:>8.2f} s of CPU here",
        flush=True,
    )


def _show_growth(name: str, place: Location, events: int, blocks: int) -> None:
    with open_writer(place) as database:
        size = database.connection.size()
    print(f"{name}: {size:,} bytes, {size / events:,.0f} an event, {size / blocks:,.0f} a block")


def _figures(total: int, measures: dict[str, list[Measure]]) -> dict[str, float | int | None]:
    rates = {
        name: median(m.events / m.seconds for m in rounds)
        if name != "plain"
        else total / sum(m.seconds for m in rounds)
        for name, rounds in measures.items()
    }

    def ratio(one: str, other: str) -> float | None:
        return round(rates[one] / rates[other], 2) if one in rates and other in rates else None

    return {
        "events": total,
        **{
            name: round(rates[name]) if name in rates else None
            for name in ("plain", "fetch", "sqlite", "postgres")
        },
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
