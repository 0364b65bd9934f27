"""Whatever comes together, `quote` is the answer that the transfer over a link gives.

States and requests at random, as in test_restrictions_property.py. Alice sends from China; Bob has
an account in Korea.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from scripts.bench.evm import Refused
from tests.contracts.actors import CEA, FOREIGN_CEA, KAU, YEAR, World
from tests.contracts.desks import Control, allocate
from tests.contracts.editions import second_registry, succeed
from tests.contracts.holders import scatter
from tests.contracts.test_restrictions_property import WORD as AT_HOME
from tests.contracts.words import LARGEST_QUANTITY, Restriction, Status, class_id

CCER = class_id("CCER-2025")
LONG = class_id("A-CLASS-WITH-A-VERY-LONG-NAME")  # too long to have one abroad
SEEDS = int(os.environ.get("QUOTE_SEEDS", "1"))
REQUESTS = 30  # of each state

# The ledger's word for each reason. Over a link one may send to oneself.
WORD = {
    **{reason: word for reason, word in AT_HOME.items() if reason != Restriction.SAME_ACCOUNT},
    Restriction.TOO_MANY_BLOCKS: "TooManySourceBlocks",
    Restriction.LINK_UNKNOWN: "LinkUnknown",
    Restriction.LINK_SUSPENDED: "LinkIsSuspended",
    Restriction.LINK_NOT_STARTED: "LinkNotStarted",
    Restriction.LINK_EXPIRED: "LinkExpired",
    Restriction.CLASS_NOT_ELIGIBLE: "ClassNotEligible",
    Restriction.NOTHING_CONVERTED: "NothingConverted",
    Restriction.QUOTA_EXCEEDED: "QuotaExceeded",
    Restriction.AGREEMENT_ENDED: "AgreementEnded",
    Restriction.EDITION_NOT_ACCEPTED: "EditionNotAccepted",
    Restriction.NO_NAME_ABROAD: "NoNameAbroad",
}
# No unit makes no unit, whatever the rate: that is said first.
WORD.pop(Restriction.ZERO_QUANTITY)


@dataclass(frozen=True)
class State:
    """A link, its sender and its receiver."""

    rate: tuple[int, int]
    quota: int
    types: int
    vintages: tuple[int, int]
    opens: int  # seconds from now
    suspended_by: str
    over: str  # ended, or another edition than was accepted
    sender: Status
    controls: int
    trusts: bool
    to_buy: int
    points: int
    receiver: Status
    limit: int | None


USUAL = State(
    rate=(1, 1),
    quota=10**9,
    types=0b0110,
    vintages=(2000, 2100),
    opens=-1000,
    suspended_by="",
    over="",
    sender=Status.OPEN,
    controls=0,
    trusts=False,
    to_buy=0,
    points=5000,
    receiver=Status.OPEN,
    limit=None,
)
STATUSES = [Status(n) for n in range(2, 6)]
OTHERS: dict[str, list[Any]] = {
    "rate": [(2, 3), (3, 2), (1, 7), (2**39, 1)],
    "quota": [0, 49, 50, 100, LARGEST_QUANTITY],
    "types": [0b0010, 0b0100, 0b1000],
    "vintages": [(2026, 2100), (2000, 2024)],
    "opens": [1000, -2 * YEAR],
    "suspended_by": ["CN", "KR"],
    "over": ["ended", "edition"],
    "sender": STATUSES,
    "controls": [Control.TRUSTED_ONLY, Control.TWO_REPRESENTATIVES, Control.SALE_SHARE],
    "trusts": [True],
    "to_buy": [250, 251, 300],
    "points": [0, 10_000],
    "receiver": STATUSES,
    "limit": [9, 10, 100],
}


CHANGES = [(name, value) for name, values in OTHERS.items() for value in values]


LINKS = (*[2] * 8, 3, 4)  # 3 is absent, and there is no 4
SENDERS = (*["alice"] * 8, "state", "pool", "stranger", "carol")
RECEIVERS = (*["bob"] * 8, "pool", "stranger", "alice", "state")
CLASSES = (*[CEA] * 7, CCER, KAU, LONG)  # China knows nothing of KAU
NEAR = (0, 1, 2, 6, 7, 49, 50, 51, 99, 100, 101, 150, 151, 213, 214, 215, 216, 250, 251)
QUANTITIES = (*NEAR, *NEAR, 400, LARGEST_QUANTITY)


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    """Alice was allocated 100 allowances, bought 250 of two classes, and has 100 more one by one;
    she has credits too. The State, the pool and Carol have units of their own."""
    with ledger.chain.restored():
        allocate(ledger, ledger.CN, ledger.alice, 100)
        ledger.give(ledger.cn, ledger.alice, CEA, 50)
        scatter(ledger, ledger.alice, 100)
        for account in (ledger.state, ledger.pool(ledger.cn)):
            ledger.issue(ledger.cn, CEA, 40, account)
        ledger.give(ledger.cn, ledger.carol, CEA, 40)
        ledger.define(ledger.cn, "CCER-2025", unit_type=2)
        ledger.credits(ledger.cn, ledger.alice, CCER, 200)
        ledger.define(ledger.cn, "A-CLASS-WITH-A-VERY-LONG-NAME")
        ledger.give(ledger.cn, ledger.alice, LONG, 200)
        yield ledger


def who(world: World, name: str, registry: Any) -> str:
    return world.pool(registry) if name == "pool" else str(getattr(world, name))


def begin(world: World, s: State) -> None:
    """Bring link 2 and its parties into a state."""
    since = world.chain.time + s.opens
    changes = {"since": since, "until": since + YEAR - 1, "period": YEAR}
    terms = world.terms(s.rate, quota=s.quota, unit_types=s.types, vintages=s.vintages, **changes)
    world.agree(world.CN, world.KR, terms)
    p, alice = world.CN, world.alice
    if s.over == "edition":
        succeed(world, p, world.cn, second_registry(world))
    if s.trusts:
        p.holders.trust(alice, world.bob, by=alice)
    if s.to_buy:
        p.issuance.requirePaidShare(0, alice, s.to_buy, by=world.allocator)
    world.cn.setSaleShare(s.points, by=world.root)
    world.cn.setAccountControls(alice, s.controls, 0, by=world.registrar)
    world.set_status(world.cn, alice, s.sender)
    if s.limit is not None:
        classes = [(world.kr, FOREIGN_CEA)]
        world.kr.setHoldingLimitClasses(classes, by=world.root)
        limited = (world.bob, Control.HOLDING_LIMIT, s.limit)
        world.kr.setAccountControls(*limited, by=world.registrar)
    world.set_status(world.kr, world.bob, s.receiver)
    if s.suspended_by:
        side = world.CN if s.suspended_by == "CN" else world.KR
        world.gateway.suspend(2, side.registry, by=side.link_administrator)
    if s.over == "ended":  # its links have no notice
        world.gateway.endAgreement(1, world.kr, by=world.link_kr)


def asked(world: World, choices: random.Random) -> tuple[Restriction, tuple[Any, ...]]:
    """What the quote says of a transfer, and the transfer."""
    link, unit_class = choices.choice(LINKS), choices.choice(CLASSES)
    account = who(world, choices.choice(SENDERS), world.cn)
    recipient = who(world, choices.choice(RECEIVERS), world.kr)
    quantity = choices.choice(QUANTITIES)
    quoted = world.gateway.quote(link, unit_class, quantity, account, recipient)
    request = (link, account, recipient, unit_class, quantity)
    return Restriction(quoted.restriction), request


def done(world: World, request: tuple[Any, ...]) -> str:
    """The ledger's word; none when the units would cross."""
    link, account, recipient, unit_class, quantity = request
    version = world.gateway.linkOf(link).version
    call = (account, link, version, unit_class, quantity, 0, recipient)
    try:
        world.gateway.ask("transfer", call, [], by=account)
    except Refused as refusal:
        return refusal.name
    return ""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_answer_is_what_the_transfer_over_the_link_says(scene: World, seed: int) -> None:
    """Each thing that may be unusual about a state, alone or with one or two others."""
    world, met, choices = scene, set(), random.Random(seed)
    for change in CHANGES:
        for others in ([], choices.sample(CHANGES, choices.randint(1, 2))):
            state = replace(USUAL, **dict([*others, change]))
            with world.chain.restored():
                begin(world, state)
                for _ in range(REQUESTS):
                    answer, request = asked(world, choices)
                    expected = WORD[answer] if answer else ""
                    assert done(world, request) == expected, (answer.name, request, state)
                    met.add(answer)
    # About what it never came upon the search says nothing.
    assert met == {Restriction.NONE, *WORD}
