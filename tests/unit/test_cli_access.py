"""`tonnelink access`: issue, list, revoke, log; and a node that others can reach."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from registry_node import bootstrap
from registry_node.access.audit import AuditLog
from registry_node.access.table import Role
from registry_node.access.tokens import PATTERN, Tokens
from registry_node.cli.main import run
from registry_node.config import Settings, load
from registry_node.domain.errors import InvalidInput, Unauthorised
from registry_node.queries.snapshot import Reader
from tests.support.border import border_story
from tests.support.rows import address

MILL = f"0x{address('KR mill').hex()}"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for item in fields(Settings):
        monkeypatch.delenv(f"TONNELINK_{item.name.upper()}", raising=False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a mirror in it, and no chain."""
    story = border_story(tmp_path / "mirror.sqlite")
    reader = Reader(story.path, story.directory)
    monkeypatch.setattr(bootstrap, "load_deployment", lambda _: SimpleNamespace())
    monkeypatch.setattr(bootstrap, "open_reader", lambda *_: reader)
    return tmp_path


def ask(capsys: Any, home: Path, *arguments: str, code: int = 0) -> Any:
    assert run(["--home", str(home), "access", *arguments, "--json"]) == code
    out, err = capsys.readouterr()
    return json.loads(out or err)


def test_a_token_is_issued_listed_and_revoked(home: Path, capsys: Any) -> None:
    issued = ask(
        capsys, home, "issue", "holder", "--account", "KR:mill", "--label", "A mill", "--days", "2"
    )
    assert PATTERN.fullmatch(issued["token"])
    assert issued["opens"] == [f"KR:{MILL}"]
    tokens = Tokens(home / "access.sqlite")
    assert tokens.check(issued["token"]).view.accounts == (("KR", address("KR mill")),)
    (listed,) = ask(capsys, home, "list")["tokens"]
    assert listed == {name: value for name, value in issued.items() if name != "token"}
    assert (listed["label"], listed["state"], listed["role"]) == ("A mill", "active", "holder")
    ended = ask(capsys, home, "revoke", issued["id"])
    assert ended["state"] == "revoked"
    with pytest.raises(Unauthorised):
        tokens.check(issued["token"])


def test_a_token_is_revoked_by_itself(home: Path, capsys: Any) -> None:
    issued = ask(capsys, home, "issue", "auditor")
    assert ask(capsys, home, "revoke", issued["token"])["id"] == issued["id"]


def test_what_a_person_sees(home: Path, capsys: Any) -> None:
    assert run(["--home", str(home), "access", "issue", "authority", "--programme", "KR"]) == 0
    out, err = capsys.readouterr()
    assert PATTERN.fullmatch(out.strip())  # takes no --programme, so that it can be passed on
    assert "not shown again" in err
    assert run(["--home", str(home), "access", "list"]) == 0
    shown = capsys.readouterr().out
    assert "authority" in shown
    assert out.strip() not in shown


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["issue", "holder"], 2, "--account"),
        (["issue", "authority"], 2, "--programme"),
        (["issue", "authority", "--programme", "XX"], 3, "CN, KR"),
        (["issue", "holder", "--account", "mill"], 2, "KR:kr-steel"),
        (["issue", "holder", "--account", "KR:nobody"], 3, "has no account"),
        (["issue", "auditor", "--programme", "KR"], 2, "takes no --programme"),
        (["issue", "public"], 2, "public"),
        (["issue", "auditor", "--days", "0"], 2, "1<=x<=3650"),
        (["revoke", "0123456789ab"], 3, "access list"),
        (["log", "--expect", "00"], 2, "--verify"),
    ],
)
def test_what_is_wrong_is_told(
    home: Path, capsys: Any, arguments: list[str], code: int, told: str
) -> None:
    document = ask(capsys, home, *arguments, code=code)
    assert told in f"{document['message']} {document['hint']}"


def test_the_log_is_read_and_checked(home: Path, capsys: Any) -> None:
    log = AuditLog(home, 600)
    for number in range(4):
        log.write(
            {
                "time": "2026-01-01T00:00:00.000Z",
                "token": "aa" if number % 2 else None,
                "role": "holder",
                "from": "192.0.2.1",
                "method": "GET",
                "path": f"/v1/{number}",
                "parameters": {"registry": "CN"},
                "status": 403 if number == 3 else 200,
            }
        )
    lines = ask(capsys, home, "log", "--last", "3")["lines"]
    assert [line["n"] for line in lines] == [2, 3, 4]
    assert [e["n"] for e in ask(capsys, home, "log", "--token", "aa")["lines"]] == [2, 4]
    assert [e["n"] for e in ask(capsys, home, "log", "--status", "403")["lines"]] == [4]
    verdict = ask(capsys, home, "log", "--verify")
    assert (verdict["ok"], verdict["lines"]) == (True, 4)
    kept = verdict["last_hash"]
    assert ask(capsys, home, "log", "--verify", "--expect", kept)["expected_found"] is True
    assert ask(capsys, home, "log", "--verify", "--expect", "ab", code=1)["ok"] is False
    assert run(["--home", str(home), "access", "log"]) == 0
    assert "GET /v1/3" in capsys.readouterr().out
    assert run(["--home", str(home), "access", "log", "--verify"]) == 0
    assert kept in capsys.readouterr().out
    path = home / "audit.log"
    path.write_bytes(path.read_bytes().replace(b"192.0.2.1", b"192.0.2.2"))
    assert "was changed" in ask(capsys, home, "log", "--verify", code=1)["fault"]
    assert run(["--home", str(home), "access", "log", "--verify"]) == 1
    assert "broken" in capsys.readouterr().out


# ---- safe by default ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "access", "expected"),
    [
        ("127.0.0.1", None, "open"),
        ("::1", None, "open"),
        ("localhost", None, "open"),
        ("127.0.0.1", "tokens", "tokens"),
        ("0.0.0.0", "tokens", "tokens"),
        ("0.0.0.0", "open", "open"),
    ],
)
def test_who_may_ask(host: str, access: str | None, expected: str) -> None:
    assert bootstrap.access_of(load({"host": host, "access": access}, {})) == expected


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "node.example"])
@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_node_that_others_can_reach_does_not_start_unasked(
    home: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, host: str, command: str
) -> None:
    started: list[Settings] = []
    monkeypatch.setattr(bootstrap, "run_node", lambda settings, *_, **__: started.append(settings))
    monkeypatch.setattr(
        bootstrap, "load_deployment", lambda _: SimpleNamespace(chain_id=1, registries=())
    )
    monkeypatch.setenv("TONNELINK_HOST", host)
    assert run(["--home", str(home), command]) == 2
    assert "--access tokens" in capsys.readouterr().err
    assert started == []
    for access in ("open", "tokens"):
        assert run(["--home", str(home), command, "--access", access, "--json"]) == 0
    assert [settings.access for settings in started] == ["open", "tokens"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCESS", "closed"),
        ("PUBLIC_TRACE", "yes"),
        ("RATE_PUBLIC", "-1"),
        ("RATE_TOKEN", "nan"),
        ("PROXIES", "1.5"),
        ("MAX_URL", "1"),
        ("AUDIT_LOG_BYTES", "0"),
    ],
)
def test_settings_that_are_not_possible(name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=name.lower()):
        load({}, {f"TONNELINK_{name}": value})


def test_a_guard_is_built_from_the_settings(home: Path) -> None:
    settings = load({"home": home, "access": "tokens", "max_url": 500}, {})
    audit = bootstrap.build_audit_log(settings)
    guard: Any = bootstrap.build_guard(settings, audit)(SimpleNamespace())  # type: ignore[arg-type]
    assert guard.limits.max_url == 500
    assert guard.limits.rate_public == 20
    assert guard.tokens.list() == []
    guard.tokens.issue(Role.AUDITOR, lifetime=60)
    assert (home / "access.sqlite").is_file()
    guard = bootstrap.build_guard(settings, None)(SimpleNamespace())  # type: ignore[arg-type]
    assert guard.tokens is None
