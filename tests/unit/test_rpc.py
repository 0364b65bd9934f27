"""Questions to a node that answers badly: which error it is, and whether it is asked again."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from registry_node.chain import rpc as rpc_module
from registry_node.chain.client import ChainClient
from registry_node.chain.retry import Retry
from registry_node.chain.rpc import (
    JsonRpc,
    RpcBroken,
    RpcBusy,
    RpcGarbled,
    RpcRefused,
    RpcTimeout,
    RpcTooLong,
)
from registry_node.domain.errors import Unavailable
from scripts.chaos.answers import View
from scripts.chaos.faults import WIRE, response
from scripts.chaos.server import Server

QUICK = Retry(attempts=3, first=0.001, most=0.002, patience=0.01)


class Node:
    """Answers each request as the next of a list says: a fault of the wire, what to send, or ""
    for an honest answer, with which it goes on."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []
        self.times: list[float] = []
        self._server = Server(self._direct, random.Random(1), 0.2)
        self.url = self._server.url

    def close(self) -> None:
        self._server.close()

    def _direct(self, number: int, content: Any) -> tuple[View, str]:
        self.asked.append(content)
        self.times.append(time.monotonic())
        return HONEST, self.answers.pop(0) if self.answers else ""


class _Honest(View):
    def answer(self, method: str, parameters: Any) -> Any:
        return "0x7"


HONEST = _Honest([], {})


@pytest.fixture
def node_that() -> Iterator[Callable[..., Node]]:
    nodes: list[Node] = []

    def make(*answers: str) -> Node:
        nodes.append(Node(*answers))
        return nodes[-1]

    yield make
    for node in nodes:
        node.close()


@pytest.mark.parametrize(
    ("fault", "error", "attempts"),
    [
        ("reset", (RpcBroken, RpcGarbled), 3),
        ("no-answer", RpcGarbled, 3),
        ("timeout", RpcTimeout, 1),
        ("drip", RpcTimeout, 1),
        ("http-429", RpcBusy, 3),
        ("http-429-retry-after", RpcBusy, 3),
        ("http-503-retry-after", RpcBusy, 3),
        ("http-500", RpcBroken, 3),
        ("http-502", RpcBroken, 3),
        ("html", RpcGarbled, 3),
        ("json-malformed", RpcGarbled, 3),
        ("body-truncated", RpcGarbled, 3),
        ("huge", RpcTooLong, 1),
        ("wrong-id", RpcGarbled, 3),
        ("error-internal", RpcRefused, 1),
        ("error-rate-limit", RpcBusy, 3),
        ("not-an-answer", RpcGarbled, 3),
    ],
)
def test_what_a_fault_is_and_how_often_it_is_met(
    fault: str,
    error: type[Unavailable],
    attempts: int,
    node_that: Callable[..., Node],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rpc_module, "MOST_BYTES", 1_000_000)
    node = node_that(*[fault] * 9)
    rpc = JsonRpc(node.url, timeout=0.2, retry=QUICK)
    with pytest.raises(error) as caught:
        rpc.call("eth_chainId")
    assert len(node.asked) == attempts
    assert caught.value.hint or isinstance(caught.value, RpcRefused)
    rpc.close()


@pytest.mark.parametrize("fault", ["reset", "http-429", "http-502", "body-truncated", "html"])
def test_what_passes_is_not_met_by_who_asked(fault: str, node_that: Callable[..., Node]) -> None:
    node = node_that(fault, fault)
    rpc = JsonRpc(node.url, retry=QUICK)
    assert rpc.call("eth_chainId") == "0x7"
    assert len(node.asked) == 3
    rpc.close()


def test_retry_after_is_granted(node_that: Callable[..., Node]) -> None:
    def asks(connection: Any, body: bytes, timeout: float) -> None:
        connection.sendall(response(b"", "429 Too Many Requests", retry_after=0.3))

    WIRE["test-retry-after"] = asks
    try:
        node = node_that("test-retry-after")
        rpc = JsonRpc(node.url, retry=Retry(attempts=3, first=0.001, most=0.002))
        assert rpc.call("eth_chainId") == "0x7"
        assert node.times[1] - node.times[0] >= 0.3
        rpc.close()
    finally:
        del WIRE["test-retry-after"]


def test_a_long_retry_after_is_left_to_who_can_do_something_else(
    node_that: Callable[..., Node],
) -> None:
    def asks(connection: Any, body: bytes, timeout: float) -> None:
        connection.sendall(response(b"", "429 Too Many Requests", retry_after=45))

    WIRE["test-retry-after"] = asks
    try:
        node = node_that("test-retry-after")
        rpc = JsonRpc(node.url)
        with pytest.raises(RpcBusy) as caught:
            rpc.call("eth_chainId")
        assert caught.value.retry_after == 45
        assert len(node.asked) == 1
        rpc.close()
    finally:
        del WIRE["test-retry-after"]


def test_waits_double_are_drawn_and_have_an_end() -> None:
    low, high = Retry(chance=lambda: 0.0), Retry(chance=lambda: 1.0)
    assert [round(high.wait(n), 3) for n in range(1, 8)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.0, 3.0]
    assert [round(low.wait(n), 3) for n in (1, 2, 9)] == [0.05, 0.1, 1.5]
    assert high.wait(1, asked=30) == 30
    assert high.wait(1, asked=10**9) == high.patience
    assert high.only_once().attempts == 1


@pytest.mark.parametrize("fault", ["batch-reordered", "batch-twice"])
def test_answers_of_a_batch_are_found_by_their_ids(
    fault: str, node_that: Callable[..., Node]
) -> None:
    node = node_that(fault)
    client = ChainClient(node.url, retry=QUICK)
    assert client.rpc.batch([("eth_chainId", ()), ("eth_blockNumber", ())]) == ["0x7", "0x7"]
    assert len(node.asked) == 1
    client.close()


def test_a_batch_without_one_answer_is_asked_again(node_that: Callable[..., Node]) -> None:
    node = node_that("batch-short", "batch-short", "batch-short")
    client = ChainClient(node.url, retry=QUICK)
    with pytest.raises(RpcGarbled, match="left a call of a batch unanswered"):
        client.rpc.batch([("eth_chainId", ()), ("eth_blockNumber", ())])
    assert len(node.asked) == 3
    client.close()


HEADER = {
    "number": "0x5",
    "hash": "0x" + "11" * 32,
    "parentHash": "0x" + "22" * 32,
    "timestamp": "0x1",
    "logsBloom": "0x" + "00" * 256,
}


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "0x6"},
        {"number": None},
        {"number": "five"},
        {"hash": "0x11"},
        {"parentHash": "0x"},
        {"timestamp": "0x" + "ff" * 9},
        {"timestamp": "-0x1"},
        {"logsBloom": "0x"},
    ],
    ids=json.dumps,
)
def test_an_impossible_header_is_no_header(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = ChainClient("http://127.0.0.1:1")
    monkeypatch.setattr(client.rpc, "call", lambda *_: HEADER)
    header = client.header_at(5)
    assert header is not None
    assert header.number == 5
    monkeypatch.setattr(client.rpc, "call", lambda *_: {**HEADER, **changes})
    with pytest.raises(RpcGarbled):
        client.header_at(5)
    monkeypatch.setattr(client.rpc, "call", lambda *_: None)
    assert client.header_at(5) is None


def test_a_block_under_another_hash_than_asked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    client = ChainClient("http://127.0.0.1:1")
    monkeypatch.setattr(client.rpc, "call", lambda *_: HEADER)
    assert client.header_of(bytes.fromhex("11" * 32)) is not None
    with pytest.raises(RpcGarbled, match="another ledger block"):
        client.header_of(bytes(32))
