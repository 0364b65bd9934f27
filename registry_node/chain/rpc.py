"""JSON-RPC over HTTP: one request, or many in one. Every failure is `Unavailable`.

| what happens                                     | error         | asked again here      |
|--------------------------------------------------|---------------|-----------------------|
| no connection, reset, HTTP 5xx                   | `RpcBroken`   | yes                   |
| body cut short, not JSON, too long, of another   | `RpcGarbled`  | yes, but not too long |
| question, or not of the expected kind            |               |                       |
| HTTP 429, a limit on the rate                    | `RpcBusy`     | yes, after its wait   |
| no answer in time, or one that drips             | `RpcTimeout`  | no: it may be too big |
| the node answers with an error; other HTTP 4xx   | `RpcRefused`  | no: it would again    |

A node only reads by these calls, so each may be asked again.
"""

from __future__ import annotations

import itertools
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from registry_node import metrics
from registry_node.chain.retry import Retry
from registry_node.domain import foreign
from registry_node.domain.errors import Unavailable

MOST_IN_BATCH = 100
"""Calls in one HTTP request: what public nodes allow."""

MOST_BYTES = 256 * 2**20
"""Of one answer. The widest range of logs that the node asks for is a small part of it."""

_SHORT_WAIT = 5.0
"""Seconds: a node that asks for more is left to whoever can do something else meanwhile."""

_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_HINT = "Check that the chain's node runs and that its address is right."
_AGAIN = "It may be overloaded or behind a faulty proxy; the question is asked again."

Call = tuple[str, Sequence[Any]]
"""A method's name and its parameters."""


class RpcRefused(Unavailable):
    """The node answered, with an error: the range is too wide, the block unknown, ..."""

    code = "rpc-refused"


class RpcTimeout(Unavailable):
    """The node did not answer in time."""


class RpcBroken(Unavailable):
    """The node cannot be reached, or failed."""


class RpcGarbled(Unavailable):
    """The answer is no answer to the question."""

    code = "rpc-garbled"


class RpcTooLong(RpcGarbled):
    """The answer is longer than `MOST_BYTES`: ask for less."""


class RpcBusy(Unavailable):
    """The node limits how much it is asked; `retry_after` seconds are what it asks for, if any."""

    code = "rpc-busy"

    def __init__(self, message: str, hint: str, retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class JsonRpc:
    """A connection to one node. Threads may share it.

    `timeout` is in seconds for one answer, from the question to its last byte.
    """

    def __init__(self, url: str, *, timeout: float = 10.0, retry: Retry | None = None) -> None:
        self.url = url  # may hold a key: for requests, never for messages
        self.name = without_secrets(url)
        self.timeout = timeout
        self.retry = retry or Retry()
        self._closed = threading.Event()
        try:
            self._http = httpx.Client(
                timeout=timeout,
                headers={"content-type": "application/json"},
                verify=_trusted(url),
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise Unavailable(f"'{self.name}' is not the address of a node.", _HINT) from error
        self._ids = itertools.count(1)

    def close(self) -> None:
        """Ends waits for another attempt too."""
        self._closed.set()
        self._http.close()

    def call(self, method: str, *parameters: Any) -> Any:
        """The result of one call. Raises `Unavailable`, as the table above says."""

        def attempt() -> Any:
            request = self._request(method, parameters)
            answer = self._send(request)
            if not isinstance(answer, dict):
                raise self._garbled("does not speak JSON-RPC")
            return self._result(request, answer)

        return self._attempts(attempt)

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results of many calls, in their order. The first error is raised."""
        results: list[Any] = []
        for start in range(0, len(calls), MOST_IN_BATCH):
            part = calls[start : start + MOST_IN_BATCH]
            results += self._attempts(lambda part=part: self._batch(part))  # type: ignore[misc]
        return results

    def garbled(self, method: str, what: object) -> RpcGarbled:
        """The error for an answer that is not of the kind that a method gives."""
        return self._garbled(f"answered {method} with {_shortened(what)}")

    # ---- one attempt, and the next ----------------------------------------------------------

    def _attempts(self, attempt: Callable[[], Any]) -> Any:
        failures = 0
        while True:
            try:
                return attempt()
            except (RpcBroken, RpcBusy, RpcGarbled) as error:
                failures += 1
                asked = error.retry_after if isinstance(error, RpcBusy) else None
                wait = self.retry.wait(failures, asked)
                hopeless = isinstance(error, RpcTooLong) or wait > _SHORT_WAIT
                if hopeless or failures >= self.retry.attempts or self._closed.wait(wait):
                    raise

    def _batch(self, part: Sequence[Call]) -> list[Any]:
        requests = [self._request(method, parameters) for method, parameters in part]
        answers = self._send(requests)
        if isinstance(answers, dict):  # one error for all
            self._result({**requests[0], "id": None}, answers)
        if not isinstance(answers, list):
            raise self._garbled("does not speak JSON-RPC")
        by_id: dict[Any, Any] = {}
        for answer in answers:
            number = answer.get("id") if isinstance(answer, dict) else None
            if isinstance(number, int) and by_id.setdefault(number, answer) != answer:
                raise self._garbled("answered a call of a batch in two ways")
        results = []
        for request in requests:
            answer = by_id.get(request["id"])
            if answer is None:
                raise self._garbled("left a call of a batch unanswered")
            results.append(self._result(request, answer))
        return results

    def _request(self, method: str, parameters: Sequence[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": parameters}

    def _send(self, content: Any) -> Any:
        metrics.RPC_REQUESTS.inc()
        try:
            return self._exchange(content)
        except Unavailable as error:
            _count(error)
            raise

    def _exchange(self, content: Any) -> Any:
        try:
            with self._http.stream("POST", self.url, content=orjson.dumps(content)) as response:
                self._check(response)
                answer = self._read(response)
        except httpx.TimeoutException as error:
            raise self._timed_out() from error
        except httpx.RemoteProtocolError as error:
            raise self._garbled(f"broke off its answer ({error})") from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RuntimeError) as error:
            raise RpcBroken(
                f"The chain's node at {self.name} cannot be reached: {error}.", _HINT
            ) from error
        try:
            return foreign.loads(answer)
        except ValueError as error:
            raise self._garbled(f"answered with what is not JSON ({error})") from error

    def _read(self, response: httpx.Response) -> bytes:
        deadline = time.monotonic() + self.timeout
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise RpcTooLong(
                    f"An answer of {self.name} is longer than {MOST_BYTES >> 20} MiB.", _AGAIN
                )
            if time.monotonic() > deadline:
                raise self._timed_out()
        return b"".join(parts)

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        said = f"The chain's node at {self.name} answered HTTP {status}."
        asked = _seconds(response.headers.get("retry-after"))
        if status == _TOO_MANY_REQUESTS or (status > _SERVER_ERROR and asked is not None):
            raise RpcBusy(said, _AGAIN, asked)
        if status >= _SERVER_ERROR:
            raise RpcBroken(said, _HINT)
        if not response.is_success:
            raise RpcRefused(said, _HINT)

    def _result(self, request: dict[str, Any], answer: dict[str, Any]) -> Any:
        error = answer.get("error")
        if error is not None:
            refused = self._refused(request["method"], error)
            _count(refused)
            raise refused
        if "result" not in answer or answer.get("id") != request["id"]:
            raise self._garbled(f"did not answer {request['method']}")
        return answer["result"]

    def _refused(self, method: str, error: Any) -> Unavailable:
        code, text = None, str(error)
        if isinstance(error, dict):
            code, text = error.get("code"), str(error.get("message", error))
        said = f"The chain's node at {self.name} refused {method}: {text}."
        limited = any(words in text.lower() for words in ("rate limit", "too many requests"))
        if code == _TOO_MANY_REQUESTS or limited:
            return RpcBusy(said, _AGAIN)
        return RpcRefused(said)

    def _garbled(self, what: str) -> RpcGarbled:
        return RpcGarbled(f"The chain's node at {self.name} {what}.", _AGAIN)

    def _timed_out(self) -> RpcTimeout:
        return RpcTimeout(
            f"The chain's node at {self.name} did not answer within {self.timeout:g} s.", _HINT
        )


def _count(error: Unavailable) -> None:
    """Counts a failure by its kind: timeout, busy, broken, garbled, refused, ..."""
    metrics.RPC_ERRORS.labels(type(error).__name__.removeprefix("Rpc").lower()).inc()


def _trusted(url: str) -> bool | ssl.SSLContext:
    """Loading the certificates takes a tenth of a second: only for who needs them. The context
    for the others trusts nobody."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if url.startswith("http:") else True


def _seconds(header: str | None) -> float | None:
    """A Retry-After in seconds; one that names a date is answered by our own waits."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _shortened(what: object, most: int = 60) -> str:
    text = repr(what)
    return text if len(text) <= most else f"{text[:most]}..."


def without_secrets(url: str) -> str:
    """Keys of hosted nodes are in paths, queries and user names: none of it goes into messages."""
    parts = urlsplit(url)
    host = parts.hostname or "?"
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"
