"""What a person reads of a run, and its last line for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from scripts.mutation import verdicts
from scripts.mutation.operators import Mutant
from scripts.mutation.run import Tried
from scripts.mutation.verdicts import Outcome, Reasons

GOAL = 95
"""So many in a hundred must die."""


def line_of(mutant: Mutant, outcome: Outcome) -> str:
    seconds = outcome.compile_seconds + outcome.test_seconds
    by = f"  {outcome.by.splitlines()[0]}" if outcome.by else ""
    return (
        f"{outcome.verdict:<15} {seconds:5.1f} s  {mutant.operator:<9}"
        f" {mutant.file}:{mutant.line}{by}"
    )


def described(mutant: Mutant) -> str:
    return (
        f"{mutant.file}:{mutant.line}  {mutant.operator}\n  - {mutant.before}\n  + {mutant.after}"
    )


def entry_for(mutant: Mutant) -> str:
    """What survivors.toml would say about it. Strings of JSON are strings of TOML."""
    names = ("file", "function", "line", "becomes", "reason")
    values = (*mutant.key, "")
    fields = zip(names, values, strict=True)
    return "\n".join(["[[survivor]]", *(f"{k} = {json.dumps(v)}" for k, v in fields)])


def survivors(tried: Sequence[Tried], reasons: Reasons) -> list[str]:
    """Every survivor with its reason; entries to fill in for those that have none."""
    alive = sorted(
        (m for m, outcome in tried if outcome.verdict == verdicts.SURVIVED),
        key=lambda m: (m.file, m.start),
    )
    blocks = [f"{described(m)}\n  reason: {reasons.get(m) or 'UNEXPLAINED'}" for m in alive]
    unexplained = [entry_for(m) for m in alive if not reasons.get(m)]
    if unexplained:
        blocks.append("For scripts/mutation/survivors.toml, unless a test can kill it:")
    return blocks + unexplained


def summary(tried: Sequence[Tried]) -> str:
    counts = Counter(outcome.verdict for _, outcome in tried)
    operators = Counter(m.operator for m, outcome in tried if outcome.counts)
    killed = Counter(m.operator for m, outcome in tried if outcome.killed)
    counted = [outcome for _, outcome in tried if outcome.counts]
    compiling = sum(outcome.compile_seconds for outcome in counted)
    testing = sum(outcome.test_seconds for outcome in counted)
    each = max(len(counted), 1)
    by_operator = ", ".join(
        f"{name} {killed[name]} of {n}" for name, n in sorted(operators.items())
    )
    by_verdict = ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
    return (
        f"killed: {by_operator}\n"
        f"verdicts: {by_verdict}\n"
        f"a mutant took {(compiling + testing) / each:.1f} s of one core on average:"
        f" {compiling / each:.1f} s compiling, {testing / each:.1f} s testing"
    )


def totals(tried: Sequence[Tried]) -> tuple[int, int]:
    """How many counted, and how many of those died."""
    return sum(o.counts for _, o in tried), sum(o.killed for _, o in tried)


def last_line(tried: Sequence[Tried]) -> str:
    counted, killed = totals(tried)
    return json.dumps({"mutants": counted, "killed": killed})


def good_enough(tried: Sequence[Tried]) -> bool:
    counted, killed = totals(tried)
    return counted > 0 and killed * 100 >= counted * GOAL
