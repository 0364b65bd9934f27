// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {UnitLedger} from "./UnitLedger.sol";
import {ILinkGateway} from "./interfaces/ILinkGateway.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {AccountKind, AccountStatus, BlockRef, ClassSpec, ClassTotals, SerialRange, UnitState, UnitType} from "./interfaces/LedgerTypes.sol";
import {AccountRules} from "./libraries/AccountRules.sol";
import {Symbols} from "./libraries/Symbols.sol";
import {TransactionTypes} from "./libraries/TransactionTypes.sol";

/// @dev See IUnitRegistry. Every verb is here; what they share is in UnitLedger.
contract UnitRegistry is UnitLedger {
    struct Verification {
        uint256 classId;
        uint40 quantity;
        uint40 issued;
    }

    struct Origin {
        address gateway;
        address registry;
        uint256 classId;
    }

    /// @dev A gateway learns the serials of at most this many blocks in one call.
    uint256 private constant MOST_NOTED = 32;

    bytes32 private immutable CODE;

    mapping(uint256 classId => ClassSpec) private _classes;
    mapping(uint256 classId => Origin) private _origins;
    mapping(bytes32 report => Verification) private _verifications;

    constructor(bytes32 code_, address authority_) AccessManaged(authority_) {
        if (!Symbols.isValid(code_)) revert SymbolInvalid(code_);
        CODE = code_;
    }

    // ---- classes and issuance -------------------------------------------------------------

    /// @inheritdoc IUnitRegistry
    function defineClass(bytes32 symbol, ClassSpec calldata spec) external restricted returns (uint256 classId) {
        if (spec.unitType != UnitType.ALLOWANCE && spec.unitType != UnitType.CREDIT) {
            revert ClassTypeInvalid(uint256(symbol), spec.unitType);
        }
        // A dot belongs to foreign classes: nobody can take the name of a partner's class.
        if (Symbols.hasDot(symbol)) revert SymbolInvalid(symbol);
        if (spec.cap == 0 || spec.periodFirstYear > spec.periodLastYear) revert ClassSpecInvalid(uint256(symbol));
        return _define(symbol, spec, Origin(address(0), address(0), 0));
    }

    /// @inheritdoc IUnitRegistry
    function raiseCap(uint256 classId, uint40 cap) external restricted {
        ClassTotals storage t = _totalsOfHome(classId);
        if (t.sealed_) revert ClassIsSealed(classId);
        uint40 from = t.cap;
        if (cap <= from) revert CapNotRaised(classId, from, cap);
        t.cap = cap;
        emit CapRaised(classId, from, cap);
    }

    /// @inheritdoc IUnitRegistry
    function sealClass(uint256 classId) external restricted {
        ClassTotals storage t = _totalsOfHome(classId);
        if (t.sealed_) revert ClassIsSealed(classId);
        t.sealed_ = true;
        emit ClassSealed(classId, t.issued);
    }

    /// @inheritdoc IUnitRegistry
    function recordVerification(bytes32 report, uint256 classId, uint40 quantity) external restricted {
        if (_totalsOfHome(classId).unitType != UnitType.CREDIT) revert ClassTypeInvalid(classId, UnitType.ALLOWANCE);
        if (report == 0) revert EvidenceMissing(classId);
        if (quantity == 0) revert QuantityZero();
        if (_verifications[report].quantity != 0) revert VerificationAlreadyRecorded(report);
        _verifications[report] = Verification(classId, quantity, 0);
        emit VerificationRecorded(report, classId, quantity, msg.sender);
    }

    /// @inheritdoc IUnitRegistry
    function issue(
        uint256 classId,
        address to,
        uint40 quantity,
        bytes32 evidence
    ) external restricted nonReentrant returns (uint40 first) {
        ClassTotals storage t = _totalsOfHome(classId);
        if (evidence == 0) revert EvidenceMissing(classId);
        if (t.unitType == UnitType.CREDIT) {
            Verification storage v = _verifications[evidence];
            uint256 remaining = v.classId == classId ? v.quantity - v.issued : 0;
            if (quantity > remaining) revert VerificationExceeded(evidence, classId, quantity, remaining);
            v.issued += quantity;
        } else if (!AccountRules.isProgramme(_accounts[to].kind)) {
            revert NotProgrammeAccount(to);
        }
        first = _create(classId, address(0), to, quantity, evidence, TransactionTypes.ISSUANCE);
        _announce(address(0), to, classId, quantity);
    }

    /// @inheritdoc IUnitRegistry
    function allocate(
        uint256 classId,
        address from,
        address to,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted nonReentrant {
        if (!AccountRules.isProgramme(_accounts[from].kind)) revert NotProgrammeAccount(from);
        if (_accounts[to].kind != AccountKind.OPERATOR) revert NotOperatorAccount(to);
        _moveChecked(
            Movement(classId, from, to, UnitState.HELD, UnitState.HELD, TransactionTypes.ALLOCATION),
            quantity,
            refs,
            new SerialRange[](0)
        );
        _announce(from, to, classId, quantity);
    }

    // ---- what a holder does ---------------------------------------------------------------

    /// @inheritdoc IUnitRegistry
    function surrender(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        uint16 complianceYear
    ) external {
        if (_accounts[account].kind != AccountKind.OPERATOR) revert NotOperatorAccount(account);
        if (complianceYear == 0) revert ComplianceYearMissing();
        _use(account, classId, quantity, refs, UnitState.SURRENDERED, TransactionTypes.SURRENDER);
        emit UnitsUsed(account, classId, UnitState.SURRENDERED, quantity, complianceYear, 0);
    }

    /// @inheritdoc IUnitRegistry
    function retire(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 memo
    ) external {
        _use(account, classId, quantity, refs, UnitState.RETIRED, TransactionTypes.RETIREMENT);
        emit UnitsUsed(account, classId, UnitState.RETIRED, quantity, 0, memo);
    }

    /// @inheritdoc IUnitRegistry
    function cancel(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 memo
    ) external {
        _use(account, classId, quantity, refs, UnitState.CANCELLED, TransactionTypes.CANCELLATION);
        emit UnitsUsed(account, classId, UnitState.CANCELLED, quantity, 0, memo);
    }

    // ---- what a link gateway does ---------------------------------------------------------

    /// @inheritdoc IUnitRegistry
    function defineForeignClass(address originRegistry, uint256 originClass) external restricted returns (uint256) {
        IUnitRegistry origin = IUnitRegistry(originRegistry);
        ClassSpec memory spec = origin.classOf(originClass);
        spec.unitType = UnitType.FOREIGN;
        spec.cap = type(uint40).max; // the quota is the limit
        bytes32 symbol = Symbols.foreign(origin.code(), bytes32(originClass));
        return _define(symbol, spec, Origin(msg.sender, originRegistry, originClass));
    }

    /// @inheritdoc IUnitRegistry
    function escrow(
        address from,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted nonReentrant returns (SerialRange[] memory taken) {
        _totalsOfHome(classId);
        _checkNoAccount(msg.sender);
        taken = _moveNoted(
            Movement(
                classId,
                from,
                msg.sender,
                UnitState.HELD,
                UnitState.ESCROWED,
                TransactionTypes.EXTERNAL_TRANSFER
            ),
            quantity,
            refs
        );
        emit TransferSingle(msg.sender, from, msg.sender, classId, quantity);
    }

    /// @inheritdoc IUnitRegistry
    function releaseEscrow(
        uint256 classId,
        uint40 block_,
        uint40 first,
        uint40 count,
        address to
    ) external restricted nonReentrant {
        _settleEscrow(classId, block_, first, count, to, UnitState.HELD);
        _announce(msg.sender, to, classId, count);
    }

    /// @inheritdoc IUnitRegistry
    function closeEscrow(
        uint256 classId,
        uint40 block_,
        uint40 first,
        uint40 count,
        UnitState state
    ) external restricted nonReentrant {
        if (
            state != UnitState.SURRENDERED && state != UnitState.RETIRED && state != UnitState.CANCELLED
        ) revert UnitsNotHeld(classId, msg.sender, block_, first, count);
        _settleEscrow(classId, block_, first, count, msg.sender, state);
        emit TransferSingle(msg.sender, msg.sender, address(0), classId, count);
    }

    /// @inheritdoc IUnitRegistry
    function importUnits(
        uint256 classId,
        address to,
        uint40 quantity
    ) external restricted nonReentrant returns (uint40 first) {
        _checkGateway(classId);
        _checkNoAccount(msg.sender);
        first = _create(classId, msg.sender, to, quantity, 0, TransactionTypes.EXTERNAL_TRANSFER);
        _announce(address(0), to, classId, quantity);
    }

    /// @inheritdoc IUnitRegistry
    function exportUnits(
        address from,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs
    ) external restricted nonReentrant returns (SerialRange[] memory taken) {
        _checkGateway(classId);
        taken = _moveNoted(
            Movement(
                classId,
                from,
                from,
                UnitState.HELD,
                UnitState.CANCELLED,
                TransactionTypes.EXTERNAL_TRANSFER
            ),
            quantity,
            refs
        );
        emit TransferSingle(msg.sender, from, address(0), classId, quantity);
    }

    // ---- questions ------------------------------------------------------------------------

    /// @inheritdoc IUnitRegistry
    function code() public view override returns (bytes32) {
        return CODE;
    }

    /// @inheritdoc IUnitRegistry
    function classOf(uint256 classId) external view returns (ClassSpec memory spec) {
        spec = _classes[classId];
        if (spec.unitType == UnitType.NONE) revert ClassUnknown(classId);
        spec.cap = _totals[classId].cap;
    }

    /// @inheritdoc IUnitRegistry
    function originOf(uint256 classId) external view returns (address, address, uint256) {
        Origin memory origin = _origins[classId];
        return (origin.gateway, origin.registry, origin.classId);
    }

    /// @inheritdoc IUnitRegistry
    function verificationOf(bytes32 report) external view returns (uint256, uint40, uint40) {
        Verification memory v = _verifications[report];
        return (v.classId, v.quantity, v.issued);
    }

    // ---- what the verbs share -------------------------------------------------------------

    function _define(bytes32 symbol, ClassSpec memory spec, Origin memory origin) private returns (uint256 classId) {
        if (!Symbols.isValid(symbol)) revert SymbolInvalid(symbol);
        classId = uint256(symbol);
        if (_classes[classId].unitType != UnitType.NONE) revert ClassAlreadyDefined(classId);
        _classes[classId] = spec;
        _origins[classId] = origin;
        _totals[classId].unitType = spec.unitType;
        _totals[classId].cap = spec.cap;
        emit ClassDefined(classId, spec, origin.registry, origin.classId);
    }

    /// @dev Invariant 6: issued <= cap, and nothing is issued into a sealed class.
    /// @param via zero, or the gateway through which foreign units arrive: a conversion into the
    /// gateway's name and an external transfer out of it, recorded as two movements of one block
    function _create(
        uint256 classId,
        address via,
        address to,
        uint40 quantity,
        bytes32 evidence,
        uint16 transactionType
    ) private returns (uint40 first) {
        ClassTotals memory t = _totals[classId];
        if (quantity == 0) revert QuantityZero();
        if (t.sealed_) revert ClassIsSealed(classId);
        if (quantity > t.cap - t.issued) revert CapExceeded(classId, quantity, t.cap - t.issued);
        first = t.issued + 1;
        BlockRef[] memory refs = new BlockRef[](1);
        refs[0] = BlockRef(first, 0, first, quantity);
        emit UnitsIssued(classId, first, quantity, evidence);
        if (via != address(0)) {
            emit UnitsMoved(classId, address(0), via, first, quantity, TransactionTypes.CONVERSION, UnitState.HELD);
        }
        _move(
            Movement(classId, via, to, UnitState.NONE, UnitState.HELD, transactionType),
            quantity,
            refs,
            new SerialRange[](0)
        );
    }

    function _use(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        UnitState state,
        uint16 transactionType
    ) private onlyHolder(account) nonReentrant {
        Movement memory m = Movement(classId, account, account, UnitState.HELD, state, transactionType);
        emit TransferSingle(msg.sender, account, address(0), classId, quantity);
        if (_totals[classId].unitType == UnitType.FOREIGN) {
            // Invariant 9: the twins at home become terminal in the same transaction.
            SerialRange[] memory taken = _moveNoted(m, quantity, refs);
            ILinkGateway(_origins[classId].gateway).unitsUsed(classId, taken, state);
        } else {
            _moveChecked(m, quantity, refs, new SerialRange[](0));
        }
    }

    /// @dev A movement by quantity or by named serials, which must then add up to the quantity.
    function _moveChecked(
        Movement memory m,
        uint40 quantity,
        BlockRef[] calldata refs,
        SerialRange[] memory taken
    ) private {
        if (refs.length != 0) {
            uint256 named = _sum(refs);
            if (named != quantity) revert QuantityMismatch(quantity, named);
        }
        _move(m, quantity, refs, taken);
    }

    /// @dev The same for a gateway, which must know the serials.
    function _moveNoted(
        Movement memory m,
        uint40 quantity,
        BlockRef[] calldata refs
    ) private returns (SerialRange[] memory taken) {
        SerialRange[] memory room = new SerialRange[](MOST_NOTED);
        _moveChecked(m, quantity, refs, room);
        uint256 n;
        while (n < MOST_NOTED && room[n].count != 0) ++n;
        taken = new SerialRange[](n);
        for (uint256 i; i < n; ++i) taken[i] = room[i];
    }

    function _settleEscrow(
        uint256 classId,
        uint40 block_,
        uint40 first,
        uint40 count,
        address to,
        UnitState state
    ) private {
        BlockRef[] memory refs = new BlockRef[](1);
        refs[0] = BlockRef(block_, 0, first, count);
        _move(
            Movement(classId, msg.sender, to, UnitState.ESCROWED, state, TransactionTypes.EXTERNAL_TRANSFER),
            count,
            refs,
            new SerialRange[](0)
        );
    }

    function _announce(address from, address to, uint256 classId, uint256 quantity) private {
        emit TransferSingle(msg.sender, from, to, classId, quantity);
        ERC1155Utils.checkOnERC1155Received(msg.sender, from, to, classId, quantity, "");
    }

    function _totalsOfHome(uint256 classId) private view returns (ClassTotals storage t) {
        t = _totals[classId];
        if (t.unitType == UnitType.NONE) revert ClassUnknown(classId);
        if (t.unitType == UnitType.FOREIGN) revert ClassTypeInvalid(classId, UnitType.FOREIGN);
    }

    /// @dev A gateway's balance is its escrow and nothing else.
    function _checkNoAccount(address gateway) private view {
        AccountStatus status = _accounts[gateway].status;
        if (status != AccountStatus.NONE) revert AccountAlreadyOpen(gateway, status);
    }

    function _isGateway(address account) internal view override returns (bool may) {
        (may, ) = IAccessManager(authority()).canCall(account, address(this), IUnitRegistry.escrow.selector);
    }

    function _checkGateway(uint256 classId) private view {
        if (_origins[classId].gateway != msg.sender) revert ClassTypeInvalid(classId, _totals[classId].unitType);
    }
}
