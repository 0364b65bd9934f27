"""Chains with small worlds on them: one for the session; one for each module that writes to it; and
one that has no mirror."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry_node.chain.artifacts import FOLDER, load_artifact
from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment, load_deployment
from scripts.bench.chain import development_chain
from scripts.bench.evm import Artifact
from scripts.chain import EmbeddedChain
from tests.contracts.actors import World as Contracts
from tests.support.deployed import start_chain
from tests.support.home import Home, make_home
from tests.support.unmirrored import Commands
from tests.support.world import World


@pytest.fixture(scope="session")
def session_chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedChain]:
    chain = start_chain(tmp_path_factory.mktemp("chain"))
    yield chain
    chain.stop()


@pytest.fixture(scope="session")
def world(session_chain: EmbeddedChain) -> World:
    """A world in which everything happened once, and some random things after it. Tests that
    change it must put it back."""
    world = World.deploy(session_chain.url())
    world.play_everything()
    world.play_random(seed=1, steps=60)
    return world


@pytest.fixture(scope="session")
def deployment(world: World, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    return load_deployment(
        world.write_deployment(tmp_path_factory.mktemp("deployment") / "deployment.json")
    )


@pytest.fixture(scope="session")
def client(session_chain: EmbeddedChain) -> Iterator[ChainClient]:
    client = ChainClient(session_chain.url())
    yield client
    client.close()


@pytest.fixture
def mirror_path(tmp_path: Path) -> Path:
    return tmp_path / "mirror.sqlite"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home directory on a chain of its own, for one module's tests to write to."""
    path = Path(tmp_path_factory.mktemp("home"))
    chain = start_chain(path / "chain")
    try:
        yield make_home(path, chain)
    finally:
        chain.stop()


@pytest.fixture(scope="session")
def contracts_alone() -> Iterator[Contracts]:
    """The contracts on a chain of their own. Tests use `contracts`."""
    loaded = [load_artifact(path.stem) for path in FOLDER.glob("*.json")]
    artifacts = {one.name: Artifact(one.name, one.abi, one.bytecode) for one in loaded}
    with development_chain(artifacts) as chain:
        yield Contracts(chain)


@pytest.fixture
def contracts(contracts_alone: Contracts) -> Iterator[Contracts]:
    """The same; what a test does to it is undone."""
    with contracts_alone.chain.restored():
        yield contracts_alone


@pytest.fixture
def tonnelink(
    contracts: Contracts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Commands:
    """The command on the contracts alone, without a mirror."""
    return Commands(contracts, monkeypatch, capsys)
