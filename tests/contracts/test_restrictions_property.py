"""Whatever comes together, `restrictionOf` is the answer that the transfer gives.

States and requests at random. The same reason comes first in both where several hold, so whoever
asks beforehand and whoever tries are told the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.bench.evm import ZERO_ADDRESS, Contract, Refused
from tests.contracts.actors import CEA, KAU, LIFETIME, World
from tests.contracts.desks import Control, allocate
from tests.contracts.holders import LOAN, scatter
from tests.contracts.words import Kind, Restriction, Status, class_id

CCER = class_id("CCER-2025")
TRUST_DELAY = 1000
EXAMPLES = int(os.environ.get("RESTRICTION_EXAMPLES", "60"))

# The registry's word for each reason.
WORD = {
    Restriction.UNKNOWN_CLASS: "ClassUnknown",
    Restriction.ZERO_QUANTITY: "QuantityZero",
    Restriction.SENDER_STATUS: "AccountCannotSend",
    Restriction.RECEIVER_STATUS: "AccountCannotReceive",
    Restriction.INSUFFICIENT_UNITS: "ERC1155InsufficientBalance",
    Restriction.RECEIVER_NOT_TRUSTED: "ReceiverNotTrusted",
    Restriction.DESK_REQUIRED: "HolderDeskRequired",
    Restriction.HOLDING_LIMIT: "HoldingLimitExceeded",
    Restriction.FREE_ALLOWANCES_LOCKED: "FreeAllowancesLocked",
    Restriction.SALE_SHARE: "SaleShareExceeded",
    Restriction.SENDER_IS_AUTHORITY: "AccountOfAuthority",
    Restriction.RECEIVER_IS_KEYLESS: "AccountKeyless",
    Restriction.SAME_ACCOUNT: "SameAccount",
    Restriction.TOO_MANY_BLOCKS: "TooManyBlocks",
}

# Who sends and receives. The pool has no key; the stranger, no account.
NAMES = ("alice", "bob", "carol", "state", "province", "pool", "stranger", "nobody")
HOLDERS = ("alice", "bob")
OF_SENDERS = (Control.TRUSTED_ONLY, Control.TWO_REPRESENTATIVES, Control.SALE_SHARE)
OF_RECEIVERS = (
    Control.HOLDING_LIMIT,
    Control.HOLDING_LIMIT | Control.LIMIT_FOLLOWS_ALLOCATION,
)


@dataclass(frozen=True)
class Demands:
    """What the programme demands of one account, and what the account has set up itself."""

    status: Status
    controls: int
    limit: int
    to_buy: int  # before the free allowances are its own to use
    pledged: int
    frozen: int
    trusts: str | None
    waited: bool  # whether the addition to the trusted list counts


def mostly(common: Any, *others: Any) -> st.SearchStrategy[Any]:
    """One value in most cases, so that not every state forbids everything."""
    return st.one_of(st.just(common), st.just(common), st.just(common), st.sampled_from(others))


def demands(usual: tuple[int, ...], others: tuple[int, ...]) -> st.SearchStrategy[Demands]:
    """Of an account that mostly sends, or mostly receives; now and then it is the other way."""
    flags = st.one_of(st.sampled_from(usual), st.sampled_from(usual), st.sampled_from(others))
    return st.builds(
        Demands,
        status=mostly(Status.OPEN, *(Status(n) for n in range(2, 6))),
        controls=st.one_of(st.just(0), flags, st.builds(int.__or__, flags, flags)),
        limit=st.sampled_from((9, 10, 60, 500, 2**40 - 1)),
        to_buy=st.sampled_from((0, 0, 50, 51)),
        pledged=st.sampled_from((0, 0, 0, 20, 150)),
        frozen=st.sampled_from((0, 0, 1, 100)),
        trusts=st.sampled_from((None, "bob", "alice", "carol", "stranger")),
        waited=st.booleans(),
    )


limit_classes = st.sampled_from(([], [CEA], [CEA], [CCER], [CEA, CCER]))
share = st.sampled_from((0, 3333, 5000, 10_000))
NEAR = (0, 1, 9, 10, 11, 49, 50, 51, 100, 101, 149, 150, 151, 404, 405, 450, 451)
quantities = st.one_of(
    st.sampled_from(NEAR),
    st.sampled_from(NEAR),
    st.integers(0, 500),
    st.sampled_from((2**40 - 1, 2**40, 2**128, 2**256 - 1)),
)
# Mostly Alice's allowances to Bob; KAU is Korea's, and China knows nothing of it.
requests = st.tuples(
    st.sampled_from((*["alice"] * 8, *NAMES)),
    st.sampled_from((*["bob"] * 8, *NAMES)),
    st.sampled_from((*[CEA] * 6, CCER, KAU)),
    quantities,
)


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """Alice was allocated 100 allowances, bought 50, and got 300 more one by one; she has credits
    too. Bob was allocated 10. The State and a province have units of their own."""
    with ledger.chain.restored():
        for account, quantity in ((ledger.alice, 100), (ledger.bob, 10)):
            allocate(ledger, ledger.CN, account, quantity)
        ledger.give(ledger.cn, ledger.alice, CEA, 50)
        scatter(ledger, ledger.alice, 300)
        ledger.open(ledger.cn, ledger.broker, Kind.PROVINCIAL_AUTHORITY, 44)
        for authority in (ledger.state, ledger.broker, ledger.pool(ledger.cn)):
            ledger.issue(ledger.cn, CEA, 40, authority)
        ledger.define(ledger.cn, "CCER-2025", unit_type=2)
        ledger.credits(ledger.cn, ledger.alice, CCER, 200)
        ledger.CN.holders.setSettings((TRUST_DELAY, 0, LIFETIME, 0, 0), by=ledger.root)
        yield ledger


def who(world: World, name: str) -> str:
    named = {
        "province": world.broker,
        "pool": world.pool(world.cn),
        "nobody": ZERO_ADDRESS,
    }
    return named.get(name) or str(getattr(world, name))


def demand(world: World, account: str, d: Demands) -> None:
    """Bring one account into a state; its status comes last, because it stops the rest."""
    p = world.CN
    if d.pledged:
        units = min(d.pledged, p.registry.balanceOf(account, CEA))
        p.liens.pledge(account, CEA, units, [], world.dave, LOAN, by=account)
    if d.frozen and p.registry.balanceOf(account, CEA) > p.registry.encumberedOf(account, CEA):
        p.liens.freeze(account, CEA, d.frozen, [], LOAN, by=world.officer)
    if d.trusts:
        p.holders.trust(account, who(world, d.trusts), by=account)
    if d.to_buy:
        p.issuance.requirePaidShare(0, account, d.to_buy, by=world.allocator)
    p.registry.setAccountControls(account, d.controls, d.limit, by=world.registrar)
    world.set_status(p.registry, account, d.status)


def said(desk: Contract, request: tuple[str, str, int, int]) -> Restriction:
    return Restriction(desk.restrictionOf(*request)[0])


def done(world: World, request: tuple[str, str, int, int]) -> str:
    """The registry's word; none when the units would move."""
    try:
        world.cn.ask("safeTransferFrom", *request, b"", by=request[0])
    except Refused as refusal:
        return refusal.name
    return ""


def expected(restriction: Restriction, to: str) -> str:
    if restriction == Restriction.NONE:
        return ""
    if restriction == Restriction.RECEIVER_STATUS and to == ZERO_ADDRESS:
        return "ERC1155InvalidReceiver"  # ERC-1155's own word for it
    return WORD[restriction]


def test_answer_is_what_the_transfer_says(scene: World) -> None:
    world, met = scene, set()

    @given(
        alice=demands(OF_SENDERS, OF_RECEIVERS),
        bob=demands(OF_RECEIVERS, OF_SENDERS),
        listed=limit_classes,
        points=share,
        asked=st.lists(requests, min_size=20, max_size=40),
    )
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=HealthCheck.all(),
    )
    def in_any_state(
        alice: Demands,
        bob: Demands,
        listed: list[int],
        points: int,
        asked: list[tuple[str, str, int, int]],
    ) -> None:
        with world.chain.restored():
            world.cn.setHoldingLimitClasses([(world.cn, c) for c in listed], by=world.root)
            world.cn.setSaleShare(points, by=world.root)
            for name, d in zip(HOLDERS, (alice, bob), strict=True):
                demand(world, who(world, name), d)
            if alice.waited:
                world.chain.advance(TRUST_DELAY)
            for sender, to, unit_class, quantity in asked:
                request = (who(world, sender), who(world, to), unit_class, quantity)
                answer = said(world.CN.holders, request)
                assert done(world, request) == expected(answer, request[1]), answer.name
                met.add(answer)

    in_any_state()
    # About what it never came upon the search says nothing.
    assert met == {Restriction.NONE, *WORD}
