"""Ranges of a long backlog, read by a process of its own: JSON is parsed, and logs are checked,
while this process computes.

    tonnelink --- a first and a last height --->  python -m registry_node.chain.reading
              <-- their ledger blocks, or what is wrong --

With the heights go the contracts that were named meanwhile.

They talk over a pair of sockets, in frames: eight bytes of length, then `marshal`'s bytes (both are
the same Python, and nothing else can reach the sockets). The address of the chain's node, which may
hold a key, goes that way too: everybody on the machine can read a command line. An empty frame each
second says that the process is alive; when none comes it is ended, which is an `Unavailable`. When
this process ends, however it does, the other one sees its socket closed and ends as well.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from select import select
from typing import Any

import registry_node
from registry_node import metrics
from registry_node.chain import logs as of_logs
from registry_node.chain import rpc as of_rpc
from registry_node.chain.client import ChainClient
from registry_node.chain.logs import LogReader
from registry_node.chain.ranges import LedgerBlock, RangeReader
from registry_node.chain.retry import Retry
from registry_node.domain.errors import TonnelinkError, Unavailable
from registry_node.domain.ledger import Header, RawLog

_ALIVE_EVERY = 1.0  # seconds
_SILENT_FOR = 20  # seconds, after which it is taken for dead
_STARTS_IN = 60  # seconds
_LENGTH = struct.Struct(">Q")
_ERRORS = {
    error.__name__: error
    for error in (
        of_logs.LogsIncomplete,
        of_rpc.RpcBroken,
        of_rpc.RpcBusy,
        of_rpc.RpcGarbled,
        of_rpc.RpcRefused,
        of_rpc.RpcTimeout,
        of_rpc.RpcTooLong,
    )
}


class ReadingProcess:
    """Reads ranges as `RangeReader` does, in another process. One thread uses it."""

    def __init__(self, client: ChainClient, logs: LogReader) -> None:
        self._name = client.name
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._started = False
        self._wait_for(_STARTS_IN)
        code = Path(registry_node.__file__).parents[1]
        paths = filter(None, [str(code), os.environ.get("PYTHONPATH")])
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        retry = client.rpc.retry
        waits = (retry.attempts, retry.first, retry.most, retry.patience)
        watched = (sorted(logs.addresses), sorted(logs.naming))
        _send(ours, (client.rpc.url, client.rpc.timeout, waits, *watched))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ready(self) -> bool:
        """Whether it has started. Until then it is quicker to read here."""
        if not self._started:  # the first frame that says it is alive has not come
            self._started = bool(select([self._socket], [], [], 0)[0])
        return self._started

    def read(self, first: int, last: int, named: Iterable[bytes] = ()) -> list[LedgerBlock]:
        """See `RangeReader.read`. Raises `Unavailable` when the process is no more as well."""
        try:
            _send(self._socket, (first, last, list(named)))
            answer = _receive(self._socket)
            self._wait_for(_SILENT_FOR)
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise Unavailable(
                f"The process that reads the chain at {self._name} has ended or does not answer.",
                "Another one is started with the next attempt.",
            ) from error
        kind, content, requests, failures = answer
        metrics.RPC_REQUESTS.inc(requests)
        for failure, count in failures.items():
            metrics.RPC_ERRORS.labels(failure).inc(count)
        if kind != "blocks":
            raise _error(kind, *content)
        return [(Header(*header), list(map(RawLog._make, logs))) for header, logs in content]

    def _wait_for(self, seconds: int) -> None:
        """How long to wait for a frame: in the kernel, and for the whole of it, since a thread that
        is woken often waits for its turn each time."""
        self._socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", seconds, 0)
        )

    def close(self) -> None:
        """Ends the process."""
        self._socket.close()
        self._process.kill()
        self._process.wait()


def _error(kind: str, message: str, hint: str, retry_after: float | None) -> TonnelinkError:
    if kind == of_rpc.RpcBusy.__name__:
        return of_rpc.RpcBusy(message, hint, retry_after)
    return _ERRORS.get(kind, Unavailable)(message, hint)


# ---- the other process ----------------------------------------------------------------------


def serve(channel: socket.socket) -> None:
    """Answer until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the owner's to answer
    lock = threading.Lock()
    threading.Thread(target=_tell_of_life, args=(channel, lock), daemon=True).start()
    url, timeout, waits, addresses, naming = _receive(channel)
    client = ChainClient(url, timeout=timeout, retry=Retry(*waits))
    reader = RangeReader(client, LogReader(client.rpc, addresses, naming))
    requests, failures = _counts()
    # Answers are hundreds of thousands of objects, none in a cycle: looking for cycles again and
    # again while they are made took a quarter of the time.
    gc.freeze()
    gc.disable()
    while True:
        kind, content = _answer(reader, *_receive(channel))
        before = requests, failures
        requests, failures = _counts()
        more = {name: count - before[1].get(name, 0) for name, count in failures.items()}
        with lock:
            _send(channel, (kind, content, requests - before[0], more))
        del content
        gc.collect()


def _answer(reader: RangeReader, first: int, last: int, named: list[bytes]) -> tuple[str, Any]:
    try:
        blocks = reader.read(first, last, named)
    except Unavailable as error:
        asked = getattr(error, "retry_after", None)
        return type(error).__name__, (error.message, error.hint, asked)
    return "blocks", [
        (
            (h.number, h.hash, h.parent_hash, h.timestamp, h.logs_bloom),
            [tuple(log) for log in logs],
        )
        for h, logs in blocks
    ]


def _tell_of_life(channel: socket.socket, lock: threading.Lock) -> None:
    """Until nobody listens: then the process ends, whatever it is doing."""
    wait = threading.Event()
    while True:
        try:
            with lock:
                channel.sendall(_LENGTH.pack(0))
        except OSError:
            os._exit(0)
        wait.wait(_ALIVE_EVERY)


def _counts() -> tuple[float, dict[str, float]]:
    """Requests to the chain's node, and failures by kind."""
    samples = {
        counter: [s for metric in counter.collect() for s in metric.samples]
        for counter in (metrics.RPC_REQUESTS, metrics.RPC_ERRORS)
    }
    failures = {
        sample.labels["kind"]: sample.value
        for sample in samples[metrics.RPC_ERRORS]
        if sample.name.endswith("_total")
    }
    return samples[metrics.RPC_REQUESTS][0].value, failures


# ---- frames ---------------------------------------------------------------------------------


def _send(channel: socket.socket, content: Any) -> None:
    frame = marshal.dumps(content)
    channel.sendall(_LENGTH.pack(len(frame)) + frame)


def _receive(channel: socket.socket) -> Any:
    """The next frame that is not empty. Raises `OSError` when none comes in time, `EOFError` when
    the other end is closed."""
    length = 0
    while not length:
        (length,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size))
    return marshal.loads(_exactly(channel, length))  # noqa: S302 - our own process wrote it


def _exactly(channel: socket.socket, size: int) -> bytearray:
    buffer = bytearray(size)
    view, done = memoryview(buffer), 0
    while done < size:
        got = channel.recv_into(view[done:], 0, socket.MSG_WAITALL)
        if not got:
            raise EOFError
        done += got
    return buffer


if __name__ == "__main__":
    try:
        serve(socket.socket(fileno=int(sys.argv[1])))
    except (EOFError, OSError):
        sys.exit(0)  # its owner has ended
