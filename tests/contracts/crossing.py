"""Units over a link: what the tests of links share."""

from __future__ import annotations

from scripts.bench.evm import Contract, Receipt
from tests.contracts.actors import FOREIGN_CEA, World
from tests.contracts.words import (
    NOTHING,
    State,
)

RATES = [(2, 3), (3, 2), (1, 1), (9137, 10000), (7, 1), (1, 7), (10937, 10000)]
USES = {"surrender": State.SURRENDERED, "retire": State.RETIRED, "cancel": State.CANCELLED}


def moves(receipt: Receipt, registry: Contract) -> list[tuple[object, ...]]:
    """The movements in a registry: from, to, first, count, type, state."""
    events = receipt.events("UnitsMoved")
    return [tuple(e.args[1:]) for e in events if e.address == registry.address]


def settled(receipt: Receipt) -> list[tuple[int, int, State]]:
    """Source serials that left escrow: first, count, state."""
    return [
        (e.args.first, e.args.count, State(e.args.state)) for e in receipt.events("SourceSettled")
    ]


def use(world: World, account: str, verb: str, quantity: int, refs: object = ()) -> Receipt:
    last = 2025 if verb == "surrender" else NOTHING
    return getattr(world.kr, verb)(account, FOREIGN_CEA, quantity, list(refs), last, by=account)  # type: ignore[call-overload]


def go_home(
    world: World, account: str, quantity: int, refs: object = (), accepted: int = 0
) -> Receipt:
    return world.gateway.returnUnits(  # type: ignore[no-any-return]
        world.kr,
        FOREIGN_CEA,
        quantity,
        list(refs),
        world.alice,
        accepted,
        by=account,  # type: ignore[call-overload]
    )
