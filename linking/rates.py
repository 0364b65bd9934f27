"""The arithmetic of links, integer for integer that of `contracts/libraries/LinkMath.sol`.

A rate is destination units per source unit. In a lot, source unit `i` and foreign unit `j` lie on
one line: foreign unit `j` covers [j, j + 1), source unit `i` covers [i x rate, (i + 1) x rate).
Units that overlap are twins. Each name says which way its result is rounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

# The ledger keeps each part of a rate in 64 bits and each quantity in 40.
LARGEST_PART = 2**64 - 1
LARGEST_QUANTITY = 2**40 - 1

_FRACTION = re.compile(r"(?P<numerator>[0-9]+)/(?P<denominator>[0-9]+)", re.ASCII)
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


class InvalidRate(ValueError):
    """A text or a pair of numbers that is no exchange rate."""


@dataclass(frozen=True)
class Rate:
    """An exact exchange rate, above zero. Kept as it was agreed: 2/4 is not shortened to 1/2."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        for part in (self.numerator, self.denominator):
            if not 1 <= part <= LARGEST_PART:
                raise InvalidRate(
                    f"each part of a rate must be from 1 to {LARGEST_PART}, not {part}"
                )

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read "2/3", "0.85" or "1"."""
        text = text.strip()
        fraction = _FRACTION.fullmatch(text)
        if fraction is not None:
            return cls(int(fraction["numerator"]), int(fraction["denominator"]))
        if _DECIMAL.fullmatch(text) is None:
            raise InvalidRate(f"{text!r} is no rate; write it as 2/3, 0.85 or 1")
        exact = Fraction(text)
        return cls(exact.numerator, exact.denominator)

    def __str__(self) -> str:
        return (
            str(self.numerator) if self.denominator == 1 else f"{self.numerator}/{self.denominator}"
        )

    def as_fraction(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)


def convert_down(source: int, rate: Rate) -> int:
    """Destination units for `source` units: floor(source x rate)."""
    return source * rate.numerator // rate.denominator


def least_source(destination: int, rate: Rate) -> int:
    """The least source quantity that yields `destination`: ceil(destination / rate)."""
    return divide_up(destination * rate.denominator, rate.numerator)


def twins_at_source(start: int, end: int, source_count: int, rate: Rate) -> tuple[int, int]:
    """The source units [low, high) of a lot that overlap its foreign units [start, end).

    The last source unit of a lot may reach past its last foreign unit.
    """
    low = start * rate.denominator // rate.numerator
    high = divide_up(end * rate.denominator, rate.numerator)
    return low, min(high, source_count)


def twins_abroad(i: int, foreign_count: int, rate: Rate) -> tuple[int, int]:
    """The foreign units [low, high) of a lot that overlap its source unit `i`."""
    low = i * rate.numerator // rate.denominator
    high = divide_up((i + 1) * rate.numerator, rate.denominator)
    return low, min(high, foreign_count)


def divide_up(dividend: int, divisor: int) -> int:
    """ceil(dividend / divisor)."""
    return -(-dividend // divisor)
