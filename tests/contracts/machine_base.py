"""How the ledger machine takes a step: in the shadow and on the chain, with the same end."""

from __future__ import annotations

import pickle
from collections import Counter
from typing import Any

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, invariant

from scripts.bench.evm import Contract, Receipt, refused
from tests.contracts.actors import World
from tests.contracts.machine_checks import Checks
from tests.contracts.shadow import Refusal
from tests.contracts.shadow_authority import DESKS
from tests.contracts.shadow_ledger import Programme, Shadow
from tests.contracts.shadow_proposals import Call

SHORT = 20  # a history of so few steps is not read back as a whole


class MachineBase(RuleBasedStateMachine):
    world: World
    checks: Checks
    beginning: bytes  # the shadow of the prepared ledger
    contracts: dict[tuple[str, str], Contract]  # by programme and part
    at: dict[str, Contract]  # every contract, by its address
    editions: dict[str, list[str]]  # of the code, by kind
    selectors: dict[tuple[str, str], bytes]  # of functions, by contract
    people: dict[str, str]
    names: dict[str, str]  # of those who can call
    counts: Counter[tuple[str, str]]
    lengths: list[int]  # of the histories so far

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = self.world.chain.snapshot()
        self.shadow: Shadow = pickle.loads(self.beginning)
        self.checks.begin()
        self.steps = 0
        self.nonce = 0

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

    def to(self, code: str, part: str, function: str, *args: Any, shadow: Any = None) -> Call:
        """A call of a programme's contract, or of the gateway."""
        return call_of(self.contract(code, part), function, *args, shadow=shadow)

    def contract(self, code: str, part: str) -> Contract:
        """The present one, where it may have been replaced."""
        if part in DESKS:
            return self.at[self.programme(code).desk(part).address]
        if part == "gateway":
            return self.at[self.shadow.gateway.address]
        return self.contracts[code, part]

    def another(self) -> int:
        """A number that was not used before."""
        self.nonce += 1
        return self.nonce

    # ---- who ------------------------------------------------------------------------------

    def programme(self, code: str) -> Programme:
        return self.shadow.programmes[code]

    def person(self, name: str) -> str:
        return self.people[name]

    def of(self, code: str, name: str) -> str:
        return self.people.get(f"{name} {code}") or self.people[name]

    def name_of(self, address: str) -> str:
        return self.names.get(address, address)


def call_of(contract: Contract, function: str, *args: Any, shadow: Any = None) -> Call:
    """A call. `shadow`: what the shadow is given where the contract takes something else."""
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
