"""Running the programs that set-up needs, with their output kept in a log."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.toolchain.env import clean_env
from scripts.toolchain.paths import LOGS, ROOT

_LONGEST_REASON = 240


class SetupError(Exception):
    """Set-up cannot go on; the message says why and what to do about it."""


def run_logged(
    step: str,
    command: Sequence[str | Path],
    *,
    failure: str,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run `command` for `step` and return its standard output.

    Output is appended to the step's log. A command that fails becomes a SetupError that gives
    `failure`, the last thing the command said and where to read the rest.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log_path = LOGS / f"{step}.log"
    words = [str(word) for word in command]
    try:
        result = subprocess.run(
            words,
            cwd=ROOT,
            env=dict(clean_env() if env is None else env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise SetupError(f"{failure}: cannot run {words[0]} ({error.strerror})") from error
    with log_path.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(words)}\n{result.stdout}{result.stderr}")
        log.write(f"[exit {result.returncode}]\n")
    if result.returncode != 0:
        reason = _reason(result.stderr) or _reason(result.stdout) or f"exit {result.returncode}"
        raise SetupError(f"{failure}: {reason} (full output: {log_path.relative_to(ROOT)})")
    return result.stdout


def _reason(output: str) -> str:
    """The line of `output` that says most: the last that gives a cause, else the last."""
    lines = [" ".join(line.split()) for line in output.splitlines() if line.strip()]
    lines = [line for line in lines if "complete log of this run" not in line]
    for sign in ("reason:", "cause:", "error"):
        telling = [line for line in lines if sign in line.lower()]
        if telling:
            lines = telling
            break
    return textwrap.shorten((lines or [""])[-1], _LONGEST_REASON, placeholder=" ...")
