"""What a condition asks of a class, as `contracts/libraries/Attributes.sol` answers it."""

from __future__ import annotations

import pytest

from linking.attributes import NOTHING, Condition, Test, meet, word_of

HAS = {word_of("started"): word_of(20130101), word_of("type"): word_of("forestry")}


@pytest.mark.parametrize(
    ("name", "test", "values", "meets"),
    [
        ("started", Test.AT_LEAST, [20130101], True),
        ("started", Test.AT_LEAST, [20130102], False),
        ("started", Test.AT_MOST, [20130101], True),
        ("started", Test.AT_MOST, [20130100], False),
        ("type", Test.AT_LEAST, [1], False),  # text is no number, however large its word is
        ("type", Test.AT_MOST, ["wind"], False),
        ("gone", Test.AT_LEAST, [0], False),
        ("gone", Test.AT_MOST, [9], False),
        ("type", Test.ANY_OF, ["wind", "forestry"], True),
        ("type", Test.NONE_OF, ["wind", "forestry"], False),
        ("gone", Test.NONE_OF, ["wind"], True),
    ],
)
def test_conditions(name: str, test: Test, values: list[str | int], meets: bool) -> None:
    condition = Condition(word_of(name), test, tuple(map(word_of, values)))
    assert meet(HAS, [condition]) is meets


def test_what_a_class_lacks_is_listed_as_nothing() -> None:
    assert meet(HAS, [Condition(word_of("gone"), Test.ANY_OF, (NOTHING,))])
    assert not meet(HAS, [Condition(word_of("gone"), Test.NONE_OF, (NOTHING,))])
