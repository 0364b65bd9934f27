"""Ends what tests started when they cannot do it themselves: they were killed, or crashed.

What a process of the tests starts inherits a mark in its environment. A watchman beside it waits
until that process is gone, and then ends all that still has the mark. It needs Linux's /proc;
elsewhere it finds nothing.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

MARK = "STARTED_BY_TESTS"

_LOOKS_EVERY = 0.5
_PATIENCE = 10.0
"""Seconds in which what is asked to end may do so."""

_watchmen: list[subprocess.Popen[bytes]] = []


def watch() -> str:
    """For what this process will start; its mark. Each process has its own."""
    mark = uuid4().hex[:12]
    environment = {name: value for name, value in os.environ.items() if name != MARK}
    _watchmen.append(  # kept, for it is not waited for
        subprocess.Popen(
            [sys.executable, "-I", __file__, mark, str(os.getpid())],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what ends the tests' group does not end it
        )
    )
    os.environ[MARK] = mark
    return mark


def folder(name: str) -> Path:
    """A new folder with a short name, which is removed too. Whoever has no watchman gets one."""
    mark = os.environ.get(MARK) or watch()
    return Path(tempfile.mkdtemp(prefix=f"{name}-{mark}-"))


def marked(mark: str) -> Iterator[int]:
    """The processes that inherited a mark."""
    wanted = f"{MARK}={mark}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it ended meanwhile, or is somebody else's
            if wanted in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)


def _end(mark: str) -> None:
    patient_until = time.monotonic() + _PATIENCE
    asked: set[int] = set()
    while left := set(marked(mark)):
        impatient = time.monotonic() > patient_until
        for process in left if impatient else left - asked:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL if impatient else signal.SIGTERM)
        asked |= left
        time.sleep(0.1)
    for path in Path(tempfile.gettempdir()).glob(f"*-{mark}-*"):
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    while os.getppid() == int(sys.argv[2]):
        time.sleep(_LOOKS_EVERY)
    _end(sys.argv[1])
