"""What a class must be, as a clerk writes it: `--only project-type=forestry,wind`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from linking.attributes import NOTHING, Test
from linking.attributes import word_of as attribute_word
from registry_node.cli.periods import day
from registry_node.domain.errors import InvalidInput
from registry_node.queries.snapshot import Json

Condition = tuple[bytes, int, list[bytes]]
"""As the ledger has it: attribute, test, values."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,76}")
_MOST_CONDITIONS = 8  # as in Attributes.sol
_MOST_VALUES = 32
MISSING = "-"
"""Among the values of --only: or the class does not have the attribute."""


def conditions(
    only: Sequence[str],
    except_: Sequence[str],
    at_least: Sequence[str],
    at_most: Sequence[str],
) -> list[Condition]:
    """What the four options say together."""
    said = ((Test.ANY_OF, only), (Test.NONE_OF, except_))
    found = [_condition(test, text) for test, texts in said for text in texts]
    compared = ((Test.AT_LEAST, at_least), (Test.AT_MOST, at_most))
    found += [_comparison(test, text) for test, texts in compared for text in texts]
    if len(found) > _MOST_CONDITIONS:
        raise InvalidInput(f"{len(found)} conditions are too many.", f"At most {_MOST_CONDITIONS}.")
    return found


def _condition(test: Test, text: str) -> Condition:
    name, values = _parts(text)
    if test is Test.NONE_OF and MISSING in values:
        raise InvalidInput(
            f"'{text}' excludes nothing by '{MISSING}'.",
            "A class that does not have the attribute is not one of the values.",
        )
    if len(values) > _MOST_VALUES:
        raise InvalidInput(f"{len(values)} values are too many.", f"At most {_MOST_VALUES}.")
    return attribute(name), int(test), [NOTHING if v == MISSING else attribute(v) for v in values]


def _comparison(test: Test, text: str) -> Condition:
    name, values = _parts(text)
    number = _number(values[0]) if len(values) == 1 else None
    if number is None:
        raise InvalidInput(f"'{text}' does not compare with one number.", "Write started=20130101.")
    return attribute(name), int(test), [attribute_word(number)]


def _parts(text: str) -> tuple[str, list[str]]:
    name, equals, listed = text.partition("=")
    values = [value.strip() for value in listed.split(",")]
    if not equals or not name.strip() or not all(values):
        raise InvalidInput(
            f"'{text}' is not a condition.", "Write project-type=forestry,wind, for example."
        )
    return name.strip(), values


def attribute(text: str) -> bytes:
    """A name or value of an attribute: a number or day, else text; in quotes always text."""
    number = _number(text)
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    try:
        return attribute_word(text[1:-1] if quoted else text if number is None else number)
    except ValueError as error:  # not ASCII, or too long
        raise InvalidInput(
            f"'{text}' is not the text of an attribute.", "It has 32 ASCII characters at most."
        ) from error


def told(condition: Json) -> str:
    """A condition as people say it: "kind forestry or wind", "region not CN-XJ"."""
    values = ["none" if value is None else str(value) for value in condition["values"]]
    tests = {"any-of": "", "none-of": "not ", "at-least": "from ", "at-most": "up to "}
    return f"{condition['attribute']} {tests[condition['test']]}{' or '.join(values)}"


def _number(text: str) -> int | None:
    """A whole number, or a day as the number that stands for it: 2013-01-31 is 20130131."""
    if _DAY.fullmatch(text):
        return int(day(text).strftime("%Y%m%d"))
    return int(text) if _WHOLE.fullmatch(text) else None
