"""What a user reads who named the wrong thing: what is wrong with it, and what would be right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address

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
            "jwks.json is not a deployment file: it has no name, chain_id, genesis_hash,"
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
