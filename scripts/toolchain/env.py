"""The variables that every program of the toolchain runs with.

As a command it runs another one in brownie's surroundings:

    python3 scripts/toolchain/env.py brownie test tests/contracts
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a file: make `scripts` importable
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from scripts.toolchain.paths import BIN, BROWNIE_VENV, HOME

# Settings of the caller's own Python that would leak into ours.
_FOREIGN = (
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "UV_PYTHON",
    "__PYVENV_LAUNCHER__",
)


def clean_env() -> dict[str, str]:
    """The caller's environment without what belongs to another Python."""
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN}


def toolchain_env() -> dict[str, str]:
    """Adds the pinned compiler and chain: `anvil` and `node` on PATH, solc for py-solc-x."""
    env = clean_env()
    env["PATH"] = os.pathsep.join([str(BIN), env.get("PATH", os.defpath)])
    env["SOLCX_BINARY_PATH"] = str(BIN)
    return env


def brownie_env() -> dict[str, str]:
    """Adds what brownie needs.

    Brownie keeps accounts, packages and networks in `~/.brownie` and has no setting for that
    place, so it gets a home inside the checkout: nothing a user keeps can change a result.
    """
    env = toolchain_env()
    env["HOME"] = str(HOME)
    env["PATH"] = os.pathsep.join([str(BROWNIE_VENV / "bin"), env["PATH"]])
    return env


def main(command: list[str]) -> int:
    """Replace this process by `command`, run in brownie's surroundings."""
    if not command:
        sys.stderr.write("usage: env.py COMMAND [ARGUMENT...]\n")
        return 2
    HOME.mkdir(parents=True, exist_ok=True)
    env = brownie_env()
    os.environ["PATH"] = env["PATH"]  # execvpe looks the command up in the caller's PATH
    try:
        os.execvpe(command[0], command, env)
    except FileNotFoundError:
        sys.stderr.write(f"{command[0]}: not found; run `make setup` first\n")
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
