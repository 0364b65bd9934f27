"""Faults one by one, and seeds of all of them together: the mirror ends as a fresh one would.

`make chaos` plays more seeds. A seed that fails here: `make chaos SEED=...` replays it.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from registry_node.chain import rpc
from registry_node.chain.deployment import Deployment, load_deployment
from registry_node.domain.errors import Inconsistent
from registry_node.indexer import runner
from registry_node.indexer.runner import FinalReorg, Status
from registry_node.store.database import open_writer
from scripts.chaos import faults, node
from scripts.chaos.__main__ import explain, play
from scripts.chaos.answers import Refusal, View
from scripts.chaos.chain import Chain
from scripts.chaos.server import Server
from scripts.chaos.simulation import beginning, rebuild
from tests.support.mirrors import dump, first_difference
from tests.support.places import Places

SEEDS = range(1, 21)
BLOCKS_AT_THE_HEAD = 6
SEEDS_ON_A_SERVER = range(21, 26)


@pytest.fixture
def chain() -> Chain:
    return beginning()[1].fork(random.Random(5))


def deployment_of(chain: Chain, folder: Path, **finality: Any) -> Deployment:
    told = {
        **beginning()[0].deployment,
        "genesis_hash": "0x" + chain.way[0].hash.hex(),
        "finality": finality or {"kind": "depth", "depth": 30},
    }
    path = folder / "deployment.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return load_deployment(path)


class Director:
    """Answers honestly, or after the first ten requests with a fault as often as `share` says.
    `faults` counts the answers that came out otherwise: not every fault concerns every request."""

    def __init__(self, chain: Chain, fault: str = "", share: float = 0.3) -> None:
        self.chain, self.fault, self.share = chain, fault, share
        self.finalized = -1
        self.chance = random.Random(9)
        self.faults = 0

    def __call__(self, number: int, content: Any) -> tuple[View, str]:
        view = View(self.chain.way, self.chain.known, self.finalized)
        if not self.fault or number <= 10 or self.chance.random() > self.share:
            return view, ""
        if self.fault not in faults.VIEW:
            return view, self.fault
        other = faults.VIEW[self.fault](self.chance, self.chain, view)
        self.faults += answers(other, content) != answers(view, content)
        return other, ""


def answers(view: View, content: Any) -> list[Any]:
    found: list[Any] = []
    for call in content if isinstance(content, list) else [content]:
        try:
            found.append(view.answer(call["method"], call["params"]))
        except Refusal as error:
            found.append(error.code)
    return found


@contextmanager
def served(director: Director) -> Iterator[str]:
    server = Server(director, random.Random(3), node.TIMEOUT)
    try:
        yield server.url
    finally:
        server.close()
        director.faults += server.spoiled


def follow(
    url: str,
    deployment: Deployment,
    path: Path,
    height: int,
    *,
    final: int = -1,
    then: Callable[[], object] | None = None,
) -> Status:
    """Follow the chain until the mirror is at a height, as much of it final, and all is well; with
    `then`, which makes another block each time, so many further."""
    stop = threading.Event()
    left = BLOCKS_AT_THE_HEAD if then else 0

    def tell(status: Status) -> None:
        nonlocal height, left
        arrived = status.indexed == height and status.lag == 0 and status.finalized >= final
        if not arrived or status.last_error is not None:
            return
        if then and left:
            then()
            height, left = height + 1, left - 1
        else:
            stop.set()

    with open_writer(path, synchronous="OFF") as database:
        indexer = node.make_indexer(url, deployment, database)
        timer = threading.Timer(30, stop.set)
        timer.start()
        indexer.follow(stop, tell)
        timer.cancel()
        return indexer.status


def check(chain: Chain, deployment: Deployment, path: Path) -> None:
    rows, digest = rebuild(chain.head, deployment, path.parent)
    with open_writer(path, synchronous="OFF") as database:
        assert first_difference(rows, dump(database)) is None
        last = database.connection.execute("SELECT digest FROM header ORDER BY number DESC LIMIT 1")
        assert bytes(last.fetchone()[0]) == digest


@pytest.fixture
def short_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many requests for a backlog, so that a fault meets some that it concerns."""
    monkeypatch.setattr(runner, "_FIRST_RANGE", 4)
    monkeypatch.setattr(runner, "_BLOCKS_AT_ONCE", 4)


@pytest.mark.usefixtures("short_ranges")
@pytest.mark.parametrize("fault", faults.NAMES)
def test_the_mirror_survives(
    fault: str, chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault again and again: while a backlog is read, at the head, and in a reorganisation."""
    monkeypatch.setattr(rpc, "MOST_BYTES", 2_000_000)
    deployment, path = deployment_of(chain, tmp_path), tmp_path / "mirror.sqlite"
    slow = fault in {"timeout", "drip", "huge"}
    director = Director(chain, fault, share=0.05 if slow else 0.3)
    chain.mine(4)
    with served(director) as url:
        follow(url, deployment, path, chain.head.number)
        chain.reorganise(chain.head.number - 3, 5)
        # At the head each block is read in another way than a backlog.
        status = follow(url, deployment, path, chain.head.number, then=lambda: chain.mine(1))
    assert director.faults > 0
    assert status.last_error is None
    check(chain, deployment, path)


@pytest.mark.parametrize("seed", SEEDS)
def test_seed(seed: int) -> None:
    outcome, found = play(seed)
    assert found is None, explain(outcome, found)


@pytest.mark.parametrize("seed", SEEDS_ON_A_SERVER)
def test_seed_on_a_server(seed: int, all_places: dict[str, Places]) -> None:
    outcome, found = play(seed, str(all_places["postgres"].new()))
    assert found is None, explain(outcome, found, on_server=True)


def test_limits_that_the_node_does_not_have_are_not_set() -> None:
    """A seed would pass over what it was to meet."""
    with pytest.raises(AttributeError, match="has no RETIRED_NAME"):
        node.set_limits(rpc, RETIRED_NAME=1)


# ---- what must stop the node, or must not -----------------------------------------------------


@pytest.mark.parametrize(
    ("finality", "marked"),
    [({"kind": "instant"}, 0), ({"kind": "depth", "depth": 4}, 4), ({"kind": "finalized"}, 5)],
    ids=["instant", "depth", "finalized"],
)
def test_a_final_reorganisation_stops_the_node_and_changes_nothing(
    chain: Chain, tmp_path: Path, finality: dict[str, Any], marked: int
) -> None:
    deployment, path = deployment_of(chain, tmp_path, **finality), tmp_path / "mirror.sqlite"
    director = Director(chain)
    chain.mine(10)
    before = chain.head
    director.finalized = before.number - 5
    with served(director) as url:
        final = before.number - marked
        status = follow(url, deployment, path, before.number, final=final)
        assert status.finalized == final
        chain.reorganise(status.finalized - 1, marked + 3)
        with pytest.raises(FinalReorg, match="which were final"):
            follow(url, deployment, path, chain.head.number)
    chain.switch(before)
    check(chain, deployment, path)


def test_a_final_reorganisation_to_a_shorter_chain_stops_the_node_too(
    chain: Chain, tmp_path: Path
) -> None:
    deployment, path = deployment_of(chain, tmp_path, kind="instant"), tmp_path / "mirror.sqlite"
    with served(Director(chain)) as url:
        follow(url, deployment, path, chain.head.number)
        chain.reorganise(chain.head.number - 4, 2)
        with pytest.raises(FinalReorg):
            follow(url, deployment, path, chain.head.number)


def test_one_stray_answer_about_a_final_block_does_not_stop_the_node(
    chain: Chain, tmp_path: Path
) -> None:
    deployment, path = deployment_of(chain, tmp_path, kind="instant"), tmp_path / "mirror.sqlite"
    director = Director(chain)
    with served(director) as url:
        follow(url, deployment, path, chain.head.number)
        right = chain.head
        chain.reorganise(right.number - 2, 3)
        wrong = chain.head
        chain.switch(right)
        chain.mine(1)

        class Stray(Director):
            def __call__(self, number: int, content: Any) -> tuple[View, str]:
                calls = content if isinstance(content, list) else [content]
                head = ("eth_getBlockByNumber", "latest")
                strays = not self.faults and any(
                    (call["method"], *call["params"][:1]) == head for call in calls
                )
                self.faults += strays
                way = list(wrong.line())[::-1] if strays else self.chain.way
                return View(way, self.chain.known), ""

        stray = Stray(chain)
        with served(stray) as other:
            status = follow(other, deployment, path, chain.head.number)
    assert stray.faults == 1
    assert status.last_error is None
    check(chain, deployment, path)


class Boasting(Director):
    """Claims a height that no chain has, until the whole backlog has been read."""

    def __call__(self, number: int, content: Any) -> tuple[View, str]:
        boast = number <= 60 and "latest" in str(content)
        return View(self.chain.way, self.chain.known), "header-far-above" if boast else ""


@pytest.mark.usefixtures("short_ranges")
def test_a_height_that_somebody_claims_makes_nothing_final(chain: Chain, tmp_path: Path) -> None:
    """Finality by depth counts from the blocks that are here."""
    deployment = deployment_of(chain, tmp_path, kind="depth", depth=8)
    path = tmp_path / "mirror.sqlite"
    director = Boasting(chain)
    with served(director) as url:
        status = follow(url, deployment, path, chain.head.number)
    assert director.faults > 0
    assert status.finalized == chain.head.number - 8


def test_another_chain_at_the_start_is_refused(chain: Chain, tmp_path: Path) -> None:
    deployment, path = deployment_of(chain, tmp_path), tmp_path / "mirror.sqlite"
    view = View(chain.way, chain.known, chain_id=5)
    server = Server(lambda number, content: (view, ""), random.Random(1), 1)
    try:
        with pytest.raises(Inconsistent, match="is on chain 5; the deployment is on 31337"):
            follow(server.url, deployment, path, 1)
    finally:
        server.close()


def test_a_node_without_receipts_by_block_is_asked_for_logs_by_hash(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment, path = deployment_of(chain, tmp_path), tmp_path / "mirror.sqlite"
    answer, asked = View.answer, set()

    def without(self: View, method: str, parameters: Any) -> Any:
        if method == "eth_getBlockReceipts":
            raise Refusal(-32601, f"the method {method} does not exist")
        asked.add((method, "blockHash" in str(parameters)))
        return answer(self, method, parameters)

    monkeypatch.setattr(View, "answer", without)
    with served(Director(chain)) as url:
        follow(url, deployment, path, chain.head.number)
    check(chain, deployment, path)
    assert ("eth_getLogs", True) in asked
