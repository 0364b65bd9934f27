"""One ledger is deployed for the session; every test starts from it and leaves nothing behind.

Brownie compiles the contracts. The chain is the session's own, and the tests speak to it directly:
brownie's transaction objects cost many times as much (they replay the trace of each refusal and
decode each log), and its network would attach itself to whatever chain listens at its usual port.

    CONTRACT_ARTIFACTS   a JSON file of contracts to test instead of the checkout's:
                         {name: {"abi": ..., "bytecode": ...}}; they may be of any size
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.bench.chain import development_chain
from scripts.bench.evm import Artifact, Chain, Contract
from scripts.faces import faces
from scripts.toolchain.paths import ROOT
from tests.contracts.actors import CEA, World
from tests.contracts.words import ref


@pytest.fixture(scope="session")
def chain() -> Iterator[Chain]:
    given = os.environ.get("CONTRACT_ARTIFACTS")
    artifacts = _given(Path(given)) if given else _compiled()
    with development_chain(artifacts, any_code_size=bool(given)) as chain:
        yield chain


def _given(file: Path) -> dict[str, Artifact]:
    return {
        name: Artifact(name, unit["abi"], unit["bytecode"])
        for name, unit in json.loads(file.read_text(encoding="utf-8")).items()
    }


def _compiled() -> dict[str, Artifact]:
    """Brownie compiles what has changed and remembers the rest in build/."""
    import brownie.project

    project = brownie.project.load(ROOT, "Tonnelink", raise_if_loaded=False)
    builds = {build["contractName"]: build for build in project._build._contracts.values()}
    abis = faces({name: build["abi"] for name, build in builds.items()})
    return {
        name: Artifact(name, abis[name], build["bytecode"])
        for name, build in builds.items()
        if build["bytecode"]
    }


@pytest.fixture(scope="session")
def ledger(chain: Chain) -> World:
    """The session's deployment. Tests use `world`."""
    return World(chain)


@pytest.fixture
def world(ledger: World) -> Iterator[World]:
    with ledger.chain.restored():
        yield ledger


@pytest.fixture
def cn(world: World) -> Contract:
    return world.cn


@pytest.fixture
def kr(world: World) -> Contract:
    return world.kr


@pytest.fixture
def gateway(world: World) -> Contract:
    return world.gateway


@pytest.fixture
def link(world: World) -> int:
    """CN to KR at 2/3. Alice has 1-300 at CN."""
    world.give(world.cn, world.alice, CEA, 300)
    return world.agree(world.CN, world.KR, world.terms((2, 3)))[0]


@pytest.fixture
def lot(world: World, link: int) -> int:
    """Source serials 1-9 stand behind foreign serials 1-6, which Bob holds at KR."""
    world.cross(link, world.alice, CEA, 9, world.bob, [ref(1, 1, 9)])
    return 1
