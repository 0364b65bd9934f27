// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccountRegister} from "./interfaces/IAccountRegister.sol";
import {IComplianceDesk} from "./interfaces/IComplianceDesk.sol";
import {IIssuanceDesk} from "./interfaces/IIssuanceDesk.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {AccountKind, BlockRef, Controls, UnitType} from "./interfaces/LedgerTypes.sol";
import {AccountRules} from "./libraries/AccountRules.sol";
import {TransactionTypes} from "./libraries/TransactionTypes.sol";

/// @dev See IIssuanceDesk.
contract IssuanceDesk is IIssuanceDesk, AccessManaged {
    IUnitRegistry public immutable REGISTRY;
    IComplianceDesk public immutable COMPLIANCE;

    uint256 public allocationCount;
    uint32 public reversalWindow;

    mapping(bytes32 report => Verification) private _verifications;
    mapping(uint256 classId => mapping(uint40 first => Issuance)) private _issuances;
    mapping(uint256 allocationId => Allocation) private _allocations;
    mapping(address account => PaidShare) private _paidShares;

    constructor(address authority_, IUnitRegistry registry, IComplianceDesk compliance) AccessManaged(authority_) {
        REGISTRY = registry;
        COMPLIANCE = compliance;
    }

    // ---- issuance -------------------------------------------------------------------------

    /// @inheritdoc IIssuanceDesk
    function recordVerification(bytes32 report, uint256 classId, uint40 quantity) external restricted {
        if (REGISTRY.classOf(classId).unitType != UnitType.CREDIT) revert ClassNotCredit(classId);
        if (report == 0 || quantity == 0) revert EvidenceMissing(classId);
        if (_verifications[report].quantity != 0) revert VerificationAlreadyRecorded(report);
        _verifications[report] = Verification(classId, quantity, 0);
        emit VerificationRecorded(report, classId, quantity, msg.sender);
    }

    /// @inheritdoc IIssuanceDesk
    function issue(
        uint256 classId,
        address to,
        uint40 quantity,
        bytes32 evidence
    ) external restricted returns (uint40 first) {
        if (REGISTRY.classOf(classId).unitType == UnitType.CREDIT) {
            Verification storage v = _verifications[evidence];
            uint256 remaining = v.classId == classId ? v.quantity - v.issued : 0;
            if (quantity > remaining) revert VerificationExceeded(evidence, classId, quantity, remaining);
            v.issued += quantity;
        } else {
            _requireProgramme(to);
        }
        unchecked {
            first = REGISTRY.totalsOf(classId).issued + 1; // of a full class nothing is issued
        }
        _issuances[classId][first] = Issuance(to, uint40(block.timestamp), quantity);
        REGISTRY.create(classId, to, quantity, evidence);
    }

    /// @inheritdoc IIssuanceDesk
    function correctIssuance(uint256 classId, uint40 issued, BlockRef[] calldata refs) external restricted {
        Issuance memory i = _issuances[classId][issued];
        if (i.count == 0) revert IssuanceUnknown(classId, issued);
        _requireWindow(i.time);
        uint40 quantity;
        for (uint256 n; n < refs.length; ++n) {
            BlockRef calldata ref = refs[n];
            if (ref.first < issued || uint256(ref.first) + ref.count > uint256(issued) + i.count) {
                revert OutsideIssuance(classId, ref.first, ref.count);
            }
            quantity += ref.count;
        }
        _order(TransactionTypes.CORRECTION, classId, i.to, i.to, quantity, refs);
    }

    // ---- allocation -----------------------------------------------------------------------

    /// @inheritdoc IIssuanceDesk
    function allocate(
        uint256 classId,
        address from,
        address to,
        uint40 quantity,
        uint16 year,
        BlockRef[] calldata refs
    ) external restricted returns (uint256 allocationId) {
        _requireProgramme(from);
        IAccountRegister.Account memory a = REGISTRY.accountOf(to);
        if (a.kind != AccountKind.OPERATOR) revert NotOperatorAccount(to);
        allocationId = ++allocationCount;
        _allocations[allocationId] = Allocation(classId, to, uint40(block.timestamp), quantity, year);
        emit AllocationRecorded(allocationId, classId, to, from, quantity, year);
        if (_followsAllocation(a)) REGISTRY.setAccountControls(to, a.controls, a.holdingLimit + quantity);
        COMPLIANCE.countAllocation(to, year, quantity, true);
        _order(TransactionTypes.ALLOCATION, classId, from, to, quantity, refs);
    }

    /// @inheritdoc IIssuanceDesk
    function deliver(
        uint256 classId,
        address from,
        address to,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted {
        _requireProgramme(from);
        _countPaid(to, quantity);
        _order(TransactionTypes.AUCTION_DELIVERY, classId, from, to, quantity, refs);
    }

    /// @inheritdoc IIssuanceDesk
    function moveCentrally(
        uint256 classId,
        address from,
        address to,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted {
        _requireProgramme(from);
        _requireProgramme(to);
        _order(TransactionTypes.CENTRAL_TRANSFER, classId, from, to, quantity, refs);
    }

    /// @inheritdoc IIssuanceDesk
    function reverseAllocation(
        uint256 allocationId,
        address to,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted {
        Allocation memory a = _allocations[allocationId];
        if (a.to == address(0)) revert AllocationUnknown(allocationId);
        _requireWindow(a.time);
        _requireProgramme(to);
        if (quantity > a.quantity) revert AllocationExceeded(allocationId, quantity, a.quantity);
        _allocations[allocationId].quantity = a.quantity - quantity;
        emit AllocationReversed(allocationId, quantity);
        IAccountRegister.Account memory operator = REGISTRY.accountOf(a.to);
        if (_followsAllocation(operator)) {
            uint40 limit = operator.holdingLimit;
            REGISTRY.setAccountControls(a.to, operator.controls, limit > quantity ? limit - quantity : 0);
        }
        COMPLIANCE.countAllocation(a.to, a.year, quantity, false);
        _order(TransactionTypes.REVERSAL_OF_ALLOCATION, a.classId, a.to, to, quantity, refs);
    }

    /// @inheritdoc IIssuanceDesk
    function setReversalWindow(uint32 window) external restricted {
        reversalWindow = window;
        emit ReversalWindowChanged(window);
    }

    /// @inheritdoc IIssuanceDesk
    function requirePaidShare(address account, uint40 required) external restricted {
        PaidShare storage share = _paidShares[account];
        share.required = required;
        emit PaidShareChanged(account, required, share.bought);
        _applyPaidShare(account, share);
    }

    // ---- questions ------------------------------------------------------------------------

    /// @inheritdoc IIssuanceDesk
    function verificationOf(bytes32 report) external view returns (Verification memory) {
        return _verifications[report];
    }

    /// @inheritdoc IIssuanceDesk
    function issuanceOf(uint256 classId, uint40 first) external view returns (Issuance memory) {
        return _issuances[classId][first];
    }

    /// @inheritdoc IIssuanceDesk
    function allocationOf(uint256 allocationId) external view returns (Allocation memory) {
        return _allocations[allocationId];
    }

    /// @inheritdoc IIssuanceDesk
    function paidShareOf(address account) external view returns (PaidShare memory) {
        return _paidShares[account];
    }

    // ---- what the steps share -------------------------------------------------------------

    function _countPaid(address account, uint40 quantity) private {
        PaidShare storage share = _paidShares[account];
        share.bought += quantity;
        if (share.required == 0) return;
        emit PaidShareChanged(account, share.required, share.bought);
        _applyPaidShare(account, share);
    }

    /// @dev R-AL-15: cumulative purchases unlock the free allowances.
    function _applyPaidShare(address account, PaidShare storage share) private {
        IAccountRegister.Account memory a = REGISTRY.accountOf(account);
        uint8 controls = share.bought >= share.required
            ? a.controls & ~Controls.FREE_LOCKED
            : a.controls | Controls.FREE_LOCKED;
        if (controls != a.controls) REGISTRY.setAccountControls(account, controls, a.holdingLimit);
    }

    /// @dev R-HL-01: own allocation and a fixed quantity.
    function _followsAllocation(IAccountRegister.Account memory a) private pure returns (bool) {
        return a.controls & Controls.LIMIT_FOLLOWS_ALLOCATION != 0;
    }

    function _order(
        uint16 transactionType,
        uint256 classId,
        address from,
        address to,
        uint40 quantity,
        BlockRef[] calldata refs
    ) private {
        REGISTRY.order(IUnitRegistry.Order(transactionType, 0, classId, from, to, quantity, 0), refs);
    }

    function _requireProgramme(address account) private view {
        if (!AccountRules.isProgramme(REGISTRY.accountOf(account).kind)) revert NotProgrammeAccount(account);
    }

    function _requireWindow(uint40 time) private view {
        uint40 until = time + reversalWindow;
        if (block.timestamp > until) revert WindowPassed(until);
    }
}
