"""What a link would do with a transfer: periods, meter, conditions, the order of the questions."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking.attributes import NOTHING, REGION, UNIT, Condition, meet, with_region, word_of
from linking.attributes import Test as Compare  # pytest would collect it by its own name
from linking.quotas import (
    NO_METER,
    Meter,
    Passage,
    Period,
    Restriction,
    Standing,
    Terms,
    calendar_periods,
    quote,
    share_of,
)
from linking.rates import Rate
from linking.symbols import foreign_symbol

CONTRACTS = Path(__file__).parents[2] / "contracts"
TERMS = Terms(Rate(17, 20), 1000, 100, 399, (199, 299, 399), 0b010, 2019, 2025)
OPEN = Standing(time=150)
FITS = Passage()


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    ends = sorted(draw(st.sets(st.integers(100, 400), min_size=1, max_size=8)))
    return replace(
        TERMS, valid_from=100, valid_until=ends[-1], periods=tuple(ends), fresh_meter=draw(booleans)
    )


booleans = st.booleans()
times = st.integers(0, 500)


@given(terms(), times)
def test_a_time_lies_in_the_period_that_holds_it(terms: Terms, time: int) -> None:
    starts = [terms.valid_from, *(end + 1 for end in terms.periods[:-1])]
    periods = [Period(*pair) for pair in zip(starts, terms.periods, strict=True)]
    inside = [p for p in periods if p.start <= time <= p.end]
    expected = inside or [periods[0] if time < terms.valid_from else periods[-1]]
    assert [terms.period_at(time)] == expected


@given(terms(), times, times, st.integers(0, 1000))
def test_a_period_that_is_over_leaves_nothing_behind(
    terms: Terms, first: int, later: int, used: int
) -> None:
    first, later = sorted((first, later))
    meter = Meter(used, *terms.period_at(first))
    ended = later > meter.end and meter.end < terms.periods[-1]
    assert meter.at(later, terms) == (Meter(0, *terms.period_at(later)) if ended else meter)
    assert meter.at(later, None) == meter


@given(terms(), terms(), times, times, st.integers(0, 1000))
def test_amended_terms_give_nobody_a_fresh_quota_unless_they_say_so(
    old: Terms, new: Terms, first: int, since: int, used: int
) -> None:
    first, since = sorted((first, since))
    meter = Meter(used, *old.period_at(first))
    before, after = meter.at(since, old), meter.carried(since, old, new)
    assert (after.start, after.end) == new.period_at(since)
    fresh = new.fresh_meter or after.start > before.end
    assert after.used == (0 if fresh else before.used)


def test_the_first_terms_begin_with_an_empty_meter() -> None:
    assert NO_METER.carried(150, None, TERMS) == Meter(0, 100, 199)


@pytest.mark.parametrize(
    ("since", "years", "each", "ends"),
    [
        ("2021-07-16T09:00", 1, 1, ["2021-12-31"]),
        ("2021-07-16T09:00", 3, 1, ["2021-12-31", "2022-12-31", "2023-12-31"]),
        ("2020-12-31T23:59", 10, 5, ["2024-12-31", "2029-12-31"]),
        ("2021-01-01T00:00", 4, 3, ["2023-12-31", "2024-12-31"]),
    ],
)
def test_periods_of_calendar_years(since: str, years: int, each: int, ends: list[str]) -> None:
    begun = int(datetime.fromisoformat(f"{since}+00:00").timestamp())
    periods = [datetime.fromtimestamp(end, UTC) for end in calendar_periods(begun, years, each)]
    assert [f"{end:%Y-%m-%d}" for end in periods] == ends
    assert {f"{end:%H:%M:%S}" for end in periods} == {"23:59:59"}


_CLOSED = {
    Restriction.AGREEMENT_ENDED: Standing(400, 400, suspended=True, editions_accepted=False),
    Restriction.LINK_SUSPENDED: Standing(400, suspended=True, editions_accepted=False),
    Restriction.LINK_NOT_STARTED: Standing(99, editions_accepted=False),
    Restriction.LINK_EXPIRED: Standing(400, editions_accepted=False),
    Restriction.EDITION_NOT_ACCEPTED: Standing(399, 400, editions_accepted=False),
}


@pytest.mark.parametrize("expected", _CLOSED)
def test_whether_a_link_is_open_is_asked_first(expected: Restriction) -> None:
    asked = quote(TERMS, 1, 1000, _CLOSED[expected], Passage(known=False))
    assert asked.restriction is expected


def test_then_the_quantity_then_the_quota_then_the_class() -> None:
    nothing = Passage(known=False, eligible=False, named=False)
    assert quote(TERMS, 1, 1000, OPEN, nothing).restriction is Restriction.NOTHING_CONVERTED
    # 200 source units are 170 abroad.
    assert quote(TERMS, 200, 831, OPEN, nothing).restriction is Restriction.QUOTA_EXCEEDED
    refused = {
        Restriction.UNKNOWN_CLASS: nothing,
        Restriction.CLASS_NOT_ELIGIBLE: Passage(eligible=False, named=False),
        Restriction.NO_NAME_ABROAD: Passage(named=False),
        Restriction.NONE: FITS,
    }
    for expected, passage in refused.items():
        assert quote(TERMS, 200, 830, OPEN, passage).restriction is expected


def test_the_least_that_yields_the_quantity_is_taken() -> None:
    answer = quote(TERMS, 201, 0, OPEN, FITS)
    assert (answer.source_units, answer.destination_units) == (200, 170)
    assert quote(None, 201, 0, OPEN, FITS).restriction is Restriction.LINK_UNKNOWN


def test_a_share_of_a_cap_is_rounded_down() -> None:
    assert share_of(538_900_000, 30) == 1_616_700
    assert share_of(9_999, 1) == 0


HYDRO, WIND = word_of("hydro"), word_of("wind")
KIND, STARTED = word_of("kind"), word_of("started")


@pytest.mark.parametrize(
    ("test", "values", "meeting"),
    [
        (Compare.ANY_OF, (HYDRO, WIND), {HYDRO, WIND}),
        (Compare.ANY_OF, (HYDRO, NOTHING), {HYDRO, NOTHING}),
        (Compare.NONE_OF, (HYDRO,), {WIND, NOTHING}),
        (Compare.NONE_OF, (HYDRO, NOTHING), {WIND}),
    ],
)
def test_lists_of_values(test: Compare, values: tuple[bytes, ...], meeting: set[bytes]) -> None:
    condition = Condition(KIND, test, values)
    found = {
        value
        for value in (HYDRO, WIND, NOTHING)
        if meet({KIND: value} if value != NOTHING else {}, [condition])
    }
    assert found == meeting


@given(st.one_of(st.none(), st.integers(1, 2**256 - 1)), st.integers(0, 2**256 - 1))
def test_comparisons_are_of_numbers_and_need_one(value: int | None, bound: int) -> None:
    attributes = {} if value is None else {STARTED: word_of(value)}
    least = Condition(STARTED, Compare.AT_LEAST, (word_of(bound),))
    most = Condition(STARTED, Compare.AT_MOST, (word_of(bound),))
    is_number = value is not None and value < 2**248  # text begins with a character
    assert meet(attributes, [least]) == (is_number and value >= bound)
    assert meet(attributes, [most]) == (is_number and value <= bound)


def test_what_a_link_accepts() -> None:
    limited = replace(TERMS, conditions=(Condition(REGION, Compare.ANY_OF, (word_of("CN"),)),))
    at_home = with_region({}, "CN")
    assert limited.accepts(1, 2021, at_home, foreign=False)
    assert with_region({REGION: word_of("CN-FJ")}, "CN") == {REGION: word_of("CN-FJ")}
    assert not limited.accepts(1, 2021, {REGION: word_of("CN-FJ")}, foreign=False)
    assert not limited.accepts(1, 2021, at_home, foreign=True)
    assert not limited.accepts(2, 2021, at_home, foreign=False)
    assert not limited.accepts(1, 2018, at_home, foreign=False)
    assert not limited.accepts(1, 2026, at_home, foreign=False)
    short_tons = {**at_home, UNIT: word_of("short-ton")}
    assert not limited.accepts(1, 2021, short_tons, foreign=False)
    assert replace(limited, unit=word_of("short-ton")).accepts(1, 2021, short_tons, foreign=False)


@pytest.mark.parametrize(
    ("symbol", "series", "name"),
    [
        ("CEA-2025", 1, "CN.CEA-2025"),
        ("CEA-2025", 2, "CN.CEA-2025.2"),
        ("CEA-2025", 999, "CN.CEA-2025.999"),
        ("CEA-2025", 1000, None),
        ("CEA-2025", 0, None),
        ("A" * 24, 999, "CN." + "A" * 24 + ".999"),
        ("A" * 25, 1, None),
    ],
)
def test_names_abroad(symbol: str, series: int, name: str | None) -> None:
    assert foreign_symbol("CN", symbol, series) == name


def test_restrictions_have_the_ledgers_numbers_and_sentences() -> None:
    types = (CONTRACTS / "interfaces" / "LedgerTypes.sol").read_text(encoding="utf-8")
    names = re.findall(r"[A-Z_]+", types.partition("enum Restriction {")[2].partition("}")[0])
    assert [restriction.name for restriction in Restriction] == names
    text = (CONTRACTS / "libraries" / "Restrictions.sol").read_text(encoding="utf-8")
    said = dict(re.findall(r'Restriction\.([A-Z_]+)\) return "([^"]*)"', text))
    (last,) = re.findall(r'^        return "([^"]*)"', text, re.MULTILINE)
    assert {r.name: r.reason for r in Restriction} == {**said, "NO_NAME_ABROAD": last}
