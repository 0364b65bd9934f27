// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccountRegister} from "../interfaces/IAccountRegister.sol";
import {ILienDesk} from "../interfaces/ILienDesk.sol";
import {IUnitLedger} from "../interfaces/IUnitLedger.sol";
import {BlockRef, ClassId, Marks, SerialRange, UnitState} from "../interfaces/LedgerTypes.sol";
import {AccountRules} from "../libraries/AccountRules.sol";
import {TransactionTypes} from "../libraries/TransactionTypes.sol";
import {Desk} from "./Desk.sol";

/// @dev See ILienDesk.
contract LienDesk is ILienDesk, Desk {
    /// @dev One call frees at most this many blocks.
    uint256 private constant MAX_BLOCKS = 256;

    uint256 private _lienCount;
    mapping(uint256 lienId => Lien) private _liens;
    // The lien by which a block was set aside here. None has what came back frozen from abroad: that is under
    // the lien that marked it.
    mapping(ClassId classId => mapping(uint40 first => uint256 lienId)) private _lienAt;

    /// @inheritdoc ILienDesk
    function freeze(
        address account,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 reason
    ) external restricted returns (uint256 lienId) {
        lienId = _place(LienKind.FREEZE, account, address(0), classId);
        SerialRange[] memory taken = _setAside(lienId, quantity, refs, refs.length == 0);
        emit LienPlaced(lienId, account, address(0), LienKind.FREEZE, classId, taken, reason);
    }

    /// @inheritdoc ILienDesk
    function extendFreeze(uint256 lienId, uint40 quantity, BlockRef[] calldata refs) external restricted {
        Lien storage lien = _ofKind(lienId, LienKind.FREEZE);
        // Nothing is added to a freeze of what returns, nor to one that a linked programme can lift.
        if (lien.account == address(0) || lien.creditor != address(0)) revert LienKindIs(lienId, lien.kind);
        emit LienExtended(lienId, _setAside(lienId, quantity, refs, refs.length == 0));
    }

    /// @inheritdoc ILienDesk
    function freezeReturning(
        ClassId classId,
        BlockRef[] calldata refs,
        bytes32 reason
    ) external restricted returns (uint256 lienId) {
        if (refs.length == 0) revert RangesMissing();
        if (refs.length > MAX_BLOCKS) revert IUnitLedger.TooManyBlocks(classId, MAX_BLOCKS);
        lienId = _place(LienKind.FREEZE, address(0), address(0), classId);
        SerialRange[] memory ranges = new SerialRange[](refs.length);
        for (uint256 i; i < refs.length; ++i) {
            _mark(classId, refs[i]);
            ranges[i] = SerialRange(refs[i].first, refs[i].count);
            _liens[lienId].ranges.push(ranges[i]);
        }
        emit LienPlaced(lienId, address(0), address(0), LienKind.FREEZE, classId, ranges, reason);
    }

    /// @inheritdoc ILienDesk
    function freezeForPartner(
        address account,
        ClassId classId,
        BlockRef[] calldata refs,
        address creditor,
        bytes32 reason
    ) external restricted returns (uint256 lienId) {
        lienId = _place(LienKind.FREEZE, account, creditor, classId);
        SerialRange[] memory taken = _setAside(lienId, _sum(refs), refs, false);
        emit LienPlaced(lienId, account, creditor, LienKind.FREEZE, classId, taken, reason);
    }

    /// @inheritdoc ILienDesk
    function unfreeze(uint256 lienId) external restricted {
        _lift(lienId, _ofKind(lienId, LienKind.FREEZE));
    }

    /// @inheritdoc ILienDesk
    function unfreezeForPartner(uint256 lienId, address creditor) external restricted {
        Lien storage lien = _ofKind(lienId, LienKind.FREEZE);
        if (lien.creditor != creditor) revert NotTheCreditor(lienId, creditor, lien.creditor);
        _lift(lienId, lien);
    }

    /// @inheritdoc ILienDesk
    function pledge(
        address account,
        ClassId classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        address creditor,
        bytes32 contract_
    ) external returns (uint256 lienId) {
        _registry.checkHolder(account, msg.sender);
        if (creditor == address(0)) revert CreditorMissing();
        IAccountRegister.Account memory a = _registry.accountOf(account);
        if (!AccountRules.maySend(uint256(a.status))) revert IUnitLedger.AccountCannotSend(account, a.status);
        if (AccountRules.isProgramme(uint256(a.kind))) revert IUnitLedger.AccountOfAuthority(account, a.kind);
        lienId = _place(LienKind.PLEDGE, account, creditor, classId);
        SerialRange[] memory taken = _setAside(lienId, quantity, refs, false);
        emit LienPlaced(lienId, account, creditor, LienKind.PLEDGE, classId, taken, contract_);
    }

    /// @inheritdoc ILienDesk
    function releasePledge(address creditor, uint256 lienId) external {
        if (msg.sender != creditor || _registry.accountOf(creditor).openedAt != 0) {
            _registry.checkHolder(creditor, msg.sender);
        }
        Lien storage lien = _ofKind(lienId, LienKind.PLEDGE);
        if (lien.creditor != creditor) revert NotTheCreditor(lienId, creditor, lien.creditor);
        _lift(lienId, lien);
    }

    /// @inheritdoc ILienDesk
    function continueLifting(uint256 lienId) external {
        _release(lienId, _ofKind(lienId, LienKind.LIFTED));
    }

    /// @inheritdoc ILienDesk
    function lienOf(uint256 lienId) external view returns (Lien memory) {
        return _liens[lienId];
    }

    /// @inheritdoc ILienDesk
    function lienCount() external view returns (uint256) {
        return _lienCount;
    }

    // ---- what the functions share ---------------------------------------------------------

    function _place(LienKind kind, address account, address creditor, ClassId classId) private returns (uint256 id) {
        id = ++_lienCount;
        Lien storage lien = _liens[id];
        lien.kind = kind;
        lien.account = account;
        lien.creditor = creditor;
        lien.classId = classId;
    }

    function _setAside(
        uint256 lienId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bool inParts
    ) private returns (SerialRange[] memory taken) {
        Lien storage lien = _liens[lienId];
        IUnitLedger.Order memory o = _order(TransactionTypes.ENCUMBRANCE, lien.classId, lien.account, quantity, lienId);
        o.inParts = inParts;
        (, taken) = _registry.order(o, refs);
        for (uint256 i; i < taken.length; ++i) {
            lien.ranges.push(taken[i]);
            _lienAt[lien.classId][taken[i].first] = lienId;
        }
    }

    /// @dev Marks a range in escrow or under another lien. Its pieces stay under that one.
    function _mark(ClassId classId, BlockRef calldata ref) private {
        (, uint40 count, , UnitState state, uint8 marks, ) = _registry.blockAt(classId, ref.block_);
        uint256 other = _lienAt[classId][ref.block_];
        bool frozen = marks & Marks.FROZEN != 0 || (state == UnitState.ENCUMBERED && other == 0);
        if (frozen) revert AlreadyFrozen(classId, ref.block_);
        _registry.markFrozen(classId, ref, true);
        if (other == 0) return;
        _lienAt[classId][ref.first] = other;
        uint256 end = uint256(ref.first) + ref.count;
        if (end < uint256(ref.block_) + count) _lienAt[classId][uint40(end)] = other;
    }

    function _lift(uint256 lienId, Lien storage lien) private {
        lien.kind = LienKind.LIFTED;
        emit LienLifted(lienId, msg.sender);
        _release(lienId, lien);
    }

    /// @dev Frees blocks from the last range on, as many as one call may.
    function _release(uint256 lienId, Lien storage lien) private {
        Batch memory batch = Batch(address(0), new BlockRef[](MAX_BLOCKS), 0, 0);
        ClassId classId = lien.classId;
        SerialRange[] storage ranges = lien.ranges;
        uint256 left = MAX_BLOCKS;
        while (left != 0 && ranges.length != 0) {
            SerialRange memory range = ranges[ranges.length - 1];
            uint256 first = range.first;
            uint256 end = first + range.count;
            for (; first < end && left != 0; --left) first += _free(lienId, classId, uint40(first), batch);
            if (first < end) ranges[ranges.length - 1] = SerialRange(uint40(first), uint40(end - first));
            else ranges.pop();
        }
        _flush(classId, batch, lienId);
        uint256 n = ranges.length;
        emit LienReleased(lienId, n, n == 0 ? 0 : ranges[n - 1].first);
        if (ranges.length == 0) delete _liens[lienId];
    }

    /// @dev Blocks of one holder that go back into circulation together.
    struct Batch {
        address holder;
        BlockRef[] refs;
        uint256 length;
        uint40 quantity;
    }

    /// @dev What the end of a lien means for one block: back into circulation, unless another freeze still
    /// holds it, or only its mark comes off, where it is abroad or otherwise pledged.
    /// @return count units of the block
    function _free(
        uint256 lienId,
        ClassId classId,
        uint40 first,
        Batch memory batch
    ) private returns (uint40 count) {
        address holder;
        UnitState state;
        uint8 marks;
        (holder, count, , state, marks, ) = _registry.blockAt(classId, first);
        BlockRef memory ref = BlockRef(first, 0, first, count);
        uint256 setAsideBy = _lienAt[classId][first];
        bool marked = marks & Marks.FROZEN != 0;
        if (setAsideBy == lienId) {
            delete _lienAt[classId][first];
            if (marked) return count; // under that freeze alone from now on
        } else {
            if (marked) _registry.markFrozen(classId, ref, false);
            if (state != UnitState.ENCUMBERED || setAsideBy != 0) return count;
        }
        if (holder != batch.holder) {
            _flush(classId, batch, lienId);
            batch.holder = holder;
        }
        batch.refs[batch.length++] = ref;
        batch.quantity += count;
    }

    function _flush(ClassId classId, Batch memory batch, uint256 lienId) private {
        if (batch.length == 0) return;
        BlockRef[] memory refs = new BlockRef[](batch.length);
        for (uint256 i; i < refs.length; ++i) refs[i] = batch.refs[i];
        IUnitLedger.Order memory o = _order(TransactionTypes.RELEASE, classId, batch.holder, batch.quantity, lienId);
        batch.length = 0;
        batch.quantity = 0;
        _registry.order(o, refs);
    }

    function _ofKind(uint256 lienId, LienKind kind) private view returns (Lien storage lien) {
        lien = _liens[lienId];
        if (lien.kind == LienKind.NONE) revert LienUnknown(lienId);
        if (lien.kind != kind) revert LienKindIs(lienId, lien.kind);
    }

    function _order(
        uint16 transactionType,
        ClassId classId,
        address account,
        uint40 quantity,
        uint256 lienId
    ) private pure returns (IUnitLedger.Order memory) {
        return IUnitLedger.Order(transactionType, 0, classId, account, account, quantity, false, bytes32(lienId));
    }

    /// @dev Of more units than there can be, a part: the registry says that it is not what was named.
    function _sum(BlockRef[] calldata refs) private pure returns (uint40 quantity) {
        unchecked {
            for (uint256 i; i < refs.length; ++i) quantity += refs[i].count;
        }
    }
}
