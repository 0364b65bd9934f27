"""Two mirrors against each other: the first ledger block at which they part."""

from __future__ import annotations

import re
import threading
from contextlib import closing
from pathlib import Path

import pytest

from registry_node.cli.main import run
from registry_node.cli.reconciling import show
from registry_node.config import Settings
from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.domain.subjects import Subject
from registry_node.indexer.mirror import Mirror
from registry_node.indexer.report import Difference, Report
from registry_node.indexer.schedule import Schedule
from registry_node.reconciling import DatabaseSide, compare
from registry_node.store.database import Location, open_reader, store_at
from tests.support.ledger import HELD, HOLDERS, Ledger, deployment
from tests.support.mirrors import apply_all, open_temporary
from tests.support.places import Places

ANN, BOB, *_ = HOLDERS


def history(parts_at: int | None = None, length: int = 12, branch: str = "") -> Ledger:
    """Ledger blocks whose events part at one of them, or whose hashes do (`branch`)."""
    ledger = Ledger()
    ledger.define()
    ledger.issue(ANN, 1000)
    ledger.seal()
    for number in range(2, length + 1):
        if branch and number == parts_at:
            ledger.branch = branch
        more = 1 if parts_at == number and not branch else 0
        ledger.move_by_quantity(ANN, BOB, number + more, HELD)
        ledger.seal()
    return ledger


def mirror(place: Location, ledger: Ledger) -> Location:
    with open_temporary(place) as database:
        apply_all(Mirror(database, deployment()), ledger.chain, group=4)
    return place


@pytest.fixture
def settings(places: Places) -> Settings:
    return Settings(database=mirror(places.new(), history()))


def nothing(*_: object) -> None:
    """Progress that nobody looks at."""


@pytest.mark.parametrize("length", [12, 9, 15])
def test_mirrors_of_one_ledger_agree_as_far_as_both_go(
    settings: Settings, places: Places, length: int
) -> None:
    other = mirror(places.new(), history(length=length))
    parting, report = compare(settings, str(other), other, nothing)
    assert parting.agree
    assert parting.height == min(12, length)
    assert report.ok
    assert report.compared["movement"] == parting.height


@pytest.mark.parametrize("at", range(2, 13))
def test_the_first_ledger_block_that_differs_is_found(
    settings: Settings, places: Places, at: int
) -> None:
    other = mirror(places.new(), history(parts_at=at, length=14))
    parting, report = compare(settings, str(other), other, nothing)
    assert not parting.agree
    assert not parting.other_block
    assert parting.ours.height == parting.theirs.height == at
    assert report.first_block == at
    assert any(f"CN 0x{BOB.hex()}" in map(str, d.concerns) for d in report.differences)


def test_people_are_told_what_was_compared(
    settings: Settings,
    places: Places,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    other = mirror(places.new(), history())
    monkeypatch.setenv("TONNELINK_DATABASE", str(settings.mirror))
    monkeypatch.setenv("TONNELINK_HOME", str(tmp_path))  # without a deployment
    assert run(["compare", str(other)]) == 0
    assert "The digests and the rows agree up to ledger block 12." in capsys.readouterr().out

    with closing(open_reader(other)) as reader, reader.snapshot():
        side = DatabaseSide(reader)
        monkeypatch.setattr("registry_node.reconciling.NodeSide", lambda *_: side)
        assert run(["compare", "http://127.0.0.1:1"]) == 0
    told = capsys.readouterr().out
    assert "The digests agree up to ledger block 12. Rows were not compared" in told
    assert "tonnelink verify --quick" in told

    with closing(store_at(other).connect_beside()) as database, database.transaction():
        database.execute("UPDATE holding SET balance = balance + 1 WHERE address = ?", (BOB,))
    assert run(["compare", str(other)]) == 1
    told = capsys.readouterr().out
    assert "The recorded digests agree, the rows do not." in told
    assert "The digests agree" not in told
    assert f"CN 0x{BOB.hex()[:4]}...{BOB.hex()[-4:]}" in told
    assert BOB.hex() not in told
    assert run(["compare", str(other), "--json"]) == 1
    assert BOB.hex() in capsys.readouterr().out


def test_differences_fit_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    people = [f"0x{number:040x}" for number in range(5)]
    concerns = tuple(Subject("account", "KR", address) for address in people)
    digests = "ab" * 32, "cd" * 32
    report = Report(217, b"", b"")
    report.differences += [
        Difference("digest", "ledger block 217", *digests, 217, concerns),
        Difference("lien", f"account {people[0]}", "nothing", "memo " * 100, 217, concerns[:1]),
    ]
    show(report, {people[0]: "kr-steel"}.get)
    out = capsys.readouterr().out
    assert "KR kr-steel, KR 0x0000...0001, KR 0x0000...0002 and 2 more" in out
    assert "account kr-steel" in out
    assert "abababab" in out
    assert not re.search("[0-9a-f]{20}", out)
    assert max(map(len, out.splitlines())) < 230


def test_another_branch_is_told_from_another_reading(settings: Settings, places: Places) -> None:
    other = mirror(places.new(), history(parts_at=7, branch="b"))
    parting, report = compare(settings, str(other), other, nothing)
    assert parting.other_block
    assert parting.ours.height == 7
    assert report.ok  # rows of different ledgers are not compared


def test_another_ledger_is_refused(settings: Settings, places: Places) -> None:
    place = places.new()
    with open_temporary(place) as database:
        elsewhere = deployment().model_copy(update={"chain_id": 5})
        apply_all(Mirror(database, elsewhere), history().chain)
    with pytest.raises(InvalidInput, match=r"by one rule: chain id \d+ here, 5 there\."):
        compare(settings, str(place), place, nothing)


def test_what_is_no_mirror(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"digests: it cannot be reached \(.*refused\)"):
        compare(settings, "http://127.0.0.1:1", None, nothing)
    with pytest.raises(InvalidInput, match="is no mirror"):
        compare(settings, "ftp://example.org", None, nothing)
    with pytest.raises(Unavailable, match="no mirror at"):
        compare(settings, "x", tmp_path / "x", nothing)


def test_what_is_due_runs_and_ends_when_told() -> None:
    ran, ended = threading.Event(), threading.Event()

    def run(stop: threading.Event) -> None:
        ran.set()
        if stop.wait(10):
            ended.set()

    schedule = Schedule(0.01, run, lambda: None)
    schedule.start()
    assert ran.wait(5)
    schedule.stop()
    assert ended.is_set()
