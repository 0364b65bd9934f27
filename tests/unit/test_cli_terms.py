"""What a clerk writes of a link's terms: quota periods, conditions, and how terms read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from linking.attributes import NOTHING, Condition, word_of
from linking.attributes import Test as Compared
from registry_node.cli.conditions import attribute, conditions, told
from registry_node.cli.periods import day, first_second, last_second, periods
from registry_node.cli.terms import terms_fields
from registry_node.domain.errors import InvalidInput
from registry_node.queries.rules import shown_conditions

DAY = 86_400
JANUARY = date(2026, 1, 1)


def ends(first: date, last: date, **said: Any) -> list[date]:
    """The last day of each quota period."""
    seconds = periods(first, last, **{"days": None, "years": None, "rest": "refuse", **said})
    found = [date(1970, 1, 1) + timedelta(second // DAY) for second in seconds]
    assert [last_second(end) for end in found] == seconds
    return found


# ---- quota periods --------------------------------------------------------------------------


def test_without_a_length_there_is_one_quota() -> None:
    assert ends(JANUARY, date(2030, 12, 31)) == [date(2030, 12, 31)]


def test_years_are_calendar_years_of_whatever_length() -> None:
    assert ends(JANUARY, date(2028, 12, 31), years=1) == [
        date(2026, 12, 31),
        date(2027, 12, 31),
        date(2028, 12, 31),  # of 366 days
    ]
    assert ends(date(2026, 4, 1), date(2030, 3, 31), years=2) == [
        date(2028, 3, 31),
        date(2030, 3, 31),
    ]
    assert ends(date(2028, 2, 29), date(2032, 2, 28), years=1) == [
        date(2029, 2, 28),
        date(2030, 2, 28),
        date(2031, 2, 28),
        date(2032, 2, 28),
    ]


def test_days_are_days() -> None:
    assert ends(JANUARY, date(2026, 3, 1), days=30) == [date(2026, 1, 30), date(2026, 3, 1)]


def test_each_period_begins_where_the_one_before_ended() -> None:
    seconds = periods(JANUARY, date(2030, 12, 31), days=None, years=1, rest="refuse")
    starts = [first_second(JANUARY), *(end + 1 for end in seconds)]
    assert starts == [first_second(date(year, 1, 1)) for year in range(2026, 2032)]


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("longer", [date(2026, 12, 31), date(2028, 6, 30)]),
        ("shorter", [date(2026, 12, 31), date(2027, 12, 31), date(2028, 6, 30)]),
    ],
)
def test_a_cut_period_is_what_is_said(rest: str, found: list[date]) -> None:
    assert ends(JANUARY, date(2028, 6, 30), years=1, rest=rest) == found


def test_a_cut_period_is_refused_by_itself() -> None:
    with pytest.raises(InvalidInput) as told:
        ends(JANUARY, date(2028, 6, 30), years=1)
    assert told.value.message == (
        "The last quota period, 2028-01-01 to 2028-06-30, is shorter than the others."
    )
    assert "End the link on 2027-12-31 or 2028-12-31." in told.value.hint


@pytest.mark.parametrize("rest", ["refuse", "longer"])
def test_a_link_shorter_than_a_period_is_refused(rest: str) -> None:
    with pytest.raises(InvalidInput, match="is shorter than one quota period") as told:
        ends(JANUARY, date(2026, 6, 30), years=1, rest=rest)
    assert "End the link on 2026-12-31" in told.value.hint


def test_a_link_shorter_than_a_period_may_have_a_whole_quota() -> None:
    assert ends(JANUARY, date(2026, 6, 30), years=1, rest="shorter") == [date(2026, 6, 30)]


@pytest.mark.parametrize(
    ("last", "said", "message"),
    [
        (date(2025, 12, 31), {"years": 1}, "2025-12-31 is before 2026-01-01"),
        (date(2030, 12, 31), {"years": 1, "days": 9}, "A quota period has one length"),
        (date(2066, 12, 31), {"years": 1}, "has more than 40 such quota periods"),
        (date(9999, 12, 31), {"years": 1000}, "go beyond the year 9999"),
    ],
)
def test_periods_that_are_none(last: date, said: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        ends(JANUARY, last, **said)


def test_forty_periods_are_the_most() -> None:
    assert len(ends(JANUARY, date(2065, 12, 31), years=1)) == 40


@pytest.mark.parametrize("text", ["2026-02-30", "1969-12-31", "26-01-01", "tomorrow"])
def test_days_that_are_none(text: str) -> None:
    with pytest.raises(InvalidInput):
        day(text)


# ---- conditions -----------------------------------------------------------------------------


def test_conditions_say_what_a_class_must_be() -> None:
    said = conditions(
        ["project-type=forestry, wind", "region=-,CN"],
        ["scheme=CER"],
        ["started=2013-01-01"],
        ["size=20"],
    )
    assert said == [
        (word_of("project-type"), Compared.ANY_OF, [word_of("forestry"), word_of("wind")]),
        (word_of("region"), Compared.ANY_OF, [NOTHING, word_of("CN")]),
        (word_of("scheme"), Compared.NONE_OF, [word_of("CER")]),
        (word_of("started"), Compared.AT_LEAST, [word_of(20130101)]),
        (word_of("size"), Compared.AT_MOST, [word_of(20)]),
    ]
    made = [Condition(name, Compared(test), tuple(values)) for name, test, values in said]
    wind = {word_of("project-type"): word_of("wind"), word_of("started"): word_of(20130101)}
    met = [condition.is_met_by(wind) for condition in made]
    assert met == [True, True, True, True, False]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("forestry", word_of("forestry")),
        ("20150131", word_of(20150131)),
        ("2015-01-31", word_of(20150131)),
        ("0", word_of(0)),
        ("0001", word_of("0001")),  # no number begins with a zero
        ('"2015"', word_of("2015")),
        ('"', word_of('"')),
    ],
)
def test_values_are_numbers_or_text(text: str, word: bytes) -> None:
    assert attribute(text) == word


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"only": ["type=forestry,-"]}, "type forestry or none"),
        ({"except_": ["scheme=CER"]}, "scheme not CER"),
        ({"at_least": ["started=2013-01-31"]}, "started from 20130131"),
        ({"at_most": ["size=20"]}, "size up to 20"),
    ],
)
def test_conditions_are_told_as_they_were_said(options: dict[str, list[str]], text: str) -> None:
    nothing: dict[str, list[str]] = {"only": [], "except_": [], "at_least": [], "at_most": []}
    (shown,) = shown_conditions(conditions(**{**nothing, **options}))
    assert told(shown) == text


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("only", "forestry", "is not a condition"),
        ("only", "=forestry", "is not a condition"),
        ("only", "type=forestry,,wind", "is not a condition"),
        ("only", "type=" + ",".join("a" * 33), "33 values are too many"),
        ("only", "type=" + "a" * 33, "is not the text of an attribute"),
        ("only", "type=\u2713", "is not the text of an attribute"),
        ("except_", "type=-", "excludes nothing"),
        ("at_least", "started=early", "does not compare with one number"),
        ("at_least", "started=1,2", "does not compare with one number"),
        ("at_most", "started=2013-02-30", "is not a day"),
    ],
)
def test_conditions_that_are_none(option: str, text: str, message: str) -> None:
    said: dict[str, list[str]] = {"only": [], "except_": [], "at_least": [], "at_most": []}
    with pytest.raises(InvalidInput, match=message):
        conditions(**{**said, option: [text]})


def test_eight_conditions_are_the_most() -> None:
    with pytest.raises(InvalidInput, match="9 conditions are too many"):
        conditions([f"a{n}=1" for n in range(9)], [], [], [])


# ---- how terms read -------------------------------------------------------------------------

TERMS = {
    "rate": {"numerator": "9", "denominator": "10"},
    "quota": "1000",
    "quota_share": None,
    "net": False,
    "fresh_meter": False,
    "freezes_abroad": False,
    "notice_seconds": 0,
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_until": "2026-12-31T23:59:59Z",
    "periods": [{"start": "2026-01-01T00:00:00Z", "end": "2026-12-31T23:59:59Z"}],
    "unit_types": ["ALLOWANCE"],
    "vintage_from": 2020,
    "vintage_to": 2030,
    "unit": None,
    "conditions": [],
    "changed_by": None,
    "changed_by_label": None,
}


def test_plain_terms_read_plainly() -> None:
    shown = {name: value for name, value in terms_fields(TERMS).items() if value is not None}
    assert shown == {
        "rate": "9/10 destination units per source unit",
        "quota": "1,000 t in all",
        "quota periods end on": "2026-12-31",
        "valid": "2026-01-01 to 2026-12-31",
        "unit types": "ALLOWANCE",
        "vintages": "2020 to 2030",
        "changed by": "-",
    }


def test_a_share_of_a_cap_says_so() -> None:
    share = {"basis_points": 250, "class": "KAU-2025"}
    shown = terms_fields({**TERMS, "quota_share": share})
    assert shown["quota"] == "1,000 t, 2.5 % of the cap of KAU-2025 in all"


def test_all_that_terms_can_say_is_read() -> None:
    forestry = {"attribute": "type", "test": "any-of", "values": ["forestry", None]}
    old = {"attribute": "started", "test": "at-least", "values": [20130101]}
    shown = terms_fields(
        {
            **TERMS,
            "net": True,
            "fresh_meter": True,
            "freezes_abroad": True,
            "notice_seconds": 129_600,
            "periods": [{"end": "2026-06-30T23:59:59Z"}, {"end": "2026-12-31T23:59:59Z"}],
            "unit": "short-ton",
            "conditions": [forestry, old],
        }
    )
    assert shown["quota"] == (
        "1,000 t in each of 2 periods, net of what comes home, beginning anew"
    )
    assert shown["quota periods end on"] == "2026-06-30, 2026-12-31"
    assert shown["a source unit is"] == "short-ton"
    assert shown["classes"] == "type forestry or none; started from 20130101"
    assert shown["freezes reach abroad"] == "yes"
    assert shown["notice"] == "1.5 days"
