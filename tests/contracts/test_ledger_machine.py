"""The whole ledger against its shadow: any sequence of steps, allowed or refused.

One machine drives three programmes and the links between them: accounts, authority, issuance,
compliance, liens, holders' requests, links and time. After each step that is allowed, whatever
changed is read back from the contracts, and all ten invariants are checked.

    LEDGER_EXAMPLES, LEDGER_STEPS   about how many histories, of how many steps (a longer search, of
                                    other histories each time; without them they are the same)
    LEDGER_COUNTS=1                 print how often each step was done and refused (pytest -s)
"""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contracts.actors import World
from tests.contracts.machine_beginning import CREDIT
from tests.contracts.machine_checks import Checks
from tests.contracts.machine_rules import LedgerMachine
from tests.contracts.machine_stock import Stock
from tests.contracts.words import class_id

EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "2"))
STEPS = int(os.environ.get("LEDGER_STEPS", "500"))
SHORT = 11  # Hypothesis begins with about so many histories of very few steps


def test_ledger_follows_its_shadow(world: World) -> None:
    """Invariants 1 to 10, over random histories."""
    start = Stock(world)
    start.fill()
    reader = world.chain.deploy("LedgerReader")
    counts: Counter[tuple[str, str]] = Counter()
    lengths: list[int] = []
    parts = {
        "world": world,
        "checks": Checks(world, reader, start.at, start.holders, start.shadow),
        "beginning": start.pickled(),
        "people": start.people,
        "names": start.names,
        "home_classes": start.home_classes,
        "credit_class": class_id(CREDIT),
        "contracts": start.contracts,
        "at": start.at,
        "editions": start.editions,
        "selectors": start.selectors,
        "counts": counts,
        "lengths": lengths,
    }
    run_state_machine_as_test(
        type("Machine", (LedgerMachine,), parts),
        settings=settings(
            max_examples=SHORT + EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize="LEDGER_EXAMPLES" not in os.environ,
            suppress_health_check=HealthCheck.all(),
        ),
    )
    assert sum(lengths) > STEPS
    if os.environ.get("LEDGER_COUNTS"):
        print(f"{len(lengths)} histories: {lengths}")
        for (step, end), times in sorted(counts.items()):
            print(f"{step:32} {end:32} {times}")
