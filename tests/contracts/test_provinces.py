"""A province proposes for its own accounts only, and the State confirms (Art. 13, R-AL-28).

Each function that a province proposes names the province first. The proposal desk asks whether the
key speaks for that province, and the function whether the accounts are that province's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scripts.bench.evm import Contract, refused, text32
from tests.contracts.actors import CEA, DECISION, LIFETIME, Programme, World
from tests.contracts.desks import (
    REPORT,
    approve,
    called,
    execute,
    propose,
    propose_call,
    refusal,
    selector,
)
from tests.contracts.words import PROVINCES, Allocated, Role

HUBEI, GUANGDONG = 42, 44
SALE = text32("sale 1")
POOLS = {HUBEI: text32("hubei"), GUANGDONG: text32("guangdong")}
INITIAL = Allocated.INITIAL
# What a province proposes, and who of the State approves.
STEPS = {
    ("issuance", "entitle"): Role.ALLOCATOR,
    ("issuance", "deliver"): Role.ALLOCATOR,
    ("issuance", "requirePaidShare"): Role.ALLOCATOR,
    ("compliance", "confirmAll"): Role.COMPLIANCE_OFFICER,
    ("compliance", "assign"): Role.COMPLIANCE_OFFICER,
}
NAMES = [name for _, name in STEPS]
APPROVERS = {Role.ALLOCATOR: "allocator", Role.COMPLIANCE_OFFICER: "officer"}


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """Guangdong administers Alice, Hubei Bob, and nobody Erin. The stranger speaks for
    Guangdong, the broker for Hubei; each has a pool with 100 units. A figure of each of the
    three is attested; the report that was ordered of them is late."""
    p = ledger.CN
    with ledger.chain.restored():
        for province, key, operator in (
            (GUANGDONG, ledger.stranger, ledger.alice),
            (HUBEI, ledger.broker, ledger.bob),
        ):
            p.authority.grantRole(PROVINCES + province, key, 0, by=ledger.root)
            p.registry.setAccountProvince(operator, province, by=ledger.registrar)
            p.registry.openSystemAccount(POOLS[province], province, by=ledger.registrar)
            ledger.issue(p.registry, CEA, 100, pool(ledger, province))
        ledger.issue(p.registry, CEA, 100)
        for account in (ledger.alice, ledger.bob, ledger.erin):
            p.compliance.attest(account, 2025, 100, REPORT, by=ledger.verifier)
            p.compliance.orderReport(account, 2025, DECISION, by=ledger.officer)
        for (part, name), approver in STEPS.items():
            target = getattr(p, part)
            step = (Role.PROVINCE, approver, 0, LIFETIME, 1)
            p.proposals.defineStep(target, selector(target, name), step, by=ledger.root)
        ledger.chain.advance(1)
        yield ledger


@pytest.fixture
def world(scene: World) -> Iterator[World]:
    with scene.chain.restored():
        yield scene


@pytest.fixture
def cn(world: World) -> Programme:
    return world.CN


def pool(world: World, province: int) -> str:
    return str(world.cn.systemAccount(POOLS[province]))


def target_of(p: Programme, name: str) -> Contract:
    part = next(part for part, function in STEPS if function == name)
    return getattr(p, part)  # type: ignore[no-any-return]


def approver_of(world: World, name: str) -> str:
    role = next(role for (_, function), role in STEPS.items() if function == name)
    return str(getattr(world, APPROVERS[role]))


def call(world: World, name: str, province: int, *accounts: str) -> tuple[Any, ...]:
    """What a province would propose, for these accounts or the first of them."""
    account = accounts[0]
    changes = [(a, 2025, INITIAL, CEA, 0, 60) for a in accounts]
    # A sale is out of the pool of the province that administers the account.
    seller = {world.alice: pool(world, GUANGDONG), world.bob: pool(world, HUBEI)}
    sale = (CEA, seller.get(account, world.pool(world.cn)), world.carol, 60, SALE, [])
    return {
        "entitle": (province, changes),
        "deliver": (province, *sale),
        "requirePaidShare": (province, account, 60),
        "confirmAll": (province, 2025, [(a, 100) for a in accounts], DECISION),
        "assign": (province, account, 2025, 90, DECISION),
    }[name]


def foreign_to(world: World, name: str, account: str, province: int) -> tuple[Any, ...]:
    """The refusal of a call about an account of another province."""
    if name == "deliver":
        return ("ProvinceIs", call(world, name, 0, account)[2], province)
    return ("ProvinceIs", account, province)


# ---- its own ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_province_proposes_for_its_own_and_the_state_confirms(world: World, name: str) -> None:
    p, target = world.CN, target_of(world.CN, name)
    arguments = call(world, name, GUANGDONG, world.alice)
    proposal = propose(p, target, name, *arguments, by=world.stranger)
    kept = p.proposals.proposalOf(proposal)
    assert (kept.province, kept.proposer) == (GUANGDONG, world.stranger)
    for other in (world.stranger, world.broker, world.registrar):
        with refused("RoleMissing", other, p.proposals.stepOf(target, kept.selector).approverRole):
            approve(p, proposal, by=other)
    approve(p, proposal, by=approver_of(world, name))
    with refused("RoleMissing", world.broker, PROVINCES + GUANGDONG):
        execute(p, proposal, by=world.broker)
    execute(p, proposal, by=world.stranger)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_else_proposes_for_a_province(world: World, name: str) -> None:
    """Neither another province, nor the State, nor who proposed before there were provinces."""
    target = target_of(world.CN, name)
    arguments = call(world, name, GUANGDONG, world.alice)
    for person in (world.broker, world.allocator, world.officer, world.root, world.alice):
        with refusal(world, "RoleMissing", person, PROVINCES + GUANGDONG):
            propose(world.CN, target, name, *arguments, by=person)


@pytest.mark.parametrize("account", ["bob", "erin"])
@pytest.mark.parametrize("name", NAMES)
def test_a_province_decides_nothing_about_others(world: World, name: str, account: str) -> None:
    """Its number in the call makes no account its own, whoever approves."""
    p, about = world.CN, getattr(world, account)
    arguments = call(world, name, GUANGDONG, about)
    proposal = propose(p, target_of(p, name), name, *arguments, by=world.stranger)
    approve(p, proposal, by=approver_of(world, name))
    actual = HUBEI if account == "bob" else 0
    with refusal(world, *foreign_to(world, name, about, actual)):
        execute(p, proposal, by=world.stranger)


@pytest.mark.parametrize("name", ["entitle", "confirmAll"])
def test_one_account_of_others_spoils_the_list(world: World, name: str) -> None:
    p = world.CN
    arguments = call(world, name, GUANGDONG, world.alice, world.bob)
    proposal = propose(p, target_of(p, name), name, *arguments, by=world.stranger)
    approve(p, proposal, by=approver_of(world, name))
    with refusal(world, "ProvinceIs", world.bob, HUBEI):
        execute(p, proposal, by=world.stranger)


def test_an_account_that_is_handed_over_is_the_other_provinces(world: World, cn: Programme) -> None:
    arguments = call(world, "entitle", GUANGDONG, world.alice)
    proposal = propose(cn, cn.issuance, "entitle", *arguments, by=world.stranger)
    approve(cn, proposal, by=world.allocator)
    receipt = cn.registry.setAccountProvince(world.alice, HUBEI, by=world.registrar)
    assert receipt.event("AccountProvinceChanged") == (world.alice, GUANGDONG, HUBEI)
    with refusal(world, "ProvinceIs", world.alice, HUBEI):
        execute(cn, proposal, by=world.stranger)


# ---- the number ---------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 2**16, 2**16 + GUANGDONG, 2**256 - 1])
@pytest.mark.parametrize("name", NAMES)
def test_the_number_is_that_of_a_province(world: World, name: str, number: int) -> None:
    """Zero is no province: what no province administers has no step of its own here."""
    target = target_of(world.CN, name)
    data = called(target, name, *call(world, name, 0, world.alice))
    data = data[:4] + number.to_bytes(32, "big") + data[36:]
    for person in (world.stranger, world.allocator):
        with refusal(world, "ProvinceMissing", target, data[:4]):
            propose_call(world.CN, target, data, by=person)


@pytest.mark.parametrize("length", [0, 3, 4, 5, 35])
def test_a_call_that_ends_before_the_number_names_no_province(
    world: World, cn: Programme, length: int
) -> None:
    data = called(cn.issuance, "entitle", *call(world, "entitle", GUANGDONG, world.alice))
    short = data[:length]
    error = "ProvinceMissing" if length >= 4 else "NotASensitiveStep"
    with refusal(world, error, cn.issuance, short[:4].ljust(4, b"\0")):
        propose_call(cn, cn.issuance, short, by=world.stranger)


def test_the_number_is_read_where_the_step_says(world: World, cn: Programme) -> None:
    """The second argument of `setAccountProvince` is the province that takes an account over."""
    function = selector(cn.registry, "setAccountProvince")
    step = (Role.PROVINCE, Role.ACCOUNT_ADMINISTRATOR, 0, LIFETIME, 2)
    cn.proposals.defineStep(cn.registry, function, step, by=world.root)
    call_ = (world.bob, GUANGDONG)
    with refused("RoleMissing", world.broker, PROVINCES + GUANGDONG):
        propose(cn, cn.registry, "setAccountProvince", *call_, by=world.broker)
    proposal = propose(cn, cn.registry, "setAccountProvince", *call_, by=world.stranger)
    approve(cn, proposal, by=world.registrar)
    execute(cn, proposal, by=world.stranger)
    assert cn.registry.accountOf(world.bob).province == GUANGDONG


# ---- keys ---------------------------------------------------------------------------------


def test_a_key_speaks_for_one_province(world: World, cn: Programme) -> None:
    authority = cn.authority
    assert authority.provinceOf(world.stranger) == GUANGDONG
    with refusal(world, "ProvinceHeld", world.stranger, GUANGDONG):
        authority.grantRole(PROVINCES + HUBEI, world.stranger, 0, by=world.root)
    assert authority.membersOf(PROVINCES + HUBEI) == [world.broker]
    authority.revokeRole(PROVINCES + GUANGDONG, world.stranger, by=world.root)
    assert authority.provinceOf(world.stranger) == 0
    authority.grantRole(PROVINCES + HUBEI, world.stranger, 0, by=world.root)
    assert authority.provinceOf(world.stranger) == HUBEI
    assert authority.membersOf(PROVINCES + GUANGDONG) == []
    assert authority.membersOf(Role.PROVINCE) == [world.broker, world.stranger]
    with refused("RoleMissing", world.stranger, PROVINCES + GUANGDONG):
        arguments = call(world, "entitle", GUANGDONG, world.alice)
        propose(cn, cn.issuance, "entitle", *arguments, by=world.stranger)


def test_a_proposal_of_a_key_that_left_its_province_is_void(world: World, cn: Programme) -> None:
    arguments = call(world, "entitle", GUANGDONG, world.alice)
    proposal = propose(cn, cn.issuance, "entitle", *arguments, by=world.stranger)
    approve(cn, proposal, by=world.allocator)
    role = PROVINCES + GUANGDONG
    cn.authority.revokeRole(role, world.stranger, by=world.root)
    with refusal(world, "RoleMissing", world.stranger, role):
        execute(cn, proposal, by=world.allocator)
    cn.authority.grantRole(role, world.stranger, 0, by=world.root)
    with refusal(world, "RoleMissing", world.stranger, role):
        execute(cn, proposal, by=world.allocator)


# ---- what one person of the State could shift ---------------------------------------------


def test_what_a_province_has_to_sell_is_not_one_persons_to_change(
    world: World, cn: Programme
) -> None:
    """An allocator moves units among the pools of one province, or of none; across takes two."""
    national, own, other = world.pool(world.cn), pool(world, GUANGDONG), pool(world, HUBEI)
    for source, to, province in (
        (national, own, GUANGDONG),
        (own, national, 0),
        (own, other, HUBEI),
    ):
        for person in (world.allocator, world.deputy):
            with refusal(world, "ProvinceIs", to, province):
                cn.issuance.moveBetweenPools(CEA, source, to, 50, [], by=person)
    cn.registry.openSystemAccount(text32("guangdong 2"), GUANGDONG, by=world.registrar)
    second = cn.registry.systemAccount(text32("guangdong 2"))
    cn.issuance.moveBetweenPools(CEA, own, second, 50, [], by=world.allocator)
    cn.issuance.moveCentrally(CEA, national, own, 50, [], by=world.allocator)
    assert [world.cn.balanceOf(a, CEA) for a in (national, own, second)] == [50, 100, 50]
