"""How the time of a trace grows with the mirror: `make bench-trace`.

The lives of random units are asked for in a mirror of 10,000 unit blocks and in one of 1,000,000,
in turns and in one process, half of them as of a random past height. Both files are read once
before, so that what is compared is the work and not the disk: a machine that has not enough memory
for the large one (2 GB; 4 GB with MOVEMENTS=10) waits for its disk. The last line is JSON: the 99th
percentile of both in milliseconds, and their ratio, each the median of the rounds.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass
from statistics import median

from registry_node.domain.references import UnitReference
from registry_node.queries.snapshot import Reader
from registry_node.queries.trace import trace
from scripts.bench import bulk
from scripts.bench.volume import CLASSES, Volume

_WARMING = 300  # traces
_PIECE = 2**24


@dataclass(frozen=True, slots=True)
class Asked:
    """A unit, and the height that its life is told up to; None for the head."""

    reference: UnitReference
    at: int | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--traces", type=int, default=1_000, help="of each mirror in each round")
    parser.add_argument("--movements", type=int, default=bulk.MOVEMENTS, help="for each unit block")
    given = parser.parse_args()
    chance = random.Random(1)  # noqa: S311 - no secret
    small = _Mirror(bulk.small(given.movements), chance)
    large = _Mirror(bulk.large(given.movements), chance)
    for mirror in (small, large):
        mirror.warm()
    rounds = []
    for number in range(1, given.rounds + 1):
        one, other = small.measure(given.traces), large.measure(given.traces)
        rounds.append((one, other))
        print(
            f"round {number}: p50 {one[0]:.2f} and {other[0]:.2f} ms,"
            f" p99 {one[1]:.2f} and {other[1]:.2f} ms"
        )
    found = {
        "p99_small_ms": round(median(one[1] for one, _ in rounds), 3),
        "p99_large_ms": round(median(other[1] for _, other in rounds), 3),
        "ratio": round(median(other[1] / one[1] for one, other in rounds), 3),
    }
    print(json.dumps(found))


class _Mirror:
    def __init__(self, volume: Volume, chance: random.Random) -> None:
        self._chance = chance
        self._path = bulk.mirror_of(volume)
        self._reader = Reader(self._path, bulk.directory())
        with self._reader.snapshot() as snapshot:
            self._height = snapshot.height
            rows = snapshot.all("SELECT class_id, issued FROM class_total WHERE from_height = 1")
        self._issued = {row["class_id"]: row["issued"] for row in rows}

    def warm(self) -> None:
        with self._path.open("rb") as file:
            while file.read(_PIECE):
                pass
        self.measure(_WARMING)

    def measure(self, count: int) -> tuple[float, float]:
        """The median and the 99th percentile of traces of random units, in milliseconds."""
        times = []
        for asked in [self._ask() for _ in range(count)]:
            begun = time.perf_counter()
            with self._reader.snapshot(asked.at) as snapshot:
                trace(snapshot, asked.reference)
            times.append(1000 * (time.perf_counter() - begun))
        times.sort()
        return times[count // 2], times[count * 99 // 100]

    def _ask(self) -> Asked:
        class_id = self._chance.randint(1, CLASSES)
        serial = self._chance.randint(1, self._issued[class_id])
        code, symbol = bulk.registry_of(class_id), bulk.symbol_of(class_id)
        at = self._chance.choice((None, self._chance.randint(1, self._height)))
        return Asked(UnitReference(code, symbol, serial, serial), at)


if __name__ == "__main__":
    main()
