"""What the machine chooses from: people, classes, units; mostly right, now and then not."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from random import Random

from tests.contracts.machine_base import MachineBase
from tests.contracts.machine_beginning import CODES, HOLDERS
from tests.contracts.shadow import Controls, Ref, UnitClass
from tests.contracts.words import State

Place = tuple[str, int]  # a programme's code and a class
RECEIVERS = [*HOLDERS, *HOLDERS, *HOLDERS, "state", "erin", "stranger", "broker"]


class Choices(MachineBase):
    # ---- who ------------------------------------------------------------------------------

    def anyone(self, r: Random) -> str:
        return r.choice(sorted(self.names))

    def member(self, r: Random, code: str, role: int, wrong: float = 0.08) -> str:
        """Somebody with a role, or now and then just anybody."""
        members = [m for m in self.programme(code).authority.members[role] if m in self.names]
        return self.anyone(r) if not members or r.random() < wrong else r.choice(sorted(members))

    def receiver(self, r: Random, code: str = "") -> str:
        """Anybody; often somebody who is limited, if it is known where."""
        limited = [
            self.person(name)
            for name in HOLDERS
            if code
            and self.programme(code).registry.accounts[self.person(name)].controls
            & Controls.HOLDING_LIMIT
        ]
        if limited and r.random() < 0.4:
            return r.choice(limited)
        if code and r.random() < 0.02:
            return self.of(code, "pool")
        return self.person(r.choice(RECEIVERS))

    # ---- what -----------------------------------------------------------------------------

    def place(self, r: Random, *, foreign: bool | None = None) -> Place:
        """Any class that there is."""
        return r.choice(
            [
                (code, identity)
                for code in CODES
                for identity, units in sorted(self.programme(code).registry.classes.items())
                if foreign is None or foreign == bool(units.origin)
            ]
            or [("CN", 1)]
        )

    def holding(
        self, r: Random, names: Sequence[str] = HOLDERS, *, foreign: bool | None = None
    ) -> tuple[Place, str]:
        """A class and somebody who holds units of it, or now and then any two."""
        holdings = [
            ((code, identity), self.of(code, name))
            for code in CODES
            for identity, units in sorted(self.programme(code).registry.classes.items())
            for name in names
            if units.free(self.of(code, name))
            and (foreign is None or foreign == bool(units.origin))
        ]
        if not holdings or r.random() < 0.06:
            return self.place(r, foreign=foreign), self.person(r.choice(HOLDERS))
        return r.choice(holdings)

    def units(self, place: Place) -> UnitClass | None:
        return self.programme(place[0]).registry.classes.get(place[1])

    def amount(self, r: Random, most: int, wrong: float = 0.1) -> int:
        """A part of what there is, or nothing, or too much."""
        if most <= 0 or r.random() < wrong:
            return r.choice([0, most + 1, most + 3, 1])
        return r.randint(1, min(most, r.choice([2, 6, 12])))

    def refs(
        self, r: Random, place: Place, holder: str, state: State = State.HELD, wrong: float = 0.12
    ) -> list[Ref]:
        """References that are right in the order given, or have one mistake."""
        units = self.units(place)
        if units is None:
            return []
        if r.random() < wrong / 3:
            holder = self.person(r.choice(HOLDERS))
        trial: UnitClass = pickle.loads(pickle.dumps(units))
        refs: list[Ref] = []
        for _ in range(r.choice([1, 1, 2, 3])):
            ref = self._ref(r, trial, holder, state)
            if ref is None:
                break
            refs.append(ref)
            taken = trial.take_named(holder, ref, state)
            if state != State.HELD:
                trial.put(taken, holder, State.NONE, 0)
        if refs and r.random() < wrong / 3:
            block, previous, first, count = refs[-1]
            refs[-1] = (block, previous + 1, first, count)
        if refs and r.random() < wrong / 3:
            refs.append(refs[-1])
        return refs

    @staticmethod
    def _ref(r: Random, units: UnitClass, holder: str, state: State) -> Ref | None:
        """A part of a block, with any block before it in its list as the hint."""
        if state != State.HELD:
            blocks = units.blocks_of(holder, state)
        else:
            lists = [blocks for blocks in units.lists_of(holder) if blocks]
            blocks = r.choice(lists) if lists else []
        if not blocks:
            return None
        at = r.randrange(len(blocks))
        first, size = blocks[at]
        start = r.choice([0, r.randrange(size)])
        hints = [0, *(b[0] for b in blocks[:at])] if state == State.HELD else [0]
        previous = hints[-1] if r.random() < 0.7 else r.choice(hints)
        return first, previous, first + start, r.randint(1, min(size - start, 9))

    def some(self, r: Random, place: Place, holder: str) -> tuple[int, list[Ref]]:
        """How many units, and perhaps which."""
        units = self.units(place)
        refs = self.refs(r, place, holder) if r.random() < 0.4 else []
        if refs:
            named = sum(ref[3] for ref in refs)
            return named + r.choice([0] * 15 + [1]), refs
        return self.amount(r, units.free(holder) if units else 0), []

    def let_pass(self, r: Random, seconds: list[int]) -> None:
        self.shadow.clock.now += r.choice(seconds)
