"""`tonnelink config` and `tonnelink health`, and the shells' completion."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import fields
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from registry_node.cli.ledger import Contracts, Ledger
from registry_node.cli.main import run
from registry_node.config import Settings, load
from registry_node.domain.errors import InvalidInput, Unavailable

MAIN = [sys.executable, "-c", "from registry_node.cli import main; main()"]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for item in fields(Settings):
        monkeypatch.delenv(f"TONNELINK_{item.name.upper()}", raising=False)


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code = run([*arguments, "--json"])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out)


def test_each_setting_says_where_it_was_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tonnelink.toml").write_text('port = 9000\nlog_level = "debug"\n')
    monkeypatch.setenv("TONNELINK_LOG_LEVEL", "error")
    monkeypatch.setenv("TONNELINK_RPC_TIMEOUT", "2")
    shown = ask(capsys, "--home", str(tmp_path), "config")
    assert shown["file"] == str(tmp_path / "tonnelink.toml")
    items = {item["name"]: (item["value"], item["source"]) for item in shown["settings"]}
    assert set(items) == {item.name for item in fields(Settings)}
    assert items["home"] == (str(tmp_path), "command line")
    assert items["port"] == ("9000", str(tmp_path / "tonnelink.toml"))
    assert items["log_level"] == ("error", "TONNELINK_LOG_LEVEL")
    assert items["rpc_timeout"] == ("2.0", "TONNELINK_RPC_TIMEOUT")
    assert items["host"] == ("127.0.0.1", "default")


def test_secrets_are_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONNELINK_RPC_URL", "https://me:hunter2@h.example:1/v3/hunter2?key=hunter2")
    monkeypatch.setenv("TONNELINK_DATABASE", "postgresql://node:hunter2@db/registry")
    for arguments in (["config"], ["config", "--json"]):
        assert run(["--home", str(tmp_path), *arguments]) == 0
        out = capsys.readouterr().out
        assert "hunter2" not in out
        assert "h.example:1" in out


def test_a_signer_s_messages_do_not_tell_the_key_of_its_node() -> None:
    contracts = Contracts({}, b"", 1, {}, {})
    names: Any = None
    url = "http://me:secret@127.0.0.1:1/v3/key"
    ledger = Ledger(url, contracts, names, timeout=1, receipt_timeout=1)
    with pytest.raises(Unavailable, match="does not answer") as told:
        ledger.check_chain()
    assert "http://127.0.0.1:1 " in str(told.value)
    assert "'make chain-start' after 'make chain-stop'" in told.value.hint
    assert not any(word in str(told.value) for word in ("secret", "key", "me:"))


def test_a_secret_is_read_from_the_file_that_the_environment_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "rpc-url"
    secret.write_text("http://me:hunter2@h.example:1/\n")
    assert load({}, {"TONNELINK_RPC_URL_FILE": str(secret)}).rpc_url.endswith("@h.example:1/")
    both = {"TONNELINK_RPC_URL_FILE": str(secret), "TONNELINK_RPC_URL": "http://other"}
    assert load({}, both).rpc_url == "http://other"
    monkeypatch.setenv("TONNELINK_RPC_URL_FILE", str(secret))
    items = ask(capsys, "--home", str(tmp_path), "config")["settings"]
    (shown,) = [item for item in items if item["name"] == "rpc_url"]
    assert shown["value"] == "http://***@h.example:1/"
    assert shown["source"] == "TONNELINK_RPC_URL_FILE"
    with pytest.raises(InvalidInput, match="TONNELINK_PORT_FILE"):
        load({}, {"TONNELINK_PORT_FILE": str(tmp_path / "missing")})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("log_format", "xml", "auto, text, json"),
        ("log_level", "loud", "debug, info, warning, error"),
    ],
)
def test_a_log_setting_is_one_of_its_words(name: str, value: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=value) as caught:
        load({name: value}, {})
    assert words in caught.value.hint


class _Node(BaseHTTPRequestHandler):
    answers: ClassVar[dict[str, tuple[int, bytes]]] = {
        "/v1/health": (200, b'{"data": {"status": "ok", "lag": 0}, "as_of": null}'),
        "/doubt/v1/health": (
            200,
            (
                b'{"data": {"status": "degraded", "stopped": false, "chain_head": 1219,'
                b' "last_error": null, "reconciled": {"mode": "replay", "block_number": 1219,'
                b' "block_hash": "0x51", "made_at": "2026-11-21T19:56:02Z", "differences": 1,'
                b' "first_block": 217}}, "as_of": null}'
            ),
        ),
        "/ill/v1/health": (
            503,
            b'{"type": "urn:tonnelink:problem:unavailable", "detail": "Away.", "data": {}}',
        ),
        "/busy/v1/health": (
            429,
            b'{"type": "urn:tonnelink:problem:too-many-requests", "detail": "Slower."}',
        ),
        "/other/v1/health": (200, b"<html>"),
        "/strange/v1/health": (200, b'{"data": {"status": "ok", "reconciled": 7}, "as_of": 1}'),
        "/away/v1/health": (503, b'{"detail": "of another program"}'),
    }

    def do_GET(self) -> None:  # http.server's name
        status, body = self.answers.get(self.path, (404, b"{}"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Node)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_node_that_is_well(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(capsys, "health", "--url", url)["data"]["status"] == "ok"
    monkeypatch.setenv("TONNELINK_PORT", url.rpartition(":")[2])
    monkeypatch.setenv("TONNELINK_HOST", "0.0.0.0")
    assert run(["health"]) == 0
    assert "answers: ok" in capsys.readouterr().out


def test_health_is_told_in_words(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["health", "--url", f"{url}/doubt"]) == 0  # degraded: other answers are good
    assert capsys.readouterr().out.splitlines() == [
        f"The node at {url}/doubt answers: degraded.",
        "  status      degraded",
        "  stopped     no",
        "  chain head  1,219",
        "  last error  -",
        "  reconciled  1,219 by replay, 1 difference, 2026-11-21T19:56:02Z",
    ]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/ill", "is not well: Away."),
        ("/busy", "answers with 429: Slower."),
        ("/other", "is no Tonnelink node"),
        ("/strange", "is no Tonnelink node"),
        ("/away", "is no Tonnelink node"),
        ("/missing", "is no Tonnelink node"),
    ],
)
def test_a_node_that_is_not(
    url: str, path: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["health", "--url", url + path]) == 5
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("http://127.0.0.1:1", 5, "No node listens at http://127.0.0.1:1."),
        ("127.0.0.1:8000", 2, "'127.0.0.1:8000' is not a node's address."),
        ("ftp://127.0.0.1", 2, "is not a node's address"),
        ("http://", 2, "is not a node's address"),
        ("http://127.0.0.1:port", 2, "is not a node's address"),
    ],
)
def test_a_node_that_is_not_there(
    address: str, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["health", "--url", address]) == code
    assert words in capsys.readouterr().err


def test_a_node_that_cannot_be_asked(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["health", "--url", url.replace("http:", "https:")]) == 5
    assert "cannot be asked: [SSL" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_the_command(shell: str) -> None:
    environment = {"PATH": "/usr/bin:/bin", "_TONNELINK_COMPLETE": f"{shell}_source"}
    done = subprocess.run(MAIN, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "_TONNELINK_COMPLETE" in done.stdout


def test_a_completion_names_commands() -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "_TONNELINK_COMPLETE": "bash_complete",
        "COMP_WORDS": "tonnelink acc",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(MAIN, env=environment, capture_output=True, text=True, check=False)
    assert "plain,account" in done.stdout.splitlines()
