"""Whatever a partner's registry or authority does, it stops nobody but itself.

A side acts as itself: only its own authority is asked whether the caller may speak for it. So KR's
stops, its tighter quota, its uses of the partner's units and their way home go through, however the
partner answers. What of it the partner has to settle waits (test_waiting.py).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scripts.bench.evm import Contract, Receipt, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, KAU, World
from tests.contracts.crossing import go_home, settled, use, waits
from tests.contracts.desks import Control, limited
from tests.contracts.hostile import BAD_MOODS, FOREIGN_XAU, XAU, Hostile, Mood, hostile
from tests.contracts.words import Restriction, State, class_spec, ref

MOODS = pytest.mark.parametrize("mood", Mood, ids=lambda mood: mood.name)


@pytest.fixture
def partner(world: World) -> Hostile:
    """XX sends to KR over link 2 and receives over link 3. Bob has ten of its units in KR."""
    partner = hostile(world)
    there, _ = partner.sends(world.KR, world.terms((1, 1), quota=100), world.terms((1, 1)))
    partner.cross(there, 10, world.bob)
    return partner


# ---- a side acts as itself ----------------------------------------------------------------


def test_a_partner_that_says_yes_to_everybody_takes_back_no_stop_of_the_other_side(
    world: World, gateway: Contract, partner: Hostile
) -> None:
    receipt = gateway.suspend(2, world.kr, by=world.link_kr)
    assert receipt.event("LinkSuspended") == (2, world.kr.address, world.link_kr)
    with refused("NotLinkAdministrator", world.stranger, world.kr):
        partner.speak("resume", 2, world.kr)
    partner.speak("resume", 2, partner.registry)  # which had not stopped anything
    assert gateway.linkOf(2).suspendedBy == 2
    with refused("LinkIsSuspended", 2):
        partner.cross(2, 1, world.bob)


def test_a_partner_that_says_yes_to_everybody_decides_nothing_for_the_other_side(
    world: World, gateway: Contract, partner: Hostile
) -> None:
    terms, edition = world.terms((1, 1), quota=10**9), gateway.editionOf(partner.registry)
    partner.speak("proposeTerms", 2, partner.registry, terms)
    for call in (
        ("acceptTerms", 2, world.kr, 2, terms),
        ("proposeTerms", 2, world.kr, terms),
        ("withdrawTerms", 2, world.kr),
        ("lowerQuota", 2, 0),
        ("suspend", 2, world.kr),
        ("endAgreement", 1, world.kr),
        ("acceptEdition", 1, world.kr, edition),
        ("proposeAgreement", world.kr, world.consent(world.JP), terms, terms),
        ("admit", world.kr, world.stranger, edition),
        ("proposeSuccession", world.kr, world.stranger),
        ("stopSuccession", 1, world.kr),
        ("claimReport", world.kr, edition),
    ):
        with refused("NotLinkAdministrator", world.stranger, world.kr):
            partner.speak(*call)


# ---- what goes through, however it answers ------------------------------------------------


def tightened(world: World, gateway: Contract) -> dict[str, Callable[[], Receipt]]:
    """What KR does alone, or two of its people, on its own side of both links."""
    kr, by, terms = world.kr, world.link_kr, world.terms((1, 2))
    return {
        "suspend": lambda: gateway.suspend(2, kr, by=by),
        "suspend the way out": lambda: gateway.suspend(3, kr, by=by),
        "resume": lambda: gateway.resume(2, kr, by=by),
        "lower": lambda: gateway.lowerQuota(2, 50, by=by),
        "propose": lambda: gateway.proposeTerms(2, kr, terms, by=by),
        "withdraw": lambda: gateway.withdrawTerms(2, kr, by=by),
        "accept another edition": lambda: gateway.acceptEdition(1, kr, bytes(32), by=by),
        "end": lambda: gateway.endAgreement(1, kr, by=by),
    }


@MOODS
def test_the_other_side_tightens_and_ends(
    world: World, gateway: Contract, partner: Hostile, mood: Mood
) -> None:
    partner.become(mood)
    for act in tightened(world, gateway).values():
        act()
    assert gateway.linkOf(2).suspendedBy == 0
    assert gateway.linkOf(3).suspendedBy == 1
    assert gateway.termsOf(2).quota == 50
    assert gateway.proposedTermsOf(2)[2] == 0
    assert gateway.linkOf(2).endsAt == world.chain.time  # no notice was agreed on


@MOODS
@pytest.mark.parametrize("verb", ["surrender", "retire", "cancel"])
def test_its_units_are_used(world: World, partner: Hostile, mood: Mood, verb: str) -> None:
    partner.become(mood)
    receipt = use(world, world.bob, verb, 4, unit_class=FOREIGN_XAU)
    assert world.kr.balanceOf(world.bob, FOREIGN_XAU) == 6
    expected = {"surrender": State.SURRENDERED, "retire": State.RETIRED, "cancel": State.CANCELLED}
    done = [(7, 4, expected[verb])]
    kept = mood in {Mood.WILLING, Mood.RETURNS_BOMB}  # nobody reads its answer
    assert (settled(receipt), waits(receipt)) == ((done, []) if kept else ([], done))


@MOODS
def test_its_units_go_home(world: World, partner: Hostile, mood: Mood) -> None:
    partner.become(mood)
    receipt = go_home(world, world.bob, 4, unit_class=FOREIGN_XAU)
    assert world.kr.balanceOf(world.bob, FOREIGN_XAU) == 6
    done = [(7, 4, State.HELD)]
    kept = mood in {Mood.WILLING, Mood.RETURNS_BOMB}
    assert (settled(receipt), waits(receipt)) == ((done, []) if kept else ([], done))


@MOODS
def test_units_of_others_cross_go_home_and_are_used(
    world: World, partner: Hostile, mood: Mood
) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 100)
    partner.become(mood)
    world.cross(link, world.alice, CEA, 10, world.bob)
    assert settled(go_home(world, world.bob, 4, accepted=4)) == [(97, 4, State.HELD)]
    assert settled(use(world, world.bob, "surrender", 6)) == [(91, 6, State.SURRENDERED)]
    assert world.kr.balanceOf(world.bob, FOREIGN_CEA) == 0


@MOODS
def test_what_was_sent_to_it_is_not_the_other_sides_burden(
    world: World, gateway: Contract, partner: Hostile, mood: Mood
) -> None:
    """KR's own units are in the partner's hands; whatever else KR's accounts do goes on."""
    world.give(world.kr, world.erin, KAU, 20)
    world.cross(3, world.erin, KAU, 10, world.erin)
    partner.become(mood)
    world.kr.safeTransferFrom(world.erin, world.bob, KAU, 5, b"", by=world.erin)
    gateway.suspend(3, world.kr, by=world.link_kr)
    assert world.kr.totalsOf(KAU).escrowed == 10


def test_one_answer_is_waited_for_in_a_call(world: World, partner: Hostile) -> None:
    """Sixty lots at 400,000 gas each would not fit into a block."""
    for _ in range(60):
        partner.cross(2, 1, world.bob)
    partner.become(Mood.BURNS_GAS)
    receipt = use(world, world.bob, "retire", 60, unit_class=FOREIGN_XAU)
    assert len(waits(receipt)) == 60
    assert receipt.gas_used < 400_000 + 60 * 120_000


# ---- what it lies about -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ranges", "error"),
    [
        ([(1, 4)], ("QuantityMismatch", 5, 4)),
        ([(1, 4), (9, 2)], ("QuantityMismatch", 5, 6)),
        ([(1, 2), (3, 0), (3, 3)], ("QuantityZero",)),
        ([(serial, 1) for serial in range(1, 66)], ("TooManySourceBlocks", 65, 64)),
    ],
    ids=["less", "more", "nothing", "too many"],
)
def test_a_lot_is_made_of_ranges_that_add_up(
    world: World, partner: Hostile, ranges: list[tuple[int, int]], error: tuple[object, ...]
) -> None:
    """Any other lot could not be taken apart, and its units could not be used."""
    partner.registry.sayTaken(ranges, by=world.stranger)
    with refused(*error):
        partner.cross(2, 5, world.bob)


@pytest.mark.parametrize(
    "ranges",
    [[(1, 2), (1, 3)], [(2**40 - 1, 5)], [(serial, 1) for serial in range(5)]],
    ids=["the same twice", "beyond the last serial", "from serial 0"],
)
def test_serials_that_cannot_be_are_the_partners_own_affair(
    world: World, partner: Hostile, ranges: list[tuple[int, int]]
) -> None:
    partner.registry.sayTaken(ranges, by=world.stranger)
    partner.cross(2, 5, world.bob)
    partner.become(Mood.REVERTS)
    use(world, world.bob, "surrender", 2, [ref(11, 12, 2)], unit_class=FOREIGN_XAU)
    go_home(world, world.bob, 2, [ref(14, 14, 2)], unit_class=FOREIGN_XAU)
    use(world, world.bob, "retire", 11, unit_class=FOREIGN_XAU)
    assert world.gateway.lotOf(2)[0].outstanding == 0


@pytest.mark.parametrize("mood", BAD_MOODS, ids=lambda mood: mood.name)
def test_a_holding_limit_that_asks_it_stops_no_arrival(
    world: World, partner: Hostile, mood: Mood
) -> None:
    limited(world, world.KR, world.erin, 10)
    classes = [(world.kr, KAU), (partner.registry, XAU)]
    world.kr.setHoldingLimitClasses(classes, by=world.root)
    world.give(world.kr, world.bob, KAU, 20)
    partner.become(mood)
    world.kr.safeTransferFrom(world.bob, world.erin, KAU, 10, b"", by=world.bob)
    with refused("HoldingLimitExceeded", world.erin, 11, 10):
        world.kr.safeTransferFrom(world.bob, world.erin, KAU, 1, b"", by=world.bob)


def test_a_balance_that_it_makes_up_counts_until_its_class_is_off_the_list(
    world: World, partner: Hostile
) -> None:
    limited(world, world.KR, world.erin, 10, Control.HOLDING_LIMIT)
    listed = (world.kr, KAU)
    world.kr.setHoldingLimitClasses([listed, (partner.registry, XAU)], by=world.root)
    world.give(world.kr, world.bob, KAU, 20)
    partner.registry.sayBalance(2**256 - 1, by=world.stranger)
    with refused("HoldingLimitExceeded", world.erin, 2**128, 10):
        world.kr.safeTransferFrom(world.bob, world.erin, KAU, 1, b"", by=world.bob)
    world.kr.setHoldingLimitClasses([listed], by=world.root)
    world.kr.safeTransferFrom(world.bob, world.erin, KAU, 10, b"", by=world.bob)


def test_it_orders_no_freeze_at_another_programmes_desk(world: World, gateway: Contract) -> None:
    """Two partners agree on units that never were, and name KR's desk as the one to freeze them."""
    source, destination = hostile(world, "SS"), hostile(world, "DD")
    terms = world.terms((1, 1), freezes=True)
    both = (source.consent(), destination.consent())
    source.speak("proposeAgreement", source.registry, both[1], terms, world.ABSENT)
    destination.speak("acceptAgreement", 1, both[0], terms, world.ABSENT)
    source.registry.sayClass(KAU, class_spec(), by=world.stranger)  # DD calls it by the same name
    source.cross(2, 10, world.stranger, KAU)
    destination.registry.sayDesk(world.KR.liens, by=world.stranger)
    world.give(world.kr, world.erin, KAU, 10)
    with refused("NotItsDesk", destination.registry, world.KR.liens):
        source.speak("freezeAbroad", 1, world.erin, [ref(1, 1, 10)], bytes(32))
    with refused("NotItsDesk", destination.registry, world.KR.liens):
        source.speak("liftAbroad", 2, 1)
    assert world.kr.encumberedOf(world.erin, KAU) == 0


def test_its_quote_may_say_anything_and_changes_nothing(
    world: World, gateway: Contract, partner: Hostile
) -> None:
    partner.registry.sayTaken([(1, 5)], by=world.stranger)
    quoted = gateway.quote(2, XAU, 5, world.stranger, world.bob)
    assert (quoted.destinationUnits, quoted.restriction) == (5, Restriction.NONE)
    with refused("AccountCannotReceive", world.stranger, 0):
        partner.cross(2, 5, world.stranger)
