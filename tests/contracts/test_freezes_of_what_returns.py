"""A freeze reaches units that are abroad or pledged: they come back set aside."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, Receipt, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.crossing import go_home, moves, settled, use
from tests.contracts.desks import alone, refusal
from tests.contracts.liens import COURT, Lien, freeze, lift, listed, pledge, tiles
from tests.contracts.words import Marks, State, Status, Type, ref

HELD, ESCROWED, ASIDE = State.HELD, State.ESCROWED, State.ENCUMBERED


@pytest.fixture(autouse=True)
def abroad(world: World) -> None:
    """Alice has 21-30 at home. 1-20 stand behind foreign serials 1-20, which Bob holds at KR."""
    world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 30)
    world.cross(2, world.alice, CEA, 20, world.bob, [ref(1, 1, 20)])


def mark(world: World, *refs: Any) -> Receipt:
    return world.CN.liens.freezeReturning(CEA, list(refs), COURT, by=world.officer)  # type: ignore[no-any-return]


def states(world: World) -> list[tuple[int, int, State]]:
    """All blocks of the class: first, count, state."""
    return [(first, count, state) for first, count, _, state in tiles(world)]


# ---- abroad -------------------------------------------------------------------------------


def test_a_freeze_of_units_abroad_is_on_record(world: World, cn: Contract) -> None:
    receipt = mark(world, ref(1, 4, 3), ref(7, 11, 10))
    marked = [tuple(e.args) for e in receipt.events("FreezeMarked")]
    assert marked == [(CEA, 4, 3, True), (CEA, 11, 10, True)]
    ranges = [(4, 3), (11, 10)]
    placed = (1, ZERO_ADDRESS, ZERO_ADDRESS, Lien.FREEZE, CEA, ranges, COURT)
    assert receipt.event("LienPlaced") == placed
    assert receipt.events("UnitsMoved") == []  # nobody holds them here
    assert world.CN.liens.lienOf(1) == (Lien.FREEZE, ZERO_ADDRESS, ZERO_ADDRESS, CEA, ranges)
    assert states(world) == [
        *[(first, count, ESCROWED) for first, count in ((1, 3), (4, 3), (7, 4), (11, 10))],
        (21, 10, HELD),
    ]
    marks = [cn.blockAt(CEA, first).marks for first in (1, 4, 7, 11)]
    assert marks == [0, Marks.FROZEN, 0, Marks.FROZEN]


def test_frozen_units_come_home_set_aside(world: World, cn: Contract) -> None:
    mark(world, ref(1, 1, 20))
    receipt = go_home(world, world.bob, 20, accepted=20)
    home = (world.gateway.address, world.alice, 1, 20, Type.EXTERNAL_TRANSFER, ASIDE)
    assert moves(receipt, cn) == [home]
    transfer = (world.gateway.address, world.gateway.address, world.alice, CEA, 20)
    arrivals = [e.args for e in receipt.events("TransferSingle") if e.address == cn.address]
    assert arrivals == [transfer]
    assert (cn.balanceOf(world.alice, CEA), cn.encumberedOf(world.alice, CEA)) == (30, 20)
    assert (cn.totalsOf(CEA).escrowed, cn.blockAt(CEA, 1).marks) == (0, 0)
    with refusal(world, "UnitsNotHeld", CEA, world.alice, 1, 1, 5):
        cn.transferUnits(world.alice, world.bob, CEA, [ref(1, 1, 5)], by=world.alice)
    with refusal(world, "ERC1155InsufficientBalance", world.alice, 10, 11, CEA):
        world.cross(2, world.alice, CEA, 11, world.bob)
    lift(world, "freeze", 1)
    assert cn.encumberedOf(world.alice, CEA) == 0
    cn.safeTransferFrom(world.alice, world.bob, CEA, 30, b"", by=world.alice)


@pytest.mark.parametrize(
    "parts",
    [
        [(1, 20)],
        [(1, 10), (11, 10)],
        [(6, 1), (1, 5), (7, 14)],
        [(20, 1), (2, 18), (1, 1)],
        [(n, 1) for n in (7, 3, 12, 5)],
    ],
)
def test_they_come_home_set_aside_in_parts_too(
    world: World, cn: Contract, parts: list[tuple[int, int]]
) -> None:
    """4-6 and 11-12 are frozen, whatever of them comes with others and when."""
    mark(world, ref(1, 4, 3), ref(7, 11, 2))
    frozen = {4, 5, 6, 11, 12}
    home: set[int] = set()
    start = 1  # of Bob's block: what is taken out of it cuts it
    for first, count in parts:
        start = max(b for b, _ in world.kr.blocksOf(FOREIGN_CEA, world.bob, 0, 99) if b <= first)
        named = [ref(start, first, count)]
        assert go_home(world, world.bob, count, named, accepted=count).event("ForeignSettled")
        home |= set(range(first, first + count))
        assert cn.encumberedOf(world.alice, CEA) == len(frozen & home)
        assert cn.balanceOf(world.alice, CEA) == 10 + len(home)
    for first, count, state in states(world):
        for unit in range(first, first + count):
            if unit <= 20:
                expected = (ASIDE if unit in frozen else HELD) if unit in home else ESCROWED
                assert state == expected, unit


@pytest.mark.parametrize(("verb", "state"), [("surrender", 3), ("retire", 4), ("cancel", 5)])
def test_use_abroad_is_not_stopped(world: World, cn: Contract, verb: str, state: int) -> None:
    """The programme abroad decides on that, unless the terms say otherwise: `freezeAbroad`."""
    mark(world, ref(1, 4, 3))
    receipt = use(world, world.bob, verb, 5, [ref(1, 1, 5)])
    assert settled(receipt) == [(1, 5, state)]
    assert states(world)[:4] == [(1, 3, state), (4, 2, state), (6, 1, ESCROWED), (7, 14, ESCROWED)]
    receipt = lift(world, "freeze", 1)  # what is used stays where it is
    assert receipt.event("LienReleased") == (1, 0, 0)
    assert [tuple(e.args) for e in receipt.events("FreezeMarked")] == [(CEA, 6, 1, False)]
    go_home(world, world.bob, 15, accepted=15)
    assert cn.encumberedOf(world.alice, CEA) == 0


@pytest.mark.parametrize("when", ["before the return", "between two returns", "after the return"])
def test_a_freeze_is_lifted_whenever_the_units_return(
    world: World, cn: Contract, when: str
) -> None:
    mark(world, ref(1, 4, 10))
    acts: list[Any] = [
        lambda: go_home(world, world.bob, 8, [ref(1, 1, 8)], accepted=8),
        lambda: go_home(world, world.bob, 12, accepted=12),
    ]
    at = ["before the return", "between two returns", "after the return"].index(when)
    acts.insert(at, lambda: lift(world, "freeze", 1))
    for act in acts:
        act()
    assert world.CN.liens.lienOf(1).kind == Lien.NONE
    assert {state for *_, state in states(world)} == {HELD}
    assert {cn.blockAt(CEA, first).marks for first, *_ in states(world)} == {0}
    assert sum(count for _, count in listed(world, world.alice)) == 30


def test_a_freeze_whose_units_came_to_several_holders_is_lifted_at_once(
    world: World, cn: Contract
) -> None:
    mark(world, ref(1, 1, 20))
    for to, first in ((world.carol, 1), (world.alice, 6), (world.carol, 11), (world.erin, 16)):
        back = (world.kr, FOREIGN_CEA, 5, [ref(first, first, 5)], to, 5)
        world.gateway.returnUnits(*back, by=world.bob)
    receipt = lift(world, "freeze", 1)
    freed = [tuple(e.args[1:5]) for e in receipt.events("UnitsMoved")]
    carol, alice, erin = world.carol, world.alice, world.erin
    assert freed[:2] == [(carol, carol, 1, 5), (alice, alice, 6, 5)]
    assert freed[2:] == [(carol, carol, 11, 5), (erin, erin, 16, 5)]
    assert [cn.encumberedOf(who, CEA) for who in (carol, alice, erin)] == [0, 0, 0]


def test_frozen_units_need_an_account_that_may_receive_them(world: World, cn: Contract) -> None:
    mark(world, ref(1, 1, 20))
    world.set_status(cn, world.alice, Status.SUSPENDED)
    with refused("AccountCannotReceive", world.alice, Status.SUSPENDED):
        go_home(world, world.bob, 20, accepted=20)
    pool = (world.kr, FOREIGN_CEA, 20, [], world.pool(cn), 20)
    with refused("AccountKeyless", world.pool(cn)):
        world.gateway.returnUnits(*pool, by=world.bob)


# ---- pledged, or frozen otherwise ---------------------------------------------------------


@pytest.mark.parametrize("first", ["pledge", "freeze"])
@pytest.mark.parametrize("kind", ["pledge", "freeze"])
def test_two_liens_on_the_same_units_are_lifted_in_any_order(
    world: World, cn: Contract, kind: str, first: str
) -> None:
    """A freeze of 23-26 and of 29-30 over a pledge, or a freeze, of 21-30."""
    below = (pledge if kind == "pledge" else freeze)(world, 10)
    marked = mark(world, ref(21, 23, 4), ref(27, 29, 2)).event("LienPlaced").lienId
    order = [(kind, below), ("freeze", marked)]
    if first != kind or first == "freeze":
        order.reverse()
    left = {below: 10, marked: 6}
    lift(world, *order[0])
    assert cn.encumberedOf(world.alice, CEA) == left[order[1][1]]
    frozen = [(23, 4), (29, 2)]
    free = [r for r in [(21, 2), (27, 2), *frozen] if order[0][1] == below and r not in frozen]
    assert sorted(listed(world, world.alice)) == free
    lift(world, *order[1])
    assert cn.encumberedOf(world.alice, CEA) == 0
    assert sorted(listed(world, world.alice)) == [(21, 2), (23, 4), (27, 2), (29, 2)]


def test_what_a_creditor_lets_go_of_stays_frozen(world: World, cn: Contract) -> None:
    pledged = pledge(world, 10)
    marked = mark(world, ref(21, 21, 10)).event("LienPlaced").lienId
    receipt = lift(world, "pledge", pledged)
    assert receipt.events("UnitsMoved") == []
    assert cn.encumberedOf(world.alice, CEA) == 10
    with refusal(world, "UnitsNotHeld", CEA, world.alice, 21, 21, 10):
        pledge(world, 10, [ref(21, 21, 10)])
    receipt = lift(world, "freeze", marked)
    moved = (CEA, world.alice, world.alice, 21, 10, Type.RELEASE, HELD)
    assert receipt.event("UnitsMoved") == moved


# ---- what is refused ----------------------------------------------------------------------


def test_units_are_frozen_once(world: World) -> None:
    """Abroad, pledged, and when they came back."""
    mark(world, ref(1, 4, 3))
    for block, first in ((4, 4), (4, 5)):
        with refusal(world, "AlreadyFrozen", CEA, block):
            mark(world, ref(block, first, 1))
    with refusal(world, "AlreadyFrozen", CEA, 7):
        mark(world, ref(7, 7, 2), ref(7, 7, 1))
    go_home(world, world.bob, 20, accepted=20)
    with refusal(world, "AlreadyFrozen", CEA, 4):
        mark(world, ref(4, 4, 1))
    pledge(world, 10, [ref(21, 21, 10)])
    mark(world, ref(21, 21, 10))
    with refusal(world, "AlreadyFrozen", CEA, 21):
        mark(world, ref(21, 21, 10))
    lift(world, "freeze", 1)
    lift(world, "freeze", 3)
    mark(world, ref(21, 21, 10))  # and once more when it was lifted


@pytest.mark.parametrize(
    ("block", "first", "count"),
    [
        (21, 21, 10),  # in circulation: `freeze` is for that
        (1, 1, 0),
        (1, 20, 2),  # beyond the block
        (1, 0, 1),  # before it
        (5, 5, 1),  # no block starts there
        (31, 31, 1),  # never issued
    ],
)
def test_only_units_that_are_away_are_marked(
    world: World, block: int, first: int, count: int
) -> None:
    with refusal(world, "NotSetAside", CEA, block, first, count):
        mark(world, ref(block, first, count))


def test_used_units_are_not_marked(world: World) -> None:
    use(world, world.bob, "retire", 20)
    with refusal(world, "NotSetAside", CEA, 1, 1, 20):
        mark(world, ref(1, 1, 20))


def test_a_list_has_1_to_256_ranges(world: World) -> None:
    with refusal(world, "RangesMissing"):
        mark(world)
    with refusal(world, "TooManyBlocks", CEA, 256):
        mark(world, *[ref(1, 1, 1)] * 257)


def test_marking_is_the_compliance_officers_at_its_desk(world: World, cn: Contract) -> None:
    call = (CEA, [ref(1, 1, 1)], COURT)
    for person in (world.alice, world.bob, world.registrar, world.root, world.stranger):
        with refusal(world, "AccessManagedUnauthorized", person):
            world.CN.liens.freezeReturning(*call, by=person)
    for person in (world.officer, world.alice, world.gateway.address):
        with (
            world.chain.as_contract(person),
            refusal(world, "NotTheDesk", Type.FREEZE_MARK, person, world.CN.liens),
        ):
            alone(cn, "markFrozen", CEA, ref(1, 1, 1), True, by=person)


def test_such_a_freeze_has_no_account_to_take_more_from(world: World) -> None:
    mark(world, ref(1, 1, 5))
    with refusal(world, "LienKindIs", 1, Lien.FREEZE):
        world.CN.liens.extendFreeze(1, 1, [], by=world.officer)
