// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ILinkGateway} from "./interfaces/ILinkGateway.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {ClassSpec, Restriction, UnitType} from "./interfaces/LedgerTypes.sol";

/// @dev See ILinkGateway: agreements, terms, quotas, and who may change them.
abstract contract LinkTerms is ILinkGateway {
    struct Proposal {
        Terms terms;
        address registry; // the side that proposed
    }

    uint32 public agreementCount;

    mapping(uint32 linkId => Link) internal _links;
    mapping(uint32 linkId => Terms) internal _terms;
    mapping(uint32 linkId => Proposal) private _proposals;
    mapping(uint32 linkId => mapping(uint40 periodStart => uint40)) private _quotaUsed;
    mapping(address registry => mapping(address registry_ => uint32)) private _agreements;

    // ---- agreements and terms -------------------------------------------------------------

    /// @inheritdoc ILinkGateway
    function proposeAgreement(
        address first,
        address second,
        Terms calldata firstToSecond,
        Terms calldata secondToFirst
    ) external returns (uint32 agreementId) {
        _requireAdministrator(first);
        if (first == second) revert AgreementExists(first, second);
        if (firstToSecond.rateNumerator == 0 && secondToFirst.rateNumerator == 0) {
            revert TermsInvalid("at least one direction needs a rate");
        }
        _requireSound(firstToSecond);
        _requireSound(secondToFirst);
        agreementId = _numberOf(first, second);
        emit AgreementProposed(agreementId, first, second, msg.sender);
        _propose(2 * agreementId, firstToSecond, first);
        _propose(2 * agreementId + 1, secondToFirst, first);
    }

    /// @inheritdoc ILinkGateway
    function acceptAgreement(
        uint32 agreementId,
        Terms calldata firstToSecond,
        Terms calldata secondToFirst
    ) external {
        Link storage link = _links[2 * agreementId];
        if (link.source == address(0)) revert AgreementUnknown(agreementId);
        if (link.version != 0) revert AgreementAlreadyAccepted(agreementId);
        _requireAdministrator(link.destination);
        emit AgreementAccepted(agreementId, msg.sender);
        _accept(2 * agreementId, 1, firstToSecond);
        _accept(2 * agreementId + 1, 1, secondToFirst);
    }

    /// @inheritdoc ILinkGateway
    function proposeTerms(uint32 linkId, Terms calldata terms) external {
        Link memory link = _linkOf(linkId);
        _requireSound(terms);
        _propose(linkId, terms, _sideOf(link));
    }

    /// @inheritdoc ILinkGateway
    function acceptTerms(uint32 linkId, uint32 version, Terms calldata terms) external {
        Link memory link = _linkOf(linkId);
        address proposer = _proposals[linkId].registry;
        if (proposer == address(0) || version != link.version + 1) revert TermsNotProposed(linkId, version);
        _requireAdministrator(proposer == link.source ? link.destination : link.source);
        _accept(linkId, version, terms);
    }

    /// @inheritdoc ILinkGateway
    function lowerQuota(uint32 linkId, uint40 quota) external {
        _requireAdministrator(_linkOf(linkId).destination);
        Terms memory terms = _terms[linkId];
        if (quota >= terms.quota) revert QuotaNotLowered(linkId, terms.quota, quota);
        terms.quota = quota;
        _bringIntoForce(linkId, terms);
    }

    /// @inheritdoc ILinkGateway
    function suspend(uint32 linkId) external {
        Link memory link = _linkOf(linkId);
        address side = _sideOf(link);
        _links[linkId].suspendedBy = link.suspendedBy | _bitOf(link, side);
        emit LinkSuspended(linkId, side, msg.sender);
    }

    /// @inheritdoc ILinkGateway
    function resume(uint32 linkId) external {
        Link memory link = _linkOf(linkId);
        address side = _sideOf(link);
        _links[linkId].suspendedBy = link.suspendedBy & ~_bitOf(link, side);
        emit LinkResumed(linkId, side, msg.sender);
    }

    // ---- questions ------------------------------------------------------------------------

    /// @inheritdoc ILinkGateway
    function linkOf(uint32 linkId) external view returns (Link memory) {
        return _links[linkId];
    }

    /// @inheritdoc ILinkGateway
    function termsOf(uint32 linkId) external view returns (Terms memory) {
        return _terms[linkId];
    }

    /// @inheritdoc ILinkGateway
    function quotaUsed(uint32 linkId, uint40 periodStart) public view returns (uint40) {
        return _quotaUsed[linkId][periodStart];
    }

    // ---- what transfers ask ---------------------------------------------------------------

    function _linkOf(uint32 linkId) internal view returns (Link memory link) {
        link = _links[linkId];
        if (link.version == 0) revert LinkUnknown(linkId);
    }

    function _requireOpen(uint32 linkId, Link memory link, Terms memory terms) internal view {
        if (terms.rateNumerator == 0) revert LinkUnknown(linkId);
        if (link.suspendedBy != 0) revert LinkIsSuspended(linkId);
        if (block.timestamp < terms.validFrom) revert LinkNotStarted(linkId, terms.validFrom);
        if (block.timestamp > terms.validUntil) revert LinkExpired(linkId, terms.validUntil);
    }

    /// @dev The same questions as `_requireOpen` and `_useQuota`, answered in words.
    function _restriction(
        Link memory link,
        Terms memory terms,
        uint256 classId,
        uint256 received,
        uint256 used
    ) internal view returns (Restriction, string memory) {
        if (link.suspendedBy != 0) return (Restriction.LINK_SUSPENDED, "the link is suspended");
        if (block.timestamp < terms.validFrom) return (Restriction.LINK_NOT_STARTED, "the link has not started");
        if (block.timestamp > terms.validUntil) return (Restriction.LINK_EXPIRED, "the link has expired");
        if (!_isEligible(link, terms, classId)) {
            return (Restriction.CLASS_NOT_ELIGIBLE, "the destination does not accept this unit class");
        }
        if (received == 0) return (Restriction.NOTHING_CONVERTED, "the quantity converts to no whole unit");
        if (used + received > terms.quota) {
            return (Restriction.QUOTA_EXCEEDED, "the import quota of this period is too small");
        }
        return (Restriction.NONE, "");
    }

    /// @dev A foreign unit is never passed on: it can only be used, or go home.
    function _isEligible(Link memory link, Terms memory terms, uint256 classId) internal view returns (bool) {
        try IUnitRegistry(link.source).classOf(classId) returns (ClassSpec memory spec) {
            return
                spec.unitType != UnitType.FOREIGN &&
                terms.unitTypes & (1 << uint8(spec.unitType)) != 0 &&
                spec.vintage >= terms.vintageFrom &&
                spec.vintage <= terms.vintageTo;
        } catch {
            return false;
        }
    }

    /// @dev Invariant 8: for each link and period, quota used <= quota (R-LK-01).
    function _useQuota(uint32 linkId, Terms memory terms, uint256 received) internal {
        uint40 periodStart = _periodStart(terms, block.timestamp);
        uint256 used = _quotaUsed[linkId][periodStart];
        if (used + received > terms.quota) {
            revert QuotaExceeded(linkId, received, used < terms.quota ? terms.quota - used : 0);
        }
        used += received;
        _quotaUsed[linkId][periodStart] = uint40(used);
        emit QuotaUsed(linkId, periodStart, uint40(used), terms.quota);
    }

    function _periodStart(Terms memory terms, uint256 time) internal pure returns (uint40) {
        if (time < terms.periodStart) return terms.periodStart;
        return uint40(time - ((time - terms.periodStart) % terms.periodLength));
    }

    // ---- what amendments share ------------------------------------------------------------

    function _propose(uint32 linkId, Terms memory terms, address registry) private {
        _proposals[linkId] = Proposal(terms, registry);
        emit TermsProposed(linkId, _links[linkId].version + 1, terms, msg.sender);
    }

    function _accept(uint32 linkId, uint32 version, Terms calldata terms) private {
        Proposal memory proposal = _proposals[linkId];
        bool same = keccak256(abi.encode(proposal.terms)) == keccak256(abi.encode(terms));
        if (proposal.registry == address(0) || !same) revert TermsNotProposed(linkId, version);
        _bringIntoForce(linkId, terms);
    }

    /// @dev The number of the pair's agreement: a new one, or that of `first`'s proposal not yet accepted.
    function _numberOf(address first, address second) private returns (uint32 agreementId) {
        agreementId = _agreements[first][second];
        if (agreementId != 0) {
            Link memory link = _links[2 * agreementId];
            if (link.version != 0 || link.source != first) revert AgreementExists(first, second);
            return agreementId;
        }
        agreementId = ++agreementCount;
        _agreements[first][second] = agreementId;
        _agreements[second][first] = agreementId;
        _links[2 * agreementId] = Link(first, second, 0, 0);
        _links[2 * agreementId + 1] = Link(second, first, 0, 0);
    }

    function _bringIntoForce(uint32 linkId, Terms memory terms) private {
        uint32 version = ++_links[linkId].version;
        _terms[linkId] = terms;
        delete _proposals[linkId]; // it was made against the version before
        emit TermsInForce(linkId, version, terms, msg.sender);
    }

    /// @dev A direction is absent (rate zero) or sound.
    function _requireSound(Terms memory t) private pure {
        if (t.rateNumerator == 0) return;
        if (t.rateDenominator == 0) revert TermsInvalid("the rate's denominator must not be zero");
        if (t.validFrom > t.validUntil) revert TermsInvalid("the first day must not be after the last");
        if (t.periodLength == 0) revert TermsInvalid("the quota period must have a length");
        if (t.periodStart > t.validFrom) revert TermsInvalid("the quota period must start by the first day");
        if (t.vintageFrom > t.vintageTo) revert TermsInvalid("the first vintage must not be after the last");
        if (t.unitTypes == 0) revert TermsInvalid("at least one unit type must be eligible");
    }

    /// @dev Whether the caller may speak for a programme is asked of the programme's own authority.
    function _isAdministrator(address registry) private view returns (bool immediate) {
        address authority = IAccessManaged(registry).authority();
        (immediate, ) = IAccessManager(authority).canCall(msg.sender, address(this), msg.sig);
    }

    function _requireAdministrator(address registry) private view {
        if (!_isAdministrator(registry)) revert NotLinkAdministrator(msg.sender, registry);
    }

    function _sideOf(Link memory link) private view returns (address) {
        if (_isAdministrator(link.source)) return link.source;
        _requireAdministrator(link.destination);
        return link.destination;
    }

    function _bitOf(Link memory link, address side) private pure returns (uint8) {
        return side == link.source ? 1 : 2;
    }
}
