"""Units that the ledger refuses to take, to bring home, to put back, or to move twice.

The second half of what is refused; the first is in test_refusals.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import Contract, text32
from tests.contracts.actors import (
    CEA,
    FILE,
    FOREIGN_CEA,
    KAU,
    WINDOW,
    World,
)
from tests.contracts.desks import (
    CREDITS,
    DAY,
    FOREIGN,
    GUARD,
    Base,
    allocate,
    confirm,
    credit_class,
    define_year,
    execute_at,
    limit,
    refusal,
    surrender,
)
from tests.contracts.words import NOTHING, Kind, Test, condition, ref


@pytest.fixture
def link(world: World) -> int:
    """From China to Korea, one for one."""
    out, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    return out


# ---- what may be surrendered --------------------------------------------------------------


def test_surrender_above_the_offset_share_is_refused(world: World) -> None:
    define_year(world, world.CN, [limit(Base.VERIFIED, 500, types=CREDITS)])
    confirm(world, world.CN, world.alice, 1_000)
    ccer = credit_class(world, world.CN, "CCER-2025", world.alice, 100)
    with refusal(world, "SurrenderLimitExceeded", world.alice, 2025, 0, 51, 50):
        surrender(world.CN, world.alice, ccer, 51)
    surrender(world.CN, world.alice, ccer, 50)
    with refusal(world, "SurrenderLimitExceeded", world.alice, 2025, 0, 51, 50):
        surrender(world.CN, world.alice, ccer, 1)


def test_surrender_of_foreign_units_above_their_share_is_refused(world: World, link: int) -> None:
    define_year(world, world.KR, [limit(Base.OBLIGATION, 1_000, types=FOREIGN)])
    confirm(world, world.KR, world.bob, 500)
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(link, world.alice, CEA, 100, world.bob)
    with refusal(world, "SurrenderLimitExceeded", world.bob, 2025, 0, 51, 50):
        surrender(world.KR, world.bob, FOREIGN_CEA, 51)
    surrender(world.KR, world.bob, FOREIGN_CEA, 50)
    assert world.cn.totalsOf(CEA).surrendered == 50


def test_import_above_its_share_of_the_cap_is_refused(world: World) -> None:
    small = world.define(world.kr, "KAU-2024", vintage=2024, cap=1_009)
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), share=(500, small)))
    world.give(world.cn, world.alice, CEA, 100)
    with refusal(world, "QuotaExceeded", link, 51, 50):
        world.cross(link, world.alice, CEA, 51, world.bob)
    world.cross(link, world.alice, CEA, 50, world.bob)
    with refusal(world, "QuotaExceeded", link, 1, 0):
        world.cross(link, world.alice, CEA, 1, world.bob)


def test_surrender_of_a_credit_of_the_wrong_vintage_is_refused(world: World) -> None:
    define_year(world, world.CN, credits_since=2013, allowances_until=2025)
    old = credit_class(world, world.CN, "CCER-2012", world.alice, 10, vintage=2012)
    young = credit_class(world, world.CN, "CCER-2026", world.alice, 10, vintage=2026)
    good = credit_class(world, world.CN, "CCER-2013", world.alice, 10, vintage=2013)
    for unit_class, vintage in ((old, 2012), (young, 2026)):
        with refusal(world, "VintageNotAccepted", unit_class, vintage, 2025):
            surrender(world.CN, world.alice, unit_class, 1)
    surrender(world.CN, world.alice, good, 10)


def test_surrender_of_a_credit_of_an_excluded_category_is_refused(world: World) -> None:
    conditions = [condition("category", Test.ANY_OF, "hydro")]
    world.CN.compliance.excludeClasses(2025, conditions, by=world.officer)
    hydro = credit_class(world, world.CN, "CCER-HYDRO", world.alice, 10, category="hydro")
    wind = credit_class(world, world.CN, "CCER-WIND", world.alice, 10, category="wind")
    with refusal(world, "ClassExcluded", hydro, 2025, 0):
        surrender(world.CN, world.alice, hydro, 1)
    surrender(world.CN, world.alice, wind, 10)


@pytest.mark.parametrize(
    "spec",
    [
        {"category": "hydro", "region": "CN-FJ"},
        {"category": "forestry", "region": "CN-GD"},
        {"category": "forestry"},
        {"region": "CN-FJ"},
        {"category": "forestry", "region": "CN-FJ", "vintage": 2012},
    ],
    ids=["category", "region", "no region", "no category", "vintage"],
)
def test_a_credit_that_is_not_eligible_does_not_cross(world: World, spec: dict[str, Any]) -> None:
    terms = world.terms(
        (1, 1),
        vintages=(2013, 2100),
        conditions=[
            condition("category", Test.ANY_OF, "forestry", "wind"),
            condition("region", Test.ANY_OF, "CN-FJ", "CN-BJ"),
        ],
    )
    link, _ = world.agree(world.CN, world.KR, terms)
    no = credit_class(world, world.CN, "CCER-NO", world.alice, 10, **spec)
    yes = credit_class(
        world, world.CN, "CCER-YES", world.alice, 10, category="wind", region="CN-BJ", vintage=2013
    )
    with refusal(world, "ClassNotEligible", link, no):
        world.cross(link, world.alice, no, 10, world.bob)
    world.cross(link, world.alice, yes, 10, world.bob)


# ---- coming home --------------------------------------------------------------------------


def come_home(world: World, quantity: int, refs: Any = ()) -> None:
    world.gateway.returnUnits(
        world.kr, FOREIGN_CEA, quantity, list(refs), world.alice, 0, by=world.bob
    )


@pytest.fixture
def abroad(world: World, link: int) -> int:
    """Bob has 20 Chinese units in Korea, serials 1 to 20; Carol has the next 30."""
    world.give(world.cn, world.alice, CEA, 100)
    world.cross(link, world.alice, CEA, 20, world.bob)
    world.cross(link, world.alice, CEA, 30, world.carol)
    return link


def test_returning_more_than_was_imported_is_refused(world: World, abroad: int) -> None:
    with refusal(world, "ERC1155InsufficientBalance", world.bob, 20, 21, FOREIGN_CEA):
        come_home(world, 21)
    with refusal(world, "UnitsNotHeld", FOREIGN_CEA, world.bob, 1, 1, 21):
        come_home(world, 21, [ref(1, 1, 21)])
    with refusal(world, "UnitsNotHeld", FOREIGN_CEA, world.bob, 21, 21, 1):
        come_home(world, 1, [ref(21, 21, 1)])
    world.give(world.kr, world.bob, KAU, 50)
    with refusal(world, "NotTheGateway", KAU, world.gateway):
        world.gateway.returnUnits(world.kr, KAU, 1, [], world.alice, 0, by=world.bob)
    come_home(world, 20)
    with refusal(world, "ERC1155InsufficientBalance", world.bob, 0, 1, FOREIGN_CEA):
        come_home(world, 1)
    assert world.cn.balanceOf(world.alice, CEA) == 70


def test_returning_after_surrender_is_refused(world: World, abroad: int) -> None:
    surrender(world.KR, world.bob, FOREIGN_CEA, 20)
    with refusal(world, "ERC1155InsufficientBalance", world.bob, 0, 5, FOREIGN_CEA):
        come_home(world, 5)
    with refusal(world, "UnitsNotHeld", FOREIGN_CEA, world.bob, 1, 1, 5):
        come_home(world, 5, [ref(1, 1, 5)])


# ---- too late -----------------------------------------------------------------------------


def test_reversing_a_surrender_after_its_window_is_refused(world: World) -> None:
    define_year(world, world.CN, window=20 * DAY)
    world.give(world.cn, world.alice, CEA, 100)
    surrender(world.CN, world.alice, CEA, 40)
    until = world.chain.time + 20 * DAY
    call = ("reverseSurrender", world.alice, 2025, CEA, [ref(61, 61, 40)])
    with world.chain.restored():
        execute_at(world, until, world.CN, world.CN.compliance, *call, by=world.officer)
        assert world.cn.balanceOf(world.alice, CEA) == 100
    with refusal(world, "WindowPassed", until):
        execute_at(world, until + 1, world.CN, world.CN.compliance, *call, by=world.officer)


def test_reversing_an_allocation_after_its_window_is_refused(world: World) -> None:
    allocation = allocate(world, world.CN, world.alice, 100)
    until = world.chain.time + WINDOW
    call = ("reverseAllocation", allocation, world.state, 40, [])
    with world.chain.restored():
        execute_at(world, until, world.CN, world.CN.issuance, *call, by=world.allocator)
        assert world.cn.balanceOf(world.alice, CEA) == 60
    with refusal(world, "WindowPassed", until):
        execute_at(world, until + 1, world.CN, world.CN.issuance, *call, by=world.allocator)


def test_correcting_an_issuance_after_its_window_is_refused(world: World) -> None:
    world.issue(world.cn, CEA, 100, world.state)
    until = world.chain.time + WINDOW
    call = ("correctIssuance", CEA, 1, 40, [ref(1, 61, 40)])
    with world.chain.restored():
        execute_at(world, until, world.CN, world.CN.issuance, *call, by=world.issuer)
        assert world.cn.totalsOf(CEA).cancelled == 40
    with refusal(world, "WindowPassed", until):
        execute_at(world, until + 1, world.CN, world.CN.issuance, *call, by=world.issuer)


# ---- a receiver that calls back in --------------------------------------------------------

CALLS_BACK = ["transfer", "batch", "serials", "retire", "surrender", "pledge", "settle", "link"]


def callback(world: World, me: Contract, link: int, name: str) -> tuple[Contract, str]:
    p, cn, gateway = world.CN, world.cn, world.gateway
    leg = (me, world.bob, CEA, 1, text32("trade"), False)
    crossing = (me, link, 1, CEA, 1, 0, world.bob)
    calls = {
        "transfer": (cn, cn.data("safeTransferFrom", me, world.bob, CEA, 1, b"")),
        "batch": (cn, cn.data("safeBatchTransferFrom", me, world.bob, [CEA, CEA], [1, 1], b"")),
        "serials": (cn, cn.data("transferUnits", me, world.bob, CEA, [ref(1, 1, 1)])),
        "retire": (cn, cn.data("retire", me, CEA, 1, [], NOTHING, NOTHING)),
        "surrender": (p.compliance, p.compliance.data("surrender", me, 2025, CEA, 1, [])),
        "pledge": (p.liens, p.liens.data("pledge", me, CEA, 1, [], world.bob, FILE)),
        "settle": (p.holders, p.holders.data("settle", me, [leg])),
        "link": (gateway, gateway.data("transfer", crossing, [])),
    }
    return calls[name]


@pytest.mark.parametrize("name", CALLS_BACK)
def test_a_receiver_that_calls_back_in_is_refused(world: World, link: int, name: str) -> None:
    receiver = world.chain.deploy("ScriptedReceiver")
    kind = Kind.TRADING_INSTITUTION if name == "settle" else Kind.OPERATOR
    world.open(world.cn, receiver.address, kind)
    world.give(world.cn, world.alice, CEA, 100)
    world.cn.transferUnits(world.alice, receiver, CEA, [ref(1, 1, 30)], by=world.alice)
    holders = world.CN.holders
    if name == "settle":
        data = holders.data("authoriseSettler", receiver, receiver, True)
        receiver.execute(holders, bytes.fromhex(data[2:]), by=world.stranger)
    target, data = callback(world, receiver, link, name)
    with world.chain.restored():
        receiver.execute(target, bytes.fromhex(data[2:]), by=world.stranger)  # outside the hook
    receiver.callBack(target, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = world.cn.safeTransferFrom(world.alice, receiver, CEA, 5, b"", by=world.alice)
    answer = receipt.event("CalledBack")
    assert (answer.success, answer.result.hex()) == (False, GUARD)
    assert world.cn.balanceOf(receiver.address, CEA) == 35
    assert world.cn.balanceOf(world.bob, CEA) == 0
    assert world.cn.totalsOf(CEA)[2:6] == (0, 0, 0, 0)
    assert world.gateway.lotCount() == 0
