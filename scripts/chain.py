"""The embedded chain: one anvil with its state in a home directory.

    python -m scripts.chain start      start it, from its saved state
    python -m scripts.chain stop       stop it and keep its state
    python -m scripts.chain restart    both
    python -m scripts.chain status

Anvil writes its state when it is told to end, and every few seconds before that. From the state
come back the blocks with their hashes, the transactions, receipts and logs, and the state of the
contracts at the latest block (not at older ones).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.toolchain.env import toolchain_env
from scripts.toolchain.paths import ANVIL, ROOT

HOST = "127.0.0.1"
CHAIN_ID = 31337
USUAL_PORT = 8545
USUAL_HOME = ROOT / ".tonnelink"

_START_SECONDS = 20.0
_STOP_SECONDS = 20.0
_SAVE_EVERY_SECONDS = 5
_OWN_PORTS = range(20_000, 32_000)


class ChainError(Exception):
    """The chain cannot be started or stopped; the message is for a person."""


@dataclass(frozen=True, slots=True)
class EmbeddedChain:
    """The chain of one home directory. Whoever knows the home can stop and restart it."""

    home: Path

    @property
    def state_file(self) -> Path:
        return self.home / "chain-state.json"

    @property
    def log_file(self) -> Path:
        return self.home / "chain.log"

    @property
    def _record(self) -> Path:
        """Process and port of the running chain, or of the one that ran last."""
        return self.home / "chain.json"

    def port(self) -> int | None:
        """The port it runs at, or ran at last."""
        record = self._read()
        return record["port"] if record else None

    def url(self) -> str:
        port = self.port()
        if port is None:
            raise ChainError(f"no chain has been started in {self.home}; run `make up` first")
        return f"http://{HOST}:{port}"

    def pid(self) -> int | None:
        """The running chain's process, if there is one."""
        record = self._read()
        if record is None or not _is_chain(record["pid"], self.state_file):
            return None
        return int(record["pid"])

    def start(self, port: int | None = None) -> str:
        """Start it and wait until it answers. With no port: any free one.

        It gets a session of its own, so that Ctrl-C at the terminal reaches its owner only, who
        then stops it in order.
        """
        if self.pid() is not None:
            raise ChainError(f"the chain of {self.home} runs already at {self.url()}")
        if not ANVIL.exists():
            raise ChainError("the chain is not installed; run `make setup` first")
        port = free_port() if port is None else port
        require_free(port)
        self.home.mkdir(parents=True, exist_ok=True)
        born = self._born()
        with self.log_file.open("ab") as log:
            process = subprocess.Popen(
                self._command(port, born),
                cwd=self.home,
                env=toolchain_env(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        url = f"http://{HOST}:{port}"
        try:
            record = {"pid": process.pid, "port": port, "born": born}
            self._record.write_text(json.dumps(record), encoding="utf-8")
            _wait_for_answer(process, url)
            rpc(url, "anvil_setTime", hex(int(time.time())))
        except BaseException:  # Ctrl-C too: leave no process behind
            process.kill()
            process.wait()
            raise
        return url

    def stop(self) -> bool:
        """Stop it, with its state saved; whether it was running."""
        pid = self.pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        if not _wait_for_end(pid):
            os.kill(pid, signal.SIGKILL)
            _wait_for_end(pid)
        return True

    def _born(self) -> int:
        """The time of the genesis block.

        Anvil makes a new genesis block at every start. It is the old one only if it is given the
        old one's time; the clock then has to be set right once anvil runs.
        """
        record = self._read()
        if record is not None and self.state_file.exists():
            return record["born"]
        return int(time.time())

    def _command(self, port: int, born: int) -> list[str]:
        return [
            str(ANVIL),
            *("--host", HOST, "--port", str(port), "--chain-id", str(CHAIN_ID)),
            *("--hardfork", "cancun", "--timestamp", str(born), "--silent"),
            # A registry's ledger is not a market for gas: transactions cost nothing here.
            *("--gas-price", "0", "--base-fee", "0", "--disable-min-priority-fee"),
            *("--state", str(self.state_file), "--state-interval", str(_SAVE_EVERY_SECONDS)),
        ]

    def _read(self) -> dict[str, int] | None:
        try:
            record: Any = json.loads(self._record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise ChainError(f"{self._record} is damaged; delete it") from error
        if not isinstance(record, dict) or not all(isinstance(v, int) for v in record.values()):
            raise ChainError(f"{self._record} is damaged; delete it")
        return dict(record)


def rpc(url: str, method: str, *params: object) -> Any:
    """One JSON-RPC request; the result."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(  # noqa: S310 - the URL is our own
        url, body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        answer = json.load(response)
    if "error" in answer:
        raise ChainError(f"{method}: {answer['error'].get('message')}")
    return answer["result"]


def free_port() -> int:
    """A port that nothing has now.

    From below those that the system gives to outgoing connections: a chain that restarts on its
    port would sometimes find it taken by one of them.
    """
    for port in random.sample(_OWN_PORTS, len(_OWN_PORTS)):
        with contextlib.suppress(ChainError):
            require_free(port)
            return port
    raise ChainError(f"no port from {_OWN_PORTS[0]} to {_OWN_PORTS[-1]} is free")


def require_free(port: int, what: str = "the chain", remedy: str = "") -> None:
    """Refuse a port that another program has; `remedy` is a command that takes another one."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still dying is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ChainError(
                f"port {port}, which {what} needs, is in use by another program; "
                "stop that program" + (f", or take another port: `{remedy}`" if remedy else "")
            ) from error


def _wait_for_answer(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ChainError(f"the chain ended at once (exit {process.returncode}); see its log")
        with contextlib.suppress(OSError):
            rpc(url, "eth_chainId")
            return
        time.sleep(0.05)
    raise ChainError(f"the chain did not answer within {_START_SECONDS:.0f} s")


def _wait_for_end(pid: int) -> bool:
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline:
        # When it is our own child it stays in the process table until we ask how it ended.
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG) != (0, 0):
                return True
        if not _exists(pid):
            return True
        time.sleep(0.02)
    return False


def _exists(pid: int) -> bool:
    """Whether it runs; a zombie has ended and only waits to be asked how.

    Unless other threads of it still end: until the last has ended, they hold its port.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _state_of(pid).startswith("Z") or _threads_of(pid) > 1


def _is_chain(pid: int, state_file: Path) -> bool:
    """Whether that process is this home's chain: numbers of processes are used again."""
    return _exists(pid) and str(state_file) in _command_of(pid)


def _state_of(pid: int) -> str:
    with contextlib.suppress(OSError):  # Linux
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2]
    return _ps(pid, "stat=")


def _threads_of(pid: int) -> int:
    with contextlib.suppress(OSError):  # Linux
        return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
    return 1


def _command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    return _ps(pid, "command=")


def _ps(pid: int, column: str) -> str:
    """For systems without /proc."""
    command = ["ps", "-ww", "-o", column, "-p", str(pid)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Start and stop the embedded chain.")
    parser.add_argument("action", choices=["start", "stop", "restart", "status"])
    parser.add_argument("--home", type=Path, default=USUAL_HOME)
    parser.add_argument("--port", type=int, help="default: the port it had last, else 8545")
    options = parser.parse_args(arguments)
    try:
        return _act(EmbeddedChain(options.home.resolve()), options.action, options.port)
    except ChainError as error:
        print(f"chain: {error}", file=sys.stderr)
        return 1


def _act(chain: EmbeddedChain, action: str, port: int | None) -> int:
    if action == "status":
        running = chain.pid() is not None
        print(f"chain: runs at {chain.url()}" if running else "chain: is not running")
        return 0 if running else 3
    if action in ("stop", "restart"):
        print("chain: stopped" if chain.stop() else "chain: was not running")
    if action in ("start", "restart"):
        if not chain.state_file.exists():
            raise ChainError(f"there is no chain in {chain.home}; run `make up` first")
        url = chain.start(port or chain.port() or USUAL_PORT)
        print(f"chain: runs at {url}, block {int(rpc(url, 'eth_blockNumber'), 16)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
