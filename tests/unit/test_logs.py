"""Log lines: readable for a person, parsable for a machine, one place, no secrets."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from registry_node import logs
from registry_node.domain.errors import Unavailable
from registry_node.indexer.narrate import Narrator
from registry_node.indexer.runner import Status

LOG = logging.getLogger("tonnelink.test")


@pytest.fixture(autouse=True)
def loggers_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("tonnelink").setLevel(logging.NOTSET)


class Written:
    """What has been logged so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys, self._text = capsys, ""

    def getvalue(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Written:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    return Written(capsys)


def lines(stream: Written) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_machine_reads_one_object_a_line(written: Written) -> None:
    logs.set_up("auto")  # no terminal
    logs.event(LOG, logging.INFO, "indexed", "It stands at 7.", height=7, time="mine", name="a b")
    (line,) = lines(written)
    assert line["level"] == "info"
    assert (line["event"], line["message"]) == ("indexed", "It stands at 7.")
    assert (line["height"], line["name"], line["logger"]) == (7, "a b", "tonnelink.test")
    assert line["time"].endswith("Z")
    assert line["time_"] == "mine"  # a field never stands for the line's own time


def test_a_person_reads_a_sentence_with_its_fields(written: Written) -> None:
    logs.set_up("text")
    logs.event(LOG, logging.WARNING, "reorganised", "Taken back.", height=7, name="a b")
    assert written.getvalue().endswith(' warning reorganised: Taken back. height=7 name="a b"\n')


def test_nobody_forges_a_line_or_colours_a_terminal(written: Written) -> None:
    logs.set_up("text")
    logs.event(LOG, logging.INFO, "told", "one\ntwo\x1b[31m\u2028", field="a\r\nb")
    assert written.getvalue().count("\n") == 1
    assert "\x1b" not in written.getvalue()
    assert "\u2028" not in written.getvalue()


@pytest.mark.parametrize("style", ["text", "json"])
def test_secrets_do_not_get_into_lines(written: Written, style: str) -> None:
    logs.set_up(style)
    text = "postgresql://node:hunter2@db/x?password=hunter2 Bearer hunter2.abc api_key=hunter2"
    logs.event(LOG, logging.ERROR, "refused", text, url="https://hunter2@h/")
    LOG.error("failed: %s", text, exc_info=ValueError(text))
    assert "hunter2" not in written.getvalue()
    assert "postgresql://***@db/x" in written.getvalue()


def test_the_level_is_ours_and_libraries_warn(written: Written) -> None:
    uvicorn.Config(logs.set_up, log_level="error")  # sets up loggers of its own
    logs.set_up("json", "warning")
    logs.event(LOG, logging.INFO, "a", "not told")
    logging.getLogger("httpx").info("not told")
    logging.getLogger("uvicorn.error").warning("told %d", 1)
    assert [(line["event"], line["message"]) for line in lines(written)] == [("log", "told 1")]
    logs.set_up("json", "debug")
    LOG.debug("told")
    assert len(lines(written)) == 2


def test_an_error_keeps_its_trace_in_one_object(written: Written) -> None:
    logs.set_up("json")
    LOG.error("It failed", exc_info=KeyError("gone"), extra={"event": "failed"})
    (line,) = lines(written)
    assert line["event"] == "failed"
    assert "KeyError" in line["error"]


def test_the_journal_is_told_the_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stderr", file)
        status = os.fstat(file.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        logs.set_up("auto")
        logs.event(LOG, logging.INFO, "a", "x")
        logs.event(LOG, logging.ERROR, "b", "y")
        file.seek(0)
        one, two = file.read().splitlines()
    assert one.startswith('<6>{"time"')
    assert two.startswith('<3>{"time"')


def test_a_log_that_nobody_reads_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, text: str) -> None:
            raise BrokenPipeError(32, "Broken pipe")

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stderr", Closed())
    logs.set_up("json")
    logs.event(LOG, logging.INFO, "a", "x")


# ---- what the indexer does --------------------------------------------------------------------


def narrated(caplog: pytest.LogCaptureFixture, *statuses: Status, seconds: float = 1) -> list[Any]:
    moments = iter(range(10_000))
    narrator = Narrator(lambda: next(moments) * seconds)
    with caplog.at_level(logging.DEBUG, "tonnelink.indexer"):
        for status in statuses:
            narrator(status)
    return [
        (record.levelname, record.event, record.fields)  # type: ignore[attr-defined]
        for record in caplog.records
    ]


def test_blocks_at_the_head_are_told_one_by_one(caplog: pytest.LogCaptureFixture) -> None:
    told = narrated(caplog, Status(5, 5), Status(6, 5), Status(6, 6), Status(6, 6), Status(7, 7))
    assert [(name, f["height"], f["blocks"]) for _, name, f in told] == [
        ("indexed", 6, 1),
        ("indexed", 7, 1),
    ]


def test_a_backlog_is_told_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    backlog = [Status(1000, height) for height in range(0, 1000, 10)]
    told = narrated(caplog, *backlog, Status(1000, 1000), seconds=0.5)
    assert 5 < len(told) < 25
    assert told[-1][2]["height"] == 1000
    assert sum(fields["blocks"] for _, _, fields in told) == 1000


def test_a_reorganisation_is_told(caplog: pytest.LogCaptureFixture) -> None:
    told = narrated(caplog, Status(9, 9), Status(9, 6), Status(10, 10))
    assert told[0][:2] == ("WARNING", "reorganised")
    assert told[0][2] == {"height": 6, "removed": 3}
    assert told[1][2]["blocks"] == 4


def test_a_silent_chain_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    gone = str(Unavailable("The chain is away.", "Look."))
    away = [Status(9, 9, last_error=gone)] * 50
    told = narrated(caplog, Status(9, 9), *away, Status(9, 9), Status(9, 9))
    assert [(level, name) for level, name, _ in told] == [
        ("WARNING", "chain-trouble"),
        ("INFO", "chain-back"),
    ]
