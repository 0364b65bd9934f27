"""What a class says of itself and what rules ask of it, as `contracts/libraries/Attributes.sol`.

Names and values are words of 32 bytes, as the ledger keeps them: two texts that differ in one byte
are two texts, whatever they are printed as.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

WORD = 32
NOTHING = bytes(WORD)

Attributes = Mapping[bytes, bytes]
"""Values by their names."""


def word_of(value: str | int) -> bytes:
    """A name or value as the ledger keeps it: text stands to the left, a number to the right."""
    if isinstance(value, int):
        return value.to_bytes(WORD, "big")
    text = value.encode("ascii")
    if len(text) > WORD:
        raise ValueError(f"{value!r} is longer than {WORD} characters")
    return text.ljust(WORD, b"\0")


def is_number(word: bytes) -> bool:
    """Text begins with a character, a number with zeros."""
    return word != NOTHING and word[0] == 0


REGION = word_of("region")
UNIT = word_of("unit")


class Test(IntEnum):
    """How a condition compares an attribute with its values."""

    ANY_OF = 0
    NONE_OF = 1
    AT_LEAST = 2
    AT_MOST = 3


@dataclass(frozen=True)
class Condition:
    """What a class must be for a rule to concern it."""

    attribute: bytes
    test: Test
    values: tuple[bytes, ...]

    def is_met_by(self, attributes: Attributes) -> bool:
        """A class that lacks the attribute meets NONE_OF, ANY_OF with zero among its values, and
        no comparison; text never meets one."""
        value = attributes.get(self.attribute, NOTHING)
        if self.test is Test.AT_LEAST:
            return is_number(value) and value >= self.values[0]
        if self.test is Test.AT_MOST:
            return is_number(value) and value <= self.values[0]
        return (value in self.values) == (self.test is Test.ANY_OF)


def conditions(words: Iterable[tuple[bytes, int, Iterable[bytes]]]) -> tuple[Condition, ...]:
    """Conditions from what the ledger says of each: attribute, number of the test, values."""
    return tuple(
        Condition(attribute, Test(test), tuple(values)) for attribute, test, values in words
    )


def meet(attributes: Attributes, conditions: Iterable[Condition]) -> bool:
    """Whether a class with these attributes meets all the conditions."""
    return all(condition.is_met_by(attributes) for condition in conditions)


def with_region(attributes: Attributes, code: str) -> Attributes:
    """The attributes abroad: a class without a region of its own has its programme's."""
    return attributes if REGION in attributes else {**attributes, REGION: word_of(code)}
