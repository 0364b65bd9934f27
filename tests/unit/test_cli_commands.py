"""The command line without a chain: help, reading a mirror written by hand, bad input."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from starlette.testclient import TestClient

from registry_node.api.app import create_app
from registry_node.api.health import HealthCheck
from registry_node.cli import output
from registry_node.cli.main import run, tonnelink
from registry_node.config import load
from registry_node.domain.errors import InvalidInput
from registry_node.domain.subjects import Subject
from registry_node.queries.snapshot import Reader
from tests.support.border import border_story
from tests.support.places import Places
from tests.support.rows import address
from tests.support.story import Story

FIXED = {
    "up", "index", "serve", "account", "issue", "allocate", "transfer", "surrender", "retire",
    "cancel", "link", "quota", "holdings", "trace", "verify",
}  # fmt: skip
PLANT = "0x" + address("CN plant").hex()
PROPOSE = (
    "link", "propose", "CN", "KR", "--quota", "1", "--until", "9999-12-31",
    "--vintages", "2020-2030", "--as", "x",
)  # fmt: skip


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in sorted(group.commands.items()):
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def story(places: Places, home: Path) -> Story:
    story = border_story(places.new())
    (home / "deployment.json").write_text(json.dumps(story.deployment()))
    story.close()
    return story


@pytest.fixture(autouse=True)
def environment(story: Story, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONNELINK_HOME", str(home))
    monkeypatch.setenv("TONNELINK_DATABASE", str(story.path))
    monkeypatch.setenv("TONNELINK_RPC_URL", "http://127.0.0.1:1")


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code = run([*arguments, "--json"])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out)


@pytest.mark.parametrize("path", [(), *commands(tonnelink)], ids=" ".join)
def test_every_help_has_an_example(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*path, "--help"]) == 0
    text = capsys.readouterr().out
    assert "Example:\n" in text
    assert f"tonnelink {path[0]}" in text if path else "Exit codes" in text


@pytest.mark.parametrize("path", list(commands(tonnelink)), ids=" ".join)
def test_every_command_takes_json(path: tuple[str, ...]) -> None:
    command: Any = tonnelink
    for name in path:
        command = command.commands[name]
    if not isinstance(command, click.Group):
        assert "--json" in {option for p in command.params for option in p.opts}


def test_the_fixed_commands_are_there() -> None:
    assert set(tonnelink.commands) >= FIXED


def test_trace_says_the_same_as_the_api(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    reader = Reader(story.path, story.directory)
    client = TestClient(create_app(reader, HealthCheck(reader, lambda: 10), "0"))
    for unit in ("CN:CEA-2025:1000", "KR:CN.CEA-2025:20"):
        path = unit.replace(":", "/")
        assert ask(capsys, "trace", unit) == client.get(f"/v1/units/{path}").json()
        past = client.get(f"/v1/units/{path}?at=6").json()
        assert ask(capsys, "trace", unit, "--at", "6") == past
    assert ask(capsys, "quota", "CN_KR") == client.get("/v1/links/CN_KR/quota").json()
    quote = ask(capsys, "link", "quote", "2", "--class", "CN:CEA-2025", "--quantity", "11")
    assert quote == client.get("/v1/links/2/quote?class=CEA-2025&quantity=11").json()


def test_watch_tells_what_the_stream_tells(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch", "--after", "0", "--once", "--json"]) == 0
    lines = [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["event"] for line in lines} == {"movement", "quota"}
    assert run(["watch", "--after", lines[2]["id"], "--once", "--json"]) == 0
    rest = [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rest == lines[3:]
    assert run(["watch", "--after", "0", "--once", "--registry", "CN", "--account", "plant"]) == 0
    text = capsys.readouterr().out
    assert "allocation CN:CEA-2025:501-1000" in text
    assert run(["watch", "--after", "x", "--once"]) == 2


def test_watch_and_export_tell_of_doubt(
    places: Places,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    story = border_story(places.new())
    story.doubt(Subject("class", "CN", "CEA-2025"), since=3)
    story.close()
    monkeypatch.setenv("TONNELINK_DATABASE", str(story.path))
    assert run(["watch", "--after", "0", "--once", "--json"]) == 0
    *events, head = map(orjson.loads, capsys.readouterr().out.splitlines())
    assert {line["as_of"]["block_number"] < 3 for line in events if "disputed" in line} == {False}
    assert (head["event"], head["disputed"][0]["subject"]) == ("head", "CN:CEA-2025")
    assert run(["watch", "--after", "0", "--once"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert any(line.endswith("(in doubt)") for line in lines)
    assert last.endswith("in doubt: CN:CEA-2025")
    assert run(["export", "movements", "-o", str(tmp_path / "movements.csv")]) == 0
    assert "In doubt: the mirror differs about CN:CEA-2025" in capsys.readouterr().out


def test_whom_a_mark_is_about_is_told_by_name(
    places: Places,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    story = border_story(places.new())
    nobody = f"0x{0xABC:040x}"
    story.doubt(*(Subject("account", "CN", account) for account in (PLANT, nobody)), since=3)
    deployment = story.deployment()
    deployment["labels"] = {**deployment["labels"], PLANT: "the-plant"}
    (tmp_path / "deployment.json").write_text(json.dumps(deployment))
    story.close()
    monkeypatch.setenv("TONNELINK_DATABASE", str(story.path))
    monkeypatch.setenv("TONNELINK_HOME", str(tmp_path))
    assert run(["holdings", "--registry", "CN"]) == 0
    out = capsys.readouterr().out
    assert "the mirror differs about CN the-plant from" in out
    assert "the mirror differs about CN 0x0000...0abc from" in out
    assert run(["watch", "--after", "0", "--once"]) == 0
    assert "in doubt: CN 0x0000...0abc, CN the-plant" in capsys.readouterr().out
    assert run(["holdings", "--registry", "CN", "--json"]) == 0
    subjects = {m["subject"]: m["label"] for m in json.loads(capsys.readouterr().out)["disputed"]}
    assert subjects == {f"CN {PLANT}": "the-plant", f"CN {nobody}": None}


def test_what_people_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", "CN:CEA-2025:1000"]) == 0
    text = capsys.readouterr().out
    assert "SURRENDERED (used abroad)" in text
    assert "KR:CN.CEA-2025:18" in text
    assert run(["holdings", "--registry", "CN", "--account", "plant"]) == 0
    assert "390" in capsys.readouterr().out
    assert run(["quota", "CN_KR"]) == 0
    text = capsys.readouterr().out
    assert "36 of 50 t used, 14 t left" in text
    lines = [line.split() for line in text.splitlines()]
    history = [line[3:5] for line in lines if line[3:4] in (["limit"], ["used"])]
    assert history == [["limit", "100"], ["used", "36"], ["limit", "50"]]
    assert run(["link", "list"]) == 0
    assert "absent" in capsys.readouterr().out
    assert run(["link", "show", "CN_KR"]) == 0
    assert "9/10" in capsys.readouterr().out
    assert run(["account", "list", "CN"]) == 0
    assert "plant" in capsys.readouterr().out
    assert run(["account", "show", "CN", "allocation"]) == 0
    assert "SYSTEM" in capsys.readouterr().out


def test_holdings_show_blocks_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ("--registry", "CN", "--class", "CEA-2025", "--account", "plant", "--units")
    blocks = ask(capsys, "holdings", *wanted)["data"]
    assert sum(int(block["quantity"]) for block in blocks) == 390


BAD = [
    # arguments, exit code, what the message must say
    (["trace", "XX:CEA-2025:1"], 3, "Registries here: CN, KR"),
    (["trace", "CN:NONE:1"], 3, "Its classes: CEA-2025"),
    (["trace", "CN:CEA-2025:1001"], 3, "CN:CEA-2025 has serials 1 to 1000"),
    (["trace", "CN:CEA-2025"], 2, "registry:class:first[-last]"),
    (["trace", "CN:CEA-2025:1-2"], 2, "a trace follows one"),
    (["trace", "CN:CEA-2025:5-2"], 2, "ends before it begins"),
    (["trace", "CN:CEA-2025:1", "--at", "99"], 3, "0 to 10"),
    (["holdings", "--account", "0x12"], 2, "40 hexadecimal digits"),
    (["holdings", "--registry", "CN", "--account", "nobody"], 3, "no account 'nobody'"),
    (["holdings", "--registry", "XX"], 3, "CN, KR"),
    (["holdings", "--class", "NONE"], 3, "No registry has a unit class NONE"),
    (["account", "show", "CN", PLANT[:-1]], 2, "40 hexadecimal digits"),
    (["account", "show", "KR", PLANT], 3, "KR has no account"),
    (["quota", "CN_XX"], 3, "CN, KR"),
    (["quota", "9"], 3, "CN_KR, KR_CN"),
    (["link", "quote", "CN_KR", "--class", "KR:KAU-2017", "--quantity", "1"], 2, "leads from CN"),
    (["link", "quote", "CN_KR", "--class", "CN:CEA-2025", "--quantity", "0"], 2, "from 1 to"),
    (["transfer", "--to", "plant", "--as", "x"], 2, "--class CN:CEA-2021 and --quantity"),
    (["transfer", "--class", "CEA-2025", "--quantity", "1", "--to", "plant"], 2, "registry:class"),
    (["transfer", "--units", "CN:CEA-2025:1001", "--to", "plant"], 3, "serials 1 to 1000"),
    (
        ["transfer", "--units", "CN:CEA-2025:1", "--units", "KR:KAU-2017:1", "--to", "x"],
        2,
        "units of one class",
    ),
    (["transfer", "--class", "CN:CEA-2025", "--quantity", "0", "--to", "plant"], 2, "from 1 to"),
    (["transfer", "--class", "CN:CEA-2025", "--quantity", "1", "--to", "plant"], 2, "--as NAME"),
    (["issue", "--units", "CN:CEA-2025:1", "--to", "x", "--evidence", "y"], 2, "be chosen"),
    (["verify"], 5, "127.0.0.1:1"),
    (["index", "--once"], 5, "127.0.0.1:1"),
    (["nonsense"], 2, "No such command"),
    (["trace"], 2, "Missing argument"),
    (["trace", "CN:CEA-2025:1", "--at", "9" * 4000], 2, "--at"),
    (["trace", "CN:CEA-2025:1", "--at", "0" * 5000], 2, "--at"),
    (["trace", "CN:CEA-2025:" + "1" * 5000], 2, "not a serial number"),
    (
        ["link", "quote", "CN_KR", "--class", "CN:CEA-2025", "--quantity", "1" * 5000],
        2,
        "whole tonnes",
    ),
    ([*PROPOSE, "--rate", "1" * 5000, "--from", "2026-01-01"], 2, "is not a rate"),
    ([*PROPOSE, "--rate", "0." + "1" * 5000, "--from", "2026-01-01"], 2, "is not a rate"),
    ([*PROPOSE, "--rate", "9/10", "--from", "0001-01-01"], 2, "begins with 1970"),
    (["retire", "--units", "CN:CEA-2025:1", "--memo", "a\udc80"], 2, "UTF-8"),
    (["retire", "--units", "CN:CEA-2025:1", "--memo", "a" * 33, "--as", "x"], 2, "--text-file"),
    (
        ["cancel", "--units", "CN:CEA-2025:1", "--text-file", "/nowhere", "--as", "x"],
        2,
        "There is no file /nowhere",
    ),
    (
        [*PROPOSE, "--rate", "9/10", "--from", "2026-01-01", "--period-years", "1"],
        2,
        "has more than 40 such quota periods",
    ),
    (
        [*PROPOSE, "--rate", "9/10", "--from", "2026-01-01", "--notice-days", "731"],
        2,
        "0<=x<=730",
    ),
    (
        [*PROPOSE, "--rate", "9/10", "--from", "2026-01-01", "--only", "forestry"],
        2,
        "is not a condition",
    ),
    (
        ["proposal", "approve", "CN", "1", "--document", "0x12", "--as", "x"],
        2,
        "No such option",
    ),
    (
        [
            *("issue", "--class", "CN:CEA-2025", "--quantity", "1", "--to", "plant"),
            *("--evidence", "y", "--document", "0x12", "--as", "x"),
        ],
        2,
        "64 hexadecimal digits",
    ),
    (["trace", "\x1b[2J"], 2, "'\\x1b[2J' is not a unit reference"),
    (
        ["account", "open", "CN", PLANT, "--file-hash", "0x12", "--as", "x"],
        2,
        "64 hexadecimal digits",
    ),
    (["--home", "/nowhere", "trace", "CN:CEA-2025:1"], 5, "There is no deployment at /nowhere"),
]


@pytest.mark.parametrize(("arguments", "code", "says"), BAD, ids=lambda v: str(v)[:60])
def test_bad_input(
    arguments: list[str],
    code: int,
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TONNELINK_KEY_PASSWORD_FILE", __file__)
    assert run(arguments) == code
    out, err = capsys.readouterr()
    assert says in err
    assert "Traceback" not in out + err
    if arguments[:2] != ["index", "--once"]:
        assert not out


def test_an_unreadable_home_is_unavailable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", refuse)
    assert run(["trace", "CN:CEA-2025:1"]) == 5
    assert "Permission denied." in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["holdings"], ["holdings", "--json"]])
def test_output_that_cannot_be_written(arguments: list[str]) -> None:
    command = [sys.executable, "-c", "from registry_node.cli.main import main; main()", *arguments]
    reader, writer = os.pipe()
    os.close(reader)  # as 'head' does when it has seen enough
    try:
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 5
    assert b"No space left on device." in done.stderr
    assert b"Exception" not in done.stderr


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("account",), [("a\x1b[2Jb\x9b",)])
    output.fields({"label": "a\x1b[2Jb"}, title="[red]\x07")
    out = capsys.readouterr().out
    assert "a\\x1b[2Jb\\x9b" in out
    assert "[red]\\x07" in out
    assert not {"\x1b", "\x9b", "\x07"} & set(out)


def test_errors_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", "CN:NONE:1", "--json"]) == 3
    error = json.loads(capsys.readouterr().err)
    assert error["error"] == "not-found"
    assert "CEA-2025" in error["hint"]


def test_settings_come_from_flags_then_environment_then_file(tmp_path: Path) -> None:
    (tmp_path / "tonnelink.toml").write_text('port = 8001\nhost = "::1"\nrpc_url = "http://file"\n')
    environment = {"TONNELINK_HOME": str(tmp_path), "TONNELINK_PORT": "8002"}
    settings = load({"rpc_url": "http://flag"}, environment)
    assert settings.home == tmp_path
    assert (settings.host, settings.port, settings.rpc_url) == ("::1", 8002, "http://flag")
    assert settings.mirror == tmp_path / "mirror.sqlite"
    assert load({}, {}).rpc_url == "http://127.0.0.1:8545"
    with pytest.raises(InvalidInput, match="port"):
        load({}, {"TONNELINK_PORT": "99999"})
    (tmp_path / "tonnelink.toml").write_text("colour = 1\n")
    with pytest.raises(InvalidInput, match="unknown setting 'colour'"):
        load({}, environment)


# ---- export -----------------------------------------------------------------------------------


def test_an_export_is_the_api_s_list(
    story: Story, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    reader = Reader(story.path, story.directory)
    client = TestClient(create_app(reader, HealthCheck(reader, lambda: 10), "0"))
    file = tmp_path / "m.ndjson"
    told = ask(
        capsys, "export", "movements", "--registry", "CN", "--account", "plant", "-o", str(file)
    )
    wanted = client.get(f"/v1/movements?registry=CN&account={PLANT}").json()
    assert [json.loads(line) for line in file.read_text().splitlines()] == wanted["data"]
    assert told["as_of"] == wanted["as_of"]
    assert told["filters"] == {"registry": "CN", "account": "plant"}
    assert run(["export", "accounts", "--registry", "KR", "-o", str(tmp_path / "a.csv")]) == 0
    assert "sha256" in capsys.readouterr().out
    units = ("--profile", "cad-trust", "--state", "held", "--format", "csv")
    assert run(["export", "blocks", *units, "-o", str(tmp_path / "units")]) == 0
    assert (tmp_path / "units").read_text().startswith("unit_serial_id,unit_start_block,")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["movements", "-o", "m.xlsx"], "--format"),
        (["movements", "-o", "m.csv", "--year", "2025"], "movements cannot be chosen by --year"),
        (["accounts", "-o", "a.csv"], "Give --registry"),
        (["movements", "-o", "m.csv", "--profile", "cad-trust"], "of unit blocks"),
        (["movements", "-o", "m.csv", "--account", "plant"], "Give --registry"),
        (["blocks", "-o", "b.csv", "--state", "gone"], "One of HELD"),
        (["lots", "-o", "b.csv", "--status", "gone"], "open, settled"),
    ],
    ids=str,
)
def test_an_export_that_is_not_possible(
    arguments: list[str],
    says: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["export", *arguments]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_filter_leaves_no_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = str(tmp_path / "m.csv")
    assert run(["export", "movements", "--registry", "XX", "-o", target]) == 3
    assert "Registries here: CN, KR" in capsys.readouterr().err
    assert run(["export", "movements", "--at", "999", "-o", target]) == 3
    assert list(tmp_path.iterdir()) == []
