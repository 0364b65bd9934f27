"""What goes wrong between a node and its mirror: every fault by name.

A fault of the *view* answers from another node, one of the *answer* spoils results, one of the
*wire* spoils the HTTP response. A fault that does not concern a request leaves it as it is.
"""

from __future__ import annotations

import copy
import random
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from scripts.chaos.answers import View
from scripts.chaos.chain import Chain

Result = Any

# ---- of the view ----------------------------------------------------------------------------

ViewFault = Callable[[random.Random, Chain, View], View]


def _lagging(chance: random.Random, chain: Chain, view: View) -> View:
    """A node behind the load balancer that is some blocks late; it does not know later ones."""
    late = chance.randint(1, 6)
    way = view.way[: max(1, len(view.way) - late)]
    gone = {block.hash for block in view.way[len(way) :]}
    return replace(view, way=way, known={h: b for h, b in view.known.items() if h not in gone})


def _other_branch(chance: random.Random, chain: Chain, view: View) -> View:
    """A node that still takes an earlier branch for the chain."""
    heads = [head for head in chain.heads if chain.branch_point(head) >= view.finalized]
    if not heads:
        return view
    way = list(chance.choice(heads).line())
    return replace(view, way=way[::-1])


def _wrong_chain(chance: random.Random, chain: Chain, view: View) -> View:
    return replace(view, chain_id=5)


def _height_back(chance: random.Random, chain: Chain, view: View) -> View:
    """The chain seems to have got much shorter."""
    return replace(view, way=view.way[: max(1, len(view.way) - chance.randint(5, 60))])


def _narrow(chance: random.Random, chain: Chain, view: View) -> View:
    """A node that refuses wide ranges."""
    return replace(view, widest=chance.randint(1, 4))


VIEW: dict[str, ViewFault] = {
    "lagging-backend": _lagging,
    "other-branch-backend": _other_branch,
    "wrong-chain-id": _wrong_chain,
    "height-goes-back": _height_back,
    "narrow-ranges": _narrow,
}

# ---- of the answer --------------------------------------------------------------------------

AnswerFault = Callable[[random.Random, str, Result], Result]
"""Gets its own copy of a result; gives what is answered instead."""


def _logs_only(change: Callable[[random.Random, list[Any]], Any]) -> AnswerFault:
    def fault(chance: random.Random, method: str, result: Result) -> Result:
        if method != "eth_getLogs" or not result:
            return result
        return change(chance, result)

    return fault


def _hole(chance: random.Random, logs: list[Any]) -> Any:
    lost = chance.choice(logs)["blockHash"]
    return [log for log in logs if log["blockHash"] != lost]


def _shuffled(chance: random.Random, logs: list[Any]) -> Any:
    chance.shuffle(logs)
    return logs


def _marked(chance: random.Random, logs: list[Any], **changes: Any) -> Any:
    chance.choice(logs).update(changes)
    return logs


def _foreign(chance: random.Random, logs: list[Any]) -> Any:
    log = {**chance.choice(logs), "address": "0x" + "99" * 20, "logIndex": "0xfff"}
    return [*logs, log]


def _contradicting(chance: random.Random, logs: list[Any]) -> Any:
    log = chance.choice(logs)
    return [*logs, {**log, "data": "0x" + "11" * (len(log["data"]) // 2 - 1)}]


def _block_null(chance: random.Random, method: str, result: Result) -> Result:
    return None if method.startswith("eth_getBlockBy") else result


def _header_far(chance: random.Random, method: str, result: Result) -> Result:
    """A claim of a height that no chain has."""
    if not method.startswith("eth_getBlockByN") or result is None:
        return result
    number = int(result["number"], 16) + 10_000
    return {**result, "number": hex(number), "hash": "0x" + chance.randbytes(32).hex()}


def _header_other(chance: random.Random, method: str, result: Result) -> Result:
    """A block under another height than its own."""
    if not method.startswith("eth_getBlockBy") or result is None:
        return result
    return {**result, "number": hex(int(result["number"], 16) + chance.choice((-1, 1)))}


def _receipts_null(chance: random.Random, method: str, result: Result) -> Result:
    return None if method == "eth_getBlockReceipts" else result


def _receipts_short(chance: random.Random, method: str, result: Result) -> Result:
    if method != "eth_getBlockReceipts" or not result:
        return result
    if result[-1]["logs"] and chance.random() < 0.5:
        result[-1]["logs"].pop()
        return result
    return result[:-1]


ANSWER: dict[str, AnswerFault] = {
    "logs-empty": _logs_only(lambda chance, logs: []),
    "logs-cut": _logs_only(lambda chance, logs: logs[: chance.randrange(len(logs))]),
    "logs-of-a-block-missing": _logs_only(_hole),
    "logs-shuffled": _logs_only(_shuffled),
    "logs-twice": _logs_only(lambda chance, logs: [*logs, *logs[:3]]),
    "logs-removed": _logs_only(lambda chance, logs: _marked(chance, logs, removed=True)),
    "logs-of-another-block": _logs_only(
        lambda chance, logs: _marked(chance, logs, blockHash="0x" + chance.randbytes(32).hex())
    ),
    "logs-of-other-contracts": _logs_only(_foreign),
    "logs-contradict": _logs_only(_contradicting),
    "logs-pending": _logs_only(lambda chance, logs: _marked(chance, logs, blockHash=None)),
    "block-null": _block_null,
    "header-far-above": _header_far,
    "header-of-another-height": _header_other,
    "receipts-null": _receipts_null,
    "receipts-short": _receipts_short,
    "result-null": lambda chance, method, result: None,
    "result-of-another-kind": lambda chance, method, result: chance.choice(
        [[], {}, 7, "nonsense", [[]], [None]]
    ),
}

EnvelopeFault = Callable[[random.Random, list[dict[str, Any]]], Any]
"""Gets the answers of a request, with their ids; gives the body."""


def _error(code: int, message: str) -> EnvelopeFault:
    def fault(chance: random.Random, answers: list[dict[str, Any]]) -> Any:
        error = {"code": code, "message": message}
        spoiled = chance.choice(answers)
        spoiled.pop("result", None)
        spoiled["error"] = error
        return answers

    return fault


def _reordered(chance: random.Random, answers: list[dict[str, Any]]) -> Any:
    chance.shuffle(answers)
    return answers


ENVELOPE: dict[str, EnvelopeFault] = {
    "batch-reordered": _reordered,
    "batch-twice": lambda chance, answers: [*answers, *answers[:2]],
    "batch-short": lambda chance, answers: answers[:-1],
    "batch-refused": lambda chance, answers: {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": -32600, "message": "batches are not served now"},
    },
    "wrong-id": lambda chance, answers: [{**a, "id": a["id"] + 1} for a in answers],
    "error-internal": _error(-32603, "internal error"),
    "error-rate-limit": _error(-32005, "rate limit exceeded"),
    "not-an-answer": lambda chance, answers: chance.choice([[], "ok", 5, None, [5], {}]),
}

# ---- of the wire ----------------------------------------------------------------------------

WireFault = Callable[[socket.socket, bytes, float], None]
"""Sends what it likes instead of a body, then the connection ends. It knows the client's timeout
in seconds."""


def last_response(body: bytes, status: str = "200 OK", **headers: object) -> bytes:
    """One that says that the connection ends after it: the next question must not meet its end."""
    return response(body, status, connection="close", **headers)


def response(body: bytes, status: str = "200 OK", **headers: object) -> bytes:
    told = {"content-type": "application/json", "content-length": len(body), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in told.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def _reset(connection: socket.socket, body: bytes, timeout: float) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _hang(connection: socket.socket, body: bytes, timeout: float) -> None:
    time.sleep(timeout * 1.3)


def _drip(connection: socket.socket, body: bytes, timeout: float) -> None:
    """Bytes come, but the answer never does."""
    whole = response(body)
    for place in range(len(whole) - 10, len(whole)):
        connection.sendall(whole[place : place + 1] if place > len(whole) - 10 else whole[:place])
        time.sleep(timeout * 0.3)


def _says(status: str, body: bytes = b"busy", **headers: object) -> WireFault:
    def fault(connection: socket.socket, _: bytes, timeout: float) -> None:
        connection.sendall(last_response(body, status, **headers))

    return fault


WIRE: dict[str, WireFault] = {
    "reset": _reset,
    "no-answer": lambda connection, body, timeout: None,
    "timeout": _hang,
    "drip": _drip,
    "http-429": _says("429 Too Many Requests"),
    "http-429-retry-after": _says("429 Too Many Requests", retry_after=0),
    "http-503-retry-after": _says("503 Service Unavailable", retry_after=0),
    "http-500": _says("500 Internal Server Error"),
    "http-502": _says("502 Bad Gateway", b"<html>"),
    "html": _says("200 OK", b"<html>Welcome to the captive portal</html>"),
    "json-malformed": lambda connection, body, timeout: connection.sendall(
        last_response(body[: len(body) // 2])
    ),
    "body-truncated": lambda connection, body, timeout: connection.sendall(
        response(body)[: -max(1, len(body) // 3)]
    ),
    "huge": lambda connection, body, timeout: connection.sendall(
        last_response(b" " * 3_000_000 + body)
    ),
}

NAMES = [*VIEW, *ANSWER, *ENVELOPE, *WIRE]

_ABOUT = {
    "logs": "eth_getLogs",
    "receipts": "eth_getBlockReceipts",
    "block": "eth_getBlockBy",
    "header": "eth_getBlockBy",
}
"""By the first word of a fault's name: the questions that it concerns; the others concern all."""


def concerns(name: str, asked: str) -> bool:
    """Whether a fault can change the answer to these questions."""
    return _ABOUT.get(name.partition("-")[0], "") in asked


def spoil(chance: random.Random, name: str, method: str, result: Result) -> Result:
    """A result with a fault of the answer, if it is one."""
    fault = ANSWER.get(name)
    return fault(chance, method, copy.deepcopy(result)) if fault else result


def encode(chance: random.Random, name: str, answers: Any, *, batch: bool) -> bytes:
    """The body of a response, with a fault of the envelope, if it is one."""
    fault = ENVELOPE.get(name)
    body = fault(chance, answers) if fault else answers
    if not batch and isinstance(body, list) and body:
        body = body[0]
    return orjson.dumps(body)
