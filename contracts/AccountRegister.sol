// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccountRegister} from "./interfaces/IAccountRegister.sol";
import {IHolderDesk} from "./interfaces/IHolderDesk.sol";
import {AccountRules} from "./libraries/AccountRules.sol";
import {AccountKind, AccountStatus, Controls, LimitClass} from "./interfaces/LedgerTypes.sol";

/// @dev See IAccountRegister.
abstract contract AccountRegister is IAccountRegister, AccessManaged {
    uint256 internal constant MOST_LIMIT_CLASSES = 16;

    mapping(address account => Account) internal _accounts;
    LimitClass[] internal _limitClasses;
    address public holderDesk;

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
    function restrictAccount(address account, AccountStatus status) external restricted {
        AccountStatus from = _known(account).status;
        if (!AccountRules.isStricter(status, from)) revert StatusNotStricter(account, from, status);
        _accounts[account].status = status;
        emit AccountStatusChanged(account, from, status);
    }

    /// @inheritdoc IAccountRegister
    function setAccountStatus(address account, AccountStatus status) external restricted {
        Account storage a = _known(account);
        AccountStatus from = a.status;
        if (from == AccountStatus.CLOSED || status == AccountStatus.NONE || status == from) {
            revert AccountStatusInvalid(account, from, status);
        }
        if (status == AccountStatus.CLOSED && a.classesHeld != 0) revert AccountNotEmpty(account, a.classesHeld);
        a.status = status;
        emit AccountStatusChanged(account, from, status);
    }

    /// @inheritdoc IAccountRegister
    function setAccountControls(address account, uint8 controls, uint40 holdingLimit) external restricted {
        Account storage a = _known(account);
        a.controls = controls;
        a.holdingLimit = holdingLimit;
        emit AccountControlsChanged(account, controls, holdingLimit);
    }

    /// @inheritdoc IAccountRegister
    function setHoldingLimitClasses(LimitClass[] calldata classes) external restricted {
        if (classes.length > MOST_LIMIT_CLASSES) revert TooManyClasses(classes.length, MOST_LIMIT_CLASSES);
        delete _limitClasses;
        for (uint256 i; i < classes.length; ++i) _limitClasses.push(classes[i]);
        emit HoldingLimitClassesChanged(classes);
    }

    /// @inheritdoc IAccountRegister
    function setHolderDesk(address desk) external restricted {
        holderDesk = desk;
        emit HolderDeskChanged(desk);
    }

    /// @inheritdoc IAccountRegister
    function holdingLimitClasses() external view returns (LimitClass[] memory) {
        return _limitClasses;
    }

    /// @inheritdoc IAccountRegister
    function accountOf(address account) external view returns (Account memory) {
        return _accounts[account];
    }

    /// @inheritdoc IAccountRegister
    function systemAccount(bytes32 purpose) public view returns (address) {
        return address(bytes20(keccak256(abi.encode(address(this), purpose))));
    }

    /// @inheritdoc IAccountRegister
    function checkReceiver(address account, address to, address caller) public view {
        if (_accounts[account].controls & Controls.TRUSTED_ONLY == 0 || account == to) return;
        if (caller != holderDesk) IHolderDesk(holderDesk).checkTrusted(account, to);
    }

    function checkHolder(address account, address caller) public view virtual;

    function _known(address account) internal view returns (Account storage a) {
        a = _accounts[account];
        if (a.status == AccountStatus.NONE) revert AccountUnknown(account);
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
            controls: 0,
            holdingLimit: 0,
            fileHash: fileHash
        });
        emit AccountOpened(account, kind, fileHash);
    }
}
