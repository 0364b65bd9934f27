// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {HELD} from "./libraries/SerialBlocks.sol";
import {UnitLedger} from "./UnitLedger.sol";
import {ILinkGateway} from "./interfaces/ILinkGateway.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {AccountStatus, BlockRef, ClassSpec, ClassTotals, SerialRange, UnitState, UnitType} from "./interfaces/LedgerTypes.sol";
import {Symbols} from "./libraries/Symbols.sol";
import {TransactionRules} from "./libraries/TransactionRules.sol";
import {TransactionTypes} from "./libraries/TransactionTypes.sol";

/// @dev See IUnitRegistry. Every verb is here; what they share is in UnitLedger.
contract UnitRegistry is UnitLedger {
    struct Origin {
        address gateway;
        address registry;
        uint256 classId;
    }

    /// @dev A desk or gateway learns the serials of at most this many blocks in one call.
    uint256 private constant MOST_NOTED = 32;

    bytes32 private immutable CODE;

    mapping(uint256 classId => ClassSpec) private _classes;
    mapping(uint256 classId => Origin) private _origins;
    mapping(uint16 transactionType => address) public deskOf;

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
    function create(
        uint256 classId,
        address to,
        uint40 quantity,
        bytes32 evidence
    ) external restricted nonReentrant returns (uint40 first) {
        _totalsOfHome(classId);
        if (evidence == 0) revert EvidenceMissing(classId);
        first = _create(classId, address(0), to, quantity, evidence, TransactionTypes.ISSUANCE);
        _announce(address(0), to, classId, quantity);
    }

    // ---- what a desk orders ---------------------------------------------------------------

    /// @inheritdoc IUnitRegistry
    function order(
        Order calldata o,
        BlockRef[] calldata refs
    ) external nonReentrant returns (SerialRange[] memory taken) {
        address desk = deskOf[o.transactionType];
        if (msg.sender != desk) revert NotTheDesk(o.transactionType, msg.sender, desk);
        (UnitState before, UnitState after_) = TransactionRules.statesOf(o.transactionType);
        // The twins at home of a surrendered foreign unit are terminal: it cannot come back (invariant 9).
        if (before == UnitState.SURRENDERED) _totalsOfHome(o.classId);
        bool moves = before == after_;
        address to = moves ? o.to : o.from;
        taken = _moveNoted(_movement(o.classId, o.from, to, before, after_, o.transactionType), o.quantity, refs);

        if (o.transactionType == TransactionTypes.ALLOCATION) _freeSales[to].allocated += o.quantity;
        if (o.transactionType == TransactionTypes.REVERSAL_OF_ALLOCATION) _freeSales[o.from].allocated -= o.quantity;
        if (moves) {
            _announce(o.from, to, o.classId, o.quantity);
        } else if (before != UnitState.ENCUMBERED && after_ != UnitState.ENCUMBERED) {
            _recordUse(o.from, o.classId, o.quantity, after_, o.complianceYear, o.memo);
            if (after_ != UnitState.HELD) _tellOrigin(o.classId, taken, after_);
        } // else: the title stays where it is, and ERC-1155 has nothing to say
    }

    /// @inheritdoc IUnitRegistry
    function setDesk(uint16 transactionType, address desk) external restricted {
        (UnitState before, ) = TransactionRules.statesOf(transactionType);
        if (before == UnitState.NONE) revert TransactionTypeInvalid(transactionType);
        deskOf[transactionType] = desk;
        emit DeskChanged(transactionType, desk);
    }

    /// @inheritdoc IUnitRegistry
    function setSaleShare(uint16 basisPoints) external restricted {
        _saleShare = basisPoints;
        emit SaleShareChanged(basisPoints);
    }

    // ---- what a holder does ---------------------------------------------------------------

    /// @inheritdoc IUnitRegistry
    function retire(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 memo
    ) external onlyHolder(account) nonReentrant {
        _use(account, classId, quantity, refs, UnitState.RETIRED, memo);
    }

    /// @inheritdoc IUnitRegistry
    function cancel(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 memo
    ) external onlyHolder(account) nonReentrant {
        _use(account, classId, quantity, refs, UnitState.CANCELLED, memo);
    }

    // ---- what a link gateway does ---------------------------------------------------------

    /// @inheritdoc IUnitRegistry
    function defineForeignClass(address originRegistry, uint256 originClass) external restricted returns (uint256) {
        IUnitRegistry origin = IUnitRegistry(originRegistry);
        ClassSpec memory spec = origin.classOf(originClass);
        spec.unitType = UnitType.FOREIGN;
        spec.cap = type(uint40).max; // the quota is the limit
        bytes32 originCode = origin.code();
        // Whoever limits units by region means the programme, where units have no region of their own.
        if (spec.region == 0) spec.region = originCode;
        bytes32 symbol = Symbols.foreign(originCode, bytes32(originClass));
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
        return _send(classId, from, msg.sender, UnitState.ESCROWED, quantity, refs);
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
        return _send(classId, from, from, UnitState.CANCELLED, quantity, refs);
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
    function freeSalesOf(address account) external view returns (uint40, uint40, uint256) {
        FreeSales memory sales = _freeSales[account];
        return (sales.allocated, sales.sold, _mostSold(sales));
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
        emit UnitsIssued(classId, first, quantity, evidence);
        if (via != address(0)) {
            _emitMoved(classId, address(0), via, first, quantity, TransactionTypes.CONVERSION, HELD);
        }
        _moveOne(
            _movement(classId, via, to, UnitState.NONE, UnitState.HELD, transactionType),
            BlockRef(first, 0, first, quantity)
        );
    }

    function _use(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        UnitState state,
        bytes32 memo
    ) private {
        uint16 t = state == UnitState.RETIRED ? TransactionTypes.RETIREMENT : TransactionTypes.CANCELLATION;
        SerialRange[] memory taken = _moveNoted(
            _movement(classId, account, account, UnitState.HELD, state, t),
            quantity,
            refs
        );
        _recordUse(account, classId, quantity, state, 0, memo);
        _tellOrigin(classId, taken, state);
    }

    /// @dev To an ERC-1155 reader a used unit is burnt, and one whose use was reversed is minted again.
    function _recordUse(
        address account,
        uint256 classId,
        uint40 quantity,
        UnitState state,
        uint16 complianceYear,
        bytes32 memo
    ) private {
        bool back = state == UnitState.HELD;
        emit TransferSingle(msg.sender, back ? address(0) : account, back ? account : address(0), classId, quantity);
        emit UnitsUsed(account, classId, state, quantity, complianceYear, memo);
    }

    /// @dev Invariant 9: the twins at home become terminal in the same transaction.
    function _tellOrigin(uint256 classId, SerialRange[] memory taken, UnitState state) private {
        if (_totals[classId].unitType != UnitType.FOREIGN) return;
        ILinkGateway(_origins[classId].gateway).unitsUsed(classId, taken, state);
    }

    function _movement(
        uint256 classId,
        address from,
        address to,
        UnitState stateBefore,
        UnitState stateAfter,
        uint16 transactionType
    ) private pure returns (Movement memory) {
        return Movement(classId, from, to, uint256(stateBefore), uint256(stateAfter), transactionType, 0, 0);
    }

    /// @dev A movement of `quantity` units, of named serials if there are names, whose caller must know
    /// the serials.
    function _moveNoted(
        Movement memory m,
        uint40 quantity,
        BlockRef[] calldata refs
    ) private returns (SerialRange[] memory taken) {
        if (refs.length != 0) {
            uint256 named = _sum(refs);
            if (named != quantity) revert QuantityMismatch(quantity, named);
        }
        SerialRange[] memory room = new SerialRange[](MOST_NOTED);
        _move(m, quantity, refs, room);
        uint256 n;
        while (n < MOST_NOTED && room[n].count != 0) ++n;
        taken = new SerialRange[](n);
        for (uint256 i; i < n; ++i) taken[i] = room[i];
    }

    /// @dev Into escrow, or out of a foreign class; to an ERC-1155 reader the latter are burnt.
    function _send(
        uint256 classId,
        address from,
        address to,
        UnitState state,
        uint40 quantity,
        BlockRef[] calldata refs
    ) private returns (SerialRange[] memory taken) {
        taken = _moveNoted(
            _movement(classId, from, to, UnitState.HELD, state, TransactionTypes.EXTERNAL_TRANSFER),
            quantity,
            refs
        );
        emit TransferSingle(msg.sender, from, to == from ? address(0) : to, classId, quantity);
    }

    function _settleEscrow(
        uint256 classId,
        uint40 block_,
        uint40 first,
        uint40 count,
        address to,
        UnitState state
    ) private {
        _moveOne(
            _movement(classId, msg.sender, to, UnitState.ESCROWED, state, TransactionTypes.EXTERNAL_TRANSFER),
            BlockRef(block_, 0, first, count)
        );
    }

    function _moveOne(Movement memory m, BlockRef memory ref) private {
        BlockRef[] memory refs = new BlockRef[](1);
        refs[0] = ref;
        _move(m, ref.count, refs, _noRanges());
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
