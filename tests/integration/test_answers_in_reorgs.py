"""While the chain reorganises, every answer over HTTP is a state that the chain held.

Answers are polled without pause. Each names its ledger block by hash. Balances and the quota used
are compared with what the contracts themselves answered after the last transaction of that very
block; everything else with the answers of a mirror that only ever saw that branch.
"""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.chain.deployment import Deployment
from registry_node.indexer.mirror import Mirror
from registry_node.queries.snapshot import Directory, Reader
from registry_node.store.database import Location, open_writer
from scripts.chaos import node
from scripts.chaos.answers import View
from scripts.chaos.chain import Block, Chain
from scripts.chaos.server import Server
from scripts.chaos.simulation import beginning
from tests.integration.test_chaos import deployment_of

SECONDS = 5.0
COMPARED = 12
"""Ledger blocks of which every answer is compared with a mirror made for it."""

PAGES = "/v1/movements?limit=40&registry=CN"
PATHS = [
    "/v1/holdings?registry=CN&class=CEA-2025&limit=1000",
    "/v1/holdings?registry=KR&class=CN.CEA-2025&limit=1000",
    "/v1/links/CN_KR/quote?class=CEA-2025&quantity=3",
    "/v1/links/CN_KR/quota",
    "/v1/links",
    "/v1/units/CN/CEA-2025/7000",
    "/v1/units/CN/CEA-2025/31000",
    "/v1/units/KR/CN.CEA-2025/30",
    "/v1/lots?limit=1000",
]


@contextmanager
def api(place: Location, deployment: Deployment) -> Iterator[str]:
    reader = Reader(place, Directory(deployment.gateway.address))
    app = create_app(reader, HealthCheck(reader, lambda: 0), "0")
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
        reader.close()


class Turmoil:
    """Reorganises the chain again and again, at numbered requests of the indexer."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.chance = chain, random.Random(11)
        self.reorganisations = 0

    def __call__(self, number: int, content: Any) -> tuple[View, str]:
        chain, chance = self.chain, self.chance
        if number % 9 == 0:
            head, floor = chain.head.number, chain.highest - 20
            if chance.random() < 0.6:
                ancestor = chance.randint(floor, head - 1)
                chain.reorganise(ancestor, head - ancestor + chance.randint(0, 3))
                self.reorganisations += 1
            elif heads := [h for h in chain.heads if chain.branch_point(h) >= floor]:
                chain.switch(chance.choice(heads))
                self.reorganisations += 1
            if chain.head.number < 60:
                chain.mine(1)
        return View(chain.way, chain.known), ""


class Poller(threading.Thread):
    """Asks without pause; keeps what was answered, by the hash of its ledger block."""

    def __init__(self, url: str, until: float) -> None:
        super().__init__()
        self.seen: dict[str, dict[str, Any]] = defaultdict(dict)
        self.answers = self.refused_pages = self.whole_lists = 0
        self.wrong: list[Any] = []
        self._url, self._until = url, until

    def run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=30) as client:
            while time.monotonic() < self._until:
                for path in PATHS:
                    self._keep(path, client.get(path))
                self._pages(client)

    def _keep(self, path: str, response: httpx.Response) -> None:
        document = response.json()
        if response.status_code == 404:  # nothing of that name at this height: compared too
            return
        if response.status_code != 200:
            self.wrong.append((path, document))
            return
        known = self.seen[document["as_of"]["block_hash"]].setdefault(path, document["data"])
        if known != document["data"]:
            self.wrong.append((path, "two answers at one ledger block", known, document))
        self.answers += 1

    def _pages(self, client: httpx.Client) -> None:
        """A whole list; its pages are of one ledger block, or the next one is refused."""
        items: list[Any] = []
        cursor, block = "", None
        while True:
            response = client.get(PAGES + (f"&cursor={cursor}" if cursor else ""))
            document = response.json()
            if response.status_code in (400, 404) and cursor:
                self.refused_pages += 1
                return
            if response.status_code != 200 or block not in (None, document["as_of"]["block_hash"]):
                self.wrong.append((PAGES, block, document))
                return
            block = document["as_of"]["block_hash"]
            items += document["data"]
            cursor = document["next_cursor"]
            if not cursor:
                break
        self.whole_lists += 1
        known = self.seen[block].setdefault(PAGES, items)
        if known != items:
            self.wrong.append((PAGES, block, "two lists at one ledger block"))


def test_every_answer_is_a_state_that_the_chain_held(place: Location, tmp_path: Path) -> None:
    chain = beginning()[1].fork(random.Random(21))
    chain.mine(12)
    deployment = deployment_of(chain, tmp_path)
    turmoil = Turmoil(chain)
    server = Server(turmoil, random.Random(1), 1)
    stop = threading.Event()
    with open_writer(place, synchronous="OFF") as database:
        indexer = node.make_indexer(server.url, deployment, database)
        indexer.sync()
        thread = threading.Thread(target=indexer.follow, args=(stop,))
        try:
            with api(place, deployment) as url:
                pollers = [Poller(url, time.monotonic() + SECONDS) for _ in range(2)]
                thread.start()
                for poller in pollers:
                    poller.start()
                for poller in pollers:
                    poller.join()
        finally:
            stop.set()
            thread.join()
            server.close()
    assert indexer.status.last_error is None
    assert turmoil.reorganisations > 5
    for poller in pollers:
        assert poller.wrong == []
        assert poller.answers > 50
        assert poller.whole_lists > 2
    seen: dict[str, dict[str, Any]] = defaultdict(dict)
    for poller in pollers:
        for block_hash, answers in poller.seen.items():
            for path, data in answers.items():
                assert seen[block_hash].setdefault(path, data) == data
    assert len(seen) > 5, "too few states were seen"
    for block_hash, answers in seen.items():
        compare_with_contracts(chain.known[bytes.fromhex(block_hash[2:])], answers)
    some = random.Random(2).sample(sorted(seen), min(COMPARED, len(seen)))
    for number, block_hash in enumerate(some):
        block = chain.known[bytes.fromhex(block_hash[2:])]
        compare_with_fresh(block, seen[block_hash], deployment, tmp_path / f"{number}.sqlite")


def compare_with_contracts(block: Block, answers: dict[str, Any]) -> None:
    """`block.truth` is what the contracts answered after its last transaction."""
    truth = block.truth
    for path in PATHS[:2]:
        if path not in answers or not truth:
            continue
        told = {
            f"{item['registry']} {item['class']} {item['account']}": int(item["quantity"])
            for item in answers[path]
        }
        code = path.split("registry=")[1][:2]
        for name, quantity in truth.items():
            if name.startswith(code):
                assert told.get(name, 0) == quantity, (block.number, name)
    if PATHS[2] in answers and truth:
        assert int(answers[PATHS[2]]["quota_used"]) == truth["quota used"], block.number


def compare_with_fresh(
    block: Block, answers: dict[str, Any], deployment: Deployment, path: Path
) -> None:
    with open_writer(path, synchronous="OFF") as database:
        mirror = Mirror(database, deployment)
        line = reversed(list(block.line()))
        mirror.apply([b.as_indexed() for b in line if b.number], block.number)
        reader = Reader(path, Directory(deployment.gateway.address))
        client = TestClient(create_app(reader, HealthCheck(reader, lambda: 0), "0"))
        for asked, data in answers.items():
            wanted = client.get(asked.replace("limit=40", "limit=1000")).json()
            assert wanted["as_of"]["block_hash"] == "0x" + block.hash.hex()
            assert data == wanted["data"], (block.number, asked)
        reader.close()


@pytest.mark.parametrize("blocks", [1, 4])
def test_a_cursor_of_another_branch_is_refused(blocks: int, tmp_path: Path) -> None:
    """Also where the new branch has a block at its height."""
    chain = beginning()[1].fork(random.Random(5))
    chain.mine(6)
    deployment = deployment_of(chain, tmp_path)
    path = tmp_path / "mirror.sqlite"
    with open_writer(path, synchronous="OFF") as database:
        mirror = Mirror(database, deployment)

        def apply() -> None:
            missing = chain.way[(mirror.head or 0) + 1 :]
            mirror.apply([b.as_indexed() for b in missing], chain.head.number)

        apply()
        reader = Reader(path, Directory(deployment.gateway.address))
        client = TestClient(create_app(reader, HealthCheck(reader, lambda: 0), "0"))
        cursor = client.get(PAGES).json()["next_cursor"]
        assert client.get(f"{PAGES}&cursor={cursor}").status_code == 200
        ancestor = chain.head.number - 3
        chain.reorganise(ancestor, blocks)
        mirror.undo_above(ancestor)
        apply()
        refused = client.get(f"{PAGES}&cursor={cursor}")
        assert refused.status_code == (404 if blocks == 1 else 400)
        if blocks == 4:
            assert "no longer part of the ledger" in refused.json()["detail"]
        reader.close()
