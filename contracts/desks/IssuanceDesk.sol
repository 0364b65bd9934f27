// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAccountRegister} from "../interfaces/IAccountRegister.sol";
import {IComplianceDesk} from "../interfaces/IComplianceDesk.sol";
import {IIssuanceDesk} from "../interfaces/IIssuanceDesk.sol";
import {ILinkGateway} from "../interfaces/ILinkGateway.sol";
import {IProgrammeAuthority} from "../interfaces/IProgrammeAuthority.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {AccountKind, AccountStatus, BlockRef, ClassId, Controls, ListLength, NotOperatorAccount, ProvinceIs, UnitType, WindowPassed} from "../interfaces/LedgerTypes.sol";
import {AccountRules} from "../libraries/AccountRules.sol";
import {Roles} from "../libraries/Roles.sol";
import {TransactionTypes} from "../libraries/TransactionTypes.sol";
import {Desk} from "./Desk.sol";

/// @dev See IIssuanceDesk.
contract IssuanceDesk is IIssuanceDesk, Desk {
    uint256 private constant MAX_CHANGES = 256;
    uint256 private constant MAX_GRANTS = 128;

    uint256 private _allocationCount;
    uint32 private _reversalWindow;
    mapping(bytes32 report => Verification) private _verifications;
    mapping(ClassId classId => mapping(uint40 first => Issuance)) private _issuances;
    mapping(ClassId classId => mapping(bytes32 decision => bool)) private _decisions;
    mapping(bytes32 line => Entitlement) private _entitlements;
    mapping(uint256 allocationId => Allocation) private _allocations;
    mapping(bytes32 sale => bool) private _sales;
    mapping(address account => PaidShare) private _paidShares;
    mapping(address account => address) private _closures;

    // ---- issuance -------------------------------------------------------------------------

    /// @inheritdoc IIssuanceDesk
    function recordVerification(bytes32 report, ClassId classId, uint40 quantity) external restricted {
        if (_registry.classOf(classId).unitType != UnitType.CREDIT) revert ClassNotCredit(classId);
        if (report == 0 || quantity == 0) revert VerificationInvalid(report, quantity);
        if (_verifications[report].quantity != 0) revert VerificationAlreadyRecorded(report);
        _verifications[report] = Verification(classId, quantity, 0);
        emit VerificationRecorded(report, classId, quantity, msg.sender);
        _claim(report);
    }

    /// @inheritdoc IIssuanceDesk
    function claimReports(bytes32[] calldata reports) external {
        _requireLength(reports.length, MAX_CHANGES);
        for (uint256 i; i < reports.length; ++i) {
            if (_verifications[reports[i]].quantity == 0) revert VerificationUnknown(reports[i]);
            _claim(reports[i]);
        }
    }

    /// @inheritdoc IIssuanceDesk
    function issue(
        ClassId classId,
        address to,
        uint40 quantity,
        bytes32 evidence
    ) external restricted returns (uint40 first) {
        if (_registry.classOf(classId).unitType == UnitType.CREDIT) {
            Verification storage v = _verifications[evidence];
            uint256 remaining = v.classId == classId ? v.quantity - v.issued : 0;
            if (quantity > remaining) revert VerificationExceeded(evidence, classId, quantity, remaining);
            v.issued += quantity;
            _claim(evidence); // it may have been recorded before the programme joined a gateway
        } else {
            _requireProgramme(to);
            if (_decisions[classId][evidence]) revert DecisionUsed(classId, evidence);
            _decisions[classId][evidence] = true;
        }
        unchecked {
            first = _registry.totalsOf(classId).issued + 1; // of a full class nothing is issued
        }
        _issuances[classId][first] = Issuance(to, uint40(block.timestamp), quantity, 0);
        _registry.create(classId, to, quantity, evidence);
    }

    /// @inheritdoc IIssuanceDesk
    function correctIssuance(
        ClassId classId,
        uint40 first,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted {
        Issuance storage i = _issuances[classId][first];
        if (i.count == 0) revert IssuanceUnknown(classId, first);
        _requireWindow(i.time);
        uint256 remaining = i.count - i.correcting;
        if (quantity == 0 || quantity > remaining) revert IssuanceExceeded(classId, first, quantity, remaining);
        i.correcting += quantity;
        emit CorrectionDecided(classId, first, i.correcting);
        _correct(classId, first, i, refs);
    }

    /// @inheritdoc IIssuanceDesk
    function continueCorrection(ClassId classId, uint40 first, BlockRef[] calldata refs) external restricted {
        _correct(classId, first, _issuances[classId][first], refs);
    }

    // ---- allocation -----------------------------------------------------------------------

    /// @inheritdoc IIssuanceDesk
    function entitle(uint16 province, EntitlementChange[] calldata changes) external restricted {
        _requireLength(changes.length, MAX_CHANGES);
        for (uint256 i; i < changes.length; ++i) {
            EntitlementChange calldata c = changes[i];
            _requireKind(c.kind);
            IAccountRegister.Account memory a = _registry.accountOf(c.account);
            if (a.kind != AccountKind.OPERATOR) revert NotOperatorAccount(c.account);
            if (a.province != province) revert ProvinceIs(c.account, a.province);
            Entitlement storage e = _entitlement(c.account, c.year, c.classId, c.kind);
            if (e.entitled != c.from) revert EntitlementIs(c.account, c.year, c.classId, c.kind, e.entitled);
            e.entitled = c.to;
            emit Entitled(c.account, c.year, c.classId, c.kind, c.from, c.to);
        }
    }

    /// @inheritdoc IIssuanceDesk
    function allocate(
        ClassId classId,
        address from,
        Grant calldata grant,
        BlockRef[] calldata refs
    ) external restricted returns (uint256 allocationId) {
        _requireAllocatable(classId, from);
        return _allocate(classId, from, grant, refs);
    }

    /// @inheritdoc IIssuanceDesk
    function allocateAll(ClassId classId, address from, Grant[] calldata grants) external restricted {
        _requireAllocatable(classId, from);
        _requireLength(grants.length, MAX_GRANTS);
        for (uint256 i; i < grants.length; ++i) _allocate(classId, from, grants[i], _noRefs());
    }

    /// @inheritdoc IIssuanceDesk
    function returnExcess(
        address account,
        address to,
        ClassId classId,
        uint16 year,
        AllocationKind kind,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external {
        _registry.checkHolder(account, msg.sender);
        _requirePool(to);
        Entitlement storage e = _entitlement(account, year, classId, kind);
        uint256 excess = e.allocated > e.entitled ? e.allocated - e.entitled : 0;
        if (quantity > excess) revert ExcessExceeded(account, year, classId, kind, excess);
        e.allocated -= quantity;
        emit ExcessReturned(account, year, classId, kind, quantity);
        _countAllocation(account, year, kind, quantity, false);
        _order(TransactionTypes.EXCESS_ALLOCATION, classId, account, to, quantity, refs);
    }

    /// @inheritdoc IIssuanceDesk
    function deliver(
        uint16 province,
        ClassId classId,
        address from,
        address to,
        uint40 quantity,
        bytes32 sale,
        BlockRef[] calldata refs
    ) external restricted returns (uint256 allocationId) {
        IAccountRegister.Account memory seller = _requireProgramme(from);
        if (seller.province != province) revert ProvinceIs(from, seller.province);
        if (sale == 0) revert SaleMissing();
        bytes32 key = keccak256(abi.encode(sale, to, classId));
        if (_sales[key]) revert SaleDelivered(sale, to, classId);
        _sales[key] = true;
        allocationId = _record(classId, from, to, quantity, 0, AllocationKind.AUCTION, sale);
        _countPaid(to, quantity, true);
        _order(TransactionTypes.AUCTION_DELIVERY, classId, from, to, quantity, refs);
    }

    /// @inheritdoc IIssuanceDesk
    function reverseAllocation(
        uint256 allocationId,
        address to,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted {
        Allocation storage a = _allocations[allocationId];
        if (a.to == address(0)) revert AllocationUnknown(allocationId);
        _requireWindow(a.time);
        _requireProgramme(to);
        uint256 remaining = _mostOf(a, a.quantity - a.reversing);
        if (quantity == 0 || quantity > remaining) revert AllocationExceeded(allocationId, quantity, remaining);
        a.reversing += quantity;
        a.pool = to;
        emit ReversalDecided(allocationId, to, a.reversing);
        _reverse(allocationId, a, refs);
    }

    /// @inheritdoc IIssuanceDesk
    function continueReversal(uint256 allocationId, BlockRef[] calldata refs) external restricted {
        _reverse(allocationId, _allocations[allocationId], refs);
    }

    /// @inheritdoc IIssuanceDesk
    function endReversal(uint256 allocationId) external restricted {
        Allocation storage a = _allocations[allocationId];
        if (a.reversing == 0) revert NothingDecided();
        a.reversing = 0;
        emit ReversalDecided(allocationId, a.pool, 0);
    }

    // ---- the programme's own accounts -----------------------------------------------------

    /// @inheritdoc IIssuanceDesk
    function moveBetweenPools(
        ClassId classId,
        address from,
        address to,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted {
        uint16 province = _requirePool(from);
        uint16 other = _requirePool(to);
        if (province != other) revert ProvinceIs(to, other);
        _order(TransactionTypes.CENTRAL_TRANSFER, classId, from, to, quantity, refs);
    }

    /// @inheritdoc IIssuanceDesk
    function moveCentrally(
        ClassId classId,
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
    function cancelCentrally(
        ClassId classId,
        address from,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 decision
    ) external restricted {
        _requireProgramme(from);
        uint16 t = TransactionTypes.CANCELLATION;
        _registry.order(IUnitLedger.Order(t, 0, classId, from, from, quantity, false, decision), refs);
    }

    /// @inheritdoc IIssuanceDesk
    function closeOut(address account, address to) external restricted {
        _requireClosing(account);
        _requireProgramme(to);
        _closures[account] = to;
        emit ClosureDecided(account, to);
    }

    /// @inheritdoc IIssuanceDesk
    function moveOnClosure(address account, ClassId classId) external {
        _requireClosing(account);
        address to = _closures[account];
        if (to == address(0)) revert NothingDecided();
        _orderInParts(TransactionTypes.CLOSURE, classId, account, to, type(uint40).max);
    }

    // ---- settings -------------------------------------------------------------------------

    /// @inheritdoc IIssuanceDesk
    function setReversalWindow(uint32 window) external restricted {
        _reversalWindow = window;
        emit ReversalWindowChanged(window);
    }

    /// @inheritdoc IIssuanceDesk
    function requirePaidShare(uint16 province, address account, uint40 required) external restricted {
        IAccountRegister.Account memory a = _registry.accountOf(account);
        if (a.province != province) revert ProvinceIs(account, a.province);
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
    function issuanceOf(ClassId classId, uint40 first) external view returns (Issuance memory) {
        return _issuances[classId][first];
    }

    /// @inheritdoc IIssuanceDesk
    function isDecisionUsed(ClassId classId, bytes32 decision) external view returns (bool) {
        return _decisions[classId][decision];
    }

    /// @inheritdoc IIssuanceDesk
    function entitlementOf(
        address account,
        uint16 year,
        ClassId classId,
        AllocationKind kind
    ) external view returns (Entitlement memory) {
        return _entitlement(account, year, classId, kind);
    }

    /// @inheritdoc IIssuanceDesk
    function allocationOf(uint256 allocationId) external view returns (Allocation memory) {
        return _allocations[allocationId];
    }

    /// @inheritdoc IIssuanceDesk
    function allocationCount() external view returns (uint256) {
        return _allocationCount;
    }

    /// @inheritdoc IIssuanceDesk
    function paidShareOf(address account) external view returns (PaidShare memory) {
        return _paidShares[account];
    }

    /// @inheritdoc IIssuanceDesk
    function closureOf(address account) external view returns (address) {
        return _closures[account];
    }

    /// @inheritdoc IIssuanceDesk
    function reversalWindow() external view returns (uint32) {
        return _reversalWindow;
    }

    // ---- what the functions share ---------------------------------------------------------

    /// @dev One report, one programme: at every gateway of the programme that knows it.
    function _claim(bytes32 report) private {
        address[] memory gateways = IProgrammeAuthority(authority()).membersOf(Roles.LINK_GATEWAY);
        for (uint256 i; i < gateways.length; ++i) {
            ILinkGateway gateway = ILinkGateway(gateways[i]);
            if (gateway.memberOf(address(_registry)).code != 0) gateway.claimReport(address(_registry), report);
        }
    }

    function _allocate(
        ClassId classId,
        address from,
        Grant calldata g,
        BlockRef[] memory refs
    ) private returns (uint256 allocationId) {
        _requireKind(g.kind);
        if (_registry.accountOf(g.to).kind != AccountKind.OPERATOR) revert NotOperatorAccount(g.to);
        Entitlement storage e = _entitlement(g.to, g.year, classId, g.kind);
        uint256 remaining = e.entitled > e.allocated ? e.entitled - e.allocated : 0;
        if (g.quantity > remaining) {
            revert EntitlementExceeded(g.to, g.year, classId, g.kind, g.quantity, remaining);
        }
        e.allocated += g.quantity;
        allocationId = _record(classId, from, g.to, g.quantity, g.year, g.kind, 0);
        _countAllocation(g.to, g.year, g.kind, g.quantity, true);
        _order(TransactionTypes.ALLOCATION, classId, from, g.to, g.quantity, refs);
    }

    function _record(
        ClassId classId,
        address from,
        address to,
        uint40 quantity,
        uint16 year,
        AllocationKind kind,
        bytes32 sale
    ) private returns (uint256 allocationId) {
        allocationId = ++_allocationCount;
        Allocation storage a = _allocations[allocationId];
        a.classId = classId;
        a.to = to;
        a.time = uint40(block.timestamp);
        a.quantity = quantity;
        a.year = year;
        a.kind = kind;
        emit AllocationRecorded(allocationId, classId, to, from, quantity, year, kind, sale);
    }

    /// @dev Takes what is decided: the named units, or as many as one call can of whatever is there.
    function _reverse(uint256 allocationId, Allocation storage a, BlockRef[] calldata refs) private {
        uint40 left = a.reversing;
        if (left == 0) revert NothingDecided();
        bool auction = a.kind == AllocationKind.AUCTION;
        uint16 t = auction ? TransactionTypes.EXCESS_AUCTION : TransactionTypes.REVERSAL_OF_ALLOCATION;
        uint256 most = _mostOf(a, left);
        uint40 taken;
        if (refs.length == 0) {
            if (most == 0) revert AllocationExceeded(allocationId, left, 0);
            taken = _orderInParts(t, a.classId, a.to, a.pool, uint40(most));
        } else {
            uint256 named = _sum(refs);
            if (named > most) revert AllocationExceeded(allocationId, named, most);
            taken = uint40(named);
            _order(t, a.classId, a.to, a.pool, taken, refs);
        }
        // The receiver, a programme account, may have had the decision ended from inside the order.
        if (a.reversing != left) revert NothingDecided();
        a.quantity -= taken;
        a.reversing = left - taken;
        emit AllocationReversed(allocationId, taken);
        if (auction) {
            _countPaid(a.to, taken, false);
        } else {
            _entitlement(a.to, a.year, a.classId, a.kind).allocated -= taken;
            _countAllocation(a.to, a.year, a.kind, taken, false);
        }
    }

    /// @dev So many units of an allocation at most that they are still the operator's by the table: it may have
    /// given some back as an excess.
    function _mostOf(Allocation storage a, uint256 quantity) private view returns (uint256) {
        if (a.kind == AllocationKind.AUCTION) return quantity;
        return Math.min(quantity, _entitlement(a.to, a.year, a.classId, a.kind).allocated);
    }

    function _correct(ClassId classId, uint40 first, Issuance storage i, BlockRef[] calldata refs) private {
        if (i.correcting == 0) revert NothingDecided();
        for (uint256 n; n < refs.length; ++n) {
            BlockRef calldata ref = refs[n];
            if (ref.first < first || uint256(ref.first) + ref.count > uint256(first) + i.count) {
                revert OutsideIssuance(classId, ref.first, ref.count);
            }
        }
        uint256 named = _sum(refs);
        if (named == 0) return; // decided; named later
        if (named > i.correcting) revert IssuanceExceeded(classId, first, named, i.correcting);
        uint40 quantity = uint40(named);
        i.correcting -= quantity;
        emit IssuanceCorrected(classId, first, quantity);
        _order(TransactionTypes.CORRECTION, classId, i.to, i.to, quantity, refs);
    }

    function _countAllocation(address account, uint16 year, AllocationKind kind, uint40 quantity, bool given) private {
        IComplianceDesk desk = IComplianceDesk(_registry.deskOf(TransactionTypes.SURRENDER));
        desk.countAllocation(account, year, quantity, kind == AllocationKind.INITIAL, given);
    }

    function _countPaid(address account, uint40 quantity, bool bought) private {
        PaidShare storage share = _paidShares[account];
        share.bought = bought ? share.bought + quantity : share.bought - quantity;
        if (share.required == 0) return;
        emit PaidShareChanged(account, share.required, share.bought);
        _applyPaidShare(account, share);
    }

    /// @dev R-AL-15: cumulative purchases unlock the free allowances.
    function _applyPaidShare(address account, PaidShare storage share) private {
        bool locked = share.bought < share.required;
        bool was = _registry.accountOf(account).controls & Controls.FREE_LOCKED != 0;
        if (locked != was) _registry.setFreeLock(account, locked);
    }

    function _order(
        uint16 transactionType,
        ClassId classId,
        address from,
        address to,
        uint40 quantity,
        BlockRef[] memory refs
    ) private {
        _registry.order(IUnitLedger.Order(transactionType, 0, classId, from, to, quantity, false, 0), refs);
    }

    function _orderInParts(
        uint16 transactionType,
        ClassId classId,
        address from,
        address to,
        uint40 quantity
    ) private returns (uint40 moved) {
        IUnitLedger.Order memory o = IUnitLedger.Order(transactionType, 0, classId, from, to, quantity, true, 0);
        (moved, ) = _registry.order(o, _noRefs());
    }

    /// @dev The place of a line in the table.
    function _entitlement(
        address account,
        uint16 year,
        ClassId classId,
        AllocationKind kind
    ) private view returns (Entitlement storage) {
        return _entitlements[keccak256(abi.encode(account, year, classId, kind))];
    }

    function _requireAllocatable(ClassId classId, address from) private view {
        _requireProgramme(from);
        if (_registry.totalsOf(classId).unitType != UnitType.ALLOWANCE) revert ClassNotAllowance(classId);
    }

    function _requireProgramme(address account) private view returns (IAccountRegister.Account memory a) {
        a = _registry.accountOf(account);
        if (!AccountRules.isProgramme(uint256(a.kind))) revert NotProgrammeAccount(account);
    }

    /// @return the province that administers it
    function _requirePool(address account) private view returns (uint16) {
        IAccountRegister.Account memory a = _registry.accountOf(account);
        if (a.kind != AccountKind.SYSTEM) revert NotPool(account);
        return a.province;
    }

    function _requireClosing(address account) private view {
        if (_registry.accountOf(account).status != AccountStatus.CLOSURE_PENDING) revert NotClosing(account);
    }

    function _requireWindow(uint40 time) private view {
        uint40 until = time + _reversalWindow;
        if (block.timestamp > until) revert WindowPassed(until);
    }

    function _requireKind(AllocationKind kind) private pure {
        if (kind == AllocationKind.AUCTION) revert KindInvalid(kind);
    }

    function _requireLength(uint256 length, uint256 max) private pure {
        if (length == 0 || length > max) revert ListLength(length, max);
    }

    function _sum(BlockRef[] calldata refs) private pure returns (uint256 quantity) {
        for (uint256 i; i < refs.length; ++i) quantity += refs[i].count;
    }

    function _noRefs() private pure returns (BlockRef[] memory none) {}
}
