"""`restrictionOf` says before the fact what the transfer says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scripts.bench.evm import ZERO_ADDRESS, Contract, refused
from tests.contracts.actors import CEA, World
from tests.contracts.desks import Control, allocate
from tests.contracts.holders import LOAN, control, scatter
from tests.contracts.words import Kind, Restriction, Status

UNKNOWN = 7
# Restrictions of a link are the gateway's to name: see `quote`.
OF_LINKS = {
    *range(Restriction.LINK_UNKNOWN, Restriction.QUOTA_EXCEEDED + 1),
    Restriction.AGREEMENT_ENDED,
    Restriction.EDITION_NOT_ACCEPTED,
    Restriction.NO_NAME_ABROAD,
}


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """Alice was allocated 100 units and then bought 50; half of what is free may be sold."""
    with ledger.chain.restored():
        allocate(ledger, ledger.CN, ledger.alice, 100)
        ledger.give(ledger.cn, ledger.alice, CEA, 50)
        ledger.cn.setSaleShare(5000, by=ledger.root)
        ledger.cn.setHoldingLimitClasses([(ledger.cn, CEA)], by=ledger.root)
        yield ledger


@pytest.fixture
def world(scene: World) -> Iterator[World]:
    with scene.chain.restored():
        yield scene


def answer(
    world: World,
    quantity: int,
    *,
    sender: str | None = None,
    to: str | None = None,
    unit_class: int = CEA,
) -> Restriction:
    asked = (sender or world.alice, to or world.bob, unit_class, quantity)
    restriction, reason = world.CN.holders.restrictionOf(*asked)
    assert bool(reason) == (restriction != Restriction.NONE)
    return Restriction(restriction)


def transfer(
    world: World,
    quantity: int,
    *,
    sender: str | None = None,
    to: str | None = None,
    unit_class: int = CEA,
) -> None:
    sender = sender or world.alice
    request = (sender, to or world.bob, unit_class, quantity, b"")
    world.cn.ask("safeTransferFrom", *request, by=sender)


Case = tuple[Callable[[World], object], dict[str, Any], tuple[Any, ...]]


def cases(w: World) -> dict[Restriction, Case]:
    """What makes it so, the transfer, and the registry's word for it."""
    alice, bob, pool = w.alice, w.bob, w.pools[w.cn.address]
    limits = Control.HOLDING_LIMIT
    return {
        Restriction.NONE: (lambda _: None, {"quantity": 150}, ()),
        Restriction.UNKNOWN_CLASS: (
            lambda _: None,
            {"quantity": 1, "unit_class": UNKNOWN},
            ("ClassUnknown", UNKNOWN),
        ),
        Restriction.ZERO_QUANTITY: (lambda _: None, {"quantity": 0}, ("QuantityZero",)),
        Restriction.SENDER_STATUS: (
            lambda _: w.set_status(w.cn, alice, Status.SUSPENDED),
            {"quantity": 1},
            ("AccountCannotSend", alice, Status.SUSPENDED),
        ),
        Restriction.RECEIVER_STATUS: (
            lambda _: None,
            {"quantity": 1, "to": w.stranger},
            ("AccountCannotReceive", w.stranger, Status.NONE),
        ),
        Restriction.INSUFFICIENT_UNITS: (
            lambda _: None,
            {"quantity": 151},
            ("ERC1155InsufficientBalance", alice, 150, 151, CEA),
        ),
        Restriction.RECEIVER_NOT_TRUSTED: (
            lambda _: control(w, alice, Control.TRUSTED_ONLY),
            {"quantity": 1},
            ("ReceiverNotTrusted", alice, bob, 0),
        ),
        Restriction.DESK_REQUIRED: (
            lambda _: control(w, alice, Control.TWO_REPRESENTATIVES),
            {"quantity": 1},
            ("HolderDeskRequired", alice),
        ),
        Restriction.HOLDING_LIMIT: (
            lambda _: control(w, bob, limits, 10),
            {"quantity": 11},
            ("HoldingLimitExceeded", bob, 11, 10),
        ),
        Restriction.FREE_ALLOWANCES_LOCKED: (
            lambda _: w.CN.issuance.requirePaidShare(0, alice, 51, by=w.allocator),
            {"quantity": 51},
            ("FreeAllowancesLocked", alice),
        ),
        Restriction.SALE_SHARE: (
            lambda _: control(w, alice, Control.SALE_SHARE),
            {"quantity": 51},
            ("SaleShareExceeded", alice, 51, 50),
        ),
        Restriction.SENDER_IS_AUTHORITY: (
            lambda _: w.issue(w.cn, CEA, 10, w.state),
            {"quantity": 1, "sender": w.state},
            ("AccountOfAuthority", w.state, Kind.STATE_AUTHORITY),
        ),
        Restriction.RECEIVER_IS_KEYLESS: (
            lambda _: None,
            {"quantity": 1, "to": pool},
            ("AccountKeyless", pool),
        ),
        Restriction.SAME_ACCOUNT: (
            lambda _: None,
            {"quantity": 1, "to": alice},
            ("SameAccount", alice),
        ),
        # Her two larger blocks, and 255 of the small ones.
        Restriction.TOO_MANY_BLOCKS: (
            lambda _: scatter(w, alice, 300),
            {"quantity": 405},
            ("TooManyBlocks", CEA, 256),
        ),
    }


REASONS = [r for r in Restriction if r not in OF_LINKS]


@pytest.mark.parametrize("restriction", REASONS, ids=lambda r: r.name)
def test_restriction_is_the_reason_of_the_refusal(world: World, restriction: Restriction) -> None:
    prepare, request, error = cases(world)[restriction]
    prepare(world)
    assert answer(world, **request) == restriction
    if error:
        with refused(*error):
            transfer(world, **request)
    else:
        transfer(world, **request)


@pytest.mark.parametrize(
    ("restriction", "most"),
    [
        (Restriction.INSUFFICIENT_UNITS, 150),
        (Restriction.HOLDING_LIMIT, 10),
        (Restriction.FREE_ALLOWANCES_LOCKED, 50),
        (Restriction.SALE_SHARE, 50),
        (Restriction.TOO_MANY_BLOCKS, 404),
    ],
    ids=lambda r: getattr(r, "name", r),
)
def test_restriction_ends_where_the_refusal_ends(
    world: World, restriction: Restriction, most: int
) -> None:
    """To the unit."""
    cases(world)[restriction][0](world)
    assert (answer(world, most), answer(world, most + 1)) == (Restriction.NONE, restriction)
    transfer(world, most)


def test_sales_are_remembered(world: World, cn: Contract) -> None:
    """Whatever allowances were sold count in the next answer, free or bought (R-MS-05)."""
    control(world, world.alice, Control.SALE_SHARE)
    cn.safeTransferFrom(world.alice, world.bob, CEA, 30, b"", by=world.alice)
    assert cn.freeSalesOf(world.alice) == (100, 30, 50)
    assert (answer(world, 20), answer(world, 21)) == (Restriction.NONE, Restriction.SALE_SHARE)
    with refused("SaleShareExceeded", world.alice, 51, 50):
        transfer(world, 21)


def test_limit_counts_what_the_receiver_has_set_aside(world: World, cn: Contract) -> None:
    world.give(cn, world.bob, CEA, 10)
    world.CN.liens.pledge(world.bob, CEA, 10, [], world.dave, LOAN, by=world.bob)
    control(world, world.bob, Control.HOLDING_LIMIT, 15)
    assert (answer(world, 5), answer(world, 6)) == (Restriction.NONE, Restriction.HOLDING_LIMIT)


def test_limit_is_about_its_classes(world: World, cn: Contract) -> None:
    other = world.define(cn, "CEA-2026")
    world.give(cn, world.alice, other, 100)
    control(world, world.bob, Control.HOLDING_LIMIT, 10)
    assert answer(world, 100, unit_class=other) == Restriction.NONE
    transfer(world, 100, unit_class=other)


def test_nobody_receives_at_no_address(world: World) -> None:
    assert answer(world, 1, to=ZERO_ADDRESS) == Restriction.RECEIVER_STATUS
    with refused("ERC1155InvalidReceiver", ZERO_ADDRESS):
        transfer(world, 1, to=ZERO_ADDRESS)


def test_every_restriction_is_shown_here(ledger: World) -> None:
    assert set(cases(ledger)) == set(REASONS)
