"""What every history begins with: classes, years and their limits, terms, what may be requested."""

from __future__ import annotations

from itertools import accumulate, repeat
from typing import Any

from scripts.bench.evm import text32
from tests.contracts.actors import LIFETIME, YEAR, World
from tests.contracts.desks import ALLOWANCES, CREDITS, FOREIGN, Base, Vintages, limit
from tests.contracts.shadow_holders import Settings
from tests.contracts.shadow_limits import Rules
from tests.contracts.words import Banking, Test, class_id, condition

CODES = ("CN", "KR", "JP")
HOLDERS = ("alice", "bob", "carol", "dave")
OPERATORS = ("alice", "bob")
OBLIGED = (2030, 2031)  # years for which operators owe

SYMBOLS = {"CN": "CEA-2030", "KR": "KAU-2030", "JP": "JPE-2030"}
CREDIT = "CCER-2030"
KIND_OF_CREDIT = {"kind": "forestry", "region": "CN-FJ", "project": "P1", "reductions": 40}
CAP = 100

HOUR, DAY = 3600, 86400
DELAYS = {
    "issue": HOUR, "correctIssuance": HOUR, "reverseAllocation": HOUR, "reverseSurrender": HOUR,
    "raiseCap": 2 * DAY, "sealClass": DAY, "grantRole": DAY, "acceptTerms": DAY,
}  # fmt: skip
SETTINGS = Settings(2 * DAY, DAY, LIFETIME, 10, 9)
# What may be requested at the holder desk.
ALLOWED = {
    "registry": (
        "safeTransferFrom", "safeBatchTransferFrom", "transferUnits", "retire", "cancel"
    ),
    "compliance": ("surrender", "filePlan"),
    "liens": ("pledge",),
    "gateway": ("transfer", "returnUnits"),
    "holders": ("trust", "distrust", "authoriseSettler"),
}  # fmt: skip

# Who gets what when a history begins: out of the pool, so many units; the rest stays there.
STOCK = (("alice", 12), ("bob", 10), ("alice", 7), ("carol", 12), ("dave", 6), ("state", 4))
LEFT = 20
# Lots: link, from where, whose, how many, to whom.
LOTS = ((2, "CN", "alice", 13, "bob"), (3, "KR", "carol", 8, "alice"), (4, "CN", "bob", 3, "carol"))

# Desks that may take the place of the first ones, and China's and Korea's second gateway.
SPARES = {
    "CN": ("liens", "compliance"), "KR": ("holders", "issuance"), "JP": ("issuance", "liens")
}  # fmt: skip
SECOND_GATEWAY = ("CN", "KR")
# Korea's provinces propose for their own operators: who speaks for each, and whose it is.
PROVINCES_OF_KOREA = {44: ("councillor", "alice"), 31: ("broker", "bob")}
BY_PROVINCES = ("entitle", "confirmAll")
# A class of Japan with more blocks than one call moves: whose they are, and a block of the largest.
DUST = "JPE-2029"
GRAINS, LUMP = 300, 4200

LENT = CREDITS | FOREIGN
FORESTRY = condition("kind", Test.ANY_OF, "forestry")
NOT_FUJIAN = condition("region", Test.NONE_OF, "CN-FJ")


def years(start: int) -> dict[int, tuple[Rules, list[tuple[Any, ...]]]]:
    """Three compliance years, each with its limits."""
    first = [
        limit(Base.ABSOLUTE, amount=30, types=LENT),
        limit(Base.COUNTED, 5000, parent=0, conditions=[FORESTRY]),
        limit(Base.VERIFIED, 6000, types=FOREIGN, conditions=[NOT_FUJIAN]),
        limit(Base.ATTRIBUTE, 2500, types=LENT, per="project", attribute="reductions",
              conditions=[condition("reductions", Test.AT_LEAST, 1)]),
    ]  # fmt: skip
    second = [
        limit(Base.OBLIGATION, 5000, types=LENT),
        limit(Base.ISSUED, 8000, types=FOREIGN),
        limit(Base.ABSOLUTE, amount=25, types=ALLOWANCES, vintages=Vintages.BANKED, of_all=True),
        limit(Base.INITIAL, 9000, types=ALLOWANCES, vintages=Vintages.BANKED),
    ]
    until = {year: start + days * DAY for year, days in ((2030, 60), (2031, 150), (2032, 400))}
    return {
        2030: (Rules(until[2030], 0, 2029, 2030, 40 * DAY, DAY, 2 * DAY, 2, Banking.ALL), first),
        2031: (Rules(until[2031], 2030, 2030, 2031, 25 * DAY, 0, DAY, 1, Banking.TRADED), second),
        2032: (Rules(until[2032], 2031, 2031, 2032, 10 * DAY, 0, 0, 0, Banking.NONE), []),
    }


def terms(world: World, rate: tuple[int, int], **more: Any) -> tuple[Any, ...]:
    """Terms with forty quota periods of two months."""
    since = world.start - 1000
    periods = list(accumulate(repeat(YEAR // 6, 40), initial=since - 1))[1:]
    return world.terms(rate, since=since, until=periods[-1], periods=periods, **more)


def agreed(world: World) -> dict[int, tuple[Any, ...]]:
    """The terms of two agreements: China with Korea, and with Japan in one direction."""
    share = (4000, class_id(SYMBOLS["JP"]))
    return {
        2: terms(world, (2, 3), quota=40, net=True, notice=5 * DAY, freezes=True),
        3: terms(world, (5, 4), quota=40),
        4: terms(world, (3, 1), share=share, freezes=True),
        5: world.ABSENT,
    }


def decision(number: int) -> bytes:
    return text32(f"decision {number}")
