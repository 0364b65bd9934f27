"""A freeze of the home programme reaches units at the destination, where the terms let it."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Receipt, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.crossing import go_home, use
from tests.contracts.desks import alone, refusal
from tests.contracts.liens import COURT, LOAN, Lien
from tests.contracts.words import LARGEST_QUANTITY, Type, UnitType, ref

LINK, LOT = 2, 2


@pytest.fixture(autouse=True)
def lots(world: World) -> None:
    """Three lots at KR: Bob has foreign 1-10, 11-20 and 21-30. The link lets freezes through."""
    world.agree(world.CN, world.KR, world.terms((1, 1), freezes=True))
    world.give(world.cn, world.alice, CEA, 100)
    for _ in range(3):
        world.cross(LINK, world.alice, CEA, 10, world.bob)


def freeze_abroad(world: World, *refs: Any, lot: int = LOT, holder: str = "") -> Receipt:
    holder = holder or world.bob
    return world.gateway.freezeAbroad(lot, holder, list(refs), COURT, by=world.officer)  # type: ignore[no-any-return]


def lift_abroad(world: World, lien: int = 1, link: int = LINK) -> Receipt:
    return world.gateway.liftAbroad(link, lien, by=world.link_cn)  # type: ignore[no-any-return]


def test_the_home_programme_freezes_units_abroad(world: World) -> None:
    kr, desk = world.kr, world.KR.liens
    receipt = freeze_abroad(world, ref(11, 12, 4))
    assert receipt.event("FrozenAbroad") == (LOT, desk.address, 1, COURT)
    placed = (1, world.bob, world.cn.address, Lien.FREEZE, FOREIGN_CEA, [(12, 4)], COURT)
    assert receipt.event("LienPlaced") == placed
    moved = (FOREIGN_CEA, world.bob, world.bob, 12, 4, Type.ENCUMBRANCE, 6)
    assert receipt.event("UnitsMoved") == moved
    assert desk.lienOf(1) == placed[3:4] + placed[1:3] + (FOREIGN_CEA, [(12, 4)])
    assert kr.encumberedOf(world.bob, FOREIGN_CEA) == 4


@pytest.mark.parametrize("act", ["return", "retire", "surrender", "transfer"])
def test_what_is_frozen_abroad_goes_nowhere(world: World, act: str) -> None:
    freeze_abroad(world, ref(11, 11, 10))

    def go(quantity: int, refs: Any = ()) -> None:
        if act == "return":
            go_home(world, world.bob, quantity, refs)
        elif act != "transfer":
            use(world, world.bob, act, quantity, refs)
        elif refs:
            world.kr.transferUnits(world.bob, world.carol, FOREIGN_CEA, refs, by=world.bob)
        else:
            gift = (world.bob, world.carol, FOREIGN_CEA, quantity, b"")
            world.kr.safeTransferFrom(*gift, by=world.bob)

    with refused("UnitsNotHeld", FOREIGN_CEA, world.bob, 11, 15, 2):
        go(2, [ref(11, 15, 2)])
    with refused("ERC1155InsufficientBalance", world.bob, 20, 21, FOREIGN_CEA):
        go(21)
    lift_abroad(world)
    go(2, [ref(11, 15, 2)])


def test_two_people_of_the_home_programme_let_go(world: World) -> None:
    freeze_abroad(world, ref(11, 11, 10))
    for person in (world.officer, world.link_cn, world.link_kr, world.bob, world.stranger):
        with refusal(world, "NotLinkAdministrator", person, world.cn):
            alone(world.gateway, "liftAbroad", LINK, 1, by=person)
    receipt = lift_abroad(world)
    assert receipt.event("LiftedAbroad") == (LINK, world.KR.liens.address, 1)
    assert receipt.event("LienLifted") == (1, world.gateway.address)
    assert world.kr.encumberedOf(world.bob, FOREIGN_CEA) == 0
    with refused("LienUnknown", 1):
        lift_abroad(world)


def test_the_programme_abroad_can_let_go_at_its_own_desk(world: World) -> None:
    freeze_abroad(world, ref(11, 11, 10))
    world.KR.liens.unfreeze(1, by=world.officer)
    assert world.kr.encumberedOf(world.bob, FOREIGN_CEA) == 0


def test_nobody_lets_go_of_anothers_lien(world: World) -> None:
    """Neither of a freeze of the other programme, nor of a pledge, nor of a third one's."""
    kr, desk = world.kr, world.KR.liens
    desk.freeze(world.bob, FOREIGN_CEA, 5, [ref(1, 1, 5)], COURT, by=world.officer)
    world.KR.liens.pledge(world.bob, FOREIGN_CEA, 5, [ref(6, 6, 5)], world.dave, LOAN, by=world.bob)
    with refused("NotTheCreditor", 1, world.cn, ZERO_ADDRESS):
        lift_abroad(world, 1)
    with refused("LienKindIs", 2, Lien.PLEDGE):
        lift_abroad(world, 2)
    freeze_abroad(world, ref(11, 11, 10))
    link, _ = world.agree(world.JP, world.KR, world.terms((1, 1), freezes=True))
    with refused("NotTheCreditor", 3, world.jp, world.cn):
        world.gateway.liftAbroad(link, 3, by=world.link_jp)
    for person in (world.bob, world.officer, world.link_cn):
        with refusal(world, "AccessManagedUnauthorized", person):
            desk.unfreezeForPartner(3, world.cn, by=person)
        with refusal(world, "AccessManagedUnauthorized", person):
            call = (world.bob, FOREIGN_CEA, [ref(21, 21, 1)], world.cn, COURT)
            desk.freezeForPartner(*call, by=person)
    assert kr.encumberedOf(world.bob, FOREIGN_CEA) == 20


def test_nothing_is_added_to_a_freeze_that_another_programme_can_lift(world: World) -> None:
    """KR's officer freezes more under a lien of its own."""
    freeze_abroad(world, ref(11, 11, 10))
    with refusal(world, "LienKindIs", 1, Lien.FREEZE):
        world.KR.liens.extendFreeze(1, 5, [ref(1, 1, 5)], by=world.officer)


def test_units_that_are_named_twice_are_not_frozen(world: World) -> None:
    """However many they add up to."""
    with refusal(world, "UnitsNotHeld", FOREIGN_CEA, world.bob, 11, 11, 10):
        freeze_abroad(world, ref(11, 11, 10), ref(11, 11, 10))
    most = LARGEST_QUANTITY
    largest = world.define(world.cn, "X", unit_type=UnitType.CREDIT, cap=most)
    world.amend(LINK, world.CN, world.KR, world.terms((1, 1), quota=most, freezes=True))
    world.credits(world.cn, world.alice, largest, most)
    world.cross(LINK, world.alice, largest, most - 30, world.bob)
    named = [ref(1, 1, most - 30)] * 2
    both = 2 * (most - 30)
    with refusal(world, "QuantityMismatch", both % 2**40, both):
        freeze_abroad(world, *named, lot=4)


def test_freezing_abroad_is_the_home_programmes_compliance_officers(world: World) -> None:
    """Asked of the home programme's own authority only."""
    call = (LOT, world.bob, [ref(11, 11, 10)], COURT)
    for person in (world.link_cn, world.link_kr, world.issuer, world.alice, world.bob, world.root):
        with refusal(world, "NotLinkAdministrator", person, world.cn):
            world.gateway.freezeAbroad(*call, by=person)


@pytest.mark.parametrize(
    ("block", "first", "count"), [(1, 1, 10), (21, 21, 1), (11, 11, 11), (1, 10, 2)]
)
def test_it_reaches_units_of_its_lot_only(world: World, block: int, first: int, count: int) -> None:
    with refusal(world, "OutsideLot", LOT, first, count):
        freeze_abroad(world, ref(11, 11, 1), ref(block, first, count))


@pytest.mark.parametrize("lot", [0, 4])
def test_a_lot_that_there_is_not_has_no_units(world: World, lot: int) -> None:
    with refusal(world, "OutsideLot", lot, 0, 0):
        freeze_abroad(world, ref(11, 11, 10), lot=lot)


def test_it_reaches_whoever_has_the_units(world: World) -> None:
    """Bob sold 12-15 to Carol."""
    named = [ref(11, 12, 4)]
    world.kr.transferUnits(world.bob, world.carol, FOREIGN_CEA, named, by=world.bob)
    with refusal(world, "UnitsNotHeld", FOREIGN_CEA, world.bob, 12, 12, 4):
        freeze_abroad(world, ref(12, 12, 4))
    freeze_abroad(world, ref(12, 12, 4), holder=world.carol)
    assert world.kr.encumberedOf(world.carol, FOREIGN_CEA) == 4


def test_a_freeze_stays_home_where_the_terms_do_not_say_so(world: World) -> None:
    """What is frozen already stays so, until the home programme lets go."""
    freeze_abroad(world, ref(11, 11, 5))
    world.amend(LINK, world.CN, world.KR, world.terms((1, 1)))
    with refusal(world, "FreezeStaysHome", LINK):
        freeze_abroad(world, ref(16, 16, 5))
    assert world.kr.encumberedOf(world.bob, FOREIGN_CEA) == 5
    lift_abroad(world)
    assert world.kr.encumberedOf(world.bob, FOREIGN_CEA) == 0


def test_each_direction_has_its_own_word_on_freezes(world: World) -> None:
    out, _ = world.agree(world.JP, world.CN, world.terms((1, 1)), world.terms((1, 1), freezes=True))
    world.give(world.jp, world.alice, world.JP.allowance, 10)
    world.cross(out, world.alice, world.JP.allowance, 10, world.bob)
    with refusal(world, "FreezeStaysHome", out):
        freeze_abroad(world, ref(1, 1, 10), lot=4)
