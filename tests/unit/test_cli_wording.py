"""What a user reads who named the wrong thing: what is wrong with it, and what would be right."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address

from registry_node import logs
from registry_node.cli.main import run
from registry_node.interchange import accounts_file
from tests.support.border import border_story

CHECKED = to_checksum_address("0x70997970c51812dc3a010c7d01b50e0d17dc79c8")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(tmp_path_factory.mktemp("home"))
    story = border_story(home / "mirror.sqlite")
    (home / "deployment.json").write_text(json.dumps(story.deployment()))
    story.close()
    (home / "keys").mkdir()
    for number in range(11):
        (home / "keys" / f"key-{number}.json").write_text("{}")
    (home / "keys" / "password").write_text("x")
    (home / "jwks.json").write_text('{"keys": []}')
    cells = {"registry": "CN", "address": CHECKED.swapcase().replace("0X", "0x")}
    row = ",".join(cells.get(name, "x") for name in accounts_file.COLUMNS)
    (home / "accounts.csv").write_text(",".join(accounts_file.COLUMNS) + f"\n{row}\n")
    return home


UNITS = ("--units", "CN:CEA-2025:1-2", "--to", "plant")
SAID = {
    "a node's address": (
        ("--rpc-url", "user:secret@nonsense/key", "verify"),
        2,
        (
            "'nonsense' is not the address of a node.\n"
            "Addresses of the ledger's node begin with http:// or https://."
        ),
    ),
    "keys": (
        ("verify-statement", "deployment.json", "--keys", "deployment.json"),
        2,
        "deployment.json is not a set of statement keys: it has no list of keys.",
    ),
    "a deployment": (
        ("verify-statement", "deployment.json", "--deployment", "jwks.json"),
        2,
        (
            "jwks.json is not a deployment file: it has no name, edition, chain_id, genesis_hash,"
            " start_block, finality, gateway, registries.\nCorrect it, or name another file."
        ),
    ),
    "a statement": (
        ("verify-statement", "deployment.json"),
        7,
        "it is no signed statement: it has no payload, protected, signature",
    ),
    "another node": (
        ("compare", "http://127.0.0.1:9"),
        5,
        "http://127.0.0.1:9 does not tell its digests: it cannot be reached (",
    ),
    "an account": (
        ("import", "accounts", "accounts.csv", "--dry-run"),
        2,
        "does not agree with its checksum (its small and capital letters).",
    ),
    "a statement that is not there": (
        ("verify-statement", "nosuch.json"),
        2,
        "Error: There is no file nosuch.json.\nCheck its name and folder.\n",
    ),
    "a table that is not there": (
        ("import", "accounts", "nosuch.csv"),
        2,
        "Error: There is no file nosuch.csv.\n",
    ),
    "trades that are not there": (
        ("settle", "CN", "nosuch.csv", "--as", "x"),
        2,
        "Error: There is no file nosuch.csv.\n",
    ),
    "a backup that is not there": (
        ("restore", "--force", "nosuch.backup"),
        2,
        "Error: There is no file nosuch.backup.\n",
    ),
    "what an auditor's token is bound to": (
        ("access", "issue", "auditor", "--account", "X"),
        2,
        "A token of the role auditor takes no --account.\nLeave --account out.\n",
    ),
    "what a holder's token is bound to": (
        ("access", "issue", "holder", "--programme", "CN"),
        2,
        "A token of the role holder takes no --programme.\nGive --account in its place.\n",
    ),
    "a height": (
        ("verify", "--offline", "--at", "5000"),
        3,
        "has no ledger block 5000.\nIt has the blocks 0 to ",
    ),
    "a key": (("transfer", *UNITS, "--as", "nobody"), 2, "(one of the 11 keys in keys).\n"),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_wrong_is_said(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, code, said = SAID[name]
    monkeypatch.chdir(home)
    assert run(["--home", ".", *arguments]) == code
    out, err = capsys.readouterr()
    assert said in out + err
    assert "secret" not in out + err


def test_a_node_says_where_it_is_once_it_is_there(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("TONNELINK_PORT", str(other.getsockname()[1]))
        monkeypatch.setattr(logs, "set_up", lambda *_: None)
        assert run(["--home", str(home), "serve"]) == 5
    out, err = capsys.readouterr()
    assert out == ""
    assert "choose another port" in err
