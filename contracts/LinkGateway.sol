// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ILinkGateway} from "./interfaces/ILinkGateway.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {BlockRef, Restriction, SerialRange, UnitState} from "./interfaces/LedgerTypes.sol";
import {LinkMath} from "./libraries/LinkMath.sol";
import {LinkLots} from "./libraries/LinkLots.sol";
import {LinkTerms} from "./LinkTerms.sol";

/// @dev See ILinkGateway. What was agreed is in LinkTerms; how a lot is taken apart is in LinkLots;
/// here units cross.
contract LinkGateway is LinkTerms, ReentrancyGuardTransient {
    using LinkLots for LinkLots.Book;

    LinkLots.Book private _lots;

    /// @dev The foreign class at a registry for a class of another; zero before the first import.
    mapping(address destination => mapping(address source => mapping(uint256 sourceClass => uint256))) private _foreign;

    // ---- transfers ------------------------------------------------------------------------

    /// @inheritdoc ILinkGateway
    function transfer(
        Request calldata request,
        BlockRef[] calldata refs
    ) external nonReentrant returns (uint256 lotId) {
        uint32 linkId = request.linkId;
        _settleTerms(linkId);
        Link memory link = _linkOf(linkId);
        _checkSender(link.source, request.account, request.recipient);
        Terms memory terms = _terms[linkId];
        if (request.version != link.version) revert TermsStale(linkId, request.version, link.version);
        _requireOpen(linkId, link, terms);
        if (!_isEligible(link, terms, request.classId)) revert ClassNotEligible(linkId, request.classId);

        uint256 received = LinkMath.convertDown(request.quantity, terms.rateNumerator, terms.rateDenominator);
        if (received == 0) revert NothingConverted(linkId, request.quantity);
        if (received < request.accepted) revert ReceivedLessThanAccepted(received, request.accepted);
        _useQuota(linkId, link, terms, received);

        Lot memory lot;
        lot.linkId = linkId;
        lot.version = link.version;
        lot.rateNumerator = terms.rateNumerator;
        lot.rateDenominator = terms.rateDenominator;
        lot.sourceClass = request.classId;
        lot.foreignCount = uint40(received);
        lot.sourceCount = uint40(LinkMath.leastSource(received, terms.rateNumerator, terms.rateDenominator));
        lotId = _cross(link, lot, refs, request.account, request.recipient);
    }

    /// @inheritdoc ILinkGateway
    function returnUnits(
        address account,
        address registry,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        address recipient,
        uint40 accepted
    ) external nonReentrant returns (uint256 released) {
        _checkSender(registry, account, recipient);
        SerialRange[] memory ranges = IUnitRegistry(registry).exportUnits(account, classId, quantity, refs);
        for (uint256 i; i < ranges.length; ++i) {
            released += _settle(registry, classId, ranges[i], UnitState.HELD, recipient);
        }
        if (released == 0) revert NothingConverted(0, quantity);
        if (released < accepted) revert ReceivedLessThanAccepted(released, accepted);
    }

    /// @inheritdoc ILinkGateway
    function unitsUsed(uint256 classId, SerialRange[] calldata ranges, UnitState state) external nonReentrant {
        for (uint256 i; i < ranges.length; ++i) {
            _settle(msg.sender, classId, ranges[i], state, address(this));
        }
    }

    // ---- questions ------------------------------------------------------------------------

    /// @inheritdoc ILinkGateway
    function quote(uint32 linkId, uint256 classId, uint40 quantity) external view returns (Quote memory q) {
        (Link memory link, Terms memory terms) = _inForce(linkId);
        if (link.version == 0 || terms.rateNumerator == 0) {
            (q.restriction, q.reason) = (Restriction.LINK_UNKNOWN, "there is no such link");
            return q;
        }
        uint256 received = LinkMath.convertDown(quantity, terms.rateNumerator, terms.rateDenominator);
        q.version = link.version;
        q.destinationUnits = uint40(received);
        q.sourceUnits = uint40(LinkMath.leastSource(received, terms.rateNumerator, terms.rateDenominator));
        q.quota = _quotaOf(link, terms);
        q.periodStart = _periodStart(terms, block.timestamp);
        q.quotaUsed = quotaUsed(linkId, q.periodStart);
        (q.restriction, q.reason) = _restriction(link, terms, classId, received, q.quotaUsed);
    }

    /// @inheritdoc ILinkGateway
    function lotOf(uint256 lotId) external view returns (Lot memory, SerialRange[] memory) {
        return (_lots.lots[lotId], _lots.sources[lotId]);
    }

    /// @inheritdoc ILinkGateway
    function lotAt(address registry, uint256 classId, uint40 serial) external view returns (uint256) {
        return _lots.find(registry, classId, serial);
    }

    /// @inheritdoc ILinkGateway
    function lotCount() external view returns (uint256) {
        return _lots.count;
    }

    // ---- how units cross ------------------------------------------------------------------

    /// @dev The registry that the units leave decides who may send them, and whither.
    function _checkSender(address registry, address account, address recipient) private view {
        IUnitRegistry(registry).checkHolder(account, msg.sender);
        IUnitRegistry(registry).checkReceiver(account, recipient, msg.sender);
    }

    /// @dev Escrow at the source, import at the destination, and the lot that ties them.
    function _cross(
        Link memory link,
        Lot memory lot,
        BlockRef[] calldata refs,
        address account,
        address recipient
    ) private returns (uint256 lotId) {
        lot.foreignClass = _foreignClass(link, lot.sourceClass);
        SerialRange[] memory ranges = IUnitRegistry(link.source).escrow(
            account,
            lot.sourceClass,
            lot.sourceCount,
            refs
        );
        lot.foreignFirst = IUnitRegistry(link.destination).importUnits(
            lot.foreignClass,
            recipient,
            lot.foreignCount
        );
        lot.escrowed = lot.sourceCount;
        lot.outstanding = lot.foreignCount;
        lotId = _lots.open(link.destination, lot, ranges);
        emit LotOpened(lotId, lot.linkId, account, lot, recipient, ranges);
    }

    function _foreignClass(Link memory link, uint256 classId) private returns (uint256 foreignClass) {
        foreignClass = _foreign[link.destination][link.source][classId];
        if (foreignClass == 0) {
            foreignClass = IUnitRegistry(link.destination).defineForeignClass(link.source, classId);
            _foreign[link.destination][link.source][classId] = foreignClass;
        }
    }

    /// @dev Foreign units left circulation; their twins come home or become terminal. Which registry
    /// and class the twins are in is read from the lot, never asked of the caller.
    function _settle(
        address registry,
        uint256 classId,
        SerialRange memory range,
        UnitState state,
        address to
    ) private returns (uint256 released) {
        uint256 lotId = _lots.find(registry, classId, range.first);
        if (lotId == 0) revert NotImported(registry, classId, range.first);
        Lot storage lot = _lots.lots[lotId];
        IUnitRegistry source = IUnitRegistry(_links[lot.linkId].source);
        uint256 sourceClass = lot.sourceClass;
        LinkLots.Parcel[] memory parcels = _lots.settle(lotId, range, state);
        emit ForeignSettled(lotId, range.first, range.count, state);
        if (state == UnitState.HELD) _giveQuotaBack(lot.linkId, range.count);
        for (uint256 i; i < parcels.length; ++i) {
            LinkLots.Parcel memory p = parcels[i];
            if (p.state == UnitState.HELD) {
                source.releaseEscrow(sourceClass, p.block_, p.first, p.count, to);
                released += p.count;
            } else {
                source.closeEscrow(sourceClass, p.block_, p.first, p.count, p.state);
            }
            emit SourceSettled(lotId, p.first, p.count, p.state, to);
        }
    }
}
