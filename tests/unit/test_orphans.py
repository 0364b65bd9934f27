"""Tests that are killed leave nothing running."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import orphans

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc")

PROGRAM = """
import os, subprocess, time
from tests.support import orphans
os.environ.pop(orphans.MARK)  # of the tests that start this
folder = orphans.folder("orphans")
mark = os.environ[orphans.MARK]
subprocess.Popen(["sleep", "600"], start_new_session=True)
print(mark, folder, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_killed_tests_started_is_ended(how: signal.Signals) -> None:
    tests = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert tests.stdout is not None
    mark, folder = tests.stdout.readline().split()
    tests.stdout.close()
    assert len(list(orphans.marked(mark))) == 1
    assert Path(folder).is_dir()
    tests.send_signal(how)
    tests.wait(timeout=10)
    ends = time.monotonic() + 30
    while (left := list(orphans.marked(mark))) or Path(folder).exists():
        assert time.monotonic() < ends, left
        time.sleep(0.05)
