"""JSON-RPC over HTTP: one request, or many in one. Every failure is `Unavailable`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from registry_node.domain.errors import Unavailable

MOST_IN_BATCH = 100
"""Calls in one HTTP request: what public nodes allow."""

_HINT = "Check that the chain's node runs and that its address is right."

Call = tuple[str, Sequence[Any]]
"""A method's name and its parameters."""


class RpcRefused(Unavailable):
    """The node answered, with an error: the range is too wide, the block unknown, ..."""

    code = "rpc-refused"


class RpcTimeout(Unavailable):
    """The node did not answer in time."""


class JsonRpc:
    """A connection to one node. Threads may share it."""

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self._url = url
        self.name = _without_secrets(url)
        self._timeout = timeout
        try:
            self._http = httpx.Client(timeout=timeout, headers={"content-type": "application/json"})
        except (httpx.InvalidURL, ValueError) as error:
            raise Unavailable(f"'{self.name}' is not the address of a node.", _HINT) from error
        self._ids = itertools.count(1)

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, *parameters: Any) -> Any:
        """The result of one call. Raises `RpcRefused` or another `Unavailable`."""
        answer = self._send(self._request(method, parameters))
        if not isinstance(answer, dict):
            raise Unavailable(f"{self.name} does not speak JSON-RPC.", _HINT)
        return self._result(method, answer)

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results of many calls, in their order. The first error is raised."""
        results: list[Any] = []
        for start in range(0, len(calls), MOST_IN_BATCH):
            part = calls[start : start + MOST_IN_BATCH]
            requests = [self._request(method, parameters) for method, parameters in part]
            answers = self._send(requests)
            if isinstance(answers, dict):  # one error for all
                self._result(part[0][0], answers)
            by_id = {a.get("id"): a for a in answers if isinstance(a, dict)}
            for request in requests:
                answer = by_id.get(request["id"])
                if answer is None:
                    raise Unavailable(f"{self.name} left a call of a batch unanswered.", _HINT)
                results.append(self._result(request["method"], answer))
        return results

    def _request(self, method: str, parameters: Sequence[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": parameters}

    def _send(self, content: Any) -> Any:
        try:
            response = self._http.post(self._url, content=orjson.dumps(content))
            response.raise_for_status()
            return orjson.loads(response.content)
        except httpx.TimeoutException as error:
            raise RpcTimeout(
                f"The chain's node at {self.name} did not answer within {self._timeout:g} s.", _HINT
            ) from error
        except httpx.HTTPStatusError as error:
            raise RpcRefused(
                f"The chain's node at {self.name} answered HTTP {error.response.status_code}.",
                _HINT,
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Unavailable(
                f"The chain's node at {self.name} cannot be reached: {error}.", _HINT
            ) from error

    def _result(self, method: str, answer: dict[str, Any]) -> Any:
        if "error" in answer:
            error = answer["error"]
            text = error.get("message", error) if isinstance(error, dict) else error
            raise RpcRefused(f"The chain's node at {self.name} refused {method}: {text}.")
        return answer.get("result")


def _without_secrets(url: str) -> str:
    """Keys of hosted nodes are in paths, queries and user names: none of it goes into messages."""
    parts = urlsplit(url)
    host = parts.hostname or "?"
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"
