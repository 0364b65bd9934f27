"""Opening accounts and changing their statuses."""

from __future__ import annotations

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, refused, text32
from tests.contracts.actors import CEA, DECISION, FILE, World
from tests.contracts.words import NOTHING, Kind, Status


def test_open_an_account(world: World, cn: Contract) -> None:
    receipt = cn.openAccount(world.stranger, Kind.PARTICIPANT, FILE, by=world.registrar)
    assert receipt.event("AccountOpened") == (world.stranger, Kind.PARTICIPANT, FILE)
    account = cn.accountOf(world.stranger)
    assert account[:2] == (Kind.PARTICIPANT, Status.OPEN)
    assert account.openedAt == world.chain.time
    assert account[3:] == (0, 0, 0, FILE)  # holds nothing; no demands, no limit


def test_open_a_system_account_that_nobody_has_the_key_of(world: World, cn: Contract) -> None:
    purpose = text32("new-entrants")
    receipt = cn.openSystemAccount(purpose, by=world.registrar)
    address = cn.systemAccount(purpose)
    assert receipt.event("AccountOpened") == (address, Kind.SYSTEM, purpose)
    assert address != cn.systemAccount(text32("allocation"))
    assert address != world.kr.systemAccount(purpose)
    cn.issue(CEA, address, 10, DECISION, by=world.issuer)
    cn.allocate(CEA, address, world.alice, 10, [], by=world.allocator)
    assert cn.balanceOf(world.alice, CEA) == 10


def test_open_an_account_twice_is_refused(world: World, cn: Contract) -> None:
    with refused("AccountAlreadyOpen", world.alice, Status.OPEN):
        cn.openAccount(world.alice, Kind.OPERATOR, FILE, by=world.registrar)
    cn.setAccountStatus(world.alice, Status.CLOSED, by=world.registrar)
    with refused("AccountAlreadyOpen", world.alice, Status.CLOSED):
        cn.openAccount(world.alice, Kind.OPERATOR, FILE, by=world.registrar)


def test_open_an_account_for_a_gateway_is_refused(world: World, cn: Contract) -> None:
    with refused("AccountIsGateway", world.gateway):
        cn.openAccount(world.gateway, Kind.PARTICIPANT, FILE, by=world.registrar)


@pytest.mark.parametrize("kind", [Kind.NONE, Kind.SYSTEM])
def test_open_an_account_of_no_kind_is_refused(world: World, cn: Contract, kind: Kind) -> None:
    with refused("AccountKindInvalid", world.stranger, kind):
        cn.openAccount(world.stranger, kind, FILE, by=world.registrar)


def test_open_an_account_without_an_address_or_a_file_is_refused(
    world: World, cn: Contract
) -> None:
    with refused("AccountUnknown", ZERO_ADDRESS):
        cn.openAccount(ZERO_ADDRESS, Kind.OPERATOR, FILE, by=world.registrar)
    with refused("AccountFileMissing", world.stranger):
        cn.openAccount(world.stranger, Kind.OPERATOR, NOTHING, by=world.registrar)
    with refused("AccountFileMissing", cn.systemAccount(NOTHING)):
        cn.openSystemAccount(NOTHING, by=world.registrar)


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
    assert (held(world.state), held(world.alice)) == (0, 1)
    cn.safeTransferFrom(world.alice, world.alice, CEA, 10, b"", by=world.alice)
    cn.transferUnits(world.alice, world.alice, CEA, [(1, 0, 1, 10)], by=world.alice)
    assert held(world.alice) == 1
    cn.safeTransferFrom(world.alice, world.bob, CEA, 4, b"", by=world.alice)
    assert (held(world.alice), held(world.bob)) == (1, 1)
    cn.retire(world.alice, CEA, 6, [], NOTHING, by=world.alice)
    cn.cancel(world.bob, CEA, 4, [], NOTHING, by=world.bob)
    assert (held(world.alice), held(world.bob)) == (0, 0)
