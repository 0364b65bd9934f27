"""Shares of each project, and of all operators together: Hubei's rule of offsets, whole (R-OF-05).

A tenth of the initial allocation. From Hubei, or filed and from a partner province: of those
50,000 tonnes a year, for each operator or for the whole market, which the source leaves open. Of
what is not filed, 60 in 100 of the project's reductions from 2013-01-01 to 2015-05-31. No large or
medium hydro.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.actors import World
from tests.contracts.desks import Base, allocate, limit, refusal
from tests.contracts.offsets import (
    NO_VALUE,
    begin,
    is_excluded,
    is_limited,
    none_of,
    not_after,
    not_before,
    offset,
    one_of,
    use,
    use_of,
)
from tests.contracts.words import Allocated, ref

PARTNERS = one_of("region", "CN-SX", "CN-AH", "CN-JX")
FILED = one_of("filed", "yes")
NOT_FILED = none_of("filed", "yes")
TOTAL, PARTNER, PROJECT, ELSEWHERE, PARTNER_NOT_FILED = range(5)
EXCLUDES = [
    [one_of("kind", "hydro"), none_of("size", "small")],
    [one_of("filed", "no"), not_after("from", 20121231)],
    [one_of("filed", "no"), not_before("until", 20150601)],
]
EFFECTIVE = {"from": 20130101, "until": 20150531}


def hubei(*, for_all: bool = False) -> list[tuple[Any, ...]]:
    """The limits, by number."""
    share = {"per": "project", "attribute": "reductions", "of_all": True}
    return [
        limit(Base.INITIAL, 1_000),
        limit(Base.ABSOLUTE, amount=50_000, of_all=for_all, conditions=[PARTNERS, FILED]),
        limit(Base.ATTRIBUTE, 6_000, conditions=[NOT_FILED], **share),
        limit(Base.ABSOLUTE, conditions=[none_of("region", "CN-HB", "CN-SX", "CN-AH", "CN-JX")]),
        limit(Base.ABSOLUTE, conditions=[PARTNERS, NOT_FILED]),
    ]


def not_filed(world: World, symbol: str, project: str, reductions: Any, **more: Any) -> int:
    """Credits of a project in Hubei that are not filed."""
    attributes = {"filed": "no", "project": project, "reductions": reductions, "region": "CN-HB"}
    return offset(world, symbol, **attributes, **EFFECTIVE, **more)


def share_with_bob(world: World, unit_class: int) -> None:
    world.cn.safeTransferFrom(world.alice, world.bob, unit_class, 50_000, b"", by=world.alice)


# ---- what counts at all ---------------------------------------------------------------------


def test_a_tenth_of_the_initial_allocation(world: World) -> None:
    """R-OF-05, TV-13: of 1,000,000, 100,000, whatever was added later; 50,000 of it of partners."""
    begin(world, hubei(), EXCLUDES, allocated=1_000_000)
    allocate(world, world.CN, world.alice, 500_000, kind=Allocated.ADJUSTMENT)
    partner = offset(world, "SX", filed="yes", region="CN-SX")
    other_partner = offset(world, "AH", filed="yes", region="CN-AH")
    local = offset(world, "HB", filed="yes", region="CN-HB")
    use(world, partner, 30_000)
    is_limited(world, other_partner, 20_001, PARTNER, 50_001, 50_000)
    use(world, other_partner, 20_000)
    is_limited(world, local, 50_001, TOTAL, 100_001, 100_000)
    use(world, local, 50_000)
    assert use_of(world, TOTAL, local) == (100_000, 100_000)


@pytest.mark.parametrize(
    ("attributes", "refused_by"),
    [
        ({"region": "CN-GD", "filed": "yes"}, ELSEWHERE),
        ({"filed": "yes"}, ELSEWHERE),  # from nowhere
        ({"region": "CN-AH", "filed": "no", "project": "P", "reductions": 10}, PARTNER_NOT_FILED),
        ({"region": "CN-AH", "project": "P", "reductions": 10}, PARTNER_NOT_FILED),
    ],
)
def test_from_where_it_may_come(
    world: World, attributes: dict[str, str | int], refused_by: int
) -> None:
    """R-OF-05: Hubei's, or a partner's when it is filed."""
    begin(world, hubei(), EXCLUDES, allocated=1_000_000)
    is_limited(world, offset(world, "X", **attributes), 1, refused_by, 1, 0)


@pytest.mark.parametrize(
    ("attributes", "exclusion"),
    [
        ({"kind": "hydro", "size": "large"}, 0),
        ({"kind": "hydro", "size": "medium"}, 0),
        ({"kind": "hydro"}, 0),  # a size that is not said is not small
        ({"kind": "hydro", "size": "small"}, None),
        ({"kind": "wind", "size": "large"}, None),
        ({"filed": "no", "from": 20121231, "until": 20150531}, 1),
        ({"filed": "no", "from": 20130101, "until": 20150601}, 2),
        ({"filed": "no", **EFFECTIVE}, None),
    ],
)
def test_what_is_excluded(
    world: World, attributes: dict[str, str | int], exclusion: int | None
) -> None:
    """R-OF-05: by the size of hydro, and of what is not filed by the days of its reductions."""
    begin(world, hubei(), EXCLUDES, allocated=1_000_000)
    here = {"filed": "yes", "region": "CN-HB", "project": "P", "reductions": 10, **attributes}
    unit_class = offset(world, "X", **here)
    if exclusion is None:
        use(world, unit_class, 1)
    else:
        is_excluded(world, unit_class, exclusion)


# ---- of each project ------------------------------------------------------------------------


def test_of_each_project_six_tenths(world: World) -> None:
    """R-OF-05, TV-13: of 20,000 tonnes 12,000, and of the next project's 5,001, 3,000."""
    begin(world, hubei(), EXCLUDES, allocated=1_000_000)
    first, second = (
        not_filed(world, f"P{n}", f"HB-{n}", reductions)
        for n, reductions in enumerate((20_000, 5_001))
    )
    is_limited(world, first, 12_001, PROJECT, 12_001, 12_000)
    use(world, first, 12_000)
    is_limited(world, first, 1, PROJECT, 12_001, 12_000)
    is_limited(world, second, 3_001, PROJECT, 3_001, 3_000)
    use(world, second, 3_000)
    assert use_of(world, PROJECT, first) == (12_000, 12_000)
    assert use_of(world, PROJECT, second) == (3_000, 3_000)
    assert use_of(world, TOTAL, first) == (15_000, 100_000)


def test_a_project_of_several_classes_is_one(world: World) -> None:
    """R-OF-05: it is the project's share, not one of each vintage."""
    begin(world, hubei(), EXCLUDES, allocated=1_000_000)
    years = [not_filed(world, f"V{v}", "HB-1", 20_000, vintage=v) for v in (2013, 2014, 2015)]
    use(world, years[0], 7_000)
    use(world, years[1], 4_000)
    is_limited(world, years[2], 1_001, PROJECT, 12_001, 12_000)
    use(world, years[2], 1_000)
    assert [use_of(world, PROJECT, v) for v in years] == [(12_000, 12_000)] * 3


def test_a_projects_share_is_one_for_all_operators(world: World) -> None:
    begin(world, hubei(), EXCLUDES, allocated=1_000_000)
    allocate(world, world.CN, world.bob, 1_000_000)
    project = not_filed(world, "P1", "HB-1", 20_000)
    share_with_bob(world, project)
    use(world, project, 7_000)
    is_limited(world, project, 5_001, PROJECT, 12_001, 12_000, by=world.bob)
    use(world, project, 5_000, by=world.bob)
    assert use_of(world, PROJECT, project, world.erin) == (12_000, 12_000)
    assert use_of(world, TOTAL, project, world.bob) == (5_000, 100_000)


@pytest.mark.parametrize("stated", ["", "20000", 2**40, 2**40 + 20_000, 2**255])
def test_reductions_that_are_no_number_of_units_give_no_share(
    world: World, stated: str | int
) -> None:
    """Missing, text, or more than any class could have."""
    begin(world, hubei(), EXCLUDES, allocated=1_000_000)
    attributes = {"filed": "no", "project": "HB-1", "region": "CN-HB", **EFFECTIVE}
    if stated:
        attributes["reductions"] = stated
    is_limited(world, offset(world, "P1", **attributes), 1, PROJECT, 1, 0)


# ---- of all operators -----------------------------------------------------------------------


@pytest.mark.parametrize("for_all", [False, True])
def test_fifty_thousand_for_each_or_for_all(world: World, for_all: bool) -> None:
    """R-OF-05: both readings of 50,000 tonnes a year."""
    begin(world, hubei(for_all=for_all), EXCLUDES, allocated=1_000_000)
    allocate(world, world.CN, world.bob, 1_000_000)
    partner = offset(world, "SX", filed="yes", region="CN-SX")
    share_with_bob(world, partner)
    use(world, partner, 30_000)
    if for_all:
        is_limited(world, partner, 20_001, PARTNER, 50_001, 50_000, by=world.bob)
        use(world, partner, 20_000, by=world.bob)
        is_limited(world, partner, 1, PARTNER, 50_001, 50_000)
        assert use_of(world, PARTNER, partner, world.erin) == (50_000, 50_000)
    else:
        use(world, partner, 50_000, by=world.bob)
        use(world, partner, 20_000)
        assert use_of(world, PARTNER, partner, world.erin) == (0, 50_000)


def test_what_one_operator_gets_back_is_free_for_all(world: World) -> None:
    begin(world, hubei(for_all=True), EXCLUDES, allocated=1_000_000)
    allocate(world, world.CN, world.bob, 1_000_000)
    partner = offset(world, "SX", 100_000, filed="yes", region="CN-SX")
    share_with_bob(world, partner)  # 50,001 to 100,000
    use(world, partner, 50_000)
    is_limited(world, partner, 1, PARTNER, 50_001, 50_000, by=world.bob)
    world.CN.compliance.reverseSurrender(
        world.alice, 2025, partner, [ref(1, 1, 10_000)], by=world.officer
    )
    is_limited(world, partner, 10_001, PARTNER, 50_001, 50_000, by=world.bob)
    use(world, partner, 10_000, by=world.bob)
    assert use_of(world, PARTNER, partner) == (50_000, 50_000)


# ---- limits that could not be kept ----------------------------------------------------------


def test_no_limit_measures_all_operators_by_one(world: World) -> None:
    """A tenth of whose emissions? It would depend on who surrenders last."""
    for base in (Base.VERIFIED, Base.ISSUED, Base.INITIAL, Base.OBLIGATION):
        with refusal(world, "YearRulesInvalid", 2025):
            begin(world, [limit(base, 1_000, of_all=True)])
    begin(world, [limit(Base.ABSOLUTE, amount=1, of_all=True)])
    begin(world, [limit(Base.ATTRIBUTE, 1, of_all=True, attribute="reductions")])


def test_a_share_of_a_count_is_counted_as_that_is(world: World) -> None:
    """Else units that are put back leave other projects, or other operators, above their share."""
    apart = {"per": "project"}
    for parent, child in (({}, apart), (apart, {}), ({"of_all": True}, {}), ({}, {"of_all": True})):
        shares = [
            limit(Base.ABSOLUTE, amount=100, **parent),
            limit(Base.COUNTED, 1_000, parent=0, **child),
        ]
        with refusal(world, "YearRulesInvalid", 2025):
            begin(world, shares)
    both = {"of_all": True, **apart}
    begin(
        world,
        [limit(Base.ABSOLUTE, amount=100, **both), limit(Base.COUNTED, 1_000, parent=0, **both)],
    )


def test_a_condition_on_a_missing_fact(world: World) -> None:
    """A zero among the values asks for classes that lack the attribute, or excepts them."""
    begin(
        world,
        [
            limit(Base.ABSOLUTE, amount=1, conditions=[one_of("filed", "no", NO_VALUE)]),
            limit(Base.ABSOLUTE, amount=2, conditions=[none_of("filed", "yes", NO_VALUE)]),
        ],
    )
    for symbol, filed, counted in (
        ("NONE", "", (1, 0)),
        ("NO", "no", (1, 1)),
        ("YES", "yes", (0, 0)),
    ):
        with world.chain.restored():
            unit_class = offset(world, symbol, **({"filed": filed} if filed else {}))
            use(world, unit_class, 1)
            assert tuple(use_of(world, i, unit_class)[0] for i in (0, 1)) == counted


def test_text_is_no_date(world: World) -> None:
    """A date is a number: text is neither before it nor after."""
    begin(world, [], [[not_before("started", 20130101)], [not_after("started", 20130101)]])
    use(world, offset(world, "TEXT", started="20140101"), 1)
    use(world, offset(world, "NONE"), 1)
    is_excluded(world, offset(world, "LATE", started=20140101), 0)
    is_excluded(world, offset(world, "EARLY", started=20121231), 1)
