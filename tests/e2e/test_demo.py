"""`make demo`, run once: the report, and how it ends when it is interrupted."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from scripts.chain import EmbeddedChain
from scripts.report import LIFE, TOTALS

# As in a job that has no terminal and sets nothing but this.
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "CI": "true"}


def start_demo(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "scripts.demo", "--home", str(folder / "home")],
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished demonstration; parallel workers share one."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "output").exists():
            process = start_demo(folder)
            output, _ = process.communicate(timeout=300)
            (folder / "output").write_text(f"{process.returncode}\n{output}", encoding="utf-8")
    status, _, output = (folder / "output").read_text(encoding="utf-8").partition("\n")
    assert status == "0", output
    return folder


@pytest.fixture(scope="session")
def report(demo: Path) -> Any:
    return json.loads((demo / "demo-report.json").read_text(encoding="utf-8"))


def test_the_report_has_these_parts(report: dict[str, Any]) -> None:
    assert list(report) == ["registries", "links", "trace", "verify", "refused"]


def test_every_issued_unit_is_in_one_state(report: dict[str, Any]) -> None:
    assert list(report["registries"]) == ["CN", "KR", "JP-13", "JP-11"]
    for registry in report["registries"].values():
        for totals in (registry, *registry["classes"].values()):
            assert all(type(totals[name]) is int for name in TOTALS)
            assert totals["issued"] == sum(totals[name] for name in TOTALS[1:])


def test_issued_quantities(report: dict[str, Any]) -> None:
    issued = {
        (code, symbol): totals["issued"]
        for code, registry in report["registries"].items()
        for symbol, totals in registry["classes"].items()
    }
    assert issued["CN", "CEA-2021"] == 4_000_000_000
    assert issued["KR", "KAU-2017"] == 538_900_000
    assert issued["JP-13", "ERC-2014"] == 14_000_000
    assert issued["KR", "CN.CEA-2021"] == 3_400_000 + 510_000 + 340_000


def test_fourteen_transfers_between_tokyo_and_saitama(report: dict[str, Any]) -> None:
    links = report["links"]
    assert len(links["JP-13_JP-11"]["transfers"]) == 8
    assert len(links["JP-11_JP-13"]["transfers"]) == 6
    for name in ("JP-13_JP-11", "JP-11_JP-13"):
        for transfer in links[name]["transfers"]:
            assert transfer["source_quantity"] == transfer["foreign_quantity"]


def test_what_came_home_between_them_gave_its_quota_back(report: dict[str, Any]) -> None:
    for name, returned in (("JP-13_JP-11", 5_000), ("JP-11_JP-13", 0)):
        link = report["links"][name]
        crossed = sum(transfer["foreign_quantity"] for transfer in link["transfers"])
        assert link["quota"]["used"] == crossed - returned


def test_the_korean_quota_was_lowered_then_a_share_of_the_cap(report: dict[str, Any]) -> None:
    link = report["links"]["CN_KR"]
    assert "KR_CN" not in report["links"]  # one way
    assert link["quota"]["limit"] == 538_900_000 * 80 // 10_000
    assert link["quota"]["used"] == 3_910_000 + 340_000  # what was used counts on
    assert [t["terms_version"] for t in link["transfers"]] == [1, 2, 3]
    assert [t["source_quantity"] for t in link["transfers"]] == [4_000_000, 600_000, 400_000]
    asked = [(quote["quota"], quote["reason"] == "") for quote in link["quotes"]]
    assert asked == [(5_191_891, True), (4_000_000, False), (4_000_000, True)]


def test_the_refused_transfer_says_why(report: dict[str, Any]) -> None:
    refused = report["refused"]
    assert refused["error"] == "QuotaExceeded"
    assert refused["values"]["requested"] == 2_125_000
    assert refused["values"]["remaining"] == 1_791_891
    assert "quota" in refused["reason"]


def test_one_tonne_from_issuance_in_china_to_surrender_in_korea(report: dict[str, Any]) -> None:
    trace = report["trace"]
    steps = trace["steps"]
    events = [step["event"] for step in steps]
    assert set(LIFE) <= set(events)
    assert [events.index(event) for event in LIFE] == sorted(events.index(e) for e in LIFE)
    assert trace["unit"].startswith("CN:CEA-2021:")
    surrender = steps[events.index("surrender")]
    assert surrender["unit"].startswith("KR:CN.CEA-2021:")
    assert surrender["compliance_year"] == 2021
    assert trace["state"] == "SURRENDERED"
    assert trace["used_abroad"]
    heights = [step["block_number"] for step in steps]
    assert heights == sorted(heights)


def test_the_mirror_agrees_with_the_contracts(report: dict[str, Any]) -> None:
    assert report["verify"]["differences"] == []
    assert report["verify"]["compared"]


def test_a_person_sees_what_happened(demo: Path) -> None:
    output = (demo / "output").read_text(encoding="utf-8")
    for words in ("KR, tonnes", "538,900,000", "Refused:", "The life of CN:CEA-2021:", "CN_KR"):
        assert words in output


def test_nothing_runs_on_and_the_keys_are_private(demo: Path) -> None:
    assert EmbeddedChain(demo / "home").pid() is None
    keys = demo / "home" / "keys"
    assert (keys / "kr-link-administrator.json").is_file()
    assert {path.stat().st_mode & 0o077 for path in (keys, *keys.iterdir())} == {0}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_no_process_behind(tmp_path: Path, number: int) -> None:
    process = start_demo(tmp_path)
    chain = EmbeddedChain(tmp_path / "home")
    deadline = time.monotonic() + 60
    while not (tmp_path / "home" / "deployment.json").exists():  # in the middle of the story
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert chain.pid() is not None
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in output
    assert chain.pid() is None
    assert not (tmp_path / "demo-report.json").exists()


def test_two_in_one_home_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = start_demo(tmp_path)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "another one runs in" in output
