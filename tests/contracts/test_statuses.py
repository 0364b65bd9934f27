"""Invariant 5: no unit leaves or reaches an account whose status forbids it, by any path.

The table is that of `AccountRules`, cell by cell, for every way that units can move.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scripts.bench.evm import Contract, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, FOREIGN_KAU, World
from tests.contracts.liens import LOAN
from tests.contracts.words import NOTHING, Allocated, Kind, Restriction, Status, UnitType, ref

#           send, use for compliance, receive
TABLE = {
    Status.OPEN: (True, True, True),
    Status.SOME_TRANSACTIONS_RESTRICTED: (False, True, True),
    Status.ALL_TRANSACTIONS_RESTRICTED: (False, False, False),
    Status.SUSPENDED: (False, False, False),
    Status.CLOSURE_PENDING: (True, True, False),
}
BLOCK = ref(1, 1, 10)


class Scene:
    """Alice has 1-10 of CEA at home; Bob has foreign units in both registries."""

    def __init__(self, world: World) -> None:
        self.world = world
        cn, kr = world.cn, world.kr
        self.out, self.back = world.agree(
            world.CN, world.KR, world.terms((2, 3)), world.terms((3, 2))
        )
        world.give(cn, world.alice, CEA, 10)
        world.give(kr, world.erin, world.KR.allowance, 10)
        world.cross(
            self.back, world.erin, world.KR.allowance, 10, world.alice
        )  # foreign units at CN
        world.give(cn, world.erin, CEA, 9)
        world.cross(self.out, world.erin, CEA, 9, world.erin)  # foreign units of CN at KR
        world.issue(cn, CEA, 10, to=world.state)
        world.issue(cn, CEA, 10)
        cn.setApprovalForAll(world.broker, True, by=world.alice)
        for operator in (world.alice, world.bob):
            world.entitle(world.CN, operator, 10)
        world.CN.holders.authoriseSettler(world.alice, world.dave, True, by=world.alice)
        self.credit = world.define(cn, "CCER-2025", unit_type=UnitType.CREDIT)
        self.report = world.verify(cn, self.credit, 10)


@pytest.fixture(scope="module")
def scene(ledger: World) -> Scene:  # type: ignore[misc]
    with ledger.chain.restored():
        yield Scene(ledger)


@pytest.fixture
def world(ledger: World, scene: Scene) -> World:  # type: ignore[misc]
    with ledger.chain.restored():
        yield ledger


def _sends() -> dict[str, Callable[[World, Scene], object]]:
    """Every way in which units leave Alice's account at CN other than for compliance."""
    return {
        "transfer": lambda w, s: w.cn.safeTransferFrom(w.alice, w.bob, CEA, 5, b"", by=w.alice),
        "transfer by approval": lambda w, s: w.cn.safeTransferFrom(
            w.alice, w.bob, CEA, 5, b"", by=w.broker
        ),
        "batch": lambda w, s: w.cn.safeBatchTransferFrom(
            w.alice, w.bob, [CEA, CEA], [2, 3], b"", by=w.alice
        ),
        "batch by approval": lambda w, s: w.cn.safeBatchTransferFrom(
            w.alice, w.bob, [CEA], [2], b"", by=w.broker
        ),
        "named": lambda w, s: w.cn.transferUnits(w.alice, w.bob, CEA, [BLOCK], by=w.alice),
        "named by approval": lambda w, s: w.cn.transferUnits(
            w.alice, w.bob, CEA, [BLOCK], by=w.broker
        ),
        "settlement": lambda w, s: w.CN.holders.settle(
            w.dave, [(w.alice, w.bob, CEA, 5, LOAN, False)], by=w.dave
        ),
        "pledge": lambda w, s: w.CN.liens.pledge(w.alice, CEA, 5, [], w.dave, LOAN, by=w.alice),
        "retire": lambda w, s: w.cn.retire(w.alice, CEA, 5, [], NOTHING, NOTHING, by=w.alice),
        "retire foreign": lambda w, s: w.cn.retire(
            w.alice, FOREIGN_KAU, 3, [], NOTHING, NOTHING, by=w.alice
        ),
        "cancel": lambda w, s: w.cn.cancel(
            w.alice, CEA, 5, [(*BLOCK[:3], 5)], NOTHING, NOTHING, by=w.alice
        ),
        "cancel foreign": lambda w, s: w.cn.cancel(
            w.alice, FOREIGN_KAU, 3, [], NOTHING, NOTHING, by=w.alice
        ),
        "over a link": lambda w, s: w.cross(s.out, w.alice, CEA, 9, w.bob),
        "over a link, named": lambda w, s: w.cross(s.out, w.alice, CEA, 9, w.bob, [ref(1, 2, 9)]),
        "foreign units": lambda w, s: w.cn.safeTransferFrom(
            w.alice, w.bob, FOREIGN_KAU, 5, b"", by=w.alice
        ),
        "return": lambda w, s: w.gateway.returnUnits(
            w.cn, FOREIGN_KAU, 3, [], w.bob, 0, by=w.alice
        ),
    }


def _surrenders() -> dict[str, Callable[[World, Scene], object]]:
    return {
        "by quantity": lambda w, s: w.cn.surrender(w.alice, CEA, 5, [], 2025, by=w.alice),
        "named": lambda w, s: w.cn.surrender(w.alice, CEA, 10, [BLOCK], 2025, by=w.alice),
        "foreign": lambda w, s: w.cn.surrender(w.alice, FOREIGN_KAU, 3, [], 2025, by=w.alice),
    }


def _receipts() -> dict[str, Callable[[World, Scene], object]]:
    """Every way in which units reach Bob's account at CN."""
    return {
        "transfer": lambda w, s: w.cn.safeTransferFrom(w.alice, w.bob, CEA, 5, b"", by=w.alice),
        "batch": lambda w, s: w.cn.safeBatchTransferFrom(
            w.alice, w.bob, [CEA], [5], b"", by=w.alice
        ),
        "named": lambda w, s: w.cn.transferUnits(w.alice, w.bob, CEA, [BLOCK], by=w.alice),
        "by approval": lambda w, s: w.cn.safeTransferFrom(w.alice, w.bob, CEA, 5, b"", by=w.broker),
        "settlement": lambda w, s: w.CN.holders.settle(
            w.dave, [(w.alice, w.bob, CEA, 5, LOAN, False)], by=w.dave
        ),
        "allocation": lambda w, s: allocate(w, w.pool(w.cn)),
        "delivery": lambda w, s: w.deliver(w.cn, w.bob, CEA, 5),
        "issuance": lambda w, s: w.cn.issue(s.credit, w.bob, 5, s.report, by=w.issuer),
        "import": lambda w, s: w.cross(s.back, w.erin, w.KR.allowance, 5, w.bob),
        "homecoming": lambda w, s: w.gateway.returnUnits(
            w.kr, FOREIGN_CEA, 6, [], w.bob, 9, by=w.erin
        ),
    }


def allocate(world: World, giver: str) -> object:
    """To Bob."""
    grant = (world.bob, 2025, Allocated.INITIAL, 5)
    return world.CN.issuance.allocate(CEA, giver, grant, [], by=world.allocator)


@pytest.fixture(autouse=True)
def stock(world: World, scene: Scene) -> None:
    world.give(world.kr, world.erin, world.KR.allowance, 10)


@pytest.mark.parametrize("path", _sends())
@pytest.mark.parametrize("status", TABLE)
def test_send(world: World, scene: Scene, status: Status, path: str) -> None:
    world.set_status(world.cn, world.alice, status)
    _expect(
        TABLE[status][0],
        "AccountCannotSend",
        world.alice,
        status,
        lambda: _sends()[path](world, scene),
    )


@pytest.mark.parametrize("path", _surrenders())
@pytest.mark.parametrize("status", TABLE)
def test_surrender(world: World, scene: Scene, status: Status, path: str) -> None:
    world.set_status(world.cn, world.alice, status)
    _expect(
        TABLE[status][1],
        "AccountCannotSend",
        world.alice,
        status,
        lambda: _surrenders()[path](world, scene),
    )


@pytest.mark.parametrize("path", _receipts())
@pytest.mark.parametrize("status", TABLE)
def test_receive(world: World, scene: Scene, status: Status, path: str) -> None:
    world.set_status(world.cn, world.bob, status)
    _expect(
        TABLE[status][2],
        "AccountCannotReceive",
        world.bob,
        status,
        lambda: _receipts()[path](world, scene),
    )


@pytest.mark.parametrize(
    "path", ["transfer", "batch", "named", "by approval", "homecoming", "import"]
)
def test_receive_without_an_account_or_in_a_closed_one(
    world: World, scene: Scene, path: str
) -> None:
    world.set_status(world.cn, world.bob, Status.CLOSED)
    with refused("AccountCannotReceive", world.bob, Status.CLOSED):
        _receipts()[path](world, scene)
    with refused("AccountCannotReceive", world.stranger, Status.NONE):
        world.cn.safeTransferFrom(world.alice, world.stranger, CEA, 5, b"", by=world.alice)


@pytest.mark.parametrize("status", TABLE)
def test_allocate_from_an_authority(world: World, scene: Scene, status: Status) -> None:
    world.set_status(world.cn, world.state, status)
    _expect(
        TABLE[status][0],
        "AccountCannotSend",
        world.state,
        status,
        lambda: allocate(world, world.state),
    )


@pytest.mark.parametrize("status", TABLE)
def test_an_excess_goes_back_from_whoever_may_comply(
    world: World, scene: Scene, status: Status
) -> None:
    """10-42 is the operator's own act, and an act of compliance."""
    allocate(world, world.pool(world.cn))
    change = (world.bob, 2025, Allocated.INITIAL, CEA, 10, 3)
    world.CN.issuance.entitle(0, [change], by=world.allocator)
    world.set_status(world.cn, world.bob, status)
    back = (world.bob, world.pool(world.cn), CEA, 2025, Allocated.INITIAL, 2, [])
    _expect(
        TABLE[status][1],
        "AccountCannotSend",
        world.bob,
        status,
        lambda: world.CN.issuance.returnExcess(*back, by=world.bob),
    )


@pytest.mark.parametrize("status", TABLE)
def test_restriction_says_the_same(
    world: World, cn: Contract, scene: Scene, status: Status
) -> None:
    may_send, _, may_receive = TABLE[status]
    world.set_status(cn, world.dave, status)
    sending = world.CN.holders.restrictionOf(world.dave, world.bob, CEA, 1)[0]
    assert (sending == Restriction.SENDER_STATUS) is not may_send
    receiving = world.CN.holders.restrictionOf(world.alice, world.dave, CEA, 1)[0]
    assert (receiving == Restriction.RECEIVER_STATUS) is not may_receive


def test_a_status_counts_in_its_own_registry_only(world: World, scene: Scene) -> None:
    world.set_status(world.kr, world.alice, Status.SUSPENDED)
    world.cn.safeTransferFrom(world.alice, world.bob, CEA, 5, b"", by=world.alice)
    world.cross(scene.out, world.alice, CEA, 3, world.bob)
    with refused("AccountCannotReceive", world.alice, Status.SUSPENDED):
        world.cross(scene.out, world.bob, CEA, 3, world.alice)


def test_issue_to_an_authority_that_cannot_receive(world: World, scene: Scene) -> None:
    world.set_status(world.cn, world.state, Status.SUSPENDED)
    assert world.cn.accountOf(world.state).kind == Kind.STATE_AUTHORITY
    with refused("AccountCannotReceive", world.state, Status.SUSPENDED):
        world.issue(world.cn, CEA, 5, to=world.state)


def _expect(
    allowed: bool, error: str, account: str, status: Status, act: Callable[[], object]
) -> None:
    if allowed:
        act()
        return
    with refused(error, account, status):
        act()
