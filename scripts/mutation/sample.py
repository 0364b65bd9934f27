"""Which mutants are tried: the same ones for the same seed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from math import sqrt

from scripts.mutation.operators import Mutant


def ordered(mutants: Iterable[Mutant], seed: int) -> list[Mutant]:
    """All mutants, so ordered that any beginning of the list is a fair sample.

    Every operator in every file is a group. A group's share in a beginning of the list grows with
    the square root of its size: many of the common kind, and some of each rare one. The order
    within a group depends on the mutants' text and the seed, so that a change elsewhere in the
    contracts changes little of the sample.
    """
    groups: dict[tuple[str, str], list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        groups[mutant.file, mutant.operator].append(mutant)
    placed: list[tuple[float, str, int, Mutant]] = []
    for name, group in groups.items():
        offset = _fraction(seed, *name)
        shuffled = sorted(group, key=lambda m: (_fraction(seed, *m.key, m.replacement), m.start))
        step = 1 / sqrt(len(group))
        placed += [((i + offset) * step, m.file, m.start, m) for i, m in enumerate(shuffled)]
    return [m for *_, m in sorted(placed, key=lambda item: (item[:3], item[3].replacement))]


def _fraction(seed: int, *words: str) -> float:
    """A number in [0, 1) that the words decide."""
    text = "\0".join((str(seed), *words))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48
