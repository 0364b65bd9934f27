"""A final chain that reorganises: what an operator and a reader of the API see of it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.chain import free_port
from scripts.chaos.chain import Chain
from scripts.chaos.simulation import beginning
from scripts.toolchain.paths import ROOT
from tests.integration.test_chaos import Director, check, deployment_of, served

MAIN = [sys.executable, "-c", "from registry_node.cli import main; main()"]


@pytest.fixture
def chain() -> Chain:
    chain = beginning()[1].fork(random.Random(8))
    chain.mine(5)
    return chain


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def node(*arguments: str, home: Path, url: str, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("TONNELINK_")},
        "TONNELINK_HOME": str(home),
        "TONNELINK_RPC_URL": url,
        "TONNELINK_PORT": str(port),
        "TONNELINK_POLL_INTERVAL": "0.02",
    }
    process = subprocess.Popen(
        [*MAIN, *arguments], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def health(port: int) -> tuple[int, Any]:
    try:
        response = httpx.get(f"http://127.0.0.1:{port}/v1/health", timeout=20)
    except httpx.TransportError:
        return 0, {"data": {}}
    return response.status_code, response.json()


def test_the_node_tells_everybody_goes_on_answering_and_ends_with_6(
    chain: Chain, tmp_path: Path
) -> None:
    deployment, port = deployment_of(chain, tmp_path, kind="instant"), free_port()
    before = chain.head
    with (
        served(Director(chain)) as url,
        node("up", home=tmp_path, url=url, port=port) as process,
    ):
        until(lambda: health(port)[1]["data"].get("indexed") == before.number)
        chain.reorganise(before.number - 3, 6)
        until(lambda: health(port)[1]["data"].get("stopped") is True)
        status, document = health(port)
        assert status == 503
        assert "which were final" in document["detail"]
        assert "needs somebody" in document["hint"]
        assert document["as_of"]["block_hash"] == "0x" + before.hash.hex()
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/registries", timeout=20)
        assert answer.json()["as_of"]["block_hash"] == "0x" + before.hash.hex()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 6
        assert "The indexer has stopped: " in said
        assert "which were final" in said
    chain.switch(before)
    check(chain, deployment, tmp_path / "mirror.sqlite")


def test_the_command_that_indexes_exits_with_6(chain: Chain, tmp_path: Path) -> None:
    deployment_of(chain, tmp_path, kind="instant")
    with served(Director(chain)) as url:
        for expected in (0, 6):
            with node("index", "--once", "--json", home=tmp_path, url=url, port=1) as process:
                _, said = process.communicate(timeout=60)
                assert process.returncode == expected, said
            chain.reorganise(chain.head.number - 3, 6)
    assert "which were final" in json.loads(said)["message"]
