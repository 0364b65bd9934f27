"""Units that cross a link, and what becomes of them when they are used abroad."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, refused, text32
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.crossing import RATES, USES, go_home, moves, settled, use
from tests.contracts.words import (
    Restriction,
    Role,
    State,
    Status,
    Type,
    ref,
)

# ---- crossing -----------------------------------------------------------------------------


def test_transfer_escrows_at_home_and_imports_abroad(
    world: World, gateway: Contract, link: int
) -> None:
    receipt = world.cross(link, world.alice, CEA, 9, world.bob)
    home, abroad = gateway.address, (1, 6)
    assert moves(receipt, world.cn) == [
        (world.alice, home, 292, 9, Type.EXTERNAL_TRANSFER, State.ESCROWED)
    ]
    assert moves(receipt, world.kr) == [
        (ZERO_ADDRESS, home, *abroad, Type.CONVERSION, State.HELD),
        (home, world.bob, *abroad, Type.EXTERNAL_TRANSFER, State.HELD),
    ]
    opened = receipt.event("LotOpened")
    assert opened[:3] == (1, link, world.alice)
    assert opened.lot == (link, 1, 9, 1, 6, 9, 2, 3, 6, CEA, FOREIGN_CEA)
    assert (opened.recipient, opened.sourceRanges) == (world.bob, [(292, 9)])
    assert gateway.lotOf(1) == (opened.lot, [(292, 9)])
    singles = [tuple(e.args) for e in receipt.events("TransferSingle")]
    assert singles == [
        (home, world.alice, home, CEA, 9),
        (home, ZERO_ADDRESS, world.bob, FOREIGN_CEA, 6),
    ]
    assert world.cn.totalsOf(CEA)[1:3] == (300, 9)
    assert (world.cn.balanceOf(world.alice, CEA), world.cn.balanceOf(home, CEA)) == (291, 9)
    assert world.kr.balanceOf(world.bob, FOREIGN_CEA) == 6


def test_first_import_defines_the_foreign_class(world: World, gateway: Contract, link: int) -> None:
    world.cross(link, world.alice, CEA, 9, world.bob)
    spec = world.kr.classOf(FOREIGN_CEA)
    assert spec[:5] == (3, 2025, 2025, 2025, 2**40 - 1)
    assert world.kr.originOf(FOREIGN_CEA) == (gateway.address, world.cn.address, CEA)
    receipt = world.cross(link, world.alice, CEA, 9, world.bob)
    assert receipt.events("ClassDefined") == []
    assert [gateway.lotAt(world.kr, FOREIGN_CEA, serial) for serial in (1, 6, 7, 12)] == [
        1,
        1,
        2,
        2,
    ]
    assert gateway.lotAt(world.cn, FOREIGN_CEA, 1) == 0


@pytest.mark.parametrize("rate", RATES)
def test_rounding_takes_only_what_yields_what_is_received(
    world: World, gateway: Contract, rate: tuple[int, int]
) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms(rate))
    world.give(world.cn, world.alice, CEA, 200_000)
    exact = Fraction(*rate)
    received_so_far = taken_so_far = 0
    for quantity in (1, 2, 3, 5, 7, 8, 13, 9999, 10000, 10001, 12345):
        received = floor(quantity * exact)
        taken = ceil(received / exact)
        quote = gateway.quote(link, CEA, quantity)
        assert (quote.destinationUnits, quote.sourceUnits) == (received, taken)
        if received == 0:
            assert quote.restriction == Restriction.NOTHING_CONVERTED
            with refused("NothingConverted", link, quantity):
                world.cross(link, world.alice, CEA, quantity, world.bob)
            continue
        assert quote.restriction == Restriction.NONE
        with refused("ReceivedLessThanAccepted", received, received + 1):
            world.cross(link, world.alice, CEA, quantity, world.bob, accepted=received + 1)
        world.cross(link, world.alice, CEA, quantity, world.bob, accepted=received)
        received_so_far += received
        taken_so_far += taken
        assert world.cn.balanceOf(world.alice, CEA) == 200_000 - taken_so_far
        assert world.kr.balanceOf(world.bob, FOREIGN_CEA) == received_so_far
        assert taken <= quantity < ceil((received + 1) / exact)


def test_transfer_of_named_serials_names_what_is_taken(
    world: World, gateway: Contract, link: int
) -> None:
    assert gateway.quote(link, CEA, 10).sourceUnits == 9
    with refused("QuantityMismatch", 9, 10):
        world.cross(link, world.alice, CEA, 10, world.bob, [ref(1, 11, 10)])
    world.cross(link, world.alice, CEA, 10, world.bob, [ref(1, 11, 4), ref(15, 101, 5)])
    assert gateway.lotOf(1)[1] == [(11, 4), (101, 5)]


def test_transfer_of_what_is_not_there_is_refused_whole(
    world: World, gateway: Contract, link: int
) -> None:
    with refused("ERC1155InsufficientBalance", world.alice, 300, 303, CEA):
        world.cross(link, world.alice, CEA, 303, world.bob)
    with refused("ERC1155InsufficientBalance", world.bob, 0, 3, CEA):
        world.cross(link, world.bob, CEA, 3, world.bob)
    with refused("UnitsNotHeld", CEA, world.alice, 1, 300, 3):
        world.cross(link, world.alice, CEA, 3, world.bob, [ref(1, 300, 3)])
    with refused("AccountCannotReceive", world.stranger, Status.NONE):
        world.cross(link, world.alice, CEA, 3, world.stranger)
    assert (gateway.lotCount(), gateway.quotaUsed(link, world.start - 1000)) == (0, 0)
    assert world.cn.totalsOf(CEA).escrowed == 0


def test_stale_terms_are_refused(world: World, link: int) -> None:
    world.amend(link, world.CN, world.KR, world.terms((1, 2)))
    with refused("TermsStale", link, 1, 2):
        world.cross(link, world.alice, CEA, 9, world.bob, version=1)
    with refused("TermsStale", link, 3, 2):
        world.cross(link, world.alice, CEA, 9, world.bob, version=3)


def test_transfer_over_an_unknown_link_is_refused(world: World, gateway: Contract) -> None:
    for unknown in (0, 1, 77):
        assert gateway.quote(unknown, CEA, 9).restriction == Restriction.LINK_UNKNOWN
        with refused("LinkUnknown", unknown):
            world.cross(unknown, world.alice, CEA, 9, world.bob, version=1)


def test_gateway_that_the_programme_dismissed_can_do_nothing(
    world: World, gateway: Contract, link: int
) -> None:
    world.KR.authority.revokeRole(Role.LINK_GATEWAY, gateway, by=world.root)
    with refused("AccessManagedUnauthorized", gateway):
        world.cross(link, world.alice, CEA, 9, world.bob)


def test_account_holder_is_no_gateway(world: World) -> None:
    """A gateway's balance is its escrow and nothing else."""
    world.CN.authority.grantRole(Role.LINK_GATEWAY, world.dave, 0, by=world.root)
    with refused("AccountAlreadyOpen", world.dave, Status.OPEN):
        world.cn.escrow(world.alice, CEA, 9, [], by=world.dave)


def test_name_of_a_foreign_class_cannot_be_taken(world: World) -> None:
    with refused("SymbolInvalid", text32("CN.CEA-2025")):
        world.define(world.kr, "CN.CEA-2025")


# ---- used abroad --------------------------------------------------------------------------


@pytest.mark.parametrize("verb", USES)
def test_what_is_used_abroad_is_terminal_at_home(
    world: World, gateway: Contract, lot: int, verb: str
) -> None:
    """Invariant 9."""
    receipt = use(world, world.bob, verb, 6)
    state = USES[verb]
    assert settled(receipt) == [(1, 9, state)]
    assert receipt.event("ForeignSettled") == (lot, 1, 6, state)
    assert moves(receipt, world.cn) == [
        (gateway.address, gateway.address, 1, 9, Type.EXTERNAL_TRANSFER, state)
    ]
    owner, count, _, after = world.cn.blockAt(CEA, 1)  # a terminal block keeps its time
    assert (owner, count, after) == (gateway.address, 9, state)
    totals = world.cn.totalsOf(CEA)
    assert (totals.escrowed, totals.surrendered + totals.retired + totals.cancelled) == (0, 9)
    with refused("ERC1155InsufficientBalance", world.bob, 0, 1, FOREIGN_CEA):
        go_home(world, world.bob, 1)


def test_return_after_a_surrender_brings_home_the_rest_only(
    world: World, gateway: Contract, lot: int
) -> None:
    use(world, world.bob, "surrender", 2, [ref(1, 1, 2)])  # source 1-3
    with refused("UnitsNotHeld", FOREIGN_CEA, world.bob, 1, 1, 2):
        go_home(world, world.bob, 2, [ref(1, 1, 2)])
    assert settled(go_home(world, world.bob, 4)) == [(4, 6, State.HELD)]
    assert world.cn.balanceOf(world.alice, CEA) == 297
    assert gateway.lotOf(lot)[0][5:9] == (0, 2, 3, 0)


# ---- limits -------------------------------------------------------------------------------


def test_lot_of_thirty_two_ranges_and_no_more(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((2, 3)))
    for _ in range(33):
        world.give(world.cn, world.alice, CEA, 3)
    with refused("TooManyBlocks", CEA, 32):
        world.cross(link, world.alice, CEA, 99, world.bob)
    world.cross(link, world.alice, CEA, 96, world.bob)
    sources = gateway.lotOf(1)[1]
    assert len(sources) == 32
    # One foreign unit out of the middle, then all the rest at once: the most parcels there can be.
    use(world, world.bob, "surrender", 1, [ref(1, 32, 1)])
    receipt = go_home(world, world.bob, 63)
    counts = {state: sum(c for _, c, s in settled(receipt) if s == state) for state in State}
    assert (counts[State.HELD], counts[State.SURRENDERED]) == (94, 1)
    assert gateway.lotOf(1)[0].escrowed == 0


def test_use_of_foreign_units_in_too_many_blocks_is_refused(world: World) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 33)
    for _ in range(33):
        world.cross(link, world.alice, CEA, 1, world.bob)
    with refused("TooManyBlocks", FOREIGN_CEA, 32):
        use(world, world.bob, "surrender", 33)
    with refused("TooManyBlocks", FOREIGN_CEA, 32):
        go_home(world, world.bob, 33)
    use(world, world.bob, "surrender", 32)
