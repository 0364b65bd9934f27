"""/metrics: every metric is documented, and none of them tells who asked for whom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.queries.snapshot import Directory, Reader
from tests.support.border import border_story
from tests.support.places import Places
from tests.support.rows import address

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "metrics.md"
MILL = "0x" + address("KR mill").hex()


@pytest.fixture(scope="module")
def client(places: Places) -> TestClient:
    story = border_story(places.new())
    reader = Reader(story.path, story.directory)
    return TestClient(create_app(reader, HealthCheck(reader, lambda: 12), "0"))


def sample(client: TestClient, name: str, **labels: str) -> float:
    """The value of one sample; zero while it was never counted."""
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for found in family.samples:
            if found.name == name and found.labels == labels:
                return float(found.value)
    return 0.0


RECONCILED = ("height", "timestamp_seconds", "differences")


def test_every_metric_is_documented_and_every_documented_one_exists(client: TestClient) -> None:
    text = client.get("/metrics").text
    exposed = {
        f"{family.name}_total" if family.type == "counter" else family.name: family.type
        for family in text_string_to_metric_families(text)
        if family.name.startswith("tonnelink")
    }
    compared = [f"tonnelink_reconciled_{what}" for what in RECONCILED]  # absent before the first
    exposed |= dict.fromkeys(compared, "gauge")
    rows = re.findall(r"^\| `(tonnelink_\w+)` \| (\w+) \|", DOCUMENT.read_text(), re.MULTILINE)
    assert dict(rows) == exposed


def test_the_standing_of_the_mirror_is_read_when_asked(client: TestClient) -> None:
    assert sample(client, "tonnelink_mirror_head") == 10
    assert sample(client, "tonnelink_chain_head") == 12
    assert sample(client, "tonnelink_mirror_lag_blocks") == 2
    assert sample(client, "tonnelink_mirror_finalized") == 10
    assert sample(client, "tonnelink_healthy") == 1
    assert sample(client, "tonnelink_database_bytes") > 4096


def test_without_a_mirror_the_metrics_still_answer(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "none.sqlite", Directory(bytes(20)))
    client = TestClient(create_app(reader, HealthCheck(reader, lambda: 1), "0"))
    assert sample(client, "tonnelink_healthy") == 0
    assert "tonnelink_mirror_head " not in client.get("/metrics").text


@pytest.mark.parametrize(
    ("path", "endpoint", "status"),
    [
        (f"/v1/accounts/KR/{MILL}", "/v1/accounts/{registry}/{address}", 200),
        (f"/v1/accounts/CN/{MILL}", "/v1/accounts/{registry}/{address}", 404),
        (f"/v1/nowhere/{MILL}", "other", 404),
    ],
)
def test_requests_are_counted_without_saying_who_was_asked_for(
    client: TestClient, path: str, endpoint: str, status: int
) -> None:
    labels = {"endpoint": endpoint, "status": str(status)}
    before = sample(client, "tonnelink_http_requests_total", **labels)
    assert client.get(path).status_code == status
    assert sample(client, "tonnelink_http_requests_total", **labels) == before + 1
    assert MILL[2:10] not in client.get("/metrics").text
