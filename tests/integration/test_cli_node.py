"""`tonnelink up` as a process: it serves, notices when the chain goes, goes on when it is back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.chain import EmbeddedChain, free_port
from tests.support.deployed import start_chain
from tests.support.world import World

ROOT = Path(__file__).parents[2]
MAIN = [sys.executable, "-c", "from registry_node.cli import main; main()"]


def until(condition: Callable[[], bool], seconds: float) -> float:
    """Waits for a condition; how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        time.sleep(0.05)
    return time.monotonic() - began


class Node:
    """A running node, over HTTP."""

    def __init__(self, home: Path, chain: EmbeddedChain, world: World) -> None:
        self.chain, self.world = chain, world
        self.port = free_port()
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TONNELINK_")},
            "TONNELINK_HOME": str(home),
            "TONNELINK_RPC_URL": str(chain.url()),
            "TONNELINK_PORT": str(self.port),
            "TONNELINK_POLL_INTERVAL": "0.1",
        }
        self.process = subprocess.Popen(
            [*MAIN, "up"], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE
        )

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def health(self) -> tuple[int, Any]:
        try:
            response = self.get("/v1/health")
        except httpx.TransportError:
            return 0, {}
        return response.status_code, response.json()["data"]

    def run(self, *arguments: str) -> Any:
        result = subprocess.run(
            [*MAIN, *arguments, "--json"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            check=True,
        )
        return json.loads(result.stdout)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home = Path(tmp_path_factory.mktemp("home"))
    chain = start_chain(home / "chain")
    try:
        world = World.deploy(chain.url())
        world.play_everything()
        world.write_deployment(home / "deployment.json")
        node = Node(home, chain, world)
        try:
            until(lambda: node.health()[1].get("lag") == 0, 60)
            yield node
        finally:
            node.process.send_signal(signal.SIGTERM)
            assert node.process.wait(15) == 0
    finally:
        chain.stop()


def test_trace_and_api_say_the_same(node: Node) -> None:
    lots = node.get("/v1/lots").json()["data"]
    assert len(lots) == node.world.gateway.functions.lotCount().call() == 5
    unit_class, _, serials = lots[0]["source_units"][0].rpartition(":")
    reference = f"{unit_class}:{serials.split('-')[0]}"
    answer = node.get("/v1/units/" + reference.replace(":", "/"))
    assert answer.status_code == 200
    assert node.run("trace", reference) == answer.json()
    events = [step["event"] for step in answer.json()["data"]["steps"]]
    assert events[0] == "issuance"
    assert events[1] in {"allocation", "auction-delivery"}
    assert {"export", "conversion", "import"} <= set(events)


def test_every_lot_can_be_traced_from_both_sides(node: Node) -> None:
    for lot in node.get("/v1/lots").json()["data"]:
        code, symbol, serials = lot["foreign_units"].split(":")
        first, last = (int(part) for part in serials.split("-"))
        for serial in {first, (first + last) // 2, last}:
            life = node.get(f"/v1/units/{code}/{symbol}/{serial}").json()["data"]
            assert life["complete"]
            assert life["steps"][0]["event"] == "issuance"
            for twin in life["twins"]:
                origin = twin["units"].rpartition(":")[2].split("-")[0]
                home = node.get(f"/v1/units/CN/CEA-2025/{origin}").json()["data"]
                units = [other["units"] for other in home["twins"] if other["lot"] == lot["id"]]
                (there,) = [text.rpartition(":")[2].split("-") for text in units]
                assert int(there[0]) <= serial <= int(there[-1])


def test_new_ledger_blocks_are_followed(node: Node) -> None:
    height = node.world.web3.eth.block_number
    node.world.do(node.world.cn, "openSystemAccount", b"later".ljust(32, b"\0"), 0)
    until(lambda: node.health()[1].get("indexed") == height + 1, 5)
    labels = [a["label"] for a in node.get("/v1/registries/CN/accounts").json()["data"]]
    assert "later" in labels


def test_another_indexer_of_the_same_mirror_is_refused(node: Node) -> None:
    result = subprocess.run(
        [*MAIN, "index", "--once"], cwd=ROOT, env=node.environment, capture_output=True, check=False
    )
    assert result.returncode == 5
    assert b"Another indexer" in result.stderr
    result = subprocess.run(
        [*MAIN, "serve"], cwd=ROOT, env=node.environment, capture_output=True, check=False
    )
    assert result.returncode == 5
    assert b"cannot be listened on" in result.stderr


def test_a_silent_chain_is_told_within_seconds_and_the_node_goes_on_after(node: Node) -> None:
    port = int(str(node.chain.url()).rpartition(":")[2])
    before = node.health()[1]["indexed"]
    node.chain.stop()
    until(lambda: node.health()[1].get("chain_reachable") is False, 5)
    response = node.get("/v1/health")
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["as_of"]["block_number"] == before
    assert node.get("/v1/registries").status_code == 200  # the mirror still answers
    node.chain.start(port)
    until(lambda: node.health()[0] == 200, 20)
    node.world.do(node.world.cn, "openSystemAccount", b"after".ljust(32, b"\0"), 0)
    until(lambda: node.health()[1].get("indexed", 0) > before, 20)
