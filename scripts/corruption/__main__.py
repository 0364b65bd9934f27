"""Does reconciliation find every changed row, and name it?

    make corruption SEED=1 COUNT=1000
    make corruption COUNT=200 STORE=postgres

Plays a world on an embedded chain, mirrors it twice, and changes one row of one of them for each
seed, always rolled back. The last line is JSON: how many changes, how many were found, how many
named by account (or class, link, registry) and ledger block; `quick` is what the fold of the
mirror's own rows finds without the chain. Exits with 1 when one was missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from registry_node.chain.client import ChainClient
from registry_node.chain.deployment import load_deployment
from scripts.corruption.trial import Trial, open_pair
from tests.support.deployed import start_chain
from tests.support.places import Schemas
from tests.support.world import World


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, default=1, help="of the first change; default: 1")
    parser.add_argument("--count", type=int, default=1000, help="changes; default: 1000")
    parser.add_argument("--steps", type=int, default=60, help="random steps of the world")
    parser.add_argument("--postgres", action="store_true", help="a mirror in PostgreSQL")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tonnelink-corruption-") as directory:
        home = Path(directory)
        chain = start_chain(home / "chain")
        try:
            world = World.deploy(chain.url())
            world.play_everything()
            world.play_random(seed=1, steps=options.steps)
            deployment = load_deployment(world.write_deployment(home / "deployment.json"))
            client = ChainClient(chain.url())
            place = Schemas().new() if options.postgres else home / "changed.sqlite"
            with open_pair(client, deployment, place, home) as (mirror, reference):
                return _run(Trial(mirror, reference, deployment), options.seed, options.count)
        finally:
            chain.stop()


def _run(trial: Trial, seed: int, count: int) -> int:
    began = time.monotonic()
    shown = sys.stderr.isatty()

    def tell(done: int) -> None:
        if shown:
            print(f"\r{done:,} of {count:,} changes", end="", file=sys.stderr)

    outcome = trial.run(range(seed, seed + count), tell)
    if shown:
        print(file=sys.stderr)
    for missed in outcome.missed:
        print(missed)
    print(
        f"{outcome.changes:,} changes in {len(outcome.tables)} tables of {trial.rows:,} rows,"
        f" {time.monotonic() - began:.1f} s"
    )
    print(json.dumps(outcome.to_json()))
    return 0 if outcome.changes == outcome.found == outcome.named else 1


if __name__ == "__main__":
    sys.exit(main())
