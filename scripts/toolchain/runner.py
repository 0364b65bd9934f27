"""Running the steps: side by side where they allow it, one set-up at a time."""

from __future__ import annotations

import fcntl
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from scripts.toolchain.paths import LOGS, TOOLCHAIN
from scripts.toolchain.process import SetupError
from scripts.toolchain.steps import Step


class Progress:
    """Says what happens and how long it has taken, one line each."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._mutex = threading.Lock()

    def say(self, text: str) -> None:
        elapsed = time.monotonic() - self._began
        with self._mutex:
            print(f"set-up {elapsed:6.1f}s  {text}", flush=True)


def set_up(steps: Sequence[Step]) -> int:
    """Make whatever is missing; the exit status."""
    progress = Progress()
    try:
        with _only_one(progress):
            shutil.rmtree(LOGS, ignore_errors=True)
            _run(steps, progress)
    except SetupError as error:
        sys.stdout.flush()
        print(f"set-up failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up interrupted; run it again to go on", file=sys.stderr)
        return 130
    progress.say("done")
    return 0


def _run(steps: Sequence[Step], progress: Progress) -> None:
    """Run the steps, each as soon as those before it are done; raise the first failure."""
    futures: dict[str, Future[None]] = {}

    def perform(step: Step) -> None:
        for name in step.after:
            futures[name].result()
        if step.is_done():
            return
        began = time.monotonic()
        progress.say(f"{step.title} ...")
        step.run()
        progress.say(f"{step.title}: made in {time.monotonic() - began:.1f} s")

    # One thread for each step: a step that waits for another must not keep it from running.
    with ThreadPoolExecutor(max_workers=len(steps)) as pool:
        for step in steps:
            futures[step.name] = pool.submit(perform, step)
        wait(futures.values())
    for step in steps:
        futures[step.name].result()


@contextmanager
def _only_one(progress: Progress) -> Iterator[None]:
    """Let one set-up work in a checkout; a second waits and then finds the work done.

    The system drops the lock with the process, so a set-up that was killed blocks nobody.
    """
    TOOLCHAIN.mkdir(parents=True, exist_ok=True)
    with (TOOLCHAIN / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say("another set-up is at work here; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
