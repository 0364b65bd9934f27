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

    /// @dev Terms that wait for their notice to pass.
    struct Scheduled {
        Terms terms;
        uint40 effectiveAt; // zero: none
    }

    uint256 private constant MOST_LISTED = 8;

    uint32 public agreementCount;

    mapping(uint32 linkId => Link) internal _links;
    mapping(uint32 linkId => Terms) internal _terms;
    mapping(uint32 linkId => Proposal) private _proposals;
    mapping(uint32 linkId => Scheduled) private _scheduled;
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
        _settleTerms(linkId);
        Link memory link = _linkOf(linkId);
        _requireSound(terms);
        _propose(linkId, terms, _sideOf(link));
    }

    /// @inheritdoc ILinkGateway
    function acceptTerms(uint32 linkId, uint32 version, Terms calldata terms) external {
        _settleTerms(linkId);
        Link memory link = _linkOf(linkId);
        address proposer = _proposals[linkId].registry;
        if (proposer == address(0) || version != link.version + 1) revert TermsNotProposed(linkId, version);
        _requireAdministrator(proposer == link.source ? link.destination : link.source);
        _requireProposed(linkId, version, terms);
        delete _proposals[linkId];
        uint32 notice = _terms[linkId].notice;
        uint40 effectiveAt = uint40(block.timestamp) + notice;
        _scheduled[linkId] = Scheduled(terms, effectiveAt);
        emit TermsAccepted(linkId, terms, effectiveAt, msg.sender);
        _settleTerms(linkId);
    }

    /// @inheritdoc ILinkGateway
    function lowerQuota(uint32 linkId, uint40 quota) external {
        _settleTerms(linkId);
        _requireAdministrator(_linkOf(linkId).destination);
        Terms memory terms = _terms[linkId];
        uint40 from = _quotaOf(_links[linkId], terms);
        if (quota >= from) revert QuotaNotLowered(linkId, from, quota);
        terms.quota = quota;
        terms.quotaShare = 0;
        Scheduled storage next = _scheduled[linkId];
        if (next.effectiveAt != 0 && _quotaOf(_links[linkId], next.terms) > quota) {
            next.terms.quota = quota;
            next.terms.quotaShare = 0;
        }
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
    function linkOf(uint32 linkId) external view returns (Link memory link) {
        (link, ) = _inForce(linkId);
    }

    /// @inheritdoc ILinkGateway
    function termsOf(uint32 linkId) external view returns (Terms memory terms) {
        (, terms) = _inForce(linkId);
    }

    /// @inheritdoc ILinkGateway
    function scheduledTermsOf(uint32 linkId) external view returns (Terms memory, uint40) {
        Scheduled memory next = _scheduled[linkId];
        return (next.terms, next.effectiveAt);
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
        if (used + received > _quotaOf(link, terms)) {
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
                spec.vintage <= terms.vintageTo &&
                _isListed(terms.categories, spec.category) &&
                _isListed(terms.regions, spec.region);
        } catch {
            return false;
        }
    }

    /// @dev Invariant 8: for each link and period, quota used <= quota (R-LK-01).
    function _useQuota(uint32 linkId, Link memory link, Terms memory terms, uint256 received) internal {
        uint40 periodStart = _periodStart(terms, block.timestamp);
        uint256 used = _quotaUsed[linkId][periodStart];
        uint40 quota = _quotaOf(link, terms);
        if (used + received > quota) revert QuotaExceeded(linkId, received, used < quota ? quota - used : 0);
        used += received;
        _quotaUsed[linkId][periodStart] = uint40(used);
        emit QuotaUsed(linkId, periodStart, uint40(used), quota);
    }

    /// @dev Under net terms, units that came home give back the quota of the present period.
    function _giveQuotaBack(uint32 linkId, uint256 returned) internal {
        (Link memory link, Terms memory terms) = _inForce(linkId);
        if (!terms.net) return;
        uint40 periodStart = _periodStart(terms, block.timestamp);
        uint256 used = _quotaUsed[linkId][periodStart];
        used = returned < used ? used - returned : 0;
        _quotaUsed[linkId][periodStart] = uint40(used);
        emit QuotaUsed(linkId, periodStart, uint40(used), _quotaOf(link, terms));
    }

    function _quotaOf(Link memory link, Terms memory terms) internal view returns (uint40) {
        if (terms.quotaShare == 0) return terms.quota;
        uint256 cap = IUnitRegistry(link.destination).totalsOf(terms.quotaClass).cap;
        return uint40((cap * terms.quotaShare) / 10_000);
    }

    /// @dev The link and its terms as they stand now: accepted terms whose notice has passed count,
    /// whether or not a step has followed them yet.
    function _inForce(uint32 linkId) internal view returns (Link memory link, Terms memory terms) {
        link = _links[linkId];
        Scheduled storage next = _scheduled[linkId];
        if (next.effectiveAt == 0 || block.timestamp < next.effectiveAt) return (link, _terms[linkId]);
        ++link.version;
        return (link, next.terms);
    }

    /// @dev Writes down what `_inForce` says.
    function _settleTerms(uint32 linkId) internal {
        Scheduled memory next = _scheduled[linkId];
        if (next.effectiveAt == 0 || block.timestamp < next.effectiveAt) return;
        delete _scheduled[linkId];
        _bringIntoForce(linkId, next.terms);
    }

    function _isListed(bytes32[] memory listed, bytes32 one) private pure returns (bool) {
        if (listed.length == 0) return true;
        for (uint256 i; i < listed.length; ++i) if (listed[i] == one) return true;
        return false;
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
        _requireProposed(linkId, version, terms);
        _bringIntoForce(linkId, terms);
    }

    function _requireProposed(uint32 linkId, uint32 version, Terms calldata terms) private view {
        Proposal memory proposal = _proposals[linkId];
        bool same = keccak256(abi.encode(proposal.terms)) == keccak256(abi.encode(terms));
        if (proposal.registry == address(0) || !same) revert TermsNotProposed(linkId, version);
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
        if (t.quotaShare > 10_000) revert TermsInvalid("a share of the cap is at most 10,000 basis points");
        if (t.categories.length > MOST_LISTED || t.regions.length > MOST_LISTED) {
            revert TermsInvalid("at most 8 categories and 8 regions");
        }
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
