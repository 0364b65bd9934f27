"""A reserve does not leave without two people, by whichever way.

Units of the State, of a province and of a pool leave by decisions of the programme only. Nobody
opens an account of such a kind alone, nobody moves units to one alone, and whoever has its key can
do nothing with what is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CEA, DECISION, FILE, FOREIGN_KAU, KAU, World
from tests.contracts.desks import (
    Control,
    alone,
    called,
    refusal,
    selector,
)
from tests.contracts.holders import APPROVE, INITIATE, LOAN, allow, approve, execute, request
from tests.contracts.words import NOTHING, Allocated, Kind, State, ref

KINDS = {
    "state": Kind.STATE_AUTHORITY,
    "province": Kind.PROVINCIAL_AUTHORITY,
    "pool": Kind.SYSTEM,
}
TRADE = text32("trade 1")


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """The pool has 1-1000; the State has 1001-1100 and ten units of Korea's, and so has a province,
    whose key is the broker's, with 1101-1200. China and Korea are linked, one for one."""
    with ledger.chain.restored():
        ledger.agree(ledger.CN, ledger.KR, ledger.terms((1, 1)), ledger.terms((1, 1)))
        ledger.open(ledger.cn, ledger.broker, Kind.PROVINCIAL_AUTHORITY, 44)
        ledger.issue(ledger.cn, CEA, 1000)
        ledger.give(ledger.kr, ledger.bob, KAU, 100)
        for account in (ledger.state, ledger.broker):
            ledger.issue(ledger.cn, CEA, 100, account)
            ledger.cross(3, ledger.bob, KAU, 10, account)
        allow(ledger)
        yield ledger


@pytest.fixture
def world(scene: World) -> Iterator[World]:
    with scene.chain.restored():
        yield scene


def account_of(world: World, name: str) -> str:
    named = {"province": world.broker, "pool": world.pool(world.cn)}
    return named.get(name) or world.state


def key_of(world: World, name: str) -> AbstractContextManager[None]:
    """Whoever has the account's key; nobody has a pool's, and here somebody does."""
    return world.chain.as_contract(account_of(world, name)) if name == "pool" else nullcontext()


# ---- what whoever has the key may do: nothing ---------------------------------------------

Way = Callable[[World, str], object]


def by_transfer(w: World, a: str) -> object:
    return w.cn.safeTransferFrom(a, w.carol, CEA, 10, b"", by=a)


def by_batch(w: World, a: str) -> object:
    return w.cn.safeBatchTransferFrom(a, w.carol, [CEA, CEA], [4, 6], b"", by=a)


def by_serials(w: World, a: str) -> object:
    first = w.cn.blocksOf(CEA, a, 0, 1)[0].first
    return w.cn.transferUnits(a, w.carol, CEA, [ref(first, first, 10)], by=a)


def to_another_authority(w: World, a: str) -> object:
    to = w.broker if a != w.broker else w.state
    return w.cn.safeTransferFrom(a, to, CEA, 10, b"", by=a)


def by_operator(w: World, a: str) -> object:
    w.cn.setApprovalForAll(w.stranger, True, by=a)
    return w.cn.safeTransferFrom(a, w.carol, CEA, 10, b"", by=w.stranger)


def by_retirement(w: World, a: str) -> object:
    return w.cn.retire(a, CEA, 10, [], NOTHING, NOTHING, by=a)


def by_cancellation(w: World, a: str) -> object:
    return w.cn.cancel(a, CEA, 10, [], NOTHING, NOTHING, by=a)


def by_export(w: World, a: str) -> object:
    return w.cross(2, a, CEA, 10, w.bob)


def by_pledge(w: World, a: str) -> object:
    return w.CN.liens.pledge(a, CEA, 10, [], w.dave, LOAN, by=a)


def by_settlement(w: World, a: str) -> object:
    w.CN.holders.authoriseSettler(a, w.dave, True, by=a)
    leg = (a, w.carol, CEA, 10, TRADE, True)
    return w.CN.holders.settle(w.dave, [leg], by=w.dave)


def by_request(w: World, a: str) -> object:
    number = request(w, w.cn, "safeTransferFrom", a, w.carol, CEA, 10, b"", by=a)
    return execute(w, number, by=a)


def by_representatives(w: World, a: str) -> object:
    for person, right in ((w.alice, INITIATE), (w.bob, APPROVE)):
        w.CN.holders.setRepresentative(a, person, right, by=w.registrar)
    w.cn.setAccountControls(a, Control.TWO_REPRESENTATIVES, 0, by=w.registrar)
    number = request(w, w.cn, "retire", a, CEA, 10, [], NOTHING, NOTHING, by=w.alice)
    approve(w, number, by=w.bob)
    return execute(w, number, by=w.alice)


WAYS = [
    by_transfer,
    by_batch,
    by_serials,
    to_another_authority,
    by_operator,
    by_retirement,
    by_cancellation,
    by_export,
    by_pledge,
    by_settlement,
    by_request,
    by_representatives,
]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_units_of_an_authority_leave_by_no_act_of_its_key(
    world: World, way: Way, name: str
) -> None:
    account = account_of(world, name)
    before = world.cn.totalsOf(CEA), world.cn.balanceOf(account, CEA)
    with key_of(world, name), refused("AccountOfAuthority", account, KINDS[name]):
        way(world, account)
    assert (world.cn.totalsOf(CEA), world.cn.balanceOf(account, CEA)) == before
    assert world.cn.encumberedOf(account, CEA) == 0


@pytest.mark.parametrize("way", WAYS)
def test_an_operators_units_leave_by_each_of_these_ways(world: World, way: Way) -> None:
    """So what is refused above is refused for what the account is."""
    world.give(world.cn, world.erin, CEA, 100)
    way(world, world.erin)


@pytest.mark.parametrize("name", ["state", "province"])
def test_foreign_units_of_an_authority_do_not_leave_either(world: World, name: str) -> None:
    account, gateway, units = account_of(world, name), world.gateway, FOREIGN_KAU
    home = (account, world.cn, units, 10, [], world.bob, 0)
    with refusal(world, "AccountOfAuthority", account, KINDS[name]):
        gateway.returnUnits(*home, by=account)
    with refusal(world, "AccountOfAuthority", account, KINDS[name]):
        world.cn.safeTransferFrom(account, world.carol, units, 10, b"", by=account)
    # Two people sell them, and then they may go home.
    sale = (0 if name == "state" else 44, units, account, world.alice, 10, TRADE, [])
    world.CN.issuance.deliver(*sale, by=world.allocator)
    gateway.returnUnits(*(world.alice, *home[1:]), by=world.alice)
    assert world.kr.balanceOf(world.bob, KAU) == 90


@pytest.mark.parametrize("name", KINDS)
def test_an_authority_has_no_obligation_and_no_excess(world: World, name: str) -> None:
    account, p = account_of(world, name), world.CN
    with key_of(world, name):
        with refusal(world, "NotOperatorAccount", account):
            p.compliance.surrender(account, 2025, CEA, 10, [], by=account)
        line = (account, 2025, CEA, Allocated.INITIAL)
        with refusal(world, "ExcessExceeded", *line, 0):
            back = (account, world.pool(world.cn), CEA, 2025, Allocated.INITIAL, 10, [])
            p.issuance.returnExcess(*back, by=account)


# ---- what leads to such an account --------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_one_person_opens_no_account_with_powers(world: World, kind: Kind) -> None:
    opened = (world.stranger, kind, FILE, 0)
    if kind in (Kind.OPERATOR, Kind.PARTICIPANT):
        world.cn.openAccount(*opened, by=world.registrar)
        return
    with refusal(world, "AccountKindInvalid", world.stranger, kind):
        world.cn.openAccount(*opened, by=world.registrar)
    for person in (world.registrar, world.deputy, world.root):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(world.cn, "openOfficialAccount", *opened, by=person)


@pytest.mark.parametrize("kind", Kind)
def test_two_people_open_the_accounts_with_powers_and_no_others(world: World, kind: Kind) -> None:
    opened = (world.stranger, kind, FILE, 44)
    official = (Kind.STATE_AUTHORITY, Kind.PROVINCIAL_AUTHORITY, Kind.TRADING_INSTITUTION)
    if kind not in official:
        with refusal(world, "AccountKindInvalid", world.stranger, kind):
            world.cn.openOfficialAccount(*opened, by=world.registrar)
        return
    receipt = world.cn.openOfficialAccount(*opened, by=world.registrar)
    assert receipt.event("AccountOpened") == (world.stranger, kind, FILE, 44)


@pytest.mark.parametrize("to", ["state", "alice", "carol", "dave", "broker", "stranger"])
def test_one_person_moves_units_to_no_account_that_has_a_key(world: World, to: str) -> None:
    p, pool, account = world.CN, world.pool(world.cn), getattr(world, to)
    for person in (world.allocator, world.deputy):
        with refusal(world, "NotPool", account):
            p.issuance.moveBetweenPools(CEA, pool, account, 10, [], by=person)
        with refusal(world, "NotPool", account):
            p.issuance.moveBetweenPools(CEA, account, pool, 10, [], by=person)
        for name, arguments in (
            ("moveCentrally", (CEA, pool, account, 10, [])),
            ("deliver", (0, CEA, pool, account, 10, TRADE, [])),
            ("issue", (CEA, account, 10, DECISION)),
            ("cancelCentrally", (CEA, pool, 10, [], DECISION)),
        ):
            with refusal(world, "AccessManagedUnauthorized", person):
                alone(p.issuance, name, *arguments, by=person)
    grant = (account, 2025, Allocated.INITIAL, 10)
    expected: tuple[object, ...] = ("NotOperatorAccount", account)
    if to == "alice":
        expected = ("EntitlementExceeded", account, 2025, CEA, Allocated.INITIAL, 10, 0)
    with refusal(world, *expected):
        p.issuance.allocate(CEA, pool, grant, [], by=world.allocator)


# ---- what comes in ------------------------------------------------------------------------


def test_nobody_sends_units_into_a_pool(world: World, cn: Contract) -> None:
    pool = world.pool(cn)
    world.give(cn, world.alice, CEA, 10)
    cn.setApprovalForAll(world.erin, True, by=world.alice)
    for caller in (world.alice, world.erin):
        with refusal(world, "AccountKeyless", pool):
            cn.safeTransferFrom(world.alice, pool, CEA, 1, b"", by=caller)
    with refusal(world, "AccountKeyless", pool):
        cn.transferUnits(world.alice, pool, CEA, [ref(1201, 1201, 1)], by=world.alice)
    with refusal(world, "AccountKeyless", pool):
        world.cross(3, world.bob, KAU, 1, pool)
    world.CN.holders.authoriseSettler(world.alice, world.dave, True, by=world.alice)
    with refusal(world, "AccountKeyless", pool):
        leg = (world.alice, pool, CEA, 1, TRADE, False)
        world.CN.holders.settle(world.dave, [leg], by=world.dave)


# ---- what two people decide ---------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_two_people_move_sell_and_cancel_what_an_authority_has(world: World, name: str) -> None:
    p, account = world.CN, account_of(world, name)
    has = world.cn.balanceOf(account, CEA)
    other = world.state if name != "state" else world.pool(world.cn)
    p.issuance.moveCentrally(CEA, account, other, 10, [], by=world.allocator)
    sale = (44 if name == "province" else 0, CEA, account, world.carol, 20, TRADE, [])
    p.issuance.deliver(*sale, by=world.allocator)
    receipt = p.issuance.cancelCentrally(CEA, account, 30, [], DECISION, by=world.allocator)
    used = (account, CEA, State.CANCELLED, 30, 0, DECISION, NOTHING)
    assert receipt.event("UnitsUsed") == used
    assert world.cn.balanceOf(account, CEA) == has - 60
    assert world.cn.balanceOf(world.carol, CEA) == 20


def test_a_request_of_what_only_the_programme_decides_is_not_allowed(world: World) -> None:
    """The holder desk makes the calls that a holder may make, and these are none."""
    p = world.CN
    for target, name, arguments in (
        (p.issuance, "moveCentrally", (CEA, world.state, world.carol, 10, [])),
        (p.registry, "escrow", (world.state, CEA, 10, [])),
    ):
        data = called(target, name, *arguments)
        with refusal(world, "CallNotAllowed", target, data[:4]):
            p.holders.request(world.state, target, data, by=world.state)
        p.holders.allowCall(target, selector(target, name), True, by=world.root)
    number = request(world, p.registry, "escrow", world.state, CEA, 10, [], by=world.state)
    with refusal(world, "AccessManagedUnauthorized", p.holders):
        execute(world, number, by=world.state)
