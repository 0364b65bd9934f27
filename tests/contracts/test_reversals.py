"""What can be put back, for how long, and what stays on record."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.desks import (
    DAY,
    Base,
    alone,
    at,
    books,
    confirm,
    credit_class,
    define_year,
    execute_at,
    limit,
    refusal,
    surrender,
)
from tests.contracts.words import NOTHING, State, Status, Test, Type, condition, ref

BACK = Type.REVERSAL_OF_SURRENDER


@pytest.fixture
def desk(world: World) -> Any:
    return world.CN.compliance


def put_back(
    world: World, refs: list[Any], *, unit_class: int = CEA, account: str = "", year: int = 2025
) -> Any:
    desk = world.CN.compliance
    return desk.reverseSurrender(account or world.alice, year, unit_class, refs, by=world.officer)


# ---- of a surrender -----------------------------------------------------------------------


@pytest.fixture
def surrendered(world: World) -> int:
    """Alice surrendered 61 to 100. Returns the last second to put them back."""
    define_year(world, world.CN, window=20 * DAY)
    world.give(world.cn, world.alice, CEA, 100)
    surrender(world.CN, world.alice, CEA, 40)
    return world.chain.time + 20 * DAY


def test_a_surrender_is_put_back_and_stays_on_record(
    world: World, cn: Contract, desk: Any, surrendered: int
) -> None:
    confirm(world, world.CN, world.alice, 100)
    receipt = put_back(world, [ref(61, 71, 10)])
    assert receipt.event("UnitsMoved") == (CEA, world.alice, world.alice, 71, 10, BACK, State.HELD)
    used = (world.alice, CEA, State.HELD, 10, 2025, NOTHING, NOTHING)
    assert receipt.event("UnitsUsed") == used
    zero = "0x" + "00" * 20
    minted = (desk.address, zero, world.alice, CEA, 10)
    assert receipt.event("TransferSingle") == minted
    assert receipt.event("Surrendered") == (world.alice, 2025, CEA, 0, 30)
    assert cn.totalsOf(CEA).surrendered == 30
    assert cn.balanceOf(world.alice, CEA) == 70
    assert (desk.obligationOf(world.alice, 2025).surrendered, desk.owed(world.alice, 2025)) == (
        30,
        70,
    )
    # The units are as before: they can be sent, and surrendered again.
    cn.transferUnits(world.alice, world.bob, CEA, [ref(71, 71, 5)], by=world.alice)
    surrender(world.CN, world.alice, CEA, 65)
    assert desk.obligationOf(world.alice, 2025).surrendered == 95


def test_a_surrender_is_put_back_until_the_last_second(world: World, surrendered: int) -> None:
    call = ("reverseSurrender", world.alice, 2025, CEA, [ref(61, 61, 40)])
    with world.chain.restored():
        execute_at(world, surrendered, world.CN, world.CN.compliance, *call, by=world.officer)
        assert world.cn.totalsOf(CEA).surrendered == 0
    with refused("WindowPassed", surrendered):
        execute_at(world, surrendered + 1, world.CN, world.CN.compliance, *call, by=world.officer)
    assert world.cn.totalsOf(CEA).surrendered == 40


def test_each_surrender_has_its_own_window(world: World, surrendered: int) -> None:
    world.chain.advance(10 * DAY)
    surrender(world.CN, world.alice, CEA, 10)  # 51 to 60
    at(world, surrendered + 1)
    with refused("WindowPassed", surrendered):
        put_back(world, [ref(51, 51, 10), ref(61, 61, 1)])
    assert world.cn.totalsOf(CEA).surrendered == 50
    put_back(world, [ref(51, 51, 10)])


def test_putting_some_back_gives_the_rest_no_more_time(world: World, surrendered: int) -> None:
    world.chain.advance(surrendered - DAY - world.chain.time)
    put_back(world, [ref(61, 71, 10)])
    at(world, surrendered + 1)
    with refused("WindowPassed", surrendered):
        put_back(world, [ref(81, 81, 20)])


def test_a_window_is_the_years_own(world: World) -> None:
    define_year(world, world.CN, window=0)
    world.give(world.cn, world.alice, CEA, 10)
    surrender(world.CN, world.alice, CEA, 10)
    until = world.chain.time
    at(world, until + 1)
    with refused("WindowPassed", until):
        put_back(world, [ref(1, 1, 10)])


@pytest.mark.parametrize("state", ["held", "retired", "cancelled", "another's", "no block"])
def test_only_surrendered_units_of_the_account_come_back(
    world: World, cn: Contract, surrendered: int, state: str
) -> None:
    block = {"held": 1, "no block": 62}.get(state, 51)
    if state in ("retired", "cancelled"):
        verb = cn.retire if state == "retired" else cn.cancel
        verb(world.alice, CEA, 10, [], NOTHING, NOTHING, by=world.alice)
    if state == "another's":
        cn.transferUnits(world.alice, world.bob, CEA, [ref(1, 51, 10)], by=world.alice)
        surrender(world.CN, world.bob, CEA, 10)
    with refusal(world, "UnitsNotSurrendered", world.alice, CEA, block):
        put_back(world, [ref(block, block, 1)])
    with refusal(world, "UnitsNotSurrendered", world.alice, CEA, block):
        put_back(world, [ref(61, 61, 1), ref(block, block, 1)])


def test_no_more_comes_back_than_was_surrendered(world: World, surrendered: int) -> None:
    surrender(world.CN, world.alice, CEA, 10)
    for beyond in (ref(61, 61, 41), ref(61, 100, 2), ref(61, 60, 1), ref(61, 101, 1)):
        with refusal(world, "UnitsNotSurrendered", world.alice, CEA, 61):
            put_back(world, [beyond])
    with refusal(world, "QuantityZero"):
        put_back(world, [])
    put_back(world, [ref(61, 61, 40)])
    with refusal(world, "UnitsNotSurrendered", world.alice, CEA, 61):
        put_back(world, [ref(61, 61, 40)])


def test_units_named_twice_come_back_once(world: World, surrendered: int) -> None:
    """Whether or not the account has surrendered as much as they add up to."""
    twice = [ref(61, 61, 30), ref(61, 61, 30)]
    with refusal(world, "UnitsNotSurrendered", world.alice, CEA, 61):
        put_back(world, twice)
    surrender(world.CN, world.alice, CEA, 30)
    with refusal(world, "UnitsNotHeld", CEA, world.alice, 61, 61, 30):
        put_back(world, twice)


def test_one_person_puts_nothing_back(world: World, desk: Any, surrendered: int) -> None:
    for person in (world.alice, world.officer, world.deputy, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(desk, "reverseSurrender", world.alice, 2025, CEA, [ref(61, 61, 1)], by=person)


def test_only_the_desk_puts_back(world: World, cn: Contract, surrendered: int) -> None:
    order = (BACK, 2025, CEA, world.alice, world.alice, 1, False, NOTHING)
    with refusal(world, "NotTheDesk", BACK, world.officer, world.CN.compliance):
        cn.order(order, [ref(61, 61, 1)], by=world.officer)


def test_what_comes_back_is_not_counted_any_more(world: World, desk: Any) -> None:
    define_year(world, world.CN, [limit(Base.ABSOLUTE, amount=10)])
    ccer = credit_class(world, world.CN, "CCER-A", world.alice, 20)
    surrender(world.CN, world.alice, ccer, 10)
    put_back(world, [ref(11, 11, 4)], unit_class=ccer)
    assert desk.limitUse(world.alice, 2025, 0, ccer) == (6, 10)
    surrender(world.CN, world.alice, ccer, 4)
    with refusal(world, "SurrenderLimitExceeded", world.alice, 2025, 0, 11, 10):
        surrender(world.CN, world.alice, ccer, 1)


def test_what_stays_must_keep_to_the_limits(world: World, desk: Any) -> None:
    """R-OF-06: the local credits do not come back from under the others."""
    outside = condition("region", Test.NONE_OF, "CN-GD")
    shares = [
        limit(Base.ABSOLUTE, amount=100),
        limit(Base.COUNTED, 3_000, conditions=[outside]),
    ]
    define_year(world, world.CN, shares)
    local = credit_class(world, world.CN, "CCER-GD", world.alice, 70, region="CN-GD")
    other = credit_class(world, world.CN, "CCER-FJ", world.alice, 30, region="CN-FJ")
    surrender(world.CN, world.alice, local, 70)
    surrender(world.CN, world.alice, other, 30)
    with refusal(world, "SurrenderLimitExceeded", world.alice, 2025, 1, 30, 29):
        put_back(world, [ref(1, 1, 1)], unit_class=local)
    put_back(world, [ref(1, 1, 10)], unit_class=other)
    put_back(world, [ref(1, 1, 3)], unit_class=local)  # 67 and 20: 26 would be allowed
    assert desk.limitUse(world.alice, 2025, 1, other) == (20, 26)


def test_a_surrender_comes_back_to_a_suspended_account(world: World, surrendered: int) -> None:
    """The authority puts right what was wrong; the account cannot use it."""
    world.set_status(world.cn, world.alice, Status.SUSPENDED)
    put_back(world, [ref(61, 61, 40)])
    assert world.cn.balanceOf(world.alice, CEA) == 100


def test_nothing_comes_back_to_a_closed_account(world: World, surrendered: int) -> None:
    """It would be out of anybody's reach there."""
    world.cn.safeTransferFrom(world.alice, world.bob, CEA, 60, b"", by=world.alice)
    world.set_status(world.cn, world.alice, Status.CLOSED)
    with refusal(world, "AccountCannotReceive", world.alice, Status.CLOSED):
        put_back(world, [ref(61, 61, 40)])


@pytest.mark.parametrize("use", ["surrender", "retire"])
def test_used_foreign_units_never_come_back(world: World, use: str) -> None:
    """Their twins at home are terminal (invariant 9)."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(link, world.alice, CEA, 50, world.bob)
    desk, kr = world.KR.compliance, world.kr
    surrender(world.KR, world.bob, FOREIGN_CEA, 20)  # 31 to 50
    block = 31
    if use == "retire":
        kr.retire(world.bob, FOREIGN_CEA, 20, [], NOTHING, NOTHING, by=world.bob)
        block = 11
    error: tuple[Any, ...] = ("ClassIsForeign", FOREIGN_CEA)
    if use == "retire":
        error = ("UnitsNotSurrendered", world.bob, FOREIGN_CEA, block)
    with refusal(world, *error):
        desk.reverseSurrender(
            world.bob, 2025, FOREIGN_CEA, [ref(block, block, 20)], by=world.officer
        )
    # Nor do the twins, which are the gateway's.
    twin = ref(81, 81, 20)
    with refusal(world, "UnitsNotSurrendered", world.alice, CEA, 81):
        put_back(world, [twin])
    before = books(world)
    # The gateway surrendered nothing for a year.
    with refused("UnitsNotSurrendered", world.gateway, CEA, 81):
        put_back(world, [twin], account=world.gateway.address)
    assert books(world) == before
    assert world.cn.totalsOf(CEA).escrowed == 30 - (20 if use == "retire" else 0)


def test_nothing_is_put_back_from_a_year_without_surrenders(world: World, surrendered: int) -> None:
    define_year(world, world.CN, year=2026)
    before = books(world)
    with refused("UnitsNotSurrendered", world.alice, CEA, 61):
        put_back(world, [ref(61, 61, 40)], year=2026)
    assert books(world) == before


def test_a_surrender_is_put_back_in_its_own_year(world: World, surrendered: int) -> None:
    """Otherwise a year that is settled, or whose window has passed, is opened by the next one."""
    define_year(world, world.CN, year=2026, window=90 * DAY)
    surrender(world.CN, world.alice, CEA, 40, year=2026)  # 21 to 60
    at(world, surrendered + DAY)
    with refused("WindowPassed", surrendered):
        put_back(world, [ref(61, 61, 40)])
    with refused("UnitsNotSurrendered", world.alice, CEA, 61):
        put_back(world, [ref(61, 61, 40)], year=2026)


def test_putting_all_of_a_block_back_says_nothing_of_the_next(
    world: World, surrendered: int
) -> None:
    """Alice's blocks of two years lie side by side: 21 to 60 for 2026, 61 to 100 for 2025."""
    define_year(world, world.CN, year=2026, window=90 * DAY)
    surrender(world.CN, world.alice, CEA, 40, year=2026)
    put_back(world, [ref(21, 21, 40)], year=2026)
    with refusal(world, "UnitsNotSurrendered", world.alice, CEA, 61):
        put_back(world, [ref(61, 61, 40)], year=2026)


def test_an_account_that_gets_back_all_it_had_holds_it(world: World, surrendered: int) -> None:
    """It had surrendered everything it held of the class; now it can sell it, and cannot close."""
    held = world.cn.balanceOf(world.alice, CEA)
    world.cn.safeTransferFrom(world.alice, world.bob, CEA, held, b"", by=world.alice)
    assert world.cn.accountOf(world.alice).classesHeld == 0
    put_back(world, [ref(61, 61, 40)])
    assert world.cn.accountOf(world.alice).classesHeld == 1
    with refused("AccountNotEmpty", world.alice, 1):
        world.cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
    world.cn.safeTransferFrom(world.alice, world.bob, CEA, 40, b"", by=world.alice)
    assert world.cn.accountOf(world.alice).classesHeld == 0
