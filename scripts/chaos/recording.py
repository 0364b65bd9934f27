"""What the contracts really wrote, recorded once from a real chain: transactions as a tree.

The root is a world in which everything happened once. After it the histories part and part again:
each segment is a run of transactions that is possible after its parent. So any way from the root
down is a ledger that the contracts would have made, and there are many ways.

After each transaction of a branch the contracts were asked for balances and the quota used: the
truth that answers are compared with.
"""

from __future__ import annotations

import gzip
import hashlib
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from registry_node.chain.artifacts import FOLDER, load_artifact
from registry_node.chain.rpc import JsonRpc
from scripts.chain import EmbeddedChain
from scripts.toolchain.paths import ROOT

DEPTH = 4
STEPS = 6
"""Transactions in a segment."""


class Log(NamedTuple):
    address: str
    topics: tuple[str, ...]
    data: str


@dataclass(slots=True)
class Transaction:
    """`truth` is what the contracts answered after it: a name and a number each."""

    hash: str
    timestamp: int
    logs: list[Log]
    truth: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Segment:
    transactions: list[Transaction] = field(default_factory=list, repr=False)
    children: list[Segment] = field(default_factory=list, repr=False)  # thousands of logs


@dataclass(slots=True)
class Recording:
    """`deployment` is what a deployment file says."""

    deployment: dict[str, Any]
    root: Segment


def load() -> Recording:
    """The recording of today's contracts; it is made when there is none yet, within seconds."""
    path = ROOT / "build" / "chaos" / f"recording-{_version()}.json.gz"
    if not path.exists():
        made = gzip.compress(orjson.dumps(_record()))
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(made)
        Path(file.name).replace(path)  # whole or not at all, whoever else does the same now
    content = orjson.loads(gzip.decompress(path.read_bytes()))
    return Recording(content["deployment"], _segment(content["root"]))


def _version() -> str:
    support = ROOT / "tests" / "support"
    made_by = [Path(__file__), support / "deployed.py", support / "world.py"]
    parts = [path.read_bytes() for path in made_by]
    parts += [load_artifact(path.stem).bytecode.encode() for path in sorted(FOLDER.glob("*.json"))]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def _segment(content: dict[str, Any]) -> Segment:
    return Segment(
        [
            Transaction(t["hash"], t["timestamp"], [_log(entry) for entry in t["logs"]], t["truth"])
            for t in content["transactions"]
        ],
        [_segment(child) for child in content["children"]],
    )


def _log(entry: list[Any]) -> Log:
    return Log(entry[0], tuple(entry[1]), entry[2])


# ---- making it ------------------------------------------------------------------------------


def _record() -> dict[str, Any]:
    from tests.support.world import World

    with tempfile.TemporaryDirectory() as home:
        chain = EmbeddedChain(Path(home))
        chain.start()
        try:
            world = World.deploy(chain.url())
            world.play_everything()
            recorder = _Recorder(world)
            root = recorder.segment(world.start_block)
            recorder.grow(root, 1, DEPTH)
            deployment = {**world.deployment(), "start_block": 1}
            for entry in (deployment["gateway"], *deployment["registries"]):
                entry["block"] = 1
        finally:
            chain.stop()
    return {"deployment": deployment, "root": root}


class _Recorder:
    def __init__(self, world: Any) -> None:
        self._world = world
        self._rpc = JsonRpc(str(world.web3.provider.endpoint_uri))
        self._questions = _questions(world)

    def segment(self, first: int) -> dict[str, Any]:
        """What happened from ledger block `first` to the latest."""
        last = self._world.web3.eth.block_number
        transactions = []
        for number in range(first, last + 1):
            block = self._world.rpc("eth_getBlockByNumber", hex(number), False)
            for receipt in self._world.rpc("eth_getBlockReceipts", hex(number)):
                logs = [[log["address"], log["topics"], log["data"]] for log in receipt["logs"]]
                transactions.append(
                    {
                        "hash": receipt["transactionHash"],
                        "timestamp": int(block["timestamp"], 16),
                        "logs": logs,
                        "truth": {},
                    }
                )
        return {"transactions": transactions, "children": []}

    def grow(self, parent: dict[str, Any], seed: int, depth: int) -> None:
        """Two ways on from here, and from each of these."""
        for way in (0, 1) if depth else ():
            snapshot = self._world.rpc("evm_snapshot")
            child: dict[str, Any] = {"transactions": [], "children": []}
            chance = random.Random(2 * seed + way)
            for _ in range(STEPS):
                first = self._world.web3.eth.block_number + 1
                self._world.play_random(chance.getrandbits(32), 1)
                (transaction,) = self.segment(first)["transactions"]
                transaction["truth"] = self._truth()
                child["transactions"].append(transaction)
            parent["children"].append(child)
            self.grow(child, 2 * seed + way, depth - 1)
            self._world.rpc("evm_revert", snapshot)

    def _truth(self) -> dict[str, int]:
        calls = [
            ("eth_call", ({"to": to, "data": data}, "latest"))
            for to, data, _ in self._questions.values()
        ]
        answers = self._rpc.batch(calls)
        return {
            name: int(answer[2 + 64 * word : 66 + 64 * word], 16)
            for (name, (_, _, word)), answer in zip(self._questions.items(), answers, strict=True)
        }


def _questions(world: Any) -> dict[str, tuple[str, str, int]]:
    """By name: the contract, the call, and which word of the answer is meant."""
    from tests.support.deployed import CEA, FOREIGN, HOLDERS, NOBODY

    asked = {}
    for code, symbol, token in (("CN", "CEA-2025", CEA), ("KR", "CN.CEA-2025", FOREIGN)):
        registry = world.registries[code]
        for holder in HOLDERS[1:6]:
            address = world.actors[holder]
            call = registry.encode_abi("balanceOf", [address, token])
            asked[f"{code} {symbol} {address.lower()}"] = (registry.address, call, 0)
    link = 2 * world.gateway.functions.agreementCount().call()
    quote = world.gateway.encode_abi("quote", [link, CEA, 3, NOBODY, NOBODY])
    asked["quota used"] = (world.gateway.address, quote, 5)  # after an offset
    return asked
