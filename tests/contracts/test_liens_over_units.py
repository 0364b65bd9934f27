"""Freezes, freezes of what returns, pledges, returns and uses, in any order, unit by unit.

The model knows for each unit where it is and which liens are over it, and nothing of blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.bench.evm import refused
from tests.contracts.actors import CEA, FOREIGN_CEA, World
from tests.contracts.liens import COURT, LOAN, Lien, tiles
from tests.contracts.words import NOTHING, State, ref

UNITS, ABROAD = 24, 16  # units of Alice, of which the first are behind Bob's at KR

Act = tuple[str, int, int, int]
acts = st.lists(
    st.tuples(
        st.sampled_from(["mark", "mark", "freeze", "pledge", "lift", "lift", "return", "use"]),
        st.integers(0, 99),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    min_size=3,
    max_size=16,
)


@pytest.fixture(scope="module")
def scene(ledger: World) -> Iterator[World]:
    with ledger.chain.restored():
        ledger.agree(ledger.CN, ledger.KR, ledger.terms((1, 1)))
        ledger.give(ledger.cn, ledger.alice, CEA, UNITS)
        there = [ref(1, 1, ABROAD)]
        ledger.cross(2, ledger.alice, CEA, ABROAD, ledger.bob, there)
        yield ledger


class Model:
    """Where each unit is, and what is over it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.liens: dict[int, tuple[Lien, set[int]]] = {}
        self.returning: dict[int, set[int]] = {}  # units of freezes of what returns
        self.abroad = set(range(1, ABROAD + 1))
        self.used: set[int] = set()

    def over(self, unit: int) -> bool:
        return any(unit in units for _, units in self.liens.values())

    def state(self, unit: int) -> State:
        if unit in self.used:
            return State.RETIRED
        if unit in self.abroad:
            return State.ESCROWED
        return State.ENCUMBERED if self.over(unit) else State.HELD

    # ---- acts -----------------------------------------------------------------------------

    def take(self, act: Act) -> None:
        name, a, b, c = act
        getattr(self, f"{name}_")(a, b, c)

    def _range(self, a: int, b: int, c: int, wanted: set[State]) -> Any:
        """A range inside one of the blocks in these states; none when there is no such block."""
        found = [t for t in tiles(self.world) if t[3] in wanted]
        if not found:
            return None
        block, count, *_ = found[a % len(found)]
        first = block + b % count
        return block, first, 1 + c % (block + count - first)

    def mark_(self, a: int, b: int, c: int) -> None:
        chosen = self._range(a, b, c, {State.ESCROWED, State.ENCUMBERED})
        if not chosen:
            return
        call = (CEA, [ref(*chosen)], COURT)
        units = set(range(chosen[1], chosen[1] + chosen[2]))
        frozen = any(units & marked for marked in self.returning.values())
        if frozen:
            with refused("AlreadyFrozen", CEA, chosen[0]):
                self.world.CN.liens.freezeReturning(*call, by=self.world.officer)
            return
        receipt = self.world.CN.liens.freezeReturning(*call, by=self.world.officer)
        number = receipt.event("LienPlaced").lienId
        self.liens[number] = (Lien.FREEZE, units)
        self.returning[number] = units

    def freeze_(self, a: int, b: int, c: int) -> None:
        self._set_aside(Lien.FREEZE, self._range(a, b, c, {State.HELD}))

    def pledge_(self, a: int, b: int, c: int) -> None:
        self._set_aside(Lien.PLEDGE, self._range(a, b, c, {State.HELD}))

    def _set_aside(self, kind: Lien, chosen: Any) -> None:
        if not chosen:
            return
        world, count = self.world, chosen[2]
        call = (world.alice, CEA, count, [ref(*chosen)])
        if kind == Lien.FREEZE:
            receipt = world.CN.liens.freeze(*call, COURT, by=world.officer)
        else:
            receipt = world.CN.liens.pledge(*call, world.dave, LOAN, by=world.alice)
        number = receipt.event("LienPlaced").lienId
        self.liens[number] = (kind, set(range(chosen[1], chosen[1] + count)))

    def lift_(self, a: int, *_: int) -> None:
        if not self.liens:
            return
        number = sorted(self.liens)[a % len(self.liens)]
        kind, _units = self.liens.pop(number)
        self.returning.pop(number, None)
        desk, world = self.world.CN.liens, self.world
        if kind == Lien.FREEZE:
            desk.unfreeze(number, by=world.officer)
        else:
            desk.releasePledge(world.dave, number, by=world.dave)

    def return_(self, a: int, b: int, c: int) -> None:
        if chosen := self._abroad(a, b, c):
            count = chosen[2]
            home = (self.world.kr, FOREIGN_CEA, count, [ref(*chosen)], self.world.alice, count)
            self.world.gateway.returnUnits(*home, by=self.world.bob)
            self.abroad -= set(range(chosen[1], chosen[1] + count))

    def use_(self, a: int, b: int, c: int) -> None:
        if chosen := self._abroad(a, b, c):
            refs = [ref(*chosen)]
            call = (self.world.bob, FOREIGN_CEA, chosen[2], refs, NOTHING, NOTHING)
            self.world.kr.retire(*call, by=self.world.bob)
            units = set(range(chosen[1], chosen[1] + chosen[2]))
            self.abroad -= units
            self.used |= units
            for marked in self.returning.values():
                marked.difference_update(units)  # a mark on used units is nothing any more

    def _abroad(self, a: int, b: int, c: int) -> Any:
        """A range of Bob's at KR, which has the same numbers there."""
        found = self.world.kr.blocksOf(FOREIGN_CEA, self.world.bob, 0, 99)
        if not found:
            return None
        block, count = found[a % len(found)]
        first = block + b % count
        return block, first, 1 + c % (block + count - first)


@settings(max_examples=25, deadline=None, database=None)
@given(history=acts)
def test_a_unit_is_set_aside_as_long_as_a_lien_is_over_it(scene: World, history: list[Act]) -> None:
    with scene.chain.restored():
        model = Model(scene)
        for act in history:
            model.take(act)
            compare(scene, model)
        while model.liens:
            model.lift_(history[0][1])
            compare(scene, model)
        assert scene.cn.encumberedOf(scene.alice, CEA) == 0


def compare(world: World, model: Model) -> None:
    found = {
        unit: state
        for first, count, _, state in tiles(world)
        for unit in range(first, first + count)
    }
    assert found == {unit: model.state(unit) for unit in range(1, UNITS + 1)}
    aside = [unit for unit, state in found.items() if state == State.ENCUMBERED]
    assert world.cn.encumberedOf(world.alice, CEA) == len(aside)
