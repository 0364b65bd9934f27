"""A node over a small world, as people run one: a chain, a mirror, tokens, the server's process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.deployed import start_chain
from tests.support.world import World

_PATIENCE = 60  # seconds for the node to answer
_TONNELINK = "from registry_node.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Node:
    """Where it is, and what to ask it with: a token by role, None for the public."""

    url: str
    tokens: dict[str, str | None]
    holder: str


@contextmanager
def running(home: Path) -> Iterator[Node]:
    """A node that asks for tokens, until the block ends."""
    chain = start_chain(home / "chain")
    try:
        world = World.deploy(chain.url())
        world.play_everything()
        world.write_deployment(home / "deployment.json")
        environment = {
            **os.environ,
            "TONNELINK_HOME": str(home),
            "TONNELINK_RPC_URL": chain.url(),
            "TONNELINK_PORT": str(_free_port()),
            "TONNELINK_ACCESS": "tokens",
            "TONNELINK_RATE_PUBLIC": "0",  # it is asked as fast as it answers
            "TONNELINK_RATE_TOKEN": "0",
        }
        _tonnelink(environment, "index", "--once")
        _tonnelink(environment, "statement-key", "new")
        holder = world.actors[4].lower()
        tokens = {
            "auditor": _issue(environment, "auditor"),
            "holder": _issue(environment, "holder", "--account", f"CN:{holder}"),
            "authority": _issue(environment, "authority", "--programme", "KR"),
            "public": None,
        }
        url = f"http://127.0.0.1:{environment['TONNELINK_PORT']}"
        with (home / "node.log").open("wb") as log:
            command = [sys.executable, "-c", _TONNELINK, "up"]
            server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait(url, server, home / "node.log")
            yield Node(url, tokens, holder)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)
    finally:
        chain.stop()


def ask(url: str, token: str | None = None) -> Any:
    """The JSON at an address."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  # our own node
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def _issue(environment: dict[str, str], *arguments: str) -> str:
    issued = json.loads(_tonnelink(environment, "access", "issue", *arguments, "--json"))
    return str(issued["token"])


def _tonnelink(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-c", _TONNELINK, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"fuzz: tonnelink {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            ask(f"{url}/v1/health")
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"fuzz: the node does not answer:\n{log.read_text(encoding='utf-8')}")
