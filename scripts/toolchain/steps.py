"""The steps of set-up: what each makes, from what, and after which others."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.toolchain import python_env, stamps
from scripts.toolchain.nodejs import NodeJs, bundled_node, system_node
from scripts.toolchain.paths import (
    ANVIL,
    ANVIL_VERSION,
    BIN,
    BROWNIE_NETWORKS,
    BROWNIE_VENV,
    FUZZ_VENV,
    HOME,
    NODE,
    NODE_MODULES,
    NODE_VENV,
    PROOFS_VENV,
    REQUIREMENTS,
    ROOT,
    SOLC,
    SOLC_JS,
    SOLC_VERSION,
    TOOLS_VENV,
)
from scripts.toolchain.process import SetupError, run_logged


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to make.

    `inputs` and `facts` decide whether it is current, `products` whether it is there.
    """

    name: str
    title: str
    make: Callable[[], None]
    inputs: tuple[Path, ...]
    products: tuple[Path, ...]
    after: tuple[str, ...] = ()
    facts: Callable[[], Iterable[str]] = tuple

    def key(self) -> str:
        return stamps.key_of(*self.inputs, extra=self.facts())

    def is_done(self) -> bool:
        return stamps.is_done(self.name, self.key(), self.products)

    def run(self) -> None:
        """Make it, so that it counts as done only once it is."""
        key = self.key()
        stamps.clear(self.name)
        self.make()
        missing = [path for path in self.products if not path.exists()]
        if missing:
            raise SetupError(f"{self.title}: {missing[0].relative_to(ROOT)} was not made")
        stamps.record(self.name, key)


def make_nodejs() -> None:
    """Link the Node.js that will be used; install the pinned one if the machine has none."""
    found = _find_node()
    if found is None:
        python_env.pip_install("nodejs", REQUIREMENTS / "nodejs.lock")
        found = _find_node()
    if found is None:
        raise SetupError("Node.js was installed but does not run; install Node.js 20 or newer")
    _link(NODE, found.node)


def make_packages() -> None:
    """The npm packages, exactly as locked. None needs an install script."""
    found = _find_node()
    if found is None:
        raise SetupError("Node.js has gone since set-up began; run it again")
    env = python_env.package_env().copy()
    env["PATH"] = os.pathsep.join([str(NODE.parent), env.get("PATH", os.defpath)])
    run_logged(
        "packages",
        [
            *(*found.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
            *("--loglevel=error", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"),
        ],
        failure="cannot install the npm packages; check the network and the registry that npm "
        "is set to, then run it again",
        env=env,
    )


def make_commands() -> None:
    """The compiler and the chain as commands under the names that brownie looks for."""
    _link(ANVIL, _find_anvil())
    version = run_logged(
        "commands",
        [NODE, SOLC_JS, "--version"],
        failure="the Solidity compiler does not start",
    )
    if f"Version: {SOLC_VERSION}+" not in version:
        raise SetupError(f"expected Solidity {SOLC_VERSION}, found {version.strip()!r}")
    _write_solc(version.strip())


STEPS = (
    Step(
        "tools",
        "installer (uv)",
        python_env.make_tools,
        inputs=(REQUIREMENTS / "uv.lock",),
        products=(python_env.UV,),
    ),
    Step(
        "nodejs",
        "Node.js",
        make_nodejs,
        inputs=(REQUIREMENTS / "nodejs.lock",),
        products=(NODE,),
        after=("tools",),
    ),
    Step(
        "packages",
        "compiler, chain and contract library (npm)",
        make_packages,
        inputs=(ROOT / "package-lock.json", ROOT / "package.json"),
        products=(
            NODE_MODULES / ".package-lock.json",
            NODE_MODULES / "solc" / "soljson.js",
            NODE_MODULES / "@openzeppelin" / "contracts" / "package.json",
        ),
        after=("nodejs",),
    ),
    Step(
        "commands",
        "commands solc and anvil",
        make_commands,
        inputs=(Path(__file__), SOLC_JS, ROOT / "package-lock.json"),
        products=(SOLC, ANVIL),
        after=("packages",),
    ),
    Step(
        "brownie",
        "environment of the contracts (.venv/brownie)",
        python_env.make_brownie,
        inputs=(REQUIREMENTS / "brownie.lock", python_env.BUILD_LOCK),
        products=(
            BROWNIE_VENV / "bin" / "brownie",
            BROWNIE_VENV / "bin" / "pytest",
        ),
        after=("tools",),
    ),
    Step(
        "networks",
        "brownie's networks",
        python_env.make_networks,
        inputs=(BROWNIE_NETWORKS,),
        products=(HOME / ".brownie" / "network-config.yaml",),
        after=("brownie",),
    ),
    Step(
        "node",
        "environment of the node (.venv/node)",
        python_env.make_node,
        inputs=(REQUIREMENTS / "node.lock", python_env.BUILD_LOCK),
        products=(NODE_VENV / "bin" / "python", NODE_VENV / "bin" / "pytest"),
        after=("tools",),
    ),
    Step(
        "project",
        "command tonnelink",
        python_env.make_project,
        inputs=(python_env.BUILD_LOCK,),
        facts=python_env.packaging_facts,
        products=(NODE_VENV / "bin" / "tonnelink",),
        after=("node",),
    ),
)

# Made only when `make proofs` or `make slither` is asked for.
PROOFS_STEP = Step(
    "proofs",
    "environment of the proofs (.venv/proofs)",
    python_env.make_proofs,
    inputs=(REQUIREMENTS / "proofs.lock", python_env.BUILD_LOCK),
    products=(PROOFS_VENV / "bin" / "halmos", PROOFS_VENV / "bin" / "yices-smt2"),
)

# Made only when `make fuzz` or `make test-fuzz` is asked for.
FUZZ_STEP = Step(
    "fuzz",
    "environment of the fuzzer (.venv/fuzz)",
    python_env.make_fuzz,
    inputs=(REQUIREMENTS / "fuzz.lock", python_env.BUILD_LOCK),
    products=(FUZZ_VENV / "bin" / "schemathesis",),
)


def _find_node() -> NodeJs | None:
    return system_node() or bundled_node(python_env.site_packages(TOOLS_VENV))


def _find_anvil() -> Path:
    """The chain's own program: started directly, it has no start-up cost and gets our signals."""
    for program in sorted((NODE_MODULES / "@foundry-rs").glob("anvil-*/bin/anvil")):
        return program
    # The lock covers Linux on x86-64; elsewhere the same version must be on PATH.
    own = shutil.which("anvil")
    if own is not None and Path(own) != ANVIL:
        version = run_logged("commands", [own, "--version"], failure=f"{own} does not start")
        if ANVIL_VERSION in version.partition("\n")[0]:
            return Path(own)
    raise SetupError(
        f"no anvil {ANVIL_VERSION} is locked for this platform and none is on PATH; install "
        f"Foundry {ANVIL_VERSION} and run it again"
    )


def _link(link: Path, target: Path) -> None:
    """Point `link` at `target` in one step, whatever was there."""
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def _write_solc(version: str) -> None:
    """Brownie asks for the version dozens of times; starting the compiler for it takes a second."""
    BIN.mkdir(parents=True, exist_ok=True)
    fresh = SOLC.with_name(f".{SOLC.name}.new")
    fresh.write_text(
        "#!/bin/sh\n"
        "# Written by set-up: the Solidity compiler, with its version known beforehand.\n"
        f"if [ \"$1\" = --version ]; then\n    printf '%s\\n' {shlex.quote(version)}\n"
        "    exit 0\nfi\n"
        f'exec {shlex.quote(str(NODE))} {shlex.quote(str(SOLC_JS))} "$@"\n'
    )
    fresh.chmod(0o755)
    fresh.replace(SOLC)
