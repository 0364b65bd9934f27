"""Break the contracts in small ways, one at a time, and see whether their tests notice.

    python -m scripts.mutation                          a fair sample of all contracts
    python -m scripts.mutation --only LinkMath --count 20
    python -m scripts.mutation --list                   the sample only, nothing is run

The working tree is never touched: a mutant's code reaches the tests as a file of artifacts. What
was found is kept in build/mutation/, so an interrupted run goes on where it stopped, until the
contracts or the tests change. The exit code is 0 when at least 95 in 100 mutants die.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from scripts.mutation import report
from scripts.mutation.compiler import Compiler, NotCompiled
from scripts.mutation.operators import Mutant
from scripts.mutation.run import Subject, Trial, baseline, load, results_file, time_limit, try_all
from scripts.mutation.sample import ordered
from scripts.mutation.suite import Suite, SuiteError, suite_files
from scripts.mutation.verdicts import Outcome, Reasons, Results

_SURVIVORS = Path(__file__).with_name("survivors.toml")
_BASELINE_SECONDS = 1800.0


class Progress:
    """A line a mutant, and on a terminal the count so far below it."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._counted = 0
        self._killed = 0

    def tell(self, mutant: Mutant, outcome: Outcome) -> None:
        self._counted += outcome.counts
        self._killed += outcome.killed
        terminal = sys.stdout.isatty()
        print(("\r\033[K" if terminal else "") + report.line_of(mutant, outcome), flush=True)
        if terminal:
            print(f"{self._counted} of {self._count}, {self._killed} killed", end="", flush=True)

    def end(self) -> None:
        if sys.stdout.isatty():
            print("\r\033[K", end="", flush=True)


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make mutation", description="Break the contracts and see whether the tests notice."
    )
    parser.add_argument("--count", type=int, default=120, help="mutants that must count (120)")
    parser.add_argument("--seed", type=int, default=1, help="another sample for another seed (1)")
    parser.add_argument(
        "--only", action="append", default=[], metavar="FILE", help="mutate this contract only"
    )
    parser.add_argument(
        "--tests", nargs="+", type=Path, default=[], metavar="FILE", help="run these tests only"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="mutants at a time (one a core)"
    )
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    parser.add_argument("--list", action="store_true", help="print the sample and run nothing")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    chosen = options(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    suite = Suite()
    try:
        return run(chosen, suite)
    except KeyboardInterrupt:
        print("\nmutation: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    except (SuiteError, NotCompiled) as error:
        print(f"mutation: {error}", file=sys.stderr)
        return 1
    finally:
        suite.stop()


def run(chosen: argparse.Namespace, suite: Suite) -> int:
    print("mutation: compiling the contracts ...", flush=True)
    with Compiler() as compiler:
        subject = load(compiler)
    everything = subject.mutants(chosen.only)
    if not everything:
        raise SuiteError(f"no such contract: {', '.join(chosen.only)}")
    candidates = ordered(everything, chosen.seed)
    if chosen.list:
        for mutant in candidates[: chosen.count]:
            print(report.described(mutant))
        print(f"mutation: {len(everything)} mutants can be made")
        return 0
    return try_sample(chosen, suite, subject, candidates)


def try_sample(
    chosen: argparse.Namespace, suite: Suite, subject: Subject, candidates: list[Mutant]
) -> int:
    files = suite_files(chosen.tests)
    print("mutation: running the tests without a mutant ...", flush=True)
    seconds = baseline(subject, suite, files, _BASELINE_SECONDS)
    limit = time_limit(seconds * chosen.jobs)
    print(
        f"mutation: they pass in {seconds:.0f} s; {chosen.count} of {len(candidates)} mutants,"
        f" {chosen.jobs} at a time, at most {limit:.0f} s each",
        flush=True,
    )
    results = Results(results_file(subject, files), fresh=chosen.fresh)
    progress = Progress(chosen.count)
    tried = try_all(
        candidates,
        chosen.count,
        Trial(subject, suite, files, limit),
        results,
        chosen.jobs,
        progress.tell,
    )
    progress.end()
    reasons = Reasons.read(_SURVIVORS)
    print()
    for block in report.survivors(tried, reasons):
        print(f"{block}\n")
    for entry in reasons.outdated(subject.mutants()):
        print(f"survivors.toml explains a mutant that cannot be made any more: {entry}")
    print(report.summary(tried))
    print(report.last_line(tried))
    return 0 if report.good_enough(tried) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
