"""Units that cross a link: out, in, used abroad, and home again."""

from __future__ import annotations

import random
from copy import deepcopy
from fractions import Fraction
from math import ceil, floor

import pytest

from linking.lots import LotModel, SerialRange
from linking.rates import Rate, convert_down, least_source
from scripts.bench.evm import ZERO_ADDRESS, Contract, Receipt, refused, text32
from tests.contracts.actors import CEA, DECISION, FILE, FOREIGN_CEA, World
from tests.contracts.words import (
    NOTHING,
    Kind,
    Restriction,
    Role,
    State,
    Status,
    Type,
    class_id,
    ref,
)

RATES = [(2, 3), (3, 2), (1, 1), (9137, 10000), (7, 1), (1, 7), (10937, 10000)]
USES = {"surrender": State.SURRENDERED, "retire": State.RETIRED, "cancel": State.CANCELLED}


def moves(receipt: Receipt, registry: Contract) -> list[tuple[object, ...]]:
    """The movements in a registry: from, to, first, count, type, state."""
    events = receipt.events("UnitsMoved")
    return [tuple(e.args[1:]) for e in events if e.address == registry.address]


def settled(receipt: Receipt) -> list[tuple[int, int, State]]:
    """Source serials that left escrow: first, count, state."""
    return [
        (e.args.first, e.args.count, State(e.args.state)) for e in receipt.events("SourceSettled")
    ]


def use(world: World, account: str, verb: str, quantity: int, refs: object = ()) -> Receipt:
    last = 2025 if verb == "surrender" else NOTHING
    return getattr(world.kr, verb)(account, FOREIGN_CEA, quantity, list(refs), last, by=account)  # type: ignore[call-overload]


def go_home(
    world: World, account: str, quantity: int, refs: object = (), accepted: int = 0
) -> Receipt:
    return world.gateway.returnUnits(  # type: ignore[no-any-return]
        world.kr,
        FOREIGN_CEA,
        quantity,
        list(refs),
        world.alice,
        accepted,
        by=account,  # type: ignore[call-overload]
    )


@pytest.fixture
def link(world: World) -> int:
    """CN to KR at 2/3. Alice has 1-300 at CN."""
    world.give(world.cn, world.alice, CEA, 300)
    return world.agree(world.CN, world.KR, world.terms((2, 3)))[0]


@pytest.fixture
def lot(world: World, link: int) -> int:
    """Source serials 1-9 stand behind foreign serials 1-6, which Bob holds at KR."""
    world.cross(link, world.alice, CEA, 9, world.bob, [ref(1, 1, 9)])
    return 1


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
    world.kr.setApprovalForAll(world.broker, True, by=world.bob)
    for caller in (world.broker, world.alice):  # units go home by their holder's own hand
        with (
            refused("AccountCannotSend", caller, Status.NONE)
            if caller == world.broker
            else refused("ERC1155InsufficientBalance", caller, 0, 1, FOREIGN_CEA)
        ):
            go_home(world, caller, 1)


def test_return_of_units_that_were_never_imported_is_refused(world: World, link: int) -> None:
    world.give(world.kr, world.bob, world.KR.allowance, 10)
    with refused("ClassTypeInvalid", world.KR.allowance, 1):
        world.gateway.returnUnits(
            world.kr, world.KR.allowance, 10, [], world.alice, 0, by=world.bob
        )
    with refused("ClassTypeInvalid", 7, 0):
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
        # Leave the hint to the ledger's own list.
        order = [r.first for r in world.kr.blocksOf(FOREIGN_CEA, world.bob, 0, 99)]
        at = order.index(block)
        named = [ref(block, first, count, order[at - 1] if at else 0)]
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


# ---- whom the gateway trusts --------------------------------------------------------------


@pytest.fixture
def liar(world: World, link: int) -> tuple[Contract, int]:
    """A registry linked with CN at 1/1 and its one lot, for which CN escrows 296-300."""
    registry = world.chain.deploy("LyingRegistry", world.JP.authority, world.gateway)
    terms = world.terms((1, 1))
    world.gateway.proposeAgreement(world.cn, registry, terms, world.ABSENT, by=world.link_cn)
    agreement = world.gateway.agreementCount()
    world.gateway.acceptAgreement(agreement, terms, world.ABSENT, by=world.link_jp)
    world.cross(2 * agreement, world.alice, CEA, 5, world.bob)
    return registry, 2 * agreement


def test_registry_cannot_release_what_anothers_units_stand_for(
    world: World, liar: tuple[Contract, int]
) -> None:
    """It claims that its units came from KR; what comes home is what its lot took at CN."""
    registry, _ = liar
    world.give(world.kr, world.erin, world.KR.allowance, 400)
    back, _ = world.agree(world.KR, world.JP, world.terms((1, 1)))
    world.cross(back, world.erin, world.KR.allowance, 400, world.erin)
    registry.claim(world.kr, world.KR.allowance, by=world.stranger)
    world.gateway.returnUnits(registry, CEA, 5, [], world.alice, 0, by=world.stranger)
    assert world.kr.totalsOf(world.KR.allowance).escrowed == 400
    assert world.cn.totalsOf(CEA).escrowed == 0


def test_registry_cannot_send_more_blocks_than_a_lot_holds(
    world: World, liar: tuple[Contract, int]
) -> None:
    _, link = liar
    back = world.terms((1, 1))
    world.gateway.proposeTerms(link + 1, back, by=world.link_cn)
    world.gateway.acceptTerms(link + 1, 2, back, by=world.link_jp)
    with refused("TooManySourceBlocks", 33, 32):
        world.cross(link + 1, world.alice, CEA, 33, world.bob)
    world.cross(link + 1, world.alice, CEA, 32, world.bob)


def test_registry_cannot_bring_a_unit_home_twice(
    world: World, gateway: Contract, liar: tuple[Contract, int]
) -> None:
    """The same source units may be in escrow again, behind another lot."""
    registry, _link = liar
    gateway.returnUnits(registry, CEA, 2, [], world.alice, 0, by=world.stranger)  # serials 296-297
    world.cross(2, world.alice, CEA, 3, world.bob, [ref(1, 293, 3)])
    world.give(world.cn, world.alice, CEA, 1)
    head = [r.first for r in world.cn.blocksOf(CEA, world.alice, 0, 9)]
    block = 296
    previous = head[head.index(block) - 1] if head.index(block) else 0
    world.cross(2, world.alice, CEA, 2, world.bob, [ref(block, 296, 2, previous)])
    with refused("AlreadySettled", 1, 0, 2):
        gateway.returnUnits(registry, CEA, 2, [], world.alice, 0, by=world.stranger)
    assert world.cn.blockAt(CEA, 296).state == State.ESCROWED


def test_used_units_are_reported_by_their_registry_only(
    world: World, gateway: Contract, lot: int
) -> None:
    with refused("NotImported", world.bob, FOREIGN_CEA, 1):
        gateway.unitsUsed(FOREIGN_CEA, [(1, 6)], State.SURRENDERED, by=world.bob)


def test_gateway_settles_its_own_escrow_only(world: World, gateway: Contract, lot: int) -> None:
    other = world.chain.deploy("LinkGateway")
    world.CN.authority.adoptGateway(other, by=world.root)
    world.KR.authority.adoptGateway(other, by=world.root)
    with world.chain.as_contract(other.address):
        with refused("UnitsNotHeld", CEA, other, 1, 1, 9):
            world.cn.releaseEscrow(CEA, 1, 1, 9, world.alice, by=other)
        with refused("UnitsNotHeld", CEA, other, 1, 1, 9):
            world.cn.closeEscrow(CEA, 1, 1, 9, State.SURRENDERED, by=other)
        with refused("ClassTypeInvalid", FOREIGN_CEA, 3):
            world.kr.importUnits(FOREIGN_CEA, world.bob, 1, by=other)
        with refused("ClassTypeInvalid", FOREIGN_CEA, 3):
            world.kr.exportUnits(world.bob, FOREIGN_CEA, 1, [], by=other)


def test_gateway_ends_escrow_in_a_terminal_state_only(
    world: World, gateway: Contract, lot: int
) -> None:
    with world.chain.as_contract(gateway.address):
        for state in (State.NONE, State.HELD, State.ESCROWED):
            with refused("UnitsNotHeld", CEA, gateway, 1, 1, 9):
                world.cn.closeEscrow(CEA, 1, 1, 9, state, by=gateway)
        with refused("ClassTypeInvalid", FOREIGN_CEA, 3):  # nothing foreign goes into escrow
            world.kr.escrow(world.bob, FOREIGN_CEA, 1, [], by=gateway)
        with refused("ClassTypeInvalid", CEA, 1):  # nothing domestic is imported
            world.cn.importUnits(CEA, world.bob, 1, by=gateway)


# ---- receivers that call back -------------------------------------------------------------


@pytest.fixture
def contract(world: World, link: int) -> Contract:
    """A contract with an operator's account everywhere and something of each class."""
    receiver = world.chain.deploy("ScriptedReceiver")
    for registry in (world.cn, world.kr):
        registry.openAccount(receiver, Kind.OPERATOR, FILE, by=world.registrar)
    world.cn.transferUnits(world.alice, receiver, CEA, [ref(1, 1, 30)], by=world.alice)
    world.cross(link, world.alice, CEA, 30, receiver.address)
    return receiver


def callbacks(world: World, receiver: Contract, link: int) -> dict[str, tuple[Contract, str]]:
    cn, kr, gateway = world.cn, world.kr, world.gateway
    china, korea = world.CN.compliance, world.KR.compliance
    request = (receiver, link, 1, CEA, 9, 0, world.bob)
    home = (receiver, kr, FOREIGN_CEA, 4, [], receiver, 0)
    return {
        "transfer": (cn, cn.data("safeTransferFrom", receiver, world.bob, CEA, 1, b"")),
        "batch": (cn, cn.data("safeBatchTransferFrom", receiver, world.bob, [CEA], [1], b"")),
        "named": (cn, cn.data("transferUnits", receiver, world.bob, CEA, [ref(1, 2, 1)])),
        "surrender": (china, china.data("surrender", receiver, 2025, CEA, 1, [])),
        "retire": (cn, cn.data("retire", receiver, CEA, 1, [], NOTHING)),
        "cancel": (cn, cn.data("cancel", receiver, CEA, 1, [], NOTHING)),
        "surrender foreign": (korea, korea.data("surrender", receiver, 2025, FOREIGN_CEA, 1, [])),
        "return": (gateway, gateway.data("returnUnits", *home)),
        "over the link": (gateway, gateway.data("transfer", request, [])),
    }


GUARD = "0x3ee5aeb5"  # ReentrancyGuardReentrantCall()
NAMES = [
    "transfer",
    "batch",
    "named",
    "surrender",
    "retire",
    "cancel",
    "surrender foreign",
    "return",
    "over the link",
]


@pytest.mark.parametrize("name", NAMES)
def test_receiver_of_a_transfer_cannot_call_back(
    world: World, contract: Contract, link: int, name: str
) -> None:
    target, data = callbacks(world, contract, link)[name]
    contract.callBack(target, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = world.cn.safeTransferFrom(world.alice, contract, CEA, 5, b"", by=world.alice)
    called = receipt.event("CalledBack")
    assert (called.success, called.result.hex()) == (False, GUARD[2:])
    assert world.cn.balanceOf(contract.address, CEA) == 35


@pytest.mark.parametrize("name", ["surrender foreign", "return", "over the link"])
def test_receiver_of_an_import_cannot_call_back(
    world: World, contract: Contract, link: int, name: str
) -> None:
    """At that moment its lot does not exist yet."""
    target, data = callbacks(world, contract, link)[name]
    contract.callBack(target, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = world.cross(link, world.alice, CEA, 9, contract.address)
    called = receipt.event("CalledBack")
    assert (called.success, called.result.hex()) == (False, GUARD[2:])


@pytest.mark.parametrize("name", NAMES)
def test_receiver_of_a_return_cannot_call_back(
    world: World, contract: Contract, link: int, name: str
) -> None:
    world.cross(link, world.alice, CEA, 9, world.bob)
    target, data = callbacks(world, contract, link)[name]
    contract.callBack(target, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = world.gateway.returnUnits(world.kr, FOREIGN_CEA, 6, [], contract, 9, by=world.bob)
    assert not any(e.args.success for e in receipt.events("CalledBack"))


def test_receiver_of_a_return_cannot_use_the_gateway_for_another(
    world: World, contract: Contract, link: int
) -> None:
    """Neither KR nor JP is busy at that moment: it is the gateway that says no."""
    onward, _ = world.agree(world.KR, world.JP, world.terms((1, 1)))
    world.jp.openAccount(contract, Kind.OPERATOR, FILE, by=world.registrar)
    world.give(world.kr, world.bob, world.KR.allowance, 10)
    world.cross(onward, world.bob, world.KR.allowance, 10, contract.address)
    world.cross(link, world.alice, CEA, 9, world.bob)
    foreign, desk = class_id("KR.KAU-2025"), world.JP.compliance
    home = (contract, world.jp, foreign, 10, [], world.bob, 0)
    for target, data in (
        (world.gateway, world.gateway.data("returnUnits", *home)),
        (desk, desk.data("surrender", contract, 2025, foreign, 10, [])),
    ):
        contract.callBack(target, bytes.fromhex(data[2:]), by=world.stranger)
        receipt = world.gateway.returnUnits(world.kr, FOREIGN_CEA, 2, [], contract, 3, by=world.bob)
        assert receipt.event("CalledBack").result.hex() == GUARD[2:]
    assert world.jp.balanceOf(contract.address, foreign) == 10


def test_receiver_that_refuses_stops_an_import_and_a_return(
    world: World, contract: Contract, link: int
) -> None:
    world.cross(link, world.alice, CEA, 9, world.bob)
    contract.script(1, by=world.stranger)
    with refused("ERC1155InvalidReceiver", contract):
        world.cross(link, world.alice, CEA, 9, contract.address)
    with refused("ERC1155InvalidReceiver", contract):
        world.gateway.returnUnits(world.kr, FOREIGN_CEA, 6, [], contract, 9, by=world.bob)
    assert world.gateway.lotCount() == 2


def test_issue_is_guarded_too(world: World) -> None:
    authority = world.chain.deploy("ScriptedReceiver")
    world.cn.openAccount(authority, Kind.STATE_AUTHORITY, FILE, by=world.registrar)
    data = world.cn.data("safeTransferFrom", authority, world.bob, CEA, 1, b"")
    authority.callBack(world.cn, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = world.cn.issue(CEA, authority, 5, DECISION, by=world.issuer)
    assert receipt.event("CalledBack").result.hex() == GUARD[2:]
