"""The demonstration: `make demo` plays it and reports; `make up` also keeps it running.

It starts an embedded chain, plays the story there, lets a node mirror it, verifies the mirror
against the contracts, prints what a person wants to see and writes `demo-report.json` into the
current directory.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Any

from scripts import report
from scripts.chain import (
    HOST,
    USUAL_HOME,
    USUAL_PORT,
    ChainError,
    EmbeddedChain,
    free_port,
    require_free,
)
from scripts.toolchain.env import brownie_env, clean_env
from scripts.toolchain.paths import BROWNIE_VENV, NODE_VENV, ROOT

PAGES_PORT = 8000
REPORT = "demo-report.json"
NODE_LOG = "node.log"

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_TONNELINK = NODE_VENV / "bin" / "tonnelink"
_READY_SECONDS = 60.0
_STOP_SECONDS = 10.0

# What a demonstration leaves in its home; anything else there is not ours to delete.
_OURS = (
    "chain-state.json",
    "chain.json",
    "chain.log",
    "brownie.log",
    NODE_LOG,
    "deployment.json",
    "story.json",
    "keys",
    "mirror.sqlite",
    "mirror.sqlite-wal",
    "mirror.sqlite-shm",
    "mirror.sqlite.lock",
)


class DemoError(Exception):
    """The demonstration cannot go on, or its result is wrong; the message is for a person."""


class Stopped(Exception):
    """Somebody asked for the end."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Play the main story on an embedded chain.")
    parser.add_argument("--serve", action="store_true", help="keep the node and its pages running")
    parser.add_argument("--home", type=Path, help="default: .tonnelink/demo, or .tonnelink")
    parser.add_argument("--port", type=int, help=f"of the node's pages; default: {PAGES_PORT}")
    parser.add_argument("--chain-port", type=int, help=f"of the ledger; default: {USUAL_PORT}")
    options = parser.parse_args(arguments)
    home: Path = options.home or (USUAL_HOME if options.serve else USUAL_HOME / "demo")
    _listen_to_signals()
    try:
        with ExitStack() as stack:
            wanted = (options.chain_port or USUAL_PORT, options.port or PAGES_PORT)
            demonstrate(home.resolve(), stack, wanted if options.serve else None)
    except Stopped:
        print("\nStopped.", file=sys.stderr)
        return 0 if options.serve else 130
    except (DemoError, ChainError, OSError) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    return 0


def demonstrate(home: Path, stack: ExitStack, serve_on: tuple[int, int] | None = None) -> None:
    """Everything; what it starts is ended by the stack.

    `serve_on`: the ports of the ledger and of the node, to keep both running there.
    """
    began = time.monotonic()
    home.mkdir(parents=True, exist_ok=True)
    stack.enter_context(_alone_in(home))
    chain = EmbeddedChain(home)
    chain.stop()  # one that an earlier run was killed without
    _require_ours(home)
    chain_port, pages_port = _ports(serve_on)
    if (home / "deployment.json").exists():
        print(f"A new world begins: what the last one left in {home} goes.")
    _clear(home)

    stack.callback(chain.stop)
    url = chain.start(chain_port)
    print(f"The embedded chain runs at {url}; its home is {home}")
    story = _play(home, url)
    with _node(home, url, pages_port) as (node, api):
        _show(home, url, api, story, began)
        if serve_on:
            print(f"\nThe node and its pages: {api.url}    The ledger: {url}")
            print("Ctrl-C ends both. `make chain-stop` and `make chain-start` act on the ledger.")
            if pages_port != PAGES_PORT:
                print(f"For `tonnelink` in another terminal: export TONNELINK_PORT={pages_port}")
            _keep_running(node, chain)
            raise DemoError(f"the node ended:\n{_tail(home / NODE_LOG)}")


def _ports(serve_on: tuple[int, int] | None) -> tuple[int, int]:
    """Fixed ones for those who come to look, free ones otherwise."""
    if serve_on is None:
        return free_port(), free_port()
    chain_port, pages_port = serve_on
    require_free(pages_port, "the node", "make up PORT=8001")
    require_free(chain_port, remedy="make up CHAIN_PORT=8546")
    return chain_port, pages_port


def _show(home: Path, url: str, api: report.Api, story: Any, began: float) -> None:
    """Verify, print and write the report; raise when anything in it is wrong."""
    verification = _verify(home, url)
    found = report.build(api, story, verification)
    print("\n".join(report.lines(found)))
    Path(REPORT).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    wrong = report.shortcomings(found)
    if wrong:
        raise DemoError("the result is not what it must be:\n  " + "\n  ".join(wrong))
    print(f"\nThe mirror and the contracts agree: {_compared(verification)}, no differences.")
    print(f"{REPORT} holds all this. Took {time.monotonic() - began:.1f} s.")


def _compared(verification: Mapping[str, Any]) -> str:
    count = sum(verification["compared"].values())
    return f"{count:,} figures compared at ledger block {verification['block_number']:,}"


# ---- the story, the node ----------------------------------------------------------------------


def _play(home: Path, url: str) -> Any:
    """Play the story in brownie's environment; its facts."""
    command = [str(BROWNIE_VENV / "bin" / "python"), "-m", "scripts.ledger", "--home", str(home)]
    environment = {**brownie_env(), "TONNELINK_RPC_URL": url, "PYTHONUNBUFFERED": "1"}
    with _child(command, cwd=ROOT, env=environment) as process:
        if process.wait() != 0:
            raise DemoError(f"the story could not be played (see above and {home}/brownie.log)")
    return json.loads((home / "story.json").read_text(encoding="utf-8"))


@contextmanager
def _node(home: Path, url: str, port: int) -> Iterator[tuple[subprocess.Popen[Any], report.Api]]:
    """A node that has mirrored all there is."""
    log_path = home / NODE_LOG
    api = report.Api(f"http://{HOST}:{port}")
    print("\nThe node mirrors the ledger")
    with (
        log_path.open("wb") as log,
        _child(
            [str(_TONNELINK), "up"],
            env=_node_env(home, url, port),
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        _wait_until_level(process, api, log_path)
        yield process, api


def _node_env(home: Path, url: str, port: int | None = None) -> dict[str, str]:
    """Only our settings: those of the caller are for the caller's own node."""
    environment = {k: v for k, v in clean_env().items() if not k.startswith("TONNELINK_")}
    environment |= {"TONNELINK_HOME": str(home), "TONNELINK_RPC_URL": url}
    if port is not None:
        environment["TONNELINK_PORT"] = str(port)
    return environment


def _wait_until_level(process: subprocess.Popen[Any], api: report.Api, log_path: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    health: Any = None
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DemoError(f"the node ended:\n{_tail(log_path)}")
        with contextlib.suppress(OSError, urllib.error.URLError):
            health = api.get("/v1/health")
            if health["lag"] == 0:
                return
        time.sleep(0.1)
    raise DemoError(f"the node is not level with the ledger after {_READY_SECONDS:.0f} s: {health}")


def _verify(home: Path, url: str) -> Any:
    """What `tonnelink verify` finds. It exits with 1 when there are differences."""
    result = subprocess.run(
        [str(_TONNELINK), "verify", "--json"],
        env=_node_env(home, url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        verification = json.loads(result.stdout)
        _ = verification["differences"]
    except (ValueError, KeyError, TypeError) as error:
        said = result.stderr or result.stdout
        raise DemoError(f"the mirror cannot be verified: {said}") from error
    return verification


def _keep_running(node: subprocess.Popen[Any], chain: EmbeddedChain) -> None:
    """Until somebody stops us, or the node ends. The chain may come and go meanwhile."""
    sys.stdout.flush()
    our_chain = chain.pid()
    while node.poll() is None:
        with contextlib.suppress(ChildProcessError):  # if it was stopped, let it go
            if our_chain is not None:
                os.waitpid(our_chain, os.WNOHANG)
        time.sleep(0.5)


def _tail(path: Path, count: int = 15) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


# ---- order in the house -----------------------------------------------------------------------


def _listen_to_signals() -> None:
    for number in _ENDING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signals give
    # Once is enough: the way out must not be interrupted.
    for other in _ENDING:
        signal.signal(other, signal.SIG_IGN)
    raise Stopped


@contextmanager
def _child(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    stdout: IO[bytes] | None = None,
    stderr: int | None = None,
) -> Iterator[subprocess.Popen[Any]]:
    """A program that ends with the block.

    In a session of its own: Ctrl-C reaches us only, and we end it in order.
    """
    sys.stdout.flush()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def _alone_in(home: Path) -> Iterator[None]:
    """One demonstration at a time in a home. The system drops the lock with the process."""
    with (home / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            other = file.read().strip() or "?"
            raise DemoError(
                f"another one runs in {home}; end it first: Ctrl-C where it runs, or kill {other}"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _require_ours(home: Path) -> None:
    """Beginning afresh deletes keys: only in a home that a demonstration made."""
    ours = any((home / name).exists() for name in ("chain.json", "chain-state.json"))
    if not ours and any((home / name).exists() for name in _OURS):
        raise DemoError(
            f"{home} holds a deployment or keys that no demonstration made; "
            "name an empty folder with --home"
        )


def _clear(home: Path) -> None:
    """Begin afresh."""
    for name in _OURS:
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
