"""One ledger is deployed for the session; every test starts from it and leaves nothing behind.

Brownie compiles the contracts and starts the chain. The tests then speak to the chain themselves:
a transaction through brownie's objects takes thirty times as long (it replays the trace of every
refusal and decodes every log), and there are tens of thousands of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.bench.evm import Artifact, Chain, Contract
from tests.contracts.actors import World


@pytest.fixture(scope="session")
def chain() -> Chain:
    if "TL_DEV" in os.environ:
        o = json.load(open(os.environ["TL_DEV"]))
        arts = {c: Artifact(c, o[f][c]["abi"], o[f][c]["evm"]["bytecode"]["object"]) for f in o for c in o[f] if f.startswith("contracts/")}
        return Chain(os.environ["TL_RPC"], arts)
    raise NotImplementedError


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
