// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccountRegister} from "./interfaces/IAccountRegister.sol";
import {ILienDesk} from "./interfaces/ILienDesk.sol";
import {IUnitRegistry} from "./interfaces/IUnitRegistry.sol";
import {AccountStatus, BlockRef, SerialRange} from "./interfaces/LedgerTypes.sol";
import {AccountRules} from "./libraries/AccountRules.sol";
import {TransactionTypes} from "./libraries/TransactionTypes.sol";

/// @dev See ILienDesk.
contract LienDesk is ILienDesk, AccessManaged {
    IUnitRegistry public immutable REGISTRY;

    uint256 public lienCount;

    mapping(uint256 lienId => Lien) private _liens;

    constructor(address authority_, IUnitRegistry registry) AccessManaged(authority_) {
        REGISTRY = registry;
    }

    /// @inheritdoc ILienDesk
    function freeze(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        bytes32 reason
    ) external restricted returns (uint256 lienId) {
        lienId = _place(LienKind.FREEZE, account, address(0), classId);
        _setAside(lienId, quantity, refs, reason);
    }

    /// @inheritdoc ILienDesk
    function unfreeze(uint256 lienId) external restricted {
        _lift(lienId, LienKind.FREEZE);
    }

    /// @inheritdoc ILienDesk
    function pledge(
        address account,
        uint256 classId,
        uint40 quantity,
        BlockRef[] calldata refs,
        address creditor,
        bytes32 contract_
    ) external returns (uint256 lienId) {
        REGISTRY.checkHolder(account, msg.sender);
        if (creditor == address(0)) revert CreditorMissing();
        AccountStatus status = REGISTRY.accountOf(account).status;
        if (!AccountRules.maySend(status)) revert IAccountRegister.AccountCannotSend(account, status);
        lienId = _place(LienKind.PLEDGE, account, creditor, classId);
        _setAside(lienId, quantity, refs, contract_);
    }

    /// @inheritdoc ILienDesk
    function releasePledge(address creditor, uint256 lienId) external {
        REGISTRY.checkHolder(creditor, msg.sender);
        Lien storage lien = _liens[lienId];
        if (lien.kind == LienKind.PLEDGE && lien.creditor != creditor) {
            revert NotTheCreditor(lienId, creditor, lien.creditor);
        }
        _lift(lienId, LienKind.PLEDGE);
    }

    /// @inheritdoc ILienDesk
    function lienOf(uint256 lienId) external view returns (Lien memory) {
        return _liens[lienId];
    }

    function _place(LienKind kind, address account, address creditor, uint256 classId) private returns (uint256 id) {
        id = ++lienCount;
        Lien storage lien = _liens[id];
        lien.kind = kind;
        lien.account = account;
        lien.creditor = creditor;
        lien.classId = classId;
    }

    function _setAside(uint256 lienId, uint40 quantity, BlockRef[] calldata refs, bytes32 reason) private {
        Lien storage lien = _liens[lienId];
        SerialRange[] memory taken = REGISTRY.order(
            _order(TransactionTypes.ENCUMBRANCE, lien, quantity, bytes32(lienId)),
            refs
        );
        for (uint256 i; i < taken.length; ++i) lien.ranges.push(taken[i]);
        emit LienPlaced(lienId, lien.account, lien.creditor, lien.kind, lien.classId, taken, reason);
    }

    function _lift(uint256 lienId, LienKind expected) private {
        Lien memory lien = _liens[lienId];
        if (lien.kind == LienKind.NONE) revert LienUnknown(lienId);
        if (lien.kind != expected) revert LienKindIs(lienId, lien.kind);
        delete _liens[lienId];
        emit LienLifted(lienId, msg.sender);
        // Each range is a block of its own since it was set aside.
        BlockRef[] memory refs = new BlockRef[](lien.ranges.length);
        uint40 quantity;
        for (uint256 i; i < refs.length; ++i) {
            SerialRange memory range = lien.ranges[i];
            refs[i] = BlockRef({block_: range.first, previous: 0, first: range.first, count: range.count});
            quantity += range.count;
        }
        REGISTRY.order(_order(TransactionTypes.RELEASE, lien, quantity, bytes32(lienId)), refs);
    }

    function _order(
        uint16 transactionType,
        Lien memory lien,
        uint40 quantity,
        bytes32 memo
    ) private pure returns (IUnitRegistry.Order memory) {
        return IUnitRegistry.Order(transactionType, 0, lien.classId, lien.account, lien.account, quantity, memo);
    }
}
