// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus} from "./LedgerTypes.sol";

/// @title Accounts of one programme
/// @notice An account is an address with a kind, a status and the hash of its off-chain file. No
/// personal data is on the ledger.
interface IAccountRegister {
    struct Account {
        AccountKind kind;
        AccountStatus status;
        uint40 openedAt; // seconds since 1970
        uint32 classesHeld; // classes in which the balance is not zero
        bytes32 fileHash; // hash of the off-chain file; for a system account, its purpose in ASCII
    }

    event AccountOpened(address indexed account, AccountKind kind, bytes32 fileHash);
    event AccountStatusChanged(address indexed account, AccountStatus from, AccountStatus to);

    error AccountAlreadyOpen(address account, AccountStatus status);
    error AccountUnknown(address account);
    error AccountKindInvalid(address account, AccountKind kind);
    /// @dev CLOSED is final, NONE is not a status to set, and a status does not change to itself.
    error AccountStatusInvalid(address account, AccountStatus from, AccountStatus to);
    /// @dev An account closes only when it holds nothing.
    error AccountNotEmpty(address account, uint32 classesHeld);
    error AccountFileMissing(address account);
    /// @dev A link gateway's balance is its escrow; it is not an account.
    error AccountIsGateway(address account);
    error AccountCannotSend(address account, AccountStatus status);
    error AccountCannotReceive(address account, AccountStatus status);

    /// @notice Opens an account for whoever holds the key of `account`.
    /// @param fileHash hash of the file that the account administrator keeps; never zero
    function openAccount(address account, AccountKind kind, bytes32 fileHash) external;

    /// @notice Opens a keyless account for a pool or reserve, e.g. "allocation", "new-entrants".
    /// @param purpose short ASCII text
    /// @return account `systemAccount(purpose)`
    function openSystemAccount(bytes32 purpose) external returns (address account);

    /// @notice Changes a status; to CLOSED only when the account holds nothing.
    function setAccountStatus(address account, AccountStatus status) external;

    function accountOf(address account) external view returns (Account memory);

    /// @notice The address of a system account; nobody has its key.
    function systemAccount(bytes32 purpose) external view returns (address);
}
