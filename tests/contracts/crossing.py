"""Units over a link: what the tests of links share."""

from __future__ import annotations

from typing import Any

from scripts.bench.evm import Contract, Receipt, refused
from tests.contracts.actors import FOREIGN_CEA, World
from tests.contracts.words import NOTHING, State

RATES = [(2, 3), (3, 2), (1, 1), (9137, 10000), (7, 1), (1, 7), (10937, 10000)]
WHOLE = 2**40 - 1  # of what waits, however much it is
USES = {"surrender": State.SURRENDERED, "retire": State.RETIRED, "cancel": State.CANCELLED}
# The terms of a link, in their order.
FIELDS = [
    *("rateNumerator", "rateDenominator", "quota", "quotaShare", "quotaClass", "net"),
    *("freshMeter", "freezesAbroad", "notice", "validFrom", "validUntil", "periods"),
    *("unitTypes", "vintageFrom", "vintageTo", "unit", "conditions"),
]


def changed(terms: tuple[Any, ...], **values: Any) -> tuple[Any, ...]:
    """The same terms with other values of some fields."""
    return tuple(values.get(name, old) for name, old in zip(FIELDS, terms, strict=True))


def refuse_terms(world: World, link: int, terms: tuple[Any, ...], reason: str) -> None:
    """Such terms are refused in either direction of a proposal, and as an amendment."""
    gateway, by = world.gateway, world.link_cn
    pair = (world.cn, world.consent(world.JP))
    with refused("TermsInvalid", reason):
        gateway.proposeAgreement(*pair, terms, world.terms((1, 1)), by=by)
    with refused("TermsInvalid", reason):
        gateway.proposeAgreement(*pair, world.terms((1, 1)), terms, by=by)
    with refused("TermsInvalid", reason):
        gateway.proposeTerms(link, world.cn, terms, by=by)


def moves(receipt: Receipt, registry: Contract) -> list[tuple[object, ...]]:
    """The movements in a registry: from, to, first, count, type, state."""
    events = receipt.events("UnitsMoved")
    return [tuple(e.args[1:]) for e in events if e.address == registry.address]


def settled(receipt: Receipt) -> list[tuple[int, int, State]]:
    """Source serials that left escrow: first, count, state."""
    return _runs(receipt, "SourceSettled")


def waits(receipt: Receipt) -> list[tuple[int, int, State]]:
    """Source serials that should have left escrow, and wait for their registry."""
    return _runs(receipt, "SettlementWaits")


def _runs(receipt: Receipt, name: str) -> list[tuple[int, int, State]]:
    return [(e.args.first, e.args.count, State(e.args.state)) for e in receipt.events(name)]


def use(
    world: World,
    account: str,
    verb: str,
    quantity: int,
    refs: Any = (),
    unit_class: int = FOREIGN_CEA,
) -> Receipt:
    """An account of KR uses foreign units that it holds there."""
    last = (2025,) if verb == "surrender" else (NOTHING, NOTHING)
    used = getattr(world.kr, verb)
    return used(account, unit_class, quantity, list(refs), *last, by=account)  # type: ignore[no-any-return]


def go_home(
    world: World,
    account: str,
    quantity: int,
    refs: Any = (),
    accepted: int = 0,
    unit_class: int = FOREIGN_CEA,
) -> Receipt:
    """An account of KR sends foreign units home, to Alice."""
    units = (unit_class, quantity, list(refs))
    return world.gateway.returnUnits(world.kr, *units, world.alice, accepted, by=account)  # type: ignore[no-any-return]


def hint(registry: Contract, unit_class: int, account: str, block: int) -> int:
    """A block before this one in the list for its size; zero when it is the head."""

    def size(first: int) -> int:
        return int(registry.blockAt(unit_class, first).list)

    order = [r.first for r in registry.blocksOf(unit_class, account, 0, 999)]
    same = [first for first in order if size(first) == size(block)]
    return same[same.index(block) - 1] if same[0] != block else 0
