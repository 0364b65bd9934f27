"""The process that reads the chain in a long backlog: it reads the same, and hangs nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from registry_node.chain import reading
from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import Deployment
from registry_node.chain.logs import LogReader, LogsIncomplete
from registry_node.chain.ranges import RangeReader
from registry_node.chain.reading import ReadingProcess
from registry_node.chain.retry import Retry
from registry_node.chain.rpc import RpcBroken, RpcBusy
from registry_node.domain.errors import Unavailable
from registry_node.indexer import mirror, runner
from registry_node.indexer.runner import Indexer
from registry_node.store.database import Database, open_writer
from scripts.chain import EmbeddedChain
from tests.support.mirrors import open_temporary

OWNER = """
import sys, time
from registry_node.chain.client import ChainClient
from registry_node.chain.logs import LogReader
from registry_node.chain.reading import ReadingProcess
client = ChainClient(sys.argv[1])
reader = ReadingProcess(client, LogReader(client.rpc, [bytes(20)]))
reader.read(0, 0)
print(reader.pid, flush=True)
time.sleep(60)
"""


def ended(pid: int) -> bool:
    """A zombie has ended, too."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
    except FileNotFoundError:
        return True
    return state.startswith("Z")


def test_it_reads_what_would_be_read_here(client: ChainClient, deployment: Deployment) -> None:
    here = RangeReader(client, LogReader(client.rpc, deployment.addresses, deployment.naming))
    there = ReadingProcess(client, LogReader(client.rpc, deployment.addresses, deployment.naming))
    first, head = deployment.start_block, client.head_number()
    try:
        for start in range(first, head, 70):
            last = min(head, start + 60)
            assert there.read(start, last) == here.read(start, last)
    finally:
        there.close()
    assert ended(there.pid)


def test_a_mirror_comes_out_the_same_and_a_lost_process_is_replaced(
    client: ChainClient,
    deployment: Deployment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_temporary(tmp_path / "here.sqlite") as database:
        expected = Indexer(client, deployment, database).sync().digest
    monkeypatch.setattr(runner, "BLOCKS_FOR_A_PROCESS", 1)
    monkeypatch.setattr(runner, "_FIRST_RANGE", 20)
    monkeypatch.setattr(runner, "_BLOCKS_AT_ONCE", 20)
    monkeypatch.setattr(mirror, "_LONG_BACKLOG", 1)
    started: list[ReadingProcess] = []

    class Watched(ReadingProcess):
        ready = True  # however long it takes to start

        def __init__(self, client: ChainClient, logs: LogReader) -> None:
            super().__init__(client, logs)
            started.append(self)

        def read(
            self, first: int, last: int, named: Iterable[bytes] = ()
        ) -> list[reading.LedgerBlock]:
            if len(started) == 1 and first > 100:
                os.kill(self.pid, signal.SIGKILL)
            return super().read(first, last, named)

    monkeypatch.setattr(runner, "ReadingProcess", Watched)
    with open_temporary(tmp_path / "there.sqlite") as database:
        indexer = Indexer(client, deployment, database)
        with pytest.raises(Unavailable, match="has ended or does not answer"):
            indexer.sync()
        # What was read before is written, and the indexes are back.
        assert (indexer.status.indexed or 0) > 60
        assert indexer.sync().digest == expected
    assert len(started) == 2
    assert all(ended(reader.pid) for reader in started)
    with open_writer(tmp_path / "there.sqlite") as database:
        assert Indexer(client, deployment, database).status.digest == expected


def test_it_stays_ready(client: ChainClient, deployment: Deployment) -> None:
    reader = ReadingProcess(client, LogReader(client.rpc, deployment.addresses, deployment.naming))
    try:
        while not reader.ready:
            time.sleep(0.05)
        for number in range(3):  # each takes in whatever it said of being alive
            reader.read(number, number)
            assert reader.ready
    finally:
        reader.close()


def test_a_height_that_is_only_claimed_leaves_the_indexes(
    client: ChainClient,
    deployment: Deployment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_temporary(tmp_path / "mirror.sqlite") as database:
        indexer = Indexer(client, deployment, database)
        chain_id, head = indexer.sync() and client.head()
        claimed = replace(head, number=head.number + 10_000, parent_hash=bytes(32))
        monkeypatch.setattr(client, "head", lambda: (chain_id, claimed))
        dropped: list[Database] = []
        monkeypatch.setattr(Database, "postpone_indexes", dropped.append)
        with pytest.raises(Unavailable):
            indexer.sync()
        assert not dropped
        assert indexer.status.indexed == head.number


def test_one_that_hangs_is_ended(
    client: ChainClient, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_SILENT_FOR", 2)
    reader = ReadingProcess(client, LogReader(client.rpc, deployment.addresses, deployment.naming))
    reader.read(0, 0)
    os.kill(reader.pid, signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(Unavailable, match="does not answer"):
        reader.read(0, 5)
    assert time.monotonic() - start < 10
    assert ended(reader.pid)


def test_it_ends_with_its_owner(session_chain: EmbeddedChain) -> None:
    command = [sys.executable, "-c", OWNER, session_chain.url()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert not ended(pid)
        owner.kill()
    deadline = time.monotonic() + 10
    while not ended(pid):
        assert time.monotonic() < deadline, "it outlives its owner"
        time.sleep(0.05)


def test_what_is_wrong_is_told_as_here(deployment: Deployment) -> None:
    client = ChainClient("http://127.0.0.1:1/secret-key", retry=Retry(attempts=1))
    reader = ReadingProcess(client, LogReader(client.rpc, deployment.addresses, deployment.naming))
    try:
        with pytest.raises(RpcBroken, match=r"127\.0\.0\.1:1 cannot be reached") as caught:
            reader.read(1, 2)
        assert "secret-key" not in str(caught.value)
        assert caught.value.hint
        command = Path(f"/proc/{reader.pid}/cmdline")
        assert not command.exists() or "secret" not in command.read_text()
    finally:
        reader.close()
    assert isinstance(reading._error("LogsIncomplete", "a", "b", None), LogsIncomplete)
    busy = reading._error("RpcBusy", "a", "b", 7.0)
    assert isinstance(busy, RpcBusy)
    assert busy.retry_after == 7.0
