"""The shadow of a gateway's members, agreements and terms: who is linked with whom, on what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eth_utils.crypto import keccak

from tests.contracts.shadow import Ref, Refusal
from tests.contracts.shadow_classes import is_symbol
from tests.contracts.shadow_lots import Lot
from tests.contracts.shadow_succession import Successions
from tests.contracts.shadow_terms import TO_ACCEPT, Link, Proposed, Terms, Waiting
from tests.contracts.words import Type

Consent = tuple[str, bytes, bytes]  # counterparty, its code, hash of what it runs


@dataclass
class Agreement:
    first: str
    second: str
    second_edition: bytes = bytes(32)  # that the first consented to
    accepted: bool = False
    ends_at: int = 0
    ended_by: set[str] = field(default_factory=set)
    editions: set[tuple[str, bytes]] = field(default_factory=set)  # that are accepted

    def has_ended(self, now: int) -> bool:
        return 0 < self.ends_at <= now


@dataclass
class Agreements(Successions):
    registries: dict[bytes, str] = field(
        default_factory=dict
    )  # by the code they were admitted under
    agreements: dict[int, Agreement] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)
    claims: dict[bytes, str] = field(default_factory=dict)
    lots: list[Lot] = field(default_factory=list)

    # ---- members --------------------------------------------------------------------------

    def admit(self, by: str, sponsor: str, registry: str, code: bytes) -> None:
        self.speaker(by, sponsor, "admit")
        if self.members or sponsor != registry:
            self.member(sponsor)
        named = is_symbol(code) and b"." not in code and self.parts[registry].code == code
        if not named or code in self.registries or registry in self.members:
            raise Refusal("MemberInvalid", registry, code)
        self.members[registry] = code
        self.registries[code] = registry
        self.welcome(registry)

    def claim_report(self, by: str, registry: str, report: bytes) -> None:
        self.speaker(by, registry, "claimReport")
        self.member(registry)
        if self.claims.get(report, registry) != registry:
            raise Refusal("ReportTaken", report, self.claims[report])
        self.claims[report] = registry

    # ---- agreements -----------------------------------------------------------------------

    def propose_agreement(
        self, by: str, first: str, consent: Consent, forward: tuple, backward: tuple
    ) -> None:
        self.speaker(by, first, "proposeAgreement")
        self.member(first)
        self._check_consent(consent)
        second, _, edition = consent
        if first == second:
            raise Refusal("SameRegistry", first)
        if Terms.of(forward).is_absent and Terms.of(backward).is_absent:
            raise Refusal("TermsInvalid", "at least one direction needs a rate")
        number = self._number_of(first, second)
        self.agreements[number].second_edition = edition
        self._propose(self.links[2 * number], forward, first)
        self._propose(self.links[2 * number + 1], backward, first)

    def accept_agreement(
        self, by: str, number: int, consent: Consent, forward: tuple, backward: tuple
    ) -> None:
        if number not in self.agreements:
            raise Refusal("AgreementUnknown", number)
        a = self.agreements[number]
        if a.accepted:
            raise Refusal("AgreementAlreadyAccepted", number)
        self.speaker(by, a.second, "acceptAgreement")
        self._check_consent(consent)
        if consent[0] != a.first:
            raise Refusal("ConsentInvalid", *consent)
        a.accepted = True
        a.editions |= {(a.first, consent[2]), (a.second, a.second_edition)}
        for link_id, terms in ((2 * number, forward), (2 * number + 1, backward)):
            self._take_proposed(link_id, 1, terms)
            self.links[link_id].bring(Terms.of(terms), self.clock.now)

    def end_agreement(self, by: str, number: int, registry: str) -> None:
        a = self._accepted(number)
        self._check_side(2 * number, registry)
        self.speaker(by, registry, "endAgreement")
        if a.has_ended(self.clock.now):
            raise Refusal("AgreementEnded", number, a.ends_at)
        if registry in a.ended_by:
            raise Refusal("AlreadyEnding", number, a.ends_at)
        a.ended_by.add(registry)
        a.ends_at = self.clock.now
        if len(a.ended_by) == 1:
            links = (self.links[2 * number + i] for i in (0, 1))
            a.ends_at += max(link.in_force(self.clock.now)[1].notice for link in links)

    def accept_edition(self, by: str, number: int, registry: str, edition: bytes) -> None:
        a = self._accepted(number)
        self._check_side(2 * number, registry)
        self.speaker(by, registry, "acceptEdition")
        a.editions.add((a.second if registry == a.first else a.first, edition))

    # ---- terms ----------------------------------------------------------------------------

    def propose_terms(self, by: str, link_id: int, registry: str, terms: tuple) -> None:
        link = self._live(link_id)
        link.settle(self.clock.now)
        self._check_side(link_id, registry)
        self.speaker(by, registry, "proposeTerms")
        self._propose(link, terms, registry)

    def withdraw_terms(self, by: str, link_id: int, registry: str) -> None:
        self.speaker(by, registry, "withdrawTerms")
        link = self.links.get(link_id, Link("", ""))
        if link.proposed is None or link.proposed.side != registry:
            raise Refusal("TermsNotProposed", link_id, 0)
        link.proposed = None

    def accept_terms(
        self, by: str, link_id: int, registry: str, version: int, terms: tuple
    ) -> None:
        link = self._live(link_id)
        link.settle(self.clock.now)
        self._check_side(link_id, registry)
        self.speaker(by, registry, "acceptTerms")
        own = link.proposed is not None and link.proposed.side == registry
        if own or version != link.version + 1:
            raise Refusal("TermsNotProposed", link_id, version)
        self._take_proposed(link_id, version, terms)
        link.scheduled = Waiting(Terms.of(terms), self.clock.now + link.terms.notice)
        link.settle(self.clock.now)

    def lower_quota(self, by: str, link_id: int, quota: int) -> None:
        link = self.link(link_id)
        link.settle(self.clock.now)
        self.speaker(by, link.destination, "lowerQuota")
        present = self.quota(link, link.terms)
        if quota >= present:
            raise Refusal("QuotaNotLowered", link_id, present, quota)
        if link.scheduled and self.quota(link, link.scheduled.terms) > quota:
            later = link.scheduled.terms._replace(quota=quota, share=0)
            link.scheduled = link.scheduled._replace(terms=later)
        link.bring(link.terms._replace(quota=quota, share=0, fresh=False), self.clock.now)

    def suspend(self, by: str, link_id: int, registry: str) -> None:
        self._check_side(link_id, registry)
        self.speaker(by, registry, "suspend")
        self.link(link_id).suspended_by.add(registry)

    def resume(self, by: str, link_id: int, registry: str) -> None:
        self._check_side(link_id, registry)
        self.speaker(by, registry, "resume")
        self.links[link_id].suspended_by.discard(registry)

    def quota(self, link: Link, terms: Terms) -> int:
        if not terms.share:
            return terms.quota
        units = self.parts[link.destination].classes.get(terms.share_class)
        return (units.cap if units else 0) * terms.share // 10_000

    # ---- freezes across the link ----------------------------------------------------------

    def freeze_abroad(
        self, by: str, number: int, holder: str, refs: list[Ref], reason: bytes
    ) -> None:
        lot = self.lots[number - 1]
        link = self.links[lot.link]
        self.speaker(by, link.source, "freezeAbroad")
        if not link.in_force(self.clock.now)[1].freezes:
            raise Refusal("FreezeStaysHome", lot.link)
        for _, _, first, count in refs:
            last = lot.foreign_first + lot.foreign_count
            if first < lot.foreign_first or first + count > last:
                raise Refusal("OutsideLot", number, first, count)
        desk = self._lien_desk(link.destination)
        identity = lot.foreign_class
        desk.freeze_for_partner(self.address, holder, identity, refs, link.source, reason)

    def lift_abroad(self, by: str, link_id: int, lien: int) -> None:
        link = self.link(link_id)
        self.speaker(by, link.source, "liftAbroad")
        self._lien_desk(link.destination).unfreeze_for_partner(self.address, lien, link.source)

    def _lien_desk(self, registry: str) -> Any:
        return self.parts[self.parts[registry].desks[Type.ENCUMBRANCE]]

    # ---- what the steps share -------------------------------------------------------------

    def edition_of(self, registry: str) -> bytes:
        """Hash of the code of a registry's address, and of the edition that it runs."""
        known = self.parts[registry].authority.code_hashes
        return keccak(known[registry] + known[self.parts[registry].edition])

    def link(self, link_id: int) -> Link:
        """A link of an accepted agreement."""
        if link_id not in self.links or not self.links[link_id].version:
            raise Refusal("LinkUnknown", link_id)
        return self.links[link_id]

    def _live(self, link_id: int) -> Link:
        link, a = self.link(link_id), self.agreements[link_id // 2]
        if a.has_ended(self.clock.now):
            raise Refusal("AgreementEnded", link_id // 2, a.ends_at)
        return link

    def _accepted(self, number: int) -> Agreement:
        if number not in self.agreements or not self.agreements[number].accepted:
            raise Refusal("AgreementUnknown", number)
        return self.agreements[number]

    def _propose(self, link: Link, terms: tuple, side: str) -> None:
        new = Terms.of(terms)
        new.check()
        link.proposed = Proposed(new, side, self.clock.now + TO_ACCEPT)

    def _take_proposed(self, link_id: int, version: int, terms: tuple) -> None:
        link = self.links[link_id]
        proposed, link.proposed = link.proposed, None
        open_ = proposed is not None and self.clock.now <= proposed.deadline
        if not open_ or proposed is None or proposed.terms != Terms.of(terms):
            raise Refusal("TermsNotProposed", link_id, version)

    def _number_of(self, first: str, second: str) -> int:
        """A new agreement, or the pair's that is not accepted yet and is its first's to change."""
        pair = [n for n, a in self.agreements.items() if {a.first, a.second} == {first, second}]
        for number in pair[-1:]:
            a = self.agreements[number]
            if a.accepted and not a.has_ended(self.clock.now):
                raise Refusal("AgreementExists", first, second)
            if not a.accepted and a.first == first:
                return number
            proposed = self.links[2 * number].proposed
            if not a.accepted and proposed and self.clock.now <= proposed.deadline:
                raise Refusal("AgreementExists", first, second)
        number = len(self.agreements) + 1
        self.agreements[number] = Agreement(first, second)
        self.links[2 * number] = Link(first, second)
        self.links[2 * number + 1] = Link(second, first)
        return number

    def _check_consent(self, consent: Consent) -> None:
        registry, code, edition = consent
        if self.members.get(registry) != code or self.edition_of(registry) != edition:
            raise Refusal("ConsentInvalid", registry, code, edition)

    def _check_side(self, link_id: int, registry: str) -> None:
        if link_id not in self.links:
            raise Refusal("LinkUnknown", link_id)
        link = self.links[link_id]
        if registry not in {link.source, link.destination}:
            raise Refusal("NotASide", link_id, registry)
