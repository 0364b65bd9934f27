"""What must hold after each step: the ten invariants, and that the ledger is as its shadow says.

What changed in the shadow is read back from the chain, and at the end everything is.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from scripts.bench.evm import Contract
from tests.contracts.actors import World
from tests.contracts.shadow import ENDS, OWN
from tests.contracts.shadow_accounts import SENDING, SURRENDERING, Account
from tests.contracts.shadow_authority import Call, ProposalState
from tests.contracts.shadow_compliance import Obligation
from tests.contracts.shadow_holders import Request
from tests.contracts.shadow_ledger import Programme, Shadow
from tests.contracts.words import State, Status

MAY_REVERSE = {"reverseSurrender"}
# What the authority puts right, whatever the holder's status.
PUT_RIGHT = {"reverseAllocation", "correctIssuance"}


class Checks:
    def __init__(
        self, world: World, reader: Contract, holders: list[str], beginning: Shadow
    ) -> None:
        self.world = world
        self.reader = reader
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
        for key, signature, check in self._items(shadow):
            if self.seen.get(key) != signature:
                check(done)
                self.seen[key] = signature
        self._no_tonne_counts_twice(shadow)
        for code, p in shadow.programmes.items():
            for account, a in p.registry.accounts.items():
                self.statuses[code, account] = a.status

    def whole(self, shadow: Shadow) -> None:
        """Everything once more, from the chain."""
        for _, _, check in self._items(shadow):
            check(MAY_REVERSE | PUT_RIGHT)
        assert self.world.gateway.lotCount() == len(shadow.gateway.lots)
        for number, lot in enumerate(shadow.gateway.lots, start=1):
            found, ranges = self.world.gateway.lotOf(number)
            assert (found.linkId, found.sourceClass, found.foreignClass) == (
                lot.link, lot.source_class, lot.foreign_class
            )  # fmt: skip
            assert (found.foreignFirst, found.foreignCount) == (
                lot.foreign_first,
                lot.foreign_count,
            )
            assert found.sourceCount == len(lot.sources)
            assert found.escrowed == len(lot.sources) - len(lot.settled)
            assert found.outstanding == lot.foreign_count - len(lot.gone)
            assert Fraction(found.rateNumerator, found.rateDenominator) == lot.rate
            assert [tuple(r) for r in ranges] == lot.ranges

    # ---- what is read back ----------------------------------------------------------------

    def _items(self, shadow: Shadow) -> Iterator[tuple[Any, Any, Any]]:
        """Each thing: its name, what would differ if it changed, and how to compare it."""
        for code, p in shadow.programmes.items():
            for identity, units in p.registry.classes.items():
                signature = (units.changes, units.cap, units.sealed)
                yield (code, identity), signature, self._class_check(shadow, p, identity)
            for address, a in p.registry.accounts.items():
                yield (
                    (code, "account", address),
                    tuple(vars(a).values()),
                    self._bound(self._account, p, address, a),
                )
            for (account, year), o in p.compliance.obligations.items():
                signature = (*list(vars(o).values())[:-1], tuple(o.counted.items()))
                yield (
                    (code, account, year),
                    signature,
                    self._bound(self._obligation, p, account, year, o),
                )
            for number, proposal in p.proposals.proposals.items():
                yield (
                    (code, "proposal", number),
                    proposal.stored,
                    self._bound(self._proposal, p, number),
                )
            for number, request in p.holders.requests.items():
                yield (
                    (code, "request", number),
                    request.state,
                    self._bound(self._request, p, number, request),
                )
            for number, lien in enumerate(p.liens.liens, start=1):
                yield (code, "lien", number), lien.kind, self._bound(self._lien, p, number)
        for link_id, link in shadow.gateway.links.items():
            meters = tuple(link.used.items())
            signature = (link.version, len(link.suspended_by), meters, link.scheduled)
            yield ("link", link_id), signature, self._bound(self._link, shadow, link_id)

    @staticmethod
    def _bound(check: Any, *args: Any) -> Any:
        return lambda _done: check(*args)

    def _class_check(self, shadow: Shadow, p: Programme, identity: int) -> Any:
        return lambda done: self._class(shadow, p, identity, done)

    def _class(self, shadow: Shadow, p: Programme, identity: int, done: set[str]) -> None:
        """Invariants 1 to 6, from what the contracts say alone; then serial by serial."""
        gateway = shadow.gateway.address
        totals, blocks, rows = self.reader.read(p.registry.address, identity, self.holders)
        starts, serials = [], []
        for b in blocks:
            assert b.count, "1: no gap between blocks"
            starts.append(len(serials) + 1)
            serials += [(b.owner, State(b.state))] * b.count
        assert len(serials) == totals.issued, "1: the blocks tile 1..issued"
        for holder, row in zip(self.holders, rows, strict=True):
            own = {State.ESCROWED} if holder == gateway else OWN
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
            if b.state in ENDS:
                assert b.next == units.at(start).since
        for holder, row in zip(self.holders, rows, strict=True):
            assert [tuple(r) for r in row.list] == units.list_of(holder)
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

    def _account(self, p: Programme, address: str, a: Account) -> None:
        registry = getattr(self.world, p.code).registry
        found = registry.accountOf(address)
        assert (found.kind, found.status, found.controls, found.holdingLimit) == (
            a.kind, a.status, a.controls, a.limit
        )  # fmt: skip
        assert registry.freeSalesOf(address)[:2] == (a.allocated, a.sold)

    def _obligation(self, p: Programme, account: str, year: int, o: Obligation) -> None:
        desk = getattr(self.world, p.code).compliance
        found = desk.obligationOf(account, year)
        assert tuple(found[:8]) == (
            o.state, o.settled, o.emissions, o.debt, o.surrendered, o.initial, o.issued, o.verifier
        )  # fmt: skip
        for i, limit in enumerate(p.compliance.limits.get(year, [])):
            expected = (o.counted[i], p.compliance.most(account, year, limit))
            assert tuple(desk.limitUse(account, year, i)) == expected

    def _proposal(self, p: Programme, number: int) -> None:
        found = getattr(self.world, p.code).proposals.proposalOf(number)
        proposal = p.proposals.proposals[number]
        assert (found.target, found.proposer, found.data) == (
            proposal.call.target, proposal.proposer, proposal.call.data
        )  # fmt: skip
        assert found.deadline == proposal.deadline
        assert found.state in {proposal.stored, ProposalState.EXPIRED}

    def _request(self, p: Programme, number: int, request: Request) -> None:
        found = getattr(self.world, p.code).holders.requestOf(number)
        assert (found.account, found.initiator, found.state, found.deadline) == (
            request.account, request.initiator, request.state, request.deadline
        )  # fmt: skip

    def _lien(self, p: Programme, number: int) -> None:
        found = getattr(self.world, p.code).liens.lienOf(number)
        lien = p.liens.of(number)
        assert (found.kind, found.account, found.creditor) == (
            lien.kind, lien.account, lien.creditor
        )  # fmt: skip
        assert [tuple(r) for r in found.ranges] == lien.ranges

    def _link(self, shadow: Shadow, link_id: int) -> None:
        """Invariant 8: the meter is what was imported, and no import took it above the quota."""
        gateway, link = self.world.gateway, shadow.gateway.links[link_id]
        found = gateway.linkOf(link_id)
        assert (found.source, found.destination) == (link.source, link.destination)
        sides = {link.source: 1, link.destination: 2}
        assert found.suspendedBy == sum(sides[s] for s in link.suspended_by)
        if link.version:
            version, terms = link.in_force(self.world.chain.time)
            assert found.version == version
            assert gateway.termsOf(link_id)[:14] == tuple(terms)[:14]
        assert link.quota_kept, "8: imports keep to the quota"
        for period, used in link.used.items():
            assert gateway.quotaUsed(link_id, period) == used

    # ---- what only the shadow's geometry and the minutes can say --------------------------

    def _no_tonne_counts_twice(self, shadow: Shadow) -> None:
        """Invariants 7 and 9, by the geometry of each lot, as the chain has its units."""
        codes = {p.registry.address: code for code, p in shadow.programmes.items()}
        gateway = shadow.gateway
        for lot in gateway.lots:
            link = gateway.links[lot.link]
            foreign = self.ledger[codes[link.destination], lot.foreign_class]
            home = self.ledger[codes[link.source], lot.source_class]
            serials = lot.sources
            escrowed = len(serials) - len(lot.settled)
            outstanding = lot.foreign_count - len(lot.gone)
            assert outstanding <= escrowed * lot.rate, "7: the escrow covers what is abroad"
            for i, serial in enumerate(serials):
                here = home[serial - 1]
                if i not in lot.settled:
                    assert here == (gateway.address, State.ESCROWED), "7: it is in escrow"
                for j in lot.twins(i):
                    if foreign[lot.foreign_first - 1 + j][1] in OWN:
                        assert i not in lot.settled, "9: spendable here or there"
                    elif lot.gone[j] in ENDS:
                        ended = here[0] == gateway.address and here[1] in ENDS | {State.ESCROWED}
                        assert ended, "9: what was used is used"

    def _two_people_decided(self, shadow: Shadow, by: str, call: Call) -> set[str]:
        """Invariant 10, from who called what and when. Returns the function that was executed."""
        part = shadow.parts[call.target][0]
        now = shadow.clock.now
        if not hasattr(part, "proposals"):
            return {call.function}
        code = part.address
        if call.function == "propose":
            decided = {"proposer": by, "call": call.args[0]}
            self.minutes[code, part.count] = decided
            return set()
        minutes = self.minutes.get((code, call.args[0]), {})
        if call.function == "approve":
            minutes["approver"], minutes["time"] = by, now
            minutes["hash"] = call.args[1]
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
