"""A signal that comes at the worst moment ends the node all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

from registry_node.cli.stopping import stopping

# The main thread has the event's own lock, as it has while it looks whether to stop.
WORST = """
import os, signal, threading, time
from registry_node.cli.stopping import stopping
stop = threading.Event()
with stopping(stop):
    with stop._cond:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
    assert stop.wait(10)
"""


def test_a_signal_while_the_event_is_looked_at_does_not_hang_the_node() -> None:
    subprocess.run([sys.executable, "-c", WORST], check=True, timeout=20)


def test_signals_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    stop = threading.Event()
    with stopping(stop):
        assert signal.getsignal(signal.SIGTERM) is not before
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(10)
    assert signal.getsignal(signal.SIGTERM) is before
    deadline = time.monotonic() + 5
    while any("stopping" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < deadline
