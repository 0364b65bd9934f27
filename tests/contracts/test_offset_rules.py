"""The pilots' rules of offsets, each whole (R-OF-01 to R-OF-04, R-OF-06 to R-OF-09).

The figures are the worked examples of the rules. A class says of itself by which scheme it came to
be (CCER, FFCER, ...), what kind of project it is of, and when: a rule asks for any of it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.actors import CEA, DECISION, World
from tests.contracts.desks import ALLOWANCES, Base, limit, refusal
from tests.contracts.offsets import (
    NO_VALUE,
    begin,
    is_excluded,
    is_limited,
    none_of,
    not_after,
    offset,
    one_of,
    use,
    use_of,
)
from tests.contracts.words import LARGEST_QUANTITY, ref

HYDRO = [one_of("kind", "hydro")]

# ---- Beijing ------------------------------------------------------------------------------

BEIJING_SCHEMES = ("CCER", "energy-saving", "BFCER")
BEIJING = [
    limit(Base.ISSUED, 500),
    limit(Base.ISSUED, 250, conditions=[one_of("scheme", "CCER"), none_of("region", "CN-BJ")]),
    limit(Base.ABSOLUTE, amount=0, conditions=[none_of("scheme", *BEIJING_SCHEMES)]),
]
BEIJING_EXCLUDES = [
    [one_of("kind", "HFC", "PFC", "N2O", "SF6", "hydro")],
    [one_of("scheme", "CCER", "energy-saving"), not_after("produced", 20130101)],
    [one_of("kind", "sink"), not_after("started", 20050216)],
    [one_of("scheme", "CCER", "energy-saving"), one_of("produced", NO_VALUE)],
    [one_of("kind", "sink"), one_of("started", NO_VALUE)],
]
NEW = {"produced": 20130102}


def test_beijing_by_scheme_and_by_kind_of_project(world: World) -> None:
    """R-OF-01, TV-11: of 200,000, 10,000 in all, and 5,000 of CCER from outside."""
    begin(world, BEIJING, BEIJING_EXCLUDES, allocated=200_000)
    wind = {"scheme": "CCER", "kind": "wind", **NEW}
    hebei = offset(world, "CCER-HE", region="CN-HE", **wind)
    shanxi = offset(world, "CCER-SX", region="CN-SX", **wind)
    local = offset(world, "CCER-BJ", region="CN-BJ", **wind)
    saving = offset(world, "ES-BJ", scheme="energy-saving", kind="efficiency", **NEW)
    sink = offset(world, "BFCER-HE", scheme="BFCER", kind="sink", region="CN-HE", started=20050217)
    use(world, hebei, 3_000)
    is_limited(world, shanxi, 2_001, 1, 5_001, 5_000)
    use(world, shanxi, 2_000)
    # The second limit names CCER: a sink from outside counts for the first alone.
    for unit_class, quantity in ((local, 1_000), (saving, 2_000), (sink, 1_999)):
        use(world, unit_class, quantity)
    is_limited(world, sink, 2, 0, 10_001, 10_000)
    use(world, sink, 1)
    assert use_of(world, 0, local) == (10_000, 10_000)
    assert use_of(world, 1, hebei) == (5_000, 5_000)
    use(world, CEA, 190_000)  # and what is said of offsets concerns no allowance


@pytest.mark.parametrize("kind", ["HFC", "PFC", "N2O", "SF6", "hydro"])
@pytest.mark.parametrize("scheme", BEIJING_SCHEMES)
def test_beijing_excludes_kinds_of_any_scheme(world: World, kind: str, scheme: str) -> None:
    """R-OF-01: what is limited as CCER is excluded as hydro."""
    begin(world, BEIJING, BEIJING_EXCLUDES, allocated=200_000)
    is_excluded(world, offset(world, "X", scheme=scheme, kind=kind, region="CN-BJ", **NEW), 0)


@pytest.mark.parametrize("scheme", ["FFCER", ""])
def test_beijing_takes_no_other_scheme(world: World, scheme: str) -> None:
    """R-OF-01: nor a credit that does not say how it came to be."""
    begin(world, BEIJING, BEIJING_EXCLUDES, allocated=200_000)
    attributes = {"scheme": scheme} if scheme else {}
    other = offset(world, "X", kind="wind", region="CN-BJ", **NEW, **attributes)
    is_limited(world, other, 1, 2, 1, 0)


@pytest.mark.parametrize(
    ("attributes", "exclusion"),
    [
        ({"scheme": "CCER", "produced": 20121231}, 1),
        ({"scheme": "CCER", "produced": 20130101}, 1),
        ({"scheme": "CCER", "produced": 20130102}, None),
        ({"scheme": "energy-saving", "produced": 20130101}, 1),
        ({"scheme": "energy-saving", "produced": 20130102}, None),
        ({"scheme": "CCER"}, 3),
        ({"scheme": "BFCER", "kind": "sink", "started": 20050215}, 2),
        ({"scheme": "BFCER", "kind": "sink", "started": 20050216}, 2),
        ({"scheme": "BFCER", "kind": "sink", "started": 20050217}, None),
        ({"scheme": "BFCER", "kind": "sink", "started": 20050217, "produced": 20100101}, None),
        ({"scheme": "BFCER", "kind": "sink"}, 4),
        ({"scheme": "CCER", "kind": "sink", "started": 20050217, "produced": 20130101}, 1),
    ],
)
def test_beijing_excludes_by_date(
    world: World, attributes: dict[str, str | int], exclusion: int | None
) -> None:
    """R-OF-01: produced after 1 January 2013; a sink's project begun after 16 February 2005."""
    begin(world, BEIJING, BEIJING_EXCLUDES, allocated=200_000)
    unit_class = offset(world, "X", region="CN-BJ", **attributes)
    if exclusion is None:
        use(world, unit_class, 10_000)
    else:
        is_excluded(world, unit_class, exclusion)


# ---- Tianjin, Shanghai, Chongqing, Shenzhen -------------------------------------------------

ONLY_CCER = limit(Base.ABSOLUTE, amount=0, conditions=[none_of("scheme", "CCER")])
AFTER_2012 = [one_of("scheme", "CCER"), not_after("produced", 20130101)]


@pytest.mark.parametrize(
    ("base", "limits", "exclusions", "most"),
    [
        (
            {"emissions": 300_000},
            [limit(Base.VERIFIED, 1_000), ONLY_CCER],
            [AFTER_2012, HYDRO],
            30_000,
        ),
        ({"allocated": 1_000_000}, [limit(Base.ISSUED, 100), ONLY_CCER], [AFTER_2012], 10_000),
        ({"emissions": 300_000}, [limit(Base.VERIFIED, 1_000)], [], 30_000),
    ],
    ids=["R-OF-02 Tianjin", "R-OF-03 Shanghai", "R-OF-07 Shenzhen"],
)
def test_a_share_of_the_emissions_or_of_the_allowances(
    world: World, base: dict[str, int], limits: list[Any], exclusions: list[Any], most: int
) -> None:
    begin(world, limits, exclusions, **base)
    old = offset(world, "OLD", scheme="CCER", kind="wind", produced=20130101)
    hydro = offset(world, "HYDRO", scheme="CCER", kind="hydro", **NEW)
    other = offset(world, "OTHER", scheme="FFCER", kind="wind", **NEW)
    for unit_class, excluded in ((old, AFTER_2012), (hydro, HYDRO)):
        if excluded in exclusions:
            is_excluded(world, unit_class, exclusions.index(excluded))
        else:
            use(world, unit_class, 100)
    if ONLY_CCER in limits:
        is_limited(world, other, 1, 1, 1, 0)
    else:
        use(world, other, 100)
    used = use_of(world, 0, old)[0]
    wind = offset(world, "WIND", scheme="CCER", kind="wind", **NEW)
    is_limited(world, wind, most - used + 1, 0, most + 1, most)
    use(world, wind, most - used)
    assert use_of(world, 0, wind) == (most, most)


def test_chongqing_exempts_sinks_from_its_date(world: World) -> None:
    """R-OF-04: 8 in 100 of 100,000; in operation after 2010, but for sinks; no hydro."""
    has_a_scheme = none_of("scheme", NO_VALUE)  # which no allowance has
    early = [not_after("operated", 20101231), none_of("kind", "sink")]
    unknown = [one_of("operated", NO_VALUE), none_of("kind", "sink"), has_a_scheme]
    begin(world, [limit(Base.VERIFIED, 800)], [early, unknown, HYDRO], emissions=100_000)
    wind = {"scheme": "CCER", "kind": "wind"}
    is_excluded(world, offset(world, "EARLY", operated=20101231, **wind), 0)
    is_excluded(world, offset(world, "UNKNOWN", **wind), 1)
    is_excluded(world, offset(world, "H", scheme="CCER", kind="hydro", operated=20150101), 2)
    use(world, offset(world, "SINK", scheme="CCER", kind="sink", operated=20050101), 3_000)
    use(world, offset(world, "SINK-2", scheme="CCER", kind="sink"), 1_000)
    late = offset(world, "LATE", operated=20110101, **wind)
    is_limited(world, late, 4_001, 0, 8_001, 8_000)
    use(world, late, 4_000)
    world.give(world.cn, world.alice, CEA, 10)
    use(world, CEA, 10)


# ---- Guangdong, Fujian, the nation ----------------------------------------------------------

FOSSIL = ("coal-power", "oil-power", "gas-power", "waste-heat", "hydro")
GUANGDONG = [
    limit(Base.VERIFIED, 1_000),
    limit(Base.VERIFIED, 10_000, conditions=[one_of("scheme", "CCER")]),
    limit(
        Base.COUNTED,
        3_000,
        parent=1,
        conditions=[one_of("scheme", "CCER"), none_of("region", "CN-GD")],
    ),
]
GUANGDONG_EXCLUDES = [
    [one_of("kind", *FOSSIL)],
    [one_of("filing", "pre-CDM")],
    [one_of("scheme", "CCER"), not_after("co2-ch4", 5_000)],  # of 10,000 of its reductions
]
GAS = {"co2-ch4": 5_001}


def test_seven_tenths_of_the_ccer_are_guangdongs(world: World) -> None:
    """R-OF-06, TV-12: of 50,000 at least 35,000; of 49,999 too, for a least share rounds up."""
    begin(world, GUANGDONG, GUANGDONG_EXCLUDES, emissions=500_000)
    local = offset(world, "CCER-GD", scheme="CCER", region="CN-GD", **GAS)
    other = offset(world, "CCER-FJ", scheme="CCER", region="CN-FJ", **GAS)
    phcer = offset(world, "PHCER", scheme="PHCER", region="CN-GD")
    use(world, phcer, 10_000)
    is_limited(world, other, 1, 2, 1, 0)  # what is no CCER opens no room for CCER
    world.CN.compliance.reverseSurrender(
        world.alice, 2025, phcer, [ref(90_001, 90_001, 10_000)], by=world.officer
    )
    use(world, local, 34_999)
    is_limited(world, other, 15_000, 2, 15_000, 14_999)
    use(world, local, 1)
    use(world, other, 15_000)
    assert [use_of(world, i, other) for i in range(3)] == [
        (50_000, 50_000),
        (50_000, 500_000),
        (15_000, 15_000),
    ]
    is_limited(world, phcer, 1, 0, 50_001, 50_000)


def test_guangdong_excludes_by_kind_gas_and_filing(world: World) -> None:
    """R-OF-06: more than half of a project's reductions are of CO2 and CH4."""
    begin(world, GUANGDONG, GUANGDONG_EXCLUDES, emissions=500_000)
    ccer = {"scheme": "CCER", "region": "CN-GD"}
    for n, kind in enumerate(FOSSIL):
        is_excluded(world, offset(world, f"K-{n}", kind=kind, **ccer, **GAS), 0)
    pre = {"kind": "wind", "filing": "pre-CDM"}
    is_excluded(world, offset(world, "PRE", **pre, **ccer, **GAS), 1)
    half = {"kind": "landfill", "co2-ch4": 5_000}
    is_excluded(world, offset(world, "HALF", **half, **ccer), 2)
    use(world, offset(world, "CBM", kind="coal-bed-methane", **ccer, **GAS), 1_000)


@pytest.mark.parametrize("joint", [1_000, 1_500])
def test_fujian_has_a_share_for_each_scheme(world: World, joint: int) -> None:
    """R-OF-08: of 200,000, CCER 10,000 and FFCER 20,000; together 10 or 15 in 100 (parameter)."""
    shares = [
        limit(Base.VERIFIED, 500, conditions=[one_of("scheme", "CCER")]),
        limit(Base.VERIFIED, 1_000, conditions=[one_of("scheme", "FFCER")]),
        limit(Base.VERIFIED, joint),
    ]
    begin(world, shares, emissions=200_000)
    ccer = offset(world, "CCER-FJ", scheme="CCER", kind="sink")
    ffcer = offset(world, "FFCER-FJ", scheme="FFCER", kind="sink")
    is_limited(world, ccer, 10_001, 0, 10_001, 10_000)
    use(world, ccer, 10_000)
    left = 200_000 * joint // 10_000 - 10_000
    if joint == 1_000:
        is_limited(world, ffcer, left + 1, 2, 20_001, 20_000)
    else:
        is_limited(world, ffcer, left + 1, 1, 20_001, 20_000)
    use(world, ffcer, left)


def test_fujian_by_the_other_source_is_a_share_of_what_is_owed(world: World) -> None:
    """R-OF-08: 8 in 100 of the obligation, its debt included."""
    begin(world, [limit(Base.OBLIGATION, 800)], emissions=200_000)
    world.CN.compliance.addDebt(world.alice, 2025, 25_000, DECISION, by=world.officer)
    ccer = offset(world, "CCER-FJ", scheme="CCER")
    is_limited(world, ccer, 18_001, 0, 18_001, 18_000)
    use(world, ccer, 18_000)


@pytest.mark.parametrize(("points", "most"), [(500, 5_000), (1_000, 10_000)])
def test_the_nation_takes_a_share_of_the_allowances_surrendered(
    world: World, points: int, most: int
) -> None:
    """R-OF-09: five to ten in a hundred of them, and they cannot be taken away from below it."""
    shares = [
        limit(Base.ABSOLUTE, amount=LARGEST_QUANTITY, types=ALLOWANCES),
        limit(Base.COUNTED, points, parent=0),
    ]
    begin(world, shares)
    world.give(world.cn, world.alice, CEA, 100_000)
    ccer = offset(world, "CCER-X", scheme="CCER")
    is_limited(world, ccer, 1, 1, 1, 0)
    use(world, CEA, 100_000)
    is_limited(world, ccer, most + 1, 1, most + 1, most)
    use(world, ccer, most)
    with refusal(world, "SurrenderLimitExceeded", world.alice, 2025, 1, most, most - 1):
        world.CN.compliance.reverseSurrender(
            world.alice, 2025, CEA, [ref(1, 100_000, 1)], by=world.officer
        )
