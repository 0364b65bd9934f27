"""Opening accounts and changing their statuses."""

from __future__ import annotations

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, refused, text32
from tests.contracts.actors import CEA, DECISION, FILE, World
from tests.contracts.desks import alone, refusal
from tests.contracts.words import NOTHING, Kind, Status

PROVINCE = 44
PLAIN = (Kind.OPERATOR, Kind.PARTICIPANT)
OFFICIAL = (Kind.STATE_AUTHORITY, Kind.PROVINCIAL_AUTHORITY, Kind.TRADING_INSTITUTION)


@pytest.mark.parametrize("kind", [*PLAIN, *OFFICIAL])
@pytest.mark.parametrize("province", [0, PROVINCE])
def test_open_an_account(world: World, cn: Contract, kind: Kind, province: int) -> None:
    receipt = world.open(cn, world.stranger, kind, province)
    assert receipt.event("AccountOpened") == (world.stranger, kind, FILE, province)
    account = cn.accountOf(world.stranger)
    assert account[:2] == (kind, Status.OPEN)
    assert account.openedAt == world.chain.time
    # Holds nothing; no demands, no limit, in the first round of approvals.
    assert account[3:] == (0, 0, 0, province, 1, FILE)


@pytest.mark.parametrize("kind", OFFICIAL)
def test_one_person_opens_no_account_that_brings_powers(
    world: World, cn: Contract, kind: Kind
) -> None:
    """Neither by the function for everybody's accounts nor by that of two people."""
    account = (world.stranger, kind, FILE, 0)
    with refusal(world, "AccountKindInvalid", world.stranger, kind):
        cn.openAccount(*account, by=world.registrar)
    for person in (world.registrar, world.deputy, world.root, world.stranger):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(cn, "openOfficialAccount", *account, by=person)


def test_open_a_system_account_that_nobody_has_the_key_of(world: World, cn: Contract) -> None:
    purpose = text32("new-entrants")
    receipt = cn.openSystemAccount(purpose, PROVINCE, by=world.registrar)
    address = cn.systemAccount(purpose)
    assert receipt.event("AccountOpened") == (address, Kind.SYSTEM, purpose, PROVINCE)
    assert cn.accountOf(address).province == PROVINCE
    assert address != cn.systemAccount(text32("allocation"))
    assert address != world.kr.systemAccount(purpose)
    cn.issue(CEA, address, 10, DECISION, by=world.issuer)
    world.allocate(world.CN, world.alice, 10, pool=address)
    assert cn.balanceOf(world.alice, CEA) == 10


def test_open_an_account_twice_is_refused(world: World, cn: Contract) -> None:
    again = (world.alice, Kind.OPERATOR, FILE, 0)
    with refused("AccountAlreadyOpen", world.alice, Status.OPEN):
        cn.openAccount(*again, by=world.registrar)
    cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
    with refused("AccountAlreadyOpen", world.alice, Status.CLOSED):
        cn.openAccount(*again, by=world.registrar)
    with refused("AccountAlreadyOpen", world.alice, Status.CLOSED):
        world.open(cn, world.alice, Kind.STATE_AUTHORITY)


def test_open_an_account_for_a_gateway_is_refused(world: World, cn: Contract) -> None:
    for kind in (Kind.PARTICIPANT, Kind.TRADING_INSTITUTION):
        with refused("AccountIsGateway", world.gateway):
            world.open(cn, world.gateway.address, kind)


@pytest.mark.parametrize("kind", [Kind.NONE, Kind.SYSTEM])
def test_open_an_account_of_no_kind_is_refused(world: World, cn: Contract, kind: Kind) -> None:
    for opened in (cn.openAccount, cn.openOfficialAccount):
        with refused("AccountKindInvalid", world.stranger, kind):
            opened(world.stranger, kind, FILE, 0, by=world.registrar)


@pytest.mark.parametrize("kind", PLAIN)
def test_two_people_open_official_accounts_only(world: World, cn: Contract, kind: Kind) -> None:
    with refused("AccountKindInvalid", world.stranger, kind):
        cn.openOfficialAccount(world.stranger, kind, FILE, 0, by=world.registrar)


def test_open_an_account_without_an_address_or_a_file_is_refused(
    world: World, cn: Contract
) -> None:
    for opened, kind in (
        (cn.openAccount, Kind.OPERATOR),
        (cn.openOfficialAccount, Kind.STATE_AUTHORITY),
    ):
        with refused("AccountUnknown", ZERO_ADDRESS):
            opened(ZERO_ADDRESS, kind, FILE, 0, by=world.registrar)
        with refused("AccountFileMissing", world.stranger):
            opened(world.stranger, kind, NOTHING, 0, by=world.registrar)
    with refused("AccountFileMissing", cn.systemAccount(NOTHING)):
        cn.openSystemAccount(NOTHING, 0, by=world.registrar)


def test_an_account_is_handed_over_to_another_province(world: World, cn: Contract) -> None:
    receipt = cn.setAccountProvince(world.alice, PROVINCE, by=world.registrar)
    assert receipt.event("AccountProvinceChanged") == (world.alice, 0, PROVINCE)
    receipt = cn.setAccountProvince(world.alice, 11, by=world.registrar)
    assert receipt.event("AccountProvinceChanged") == (world.alice, PROVINCE, 11)
    assert cn.accountOf(world.alice)[:2] == (Kind.OPERATOR, Status.OPEN)
    assert cn.accountOf(world.alice).province == 11
    with refused("AccountUnknown", world.stranger):
        cn.setAccountProvince(world.stranger, 11, by=world.registrar)
    for person in (world.registrar, world.deputy, world.alice):
        with refusal(world, "AccessManagedUnauthorized", person):
            alone(cn, "setAccountProvince", world.alice, 0, by=person)


def test_change_a_status(world: World, cn: Contract) -> None:
    receipt = cn.setAccountStatus(world.alice, Status.SUSPENDED, by=world.registrar)
    assert receipt.event("AccountStatusChanged") == (world.alice, Status.OPEN, Status.SUSPENDED)
    assert cn.accountOf(world.alice).status == Status.SUSPENDED
    cn.setAccountStatus(world.alice, Status.OPEN, by=world.registrar)
    assert world.kr.accountOf(world.alice).status == Status.OPEN


def test_change_of_a_status_that_makes_no_sense_is_refused(world: World, cn: Contract) -> None:
    with refused("AccountUnknown", world.stranger):
        cn.setAccountStatus(world.stranger, Status.OPEN, by=world.registrar)
    with refused("AccountStatusInvalid", world.alice, Status.OPEN, Status.OPEN):
        cn.setAccountStatus(world.alice, Status.OPEN, by=world.registrar)
    with refused("AccountStatusInvalid", world.alice, Status.OPEN, Status.NONE):
        cn.setAccountStatus(world.alice, Status.NONE, by=world.registrar)


def test_closed_is_final(world: World, cn: Contract) -> None:
    cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
    for status in (Status.NONE, Status.OPEN, Status.SUSPENDED, Status.CLOSED):
        with refused("AccountStatusInvalid", world.alice, Status.CLOSED, status):
            cn.setAccountStatus(world.alice, status, by=world.registrar)


def test_account_that_holds_units_does_not_close(world: World, cn: Contract) -> None:
    second = world.define(cn, "CEA-2026")
    world.give(cn, world.alice, CEA, 10)
    world.give(cn, world.alice, second, 10)
    with refused("AccountNotEmpty", world.alice, 2):
        cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
    cn.setAccountStatus(world.alice, Status.CLOSURE_PENDING, by=world.registrar)
    cn.safeTransferFrom(world.alice, world.bob, CEA, 10, b"", by=world.alice)
    with refused("AccountNotEmpty", world.alice, 1):
        cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
    cn.surrender(world.alice, second, 10, [], 2025, by=world.alice)
    cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
    assert cn.blockAt(second, 1).owner == world.alice  # what was used stays where it was used


def test_count_of_classes_held_follows_every_path(world: World, cn: Contract) -> None:
    def held(account: str) -> int:
        return int(cn.accountOf(account).classesHeld)

    world.give(cn, world.alice, CEA, 10)
    assert (held(world.pool(cn)), held(world.alice)) == (0, 1)
    cn.safeTransferFrom(world.alice, world.bob, CEA, 4, b"", by=world.alice)
    assert (held(world.alice), held(world.bob)) == (1, 1)
    cn.transferUnits(world.bob, world.alice, CEA, [(7, 0, 7, 4)], by=world.bob)
    assert (held(world.alice), held(world.bob)) == (1, 0)
    cn.retire(world.alice, CEA, 6, [], NOTHING, NOTHING, by=world.alice)
    cn.cancel(world.alice, CEA, 4, [], NOTHING, NOTHING, by=world.alice)
    assert (held(world.alice), held(world.bob)) == (0, 0)
