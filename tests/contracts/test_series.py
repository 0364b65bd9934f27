"""A foreign class that has used up its serials goes on in the next series, and its units live on.

Under net terms a round trip gives its quota back, and takes serials that nobody gives back. At this
rate a class has serials for three trips.
"""

from __future__ import annotations

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.crossing import USES, go_home, settled, use
from tests.contracts.words import LARGEST_QUANTITY, Restriction, State, class_id

RATE = 2**38
TRIPS = LARGEST_QUANTITY // RATE
SERIES = [FOREIGN_CEA, class_id("CN.CEA-2025.2"), class_id("CN.CEA-2025.3")]


@pytest.fixture
def link(world: World) -> int:
    terms = world.terms((RATE, 1), quota=LARGEST_QUANTITY, net=True)
    there, _ = world.agree(world.CN, world.KR, terms)
    world.give(world.cn, world.alice, CEA, 10)
    return there


def test_round_trips_use_up_no_link(world: World, gateway: Contract, link: int) -> None:
    for trip in range(2 * TRIPS + 1):
        unit_class = SERIES[trip // TRIPS]
        quoted = gateway.quote(link, CEA, 1, world.alice, world.bob)
        assert (quoted.destinationUnits, quoted.restriction) == (RATE, Restriction.NONE)
        receipt = world.cross(link, world.alice, CEA, 1, world.bob)
        assert receipt.event("LotOpened").lot.foreignClass == unit_class
        assert len(receipt.events("ClassDefined")) == (trip % TRIPS == 0)
        latest = (unit_class, 1 + trip // TRIPS)
        assert gateway.foreignClassOf(world.kr, world.cn, CEA) == latest
        assert world.kr.originOf(unit_class) == (gateway.address, world.cn.address, CEA)
        go_home(world, world.bob, RATE, accepted=1, unit_class=unit_class)
        assert gateway.meterOf(link)[0].used == 0
    assert world.cn.balanceOf(world.alice, CEA) == 10
    assert [world.kr.totalsOf(c).issued // RATE for c in SERIES] == [TRIPS, TRIPS, 1]


@pytest.mark.parametrize("quantity", [TRIPS + 1, 100, LARGEST_QUANTITY])
def test_a_quote_is_never_cut_short(
    world: World, gateway: Contract, link: int, quantity: int
) -> None:
    """More units than a word of forty bits has are said as they are, and refused by name."""
    quoted = gateway.quote(link, CEA, quantity)
    assert (quoted.sourceUnits, quoted.destinationUnits) == (quantity, quantity * RATE)
    assert quoted.restriction == Restriction.QUOTA_EXCEEDED
    with refused("QuotaExceeded", link, quantity * RATE, LARGEST_QUANTITY):
        world.cross(link, world.alice, CEA, quantity, world.bob)


@pytest.fixture
def both(world: World, link: int) -> list[int]:
    """Bob has units of two series, a lot of each. Returns their classes."""
    for _ in range(TRIPS):
        world.cross(link, world.alice, CEA, 1, world.bob)
    go_home(world, world.bob, 2 * RATE, accepted=2)
    world.cross(link, world.alice, CEA, 1, world.bob)
    assert [world.kr.balanceOf(world.bob, c) for c in SERIES[:2]] == [RATE, RATE]
    return SERIES[:2]


@pytest.mark.parametrize("series", [0, 1])
def test_units_of_each_series_come_home(world: World, both: list[int], series: int) -> None:
    receipt = go_home(world, world.bob, RATE, accepted=1, unit_class=both[series])
    assert [state for *_, state in settled(receipt)] == [State.HELD]
    assert world.kr.balanceOf(world.bob, both[series]) == 0
    assert world.kr.balanceOf(world.bob, both[1 - series]) == RATE


@pytest.mark.parametrize("verb", USES)
@pytest.mark.parametrize("series", [0, 1])
def test_units_of_each_series_are_used(
    world: World, both: list[int], series: int, verb: str
) -> None:
    receipt = use(world, world.bob, verb, RATE, unit_class=both[series])
    assert [state for *_, state in settled(receipt)] == [USES[verb]]
    with refused("ERC1155InsufficientBalance", world.bob, 0, RATE, both[series]):
        go_home(world, world.bob, RATE, unit_class=both[series])
