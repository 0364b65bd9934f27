"""The chain's edge: deployment files, refused ranges, logs that are short or of another block."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry_node.chain.artifacts import load_artifact
from registry_node.chain.bloom import Watch, mask
from registry_node.chain.client import ChainClient
from registry_node.chain.complete import bloom_of
from registry_node.chain.decoding import TOPICS
from registry_node.chain.deployment import load_deployment
from registry_node.chain.logs import LogReader, LogsIncomplete
from registry_node.chain.ranges import RangeReader
from registry_node.chain.rpc import Call, JsonRpc, RpcRefused
from registry_node.domain.errors import InvalidInput, Unavailable
from registry_node.domain.ledger import Header, RawLog
from tests.support.ledger import HOLDERS, REGISTRY, TOKEN
from tests.support.logs import hash_of, make_log

# ---- deployment files -----------------------------------------------------------------------

A, B, C, D, E = (f"0x{letter * 40}" for letter in "abcde")
HASHES = {"proxy_hash": "0x" + "22" * 32, "edition_hash": "0x" + "33" * 32}


def desks(digit: int) -> dict[str, str]:
    names = ("proposals", "issuance", "compliance", "liens", "holders")
    return {name: f"0x{digit}{i}" + "7" * 38 for i, name in enumerate(names)}


GOOD: dict[str, Any] = {
    "name": "test",
    "edition": 2,
    "chain_id": 31337,
    "genesis_hash": "0x" + "11" * 32,
    "start_block": 3,
    "finality": {"kind": "depth", "depth": 12},
    "gateway": {"address": A, "block": 3},
    "registries": [
        {
            "code": "CN",
            "name": "China",
            "address": B,
            "authority": C,
            "block": 4,
            **HASHES,
            "desks": desks(5),
        },
        {
            "code": "JP-13",
            "name": "Tokyo",
            "address": D,
            "authority": E,
            "block": 5,
            **HASHES,
            "desks": desks(6),
        },
    ],
    "labels": {B: "the registry"},
}


def written(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_deployment_file(tmp_path: Path) -> None:
    deployment = load_deployment(written(tmp_path / "d.json", GOOD))
    contracts = (A, B, C, *desks(5).values(), D, E, *desks(6).values())
    assert deployment.addresses == tuple(bytes.fromhex(a[2:]) for a in contracts)
    naming = (B, C, desks(5)["proposals"], D, E, desks(6)["proposals"])
    assert deployment.naming == tuple(bytes.fromhex(a[2:]) for a in naming)
    assert deployment.labels == {B: "the registry"}
    assert deployment.finality.final_height(5) == -1
    assert deployment.finality.final_height(100) == 88


def changed(path: str, value: object) -> dict[str, Any]:
    content = copy.deepcopy(GOOD)
    *way, last = path.split(".")
    place: Any = content
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    return content


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (changed("gateway.address", "0x12"), "gateway.address: .*40 hexadecimal"),
        (changed("registries.1.code", "tokyo"), r"registries.1.code: .*CN, KR or JP-13"),
        (changed("genesis_hash", "0x12"), "genesis_hash: .*64 hexadecimal"),
        (changed("genesis_hash", "0x" + "zz" * 32), "genesis_hash"),
        (changed("finality.kind", "sometimes"), "finality.kind"),
        (changed("chain_id", None), "chain_id"),
        (changed("surprise", 1), "surprise"),
        (changed("registries", []), "registries"),
        (changed("registries.1.address", B), "address: a value occurs twice"),
        (changed("registries.1.authority", C), "address: a value occurs twice"),
        (changed("registries.0.desks.liens", A), "address: a value occurs twice"),
        (changed("registries.0.edition_hash", "0x33"), "registries.0.edition_hash: .*64 hexa"),
        (changed("edition", 3), "edition: Input should be 2"),
        (changed("registries.1.code", "CN"), "registries.code: a value occurs twice"),
        (changed("start_block", 4), "start_block: 4 is after"),
        (changed("labels", {"0x12": "short"}), r"labels\..*40 hexadecimal"),
        (changed("labels", {"0x" + "zz" * 20: "no digits"}), r"labels\..*40 hexadecimal"),
        ("[" * 200_000, "cannot be read"),
        ("{", "cannot be read"),
        ("[]", "the whole"),
    ],
)
def test_a_wrong_deployment_file_is_named_with_its_field(
    tmp_path: Path, content: object, named: str
) -> None:
    path = written(tmp_path / "wrong.json", content)
    with pytest.raises(InvalidInput, match=rf"wrong\.json:? ?{named}") as caught:
        load_deployment(path)
    assert caught.value.hint


def test_a_deployment_of_the_first_edition_is_refused_in_words(tmp_path: Path) -> None:
    first = {key: value for key, value in GOOD.items() if key != "edition"}
    path = written(tmp_path / "first.json", first)
    with pytest.raises(InvalidInput) as told:
        load_deployment(path)
    assert told.value.message == (
        f"{path} is a deployment of the ledger's first edition; this program does not read it."
    )
    assert told.value.hint == (
        "Use the program that deployed it, or deploy this edition, whose contracts are others."
    )


def test_there_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"There is no deployment file .*none\.json"):
        load_deployment(tmp_path / "none.json")
    with pytest.raises(InvalidInput, match="UnitRegistry"):
        load_artifact("Nonsense")


# ---- blooms ---------------------------------------------------------------------------------


def bloom_with(*items: bytes) -> bytes:
    bits = 0
    for item in items:
        bits |= mask(item)
    return bits.to_bytes(256, "big")


def test_a_bloom_is_sure_of_what_it_lacks() -> None:
    watch = Watch([REGISTRY], TOPICS)
    assert watch.may_have_logs(bloom_with(REGISTRY, TOPICS[3]))
    assert not watch.may_have_logs(bloom_with(REGISTRY))
    assert not watch.may_have_logs(bloom_with(TOPICS[3]))
    assert not watch.may_have_logs(bytes(256))


# ---- logs -----------------------------------------------------------------------------------


def header(number: int, *, logs: bool) -> Header:
    bare = Header(number, hash_of("block", number), hash_of("block", number - 1), 0)
    return replace(
        bare, logs_bloom=bloom_of([log_of(bare)]).to_bytes(256, "big") if logs else bytes(256)
    )


def log_of(block: Header, log_index: int = 0) -> RawLog:
    values = [TOKEN, HOLDERS[0], HOLDERS[1], 1, 2, 1050, 1]
    return make_log(
        "UnitRegistry", "UnitsMoved", values, address=REGISTRY, header=block, log_index=log_index
    )


class FakeRpc(JsonRpc):
    """Answers from a list of logs; cuts answers and refuses ranges as told."""

    def __init__(self, logs: list[RawLog], *, widest: int = 10**9, most: int = 10**9) -> None:
        super().__init__("http://nowhere.invalid/key")
        self.logs, self.widest, self.most = logs, widest, most
        self.asked: list[tuple[int, int]] = []

    def call(self, method: str, *parameters: Any) -> Any:
        if method == "eth_getBlockTransactionCountByHash":
            return "0x1"
        if method == "eth_getBlockReceipts":
            return [{"logs": [_json(log) for log in self.logs if _hex(log[1]) == parameters[0]]}]
        query = parameters[0]
        if "blockHash" in query:
            return [_json(log) for log in self.logs if _hex(log.block_hash) == query["blockHash"]]
        first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        self.asked.append((first, last))
        if last - first + 1 > self.widest:
            raise RpcRefused("query returned more than 10000 results")
        return [_json(log) for log in self.logs if first <= log.block <= last][: self.most]

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        return [self.call(method, *parameters) for method, parameters in calls]


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _json(log: RawLog) -> dict[str, Any]:
    topics = [_hex(log.topics[i : i + 32]) for i in range(0, len(log.topics), 32)]
    return {
        "blockNumber": hex(log.block),
        "blockHash": _hex(log.block_hash),
        "logIndex": hex(log.log_index),
        "transactionHash": _hex(log.tx_hash),
        "address": _hex(log.address),
        "topics": topics,
        "data": _hex(log.data),
    }


HEADERS = [header(n, logs=n % 2 == 0) for n in range(10, 20)]
LOGS = [log_of(block, i) for block in HEADERS if block.number % 2 == 0 for i in range(3)]


def test_a_range_is_halved_until_the_node_answers() -> None:
    rpc = FakeRpc(LOGS, widest=3)
    logs, last = LogReader(rpc, [REGISTRY]).between(10, 19)
    assert rpc.asked == [(10, 19), (10, 14), (10, 12)]
    assert last == 12
    assert logs == [log for log in LOGS if log.block <= 12]


def test_a_node_that_refuses_even_one_block() -> None:
    with pytest.raises(Unavailable):
        LogReader(FakeRpc(LOGS, widest=0), [REGISTRY]).between(10, 19)


def test_logs_are_given_to_their_blocks() -> None:
    by_block = LogReader(FakeRpc(LOGS), [REGISTRY]).assign(HEADERS, LOGS)
    assert [len(logs) for logs in by_block] == [3, 0] * 5


@pytest.mark.parametrize("most", range(1, len(LOGS)))
def test_an_answer_that_was_cut_is_noticed(most: int) -> None:
    reader = LogReader(FakeRpc(LOGS, most=most), [REGISTRY])
    logs, _ = reader.between(10, 19)
    assert len(logs) == most
    with pytest.raises(LogsIncomplete, match="left out"):
        reader.assign(HEADERS, logs)


class Spoiled(FakeRpc):
    """Spoils the receipts of a ledger block."""

    def __init__(self, spoil: Callable[[list[dict[str, Any]]], object]) -> None:
        super().__init__(LOGS)
        self._spoil = spoil

    def call(self, method: str, *parameters: Any) -> Any:
        answer = super().call(method, *parameters)
        if method == "eth_getBlockReceipts":
            self._spoil(answer)
        return answer


def test_the_logs_of_a_block_at_the_head() -> None:
    assert LogReader(Spoiled(lambda receipts: None), [REGISTRY]).of(HEADERS[4]) == LOGS[6:9]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda receipts: receipts[0]["logs"].pop(1), "left out receipts"),
        (lambda receipts: receipts[0]["logs"].pop(0), "left out receipts"),
        (lambda receipts: receipts[0]["logs"].clear(), "left out receipts"),
        (lambda receipts: receipts.clear(), "left out receipts"),
        (lambda receipts: receipts.append({"logs": []}), "left out receipts"),
        (lambda receipts: receipts[0]["logs"][1].update(topics=["0x" + "11" * 32]), "left out"),
        (lambda receipts: receipts[0]["logs"][1].update(blockHash="0x" + "11" * 32), "another"),
        (lambda receipts: receipts[0]["logs"][1].update(blockNumber="0x1"), "another"),
        (lambda receipts: receipts[0]["logs"][1].update(removed=True), "taken back"),
        (lambda receipts: receipts[0]["logs"].append(receipts[0]["logs"][0]), "left out receipts"),
    ],
)
def test_receipts_that_are_not_the_whole_block_are_noticed(
    spoil: Callable[[list[dict[str, Any]]], object], said: str
) -> None:
    """At the head a block's logs come from its receipts, with nothing else to compare them with."""
    with pytest.raises(LogsIncomplete, match=said):
        LogReader(Spoiled(spoil), [REGISTRY]).of(HEADERS[4])


def test_logs_that_are_not_in_their_blocks_bloom_are_refused() -> None:
    strange = LOGS[4]._replace(topics=LOGS[4].topics[:96] + bytes(31) + b"\x07")
    with pytest.raises(LogsIncomplete, match="bloom"):
        LogReader(FakeRpc(LOGS), [REGISTRY]).assign(HEADERS, [*LOGS[:4], strange, *LOGS[5:]])


@pytest.mark.parametrize("place", range(1, len(HEADERS)))
def test_headers_of_two_branches_are_no_range(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wide range is several questions, which nodes of several branches may answer."""
    client = ChainClient("http://nowhere.invalid")
    headers = [*HEADERS]
    headers[place] = replace(headers[place], parent_hash=hash_of("elsewhere"))
    reader = RangeReader(client, LogReader(FakeRpc(LOGS), [REGISTRY]))
    monkeypatch.setattr(client, "headers", lambda first, last: HEADERS)
    assert [block for block, _ in reader.read(10, 19)] == HEADERS
    monkeypatch.setattr(client, "headers", lambda first, last: headers)
    with pytest.raises(LogsIncomplete, match="do not form a chain"):
        reader.read(10, 19)


def test_logs_of_another_branch_are_refused() -> None:
    strange = LOGS[4]._replace(block_hash=hash_of("elsewhere"))
    with pytest.raises(LogsIncomplete, match="do not belong"):
        LogReader(FakeRpc(LOGS), [REGISTRY]).assign(HEADERS, [*LOGS[:4], strange, *LOGS[5:]])


def test_a_bloom_that_says_more_than_there_is_costs_a_question_only() -> None:
    """The block has a log that is not ours: its address and topic occur apart from one another."""
    bare = Header(10, hash_of("block", 10), hash_of("block", 9), 0)
    strange = [
        log_of(bare)._replace(address=HOLDERS[3]),
        log_of(bare, 1)._replace(topics=hash_of("another event")),
    ]
    block = replace(bare, logs_bloom=bloom_of(strange).to_bytes(256, "big"))
    assert LogReader(FakeRpc(strange), [REGISTRY]).assign([block], []) == [[]]


def test_keys_in_an_address_stay_out_of_messages() -> None:
    rpc = JsonRpc("http://user:password@127.0.0.1:1/v3/secret?key=secret", timeout=1)
    assert rpc.name == "http://127.0.0.1:1"
    with pytest.raises(Unavailable) as caught:
        rpc.call("eth_chainId")
    assert "secret" not in str(caught.value)
    assert "password" not in str(caught.value)
