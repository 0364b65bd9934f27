"""What the ledger should do, one serial at a time. Slow, and too plain to share the ledger's bugs.

A serial is an entry in a dictionary; an account's list is a Python list; a lot's twins are found by
comparing fractions. Nothing here is taken from the contracts' code but the order in which several
reasons for a refusal are given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Any

from tests.contracts.words import State, Status, UnitType

Range = tuple[int, int]  # first, count
Ref = tuple[int, int, int, int]  # block, previous, first, count

SENDING = {Status.OPEN, Status.CLOSURE_PENDING}
SURRENDERING = SENDING | {Status.SOME_TRANSACTIONS_RESTRICTED}
RECEIVING = {Status.OPEN, Status.SOME_TRANSACTIONS_RESTRICTED, Status.ALL_TRANSACTIONS_RESTRICTED}
MOST_NOTED = 32


class Refusal(Exception):
    """The step must be refused with this error."""

    def __init__(self, name: str, *values: Any) -> None:
        super().__init__(name, values)
        self.name = name
        self.values = values


@dataclass
class UnitClass:
    """One class: who has which serial in which state, and each holder's list, head first."""

    identity: int
    unit_type: UnitType
    cap: int
    sealed: bool = False
    serials: list[tuple[str, State]] = field(default_factory=list)  # serial 1 is the first
    lists: dict[str, list[Range]] = field(default_factory=dict)

    @property
    def issued(self) -> int:
        return len(self.serials)

    def list_of(self, holder: str) -> list[Range]:
        return self.lists.setdefault(holder, [])

    def balance(self, holder: str) -> int:
        return sum(count for _, count in self.list_of(holder))

    def in_state(self, state: State) -> int:
        return sum(1 for _, s in self.serials if s == state)

    def mark(self, units: Range, owner: str, state: State) -> None:
        first, count = units
        self.serials[first - 1 : first - 1 + count] = [(owner, state)] * count

    def put(self, units: Range, owner: str, state: State) -> None:
        self.mark(units, owner, state)
        if state == State.HELD:
            self.list_of(owner).insert(0, units)

    def take_head(self, holder: str, most: int) -> Range:
        units = self.list_of(holder)
        first, count = units.pop(0)
        if count <= most:
            return first, count
        units.insert(0, (first, count - most))
        return first + count - most, most

    def take_named(self, holder: str, ref: Ref) -> Range:
        block, previous, first, count = ref
        units = self.list_of(holder)
        at = next((i for i, r in enumerate(units) if r[0] == block), None)
        if at is None or count == 0 or first < block or first + count > block + units[at][1]:
            raise Refusal("UnitsNotHeld", self.identity, holder, block, first, count)
        if first == block and previous != (units[at - 1][0] if at else 0):
            raise Refusal("HintStale", self.identity, holder, block, previous)
        end = block + units[at][1]
        units[at : at + 1] = [(block, first - block)] if first > block else []
        if first + count < end:
            units.insert(0, (first + count, end - first - count))
        return first, count


@dataclass
class Registry:
    code: str
    classes: dict[int, UnitClass]
    statuses: dict[str, Status]
    operators: set[str]


@dataclass
class Link:
    source: str
    destination: str
    rate: Fraction
    quota: int
    period_start: int
    period_length: int
    version: int = 1
    used: dict[int, int] = field(default_factory=dict)

    def period(self, now: int) -> int:
        return now - (now - self.period_start) % self.period_length


@dataclass
class Lot:
    """Which source serials stand behind which foreign serials, and what became of both."""

    link: int
    rate: Fraction
    source_class: int
    foreign_class: int
    ranges: list[Range]
    foreign_first: int
    foreign_count: int
    gone: dict[int, State] = field(default_factory=dict)  # foreign offset -> state, as they left
    settled: set[int] = field(default_factory=set)  # source offsets

    @property
    def sources(self) -> list[int]:
        return [first + i for first, count in self.ranges for i in range(count)]

    def twins(self, source: int) -> set[int]:
        """Foreign offsets that overlap a source offset."""
        low, high = source * self.rate, (source + 1) * self.rate
        return {j for j in range(self.foreign_count) if j < high and j + 1 > low}

    def leave(self, units: Range, state: State) -> dict[int, State]:
        """Foreign units leave circulation. Returns the source offsets that this settles."""
        start = units[0] - self.foreign_first
        for j in range(start, start + units[1]):
            self.gone[j] = state
        fresh = {}
        for i in range(len(self.sources)):
            twins = self.twins(i)
            if i in self.settled or not twins <= set(self.gone):
                continue
            uses = [s for j, s in self.gone.items() if j in twins and s != State.HELD]
            fresh[i] = uses[0] if uses else State.HELD
        self.settled |= set(fresh)
        return fresh


class Shadow:
    """The whole ledger."""

    def __init__(self, gateway: str) -> None:
        self.gateway = gateway
        self.registries: dict[str, Registry] = {}
        self.links: dict[int, Link] = {}
        self.lots: list[Lot] = []

    def unit_class(self, registry: str, identity: int) -> UnitClass:
        return self.registries[registry].classes[identity]

    # ---- movements ------------------------------------------------------------------------

    def _check(self, registry: str, account: str, allowed: set[Status], error: str) -> None:
        status = self.registries[registry].statuses.get(account, Status.NONE)
        if status not in allowed:
            raise Refusal(error, account, int(status))

    def move(
        self,
        registry: str,
        identity: int,
        sender: str,
        receiver: str,
        quantity: int,
        refs: list[Ref],
        state: State,
        *,
        noted: bool = False,
    ) -> list[Range]:
        """Takes units in circulation from `sender`; they stand under `receiver` in `state`."""
        units = self.registries[registry].classes.get(identity)
        if refs and sum(r[3] for r in refs) != quantity:
            raise Refusal("QuantityMismatch", quantity, sum(r[3] for r in refs))
        if quantity == 0:
            raise Refusal("QuantityZero")
        sending = SURRENDERING if state == State.SURRENDERED else SENDING
        self._check(registry, sender, sending, "AccountCannotSend")
        if state == State.HELD:
            self._check(registry, receiver, RECEIVING, "AccountCannotReceive")
        if units is None:
            raise Refusal("ClassUnknown", identity)
        if refs:
            return _move_named(units, sender, receiver, quantity, refs, state)
        return _move_quantity(units, sender, receiver, quantity, state, noted)

    def issue(self, registry: str, identity: int, receiver: str, quantity: int) -> Range:
        units = self.unit_class(registry, identity)
        if quantity == 0:
            raise Refusal("QuantityZero")
        if units.sealed:
            raise Refusal("ClassIsSealed", identity)
        if units.issued + quantity > units.cap:
            raise Refusal("CapExceeded", identity, quantity, units.cap - units.issued)
        self._check(registry, receiver, RECEIVING, "AccountCannotReceive")
        new = (units.issued + 1, quantity)
        units.serials += [(receiver, State.HELD)] * quantity
        units.list_of(receiver).insert(0, new)
        return new

    def use(
        self,
        registry: str,
        identity: int,
        account: str,
        quantity: int,
        refs: list[Ref],
        state: State,
    ) -> None:
        home = self.registries[registry]
        if state == State.SURRENDERED and account not in home.operators:
            raise Refusal("NotOperatorAccount", account)
        units = home.classes.get(identity)
        foreign = units is not None and units.unit_type == UnitType.FOREIGN
        taken = self.move(
            registry, identity, account, account, quantity, refs, state, noted=foreign
        )
        if foreign:
            for part in taken:
                self.settle(registry, identity, part, state, self.gateway)

    # ---- links ----------------------------------------------------------------------------

    def export(
        self,
        link_id: int,
        version: int,
        identity: int,
        quantity: int,
        accepted: int,
        sender: str,
        recipient: str,
        refs: list[Ref],
        foreign_class: int,
        now: int,
    ) -> None:
        link = self.links[link_id]
        if version != link.version:
            raise Refusal("TermsStale", link_id, version, link.version)
        source = self.registries[link.source].classes.get(identity)
        if source is None or source.unit_type == UnitType.FOREIGN:
            raise Refusal("ClassNotEligible", link_id, identity)
        received = floor(quantity * link.rate)
        if received == 0:
            raise Refusal("NothingConverted", link_id, quantity)
        if received < accepted:
            raise Refusal("ReceivedLessThanAccepted", received, accepted)
        period = link.period(now)
        used = link.used.get(period, 0)
        if used + received > link.quota:
            raise Refusal("QuotaExceeded", link_id, received, max(0, link.quota - used))
        taken = self.move(
            link.source,
            identity,
            sender,
            self.gateway,
            ceil(received / link.rate),
            refs,
            State.ESCROWED,
            noted=True,
        )
        classes = self.registries[link.destination].classes
        if foreign_class not in classes:
            classes[foreign_class] = UnitClass(foreign_class, UnitType.FOREIGN, 2**40 - 1)
        first, count = self.issue(link.destination, foreign_class, recipient, received)
        link.used[period] = used + received
        self.lots.append(Lot(link_id, link.rate, identity, foreign_class, taken, first, count))

    def return_(
        self,
        registry: str,
        identity: int,
        holder: str,
        quantity: int,
        refs: list[Ref],
        recipient: str,
        accepted: int,
    ) -> None:
        if identity not in self.registries[registry].classes:
            raise Refusal("ClassTypeInvalid", identity, UnitType.NONE)
        taken = self.move(
            registry, identity, holder, holder, quantity, refs, State.CANCELLED, noted=True
        )
        released = sum(
            self.settle(registry, identity, units, State.HELD, recipient) for units in taken
        )
        if released == 0:
            raise Refusal("NothingConverted", 0, quantity)
        if released < accepted:
            raise Refusal("ReceivedLessThanAccepted", released, accepted)

    def lot_of(self, registry: str, identity: int, serial: int) -> Lot:
        return next(
            lot
            for lot in self.lots
            if self.links[lot.link].destination == registry
            and lot.foreign_class == identity
            and lot.foreign_first <= serial < lot.foreign_first + lot.foreign_count
        )

    def settle(self, registry: str, identity: int, units: Range, state: State, to: str) -> int:
        """The twins of foreign units that left come home or become terminal."""
        lot = self.lot_of(registry, identity, units[0])
        source = self.links[lot.link].source
        home = self.unit_class(source, lot.source_class)
        serials, fresh = lot.sources, lot.leave(units, state)
        for i, end_state in fresh.items():
            if end_state != State.HELD:
                home.mark((serials[i], 1), self.gateway, end_state)
        offset = released = 0
        for first, count in lot.ranges:  # what comes home does so in runs, one a source range
            at_home = [i for i in range(offset, offset + count) if fresh.get(i) == State.HELD]
            if at_home:
                assert at_home == list(range(at_home[0], at_home[-1] + 1))
                self._check(source, to, RECEIVING, "AccountCannotReceive")
                home.put((first + at_home[0] - offset, len(at_home)), to, State.HELD)
                released += len(at_home)
            offset += count
        return released


def _move_named(
    units: UnitClass, sender: str, receiver: str, quantity: int, refs: list[Ref], state: State
) -> list[Range]:
    taken, balance = [], units.balance(sender)
    for ref in refs:
        taken.append(units.take_named(sender, ref))
        units.put(taken[-1], receiver, state)
    if balance < quantity:  # sent to oneself, and named twice
        raise Refusal("ERC1155InsufficientBalance", sender, balance, quantity, units.identity)
    return taken


def _move_quantity(
    units: UnitClass, sender: str, receiver: str, quantity: int, state: State, noted: bool
) -> list[Range]:
    balance = units.balance(sender)
    if balance < quantity:
        raise Refusal("ERC1155InsufficientBalance", sender, balance, quantity, units.identity)
    taken: list[Range] = []
    if sender == receiver and state == State.HELD:
        return taken
    while quantity:
        if noted and len(taken) == MOST_NOTED:
            raise Refusal("TooManyBlocks", units.identity, MOST_NOTED)
        taken.append(units.take_head(sender, quantity))
        units.put(taken[-1], receiver, state)
        quantity -= taken[-1][1]
    return taken
