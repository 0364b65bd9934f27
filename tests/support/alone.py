"""The command on another machine: an empty folder, no home, no network and no database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

ALONE = """
import socket, sqlite3
from registry_node.cli import main
import registry_node.cli.main
def shut(*_, **__):
    raise RuntimeError("there is no network and no database here")
socket.socket.__init__ = socket.getaddrinfo = sqlite3.connect = shut
main()
"""


def alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Runs the command in a folder, without a home, with network and databases shut."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"}
    return subprocess.run(
        [sys.executable, "-P", "-c", ALONE, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
