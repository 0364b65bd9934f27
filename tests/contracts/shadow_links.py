"""The shadow of the link gateway: agreements, terms with notice, quotas, transfers, returns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from tests.contracts.shadow import Clock, Range, Ref, Refusal, UnitClass
from tests.contracts.shadow_lots import Lot
from tests.contracts.shadow_registry import Registry
from tests.contracts.words import State, Type, UnitType


class Terms(NamedTuple):
    numerator: int
    denominator: int
    quota: int
    share: int
    share_class: int
    net: bool
    notice: int
    since: int
    until: int
    period_start: int
    period: int
    unit_types: int
    vintage_from: int
    vintage_to: int
    categories: tuple[bytes, ...]
    regions: tuple[bytes, ...]

    @property
    def rate(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)

    def check(self) -> None:
        """Only the mistakes that the machine makes."""
        if self.numerator and self.since > self.until:
            raise Refusal("TermsInvalid", "the first day must not be after the last")

    def period_of(self, now: int) -> int:
        return max(self.period_start, now - (now - self.period_start) % self.period)

    def accepts(self, units: UnitClass) -> bool:
        return (
            units.unit_type != UnitType.FOREIGN
            and bool(self.unit_types >> units.unit_type & 1)
            and self.vintage_from <= units.vintage <= self.vintage_to
            and (not self.categories or units.category in self.categories)
            and (not self.regions or units.region in self.regions)
        )


@dataclass
class Link:
    source: str  # a registry's address
    destination: str
    version: int = 0
    terms: Terms | None = None
    suspended_by: set[str] = field(default_factory=set)
    proposed: tuple[Terms, str] | None = None  # and the registry whose side proposed
    scheduled: tuple[Terms, int] | None = None  # and when they take effect
    used: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    quota_kept: bool = True  # no import took the meter above the quota

    def in_force(self, now: int) -> tuple[int, Terms]:
        assert self.terms
        if self.scheduled and now >= self.scheduled[1]:
            return self.version + 1, self.scheduled[0]
        return self.version, self.terms

    def bring(self, terms: Terms) -> None:
        self.version, self.terms, self.proposed = self.version + 1, terms, None

    def settle(self, now: int) -> None:
        if self.scheduled and now >= self.scheduled[1]:
            terms, self.scheduled = self.scheduled[0], None
            self.bring(terms)


@dataclass
class Gateway:
    address: str
    clock: Clock
    registries: dict[str, Registry]
    speakers: dict[str, object] = field(default_factory=dict)  # each registry's authority
    links: dict[int, Link] = field(default_factory=dict)
    agreements: int = 0
    lots: list[Lot] = field(default_factory=list)

    # ---- agreements and terms -------------------------------------------------------------

    def propose_agreement(
        self, by: str, first: str, second: str, forward: tuple, backward: tuple
    ) -> None:
        self._administrator(by, first, "proposeAgreement")
        if first == second:
            raise Refusal("AgreementExists", first, second)
        Terms(*forward).check()
        Terms(*backward).check()
        number = self._number_of(first, second)
        for link_id, terms in ((2 * number, forward), (2 * number + 1, backward)):
            self.links[link_id].proposed = (Terms(*terms), first)

    def accept_agreement(self, by: str, number: int, forward: tuple, backward: tuple) -> None:
        if 2 * number not in self.links:
            raise Refusal("AgreementUnknown", number)
        if self.links[2 * number].version:
            raise Refusal("AgreementAlreadyAccepted", number)
        self._administrator(by, self.links[2 * number].destination, "acceptAgreement")
        for link_id, terms in ((2 * number, forward), (2 * number + 1, backward)):
            self._proposed(link_id, 1, terms)
            self.links[link_id].bring(Terms(*terms))

    def propose_terms(self, by: str, link_id: int, terms: tuple) -> None:
        link = self._link(link_id)
        link.settle(self.clock.now)
        Terms(*terms).check()
        link.proposed = (Terms(*terms), self._side(by, link, "proposeTerms"))

    def accept_terms(self, by: str, link_id: int, version: int, terms: tuple) -> None:
        link = self._link(link_id)
        link.settle(self.clock.now)
        if link.proposed is None or version != link.version + 1:
            raise Refusal("TermsNotProposed", link_id, version)
        other = link.destination if link.proposed[1] == link.source else link.source
        self._administrator(by, other, "acceptTerms")
        self._proposed(link_id, version, terms)
        assert link.terms
        link.proposed = None
        link.scheduled = (Terms(*terms), self.clock.now + link.terms.notice)
        link.settle(self.clock.now)

    def lower_quota(self, by: str, link_id: int, quota: int) -> None:
        link = self._link(link_id)
        link.settle(self.clock.now)
        self._administrator(by, link.destination, "lowerQuota")
        assert link.terms
        present = self.quota(link, link.terms)
        if quota >= present:
            raise Refusal("QuotaNotLowered", link_id, present, quota)
        if link.scheduled and self.quota(link, link.scheduled[0]) > quota:
            later = link.scheduled[0]._replace(quota=quota, share=0)
            link.scheduled = (later, link.scheduled[1])
        link.bring(link.terms._replace(quota=quota, share=0))

    def suspend(self, by: str, link_id: int) -> None:
        link = self._link(link_id)
        link.suspended_by.add(self._side(by, link, "suspend"))

    def resume(self, by: str, link_id: int) -> None:
        link = self._link(link_id)
        link.suspended_by.discard(self._side(by, link, "resume"))

    def quota(self, link: Link, terms: Terms) -> int:
        if not terms.share:
            return terms.quota
        units = self.registries[link.destination].classes.get(terms.share_class)
        return (units.cap if units else 0) * terms.share // 10_000

    # ---- transfers ------------------------------------------------------------------------

    def transfer(self, by: str, request: tuple, refs: list[Ref]) -> None:
        account, link_id, version, identity, quantity, accepted, recipient = request
        link = self._link(link_id)
        link.settle(self.clock.now)
        source, destination = self.registries[link.source], self.registries[link.destination]
        source.check_holder(account, by)
        source.check_receiver(account, recipient, by)
        terms = link.terms
        assert terms
        if version != link.version:
            raise Refusal("TermsStale", link_id, version, link.version)
        self._open(link_id, link, terms)
        units = source.classes.get(identity)
        if units is None or not terms.accepts(units):
            raise Refusal("ClassNotEligible", link_id, identity)
        received = floor(quantity * terms.rate)
        if received == 0:
            raise Refusal("NothingConverted", link_id, quantity)
        if received < accepted:
            raise Refusal("ReceivedLessThanAccepted", received, accepted)
        period, quota = terms.period_of(self.clock.now), self.quota(link, terms)
        if link.used[period] + received > quota:
            raise Refusal("QuotaExceeded", link_id, received, max(0, quota - link.used[period]))
        foreign = destination.foreign(units, source.code)
        taken = source.move(
            Type.EXTERNAL_TRANSFER, identity, account, self.address, ceil(received / terms.rate),
            refs, State.HELD, State.ESCROWED,
        )  # fmt: skip
        new = destination.create(
            foreign.identity, recipient, received, Type.EXTERNAL_TRANSFER, self.address
        )
        link.used[period] += received
        link.quota_kept &= link.used[period] <= quota
        self.lots.append(Lot(link_id, terms.rate, identity, foreign.identity, taken, *new))

    def return_units(
        self,
        by: str,
        account: str,
        registry: str,
        identity: int,
        quantity: int,
        refs: list[Ref],
        recipient: str,
        accepted: int,
    ) -> None:
        abroad = self.registries[registry]
        abroad.check_holder(account, by)
        abroad.check_receiver(account, recipient, by)
        units = abroad.classes.get(identity)
        if units is None or units.unit_type != UnitType.FOREIGN:
            raise Refusal("ClassTypeInvalid", identity, units.unit_type if units else 0)
        taken = abroad.move(
            Type.EXTERNAL_TRANSFER, identity, account, account, quantity, refs,
            State.HELD, State.CANCELLED,
        )  # fmt: skip
        released = sum(
            self._settle(abroad, identity, part, State.HELD, recipient) for part in taken
        )
        if released == 0:
            raise Refusal("NothingConverted", 0, quantity)
        if released < accepted:
            raise Refusal("ReceivedLessThanAccepted", released, accepted)

    def units_used(self, abroad: Registry, identity: int, taken: list[Range], state: State) -> None:
        for part in taken:
            self._settle(abroad, identity, part, state, self.address)

    def lot_of(self, registry: str, identity: int, serial: int) -> Lot:
        return next(
            lot
            for lot in self.lots
            if self.links[lot.link].destination == registry
            and lot.foreign_class == identity
            and lot.foreign_first <= serial < lot.foreign_first + lot.foreign_count
        )

    def _settle(self, abroad: Registry, identity: int, units: Range, state: State, to: str) -> int:
        """The twins of foreign units that left come home or become terminal."""
        lot = self.lot_of(abroad.address, identity, units[0])
        link = self.links[lot.link]
        home = self.registries[link.source]
        parcels = lot.leave(units, state)
        if state == State.HELD:
            self._give_back(link, units[1])
        released = 0
        for first, count, end_state in parcels:
            block = max(s for s in home.classes[lot.source_class].starts if s <= first)
            back = end_state == State.HELD
            taker = to if back else self.address
            home.move(
                Type.EXTERNAL_TRANSFER, lot.source_class, self.address, taker,
                count, [(block, 0, first, count)], State.ESCROWED, end_state,
            )  # fmt: skip
            released += count if back else 0
        return released

    def _give_back(self, link: Link, returned: int) -> None:
        _, terms = link.in_force(self.clock.now)
        if terms.net:
            period = terms.period_of(self.clock.now)
            link.used[period] = max(0, link.used[period] - returned)

    # ---- what the steps share -------------------------------------------------------------

    def _open(self, link_id: int, link: Link, terms: Terms) -> None:
        if not terms.numerator:
            raise Refusal("LinkUnknown", link_id)
        if link.suspended_by:
            raise Refusal("LinkIsSuspended", link_id)
        if self.clock.now < terms.since:
            raise Refusal("LinkNotStarted", link_id, terms.since)
        if self.clock.now > terms.until:
            raise Refusal("LinkExpired", link_id, terms.until)

    def _link(self, link_id: int) -> Link:
        if link_id not in self.links or not self.links[link_id].version:
            raise Refusal("LinkUnknown", link_id)
        return self.links[link_id]

    def _number_of(self, first: str, second: str) -> int:
        for link_id, link in self.links.items():
            if {link.source, link.destination} != {first, second} or link_id % 2:
                continue
            if link.version or link.source != first:
                raise Refusal("AgreementExists", first, second)
            return link_id // 2
        self.agreements += 1
        self.links[2 * self.agreements] = Link(first, second)
        self.links[2 * self.agreements + 1] = Link(second, first)
        return self.agreements

    def _proposed(self, link_id: int, version: int, terms: tuple) -> None:
        proposed = self.links[link_id].proposed
        if proposed is None or proposed[0] != Terms(*terms):
            raise Refusal("TermsNotProposed", link_id, version)

    def _speaks(self, by: str, registry: str, function: str) -> bool:
        return self.speakers[registry].may(by, (self.address, function))  # type: ignore[attr-defined, no-any-return]

    def _administrator(self, by: str, registry: str, function: str) -> None:
        if not self._speaks(by, registry, function):
            raise Refusal("NotLinkAdministrator", by, registry)

    def _side(self, by: str, link: Link, function: str) -> str:
        if self._speaks(by, link.source, function):
            return link.source
        self._administrator(by, link.destination, function)
        return link.destination
