"""`restrictionOf` says before the fact what the transfer says."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from scripts.bench.evm import Contract, Refused, refused
from tests.contracts.actors import CEA, World
from tests.contracts.desks import Control, allocate
from tests.contracts.holders import LOAN, control
from tests.contracts.words import Restriction, Status

UNKNOWN = 7
# Restrictions of a link are the gateway's to name: see `quote`.
OF_LINKS = range(Restriction.LINK_UNKNOWN, Restriction.QUOTA_EXCEEDED + 1)


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


def answer(world: World, quantity: int, *, to: str | None = None, unit_class: int = CEA) -> Any:
    asked = world.CN.holders.restrictionOf(world.alice, to or world.bob, unit_class, quantity)
    restriction, reason = asked
    assert bool(reason) == (restriction != Restriction.NONE)
    return Restriction(restriction)


def transfer(world: World, quantity: int, *, to: str | None = None, unit_class: int = CEA) -> None:
    request = (world.alice, to or world.bob, unit_class, quantity, b"")
    world.cn.ask("safeTransferFrom", *request, by=world.alice)


def allowed(world: World, quantity: int, to: str) -> bool:
    try:
        transfer(world, quantity, to=to)
    except Refused:
        return False
    return True


Case = tuple[Callable[[World], object], dict[str, Any], tuple[Any, ...]]


def cases(w: World) -> dict[Restriction, Case]:
    """What makes it so, the transfer, and the registry's word for it."""
    alice, bob = w.alice, w.bob
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
            lambda _: control(w, alice, Control.FREE_LOCKED),
            {"quantity": 51},
            ("FreeAllowancesLocked", alice),
        ),
        Restriction.SALE_SHARE: (
            lambda _: control(w, alice, Control.SALE_SHARE),
            {"quantity": 101},
            ("SaleShareExceeded", alice, 51, 50),
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
        (Restriction.SALE_SHARE, 100),
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
    """What was sold of the free allocation counts in the next answer."""
    control(world, world.alice, Control.SALE_SHARE)
    cn.safeTransferFrom(world.alice, world.bob, CEA, 80, b"", by=world.alice)  # 50 bought, 30 free
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


def test_sending_to_oneself_asks_for_no_trust_and_no_limit(world: World) -> None:
    every = Control.TRUSTED_ONLY | Control.FREE_LOCKED | Control.SALE_SHARE | Control.HOLDING_LIMIT
    control(world, world.alice, every, 1)
    assert answer(world, 150, to=world.alice) == Restriction.NONE
    transfer(world, 150, to=world.alice)
    assert answer(world, 151, to=world.alice) == Restriction.INSUFFICIENT_UNITS


@pytest.mark.parametrize("seed", range(4))
def test_answer_and_transfer_agree_whatever_comes_together(world: World, seed: int) -> None:
    """Demands on both accounts, statuses, trust, liens and quantities, at random."""
    source = random.Random(seed)
    world.CN.liens.pledge(world.alice, CEA, 20, [], world.dave, LOAN, by=world.alice)
    world.CN.holders.trust(world.alice, world.carol, by=world.alice)
    agreed = set()
    for _ in range(8):
        control(world, world.alice, source.choice([0, 0, 1, 2, 4, 5, 8, 12, 13, 29]), 140)
        control(world, world.bob, source.choice([0, 16, 48]), source.choice([0, 40, 200]))
        for account in (world.alice, world.bob):
            status = source.choice([Status.OPEN] * 12 + [Status(n) for n in range(2, 6)])
            world.set_status(world.cn, account, status)
        receivers = (world.bob, world.alice, world.carol, world.stranger)
        for to, quantity in product(receivers, (0, 1, 30, 31, 80, 81, 130, 131)):
            said = answer(world, quantity, to=to)
            assert allowed(world, quantity, to) == (said == Restriction.NONE), said
            agreed.add(said)
    assert len(agreed) >= 4


def test_every_restriction_is_shown_here(ledger: World) -> None:
    assert set(cases(ledger)) == set(REASONS)
