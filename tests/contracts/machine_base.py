"""How the ledger machine takes a step: in the shadow and on the chain, with the same end."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, invariant

from scripts.bench.evm import Contract, Receipt, refused
from tests.contracts.actors import World
from tests.contracts.machine_checks import Checks
from tests.contracts.shadow import Ref, Refusal, UnitClass
from tests.contracts.shadow_authority import Call
from tests.contracts.shadow_ledger import Programme, Shadow
from tests.contracts.words import State

T = TypeVar("T")
Place = tuple[str, int]  # a programme's code and a class

DAY = 86400
SHORT = 20  # a history of so few steps is not read back as a whole
CODES = ("CN", "KR", "JP")
HOLDERS = ("alice", "bob", "carol", "dave")
PARTS = ("authority", "registry", "proposals", "issuance", "compliance", "liens", "holders")


class MachineBase(RuleBasedStateMachine):
    world: World
    checks: Checks
    beginning: bytes  # the shadow of the prepared ledger
    counts: Counter[tuple[str, str]]
    lengths: list[int]  # of the histories so far

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = self.world.chain.snapshot()
        self.shadow: Shadow = pickle.loads(self.beginning)
        self.checks.begin()
        self.steps = 0

    def teardown(self) -> None:
        self.lengths.append(self.steps)
        try:
            if self.steps > SHORT:
                self.checks.whole(self.shadow)
        finally:
            self.world.chain.revert(self.snapshot)

    @invariant()
    def count_the_step(self) -> None:
        self.steps += 1

    # ---- steps ----------------------------------------------------------------------------

    def take(self, by: str, call: Call, label: str = "") -> Receipt | None:
        """Somebody calls: both worlds allow it, or both refuse it for the same reason."""
        self.shadow.clock.now += 1
        receipt, error = take(self.world, self.shadow, by, call)
        if receipt is None:
            self.shadow = error[1]
        self.counts[label or call.function, error[0] if error else "done"] += 1
        note(f"{self.name_of(by)}: {call.function}{call.args} -> {error[0] if error else 'done'}")
        if receipt is not None:
            self.checks.after(self.shadow, by, call)
        return receipt

    def to(self, code: str, part: str, function: str, *args: Any) -> Call:
        """A call of a programme's contract, or of the gateway."""
        return call_of(self.contract(code, part), function, *args)

    def contract(self, code: str, part: str) -> Contract:
        if part == "gateway":
            return self.world.gateway
        return getattr(getattr(self.world, code), part)  # type: ignore[no-any-return]

    # ---- choices --------------------------------------------------------------------------

    def programme(self, code: str) -> Programme:
        return self.shadow.programmes[code]

    def person(self, name: str) -> str:
        return self.people[name]

    def of(self, code: str, name: str) -> str:
        return self.people.get(f"{name} {code}") or self.people[name]

    def name_of(self, address: str) -> str:
        return self.names.get(address, address)

    people: dict[str, str]
    names: dict[str, str]  # of those who can call

    def anyone(self, r: Random) -> str:
        return r.choice(sorted(self.names))

    def member(self, r: Random, code: str, role: int, wrong: float = 0.08) -> str:
        """Somebody with a role, or now and then just anybody."""
        members = [m for m in self.programme(code).authority.members[role] if m in self.names]
        return self.anyone(r) if not members or r.random() < wrong else r.choice(sorted(members))

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
            held = state == State.HELD
            blocks = trial.list_of(holder) if held else trial.blocks_of(holder, state)
            if not blocks:
                break
            at = r.randrange(len(blocks))
            first, size = blocks[at]
            start = r.choice([0, r.randrange(size)])
            previous = blocks[at - 1][0] if held and at else 0
            refs.append((first, previous, first + start, r.randint(1, min(size - start, 9))))
            taken = trial.take_named(holder, refs[-1], state)
            if not held:
                trial.put(taken, holder, State.NONE, 0)
        if refs and r.random() < wrong / 3:
            block, previous, first, count = refs[-1]
            refs[-1] = (block, previous + 1, first, count)
        if refs and r.random() < wrong / 3:
            refs.append(refs[-1])
        return refs

    def some(self, r: Random, place: Place, holder: str) -> tuple[int, list[Ref]]:
        """How many units, and perhaps which."""
        units = self.units(place)
        refs = self.refs(r, place, holder) if r.random() < 0.4 else []
        if refs:
            named = sum(ref[3] for ref in refs)
            return named + r.choice([0] * 15 + [1]), refs
        return self.amount(r, units.free(holder) if units else 0), []


def call_of(contract: Contract, function: str, *args: Any, shadow: Any = None) -> Call:
    """A call. `shadow`: what the shadow is given where the contract takes a call's bytes."""
    data = bytes.fromhex(contract.data(function, *args).removeprefix("0x"))
    return Call(contract.address, function, args if shadow is None else shadow, data)


def take(world: World, shadow: Shadow, by: str, call: Call) -> tuple[Receipt | None, Any]:
    """A transaction at the shadow's time. Refused: the error's name, and the shadow unchanged."""
    chain = world.chain
    before = pickle.dumps(shadow)
    chain.rpc("evm_setNextBlockTimestamp", hex(shadow.clock.now))
    try:
        shadow.call(by, call)
    except Refusal as refusal:
        with refused(refusal.name, *refusal.values):
            chain.send(call.target, "0x" + call.data.hex(), by)
        return None, (refusal.name, pickle.loads(before))
    return chain.send(call.target, "0x" + call.data.hex(), by), None
