"""What a failing home registry does not settle waits, and is settled later, each unit once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.bench.evm import Contract, Receipt, Refused, refused
from tests.contracts.actors import CEA, FOREIGN_CEA, FOREIGN_KAU, KAU, World
from tests.contracts.crossing import USES, WHOLE, go_home, settled, use, waits
from tests.contracts.hostile import BAD_MOODS, FOREIGN_XAU, Hostile, Mood, hostile
from tests.contracts.words import NOTHING, Role, State, Status, ref

GAS_OF_A_PARCEL = 400_000
GAS_NEEDED = GAS_OF_A_PARCEL * 64 // 63 + 20_000


@pytest.fixture
def dismissed(world: World, lot: int) -> Iterator[None]:
    """CN let its gateway go, after source serials 1-9 went to stand behind Bob's 1-6 at KR."""
    world.CN.authority.revokeRole(Role.LINK_GATEWAY, world.gateway, by=world.root)
    return


def adopt_again(world: World) -> None:
    world.CN.authority.adoptGateway(world.gateway, by=world.root)


# ---- at a registry that is real, and does not answer for a while --------------------------


@pytest.mark.parametrize("verb", USES)
def test_a_use_waits_for_the_home_registry(
    world: World, gateway: Contract, dismissed: None, verb: str
) -> None:
    receipt = use(world, world.bob, verb, 6)
    state = USES[verb]
    assert receipt.event("ForeignSettled") == (1, 1, 6, state)
    assert receipt.event("SettlementWaits") == (1, 1, 9, state, gateway.address)
    assert receipt.events("SourceSettled") == []
    assert gateway.waitingOf(1) == [(1, 9, state, gateway.address)]
    lot = gateway.lotOf(1)[0]
    assert (lot.escrowed, lot.outstanding) == (9, 0)
    assert world.cn.blockAt(CEA, 1).state == State.ESCROWED
    with refused("AccessManagedUnauthorized", gateway):
        gateway.settleWaiting(1, 0, 1, WHOLE, by=world.stranger)
    adopt_again(world)
    receipt = gateway.settleWaiting(1, 0, 1, WHOLE, by=world.stranger)
    assert receipt.event("SourceSettled") == (1, 1, 9, state, gateway.address)
    assert world.cn.blockAt(CEA, 1).state == state
    assert (gateway.waitingOf(1), gateway.lotOf(1)[0].escrowed) == ([], 0)


def test_a_return_waits_for_the_home_registry(
    world: World, gateway: Contract, dismissed: None
) -> None:
    receipt = go_home(world, world.bob, 6)
    assert receipt.event("SettlementWaits") == (1, 1, 9, State.HELD, world.alice)
    assert gateway.waitingOf(1) == [(1, 9, State.HELD, world.alice)]
    assert world.kr.totalsOf(FOREIGN_CEA).cancelled == 6
    assert world.cn.balanceOf(world.alice, CEA) == 291
    adopt_again(world)
    receipt = gateway.settleWaiting(1, 0, 1, WHOLE, by=world.stranger)
    assert receipt.event("SourceSettled") == (1, 1, 9, State.HELD, world.alice)
    assert world.cn.balanceOf(world.alice, CEA) == 300
    assert world.cn.totalsOf(CEA).escrowed == 0


def test_whoever_insists_on_units_gets_them_or_keeps_what_it_has(
    world: World, gateway: Contract, dismissed: None
) -> None:
    """With an accepted quantity nothing waits: the return is refused as its registry says."""
    for accepted in (1, 9):
        with refused("AccessManagedUnauthorized", gateway):
            go_home(world, world.bob, 6, accepted=accepted)
    assert world.kr.balanceOf(world.bob, FOREIGN_CEA) == 6


def test_return_to_whoever_may_not_receive_waits_until_it_may(
    world: World, gateway: Contract, lot: int
) -> None:
    world.set_status(world.cn, world.alice, Status.SUSPENDED)
    with refused("AccountCannotReceive", world.alice, Status.SUSPENDED):
        go_home(world, world.bob, 6, accepted=9)
    assert waits(go_home(world, world.bob, 6)) == [(1, 9, State.HELD)]
    with refused("AccountCannotReceive", world.alice, Status.SUSPENDED):
        gateway.settleWaiting(1, 0, 1, WHOLE, by=world.bob)
    world.set_status(world.cn, world.alice, Status.OPEN)
    gateway.settleWaiting(1, 0, 1, WHOLE, by=world.bob)
    assert world.cn.balanceOf(world.alice, CEA) == 300


def test_what_waits_is_settled_once_in_any_order(
    world: World, gateway: Contract, dismissed: None
) -> None:
    """At 2/3 foreign units 5-6 went home and 3-4 were retired; 1-2 are still there."""
    assert waits(go_home(world, world.bob, 2, [ref(1, 5, 2)])) == [(7, 3, State.HELD)]
    named = [ref(1, 3, 2)]
    assert waits(use(world, world.bob, "retire", 2, named)) == [(4, 3, State.RETIRED)]
    with refused("NothingWaits", 1, 2):
        gateway.settleWaiting(1, 2, 1, WHOLE, by=world.stranger)
    adopt_again(world)
    assert settled(use(world, world.bob, "surrender", 2)) == [(1, 3, State.SURRENDERED)]
    assert gateway.lotOf(1)[0].escrowed == 6
    # Serials 7-9 are in the block from 4 on now.
    receipt = gateway.settleWaiting(1, 0, 4, WHOLE, by=world.stranger)
    assert settled(receipt) == [(7, 3, State.HELD)]
    assert gateway.waitingOf(1) == [(4, 3, State.RETIRED, gateway.address)]
    with refused("NothingWaits", 1, 1):
        gateway.settleWaiting(1, 1, 4, WHOLE, by=world.stranger)
    with refused("UnitsNotHeld", CEA, gateway, 5, 4, 3):  # no block begins there
        gateway.settleWaiting(1, 0, 5, WHOLE, by=world.stranger)
    assert settled(gateway.settleWaiting(1, 0, 4, WHOLE, by=world.stranger)) == [
        (4, 3, State.RETIRED)
    ]
    with refused("NothingWaits", 1, 0):
        gateway.settleWaiting(1, 0, 4, WHOLE, by=world.stranger)
    totals = world.cn.totalsOf(CEA)
    assert (totals.escrowed, totals.surrendered, totals.retired) == (0, 3, 3)
    assert world.cn.balanceOf(world.alice, CEA) == 294
    assert (gateway.lotOf(1)[0].escrowed, gateway.waitingOf(1)) == (0, [])


def test_the_first_unit_that_fails_makes_the_rest_of_its_call_wait(
    world: World, gateway: Contract, link: int, lot: int
) -> None:
    """The registry is not asked again, however many lots are concerned."""
    world.cross(link, world.alice, CEA, 9, world.bob, [ref(10, 10, 9)])
    world.set_status(world.cn, world.alice, Status.CLOSURE_PENDING)
    assert waits(go_home(world, world.bob, 12)) == [(10, 9, State.HELD), (1, 9, State.HELD)]
    assert [len(gateway.waitingOf(n)) for n in (1, 2)] == [1, 1]


def test_net_terms_give_the_quota_back_at_once(world: World, gateway: Contract) -> None:
    """What waits has left the destination."""
    link, _ = world.agree(world.CN, world.KR, world.terms((1, 1), quota=10, net=True))
    world.give(world.cn, world.alice, CEA, 20)
    world.cross(link, world.alice, CEA, 10, world.bob)
    world.CN.authority.revokeRole(Role.LINK_GATEWAY, gateway, by=world.root)
    go_home(world, world.bob, 10)
    assert gateway.meterOf(link)[0].used == 0
    adopt_again(world)
    world.cross(link, world.alice, CEA, 10, world.bob)
    gateway.settleWaiting(1, 0, 11, WHOLE, by=world.stranger)
    assert gateway.meterOf(link)[0].used == 10


# ---- at a registry that does as it likes --------------------------------------------------


@pytest.fixture
def partner(world: World) -> Hostile:
    """XX sent ten units to Bob at KR."""
    partner = hostile(world)
    partner.sends(world.KR, world.terms((1, 1)))
    partner.cross(2, 10, world.bob)
    return partner


@pytest.mark.parametrize("mood", BAD_MOODS, ids=lambda mood: mood.name)
def test_each_unit_is_settled_once_when_the_partner_behaves(
    world: World, gateway: Contract, partner: Hostile, mood: Mood
) -> None:
    partner.become(mood)
    use(world, world.bob, "surrender", 3, unit_class=FOREIGN_XAU)
    use(world, world.bob, "retire", 1, unit_class=FOREIGN_XAU)
    go_home(world, world.bob, 2, unit_class=FOREIGN_XAU)
    use(world, world.bob, "cancel", 4, unit_class=FOREIGN_XAU)
    waiting = gateway.waitingOf(1)
    assert len(waiting) == (0 if mood == Mood.RETURNS_BOMB else 4)  # it might have done it
    for index in range(len(waiting)):
        if mood in {Mood.REVERTS, Mood.BURNS_GAS}:
            with refused(*(["Error", "not today"] if mood == Mood.REVERTS else [""])):
                gateway.settleWaiting(1, index, 1, WHOLE, by=world.stranger)
    partner.become(Mood.WILLING)
    for _ in waiting:
        gateway.settleWaiting(1, 0, 1, WHOLE, by=world.stranger)
    if waiting:
        assert [partner.registry.timesSettled(serial) for serial in range(1, 12)] == [1] * 10 + [0]
    assert (gateway.waitingOf(1), gateway.lotOf(1)[0].escrowed) == ([], 0)


def test_whoever_gets_what_waited_cannot_have_it_settled_again_meanwhile(
    world: World, gateway: Contract
) -> None:
    home = world.chain.deploy("ScriptedReceiver")
    for registry in (world.cn, world.kr):
        world.open(registry, home.address)
    world.agree(world.CN, world.KR, world.terms((1, 1)), world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 10)
    world.cross(2, world.alice, CEA, 10, world.bob)
    world.CN.authority.revokeRole(Role.LINK_GATEWAY, gateway, by=world.root)
    units = (world.bob, world.kr, FOREIGN_CEA, 10, [])
    gateway.returnUnits(*units, home, 0, by=world.bob)
    adopt_again(world)
    data = gateway.data("settleWaiting", 1, 0, 1, WHOLE)
    home.callBack(gateway, bytes.fromhex(data[2:]), by=world.stranger)
    receipt = gateway.settleWaiting(1, 0, 1, WHOLE, by=world.stranger)
    assert not receipt.event("CalledBack").success
    assert world.cn.balanceOf(home.address, CEA) == 10


# ---- little gas ---------------------------------------------------------------------------


def spend(world: World, target: Contract, data: str, by: str, gas: int) -> Receipt:
    """A transaction with so much gas."""
    chain = world.chain
    request = {"from": by, "to": target.address, "data": data, "gas": hex(gas)}
    hash_ = chain.rpc("eth_sendTransaction", request)
    chain.rpc("evm_mine")
    raw = chain.rpc("eth_getTransactionReceipt", hash_)
    if raw["status"] != "0x1":
        chain.rpc("eth_call", request, "latest")
    return Receipt(chain, raw)


@pytest.mark.parametrize("way", ["use", "return"])
def test_whoever_leaves_too_little_gas_makes_nothing_wait(
    world: World, gateway: Contract, lot: int, way: str
) -> None:
    """With every amount of gas the call is settled whole, or refused whole."""
    bob = world.bob
    call = (bob, world.kr, FOREIGN_CEA, 6, [], world.alice, 0)
    retire = world.kr.data("retire", bob, FOREIGN_CEA, 6, [], NOTHING, NOTHING)
    target, data = (
        (world.kr, retire) if way == "use" else (gateway, gateway.data("returnUnits", *call))
    )
    ends = set()
    for gas in range(60_000, 800_000, 20_000):
        with world.chain.restored():
            try:
                receipt = spend(world, target, data, bob, gas)
            except Refused as refusal:
                ends.add(refusal.name)
                if refusal.name == "GasTooLow":
                    needed, left = refusal.values
                    assert needed == GAS_NEEDED > left
            else:
                ends.add("settled")
                assert (waits(receipt), len(settled(receipt))) == ([], 1)
    assert ends >= {"GasTooLow", "settled"}


def test_units_of_both_ways_wait_apart(world: World, gateway: Contract) -> None:
    """KR's failing concerns KR's units only."""
    there, back = world.agree(world.CN, world.KR, world.terms((1, 1)), world.terms((1, 1)))
    world.give(world.cn, world.alice, CEA, 10)
    world.give(world.kr, world.erin, KAU, 10)
    world.cross(there, world.alice, CEA, 10, world.bob)
    world.cross(back, world.erin, KAU, 10, world.carol)
    world.KR.authority.revokeRole(Role.LINK_GATEWAY, gateway, by=world.root)
    retired = world.cn.retire(world.carol, FOREIGN_KAU, 10, [], NOTHING, NOTHING, by=world.carol)
    assert waits(retired) == [(1, 10, State.RETIRED)]
    assert settled(use(world, world.bob, "retire", 10)) == [(1, 10, State.RETIRED)]
