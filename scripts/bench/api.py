"""How fast the API answers a balance query: `make bench-api`.

Beside it, in turns, a Starlette application that says hello, in a process of the same kind, asked
by the same client. The balances are answered as a node does by default: behind its guard, counted,
with an ETag. The queries are of many accounts and classes, in random order. The last line is JSON:
requests a second, and the ratios of throughput and of the 99th percentile of latency, each the
median of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from registry_node.bootstrap import build_guard
from registry_node.config import Settings
from registry_node.queries.snapshot import NOW, Reader
from registry_node.serving import web_server
from scripts.bench import bulk, load

QUERIES = 20_000
_START_SECONDS = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round")
    parser.add_argument("--large", action="store_true", help="among 1,000,000 unit blocks")
    parser.add_argument("--serve", nargs=3, metavar=("WHAT", "MIRROR", "PORT"), help="internal")
    given = parser.parse_args()
    if given.serve:
        _serve(given.serve[0], Path(given.serve[1]), int(given.serve[2]))
        return
    mirror = bulk.mirror_of(bulk.large() if given.large else bulk.small())
    with _server("hello", mirror) as hello, _server("balance", mirror) as balance:
        asked = [(hello, [load.get("/")]), (balance, list(_queries(mirror)))]
        for server, requests in asked:
            load.measure(server.port, requests, 1.0)  # so that nothing is done for the first time
        rounds = []
        for number in range(1, given.rounds + 1):
            one, other = [server.measure(ways, given.seconds) for server, ways in asked]
            rounds.append((one, other))
            print(f"round {number}: hello {_told(one, hello)}; balance {_told(other, balance)}")
    found = {
        "hello_rps": round(median(one.requests_a_second for one, _ in rounds)),
        "balance_rps": round(median(other.requests_a_second for _, other in rounds)),
        "rps_ratio": round(median(b.requests_a_second / a.requests_a_second for a, b in rounds), 3),
        "p99_ratio": round(median(b.p99 / a.p99 for a, b in rounds), 3),
    }
    print(json.dumps(found))


class _Server:
    """A server in a process of its own."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.microseconds = 0.0  # of processor time a request, in the last round
        self._process = process

    def measure(self, requests: list[bytes], seconds: float) -> load.Measured:
        before = self._worked()
        found = load.measure(self.port, requests, seconds)
        worked = self._worked() - before
        self.microseconds = 1e6 * worked / (found.requests_a_second * seconds)
        return found

    def _worked(self) -> float:
        """Seconds of processor time; zero where the system does not tell."""
        file = Path(f"/proc/{self._process.pid}/stat")
        if not file.is_file():
            return 0.0
        fields = file.read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _told(found: load.Measured, server: _Server) -> str:
    return (
        f"{found.requests_a_second:,.0f}/s, p50 {found.p50:.2f} ms, p99 {found.p99:.2f} ms,"
        f" {server.microseconds:.0f} us of processor"
    )


def _queries(mirror: Path) -> Iterator[bytes]:
    """Balances of random holders that have one."""
    reader = Reader(mirror, bulk.directory())
    with reader.snapshot() as snapshot:
        rows = snapshot.all(
            "SELECT class_id, address FROM holding WHERE to_height = ?"
            " ORDER BY address, class_id LIMIT 1000000",
            NOW,
        )
    chance = random.Random(1)  # noqa: S311 - no secret
    for row in chance.choices(rows, k=QUERIES):
        registry, symbol = bulk.registry_of(row["class_id"]), bulk.symbol_of(row["class_id"])
        account = "0x" + row["address"].hex()
        yield load.get(f"/v1/holdings?registry={registry}&class={symbol}&account={account}")


@contextmanager
def _server(what: str, mirror: Path) -> Iterator[_Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "scripts.bench.api", "--serve", what, str(mirror), str(port)]
    process = subprocess.Popen(command)
    try:
        _await(port, process)
        yield _Server(port, process)
    finally:
        process.terminate()
        process.wait()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("bench-api: a server did not start")


def _serve(what: str, mirror: Path, port: int) -> None:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route
    from starlette.types import ASGIApp

    from registry_node.api.app import create_app
    from registry_node.api.health import HealthCheck

    async def hello(request: Request) -> PlainTextResponse:  # noqa: ARG001
        return PlainTextResponse("hello")

    app: ASGIApp
    if what == "hello":
        app = Starlette(routes=[Route("/", hello)])
    else:
        reader = Reader(mirror, bulk.directory())
        guard = build_guard(Settings(), None)
        app = create_app(reader, HealthCheck(reader, lambda: 0), "bench", guard)
    server = web_server(app)
    server.run(sockets=[socket.create_server(("127.0.0.1", port))])


if __name__ == "__main__":
    main()
