"""Random histories: the mirror agrees with a naive ledger at every height, and undo undoes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from registry_node.domain.words import UnitState
from registry_node.indexer import view
from registry_node.indexer.mirror import Mirror
from registry_node.indexer.view import MOST_CACHED
from registry_node.store.database import Database
from tests.support.ledger import ESCROWED, GATEWAY, HELD, HOLDERS, Ledger, deployment
from tests.support.mirrors import apply_all, dump, first_difference, open_temporary, state_at
from tests.support.places import Places

TERMINAL = [UnitState.SURRENDERED, UnitState.RETIRED, UnitState.CANCELLED]

holders = st.sampled_from(HOLDERS)
small = st.integers(0, 12)
# Most blocks are small; some are as large as belongs into the next list, or just not.
size = st.one_of(st.integers(1, 12), st.sampled_from([15, 16, 40, 255, 256, 300]))
some = st.one_of(small, st.sampled_from([14, 15, 16, 30, 254, 255, 256]))
steps = st.one_of(
    st.tuples(st.just("issue"), holders, size, st.booleans()),
    st.tuples(st.just("quantity"), holders, holders, size),
    st.tuples(st.just("quantity"), holders, holders, size),
    st.tuples(st.just("named"), small, some, some, holders),
    st.tuples(st.just("named"), small, some, some, holders),
    st.tuples(st.just("escrow"), holders, size),
    st.tuples(st.just("use"), small, some, some, st.sampled_from(TERMINAL)),
)
histories = st.lists(st.lists(steps, max_size=6), min_size=1, max_size=10)


def often(examples: int, places: Places) -> settings:
    """So many examples; fewer where each takes a server's time."""
    return settings(max_examples=examples // (1 if places.kind == "sqlite" else 8), deadline=None)


def play(ledger: Ledger, step: tuple[Any, ...]) -> None:
    kind, *rest = step
    if kind == "issue":
        ledger.issue(rest[0], rest[1], via_gateway=rest[2])
    elif kind == "quantity":
        ledger.move_by_quantity(*rest, HELD)
    elif kind == "escrow":
        ledger.move_by_quantity(rest[0], GATEWAY, rest[1], ESCROWED)
    elif blocks := ledger.movable():
        block = blocks[rest[0] % len(blocks)]
        start = rest[1] % ledger.blocks[block]
        count = 1 + rest[2] % (ledger.blocks[block] - start)
        owner = ledger.serials[block][0]
        to, state = (rest[3], HELD) if kind == "named" else (owner, rest[3])
        ledger.move_named(block, start, count, to, state)


def expected(ledger: Ledger) -> dict[str, Any]:
    return {
        "owners": ledger.owners(),
        "balances": ledger.balances(),
        "totals": ledger.totals(),
        "lists": ledger.list_order(),
    }


def write(history: list[list[tuple[Any, ...]]]) -> tuple[Ledger, dict[int, dict[str, Any]]]:
    """The ledger of a history, and what must be seen at each height."""
    ledger = Ledger()
    ledger.define()
    truth = {}
    for block in [[], *history]:
        for step in block:
            play(ledger, step)
        header, _ = ledger.seal()
        truth[header.number] = expected(ledger)
    return ledger, truth


@contextmanager
def databases(places: Places, count: int) -> Iterator[list[Database]]:
    with ExitStack() as stack:
        lent = [stack.enter_context(places.lent()) for _ in range(count)]
        yield [stack.enter_context(open_temporary(place)) for place in lent]


def test_the_mirror_agrees_with_the_naive_ledger_at_every_height(places: Places) -> None:
    @often(150, places)
    @given(histories, st.integers(1, 5), st.sampled_from([0, 3, MOST_CACHED]))
    def check(history: list[list[tuple[Any, ...]]], group: int, cached: int) -> None:
        """Whatever is still in memory and whatever must be read again."""
        ledger, truth = write(history)
        with databases(places, 1) as (database,), mock.patch.object(view, "MOST_CACHED", cached):
            apply_all(Mirror(database, deployment()), ledger.chain, group)
            for height, state in truth.items():
                assert state_at(database.connection, height) == state

    check()


def test_the_same_history_gives_the_same_rows_and_digest_however_it_is_grouped(
    places: Places,
) -> None:
    @often(60, places)
    @given(histories, st.integers(1, 4), st.integers(1, 4), st.integers(0, 11))
    def check(
        history: list[list[tuple[Any, ...]]], group: int, other_group: int, undone: int
    ) -> None:
        """And however much of it was undone in between, with the node started again each time."""
        ledger, _ = write(history)
        with databases(places, 2) as (one, other):
            straight, detour = (
                Mirror(one, deployment(depth=50)),
                Mirror(other, deployment(depth=50)),
            )
            apply_all(straight, ledger.chain, group)
            apply_all(detour, ledger.chain, other_group)
            kept = max(0, len(ledger.chain) - undone)
            detour.undo_above(kept)
            for start in range(kept, len(ledger.chain), other_group):
                detour = Mirror(other, deployment(depth=50))
                apply_all(detour, ledger.chain[start : start + other_group], other_group)
            assert detour.digest == straight.digest
            assert first_difference(dump(one), dump(other)) is None

    check()


def test_undo_is_the_inverse_of_apply(places: Places) -> None:
    @often(60, places)
    @given(histories, histories, st.integers(1, 4))
    def check(
        history: list[list[tuple[Any, ...]]], more: list[list[tuple[Any, ...]]], group: int
    ) -> None:
        ledger, _ = write(history)
        with databases(places, 1) as (database,):
            mirror = Mirror(database, deployment(depth=50))
            apply_all(mirror, ledger.chain, group)
            before, digest = dump(database), mirror.digest
            height = len(ledger.chain)
            for block in more:
                for step in block:
                    play(ledger, step)
                ledger.seal()
            apply_all(mirror, ledger.chain[height:], group)
            after = mirror.digest
            assert after != digest
            mirror.undo_above(height)
            assert (mirror.head, mirror.digest) == (height, digest)
            assert first_difference(before, dump(database)) is None
            apply_all(mirror, ledger.chain[height:])
            assert mirror.digest == after

    check()
