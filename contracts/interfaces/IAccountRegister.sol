// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus, LimitClass} from "./LedgerTypes.sol";

/// @title Accounts of one programme
/// @notice An account is an address with a kind, a status and the hash of its off-chain file. No
/// personal data is on the ledger.
interface IAccountRegister {
    struct Account {
        AccountKind kind;
        AccountStatus status;
        uint40 openedAt; // seconds since 1970
        uint16 classesHeld; // classes in which the account has any unit
        uint8 controls; // see `Controls`
        uint40 holdingLimit; // units; read when the control says so
        bytes32 fileHash; // hash of the off-chain file; for a system account, its purpose in ASCII
    }

    event AccountOpened(address indexed account, AccountKind kind, bytes32 fileHash);
    event AccountStatusChanged(address indexed account, AccountStatus from, AccountStatus to);
    event AccountControlsChanged(address indexed account, uint8 controls, uint40 holdingLimit);
    event HoldingLimitClassesChanged(LimitClass[] classes);
    event HolderDeskChanged(address indexed desk);

    error AccountAlreadyOpen(address account, AccountStatus status);
    error AccountUnknown(address account);
    error AccountKindInvalid(address account, AccountKind kind);
    /// @dev CLOSED is final, NONE is not a status to set, and a status does not change to itself.
    error AccountStatusInvalid(address account, AccountStatus from, AccountStatus to);
    /// @dev An account closes only when it holds nothing.
    error AccountNotEmpty(address account, uint16 classesHeld);
    error AccountFileMissing(address account);
    /// @dev A link gateway's balance is its escrow; it is not an account.
    error AccountIsGateway(address account);
    error AccountCannotSend(address account, AccountStatus status);
    error AccountCannotReceive(address account, AccountStatus status);
    /// @dev Only what forbids more may be set by one person; see `restrictAccount`.
    error StatusNotStricter(address account, AccountStatus from, AccountStatus to);
    /// @dev The account acts through its representatives, at the holder desk.
    error HolderDeskRequired(address account);
    error HoldingLimitExceeded(address account, uint256 held, uint256 limit);
    error TooManyClasses(uint256 classes, uint256 most);

    /// @notice Opens an account for whoever holds the key of `account`.
    /// @param fileHash hash of the file that the account administrator keeps; never zero
    function openAccount(address account, AccountKind kind, bytes32 fileHash) external;

    /// @notice Opens a keyless account for a pool or reserve, e.g. "allocation", "new-entrants".
    /// @param purpose short ASCII text
    /// @return account `systemAccount(purpose)`
    function openSystemAccount(bytes32 purpose) external returns (address account);

    /// @notice Sets a status that forbids more than the present one, at once. Role: compliance officer.
    function restrictAccount(address account, AccountStatus status) external;

    /// @notice Sets any status; to CLOSED only when the account holds nothing. A sensitive step.
    function setAccountStatus(address account, AccountStatus status) external;

    /// @notice Sets what the programme demands of an account. A sensitive step; the issuance desk may
    /// too, because an allocation raises a limit and a purchase unlocks.
    /// @param controls flags of `Controls`
    /// @param holdingLimit units, for HOLDING_LIMIT
    function setAccountControls(address account, uint8 controls, uint40 holdingLimit) external;

    /// @notice Names the classes whose sum a holding limit is about; at most 16. A sensitive step. With
    /// classes of linked registries the limit spans them: it is checked whenever units arrive here.
    function setHoldingLimitClasses(LimitClass[] calldata classes) external;

    /// @notice Reverts unless `caller` may act for `account`: itself, its approved operator, or the
    /// holder desk. Accounts with two representatives act through the holder desk only.
    function checkHolder(address account, address caller) external view;

    /// @notice Reverts unless units of `account` may go to `to` by an act of `caller`: whoever is bound
    /// to a trusted list sends to itself, to those on the list, or through the holder desk, which keeps the lists.
    function checkReceiver(address account, address to, address caller) external view;

    /// @notice Names the desk that acts for holders after its own checks. A sensitive step.
    function setHolderDesk(address desk) external;

    function holderDesk() external view returns (address);

    function holdingLimitClasses() external view returns (LimitClass[] memory);

    /// @return counts whether the class is of this registry and named by the holding limit
    /// @return held units of the account over all the classes that the limit names
    function heldOfLimit(address account, uint256 classId) external view returns (bool counts, uint256 held);

    function accountOf(address account) external view returns (Account memory);

    /// @notice The address of a system account; nobody has its key.
    function systemAccount(bytes32 purpose) external view returns (address);
}
