// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {ILienDesk} from "../interfaces/ILienDesk.sol";
import {ILinkAgreements} from "../interfaces/ILinkAgreements.sol";
import {ILinkTransfers} from "../interfaces/ILinkTransfers.sol";
import {ISuccession} from "../interfaces/ISuccession.sol";
import {IClassRegister} from "../interfaces/IClassRegister.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {BlockRef, LinkId, LotId} from "../interfaces/LedgerTypes.sol";
import {Attributes} from "../libraries/Attributes.sol";
import {Continued} from "../libraries/Continued.sol";
import {Symbols} from "../libraries/Symbols.sol";
import {TransactionTypes} from "../libraries/TransactionTypes.sol";
import {LinkStorage} from "./LinkStorage.sol";

/// @title The part of a gateway that keeps members, agreements and terms
/// @dev See ILinkAgreements. It runs on the storage of the gateway, called by `LinkGateway`; on its own it
/// has no members and does nothing that anybody would ask for. The code goes on in `LinkQuestions`.
contract LinkAgreements is LinkStorage, ILinkAgreements, ReentrancyGuardTransient, Continued {
    uint256 private constant MAX_PERIODS = 40;
    /// @dev A longer notice would bind those who come after whoever agreed to it.
    uint32 private constant MAX_NOTICE = 730 days;
    /// @dev So long can proposed terms be accepted.
    uint40 private constant PROPOSAL_LIFETIME = 90 days;
    /// @dev So long can members object to other code of the gateway.
    uint40 private constant SUCCESSION_NOTICE = 30 days;

    /// @param questions `LinkQuestions`
    constructor(address questions) Continued(questions) {}

    // ---- members --------------------------------------------------------------------------

    /// @inheritdoc ILinkAgreements
    function admit(address sponsor, address registry, bytes32 code) external {
        _requireSpeaker(sponsor);
        bool founds = _memberCount == 0 && sponsor == registry;
        if (!founds) _requireMember(sponsor);
        bool named = Symbols.isValid(code) && !Symbols.hasDot(code) && IClassRegister(registry).code() == code;
        if (!named || _registries[code] != address(0) || _members[registry].code != 0) {
            revert MemberInvalid(registry, code);
        }
        ++_memberCount;
        _members[registry] = Member(code, _currentSuccession);
        _registries[code] = registry;
        emit MemberAdmitted(registry, code, sponsor, msg.sender);
    }

    /// @inheritdoc ILinkAgreements
    function claimReport(address registry, bytes32 report) external {
        _requireSpeaker(registry);
        _requireMember(registry);
        address claimed = _claims[report];
        if (claimed == registry) return;
        if (claimed != address(0)) revert ReportTaken(report, claimed);
        _claims[report] = registry;
        emit ReportClaimed(report, registry);
    }

    // ---- agreements -----------------------------------------------------------------------

    /// @inheritdoc ILinkAgreements
    function proposeAgreement(
        address first,
        Consent calldata consent,
        Terms calldata firstToSecond,
        Terms calldata secondToFirst
    ) external returns (uint32 agreementId) {
        _requireSpeaker(first);
        _requireMember(first);
        _requireConsent(consent);
        address second = consent.counterparty;
        if (first == second) revert SameRegistry(first);
        if (firstToSecond.rateNumerator == 0 && secondToFirst.rateNumerator == 0) {
            revert TermsInvalid("at least one direction needs a rate");
        }
        agreementId = _numberOf(first, second);
        _agreements[agreementId].secondEdition = consent.edition;
        emit AgreementProposed(agreementId, first, second, consent.edition, msg.sender);
        _propose(LinkId.wrap(2 * agreementId), firstToSecond, first);
        _propose(LinkId.wrap(2 * agreementId + 1), secondToFirst, first);
    }

    /// @inheritdoc ILinkAgreements
    function acceptAgreement(
        uint32 agreementId,
        Consent calldata consent,
        Terms calldata firstToSecond,
        Terms calldata secondToFirst
    ) external {
        Agreement storage a = _agreements[agreementId];
        if (a.first == address(0)) revert AgreementUnknown(agreementId);
        if (a.accepted) revert AgreementAlreadyAccepted(agreementId);
        _requireSpeaker(a.second);
        _requireConsent(consent);
        if (consent.counterparty != a.first) {
            revert ConsentInvalid(consent.counterparty, consent.code, consent.edition);
        }
        a.accepted = true;
        _editions[agreementId][a.first][consent.edition] = true;
        _editions[agreementId][a.second][a.secondEdition] = true;
        emit AgreementAccepted(agreementId, consent.edition, msg.sender);
        _acceptFirst(LinkId.wrap(2 * agreementId), firstToSecond);
        _acceptFirst(LinkId.wrap(2 * agreementId + 1), secondToFirst);
    }

    /// @inheritdoc ILinkAgreements
    function endAgreement(uint32 agreementId, address registry) external {
        Agreement storage a = _agreements[agreementId];
        LinkId there = LinkId.wrap(2 * agreementId);
        LinkId back = LinkId.wrap(2 * agreementId + 1);
        if (!a.accepted) revert AgreementUnknown(agreementId);
        uint8 bit = _bitOf(there, registry);
        _requireSpeaker(registry);
        if (a.endsAt != 0 && block.timestamp >= a.endsAt) revert AgreementEnded(agreementId, a.endsAt);
        if (a.endedBy & bit != 0) revert AlreadyEnding(agreementId, a.endsAt);
        a.endedBy |= bit;
        a.endsAt = uint40(block.timestamp);
        if (a.endedBy != 3) {
            (, Terms storage t) = _inForce(there);
            (, Terms storage b) = _inForce(back);
            a.endsAt += t.notice > b.notice ? t.notice : b.notice;
        }
        emit AgreementEnding(agreementId, registry, a.endsAt, msg.sender);
    }

    /// @inheritdoc ILinkAgreements
    function acceptEdition(uint32 agreementId, address registry, bytes32 edition) external {
        Agreement storage a = _agreements[agreementId];
        if (!a.accepted) revert AgreementUnknown(agreementId);
        address counterparty = _bitOf(LinkId.wrap(2 * agreementId), registry) == 1 ? a.second : a.first;
        _requireSpeaker(registry);
        _editions[agreementId][counterparty][edition] = true;
        emit EditionAccepted(agreementId, counterparty, edition, msg.sender);
    }

    // ---- terms ----------------------------------------------------------------------------

    /// @inheritdoc ILinkAgreements
    function proposeTerms(LinkId linkId, address registry, Terms calldata terms) external {
        _settleTerms(linkId);
        _requireLive(linkId);
        _bitOf(linkId, registry);
        _requireSpeaker(registry);
        _propose(linkId, terms, registry);
    }

    /// @inheritdoc ILinkAgreements
    function withdrawTerms(LinkId linkId, address registry) external {
        _requireSpeaker(registry);
        LinkRecord storage r = _links[linkId];
        if (r.proposed == 0 || r.proposer != registry) revert TermsNotProposed(linkId, 0);
        r.proposed = 0;
        emit TermsWithdrawn(linkId, registry, msg.sender);
    }

    /// @inheritdoc ILinkAgreements
    function acceptTerms(LinkId linkId, address registry, uint32 version, Terms calldata terms) external {
        uint32 notice = _settleTerms(linkId).notice;
        Link memory link = _requireLive(linkId);
        _bitOf(linkId, registry);
        _requireSpeaker(registry);
        LinkRecord storage r = _links[linkId];
        if (r.proposer == registry || version != link.version + 1) revert TermsNotProposed(linkId, version);
        uint32 draft = _takeProposed(linkId, version, terms);
        r.accepted = draft;
        r.effectiveAt = uint40(block.timestamp) + notice;
        r.decidedBy = msg.sender;
        emit TermsAccepted(linkId, terms, r.effectiveAt, msg.sender);
        _settleTerms(linkId);
    }

    /// @inheritdoc ILinkAgreements
    function lowerQuota(LinkId linkId, uint40 quota) external {
        Terms storage terms = _settleTerms(linkId);
        address destination = _linkOf(linkId).destination;
        _requireSpeaker(destination);
        uint40 from = _quotaOf(destination, terms);
        if (quota >= from) revert QuotaNotLowered(linkId, from, quota);
        LinkRecord storage r = _links[linkId];
        _lower(terms, quota);
        terms.freshMeter = false; // it was fresh once
        _bringIntoForce(linkId, r.inForce, block.timestamp, msg.sender);
        if (r.accepted == 0) return;
        Terms storage waiting = _drafts[linkId][r.accepted];
        if (_quotaOf(destination, waiting) <= quota) return;
        _lower(waiting, quota);
        emit WaitingQuotaLowered(linkId, quota, msg.sender);
    }

    /// @inheritdoc ILinkAgreements
    function suspend(LinkId linkId, address registry) external {
        uint8 bit = _bitOf(linkId, registry);
        _requireSpeaker(registry);
        _linkOf(linkId);
        _links[linkId].suspendedBy |= bit;
        emit LinkSuspended(linkId, registry, msg.sender);
    }

    /// @inheritdoc ILinkAgreements
    function resume(LinkId linkId, address registry) external {
        uint8 bit = _bitOf(linkId, registry);
        _requireSpeaker(registry);
        _links[linkId].suspendedBy &= ~bit;
        emit LinkResumed(linkId, registry, msg.sender);
    }

    // ---- freezes across the link ----------------------------------------------------------

    /// @inheritdoc ILinkAgreements
    function freezeAbroad(
        LotId lotId,
        address holder,
        BlockRef[] calldata refs,
        bytes32 reason
    ) external nonReentrant returns (uint256 lienId) {
        ILinkTransfers.Lot memory lot = _lots.lots[lotId];
        if (lot.foreignCount == 0) revert OutsideLot(lotId, 0, 0); // there is no such lot
        (Link memory link, Terms storage terms) = _inForce(lot.linkId);
        _requireSpeaker(link.source);
        if (!terms.freezesAbroad) revert FreezeStaysHome(lot.linkId);
        for (uint256 i; i < refs.length; ++i) {
            uint256 end = uint256(refs[i].first) + refs[i].count;
            bool inside = refs[i].first >= lot.foreignFirst && end <= uint256(lot.foreignFirst) + lot.foreignCount;
            if (!inside) revert OutsideLot(lotId, refs[i].first, refs[i].count);
        }
        address desk = _lienDeskOf(link.destination);
        lienId = ILienDesk(desk).freezeForPartner(holder, lot.foreignClass, refs, link.source, reason);
        emit FrozenAbroad(lotId, desk, lienId, reason);
    }

    /// @inheritdoc ILinkAgreements
    function liftAbroad(LinkId linkId, uint256 lienId) external nonReentrant {
        Link memory link = _linkOf(linkId);
        _requireSpeaker(link.source);
        address desk = _lienDeskOf(link.destination);
        ILienDesk(desk).unfreezeForPartner(lienId, link.source);
        emit LiftedAbroad(linkId, desk, lienId);
    }

    // ---- the gateway's own code -----------------------------------------------------------

    /// @inheritdoc ILinkAgreements
    function proposeSuccession(address registry, address edition) external returns (uint32 number) {
        _requireSpeaker(registry);
        _requireMember(registry);
        bytes32 codeHash = edition.codehash;
        number = ++_successionCount;
        uint40 readyAt = uint40(block.timestamp) + SUCCESSION_NOTICE;
        _successions[number] = Succession(edition, codeHash, readyAt, 0, false, false);
        emit SuccessionProposed(number, edition, codeHash, readyAt, registry, msg.sender);
        _acceptSuccession(number, registry);
    }

    /// @inheritdoc ILinkAgreements
    function acceptSuccession(uint32 number, address registry, bytes32 codeHash) external {
        _requireSpeaker(registry);
        Member memory m = _requireMember(registry);
        Succession memory s = _successions[number];
        bool latest = number != 0 && number == _successionCount && !s.stopped;
        if (!latest && number != _currentSuccession) revert SuccessionNotOpen(number);
        // Each member counts once: whoever accepted a later one has accepted this one.
        if (codeHash != s.codeHash || m.succession >= number) revert SuccessionInvalid(number, codeHash);
        _acceptSuccession(number, registry);
    }

    /// @inheritdoc ILinkAgreements
    function stopSuccession(uint32 number, address registry) external {
        _requireSpeaker(registry);
        _requireMember(registry);
        _requireSuccession(number);
        _successions[number].stopped = true;
        emit SuccessionStopped(number, registry, msg.sender);
    }

    /// @inheritdoc ILinkAgreements
    function succeedGateway(uint32 number) external {
        Succession memory s = _requireSuccession(number);
        if (s.accepted != _memberCount && block.timestamp < s.readyAt) revert SuccessionNotReady(number, s.readyAt);
        if (s.edition.codehash != s.codeHash) revert SuccessionInvalid(number, s.edition.codehash);
        _successions[number].done = true;
        _currentSuccession = number;
        emit GatewaySucceeded(number, s.edition);
        ISuccession(address(this)).succeed(s.edition, "");
    }

    // ---- what amendments share ------------------------------------------------------------

    function _propose(LinkId linkId, Terms calldata terms, address registry) private {
        _requireSound(terms);
        LinkRecord storage r = _links[linkId];
        uint32 draft = ++r.drafts;
        _drafts[linkId][draft] = terms;
        r.proposed = draft;
        r.proposer = registry;
        r.deadline = uint40(block.timestamp) + PROPOSAL_LIFETIME;
        r.proposedHash = keccak256(abi.encode(terms));
        emit TermsProposed(linkId, r.version + 1, terms, registry, r.deadline, msg.sender);
    }

    function _acceptFirst(LinkId linkId, Terms calldata terms) private {
        _bringIntoForce(linkId, _takeProposed(linkId, 1, terms), block.timestamp, msg.sender);
    }

    function _takeProposed(LinkId linkId, uint32 version, Terms calldata terms) private returns (uint32 draft) {
        LinkRecord storage r = _links[linkId];
        draft = r.proposed;
        bool open = draft != 0 && block.timestamp <= r.deadline;
        if (!open || r.proposedHash != keccak256(abi.encode(terms))) revert TermsNotProposed(linkId, version);
        r.proposed = 0;
    }

    function _lower(Terms storage terms, uint40 quota) private {
        terms.quota = quota;
        terms.quotaShare = 0;
    }

    /// @dev The number of the pair's agreement: a new one, or that of `first`'s proposal not yet accepted.
    function _numberOf(address first, address second) private returns (uint32 agreementId) {
        agreementId = _agreementOf[first][second];
        Agreement storage a = _agreements[agreementId];
        if (agreementId != 0) {
            bool ended = a.endsAt != 0 && block.timestamp >= a.endsAt;
            if (a.accepted && !ended) revert AgreementExists(first, second);
            if (!a.accepted) {
                if (a.first == first) return agreementId;
                LinkRecord storage r = _links[LinkId.wrap(2 * agreementId)];
                if (r.proposed != 0 && block.timestamp <= r.deadline) revert AgreementExists(first, second);
            }
        }
        agreementId = ++_agreementCount;
        _agreementOf[first][second] = agreementId;
        _agreementOf[second][first] = agreementId;
        _agreements[agreementId].first = first;
        _agreements[agreementId].second = second;
    }

    function _requireConsent(Consent calldata c) private view {
        bool named = c.code != 0 && _members[c.counterparty].code == c.code;
        if (!named || _editionOf(c.counterparty) != c.edition) {
            revert ConsentInvalid(c.counterparty, c.code, c.edition);
        }
    }

    /// @dev A direction is absent, with nothing said about it, or sound.
    function _requireSound(Terms calldata t) private pure {
        if (t.rateNumerator == 0) {
            Terms memory absent;
            if (keccak256(abi.encode(t)) != keccak256(abi.encode(absent))) {
                revert TermsInvalid("terms without a rate say nothing else");
            }
            return;
        }
        if (t.rateDenominator == 0) revert TermsInvalid("the rate's denominator must not be zero");
        if (t.validFrom > t.validUntil) revert TermsInvalid("the first day must not be after the last");
        if (t.notice > MAX_NOTICE) revert TermsInvalid("the notice is at most two years");
        if (t.vintageFrom > t.vintageTo) revert TermsInvalid("the first vintage must not be after the last");
        if (t.quotaShare > 10_000) revert TermsInvalid("a share of the cap is at most 10,000 basis points");
        if (t.unitTypes == 0) revert TermsInvalid("at least one unit type must be eligible");
        if (!Attributes.areSound(t.conditions)) revert TermsInvalid("at most 8 conditions, each with its values");
        _requirePeriods(t);
    }

    function _requirePeriods(Terms calldata t) private pure {
        uint256 n = t.periods.length;
        if (n == 0 || n > MAX_PERIODS) revert TermsInvalid("1 to 40 quota periods");
        uint256 start = t.validFrom;
        for (uint256 i; i < n; ++i) {
            if (t.periods[i] < start) revert TermsInvalid("quota periods end one after the other");
            start = uint256(t.periods[i]) + 1;
        }
        if (t.periods[n - 1] != t.validUntil) revert TermsInvalid("the last quota period ends on the last day");
    }

    // ---- who is concerned -----------------------------------------------------------------

    function _requireMember(address registry) private view returns (Member memory m) {
        m = _members[registry];
        if (m.code == 0) revert NotAMember(registry);
    }

    /// @dev A link of an agreement that has not ended.
    function _requireLive(LinkId linkId) private view returns (Link memory link) {
        link = _linkOf(linkId);
        if (link.endsAt != 0 && block.timestamp >= link.endsAt) {
            revert AgreementEnded(LinkId.unwrap(linkId) / 2, link.endsAt);
        }
    }

    function _bitOf(LinkId linkId, address registry) private view returns (uint8) {
        Link memory link = _linkAt(linkId);
        if (link.source == address(0)) revert LinkUnknown(linkId);
        if (registry == link.source) return 1;
        if (registry == link.destination) return 2;
        revert NotASide(linkId, registry);
    }

    /// @dev A registry may name any address, and the gateway has powers at the desks of all its members: so
    /// the desk must say that it is that registry's.
    function _lienDeskOf(address registry) private view returns (address desk) {
        desk = IUnitLedger(registry).deskOf(TransactionTypes.ENCUMBRANCE);
        if (IDesk(desk).registry() != registry) revert NotItsDesk(registry, desk);
    }

    function _requireSuccession(uint32 number) private view returns (Succession memory s) {
        s = _successions[number];
        if (number == 0 || number != _successionCount || s.stopped || s.done) revert SuccessionNotOpen(number);
    }

    function _acceptSuccession(uint32 number, address registry) private {
        _members[registry].succession = number;
        ++_successions[number].accepted;
        emit SuccessionAccepted(number, registry, msg.sender);
    }
}
