"""What classes say of themselves and what rules ask of them, as a person reads it.

A word of the ledger is text, a number, or neither. Text is shown as it is, a number as a number,
and anything else in hexadecimal digits, so that two words never look alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from linking.attributes import NOTHING, Attributes, Test, conditions
from registry_node.queries.snapshot import Json, Snapshot, hexed

TESTS = {
    Test.ANY_OF: "any-of",
    Test.NONE_OF: "none-of",
    Test.AT_LEAST: "at-least",
    Test.AT_MOST: "at-most",
}

Value = str | int


def attributes_of(snapshot: Snapshot, class_id: int) -> Attributes:
    """The attributes of a class."""
    return all_attributes(snapshot).get(class_id, {})


def all_attributes(snapshot: Snapshot) -> Mapping[int, Attributes]:
    """Those of every class, of which there are few."""

    def find() -> Mapping[int, Attributes]:
        found: dict[int, dict[bytes, bytes]] = defaultdict(dict)
        order = "SELECT class_id, attribute, word FROM class_attribute ORDER BY class_id, attribute"
        for row in snapshot.all(order):
            found[row["class_id"]][row["attribute"]] = row["word"]
        return found

    known: Mapping[int, Attributes] = snapshot.once(("attributes",), find)
    return known


def shown_attributes(attributes: Attributes) -> dict[str, Value]:
    """By name."""
    return {str(shown(name)): shown(word) for name, word in attributes.items()}


def shown_conditions(said: Iterable[tuple[bytes, int, Iterable[bytes]]]) -> list[Json]:
    """Conditions as (attribute, test, values). A value of null means: or the class lacks it."""
    return [
        {
            "attribute": str(shown(condition.attribute)),
            "test": TESTS[condition.test],
            "values": [None if value == NOTHING else shown(value) for value in condition.values],
        }
        for condition in conditions(said)
    ]


def shown(word: bytes) -> Value:
    """One word."""
    if word[0] == 0:
        return int.from_bytes(word, "big")
    try:
        text = word.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return hexed(word)
    return text if text.isprintable() and not text.startswith("0x") else hexed(word)
