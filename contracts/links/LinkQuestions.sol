// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILinkAgreements} from "../interfaces/ILinkAgreements.sol";
import {ILinkQuestions} from "../interfaces/ILinkQuestions.sol";
import {ILinkTransfers} from "../interfaces/ILinkTransfers.sol";
import {IUnitRegistry} from "../interfaces/IUnitRegistry.sol";
import {ClassId, LinkId, LotId, Restriction, SerialRange, UnitType} from "../interfaces/LedgerTypes.sol";
import {LinkLots} from "../libraries/LinkLots.sol";
import {LinkMath} from "../libraries/LinkMath.sol";
import {Restrictions} from "../libraries/Restrictions.sol";
import {LinkPassages} from "./LinkPassages.sol";

/// @title The part of a gateway that answers questions
/// @dev See ILinkQuestions. It runs on the storage of the gateway, called by `LinkAgreements`; it changes
/// nothing.
contract LinkQuestions is LinkPassages, ILinkQuestions {
    using LinkLots for LinkLots.Book;

    /// @inheritdoc ILinkQuestions
    function quote(
        LinkId linkId,
        ClassId classId,
        uint40 quantity,
        address account,
        address recipient
    ) external view returns (Quote memory q) {
        (ILinkAgreements.Link memory link, ILinkAgreements.Terms storage terms) = _inForce(linkId);
        q.version = link.version;
        if (link.version == 0 || terms.rateNumerator == 0) {
            q.restriction = Restriction.LINK_UNKNOWN;
        } else {
            q.destinationUnits = LinkMath.convertDown(quantity, terms.rateNumerator, terms.rateDenominator);
            q.sourceUnits = LinkMath.leastSource(q.destinationUnits, terms.rateNumerator, terms.rateDenominator);
            (ILinkAgreements.Meter memory meter, uint40 quota) = meterOf(linkId);
            q.quota = quota;
            q.quotaUsed = meter.used;
            q.periodStart = meter.periodStart;
            q.periodEnd = meter.periodEnd;
            q.restriction = _restriction(linkId, link, terms, classId, q, account, recipient);
        }
        q.reason = Restrictions.reasonOf(q.restriction);
    }

    /// @inheritdoc ILinkQuestions
    function lotOf(LotId lotId) external view returns (ILinkTransfers.Lot memory, SerialRange[] memory) {
        return (_lots.lots[lotId], _lots.sources[lotId]);
    }

    /// @inheritdoc ILinkQuestions
    function lotAt(address registry, ClassId classId, uint40 serial) external view returns (LotId) {
        return _lots.find(registry, classId, serial);
    }

    /// @inheritdoc ILinkQuestions
    function waitingOf(LotId lotId) external view returns (ILinkTransfers.Waiting[] memory) {
        return _waiting[lotId];
    }

    /// @inheritdoc ILinkQuestions
    function lotCount() external view returns (uint64) {
        return _lots.count;
    }

    /// @inheritdoc ILinkQuestions
    function foreignClassOf(
        address destination,
        address source,
        ClassId classId
    ) external view returns (ClassId, uint256) {
        Foreign memory f = _foreign[destination][source][classId];
        return (f.classId, f.series);
    }

    /// @inheritdoc ILinkQuestions
    function linkOf(LinkId linkId) external view returns (ILinkAgreements.Link memory link) {
        (link, ) = _inForce(linkId);
    }

    /// @inheritdoc ILinkQuestions
    function termsOf(LinkId linkId) external view returns (ILinkAgreements.Terms memory terms) {
        (, terms) = _inForce(linkId);
    }

    /// @inheritdoc ILinkQuestions
    function proposedTermsOf(LinkId linkId) external view returns (ILinkAgreements.Terms memory, address, uint40) {
        LinkRecord storage r = _links[linkId];
        bool open = r.proposed != 0;
        return (_drafts[linkId][r.proposed], open ? r.proposer : address(0), open ? r.deadline : 0);
    }

    /// @inheritdoc ILinkQuestions
    function scheduledTermsOf(LinkId linkId) external view returns (ILinkAgreements.Terms memory, uint40) {
        LinkRecord storage r = _links[linkId];
        return (_drafts[linkId][r.accepted], r.accepted == 0 ? 0 : r.effectiveAt);
    }

    /// @inheritdoc ILinkQuestions
    function meterOf(
        LinkId linkId
    ) public view returns (ILinkAgreements.Meter memory meter, uint40 quota) {
        (ILinkAgreements.Link memory link, ILinkAgreements.Terms storage terms) = _inForce(linkId);
        LinkRecord storage r = _links[linkId];
        meter = _meters[linkId];
        if (_isDue(r)) meter = _carried(linkId, _drafts[linkId][r.inForce], terms, r.effectiveAt);
        meter = _meterAt(meter, terms, block.timestamp);
        if (link.version != 0) quota = _quotaOf(link.destination, terms);
    }

    /// @inheritdoc ILinkQuestions
    function memberOf(address registry) external view returns (ILinkAgreements.Member memory) {
        return _members[registry];
    }

    /// @inheritdoc ILinkQuestions
    function registryOf(bytes32 code) external view returns (address) {
        return _registries[code];
    }

    /// @inheritdoc ILinkQuestions
    function memberCount() external view returns (uint32) {
        return _memberCount;
    }

    /// @inheritdoc ILinkQuestions
    function editionOf(address registry) external view returns (bytes32) {
        return _editionOf(registry);
    }

    /// @inheritdoc ILinkQuestions
    function isEditionAccepted(uint32 agreementId, address registry, bytes32 edition) external view returns (bool) {
        return _editions[agreementId][registry][edition];
    }

    /// @inheritdoc ILinkQuestions
    function agreementCount() external view returns (uint32) {
        return _agreementCount;
    }

    /// @inheritdoc ILinkQuestions
    function claimOf(bytes32 report) external view returns (address) {
        return _claims[report];
    }

    /// @inheritdoc ILinkQuestions
    function successionOf(uint32 number) external view returns (ILinkAgreements.Succession memory) {
        return _successions[number];
    }

    /// @inheritdoc ILinkQuestions
    function successionCount() external view returns (uint32) {
        return _successionCount;
    }

    /// @inheritdoc ILinkQuestions
    function currentSuccession() external view returns (uint32) {
        return _currentSuccession;
    }

    // ---- why units would not cross --------------------------------------------------------

    /// @dev The same questions as a transfer asks, in the same order.
    function _restriction(
        LinkId linkId,
        ILinkAgreements.Link memory link,
        ILinkAgreements.Terms storage terms,
        ClassId classId,
        Quote memory q,
        address account,
        address recipient
    ) private view returns (Restriction) {
        if (link.endsAt != 0 && block.timestamp >= link.endsAt) return Restriction.AGREEMENT_ENDED;
        if (link.suspendedBy != 0) return Restriction.LINK_SUSPENDED;
        if (block.timestamp < terms.validFrom) return Restriction.LINK_NOT_STARTED;
        if (block.timestamp > terms.validUntil) return Restriction.LINK_EXPIRED;
        (address strange, ) = _strangeEdition(linkId, link);
        if (strange != address(0)) return Restriction.EDITION_NOT_ACCEPTED;
        if (q.destinationUnits == 0) return Restriction.NOTHING_CONVERTED;
        if (q.quotaUsed + q.destinationUnits > q.quota) return Restriction.QUOTA_EXCEEDED;
        if (IUnitRegistry(link.source).totalsOf(classId).unitType == UnitType.NONE) return Restriction.UNKNOWN_CLASS;
        Passage memory p = _passageOf(link, classId, q.destinationUnits);
        if (!_isEligible(terms, p)) return Restriction.CLASS_NOT_ELIGIBLE;
        if (!p.fits) return Restriction.NO_NAME_ABROAD;
        if (account == address(0)) return Restriction.NONE;
        return _partyRestriction(link, classId, q, p.foreignClass, account, recipient);
    }

    function _partyRestriction(
        ILinkAgreements.Link memory link,
        ClassId classId,
        Quote memory q,
        ClassId foreignClass,
        address account,
        address recipient
    ) private view returns (Restriction r) {
        IUnitRegistry source = IUnitRegistry(link.source);
        try source.checkHolder(account, account) {} catch {
            return Restriction.DESK_REQUIRED;
        }
        try source.checkReceiver(account, recipient, account) {} catch {
            return Restriction.RECEIVER_NOT_TRUSTED;
        }
        r = source.sendingRestriction(account, classId, q.sourceUnits);
        if (r != Restriction.NONE) return r;
        if (_blocksOf(source, classId, account, q.sourceUnits) > LinkLots.MAX_SOURCES) {
            return Restriction.TOO_MANY_BLOCKS;
        }
        return IUnitRegistry(link.destination).receivingRestriction(recipient, foreignClass, q.destinationUnits);
    }

    /// @dev How many blocks a movement by quantity would take, or one more than a lot has.
    function _blocksOf(
        IUnitRegistry source,
        ClassId classId,
        address account,
        uint256 quantity
    ) private view returns (uint256 n) {
        SerialRange[] memory blocks = source.blocksOf(classId, account, 0, LinkLots.MAX_SOURCES);
        for (; quantity != 0 && n < blocks.length; ++n) quantity -= quantity < blocks[n].count ? quantity : blocks[n].count;
        if (quantity != 0) ++n;
    }
}
