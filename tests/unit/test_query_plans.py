"""No question of the API reads a large table from end to end: SQLite says how it would answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.domain.view import EVERYTHING, View
from registry_node.queries.snapshot import Reader, Snapshot
from registry_node.queries.tail import Position, Tail
from registry_node.store.tables import tables
from tests.support.border import border_story
from tests.support.rows import address

MILL = "0x" + address("KR mill").hex()

SMALL = {
    *("registry", "desk", "unit_class", "class_attribute", "link", "link_terms", "link_state"),
    *("setting", "meta", "member", "succession", "role_exclusion"),
    *("compliance_year", "compliance_limit", "excluded_classes"),
}
"""Tables with a row for what a programme sets or agrees, not for what its holders do."""

KNOWN = {
    # Settled once for each ledger block, in `snapshot.known`: what went home or was used abroad.
    "lot_settlement",
}

PATHS = [
    "/v1/registries",
    "/v1/registries/CN",
    "/v1/registries/KR/classes",
    "/v1/registries/CN/accounts",
    "/v1/registries/CN/settings",
    "/v1/registries/CN/roles",
    "/v1/registries/CN/documents",
    "/v1/members",
    "/v1/successions",
    f"/v1/accounts/KR/{MILL}",
    "/v1/holdings",
    "/v1/holdings?registry=KR",
    "/v1/holdings?class=CN.CEA-2025",
    f"/v1/holdings?account={MILL}",
    f"/v1/holdings?registry=KR&class=CN.CEA-2025&account={MILL}",
    "/v1/movements",
    "/v1/movements?registry=KR",
    "/v1/movements?registry=CN&class=CEA-2025",
    "/v1/movements?class=CEA-2025",
    "/v1/movements?type=3",
    f"/v1/movements?account={MILL}",
    "/v1/movements?tx=0x" + 64 * "1",
    "/v1/units/CN/CEA-2025/1000",
    "/v1/units/CN/CEA-2025/511",
    "/v1/units/KR/CN.CEA-2025/1",
    "/v1/links",
    "/v1/links/CN_KR",
    "/v1/links/CN_KR/quota",
    "/v1/links/CN_KR/quote?class=CEA-2025&quantity=10",
    "/v1/lots",
    "/v1/lots?link=CN_KR&status=open",
    f"/v1/lots?account={MILL}",
    "/v1/obligations",
    f"/v1/obligations?registry=KR&account={MILL}&year=2025",
    "/v1/proposals?registry=CN&state=proposed",
    "/v1/proposals/CN/1",
    "/v1/requests?registry=CN&state=initiated",
    f"/v1/requests?account={MILL}",
    "/v1/requests/CN/1",
    "/v1/trades",
    f"/v1/trades?account={MILL}",
    "/v1/liens",
    f"/v1/liens?account={MILL}",
    "/v1/accounts/KR/0x" + 40 * "9",
    "/v1/units/CN/CEA-2025/99999",
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    story = border_story(Path(tmp_path_factory.mktemp("plans")) / "mirror.sqlite")
    return Reader(story.path, story.directory)


@pytest.fixture(scope="module")
def client(reader: Reader) -> TestClient:
    return TestClient(create_app(reader, HealthCheck(reader, lambda: 10), "0"))


def scans(snapshot: Snapshot, sql: str, bound: Any) -> Iterator[str]:
    """The large tables that a statement would read from end to end."""
    named = dict(re.findall(r"(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?(\w+)", sql))
    aliases = {alias: table for table, alias in named.items()}
    for row in snapshot.connection.execute(f"EXPLAIN QUERY PLAN {sql}", bound).fetchall():
        found = re.match(r"SCAN (\w+)", row[3])
        if found:
            table = aliases.get(found[1], found[1])
            if table in tables() and table not in SMALL | KNOWN:
                yield f"{row[3]}: {' '.join(sql.split())}"


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Scans of the statements that snapshots are asked while a test runs."""
    collected: set[str] = set()

    def asked(method: Any) -> Any:
        def wrapped(self: Snapshot, sql: str, *parameters: Any, **named: Any) -> Any:
            bound = parameters or self._bind(named)
            collected.update(scans(self, sql, bound))
            return method(self, sql, *parameters, **named)

        return wrapped

    monkeypatch.setattr(Snapshot, "all", asked(Snapshot.all))
    monkeypatch.setattr(Snapshot, "one", asked(Snapshot.one))
    return collected


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("at", [None, 7], ids=["head", "past"])
def test_no_answer_reads_a_large_table_from_end_to_end(
    client: TestClient, found: set[str], path: str, at: int | None
) -> None:
    separator = "&" if "?" in path else "?"
    response = client.get(path if at is None else f"{path}{separator}at={at}")
    assert response.status_code in {200, 404}, response.text
    assert found == set()


def test_every_list_goes_on_from_its_cursor_without_a_scan(
    client: TestClient, found: set[str]
) -> None:
    for path in ("/v1/movements", "/v1/holdings", "/v1/registries/CN/accounts"):
        cursor = client.get(f"{path}?limit=1").json()["next_cursor"]
        assert client.get(f"{path}?limit=1&cursor={cursor}").status_code == 200
    assert found == set()


@pytest.mark.parametrize("view", [EVERYTHING, View(accounts=(("KR", address("KR mill")),))])
def test_the_stream_reads_only_what_is_new(reader: Reader, found: set[str], view: View) -> None:
    with reader.snapshot(None, view) as snapshot:
        Tail(snapshot, Position(3), registry="KR").read(snapshot)
        Tail(snapshot, Position(3), address=address("KR mill")).read(snapshot)
    assert found == set()


def test_a_scan_would_be_noticed(reader: Reader, found: set[str]) -> None:
    with reader.snapshot() as snapshot:
        snapshot.all("SELECT m.id FROM movement m WHERE m.state = 3")
    assert len(found) == 1
