// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccountRegister} from "./interfaces/IAccountRegister.sol";
import {AccountKind, AccountStatus} from "./interfaces/LedgerTypes.sol";

/// @dev See IAccountRegister.
abstract contract AccountRegister is IAccountRegister, AccessManaged {
    mapping(address account => Account) internal _accounts;

    /// @inheritdoc IAccountRegister
    function openAccount(address account, AccountKind kind, bytes32 fileHash) external restricted {
        if (kind == AccountKind.NONE || kind == AccountKind.SYSTEM) revert AccountKindInvalid(account, kind);
        _open(account, kind, fileHash);
    }

    /// @inheritdoc IAccountRegister
    function openSystemAccount(bytes32 purpose) external restricted returns (address account) {
        account = systemAccount(purpose);
        _open(account, AccountKind.SYSTEM, purpose);
    }

    /// @inheritdoc IAccountRegister
    function setAccountStatus(address account, AccountStatus status) external restricted {
        Account storage a = _accounts[account];
        AccountStatus from = a.status;
        if (from == AccountStatus.NONE) revert AccountUnknown(account);
        if (from == AccountStatus.CLOSED || status == AccountStatus.NONE || status == from) {
            revert AccountStatusInvalid(account, from, status);
        }
        if (status == AccountStatus.CLOSED && a.classesHeld != 0) revert AccountNotEmpty(account, a.classesHeld);
        a.status = status;
        emit AccountStatusChanged(account, from, status);
    }

    /// @inheritdoc IAccountRegister
    function accountOf(address account) external view returns (Account memory) {
        return _accounts[account];
    }

    /// @inheritdoc IAccountRegister
    function systemAccount(bytes32 purpose) public view returns (address) {
        return address(bytes20(keccak256(abi.encode(address(this), purpose))));
    }

    /// @dev Whether the authority lets the address hold units in escrow.
    function _isGateway(address account) internal view virtual returns (bool);

    function _open(address account, AccountKind kind, bytes32 fileHash) private {
        if (account == address(0)) revert AccountUnknown(account);
        if (fileHash == 0) revert AccountFileMissing(account);
        if (_isGateway(account)) revert AccountIsGateway(account);
        AccountStatus status = _accounts[account].status;
        if (status != AccountStatus.NONE) revert AccountAlreadyOpen(account, status);
        _accounts[account] = Account({
            kind: kind,
            status: AccountStatus.OPEN,
            openedAt: uint40(block.timestamp),
            classesHeld: 0,
            fileHash: fileHash
        });
        emit AccountOpened(account, kind, fileHash);
    }
}
