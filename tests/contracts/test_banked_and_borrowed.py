"""How much of other years counts: banked and borrowed allowances, and credits (R-BB-01 to R-BB-06).

`test_compliance_limits.py` has whether they count at all. The sources print no shares for R-BB-05;
those here are parameters.
"""

from __future__ import annotations

import pytest

from tests.contracts.actors import CEA, World
from tests.contracts.desks import ALLOWANCES, CREDITS, Base, Vintages, limit, refusal, surrender
from tests.contracts.offsets import begin, is_excluded, is_limited, offset, one_of, use, use_of
from tests.contracts.words import Banking, ref

BANKED = limit(Base.OBLIGATION, 2_000, types=ALLOWANCES, vintages=Vintages.BANKED)
BORROWED = limit(Base.OBLIGATION, 1_000, types=ALLOWANCES, vintages=Vintages.BORROWED)


@pytest.fixture
def classes(world: World) -> dict[int, int]:
    """Allowances of four years, 10,000 of each with Alice."""
    classes = {2025: CEA}
    for vintage in (2023, 2024, 2026):
        classes[vintage] = world.define(world.cn, f"CEA-{vintage}", vintage=vintage)
    for unit_class in classes.values():
        world.give(world.cn, world.alice, unit_class, 10_000)
    return classes


def test_korea_limits_what_is_banked_and_what_is_borrowed(
    world: World, classes: dict[int, int]
) -> None:
    """R-BB-05: of 10,000 owed, 2,000 of earlier years and 1,000 of the next."""
    begin(world, [BANKED, BORROWED], emissions=10_000, allowances_until=2026)
    use(world, classes[2023], 1_500)
    is_limited(world, classes[2024], 501, 0, 2_001, 2_000)
    use(world, classes[2024], 500)
    is_limited(world, classes[2026], 1_001, 1, 1_001, 1_000)
    use(world, classes[2026], 1_000)
    use(world, classes[2025], 7_000)  # of the year itself as much as there is
    assert use_of(world, 0, classes[2024]) == (2_000, 2_000)
    assert use_of(world, 1, classes[2026]) == (1_000, 1_000)
    assert world.CN.compliance.owed(world.alice, 2025) == 0


def test_what_is_put_back_is_free_again(world: World, classes: dict[int, int]) -> None:
    """R-BB-05, with a year that was chosen by mistake."""
    begin(world, [BANKED, BORROWED], emissions=10_000, allowances_until=2026)
    use(world, classes[2024], 2_000)
    back = [ref(8_001, 8_001, 600)]
    reverse = world.CN.compliance.reverseSurrender
    reverse(world.alice, 2025, classes[2024], back, by=world.officer)
    assert use_of(world, 0, CEA) == (1_400, 2_000)
    is_limited(world, classes[2023], 601, 0, 2_001, 2_000)
    use(world, classes[2023], 600)


def test_vintages_of_a_limit_are_of_its_own_unit_types(
    world: World, classes: dict[int, int]
) -> None:
    """Credits of earlier years are no banked allowances, unless the limit is about them too."""
    both = limit(Base.ABSOLUTE, amount=50, types=ALLOWANCES | CREDITS, vintages=Vintages.BANKED)
    begin(world, [BANKED, both], emissions=10_000)
    old = offset(world, "CCER-2020", vintage=2020)
    use(world, old, 50)
    assert (use_of(world, 0, old)[0], use_of(world, 1, old)) == (0, (50, 50))
    is_limited(world, classes[2024], 1, 1, 51, 50)


def test_a_banked_unit_that_must_be_traded_is_limited_too(
    world: World, classes: dict[int, int]
) -> None:
    """R-BB-02 with R-BB-05: traded once, and no more than the share."""
    begin(world, [BANKED], emissions=10_000, banking=Banking.TRADED)
    for giver, taker in ((world.alice, world.bob), (world.bob, world.alice)):
        world.cn.safeTransferFrom(giver, taker, classes[2024], 3_000, b"", by=giver)
    with refusal(world, "BlockNotTraded", classes[2023], 9_001):
        use(world, classes[2023], 1_000)
    is_limited(world, classes[2024], 2_001, 0, 2_001, 2_000)
    surrender(world.CN, world.alice, classes[2024], 2_000, [ref(7_001, 7_001, 2_000)])


def test_what_was_surrendered_is_spent_and_the_rest_is_carried_over(
    world: World, classes: dict[int, int]
) -> None:
    """R-BB-03: surplus of the year counts in a later one, and can be sold."""
    begin(world, [], emissions=7_000)
    use(world, classes[2025], 7_000)
    with refusal(world, "ERC1155InsufficientBalance", world.alice, 3_000, 3_001, classes[2025]):
        world.cn.safeTransferFrom(world.alice, world.bob, classes[2025], 3_001, b"", by=world.alice)
    world.cn.safeTransferFrom(world.alice, world.bob, classes[2025], 1_000, b"", by=world.alice)
    later = (world.chain.time + 100, 2025, 0, 2026, 0, 0, 0, 1, Banking.ALL, False)
    world.CN.compliance.defineYear(2026, later, [], by=world.officer)
    for account, quantity in ((world.alice, 2_000), (world.bob, 1_000)):
        world.CN.compliance.surrender(account, 2026, classes[2025], quantity, [], by=account)


@pytest.mark.parametrize("banking", [Banking.NONE, Banking.ALL])
def test_between_two_phases(world: World, classes: dict[int, int], banking: Banking) -> None:
    """R-BB-04: nothing from the first phase to the second, everything from there to the third."""
    begin(world, [], emissions=7_000, banking=banking)
    if banking == Banking.NONE:
        with refusal(world, "VintageNotAccepted", classes[2024], 2024, 2025):
            use(world, classes[2024], 1)
    else:
        use(world, classes[2024], 10_000)
    with refusal(world, "VintageNotAccepted", classes[2026], 2026, 2025):  # nor borrowed
        use(world, classes[2026], 1)


def test_a_commitment_period_is_open_within_and_closed_without(world: World) -> None:
    """R-BB-06: three years, free among them; the period is what its classes say."""
    vintages = {2023: "first", 2024: "second", 2025: "second", 2026: "second", 2027: "third"}
    classes = {
        v: world.define(world.cn, f"CNA-{v}", vintage=v, period=period)
        for v, period in vintages.items()
    }
    for unit_class in classes.values():
        world.give(world.cn, world.alice, unit_class, 100)
    begin(world, [], [[one_of("period", "first", "third")]], allowances_until=2027)
    for vintage in (2024, 2025, 2026):
        use(world, classes[vintage], 100)
    for vintage in (2023, 2027):
        is_excluded(world, classes[vintage], 0)
