"""Surrender, retirement and cancellation."""

from __future__ import annotations

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CEA, World
from tests.contracts.desks import refusal
from tests.contracts.words import LARGEST_QUANTITY, NOTHING, State, Type, ref

VERBS = {
    "surrender": (State.SURRENDERED, Type.SURRENDER),
    "retire": (State.RETIRED, Type.RETIREMENT),
    "cancel": (State.CANCELLED, Type.CANCELLATION),
}
CLAIM = text32("claim")
TEXT = text32("hash of the certificate")


def last(verb: str) -> tuple[object, ...]:
    return (2025,) if verb == "surrender" else (CLAIM, TEXT)


@pytest.fixture(autouse=True)
def holdings(world: World, cn: Contract) -> None:
    world.give(cn, world.alice, CEA, 100)


@pytest.mark.parametrize("verb", VERBS)
def test_use_by_quantity(world: World, cn: Contract, verb: str) -> None:
    state, kind = VERBS[verb]
    receipt = getattr(cn, verb)(world.alice, CEA, 30, [], *last(verb), by=world.alice)
    assert receipt.event("UnitsMoved") == (CEA, world.alice, world.alice, 71, 30, kind, state)
    said = (2025, NOTHING, NOTHING) if verb == "surrender" else (0, CLAIM, TEXT)
    assert receipt.event("UnitsUsed") == (world.alice, CEA, state, 30, *said)
    ended = world.chain.time
    assert cn.blockAt(CEA, 71) == (world.alice, 30, ended, state, 0, 0)
    assert cn.balanceOf(world.alice, CEA) == 70
    totals = cn.totalsOf(CEA)
    assert (totals.issued, totals.surrendered + totals.retired + totals.cancelled) == (100, 30)
    assert totals[3:6] == tuple(
        30 if s == state else 0 for s in (State.SURRENDERED, State.RETIRED, State.CANCELLED)
    )


@pytest.mark.parametrize("verb", VERBS)
def test_use_of_named_serials(world: World, cn: Contract, verb: str) -> None:
    named = [ref(1, 41, 10), ref(51, 99, 2)]
    receipt = getattr(cn, verb)(world.alice, CEA, 12, named, *last(verb), by=world.alice)
    assert [tuple(e.args[3:5]) for e in receipt.events("UnitsMoved")] == [(41, 10), (99, 2)]
    assert [cn.blockAt(CEA, first).state for first in (1, 41, 51, 99)] == [
        1,
        VERBS[verb][0],
        1,
        VERBS[verb][0],
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_use_by_anyone_else_is_refused(world: World, cn: Contract, verb: str) -> None:
    """Not by an approved operator either: an approval opens transfers and nothing else."""
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    for caller in (
        world.broker,
        world.bob,
        world.stranger,
        world.root,
        world.issuer,
        world.officer,
        world.registrar,
    ):
        with refusal(world, "NotTheHolder", world.alice, caller):
            getattr(cn, verb)(world.alice, CEA, 1, [], *last(verb), by=caller)


@pytest.mark.parametrize("verb", VERBS)
def test_use_of_what_is_not_there_is_refused(world: World, cn: Contract, verb: str) -> None:
    use = getattr(cn, verb)
    with refused("ERC1155InsufficientBalance", world.alice, 100, 101, CEA):
        use(world.alice, CEA, 101, [], *last(verb), by=world.alice)
    with refused("ERC1155InsufficientBalance", world.alice, 100, LARGEST_QUANTITY, CEA):
        use(world.alice, CEA, LARGEST_QUANTITY, [], *last(verb), by=world.alice)
    with refused("QuantityZero"):
        use(world.alice, CEA, 0, [], *last(verb), by=world.alice)
    with refused("QuantityMismatch", 5, 6):
        use(world.alice, CEA, 5, [ref(1, 41, 6)], *last(verb), by=world.alice)
    with refused("UnitsNotHeld", CEA, world.alice, 1, 96, 6):
        use(world.alice, CEA, 6, [ref(1, 96, 6)], *last(verb), by=world.alice)


@pytest.mark.parametrize("again", VERBS)
@pytest.mark.parametrize("verb", VERBS)
def test_used_units_never_move_again(world: World, cn: Contract, verb: str, again: str) -> None:
    """Invariant 4."""
    getattr(cn, verb)(world.alice, CEA, 30, [], *last(verb), by=world.alice)
    error = ("UnitsNotHeld", CEA, world.alice, 71, 80, 5)
    with refused(*error):
        cn.transferUnits(world.alice, world.bob, CEA, [ref(71, 80, 5)], by=world.alice)
    with refused(*error):
        getattr(cn, again)(world.alice, CEA, 5, [ref(71, 80, 5)], *last(again), by=world.alice)
    with refused("ERC1155InsufficientBalance", world.alice, 70, 71, CEA):
        cn.safeTransferFrom(world.alice, world.bob, CEA, 71, b"", by=world.alice)


def test_surrender_is_for_operators(world: World, cn: Contract) -> None:
    for account in (world.carol, world.dave, world.state, world.stranger):
        with refused("NotOperatorAccount", account):
            cn.surrender(account, CEA, 1, [], 2025, by=account)


def test_surrender_names_its_year(world: World, cn: Contract) -> None:
    for year in (0, 2024):
        with refused("YearUnknown", year):
            cn.surrender(world.alice, CEA, 1, [], year, by=world.alice)
