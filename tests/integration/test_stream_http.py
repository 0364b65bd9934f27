"""The live stream over real HTTP: events, cursors, heartbeats, problems, an orderly end."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry_node import serving
from registry_node.api import stream
from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.domain.subjects import Subject
from registry_node.queries.snapshot import Reader
from tests.support.border import border_story
from tests.support.rows import address
from tests.support.story import Story

SERVER = """
import socket, sys
from pathlib import Path
from registry_node import serving
from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.queries.snapshot import Directory, Reader
reader = Reader(Path(sys.argv[1]), Directory(bytes(20)))
app = create_app(reader, HealthCheck(reader, lambda: 10), "0")
serving.web_server(app).run(sockets=[socket.create_server(("127.0.0.1", int(sys.argv[2])))])
"""


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return border_story(tmp_path / "mirror.sqlite")


@pytest.fixture
def url(story: Story, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(stream, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.3)
    reader = Reader(story.path, story.directory)
    app = create_app(reader, HealthCheck(reader, lambda: 10), "0")
    server = serving.web_server(app)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=30)
    listening.close()
    assert not thread.is_alive()


def events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    found: dict[str, Any] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            found[name] = json.loads(value) if name == "data" else value
        elif found:
            yield found
            found = {}


def take(url: str, count: int, **headers: str) -> list[dict[str, Any]]:
    with httpx.stream("GET", url, headers=headers, timeout=30) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        found = []
        for event in events(response):
            found.append(event)
            if len(found) == count:
                break
        return found


def test_events_come_as_they_happen_and_every_id_is_a_cursor(url: str, story: Story) -> None:
    with httpx.stream("GET", f"{url}/v1/stream", timeout=30) as response:
        coming = events(response)
        assert next(coming)["event"] == "head"
        with story.block():
            story.use(1, address("CN plant"), 2, 2, 3, 2025)
        event = next(coming)
        while event["event"] == "head":
            event = next(coming)
        assert (event["event"], event["data"]["data"]["units"]) == ("movement", "CN:CEA-2025:2")
        assert event["data"]["as_of"]["block_number"] == 11
    whole = take(f"{url}/v1/stream?after=0", 8)
    again = take(f"{url}/v1/stream?after={whole[3]['id']}", 4)
    assert again == whole[4:]
    by_header = take(f"{url}/v1/stream?after=10", 4, **{"last-event-id": whole[3]["id"]})
    assert by_header == whole[4:]


def test_in_quiet_times_a_reader_is_told_where_the_ledger_stands(url: str) -> None:
    first, second = take(f"{url}/v1/stream", 2)
    assert first["event"] == second["event"] == "head"
    assert second["data"]["as_of"]["block_number"] == 10
    assert take(f"{url}/v1/stream?after={second['id']}", 1)[0]["event"] == "head"


@pytest.mark.parametrize(
    ("query", "status"),
    [("after=x", 400), ("after=99", 400), ("registry=XX", 404), ("colour=red", 400)],
)
def test_what_is_wrong_is_said_before_the_stream_begins(url: str, query: str, status: int) -> None:
    response = httpx.get(f"{url}/v1/stream?{query}")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    response = httpx.get(f"{url}/v1/stream", headers={"last-event-id": "x"})
    assert response.status_code == 400
    assert "Last-Event-ID" in response.json()["detail"]


def test_readers_are_counted_while_they_read(url: str) -> None:
    with httpx.stream("GET", f"{url}/v1/stream", timeout=30) as response:
        coming = events(response)
        assert next(coming)["event"] == "head"
        assert "tonnelink_stream_readers 1.0" in httpx.get(f"{url}/metrics").text
    deadline = time.monotonic() + 30
    while "tonnelink_stream_readers 0.0" not in httpx.get(f"{url}/metrics").text:
        assert time.monotonic() < deadline


def test_a_reader_that_takes_nothing_holds_nothing_up(url: str, story: Story) -> None:
    slow = socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])))
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.sendall(b"GET /v1/stream?after=0 HTTP/1.1\r\nHost: x\r\n\r\n")
    with httpx.stream("GET", f"{url}/v1/stream", timeout=30) as response:
        coming = events(response)
        assert next(coming)["event"] == "head"
        with story.block():
            story.use(1, address("CN plant"), 2, 2, 3, 2025)
        assert any(event["event"] == "movement" for event in coming)
    slow.close()


def test_a_server_that_is_told_to_stop_ends_its_streams(story: Story) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SERVER, str(story.path), str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        for _ in range(1_000):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        with httpx.stream("GET", f"http://127.0.0.1:{port}/v1/stream", timeout=30) as response:
            coming = events(response)
            assert next(coming)["event"] == "head"
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(httpx.RemoteProtocolError):  # as of any broken connection
                assert list(coming) == []
        assert process.wait(timeout=30) in {0, -signal.SIGTERM}
        assert process.stderr
        assert b"Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.wait()


def test_a_reader_is_told_when_doubt_comes_and_goes(
    url: str, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 60.0)
    with httpx.stream("GET", f"{url}/v1/stream", timeout=30) as response:
        coming = events(response)

        def next_of(*, doubted: bool) -> dict[str, Any]:
            while ("disputed" in (event := next(coming))["data"]) is not doubted:
                assert event["event"] == "head"
            return event

        assert "disputed" not in next(coming)["data"]
        story.doubt(Subject("class", "CN", "CEA-2025"))
        (mark,) = next_of(doubted=True)["data"]["disputed"]
        assert (mark["subject"], mark["differs"]) == ("CN:CEA-2025", ["movement"])
        with story.block():
            story.use(1, address("CN plant"), 2, 2, 3, 2025)
        while (event := next_of(doubted=True))["event"] == "head":
            pass
        assert event["data"]["data"]["units"] == "CN:CEA-2025:2"
        story.doubt()
        assert next_of(doubted=False)["event"] == "head"
