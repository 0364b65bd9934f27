"""The shadow of a link gateway: what crosses, what comes home, and what is used abroad."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from math import ceil, floor

from tests.contracts.shadow import Attributes, Range, Ref, Refusal
from tests.contracts.shadow_agreements import Agreements
from tests.contracts.shadow_classes import REGION, foreign_name, has_name_abroad
from tests.contracts.shadow_lots import Lot, Parcel, Waiting
from tests.contracts.shadow_registry import Registry
from tests.contracts.shadow_terms import Link
from tests.contracts.words import State

MAX_SOURCES = 64
HELD = State.HELD


@dataclass
class Home:
    """What becomes of twins at home, in one call."""

    to: str
    insists: bool = False  # whoever sends units home wants them there now or not at all
    fails: bool = False  # its registry failed once, and is not asked again
    released: int = 0
    waiting: int = 0


@dataclass
class Gateway(Agreements):
    # The class that stands for a source's at a destination: destination, source, class.
    foreign: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def transfer(self, by: str, request: tuple, refs: list[Ref]) -> None:
        account, link_id, version, identity, quantity, accepted, recipient = request
        link = self.link(link_id)
        link.settle(self.clock.now)
        if version != link.version:
            raise Refusal("TermsStale", link_id, version, link.version)
        self._check_open(link_id, link)
        source: Registry = self.parts[link.source]
        destination: Registry = self.parts[link.destination]
        received = floor(quantity * link.terms.rate)
        if received == 0:
            raise Refusal("NothingConverted", link_id, quantity)
        if received < accepted:
            raise Refusal("ReceivedLessThanAccepted", received, accepted)
        self._use_quota(link_id, link, received)
        foreign = self._foreign_class(link_id, link, identity)
        source.check_holder(account, by)
        source.check_receiver(account, recipient, by)
        cost = ceil(received / link.terms.rate)
        taken = source.escrow(self.address, identity, account, cost, refs)
        new = destination.import_units(self.address, foreign, recipient, received)
        if len(taken) > MAX_SOURCES:
            raise Refusal("TooManySourceBlocks", len(taken), MAX_SOURCES)
        rate = (link.terms.numerator, link.terms.denominator)
        self.lots.append(Lot(link_id, link.version, rate, identity, foreign, taken, *new))

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
        abroad: Registry = self.parts[registry]
        abroad.check_holder(account, by)
        abroad.check_receiver(account, recipient, by)
        home = Home(recipient, insists=accepted != 0)
        for part in abroad.export(self.address, identity, account, quantity, refs):
            self._settle(abroad, identity, part, HELD, home)
        if home.released + home.waiting == 0:
            raise Refusal("NothingConverted", 0, quantity)
        if home.released < accepted:
            raise Refusal("ReceivedLessThanAccepted", home.released, accepted)

    def units_used(self, abroad: Registry, identity: int, taken: list[Range], state: State) -> None:
        home = Home(self.address)
        for part in taken:
            self._settle(abroad, identity, part, state, home)

    def settle_waiting(self, _by: str, number: int, index: int, block: int) -> None:
        waiting = self.lots[number - 1].waiting if 0 < number <= len(self.lots) else []
        if index >= len(waiting):
            raise Refusal("NothingWaits", number, index)
        lot, w = self.lots[number - 1], waiting[index]
        waiting[index] = waiting[-1]
        waiting.pop()
        home: Registry = self.parts[self.links[lot.link].source]
        to = w.to if w.state == HELD else self.address
        home.settle_escrow(self.address, lot.source_class, block, (w.first, w.count), to, w.state)

    # ---- whether units may cross ----------------------------------------------------------

    def _check_open(self, link_id: int, link: Link) -> None:
        if link.terms.is_absent:
            raise Refusal("LinkUnknown", link_id)
        a = self.agreements[link_id // 2]
        if a.has_ended(self.clock.now):
            raise Refusal("AgreementEnded", link_id // 2, a.ends_at)
        if link.suspended_by:
            raise Refusal("LinkIsSuspended", link_id)
        if self.clock.now < link.terms.since:
            raise Refusal("LinkNotStarted", link_id, link.terms.since)
        if self.clock.now > link.terms.until:
            raise Refusal("LinkExpired", link_id, link.terms.until)
        for registry in (link.source, link.destination):
            edition = self.edition_of(registry)
            if (registry, edition) not in a.editions:
                raise Refusal("EditionNotAccepted", link_id, registry, edition)
            if self.stands_still(registry):
                raise Refusal("EditionNotAccepted", link_id, registry, bytes(32))

    def _use_quota(self, link_id: int, link: Link, received: int) -> None:
        meter, quota = link.meter, self.quota(link, link.terms)
        meter.pass_to(self.clock.now, link.terms)
        if meter.used + received > quota:
            raise Refusal("QuotaExceeded", link_id, received, max(0, quota - meter.used))
        meter.used += received
        link.quota_kept &= meter.used <= quota

    def _foreign_class(self, link_id: int, link: Link, identity: int) -> int:
        """The class at the destination; made when its first units arrive."""
        source: Registry = self.parts[link.source]
        destination: Registry = self.parts[link.destination]
        code = self.members[link.source]
        key = (link.destination, link.source, identity)
        if key in self.foreign:
            known = destination.classes[self.foreign[key]]
            attributes: Attributes = known.attributes
        else:
            attributes = {REGION: code, **source.class_of(identity).attributes}
        units = source.classes[identity]
        if not link.terms.accepts(units.unit_type, units.vintage, attributes):
            raise Refusal("ClassNotEligible", link_id, identity)
        named = int.from_bytes(foreign_name(code, identity), "big")
        taken = key not in self.foreign and named in destination.classes
        if not has_name_abroad(code, identity) or taken:
            raise Refusal("NoNameAbroad", code, identity)
        if key not in self.foreign:
            self.foreign[key] = destination.define_foreign(self.address, source, code, units)
        return self.foreign[key]

    # ---- what becomes of twins ------------------------------------------------------------

    def lot_of(self, registry: str, identity: int, serial: int) -> Lot:
        return next(
            lot
            for lot in self.lots
            if self.links[lot.link].destination == registry
            and lot.foreign_class == identity
            and lot.foreign_first <= serial < lot.foreign_first + lot.foreign_count
        )

    def _settle(
        self, abroad: Registry, identity: int, units: Range, state: State, home: Home
    ) -> None:
        """The twins of foreign units that left come home or become terminal."""
        lot = self.lot_of(abroad.address, identity, units[0])
        parcels = lot.leave(units, state)
        if state == HELD:
            self._give_back(self.links[lot.link], units[1])
        for parcel in parcels:
            self._settle_parcel(lot, parcel, home)

    def _settle_parcel(self, lot: Lot, parcel: Parcel, home: Home) -> None:
        """What a home registry does not settle waits."""
        registry: Registry = self.parts[self.links[lot.link].source]
        back = parcel.state == HELD
        if back and home.insists:
            self._leave_escrow(registry, lot, parcel, home.to)
        elif home.fails or not self._try(registry, lot, parcel, home.to if back else self.address):
            home.fails = True
            home.waiting += parcel.count * back
            lot.waiting.append(Waiting(*parcel, home.to))
            return
        home.released += parcel.count * back

    def _try(self, registry: Registry, lot: Lot, parcel: Parcel, to: str) -> bool:
        before = pickle.dumps(registry.classes[lot.source_class].__dict__ | {"clock": None})
        try:
            self._leave_escrow(registry, lot, parcel, to)
        except Refusal:
            units = registry.classes[lot.source_class]
            units.__dict__.update(pickle.loads(before) | {"clock": units.clock})
            return False
        return True

    def _leave_escrow(self, registry: Registry, lot: Lot, parcel: Parcel, to: str) -> None:
        block, _ = registry.classes[lot.source_class].block_around(parcel.first)
        units = (parcel.first, parcel.count)
        registry.settle_escrow(self.address, lot.source_class, block, units, to, parcel.state)

    def _give_back(self, link: Link, returned: int) -> None:
        link.settle(self.clock.now)
        if link.terms.net:
            link.meter.pass_to(self.clock.now, link.terms)
            link.meter.used = max(0, link.meter.used - returned)
