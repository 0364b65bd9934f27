"""Making the Python environments from their lock files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

from scripts.toolchain.env import brownie_env, clean_env
from scripts.toolchain.paths import (
    BROWNIE_NETWORKS,
    BROWNIE_VENV,
    FUZZ_VENV,
    HOME,
    NODE_VENV,
    PROOFS_VENV,
    REQUIREMENTS,
    ROOT,
    TOOLS_VENV,
)
from scripts.toolchain.process import SetupError, run_logged

UV = TOOLS_VENV / "bin" / "uv"
BUILD_LOCK = REQUIREMENTS / "build.lock"

NETWORK_HINT = "check the network and the package index that pip is set to, then run it again"

# uv reads no pip settings: where a machine reaches packages through a mirror, hand them over.
_PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def make_tools() -> None:
    """The environment that holds the installer, made with nothing but this Python."""
    _require_venv()
    shutil.rmtree(TOOLS_VENV, ignore_errors=True)
    run_logged(
        "tools",
        [sys.executable, "-m", "venv", TOOLS_VENV],
        failure="cannot make a virtual environment",
    )
    pip_install("tools", REQUIREMENTS / "uv.lock")


def pip_install(step: str, lock: Path) -> None:
    """Install a lock file into the tools' environment, before or without uv."""
    run_logged(
        step,
        [
            *(TOOLS_VENV / "bin" / "python", "-m", "pip", "install", "--quiet"),
            *("--no-input", "--disable-pip-version-check"),
            *("--require-hashes", "--only-binary", ":all:", "--requirement", lock),
        ],
        failure=f"cannot install {lock.name}; {NETWORK_HINT}",
    )


def make_brownie() -> None:
    """The environment of scripts/ and tests/contracts/."""
    _fill("brownie", BROWNIE_VENV, REQUIREMENTS / "brownie.lock")


def make_networks() -> None:
    """Brownie's data folder with our networks; brownie adds the rest at its first start."""
    data = HOME / ".brownie"
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(BROWNIE_NETWORKS, data / "network-config.yaml")
    run_logged(
        "networks",
        [BROWNIE_VENV / "bin" / "python", "-c", "import brownie"],
        failure="brownie was installed but does not start",
        env=brownie_env(),
    )


def make_node() -> None:
    """The environment of the node and of its tests and checks."""
    _fill("node", NODE_VENV, REQUIREMENTS / "node.lock")


def make_proofs() -> None:
    """The environment of the prover and of slither."""
    _fill("proofs", PROOFS_VENV, REQUIREMENTS / "proofs.lock")


def make_fuzz() -> None:
    """The environment of schemathesis."""
    _fill("fuzz", FUZZ_VENV, REQUIREMENTS / "fuzz.lock")


def make_project() -> None:
    """The project itself in the node's environment, as it stands in the checkout."""
    run_logged(
        "project",
        [
            *(UV, "pip", "install", "--quiet", "--python", NODE_VENV / "bin" / "python"),
            *("--no-deps", "--build-constraints", BUILD_LOCK, "--editable", ROOT),
        ],
        failure=f"cannot install the project into its environment; {NETWORK_HINT}",
        env=package_env(),
    )


def site_packages(venv: Path) -> Path:
    """Where that environment keeps its packages."""
    major, minor = sys.version_info[:2]
    return venv / "lib" / f"python{major}.{minor}" / "site-packages"


def _fill(step: str, venv: Path, lock: Path) -> None:
    """Make an environment anew and install exactly what the lock file names."""
    run_logged(
        step,
        [UV, "venv", "--quiet", "--clear", "--python", sys.executable, venv],
        failure=f"cannot make the environment {venv.name}",
        env=package_env(),
    )
    run_logged(
        step,
        [
            *(UV, "pip", "install", "--quiet", "--python", venv / "bin" / "python"),
            *("--require-hashes", "--build-constraints", BUILD_LOCK, "--requirement", lock),
        ],
        failure=f"cannot install {lock.name}; {NETWORK_HINT}",
        env=package_env(),
    )


def packaging_facts() -> list[str]:
    """What of pyproject.toml decides the installed project; the rest is settings of checks."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [content["build-system"], content["project"], content["tool"]["hatch"]]
    return [json.dumps(parts, sort_keys=True)]


@cache
def package_env() -> dict[str, str]:
    """The environment for uv and npm, with pip's own settings of mirror and certificate."""
    env = clean_env()
    settings = subprocess.run(
        [TOOLS_VENV / "bin" / "python", "-m", "pip", "config", "list"],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for name, value in read_pip_settings(settings).items():
        env.setdefault(name, value)
    if "SSL_CERT_FILE" in env:
        env.setdefault("NODE_EXTRA_CA_CERTS", env["SSL_CERT_FILE"])
    # The bundled Node.js comes with its own list of certificates: add the machine's.
    env.setdefault("NODE_USE_SYSTEM_CA", "1")
    return env


def read_pip_settings(listing: str) -> dict[str, str]:
    """uv's variables for the settings that `pip config list` shows.

    A variable of the caller comes last in the listing and wins over a file, as it does in pip.
    """
    found: dict[str, str] = {}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        variable = _PIP_TO_UV.get(name.rpartition(".")[2])
        if variable and value:
            found[variable] = " ".join(value.strip("'\"").replace("\\n", " ").split())
    return found


def _require_venv() -> None:
    """Some distributions ship Python without the modules that make environments."""
    check = subprocess.run(
        [sys.executable, "-c", "import venv, ensurepip"],
        env=clean_env(),
        capture_output=True,
        check=False,
    )
    if check.returncode != 0:
        major, minor = sys.version_info[:2]
        raise SetupError(
            f"this Python ({sys.executable}) cannot make virtual environments; install its venv "
            f"package, on Debian and Ubuntu `apt-get install python{major}.{minor}-venv`"
        )
