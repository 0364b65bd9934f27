"""The contracts, their syntax trees, and the code of those that a changed file reaches."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from scripts.compile import CONTRACTS, compiler_config, compiler_settings
from scripts.mutation.reach import Named
from scripts.toolchain.env import toolchain_env
from scripts.toolchain.paths import NODE, ROOT

_SERVER = ROOT / "scripts" / "mutation" / "solc_server.js"
_ANSWERS_BEFORE_RESTART = 60  # the compiler's memory grows and never shrinks

Artifacts = dict[str, dict[str, Any]]
Json = dict[str, Any]


class NotCompiled(Exception):
    """The sources are not a program; the message is the compiler's first."""


def read_contracts() -> dict[str, str]:
    """Every source under contracts/ by its path, those that only tests deploy included."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(CONTRACTS.rglob("*.sol"))
    }


def may_be_mutated(path: str) -> bool:
    """The ledger itself: neither interfaces, which have no code, nor what serves its tests."""
    return not path.startswith(("contracts/interfaces/", "contracts/test/"))


class Compiler:
    """A compiler process of one's own. One thread at a time may use it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._answers = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def trees(self, sources: Mapping[str, str]) -> dict[str, Json]:
        """The syntax tree of every source, by path."""
        answer = self._ask(sources, {"*": {"": ["ast"]}})
        return {path: answer["sources"][path]["ast"] for path in sources}

    def artifacts(self, sources: Mapping[str, str], wanted: Iterable[Named]) -> Artifacts:
        """The wanted contracts, compiled as for the ledger; the name `*` stands for all of a file.

        Only their code is made, and that is what takes the time.
        """
        selection: dict[str, dict[str, list[str]]] = {}
        for path, name in wanted:
            selection.setdefault(path, {})[name] = ["abi", "evm.bytecode.object"]
        answer = self._ask(sources, selection)
        return {
            name: {"abi": unit["abi"], "bytecode": unit["evm"]["bytecode"]["object"]}
            for path in sorted(selection)
            for name, unit in answer["contracts"].get(path, {}).items()
            if unit["evm"]["bytecode"]["object"]
        }

    def _ask(self, sources: Mapping[str, str], selection: Json) -> Json:
        settings = {**compiler_settings(compiler_config()), "outputSelection": selection}
        request = {
            "language": "Solidity",
            "sources": {path: {"content": text} for path, text in sources.items()},
            "settings": settings,
        }
        answer: Json = json.loads(self._exchange(json.dumps(request)))
        for message in answer.get("errors", ()):
            if message["severity"] == "error":
                raise NotCompiled(message["message"])
        return answer

    def _exchange(self, request: str) -> bytes:
        process = self._started()
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        process.stdin.write(request.encode() + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError("the compiler ended unexpectedly")
        self._answers += 1
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._answers >= _ANSWERS_BEFORE_RESTART:
            self._stop()
        if self._process is None:
            self._process = subprocess.Popen(
                [str(NODE), str(_SERVER)],
                cwd=ROOT,  # imports are read relative to the working directory
                env=toolchain_env(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process, self._answers = None, 0
