"""The environment of the proofs, made when it is first needed, and running programs in it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from scripts.toolchain.env import toolchain_env
from scripts.toolchain.paths import BIN, HOME, PROOFS_VENV, ROOT
from scripts.toolchain.steps import PROOFS_STEP


def make() -> None:
    """Install what is locked, unless it is there."""
    if not PROOFS_STEP.is_done():
        from scripts.toolchain.runner import set_up

        if set_up([PROOFS_STEP]) != 0:
            raise SystemExit(1)
    # The prover asks forge to compile; here the proofs are compiled already.
    forge = BIN / "proofs" / "forge"
    forge.parent.mkdir(parents=True, exist_ok=True)
    forge.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    forge.chmod(0o755)


def run(
    command: Sequence[str | Path], folder: Path, text: str = "", seconds: float | None = None
) -> str:
    """What a program prints, in `folder`; with the programs it started it ends when time is up."""
    HOME.mkdir(parents=True, exist_ok=True)
    env = toolchain_env()
    places = [BIN / "proofs", PROOFS_VENV / "bin", env["PATH"]]
    env |= {"HOME": str(HOME), "PATH": os.pathsep.join(map(str, places)), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if seconds is not None else None,
        text=True,
        start_new_session=True,
    ) as program:
        try:
            return program.communicate(text, timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            return ""
        finally:
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGKILL)
