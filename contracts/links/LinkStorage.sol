// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ILinkAgreements} from "../interfaces/ILinkAgreements.sol";
import {ILinkTransfers} from "../interfaces/ILinkTransfers.sol";
import {ISuccession} from "../interfaces/ISuccession.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {ClassId, LinkId, LotId, UnitType} from "../interfaces/LedgerTypes.sol";
import {Guarded} from "../libraries/Guarded.sol";
import {LinkLots} from "../libraries/LinkLots.sol";

/// @title What a gateway remembers, and what both halves of its code ask of it
/// @dev `LinkGateway` and `LinkAgreements` run on the same storage, and so does every later edition of
/// them: variables are never reordered or removed here, and new ones go to the end. A test compares the
/// layout with the one that was committed.
abstract contract LinkStorage {
    struct Agreement {
        address first;
        address second;
        bool accepted;
        uint40 endsAt; // zero: no notice was given
        uint8 endedBy; // bit 0: the first gave notice, bit 1: the second
        bytes32 secondEdition; // that the first consented to
    }

    /// @dev Terms are written down once, as a draft, when they are proposed; which of the drafts are
    /// proposed, accepted and in force is kept by their numbers. Draft 0 is no terms at all.
    struct LinkRecord {
        uint32 version; // of the terms in force; 0 before acceptance
        uint8 suspendedBy; // bit 0: the source's side, bit 1: the destination's
        uint32 drafts; // that there are
        uint32 inForce;
        uint32 accepted; // that waits for its notice to pass; zero: none
        uint40 effectiveAt; // of it
        uint32 proposed; // zero: none
        uint40 deadline; // of it
        address decidedBy; // who accepted what waits
        address proposer; // the side that proposed
        bytes32 proposedHash;
    }

    /// @dev The class at a destination that stands for a source's, its latest series.
    struct Foreign {
        ClassId classId;
        UnitType unitType; // at the source
        uint16 series; // zero: none yet
    }

    /// @dev What a registry gets to answer which code it runs.
    uint256 private constant GAS_OF_A_QUESTION = 60_000;

    uint32 internal _agreementCount;
    uint32 internal _memberCount;
    uint32 internal _successionCount;
    uint32 internal _currentSuccession;
    mapping(address registry => ILinkAgreements.Member) internal _members;
    mapping(bytes32 code => address) internal _registries;
    mapping(uint32 agreementId => Agreement) internal _agreements;
    mapping(address registry => mapping(address registry_ => uint32)) internal _agreementOf;
    mapping(uint32 agreementId => mapping(address registry => mapping(bytes32 edition => bool))) internal _editions;
    mapping(LinkId linkId => LinkRecord) internal _links;
    mapping(LinkId linkId => mapping(uint32 draft => ILinkAgreements.Terms)) internal _drafts;
    mapping(LinkId linkId => ILinkAgreements.Meter) internal _meters;
    mapping(bytes32 report => address) internal _claims;
    mapping(uint32 number => ILinkAgreements.Succession) internal _successions;
    LinkLots.Book internal _lots;
    mapping(LotId lotId => ILinkTransfers.Waiting[]) internal _waiting;
    mapping(address destination => mapping(address source => mapping(ClassId sourceClass => Foreign))) internal _foreign;

    // ---- what both halves ask -------------------------------------------------------------

    /// @dev A link of an accepted agreement.
    function _linkOf(LinkId linkId) internal view returns (ILinkAgreements.Link memory link) {
        link = _linkAt(linkId);
        if (link.version == 0) revert ILinkAgreements.LinkUnknown(linkId);
    }

    function _linkAt(LinkId linkId) internal view returns (ILinkAgreements.Link memory) {
        uint32 id = LinkId.unwrap(linkId);
        Agreement storage a = _agreements[id / 2];
        (address source, address destination) = id % 2 == 0 ? (a.first, a.second) : (a.second, a.first);
        LinkRecord storage r = _links[linkId];
        return ILinkAgreements.Link(source, destination, r.version, r.suspendedBy, a.endsAt);
    }

    /// @dev The terms as they stand now: accepted terms whose notice has passed count,
    /// whether or not a step has followed them yet.
    function _inForce(
        LinkId linkId
    ) internal view returns (ILinkAgreements.Link memory link, ILinkAgreements.Terms storage terms) {
        link = _linkAt(linkId);
        LinkRecord storage r = _links[linkId];
        if (!_isDue(r)) return (link, _drafts[linkId][r.inForce]);
        ++link.version;
        return (link, _drafts[linkId][r.accepted]);
    }

    function _isDue(LinkRecord storage r) internal view returns (bool) {
        return r.accepted != 0 && block.timestamp >= r.effectiveAt;
    }

    /// @dev Writes down what `_inForce` says.
    /// @return terms in force
    function _settleTerms(LinkId linkId) internal returns (ILinkAgreements.Terms storage terms) {
        LinkRecord storage r = _links[linkId];
        if (_isDue(r)) {
            uint32 draft = r.accepted;
            r.accepted = 0;
            _bringIntoForce(linkId, draft, r.effectiveAt, r.decidedBy);
        }
        return _drafts[linkId][r.inForce];
    }

    /// @param since first second in which the link follows them
    function _bringIntoForce(LinkId linkId, uint32 draft, uint256 since, address decidedBy) internal {
        LinkRecord storage r = _links[linkId];
        ILinkAgreements.Terms storage terms = _drafts[linkId][draft];
        bool present = terms.rateNumerator != 0;
        _meters[linkId] = _carried(linkId, _drafts[linkId][r.inForce], terms, since);
        r.inForce = draft;
        r.proposed = 0; // it was made against the version before
        emit ILinkAgreements.TermsInForce(linkId, ++r.version, terms, decidedBy, msg.sender);
        if (present) _emitMeter(linkId, terms, _meters[linkId]);
    }

    /// @dev The meter when other terms begin. What was used counts on, into the period in which they begin,
    /// unless that begins after the old one ended, or the terms say otherwise. Without terms it stands still.
    function _carried(
        LinkId linkId,
        ILinkAgreements.Terms storage old,
        ILinkAgreements.Terms storage terms,
        uint256 since
    ) internal view returns (ILinkAgreements.Meter memory meter) {
        meter = _meterAt(_meters[linkId], old, since);
        if (terms.rateNumerator == 0) return meter;
        uint256 before = meter.periodEnd;
        (meter.periodStart, meter.periodEnd) = _periodAt(terms, since);
        if (terms.freshMeter || meter.periodStart > before) meter.used = 0;
    }

    /// @dev What a meter shows at a later time. A period that is over leaves nothing behind.
    function _meterAt(
        ILinkAgreements.Meter memory meter,
        ILinkAgreements.Terms storage terms,
        uint256 time
    ) internal view returns (ILinkAgreements.Meter memory) {
        if (time <= meter.periodEnd || terms.rateNumerator == 0) return meter;
        (uint40 start, uint40 end) = _periodAt(terms, time);
        return end > meter.periodEnd ? ILinkAgreements.Meter(0, start, end) : meter;
    }

    /// @dev The period that a time lies in; the first one before it, the last one after it.
    function _periodAt(
        ILinkAgreements.Terms storage terms,
        uint256 time
    ) internal view returns (uint40 start, uint40 end) {
        start = terms.validFrom;
        uint256 last = terms.periods.length - 1;
        for (uint256 i; i <= last; ++i) {
            end = terms.periods[i];
            if (time <= end || i == last) return (start, end);
            start = end + 1;
        }
    }

    function _emitMeter(
        LinkId linkId,
        ILinkAgreements.Terms storage terms,
        ILinkAgreements.Meter memory meter
    ) internal {
        uint40 quota = _quotaOf(_linkAt(linkId).destination, terms);
        emit ILinkAgreements.QuotaUsed(linkId, meter.periodStart, meter.periodEnd, meter.used, quota);
    }

    function _quotaOf(address destination, ILinkAgreements.Terms storage terms) internal view returns (uint40) {
        if (terms.quotaShare == 0) return terms.quota;
        uint256 cap = IUnitLedger(destination).totalsOf(terms.quotaClass).cap;
        return uint40((cap * terms.quotaShare) / 10_000);
    }

    /// @dev Of the address's own code and of the edition that it says it runs. Whoever accepts the first
    /// knows whether the answer can be believed: that of `LedgerProxy` can.
    function _editionOf(address registry) internal view returns (bytes32) {
        bytes memory question = abi.encodeCall(ISuccession.implementation, ());
        address edition = address(uint160(uint256(Guarded.ask(registry, question, GAS_OF_A_QUESTION))));
        return keccak256(abi.encode(registry.codehash, edition.codehash));
    }

    /// @dev Whether the caller may speak for a programme is asked of the programme's own authority.
    function _requireSpeaker(address registry) internal view {
        address authority = IAccessManaged(registry).authority();
        (bool immediate, ) = IAccessManager(authority).canCall(msg.sender, address(this), msg.sig);
        if (!immediate) revert ILinkAgreements.NotLinkAdministrator(msg.sender, registry);
    }
}
