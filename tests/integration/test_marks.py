"""What a comparison found is kept: answers about it carry a mark, until it is put right."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.bootstrap import directory
from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment
from registry_node.config import Settings
from registry_node.domain.errors import InvalidInput, Refused
from registry_node.indexer import marking, repair
from registry_node.indexer.report import Report
from registry_node.indexer.runner import Indexer, Status
from registry_node.indexer.verify import Mode, compare_replayed, verify
from registry_node.queries.snapshot import Reader
from registry_node.reconciling import run_apart
from registry_node.store.database import Location, open_reader, open_writer, store_at
from registry_node.store.marks import Reconciliation, record
from registry_node.store.marks import marks as all_marks
from registry_node.store.tables import NOW
from scripts.corruption.changes import Change, draw
from tests.support.world import World

SEEDS = range(500, 512)


def index(client: ChainClient, deployment: Deployment, place: Location) -> Status:
    with open_writer(place, synchronous="OFF") as database:
        return Indexer(client, deployment, database).sync()


def change(place: Location, statement: str, *parameters: Any) -> None:
    with closing(store_at(place).connect_beside()) as connection, connection.transaction():
        assert connection.execute(statement, parameters).rowcount > 0


def one(place: Location, sql: str, *parameters: Any) -> Any:
    with closing(open_reader(place)) as connection, connection.snapshot():
        return connection.execute(sql, parameters).fetchone()


def reconcile(
    client: ChainClient, deployment: Deployment, place: Location, mode: Mode, at: int | None = None
) -> Report:
    report = verify(client, place, at, deployment=deployment, mode=mode)
    marking.record(place, report, mode, whole=at is None)
    return report


def node(place: Location, deployment: Deployment, client: ChainClient) -> TestClient:
    reader = Reader(place, directory(deployment))
    return TestClient(create_app(reader, HealthCheck(reader, client.head_number), "1"))


def marks(answer: dict[str, Any]) -> list[str]:
    return [mark["subject"] for mark in answer.get("disputed", [])]


def test_answers_about_a_changed_account_carry_its_mark_until_it_is_repaired(
    place: Location, client: ChainClient, deployment: Deployment, world: World
) -> None:
    fresh = index(client, deployment, place)
    mine, other = world.actors[2].lower(), world.actors[3].lower()
    since, class_id, symbol = one(
        place,
        "SELECT h.from_height, h.class_id, c.symbol FROM holding h JOIN unit_class c"
        " ON c.id = h.class_id WHERE h.address = ? AND c.registry_id = 1 AND h.to_height = ?"
        " ORDER BY h.class_id LIMIT 1",
        bytes.fromhex(mine[2:]),
        NOW,
    )
    change(
        place,
        "UPDATE holding SET balance = balance + 5 WHERE address = ? AND class_id = ?"
        " AND from_height = ?",
        *(bytes.fromhex(mine[2:]), class_id, since),
    )
    api = node(place, deployment, client)
    about = f"/v1/holdings?registry=CN&class={symbol}&account="
    had = api.get(about + mine)
    assert marks(had.json()) == []
    assert api.get("/v1/health").json()["data"]["status"] == "ok"

    report = reconcile(client, deployment, place, Mode.REPLAY)
    # The row's account and block are named; the fold names all of its ledger block besides.
    named = {str(s) for d in report.differences if d.kind == "holding" for s in d.concerns}
    assert f"CN {mine}" in named
    assert report.first_block == since
    for path in (
        about + mine,
        f"/v1/accounts/CN/{mine}",
        "/v1/holdings",
        "/v1/holdings?registry=CN",
        f"/v1/movements?account={mine}",
    ):
        assert f"CN {mine}" in marks(api.get(path).json()), path
    asked_again = api.get(about + mine, headers={"If-None-Match": had.headers["etag"]})
    assert asked_again.status_code == 200  # what a client kept from before has no mark
    assert marks(api.get(f"{about}{mine}&at={since - 1}").json()) == []
    assert marks(api.get("/v1/accounts/KR/" + other).json()) == []
    health = api.get("/v1/health")
    assert (health.status_code, health.json()["data"]["status"]) == (200, "degraded")
    assert health.json()["data"]["reconciled"]["first_block"] == since

    with open_writer(place, synchronous="OFF") as database:
        with pytest.raises(Refused, match=f"from {since}'"):
            repair.take_back(database, deployment, since + 1)
        repair.take_back(database, deployment, since)
        assert Indexer(client, deployment, database).sync().digest == fresh.digest
    assert reconcile(client, deployment, place, Mode.REPLAY).ok
    assert marks(api.get(about + mine).json()) == []
    assert api.get("/v1/health").json()["data"]["status"] == "ok"


def test_a_mark_goes_when_a_comparison_agrees_that_would_have_found_it(
    place: Location, client: ChainClient, deployment: Deployment
) -> None:
    index(client, deployment, place)
    block, memo = one(place, "SELECT block, memo FROM unit_use ORDER BY block LIMIT 1")
    wrong = "UPDATE unit_use SET memo = ? WHERE block = ?"
    change(place, wrong, b"\7" * 32, block)

    def marked() -> int:
        return int(one(place, "SELECT COUNT(*) FROM mismatch")[0])

    assert not reconcile(client, deployment, place, Mode.QUICK).ok
    assert not reconcile(client, deployment, place, Mode.OFFLINE).ok
    change(place, wrong, memo, block)
    before = marked()
    assert before > 0
    assert reconcile(client, deployment, place, Mode.OFFLINE, at=block).ok
    assert marked() == before  # it has not seen what came after
    assert reconcile(client, deployment, place, Mode.CONTRACTS).ok
    assert marked() > 0  # contracts know nothing of what a use was for
    assert reconcile(client, deployment, place, Mode.OFFLINE).ok
    assert marked() == 0


@pytest.mark.parametrize("exact", [Mode.REPLAY, Mode.OFFLINE])
def test_who_was_there_is_in_doubt_until_the_row_is_known(
    place: Location, client: ChainClient, deployment: Deployment, exact: Mode
) -> None:
    index(client, deployment, place)
    since, address, class_id = one(
        place,
        "SELECT h.from_height, h.address, h.class_id FROM holding h JOIN lot ON lot.recipient ="
        " h.address WHERE h.to_height = ? ORDER BY h.from_height LIMIT 1",
        NOW,
    )
    change(
        place,
        "UPDATE holding SET balance = balance + 5"
        " WHERE address = ? AND class_id = ? AND from_height = ?",
        *(address, class_id, since),
    )

    def doubted() -> dict[str, set[str]]:
        with closing(open_reader(place)) as mirror, mirror.snapshot():
            return {str(m.subject): set(m.what.split(",")) for m in all_marks(mirror)}

    reconcile(client, deployment, place, Mode.QUICK)
    wide = doubted()
    reconcile(client, deployment, place, Mode.CONTRACTS)
    assert doubted().keys() >= wide.keys()  # contracts do not know the row: who was there stays
    rows = reconcile(client, deployment, place, exact)
    narrow = doubted()
    assert not any("digest" in what for what in narrow.values())
    exactly = {str(s) for d in rows.differences if d.kind == "holding" for s in d.concerns}
    assert {s for s, what in narrow.items() if "holding" in what} <= exactly
    assert len(narrow) < len(wide)
    assert any("balance" in what for what in narrow.values())  # what only contracts said stays

    with closing(store_at(place).connect_beside()) as beside, beside.transaction():
        made = Reconciliation("replay", since - 1, bytes(32), 0, 0, None)
        record(beside, made, {}, ["quick", "contracts", "offline", "replay"])
    assert any("holding" in what for what in doubted().values())  # it did not come so far


def test_the_whole_mirror_is_made_anew(
    place: Location, client: ChainClient, deployment: Deployment
) -> None:
    fresh = index(client, deployment, place)
    change(place, "UPDATE registry SET name = 'Nowhere' WHERE id = 1")
    change(place, "UPDATE meta SET value = '7' WHERE key = 'chain_id'")
    start = deployment.start_block
    with open_writer(place, synchronous="OFF") as database:
        with pytest.raises(Refused, match=f"--from {start}"):
            repair.take_back(database, deployment, start + 30)
        for height in (start - 1, 10**9):
            with pytest.raises(InvalidInput, match="cannot be repaired"):
                repair.take_back(database, deployment, height)
        repair.take_back(database, deployment, start)
        assert Indexer(client, deployment, database).sync().digest == fresh.digest
    assert reconcile(client, deployment, place, Mode.REPLAY).ok


def test_no_wrong_answer_is_without_a_mark(
    tmp_path: Path, client: ChainClient, deployment: Deployment, world: World
) -> None:
    """Whatever row is changed: an answer that is not what it was says that it is in doubt."""
    right = tmp_path / "right.sqlite"
    index(client, deployment, right)
    paths = questions(world, right)
    expected = {path: told(node(right, deployment, client), path) for path in paths}
    wrong_answers = 0
    for seed in SEEDS:
        place = tmp_path / f"{seed}.sqlite"
        shutil.copy(right, place)
        changed = damage(place, seed)
        with (
            closing(open_reader(right)) as reference,
            closing(open_reader(place)) as mirror,
            mirror.snapshot(),
        ):
            found = Report(
                *reference.execute(
                    "SELECT number, hash, digest FROM header ORDER BY number DESC LIMIT 1"
                ).fetchone()
            )
            compare_replayed(mirror, reference, found)
        assert not found.ok, str(changed)
        marking.record(place, found, Mode.REPLAY, whole=True)
        api = node(place, deployment, client)
        for path in paths:
            answer = told(api, path)
            if answer.get("data") != expected[path].get("data"):
                wrong_answers += 1
                assert marks(answer) or answer.get("status", 0) >= 500, f"{path}: {changed}"
        place.unlink()
    assert wrong_answers > 5


def damage(place: Path, seed: int) -> Change:
    chance = random.Random(seed)
    with closing(store_at(place).connect_beside()) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        while True:
            try:
                with connection.transaction():
                    change = draw(connection, chance)
                if change is not None and change.table != "meta":
                    return change
            except sqlite3.IntegrityError:
                continue


def told(api: TestClient, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = api.get(path).json()
    return answer


def questions(world: World, place: Path) -> list[str]:
    accounts = [actor.lower() for actor in world.actors[1:5]]
    (middle,) = one(place, "SELECT MAX(number) / 2 FROM header")
    paths = [
        "/v1/registries",
        "/v1/registries/CN/classes",
        "/v1/registries/CN/accounts",
        "/v1/registries/KR/settings",
        "/v1/holdings?limit=1000",
        "/v1/movements?limit=1000",
        "/v1/movements?limit=1000&registry=CN&class=CEA-2025",
        "/v1/units/CN/CEA-2025/1",
        "/v1/units/CN/CEA-2025/100",
        "/v1/units/KR/CN.CEA-2025/1",
        "/v1/links",
        "/v1/links/CN_KR",
        "/v1/links/CN_KR/quota",
        "/v1/lots?limit=1000",
        "/v1/obligations",
        "/v1/proposals",
        "/v1/requests",
        "/v1/trades",
        "/v1/liens",
        f"/v1/holdings?at={middle}",
    ]
    for account in accounts:
        paths += [
            f"/v1/accounts/CN/{account}",
            f"/v1/accounts/KR/{account}",
            f"/v1/holdings?account={account}",
            f"/v1/holdings?registry=CN&class=CEA-2025&account={account}",
            f"/v1/movements?account={account}&limit=1000",
            f"/v1/obligations?account={account}",
        ]
    return paths


def test_a_comparison_in_a_process_of_its_own_marks_what_it_finds(
    tmp_path: Path, client: ChainClient, world: World, deployment: Deployment
) -> None:
    world.write_deployment(tmp_path / "deployment.json")
    settings = Settings(home=tmp_path, rpc_url=client.rpc.url, reconcile_mode="contracts")
    index(client, deployment, settings.mirror)
    told: list[Any] = []
    run_apart(settings, threading.Event(), told.append)
    change(settings.mirror, "UPDATE class_total SET issued = issued + 1 WHERE class_id = 1")
    run_apart(settings, threading.Event(), told.append)
    assert [document["mode"] for document in told] == ["contracts", "contracts"]
    assert told[0]["differences"] == []
    assert told[1]["marked"]
    assert any("CN:CEA-2025" in d["concerns"] for d in told[1]["differences"])
    api = node(settings.mirror, deployment, client)
    figures = api.get("/metrics").text
    for figure in ("height", "timestamp_seconds", "differences"):
        assert f"\ntonnelink_reconciled_{figure} " in figures
    assert "\ntonnelink_disputed_subjects 0.0" not in figures
    assert marks(api.get("/v1/registries/CN/classes").json())
    assert marks(api.get("/v1/units/CN/CEA-2025/1").json())
    stop = threading.Event()
    stop.set()
    run_apart(settings, stop, told.append)
    assert len(told) == 2
