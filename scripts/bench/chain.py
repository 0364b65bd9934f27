"""A development chain that lives as long as it is needed, and what to deploy on it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from scripts.artifacts import Artifact
from scripts.bench.evm import GAS_LIMIT, Chain
from scripts.chain import HOST, free_port
from scripts.compile import compile_sources, compiled_units, compiler_config
from scripts.toolchain.env import toolchain_env
from scripts.toolchain.paths import ANVIL, ROOT

ACCOUNTS = 20
REFERENCE = "PlainERC1155"
_START_SECONDS = 60.0  # a kept state is read first
_STOP_SECONDS = 60.0


def reference_token() -> Artifact:
    """OpenZeppelin's ERC-1155, compiled with the ledger's settings."""
    path = f"contracts/test/{REFERENCE}.sol"
    sources = {path: {"content": (ROOT / path).read_text(encoding="utf-8")}}
    unit = compiled_units(compile_sources(sources, compiler_config()), sources)[REFERENCE]
    return Artifact(REFERENCE, unit.output["abi"], unit.output["evm"]["bytecode"]["object"])


@contextmanager
def development_chain(
    artifacts: Mapping[str, Artifact],
    *,
    any_code_size: bool = False,
    fork: str = "cancun",
    options: Sequence[str] = (),
) -> Iterator[Chain]:
    """An anvil of one's own, at a free port, that ends with the block.

    `fork` names the rules of its EVM; "prague" knows delegated accounts (EIP-7702).
    `options` are more words for its command line. It is told to end, and so writes its state when
    they say where to; a chain that does not end in a minute is killed.
    """
    port = free_port()
    command = [
        str(ANVIL),
        *("--host", HOST, "--port", str(port), "--silent", "--no-mining"),
        *("--hardfork", fork),
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
