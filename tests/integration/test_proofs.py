"""Proofs of units' lives on a real chain: made, checked offline, and every part of them changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey
from starlette.testclient import TestClient

from registry_node import bootstrap
from registry_node.attest import jws
from registry_node.attest.prove import Prover
from registry_node.attest.verify import Known
from registry_node.chain.client import ChainClient
from registry_node.cli.main import run
from registry_node.config import load
from registry_node.domain.errors import Inconsistent, InvalidInput, Unavailable
from registry_node.queries.movements import lots
from registry_node.queries.paging import every_item
from scripts.chain import EmbeddedChain
from tests.support.alone import alone
from tests.support.deployed import start_chain
from tests.support.proven import Node, checked, crowded_block, failed, payload_of
from tests.support.world import World


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home = Path(tmp_path_factory.mktemp("home"))
    chain: EmbeddedChain = start_chain(home / "chain")
    try:
        world = World.deploy(chain.url())
        world.play_everything()
        world.play_random(seed=5, steps=30)
        crowded_block(world)
        world.write_deployment(home / "deployment.json")
        settings = load({"home": home, "rpc_url": chain.url()}, {})
        assert run(["--home", str(home), "--rpc-url", chain.url(), "index", "--once"]) == 0
        bootstrap.statement_keys(settings).make()
        yield Node(home, world, chain.url())
    finally:
        chain.stop()


@pytest.fixture(scope="module")
def units(node: Node) -> dict[str, str]:
    """A unit of each fate, by what became of it."""
    with node.reader.snapshot() as snapshot:
        opened = every_item(lambda page: lots(snapshot, page))
        crowd = snapshot.all(
            "SELECT block FROM movement GROUP BY block ORDER BY COUNT(*) DESC, block LIMIT 1"
        )[0]["block"]
        moved = snapshot.all(
            "SELECT first FROM movement WHERE block = :b ORDER BY log_index DESC LIMIT 1", b=crowd
        )[0]["first"]
    found = {"crowd": f"CN:CEA-2025:{moved}", "credit": "CN:CCER-2024:1"}
    for lot in opened:
        code, symbol, serials = lot["source_units"][0].split(":")
        found[f"lot {lot['id']} here"] = f"{code}:{symbol}:{serials.split('-')[0]}"
        code, symbol, serials = lot["foreign_units"].split(":")
        first, last = serials.split("-")
        found[f"lot {lot['id']} there"] = f"{code}:{symbol}:{first}"
        found[f"lot {lot['id']} there, last"] = f"{code}:{symbol}:{last}"
    return found


# ---- true statements -------------------------------------------------------------------------


def test_every_kind_of_life_is_proven(node: Node, units: dict[str, str]) -> None:
    events = set()
    for name, reference in units.items():
        document = node.statement(reference, "steps")
        report = checked(document, node.known)
        assert report.failed == [], (name, reference)
        assert report.verdict == "verified"
        events |= {step["event"] for step in report.statement["data"]["steps"]}
    assert {"issuance", "allocation", "transfer", "export", "conversion", "import"} <= events
    assert {"surrender", "return", "release"} <= events


def test_random_units_are_proven(node: Node) -> None:
    for serial in range(1, 150_000, 6_151):
        document = node.statement(f"CN:CEA-2025:{serial}", "steps")
        assert failed(document, node.known) == [], serial


def test_past_heights_are_proven(node: Node, units: dict[str, str]) -> None:
    reference = units["lot 1 here"]
    steps = payload_of(node.statement(reference, "steps"))["data"]["steps"]
    for step in steps[1:]:
        document = node.statement(reference, "steps", at=step["block_number"])
        assert failed(document, node.known) == []


def test_the_chain_of_headers_leads_to_a_trusted_one(node: Node, units: dict[str, str]) -> None:
    document = node.statement(units["lot 1 here"])
    ledger = bootstrap.deployment_facts(node.home / "deployment.json")
    headers = document["proofs"]["headers"]
    as_of = payload_of(document)["as_of"]
    digest = bytes.fromhex(as_of["block_hash"][2:])
    number = as_of["block_number"]
    assert len(headers) == number - payload_of(document)["data"]["steps"][0]["block_number"] + 1
    for trusted in ([(None, digest)], [(number, digest)]):
        report = checked(document, Known(headers=trusted, deployment=ledger))
        assert report.verdict == "verified"  # nobody's key is needed
    assert failed(document, Known(headers=[(number - 1, digest)])) == ["trusted header"]
    assert failed(document, Known(headers=[(None, b"\1" * 32)])) == ["trusted header"]
    early = node.world.web3.eth.get_block(number - len(headers) + 2)["hash"]
    assert "trusted header" in failed(document, Known(headers=[(None, bytes(early))]))
    assert checked(document, Known(headers=[(None, digest)])).verdict == "consistent"


def test_headers_go_up_to_one_that_the_reader_trusts(node: Node, units: dict[str, str]) -> None:
    head = node.world.web3.eth.get_block("latest")
    document = node.statement(units["lot 1 here"], at=head["number"] - 20, up_to=head["number"])
    report = checked(document, Known(headers=[(head["number"], bytes(head["hash"]))]))
    assert report.failed == []
    assert any(check.part == "trusted header" for check in report.checks)


def test_blocks_of_the_steps_alone_can_be_trusted(node: Node, units: dict[str, str]) -> None:
    document = node.statement(units["lot 1 there"], "steps")
    steps = payload_of(document)["data"]["steps"]
    hashes = {(s["block_number"], bytes.fromhex(s["block_hash"][2:])) for s in steps}
    assert failed(document, Known(headers=sorted(hashes))) == []
    assert "trusted header" in failed(document, Known(headers=sorted(hashes)[1:]))


def test_what_cannot_be_shown_is_said(node: Node, units: dict[str, str]) -> None:
    told = " ".join(checked(node.statement(units["lot 1 here"], "steps")).not_shown)
    assert "nothing was left out" in told
    assert "names of accounts" in told
    complete = checked(node.statement(units["credit"]))
    parts = {check.part for check in complete.checks}
    assert ("completeness" in parts) != any("left out" in line for line in complete.not_shown)


# ---- every part, changed ---------------------------------------------------------------------


def flip(text: str, at: int) -> str:
    """Another hexadecimal digit in that place."""
    return text[:at] + format(int(text[at], 16) ^ 1, "x") + text[at + 1 :]


def places(text: str, most: int) -> list[int]:
    """Digits after 0x: every one, or evenly spread ones with both ends."""
    count = len(text) - 2
    if count <= most:
        return list(range(2, len(text)))
    return sorted({2 + i * (count - 1) // (most - 1) for i in range(most)})


def changed(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    inner: Any = copy
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return copy


@pytest.mark.parametrize("scope", ["chain", "steps"])
def test_any_changed_byte_of_a_header_fails_by_its_number(
    node: Node, units: dict[str, str], scope: str
) -> None:
    document = node.statement(units["lot 1 here"], scope)
    headers = document["proofs"]["headers"]
    numbers = [node.world.web3.eth.get_block(h)["number"] for h in hashes_of(headers)]
    told = {step["block_number"] for step in payload_of(document)["data"]["steps"]}
    quiet = [place for place, number in enumerate(numbers) if number not in told]
    for place in {0, *quiet[:2], len(headers) - 1}:
        text = headers[place]
        for at in places(text, 40):
            parts = failed(changed(document, ("proofs", "headers", place), flip(text, at)))
            assert f"header of ledger block {numbers[place]}" in parts, (place, at, parts)


def hashes_of(headers: list[str]) -> list[bytes]:
    from eth_utils.crypto import keccak

    return [keccak(hexstr=text) for text in headers]


def test_any_changed_byte_of_a_receipt_a_transaction_or_a_path_fails_by_its_step(
    node: Node, units: dict[str, str]
) -> None:
    document = node.statement(units["crowd"], "steps")
    proofs = document["proofs"]
    assert max(len(item["receipt_path"]) for item in proofs["transactions"]) > 1
    for place, item in enumerate(proofs["transactions"]):
        users = [n for n, s in enumerate(proofs["steps"], 1) if s["transaction"] == place]
        steps = f"step{'s' if len(users) > 1 else ''} {', '.join(map(str, users))}"
        base = ("proofs", "transactions", place)
        for name in ("receipt", "transaction"):
            for at in places(item[name], 25):
                parts = failed(changed(document, (*base, name), flip(item[name], at)))
                assert f"{name} of {steps}" in parts, (name, at, parts)
            for number, text in enumerate(item[f"{name}_path"]):
                for at in places(text, 25):
                    path = (*base, f"{name}_path", number)
                    parts = failed(changed(document, path, flip(text, at)))
                    assert f"{name} path node {number} of {steps}" in parts, (name, at, parts)
        other = changed(document, (*base, "index"), item["index"] + 1)
        assert f"receipt of {steps}" in failed(other)
        other = changed(document, (*base, "block_number"), item["block_number"] + 1)
        assert any(steps in part for part in failed(other))


def test_changed_pointers_and_shapes_fail_with_a_name(node: Node, units: dict[str, str]) -> None:
    document = node.statement(units["lot 1 here"])
    proofs = document["proofs"]
    for number, step in enumerate(proofs["steps"], 1):
        for name in ("transaction", "log"):
            path = ("proofs", "steps", number - 1, name)
            parts = failed(changed(document, path, step[name] + 1))
            assert any(f"step {number}" in p or f"steps {number}" in p for p in parts), parts
            assert f"log of step {number}" in failed(changed(document, path, -1))
    assert "header chain" in failed(changed(document, ("proofs", "to", "block_number"), 1))
    assert "header chain" in failed(
        changed(document, ("proofs", "to", "block_hash"), flip(proofs["to"]["block_hash"], 9))
    )
    assert failed(changed(document, ("proofs", "scope"), "chaim")) == ["proofs"]
    assert failed(changed(document, ("proofs",), None)) == ["proofs"]
    first = payload_of(document)["data"]["steps"][0]["block_number"]
    gap = proofs["headers"][:5] + proofs["headers"][6:]
    assert f"header chain gap at {first + 5}" in failed(
        changed(document, ("proofs", "headers"), gap)
    )
    assert "proofs" in failed(changed(document, ("proofs", "steps"), proofs["steps"][:-1]))
    longer = [*proofs["transactions"], proofs["transactions"][0]]
    assert "transaction of step none" in failed(
        changed(document, ("proofs", "transactions"), longer)
    )
    for text in ("0xzz", "0x", "", None, 5, "0x" + "c1" * 5000):
        for path in (("headers", 3), ("transactions", 0, "receipt")):
            assert failed(changed(document, ("proofs", *path), text))


# ---- a lying node ----------------------------------------------------------------------------


def test_no_other_words_can_be_put_around_a_true_proof(node: Node, units: dict[str, str]) -> None:
    """The node signs something else than its proofs show: each word of each step, in turn."""
    document = node.statement(units["lot 1 here"])
    payload = payload_of(document)
    told = {"from_label", "to_label"}  # names are the signer's, and said to be
    for number, step in enumerate(payload["data"]["steps"], 1):
        for name, value in step.items():
            if name in told:
                continue
            lie = json.loads(json.dumps(payload))
            lie["data"]["steps"][number - 1][name] = other(name, value)
            parts = failed({**node.signed(lie), "proofs": document["proofs"]}, node.known)
            assert any(f"step {number} {name}" == part for part in parts) or (
                name in {"block_number", "block_hash"}
                and any("ledger block" in part for part in parts)
            ), (number, name, parts)


def other(name: str, value: Any) -> Any:
    """Another value of the same form."""
    words = {
        "event": "correction",
        "state": "RETIRED",
        "registry": "JP-13",
        "transaction_type": "10-92",
        "transaction_name": "correction",
        "unit": "CN:CEA-2025:999999",
        "unit_block": "CN:CEA-2025:999999",
        "time": "2001-01-01T00:00:00Z",
        "compliance_year": 1999,
        "memo": "something else",
        "from": "0x" + "11" * 20,
        "to": "0x" + "11" * 20,
    }
    if name == "lot":
        return (
            None
            if value
            else {
                "id": 1,
                "link": "CN_KR",
                "rate": {"numerator": "1", "denominator": "1"},
                "terms_version": 1,
            }
        )
    if name in words:
        return words[name]
    if isinstance(value, int):
        return value + 1
    return "0x" + "22" * 32


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("owner", "0x" + "11" * 20),
        ("state", "RETIRED"),
        ("used_abroad", None),
        ("unit_block", "CN:CEA-2025:1-2"),
        ("twins", []),
        ("unit", "CN:CEA-2025:1"),
    ],
)
def test_the_outcome_of_a_life_follows_from_its_steps(
    node: Node, units: dict[str, str], name: str, value: Any
) -> None:
    document = node.statement(units["lot 1 here"])
    payload = payload_of(document)
    payload["data"][name] = (not payload["data"][name]) if value is None else value
    assert name in failed({**node.signed(payload), "proofs": document["proofs"]}, node.known)


def test_a_step_left_out_breaks_the_life(node: Node, units: dict[str, str]) -> None:
    document = node.statement(units["lot 1 here"])
    payload = payload_of(document)
    count = len(payload["data"]["steps"])
    assert count > 5
    for gone in range(count):
        lie = json.loads(json.dumps(payload))
        del lie["data"]["steps"][gone]
        for number, step in enumerate(lie["data"]["steps"], 1):
            step["step"] = number
        proofs = json.loads(json.dumps(document["proofs"]))
        del proofs["steps"][gone]
        used = sorted({step["transaction"] for step in proofs["steps"]})
        proofs["transactions"] = [proofs["transactions"][place] for place in used]
        for step in proofs["steps"]:
            step["transaction"] = used.index(step["transaction"])
        first = lie["data"]["steps"][0]["block_number"]
        begin = payload["data"]["steps"][0]["block_number"]
        proofs["headers"] = proofs["headers"][first - begin :]
        parts = set(failed({**node.signed(lie), "proofs": proofs}, node.known))
        named = {f"step {number} unit" for number in range(1, count + 1)}
        assert parts & {"life", "owner", "state", *named}, (gone, parts)


def test_a_life_that_ends_too_early_is_told_to_be_open(node: Node, units: dict[str, str]) -> None:
    """Leaving the end out breaks nothing that inclusion shows: the result must say so."""
    whole = node.statement(units["lot 1 here"])
    payload = payload_of(whole)
    early = payload["data"]["steps"][2]["block_number"]
    short = node.statement(units["lot 1 here"], at=early)
    lie = {**payload_of(short), "as_of": payload["as_of"], "digest": payload["digest"]}
    proofs = {**short["proofs"], "headers": whole["proofs"]["headers"], "to": whole["proofs"]["to"]}
    report = checked({**node.signed(lie), "proofs": proofs}, node.known)
    assert report.failed == []
    assert "completeness" not in {check.part for check in report.checks}
    assert any("do not exclude another movement" in line for line in report.not_shown)


def test_events_of_another_contract_are_not_the_registrys(
    node: Node, units: dict[str, str]
) -> None:
    document = node.statement(units["credit"], "steps")
    payload = payload_of(document)
    for registry in payload["contracts"]["registries"]:
        registry["address"] = "0x" + "33" * 20
    parts = failed({**node.signed(payload), "proofs": document["proofs"]}, node.known)
    assert "log of step 1" in parts


def test_proofs_need_no_key_but_the_contracts_must_be_known(
    node: Node, units: dict[str, str]
) -> None:
    document = node.statement(units["credit"])
    payload = payload_of(document)
    anybody = {
        **jws.sign(payload, OKPKey.generate_key("Ed25519")),
        "proofs": document["proofs"],
    }
    top = [(None, bytes.fromhex(payload["as_of"]["block_hash"][2:]))]
    ledger = bootstrap.deployment_facts(node.home / "deployment.json")
    assert checked(anybody, Known(headers=top, deployment=ledger)).verdict == "verified"
    assert checked(anybody, Known(headers=top)).verdict == "consistent"
    assert failed(anybody, node.known) == ["key"]


# ---- making them -----------------------------------------------------------------------------


class Lying(ChainClient):
    """A node that changes one field of what it answers."""

    def __init__(self, url: str, method: str, change: Any) -> None:
        super().__init__(url)
        honest = self.rpc.batch

        def batch(calls: Any, *arguments: Any, **named: Any) -> list[Any]:
            answers: list[Any] = honest(calls, *arguments, **named)
            for (asked, _), answer in zip(calls, answers, strict=True):
                if asked == method:
                    change(answer)
            return answers

        self.rpc.batch = batch  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("eth_getBlockByHash", lambda block: block.update(stateRoot="0x" + "11" * 32)),
        ("eth_getBlockByHash", lambda block: block["transactions"].clear()),
        ("eth_getBlockByHash", lambda block: block.pop("mixHash")),
        ("eth_getBlockReceipts", lambda found: found[0].update(cumulativeGasUsed="0x1")),
        ("eth_getBlockReceipts", lambda found: found.clear()),
        ("eth_getBlockByNumber", lambda block: block.update(gasUsed="0x1")),
    ],
)
def test_a_node_whose_answers_do_not_hash_is_refused(
    node: Node, units: dict[str, str], method: str, change: Any
) -> None:
    _, payload = node.issuer.issue("unit", registry="CN", symbol="CCER-2024", serial=1)
    with pytest.raises(Inconsistent, match="cannot be put together"):
        Prover(Lying(node.url, method, change)).prove(payload)


def test_what_has_no_proofs_is_refused(node: Node) -> None:
    _, payload = node.issuer.issue("registry", registry="CN")
    with pytest.raises(InvalidInput, match="no proofs"):
        node.prover.prove(payload)
    _, payload = node.issuer.issue("unit", registry="CN", symbol="CCER-2024", serial=1)
    with pytest.raises(InvalidInput, match="at most"):
        Prover(ChainClient(node.url), most=3).prove(payload)
    with pytest.raises(InvalidInput, match="cannot go to"):
        node.prover.prove(payload, up_to=1)
    with pytest.raises(Unavailable):
        node.prover.prove(payload, up_to=payload["as_of"]["block_number"] + 9)
    assert run(["statement", "unit", "CN:CCER-2024:1", "--up-to", "5"]) == 2


def test_over_http_and_on_the_command_line_then_on_another_machine(
    node: Node, units: dict[str, str], tmp_path: Path
) -> None:
    app = bootstrap.build_app(node.settings, node.deployment)
    code, symbol, serial = units["lot 1 here"].split(":")
    query = f"kind=unit&registry={code}&class={symbol}&serial={serial}&proofs=chain"
    with TestClient(app) as client:
        response = client.get(f"/v1/statements?{query}")
        assert response.status_code == 200, response.text
        assert (
            client.get("/v1/statements?kind=registry&registry=CN&proofs=chain").status_code == 400
        )
    by_http, by_command = tmp_path / "http.json", tmp_path / "command.json"
    by_http.write_text(json.dumps(response.json()["data"]))
    home = ["--home", str(node.home), "--rpc-url", node.url]
    arguments = ["statement", "unit", units["lot 1 here"], "--proofs", "-o", str(by_command)]
    assert run([*home, *arguments]) == 0
    proofs = [json.loads(file.read_text())["proofs"] for file in (by_http, by_command)]
    assert proofs[0] == proofs[1]
    top = "{block_number}:{block_hash}".format(**proofs[0]["to"])
    jwks, deployment = tmp_path / "jwks.json", tmp_path / "deployment.json"
    jwks.write_bytes((node.home / "statement-keys" / "jwks.json").read_bytes())
    deployment.write_bytes((node.home / "deployment.json").read_bytes())
    for trust in (["--keys", "jwks.json"], ["--deployment", "deployment.json"]):
        result = alone(tmp_path, "verify-statement", "http.json", *trust, "--trust", top)
        assert result.returncode == 0, result.stdout + result.stderr
        assert b"VERIFIED" in result.stdout
