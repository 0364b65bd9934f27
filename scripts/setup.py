"""Make everything the project needs, in the checkout: `python3 scripts/setup.py`.

Nothing outside the checkout is changed. What has been made stays; running it again repairs what
is missing or out of date, and takes a few hundredths of a second when nothing is.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 13)


def use_supported_python() -> None:
    """Go on under a Python that the lock files cover, or say which one to install."""
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return
    for minor in range(NEWEST_PYTHON[1], OLDEST_PYTHON[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other is not None:
            os.execv(other, [other, *sys.argv])
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(
        f"set-up: Python 3.11, 3.12 or 3.13 is needed and this is {found}; install one of them "
        "and run `make PYTHON=python3.13 ...`"
    )


if __name__ == "__main__":
    use_supported_python()

sys.path[0] = str(Path(__file__).resolve().parents[1])

from scripts.toolchain import stamps
from scripts.toolchain.steps import STEPS

USAGE = """usage: setup.py [--quiet | --check | --force]

  --quiet   say nothing when there is nothing to do
  --check   make nothing; exit 1 if something is missing or out of date
  --force   make everything anew
"""


def main(arguments: list[str]) -> int:
    """Check the stamps; only when something is to be done load the rest."""
    if not set(arguments) <= {"--quiet", "--check", "--force"}:
        sys.stderr.write(USAGE)
        return 2
    if "--force" in arguments:
        for step in STEPS:
            stamps.clear(step.name)
    missing = [step for step in STEPS if not step.is_done()]
    if "--check" in arguments:
        for step in missing:
            print(f"set-up: {step.title}: missing or out of date")
        return 1 if missing else 0
    if not missing:
        if "--quiet" not in arguments:
            print("set-up: everything is in place")
        return 0

    from scripts.toolchain.runner import set_up

    return set_up(STEPS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
