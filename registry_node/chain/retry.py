"""How long to wait before a question is asked again. Everybody who waits for the chain waits so.

The waits double from `first` to `most`. Each is drawn from the upper half of its length, so that
many nodes that lost the same chain do not come back in step. What a node asks for by Retry-After
is granted up to `patience`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Retry:
    """Lengths are in seconds. `attempts` counts the first one too."""

    attempts: int = 4
    first: float = 0.1
    most: float = 3.0
    patience: float = 60.0
    chance: Callable[[], float] = random.random

    def wait(self, failures: int, asked: float | None = None) -> float:
        """Seconds to wait after so many failures in a row, the first being 1; `asked` is what the
        node asked for."""
        length = min(self.most, self.first * 2.0 ** min(failures - 1, 30))
        drawn = length * (0.5 + 0.5 * self.chance())
        return max(drawn, min(asked or 0.0, self.patience))

    def only_once(self) -> Retry:
        """The same without a second attempt, for those who must answer at once."""
        return replace(self, attempts=1)
