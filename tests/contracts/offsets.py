"""What rules of offsets say of classes, and credits to try them on: what their tests share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.contracts.actors import World
from tests.contracts.desks import (
    allocate,
    confirm,
    define_year,
    refusal,
    surrender,
)
from tests.contracts.words import Test, UnitType, condition

NO_VALUE = ""  # among the values of a condition: the class lacks the attribute


def one_of(attribute: str, *values: str) -> tuple[Any, ...]:
    return condition(attribute, Test.ANY_OF, *values)


def none_of(attribute: str, *values: str) -> tuple[Any, ...]:
    return condition(attribute, Test.NONE_OF, *values)


def not_after(attribute: str, date: int) -> tuple[Any, ...]:
    return condition(attribute, Test.AT_MOST, date)


def not_before(attribute: str, date: int) -> tuple[Any, ...]:
    return condition(attribute, Test.AT_LEAST, date)


def begin(
    world: World,
    limits: Sequence[tuple[Any, ...]],
    exclusions: Sequence[Sequence[tuple[Any, ...]]] = (),
    *,
    allocated: int = 0,
    emissions: int = 0,
    **rules: Any,
) -> None:
    """China's year 2025 has these rules; Alice has this allocation and these emissions."""
    define_year(world, world.CN, limits, **rules)
    for excluded in exclusions:
        world.CN.compliance.excludeClasses(2025, list(excluded), by=world.officer)
    if allocated:
        allocate(world, world.CN, world.alice, allocated)
    if emissions:
        confirm(world, world.CN, world.alice, emissions)


def offset(world: World, symbol: str, quantity: int = 100_000, **attributes: Any) -> int:
    """A class of credits of which Alice has some."""
    vintage = attributes.pop("vintage", 2025)
    unit_class = world.define(
        world.cn, symbol, unit_type=UnitType.CREDIT, vintage=vintage, **attributes
    )
    world.credits(world.cn, world.alice, unit_class, quantity)
    return unit_class


def use(world: World, unit_class: int, quantity: int, by: str = "") -> None:
    surrender(world.CN, by or world.alice, unit_class, quantity)


def is_excluded(world: World, unit_class: int, exclusion: int) -> None:
    """Not one unit counts for 2025, because of that exclusion."""
    with refusal(world, "ClassExcluded", unit_class, 2025, exclusion):
        surrender(world.CN, world.alice, unit_class, 1)


def is_limited(
    world: World, unit_class: int, quantity: int, limit: int, counted: int, most: int, by: str = ""
) -> None:
    """So many units are refused: that limit would count so much, and allows so much."""
    account = by or world.alice
    with refusal(world, "SurrenderLimitExceeded", account, 2025, limit, counted, most):
        surrender(world.CN, account, unit_class, quantity)


def use_of(world: World, limit: int, unit_class: int, account: str = "") -> tuple[int, int]:
    """What a limit counts for a class, and the most that it allows."""
    counted, most = world.CN.compliance.limitUse(account or world.alice, 2025, limit, unit_class)
    return int(counted), int(most)
