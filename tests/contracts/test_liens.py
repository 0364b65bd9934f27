"""Units set aside by the authority or for a creditor: who does it, who lets go, and the lists."""

from __future__ import annotations

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, refused
from tests.contracts.actors import CEA, World
from tests.contracts.blocks import hand_over
from tests.contracts.desks import Control, alone, approve, execute, propose, refusal
from tests.contracts.holders import control
from tests.contracts.liens import COURT, LOAN, PLACE, Lien, freeze, lift, listed, pledge, tiles
from tests.contracts.words import Kind, Marks, State, Status, Type, ref


@pytest.fixture(autouse=True)
def three_blocks(world: World, cn: Contract) -> None:
    """Alice has 1-10, 11-20 and 21-30; the newest is the head of her list."""
    for _ in range(3):
        world.give(cn, world.alice, CEA, 10)


# ---- setting aside ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PLACE)
def test_set_aside_by_quantity(world: World, cn: Contract, kind: str) -> None:
    """The first of the list, as a transfer would take them."""
    lien = PLACE[kind](world, 14)
    alice, ranges = world.alice, [(21, 10), (17, 4)]
    creditor = world.dave if kind == "pledge" else ZERO_ADDRESS
    kept = world.CN.liens.lienOf(lien)
    assert kept == (Lien[kind.upper()], alice, creditor, CEA, ranges)
    assert world.CN.liens.lienCount() == lien == 1
    assert listed(world, alice) == [(11, 6), (1, 10)]
    assert tiles(world) == [
        (1, 10, alice, State.HELD),
        (11, 6, alice, State.HELD),
        (17, 4, alice, State.ENCUMBERED),
        (21, 10, alice, State.ENCUMBERED),
    ]


@pytest.mark.parametrize("kind", PLACE)
def test_set_aside_named_serials(world: World, kind: str) -> None:
    lien = PLACE[kind](world, 13, [ref(1, 5, 3), ref(11, 11, 10, previous=21)])
    alice = world.alice
    assert world.CN.liens.lienOf(lien).ranges == [(5, 3), (11, 10)]
    assert tiles(world) == [
        (1, 4, alice, State.HELD),
        (5, 3, alice, State.ENCUMBERED),
        (8, 3, alice, State.HELD),
        (11, 10, alice, State.ENCUMBERED),
        (21, 10, alice, State.HELD),
    ]


def test_lien_tells_whom_what_and_why(world: World) -> None:
    receipt = world.CN.liens.freeze(world.alice, CEA, 4, [], COURT, by=world.officer)
    placed = (1, world.alice, ZERO_ADDRESS, Lien.FREEZE, CEA, [(27, 4)], COURT)
    assert receipt.event("LienPlaced") == placed
    moved = (CEA, world.alice, world.alice, 27, 4, Type.ENCUMBRANCE, State.ENCUMBERED)
    assert receipt.event("UnitsMoved") == moved
    assert receipt.events("TransferSingle") == []  # the title stays where it is
    receipt = world.CN.liens.unfreeze(1, by=world.officer)
    assert receipt.event("LienLifted") == (1, world.CN.proposals.address)
    assert receipt.event("LienReleased") == (1, 0, 0)
    moved = (CEA, world.alice, world.alice, 27, 4, Type.RELEASE, State.HELD)
    assert receipt.event("UnitsMoved") == moved
    assert receipt.events("TransferSingle") == []


@pytest.mark.parametrize("kind", PLACE)
def test_balance_includes_what_is_set_aside(world: World, cn: Contract, kind: str) -> None:
    totals = cn.totalsOf(CEA)
    for quantity, aside in ((14, 14), (6, 20), (10, 30)):
        PLACE[kind](world, quantity)
        assert cn.balanceOf(world.alice, CEA) == 30
        assert cn.encumberedOf(world.alice, CEA) == aside
        assert cn.accountOf(world.alice).classesHeld == 1
        assert cn.totalsOf(CEA) == totals  # they count as held
    lift(world, kind, 2)
    assert (cn.balanceOf(world.alice, CEA), cn.encumberedOf(world.alice, CEA)) == (30, 24)
    assert listed(world, world.alice) == [(11, 6)]


# ---- the list around them -----------------------------------------------------------------


@pytest.mark.parametrize("kind", PLACE)
def test_list_goes_on_around_them(world: World, cn: Contract, kind: str) -> None:
    """Out of the middle, and back in at the head: hints name neighbours in the list."""
    lien = PLACE[kind](world, 10, [ref(11, 11, 10, previous=21)])
    assert listed(world, world.alice) == [(21, 10), (1, 10)]
    with refused("HintStale", CEA, world.alice, 1, 11):
        cn.transferUnits(world.alice, world.bob, CEA, [ref(1, 1, 10, previous=11)], by=world.alice)
    cn.transferUnits(world.alice, world.bob, CEA, [ref(1, 1, 10, previous=21)], by=world.alice)
    lift(world, kind, lien)
    assert listed(world, world.alice) == [(11, 10), (21, 10)]
    cn.transferUnits(world.alice, world.bob, CEA, [ref(21, 21, 10, previous=11)], by=world.alice)
    assert listed(world, world.alice) == [(11, 10)]
    assert listed(world, world.bob) == [(21, 10), (1, 10)]


@pytest.mark.parametrize("kind", PLACE)
def test_lifted_units_are_as_they_were(world: World, cn: Contract, kind: str) -> None:
    lien = PLACE[kind](world, 13, [ref(1, 5, 3), ref(11, 11, 10, previous=21)])
    lift(world, kind, lien)
    assert world.CN.liens.lienOf(lien) == (Lien.NONE, ZERO_ADDRESS, ZERO_ADDRESS, 0, [])
    assert cn.encumberedOf(world.alice, CEA) == 0
    assert {state for *_, state in tiles(world)} == {State.HELD}
    assert sum(count for _, count in listed(world, world.alice)) == 30
    cn.safeTransferFrom(world.alice, world.bob, CEA, 30, b"", by=world.alice)
    assert cn.balanceOf(world.bob, CEA) == 30


@pytest.mark.parametrize("kind", PLACE)
def test_marks_survive_a_lien(world: World, cn: Contract, kind: str) -> None:
    """A lien does not turn a free allowance into a bought one."""
    world.give(cn, world.bob, CEA, 10)
    cn.safeTransferFrom(world.bob, world.alice, CEA, 10, b"", by=world.bob)
    world.issue(cn, CEA, 10)
    world.allocate(world.CN, world.alice, 10)

    def marks() -> list[int]:
        return [cn.blockAt(CEA, first).marks for first in (25, 31, 41)]

    lien = PLACE[kind](world, 26)
    assert marks() == [0, Marks.TRADED, Marks.FREE]
    lift(world, kind, lien)
    assert marks() == [0, Marks.TRADED, Marks.FREE]


def test_liens_side_by_side_are_lifted_in_any_order(world: World, cn: Contract) -> None:
    """Neighbours in serial order, of both kinds, cut out of the same block."""
    liens = [freeze(world, 2, [ref(1, 3, 2)]), pledge(world, 2, [ref(5, 5, 2)])]
    liens.append(freeze(world, 2, [ref(7, 7, 2)]))
    assert [t[:2] for t in tiles(world)][:5] == [(1, 2), (3, 2), (5, 2), (7, 2), (9, 2)]
    for kind, at_ in (("pledge", 1), ("freeze", 2), ("freeze", 0)):
        lift(world, kind, liens[at_])
    assert [r[0] for r in listed(world, world.alice)] == [3, 7, 5, 9, 21, 11, 1]
    assert cn.encumberedOf(world.alice, CEA) == 0


def test_a_pledge_is_of_256_blocks_and_no_more(world: World, cn: Contract) -> None:
    """A freeze takes as many and goes on: see `test_dust_and_authority`."""
    first = world.give(cn, world.bob, CEA, 300)
    cn.safeTransferFrom(world.alice, world.carol, CEA, 30, b"", by=world.alice)
    hand_over(world, world.bob, world.alice, [1] * 257, start=first)
    with refusal(world, "TooManyBlocks", CEA, 256):
        pledge(world, 257)
    with refusal(world, "TooManyBlocks", CEA, 256):
        pledge(world, 257, [ref(n, n, 1) for n in range(first, first + 257)])
    lift(world, "pledge", pledge(world, 256))
    assert cn.encumberedOf(world.alice, CEA) == 0


# ---- who lets go --------------------------------------------------------------------------


def test_unfreezing_needs_two_people(world: World) -> None:
    p, lien = world.CN, freeze(world, 10)
    for person in (world.officer, world.deputy, world.alice, world.root, world.stranger):
        with refused("AccessManagedUnauthorized", person):
            alone(p.liens, "unfreeze", lien, by=person)
        with refused("LienKindIs", lien, Lien.FREEZE):
            p.liens.releasePledge(person, lien, by=person)
    proposal = propose(p, p.liens, "unfreeze", lien, by=world.officer)
    with refused("SamePerson", proposal, world.officer):
        approve(p, proposal, by=world.officer)
    approve(p, proposal, by=world.deputy)
    execute(p, proposal, by=world.deputy)
    assert world.cn.encumberedOf(world.alice, CEA) == 0


def test_freezing_is_the_compliance_officers_at_once(world: World) -> None:
    for caller in (world.alice, world.registrar, world.guardian, world.root, world.stranger):
        with refused("AccessManagedUnauthorized", caller):
            world.CN.liens.freeze(world.alice, CEA, 1, [], COURT, by=caller)


def test_pledge_is_the_creditors_to_release(world: World) -> None:
    liens, lien = world.CN.liens, pledge(world, 10)
    for caller in (world.alice, world.officer, world.root, world.broker, world.stranger):
        with refused("NotTheCreditor", lien, caller, world.dave):
            liens.releasePledge(caller, lien, by=caller)
        with refused("NotTheHolder", world.dave, caller):
            liens.releasePledge(world.dave, lien, by=caller)
    with refused("LienKindIs", lien, Lien.PLEDGE):  # not even two officers
        liens.unfreeze(lien, by=world.officer)
    receipt = liens.releasePledge(world.dave, lien, by=world.dave)
    assert receipt.event("LienLifted") == (lien, world.dave)
    with refused("LienUnknown", lien):  # once is enough
        liens.releasePledge(world.dave, lien, by=world.dave)


def test_creditors_account_is_as_well_kept_as_the_debtors(world: World, cn: Contract) -> None:
    """An approval releases nothing; when two representatives run it, nobody alone does."""
    lien = pledge(world, 10)
    cn.setApprovalForAll(world.broker, True, by=world.dave)
    with refused("NotTheHolder", world.dave, world.broker):
        world.CN.liens.releasePledge(world.dave, lien, by=world.broker)
    control(world, world.dave, Control.TWO_REPRESENTATIVES)
    with refused("HolderDeskRequired", world.dave):
        world.CN.liens.releasePledge(world.dave, lien, by=world.dave)


def test_a_creditor_without_an_account_releases_too(world: World) -> None:
    """A bank abroad, say: it is nobody's holder, and speaks for itself."""
    world.CN.liens.pledge(world.alice, CEA, 5, [], world.stranger, LOAN, by=world.alice)
    with refused("NotTheHolder", world.stranger, world.broker):
        world.CN.liens.releasePledge(world.stranger, 1, by=world.broker)
    world.CN.liens.releasePledge(world.stranger, 1, by=world.stranger)
    assert world.cn.encumberedOf(world.alice, CEA) == 0


@pytest.mark.parametrize("status", [s for s in Status if 1 < s < Status.CLOSED])
def test_pledging_is_a_way_of_sending(world: World, cn: Contract, status: Status) -> None:
    """A restricted account gives nobody a claim; what is pledged can still be released."""
    lien = pledge(world, 5)
    world.set_status(cn, world.alice, status)
    if status == Status.CLOSURE_PENDING:
        pledge(world, 5)
    else:
        with refused("AccountCannotSend", world.alice, status):
            pledge(world, 5)
    lift(world, "pledge", lien)


def test_lien_is_lifted_once(world: World) -> None:
    lien = freeze(world, 10)
    world.CN.liens.unfreeze(lien, by=world.officer)
    for unknown in (lien, 0, 99):
        with refused("LienUnknown", unknown):
            world.CN.liens.unfreeze(unknown, by=world.officer)


def test_pledging_is_the_holders(world: World, cn: Contract) -> None:
    """Not even an approved operator's: an approval opens transfers and nothing else."""
    request = (world.alice, CEA, 5, [], world.dave, LOAN)
    cn.setApprovalForAll(world.broker, True, by=world.alice)
    for caller in (world.dave, world.officer, world.root, world.broker):
        with refused("NotTheHolder", world.alice, caller):
            world.CN.liens.pledge(*request, by=caller)
    with refused("CreditorMissing"):
        world.CN.liens.pledge(world.alice, CEA, 5, [], ZERO_ADDRESS, LOAN, by=world.alice)
    world.CN.liens.pledge(*request, by=world.alice)
    assert cn.encumberedOf(world.alice, CEA) == 5


def test_units_of_the_programme_are_not_pledged(world: World, cn: Contract) -> None:
    world.issue(cn, CEA, 10, to=world.state)
    with refusal(world, "AccountOfAuthority", world.state, Kind.STATE_AUTHORITY):
        world.CN.liens.pledge(world.state, CEA, 5, [], world.dave, LOAN, by=world.state)


@pytest.mark.parametrize("kind", PLACE)
def test_setting_aside_what_is_not_there_is_refused(world: World, kind: str) -> None:
    place, alice = PLACE[kind], world.alice
    if kind == "pledge":  # a freeze takes what is there
        with refusal(world, "ERC1155InsufficientBalance", alice, 30, 31, CEA):
            place(world, 31)
    with refusal(world, "QuantityZero"):
        place(world, 0)
    with refusal(world, "QuantityMismatch", 5, 6):
        place(world, 5, [ref(21, 21, 6)])
    with refusal(world, "UnitsNotHeld", CEA, alice, 31, 31, 1):
        place(world, 1, [ref(31, 31, 1)])
    assert world.CN.liens.lienCount() == 0


@pytest.mark.parametrize("status", [s for s in Status if s not in (0, Status.CLOSED)])
def test_authority_freezes_whatever_the_holders_status(world: World, status: Status) -> None:
    """Stolen units are frozen in the account of the thief, who may be suspended already."""
    world.set_status(world.cn, world.alice, status)
    world.CN.liens.unfreeze(freeze(world, 10), by=world.officer)
    assert world.cn.encumberedOf(world.alice, CEA) == 0


def test_foreign_units_are_set_aside_too(world: World) -> None:
    """Their twins stay in escrow, and they come home when they are free."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.cross(link, world.alice, CEA, 10, world.bob)
    foreign = world.gateway.lotOf(1)[0].foreignClass
    home = (world.bob, world.kr, foreign, 10, [], world.alice, 0)
    korea = world.KR.liens
    korea.pledge(world.bob, foreign, 10, [], world.dave, LOAN, by=world.bob)
    with refused("ERC1155InsufficientBalance", world.bob, 0, 10, foreign):
        world.gateway.returnUnits(*home, by=world.bob)
    assert world.cn.totalsOf(CEA).escrowed == 10
    korea.releasePledge(world.dave, 1, by=world.dave)
    world.gateway.returnUnits(*home, by=world.bob)
    assert world.cn.balanceOf(world.alice, CEA) == 30
