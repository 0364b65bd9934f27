"""Files of accounts, entitlements and allocations: bad rows are told first, and nothing is ever
sent twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_node.cli.ledger import Ledger
from registry_node.cli.main import run
from registry_node.interchange import allocations_file, entitlements_file
from tests.support.deployed import CEA, PROVINCES
from tests.support.home import Home

ROOT = Path(__file__).parents[2]
ONE_BY_ONE = """
from registry_node.cli import main
from registry_node.interchange import allocations_file
allocations_file.MOST_GRANTS = 1
main()
"""
ALLOCATIONS = "registry,class,from,to,quantity,year\n"
ENTITLEMENTS = "registry,account,year,kind,class,from,to\n"
ACCOUNTS = "registry,address,kind,file_hash\n"
HASH = "0x" + "5f" * 32

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("TONNELINK_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TONNELINK_HOME", str(home.path))


@pytest.fixture(autouse=True)
def one_row_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a run has many transactions between which it can end."""
    monkeypatch.setattr(entitlements_file, "MOST_CHANGES", 1)
    monkeypatch.setattr(allocations_file, "MOST_GRANTS", 1)


@pytest.fixture
def tonnelink(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command on a level mirror; what it says in JSON."""

    def command(*arguments: object, code: int = 0) -> Any:
        assert run(["index", "--once"]) == 0
        capsys.readouterr()
        found = run([*map(str, arguments), "--json"])
        out, err = capsys.readouterr()
        assert found == code, out + err
        return json.loads(out or err)

    return command


def proposed(home: Home) -> int:
    return len(home.world.desks["CN"]["proposals"].events.ProposalMade().get_logs(from_block=0))


def balance(home: Home, actor: int) -> int:
    return int(home.world.cn.functions.balanceOf(home.world.actors[actor], CEA).call())


def rows(*quantities: int, to: str = "plant", year: int = 2025) -> str:
    lines = [f"CN,CEA-2025,authority,{to},{q},{year + i}\n" for i, q in enumerate(quantities)]
    return ALLOCATIONS + "".join(lines)


def table(*quantities: int, to: str = "plant", year: int = 2025) -> str:
    """The entitlements that such allocations need; nobody is entitled to anything before."""
    lines = [f"CN,{to},{year + i},initial,CEA-2025,0,{q}\n" for i, q in enumerate(quantities)]
    return ENTITLEMENTS + "".join(lines)


def entitle(home: Home, actor: int, *quantities: int, year: int = 2025) -> None:
    """The same, decided at once."""
    desk, account = home.world.desks["CN"]["issuance"], home.world.actors[actor]
    for i, quantity in enumerate(quantities):
        line = (account, year + i, CEA, 0)
        was = desk.functions.entitlementOf(*line).call()[0]
        change = (account, year + i, 0, CEA, was, was + quantity)
        home.world.do(desk, "entitle", PROVINCES["CN"], [change])


def allocated(home: Home) -> int:
    return int(home.world.desks["CN"]["issuance"].functions.allocationCount().call())


# ---- what is wrong is told --------------------------------------------------------------------


def faults_of(told: Any) -> list[tuple[int, str | None, str]]:
    return [(f["line"], f["column"], f["message"]) for f in told["faults"]]


def test_every_bad_row_is_told_by_line_and_column(
    tonnelink: Command, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "plan.csv"
    file.write_text(
        ALLOCATIONS + "CN,CEA-2025,authority,plant,10,2025\n"  # 2: right
        "XX,CEA-2025,authority,plant,10,2025\n"
        "CN,CEA-1999,authority,plant,10,2025\n"
        "CN,CEA-2025,nobody,plant,10,2025\n"
        "CN,CEA-2025,authority,0x12,10,2025\n"
        "\n"  # 7: skipped
        '"CN","CEA-2025","authority","mill","1,000","later"\n'
        "CN,CEA-2025,authority,plant,,2026\n"
        "CN,CEA-2025,authority,plant\n"
        "CN,CEA-2025,authority,plant,20,2025\n"  # 11: as line 2
        "CN,CEA-2025,plant,mill,5,2025\n"
        "CN,CEA-2025,authority,authority,5,2025\n"
        'CN,CEA-2025,authority,"steel\n",5,2025\n'  # two lines long: 14 and 15
        "CN,CEA-2025,authority,forest,99999999,2025\n"
        f"CN,CEA-2025,authority,0x{'77' * 20},5,2025\n"
    )
    for actor, quantity in ((2, 20), (4, 5), (6, 5), (5, 99999999)):
        entitle(home, actor, quantity)
    height = home.world.web3.eth.block_number
    for arguments in (["--dry-run"], ["--as", "admin"]):
        told = tonnelink("import", "allocations", file, *arguments, code=2)
        found = faults_of(told)
        assert [(line, column) for line, column, _ in found] == [
            (3, "registry"),
            (4, "class"),
            (5, "from"),
            (6, "to"),
            (8, "quantity"),
            (8, "year"),
            (9, "quantity"),
            (10, None),
            (11, None),
            (12, "from"),
            (13, "quantity"),
            (13, "to"),
            (16, "quantity"),
            (17, "to"),
        ]
        assert all(fault["hint"] for fault in told["faults"])
        says = {(line, column): message for line, column, message in found}
        assert "Line 2 allocates the same" in says[11, None]
        assert "no operator's account" in says[13, "to"]
        assert "asked for" in says[16, "quantity"]
    assert home.world.web3.eth.block_number == height
    assert not (tmp_path / "plan.csv.journal").exists()
    assert told["totals"]["CN:CEA-2025"].isdigit()


def test_what_a_person_reads(home: Home, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "plan.csv"
    file.write_text(rows(10) + "CN,CEA-2025,authority,nobody,1,2025\n")
    assert run(["import", "allocations", str(file), "--dry-run"]) == 2
    out = capsys.readouterr().out
    assert "CN has no account 'nobody'" in out
    assert "1 faults" in out
    file.write_text(rows(10))
    assert run(["import", "allocations", str(file), "--dry-run"]) == 0
    assert capsys.readouterr().out.endswith(
        "is right as far as is known beforehand. Nothing was sent.\n"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"registry,class\nCN,CEA-2025\n", "right columns"),
        (b"", "right columns"),
        (ALLOCATIONS.encode(), "no rows"),
        (b"\xff\xfe", "not CSV in UTF-8"),
        (ALLOCATIONS.encode() + b'CN,"CEA\n', "not CSV"),
    ],
    ids=["columns", "empty", "rows", "latin", "quote"],
)
def test_what_is_no_such_file(
    tonnelink: Command, tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / "plan.csv"
    file.write_bytes(content)
    assert says in tonnelink("import", "allocations", file, "--dry-run", code=2)["message"]
    tonnelink("import", "allocations", tmp_path / "missing.csv", "--dry-run", code=2)


def test_what_a_file_asks_for_in_all_is_counted(
    tonnelink: Command, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "plan.csv"
    free = balance(home, 1)
    entitle(home, 2, free, free, year=2120)
    file.write_text(rows(free - 5, 5, year=2120))
    assert tonnelink("import", "allocations", file, "--dry-run")["to_send"] == 2
    file.write_text(rows(free - 5, 6, year=2120))
    told = tonnelink("import", "allocations", file, "--dry-run", code=2)
    assert [(line, column) for line, column, _ in faults_of(told)] == [(3, "quantity")]
    file.write_text(rows(1, year=2150))
    told = tonnelink("import", "allocations", file, "--dry-run", code=2)
    assert "is still entitled to 0 t for 2150 (initial)" in told["faults"][0]["message"]


def test_what_is_proposed_already_is_told(tonnelink: Command, home: Home, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    order = ("entitle", "plant", "--class", "CN:CEA-2025", "--quantity", "5", "--year", "2030")
    number = tonnelink(*order, "--as", "admin")["proposal"]
    file.write_text(table(5, year=2030))
    told = tonnelink("import", "entitlements", file, "--dry-run", code=2)
    assert f"proposed already: proposal {number} of CN" in told["faults"][0]["message"]
    tonnelink("proposal", "stop", "CN", number, "--as", "admin")


def test_a_holding_limit_is_known_beforehand(
    tonnelink: Command, home: Home, tmp_path: Path
) -> None:
    world = home.world
    limited = world.actors[6]
    world.do(world.cn, "setHoldingLimitClasses", [(world.cn.address, CEA)])
    world.do(world.cn, "setAccountControls", limited, 16, 100)
    try:
        file = tmp_path / "plan.csv"
        entitle(home, 6, 60, 60)
        file.write_text(rows(60, 40, to="steel"))
        tonnelink("import", "allocations", file, "--dry-run")
        file.write_text(rows(60, 41, to="steel"))
        told = tonnelink("import", "allocations", file, "--dry-run", code=2)
        assert faults_of(told) == [
            (
                3,
                "quantity",
                "The operator would hold 101 t; its limit is 100 t.",
            )
        ]
        world.do(world.cn, "setAccountControls", limited, 16 | 32, 0)  # it grows by itself
        tonnelink("import", "allocations", file, "--dry-run")
    finally:
        world.do(world.cn, "setAccountControls", limited, 0, 0)
        world.do(world.cn, "setHoldingLimitClasses", [])


def test_bad_accounts_are_told(tonnelink: Command, home: Home, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    mixed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    file.write_text(
        ACCOUNTS + f"CN,0x{'a1' * 20},operator,{HASH}\n"
        f"CN,0x{'a1' * 20},operator,{HASH}\n"
        f"CN,{mixed[:-1]}e,operator,{HASH}\n"
        f"CN,{mixed},participant,file 12\n"
        f"CN,{home.world.actors[2]},operator,{HASH}\n"
        f"CN,0x{'00' * 20},operator,{HASH}\n"
        f"CN,0x{'a2' * 20},state-authority,{HASH}\n"
        f"CN,0x{'a3' * 20},operator,\n"
        f"CN,{home.world.gateway.address},operator,{HASH}\n"
    )
    told = tonnelink("import", "accounts", file, "--dry-run", code=2)
    assert [(line, column) for line, column, _ in faults_of(told)] == [
        (3, "address"),
        (4, "address"),
        (6, "address"),
        (7, "address"),
        (8, "kind"),
        (9, "file_hash"),
        (10, "address"),
    ]


# ---- what is right is sent, once --------------------------------------------------------------


def test_two_people_entitle_by_file_and_one_allocates(
    tonnelink: Command, home: Home, tmp_path: Path
) -> None:
    mine, theirs, plan = (tmp_path / name for name in ("mine.csv", "theirs.csv", "plan.csv"))
    text = table(11, 12, 13, year=2160)
    mine.write_text(text)
    theirs.write_text("\ufeff" + text.replace("\n", "\r\n"), encoding="utf-8")  # from a spreadsheet
    before, held = proposed(home), balance(home, 2)
    told = tonnelink("import", "approve", theirs, "--as", "second", code=2)
    assert "no proposed proposal" in told["faults"][0]["message"]
    told = tonnelink("import", "entitlements", mine, "--as", "admin")
    assert [entry["line"] for entry in told["sent"]] == [2, 3, 4]
    assert proposed(home) == before + 3
    assert tonnelink("import", "entitlements", mine, "--as", "admin")["sent"] == []
    assert tonnelink("import", "entitlements", mine, "--dry-run")["sent_already"] == 3
    theirs.write_text(text.replace(",13\n", ",14\n"))
    told = tonnelink("import", "approve", theirs, "--as", "second", code=2)
    assert [fault["line"] for fault in told["faults"]] == [4]  # and nothing was approved
    theirs.write_text(text)
    told = tonnelink("import", "approve", theirs, "--as", "admin", code=4)
    assert "Line 2, proposal" in told["message"]  # not by who proposed it
    assert len(tonnelink("import", "approve", theirs, "--as", "second")["done"]) == 3
    assert tonnelink("import", "approve", theirs, "--as", "second")["done"] == []
    assert len(tonnelink("import", "execute", mine, "--as", "admin")["done"]) == 3
    assert tonnelink("import", "execute", mine, "--as", "admin")["done"] == []
    assert proposed(home) == before + 3
    assert balance(home, 2) == held
    plan.write_text(rows(11, 12, 13, year=2160))
    assert len(tonnelink("import", "allocations", plan, "--as", "admin")["sent"]) == 3
    assert balance(home, 2) == held + 36
    assert tonnelink("import", "allocations", plan, "--as", "admin")["sent"] == []
    assert balance(home, 2) == held + 36


def test_accounts_are_opened_by_file(tonnelink: Command, home: Home, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    lines = [f"KR,0x{i:040x},operator,file {i}\n" for i in range(0xB1, 0xB4)]
    file.write_text(ACCOUNTS + "".join(lines))
    assert len(tonnelink("import", "accounts", file, "--as", "admin")["sent"]) == 3
    shown = tonnelink("account", "show", "KR", f"0x{0xB2:040x}")["data"]
    assert (shown["kind"], shown["status"]) == ("OPERATOR", "OPEN")
    file.write_text(ACCOUNTS + "".join(lines) + f"KR,0x{0xB9:040x},participant,file 9\n")
    (sent,) = tonnelink("import", "accounts", file, "--as", "admin")["sent"]  # a longer file
    assert sent["line"] == 5
    (tmp_path / "accounts.csv.journal").unlink()
    told = tonnelink("import", "accounts", file, "--as", "admin", code=2)
    assert "exists already" in told["faults"][0]["message"]


def test_the_first_refusal_stops_and_the_rest_follows_once_it_is_put_right(
    tonnelink: Command, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "plan.csv"
    entitle(home, 4, 21, 22, 23)
    file.write_text(rows(21, 22, 23, to="mill"))
    before = allocated(home)
    tonnelink("holdings")  # the mirror is level; then, behind its back:
    sign, signed = Ledger.sign, []

    def sign_or_refuse(ledger: Ledger, step: Any, signer: Any) -> Any:
        if len(signed) == 1:
            home.world.do(home.world.authorities["CN"], "revokeRole", 3, home.world.actors[0])
        signed.append(step)
        return sign(ledger, step, signer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "sign", sign_or_refuse)
        told = tonnelink("import", "allocations", file, "--as", "admin", code=4)
    home.world.do(home.world.authorities["CN"], "grantRole", 3, home.world.actors[0], 0)
    assert told["message"].startswith("Line 3: ")
    assert "1 rows are sent; run it again" in told["hint"]
    assert allocated(home) == before + 1
    told = tonnelink("import", "allocations", file, "--as", "admin")
    assert [entry["line"] for entry in told["sent"]] == [3, 4]
    assert allocated(home) == before + 3


def test_a_refusal_of_the_first_row_says_that_nothing_was_sent(
    tonnelink: Command, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "plan.csv"
    entitle(home, 4, 31, 32, year=2035)
    file.write_text(rows(31, 32, to="mill", year=2035))
    before = allocated(home)
    told = tonnelink("import", "allocations", file, "--as", "plant", code=4)
    assert told["message"].startswith("Line 2: ")
    assert "No row is sent; run it again" in told["hint"]
    assert allocated(home) == before


class Killed(BaseException):
    """The process ends here, and cleans nothing up."""


@pytest.mark.parametrize("moment", ["before it is sent", "after it is sent"])
def test_killed_between_signing_and_recording_nothing_is_sent_twice(
    tonnelink: Command, home: Home, tmp_path: Path, moment: str
) -> None:
    file = tmp_path / "plan.csv"
    year = 2040 if moment.startswith("before") else 2050
    entitle(home, 2, 31, 32, 33, year=year)
    file.write_text(rows(31, 32, 33, year=year))
    before, include = allocated(home), Ledger.include
    calls = []

    def include_or_die(ledger: Ledger, signed: Any, step: Any) -> Any:
        calls.append(signed)
        if len(calls) == 2 and moment.startswith("before"):
            raise Killed
        done = include(ledger, signed, step)
        if len(calls) == 2:
            raise Killed
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "include", include_or_die)
        with pytest.raises(Killed):
            tonnelink("import", "allocations", file, "--as", "admin")
    assert allocated(home) == before + (1 if moment.startswith("before") else 2)
    told = tonnelink("import", "allocations", file, "--dry-run")
    assert (told["sent_already"], told["to_send"]) == (2, 1)
    with (tmp_path / "plan.csv.journal").open("ab") as journal:
        journal.write(b'{"keys": ["half a li')  # as a crash leaves it
    told = tonnelink("import", "allocations", file, "--as", "admin")
    assert [entry["line"] for entry in told["sent"]] == [3, 4]
    assert told["sent"][0]["transaction_hash"] == calls[1].transaction_hash
    assert allocated(home) == before + 3
    assert tonnelink("import", "allocations", file, "--as", "admin")["sent"] == []


def test_a_signed_row_whose_place_was_taken_is_sent_anew(
    tonnelink: Command, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "plan.csv"
    entitle(home, 2, 41, 42, year=2060)
    file.write_text(rows(41, year=2060))
    before = allocated(home)

    def die(*_: Any) -> Any:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "include", die)
        with pytest.raises(Killed):
            tonnelink("import", "allocations", file, "--as", "admin")
    home.world.do(home.world.cn, "raiseCap", CEA, 2 * 10**9)  # the same key, the same nonce
    file.write_text(rows(42, year=2061))
    told = tonnelink("import", "allocations", file, "--as", "admin", code=4)
    assert "may have been sent" in told["message"]  # a row that is gone is not forgotten
    file.write_text(rows(41, year=2060))
    assert len(tonnelink("import", "allocations", file, "--as", "admin")["sent"]) == 1
    assert allocated(home) == before + 1


def test_killed_with_9_at_any_moment_nothing_is_sent_twice(
    tonnelink: Command, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "plan.csv"
    entitle(home, 5, *range(1, 9), year=2070)
    file.write_text(rows(*range(1, 9), to="forest", year=2070))
    tonnelink("holdings")
    before, journal = allocated(home), tmp_path / "plan.csv.journal"
    command = [
        sys.executable,
        "-c",
        ONE_BY_ONE,
        "import",
        "allocations",
        str(file),
        "--as",
        "admin",
        "--json",
    ]
    for kill in (5,):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as child:
            deadline = time.monotonic() + 200
            while child.poll() is None and time.monotonic() < deadline:
                if journal.exists() and journal.read_bytes().count(b"\n") >= kill:
                    os.kill(child.pid, signal.SIGKILL)
                    break
                time.sleep(0.002)
        assert child.returncode == -signal.SIGKILL
    assert before < allocated(home) < before + 8
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert json.loads(done.stdout)["rows"] == 8
    assert allocated(home) == before + 8
    entries = [json.loads(line) for line in journal.read_text().splitlines()[1:]]
    assert len({key for entry in entries for key in entry["keys"]}) == 8
    assert oct(journal.stat().st_mode & 0o777) == "0o600"


def test_a_journal_is_of_one_ledger_and_one_kind_of_file(
    tonnelink: Command, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "plan.csv"
    entitle(home, 2, 51, year=2090)
    file.write_text(rows(51, year=2090))
    journal = tmp_path / "other.journal"
    journal.write_text('{"journal": "accounts"}\n')
    order = ("import", "allocations", file, "--journal", journal)
    for more in (["--dry-run"], ["--as", "admin"]):
        assert "another ledger" in tonnelink(*order, *more, code=4)["message"]
    journal.write_text("{broken}\n")
    assert "damaged" in tonnelink(*order, "--dry-run", code=4)["message"]
