"""make chaos: seeds played one after another; a failing one says how to replay it.

    python -m scripts.chaos --seed 7              one seed
    python -m scripts.chaos --seed 1 --count 1000 a thousand of them
    python -m scripts.chaos --seed 7 --verbose    one seed, request by request
    python -m scripts.chaos --seed 7 --postgres   one seed, in PostgreSQL

The last line is JSON. The exit code is 1 when a seed failed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from scripts.chaos.simulation import Outcome, Simulation, beginning
from scripts.toolchain.paths import ROOT
from tests.support.places import Schemas

_LAST_LINES = 30


def play(seed: int, database: str | None = None) -> tuple[Outcome, BaseException | None]:
    """One seed, and what it found. The mirror is in a file of its own unless a place is given."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        simulation = Simulation(seed, Path(folder), database)
        found: BaseException | None = None
        try:
            simulation.play()
        except Exception as error:  # noqa: BLE001 - whatever it is, the seed failed
            found = error
            log = Path(folder) / "node.log"
            said = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
            simulation.outcome.trace += ["-- what the node said:", *said]
        return simulation.outcome, found


def explain(outcome: Outcome, found: BaseException, *, on_server: bool = False) -> str:
    """What a person needs to look into a failing seed."""
    path = ROOT / "build" / "chaos" / f"seed-{outcome.seed}.log"
    path.write_text("\n".join(outcome.trace) + "\n", encoding="utf-8")
    return "\n".join(
        (
            f"seed {outcome.seed} FAILED: {type(found).__name__}: {found}",
            *(f"    {line}" for line in outcome.trace[-_LAST_LINES:]),
            f"    the whole story: {path}",
            f"replay it: make chaos SEED={outcome.seed}{' STORE=postgres' if on_server else ''}",
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Play seeds of faults against a node.")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--count", type=int, default=1, help="how many seeds from there on (1)")
    parser.add_argument("--verbose", action="store_true", help="tell every request and event")
    parser.add_argument("--postgres", action="store_true", help="the mirror is in PostgreSQL")
    options = parser.parse_args()
    schemas = Schemas() if options.postgres else None
    began = time.monotonic()
    beginning()
    failed: list[int] = []
    events: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.count):
        outcome, found = play(seed, str(schemas.new()) if schemas else None)
        events.update(outcome.events)
        faults.update(outcome.faults)
        if options.verbose:
            print("\n".join(outcome.trace))
        if found is not None:
            failed.append(seed)
            print(explain(outcome, found, on_server=options.postgres), flush=True)
        else:
            print(
                f"seed {seed}: the same as a fresh mirror at {outcome.head}; {outcome.requests}"
                f" requests, {outcome.starts} starts, {sum(outcome.faults.values())} faults,"
                f" {outcome.seconds:.1f} s",
                flush=True,
            )
    if schemas:
        schemas.drop()
    for title, counted in (("events", events), ("faults", faults)):
        print(f"{title}: " + ", ".join(f"{name} {n}" for name, n in sorted(counted.items())))
    summary = {
        "seeds": options.count,
        "first": options.seed,
        "failed": failed,
        "faults": faults.total(),
        "events": events.total(),
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(summary))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
