"""The holder desk: what its tests share."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from scripts.bench.evm import Contract, Receipt, text32
from tests.contracts.actors import CEA, FOREIGN_CEA, LIFETIME, World
from tests.contracts.desks import selector
from tests.contracts.words import NOTHING, ref

DAY = 86400
INITIATE, APPROVE = 1, 2  # rights of a representative
LOAN = text32("loan 12")


class Requested(IntEnum):
    NONE = 0
    INITIATED = 1
    APPROVED = 2
    EXECUTED = 3
    CANCELLED = 4


# What a programme lets holders request: functions whose first argument is the account.
ALLOWED = {
    "registry": (
        "safeTransferFrom",
        "safeBatchTransferFrom",
        "transferUnits",
        "retire",
        "cancel",
    ),
    "compliance": ("surrender", "filePlan"),
    "liens": ("pledge",),
    "holders": ("trust", "distrust", "authoriseSettler"),
    "gateway": ("transfer", "returnUnits"),
}


def allow(world: World) -> None:
    """Both programmes, China and Korea, let holders request these calls."""
    for p in (world.CN, world.KR):
        for part, names in ALLOWED.items():
            target = world.gateway if part == "gateway" else getattr(p, part)
            for name in names:
                p.holders.allowCall(target, selector(target, name), True, by=world.root)


def settle_in(world: World, *, trust: int = 0, wait: int = 0, size: int = 0) -> None:
    """The programme's settings: delay of a trusted list, of a transfer outside it, and its size."""
    for p in (world.CN, world.KR):
        p.holders.setSettings((trust, wait, LIFETIME, size, 0), by=world.root)


def control(world: World, account: str, controls: int, limit: int = 0) -> None:
    for p in (world.CN, world.KR):
        p.registry.setAccountControls(account, controls, limit, by=world.registrar)


def request(
    world: World, target: Contract, call: str, *args: Any, by: str, desk: Contract | None = None
) -> int:
    """Request a call in the name of the account that it names first."""
    account = args[0][0] if isinstance(args[0], tuple) else args[0]
    data = bytes.fromhex(target.data(call, *args)[2:])
    receipt = (desk or world.CN.holders).request(account, target, data, by=by)
    return int(receipt.event("RequestMade").id)


def approve(world: World, number: int, *, by: str, desk: Contract | None = None) -> Receipt:
    desk = desk or world.CN.holders
    return desk.approve(number, text_of(desk, number), by=by)  # type: ignore[no-any-return]


def execute(world: World, number: int, *, by: str, desk: Contract | None = None) -> Receipt:
    desk = desk or world.CN.holders
    return desk.execute(number, text_of(desk, number), by=by)  # type: ignore[no-any-return]


def text_of(desk: Contract, number: int) -> bytes:
    """The call that a request is about, as its log has it."""
    data: bytes = desk.chain.log(desk, "RequestMade", number).data
    return data


def scatter(world: World, account: str, blocks: int) -> None:
    """Carol gives an account that many units, each a block of its own."""
    first = world.give(world.cn, world.carol, CEA, blocks)
    for rest in range(blocks, 0, -256):
        refs = [ref(first, first + n - 1, 1) for n in range(rest, max(rest - 256, 0), -1)]
        world.cn.transferUnits(world.carol, account, CEA, refs, by=world.carol)


Acts = dict[str, tuple[Contract, str, tuple[Any, ...]]]


def sends(world: World, quantity: int = 5) -> Acts:
    """Every way in which units of Alice go to Bob: target, function, arguments."""
    cn, gateway, alice, bob = world.cn, world.gateway, world.alice, world.bob
    over = ((alice, 2, 1, CEA, quantity, 0, bob), [])
    home = (alice, world.kr, FOREIGN_CEA, quantity, [], bob, 0)
    named = [ref(1, 2, 1), ref(3, 4, quantity - 1)]
    parts = ([CEA, CEA], [1, quantity - 1])
    return {
        "transfer": (cn, "safeTransferFrom", (alice, bob, CEA, quantity, b"")),
        "batch": (cn, "safeBatchTransferFrom", (alice, bob, *parts, b"")),
        "named": (cn, "transferUnits", (alice, bob, CEA, named)),
        "over a link": (gateway, "transfer", over),
        "home again": (gateway, "returnUnits", home),
    }


def desk_for(world: World, act: str) -> Contract:
    """Units that are in Korea are Korea's holder desk's business."""
    return world.KR.holders if act == "home again" else world.CN.holders


def others(world: World) -> Acts:
    """What else Alice does with her account."""
    p, alice = world.CN, world.alice
    return {
        "retire": (p.registry, "retire", (alice, CEA, 5, [], NOTHING, NOTHING)),
        "cancel": (p.registry, "cancel", (alice, CEA, 5, [], NOTHING, NOTHING)),
        "surrender": (p.compliance, "surrender", (alice, 2025, CEA, 5, [])),
        "plan": (p.compliance, "filePlan", (alice, 2025, LOAN)),
        "pledge": (p.liens, "pledge", (alice, CEA, 5, [], world.dave, LOAN)),
        "trust": (p.holders, "trust", (alice, world.bob)),
        "distrust": (p.holders, "distrust", (alice, world.bob)),
        "authorise": (p.holders, "authoriseSettler", (alice, world.dave, True)),
    }


def provide(world: World) -> None:
    """Alice has 1-100 at home and ten units abroad; one for one crosses the link."""
    world.give(world.cn, world.alice, CEA, 100)
    world.agree(world.CN, world.KR, world.terms((1, 1)))
    world.cross(2, world.alice, CEA, 10, world.alice)


def called(act: tuple[Contract, str, tuple[Any, ...]], *, by: str) -> Callable[[], Receipt]:
    target, name, arguments = act
    return lambda: getattr(target, name)(*arguments, by=by)


# ---- settlement ---------------------------------------------------------------------------


Trade = tuple[str, str, int]


def legs_of(world: World, *trades: Trade, first: int = 1) -> list[tuple[object, ...]]:
    """Trades by the names of their people, numbered."""
    return [
        (getattr(world, a), getattr(world, b), CEA, n, text32(f"trade {number}"), False)
        for number, (a, b, n) in enumerate(trades, first)
    ]


def settle(world: World, *trades: Trade, by: str | None = None, first: int = 1) -> Receipt:
    """By the institution itself."""
    institution = by or world.dave
    legs = legs_of(world, *trades, first=first)
    return world.CN.holders.settle(institution, legs, by=institution)  # type: ignore[no-any-return]


def held(world: World, *names: str) -> list[int]:
    return [world.cn.balanceOf(getattr(world, name), CEA) for name in names]
