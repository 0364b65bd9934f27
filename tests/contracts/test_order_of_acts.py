"""The same acts, in any order that the ledger accepts, give the same bases, limits and totals.

Issuance, allocation of both kinds, sales, what takes them back, surrender and its reversal, and
what crosses a link and comes home.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import assume, event, given, note, settings
from hypothesis import strategies as st

from tests.contracts.actors import World
from tests.contracts.acts import GIVEN, Act, Ground, Sums

INITIAL, ADJUSTMENT = GIVEN
Pair = tuple[str, int, int, int]  # what is done, its kind, how much, and how much of it taken back

# What each act is taken back by.
UNDONE_BY = {
    "issue": "",
    "grant": "reverse",
    "give_back": "",
    "deliver": "reverse",
    "surrender": "put_back",
    "sell": "",
    "export": "bring_home",
}


@pytest.fixture(scope="module")
def ground(ledger: World) -> Iterator[Ground]:
    chain, desk = ledger.chain, ledger.CN.proposals.address
    with chain.restored():
        ground = Ground(ledger)
        with chain.as_contract(desk):
            yield ground


def acts_of(pairs: Sequence[Pair]) -> list[Act]:
    found: list[Act] = []
    for name, kind, quantity, back in pairs:
        act = Act(name, len(found), quantity, kind)
        found.append(act)
        if back and UNDONE_BY[name]:
            found.append(Act(UNDONE_BY[name], len(found), min(back, quantity), kind, act.number))
    return found


def played(ground: Ground, order: Sequence[Act]) -> tuple[list[Act], dict[str, Any]]:
    """Do the acts in that order; one that is refused waits until others have been done.

    Returns the acts in the order in which they were accepted, and what they came to.
    """
    with ground.world.chain.restored():
        ground.done.clear()
        accepted: list[Act] = []
        waiting = list(order)
        while waiting:
            left = []
            for act in waiting:
                (accepted if ground.take(act) else left).append(act)
            if len(left) == len(waiting):
                break
            waiting = left
        return accepted, ground.figures()


pairs = st.lists(
    st.tuples(
        st.sampled_from([*UNDONE_BY, "grant", "grant", "surrender"]),
        st.integers(0, 1),
        st.integers(1, 200),
        st.one_of(st.just(0), st.integers(1, 200)),
    ),
    min_size=3,
    max_size=8,
)


@settings(max_examples=40, deadline=None, database=None)
@given(pairs=pairs, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_acts_makes_no_difference(
    ground: Ground, pairs: list[Pair], shuffle: Any
) -> None:
    acts, expected = played(ground, acts_of(pairs))
    assume(len(acts) > 1)
    other = list(acts)
    shuffle.shuffle(other)
    again, found = played(ground, other)
    note(f"one order: {acts}\nanother: {again}")
    assume(len(again) == len(acts))  # else the ledger does not accept it in any such order
    event(f"{len(acts)} acts, {'another order' if again != acts else 'the same order'}")
    assert found == expected
    sums = Sums(acts).figures()
    assert {name: found[name] for name in sums} == sums


def test_a_first_allocation_that_is_taken_back_leaves_no_base(ground: Ground) -> None:
    """Not ten times the base, whatever came between: R-OF limits are shares of it."""
    first = Act("grant", 0, 900, INITIAL)
    then = Act("grant", 1, 100, ADJUSTMENT)
    back = Act("reverse", 2, 900, INITIAL, undoes=0)
    outcomes = [played(ground, order) for order in ([first, then, back], [first, back, then])]
    assert [len(accepted) for accepted, _ in outcomes] == [3, 3]
    assert outcomes[0][1] == outcomes[1][1]
    figures = outcomes[0][1]
    assert figures["year"] == (0, 100, 0)
    assert figures["limits"] == [(0, 10), (0, 0)]
    assert figures["entitlements"] == [(900, 0), (100, 100)]
    assert figures["holding limit"] == 10_100
    assert figures["sales"] == (100, 0, 50)
