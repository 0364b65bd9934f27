"""What must hold after each step: the ten invariants, and that the ledger is as its shadow says.

What changed in the shadow is read back from the chain, and at the end everything is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from scripts.bench.evm import Contract
from tests.contracts.actors import World
from tests.contracts.machine_reads import Entry, of_programme, same
from tests.contracts.machine_reads_of_links import of_gateway
from tests.contracts.shadow import ENDS, OWN
from tests.contracts.shadow_accounts import SENDING, SURRENDERING
from tests.contracts.shadow_ledger import Programme, Shadow
from tests.contracts.shadow_proposals import Call
from tests.contracts.words import State, Status

MAY_REVERSE = {"reverseSurrender"}
# What the authority puts right or carries out, whatever the holder's status.
PUT_RIGHT = {
    "reverseAllocation", "continueReversal", "correctIssuance", "continueCorrection",
    "moveOnClosure", "returnExcess",
}  # fmt: skip


class Checks:
    def __init__(
        self,
        world: World,
        reader: Contract,
        contracts: dict[str, Contract],
        holders: list[str],
        beginning: Shadow,
    ) -> None:
        self.world = world
        self.reader = reader
        self.contracts = contracts  # by address
        self.holders = holders
        self.seen: dict[Any, Any] = {}
        self.ledger: dict[tuple[str, int], list[tuple[str, State]]] = {}
        self.statuses: dict[tuple[str, str], Status] = {}
        self.minutes: dict[tuple[str, int], dict[str, Any]] = {}
        self._look(beginning, set())
        self.first = (self.seen, self.ledger, self.statuses)

    def begin(self) -> None:
        self.seen, self.ledger, self.statuses = (dict(d) for d in self.first)
        self.minutes = {}

    def after(self, shadow: Shadow, by: str, call: Call) -> None:
        """After a call that was allowed."""
        self._look(shadow, self._two_people_decided(shadow, by, call))

    def _look(self, shadow: Shadow, done: set[str]) -> None:
        """Read back what changed."""
        for key, signature, check in self._entries(shadow, done):
            if self.seen.get(key) != signature:
                check()
                self.seen[key] = signature
        self._no_tonne_counts_twice(shadow)
        for code, p in shadow.programmes.items():
            for account, a in p.registry.accounts.items():
                self.statuses[code, account] = a.status

    def whole(self, shadow: Shadow) -> None:
        """Everything once more, from the chain."""
        for _, _, check in self._entries(shadow, MAY_REVERSE | PUT_RIGHT):
            check()

    def _entries(self, shadow: Shadow, done: set[str]) -> Iterator[Entry]:
        for code, p in shadow.programmes.items():
            for identity, units in p.registry.classes.items():
                signature = (units.changes, units.cap, units.sealed)
                check = partial(self._class, shadow, p, identity, done)
                yield (code, identity), signature, check
            yield from of_programme(p, self.contracts)
        for gateway in shadow.gateways:
            yield from of_gateway(self.contracts[gateway.address], gateway)

    # ---- units ----------------------------------------------------------------------------

    def _class(self, shadow: Shadow, p: Programme, identity: int, done: set[str]) -> None:
        """Invariants 1 to 6, from what the contracts say alone; then serial by serial."""
        gateways = {gateway.address for gateway in shadow.gateways}
        totals, blocks, rows = self.reader.read(p.registry.address, identity, self.holders)
        starts, serials = [], []
        for b in blocks:
            assert b.count, "1: no gap between blocks"
            starts.append(len(serials) + 1)
            serials += [(b.owner, State(b.state))] * b.count
        assert len(serials) == totals.issued, "1: the blocks tile 1..issued"
        for holder, row in zip(self.holders, rows, strict=True):
            own = {State.ESCROWED} if holder in gateways else OWN
            owned = [s for owner, s in serials if owner == holder]
            assert row.balance == sum(1 for s in owned if s in own), "2: a balance is its blocks"
            listed = sum(r.count for r in row.list)
            assert listed == owned.count(State.HELD), "2: a list is what may move"
        in_state = [sum(1 for _, s in serials if s == state) for state in State]
        assert tuple(in_state[State.ESCROWED : State.ENCUMBERED]) == totals[2:6], "3: one state"
        assert in_state[State.NONE] == 0, "3: every unit is in a state"
        self._moved_as_allowed(p, identity, serials, done)
        assert totals.issued <= totals.cap, "6: the cap holds"

        units = p.registry.classes[identity]
        assert serials == [u[:2] for u in units.serials]
        assert starts == sorted(units.starts)
        assert (totals.cap, totals.sealed_) == (units.cap, units.sealed)
        for b, start in zip(blocks, starts, strict=True):
            assert b.marks == units.at(start).marks
            if b.state in ENDS:
                assert b.next == units.at(start).since
        for holder, row in zip(self.holders, rows, strict=True):
            same(row.list, units.list_of(holder))
            assert row.classesHeld == p.registry.classes_held(holder)

    def _moved_as_allowed(
        self, p: Programme, identity: int, serials: list[tuple[str, State]], done: set[str]
    ) -> None:
        """Invariants 4, 5 and 6: how each unit stood before, and how it stands now."""
        before = self.ledger.get((p.code, identity), [])
        sealed = self.seen.get((p.code, identity), (0, 0, False))[2]
        assert len(serials) == len(before) or not sealed, "6: a sealed class does not grow"
        for (owner, state), (owner_now, state_now) in zip(before, serials, strict=False):
            if (owner, state) == (owner_now, state_now):
                continue
            if state in ENDS:
                assert done & MAY_REVERSE, "4: an end is an end"
            leaves = state == State.HELD and (owner_now != owner or state_now not in OWN)
            if leaves and not done & PUT_RIGHT:
                allowed = SURRENDERING if state_now == State.SURRENDERED else SENDING
                assert self.statuses.get((p.code, owner), Status.OPEN) in allowed, "5: status"
        self.ledger[p.code, identity] = serials

    # ---- what only the shadow's geometry and the minutes can say --------------------------

    def _no_tonne_counts_twice(self, shadow: Shadow) -> None:
        """Invariants 7 and 9, by the geometry of each lot, as the chain has its units."""
        codes = {p.registry.address: code for code, p in shadow.programmes.items()}
        every = [(gateway, lot) for gateway in shadow.gateways for lot in gateway.lots]
        for gateway, lot in every:
            link = gateway.links[lot.link]
            foreign = self.ledger[codes[link.destination], lot.foreign_class]
            home = self.ledger[codes[link.source], lot.source_class]
            serials, waits = lot.sources, lot.waiting_serials
            most = lot.escrowed * lot.rate[0]
            assert lot.outstanding * lot.rate[1] <= most, "7: the escrow covers what is abroad"
            for i, serial in enumerate(serials):
                here = home[serial - 1]
                if i not in lot.settled or serial in waits:
                    assert here == (gateway.address, State.ESCROWED), "7: it is in escrow"
                for j in lot.twins(i):
                    if foreign[lot.foreign_first - 1 + j][1] in OWN:
                        assert i not in lot.settled, "9: spendable here or there"
                    elif lot.gone[j] in ENDS:
                        ended = here[0] == gateway.address and here[1] in ENDS | {State.ESCROWED}
                        assert ended, "9: what was used is used"

    def _two_people_decided(self, shadow: Shadow, by: str, call: Call) -> set[str]:
        """Invariant 10, from who called what and when. Returns the function that was executed."""
        part = shadow.parts[call.target]
        now = shadow.clock.now
        if part.kind != "proposals":
            return {call.function}
        code = part.address
        if call.function == "propose":
            decided = {"proposer": by, "call": call.args[0]}
            self.minutes[code, part.count] = decided
            return set()
        minutes = self.minutes.get((code, call.args[0]), {})
        if call.function == "approve":
            minutes["approver"], minutes["time"] = by, now
        if call.function == "stop":
            minutes["stopped"] = True
        if call.function != "execute":
            return set()
        step = part.steps[minutes["call"].target, minutes["call"].function]
        assert minutes["proposer"] != minutes["approver"], "10: two people"
        assert now >= minutes["time"] + step.delay, "10: after the delay"
        assert "stopped" not in minutes, "10: the guardian's word"
        assert "executed" not in minutes, "10: once"
        minutes["executed"] = now
        return {minutes["call"].function}
