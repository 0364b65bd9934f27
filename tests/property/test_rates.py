"""The arithmetic of links against the definitions it implements."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking.lots import HELD, LotModel, Parcel, SerialRange
from linking.rates import (
    LARGEST_PART,
    LARGEST_QUANTITY,
    InvalidRate,
    Rate,
    convert_down,
    least_source,
    twins_abroad,
    twins_at_source,
)

parts = st.one_of(st.integers(1, 20), st.integers(1, 20_000), st.integers(1, LARGEST_PART))
rates = st.builds(Rate, parts, parts)
small_rates = st.builds(Rate, st.integers(1, 9), st.integers(1, 9))
quantities = st.one_of(st.integers(0, 1000), st.integers(0, LARGEST_QUANTITY))


@given(quantities, rates)
def test_conversion_is_the_floor_of_the_product(source: int, rate: Rate) -> None:
    assert convert_down(source, rate) == floor(source * rate.as_fraction())


@given(quantities, rates)
def test_least_source_is_the_least_that_yields_the_quantity(destination: int, rate: Rate) -> None:
    source = least_source(destination, rate)
    assert source == ceil(destination / rate.as_fraction())
    assert convert_down(source, rate) >= destination
    assert source == 0 or convert_down(source - 1, rate) < destination


@given(quantities, rates)
def test_a_conversion_takes_no_more_than_was_offered_and_a_round_trip_makes_nothing(
    source: int, rate: Rate
) -> None:
    received = convert_down(source, rate)
    taken = least_source(received, rate)
    assert taken <= source
    assert convert_down(taken, rate) == received


def _overlap(i: int, j: int, rate: Fraction) -> bool:
    """Whether [i x rate, (i + 1) x rate) and [j, j + 1) share more than a point."""
    return max(i * rate, Fraction(j)) < min((i + 1) * rate, Fraction(j + 1))


@given(small_rates, st.integers(1, 40), st.data())
def test_twins_are_the_units_that_overlap(rate: Rate, foreign: int, data: st.DataObject) -> None:
    sources = least_source(foreign, rate)
    start = data.draw(st.integers(0, foreign - 1))
    end = data.draw(st.integers(start + 1, foreign))
    exact = rate.as_fraction()
    found = [i for i in range(sources) if any(_overlap(i, j, exact) for j in range(start, end))]
    assert found == list(range(*twins_at_source(start, end, sources, rate)))
    i = data.draw(st.integers(0, sources - 1))
    assert [j for j in range(foreign) if _overlap(i, j, exact)] == list(
        range(*twins_abroad(i, foreign, rate))
    )


class _UnitByUnit:
    """The definition of a lot, one unit at a time: slow, and too simple to be wrong."""

    def __init__(self, rate: Rate, sources: list[int], foreign: int) -> None:
        exact = rate.as_fraction()
        self.sources = sources
        self.twins = [
            {j for j in range(foreign) if _overlap(i, j, exact)} for i in range(len(sources))
        ]
        self.gone: dict[int, str] = {}  # foreign unit -> state, in the order they left
        self.settled: dict[int, str] = {}

    def leave(self, units: range, state: str) -> dict[int, str]:
        for j in units:
            self.gone[j] = state
        fresh = {}
        for serial, twins in zip(self.sources, self.twins, strict=False):
            if serial in self.settled or not twins <= set(self.gone):
                continue
            uses = [s for j, s in self.gone.items() if j in twins and s != HELD]
            fresh[serial] = uses[0] if uses else HELD
        self.settled.update(fresh)
        return fresh


def _serials(parcels: list[Parcel]) -> dict[int, str]:
    return {serial: p.state for p in parcels for serial in range(p.first, p.first + p.count)}


@st.composite
def lots(draw: st.DrawFn) -> tuple[Rate, list[SerialRange], int]:
    rate = draw(small_rates)
    foreign = draw(st.integers(1, 30))
    missing = least_source(foreign, rate)
    ranges, first = [], 1
    while missing:
        count = draw(st.integers(1, missing))
        first += draw(st.integers(0, 3))
        ranges.append(SerialRange(first, count))
        first += count
        missing -= count
    return rate, draw(st.permutations(ranges)), foreign


@given(lots(), st.data())
def test_a_lot_is_taken_apart_as_its_definition_says(
    lot: tuple[Rate, list[SerialRange], int], data: st.DataObject
) -> None:
    rate, sources, foreign = lot
    first = data.draw(st.integers(1, 1000))
    model = LotModel(rate, sources, first, foreign)
    plain = _UnitByUnit(rate, [s for r in sources for s in range(r.first, r.end)], foreign)
    runs = [range(foreign)]
    while runs:
        run = runs.pop(data.draw(st.integers(0, len(runs) - 1)))
        low = data.draw(st.integers(run.start, run.stop - 1))
        high = data.draw(st.integers(low + 1, run.stop))
        state = data.draw(st.sampled_from([HELD, "SURRENDERED", "RETIRED", "CANCELLED"]))
        units = SerialRange(first + low, high - low)
        parcels = model.return_(units) if state == HELD else model.use(units, state)
        assert _serials(parcels) == plain.leave(range(low, high), state)
        assert sum(p.count for p in parcels) == len(_serials(parcels))
        # Invariant 7, for the units that are still abroad.
        assert model.outstanding <= convert_down(model.escrowed, rate)
        runs += [r for r in (range(run.start, low), range(high, run.stop)) if r]
    assert (model.escrowed, model.outstanding) == (0, 0)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("2/3", Rate(2, 3)),
        (" 4/6 ", Rate(4, 6)),
        ("0.85", Rate(17, 20)),
        ("1", Rate(1, 1)),
        ("1.0937", Rate(10937, 10000)),
    ],
)
def test_rates_are_read_exactly(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate
    assert Rate.parse(str(rate)) == rate


@pytest.mark.parametrize(
    "text", ["", "0", "0/3", "3/0", "-1", "1/2/3", "1e3", ".5", "nan", "1,5", f"{LARGEST_PART + 1}"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(InvalidRate):
        Rate.parse(text)
