"""A run: the baseline, then mutant after mutant until enough of them have counted."""

from __future__ import annotations

import hashlib
import json
import queue
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from scripts.compile import compiler_config, compiler_settings
from scripts.mutation import verdicts
from scripts.mutation.compiler import (
    Artifacts,
    Compiler,
    Json,
    NotCompiled,
    may_be_mutated,
    read_contracts,
)
from scripts.mutation.operators import Mutant, mutants
from scripts.mutation.reach import Reach, imported
from scripts.mutation.suite import Suite, SuiteError, order_for
from scripts.mutation.verdicts import Outcome, Results
from scripts.toolchain.paths import ROOT

BUILD = ROOT / "build" / "mutation"

# A mutant gets this many times what the tests take without it before it counts as hanging.
_PATIENCE = 5
_LEAST_SECONDS = 60.0

Tried = tuple[Mutant, Outcome]


@dataclass(frozen=True, slots=True)
class Subject:
    """The contracts as they are, and what is known about them."""

    sources: dict[str, str]
    trees: dict[str, Json]
    reach: Reach
    artifacts: Artifacts

    def mutants(self, only: Sequence[str] = ()) -> list[Mutant]:
        return [
            mutant
            for path in self.sources
            if may_be_mutated(path) and (not only or _chosen(path, only))
            for mutant in mutants(path, self.sources[path], self.trees[path])
        ]


def _chosen(path: str, only: Sequence[str]) -> bool:
    return any(path == name or Path(path).stem == Path(name).stem for name in only)


def load(compiler: Compiler) -> Subject:
    """Compile the contracts; what was compiled before from the same text is remembered."""
    sources = read_contracts()
    trees = compiler.trees(sources)
    settings = compiler_settings(compiler_config())
    file = BUILD / f"contracts-{_digest(json.dumps([sources, settings]))}.json"
    if not file.exists():
        _write(file, compiler.artifacts(sources, [(path, "*") for path in sources]))
    return Subject(sources, trees, Reach(trees), json.loads(file.read_text(encoding="utf-8")))


def results_file(subject: Subject, files: Sequence[Path]) -> Path:
    """What was found counts for these contracts and these tests only."""
    watched = [
        *files,
        *(ROOT / "linking").rglob("*.py"),
        *(ROOT / "scripts" / "bench").glob("*.py"),
    ]
    watched += (ROOT / "tests" / "contracts").glob("*.py")
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in watched}
    names = [path.name for path in files]
    return (
        BUILD
        / f"results-{_digest(json.dumps([subject.artifacts, sorted(texts.items()), names]))}.jsonl"
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _write(file: Path, artifacts: Artifacts) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(artifacts), encoding="utf-8")
    part.replace(file)


@contextmanager
def _artifacts_file(artifacts: Artifacts) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tonnelink-mutant-") as folder:
        file = Path(folder) / "contracts.json"
        _write(file, artifacts)
        yield file


def baseline(subject: Subject, suite: Suite, files: Sequence[Path], limit: float) -> float:
    """Run the tests on the contracts as they are; the seconds that this takes."""
    with _artifacts_file(subject.artifacts) as file:
        verdict = suite.run(file, files, limit)
    if not verdict.passed:
        what = verdict.first_failure or f"more than {limit:.0f} s"
        raise SuiteError(f"the tests fail without any mutant: {what}")
    return verdict.seconds


def time_limit(baseline_seconds: float) -> float:
    return max(_LEAST_SECONDS, _PATIENCE * baseline_seconds)


@dataclass(frozen=True, slots=True)
class Trial:
    """How one mutant is tried."""

    subject: Subject
    suite: Suite
    files: Sequence[Path]
    limit: float

    def __call__(self, compiler: Compiler, mutant: Mutant) -> Outcome:
        began = monotonic()
        subject = self.subject
        affected = subject.reach.contracts(mutant)
        paths = {mutant.file, *(path for path, _ in affected)}
        sources = {path: subject.sources[path] for path in imported(subject.trees, paths)}
        sources[mutant.file] = mutant.applied_to(sources[mutant.file])
        try:
            reached = compiler.artifacts(sources, affected)
        except NotCompiled as error:
            return Outcome(verdicts.INVALID, str(error), monotonic() - began, 0)
        compiled = monotonic() - began
        if all(subject.artifacts.get(name) == unit for name, unit in reached.items()):
            return Outcome(verdicts.SAME, "", compiled, 0)
        with _artifacts_file({**subject.artifacts, **reached}) as file:
            verdict = self.suite.run(file, order_for(mutant.file, self.files), self.limit)
        if verdict.timed_out:
            return Outcome(verdicts.TIMEOUT, "", compiled, verdict.seconds)
        name = verdicts.SURVIVED if verdict.passed else verdicts.KILLED
        return Outcome(name, verdict.first_failure, compiled, verdict.seconds)


def try_all(
    candidates: Sequence[Mutant],
    count: int,
    trial: Trial,
    results: Results,
    jobs: int,
    tell: Callable[[Mutant, Outcome], None],
) -> list[Tried]:
    """Try candidates in their order until `count` of them have counted, several at a time.

    No candidate is begun that might turn out not to be needed, so the mutants that count do not
    depend on the number of jobs.
    """
    found: list[Tried] = []
    waiting = iter(candidates)
    exhausted = False
    with ExitStack() as stack:
        idle: queue.SimpleQueue[Compiler] = queue.SimpleQueue()
        for _ in range(jobs):
            idle.put(stack.enter_context(Compiler()))
        # Entered last and so left first: no compiler ends while it is in use.
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        stack.callback(trial.suite.stop)

        def attempt(mutant: Mutant) -> Tried:
            known = results.get(mutant)
            if known is None:
                compiler = idle.get()
                try:
                    known = trial(compiler, mutant)
                finally:
                    idle.put(compiler)
                results.add(mutant, known)
            return mutant, known

        running: set[Future[Tried]] = set()
        while True:
            counted = sum(outcome.counts for _, outcome in found)
            while not exhausted and len(running) < jobs and counted + len(running) < count:
                mutant = next(waiting, None)
                if mutant is None:
                    exhausted = True
                else:
                    running.add(pool.submit(attempt, mutant))
            if not running:
                return found
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                found.append(future.result())
                tell(*found[-1])
