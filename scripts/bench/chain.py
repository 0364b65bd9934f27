"""A development chain that lives as long as it is needed, and what to deploy on it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from scripts.bench.evm import GAS_LIMIT, Artifact, Chain
from scripts.chain import HOST, free_port
from scripts.compile import compile_sources, compiled_units, compiler_config, read_sources
from scripts.toolchain.env import toolchain_env
from scripts.toolchain.paths import ANVIL, ROOT

ACCOUNTS = 20
_START_SECONDS = 60.0  # a kept state is read first
_STOP_SECONDS = 60.0


def compiled_artifacts() -> dict[str, Artifact]:
    """Every contract, with those that only tests and benchmarks deploy."""
    sources = read_sources()
    for path in sorted((ROOT / "contracts" / "test").rglob("*.sol")):
        sources[path.relative_to(ROOT).as_posix()] = {"content": path.read_text(encoding="utf-8")}
    units = compiled_units(compile_sources(sources, compiler_config()), sources)
    return {
        name: Artifact(name, unit.output["abi"], unit.output["evm"]["bytecode"]["object"])
        for name, unit in units.items()
    }


@contextmanager
def development_chain(
    artifacts: Mapping[str, Artifact],
    *,
    any_code_size: bool = False,
    options: Sequence[str] = (),
) -> Iterator[Chain]:
    """An anvil of one's own, at a free port, that ends with the block.

    `options` are more words for its command line. It is told to end, and so writes its state when
    they say where to; a chain that does not end in a minute is killed.
    """
    port = free_port()
    command = [
        str(ANVIL),
        *("--host", HOST, "--port", str(port), "--silent", "--no-mining"),
        *("--hardfork", "cancun"),
        "--prune-history",  # past states would fill the disk, a gigabyte a test run
        *("--accounts", str(ACCOUNTS), "--gas-limit", str(GAS_LIMIT), "--base-fee", "0"),
        *(("--disable-code-size-limit",) if any_code_size else ()),
        *options,
    ]
    with subprocess.Popen(command, env=toolchain_env(), stdin=subprocess.DEVNULL) as process:
        try:
            yield _connect(process, f"http://{HOST}:{port}", artifacts)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            process.kill()


def _connect(
    process: subprocess.Popen[bytes], url: str, artifacts: Mapping[str, Artifact]
) -> Chain:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return Chain(url, artifacts)
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the chain did not start")
