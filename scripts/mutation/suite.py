"""The contracts' tests, run against given contracts until one fails."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.toolchain.env import brownie_env
from scripts.toolchain.paths import BROWNIE_VENV, ROOT

TESTS = ROOT / "tests" / "contracts"

# Which tests look at a contract first, so that most mutants die within seconds. All others follow.
_FIRST: Mapping[str, Sequence[str]] = {
    "AccountRegister": ("accounts", "statuses", "refusals"),
    "AccountRules": ("statuses", "accounts"),
    "ComplianceDesk": ("compliance", "year_end", "reversals", "annual_cycle"),
    "HolderDesk": ("holder", "trusted", "settlement", "restrictions"),
    "IssuanceDesk": ("issuance", "reversals_of_allocations", "free", "limits"),
    "LienDesk": ("liens", "encumbered"),
    "LinkGateway": ("links", "returns", "gateway"),
    "LinkLots": ("returns", "links", "gateway"),
    "LinkMath": ("arithmetic", "links", "returns"),
    "LinkTerms": ("agreements", "notice", "links"),
    "ProgrammeAuthority": ("council", "roles", "proposals"),
    "ProposalDesk": ("council", "proposals", "roles"),
    "Roles": ("roles", "council"),
    "SerialBlocks": ("serials",),
    "SerialSet": ("arithmetic", "links"),
    "Symbols": ("arithmetic", "erc1155", "links"),
    "TransactionRules": ("issuance", "uses", "reversals"),
    "TransactionTypes": ("issuance", "uses", "liens", "reversals", "links"),
    "UnitLedger": ("erc1155", "serials", "statuses", "limits", "free", "encumbered"),
    "UnitRegistry": ("issuance", "uses", "erc1155", "reversals", "refus"),
}
_LAST = "machine"  # random histories: slow, and what they find others mostly find before

# Fewer and shorter histories than `make test-contracts` tries, and always the same ones.
_FEW_HISTORIES = {"LEDGER_EXAMPLES": "5", "LEDGER_STEPS": "20"}

_PASSED, _FAILED = 0, 1  # pytest's exit codes; any other says that it could not run
_NOT_THE_CONTRACTS = re.compile(r"the chain did not start|ConnectionRefusedError|No space left")


class SuiteError(Exception):
    """The tests could not be run; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Verdict:
    passed: bool
    timed_out: bool
    first_failure: str
    seconds: float


def suite_files(chosen: Sequence[Path]) -> list[Path]:
    """The chosen test files, or all, in the usual order: small ones first."""
    files = [path.resolve() for path in chosen] or list(TESTS.glob("test_*.py"))
    return sorted(files, key=lambda path: (_LAST in path.name, path.stat().st_size, path.name))


def order_for(contract: str, files: Sequence[Path]) -> list[Path]:
    """The files with those first that look at the contract."""
    words = _FIRST.get(Path(contract).stem, ())

    def rank(path: Path) -> int:
        found = [i for i, word in enumerate(words) if word in path.name]
        return found[0] if found and _LAST not in path.name else len(words)

    return sorted(files, key=rank)


@dataclass
class Suite:
    """Starts test runs, and can end those that are under way."""

    running: set[subprocess.Popen[str]] = field(default_factory=set)
    stopped: bool = False

    def run(self, artifacts: Path, files: Sequence[Path], seconds: float) -> Verdict:
        """Run until the first failure; a run that takes longer than `seconds` is ended."""
        began = time.monotonic()
        process = self._start(artifacts, files)
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            process.communicate()
            return Verdict(False, True, "", time.monotonic() - began)
        finally:
            self.running.discard(process)
        if self.stopped:
            raise SuiteError("stopped")
        passed = process.returncode == _PASSED
        if process.returncode not in (_PASSED, _FAILED) or (
            not passed and _NOT_THE_CONTRACTS.search(output)
        ):
            raise SuiteError(f"the tests could not be run:\n{output}")
        return Verdict(passed, False, first_failure(output), time.monotonic() - began)

    def stop(self) -> None:
        self.stopped = True
        for process in list(self.running):
            _end(process)

    def _start(self, artifacts: Path, files: Sequence[Path]) -> subprocess.Popen[str]:
        if self.stopped:
            raise SuiteError("stopped")
        python = str(BROWNIE_VENV / "bin" / "python")
        options = ("-x", "-q", "--tb=line", "-p", "no:cacheprovider", "--hypothesis-seed=0")
        process = subprocess.Popen(
            [python, "-m", "pytest", *options, *map(str, files)],
            cwd=ROOT,
            env={
                **brownie_env(),
                **_FEW_HISTORIES,
                "CONTRACT_ARTIFACTS": str(artifacts),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # its chain is ended with it
        )
        self.running.add(process)
        return process


def first_failure(output: str) -> str:
    """The test that pytest's summary names first."""
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
    return found[1].removeprefix("tests/contracts/") if found else ""


def _end(process: subprocess.Popen[str]) -> None:
    """End tests that still run, and their chain."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
