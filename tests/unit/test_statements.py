"""Signed statements on a mirror written by hand: made, published, checked, changed on purpose."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey
from starlette.testclient import TestClient

from registry_node import bootstrap
from registry_node.attest import jws
from registry_node.attest.keys import parse_jwks
from registry_node.attest.statement import Issuer
from registry_node.attest.strict import write_json
from registry_node.attest.verify import Known, verify
from registry_node.cli.main import run
from registry_node.config import load
from registry_node.domain.errors import Forbidden
from registry_node.domain.view import View
from tests.support.alone import alone
from tests.support.border import border_story
from tests.support.places import Places
from tests.support.rows import address
from tests.support.story import Story

PLANT, MILL = ("0x" + address(name).hex() for name in ("CN plant", "KR mill"))
KINDS = {
    "holdings": (
        ("holdings", "--registry", "CN", "--account", PLANT),
        f"/v1/holdings?registry=CN&account={PLANT}",
        f"registry=CN&account={PLANT}",
    ),
    "unit": (
        ("unit", "CN:CEA-2025:1000"),
        "/v1/units/CN/CEA-2025/1000",
        "registry=CN&class=CEA-2025&serial=1000",
    ),
    "registry": (("registry", "KR"), "/v1/registries/KR", "registry=KR"),
    "quota": (("quota", "CN_KR"), "/v1/links/CN_KR/quota", "link=CN_KR"),
    "compliance": (
        ("compliance", "--registry", "KR", "--account", MILL, "--year", "2025"),
        f"/v1/obligations?registry=KR&account={MILL}&year=2025",
        f"registry=KR&account={MILL}&year=2025",
    ),
}


@pytest.fixture(scope="module")
def home(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(tmp_path_factory.mktemp("home"))
    story: Story = border_story(places.new())
    (home / "tonnelink.toml").write_text(f'database = "{story.path}"\n')
    (home / "deployment.json").write_text(json.dumps(story.deployment()))
    story.close()
    settings = load({"home": home}, {})
    bootstrap.statement_keys(settings).make()
    return home


@pytest.fixture(autouse=True)
def environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONNELINK_HOME", str(home))


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    settings = load({"home": home, "rpc_url": "http://127.0.0.1:1"}, {})
    app = bootstrap.build_app(settings, bootstrap.load_deployment(settings))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def keys(home: Path) -> list[dict[str, Any]]:
    content = (home / "statement-keys" / "jwks.json").read_bytes()
    return parse_jwks(content, "jwks.json")


def issuer_of(home: Path) -> Issuer:
    settings = load({"home": home}, {})
    deployment = bootstrap.load_deployment(settings)
    reader = bootstrap.open_reader(settings, deployment)
    return bootstrap.statement_issuer(settings, deployment, reader)


def made(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["statement", *arguments]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def payload_of(document: dict[str, Any]) -> dict[str, Any]:
    text = document["payload"]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return content


def failed(document: Any, keys: list[dict[str, Any]] | None = None) -> set[str]:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    report = verify(content, Known(keys=keys), bootstrap.statement_schemas())
    return {check.part for check in report.failed}


# ---- what is stated --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_statement_signs_what_the_api_answers_and_holds_offline(
    capsys: pytest.CaptureFixture[str],
    client: TestClient,
    keys: list[dict[str, Any]],
    home: Path,
    kind: str,
    tmp_path: Path,
) -> None:
    arguments, path, query = KINDS[kind]
    answer = client.get(path).json()
    by_command = made(capsys, *arguments)
    response = client.get(f"/v1/statements?kind={kind}&{query}")
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    for document in (by_command, response.json()["data"]):
        payload = payload_of(document)
        assert payload["data"] == answer["data"]
        assert payload["as_of"] == answer["as_of"] == response.json()["as_of"]
        assert payload["kind"] == kind
        assert payload["issuer"] == "story"
        assert payload["chain"] == {"chain_id": 1, "genesis_hash": "0x" + "00" * 32}
        assert failed(document, keys) == set()
    file = tmp_path / "statement.json"
    assert run(["statement", *arguments, "-o", str(file)]) == 0
    assert "Signed" in capsys.readouterr().out
    jwks = home / "statement-keys" / "jwks.json"
    assert run(["verify-statement", str(file), "--keys", str(jwks)]) == 0
    assert "VERIFIED" in capsys.readouterr().out


def test_a_past_height_is_stated_with_the_digest_of_that_height(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now, then = (payload_of(made(capsys, "quota", "CN_KR", *at)) for at in ((), ("--at", "6")))
    assert then["as_of"]["block_number"] == 6
    assert then["digest"] != now["digest"]
    assert then["data"] != now["data"]


def test_a_file_that_nothing_outside_vouches_for_is_only_consistent(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "statement.json"
    file.write_text(json.dumps(made(capsys, "registry", "CN")))
    assert run(["verify-statement", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "consistent"
    assert any("only this file names" in line for line in found["rests_on"])


def test_own_knowledge_of_the_contracts_is_compared(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path
) -> None:
    file, mine = tmp_path / "statement.json", tmp_path / "deployment.json"
    file.write_text(json.dumps(made(capsys, "registry", "CN")))
    assert run(["verify-statement", str(file), "--deployment", str(home / "deployment.json")]) == 0
    other = json.loads((home / "deployment.json").read_text())
    other["gateway"]["address"] = "0x" + "77" * 20
    mine.write_text(json.dumps(other))
    capsys.readouterr()
    assert run(["verify-statement", str(file), "--deployment", str(mine), "--json"]) == 7
    assert json.loads(capsys.readouterr().out)["failed"] == ["contracts"]


def test_what_does_not_fit_the_kind_is_refused(client: TestClient) -> None:
    for query, status in (
        ("", 400),
        ("kind=poem", 400),
        ("kind=unit&registry=CN", 400),
        ("kind=registry&registry=CN&serial=1", 400),
        ("kind=registry&registry=JP-13", 404),
        (f"kind=holdings&registry=KR&account={PLANT}", 404),
        (f"kind=compliance&registry=KR&account={PLANT}", 404),
        ("kind=quota&link=CN_KR&at=999", 404),
    ):
        response = client.get(f"/v1/statements?{query}")
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"


def test_a_statement_tells_no_more_than_the_asker_may_see(home: Path) -> None:
    issuer = issuer_of(home)
    unit: dict[str, Any] = {"registry": "CN", "symbol": "CEA-2025", "serial": 1000}
    _, payload = issuer.issue("unit", view=View(), **unit)
    assert payload["data"]["withheld"]
    with pytest.raises(Forbidden, match="not open to whoever asks"):
        issuer.issue("holdings", view=View(), registry="CN", account=address("CN plant"))


# ---- what is changed is noticed --------------------------------------------------------------


def flipped(text: str, at: int) -> str:
    letter = "A" if text[at] != "A" else "B"
    return text[:at] + letter + text[at + 1 :]


@pytest.mark.parametrize(
    ("field", "part"),
    [("payload", "payload"), ("protected", "protected header"), ("signature", "signature")],
)
def test_any_changed_letter_fails_and_is_named(
    capsys: pytest.CaptureFixture[str], keys: list[dict[str, Any]], field: str, part: str
) -> None:
    document = made(capsys, "quota", "CN_KR")
    step = 1 if field != "payload" else 13
    for at in range(0, len(document[field]), step):
        changed = {**document, field: flipped(document[field], at)}
        assert part in failed(changed, keys), f"letter {at} of {field}"
        assert part in failed(changed), f"letter {at} of {field}, without keys"
        if field == "signature":
            assert failed(changed, keys) == {"signature"}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in items:
            yield from leaves(item, (*path, name))
    else:
        yield path


def with_changed(payload: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(payload))
    inner: Any = changed
    for name in path[:-1]:
        inner = inner[name]
    old = inner[path[-1]]
    inner[path[-1]] = (
        (not old) if isinstance(old, bool) else old + 1 if isinstance(old, int) else f"{old}1"
    )
    return changed


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_of_the_payload_is_signed(
    capsys: pytest.CaptureFixture[str], keys: list[dict[str, Any]], kind: str
) -> None:
    document = made(capsys, *KINDS[kind][0])
    payload = payload_of(document)
    paths = list(leaves(payload))
    assert len(paths) > 20
    for path in paths:
        changed = base64.urlsafe_b64encode(write_json(with_changed(payload, path)))
        other = {**document, "payload": changed.rstrip(b"=").decode()}
        assert {"payload", "signature"} <= failed(other, keys), path


UNIT: dict[str, Any] = {"registry": "CN", "symbol": "CEA-2025", "serial": 1000}
WRONG: list[tuple[str, dict[str, Any], tuple[Any, str]]] = [
    ("holdings", {"registry": "CN", "account": address("CN plant")}, (0, "quantity")),
    ("registry", {"registry": "CN"}, ("totals", "held")),
    ("quota", {"link": "CN_KR"}, ("meter", "remaining")),
    ("compliance", {"registry": "KR", "account": address("KR mill")}, (0, "owed")),
]


@pytest.mark.parametrize(("kind", "given", "path"), WRONG, ids=[kind for kind, *_ in WRONG])
def test_figures_that_do_not_add_up_fail_whoever_signed_them(
    home: Path, kind: str, given: dict[str, Any], path: tuple[Any, str]
) -> None:
    key = OKPKey.generate_key("Ed25519")
    _, payload = issuer_of(home).issue(kind, **given)
    assert failed(jws.sign(payload, key)) == set()
    inner: Any = payload["data"][path[0]]
    inner[path[1]] = str(int(inner[path[1]]) + 1)
    assert failed(jws.sign(payload, key)) == {"payload figures"}


def test_no_odd_payload_ends_the_check(home: Path) -> None:
    """Whoever has a key can sign anything: each member taken out, and put in another type."""
    key = OKPKey.generate_key("Ed25519")
    odd: list[Any] = [None, [], {}, "", "x", -1, True, 2**70, ["x"], "9" * 5000]
    for kind, given, _ in (*WRONG, ("unit", UNIT, ())):
        _, payload = issuer_of(home).issue(kind, **given)
        for path in [(name,) for name in payload] + list(leaves(payload)):
            for value in odd:
                changed = json.loads(json.dumps(payload))
                inner = changed
                for name in path[:-1]:
                    inner = inner[name]
                inner[path[-1]] = value
                failed(jws.sign(changed, key))  # whatever it finds, it says it
            del inner[path[-1]]
            found = failed(jws.sign(changed, key))
            assert len(path) > 1 or found == {"payload"}, path


def test_odd_files_fail_with_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    document = made(capsys, "registry", "CN")
    text = json.dumps(document)
    assert failed(b"\xff") == failed(b"[]") == failed(b"[" * 100_000) == {"file"}
    assert failed(text.replace("{", '{"payload": "", ', 1).encode()) == {"file"}
    assert failed({**document, "note": "believe me"}) == {"file"}
    assert "file" in failed({"payload": document["payload"]})
    assert "payload" in failed({**document, "payload": document["payload"] + "="})
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode()
    assert {"protected header"} == failed({**document, "protected": unsigned.rstrip("=")})


# ---- keys ------------------------------------------------------------------------------------


def test_a_key_vouches_only_for_its_time_and_not_once_it_is_revoked(
    capsys: pytest.CaptureFixture[str], keys: list[dict[str, Any]]
) -> None:
    document = made(capsys, "registry", "CN")
    (key,) = keys
    for change in ({"exp": key["nbf"]}, {"nbf": 2**40}, {"revoked": {"revoked_at": 1}}):
        assert failed(document, [{**key, **change}]) == {"key"}
    assert failed(document, []) == {"key"}


def test_somebody_elses_signature_is_not_the_nodes(
    capsys: pytest.CaptureFixture[str], keys: list[dict[str, Any]]
) -> None:
    payload = payload_of(made(capsys, "registry", "CN"))
    forged = jws.sign(payload, OKPKey.generate_key("Ed25519"))
    assert failed(forged, keys) == {"key"}
    assert failed(forged) == set()  # which is why a file alone is never called verified


def test_a_key_from_the_environment_signs_and_is_published(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = OKPKey.generate_key("Ed25519")
    pem = key.as_pem(private=True).decode().replace("\n", "\\n")
    monkeypatch.setenv("TONNELINK_STATEMENT_KEY", pem)
    document = made(capsys, "registry", "CN")
    assert run(["statement-key", "list", "--json"]) == 0
    published = json.loads(capsys.readouterr().out)["keys"]
    assert published[-1]["kid"] == key.thumbprint()
    assert failed(document, published) == set()
    assert pem not in repr(load())
    assert run(["config", "--json"]) == 0
    shown = capsys.readouterr().out
    assert pem not in shown
    assert "PRIVATE KEY" not in shown
    monkeypatch.setenv("TONNELINK_STATEMENT_KEY", "-----BEGIN nonsense")
    assert run(["statement", "registry", "CN"]) == 5
    assert "nonsense" not in capsys.readouterr().err


def test_keys_on_the_command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TONNELINK_STATEMENT_KEYS", str(tmp_path / "keys"))
    assert run(["statement", "registry", "CN"]) == 5
    assert "statement-key new" in capsys.readouterr().err
    assert run(["statement-key", "new", "--until", "2999-01-01", "--json"]) == 0
    kid = json.loads(capsys.readouterr().out)["kid"]
    assert run(["statement-key", "new", "--from", "2998-01-01"]) == 0
    assert run(["statement-key", "retire", kid]) == 4
    assert "signs from 2998-01-01" in capsys.readouterr().err
    assert run(["statement-key", "retire", kid, "--compromised"]) == 0
    assert "Nothing can be signed until 2998-01-01" in capsys.readouterr().out
    assert run(["statement-key", "list"]) == 0
    assert "revoked" in capsys.readouterr().out


def test_the_node_publishes_its_keys_and_says_when_it_has_none(
    client: TestClient, keys: list[dict[str, Any]], home: Path, tmp_path: Path
) -> None:
    response: httpx.Response = client.get("/.well-known/jwks.json")
    assert response.headers["content-type"] == "application/jwk-set+json"
    assert parse_jwks(response.content, "answer") == keys
    assert b'"d"' not in response.content
    settings = load({"home": home, "statement_keys": tmp_path / "none"}, {})
    app = bootstrap.build_app(settings, bootstrap.load_deployment(settings))
    with TestClient(app, raise_server_exceptions=False) as keyless:
        assert keyless.get("/.well-known/jwks.json").json() == {"keys": []}
        problem = keyless.get("/v1/statements?kind=registry&registry=CN")
        assert problem.status_code == 503
        assert problem.json()["type"] == "urn:tonnelink:problem:unavailable"


# ---- on another machine ----------------------------------------------------------------------


def test_a_statement_is_checked_without_node_database_network_or_home(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path
) -> None:
    document = made(capsys, "holdings", "--registry", "CN", "--account", PLANT)
    (tmp_path / "statement.json").write_text(json.dumps(document))
    (tmp_path / "jwks.json").write_bytes((home / "statement-keys" / "jwks.json").read_bytes())
    result = alone(tmp_path, "verify-statement", "statement.json", "--keys", "jwks.json")
    assert result.returncode == 0, result.stderr
    assert b"VERIFIED" in result.stdout
    document["signature"] = flipped(document["signature"], 5)
    (tmp_path / "statement.json").write_text(json.dumps(document))
    result = alone(tmp_path, "verify-statement", "statement.json", "--keys", "jwks.json")
    assert result.returncode == 7
    assert alone(tmp_path, "verify-statement", "nothing.json").returncode == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jwks.json", "statement.json"]
