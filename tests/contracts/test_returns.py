"""Units that come home over a link, and lots that are taken apart."""

from __future__ import annotations

import random
from copy import deepcopy

import pytest

from linking.lots import LotModel, SerialRange
from linking.rates import Rate, convert_down, least_source
from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.crossing import USES, go_home, hint, moves, settled, use
from tests.contracts.words import (
    State,
    Status,
    Type,
    ref,
)

# ---- home again ---------------------------------------------------------------------------


def test_round_trip_restores_everything(world: World, gateway: Contract, lot: int) -> None:
    receipt = go_home(world, world.bob, 6, accepted=9)
    assert settled(receipt) == [(1, 9, State.HELD)]
    assert moves(receipt, world.kr) == [
        (world.bob, world.bob, 1, 6, Type.EXTERNAL_TRANSFER, State.CANCELLED)
    ]
    assert moves(receipt, world.cn) == [
        (gateway.address, world.alice, 1, 9, Type.EXTERNAL_TRANSFER, State.HELD)
    ]
    assert world.cn.balanceOf(world.alice, CEA) == 300
    assert (world.cn.totalsOf(CEA).escrowed, world.kr.totalsOf(FOREIGN_CEA).cancelled) == (0, 6)
    assert world.kr.accountOf(world.bob).classesHeld == 0


def test_return_of_part_waits_for_the_twins(world: World, lot: int) -> None:
    """At 2/3, source units 1-3 stand behind foreign units 1-2, which share source unit 2."""
    assert settled(go_home(world, world.bob, 1, [ref(1, 2, 1)])) == [(3, 1, State.HELD)]
    assert settled(go_home(world, world.bob, 1, [ref(1, 1, 1, previous=3)])) == [(1, 2, State.HELD)]


def test_return_that_would_bring_nothing_home_is_refused(world: World) -> None:
    """At 3/1 no single foreign unit is a whole unit at home."""
    link, _ = world.agree(world.CN, world.KR, world.terms((3, 1)))
    world.give(world.cn, world.alice, CEA, 1)
    world.cross(link, world.alice, CEA, 1, world.bob)
    for quantity in (1, 2):
        with refused("NothingConverted", 0, quantity):
            go_home(world, world.bob, quantity)
    assert settled(go_home(world, world.bob, 3)) == [(1, 1, State.HELD)]


def test_return_below_what_is_accepted_is_refused(world: World, lot: int) -> None:
    with refused("ReceivedLessThanAccepted", 9, 10):
        go_home(world, world.bob, 6, accepted=10)
    with refused("ReceivedLessThanAccepted", 1, 2):
        go_home(world, world.bob, 1, [ref(1, 1, 1)], accepted=2)


def test_return_of_more_than_was_imported_is_refused(world: World, lot: int) -> None:
    with refused("ERC1155InsufficientBalance", world.bob, 6, 7, FOREIGN_CEA):
        go_home(world, world.bob, 7)
    with refused("UnitsNotHeld", FOREIGN_CEA, world.bob, 1, 1, 7):
        go_home(world, world.bob, 7, [ref(1, 1, 7)])
    go_home(world, world.bob, 6)
    with refused("ERC1155InsufficientBalance", world.bob, 0, 1, FOREIGN_CEA):
        go_home(world, world.bob, 1)


def test_return_by_anyone_but_the_holder_is_refused(world: World, lot: int) -> None:
    """An approval opens transfers only; units go home by their holder's own hand."""
    world.kr.setApprovalForAll(world.broker, True, by=world.bob)
    units = (world.bob, world.kr, FOREIGN_CEA, 1, [], world.alice, 0)
    for caller in (world.broker, world.alice):
        with refused("NotTheHolder", world.bob, caller):
            world.gateway.returnUnits(*units, by=caller)
    with refused("ERC1155InsufficientBalance", world.alice, 0, 1, FOREIGN_CEA):
        go_home(world, world.alice, 1)
    with refused("AccountCannotSend", world.broker, Status.NONE):
        go_home(world, world.broker, 1)


def test_return_of_units_that_were_never_imported_is_refused(world: World, link: int) -> None:
    world.give(world.kr, world.bob, world.KR.allowance, 10)
    with refused("NotTheGateway", world.KR.allowance, world.gateway):
        world.gateway.returnUnits(
            world.kr, world.KR.allowance, 10, [], world.alice, 0, by=world.bob
        )
    with refused("NotTheGateway", 7, world.gateway):
        world.gateway.returnUnits(world.kr, 7, 10, [], world.alice, 0, by=world.bob)


@pytest.mark.parametrize("later", [(1, 1), (1, 3), (5, 2)])
def test_return_is_at_the_rate_of_the_lot_whatever_the_terms_are_now(
    world: World, link: int, lot: int, later: tuple[int, int]
) -> None:
    world.amend(link, world.CN, world.KR, world.terms(later))
    assert settled(go_home(world, world.bob, 6)) == [(1, 9, State.HELD)]


def test_return_over_two_lots_at_two_rates(
    world: World, gateway: Contract, link: int, lot: int
) -> None:
    world.amend(link, world.CN, world.KR, world.terms((1, 2)))
    world.cross(link, world.alice, CEA, 8, world.bob, [ref(10, 10, 8)])  # foreign 7-10
    receipt = go_home(world, world.bob, 7)  # 7-10 from the head, then 4-6
    assert [e.args[:3] for e in receipt.events("ForeignSettled")] == [(2, 7, 4), (1, 4, 3)]
    # Source 5 stands behind foreign 3 and 4 and waits for 3.
    assert settled(receipt) == [(10, 8, State.HELD), (6, 4, State.HELD)]


def test_return_to_whoever_may_receive_at_home(world: World, lot: int) -> None:
    world.gateway.returnUnits(world.kr, FOREIGN_CEA, 6, [], world.carol, 9, by=world.bob)
    assert world.cn.balanceOf(world.carol, CEA) == 9


def test_returned_unit_can_cross_again_in_another_lot(
    world: World, gateway: Contract, link: int, lot: int
) -> None:
    go_home(world, world.bob, 6)
    world.cross(link, world.alice, CEA, 9, world.erin, [ref(1, 1, 9)])
    assert gateway.lotOf(2)[1] == [(1, 9)]
    use(world, world.erin, "surrender", 6)
    assert world.cn.blockAt(CEA, 1).state == State.SURRENDERED


# ---- edges: source units whose twins leave one after the other ----------------------------


@pytest.mark.parametrize("first", ["home", *USES])
@pytest.mark.parametrize("second", ["home", *USES])
def test_first_use_of_a_twin_decides(world: World, first: str, second: str) -> None:
    """At 2/1 each source unit has two twins."""
    link, _ = world.agree(world.CN, world.KR, world.terms((2, 1)))
    world.give(world.cn, world.alice, CEA, 1)
    world.give(world.cn, world.alice, CEA, 1)
    world.cross(link, world.alice, CEA, 2, world.bob)  # foreign 1-4; sources 2, 1

    def leave(verb: str, block: int, serials: tuple[int, int]) -> list[tuple[int, int, State]]:
        refs = [ref(block, *serials)]
        receipt = (
            go_home(world, world.bob, 2, refs)
            if verb == "home"
            else use(world, world.bob, verb, 2, refs)
        )
        return settled(receipt)

    if first == "home":
        with refused("NothingConverted", 0, 1):
            go_home(world, world.bob, 1, [ref(1, 1, 1)])
        return
    assert settled(use(world, world.bob, first, 1, [ref(1, 1, 1)])) == []
    # The second twin and one of the next source unit leave together: 2 is settled, 1 waits.
    state = USES[first]
    if second == "home":
        with refused("NothingConverted", 0, 2):  # 2 cannot come home, and 1 waits
            leave("home", 2, (2, 2))
        assert settled(go_home(world, world.bob, 3, [ref(2, 2, 3)])) == [
            (2, 1, state),
            (1, 1, State.HELD),
        ]
        return
    assert leave(second, 2, (2, 2)) == [(2, 1, state)]
    assert settled(use(world, world.bob, first, 1, [ref(4, 4, 1)])) == [(1, 1, USES[second])]


def test_mixed_uses_in_one_source_unit_and_its_neighbours(world: World) -> None:
    """At 3/2, source units 1 and 2 stand behind foreign units 1-3 and share the second."""
    link, _ = world.agree(world.CN, world.KR, world.terms((3, 2)))
    world.give(world.cn, world.alice, CEA, 4)
    world.cross(link, world.alice, CEA, 4, world.bob)  # sources 1-4, foreign 1-6
    assert settled(use(world, world.bob, "retire", 1, [ref(1, 2, 1)])) == []
    last = [ref(1, 1, 1, previous=3)]
    assert settled(use(world, world.bob, "surrender", 1, last)) == [(1, 1, State.RETIRED)]
    assert settled(use(world, world.bob, "cancel", 2, [ref(3, 3, 2)])) == [(2, 1, State.RETIRED)]
    receipt = go_home(world, world.bob, 2, [ref(5, 5, 2)], accepted=0)
    assert settled(receipt) == [(3, 1, State.CANCELLED), (4, 1, State.HELD)]


@pytest.mark.parametrize("rate", [(2, 3), (3, 2), (9, 7), (7, 9), (4, 1), (1, 4), (1, 1)])
@pytest.mark.parametrize("seed", range(4))
def test_lot_is_taken_apart_as_the_model_says(
    world: World, gateway: Contract, rate: tuple[int, int], seed: int
) -> None:
    """Parts of a lot of several source ranges leave in a random order, by use and by return."""
    source = random.Random(f"{rate} {seed}")
    link, _ = world.agree(world.CN, world.KR, world.terms(rate))
    foreign = source.randint(8, 24)
    missing = least_source(foreign, Rate(*rate))
    quantity, refs = missing, []
    while missing:
        count = source.randint(1, min(missing, 9))
        first = world.give(world.cn, world.alice, CEA, count + 2)
        refs.append(ref(first, first + 1, count))
        missing -= count
    source.shuffle(refs)
    world.cross(link, world.alice, CEA, quantity, world.bob, refs)
    foreign = convert_down(quantity, Rate(*rate))
    model = LotModel(Rate(*rate), [SerialRange(r[2], r[3]) for r in refs], 1, foreign)
    blocks = {1: foreign}
    while blocks:
        block = source.choice(sorted(blocks))
        size = blocks.pop(block)
        first = source.randrange(block, block + size)
        count = source.randint(1, block + size - first)
        verb = source.choice(["home", "home", *USES])
        previous = hint(world.kr, FOREIGN_CEA, world.bob, block)
        named = [ref(block, first, count, previous)]
        units = SerialRange(first, count)
        if verb == "home":
            trial = deepcopy(model)
            if not any(p.state == "HELD" for p in trial.return_(units)):
                with refused("NothingConverted", 0, count):
                    go_home(world, world.bob, count, named)
                verb = "surrender"
        if verb == "home":
            parcels, receipt = model.return_(units), go_home(world, world.bob, count, named)
        else:
            parcels = model.use(units, USES[verb].name)
            receipt = use(world, world.bob, verb, count, named)
        assert settled(receipt) == [(p.first, p.count, State[p.state]) for p in parcels]
        found = gateway.lotOf(1)[0]
        assert (found.escrowed, found.outstanding) == (model.escrowed, model.outstanding)
        assert world.cn.totalsOf(CEA).escrowed == model.escrowed
        if first > block:
            blocks[block] = first - block
        if first + count < block + size:
            blocks[first + count] = block + size - first - count
    assert (model.escrowed, model.outstanding) == (0, 0)
