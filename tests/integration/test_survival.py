"""The indexer through what goes wrong: killed at any point, the chain reorganised, or away."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment, load_deployment
from registry_node.domain.errors import Inconsistent, Unavailable
from registry_node.indexer.runner import Indexer, Status
from registry_node.indexer.verify import verify
from registry_node.store.database import open_writer
from scripts.chain import EmbeddedChain
from tests.support.deployed import start_chain
from tests.support.world import World

KILLS = 12

# Small ranges, so that there are many points to be killed at.
RUNNER = """
import sys
from pathlib import Path
from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import load_deployment
from registry_node.indexer import runner
from registry_node.indexer.runner import Indexer
from registry_node.store.database import open_writer
runner._BLOCKS_AT_ONCE = 3
runner._FIRST_RANGE = 3
url, deployment, path = sys.argv[1:]
with open_writer(Path(path)) as database:
    indexer = Indexer(ChainClient(url), load_deployment(Path(deployment)), database)
    report = lambda status: print(status.indexed, flush=True)
    print("done", indexer.sync(report).digest.hex(), flush=True)
"""


@pytest.fixture
def own_chain(tmp_path: Path) -> Iterator[EmbeddedChain]:
    chain = start_chain(tmp_path / "chain")
    yield chain
    chain.stop()


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def index(client: ChainClient, deployment: Deployment, path: Path) -> Status:
    with open_writer(path, synchronous="OFF") as database:
        return Indexer(client, deployment, database).sync()


def test_killed_at_any_point_it_ends_in_the_same_state(
    session_chain: EmbeddedChain,
    world: World,
    client: ChainClient,
    deployment: Deployment,
    tmp_path: Path,
) -> None:
    url, file = session_chain.url(), world.write_deployment(tmp_path / "deployment.json")
    path = tmp_path / "killed.sqlite"
    expected = index(client, deployment, tmp_path / "straight.sqlite")
    command = [sys.executable, "-c", RUNNER, url, str(file), str(path)]
    chance = random.Random(7)
    heights = []
    for _ in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(chance.randint(1, 5)):
            process.stdout.readline()
        time.sleep(chance.uniform(0, 0.01))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with open_writer(path) as database:  # the lock went with the process
            heights.append(Indexer(client, deployment, database).status.indexed)
    final = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    assert final.stdout.split()[-1] == expected.digest.hex()
    assert verify(client, path).differences == []
    assert len(set(heights)) > 2, f"the kills came at too few points: {heights}"


def test_a_second_indexer_on_the_same_mirror_is_refused(mirror_path: Path) -> None:
    with open_writer(mirror_path), pytest.raises(Unavailable, match=f"process {os.getpid()}"):
        open_writer(mirror_path)
    open_writer(mirror_path).close()


def test_a_reorganisation_is_followed(own_chain: EmbeddedChain, tmp_path: Path) -> None:
    world = World.deploy(own_chain.url())
    world.set_up_market()
    world.entitle_everybody()
    file = world.write_deployment(
        tmp_path / "deployment.json", finality={"kind": "depth", "depth": 64}
    )
    deployment, client = load_deployment(file), ChainClient(own_chain.url())
    path = tmp_path / "mirror.sqlite"
    snapshot = world.rpc("evm_snapshot")
    common = world.web3.eth.block_number
    world.play_random(seed=1, steps=25)
    before = index(client, deployment, path)

    world.rpc("evm_revert", snapshot)
    assert index(client, deployment, path).digest == before.digest  # shorter: it may only lag
    world.rpc("anvil_mine", hex(1), hex(77))  # another time: another block
    world.play_random(seed=2, steps=40)
    with open_writer(path, synchronous="OFF") as database:
        heights = []
        after = Indexer(client, deployment, database).sync(lambda s: heights.append(s.indexed))
    assert common in heights
    assert after.indexed == world.web3.eth.block_number
    assert verify(client, path).differences == []
    assert after.digest == index(client, deployment, tmp_path / "fresh.sqlite").digest


def test_replaced_code_and_desks_are_followed_as_they_come(
    own_chain: EmbeddedChain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror of before a registry's and a gateway's succession and a desk's replacement goes on
    after them, and is the mirror that one who comes later makes."""
    world = World.deploy(own_chain.url())
    deployment = load_deployment(world.write_deployment(tmp_path / "deployment.json"))
    client, path = ChainClient(own_chain.url()), tmp_path / "mirror.sqlite"
    replaced = world.desks["CN"]["liens"].address
    goes_on = world.play_successions

    def observed() -> None:
        before.append(index(client, deployment, path))
        goes_on()

    before: list[Status] = []
    monkeypatch.setattr(world, "play_successions", observed)
    world.play_everything()
    after = index(client, deployment, path)
    assert world.desks["CN"]["liens"].address != replaced
    assert before[0].indexed < after.indexed == world.web3.eth.block_number
    assert after.digest == index(client, deployment, tmp_path / "fresh.sqlite").digest
    report = verify(client, path, deployment=deployment)
    assert report.differences == []
    assert report.compared["lien"] > 0


def test_on_a_final_chain_a_reorganisation_stops_the_node(
    own_chain: EmbeddedChain, tmp_path: Path
) -> None:
    world = World.deploy(own_chain.url(), codes=("CN",))
    deployment = load_deployment(world.write_deployment(tmp_path / "deployment.json"))
    client, path = ChainClient(own_chain.url()), tmp_path / "mirror.sqlite"
    snapshot = world.rpc("evm_snapshot")
    world.rpc("anvil_mine", hex(3))
    before = index(client, deployment, path)
    world.rpc("evm_revert", snapshot)
    world.rpc("anvil_mine", hex(5), hex(50))
    with open_writer(path) as database:
        indexer = Indexer(client, deployment, database)
        with pytest.raises(Inconsistent, match="which were final"):
            indexer.follow(threading.Event())
        assert "which were final" in (indexer.status.last_error or "")
        assert indexer.status.digest == before.digest


def test_the_chain_goes_away_and_comes_back(own_chain: EmbeddedChain, tmp_path: Path) -> None:
    world = World.deploy(own_chain.url(), codes=("CN",))
    deployment = load_deployment(world.write_deployment(tmp_path / "deployment.json"))
    stop = threading.Event()
    with open_writer(tmp_path / "mirror.sqlite") as database:
        indexer = Indexer(ChainClient(own_chain.url()), deployment, database, poll_interval=0.02)
        thread = threading.Thread(target=indexer.follow, args=(stop,))
        thread.start()
        try:
            wait_until(lambda: indexer.status.lag == 0)
            own_chain.stop()
            wait_until(lambda: indexer.status.last_error is not None)
            assert "cannot be reached" in (indexer.status.last_error or "")
            own_chain.start(own_chain.port())
            world.rpc("anvil_mine", hex(2))
            head = world.web3.eth.block_number
            wait_until(lambda: indexer.status.indexed == head)
            assert indexer.status.last_error is None
        finally:
            stop.set()
            thread.join()
    assert verify(ChainClient(own_chain.url()), tmp_path / "mirror.sqlite").differences == []
