"""The embedded chain: it keeps its blocks over restarts, and says what is in its way."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts import chain as chain_module
from scripts.chain import ChainError, EmbeddedChain, _exists, free_port, require_free, rpc


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[EmbeddedChain]:
    chain = EmbeddedChain(tmp_path)
    yield chain
    chain.stop()


def everything(url: str) -> tuple[Any, ...]:
    """All blocks with their transactions and receipts, and all logs."""
    head = int(rpc(url, "eth_blockNumber"), 16)
    heights = [hex(number) for number in range(head + 1)]
    return (
        [rpc(url, "eth_getBlockByNumber", height, True) for height in heights],
        [rpc(url, "eth_getBlockReceipts", height) for height in heights],
        rpc(url, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"}),
    )


def emit_logs(url: str, count: int) -> None:
    """Each transaction deploys a contract whose constructor emits one empty log."""
    sender = rpc(url, "eth_accounts")[0]
    for _ in range(count):
        transaction = {"from": sender, "data": "0x60006000a000", "gasPrice": "0x0"}
        hash_ = rpc(url, "eth_sendTransaction", transaction)
        while rpc(url, "eth_getTransactionReceipt", hash_) is None:
            time.sleep(0.01)


def test_blocks_and_logs_survive_restarts(chain: EmbeddedChain) -> None:
    url = chain.start()
    emit_logs(url, 5)
    before = everything(url)
    assert len(before[2]) == 5
    for _ in range(3):
        assert chain.stop()
        url = chain.start(chain.port())
        assert everything(url) == before
    emit_logs(url, 1)
    blocks, _, logs = everything(url)
    assert blocks[:-1] == before[0]
    assert blocks[-1]["parentHash"] == before[0][-1]["hash"]
    assert blocks[-1]["timestamp"] >= blocks[-2]["timestamp"]
    assert len(logs) == 6


def test_stopping_is_idempotent(chain: EmbeddedChain) -> None:
    chain.start()
    assert chain.stop()
    assert not chain.stop()
    assert chain.pid() is None


def test_a_second_start_is_refused(chain: EmbeddedChain) -> None:
    chain.start()
    with pytest.raises(ChainError, match="runs already"):
        chain.start()


def test_a_killed_chain_is_known_to_be_gone(chain: EmbeddedChain) -> None:
    chain.start()
    pid = chain.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while chain.pid() is not None:
        assert time.monotonic() < deadline, "a chain that was killed counts as running"
        time.sleep(0.01)
    assert not chain.stop()


def test_another_process_is_not_taken_for_the_chain(
    chain: EmbeddedChain,
) -> None:
    chain.start()
    chain.stop()
    record = f'{{"pid": {os.getpid()}, "port": 1, "born": 1}}'
    (chain.home / "chain.json").write_text(record, encoding="utf-8")
    assert chain.pid() is None
    assert not chain.stop()


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ChainError, match=f"port {port}, which the chain needs, is in use"):
            require_free(port)
    require_free(free_port())


def test_the_command_stops_and_starts_a_chain(
    chain: EmbeddedChain, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(chain.home)]
    assert chain_module.main(["start", *home]) == 1
    assert "run `make up` first" in capsys.readouterr().err
    chain.start()
    assert chain_module.main(["status", *home]) == 0
    assert chain_module.main(["stop", *home]) == 0
    assert chain_module.main(["status", *home]) == 3
    assert chain_module.main(["start", *home]) == 0
    assert chain_module.main(["restart", *home]) == 0
    assert capsys.readouterr().out.count("runs at") == 3


@pytest.mark.skipif(sys.platform != "linux", reason="looks at threads where Linux shows them")
def test_a_process_has_ended_when_its_last_thread_has() -> None:
    """The first thread may be a zombie while others still hold the port."""
    code = (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "ctypes.CDLL(None).pthread_exit(None)"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        status = Path(f"/proc/{process.pid}/stat")
        deadline = time.monotonic() + 20
        while " Z " not in status.read_text() and time.monotonic() < deadline:
            time.sleep(0.01)
        seen = " Z " in status.read_text(), _exists(process.pid)
        process.kill()
        process.wait()
        assert seen == (True, True)
        assert not _exists(process.pid)
