// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ILinkAgreements} from "../interfaces/ILinkAgreements.sol";
import {ILinkTransfers} from "../interfaces/ILinkTransfers.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {IUnitRegistry} from "../interfaces/IUnitRegistry.sol";
import {BlockRef, ClassId, LinkId, LotId, SerialRange, UnitState} from "../interfaces/LedgerTypes.sol";
import {Continued} from "../libraries/Continued.sol";
import {Guarded} from "../libraries/Guarded.sol";
import {LinkLots} from "../libraries/LinkLots.sol";
import {LinkMath} from "../libraries/LinkMath.sol";
import {LinkPassages} from "./LinkPassages.sol";

/// @title The part of a gateway that lets units cross
/// @dev See ILinkTransfers; how a lot is taken apart is in LinkLots. The code goes on in `LinkAgreements`.
contract LinkGateway is LinkPassages, ILinkTransfers, ReentrancyGuardTransient, Continued {
    using LinkLots for LinkLots.Book;

    /// @dev What a home registry gets to settle one run of its units.
    uint256 private constant GAS_OF_A_PARCEL = 400_000;

    /// @dev What becomes of twins at home, over one call. All of them are of one home registry.
    struct Home {
        address to;
        bool insists; // whoever sends units home wants them there now or not at all
        bool fails; // the registry failed once: it is not asked again in this call
        uint256 released; // source units in circulation again
        uint256 waiting; // source units that should be, and wait for their registry
    }

    /// @param agreements `LinkAgreements`
    constructor(address agreements) Continued(agreements) {}

    // ---- transfers ------------------------------------------------------------------------

    /// @inheritdoc ILinkTransfers
    function transfer(Request calldata request, BlockRef[] calldata refs) external nonReentrant returns (LotId lotId) {
        LinkId linkId = request.linkId;
        ILinkAgreements.Terms storage terms = _settleTerms(linkId);
        ILinkAgreements.Link memory link = _linkOf(linkId);
        if (request.version != link.version) revert TermsStale(linkId, request.version, link.version);
        _requireOpen(linkId, link, terms);
        uint256 received = LinkMath.convertDown(request.quantity, terms.rateNumerator, terms.rateDenominator);
        if (received == 0) revert NothingConverted(linkId, request.quantity);
        if (received < request.accepted) revert ReceivedLessThanAccepted(received, request.accepted);
        _useQuota(linkId, link.destination, terms, received);
        Passage memory p = _passageOf(link, request.classId, received);
        if (!_isEligible(terms, p)) revert ClassNotEligible(linkId, request.classId);
        if (!p.fits) revert NoNameAbroad(_members[link.source].code, request.classId);
        _checkSender(link.source, request.account, request.recipient);

        Lot memory lot;
        lot.linkId = linkId;
        lot.version = link.version;
        lot.rateNumerator = terms.rateNumerator;
        lot.rateDenominator = terms.rateDenominator;
        lot.sourceClass = request.classId;
        lot.foreignClass = p.isNew ? _define(link, request.classId, p) : p.foreignClass;
        lot.foreignCount = uint40(received); // within the quota
        lot.sourceCount = uint40(LinkMath.leastSource(received, terms.rateNumerator, terms.rateDenominator));
        return _cross(link, lot, refs, request.account, request.recipient);
    }

    /// @inheritdoc ILinkTransfers
    function returnUnits(
        address account,
        address registry,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        address recipient,
        uint40 accepted
    ) external nonReentrant returns (uint256 released) {
        _checkSender(registry, account, recipient);
        SerialRange[] memory ranges = IUnitRegistry(registry).exportUnits(account, classId, quantity, refs);
        Home memory home = Home(recipient, accepted != 0, false, 0, 0);
        for (uint256 i; i < ranges.length; ++i) _settle(registry, classId, ranges[i], UnitState.HELD, home);
        released = home.released;
        if (released + home.waiting == 0) revert NothingConverted(LinkId.wrap(0), quantity);
        if (released < accepted) revert ReceivedLessThanAccepted(released, accepted);
    }

    /// @inheritdoc ILinkTransfers
    function unitsUsed(ClassId classId, SerialRange[] calldata ranges, UnitState state) external nonReentrant {
        Home memory home = Home(address(this), false, false, 0, 0);
        for (uint256 i; i < ranges.length; ++i) _settle(msg.sender, classId, ranges[i], state, home);
    }

    /// @inheritdoc ILinkTransfers
    function settleWaiting(LotId lotId, uint256 index, uint40 block_, uint40 most) external nonReentrant {
        Waiting[] storage all = _waiting[lotId];
        if (index >= all.length || most == 0) revert NothingWaits(lotId, index);
        Waiting memory w = all[index];
        if (most < w.count) {
            all[index].first += most;
            all[index].count -= most;
            w.count = most;
        } else {
            all[index] = all[all.length - 1];
            all.pop();
        }
        Lot storage lot = _lots.lots[lotId];
        IUnitRegistry source = IUnitRegistry(_linkAt(lot.linkId).source);
        lot.escrowed -= w.count;
        emit SourceSettled(lotId, w.first, w.count, w.state, w.to);
        if (w.state == UnitState.HELD) source.releaseEscrow(lot.sourceClass, block_, w.first, w.count, w.to);
        else source.closeEscrow(lot.sourceClass, block_, w.first, w.count, w.state);
    }

    // ---- whether units may cross ----------------------------------------------------------

    /// @dev The registry that the units leave decides who may send them, and whither.
    function _checkSender(address registry, address account, address recipient) private view {
        IUnitRegistry(registry).checkHolder(account, msg.sender);
        IUnitRegistry(registry).checkReceiver(account, recipient, msg.sender);
    }

    function _requireOpen(
        LinkId linkId,
        ILinkAgreements.Link memory link,
        ILinkAgreements.Terms storage terms
    ) private view {
        if (terms.rateNumerator == 0) revert ILinkAgreements.LinkUnknown(linkId);
        if (link.endsAt != 0 && block.timestamp >= link.endsAt) {
            revert ILinkAgreements.AgreementEnded(LinkId.unwrap(linkId) / 2, link.endsAt);
        }
        if (link.suspendedBy != 0) revert LinkIsSuspended(linkId);
        if (block.timestamp < terms.validFrom) revert LinkNotStarted(linkId, terms.validFrom);
        if (block.timestamp > terms.validUntil) revert LinkExpired(linkId, terms.validUntil);
        (address registry, bytes32 edition) = _strangeEdition(linkId, link);
        if (registry != address(0)) revert EditionNotAccepted(linkId, registry, edition);
    }

    /// @dev Invariant 8: for each link and period, quota used <= quota (R-LK-01).
    function _useQuota(
        LinkId linkId,
        address destination,
        ILinkAgreements.Terms storage terms,
        uint256 received
    ) internal {
        ILinkAgreements.Meter memory meter = _meterAt(_meters[linkId], terms, block.timestamp);
        uint40 quota = _quotaOf(destination, terms);
        uint256 used = meter.used;
        if (used + received > quota) revert QuotaExceeded(linkId, received, used < quota ? quota - used : 0);
        meter.used = uint40(used + received);
        _meters[linkId] = meter;
        emit ILinkAgreements.QuotaUsed(linkId, meter.periodStart, meter.periodEnd, meter.used, quota);
    }

    // ---- how units cross ------------------------------------------------------------------

    function _define(
        ILinkAgreements.Link memory link,
        ClassId classId,
        Passage memory p
    ) private returns (ClassId foreignClass) {
        foreignClass = IUnitRegistry(link.destination).defineForeignClass(
            link.source,
            _members[link.source].code,
            classId,
            p.series,
            p.spec
        );
        _foreign[link.destination][link.source][classId] = Foreign(foreignClass, p.unitType, uint16(p.series));
    }

    /// @dev Escrow at the source, import at the destination, and the lot that ties them.
    function _cross(
        ILinkAgreements.Link memory link,
        Lot memory lot,
        BlockRef[] calldata refs,
        address account,
        address recipient
    ) private returns (LotId lotId) {
        SerialRange[] memory ranges = IUnitRegistry(link.source).escrow(
            account,
            lot.sourceClass,
            lot.sourceCount,
            refs
        );
        LinkLots.requireWhole(ranges, lot.sourceCount);
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

    /// @dev Foreign units left circulation; their twins come home or become terminal. Which registry
    /// and class the twins are in is read from the lot, never asked of the caller.
    function _settle(
        address registry,
        ClassId classId,
        SerialRange memory range,
        UnitState state,
        Home memory home
    ) private {
        LotId lotId = _lots.find(registry, classId, range.first);
        if (LotId.unwrap(lotId) == 0) revert NotImported(registry, classId, range.first);
        LinkLots.Parcel[] memory parcels = _lots.settle(lotId, range, state);
        emit ForeignSettled(lotId, range.first, range.count, state);
        if (state == UnitState.HELD) _giveQuotaBack(_lots.lots[lotId].linkId, range.count);
        for (uint256 i; i < parcels.length; ++i) _settleParcel(lotId, parcels[i], home);
    }

    /// @dev Asks the home registry to settle its own units. What it does not do waits.
    function _settleParcel(LotId lotId, LinkLots.Parcel memory p, Home memory home) private {
        Lot storage lot = _lots.lots[lotId];
        address source = _linkAt(lot.linkId).source;
        bool comesHome = p.state == UnitState.HELD;
        bytes memory call_ = comesHome
            ? abi.encodeCall(IUnitLedger.releaseEscrow, (lot.sourceClass, p.block_, p.first, p.count, home.to))
            : abi.encodeCall(IUnitLedger.closeEscrow, (lot.sourceClass, p.block_, p.first, p.count, p.state));
        bool done;
        if (comesHome && home.insists) {
            Address.functionCall(source, call_);
            done = true;
        } else if (!home.fails) {
            done = Guarded.attempt(source, call_, GAS_OF_A_PARCEL);
            home.fails = !done;
        }
        if (done) {
            lot.escrowed -= p.count;
            if (comesHome) home.released += p.count;
            emit SourceSettled(lotId, p.first, p.count, p.state, home.to);
        } else {
            if (comesHome) home.waiting += p.count;
            _waiting[lotId].push(Waiting(p.first, p.count, p.state, home.to));
            emit SettlementWaits(lotId, p.first, p.count, p.state, home.to);
        }
    }

    /// @dev Under net terms, units that came home give back the quota of the present period.
    function _giveQuotaBack(LinkId linkId, uint256 returned) internal {
        ILinkAgreements.Terms storage terms = _settleTerms(linkId);
        if (!terms.net) return;
        ILinkAgreements.Meter memory meter = _meterAt(_meters[linkId], terms, block.timestamp);
        meter.used = uint40(returned < meter.used ? meter.used - returned : 0);
        _meters[linkId] = meter;
        _emitMeter(linkId, terms, meter);
    }
}
