"""Units that cross a link, and what becomes of them when they are used abroad."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, Receipt, refused, text32
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
    assert spec == (3, 2025, 2025, 2025, 2**40 - 1, [(text32("region"), text32("CN"))])
    assert gateway.foreignClassOf(world.kr, world.cn, CEA) == (FOREIGN_CEA, 1)
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
    assert (gateway.lotCount(), gateway.meterOf(link)[0].used) == (0, 0)
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
    with refused("RoleInvalid", Role.LINK_GATEWAY):  # it is no person's
        world.CN.authority.grantRole(Role.LINK_GATEWAY, world.dave, 0, by=world.root)
    world.CN.authority.adoptGateway(world.dave, by=world.root)
    world.give(world.cn, world.alice, CEA, 9)
    with refused("AccountIsGateway", world.dave):
        world.cn.escrow(world.alice, CEA, 9, [], by=world.dave)


def test_gateway_has_no_account(world: World, gateway: Contract) -> None:
    """Nobody takes its address before units are to go there."""
    with refused("AccountIsGateway", gateway):
        world.open(world.cn, gateway.address)


def test_an_account_at_a_gateways_address_blocks_exports_until_two_people_close_it(
    world: World,
) -> None:
    """One person opened it before the programme adopted the gateway."""
    later = world.editions.gateway()
    world.open(world.cn, later.address)
    world.CN.authority.adoptGateway(later, by=world.root)
    world.give(world.cn, world.alice, CEA, 10)
    with world.chain.as_contract(later.address):
        for status in (Status.SUSPENDED, Status.CLOSURE_PENDING):
            with refused("AccountIsGateway", later):
                world.cn.escrow(world.alice, CEA, 9, [], by=later.address)
            world.cn.setAccountStatus(later, status, by=world.registrar)
        with refused("AccountIsGateway", later):
            world.cn.escrow(world.alice, CEA, 9, [], by=later.address)
        world.cn.setAccountStatus(later, Status.CLOSED, by=world.registrar)
        receipt = world.cn.escrow(world.alice, CEA, 9, [], by=later.address)
    moved = (world.alice, later.address, 2, 9, Type.EXTERNAL_TRANSFER, State.ESCROWED)
    assert moves(receipt, world.cn) == [moved]
    assert world.cn.balanceOf(later, CEA) == 9
    # Its balance stays its escrow and nothing else.
    with refused("AccountCannotReceive", later, Status.CLOSED):
        world.cn.safeTransferFrom(world.alice, later, CEA, 1, b"", by=world.alice)


def test_account_at_a_gateways_address_stops_it_until_it_is_closed(
    world: World, gateway: Contract, link: int
) -> None:
    """One person could open it before the gateway is adopted, or while it is dismissed."""
    world.cross(link, world.alice, CEA, 9, world.bob)
    world.CN.authority.revokeRole(Role.LINK_GATEWAY, gateway, by=world.root)
    world.open(world.cn, gateway.address)
    world.CN.authority.adoptGateway(gateway, by=world.root)
    with refused("AccountIsGateway", gateway):
        world.cross(link, world.alice, CEA, 9, world.bob)
    world.cn.setAccountStatus(gateway, Status.CLOSED, by=world.registrar)
    world.cross(link, world.alice, CEA, 9, world.bob)
    assert world.cn.balanceOf(gateway, CEA) == 18
    assert world.cn.accountOf(gateway).classesHeld == 0
    go_home(world, world.bob, 12)
    assert (world.cn.balanceOf(gateway, CEA), world.cn.balanceOf(world.alice, CEA)) == (0, 300)


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
    block = world.cn.blockAt(CEA, 1)  # a terminal block keeps its time
    assert block[:4] == (gateway.address, 9, world.chain.time, state)
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


def in_blocks(world: World, account: str, blocks: int, size: int) -> None:
    """So many new blocks of CEA; the newest is the account's first."""
    first = world.issue(world.cn, CEA, blocks * size)
    for start in range(first, first + blocks * size, size):
        world.deliver(world.cn, account, CEA, size, [(first, 0, start, size)])
        first = start + size


def test_lot_of_sixty_four_ranges_and_no_more(world: World, gateway: Contract) -> None:
    link, _ = world.agree(world.CN, world.KR, world.terms((2, 3)))
    in_blocks(world, world.alice, 65, 3)
    assert gateway.quote(link, CEA, 195, world.alice, world.bob).restriction == (
        Restriction.TOO_MANY_BLOCKS
    )
    with refused("TooManySourceBlocks", 65, 64):
        world.cross(link, world.alice, CEA, 195, world.bob)
    world.cross(link, world.alice, CEA, 192, world.bob)
    sources = gateway.lotOf(1)[1]
    assert len(sources) == 64
    # One foreign unit out of the middle, then all the rest at once: the most parcels there can be.
    use(world, world.bob, "surrender", 1, [ref(1, 64, 1)])
    receipt = go_home(world, world.bob, 127)
    counts = {state: sum(c for _, c, s in settled(receipt) if s == state) for state in State}
    assert (counts[State.HELD], counts[State.SURRENDERED]) == (190, 1)
    assert gateway.lotOf(1)[0].escrowed == 0


@pytest.fixture
def dust(world: World) -> None:
    """Bob has 257 foreign units of one lot, each in a block of its own."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 257)
    world.cross(link, world.alice, CEA, 257, world.carol)
    named = [ref(1, serial, 1) for serial in range(2, 258)]
    world.kr.transferUnits(world.carol, world.bob, FOREIGN_CEA, named[::-1], by=world.carol)
    world.kr.transferUnits(world.carol, world.bob, FOREIGN_CEA, [ref(1, 1, 1)], by=world.carol)


@pytest.mark.parametrize(
    ("verb", "most"), [("surrender", 200), ("retire", 256), ("cancel", 256), ("home", 256)]
)
def test_foreign_units_in_many_blocks_leave_in_one_call(
    world: World, dust: None, verb: str, most: int
) -> None:
    """As many as fit into a block of 30,000,000 gas, and never more than 256."""

    def leave(quantity: int) -> Receipt:
        if verb == "home":
            return go_home(world, world.bob, quantity, accepted=quantity)
        return use(world, world.bob, verb, quantity)

    with refused("TooManyBlocks", FOREIGN_CEA, 256):
        leave(257)
    state = USES.get(verb, State.HELD)
    assert settled(leave(most)) == [(serial, 1, state) for serial in range(1, most + 1)]
